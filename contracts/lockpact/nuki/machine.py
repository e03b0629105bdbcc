"""What may happen to a Nuki client: its own calls, and in their arguments all that the house does meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from lockpact.core.traffic import Exchange
from lockpact.driving.faults import Fault, faults
from lockpact.driving.state_machine import PactMachine, initialize, needs, precondition, rule
from lockpact.nuki.laws.states import NAMES
from lockpact.nuki.port import Action, Maintenance, NukiPort
from lockpact.nuki.truth import Truth

__all__ = ["NukiMachine"]

OURS = "http://192.168.1.20:8000/nuki"
"""Where the client under test is reached; `PACT.callback_url`."""
URLS = (
    OURS,
    f"{OURS}?lock=front&door=1",
    f"{OURS}?name=Haust%C3%BCr",
    f"{OURS}/{'x' * 300}",
    OURS.replace("http:", "https:"),
)
"""Those to register: ours, one that must be encoded, one that is encoded already, one too long, one on https."""
OTHERS = "http://192.168.1.9:8123/api/nuki"
NOBODY = 4_000_000_000
"""No lock of the default world has this id."""
WRONG = "no-token-of-it"
KNOBS = ("locked", "unlocked", "unlatched", "undefined")
NUMBERS = (*NAMES, 8, 42, 253)
"""State numbers: the document's, and some that a later firmware may have."""
SOME_ACTIONS = st.lists(st.sampled_from(list(Action)), min_size=1, unique=True)
SOME_NUMBERS = st.lists(st.sampled_from(NUMBERS), min_size=1, unique=True)


FAULTS = faults(("unavailable", "reset after", "reset before", "slow", "cut", "failure"))
WHICH = st.integers(0, 3)
"""Which paired lock; beyond the last, one that is not paired."""
PAIRED = st.integers(0, 2)
LEVELS = ("full", "critical")


def _tenths(count: int) -> Decimal:
    """Seconds."""
    return Decimal(count) / 10


class NukiMachine(PactMachine[NukiPort]):
    """See the module. One client, one bridge, the locks of the default world."""

    token = ""
    """What the client knows."""
    house = "calm"
    """What goes on in it: in a changing one the token changes, and in one that is rebuilt locks and bridge are reset."""

    # ---- who there is

    @initialize(
        knows=st.sampled_from(("token",) * 6 + ("nothing", "wrong token")),
        house=st.sampled_from(("calm", "calm", "changing", "rebuilt")),
        software=st.sampled_from((False, False, False, True)),
        others=st.sets(st.integers(0, 2)),
        interleaving=st.integers(0, 3),
    )
    def begin(self, knows: str, house: str, software: bool, others: set[int], interleaving: int) -> None:
        """Make a client that knows the token, or not, on a bridge where others may be registered."""
        self.house = "rebuilt" if software else house
        self.stage.interleave(interleaving)
        if software:
            self.stage.act(None, "bridge_type", kind="software")
        if others:
            self.stage.note(f"others have the callbacks {', '.join(map(str, sorted(others)))}")
            self.stage.edit_state(lambda state: _register(state, others))
        self.token = {"token": self.truth.token, "nothing": "", "wrong token": WRONG}[knows]
        self.make({"token": self.token} if self.token else {}, self._given(None))

    @property
    def truth(self) -> Truth:
        """What is true now."""
        truth: Truth = self.stage.truth()
        return truth

    # ---- getting in

    @needs("authorize")
    @rule(press=st.integers(1, 320).map(lambda count: _tenths(min(count, 299))))
    def authorize(self, press: Decimal) -> None:
        """Somebody presses the button within the window."""
        self._authorize(press)

    @needs("authorize")
    @rule(press=st.none() | st.integers(300, 350).map(_tenths), disabled=st.booleans())
    def authorize_in_vain(self, press: Decimal | None, disabled: bool) -> None:
        """Nobody presses, or too late, or /auth is switched off."""
        if disabled:
            self.stage.act(None, "discovery", on=False)
        self._authorize(press)
        if disabled:
            self.stage.act(None, "discovery", on=True)

    @needs("authorize")
    @rule(press=st.none() | st.integers(10, 290).map(_tenths), fault=FAULTS)
    def authorize_on_a_bad_day(self, press: Decimal | None, fault: Fault) -> None:
        """The way to the bridge is broken."""
        self._authorize(press, fault)

    def _authorize(self, press: Decimal | None, fault: Fault | None = None) -> None:
        if press is not None and self.truth.up:
            self.stage.schedule(press, str(self.truth.bridge_id), "press_button")
        with self.faulty(fault, "/auth"):
            step = self.do("authorize", given=self._given(fault, press=press))
        if isinstance(step.result, str) and step.result:
            self.token = step.result
            self.stage.add_secrets([step.result])

    @precondition(lambda self: self.house == "changing")
    @rule()
    def another_token(self) -> None:
        """The owner sets another token in the app, once."""
        self.house = "calm"
        self.stage.act(None, "set_token")

    @needs("discover")
    @rule(disabled=st.booleans())
    def discover(self, disabled: bool) -> None:
        """Discovery may be switched off."""
        self.stage.act(None, "discovery", on=not disabled)
        self.do("discover", given=self._given(None))
        self.stage.act(None, "discovery", on=True)

    # ---- looking

    @needs("list_locks")
    @rule(fault=st.none() | FAULTS)
    def list_locks(self, fault: Fault | None) -> None:
        """On a good day or a bad one."""
        with self.faulty(fault, "/list"):
            self.do("list_locks", given=self._given(fault))

    @needs("list_locks")
    @rule(numbers=SOME_NUMBERS)
    def list_locks_of_a_later_firmware(self, numbers: list[int]) -> None:
        """Their states may be none that the document has."""
        for number in numbers:
            with self._showing(number):
                self.do("list_locks", given=self._given(None, shows=number))

    @needs("lock_state")
    @rule(which=WHICH, level=st.sampled_from(LEVELS))
    def lock_state(self, which: int, level: str) -> None:
        """A lock, or what is none; its batteries may be low."""
        self._hand(self._lock(which), "battery", level=level)
        self._lock_state(self._lock(which))

    @needs("lock_state")
    @rule(which=PAIRED, numbers=SOME_NUMBERS)
    def lock_state_of_a_later_firmware(self, which: int, numbers: list[int]) -> None:
        """Its state may be none that the document has."""
        for number in numbers:
            with self._showing(number):
                self._lock_state(self._lock(which), shows=number)

    @needs("lock_state")
    @rule(which=PAIRED, action=st.sampled_from(list(Action)))
    def lock_state_while_it_moves(self, which: int, action: Action) -> None:
        """Somebody else in the house has given an order."""
        lock = self._lock(which)
        self.stage.note(f"somebody else orders {action.name} of {lock}")
        self.stage.ask(f"/lockAction?nukiId={lock}&action={action.value}&noWait=1&token={self.truth.token}")
        self._lock_state(lock)

    @needs("lock_state")
    @rule(which=PAIRED, knob=st.sampled_from(KNOBS), seen=st.booleans(), back=st.booleans())
    def lock_state_out_of_reach(self, which: int, knob: str, seen: bool, back: bool) -> None:
        """The lock was locked when it was last heard, is carried off and turned, and may or may not come back."""
        lock = self._lock(which)
        self._hand(lock, "turn", to="locked")
        if seen:
            self._lock_state(lock)
        self._hand(lock, "range", in_range=False)
        self._hand(lock, "turn", to=knob)
        self._lock_state(lock)
        if back:
            self._hand(lock, "range", in_range=True)
            self._lock_state(lock)
        self._hand(lock, "range", in_range=True)

    @needs("lock_state")
    @rule(which=WHICH, fault=FAULTS, knob=st.sampled_from(KNOBS[1:]))
    def lock_state_on_a_bad_day(self, which: int, fault: Fault, knob: str) -> None:
        """It was seen locked, somebody has turned the knob since, and the way to the bridge is broken."""
        lock = self._lock(which)
        self._hand(lock, "turn", to="locked")
        self._lock_state(lock)
        self._hand(lock, "turn", to=knob)
        with self.faulty(fault, "/lockState"):
            self._lock_state(lock, fault)

    def _lock_state(self, lock: int, fault: Fault | None = None, **given: Any) -> None:
        self.do("lock_state", lock=lock, given=self._given(fault, lock=lock, **given))

    @needs("believed_state")
    @rule(which=PAIRED)
    def believe(self, which: int) -> None:
        """What would the client show now?"""
        self._believe(self._lock(which))

    def _believe(self, lock: int, **given: Any) -> None:
        if lock in self.truth.locks and self.has("believed_state"):
            self.do("believed_state", lock=lock, given=self._given(None, **given))

    @needs("refresh")
    @rule(slow=st.booleans())
    def refresh(self, slow: bool) -> None:
        """The client looks around, on a bridge that takes its time."""
        if slow:
            self.stage.inject_fault({"kind": "delay", "seconds": 1})
        self.do("refresh", given=self._given(Fault("delay", None) if slow else None))
        self.stage.clear()

    # ---- acting

    @needs("act")
    @rule(which=WHICH, actions=SOME_ACTIONS, wait=st.booleans(), level=st.sampled_from(LEVELS))
    def act(self, which: int, actions: list[Action], wait: bool, level: str) -> None:
        """One after another, on a lock or on what is none. What does the client show right afterwards?"""
        lock = self._lock(which)
        self._hand(lock, "battery", level=level)
        for action in actions:
            self.do("act", lock=lock, action=action, wait=wait, given=self._given(None, lock=lock))
            self._believe(lock)
            self.stage.pass_time(30)

    @needs("act")
    @rule(which=PAIRED, action=st.sampled_from(list(Action)), wait=st.booleans())
    def act_on_a_jam(self, which: int, action: Action, wait: bool) -> None:
        """Something blocks the bolt."""
        lock = self._lock(which)
        self._hand(lock, "jam", on=True)
        self.do("act", lock=lock, action=action, wait=wait, given=self._given(None, lock=lock))
        self._hand(lock, "jam", on=False)

    @needs("act")
    @rule(which=WHICH, action=st.sampled_from(list(Action)), wait=st.booleans(), fault=FAULTS)
    def act_on_a_bad_day(self, which: int, action: Action, wait: bool, fault: Fault) -> None:
        """The way to the bridge is broken, on the way there or on the way back."""
        lock = self._lock(which)
        with self.faulty(fault, "/lockAction"):
            self.do("act", lock=lock, action=action, wait=wait, given=self._given(fault, lock=lock))

    @needs("act")
    @rule(
        which=PAIRED, action=st.sampled_from(list(Action)), kind=st.sampled_from(("reset after", "slow", "unavailable"))
    )
    def act_and_cannot_look(self, which: int, action: Action, kind: str) -> None:
        """The order's answer is lost, and so is the look at the lock."""
        lock, fault = self._lock(which), Fault(kind, 1)
        with self.faulty(fault, "/lockAction"):
            self.stage.inject_fault(Fault("unavailable", None).effect(), path="/lockState")
            self.do("act", lock=lock, action=action, wait=True, given=self._given(fault, lock=lock))

    @precondition(lambda self: self.house == "rebuilt")
    @needs("unpair")
    @rule(which=WHICH)
    def unpair(self, which: int) -> None:
        """Also of a lock that is not paired, and on a bridge that cannot."""
        lock = self._lock(which)
        self.do("unpair", lock=lock, given=self._given(None, lock=lock))

    @precondition(lambda self: self.house == "rebuilt")
    @needs("maintain")
    @rule(task=st.sampled_from(list(Maintenance)))
    def maintain(self, task: Maintenance) -> None:
        """Also on a bridge that cannot."""
        self.do("maintain", task=task, given=self._given(None))

    # ---- being called back

    @needs("register_callback")
    @rule(urls=st.lists(st.sampled_from(URLS), min_size=1, unique=True), twice=st.booleans(), leave=st.booleans())
    def register_callback(self, urls: list[str], twice: bool, leave: bool) -> None:
        """Once, or twice, as after a restart; and perhaps leave again."""
        for url in urls:
            for _ in range(1 + twice):
                self.do("register_callback", url=url, given=self._given(None))
            if leave and self.has("unregister_callback"):
                self.do("unregister_callback", url=url, given=self._given(None))

    @needs("unregister_callback")
    @rule(url=st.sampled_from(URLS[:3]))
    def unregister_callback(self, url: str) -> None:
        """Also of a URL that was never registered."""
        self.do("unregister_callback", url=url, given=self._given(None))

    @needs("register_callback", "on_callback", "believed_state")
    @rule(
        which=PAIRED,
        turns=st.integers(1, 3),
        order=st.sampled_from(("in order", "reordered", "doubled", "late", "lost")),
    )
    def is_called_back(self, which: int, turns: int, order: str) -> None:
        """Somebody turns the knob, and the network does what it does to the pushes. What does the client show then?"""
        lock = self._lock(which)
        if lock == NOBODY:
            return
        self.do("register_callback", url=OURS, given=self._given(None))
        for _ in range(turns):
            self._hand(lock, "turn")
            self.stage.pass_time(1)
        pushes = [p for p in self.stage.inbox if json.loads(p.body)["nukiId"] == lock]
        self.stage.inbox.clear()
        arrange: Callable[[list[Any]], list[Any]] = {
            "in order": lambda p: p,
            "reordered": lambda p: p[::-1],
            "doubled": lambda p: [*p, *p[:1]],
            "late": lambda p: [*p[1:], *p[:1]],
            "lost": lambda _: [],
        }[order]
        for push in arrange(pushes):
            self.do("on_callback", body=push.body, given=self._given(None, lock=lock, born=push.at))
            self._believe(lock, pushed=order)

    # ---- what else happens in the house

    @rule(which=PAIRED, knob=st.sampled_from(KNOBS))
    def by_hand(self, which: int, knob: str) -> None:
        """Somebody turns a knob."""
        self._hand(self._lock(which), "turn", to=knob)

    @rule(which=PAIRED, level=st.sampled_from(("full", "critical", "flat")))
    def batteries(self, which: int, level: str) -> None:
        """Batteries run down, or are new."""
        self._hand(self._lock(which), "battery", level=level)

    @rule(seconds=st.sampled_from((1, 5, 30, 600)))
    def time_passes(self, seconds: int) -> None:
        """The client's own threads and tasks go on."""
        self.stage.pass_time(seconds)

    def settle(self) -> None:
        """Pushes that have not come are lost, faults are lifted, motors come to rest; the client has had its time."""
        self.stage.clear()
        if self.stage.inbox:
            self.stage.note(f"{len(self.stage.inbox)} callbacks are lost")
        self.stage.pass_time(60)
        if self.has("refresh"):
            self.do("refresh", given=self._given(None))
        for lock in self.truth.locks:
            self._believe(lock, settled=True)

    # ---- inner

    def _lock(self, which: int) -> int:
        locks = list(self.truth.locks)
        return locks[which] if which < len(locks) else NOBODY

    def _given(self, fault: Fault | None, *, lock: int | None = None, **more: Any) -> dict[str, Any]:
        """What a law may rely on for the next call."""
        truth = self.truth
        return {
            "fault": None if fault is None else fault.kind,
            "times": None if fault is None else fault.times,
            "token": "wrong" if self.token != truth.token or not truth.api_enabled else None,
            "unknown": True if lock is not None and lock not in truth.locks else None,
            "lock": lock,
            **more,
        }

    @contextmanager
    def _showing(self, number: int) -> Iterator[None]:
        self.stage.note(f"a later firmware: the locks' state is {number} now")
        self.stage.alter(lambda x: _with_state(x, number))
        try:
            yield
        finally:
            self.stage.clear()

    def _hand(self, lock: int, action: str, **args: Any) -> None:
        """A hand on a lock. What it cannot do now (the motor holds the knob) does not happen."""
        if lock != NOBODY:
            self.stage.try_to(str(lock), action, **args)


def _register(state: dict[str, Any], slots: set[int]) -> None:
    state["bridge"]["callbacks"] = [{"id": slot, "url": f"{OTHERS}/{slot}"} for slot in sorted(slots)]


def _with_state(x: Exchange, number: int) -> bytes | None:
    """The answer with this state in place of every state. (A number that the document lacks calls itself locked.)"""
    said = x.json
    if x.path == "/lockState" and isinstance(said, dict) and "state" in said:
        said |= {"state": number, "stateName": NAMES.get(number, "locked")}
    elif x.path == "/list" and isinstance(said, list):
        for entry in said:
            entry["lastKnownState"] |= {"state": number, "stateName": NAMES.get(number, "locked")}
    else:
        return None
    return json.dumps(said).encode()
