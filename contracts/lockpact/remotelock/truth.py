"""What is true of a RemoteLock account and its locks: read from the stand-in's state, told to laws in the document's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from lockpact.core.step import Step
from lockpact.remotelock.port import Accessible, Bolt, Status

__all__ = [
    "AccessTruth",
    "LockTruth",
    "PersonTruth",
    "RemoteLockStep",
    "Truth",
    "Webhook",
    "truth_of",
    "truths",
    "wall",
]


@dataclass(frozen=True)
class LockTruth:
    """One lock. `bolt` is where it is, whether or not RemoteLock has heard of it; `knows`: whose credentials it has.

    `local_pins` and `timeout` are those that RemoteLock has.
    """

    zone: str
    connected: bool
    """Whether it has ever been heard of: `connected_at` has a timestamp."""
    bolt: Bolt
    local_pins: tuple[str, ...]
    timeout: int | None
    knows: frozenset[str]
    holds: frozenset[str]
    """The accesses that it has learnt of."""


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
    for moment in step.truth_history:
        if step.began <= moment.at <= step.ended:
            yield moment.truth
    yield step.after


_TOLD: WeakKeyDictionary[Any, tuple[int, Truth]] = WeakKeyDictionary()
"""World → the truth after its last turn: it is asked for several times between two turns."""


def truth_of(site: Any) -> Truth:
    """The truth now. `site` is a stand-in's handle on its vendor (`.state`, `.clock`, `.world`)."""
    core = site.world.core
    turns, truth = _TOLD.get(core, (-1, None))
    if truth is None or turns != core.journal.last:
        truth = _read(site, site.state, site.clock.now)
        _TOLD[core] = core.journal.last, truth
    return truth


def _read(site: Any, state: Any, now: int) -> Truth:
    app = next(iter(state.oauth.applications.values()))
    account = state.accounts[app.account_id]
    persons = account.collections.persons(now)
    status = persons.facets["status"]
    doors: dict[str, set[str]] = {}
    for door in account.doors.values():
        doors.setdefault(door.group_id, set()).add(door.door_id)
    locks = {id_: device for id_, device in account.devices.items() if device.type == "lock"}
    return Truth(
        consent=any(token.user_id == app.owner_id for token in state.oauth.refreshes.values()),
        devices=tuple(account.devices),
        locks={id_: _lock(account, lock) for id_, lock in locks.items()},
        persons={
            id_: PersonTruth(
                person.name,
                Status.of(status(person)),
                person.pin,
                person.email,
                getattr(person, "starts_at", None),
                getattr(person, "ends_at", None),
            )
            for id_, person in account.persons.items()
        },
        accesses={
            id_: AccessTruth(
                access.person_id,
                Accessible(access.accessible_type),
                access.accessible_id,
                _behind(access, locks, doors),
            )
            for id_, access in account.accesses.items()
        },
        events=tuple(account.events),
        webhooks={
            id_: Webhook(one.url, one.active, one.secret)
            for id_, one in account.subscribers.items()
            if one.type == "webhook_notification_subscriber"
        },
        mails=tuple(delivery.to for delivery in site.deliveries.list() if delivery.kind == "email"),
    )


def _lock(account: Any, lock: Any) -> LockTruth:
    physical = lock.physical
    return LockTruth(
        zone=account.locations[lock.location_id].time_zone,
        connected=lock.connected_at is not None,
        bolt=Bolt(physical.bolt),
        local_pins=tuple(lock.settings.local_pins or ()),
        timeout=lock.settings.auto_lock_timeout,
        knows=frozenset(grant.person_id for grant in physical.grants.values()),
        holds=frozenset(physical.grants),
    )


def _behind(access: Any, locks: Mapping[str, Any], doors: Mapping[str, set[str]]) -> frozenset[str]:
    """The locks that an access opens: those of its group or location included."""
    match access.accessible_type:
        case "location":
            return frozenset(id_ for id_, lock in locks.items() if lock.location_id == access.accessible_id)
        case "door_group":
            return frozenset(doors.get(access.accessible_id, set()) & locks.keys())
    return frozenset({access.accessible_id} & locks.keys())
