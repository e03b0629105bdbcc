"""A bridge itself: its button and /auth windows, its switches, its restarts, its pairings.

    running ──restart, power──► booting (30 s, every connection is reset) ──► running, uptime 0
    /auth: window open [0, 30 s) ──button──► token │ ──30 s──► success false │ ──restart──► connection reset

A window belongs to the bridge, not to the caller. One press answers all open windows. It enables the API and sets the
token even when every caller has gone.
"""

from __future__ import annotations

from locksim.engine.timestamps import SECOND
from locksim.engine.turn import Turn
from locksim.nuki import bluetooth, motor, serialization
from locksim.nuki.state import AuthWindow, Bridge, Lock, State

__all__ = [
    "BOOT",
    "WINDOW",
    "booted",
    "factory_reset",
    "follow_physics",
    "hang_up_callers",
    "new_token",
    "open_window",
    "pair",
    "press_button",
    "restart",
    "set_auth",
    "set_network",
    "set_power",
    "unpair",
    "update_firmware",
    "watch_batteries",
    "window_over",
]

WINDOW = 30 * SECOND
BOOT = 30 * SECOND
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


# ---- the button


def open_window(turn: Turn, bridge: Bridge) -> None:
    """Let this turn's caller wait for the button, and switch the LED on for 30 s (/auth)."""
    pending_id = turn.park("auth")
    timer = turn.set_timer(WINDOW, "window_over", pending_id=pending_id)
    bridge.windows.append(AuthWindow(pending_id, turn.now + WINDOW, timer))
    bridge.led_until = turn.now + WINDOW


def press_button(turn: Turn, bridge: Bridge) -> int:
    """Enable the API, set the token and answer every open window. Return how many windows were open."""
    windows = bridge.windows
    if not windows:
        return 0
    bridge.windows = []
    bridge.api_enabled = True
    if bridge.token is None:
        bridge.token = new_token(turn, bridge)
    for window in windows:
        turn.cancel_timer(window.timer)
        turn.resolve(window.pending_id, serialization.render_token(turn.profile, bridge.token))
    return len(windows)


def window_over(turn: Turn, state: State, *, pending_id: int) -> None:
    """Close a window whose 30 s have passed without a press (timer)."""
    for bridge in state.bridges:
        bridge.windows = [window for window in bridge.windows if window.pending_id != pending_id]
    turn.resolve(pending_id, {"success": False})


def new_token(turn: Turn, bridge: Bridge) -> str:
    """Return a random token of 6 to 20 characters (vendor-facts: FHEM wiki)."""
    bridge.tokens_made += 1
    value = turn.random("token", bridge.tokens_made)
    return value.text(6 + value.below(15), _LETTERS)


# ---- switches


def set_auth(turn: Turn, bridge: Bridge, *, on: bool) -> None:
    """Switch /auth and discovery on or off. Open windows stay open: their callers were admitted before."""
    if bridge.auth_enabled != on:
        bridge.auth_enabled = on
        bridge.entry_changed = turn.now


def set_power(turn: Turn, bridge: Bridge, *, on: bool) -> None:
    """Connect the power, which boots the bridge, or disconnect it. Running motors have batteries and run on."""
    if bridge.powered == on:
        return
    bridge.powered = on
    if on:
        restart(turn, bridge)
    else:
        hang_up_callers(turn, bridge)
    _note_server_contact(turn, bridge)


def set_network(turn: Turn, bridge: Bridge, *, wlan: bool, internet: bool) -> None:
    """Set the network. Without WLAN all connections break and no call reaches the bridge, which runs on."""
    if bridge.wlan and not wlan:
        for pending_id in bridge.pending_ids():
            turn.hang_up(pending_id)
        for lock in bridge.locks:
            if lock.movement is not None:
                lock.movement.pending_id = None
    bridge.wlan, bridge.internet = wlan, internet
    _note_server_contact(turn, bridge)


def _note_server_contact(turn: Turn, bridge: Bridge) -> None:
    """Remember when the bridge lost its contact to the Nuki server. Its clock is exact until then."""
    if bridge.server_connected:
        bridge.unseen_since = None
    elif bridge.unseen_since is None:
        bridge.unseen_since = turn.now
        bridge.clock.set(turn.now)


# ---- restarts


def restart(turn: Turn, bridge: Bridge) -> None:
    """Restart: 30 s without answers, then uptime 0. Token, callbacks, pairings and log stay."""
    hang_up_callers(turn, bridge)
    bridge.up_at = turn.now + BOOT
    turn.set_timer(BOOT, "booted", bridge=bridge.server_id)


def booted(turn: Turn, state: State, *, bridge: int) -> None:
    """Finish booting (timer), unless the power failed or another restart began meanwhile."""
    for one in state.bridges:
        if one.server_id == bridge and one.up(turn.now):
            bluetooth.listen_to_all(turn, one)


def hang_up_callers(turn: Turn, bridge: Bridge) -> None:
    """Reset all waiting connections, close the open windows and switch the LED off."""
    for pending_id in bridge.pending_ids():
        turn.hang_up(pending_id)
    for window in bridge.windows:
        turn.cancel_timer(window.timer)
    bridge.windows, bridge.led_until = [], 0
    for lock in bridge.locks:
        if lock.movement is not None:
            lock.movement.pending_id = None


def update_firmware(turn: Turn, bridge: Bridge) -> None:
    """Install the next version and restart (/fwupdate). Without the Nuki server there is nothing to install."""
    if bridge.server_connected:
        head, _, patch = bridge.firmware.rpartition(".")
        bridge.firmware = f"{head}.{int(patch) + 1}"
        restart(turn, bridge)


def factory_reset(turn: Turn, bridge: Bridge) -> None:
    """Clear token, pairings, callbacks and log, disable the API and enable /auth.

    The bridge keeps its network, as if its owner had set up the WLAN again at once: otherwise no call could reach it.
    """
    hang_up_callers(turn, bridge)
    for lock in list(bridge.paired()):
        unpair(turn, bridge, lock)
    bridge.token, bridge.api_enabled = None, False
    bridge.used_pairs, bridge.used_before = [], ""
    bridge.callbacks, bridge.log = [], []
    set_auth(turn, bridge, on=True)


# ---- pairings


def pair(turn: Turn, bridge: Bridge, lock: Lock, name: str) -> None:
    """Pair a lock that is within range, under this name."""
    lock.paired, lock.name = True, name
    bridge.forget_pairings()
    lock.known, lock.was_read = lock.read(turn.now, bridge.time(turn.now)), False


def unpair(turn: Turn, bridge: Bridge, lock: Lock) -> None:
    """Remove a pairing. A caller who waits for the lock's motor gets `success` false."""
    motor.answer_caller(turn, lock, serialization.render_action(success=False, critical=lock.critical(turn.now)))
    lock.paired, lock.known, lock.was_read = False, None, False
    bridge.forget_pairings()


# ---- clocks and batteries


def follow_physics(turn: Turn, state: State) -> None:
    """Give each bridge's clock its drift, and each lock's batteries their drain, of the world."""
    for bridge in state.bridges:
        bridge.clock.set(turn.now, bridge.clock.error_at(turn.now), turn.drift_of(str(bridge.server_id)))
    for _, lock in state.locks():
        lock.charge.set_rate(turn.now, turn.drained(motor.A_DAY))
        motor.watch_battery(turn, lock)


def watch_batteries(turn: Turn, state: State) -> None:
    """Set the timers of all batteries that drain by themselves, in a state that has come into this world."""
    for _, lock in state.locks():
        lock.battery_timer = None  # the id is of the world that the state comes from
        motor.watch_battery(turn, lock)
        lock.battery_timer = None  # a new world numbers its first timers anew; one that comes too early does no harm
