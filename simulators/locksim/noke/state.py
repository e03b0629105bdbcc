"""What there is: two databases of the vendor's, and the locks and fobs themselves.

1. Truth lives in two places. A `LockRecord` is what the server has of a lock, a `LockBody` is the lock; only a phone
   carries anything from the one to the other (`server` writes orders and reads reports, `lock` and `fob` take and write).
2. What the server changes is *unsynced* until a report says that an order with the change was taken: a place or a quick
   click goes pending → live, or revoked → gone (`PLACES`), and blocks what it blocks until then.
3. There are two databases, and four servers: a pre-release server works on its live server's database.
4. Times are microseconds of the world's clock. A lock has no clock and needs no timer: that it has gone to sleep, or has
   engaged again, is worked out when somebody next touches it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from locksim.engine.timestamps import SECOND
from locksim.noke.errors import UnknownLock
from locksim.noke.messages import Event, Keys
from locksim.noke.products import ENGAGES_FROM, FAMILIES, Family, at_least

__all__ = [
    "ACTIONS",
    "AWAKE",
    "CODE",
    "FIRMWARE_MODE",
    "FLAT",
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
]

SANDBOX, PRODUCTION = "sandbox", "production"
PRE_RELEASE = "-pre-release"
"""How the name of a pre-release site ends; before it stands its database's."""

PLACES_MAX = 100
"""Offline and fob keys that a lock holds together, and quick clicks that it holds (chapters *Fobs*, *Quick Clicks*)."""
CODE = re.compile("[01]{3,24}")
UNLIMITED = 255

AWAKE = 50 * SECOND
"""A lock sleeps when it was left alone for so long: less than the document's 60 seconds."""
RELOCK = 10 * SECOND
"""A lock engages by itself so long after it was unlocked."""
SETUP_RACE = 60 * SECOND
"""How long after set-up a second unlock is dangerous (chapter *Lock Setup/Sync*)."""
FIRMWARE_MODE = 60 * SECOND
FLAT = 2000
"""Millivolts below which nothing works any more."""

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
"""status → what happens → status. All but free ones are counted, and none is given to somebody else meanwhile."""


# ---- what the server has


class Place(msgspec.Struct):
    """One of a lock's hundred places for offline keys. `holder` is a fob's MAC, "" for a phone.

    `generation` counts the values that were ever in it; the present holder's begin with `since`.
    """

    number: int
    tracking_key: str = ""
    holder: str = ""
    generation: int = 0
    since: int = 0
    status: Status = "free"

    def step(self, what: str) -> None:
        """Walk the table. Raises KeyError for a step that it has not."""
        self.status = PLACES[self.status][what]

    @property
    def valid(self) -> bool:
        """Whether somebody holds it who may: neither free nor revoked."""
        return self.status in ("pending", "live")


class Click(msgspec.Struct):
    """A quick click code. `pending`: the lock does not have it so; `revoked`: the lock may still have it."""

    code: str
    uses: int
    start_uses: int
    version: int
    pending: bool = True
    revoked: bool = False


class Sent(msgspec.Struct):
    """An order, for the day on which its report comes: what it was to change, in tokens that fit only that change."""

    number: int
    at: int
    tracking_key: str
    setup: int = 0
    """The number of the keys that it carried; 0: none."""
    places: list[tuple[int, int, Status]] = []
    clicks: list[tuple[str, int, bool]] = []
    settings: int = 0


class LockRecord(msgspec.Struct):
    """What the server has of a lock. `internal_battery` and `firmware` are what it last heard."""

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
    """How many sets of keys were ever made for it."""
    offered: Keys | None = None
    """Keys that were sent and not yet confirmed. They stay the same until they are."""
    old: list[Keys] = []
    """Keys that it had, for reports that come late."""
    explicit_lock: bool = False
    settings: int = 0
    """How often settings were saved."""
    settings_pending: bool = False
    places: list[Place] = []
    clicks: list[Click] = []
    versions: int = 0
    """Of quick clicks, over all codes."""
    orders: int = 0
    sent: list[Sent] = []
    heard: int = 0
    """The lock's events up to this number are known."""
    contact_at: int = 0
    """Events that are not known yet happened after this."""

    @property
    def family(self) -> Family:
        """What it can do."""
        return FAMILIES[self.hw_version]

    @property
    def engages(self) -> bool:
        """Whether it takes `explicit-lock` and /engagelock/."""
        return self.family.engages and at_least(self.fw_version, ENGAGES_FROM)

    @property
    def flags(self) -> list[str]:
        """What is still to be synced."""
        pending = {
            "keys": not self.set_up or any(place.status in ("pending", "revoked") for place in self.places),
            "quick-clicks": any(click.pending or click.revoked for click in self.clicks),
            "settings": self.settings_pending,
        }
        return [name for name, is_so in pending.items() if is_so]

    def place(self, number: int) -> Place:
        """The place of this number, which there is."""
        return self.places[number - 1]

    def click(self, code: str) -> Click | None:
        """The quick click with this code."""
        return next((click for click in self.clicks if click.code == code), None)

    def remember(self, sent: Sent) -> None:
        """Keep an order; the oldest leaves."""
        self.sent.append(sent)
        del self.sent[:-_SENT_MAX]

    def order(self, number: int) -> Sent | None:
        """The order of this number, while it is remembered."""
        return next((sent for sent in self.sent if sent.number == number), None)


class Credential(msgspec.Struct):
    """What a fob may hold of a lock: a place there. `status` is the fob's side alone; the lock's is the place's."""

    lock: str
    tracking_key: str
    place: int
    generation: int
    status: Literal["pending", "synced", "revoke_pending"] = "pending"


class FobSent(msgspec.Struct):
    """An order to a fob: which places in which generation it gave, and which it took away."""

    number: int
    given: list[tuple[str, int, int]] = []
    taken: list[tuple[str, int, int]] = []


class FobRecord(msgspec.Struct):
    """What the server has of a fob."""

    mac: str
    key: str
    credentials: list[Credential] = []
    orders: int = 0
    sent: list[FobSent] = []

    def remember(self, sent: FobSent) -> None:
        """Keep an order; the oldest leaves."""
        self.sent.append(sent)
        del self.sent[:-_SENT_MAX]


class Activity(msgspec.Struct):
    """One line of /activity/. Times are microseconds; `start` and `end` are equal where the time is known."""

    lock: str
    action: str
    recorded: int
    start: int
    end: int
    tracking_key: str
    n: int
    """Its number in the lock's own memory."""


class Database(msgspec.Struct):
    """Of one live server and its pre-release."""

    name: Literal["sandbox", "production"]
    api_key: str
    mobile_api_key: str
    locks: list[LockRecord] = []
    fobs: list[FobRecord] = []
    activity: list[Activity] = []

    def find(self, mac: str) -> LockRecord | None:
        """The lock of this MAC, in whatever case it is written."""
        mac = mac.upper()
        return next((lock for lock in self.locks if lock.mac == mac), None)

    def lock(self, mac: str) -> LockRecord:
        """The same. Raises UnknownLock."""
        found = self.find(mac)
        if found is None:
            raise UnknownLock(f"no lock of this server has the mac {mac[:40]!r}; /lock/ lists those that there are")
        return found

    def find_fob(self, mac: str) -> FobRecord | None:
        """The fob of this MAC, in whatever case it is written."""
        mac = mac.upper()
        return next((fob for fob in self.fobs if fob.mac == mac), None)

    def fob(self, mac: str) -> FobRecord:
        """The same. Raises UnknownLock."""
        found = self.find_fob(mac)
        if found is None:
            raise UnknownLock(
                f"no fob of this server has the mac {mac[:40]!r}; /fobs/display/ lists those that there are"
            )
        return found

    def note(self, lines: Iterable[Activity]) -> None:
        """Lines of activity; the oldest leave."""
        self.activity.extend(lines)
        self.activity.sort(key=lambda line: line.recorded)
        del self.activity[:-_ACTIVITY_MAX]


# ---- what there is to touch


class Held(msgspec.Struct):
    """A key in a place of the lock."""

    place: int
    generation: int
    key: str


class HeldClick(msgspec.Struct):
    """A quick click that the lock knows."""

    version: int
    uses: int


class LockBody(msgspec.Struct):
    """The lock itself. `session` is of the last wake; it dies with `awake_until`, or when the lock is woken again."""

    mac: str
    firmware: str
    keys: Keys
    internal_battery: int = 2975
    external_battery: int = 0
    previous: Keys | None = None
    """The keys before those that set-up brought, until the server speaks with the new ones."""
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
    """An /unshackle/ was taken: while the lock is open, the shackle comes out whole."""
    update_until: int = 0
    holds: list[Held] = []
    clicks: dict[str, HeldClick] = {}
    events: list[Event] = []
    happened: int = 0

    def awake(self, now: int) -> bool:
        """Whether it listens."""
        return bool(self.session) and now < self.awake_until and not self.flat and not self.updating(now)

    @property
    def flat(self) -> bool:
        """Whether its battery is empty."""
        return self.internal_battery < FLAT

    def updating(self, now: int) -> bool:
        """Whether it is in firmware update mode, its LED blue."""
        return now < self.update_until

    def unlocked(self, now: int) -> bool:
        """Whether it can be opened: not engaged, or kept from engaging."""
        return self.open and (self.shackle != "in" or self.explicit_lock or now < self.open_until)

    def note(self, action: str, **about: int | str) -> None:
        """Something happened; the oldest memory leaves."""
        self.happened += 1
        self.events.append(msgspec.structs.replace(Event(self.happened, action), **about))
        del self.events[:-_EVENTS_MAX]


class FobBody(msgspec.Struct):
    """The fob itself. `holds`: (lock, offline key, unlock command), as it was last told."""

    mac: str
    key: str
    battery: int = 3000
    session: str = ""
    awake_until: int = 0
    squeezes: int = 0
    last_order: int = 0
    holds: list[tuple[str, str, str]] = []


class State(msgspec.Struct):
    """Everything of the Nokē side of a world. `secret` is what all keys of it are made from."""

    secret: str
    databases: list[Database]
    locks: list[LockBody]
    fobs: list[FobBody]
    changed: bool = False
    """Whether the pre-release servers run the changed behaviour."""

    def database(self, name: str) -> Database:
        """By name."""
        return next(one for one in self.databases if one.name == name)

    def body(self, mac: str) -> LockBody:
        """The lock of this MAC, which there is."""
        return next(lock for lock in self.locks if lock.mac == mac)

    def fob(self, mac: str) -> FobBody:
        """The fob of this MAC, which there is."""
        return next(fob for fob in self.fobs if fob.mac == mac)

    def home(self, mac: str) -> tuple[Database, LockRecord]:
        """The one database that a lock lives in."""
        return next((base, lock) for base in self.databases for lock in base.locks if lock.mac == mac)

    def records(self) -> Iterator[LockRecord]:
        """Of all locks."""
        return (lock for base in self.databases for lock in base.locks)


# ---- contradictions


def check(state: State) -> None:
    """Raises AssertionError when the state contradicts itself."""
    assert sorted(base.name for base in state.databases) == [PRODUCTION, SANDBOX], "there are two databases"
    credentials = [key for base in state.databases for key in (base.api_key, base.mobile_api_key)]
    assert len(set(credentials)) == 4, "two API keys are one"
    records = list(state.records())
    macs = [record.mac for record in records]
    fobs = [fob.mac for base in state.databases for fob in base.fobs]
    assert len({*macs, *fobs}) == len(macs) + len(fobs), "two devices have one MAC, or one lives on two servers"
    assert sorted(macs) == sorted(lock.mac for lock in state.locks), "a lock has no record, or a record no lock"
    assert sorted(fobs) == sorted(fob.mac for fob in state.fobs), "a fob has no record, or a record no fob"
    for record in records:
        _check_record(record, fobs)
        _check_body(record, state.body(record.mac))
    for base in state.databases:
        for fob in base.fobs:
            _check_fob(base, fob)
        times = [line.recorded for line in base.activity]
        assert times == sorted(times), "activity is out of order"
        assert len(times) <= _ACTIVITY_MAX, "there is too much activity"
        assert all(line.start <= line.end for line in base.activity), "a range ends before it begins"


def _check_record(lock: LockRecord, fobs: list[str]) -> None:
    mac = lock.mac
    assert mac == mac.upper(), f"{mac}: MACs are kept in upper case"
    assert lock.hw_version in FAMILIES, f"{mac}: {lock.hw_version} is no family"
    assert [place.number for place in lock.places] == list(range(1, len(lock.places) + 1)), f"{mac}: places"
    assert len(lock.places) <= PLACES_MAX, f"{mac}: too many places"
    valid = [(place.tracking_key, place.holder) for place in lock.places if place.valid]
    assert len(set(valid)) == len(valid), f"{mac}: two places are for the same"
    assert all(place.holder in ("", *fobs) for place in lock.places), f"{mac}: a place is for a fob that is none"
    assert all(place.since <= place.generation for place in lock.places), f"{mac}: a place is older than itself"
    codes = [click.code for click in lock.clicks]
    assert len(codes) <= PLACES_MAX, f"{mac}: too many quick clicks"
    assert len(set(codes)) == len(codes), f"{mac}: two quick clicks have one code"
    for click in lock.clicks:
        assert CODE.fullmatch(click.code), f"{mac}: a code is none"
        assert 0 <= click.uses <= click.start_uses <= UNLIMITED, f"{mac}: uses of {click.code}"
        assert not (click.pending and click.revoked), f"{mac}: {click.code} is pending and revoked"
    assert lock.set_up or lock.setups >= 1 or lock.offered is None, f"{mac}: keys were offered that were never made"
    assert not (lock.set_up and lock.offered), f"{mac}: it is set up, and keys are on offer"
    assert all(sent.number <= lock.orders for sent in lock.sent), f"{mac}: an order from the future"


def _check_body(record: LockRecord, lock: LockBody) -> None:
    mac = lock.mac
    assert lock.last_order <= record.orders, f"{mac}: took an order that was never given"
    assert record.heard <= lock.happened, f"{mac}: more was heard than happened"
    assert [event.n for event in lock.events] == list(range(lock.happened - len(lock.events) + 1, lock.happened + 1)), (
        f"{mac}: its memory has gaps"
    )
    places = [held.place for held in lock.holds]
    assert len(set(places)) == len(places) <= PLACES_MAX, f"{mac}: two keys in one place"
    assert set(places) <= {place.number for place in record.places}, f"{mac}: holds a key that nobody gave"
    assert len(lock.clicks) <= PLACES_MAX, f"{mac}: too many quick clicks"
    assert record.family.shackle or lock.shackle == "in", f"{mac}: it has no shackle to pull"


def _check_fob(base: Database, fob: FobRecord) -> None:
    for held in fob.credentials:
        lock = base.find(held.lock)
        assert lock is not None, f"{fob.mac}: holds a key of a lock that lives elsewhere"
        if held.status != "revoke_pending":
            place = lock.place(held.place)
            assert place.valid, f"{fob.mac}: its place at {held.lock} was given up"
            assert (place.holder, place.tracking_key) == (fob.mac, held.tracking_key), f"{fob.mac}: not its place"
