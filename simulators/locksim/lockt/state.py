"""A customer's instance of SecureAccess: who and what there is, and when that contradicts itself.

1. A user holds credentials (the first is the one that the user's record shows), and is assigned to access levels. An
   access level joins doors to a schedule. A fob is a credential with a record of its own, reassigned from user to user.
2. Users, credentials and fobs are values, and so are their tables: whoever changes one puts another table in its
   place. A batch does so whole, or not at all (`batches`).
3. Times are microseconds of the world's clock, UTC; None is no limit. Battery levels, what the cache holds and whether a
   batch still runs are functions of now.

Who gets in is in `access`, what becomes of an event in `events`. Confessed: a batch that was running in a state which
is loaded elsewhere is lost, as if its server had been restarted.
"""

from __future__ import annotations

import msgspec

from locksim.engine.timestamps import DAY

__all__ = [
    "EVENT_CACHE",
    "AccessLevel",
    "Battery",
    "Bridge",
    "Credential",
    "Door",
    "Event",
    "Fob",
    "Held",
    "Phone",
    "Running",
    "Schedule",
    "State",
    "User",
    "check",
    "full_name",
]

EVENT_CACHE = 5000
"""Events that are kept, unless the customer has set another number."""
FULL = 1_000_000
"""A full battery, in millionths."""
A_DAY = 1_370
"""What a day takes of a battery: it lasts about two years …"""
AN_OPENING = 25
"""… and 40,000 openings."""


class Schedule(msgspec.Struct):
    """Days and hours. `days[0]` is Monday; `start` and `stop` are HH:MM:SS, both included."""

    id: int
    name: str
    days: list[bool]
    start: str
    stop: str

    def open(self, weekday: int, time: str) -> bool:
        """Whether this moment of the week lies in it. `weekday`: 0 is Monday; `time`: HH:MM:SS."""
        return self.days[weekday] and self.start <= time <= self.stop


class Battery(msgspec.Struct):
    """`charge` (millionths) is what it had at `at`."""

    charge: int
    at: int
    missing: bool = False

    def left(self, now: int) -> int:
        """The charge now."""
        return 0 if self.missing else max(0, self.charge - (now - self.at) * A_DAY // DAY)

    def used(self, now: int) -> None:
        """One opening."""
        if not self.missing:
            self.charge, self.at = max(0, self.left(now) - AN_OPENING), now


class Door(msgspec.Struct):
    """An access-controlled door. `device` is the core in it, as events call it; a wired one has no battery."""

    id: int
    name: str
    device: str
    bridge: str
    location: str = ""
    enabled: bool = True
    battery: Battery | None = None


class AccessLevel(msgspec.Struct):
    """Doors on a schedule (None: always)."""

    id: int
    name: str
    doors: list[int] = []
    schedule: int | None = None


class User(msgspec.Struct, frozen=True):
    """A card holder, or (`admin`) one whom the API does not show. `credentials`: ids, the record's own first."""

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
    """A card number and its registration key. `phone`: the device of the phone that has claimed it."""

    id: int
    card_num: str
    key: str
    user: int
    phone: str | None = None


class Fob(msgspec.Struct, frozen=True):
    """A fob; `user` is whose access it inherits."""

    id: int
    id_num: str
    name: str
    card_num: str
    enabled: bool = True
    effective: int | None = None
    expires: int | None = None
    user: int | None = None
    used: int | None = None
    """When it was last shown to a door."""


class Held(msgspec.Struct, frozen=True):
    """What a core has noted of a card shown to it; `at` is its clock's, to the second."""

    device: str
    code: int
    subcode: int | None
    schedule: str
    location: str
    card_num: str
    user: str
    at: int


class Event(msgspec.Struct, frozen=True):
    """The same in the system, under an id; `db` is when it was recorded."""

    id: int
    what: Held
    db: int


class Bridge(msgspec.Struct):
    """What carries events from its cores to the system. While it is offline, they keep them (`held`)."""

    id: str
    online: bool = True
    held: list[Held] = []


class Phone(msgspec.Struct):
    """A person's phone with the Switch app."""

    id: str
    owner: str


class Running(msgspec.Struct, frozen=True):
    """A POST that is being processed until `until`: its body, as it came."""

    pending_id: int
    kind: str
    until: int
    body: bytes


class State(msgspec.Struct):
    """Everything of the Lockt side of a world."""

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
    """The id given last; ids have gaps."""
    keys_made: int = 0
    events: list[Event] = []
    """Oldest first; some may still be on their way (`db` lies ahead)."""
    last_event: int = 0
    dropped: int = 0
    """The id of the newest event that has left the cache."""
    event_cache: int = EVENT_CACHE
    running: list[Running] = []
    instance_down: str = ""
    """What the API says of an instance that does not answer; "" while it does."""
    pending_release: bool = True
    """Whether the operations that are pending release are there."""
    https_only: bool = False
    """Whether the stand-in's own plain http is refused, as the vendor's is."""

    def visible_users(self) -> list[User]:
        """The non-administrative users."""
        return [user for user in self.users.values() if not user.admin]

    def bridge(self, id: str) -> Bridge:
        """The bridge of this id."""
        return next(bridge for bridge in self.bridges if bridge.id == id)

    def holder(self, card: str) -> Credential | Fob | None:
        """The credential or fob with this card number."""
        for credential in self.credentials.values():
            if credential.card_num == card:
                return credential
        return next((fob for fob in self.fobs.values() if fob.card_num == card), None)


def full_name(user: User) -> str:
    """`Greswell, Rhea`, as events and credentials show it."""
    return ", ".join(part for part in (user.last_name, user.first_name) if part)


def check(state: State) -> None:
    """Raises AssertionError when the state contradicts itself."""
    tables: list[dict[int, object]] = [
        dict(state.schedules), dict(state.doors), dict(state.levels), dict(state.users), dict(state.credentials),
        dict(state.fobs),
    ]  # fmt: skip
    ids = [key for table in tables for key in table]
    assert len(set(ids)) == len(ids), "two records have one id"
    assert all(key <= state.last_id for key in ids), "an id is beyond the last one given"
    for table in tables:
        assert all(key == record.id for key, record in table.items()), "a record lies under another's id"  # type: ignore[attr-defined]  # all have ids
    cards = [c.card_num for c in state.credentials.values()] + [f.card_num for f in state.fobs.values() if f.card_num]
    assert len(set(cards)) == len(cards), "two credentials have one card number"
    keys = [c.key for c in state.credentials.values()]
    assert len(set(keys)) == len(keys), "two credentials have one registration key"
    bridges = {bridge.id for bridge in state.bridges}
    assert {door.bridge for door in state.doors.values()} <= bridges, "a door's bridge is none"
    assert len({door.name for door in state.doors.values()}) == len(state.doors), "two doors have one name"
    for schedule in state.schedules.values():
        assert len(schedule.days) == 7, f"schedule {schedule.id} has not seven days"
        assert schedule.start <= schedule.stop, f"schedule {schedule.id} stops before it starts"
    for level in state.levels.values():
        assert set(level.doors) <= state.doors.keys(), f"access level {level.id} has a door that is none"
        assert level.schedule is None or level.schedule in state.schedules, f"access level {level.id}: no such schedule"
    _check_people(state)
    _check_events(state)


def _check_people(state: State) -> None:
    held = [credential for user in state.users.values() for credential in user.credentials]
    assert sorted(held) == sorted(state.credentials), "a credential is held by nobody, or by two"
    for user in state.users.values():
        assert set(user.levels) <= state.levels.keys(), f"user {user.id} is assigned to an access level that is none"
        for credential in user.credentials:
            assert state.credentials[credential].user == user.id, f"credential {credential} is another user's"
    for name in ("id_num", "email"):
        given = [
            str(getattr(user, name)).lower() if name == "email" else getattr(user, name)
            for user in state.users.values()
        ]
        given = [one for one in given if one]
        assert len(set(given)) == len(given), f"two users have one {name}"
    phones = {phone.id for phone in state.phones}
    assert all(c.phone is None or c.phone in phones for c in state.credentials.values()), "claimed by no phone"
    for fob in state.fobs.values():
        assert fob.user is None or fob.user in state.users, f"fob {fob.id} is assigned to nobody there"


def _check_events(state: State) -> None:
    ids = [event.id for event in state.events]
    assert ids == sorted(set(ids)), "events are out of order, or two have one id"
    assert not ids or ids[-1] == state.last_event, "an event's id is beyond the last one given"
    times = [event.db for event in state.events]
    assert times == sorted(times), "an event was recorded before an older one"
    assert state.event_cache >= 1, "the event cache holds nothing"
    for bridge in state.bridges:
        assert not (bridge.online and bridge.held), f"{bridge.id} is online, and its cores still keep events"
    tickets = [running.pending_id for running in state.running]
    assert len(set(tickets)) == len(tickets), "one caller waits for two batches"
