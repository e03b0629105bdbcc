"""The state machine that drives a Nuki client: its calls, and what happens to bridge, locks and network meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from lockpact.core.traffic import Exchange
from lockpact.driving.faults import Absence, Fault, Storm, absences, faults, storms
from lockpact.driving.state_machine import PactMachine, initialize, needs, precondition, rule
from lockpact.nuki.laws.states import NAMES
from lockpact.nuki.port import Action, Maintenance, NukiPort
from lockpact.nuki.truth import Truth

__all__ = ["NukiMachine"]

CLIENT_URL = "http://192.168.1.20:8000/nuki"
"""The callback URL of the client under test; `PACT.callback_url`."""
URLS = (
    CLIENT_URL,
    f"{CLIENT_URL}?lock=front&door=1",
    f"{CLIENT_URL}?name=Haust%C3%BCr",
    f"{CLIENT_URL}/Haus+T".ljust(254, "x"),
    f"{CLIENT_URL}/".ljust(255, "x"),
    f"{CLIENT_URL}/{'x' * 300}",
    CLIENT_URL.replace("http:", "https:"),
    f"{CLIENT_URL}/",
)
"""URLs to register: the plain one, one that must be encoded, one that is partly encoded, the longest one that is valid, the
shortest one that is not, one much too long, one with https, one that ends with a slash."""
OTHER_URL = "http://192.168.1.9:8123/api/nuki"
ALIKE = f"{CLIENT_URL}2"
"""The URL of another client that begins as the client's does."""
SLOTS = 3
TAKEN_SLOTS = ((), (0,), (1,), (0, 1), (0, 1), (0, 2), (1, 2), (0, 1, 2))
"""The callback slots that other clients have. When one of the first leaves, an id is not a place in the list."""
MEANWHILE = {
    "leaves": "has unregistered its callback",
    "removes": "has unregistered {url}",
    "replaces": "has unregistered {url}, and registered its own callback in that slot",
    "moves": "has unregistered {url}, and registered it again in another slot",
}
"""What another client may do with a URL that the client has registered."""
CHANGES = st.sampled_from(("", "leaves", "leaves", "removes", "replaces", "replaces", "moves"))
UNKNOWN_LOCK = 4_000_000_000
"""No lock of the default world has this id."""
WRONG = "not-the-token"
KNOBS = ("locked", "unlocked", "unlatched", "undefined")
NUMBERS = (*NAMES, 8, 42, 253)
"""State numbers: the document's, and some that later firmware may have."""
NAMES_OF_LOCKS = ("Haustür", "0042", "", "  Büro & Café ", "門", "Nebeneingang im Hof, neben der Küche", "Haustür")
"""Two locks may have the same name."""
ODD_CALLBACKS = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b'{"nukiId": "front"}',
    b'{"state": 1, "stateName": "locked"}',
    b'{"nukiId": 4000000000, "state": 1, "stateName": "locked", "batteryCritical": false}',
)
ORDERS: dict[str, Callable[[list[Any]], list[Any]]] = {
    "in order": lambda c: c,
    "reordered": lambda c: c[::-1],
    "doubled": lambda c: [*c, *c[:1]],
    "late": lambda c: [*c[1:], *c[:1]],
    "lost": lambda _: [],
}
"""How callbacks may arrive."""
# The last one twice: what is done already must be done again.
SOME_ACTIONS = st.lists(st.sampled_from(list(Action)), min_size=1, max_size=4).map(
    lambda actions: [*actions, actions[-1]]
)
SOME_NUMBERS = st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=5, unique=True)


ODDITIES: dict[str, dict[str, Any]] = {
    "no lastKnownState": {"lastKnownState": ...},
    "a lastKnownState that is null": {"lastKnownState": None},
    "an empty lastKnownState": {"lastKnownState": {}},
    "a state that is null": {"lastKnownState": {"state": None, "stateName": None, "batteryCritical": None}},
}
"""What an odd lock of a list may have → the keys that it has in place of its own; ... means that a key is missing."""
FAULTS = faults(("unavailable", "reset after", "reset before", "slow", "cut", "failure"))
FAULTS_OF_CALLBACKS = faults(("failure", "unavailable", "reset after", "reset before", "slow", "cut", "failure"))
FAULTS_OF_LISTS = faults(("unavailable", "reset after", "reset before", "slow", "cut", "failure", "unauthorized"))
FAULTS_OF_ACTIONS = faults(
    ("reset after", "slow", "unavailable", "reset before", "cut", "failure", "reset after", "cut")
)
FAULTS_OF_TASKS = faults(("unavailable", "reset after", "reset before", "slow"))
"""Without `failure`: a maintenance operation has no answer that could say so."""
FAULTS_OF_UNPAIRING = faults(("unavailable", "failure", "reset before"), (1, None))
ASKS_FIRST = st.sampled_from(("", "", "", "/info"))
"""The path that a fault affects: that of the operation, or the question for the type of the bridge."""
STORMS = storms(("unavailable", "reset after", "slow", "failure", "cut"), deliveries=True)
WHICH = st.integers(0, 3)
"""The index of a paired lock; beyond the last one, an unknown lock."""
MOSTLY_PAIRED = st.sampled_from((0, 1, 2, 0, 1, 2, 3))
PAIRED = st.sampled_from((0, 1, 2, -1))
"""The index of a paired lock, counted round. The last one may have been paired during the example."""
LEVELS = ("full", "critical")
WRONG_ANSWERS = {"not_found": "/lockState", "unauthorized": "*"}
"""The simulator's names of refusals that a poll may get once, though they are not true → the paths that answer them."""


def _tenths(count: int) -> Decimal:
    """Return this number of tenths of a second, in seconds."""
    return Decimal(count) / 10


class NukiMachine(PactMachine[NukiPort]):
    """One client, one bridge and the locks of the default world."""

    token = ""
    """The token that the client knows."""
    login = "plain"
    """`hashed`: the client is asked to send the hashed token, if the bridge takes it."""
    environment = "calm"
    """`changing`: the owner sets another token, pairs another lock or unpairs one. `rebuilt`: the bridge is reset."""
    grown = False
    """Whether the owner has paired another lock."""

    # ---- the beginning

    @initialize(
        knows=st.sampled_from(("token",) * 6 + ("nothing", "wrong token")),
        environment=st.sampled_from(("changing", "changing", "rebuilt")),
        software=st.sampled_from((False, False, False, True)),
        others=st.sampled_from(TAKEN_SLOTS),
        interleaving=st.integers(0, 3),
        login=st.sampled_from(("plain", "hashed")),
    )
    def begin(
        self, knows: str, environment: str, software: bool, others: tuple[int, ...], interleaving: int, login: str
    ) -> None:
        """Make a client that may or may not know the token. Other callbacks may be registered."""
        self.environment = "rebuilt" if software else environment
        self.stage.interleave(interleaving)
        if software:
            self.stage.act(None, "bridge_type", kind="software")
        if others:
            self.stage.note(f"others have registered the callbacks {', '.join(map(str, others))}")
            self.stage.edit_state(lambda state: _register(state, others))
        self.token = {"token": self.truth.token, "nothing": "", "wrong token": WRONG}[knows]
        self.login = login
        self._make(self._given(None))

    def _make(self, given: dict[str, Any]) -> Any:
        credentials = {"token": self.token} if self.token else {}
        return self.make(credentials | ({"login": "hashed"} if self.later and self.login == "hashed" else {}), given)

    @property
    def later(self) -> bool:
        """Whether the bridge has a later firmware, which takes hashed tokens."""
        return bool(self.stage.world.core.profile == "observed")

    @property
    def truth(self) -> Truth:
        """The true state now."""
        truth: Truth = self.stage.truth()
        return truth

    # ---- authorization

    @needs("authorize")
    @rule(press=st.integers(1, 320).map(lambda count: _tenths(min(count, 299))))
    def authorize(self, press: Decimal) -> None:
        """Press the button within the window."""
        self._authorize(press)

    @needs("authorize")
    @rule(press=st.none() | st.integers(300, 350).map(_tenths), disabled=st.booleans())
    def authorize_without_success(self, press: Decimal | None, disabled: bool) -> None:
        """Press the button too late or never, or disable /auth."""
        if disabled:
            self.stage.act(None, "discovery", on=False)
        self._authorize(press)
        if disabled:
            self.stage.act(None, "discovery", on=True)

    @needs("authorize")
    @rule(press=st.none() | st.integers(10, 290).map(_tenths), fault=FAULTS)
    def authorize_with_a_fault(self, press: Decimal | None, fault: Fault) -> None:
        """Authorize while the way to the bridge is faulty."""
        self._authorize(press, fault)

    def _authorize(self, press: Decimal | None, fault: Fault | None = None) -> None:
        if press is not None and self.truth.up:
            self.stage.schedule(press, str(self.truth.bridge_id), "press_button")
        with self.faulty(fault, "/auth"):
            step = self.do("authorize", given=self._given(fault, press=press))
        if isinstance(step.result, str) and step.result:
            self.token = step.result
            self.stage.add_secrets([step.result])

    @precondition(lambda self: self.environment == "changing")
    @rule()
    def another_token(self) -> None:
        """Let the owner set another token in the app, once."""
        self.environment = "calm"
        self.stage.act(None, "set_token")

    @precondition(lambda self: self.environment == "changing" and not self.grown)
    @needs("refresh", "on_callback", "believed_state", "list_locks")
    @rule(polled=st.booleans(), called=st.booleans())
    def another_lock(self, polled: bool, called: bool) -> None:
        """Let the owner pair another lock, once. The client, which may have polled before, polls or is called back about it."""
        self.grown = True
        if polled:
            self._refresh(None)
        self.stage.try_to(None, "pair")
        if called and self.has("on_callback"):
            self._is_called_back(self._paired(-1), ["in order"])
        self.stage.pass_time(60)
        self._poll_and_believe()

    @needs("discover")
    @rule(disabled=st.booleans(), another=st.booleans(), port=st.sampled_from((None, 8765)), fault=st.none() | FAULTS)
    def discover(self, disabled: bool, another: bool, port: int | None, fault: Fault | None) -> None:
        """Discover bridges. Discovery may be disabled, a second bridge there, the port another one, or the server faulty."""
        self.stage.act(None, "discovery", on=not disabled)
        if another:
            self.stage.try_to(None, "add_bridge")
        if port is not None:
            self.stage.note(f"the bridges listen on port {port}, as set in the app")
            self.stage.alter(lambda x: _at_port(x, port))
        with self.faulty(fault, "/discover/bridges"):
            self.do("discover", given=self._given(fault))
        self.stage.alter(None)
        self.stage.act(None, "discovery", on=True)

    # ---- reading

    @needs("list_locks")
    @rule(
        fault=st.none() | FAULTS_OF_LISTS,
        names=st.permutations(NAMES_OF_LOCKS),
        odd=st.none() | st.tuples(PAIRED, st.sampled_from(sorted(ODDITIES))),
    )
    def list_locks(self, fault: Fault | None, names: list[str], odd: tuple[int, str] | None) -> None:
        """List locks whose names have all kinds of characters, and of which one may have no state, possibly with a fault."""
        self.stage.note(f"the owner has named the locks {', '.join(map(repr, names[: len(self.truth.locks)]))}")
        lock, oddity = (None, "") if odd is None else (self._paired(odd[0]), odd[1])
        if lock is not None:
            self.stage.note(f"lock {lock} has {oddity}")
        self.stage.alter(lambda x: _with_names(x, names, lock, ODDITIES.get(oddity, {})))
        with self.faulty(fault, "/list"):
            lists = tuple(zip(self.truth.locks, names, strict=False))
            self.do("list_locks", given=self._given(fault, odd=lock, lists=lists))
        if fault is not None:
            self.do("list_locks", given=self._given(None))

    @precondition(lambda self: self.later)
    @needs("list_locks")
    @rule(offset=st.sampled_from((-7200, -90, 90, 3600)))
    def clocks_differ(self, offset: int) -> None:
        """List the locks of a bridge that has lost its server, and whose clock is off."""
        bridge = str(self.truth.bridge_id)
        self.stage.act(bridge, "network", on=False)
        self.stage.act(bridge, "clock", offset=offset)
        self.do("list_locks", given=self._given(None))
        self.stage.act(bridge, "network", on=True)
        self.do("list_locks", given=self._given(None))

    @needs("list_locks")
    @rule(numbers=SOME_NUMBERS)
    def list_locks_of_a_later_firmware(self, numbers: list[int]) -> None:
        """List locks whose state the document may not have."""
        for number in numbers:
            with self._showing(number):
                self.do("list_locks", given=self._given(None, shows=number))

    @needs("lock_state")
    @rule(which=WHICH, level=st.sampled_from(LEVELS))
    def lock_state(self, which: int, level: str) -> None:
        """Read a lock whose batteries may be low, or an unknown lock."""
        self._device_action(self._lock(which), "battery", level=level)
        self._lock_state(self._lock(which))

    @needs("lock_state")
    @rule(which=PAIRED, numbers=SOME_NUMBERS)
    def lock_state_of_a_later_firmware(self, which: int, numbers: list[int]) -> None:
        """Read a lock whose state the document may not have."""
        for number in numbers:
            with self._showing(number):
                self._lock_state(self._paired(which), shows=number)
                self._believe(self._paired(which), shows=number)

    @needs("lock_state")
    @rule(which=PAIRED, action=st.sampled_from(list(Action)))
    def lock_state_while_it_moves(self, which: int, action: Action) -> None:
        """Read a lock on which another client has started an action."""
        lock = self._paired(which)
        self.stage.note(f"another client starts {action.name} on {lock}")
        self.stage.ask(f"/lockAction?nukiId={lock}&action={action.value}&noWait=1&token={self.truth.token}")
        self._lock_state(lock)
        self._believe(lock)

    @needs("lock_state")
    @rule(
        which=PAIRED,
        knob=st.sampled_from(KNOBS),
        seen=st.booleans(),
        back=st.booleans(),
        then=st.sampled_from(("", "list_locks", "refresh")),
    )
    def lock_state_out_of_reach(self, which: int, knob: str, seen: bool, back: bool, then: str) -> None:
        """Read a lock that was locked when the bridge last heard it, and was turned while out of range.

        The client may list the locks or poll `then`, which tells it nothing new about this lock.
        """
        lock = self._paired(which)
        self._device_action(lock, "turn", to="locked")
        if seen:
            self._lock_state(lock)
        self._device_action(lock, "range", in_range=False)
        self._device_action(lock, "turn", to=knob)
        self._lock_state(lock)
        if self.has(then):
            self.do(then, given=self._given(None))
        self._believe(lock)
        if back:
            self._device_action(lock, "range", in_range=True)
            self._lock_state(lock)
        self._device_action(lock, "range", in_range=True)

    @needs("lock_state")
    @rule(which=WHICH, fault=FAULTS, knob=st.sampled_from(KNOBS[1:]))
    def lock_state_with_a_fault(self, which: int, fault: Fault, knob: str) -> None:
        """Read a lock that the client has seen locked and that was turned since, over a faulty way."""
        lock = self._lock(which)
        self._device_action(lock, "turn", to="locked")
        self._lock_state(lock)
        self._device_action(lock, "turn", to=knob)
        with self.faulty(fault, "/lockState"):
            self._lock_state(lock, fault)
            self._believe(lock)

    def _lock_state(self, lock: int, fault: Fault | None = None, **given: Any) -> None:
        self.do("lock_state", lock=lock, given=self._given(fault, lock=lock, **given))

    @needs("refresh", "believed_state")
    @rule(which=PAIRED, knob=st.sampled_from(KNOBS), polled=st.booleans())
    def refresh_while_one_is_away(self, which: int, knob: str, polled: bool) -> None:
        """Let the client poll while one lock is out of range and others were turned. Ask what it shows for each."""
        away = self._paired(which)
        if polled:
            self._refresh(None)
        self._device_action(away, "range", in_range=False)
        for lock in self.truth.locks:
            self._device_action(lock, "turn", to=knob)
        self.stage.pass_time(60)
        self._poll_and_believe()
        self._device_action(away, "range", in_range=True)

    @needs("believed_state")
    @rule(which=PAIRED)
    def believe(self, which: int) -> None:
        """Ask what the client would show now."""
        self._believe(self._paired(which))

    def _believe(self, lock: int, **given: Any) -> None:
        if lock in self.truth.locks and self.has("believed_state"):
            self.do("believed_state", lock=lock, given=self._given(None, **given))

    @needs("refresh")
    @rule(trouble=st.sampled_from((None, "slow", "an empty list", *WRONG_ANSWERS)))
    def refresh(self, trouble: str | None) -> None:
        """Let the client poll, possibly on a slow bridge, or on one that gives one wrong answer."""
        if trouble == "slow":
            self.stage.inject_fault({"kind": "delay", "seconds": 1})
        if trouble == "an empty list":
            self.stage.note("the bridge lists no lock, though it has some")
            self.stage.alter(lambda x: None if _listed(x) is None else b"[]")
        if trouble in WRONG_ANSWERS:
            self.stage.inject_fault(Fault(trouble, 1).effect(), path=WRONG_ANSWERS[trouble], times=1)
        self.do("refresh", given=self._given(None if trouble is None else Fault(trouble, None)))
        self.stage.clear()

    # ---- acting

    @needs("act")
    @rule(
        which=MOSTLY_PAIRED, actions=SOME_ACTIONS, wait=st.booleans(), level=st.sampled_from(LEVELS), read=st.booleans(),
        knob=st.sampled_from((None, None, *KNOBS[:2])),
    )  # fmt: skip
    def act(self, which: int, actions: list[Action], wait: bool, level: str, read: bool, knob: str | None) -> None:
        """Act on a lock or an unknown lock, one action after another. Ask after each what the client shows, or read the lock.

        Every other action is waited for: the first one if `wait`.
        Somebody may turn the knob before the next action, which the client does not know.
        """
        lock = self._lock(which)
        self._device_action(lock, "battery", level=level)
        for number, action in enumerate(actions):
            waits = wait is (number % 2 == 0)
            self.do("act", lock=lock, action=action, wait=waits, given=self._given(None, lock=lock))
            self._believe(lock)
            self.stage.pass_time(30)
            self._believe(lock, rested=True)
            if read:
                self._lock_state(lock)
            if knob is not None:
                self._device_action(lock, "turn", to=knob)

    @needs("act")
    @rule(
        which=PAIRED,
        action=st.sampled_from(list(Action)),
        wait=st.booleans(),
        away=st.booleans(),
    )
    def act_on_a_jam(self, which: int, action: Action, wait: bool, away: bool) -> None:
        """Act on a lock whose bolt is blocked, or that is out of range and was turned there after the client has read it."""
        lock = self._paired(which)
        what, trouble, over = (
            ("range", {"in_range": False}, {"in_range": True}) if away else ("jam", {"on": True}, {"on": False})
        )
        if away and self.has("lock_state"):
            self._lock_state(lock)
        self._device_action(lock, what, **trouble)
        if away:
            self._device_action(lock, "turn")
        self.do("act", lock=lock, action=action, wait=wait, given=self._given(None, lock=lock))
        self._believe(lock)
        self._device_action(lock, what, **over)

    @needs("act")
    @rule(
        which=WHICH,
        action=st.sampled_from(list(Action)),
        wait=st.booleans(),
        fault=FAULTS_OF_ACTIONS,
        level=st.sampled_from(LEVELS),
    )
    def act_with_a_fault(self, which: int, action: Action, wait: bool, fault: Fault, level: str) -> None:
        """Act while the way to or from the bridge is faulty."""
        lock = self._lock(which)
        self._device_action(lock, "battery", level=level)
        with self.faulty(fault, "/lockAction"):
            self.do("act", lock=lock, action=action, wait=wait, given=self._given(fault, lock=lock))
            self._believe(lock)

    @needs("act")
    @rule(
        which=PAIRED,
        action=st.sampled_from(list(Action)),
        kind=st.sampled_from(("reset after", "cut", "slow", "unavailable")),
        wait=st.sampled_from((False, False, True)),
        readable=st.booleans(),
    )
    def act_and_lose_the_answer(self, which: int, action: Action, kind: str, wait: bool, readable: bool) -> None:
        """Act on a lock that the client has read, and lose the answer. Afterwards the lock can be read or not."""
        lock, fault = self._paired(which), Fault(kind, 1)
        if self.has("lock_state"):
            self._lock_state(lock)
        with self.faulty(fault, "/lockAction"):
            if not readable:
                self.stage.inject_fault(Fault("unavailable", None).effect(), path="/lockState")
            self.do("act", lock=lock, action=action, wait=wait, given=self._given(fault, lock=lock))
            self._believe(lock)

    @precondition(lambda self: self.environment != "calm")
    @needs("unpair")
    @rule(which=WHICH, fault=st.none() | FAULTS_OF_UNPAIRING, path=ASKS_FIRST, seen=st.booleans())
    def unpair(self, which: int, fault: Fault | None, path: str, seen: bool) -> None:
        """Unpair a lock or an unknown lock, on a bridge of either type. Ask afterwards what the client shows for it."""
        lock = self._lock(which)
        if seen and self.has("lock_state"):
            self._lock_state(lock)
        with self.faulty(fault, _asked(fault, path) or "/unpair"):
            step = self.do("unpair", lock=lock, given=self._given(fault, lock=lock))
        if step.error is None and self.has("believed_state"):
            self.do("believed_state", lock=lock, given=self._given(None))

    @precondition(lambda self: self.environment != "calm")
    @needs("maintain")
    @rule(
        tasks=st.lists(st.sampled_from(list(Maintenance)), min_size=1, unique=True),
        fault=st.none() | FAULTS_OF_TASKS,
        asks=st.booleans(),
    )
    def maintain(self, tasks: list[Maintenance], fault: Fault | None, asks: bool) -> None:
        """Run maintenance operations, on a bridge of either type; the way to the bridge may be faulty.

        A fault affects by turns the operation and the question for the type of the bridge: the latter first if `asks`.
        """
        if self.environment != "rebuilt":
            tasks = [task for task in tasks if task is not Maintenance.FACTORY_RESET]
        for number, task in enumerate(tasks):
            with self.faulty(fault, "/info" if asks is (number % 2 == 0) else task.value):
                self.do("maintain", task=task, given=self._given(fault))
            self.stage.pass_time(31)

    # ---- callbacks

    @needs("register_callback")
    @rule(
        urls=st.lists(st.sampled_from(URLS), min_size=1, max_size=4, unique=True),
        twice=st.booleans(),
        leave=st.booleans(),
        meanwhile=CHANGES,
        fault=st.none() | FAULTS_OF_CALLBACKS,
        lists=st.booleans(),
    )
    def register_callback(
        self, urls: list[str], twice: bool, leave: bool, meanwhile: str, fault: Fault | None, lists: bool
    ) -> None:
        """Register, twice as after a restart, and unregister. The way for the last URL may be faulty.

        Another client may free its slot, or change what became of the client's, before the client registers for the second
        time or unregisters.
        """
        for url in urls:
            trouble = fault if url == urls[-1] else None
            with self.faulty(trouble, "/callback/*" if lists else "/callback/add"):
                self.do("register_callback", url=url, given=self._given(trouble))
            self._meanwhile(meanwhile, url)
            if twice:
                self.do("register_callback", url=url, given=self._given(None))
            if (leave or meanwhile) and self.has("unregister_callback"):
                with self.faulty(trouble, "/callback/*"):
                    self.do("unregister_callback", url=url, given=self._given(trouble))

    @needs("unregister_callback")
    @rule(
        url=st.sampled_from(URLS[:3]),
        registered=st.sampled_from((True, True, False)),
        meanwhile=CHANGES,
        again=st.booleans(),
    )
    def unregister_callback(self, url: str, registered: bool, meanwhile: str, again: bool) -> None:
        """Unregister a URL that may never have been registered, or with which another client has done something."""
        if registered and self.has("register_callback"):
            self.do("register_callback", url=url, given=self._given(None))
        self._meanwhile(meanwhile, url)
        if again and self.has("register_callback"):
            self.do("register_callback", url=url, given=self._given(None))
        self.do("unregister_callback", url=url, given=self._given(None))

    @needs("register_callback", "on_callback", "believed_state")
    @rule(
        which=PAIRED,
        turns=st.integers(1, 3),
        orders=st.lists(st.sampled_from(sorted(ORDERS)), min_size=2, max_size=3, unique=True),
        nonsense=st.none() | st.sampled_from(ODD_CALLBACKS),
        last=st.sampled_from((None, None, "unlatched", "undefined")),
        seen=st.booleans(),
        busy=st.none() | st.integers(0, 2),
        live=st.booleans(),
    )
    def is_called_back(
        self,
        which: int,
        turns: int,
        orders: list[str],
        nonsense: bytes | None,
        last: str | None,
        seen: bool,
        busy: int | None,
        live: bool,
    ) -> None:
        """Turn the knob and deliver the callbacks and other bodies in some order. Ask after each what the client shows.

        The bridge may be too busy to be read in one of the rounds. In every other round, the first one if `live`, they are
        delivered after each turn, not after the last one.
        """
        lock = self._paired(which)
        if lock == UNKNOWN_LOCK:
            return
        if seen and self.has("lock_state"):
            self._lock_state(lock)
        self._is_called_back(lock, orders, turns, nonsense, last, busy=busy, live=live)

    def _is_called_back(
        self,
        lock: int,
        orders: list[str],
        turns: int = 1,
        nonsense: bytes | None = None,
        last: str | None = None,
        *,
        busy: int | None = None,
        live: bool = False,
    ) -> None:
        if len(self.truth.callbacks) == SLOTS:
            self._another_leaves()
        self.do("register_callback", url=CLIENT_URL, given=self._given(None))
        if nonsense is not None:
            self.do("on_callback", body=nonsense, given=self._given(None, odd=True))
        for number, order in enumerate(orders):
            for knob in [None] * turns + [last] * (last is not None):
                self._device_action(lock, "turn", **({} if knob is None else {"to": knob}))
                self.stage.pass_time(1)
                if live is (number % 2 == 0):
                    self._deliver(lock, order, busy=busy == number)
            self._deliver(lock, order, busy=busy == number)

    def _deliver(self, lock: int, order: str, *, busy: bool) -> None:
        """Hand the client what the bridge has sent about this lock, in this order."""
        callbacks = [c for c in self.stage.inbox if json.loads(c.body)["nukiId"] == lock]
        self.stage.inbox.clear()
        fault = Fault("unavailable", None) if busy and callbacks else None
        with self.faulty(fault, "*"):
            for callback in ORDERS[order](callbacks):
                self.do("on_callback", body=callback.body, given=self._given(fault, lock=lock, sent_at=callback.at))
                self._believe(lock, pushed=order)

    # ---- storms, and a bridge that is away

    @needs("refresh", "list_locks", "believed_state")
    @rule(trouble=st.one_of(STORMS, absences(("reset before", "slow", "unavailable"))), which=PAIRED)
    def trouble(self, trouble: Storm | Absence, which: int) -> None:
        """Let the client live through a storm of faults, or without the bridge, and then in the calm."""
        if isinstance(trouble, Storm):
            self.endure(trouble, lambda: self._device_action(self._paired(which), "turn"), self._live, minutes=2)
            for lock in self.truth.locks:
                self._believe(lock, calm=2)
            return
        fault = trouble.fault
        self.absence(trouble, lambda: self._start(fault), lambda: self._call_all(fault, away=True))
        if self.client is not None:
            self._call_all(None, back=self.token == self.truth.token or None)

    def _start(self, fault: Fault) -> Any:
        return self._make(self._given(fault, away=True))

    def _live(self) -> None:
        self._refresh(Fault("storm", None) if self.stage.world.core.faults() else None)
        for callback in self.stage.inbox[:]:
            if self.has("on_callback"):
                self.do("on_callback", body=callback.body, given=self._given(None))
        self.stage.inbox.clear()

    def _call_all(self, fault: Fault | None, **given: Any) -> None:
        self._refresh(fault, **given)
        if self.has("list_locks"):
            self.do("list_locks", given=self._given(fault, **given))

    # ---- what happens meanwhile

    @rule(which=PAIRED, knob=st.sampled_from(KNOBS))
    def by_hand(self, which: int, knob: str) -> None:
        """Turn a knob."""
        self._device_action(self._paired(which), "turn", to=knob)

    @rule(which=PAIRED, level=st.sampled_from(("full", "critical", "flat")))
    def batteries(self, which: int, level: str) -> None:
        """Let batteries run down, or replace them."""
        self._device_action(self._paired(which), "battery", level=level)

    @rule(seconds=st.sampled_from((1, 5, 30, 600)))
    def time_passes(self, seconds: int) -> None:
        """Let time pass for the client's threads and tasks."""
        self.stage.pass_time(seconds)

    def settle(self) -> None:
        """Drop undelivered callbacks, remove faults, let motors stop and give the client time to poll."""
        self.stage.clear()
        if self.stage.inbox:
            self.stage.note(f"{len(self.stage.inbox)} callbacks are lost")
        self.stage.pass_time(60)
        self._poll_and_believe()

    # ---- helpers

    def _poll_and_believe(self) -> None:
        self._refresh(None)
        for lock in self.truth.locks:
            self._believe(lock, settled=True)

    def _refresh(self, fault: Fault | None, **given: Any) -> None:
        if self.has("refresh"):
            self.do("refresh", given=self._given(fault, **given))

    def _lock(self, which: int) -> int:
        locks = list(self.truth.locks)
        return locks[which] if which < len(locks) else UNKNOWN_LOCK

    def _paired(self, which: int) -> int:
        """Return a paired lock; an unknown one if no lock is paired."""
        locks = list(self.truth.locks)
        return locks[which % len(locks)] if locks else UNKNOWN_LOCK

    def _given(self, fault: Fault | None, *, lock: int | None = None, **more: Any) -> dict[str, Any]:
        """Return what laws may rely on for the next call."""
        truth = self.truth
        return {
            "fault": None if fault is None else fault.kind,
            "times": None if fault is None else fault.times,
            "token": "wrong" if self.token != truth.token or not truth.api_enabled else None,
            "unknown": True if lock is not None and lock not in truth.locks else None,
            "lock": lock,
            **more,
        }

    def _another_leaves(self) -> None:
        """Let another client free its slot."""
        if any(_is_anothers(url) for _, url in self.truth.callbacks):
            self.stage.note(f"another client {MEANWHILE['leaves']}")
            self.stage.edit_state(_free_a_slot)

    def _meanwhile(self, what: str, url: str) -> None:
        """Let another client do one of `MEANWHILE`, if it can; "": nothing."""
        if what == "leaves":
            self._another_leaves()
        elif what and any(url == registered for _, registered in self.truth.callbacks):
            self.stage.note(f"another client {MEANWHILE[what].format(url=url)}")
            self.stage.edit_state(lambda state: _change_callbacks(state, what, url))

    @contextmanager
    def _showing(self, number: int) -> Iterator[None]:
        self.stage.note(f"later firmware: the state of the locks is {number}")
        self.stage.alter(lambda x: _with_state(x, number))
        try:
            yield
        finally:
            self.stage.clear()

    def _device_action(self, lock: int, action: str, **args: Any) -> None:
        """Do a device action on a lock, unless it is impossible now (the motor holds the knob)."""
        if lock != UNKNOWN_LOCK:
            self.stage.try_to(str(lock), action, **args)


def _register(state: dict[str, Any], slots: tuple[int, ...]) -> None:
    state["bridges"][0]["callbacks"] = [
        {"id": slot, "url": ALIKE if slot == 1 else f"{OTHER_URL}/{slot}"} for slot in slots
    ]


def _is_anothers(url: str) -> bool:
    return url == ALIKE or url.startswith(OTHER_URL)


def _change_callbacks(state: dict[str, Any], what: str, url: str) -> None:
    """Do one of `MEANWHILE`, other than `leaves`, if the URL is registered."""
    callbacks = state["bridges"][0]["callbacks"]
    own = next((one for one in callbacks if one["url"] == url), None)
    if own is None:
        return
    if what == "removes":
        callbacks.remove(own)
    elif what == "replaces":
        own["url"] = f"{OTHER_URL}/new"
    else:
        ids = {one["id"]: one for one in callbacks}
        other = (own["id"] + 1) % SLOTS
        if other in ids:
            ids[other]["id"] = own["id"]
        own["id"] = other
        callbacks.sort(key=lambda one: one["id"])


def _asked(fault: Fault | None, path: str) -> str:
    """Return the path that a fault affects. /info has no answer that says `success: false`."""
    return "" if fault is not None and fault.kind == "failure" else path


def _free_a_slot(state: dict[str, Any]) -> None:
    callbacks = state["bridges"][0]["callbacks"]
    others = [one for one in callbacks if _is_anothers(one["url"])]
    state["bridges"][0]["callbacks"] = [one for one in callbacks if one not in others[:1]]


def _with_state(x: Exchange, number: int) -> bytes | None:
    """Return the answer with this state in place of every state. A number that is not documented has the name "locked"."""
    document = x.json
    state = {"state": number, "stateName": NAMES.get(number, "locked")}
    if x.path == "/lockState" and isinstance(document, dict) and "state" in document:
        document |= state
    elif x.path == "/list" and isinstance(document, list):
        for entry in document:
            if entry.get("lastKnownState"):  # a lock that was paired just now was never read
                entry["lastKnownState"] |= state
    else:
        return None
    return json.dumps(document).encode()


def _listed(x: Exchange) -> list[dict[str, Any]] | None:
    """Return the items of a successful answer to /list; None for any other exchange."""
    document = x.json
    return document if x.path == "/list" and isinstance(document, list) else None


def _at_port(x: Exchange, port: int) -> bytes | None:
    """Return the list of discovered bridges in which those that publish their address have this port."""
    document = x.json
    if x.path != "/discover/bridges" or not isinstance(document, dict) or "bridges" not in document:
        return None
    document["bridges"] = [{**bridge, "port": port} if bridge["port"] else bridge for bridge in document["bridges"]]
    return json.dumps(document).encode()


def _with_names(x: Exchange, names: list[str], odd: int | None, oddity: dict[str, Any]) -> bytes | None:
    """Return the list with these names, and with an oddity of one lock."""
    locks = _listed(x)
    if locks is None:
        return None
    changed = [
        lock | {"name": name} | (oddity if lock["nukiId"] == odd else {})
        for lock, name in zip(locks, names, strict=False)
    ]
    return json.dumps([{key: value for key, value in lock.items() if value is not ...} for lock in changed]).encode()
