"""When a device contacts the cloud at its heartbeats, and when the cloud counts it as lost."""

from __future__ import annotations

from locksim.engine.timestamps import DAY, SECOND
from locksim.remotelock.physical import CloudLink

__all__ = ["last_heartbeat", "lost_after", "next_heartbeat"]


def last_heartbeat(link: CloudLink, interval: int, until: int) -> int | None:
    """Return the last contact up to this time; None if there was none. `interval` is in seconds."""
    if not link.online and link.offline_since is not None:
        until = min(until, link.offline_since)
    if link.anchor is None or interval <= 0 or until < link.anchor:
        return link.anchor
    return until - (until - link.anchor) % (interval * SECOND)


def next_heartbeat(link: CloudLink, interval: int, after: int) -> int | None:
    """Return the first heartbeat after this time; None if there is none."""
    if not link.online or link.anchor is None or interval <= 0:
        return None
    step = interval * SECOND
    return link.anchor + ((after - link.anchor) // step + 1) * step


def lost_after(interval: int) -> int:
    """Return how long a device may be silent before it counts as lost: two heartbeats, or a day without heartbeats."""
    return DAY if interval <= 0 else (2 * interval + 60) * SECOND
