"""What a bridge hears from its locks over Bluetooth, and whom it notifies.

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
from locksim.nuki.state import Bridge, Callback, Lock, State

__all__ = ["handle_callback_outcome", "listen_to_all", "notice_change", "read_state"]

POST_TIMEOUT = 5 * SECOND
"""How long an `observed` bridge waits for a receiver that fails before it calls the next one."""


def notice_change(turn: Turn, bridge: Bridge, lock: Lock) -> None:
    """Let the bridge learn about a lock that may have changed, if the bridge can hear it."""
    known = lock.known
    if known is None or not lock.reachable(turn.now) or not bridge.up(turn.now):
        return
    if (known.state, known.battery_critical) != (lock.state, lock.critical(turn.now)):
        _store_state(turn, bridge, lock)


def listen_to_all(turn: Turn, bridge: Bridge) -> None:
    """Let a bridge that has just booted learn about all its locks."""
    for lock in bridge.paired():
        notice_change(turn, bridge, lock)


def read_state(turn: Turn, bridge: Bridge, lock: Lock) -> None:
    """Read a lock that is within range."""
    index = bridge.pairings[lock.id][0]
    bridge.write_log(turn.now, "BLE-Connect", lock, pairIndex=index)
    bridge.write_log(turn.now, "BLE-Connected", lock, pairIndex=index, bleHandle="0001")
    bridge.write_log(turn.now, "BLE-ReadStates", lock, pairIndex=index)
    bridge.write_log(turn.now, "BLE-Disconnected", lock, pairIndex=index, bleHandle="0001")
    _store_state(turn, bridge, lock)


def _store_state(turn: Turn, bridge: Bridge, lock: Lock) -> None:
    """Store what the bridge now knows of a lock. Notify server and receivers if the state has changed."""
    before, known = lock.known, lock.read(turn.now, bridge.time(turn.now))
    lock.known, lock.was_read = known, True
    if before is None or before.state is known.state:
        return
    if bridge.server_connected:
        bridge.write_log(turn.now, "SSE-PushNukisRequest", count=len(bridge.pairings))
        bridge.write_log(turn.now, "SSE-PushNukisResponse")
    if bridge.wlan:
        body = serialization.encode(turn.profile, serialization.render_callback(turn.profile, lock, known))
        receivers = bridge.callbacks[:1] if turn.profile == serialization.OBSERVED else bridge.callbacks
        for callback in receivers:
            _send_callback(turn, bridge, callback, body)


def _send_callback(turn: Turn, bridge: Bridge, callback: Callback, body: bytes, after: int = 0) -> None:
    headers = (("Content-Type", serialization.JSON),)
    turn.send(
        "callback",
        callback.url,
        body,
        headers,
        about={"bridge": bridge.server_id, "callback": callback.id},
        after=after,
    )


def handle_callback_outcome(turn: Turn, state: State, delivery: Delivery, outcome: DeliveryOutcome) -> None:
    """Log a callback that failed. An `observed` bridge then calls the next receiver."""
    bridge = next((one for one in state.bridges if one.server_id == delivery.about["bridge"]), None)
    if bridge is None or not bridge.up(turn.now):
        return
    if outcome.error is not None:
        bridge.write_log(turn.now, "WLAN-DnsError" if "dns" in outcome.error.lower() else "HTTP-PostTimeout")
    ended = [attempt for attempt in delivery.attempts if attempt.ended is not None]
    if turn.profile != serialization.OBSERVED or len(ended) > 1 or not bridge.wlan:
        return  # a delivery that a fault has doubled leads to one next callback, not two
    slot = int(delivery.about["callback"])
    following = next((c for c in bridge.callbacks if c.id > slot), None)
    if following is not None:
        _send_callback(turn, bridge, following, delivery.body, 0 if outcome.error is None else POST_TIMEOUT)
