"""What the user permits a run to send to a live server, and what the run used of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lockpact.core.pact import LiveRules, RequestFilter
from lockpact.live.stage import Limits

__all__ = ["READ_ONLY", "Permission", "Usage"]


@dataclass(frozen=True)
class Permission:
    """What the user permits. By default only operations that read."""

    allow: frozenset[str] = frozenset()
    """Operations in addition to those that read: `POST /devices`. `*`: all that are not destructive."""
    calls: int = 20_000
    """The most requests to one server."""
    share: float = 0.5
    """The part of the vendor's rate limit and of its quota that may be used."""
    account: str | None = None
    """Whose account it is on a production host of the vendor."""
    locks: Sequence[str] = ()
    """The ids of the locks that may be used. Empty: all that are found."""
    credentials: Path | None = field(default=None, repr=False)

    def limits(self, rules: LiveRules, allows: RequestFilter) -> Limits:
        """Return the limits for one live server."""
        quota = rules.quota(self.allow)
        calls = self.calls if quota is None else min(self.calls, int(quota.calls * self.share))
        return Limits(allows, calls, rules.per_second * self.share)

    def exhausted(self, limits: Limits) -> str:
        """Return a sentence that says that no calls are left, and what to do."""
        if limits.calls is not None and limits.calls < self.calls:
            return f"{self.share:.0%} of the quota is used up ({limits.calls} calls to a server); raise it with --share"
        return f"the limit of {self.calls} calls to a server is used up; raise it with --calls"


READ_ONLY = Permission()


@dataclass(frozen=True)
class Usage:
    """What a run used of one server."""

    server: str
    calls: int
    seconds: float
    rules: LiveRules
    permission: Permission
    simulated: bool
    """The server is a simulator, which has no limits."""

    @property
    def rate(self) -> float:
        """The used part of the vendor's rate limit, over the whole run."""
        return self.calls / max(self.seconds, 1e-9) / self.rules.per_second

    @property
    def live(self) -> float:
        """The seconds that as many calls take on a live server, within the permitted share of its rate limit."""
        return self.calls / (self.rules.per_second * self.permission.share)

    @property
    def quota(self) -> float | None:
        """The part of the vendor's quota that was used, or would have been; None if it has no quota."""
        quota = self.rules.quota(self.permission.allow)
        return None if quota is None else self.calls / quota.calls

    def __str__(self) -> str:
        text = f"{self.server}: {self.calls} calls in {self.seconds:.1f} s"
        if self.simulated:
            text += f"; on a live server {_duration(self.live)} at {self.permission.share:.0%} of the rate limit"
        else:
            text += f", {self.rate:.0%} of the rate limit of {self.rules.per_second:g} a second"
        quota = self.rules.quota(self.permission.allow)
        if quota is not None:
            text += f", {self.quota:.1%} of the quota of {quota.calls} a {quota.per}"
        return text


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
