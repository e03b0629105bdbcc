"""The account with its plan, its KitLocks and K3Connect locks, and the invariants of this state.

1. The API knows nothing about a KitLock: a NetCode is a function of the request. The KitLock knows nothing about the
   API: it has its initialisation, a clock and batteries.
2. A K3Connect lock belongs to the account of the access key. The lock keeps its `events`; the server knows the first
   `reported` of them. Bluetooth and the Wi-Fi gateway carry events from the lock to the server.
3. The month of a quota is the world's, in UTC. The counts are a function of now (`Usage.at`).
4. A lock goes by its own clock. A KitLock's clock is set by a person, that of a K3Connect lock by each contact with a
   phone, and all the time by a gateway. A lock with flat batteries does nothing.

Times are in microseconds. `keypad` has the rules of initialisation, `clients` those of phones and audits.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

import msgspec

from locksim.api import time_zones
from locksim.codelocks import local_time, netcode
from locksim.codelocks.durations import K3CONNECT, MODELS
from locksim.codelocks.errors import BadAccessKey, InvalidData, LimitExceeded, NoLock
from locksim.engine import lookup
from locksim.engine.physics import FULL, Charge, DeviceClock
from locksim.engine.timestamps import DAY, FIRST, LAST, iso

__all__ = [
    "API_KEY",
    "CLIENT_TRANSITIONS",
    "CLOCK_LIMIT",
    "DAYS",
    "EVENT_LIMIT",
    "IDENTIFIER",
    "K3_ID",
    "LOW",
    "MASTER",
    "PERIODS",
    "PLANS",
    "TIMECODE",
    "Access",
    "Client",
    "Event",
    "EventType",
    "K3Lock",
    "KitLock",
    "Period",
    "Plan",
    "Quota",
    "State",
    "Status",
    "Usage",
    "check",
]

Plan = Literal["Business 1", "Business 2", "Enterprise 1", "Enterprise 2", "Pro 1", "Pro 2", "Pro 3"]
Quota = Literal["netcode", "utility"]
Access = Literal["STANDARD", "ONE_TIME"]
Status = Literal["INVITED", "ACTIVE", "SUSPENDED", "USED"]
EventType = Literal["PHONE_UNLOCK", "PHONE_REFUSED", "NETCODE_UNLOCK", "NETCODE_REFUSED"]

PLANS: dict[Plan, tuple[int, int]] = {
    "Business 1": (100, 1000),
    "Business 2": (315, 1000),
    "Enterprise 1": (6000, 3000),
    "Enterprise 2": (12000, 3000),
    "Pro 1": (613, 2000),
    "Pro 2": (1250, 2000),
    "Pro 3": (2417, 2000),
}
"""Plan → NetCode calls and utility calls a month (chapter *Usage*)."""

CLIENT_TRANSITIONS: dict[Status, dict[str, Status | None]] = {
    "INVITED": {"accept": "ACTIVE", "decline": None, "delete": None},
    "ACTIVE": {"SUSPEND": "SUSPENDED", "open_once": "USED", "delete": None},
    "SUSPENDED": {"RESTORE": "ACTIVE", "delete": None},
    "USED": {"delete": None},
}
"""Status of a client → what can happen → the next status; None: the client is removed."""

TIMECODE = r"^20[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([01][0-9]|2[0-3])[0-5][0-9]$"
IDENTIFIER = r"^[0-9]{5,6}$"
MASTER = r"^[0-9]{8}$"
K3_ID = r"^[0-9a-f]{32}$"
API_KEY = r"^[0-9A-Za-z]{40,}$"

PERIODS = 10
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVENT_LIMIT = 500
"""The most events that a lock keeps. The oldest are dropped."""

CLOCK_LIMIT = LAST - FIRST
"""How far a lock's clock can be off: the whole calendar."""
LOW = 200_000
"""The batteries of a lock are low below this charge, in millionths."""

_TIME_OF_DAY = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


class Usage(msgspec.Struct):
    """The calls that were counted in one month (`2026-01`), and the calls that were bought in addition to the plan."""

    month: str = ""
    netcode: int = 0
    utility: int = 0
    more_netcode: int = 0
    more_utility: int = 0

    def at(self, now: int) -> Usage:
        """Return this usage in its own month, and an empty one in any other."""
        month = iso(now)[:7]
        return self if self.month == month else Usage(month)


class KitLock(msgspec.Struct):
    """A lock with a keypad and no radio. The API has no `id` for it: this one is the simulator's."""

    id: str
    name: str
    model: str
    master: str
    timecode: str | None = None
    """The time of its initialisation, twelve digits in UTC; None: never initialised."""
    identifier: str = ""
    clock: DeviceClock = msgspec.field(default_factory=DeviceClock)
    clock_set: bool = False
    """Whether the clock was set since the lock last got batteries."""
    charge: Charge = msgspec.field(default_factory=Charge)

    def shows(self, now: int) -> int | None:
        """Return what the lock's clock shows; None if it has stopped and must be set."""
        return self.clock.shows(now) if self.clock_set and self.charge.left(now) else None

    def set_clock(self, now: int, error: int = 0) -> None:
        """Set the clock, so many microseconds ahead of the true time."""
        self.clock.set(now, max(-CLOCK_LIMIT, min(error, CLOCK_LIMIT)))
        self.clock_set = True

    def try_code(self, code: str, now: int, grace: int = 0) -> tuple[bool, str]:
        """Return whether the keypad opens for a NetCode, and the reason in one word.

        Args:
            code: The digits.
            now: The world's time.
            grace: For how long after the end of its period a code still opens, in microseconds.
        """
        if not self.charge.left(now):
            return False, "batteries_flat"
        if self.timecode is None:
            return False, "not_initialised"
        clock = self.shows(now)
        if clock is None:
            return False, "clock_not_set"
        period = netcode.period_at(self.model, self.timecode, self.identifier, code, clock, grace)
        return (True, "netcode") if period else (False, "not_valid_now")


class Period(msgspec.Struct):
    """An active period of a client: from `starts` to the end of the minute `ends`, by the lock's wall clock."""

    enabled: bool = False
    starts: str = "00:00"
    ends: str = "00:00"
    mon: bool = False
    tue: bool = False
    wed: bool = False
    thu: bool = False
    fri: bool = False
    sat: bool = False
    sun: bool = False


class Client(msgspec.Struct):
    """A person whose phone may open a lock, or who is invited. There are always ten `periods`."""

    email: str
    status: Status
    access: Access
    periods: list[Period]
    message: str = ""


class Event(msgspec.Struct):
    """An attempt to open a K3Connect lock."""

    at: int
    type: EventType
    text: str


class K3Lock(msgspec.Struct):
    """A K3Connect lock."""

    id: str
    name: str
    model: str
    firmware: str
    zone: str
    location: str
    paired_at: int
    first_entry_id: int
    """The audit entry id of the lock's first event ever."""
    synced_at: int | None = None
    gateway: bool = False
    clients: list[Client] = []
    events: list[Event] = []
    reported: int = 0
    """How many of `events`, from the front, the server knows."""
    dropped: int = 0
    """How many events, older than `events`, the lock no longer keeps."""
    clock: DeviceClock = msgspec.field(default_factory=DeviceClock)
    charge: Charge = msgspec.field(default_factory=Charge)
    synced_charge: int = FULL
    """What was left of the charge at `synced_at`."""

    def shows(self, now: int) -> int:
        """Return the instant that the lock's clock shows. A gateway keeps it right."""
        return now if self.gateway else self.clock.shows(now)

    def battery_report(self, now: int) -> tuple[int | None, int]:
        """Return when the server last heard something new about the batteries (None: never), and their charge then."""
        low_at = self.charge.falls_to(LOW - 1)
        if self.gateway and low_at is not None and low_at <= now and self.synced_charge >= LOW:
            return low_at, LOW - 1
        return self.synced_at, self.synced_charge

    def try_code(self, code: str, now: int) -> tuple[bool, str]:
        """Return whether the keypad opens for a NetCode, by its wall clock, and the reason in one word."""
        if not self.charge.left(now):
            return False, "batteries_flat"
        now = self.shows(now)
        tomorrow = local_time.local(now, self.zone) // DAY + 1  # clocks that go back at midnight show its start before
        period = netcode.latest_period(K3CONNECT, self.id, "", code, tomorrow)
        if period is None or not local_time.includes(period[1], period[1] + period[0].length, now, self.zone):
            return False, "not_valid_now"
        return True, "netcode"

    def client(self, email: str) -> Client:
        """Return the client with this e-mail, in any case. Raises InvalidData."""
        for client in self.clients:
            if client.email.lower() == email.lower():
                return client
        known = ", ".join(client.email for client in self.clients) or "none"
        raise InvalidData("Client Email", "the e-mail of a client of this lock", f"its clients: {known}")


class State(msgspec.Struct):
    """Everything about Codelocks in a world. There is one account."""

    api_key: str
    access_key: str
    email: str
    plan: Plan
    kitlocks: list[KitLock]
    k3locks: list[K3Lock]
    registered: list[str]
    """The e-mails of K3 Connect accounts: only these persons can be invited."""
    usage: Usage
    keys_made: int = 0
    identifiers_made: int = 0

    def quota(self, now: int, quota: Quota) -> tuple[int, int]:
        """Return how many calls of this quota were counted this month, and how many are allowed."""
        usage, (netcode, utility) = self.usage.at(now), PLANS[self.plan]
        if quota == "netcode":
            return usage.netcode, netcode + usage.more_netcode
        return usage.utility, utility + usage.more_utility

    def count_call(self, now: int, quota: Quota, *, limits: bool) -> None:
        """Count one call. Raises LimitExceeded, without counting, when `limits` and the month's quota is used up."""
        used, allowed = self.quota(now, quota)
        if limits and used >= allowed:
            raise LimitExceeded(
                f"all {allowed} {quota} calls of this month are used (plan {self.plan}); wait until the first of the "
                "next month, 00:00 UTC, buy a bolt-on, or change to a larger plan"
            )
        self.usage = self.usage.at(now)
        if quota == "netcode":
            self.usage.netcode += 1
        else:
            self.usage.utility += 1

    def check_access_key(self, access_key: str) -> None:
        """Raise BadAccessKey unless this is the account's present access key."""
        if access_key != self.access_key:
            raise BadAccessKey

    def k3lock(self, id: str) -> K3Lock:
        """Return the account's K3Connect lock with this id, in any case. Raises NoLock."""
        found = lookup.find(self.k3locks, "id", id.lower())
        if found is None:
            raise NoLock([lock.id for lock in self.k3locks])
        return found

    def kitlock(self, id: str) -> KitLock:
        """Return the KitLock with the simulator's own id."""
        found = lookup.find(self.kitlocks, "id", id)
        assert found is not None, "the engine has checked the device"
        return found


def check(state: State) -> None:
    """Raise AssertionError if the state contradicts itself."""
    ids = [lock.id for lock in state.kitlocks] + [lock.id for lock in state.k3locks] + state.registered
    assert len(set(ids)) == len(ids), "two locks or persons have the same id"
    assert re.fullmatch(API_KEY, state.api_key), "the API key must have at least 40 letters and digits"
    assert re.fullmatch("[0-9a-z]{10,}", state.access_key), "the access key must have at least 10 of 0-9 and a-z"
    usage = state.usage
    assert min(usage.netcode, usage.utility, usage.more_netcode, usage.more_utility) >= 0, "a count is below zero"
    for kitlock in state.kitlocks:
        _check_kitlock(kitlock)
    for lock in state.k3locks:
        _check_k3lock(lock)


def _check_hardware(lock: KitLock | K3Lock) -> None:
    lock.clock.check(CLOCK_LIMIT)
    lock.charge.check()


def _check_kitlock(lock: KitLock) -> None:
    _check_hardware(lock)
    assert lock.model in MODELS, f"{lock.id}: {lock.model} is not a lock model"
    assert lock.model != K3CONNECT, f"{lock.id}: a KitLock is not a K3Connect lock"
    assert re.fullmatch(MASTER, lock.master), f"{lock.id}: the master code must have eight digits"
    assert (lock.timecode is None) == (lock.identifier == ""), f"{lock.id}: timecode and identifier belong together"
    assert lock.timecode is None or _is_timecode(lock.timecode), f"{lock.id}: invalid timecode"
    assert lock.timecode is None or re.fullmatch(IDENTIFIER, lock.identifier), f"{lock.id}: invalid identifier"


def _is_timecode(text: str) -> bool:
    if not re.fullmatch(TIMECODE, text):
        return False
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return True


def _check_k3lock(lock: K3Lock) -> None:
    _check_hardware(lock)
    assert 0 <= lock.synced_charge <= FULL, f"{lock.id}: a charge of {lock.synced_charge} millionths was reported"
    assert re.fullmatch(K3_ID, lock.id), f"{lock.id}: the id must have 32 hex digits"
    assert time_zones.is_known(lock.zone), f"{lock.id}: there is no time zone {lock.zone}"
    assert len(lock.events) <= EVENT_LIMIT, f"{lock.id}: more than {EVENT_LIMIT} events"
    assert 0 <= lock.reported <= len(lock.events), f"{lock.id}: more events are reported than there are"
    assert not lock.gateway or lock.reported == len(lock.events), f"{lock.id}: a gateway reports every event at once"
    emails = [client.email.lower() for client in lock.clients]
    assert len(set(emails)) == len(emails), f"{lock.id}: a person is a client twice"
    for client in lock.clients:
        assert len(client.periods) == PERIODS, f"{client.email}: there must be {PERIODS} active periods"
        for period in client.periods:
            assert _TIME_OF_DAY.fullmatch(period.starts), f"{client.email}: {period.starts} is not a time of day"
            assert _TIME_OF_DAY.fullmatch(period.ends), f"{client.email}: {period.ends} is not a time of day"
            assert period.starts <= period.ends, f"{client.email}: a period ends before it starts"
        assert client.status != "USED" or client.access == "ONE_TIME", (
            f"{client.email}: only ONE_TIME access is used up"
        )
