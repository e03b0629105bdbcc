"""One change in what a request sends: a member left out, another known value, one that is too long, a list of 101 items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from lockpact.simulators.known_values import Scalar

__all__ = ["ChangeMaker", "without_gaps"]

_IN_THE_BODY, _DEEPER, _LEFT_OUT = 0.8, 0.75, 0.25
"""How often a change is in the body and not in the query; within a member that has members; leaves the member out."""
_LONG = 256
"""To how many characters a text is made longer: over the usual limit."""
_MANY = (2, 51, 101)
"""To how many items a list is repeated: over the usual sizes of pages and batches, too."""


class ChangeMaker:
    """Makes changes that the random numbers choose.

    Args:
        named: Name of a member or parameter → the values that answers and requests have had under such a name.
        documented: Name → its values in the vendor's document.
        random: Two makers with the same numbers and as many values make the same change.
        is_own: Whether a value is an id of the server, or the text of one. Then no number near it is tried: it may be the id
            of another object.
    """

    def __init__(
        self,
        named: Callable[[str], Sequence[Scalar]],
        documented: Mapping[str, Sequence[Any]],
        random: Random,
        is_own: Callable[[Scalar], bool] = lambda value: False,
    ) -> None:
        self._named, self._documented, self._random, self._is_own = named, documented, random, is_own

    def changed(self, query: Mapping[str, Any], fields: Any) -> tuple[Any, Any]:
        """Return the parameters and the body of a request with a change in one of them, or with two."""
        made: Any = dict(query)
        for _ in range(self._random.choice((1, 1, 2))):
            if fields and (not made or self._random.random() < _IN_THE_BODY):
                fields = self.with_change(fields)
            elif made:
                made = self.with_change(made)
        return without_gaps(made), without_gaps(fields)

    def with_change(self, value: Any, name: str = "") -> Any:
        """Return a JSON value with a change somewhere. Each member of an object is as likely, however much it has inside."""
        if not isinstance(value, dict | list) or not value:
            return value
        members = dict(value) if isinstance(value, dict) else dict(enumerate(value))
        at = self._random.choice(list(members))
        name = at if isinstance(at, str) else name
        if isinstance(members[at], dict | list) and members[at] and self._random.random() < _DEEPER:
            members[at] = self.with_change(members[at], name)
        elif (other := self.other(name, members[at])) is ...:
            del members[at]
        else:
            members[at] = other
        return members if isinstance(value, dict) else list(members.values())

    def other(self, name: str, value: Any) -> Any:
        """Return another value in place of this one; `...` to leave it out."""
        if self._random.random() < _LEFT_OUT:
            return ...
        others: list[Any] = [*self._named(name), *self._documented.get(name, ())]
        match value:
            case bool():
                others += [not value] * 3
            case int() | float() if self._is_own(value):
                others += [0, -1, str(value)]
            case int() | float():
                others += [value + 1, value - 1, 0, -1, value * 2, 255]
            case str() if self._is_own(value):
                others += [value.swapcase(), "", f"x{value}", "x"]
            case str():
                others += [value.swapcase(), value.upper(), "", f"{value}0", value[:-1], "x", value.ljust(_LONG, "0")]
                others += ["false" if value == "true" else "true"] * 3 if value in ("true", "false") else []
            case list():
                broken = [self.with_change(item) if isinstance(item, dict) else item for item in value]
                many = (value * self._random.choice(_MANY))[: _MANY[-1]]
                others += [[], value[::-1], [*value, *broken], [*broken, *value], many, many]
        return self._random.choice(others or [...])


def without_gaps(value: Any) -> Any:
    """Return a JSON value without the members and items that are `...`: those that are left out."""
    if isinstance(value, dict):
        return {key: without_gaps(one) for key, one in value.items() if one is not ...}
    return [without_gaps(one) for one in value if one is not ...] if isinstance(value, list) else value
