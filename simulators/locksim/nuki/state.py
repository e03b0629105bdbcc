"""The bridges and their Smart Locks as plain data, and the check that the data is consistent.

1. A lock has one of the document's ten states; `motor_sequences` says how it gets from one to another.
2. A lock is in the range of one bridge, and in that bridge's list. A bridge's place in the state is its address: the
   first is at the first of `BRIDGE_SITES`.
3. What a lock *is* (`Lock.state`) and what the bridge *knows* of it (`Lock.known`) are two things. Only `bluetooth`
   copies the one to the other.
4. Times are microseconds of the world's clock. Whether the bridge is up, its uptime, its LED, its discovery entry, the
   time that it shows and the charge of a lock's batteries are computed from now. Timers are only for what happens unasked.

Rules that need a turn are in `motor` (sequences), `bluetooth` (what the bridge hears and whom it notifies) and `bridge`
(windows, restarts, pairings).

Known limit: a state that is dumped while a motor runs, and loaded into another world, has lost its timer. That lock
stays in its phase until its batteries are taken out (flat) and replaced (full).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Literal

import msgspec

from locksim.engine import lookup
from locksim.engine.physics import FULL, Charge, DeviceClock
from locksim.engine.timestamps import DAY, SECOND
from locksim.nuki.errors import UnknownLock
from locksim.nuki.motor_sequences import DONE, HELD_BY_HAND, MOVING, RESTING, SEQUENCES, LockAction, LockState, Phase

__all__ = [
    "BRIDGE_SITES",
    "CALLBACK_MAX",
    "CALLBACK_SLOTS",
    "CALLBACK_URL",
    "CLOCK_LIMIT",
    "CRITICAL",
    "HARDWARE",
    "SOFTWARE",
    "TOKEN",
    "AuthWindow",
    "Battery",
    "Bridge",
    "Callback",
    "KnownState",
    "Lock",
    "LogEntry",
    "Movement",
    "State",
    "check",
]


Battery = Literal["full", "critical", "flat"]
HARDWARE: Literal[1] = 1
SOFTWARE: Literal[2] = 2

BRIDGE_SITES = ("bridge", "bridge-2", "bridge-3")
"""The sites at which a world's bridges are called, in the order of `State.bridges`."""

CLOCK_LIMIT = 366 * DAY
"""How far a tester can put the bridge's clock off."""
_FARTHEST = 1000 * CLOCK_LIMIT
"""How far a clock can be off when it has also drifted for as long as a world can last."""
CRITICAL = 200_000
"""The charge at which batteries are critical, in millionths."""
CALLBACK_SLOTS = 3
CALLBACK_MAX = 254
"""Characters of a callback URL, counted after decoding."""

_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_LABEL = "[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?"
_HOST = rf"({_OCTET}(\.{_OCTET}){{3}}|({_LABEL}\.)*[A-Za-z_]([A-Za-z0-9_-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]{{2,39}}\])"
_PORT = "(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
_REST = r"([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"
CALLBACK_URL = rf"^[Hh][Tt][Tt][Pp]://{_HOST}(:{_PORT})?([/?]{_REST})?$"
"""http, a host, optionally a port; no user and password, no fragment, no character that RFC 3986 wants encoded. The
OpenAPI document has the same pattern."""

TOKEN = r"^[!-~]{6,20}$"  # noqa: S105 - the pattern of tokens, not a token
"""6 to 20 printable characters without spaces (vendor-facts: FHEM wiki)."""

_NAMED = 20
"""So many locks at most are named when a call names none of them."""
LOG_LIMIT = 500
"""Log entries that the bridge keeps; the oldest are dropped."""


class KnownState(msgspec.Struct):
    """What the bridge knows of a lock."""

    state: LockState
    battery_critical: bool
    at: int
    """When the bridge retrieved it, by its own clock."""
    charge: int = 100
    """The charge of the batteries then, in percent."""


class Movement(msgspec.Struct):
    """A motor sequence in progress."""

    action: LockAction | None
    """None: the latch is held by hand."""
    phase: int
    """The index in the action's sequence."""
    timer: int
    pending_id: int | None = None
    """The pending request of the caller who waits for the action."""

    @property
    def sequence(self) -> tuple[Phase, ...]:
        """The phases of the action."""
        return HELD_BY_HAND if self.action is None else SEQUENCES[self.action]

    @property
    def done(self) -> bool:
        """Whether the action is done, though its sequence goes on."""
        states = [phase.state for phase in self.sequence]
        return self.action is None or self.phase >= states.index(DONE[self.action])


class Lock(msgspec.Struct):
    """A Smart Lock."""

    id: int
    name: str
    state: LockState
    firmware: str
    rssi: int
    paired: bool = False
    in_range: bool = True
    charge: Charge = msgspec.field(default_factory=Charge)
    battery_timer: int | None = None
    """The timer for the time at which the batteries become critical or flat."""
    jammed: bool = False
    known: KnownState | None = None
    was_read: bool = False
    """Whether the bridge has read it since it was paired. `observed` hides the state of a lock that was never read."""
    movement: Movement | None = None
    awake_until: int = 0

    def percent(self, now: int) -> int:
        """Return the charge of the batteries, rounded up: 0 is flat."""
        return -(-self.charge.left(now) * 100 // FULL)

    def critical(self, now: int) -> bool:
        """Return the flag that the API shows."""
        return self.charge.left(now) <= CRITICAL

    def battery(self, now: int) -> Battery:
        """Return the charge in the words of the device action."""
        return "full" if not self.critical(now) else "critical" if self.charge.left(now) else "flat"

    def reachable(self, now: int) -> bool:
        """Return whether the bridge can contact it over Bluetooth."""
        return self.in_range and self.charge.left(now) > 0

    def read(self, now: int, at: int) -> KnownState:
        """Return what a bridge learns that reads the lock now, when its own clock shows `at`."""
        return KnownState(self.state, self.critical(now), at, self.percent(now))

    @property
    def phase(self) -> Phase | None:
        """The phase of its motor sequence; None when no sequence is in progress."""
        return None if self.movement is None else self.movement.sequence[self.movement.phase]

    @property
    def acting(self) -> bool:
        """Whether the motor is turning, or has an action that is not done yet."""
        return self.movement is not None and (self.state in MOVING or not self.movement.done)

    @property
    def busy(self) -> bool:
        """Whether the motor is running or holding the latch."""
        return self.phase is not None and self.phase.motor

    @property
    def hex(self) -> str:
        """The id as the log writes it, and the BLE names of later firmware."""
        return f"{self.id:08X}"


class Callback(msgspec.Struct):
    """A registered URL. `id` is its slot, 0 to 2."""

    id: int
    url: str


class AuthWindow(msgspec.Struct):
    """The time that one /auth call gives for the button."""

    pending_id: int
    until: int
    """The end, exclusive."""
    timer: int


class LogEntry(msgspec.Struct, omit_defaults=True):
    """One entry of the bridge's log."""

    at: int
    """By the bridge's own clock."""
    type: str
    lock: int | None = None
    details: dict[str, str | int] = {}


class Bridge(msgspec.Struct, dict=True):
    """A bridge, and the locks in its range."""

    hardware_id: int
    server_id: int
    up_at: int
    """When it finished, or will finish, booting."""
    entry_changed: int
    """When its entry at the discovery server last changed."""
    token: str | None = None
    api_enabled: bool = False
    auth_enabled: bool = True
    """The switch of /configAuth: authorization by /auth, and the address at the discovery server."""
    type: Literal[1, 2] = HARDWARE
    firmware: str = "1.5.3"
    wifi_firmware: str = "1.2.0"
    app_version: str = "1.4.1"
    powered: bool = True
    wlan: bool = True
    internet: bool = True
    unseen_since: int | None = None
    """Since when the Nuki server has had no contact with it; None while it has."""
    led_until: int = 0
    windows: list[AuthWindow] = []
    callbacks: list[Callback] = []
    log: list[LogEntry] = []
    tokens_made: int = 0
    drowsy: bool = False
    """Whether the first action after a pause fails. A support action switches it on."""
    used_pairs: list[str] = []
    """`ts,rnr` of the hashed and encrypted tokens that were accepted, against replays (`observed`)."""
    used_before: str = ""
    """Tokens with this `ts` or an older one are refused: the bridge has forgotten which of them were used."""
    clock: DeviceClock = msgspec.field(default_factory=DeviceClock)
    """What its clock shows while it has no connection to the Nuki server."""
    locks: list[Lock] = []
    """Its locks, paired or not, in the order of the seed."""

    def up(self, now: int) -> bool:
        """Return whether it has power and has finished booting."""
        return self.powered and now >= self.up_at

    def answers(self, now: int) -> bool:
        """Return whether it answers calls over the local network."""
        return self.up(now) and self.wlan

    @property
    def server_connected(self) -> bool:
        """Whether it has a connection to the Nuki server."""
        return self.powered and self.wlan and self.internet

    def time(self, now: int) -> int:
        """Return the time of its own clock. The clock is exact while the bridge is connected to the Nuki server."""
        return now if self.server_connected else self.clock.shows(now)

    def uptime(self, now: int) -> int:
        """Return the whole seconds since it booted."""
        return max(0, now - self.up_at) // SECOND

    def led(self, now: int) -> bool:
        """Return whether the LED is on: for 30 s from an /auth call (chapter */auth*)."""
        return self.up(now) and now < self.led_until

    def paired(self) -> Iterator[Lock]:
        """Yield the locks that the bridge is paired with."""
        return (lock for lock in self.locks if lock.paired)

    @cached_property
    def pairings(self) -> Mapping[int | None, tuple[int, Lock]]:
        """Id → place among the paired locks, and the lock. It is not part of the saved state; see `forget_pairings`."""
        return {lock.id: (place, lock) for place, lock in enumerate(self.paired())}

    def forget_pairings(self) -> None:
        """Compute `pairings` anew when it is needed next. Whoever changes `Lock.paired` calls it."""
        vars(self).pop("pairings", None)

    def paired_lock(self, id: int | None) -> Lock:
        """Return the paired lock with this id. Raises UnknownLock."""
        found = self.pairings.get(id)
        if found is not None:
            return found[1]
        ids = ", ".join(str(lock.id) for lock in islice(self.paired(), _NAMED)) or "none"
        more = len(self.pairings) - _NAMED
        listed = f"{ids} and {more} more, which /list shows" if more > 0 else ids
        raise UnknownLock(f"nukiId must be the decimal id of one paired Smart Lock; the paired locks are: {listed}")

    def pending_ids(self) -> list[int]:
        """Return the ids of all pending requests, oldest first."""
        movements = [lock.movement for lock in self.locks if lock.movement is not None]
        actions = [movement.pending_id for movement in movements if movement.pending_id is not None]
        return sorted([window.pending_id for window in self.windows] + actions)

    def write_log(self, now: int, type: str, lock: Lock | None = None, **details: str | int) -> None:
        """Add an entry to the bridge's log, and drop the oldest one from a full log."""
        self.log.append(LogEntry(self.time(now), type, None if lock is None else lock.id, details))
        if len(self.log) > LOG_LIMIT:
            del self.log[0]


class State(msgspec.Struct):
    """The state of the Nuki bridges and their locks in one world."""

    bridges: list[Bridge]
    """At least one, at most one for each of `BRIDGE_SITES`."""

    def at(self, site: str) -> Bridge | None:
        """Return the bridge at a site; None if there is none. The Nuki server shares the first bridge's site."""
        place = BRIDGE_SITES.index(site) if site in BRIDGE_SITES else 0
        return self.bridges[place] if place < len(self.bridges) else None

    def locks(self) -> Iterator[tuple[Bridge, Lock]]:
        """Yield each lock with its bridge."""
        return ((bridge, lock) for bridge in self.bridges for lock in bridge.locks)

    def find_lock(self, id: int) -> tuple[Bridge, Lock] | None:
        """Return the lock with this id, with its bridge; None if there is none."""
        found = lookup.locate([bridge.locks for bridge in self.bridges], "id", id)
        return None if found is None else (self.bridges[found[0]], found[1])


def check(state: State) -> None:
    """Check that the state is consistent. Raises AssertionError."""
    assert 1 <= len(state.bridges) <= len(BRIDGE_SITES), f"there must be 1 to {len(BRIDGE_SITES)} bridges"
    ids = [lock.id for _, lock in state.locks()]
    assert len(set(ids)) == len(ids), "two locks have the same nukiId"
    assert all(0 <= one < 1 << 32 for one in ids), "a nukiId is not an unsigned 32-bit number"
    bridge_ids = [bridge.server_id for bridge in state.bridges]
    assert len(set(bridge_ids)) == len(bridge_ids), "two bridges have the same id"
    assert not set(bridge_ids) & set(ids), "a bridge and a lock have the same id"
    pending = [one for bridge in state.bridges for one in bridge.pending_ids()]
    assert len(set(pending)) == len(pending), "one caller waits for two things"
    for bridge in state.bridges:
        _check_bridge(bridge)


def _check_bridge(bridge: Bridge) -> None:
    slots = [callback.id for callback in bridge.callbacks]
    assert slots == sorted(set(slots)), "callbacks are out of order, or two have the same id"
    assert set(slots) <= set(range(CALLBACK_SLOTS)), "the id of a callback is not a slot"
    for callback in bridge.callbacks:
        assert len(callback.url) <= CALLBACK_MAX, f"the URL of callback {callback.id} is too long"
        assert re.fullmatch(CALLBACK_URL, callback.url), f"the URL of callback {callback.id} is not an http URL"
    assert bridge.token is None or re.fullmatch(TOKEN, bridge.token), "the token does not have 6 to 20 characters"
    assert bridge.token is not None or not bridge.api_enabled, "the API is enabled without a token"
    assert all(window.until <= bridge.led_until for window in bridge.windows), "a window is open while the LED is off"
    assert re.fullmatch(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}", bridge.firmware), "the firmware is not such as 1.5.3"
    bridge.clock.check(_FARTHEST)
    assert len(bridge.log) <= LOG_LIMIT, "the log is too long"
    for lock in bridge.locks:
        _check_lock(lock)
    known = vars(bridge).get("pairings")
    assert known is None or list(known.values()) == list(enumerate(bridge.paired())), (
        "the bridge's index of its paired locks is out of date"
    )


def _check_lock(lock: Lock) -> None:
    movement = lock.movement
    lock.charge.check()
    assert (lock.known is not None) == lock.paired, f"lock {lock.id}: exactly the paired locks have a known state"
    assert lock.paired or movement is None or movement.pending_id is None, (
        f"lock {lock.id} is not paired, and a caller waits for it"
    )
    if movement is None:
        assert lock.state in RESTING, f"lock {lock.id} shows {lock.state.name} without a motor sequence"
        return
    assert 0 <= movement.phase < len(movement.sequence) - 1, (
        f"lock {lock.id}: the sequence is over or has no such phase"
    )
    assert movement.sequence[movement.phase].state is lock.state, f"lock {lock.id} does not show the state of its phase"
    by_hand = movement.action is None
    assert by_hand or lock.charge.millionths, f"lock {lock.id}: the motor runs on flat batteries"
    assert movement.pending_id is None or not movement.done, f"lock {lock.id}: a caller waits for a finished action"
