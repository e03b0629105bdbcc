"""The bridge itself: its button and windows, its switches, its restarts, its pairings.

    running ──restart, power──► booting (30 s, every connection is reset) ──► running, uptime 0
    /auth: window open [0, 30 s) ──button──► token │ ──30 s──► success false │ ──restart──► connection reset

A window belongs to the bridge, not to the caller: one press resolves all that are open, and enables the API and sets
the token even when every caller has gone.
"""

from __future__ import annotations

from locksim.engine.timestamps import SECOND
from locksim.engine.turn import Turn
from locksim.nuki import motor, radio, serialization
from locksim.nuki.state import AuthWindow, Known, Lock, State

__all__ = [
    "BOOT",
    "WINDOW",
    "booted",
    "connect",
    "drop_callers",
    "factory_reset",
    "new_token",
    "open_window",
    "pair",
    "press",
    "restart",
    "set_auth",
    "set_power",
    "unpair",
    "update_firmware",
    "window_over",
]

WINDOW = 30 * SECOND
BOOT = 30 * SECOND
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


# ---- the button


def open_window(turn: Turn, state: State) -> None:
    """/auth: the caller of this turn waits for the button; the LED is on for 30 s."""
    bridge, pending_id = state.bridge, turn.park("auth")
    timer = turn.set_timer(WINDOW, "window_over", pending_id=pending_id)
    bridge.windows.append(AuthWindow(pending_id, turn.now + WINDOW, timer))
    bridge.led_until = turn.now + WINDOW


def press(turn: Turn, state: State) -> int:
    """The button: the API is on, the token is set, and every open window answers it. → how many were open."""
    bridge, windows = state.bridge, state.bridge.windows
    if not windows:
        return 0
    bridge.windows = []
    bridge.api_enabled = True
    if bridge.token is None:
        bridge.token = new_token(turn, state)
    for window in windows:
        turn.cancel_timer(window.timer)
        turn.resolve(window.pending_id, serialization.render_token(turn.profile, bridge.token))
    return len(windows)


def window_over(turn: Turn, state: State, *, pending_id: int) -> None:
    """Timer: 30 s without the button."""
    bridge = state.bridge
    bridge.windows = [window for window in bridge.windows if window.pending_id != pending_id]
    turn.resolve(pending_id, {"success": False})


def new_token(turn: Turn, state: State) -> str:
    """A random token of 6 to 20 characters (vendor-facts: FHEM wiki)."""
    state.bridge.tokens_made += 1
    chance = turn.random("token", state.bridge.tokens_made)
    return chance.text(6 + chance.below(15), _LETTERS)


# ---- switches


def set_auth(turn: Turn, state: State, *, on: bool) -> None:
    """/configAuth, or the same switch in the app. Windows that are open stay open: their callers were let in."""
    if state.bridge.auth_enabled != on:
        state.bridge.auth_enabled = on
        state.bridge.entry_changed = turn.now


def set_power(turn: Turn, state: State, *, on: bool) -> None:
    """The plug. With power it boots; without, it forgets who waited. The locks' motors have batteries and run on."""
    if state.bridge.powered == on:
        return
    state.bridge.powered = on
    if on:
        restart(turn, state)
    else:
        drop_callers(turn, state)
    _note_server(turn, state)


def connect(turn: Turn, state: State, *, wlan: bool, internet: bool) -> None:
    """The network. Without WLAN no call gets through, and connections break; the bridge itself runs on."""
    if state.bridge.wlan and not wlan:
        for pending_id in state.callers():
            turn.hang_up(pending_id)
        for lock in state.locks:
            if lock.run is not None:
                lock.run.pending_id = None
    state.bridge.wlan, state.bridge.internet = wlan, internet
    _note_server(turn, state)


def _note_server(turn: Turn, state: State) -> None:
    """The Nuki server sees the bridge, or from now on does not."""
    bridge = state.bridge
    if bridge.server_connected:
        bridge.unseen_since = None
    elif bridge.unseen_since is None:
        bridge.unseen_since = turn.now


# ---- restarts


def restart(turn: Turn, state: State) -> None:
    """Down for 30 s; then up, with uptime 0. Token, callbacks, pairings and log stay."""
    drop_callers(turn, state)
    state.bridge.up_at = turn.now + BOOT
    turn.set_timer(BOOT, "booted")


def booted(turn: Turn, state: State) -> None:
    """Timer: up again, unless power went or another restart came meanwhile."""
    if state.bridge.up(turn.now):
        radio.hear_all(turn, state)


def drop_callers(turn: Turn, state: State) -> None:
    """The bridge forgets who waits: their connections are reset, open windows are closed, the LED is off."""
    for pending_id in state.callers():
        turn.hang_up(pending_id)
    for window in state.bridge.windows:
        turn.cancel_timer(window.timer)
    state.bridge.windows, state.bridge.led_until = [], 0
    for lock in state.locks:
        if lock.run is not None:
            lock.run.pending_id = None


def update_firmware(turn: Turn, state: State) -> None:
    """/fwupdate: the next version is installed, and the bridge restarts. Who cannot ask the server finds nothing."""
    bridge = state.bridge
    if bridge.server_connected:
        head, _, patch = bridge.firmware.rpartition(".")
        bridge.firmware = f"{head}.{int(patch) + 1}"
        restart(turn, state)


def factory_reset(turn: Turn, state: State) -> None:
    """As it left the factory: no token, no API, no pairings, no callbacks, no log, authorization by button on.

    Its address stays, as if its owner had put it into the WLAN again at once; without that nobody could call it.
    """
    drop_callers(turn, state)
    for lock in list(state.paired()):
        unpair(turn, lock)
    bridge = state.bridge
    bridge.token, bridge.api_enabled = None, False
    bridge.used, bridge.used_before = [], ""
    bridge.callbacks, bridge.log = [], []
    set_auth(turn, state, on=True)


# ---- pairings


def pair(turn: Turn, lock: Lock, name: str) -> None:
    """The app pairs a lock that is in reach, under a name."""
    lock.paired, lock.name = True, name
    lock.known, lock.read = Known(lock.state, lock.battery_critical, turn.now), False


def unpair(turn: Turn, lock: Lock) -> None:
    """The bridge forgets a lock; who waits for its motor hears that it did not succeed."""
    motor.tell(turn, lock, serialization.render_action(success=False, critical=lock.battery_critical))
    lock.paired, lock.known, lock.read = False, None, False
