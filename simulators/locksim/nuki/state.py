"""The bridge and its Smart Locks: what there is, and when that contradicts itself.

1. A lock has one state of the document's ten; how it gets from one to another is in `courses`.
2. What a lock *is* and what the bridge *knows* are two things: `Lock.state` and `Lock.known`. `radio` carries the one
   to the other, and nothing else does.
3. Times are microseconds of the world's clock. Whether the bridge is up, how long for, whether its LED is on and what
   discovery says are functions of now; timers are left to what shows itself unasked.

Here are no rules that need a turn; those are in `motor` (courses), `radio` (what the bridge hears and tells) and
`bridge` (windows, restarts, pairings). Confessed: a state that is dumped while a motor runs and loaded elsewhere has
lost its timer; that lock moves no further until its batteries are taken out (flat) and put back (full).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from locksim.engine.timestamps import SECOND
from locksim.nuki.errors import UnknownLock
from locksim.nuki.motor_sequences import COURSES, DONE, RESTING, Leg, LockAction, LockState

__all__ = [
    "CALLBACK_MAX",
    "CALLBACK_SLOTS",
    "CALLBACK_URL",
    "HARDWARE",
    "SOFTWARE",
    "TOKEN",
    "AuthWindow",
    "Battery",
    "Bridge",
    "Callback",
    "Known",
    "Lock",
    "LogEntry",
    "Run",
    "State",
    "check",
]


Battery = Literal["full", "critical", "flat"]
HARDWARE: Literal[1] = 1
SOFTWARE: Literal[2] = 2

CALLBACK_SLOTS = 3
CALLBACK_MAX = 254
"""Characters of a callback URL, counted after decoding."""

_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_LABEL = "[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?"
_HOST = rf"({_OCTET}(\.{_OCTET}){{3}}|({_LABEL}\.)*[A-Za-z_]([A-Za-z0-9_-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]{{2,39}}\])"
_PORT = "(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
_REST = r"([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"
CALLBACK_URL = rf"^[Hh][Tt][Tt][Pp]://{_HOST}(:{_PORT})?([/?]{_REST})?$"
"""http, a host, perhaps a port; no name and password, no fragment, no sign that RFC 3986 has encoded. The OpenAPI
document has the same pattern."""

TOKEN = r"^[!-~]{6,20}$"  # noqa: S105 - the form of tokens, not one of them
"""6 to 20 printable characters (vendor-facts: FHEM wiki)."""

LOG_LIMIT = 500
"""Log entries that the bridge keeps; the oldest leave."""


class Known(msgspec.Struct):
    """What the bridge knows of a lock, and since when (`at`: when it retrieved it)."""

    state: LockState
    battery_critical: bool
    at: int


class Run(msgspec.Struct):
    """A course under way. `ticket`: the caller who waits for it to be done."""

    action: LockAction
    leg: int
    timer: int
    pending_id: int | None = None


class Lock(msgspec.Struct):
    """A Smart Lock. `read`: the bridge has read it since it was paired (`observed` hides what was never read)."""

    id: int
    name: str
    state: LockState
    firmware: str
    rssi: int
    paired: bool = False
    in_range: bool = True
    battery: Battery = "full"
    jammed: bool = False
    known: Known | None = None
    read: bool = False
    run: Run | None = None
    awake_until: int = 0

    @property
    def battery_critical(self) -> bool:
        """The flag that the API shows."""
        return self.battery != "full"

    @property
    def reachable(self) -> bool:
        """Whether it can be heard and asked over Bluetooth."""
        return self.in_range and self.battery != "flat"

    @property
    def leg(self) -> Leg | None:
        """Where on its course it is."""
        return None if self.run is None else COURSES[self.run.action][self.run.leg]

    @property
    def busy(self) -> bool:
        """Whether the motor turns or holds."""
        return self.leg is not None and self.leg.motor

    @property
    def hex(self) -> str:
        """The id as the log and the BLE name of later firmware write it."""
        return f"{self.id:08X}"


class Callback(msgspec.Struct):
    """A registered URL. `id` is its slot, 0 to 2."""

    id: int
    url: str


class AuthWindow(msgspec.Struct):
    """The time that one /auth call gives the button: until `until`, that instant not included."""

    pending_id: int
    until: int
    timer: int


class LogEntry(msgspec.Struct, omit_defaults=True):
    """One line of the bridge's log."""

    at: int
    type: str
    lock: int | None = None
    about: dict[str, str | int] = {}


class Bridge(msgspec.Struct):
    """The bridge. `type` is 1 (hardware) or 2 (software); `up_at` is when it came, or will come, to its senses."""

    hardware_id: int
    server_id: int
    up_at: int
    entry_changed: int
    """When its entry at the discovery server last changed."""
    token: str | None = None
    api_enabled: bool = False
    auth_enabled: bool = True
    """The switch of /configAuth: authorization by button, and the address at the discovery server."""
    type: Literal[1, 2] = HARDWARE
    firmware: str = "1.5.3"
    wifi_firmware: str = "1.2.0"
    app_version: str = "1.4.1"
    powered: bool = True
    wlan: bool = True
    internet: bool = True
    unseen_since: int | None = None
    """Since when the Nuki server has not seen it; None: it sees it now."""
    led_until: int = 0
    windows: list[AuthWindow] = []
    callbacks: list[Callback] = []
    log: list[LogEntry] = []
    tokens_made: int = 0
    drowsy: bool = False
    """Whether the first action after a pause fails; support switches it on."""
    used: list[str] = []
    """`ts,rnr` of the hashed tokens that were taken, against replays (`observed`)."""
    used_before: str = ""
    """No hashed token up to this `ts` is taken any more: those behind it are no longer remembered one by one."""

    def up(self, now: int) -> bool:
        """Whether it runs: it has power and has finished booting."""
        return self.powered and now >= self.up_at

    def answers(self, now: int) -> bool:
        """Whether a call over the local network reaches it."""
        return self.up(now) and self.wlan

    @property
    def server_connected(self) -> bool:
        """Whether it has a connection to the Nuki server."""
        return self.powered and self.wlan and self.internet

    def uptime(self, now: int) -> int:
        """Whole seconds since it booted."""
        return max(0, now - self.up_at) // SECOND

    def led(self, now: int) -> bool:
        """On for 30 s from an /auth call (chapter */auth*)."""
        return self.up(now) and now < self.led_until


class State(msgspec.Struct):
    """Everything of the Nuki side of a world. `locks` are all there are, paired or not, in the order of the seed."""

    bridge: Bridge
    locks: list[Lock]

    def paired(self) -> Iterator[Lock]:
        """The locks that the bridge is paired with."""
        return (lock for lock in self.locks if lock.paired)

    def lock(self, id: int) -> Lock:
        """The lock of this id, paired or not."""
        return next(lock for lock in self.locks if lock.id == id)

    def known_lock(self, id: int | None) -> Lock:
        """The paired lock of this id. Raises UnknownLock."""
        for lock in self.paired():
            if lock.id == id:
                return lock
        ids = ", ".join(str(lock.id) for lock in self.paired()) or "none"
        raise UnknownLock(f"nukiId must be the decimal id of a paired Smart Lock, once; paired are: {ids}")

    def callers(self) -> list[int]:
        """The tickets of all who wait, in the order of their coming."""
        runs = [lock.run.pending_id for lock in self.locks if lock.run is not None and lock.run.pending_id is not None]
        return sorted([window.pending_id for window in self.bridge.windows] + runs)

    def write(self, now: int, type: str, lock: Lock | None = None, **about: str | int) -> None:
        """A line in the bridge's log; the oldest leaves."""
        log = self.bridge.log
        log.append(LogEntry(now, type, None if lock is None else lock.id, about))
        if len(log) > LOG_LIMIT:
            del log[0]


def check(state: State) -> None:
    """Raises AssertionError when the state contradicts itself."""
    bridge, locks = state.bridge, state.locks
    ids = [lock.id for lock in locks]
    assert len(set(ids)) == len(ids), "two locks have one nukiId"
    assert bridge.server_id not in ids, "the bridge's id is a lock's too"
    assert all(0 <= one < 1 << 32 for one in ids), "a nukiId is no unsigned 32-bit number"
    slots = [callback.id for callback in bridge.callbacks]
    assert slots == sorted(set(slots)), "callbacks are out of order, or two have one id"
    assert set(slots) <= set(range(CALLBACK_SLOTS)), "a callback's id is no slot"
    for callback in bridge.callbacks:
        assert len(callback.url) <= CALLBACK_MAX, f"callback {callback.id} is too long"
        assert re.fullmatch(CALLBACK_URL, callback.url), f"callback {callback.id} is no http URL"
    assert bridge.token is None or re.fullmatch(TOKEN, bridge.token), "the token is not of 6 to 20 characters"
    assert bridge.token is not None or not bridge.api_enabled, "the API is on without a token"
    assert all(window.until <= bridge.led_until for window in bridge.windows), "a window is open with the LED off"
    assert len(bridge.log) <= LOG_LIMIT, "the log is too long"
    tickets = state.callers()
    assert len(set(tickets)) == len(tickets), "one caller waits for two things"
    for lock in locks:
        _check_lock(lock)


def _check_lock(lock: Lock) -> None:
    assert (lock.known is not None) == lock.paired, f"{lock.id}: known and paired must go together"
    assert lock.paired or lock.run is None or lock.run.pending_id is None, (
        f"{lock.id}: unpaired, and somebody waits for it"
    )
    if lock.run is None:
        assert lock.state in RESTING, f"{lock.id} shows {lock.state.name}, and nothing moves it on"
        return
    course = COURSES[lock.run.action]
    assert 0 <= lock.run.leg < len(course) - 1, f"{lock.id}: its course has ended or has no such leg"
    assert course[lock.run.leg].shows is lock.state, f"{lock.id}: its state is not its leg's"
    assert lock.battery != "flat", f"{lock.id}: its motor runs on flat batteries"
    done = [leg.shows for leg in course].index(DONE[lock.run.action])
    assert lock.run.pending_id is None or lock.run.leg < done, f"{lock.id}: somebody waits for what is done"
