"""The state: the vendor's two databases, and the locks and fobs themselves.

1. A `LockRecord` is what the server knows of a lock; a `LockBody` is the lock itself. Only a phone carries anything from
   one to the other. (`sync` writes orders and reads reports; `lock` and `fob` read orders and write reports.)
2. A change on the server is *unsynced* until a report says that the lock took an order with the change. A place or a quick
   click goes from pending to live, or from revoked to gone (`PLACES`).
3. There are two databases and four servers: a pre-release server works on its live server's database.
4. Times are microseconds of the world's clock. A lock needs no timers: whether it has fallen asleep or engaged is worked
   out when it is next touched.
5. A lock's or fob's own clock has no date. It only counts seconds: how long the device stays awake, unlocked and in update
   mode (`later`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from locksim.engine import lookup
from locksim.engine.physics import DeviceClock
from locksim.engine.timestamps import SECOND
from locksim.noke.battery import FLAT, Battery
from locksim.noke.errors import UnknownLock
from locksim.noke.messages import Event, Keys
from locksim.noke.products import ENGAGES_FROM, FAMILIES, Family, at_least, is_version

__all__ = [
    "ACTIONS",
    "AWAKE",
    "CODE",
    "FIRMWARE_MODE",
    "PLACES",
    "PLACES_MAX",
    "PRE_RELEASE",
    "PRODUCTION",
    "QUIET",
    "RELOCK",
    "SANDBOX",
    "SETUP_RACE",
    "UNLIMITED",
    "Activity",
    "Click",
    "Credential",
    "Database",
    "FobBody",
    "FobRecord",
    "FobSent",
    "Held",
    "HeldClick",
    "LockBody",
    "LockRecord",
    "Place",
    "Sent",
    "State",
    "check",
    "later",
]

SANDBOX, PRODUCTION = "sandbox", "production"
PRE_RELEASE = "-pre-release"
"""The end of a pre-release site's name, after its database's name."""

PLACES_MAX = 100
"""The most offline and fob keys of a lock together, and the most quick clicks (chapters *Fobs*, *Quick Clicks*)."""
CODE = re.compile("[01]{3,24}")
UNLIMITED = 255

AWAKE = 50 * SECOND
"""How long a lock stays awake after the last contact: less than the document's 60 seconds."""
RELOCK = 10 * SECOND
"""How long after its unlock a lock engages by itself."""
SETUP_RACE = 60 * SECOND
"""How long after set-up a second unlock is dangerous (chapter *Lock Setup/Sync*)."""
FIRMWARE_MODE = 60 * SECOND

_SENT_MAX = 50
_EVENTS_MAX = 200
_ACTIVITY_MAX = 1000

QUIET = ("button_touched", "proximity_stats", "wake_stats")
"""The actions that /activity/ leaves out unless they are asked for."""
ACTIONS = (
    "alarm_triggered", "button_touched", "failed_unlock", "locked", "proximity_stats", "setup_unlocked", "start_up",
    "unknown", "unlock_via_access_code", "unlocked", "unlocked_via_quick_click", "wake_stats",
)  # fmt: skip

Status = Literal["free", "pending", "live", "revoked"]
PLACES: dict[Status, dict[str, Status]] = {
    "free": {"issue": "pending"},
    "pending": {"confirm": "live", "revoke": "revoked", "reset": "pending"},
    "live": {"revoke": "revoked", "reset": "pending"},
    "revoked": {"confirm": "free", "reset": "revoked"},
}
"""status → what happens → next status. All places but free ones count, and only free ones are given out."""


# ---- on the server


class Place(msgspec.Struct):
    """One of a lock's hundred places for offline keys. `holder` is a fob's MAC; "" for a phone.

    `generation` counts the values that the place ever had. The present holder's values begin with `since`.
    """

    number: int
    tracking_key: str = ""
    holder: str = ""
    generation: int = 0
    since: int = 0
    status: Status = "free"

    def apply(self, what: str) -> None:
        """Change the status by the table. Raises KeyError when the table has no such change."""
        self.status = PLACES[self.status][what]

    @property
    def valid(self) -> bool:
        """Whether its holder may open the lock: it is neither free nor revoked."""
        return self.status in ("pending", "live")


class Click(msgspec.Struct):
    """A quick click. `pending`: not synced to the lock; `revoked`: possibly still on the lock."""

    code: str
    uses: int
    start_uses: int
    version: int
    pending: bool = True
    revoked: bool = False


class Sent(msgspec.Struct):
    """An order that was made for a lock: a token of each change that it carries, to match the report that confirms it."""

    number: int
    at: int
    tracking_key: str
    setup: int = 0
    """The number of the set-up whose keys it carries; 0: none."""
    places: list[tuple[int, int, Status]] = []
    clicks: list[tuple[str, int, bool]] = []
    settings: int = 0


class LockRecord(msgspec.Struct):
    """What the server knows of a lock. `internal_battery` and `fw_version` are the last known values."""

    mac: str
    serial: str
    hw_version: str
    fw_version: str
    created_by: str
    created_at: int
    keys: Keys
    set_up: bool = True
    setup_count: int = 1
    internal_battery: int = 0
    external_battery: int = 0
    setups: int = 1
    """How many sets of keys were made for it."""
    offered: Keys | None = None
    """New keys that were sent and are not yet confirmed. They stay the same until then."""
    old: list[Keys] = []
    """Its earlier keys, for late reports."""
    explicit_lock: bool = False
    settings: int = 0
    """How often its settings were saved."""
    settings_pending: bool = False
    places: list[Place] = []
    clicks: list[Click] = []
    versions: int = 0
    """The last version given to a quick click of any code."""
    orders: int = 0
    sent: list[Sent] = []
    last_event: int = 0
    """The lock's events up to this number are known."""
    contact_at: int = 0
    """Events that are not known yet happened after this time."""

    @property
    def family(self) -> Family:
        """Its product family."""
        return FAMILIES[self.hw_version]

    @property
    def engages(self) -> bool:
        """Whether it takes `explicit-lock` and /engagelock/."""
        return self.family.engages and at_least(self.fw_version, ENGAGES_FROM)

    @property
    def flags(self) -> list[str]:
        """The kinds of data that are not synced."""
        pending = {
            "keys": not self.set_up or any(place.status in ("pending", "revoked") for place in self.places),
            "quick-clicks": any(click.pending or click.revoked for click in self.clicks),
            "settings": self.settings_pending,
        }
        return [name for name, unsynced in pending.items() if unsynced]

    def place(self, number: int) -> Place:
        """Return the place of this number, which must exist."""
        return self.places[number - 1]

    def click(self, code: str) -> Click | None:
        """Return the quick click with this code; None when there is none."""
        return next((click for click in self.clicks if click.code == code), None)

    def remember(self, sent: Sent) -> None:
        """Remember an order, and forget the oldest."""
        self.sent.append(sent)
        del self.sent[:-_SENT_MAX]

    def order(self, number: int) -> Sent | None:
        """Return the order of this number; None when it is not remembered."""
        return next((sent for sent in self.sent if sent.number == number), None)


class Credential(msgspec.Struct):
    """A fob's credential for a lock: a place there. `status` is the fob's side; the place has the lock's side."""

    lock: str
    tracking_key: str
    place: int
    generation: int
    status: Literal["pending", "synced", "revoke_pending"] = "pending"


class FobSent(msgspec.Struct):
    """An order that was made for a fob: (lock, place, generation) of each credential that it gives or takes."""

    number: int
    given: list[tuple[str, int, int]] = []
    taken: list[tuple[str, int, int]] = []


class FobRecord(msgspec.Struct):
    """What the server knows of a fob."""

    mac: str
    key: str
    credentials: list[Credential] = []
    orders: int = 0
    sent: list[FobSent] = []

    def remember(self, sent: FobSent) -> None:
        """Remember an order, and forget the oldest."""
        self.sent.append(sent)
        del self.sent[:-_SENT_MAX]


class Activity(msgspec.Struct):
    """One line of /activity/. Times are microseconds. `start` and `end` are equal when the time is known."""

    lock: str
    action: str
    recorded: int
    start: int
    end: int
    tracking_key: str
    n: int
    """Its number in the lock's memory."""


class Database(msgspec.Struct):
    """The database of a live server and its pre-release server."""

    name: Literal["sandbox", "production"]
    api_key: str
    mobile_api_key: str
    locks: list[LockRecord] = []
    fobs: list[FobRecord] = []
    activity: list[Activity] = []

    def find(self, mac: str) -> LockRecord | None:
        """Return the lock with this MAC, in any case; None when there is none."""
        mac = mac.upper()
        return lookup.find(self.locks, "mac", mac)

    def in_order(self, macs: Iterable[str]) -> list[LockRecord]:
        """Return the locks with these MACs, which must exist, in the order of the list of all locks."""
        places = {lookup.place_of(self.locks, "mac", mac) for mac in macs}
        return [self.locks[place] for place in sorted(place for place in places if place is not None)]

    def lock(self, mac: str) -> LockRecord:
        """Return the lock with this MAC, in any case. Raises UnknownLock."""
        found = self.find(mac)
        if found is None:
            raise UnknownLock(f"no lock of this server has the mac {mac[:40]!r}; /lock/ lists its locks")
        return found

    def find_fob(self, mac: str) -> FobRecord | None:
        """Return the fob with this MAC, in any case; None when there is none."""
        mac = mac.upper()
        return lookup.find(self.fobs, "mac", mac)

    def fob(self, mac: str) -> FobRecord:
        """Return the fob with this MAC, in any case. Raises UnknownLock."""
        found = self.find_fob(mac)
        if found is None:
            raise UnknownLock(f"no fob of this server has the mac {mac[:40]!r}; /fobs/display/ lists its fobs")
        return found

    def note(self, lines: Iterable[Activity]) -> None:
        """Add lines of activity, and drop the oldest."""
        self.activity.extend(lines)
        self.activity.sort(key=lambda line: line.recorded)
        del self.activity[:-_ACTIVITY_MAX]


# ---- the devices themselves


def later(clock: DeviceClock, now: int, seconds: int) -> int:
    """Return when a device's own clock has counted this long (`seconds`: microseconds, too)."""
    return clock.true_time(clock.shows(now) + seconds)


class Held(msgspec.Struct):
    """An offline key in one of the lock's places."""

    place: int
    generation: int
    key: str


class HeldClick(msgspec.Struct):
    """A quick click on the lock."""

    version: int
    uses: int


class LockBody(msgspec.Struct):
    """The lock itself. `session` belongs to the last wake; it ends at `awake_until`, or with the next wake."""

    mac: str
    firmware: str
    keys: Keys
    battery: Battery
    external_battery: int = 0
    """Millivolts of a battery that is held to its contacts."""
    clock: DeviceClock = msgspec.field(default_factory=DeviceClock)
    previous: Keys | None = None
    """The keys before the last set-up, until the server uses the new ones."""
    taken_at: int = 0
    """When set-up brought the present keys."""
    stuck: bool = False
    last_order: int = 0
    session: str = ""
    awake_until: int = 0
    wakes: int = 0
    open: bool = False
    open_until: int = 0
    explicit_lock: bool = False
    shackle: Literal["in", "pulled", "out"] = "in"
    loosened: bool = False
    """An /unshackle/ was taken: while the lock is open, the shackle can come out."""
    update_until: int = 0
    holds: list[Held] = []
    clicks: dict[str, HeldClick] = {}
    events: list[Event] = []
    happened: int = 0

    def awake(self, now: int) -> bool:
        """Whether it takes commands."""
        return bool(self.session) and now < self.awake_until and not self.flat(now) and not self.updating(now)

    def flat(self, now: int) -> bool:
        """Whether neither battery has enough power."""
        return max(self.battery.shows(now), self.external_battery) < FLAT

    def updating(self, now: int) -> bool:
        """Whether it is in firmware update mode, its LED blue."""
        return now < self.update_until and not self.flat(now)

    def unlocked(self, now: int) -> bool:
        """Whether it can be opened: it has not engaged yet. A flat lock cannot engage."""
        if not self.open or self.shackle != "in" or self.explicit_lock:
            return self.open
        died = self.battery.flat_from() if self.flat(now) else None
        return (now if died is None else died) < self.open_until

    def settle(self, now: int) -> None:
        """Do what the lock has done by itself by now: engage, and fall asleep. A flat lock does nothing any more."""
        if self.open and not self.unlocked(now):
            self.open = self.loosened = False
            self.note("locked")
        if self.flat(now):
            self.session, self.update_until = "", 0
        elif self.session and not self.awake(now):
            self.sleep()

    def sleep(self) -> None:
        """Fall asleep, which ends the session."""
        if self.session:
            self.session = ""
            self.note("wake_stats")

    def start_up(self) -> None:
        """Start anew, asleep."""
        self.session, self.update_until = "", 0
        self.note("start_up")

    def note(self, action: str, **about: int | str) -> None:
        """Remember an event, and forget the oldest."""
        self.happened += 1
        self.events.append(msgspec.structs.replace(Event(self.happened, action), **about))
        del self.events[:-_EVENTS_MAX]


class FobBody(msgspec.Struct):
    """The fob itself. `holds`: (lock, offline key, unlock command) of each credential of its last sync."""

    mac: str
    key: str
    battery: Battery
    clock: DeviceClock = msgspec.field(default_factory=DeviceClock)
    session: str = ""
    awake_until: int = 0
    squeezes: int = 0
    last_order: int = 0
    holds: list[tuple[str, str, str]] = []

    def flat(self, now: int) -> bool:
        """Whether its battery is flat."""
        return self.battery.shows(now) < FLAT

    def awake(self, now: int) -> bool:
        """Whether it takes commands."""
        return bool(self.session) and now < self.awake_until and not self.flat(now)


class State(msgspec.Struct):
    """The Nokē part of a world. All lock keys are derived from `secret`."""

    secret: str
    databases: list[Database]
    locks: list[LockBody]
    fobs: list[FobBody]
    changed: bool = False
    """Whether the pre-release servers run the changed behaviour."""

    def database(self, name: str) -> Database:
        """Return the database of this name."""
        return next(one for one in self.databases if one.name == name)

    def body(self, mac: str) -> LockBody:
        """Return the lock with this MAC, which must exist."""
        found = lookup.find(self.locks, "mac", mac)
        assert found is not None
        return found

    def fob(self, mac: str) -> FobBody:
        """Return the fob with this MAC, which must exist."""
        found = lookup.find(self.fobs, "mac", mac)
        assert found is not None
        return found

    def home(self, mac: str) -> tuple[Database, LockRecord]:
        """Return a lock's database and record."""
        found = lookup.locate([base.locks for base in self.databases], "mac", mac)
        assert found is not None
        return self.databases[found[0]], found[1]

    def devices(self) -> Iterator[LockBody | FobBody]:
        """Iterate over all locks and fobs."""
        yield from self.locks
        yield from self.fobs

    def records(self) -> Iterator[LockRecord]:
        """Iterate over the records of all locks."""
        return (lock for base in self.databases for lock in base.locks)


# ---- invariants


def check(state: State) -> None:
    """Check the state's invariants. Raises AssertionError."""
    assert sorted(base.name for base in state.databases) == [PRODUCTION, SANDBOX], "there are two databases"
    credentials = [key for base in state.databases for key in (base.api_key, base.mobile_api_key)]
    assert len(set(credentials)) == 4, "two API keys are equal"
    records, bodies = list(state.records()), {lock.mac: lock for lock in state.locks}
    assert re.fullmatch("([0-9a-f]{2})+", state.secret), "the secret must have pairs of hex digits"
    macs = [record.mac for record in records]
    fobs = [fob.mac for base in state.databases for fob in base.fobs]
    assert len({*macs, *fobs}) == len(macs) + len(fobs), "two devices have the same MAC, or one is on two servers"
    assert sorted(macs) == sorted(lock.mac for lock in state.locks), "a lock has no record, or a record has no lock"
    assert sorted(fobs) == sorted(fob.mac for fob in state.fobs), "a fob has no record, or a record has no fob"
    for device in state.devices():
        device.battery.check()
        device.clock.check(0)
    holders = {"", *fobs}
    for record in records:
        _check_record(record, holders)
        _check_body(record, bodies[record.mac])
    for base in state.databases:
        for fob in base.fobs:
            _check_fob(base, fob)
        times = [line.recorded for line in base.activity]
        assert times == sorted(times), "activity is out of order"
        assert len(times) <= _ACTIVITY_MAX, "there is too much activity"
        assert all(line.start <= line.end for line in base.activity), "a range ends before it begins"


def _check_record(lock: LockRecord, holders: set[str]) -> None:
    mac = lock.mac
    assert mac == mac.upper(), f"{mac}: MACs are kept in upper case"
    assert lock.hw_version in FAMILIES, f"{mac}: unknown hw_version {lock.hw_version}"
    assert is_version(lock.fw_version), f"{mac}: {lock.fw_version!r} is not a firmware version such as 2.10"
    assert [place.number for place in lock.places] == list(range(1, len(lock.places) + 1)), (
        f"{mac}: places are not numbered from 1"
    )
    assert len(lock.places) <= PLACES_MAX, f"{mac}: too many places"
    valid = [(place.tracking_key, place.holder) for place in lock.places if place.valid]
    assert len(set(valid)) == len(valid), f"{mac}: two places have the same holder and tracking key"
    assert all(place.holder in holders for place in lock.places), f"{mac}: a place belongs to an unknown fob"
    assert all(place.since <= place.generation for place in lock.places), (
        f"{mac}: a place's holder began after its present value"
    )
    codes = [click.code for click in lock.clicks]
    assert len(codes) <= PLACES_MAX, f"{mac}: too many quick clicks"
    assert len(set(codes)) == len(codes), f"{mac}: two quick clicks have the same code"
    for click in lock.clicks:
        assert CODE.fullmatch(click.code), f"{mac}: invalid code {click.code}"
        assert 0 <= click.uses <= click.start_uses <= UNLIMITED, f"{mac}: invalid uses of {click.code}"
        assert not (click.pending and click.revoked), f"{mac}: {click.code} is both pending and revoked"
    assert lock.set_up or lock.setups >= 1 or lock.offered is None, f"{mac}: keys are offered without a set-up"
    assert not (lock.set_up and lock.offered), f"{mac}: it is set up, and keys are still offered"
    assert all(sent.number <= lock.orders for sent in lock.sent), f"{mac}: an order has too high a number"


def _check_body(record: LockRecord, lock: LockBody) -> None:
    mac = lock.mac
    assert lock.last_order <= record.orders, f"{mac}: it took an order that was never made"
    assert record.last_event <= lock.happened, f"{mac}: the server knows more events than there were"
    assert [event.n for event in lock.events] == list(range(lock.happened - len(lock.events) + 1, lock.happened + 1)), (
        f"{mac}: its memory of events has gaps"
    )
    places = [held.place for held in lock.holds]
    assert len(set(places)) == len(places) <= PLACES_MAX, f"{mac}: two keys in one place"
    assert set(places) <= {place.number for place in record.places}, f"{mac}: it holds a key in an unknown place"
    assert len(lock.clicks) <= PLACES_MAX, f"{mac}: too many quick clicks"
    assert record.family.shackle or lock.shackle == "in", f"{mac}: it has no shackle, but one is pulled"


def _check_fob(base: Database, fob: FobRecord) -> None:
    for held in fob.credentials:
        lock = base.find(held.lock)
        assert lock is not None, f"{fob.mac}: it has a credential for a lock of another database"
        if held.status != "revoke_pending":
            place = lock.place(held.place)
            assert place.valid, f"{fob.mac}: its place on {held.lock} was given up"
            assert (place.holder, place.tracking_key) == (fob.mac, held.tracking_key), (
                f"{fob.mac}: its credential has another holder's place"
            )
