"""What the bridge hears of its locks, and whom it tells.

1. A paired lock within reach makes itself heard at once when something about it changes; the bridge then knows it
   (*lastKnownState*), pushes it to the Nuki server, and calls back. A lock out of reach is heard when it is back, and
   everything that happened to it in between is one change, or none.
2. A bridge without power, or booting, hears nothing; it listens to all its locks when it is up again.
3. A call back is sent when the *state* that the bridge knows changes, once a change, to every registered URL
   (chapter */callback*). A battery that becomes critical is no change of state: /list shows it, nobody is called.
4. `documented`: all callbacks leave at once. `observed`: one after another, so that a first one that fails delays the
   others. Nothing is sent again: a callback that got lost is lost.
"""

from __future__ import annotations

from locksim.engine.deliveries import Delivery
from locksim.engine.inputs import DeliveryOutcome
from locksim.engine.timestamps import SECOND
from locksim.engine.turn import Turn
from locksim.nuki import serialization
from locksim.nuki.state import Callback, Known, Lock, State

__all__ = ["delivered", "hear", "hear_all", "read"]

POST_TIMEOUT = 5 * SECOND
"""How long the observed bridge stays with a callback that fails before it turns to the next."""


def hear(turn: Turn, state: State, lock: Lock) -> None:
    """Something about this lock may have changed: the bridge learns of it if it can."""
    known = lock.known
    if known is None or not lock.reachable or not state.bridge.up(turn.now):
        return
    if (known.state, known.battery_critical) != (lock.state, lock.battery_critical):
        _learn(turn, state, lock)


def hear_all(turn: Turn, state: State) -> None:
    """The bridge has come to its senses and listens to all its locks."""
    for lock in state.paired():
        hear(turn, state, lock)


def read(turn: Turn, state: State, lock: Lock) -> None:
    """The bridge asks the lock, which is in reach: what it knows is now of now."""
    index = list(state.paired()).index(lock)
    state.write(turn.now, "BLE-Connect", lock, pairIndex=index)
    state.write(turn.now, "BLE-Connected", lock, pairIndex=index, bleHandle="0001")
    state.write(turn.now, "BLE-ReadStates", lock, pairIndex=index)
    state.write(turn.now, "BLE-Disconnected", lock, pairIndex=index, bleHandle="0001")
    _learn(turn, state, lock)


def _learn(turn: Turn, state: State, lock: Lock) -> None:
    """The bridge's knowledge becomes the lock's state, and whoever is to hear of it does."""
    before, known = lock.known, Known(lock.state, lock.battery_critical, turn.now)
    lock.known, lock.read = known, True
    if before is None or before.state is known.state:
        return
    if state.bridge.server_connected:
        state.write(turn.now, "SSE-PushNukisRequest", count=len(list(state.paired())))
        state.write(turn.now, "SSE-PushNukisResponse")
    if state.bridge.wlan:
        body = serialization.encode(turn.profile, serialization.render_news(turn.profile, lock, known))
        receivers = state.bridge.callbacks[:1] if turn.profile == serialization.OBSERVED else state.bridge.callbacks
        for callback in receivers:
            _call_back(turn, callback, body)


def _call_back(turn: Turn, callback: Callback, body: bytes, after: int = 0) -> None:
    headers = (("Content-Type", serialization.JSON),)
    turn.send("callback", callback.url, body, headers, about={"callback": callback.id}, after=after)


def delivered(turn: Turn, state: State, delivery: Delivery, outcome: DeliveryOutcome) -> None:
    """A call back reached its receiver, or did not: the log has the failures; the observed bridge goes on to the next."""
    if not state.bridge.up(turn.now):
        return
    if outcome.error is not None:
        state.write(turn.now, "WLAN-DnsError" if "dns" in outcome.error.lower() else "HTTP-PostTimeout")
    over = [attempt for attempt in delivery.attempts if attempt.ended is not None]
    if turn.profile != serialization.OBSERVED or len(over) > 1 or not state.bridge.wlan:
        return  # a delivery that the tester doubled goes on once
    slot = int(delivery.about["callback"])
    following = next((c for c in state.bridge.callbacks if c.id > slot), None)
    if following is not None:
        _call_back(turn, following, delivery.body, 0 if outcome.error is None else POST_TIMEOUT)
