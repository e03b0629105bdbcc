"""Random walks: locks move by the tables, the bridge knows what it can hear, receivers get every change once, and no
caller waits for ever.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from locksim.engine.errors import Refused
from locksim.engine.inputs import Tick
from locksim.engine.timestamps import micros
from locksim.nuki.motor_sequences import TRANSITIONS, LockState
from locksim.nuki.seed import CELLAR_DOOR, FRONT_DOOR, GARDEN_DOOR, WORKSHOP
from tests.nuki.caller import Caller, PendingCall

LOCKS = st.sampled_from([FRONT_DOOR, FRONT_DOOR, GARDEN_DOOR, WORKSHOP, CELLAR_DOOR])
SECONDS = st.sampled_from(["0.5", "1", "2", "3", "6", "19", "30", "3600"])
DEVICE_ACTIONS: list[tuple[str, dict[str, Any]]] = [
    ("turn", {}),
    ("turn", {"to": "unlatched"}),
    ("turn", {"to": "undefined"}),
    ("jam", {}),
    ("jam", {"on": False}),
    ("battery", {}),
    ("battery", {"level": "flat"}),
    ("battery", {"level": "full"}),
    ("range", {}),
    ("range", {"in_range": True}),
    ("calibrate", {}),
    ("calibrate", {"calibrated": False}),
]
RECEIVERS = [f"http://receiver.test/{n}" for n in range(3)]
NO_PARAMETERS = ["/list", "/info", "/log", "/clearlog", "/callback/list"]


class House(RuleBasedStateMachine):
    """A documented bridge; every input is followed by the comparisons of `_settle`."""

    @initialize(seed=st.integers(0, 3), drift=st.sampled_from([0, 30]), drain=st.sampled_from([0, 1, 2000]))
    def begin(self, seed: int, drift: int, drain: int) -> None:
        self.bridge = Caller(seed=seed, clock_drift=drift, battery_drain=drain)
        self.waiting: list[PendingCall] = []
        for url in RECEIVERS:
            self.bridge.register(url)
        self.bridge.get("/callback/remove", id=1)
        self._note()

    # ---- the rules

    @rule(lock=LOCKS, action=st.sampled_from(DEVICE_ACTIONS))
    def device_action(self, lock: int, action: tuple[str, dict[str, Any]]) -> None:
        self._try(self.bridge.site.hardware.act, str(lock), action[0], **action[1])

    @rule(lock=LOCKS, action=st.integers(1, 5), no_wait=st.integers(0, 1))
    def act(self, lock: int, action: int, no_wait: int) -> None:
        self._call("/lockAction", nukiId=lock, action=action, noWait=no_wait)

    @rule(path=st.sampled_from(["/lockState", "/unpair"]), lock=LOCKS)
    def ask(self, path: str, lock: int) -> None:
        self._call(path, nukiId=lock)

    @rule()
    def authorize(self) -> None:
        self._call("/auth")

    @rule(path=st.sampled_from(NO_PARAMETERS))
    def call(self, path: str) -> None:
        self._call(path)

    @rule(path=st.sampled_from(["/fwupdate", "/reboot"]))
    def restart(self, path: str) -> None:
        self._call(path)

    @rule(sure=st.integers(0, 7))
    def reset(self, sure: int) -> None:
        if sure == 7:  # seldom: little happens after a reset
            self._call("/factoryReset")

    @rule(enable=st.integers(0, 1))
    def switch_auth(self, enable: int) -> None:
        self._call("/configAuth", enable=enable)

    @rule(url=st.sampled_from(RECEIVERS))
    def add(self, url: str) -> None:
        self._call("/callback/add", url=url)

    @rule(number=st.integers(0, 2))
    def remove(self, number: int) -> None:
        self._call("/callback/remove", id=number)

    @rule(action=st.sampled_from(["press_button", "power", "network"]), wlan=st.sampled_from([None, True, False]))
    def bridge_action(self, action: str, wlan: bool | None) -> None:
        args = {"wlan": wlan} if action == "network" else {}
        self._try(self.bridge.site.hardware.act, self.bridge.bridge.id, action, **args)

    @rule(what=st.sampled_from(["pair", "discovery", "bridge_type", "drowsy"]))
    def support(self, what: str) -> None:
        self._try(self.bridge.site.support, what)

    @rule(seconds=SECONDS)
    def pass_time(self, seconds: str) -> None:
        until = self.bridge.world.core.now + micros(seconds)
        while (due := self.bridge.world.core.due()) is not None and due <= until:
            self.bridge.world.apply(Tick(due))
            self._settle()
        self.bridge.world.apply(Tick(until))

    def _try(self, do: Any, *args: Any, **more: Any) -> None:
        try:
            do(*args, **more)
        except Refused as refused:
            if refused.status != 409:
                raise
        self._settle()

    def _call(self, path: str, **query: Any) -> None:
        self.bridge.token = self.bridge.site.credentials["token"]
        self.waiting.append(self.bridge.begin(path, **query))
        self._settle()

    # ---- the comparisons after each rule

    def _note(self) -> None:
        locks = self.bridge.state.bridges[0].locks
        self.truth = {lock.id: lock.state for lock in locks}
        self.known = {lock.id: lock.known and lock.known.state for lock in locks}
        self.received = len(self.bridge.received)

    def _settle(self) -> None:
        bridge, state, now = self.bridge, self.bridge.state.bridges[0], self.bridge.world.core.now
        callbacks = bridge.received[self.received :]
        expected = []
        for lock in state.locks:
            was, was_known = self.truth[lock.id], self.known[lock.id]
            assert lock.state is was or lock.state in TRANSITIONS[was], f"{was.name} became {lock.state.name}"
            if lock.known is not None and was_known is not None and lock.known.state is not was_known:
                expected += [(c.url, lock.id, int(lock.known.state)) for c in state.callbacks]
            if lock.known is not None and lock.reachable(now) and state.up(now):
                assert lock.known.state is lock.state, "the bridge hears a lock, and does not know its state"
        reported = [(url, body["nukiId"], body["state"]) for url, body in callbacks]
        assert sorted(reported) == (sorted(expected) if state.wlan else [])
        self._note()

    @invariant()
    def no_turn_failed(self) -> None:
        assert not [e.failed for e in self.bridge.world.core.journal if e.failed]

    def teardown(self) -> None:
        if hasattr(self, "bridge"):
            self.pass_time("60")
            assert all(waiting.answered() for waiting in self.waiting), "a caller waits for ever"
            assert all(
                lock.state not in (LockState.LOCKING, LockState.UNLOCKING)
                for lock in self.bridge.state.bridges[0].locks
            )


TestWalks = House.TestCase
TestWalks.settings = settings(max_examples=2 * settings().max_examples, stateful_step_count=40)
