"""What the bridge hears from its locks over Bluetooth, and whom it notifies.

1. A paired lock within range reports a change at once. The bridge stores it (*lastKnownState*), pushes it to the Nuki
   server and calls the registered URLs. A lock out of range reports when it is back; all that happened meanwhile is
   one change, or none.
2. A bridge without power, or booting, hears nothing. It listens to all its locks when it has booted.
3. A callback is sent when the *state* that the bridge knows changes: once a change, to every registered URL (chapter
   */callback*). A battery that becomes critical is not a change of state: /list shows it, and no callback is sent.
4. `documented`: all callbacks leave at once. `observed`: one after another, so that a receiver that fails delays the
   next. A callback is never repeated: one that is lost is lost.
"""

from __future__ import annotations

from locksim.engine.deliveries import Delivery
from locksim.engine.inputs import DeliveryOutcome
from locksim.engine.timestamps import SECOND
from locksim.engine.turn import Turn
from locksim.nuki import serialization
from locksim.nuki.state import Callback, KnownState, Lock, State

__all__ = ["handle_callback_outcome", "listen_to_all", "notice_change", "read_state"]

POST_TIMEOUT = 5 * SECOND
"""How long an `observed` bridge waits for a receiver that fails before it calls the next one."""


def notice_change(turn: Turn, state: State, lock: Lock) -> None:
    """Let the bridge learn about a lock that may have changed, if the bridge can hear it."""
    known = lock.known
    if known is None or not lock.reachable or not state.bridge.up(turn.now):
        return
    if (known.state, known.battery_critical) != (lock.state, lock.battery_critical):
        _store_state(turn, state, lock)


def listen_to_all(turn: Turn, state: State) -> None:
    """Let a bridge that has just booted learn about all its locks."""
    for lock in state.paired():
        notice_change(turn, state, lock)


def read_state(turn: Turn, state: State, lock: Lock) -> None:
    """Read a lock that is within range."""
    index = list(state.paired()).index(lock)
    state.write_log(turn.now, "BLE-Connect", lock, pairIndex=index)
    state.write_log(turn.now, "BLE-Connected", lock, pairIndex=index, bleHandle="0001")
    state.write_log(turn.now, "BLE-ReadStates", lock, pairIndex=index)
    state.write_log(turn.now, "BLE-Disconnected", lock, pairIndex=index, bleHandle="0001")
    _store_state(turn, state, lock)


def _store_state(turn: Turn, state: State, lock: Lock) -> None:
    """Store what the bridge now knows of a lock. Notify server and receivers if the state has changed."""
    before, known = lock.known, KnownState(lock.state, lock.battery_critical, state.bridge.clock(turn.now))
    lock.known, lock.was_read = known, True
    if before is None or before.state is known.state:
        return
    if state.bridge.server_connected:
        state.write_log(turn.now, "SSE-PushNukisRequest", count=len(list(state.paired())))
        state.write_log(turn.now, "SSE-PushNukisResponse")
    if state.bridge.wlan:
        body = serialization.encode(turn.profile, serialization.render_callback(turn.profile, lock, known))
        receivers = state.bridge.callbacks[:1] if turn.profile == serialization.OBSERVED else state.bridge.callbacks
        for callback in receivers:
            _send_callback(turn, callback, body)


def _send_callback(turn: Turn, callback: Callback, body: bytes, after: int = 0) -> None:
    headers = (("Content-Type", serialization.JSON),)
    turn.send("callback", callback.url, body, headers, about={"callback": callback.id}, after=after)


def handle_callback_outcome(turn: Turn, state: State, delivery: Delivery, outcome: DeliveryOutcome) -> None:
    """Log a callback that failed. An `observed` bridge then calls the next receiver."""
    if not state.bridge.up(turn.now):
        return
    if outcome.error is not None:
        state.write_log(turn.now, "WLAN-DnsError" if "dns" in outcome.error.lower() else "HTTP-PostTimeout")
    ended = [attempt for attempt in delivery.attempts if attempt.ended is not None]
    if turn.profile != serialization.OBSERVED or len(ended) > 1 or not state.bridge.wlan:
        return  # a delivery that a fault has doubled leads to one next callback, not two
    slot = int(delivery.about["callback"])
    following = next((c for c in state.bridge.callbacks if c.id > slot), None)
    if following is not None:
        _send_callback(turn, following, delivery.body, 0 if outcome.error is None else POST_TIMEOUT)
