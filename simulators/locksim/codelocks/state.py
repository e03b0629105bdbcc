"""An account with its plan, KitLocks and K3Connect locks: what there is, and when that contradicts itself.

1. The API knows nothing of a KitLock: a NetCode is a function of what the caller says. The lock knows nothing of the
   API: it has its initialisation, and a clock (`offset`: how far that is from the world's; None: stopped).
2. A K3Connect lock belongs to the account of the access key. What happened at its door (`events`) and what the server
   has heard of it (`heard`, a count from the front) are two things; Bluetooth and the gateway carry the one to the
   other.
3. The month of a quota is the world's, in UTC; its counts are a function of now (`Usage.of`).

Times are microseconds. Rules of more than one moment are in `keypad` (initialisation) and `clients` (phones and
audits).
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from locksim.codelocks import netcode, zones
from locksim.codelocks.durations import K3CONNECT, MODELS
from locksim.codelocks.errors import BadAccessKey, InvalidData, LimitExceeded, NoLock
from locksim.engine.timestamps import iso

__all__ = [
    "API_KEY",
    "DAYS",
    "EVENT_LIMIT",
    "IDENTIFIER",
    "K3_ID",
    "MASTER",
    "NEXT",
    "PERIODS",
    "PLANS",
    "TIMECODE",
    "Access",
    "Client",
    "Event",
    "EventType",
    "K3Lock",
    "Kind",
    "KitLock",
    "Period",
    "Plan",
    "State",
    "Status",
    "Usage",
    "check",
]

Plan = Literal["Business 1", "Business 2", "Enterprise 1", "Enterprise 2", "Pro 1", "Pro 2", "Pro 3"]
Kind = Literal["netcode", "utility"]
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

NEXT: dict[Status, dict[str, Status | None]] = {
    "INVITED": {"accept": "ACTIVE", "decline": None, "delete": None},
    "ACTIVE": {"SUSPEND": "SUSPENDED", "open_once": "USED", "delete": None},
    "SUSPENDED": {"RESTORE": "ACTIVE", "delete": None},
    "USED": {"delete": None},
}
"""A client's life: status → what happens → status, None: it is no client any more."""

TIMECODE = r"^20[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([01][0-9]|2[0-3])[0-5][0-9]$"
IDENTIFIER = r"^[0-9]{5,6}$"
MASTER = r"^[0-9]{8}$"
K3_ID = r"^[0-9a-f]{32}$"
API_KEY = r"^[0-9A-Za-z]{40,}$"

PERIODS = 10
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVENT_LIMIT = 500
"""Events that a lock and its server keep; the oldest leave."""

_CLOCK_TEXT = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


class Usage(msgspec.Struct):
    """What was asked for in one month (`2026-01`), and what was bought for it beside the plan."""

    month: str = ""
    netcode: int = 0
    utility: int = 0
    more_netcode: int = 0
    more_utility: int = 0

    def of(self, now: int) -> Usage:
        """This usage while its month lasts, and a new one after."""
        month = iso(now)[:7]
        return self if self.month == month else Usage(month)


class KitLock(msgspec.Struct):
    """A lock with a keypad and no radio. `id` is the stand-in's own: the API has none."""

    id: str
    name: str
    model: str
    master: str
    timecode: str | None = None
    """The time of its initialisation, twelve digits in UTC; None: never initialised."""
    identifier: str = ""
    offset: int | None = None
    """The lock's clock minus the world's; None: it stands still, and must be set."""

    def clock(self, now: int) -> int | None:
        """What the lock takes for now."""
        return None if self.offset is None else now + self.offset

    def opens(self, code: str, now: int) -> tuple[bool, str]:
        """Whether the keypad opens to a NetCode, and why or why not, in one word."""
        if self.timecode is None:
            return False, "not_initialised"
        clock = self.clock(now)
        if clock is None:
            return False, "clock_not_set"
        found = netcode.period_at(self.model, self.timecode, self.identifier, code, clock)
        return (True, "netcode") if found else (False, "not_valid_now")


class Period(msgspec.Struct):
    """One of a client's ten active periods: from `starts` to the end of the minute `ends`, by the lock's wall clock."""

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
    """Somebody whose phone may open a lock, or was asked to. `periods` are ten."""

    email: str
    status: Status
    access: Access
    periods: list[Period]
    message: str = ""


class Event(msgspec.Struct):
    """Something that happened at a lock's door."""

    at: int
    type: EventType
    text: str


class K3Lock(msgspec.Struct):
    """A K3Connect lock. `heard`: how many of its events, from the front, the server has; `gone`: how many have left."""

    id: str
    name: str
    model: str
    firmware: str
    zone: str
    location: str
    paired_at: int
    serial: int
    synced_at: int | None = None
    gateway: bool = False
    clients: list[Client] = []
    events: list[Event] = []
    heard: int = 0
    gone: int = 0

    def opens(self, code: str, now: int) -> tuple[bool, str]:
        """Whether the keypad opens to a NetCode: by its wall clock, which has summer time."""
        found = netcode.period_at(K3CONNECT, self.id, "", code, zones.local(now, self.zone))
        return (True, "netcode") if found else (False, "not_valid_now")

    def client(self, email: str) -> Client:
        """The client of this e-mail, whatever its case. Raises InvalidData."""
        for one in self.clients:
            if one.email.lower() == email.lower():
                return one
        there = ", ".join(one.email for one in self.clients) or "there is none"
        raise InvalidData("Client Email", f"the e-mail of a client of this lock: {there}")


class State(msgspec.Struct):
    """Everything of the Codelocks side of a world. There is one account."""

    api_key: str
    access_key: str
    email: str
    plan: Plan
    kitlocks: list[KitLock]
    k3locks: list[K3Lock]
    registered: list[str]
    """E-mails with a K3 Connect account: those that can be invited."""
    usage: Usage
    keys_made: int = 0
    identifiers_made: int = 0

    def quota(self, now: int, kind: Kind) -> tuple[int, int]:
        """How many calls of this kind were counted this month, and how many there may be."""
        used, (netcode, utility) = self.usage.of(now), PLANS[self.plan]
        if kind == "netcode":
            return used.netcode, netcode + used.more_netcode
        return used.utility, utility + used.more_utility

    def spend(self, now: int, kind: Kind, *, limits: bool) -> None:
        """Count one call. Raises LimitExceeded, and counts nothing, when the month's are spent."""
        used, allowed = self.quota(now, kind)
        if limits and used >= allowed:
            raise LimitExceeded(
                f"all {allowed} {kind} calls of this month are spent (plan {self.plan}); wait until the first of the "
                "next, 00:00 UTC, buy a bolt-on, or take a larger plan"
            )
        self.usage = self.usage.of(now)
        if kind == "netcode":
            self.usage.netcode += 1
        else:
            self.usage.utility += 1

    def enter(self, access_key: str) -> None:
        """Raises BadAccessKey unless this is the account's access key of now."""
        if access_key != self.access_key:
            raise BadAccessKey

    def k3lock(self, id: str) -> K3Lock:
        """The account's K3Connect lock of this id, whatever its letters' case. Raises NoLock."""
        for lock in self.k3locks:
            if lock.id == id.lower():
                return lock
        raise NoLock([lock.id for lock in self.k3locks])

    def kitlock(self, id: str) -> KitLock:
        """The KitLock that the stand-in calls so."""
        return next(lock for lock in self.kitlocks if lock.id == id)


def check(state: State) -> None:
    """Raises AssertionError when the state contradicts itself."""
    ids = [lock.id for lock in state.kitlocks] + [lock.id for lock in state.k3locks] + state.registered
    assert len(set(ids)) == len(ids), "two locks or persons have one id"
    assert re.fullmatch(API_KEY, state.api_key), "the API key has fewer than 40 letters and digits"
    assert re.fullmatch("[0-9a-z]{10,}", state.access_key), "the access key has fewer than 10 small letters and digits"
    used = state.usage
    assert min(used.netcode, used.utility, used.more_netcode, used.more_utility) >= 0, "a count is below zero"
    for kit in state.kitlocks:
        _check_kitlock(kit)
    for lock in state.k3locks:
        _check_k3lock(lock)


def _check_kitlock(lock: KitLock) -> None:
    assert lock.model in MODELS, f"{lock.id}: {lock.model} is no lock model"
    assert lock.model != K3CONNECT, f"{lock.id}: a KitLock is no K3Connect lock"
    assert re.fullmatch(MASTER, lock.master), f"{lock.id}: the master code has not eight digits"
    assert (lock.timecode is None) == (lock.identifier == ""), f"{lock.id}: half initialised"
    assert lock.timecode is None or re.fullmatch(TIMECODE, lock.timecode), f"{lock.id}: its timecode is none"
    assert lock.timecode is None or re.fullmatch(IDENTIFIER, lock.identifier), f"{lock.id}: its identifier is none"


def _check_k3lock(lock: K3Lock) -> None:
    assert re.fullmatch(K3_ID, lock.id), f"{lock.id}: not 32 hex digits"
    assert zones.known(lock.zone), f"{lock.id}: there is no zone {lock.zone}"
    assert 0 <= lock.heard <= len(lock.events) <= EVENT_LIMIT, f"{lock.id}: more is heard than happened, or too much"
    assert not lock.gateway or lock.heard == len(lock.events), f"{lock.id}: it has a gateway, and something is unheard"
    emails = [client.email.lower() for client in lock.clients]
    assert len(set(emails)) == len(emails), f"{lock.id}: somebody is a client twice"
    for client in lock.clients:
        assert len(client.periods) == PERIODS, f"{client.email} has not {PERIODS} active periods"
        for period in client.periods:
            assert _CLOCK_TEXT.fullmatch(period.starts), f"{client.email}: {period.starts} is no time of a day"
            assert _CLOCK_TEXT.fullmatch(period.ends), f"{client.email}: {period.ends} is no time of a day"
            assert period.starts <= period.ends, f"{client.email}: a period ends before it starts"
        assert client.status != "USED" or client.access == "ONE_TIME", f"{client.email}: used up, and not for one time"
