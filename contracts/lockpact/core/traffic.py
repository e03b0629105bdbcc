"""What went over the wire between a client and a vendor, as a law sees it. All times are microseconds, UTC."""

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
"""Why no whole answer came: the connection was reset, the client's patience ended, the body broke off, or the run
ended first."""


@dataclass(frozen=True)
class Exchange:
    """One request and what came of it, as the client saw it."""

    vendor: str
    site: str
    method: str
    target: str
    """Path and query as they were sent, percent-encoding untouched."""
    began: int
    ended: int
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    status: int | None = None
    answer_headers: Headers = field(default=(), repr=False)
    answer: bytes = b""
    broken: Broken = ""
    decided: int = 0
    """When the vendor decided its answer: what it tells was true then (`ended` may be later, on a slow wire)."""
    altered: bool = False
    """Whether the pact altered the answer on its way, to play a vendor that the stand-in is not (a later firmware)."""

    @cached_property
    def path(self) -> str:
        """The decoded path, without the query."""
        return unquote(self.target.partition("?")[0])

    @cached_property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The decoded query, in its order."""
        return tuple(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def param(self, name: str) -> str | None:
        """The first query parameter of this name."""
        return next((value for key, value in self.query if key == name), None)

    @cached_property
    def json(self) -> Any:
        """The answer's body as JSON; None when there is none, or it is not JSON, or did not come whole."""
        if self.broken:
            return None
        try:
            return json.loads(self.answer)
        except (ValueError, RecursionError):
            return None

    @cached_property
    def sent(self) -> Any:
        """The request's body as JSON; None when there is none, or it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def success(self) -> bool | None:
        """The answer's `success`, where it is an object with a flag of that name."""
        said = self.json.get("success") if isinstance(self.json, dict) else None
        return said if isinstance(said, bool) else None

    @property
    def answered(self) -> bool:
        """Whether a whole answer came."""
        return self.status is not None and not self.broken


class Traffic(Sequence[Exchange]):
    """Exchanges in the order in which they began."""

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
        """Those whose path is one of these (globs, as in `/callback/*`)."""
        return Traffic(x for x in self._all if any(fnmatchcase(x.path, path) for path in paths))

    def answered(self, status: int) -> Traffic:
        """Those answered, whole, with this status."""
        return Traffic(x for x in self._all if x.answered and x.status == status)

    def where(self, **params: object) -> Traffic:
        """Those whose query has these values (compared as text)."""
        return Traffic(x for x in self._all if all(x.param(name) == str(value) for name, value in params.items()))

    def before(self, moment: int) -> Traffic:
        """Those that began before this moment."""
        return Traffic(x for x in self._all if x.began < moment)
