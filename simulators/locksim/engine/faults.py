"""Faults are data: which requests (or deliveries) are struck, and what then happens to them.

A fault counts its matches; from the `nth` on it strikes, each match with `probability`, `times` times at most. Chance
is a draw, so a world with the same seed and inputs is struck at the same places.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

import msgspec

from locksim.engine.deliveries import Delivery
from locksim.engine.inputs import Request
from locksim.engine.seeded_random import seeded

Seconds = Annotated[float, msgspec.Meta(ge=0, le=1_000_000_000)]
"""A length that a world's clock can tell: at most about 31 years."""

__all__ = ["Delay", "Double", "Effect", "Fault", "Harm", "Hold", "Late", "Lose", "Refuse", "Reset", "Truncate"]


class Refuse(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="refuse"):
    """The vendor refuses in its own dialect; `name` is one of the vendor's refusals."""

    name: str


class Delay(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="delay"):
    """The request reaches the vendor late, or its answer leaves late (what was asked is done at once all the same)."""

    seconds: Seconds
    of: Literal["answer", "request"] = "answer"


class Reset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="reset"):
    """The connection breaks before the vendor hears anything, or after it has done what was asked."""

    when: Literal["before", "after"] = "before"


class Truncate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="truncate"):
    """The connection breaks after so many bytes of the answer's body (a shorter body arrives whole)."""

    bytes: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Harm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="act"):
    """A hand on the hardware at the moment the request arrives: out of range, jammed, flat."""

    device: str
    action: str
    args: dict[str, Any] = {}


class Lose(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="lose"):
    """A delivery goes nowhere; its sender sees this status, or this error."""

    status: Annotated[int, msgspec.Meta(ge=100, le=599)] | None = None
    error: str = "timeout"


class Double(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="double"):
    """A delivery goes out twice."""


class Late(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="late"):
    """A delivery goes out so many seconds later."""

    seconds: Seconds


class Hold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="hold"):
    """A delivery waits for the tester's hand."""


Effect = Refuse | Delay | Reset | Truncate | Harm | Lose | Double | Late | Hold


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """One planted fault. `path` is a glob over the path (for deliveries: over where they go)."""

    effect: Effect
    id: int = 0
    vendor: str | None = None
    method: str | None = None
    path: str | None = None
    nth: int = 1
    times: int | None = None
    probability: float = 1.0
    matched: int = 0
    struck: int = 0

    @property
    def of_deliveries(self) -> bool:
        """Whether it strikes what goes out rather than what comes in."""
        return isinstance(self.effect, Lose | Double | Late | Hold)

    def strikes(self, seed: int, request: Request) -> bool:
        """Count this request, and say whether it is struck."""
        return not self.of_deliveries and self._strikes(
            seed, request.vendor, request.method, request.target.partition("?")[0]
        )

    def strikes_delivery(self, seed: int, delivery: Delivery) -> bool:
        """Count this attempt at a delivery, and say whether it is struck."""
        return self.of_deliveries and self._strikes(seed, delivery.vendor, delivery.method, delivery.to)

    def _strikes(self, seed: int, vendor: str, method: str, path: str) -> bool:
        if self.vendor not in (None, vendor) or self.method not in (None, method):
            return False
        if self.path is not None and not fnmatchcase(path, self.path):
            return False
        self.matched += 1
        if self.matched < self.nth or (self.times is not None and self.struck >= self.times):
            return False
        if not seeded(seed, "", "fault", self.id, self.matched).happens(self.probability):
            return False
        self.struck += 1
        return True
