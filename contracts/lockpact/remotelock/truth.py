"""What is true of a RemoteLock account and its locks: read from the simulator's state, for the laws."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from lockpact.core.step import Step
from lockpact.core.truth_parts import encoded, parts_of
from lockpact.remotelock.port import Accessible, Bolt, Status

__all__ = [
    "AccessTruth",
    "DeviceTruth",
    "EntryTruth",
    "LockTruth",
    "PersonTruth",
    "RemoteLockStep",
    "Truth",
    "Webhook",
    "local_time",
    "truth_of",
    "truths",
]


class LockTruth(NamedTuple):
    """One lock. `bolt` is its real position. `knows` are the persons that it opens for, now or when their stay begins.

    `local_pins` and `timeout` are as RemoteLock has them.
    """

    zone: str
    connected: bool
    """Whether it has ever been in contact: `connected_at` is not null."""
    bolt: Bolt
    local_pins: tuple[str, ...]
    timeout: int | None
    knows: frozenset[str]
    holds: frozenset[str]
    """The accesses that it has stored, with the PIN and the card that the person has now."""


class DeviceTruth(NamedTuple):
    """One device of any type, as RemoteLock has it. `state` is what the API shows of a bolt."""

    type: str
    name: str
    serial: str | None
    model: str | None
    location: str
    state: str | None


class PersonTruth(NamedTuple):
    """One access person. `starts` and `ends` are local times without a time zone, as texts."""

    type: str
    name: str
    status: Status
    pin: str | None
    card: str | None
    email: str | None
    starts: str | None
    ends: str | None


class AccessTruth(NamedTuple):
    """One access, with the locks that it opens."""

    person: str
    kind: Accessible
    id: str
    locks: frozenset[str]
    limits: tuple[str | None, ...]
    """What limits it: the schedule, and the times of the day at which a guest's first day begins and the last one ends."""


class EntryTruth(NamedTuple):
    """Somebody at a lock, with a PIN or a card, as RemoteLock has it. `at` is the event's occurred_at (µs, UTC)."""

    lock: str
    person: str | None
    granted: bool
    at: int


class Webhook(NamedTuple):
    """One webhook subscriber."""

    url: str
    active: bool
    secret: str | None
    events: frozenset[str]
    """The types of the account's events that it is subscribed to."""


@dataclass(frozen=True)
class Truth:
    """The client's account. All maps are by id."""

    consent: bool
    """Whether the user has given consent to the application."""
    user: tuple[str, str]
    """The id and the name of the user."""
    devices: Mapping[str, DeviceTruth]
    locks: Mapping[str, LockTruth]
    persons: Mapping[str, PersonTruth]
    accesses: Mapping[str, AccessTruth]
    events: tuple[str, ...]
    """In the order in which RemoteLock received them."""
    entries: Mapping[str, EntryTruth]
    webhooks: Mapping[str, Webhook]
    listeners: frozenset[str]
    """All subscribers, also by email and text message, and all subscriptions."""
    mails: tuple[str, ...]
    """The receivers of the emails that were sent."""


RemoteLockStep = Step[Truth]

GUEST = "access_guest"


def local_time(instant: datetime, zone: str) -> str:
    """Return a time in this time zone, as ISO 8601 without a time zone."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0).isoformat()


def truths(step: RemoteLockStep) -> Iterator[Truth]:
    """Return everything that was true at any time during a step."""
    yield step.before
    history = step.truth_history
    # What changed since the previous step is in it, too, and may have happened in the very instant in which this one began.
    began = max((number for number, moment in enumerate(history) if moment.truth is step.before), default=-1)
    for moment in history[began + 1 :]:
        if step.began <= moment.at <= step.ended:
            yield moment.truth
    yield step.after


def truth_of(site: Any) -> Truth:
    """Return the truth now. `site` is a simulator's handle on its vendor (`.state`, `.clock`, `.world`)."""
    state, now, parts = site.state, site.clock.now, parts_of(site.world.core)
    app = next(iter(state.oauth.applications.values()))
    account = state.accounts[app.account_id]
    devices, persons = encoded(account.devices), encoded(account.persons)
    at = [(device.type, device.location_id) for device in account.devices.values()]
    # What accesses open, and where: this seldom changes, and the stays of all guests depend on it.
    places = encoded((account.accesses, account.doors, account.locations, [*account.devices], at))
    subscribers = encoded((account.subscribers, account.subscriptions))
    stays = parts.get("stays", (places, persons), _times_of_stays, account)
    ends = parts.get("ends", devices, _ends_of_grants, account)
    return Truth(
        consent=any(token.user_id == app.owner_id for token in state.oauth.refreshes.values()),
        user=(app.owner_id, state.users[app.owner_id].name),
        devices=parts.get("devices", devices, _devices, account),
        locks=parts.get("locks", (devices, places, persons, bisect_right(ends, now)), _locks, account, now),
        persons=parts.get("persons", (places, persons, bisect_right(stays, now)), _persons, account, now),
        accesses=parts.get("accesses", places, _accesses, account),
        events=tuple(account.events),
        entries=parts.get("entries", (len(account.events), next(reversed(account.events), None)), _entries, account),
        webhooks=parts.get("webhooks", subscribers, _webhooks, account),
        listeners=parts.get("listeners", subscribers, _listeners, account),
        mails=tuple(delivery.to for delivery in site.deliveries.list() if delivery.kind == "email"),
    )


def _times_of_stays(account: Any) -> list[int]:
    """Return when the status of a guest changes by itself, sorted."""
    return sorted(at for person in account.persons.values() if person.type == GUEST for at in account.stay(person))


def _ends_of_grants(account: Any) -> list[int]:
    """Return when a lock forgets a person by itself, sorted."""
    locks = (device for device in account.devices.values() if device.type == "lock")
    return sorted(grant.end for lock in locks for grant in lock.physical.grants.values() if grant.end is not None)


def _devices(account: Any) -> dict[str, DeviceTruth]:
    return {
        id_: DeviceTruth(
            device.type,
            device.name,
            getattr(device, "serial_number", None),
            getattr(device, "model_id", None),
            device.location_id,
            getattr(device, "state", None),
        )
        for id_, device in account.devices.items()
    }


def _locks(account: Any, now: int) -> dict[str, LockTruth]:
    return {id_: _lock(account, lock, now) for id_, lock in account.devices.items() if lock.type == "lock"}


def _persons(account: Any, now: int) -> dict[str, PersonTruth]:
    return {
        id_: PersonTruth(
            person.type,
            person.name,
            Status.of(account.status(person, now)),
            person.pin,
            person.card_number,
            person.email,
            getattr(person, "starts_at", None),
            getattr(person, "ends_at", None),
        )
        for id_, person in account.persons.items()
    }


def _accesses(account: Any) -> dict[str, AccessTruth]:
    doors: dict[str, set[str]] = {}
    for door in account.doors.values():
        doors.setdefault(door.group_id, set()).add(door.door_id)
    locks = {id_: device for id_, device in account.devices.items() if device.type == "lock"}
    return {
        id_: AccessTruth(
            access.person_id,
            Accessible(access.accessible_type),
            access.accessible_id,
            _opened_locks(access, locks, doors),
            (access.access_schedule_id, access.guest_start_time, access.guest_end_time),
        )
        for id_, access in account.accesses.items()
    }


def _entries(account: Any) -> dict[str, EntryTruth]:
    return {
        id_: EntryTruth(event.publisher_id, event.associated_resource_id, event.type == "unlocked", event.occurred_at)
        for id_, event in account.events.items()
        if event.type in ("unlocked", "access_denied") and event.method in ("pin", "card")
    }


def _webhooks(account: Any) -> dict[str, Webhook]:
    events: dict[str, set[str]] = {}
    for subscription in account.subscriptions.values():
        if subscription.publisher_id == account.id:
            events.setdefault(subscription.subscriber_id, set()).update(e.event_type for e in subscription.events)
    return {
        id_: Webhook(subscriber.url, subscriber.active, subscriber.secret, frozenset(events.get(id_, ())))
        for id_, subscriber in account.subscribers.items()
        if subscriber.type == "webhook_notification_subscriber"
    }


def _listeners(account: Any) -> frozenset[str]:
    return frozenset((*account.subscribers, *account.subscriptions))


def _lock(account: Any, lock: Any, now: int) -> LockTruth:
    physical = lock.physical
    # It refuses a guest whose stay is over, by the end that it has stored, even before it hears of it.
    opens = [grant for grant in physical.grants.values() if grant.end is None or now < grant.end]
    return LockTruth(
        zone=account.locations[lock.location_id].time_zone,
        connected=lock.connected_at is not None,
        bolt=Bolt(physical.bolt),
        local_pins=tuple(lock.settings.local_pins or ()),
        timeout=lock.settings.auto_lock_timeout,
        knows=frozenset(grant.person_id for grant in opens),
        holds=frozenset(key for key, grant in physical.grants.items() if _is_up_to_date(account, grant)),
    )


def _is_up_to_date(account: Any, grant: Any) -> bool:
    person = account.persons.get(grant.person_id)
    return person is not None and (grant.pin, grant.card) == (person.pin, person.card_number)


def _opened_locks(access: Any, locks: Mapping[str, Any], doors: Mapping[str, set[str]]) -> frozenset[str]:
    """Return the locks that an access opens, also by group or location."""
    match access.accessible_type:
        case "location":
            return frozenset(id_ for id_, lock in locks.items() if lock.location_id == access.accessible_id)
        case "door_group":
            return frozenset(doors.get(access.accessible_id, set()) & locks.keys())
    return frozenset({access.accessible_id} & locks.keys())
