"""The HTTP exchanges between a client and a vendor, as laws see them. All times are microseconds, UTC."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, Literal, overload
from urllib.parse import parse_qsl, unquote

__all__ = ["Broken", "Exchange", "Headers", "Traffic"]

Headers = tuple[tuple[str, str], ...]

Broken = Literal["", "reset", "timeout", "cut", "waiting"]
"""Why no complete answer came: the connection was reset, the client's timeout expired, the body was cut off, or the run
ended first. Empty if one came."""


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as the client saw them."""

    vendor: str
    site: str
    method: str
    target: str
    """Path and query as sent, still percent-encoded."""
    began: int
    ended: int
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    status: int | None = None
    answer_headers: Headers = field(default=(), repr=False)
    answer: bytes = b""
    broken: Broken = ""
    decided: int = 0
    """When the vendor made its answer, so when its content was true. `ended` may be later, on a slow network."""
    altered: bool = False
    """Whether the pact altered the answer, to simulate what the simulator does not have (a later firmware)."""

    @cached_property
    def path(self) -> str:
        """The decoded path, without the query."""
        return unquote(self.target.partition("?")[0])

    @cached_property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The decoded query parameters, in order."""
        return tuple(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def param(self, name: str) -> str | None:
        """Return the first query parameter of this name, or None."""
        return next((value for key, value in self.query if key == name), None)

    @cached_property
    def json(self) -> Any:
        """The answer's body as JSON; None if it is missing, incomplete or not JSON."""
        if self.broken:
            return None
        try:
            return json.loads(self.answer)
        except (ValueError, RecursionError):
            return None

    @cached_property
    def sent(self) -> Any:
        """The request's body as JSON; None if it is missing or not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The body's JSON object or form fields; the query of a request without a body."""
        if not self.body:
            return dict(self.query)
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
        return document if isinstance(document, dict) else {}

    @property
    def success(self) -> bool | None:
        """The boolean `success` of the answer's JSON object; None if there is none."""
        flag = self.json.get("success") if isinstance(self.json, dict) else None
        return flag if isinstance(flag, bool) else None

    @property
    def answered(self) -> bool:
        """Whether a complete answer came."""
        return self.status is not None and not self.broken


class Traffic(Sequence[Exchange]):
    """A sequence of exchanges, in the order in which they began."""

    def __init__(self, exchanges: Iterable[Exchange] = ()) -> None:
        self._all = tuple(exchanges)

    @overload
    def __getitem__(self, index: int) -> Exchange: ...
    @overload
    def __getitem__(self, index: slice) -> Traffic: ...
    def __getitem__(self, index: int | slice) -> Exchange | Traffic:
        return Traffic(self._all[index]) if isinstance(index, slice) else self._all[index]

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._all)

    def __repr__(self) -> str:
        return f"Traffic({list(self._all)!r})"

    def to(self, *paths: str) -> Traffic:
        """Return the exchanges whose path matches one of these globs (`/callback/*`)."""
        return Traffic(x for x in self._all if any(fnmatchcase(x.path, path) for path in paths))

    def answered(self, status: int) -> Traffic:
        """Return the exchanges with a complete answer of this status."""
        return Traffic(x for x in self._all if x.answered and x.status == status)

    def where(self, **params: object) -> Traffic:
        """Return the exchanges whose query parameters have these values, compared as text."""
        return Traffic(x for x in self._all if all(x.param(name) == str(value) for name, value in params.items()))

    def before(self, time: int) -> Traffic:
        """Return the exchanges that began before this time."""
        return Traffic(x for x in self._all if x.began < time)
