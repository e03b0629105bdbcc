"""The state of a customer's instance of SecureAccess, and its invariants.

1. A user holds credentials (the first is the one that the user's record shows) and is assigned to access levels. An
   access level joins doors to a schedule. A fob has a card number of its own and is reassigned from user to user.
2. Users, credentials and fobs are immutable, and so are their tables: a change replaces the table. A batch does so whole,
   or not at all (`batches`).
3. Times are microseconds of the world's clock, UTC; None is no limit. Battery levels, what clocks show, the contents of the
   event cache and whether a batch still runs are functions of now.

A batch that is running when a tester loads another state is lost, as if its server had been restarted.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import msgspec

from locksim.api import time_zones
from locksim.engine.physics import Charge, DeviceClock
from locksim.engine.timestamps import DAY

__all__ = [
    "CLOCK_LIMIT",
    "EVENT_CACHE",
    "AccessLevel",
    "Battery",
    "Bridge",
    "CoreEvent",
    "Credential",
    "Door",
    "Event",
    "Fob",
    "FobUse",
    "Kind",
    "Phone",
    "ReportedBattery",
    "Running",
    "Schedule",
    "State",
    "User",
    "check",
    "full_name",
]

EVENT_CACHE = 5000
"""Events that the cache keeps, unless the tester has set another number."""
CLOCK_LIMIT = 365 * DAY
"""How far the clock of a core or a bridge can be off."""


Kind = Literal["users", "uservalidate", "doors", "fobs", "reassign", "credentials"]
"""What a batch does with its records."""


class Schedule(msgspec.Struct):
    """Days and hours. `days[0]` is Monday. `start` and `stop` are HH:MM:SS, both included."""

    id: int
    name: str
    days: list[bool]
    start: str
    stop: str

    def open(self, weekday: int, time: str) -> bool:
        """Return whether this time of the week lies in it. `weekday` 0 is Monday; `time` is HH:MM:SS."""
        return self.days[weekday] and self.start <= time <= self.stop


class Battery(msgspec.Struct):
    """A core's battery, or (`missing`) the one that was taken out of it."""

    charge: Charge
    missing: bool = False

    def left(self, now: int) -> int:
        """Return what the core has of it now, in millionths."""
        return 0 if self.missing else self.charge.left(now)


class ReportedBattery(msgspec.Struct, frozen=True):
    """A battery as the system knows it while the door's bridge is offline. It holds for the outage of this number."""

    battery: Battery
    outage: int


class Door(msgspec.Struct):
    """An access-controlled door. `device` is the name of its core, as in events. A wired door has no battery."""

    id: int
    name: str
    device: str
    bridge: str
    location: str = ""
    enabled: bool = True
    clock: DeviceClock = msgspec.field(default_factory=DeviceClock)
    """Its core's. `cores` says what sets it."""
    battery: Battery | None = None
    reported: ReportedBattery | None = None
    """The battery before its first change in an outage of the bridge."""


class AccessLevel(msgspec.Struct):
    """An access level: doors, and the schedule on which they open (None: always)."""

    id: int
    name: str
    doors: list[int] = []
    schedule: int | None = None


class User(msgspec.Struct, frozen=True):
    """A card holder, or an administrator, whom the API hides. The user's record shows the first of `credentials` (ids)."""

    id: int
    id_num: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    pin: str = ""
    enabled: bool = True
    effective: int | None = None
    expires: int | None = None
    levels: tuple[int, ...] = ()
    credentials: tuple[int, ...] = ()
    admin: bool = False


class Credential(msgspec.Struct, frozen=True):
    """A card number and its registration key. `phone` is the device id of the phone that has claimed it."""

    id: int
    card_num: str
    key: str
    user: int
    phone: str | None = None


class FobUse(msgspec.Struct, frozen=True):
    """A use of a fob at a door: the core's time, and when the system knows of it. Both in µs UTC."""

    at: int
    db: int


class Fob(msgspec.Struct, frozen=True):
    """A fob. It inherits the access of `user`; without a user it has its own access levels."""

    id: int
    id_num: str
    name: str
    card_num: str
    enabled: bool = True
    effective: int | None = None
    expires: int | None = None
    user: int | None = None
    levels: tuple[int, ...] = ()
    """Its own access levels. They end when it is assigned to a user."""
    key: str = ""
    """Its registration key; "" if it has none."""
    other_cards: tuple[str, ...] = ()
    """The card numbers of its further credentials."""
    uses: tuple[FobUse, ...] = ()
    """The last use that the system knows, and later ones of which it will know; `at` and `db` ascend."""

    @property
    def cards(self) -> tuple[str, ...]:
        """All its card numbers."""
        return (self.card_num, *self.other_cards)

    def last_use(self, now: int) -> int | None:
        """Return when it was last shown to a door, as far as the system knows now, in µs UTC."""
        return max((use.at for use in self.uses if use.db <= now), default=None)

    def with_use(self, use: FobUse, now: int) -> Fob:
        """Return the fob after another use."""
        if self.uses and use.at <= self.uses[-1].at:
            return self
        known = [one for one in self.uses if one.db <= now]
        return msgspec.structs.replace(self, uses=(*known[-1:], *self.uses[len(known) :], use))


class CoreEvent(msgspec.Struct, frozen=True):
    """What a core has noted of a card that was shown to it. `at` is the core's time, to the second."""

    device: str
    code: int
    subcode: int | None
    schedule: str
    location: str
    card_num: str
    user: str
    at: int


class Event(msgspec.Struct, frozen=True):
    """A core's event in the system, under an id. `db` is when it is recorded."""

    id: int
    what: CoreEvent
    db: int


class Bridge(msgspec.Struct):
    """Carries events from its cores to the system. While it is offline, the cores keep them (`held`)."""

    id: str
    online: bool = True
    held: list[CoreEvent] = []
    outages: int = 0
    """How often it went offline."""
    offline_since: int = 0
    """When it last went offline, in µs UTC."""
    clock: DeviceClock = msgspec.field(default_factory=DeviceClock)
    """Its clock during an outage."""

    def error_at(self, now: int) -> int:
        """Return how far its clock is ahead, in µs. While it is online, the system keeps it exact."""
        return 0 if self.online else self.clock.error_at(now)


class Phone(msgspec.Struct):
    """A person's phone with the BEST Switch app."""

    id: str
    owner: str


class Running(msgspec.Struct, frozen=True):
    """A POST that is being processed until `until` (µs UTC). `body` is the request's body."""

    pending_id: int
    kind: Kind
    until: int
    body: bytes


class State(msgspec.Struct, dict=True):
    """Everything that a world knows of one customer's instance."""

    apiuser: str
    apikey: str
    schedules: dict[int, Schedule]
    doors: dict[int, Door]
    levels: dict[int, AccessLevel]
    users: dict[int, User]
    credentials: dict[int, Credential]
    fobs: dict[int, Fob]
    bridges: list[Bridge]
    phones: list[Phone]
    last_id: int
    """The id that was given last. Ids have gaps."""
    keys_made: int = 0
    events: list[Event] = []
    """Oldest first. Some may still be on their way (`db` is in the future)."""
    last_event: int = 0
    dropped: int = 0
    """The id of the newest event that has left the cache."""
    event_cache: int = EVENT_CACHE
    running: list[Running] = []
    instance_down: str = ""
    """The API's message while the instance does not answer; "" while it does."""
    pending_release: bool = True
    """Whether the operations that are pending release exist."""
    https_only: bool = False
    """Whether plain http is refused, as the vendor does."""
    time_zone: str = "UTC"
    """The time zone of the schedules."""

    def visible_users(self) -> list[User]:
        """Return the users who are not administrators."""
        return [user for user in self.users.values() if not user.admin]

    def visible_credentials(self) -> list[Credential]:
        """Return the credentials of users who are not administrators."""
        return [one for one in self.credentials.values() if not self.users[one.user].admin]

    def fob_levels(self, fob: Fob) -> tuple[int, ...]:
        """Return the access levels that say what a fob opens: its user's, or its own."""
        return fob.levels if fob.user is None else self.users[fob.user].levels

    def reported_level(self, door: Door, now: int) -> int | None:
        """Return a door's battery level as the system knows it, in millionths; None for a wired door.

        A core reports its level while its bridge is online.
        """
        bridge = self.bridge(door.bridge)
        if door.battery is None or bridge.online:
            return None if door.battery is None else door.battery.left(now)
        kept = door.reported
        battery = kept.battery if kept is not None and kept.outage == bridge.outages else door.battery
        return battery.left(max(bridge.offline_since, battery.charge.at))

    def keep_reported(self, door: Door) -> None:
        """Before a door's battery changes: keep what the system knows of it, if its bridge is offline."""
        bridge, kept = self.bridge(door.bridge), door.reported
        if door.battery is not None and not bridge.online and (kept is None or kept.outage != bridge.outages):
            charge = msgspec.structs.replace(door.battery.charge)
            door.reported = ReportedBattery(Battery(charge, door.battery.missing), bridge.outages)

    def bridge(self, id: str) -> Bridge:
        """Return the bridge of this id."""
        return next(bridge for bridge in self.bridges if bridge.id == id)


def full_name(user: User) -> str:
    """Return the name as events and credentials show it: `Greswell, Rhea`."""
    return ", ".join(part for part in (user.last_name, user.first_name) if part)


def check(state: State) -> None:
    """Raise AssertionError if the state contradicts itself."""
    tables: list[dict[int, object]] = [
        dict(state.schedules), dict(state.doors), dict(state.levels), dict(state.users), dict(state.credentials),
        dict(state.fobs),
    ]  # fmt: skip
    ids = [key for table in tables for key in table]
    assert len(set(ids)) == len(ids), "two records have one id"
    assert all(key <= state.last_id for key in ids), "an id is higher than the last one given"
    for table in tables:
        assert all(key == record.id for key, record in table.items()), "a record is stored under another id"  # type: ignore[attr-defined]  # all have ids
    cards = [c.card_num for c in state.credentials.values()]
    cards += [card for fob in state.fobs.values() for card in fob.cards if card]
    assert len(set(cards)) == len(cards), "two credentials have one card number"
    keys = [c.key for c in state.credentials.values()] + [fob.key for fob in state.fobs.values() if fob.key]
    assert len(set(keys)) == len(keys), "two credentials have one registration key"
    bridges = {bridge.id for bridge in state.bridges}
    assert {door.bridge for door in state.doors.values()} <= bridges, "a door has an unknown bridge"
    assert len({door.name for door in state.doors.values()}) == len(state.doors), "two doors have one name"
    for schedule in state.schedules.values():
        assert len(schedule.days) == 7, f"schedule {schedule.id} does not have seven days"
        assert schedule.start <= schedule.stop, f"schedule {schedule.id} stops before it starts"
    assert time_zones.is_known(state.time_zone), f"there is no time zone {state.time_zone!r}"
    for level in state.levels.values():
        assert set(level.doors) <= state.doors.keys(), f"access level {level.id} has an unknown door"
        assert level.schedule is None or level.schedule in state.schedules, (
            f"access level {level.id} has an unknown schedule"
        )
    _check_people(state)
    _check_hardware(state)
    _check_events(state)


def _check_people(state: State) -> None:
    held = [credential for user in state.users.values() for credential in user.credentials]
    assert sorted(held) == sorted(state.credentials), "a credential is held by nobody, or by two users"
    for user in state.users.values():
        assert set(user.levels) <= state.levels.keys(), f"user {user.id} has an unknown access level"
        for credential in user.credentials:
            assert state.credentials[credential].user == user.id, f"credential {credential} names another user"
    for name in ("id_num", "email"):
        given = [
            str(getattr(user, name)).lower() if name == "email" else getattr(user, name)
            for user in state.users.values()
        ]
        given = [one for one in given if one]
        assert len(set(given)) == len(given), f"two users have one {name}"
    phones = {phone.id for phone in state.phones}
    assert all(c.phone is None or c.phone in phones for c in state.credentials.values()), (
        "a credential is claimed by an unknown phone"
    )
    for fob in state.fobs.values():
        assert fob.user is None or fob.user in state.users, f"fob {fob.id} is assigned to an unknown user"
        assert set(fob.levels) <= state.levels.keys(), f"fob {fob.id} has an unknown access level"
        assert fob.user is None or not fob.levels, f"fob {fob.id} has a user and access levels of its own"
        assert all(a.at < b.at and a.db <= b.db for a, b in pairwise(fob.uses)), f"fob {fob.id} has uses out of order"


def _check_hardware(state: State) -> None:
    for bridge in state.bridges:
        bridge.clock.check(2 * CLOCK_LIMIT)
    for door in state.doors.values():
        door.clock.check(2 * CLOCK_LIMIT)
        if door.battery is not None:
            door.battery.charge.check()


def _check_events(state: State) -> None:
    ids = [event.id for event in state.events]
    assert ids == sorted(set(ids)), "events are out of order, or two have one id"
    assert not ids or ids[-1] == state.last_event, "an event's id is not the last one given"
    times = [event.db for event in state.events]
    assert times == sorted(times), "an event was recorded before an older one"
    assert state.event_cache >= 1, "the event cache holds nothing"
    for bridge in state.bridges:
        assert not (bridge.online and bridge.held), f"{bridge.id} is online, and its cores still keep events"
    waiting = [running.pending_id for running in state.running]
    assert len(set(waiting)) == len(waiting), "one caller waits for two batches"
