"""What its owner lets a run do at a server that is not ours, and what the run then came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lockpact.core.pact import LiveRules
from lockpact.live.stage import Limits, RequestFilter

__all__ = ["READ_ONLY", "Permission", "Usage"]


@dataclass(frozen=True)
class Permission:
    """See the module. Without anything: only what reads."""

    allow: frozenset[str] = frozenset()
    """Operations beside those that read: `POST /devices`; `*` for all but the destructive."""
    calls: int = 20_000
    """Requests to a server at most."""
    share: float = 0.5
    """Of the vendor's rate limit, and of its quota, at most."""
    account: str | None = None
    """Whose account it is, on a vendor's own production host."""
    locks: Sequence[str] = ()
    """The only locks to be named; none: all that are found."""
    credentials: Path | None = field(default=None, repr=False)

    def limits(self, rules: LiveRules, may: RequestFilter) -> Limits:
        """For one server that is not ours."""
        quota = rules.quota(self.allow)
        calls = self.calls if quota is None else min(self.calls, int(quota.calls * self.share))
        return Limits(may, calls, rules.per_second * self.share)

    def spent(self, limits: Limits) -> str:
        """That the budget has nothing left, and what to do."""
        if limits.calls is not None and limits.calls < self.calls:
            return f"{self.share:.0%} of the quota was spent ({limits.calls} calls a server); --share raises it"
        return f"the budget of {self.calls} calls a server was spent; --calls raises it"


READ_ONLY = Permission()


@dataclass(frozen=True)
class Usage:
    """What a run came to at one server."""

    server: str
    calls: int
    seconds: float
    rules: LiveRules
    permission: Permission
    ours: bool
    """It was a stand-in, that has patience."""

    @property
    def rate(self) -> float:
        """The part of the vendor's rate limit that it took, over the whole run."""
        return self.calls / max(self.seconds, 1e-9) / self.rules.per_second

    @property
    def live(self) -> float:
        """Seconds that as many calls take within the share of a live server's rate."""
        return self.calls / (self.rules.per_second * self.permission.share)

    @property
    def quota(self) -> float | None:
        """The part of the vendor's quota that it took, or would have taken; None where there is none."""
        quota = self.rules.quota(self.permission.allow)
        return None if quota is None else self.calls / quota.calls

    def __str__(self) -> str:
        said = f"{self.server}: {self.calls} calls in {self.seconds:.1f} s"
        if self.ours:
            said += f"; live they would take {_long(self.live)} at {self.permission.share:.0%} of the rate limit"
        else:
            said += f", {self.rate:.0%} of the rate limit of {self.rules.per_second:g} a second"
        quota = self.rules.quota(self.permission.allow)
        if quota is not None:
            said += f", {self.quota:.1%} of the quota of {quota.calls} a {quota.per}"
        return said


def _long(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
