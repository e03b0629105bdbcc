"""Faults as data: which requests or deliveries they affect, and what then happens to them.

A fault counts the requests (or delivery attempts) that match it. From the `nth` match on it affects each match with
`probability`, and at most `times` of them. The choice is a seeded random value, so worlds with the same seed and inputs
have the same faults at the same places.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

import msgspec

from locksim.engine.deliveries import Delivery
from locksim.engine.inputs import Request
from locksim.engine.seeded_random import seeded

Seconds = Annotated[float, msgspec.Meta(ge=0, le=1_000_000_000)]
"""A duration of at most about 31 years."""

__all__ = ["Act", "Delay", "Double", "Effect", "Fault", "Hold", "Late", "Lose", "Page", "Refuse", "Reset", "Truncate"]


class Refuse(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="refuse"):
    """The vendor refuses the request in its own format. `name` is one of the vendor's refusals."""

    name: str


class Delay(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="delay"):
    """The request reaches the vendor late, or is done at once and its answer leaves late."""

    seconds: Seconds
    of: Literal["answer", "request"] = "answer"


class Reset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="reset"):
    """The connection breaks before the vendor gets the request, or after it has done it."""

    when: Literal["before", "after"] = "before"


class Truncate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="truncate"):
    """The connection breaks after so many bytes of the answer's body. A shorter body arrives complete."""

    bytes: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="page"):
    """Something on the way answers 200 with a page of HTML, as a captive portal does. The vendor never gets the request."""


class Act(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="act"):
    """A device action happens just before the request is served: out of range, jammed, battery empty."""

    device: str
    action: str
    args: dict[str, Any] = {}


class Lose(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="lose"):
    """A delivery never leaves. Its sender gets this status, or this error."""

    status: Annotated[int, msgspec.Meta(ge=100, le=599)] | None = None
    error: str = "timeout"


class Double(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="double"):
    """A delivery leaves twice."""


class Late(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="late"):
    """A delivery leaves so many seconds later."""

    seconds: Seconds


class Hold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="hold"):
    """A delivery is held until the tester releases it."""


Effect = Refuse | Delay | Reset | Truncate | Page | Act | Lose | Double | Late | Hold


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """One injected fault. `path` is a glob that matches the path (for deliveries: the address that they go to)."""

    effect: Effect
    id: int = 0
    vendor: str | None = None
    method: str | None = None
    path: str | None = None
    nth: int = 1
    times: int | None = None
    probability: float = 1.0
    matched: int = 0
    """How many requests or attempts matched."""
    struck: int = 0
    """How many of them it affected."""

    @property
    def of_deliveries(self) -> bool:
        """Whether it affects deliveries rather than requests."""
        return isinstance(self.effect, Lose | Double | Late | Hold)

    def affects_request(self, seed: int, request: Request) -> bool:
        """Count this request if it matches, and return whether the fault affects it."""
        return not self.of_deliveries and self._affects(
            seed, request.vendor, request.method, request.target.partition("?")[0]
        )

    def affects_delivery(self, seed: int, delivery: Delivery) -> bool:
        """Count this delivery attempt if it matches, and return whether the fault affects it."""
        return self.of_deliveries and self._affects(seed, delivery.vendor, delivery.method, delivery.to)

    def _affects(self, seed: int, vendor: str, method: str, path: str) -> bool:
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
