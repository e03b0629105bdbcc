"""What is true of a RemoteLock account and its locks: read from the stand-in's state, told to laws in the document's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from lockpact.remotelock.port import Accessible, Bolt, Status
from lockpact.step import Step

__all__ = ["AccessTruth", "LockTruth", "PersonTruth", "RemoteLockStep", "Truth", "Webhook", "truth_of", "wall"]


@dataclass(frozen=True)
class LockTruth:
    """One lock. `bolt` is where it is, whether or not RemoteLock has heard of it; `knows`: whose credentials it has."""

    zone: str
    connected: bool
    """Whether it has ever been heard of: `connected_at` has a timestamp."""
    bolt: Bolt
    local_pins: tuple[str, ...]
    timeout: int | None
    knows: frozenset[str]


@dataclass(frozen=True)
class PersonTruth:
    """One access person. `starts` and `ends` are wall times without a zone, as texts."""

    name: str
    status: Status
    pin: str | None
    email: str | None
    starts: str | None
    ends: str | None


@dataclass(frozen=True)
class AccessTruth:
    """One grant, and the locks that are behind it."""

    person: str
    kind: Accessible
    id: str
    locks: frozenset[str]


@dataclass(frozen=True)
class Webhook:
    """One webhook subscriber."""

    url: str
    active: bool
    secret: str | None


@dataclass(frozen=True)
class Truth:
    """The account that the client speaks for; all maps are by id."""

    consent: bool
    """Whether the user lets this application in."""
    devices: tuple[str, ...]
    locks: Mapping[str, LockTruth]
    persons: Mapping[str, PersonTruth]
    accesses: Mapping[str, AccessTruth]
    events: tuple[str, ...]
    """In the order in which RemoteLock learnt of them."""
    webhooks: Mapping[str, Webhook]
    mails: tuple[str, ...]
    """To whom mails have been sent."""


RemoteLockStep = Step[Truth]


def wall(instant: datetime, zone: str) -> str:
    """What the clock on the wall shows at an instant: ISO 8601 without a zone."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0).isoformat()


def truths(step: RemoteLockStep) -> Iterator[Truth]:
    """All that was true at any time during a step."""
    yield step.before
    for moment in step.moments:
        if step.began <= moment.at <= step.ended:
            yield moment.truth
    yield step.after


def truth_of(site: Any) -> Truth:
    """The truth now. `site` is a stand-in's handle on its vendor (`.state`, `.clock`)."""
    raise NotImplementedError
