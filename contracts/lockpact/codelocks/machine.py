"""The state machine of the Codelocks pact: the client's calls, and what house, vendor and guests do in between."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import strategies as st

from lockpact.codelocks.port import CodelocksPort, Lock, Period, Stay
from lockpact.codelocks.truth import LockTruth, Truth, moment
from lockpact.core.traffic import Exchange
from lockpact.driving.faults import Absence, Fault, Storm, absences, faults, storms
from lockpact.driving.state_machine import PactMachine, initialize, needs, precondition, rule

__all__ = ["CodelocksMachine"]

INITIALISED = ("KL1060", "KL1060C2", "KL1550")
"""The models that a sequence is made for."""
WRONG_KEY = "0" * 40
LONDON, NEW_YORK, KOLKATA = "Europe/London", "America/New_York", "Asia/Kolkata"
"""Time zones of houses. The clocks change on different days, or never; Kolkata is half an hour off the full hours."""
FIRST_DAYS = tuple(
    datetime.fromisoformat(f"2026-{day}")
    for day in ("01-05", "01-07", "03-07", "03-28", "03-29", "07-01", "10-24", "10-31")
)
"""Days in winter, in summer, and around each change of the clocks."""
ARRIVALS_OF = {
    zone: [datetime.fromisoformat(f"2026-{day}") for day in days]
    for zone, days in (
        (LONDON, ("01-05", "03-28", "03-28", "03-29", "07-01", "10-24", "10-24", "03-29T01:00", "10-25T01:00")),
        (NEW_YORK, ("01-07", "03-07", "03-07", "07-01", "10-31", "10-31", "03-08T02:00", "11-01T01:00")),
        (KOLKATA, ("07-01",)),
    )
}
"""Zone → days of arrival: mostly the evening before the clocks change. With an hour: one that is skipped, or comes twice."""
ARRIVALS = tuple((zone, n) for zone, days in ARRIVALS_OF.items() for n in range(len(days)))
"""The house's zone, and which of its days. A K3Connect lock has a zone of its own."""
LENGTHS = (1, 2, 5, 12, 13, 17, 24, 31, 44, 68, 92, 7 * 24 + 20, 33 * 24)
"""Lengths of stays in hours: of one duration, and of several."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIMES = ("00:00", "08:00", "12:30", "17:59", "23:59")


REFUSALS = ("tertiary", "server_error", "limit_exceeded", "forbidden", "invalid_data", "missing_parameter")
STORMY = Fault("storm", None)
"""Stands for the faults of a storm in what is given to laws."""
FAULTS = faults((*REFUSALS, "tertiary", "reset before", "reset after", "slow", "cut"))


def _numbered_period(drawn: int) -> tuple[int, Period]:
    """Return a period and its number of one drawn integer, because drawing each field takes much longer."""
    rest, number = divmod(drawn, 10)
    rest, enabled = divmod(rest, 2)
    rest, first = divmod(rest, len(TIMES))
    days, second = divmod(rest, len(TIMES))
    starts, ends = sorted((TIMES[first], TIMES[second]))
    return number, Period(bool(enabled), starts, ends, frozenset(day for n, day in enumerate(DAYS) if days & 1 << n))


PERIODS = st.lists(st.integers(0, 10 * 2 * len(TIMES) ** 2 * 2 ** len(DAYS) - 1), max_size=4).map(
    lambda drawn: dict(map(_numbered_period, drawn))
)
ALWAYS = {0: Period(enabled=True, starts="00:00", ends="23:59", days=frozenset(DAYS))}
KITLOCKS = 5
LOCKS = KITLOCKS + 2
ALIKE = (1, 0, 4, 4, 3, 6, 5)
"""Lock → one that has its timecode or its identifier, or is of its kind (`_initialise_all`)."""
WHICH = st.integers(0, LOCKS - 1)
"""Which lock: five KitLocks, two K3Connect locks."""
WHICH_KITLOCK = st.integers(0, KITLOCKS - 1)
WHICH_K3 = st.integers(0, 1)
PLUS = "guest+annexe@example.com"
"""The e-mail of a person who registers when the example begins. A form must encode the plus."""
K3_CALLS = (
    "list_locks",
    "audit",
    "show",
    "periods",
    "set_periods",
    "suspend",
    "admitted",
    "battery_low",
    "entered",
    "invite",
    "remove",
)
"""The calls that need the access key."""
WHO = st.integers(0, 4)
"""Which of the registered persons."""
CROWD = tuple(
    email
    for n in range(22)
    for email in (
        f"joann{n}@example.com",
        f"ann{n}@example.com",
        f"ann{n}@example.net" if n % 2 else f"ann{n}+annexe@example.com",
    )
)
"""The e-mails of a crowd of clients: more than a page, and many alike."""
NOT_ADMITTED = ("INVITED", "SUSPENDED", "USED")
OTHERS_NAME = "the other lock's name"
ODD_LOCKS: tuple[dict[str, Any], ...] = (
    {"LockName": None, "BatteryStatus": None, "Timezone": None},
    {"ModelName": "CL9999", "BatteryStatus": "PARTIAL", "FirmwareVersion": ""},
    {"LockId": "06050408434e47533039303138303136"},
    {"LockName": OTHERS_NAME, "ModelName": "CL5510", "Timezone": LONDON},
)
"""What one lock of the list may have in place of the usual values."""


class CodelocksMachine(PactMachine[CodelocksPort]):
    """One client (a new one after each restart) of the account in the default world."""

    api_key = ""
    known: Truth
    """The truth at the beginning: locks and the API key stay as they are."""
    access = "present"
    """Whether the client has the account's `present` access key, or an `old` one."""

    # ---- the client

    @initialize(
        knows=st.sampled_from(("keys",) * 7 + ("wrong key",)),
        used=st.sampled_from((0, 0, 0, 610)),
        interleaving=st.integers(0, 3),
        at_both=st.booleans(),
    )
    def begin(self, knows: str, used: int, interleaving: int, at_both: bool) -> None:
        """Make a client with the account's keys, or with a wrong API key. The quota may be nearly used up.

        The clients of each K3Connect lock may be clients of the other one, too.
        """
        self.shown: list[Stay] = []
        if at_both:
            self.stage.note("the clients of each K3Connect lock are clients of the other one, too")
        if used:
            self.stage.note(f"{used} of the month's NetCode calls are used")
        month = f"{moment(self.stage.now()):%Y-%m}"

        def changed(state: dict[str, Any]) -> None:
            _initialise_all(state)
            if at_both:
                _invite_to_both(state)
            if used:
                state["usage"].update(month=month, netcode=used)

        self.stage.edit_state(changed)
        self.known = self.truth
        self.stage.interleave(interleaving)
        self.stage.act(None, "register", email=PLUS)
        self.api_key = WRONG_KEY if knows == "wrong key" else self.truth.api_key
        self._make()

    def _make(self, fault: Fault | None = None) -> Any:
        self.access = "present"
        return self.make({"api_key": self.api_key, "access_key": self.truth.access_key}, self._given(fault))

    @property
    def truth(self) -> Truth:
        """The truth now."""
        truth: Truth = self.stage.truth()
        return truth

    @property
    def welcome(self) -> bool:
        """Whether the client has the right keys."""
        return self.api_key == self.known.api_key and self.access == "present"

    # ---- guests

    @needs("show")
    @rule(
        which=st.sampled_from((0, 1, 2, 3, 4, 5, 5, 6, 6)),
        arrival=st.sampled_from(ARRIVALS),
        hour=st.sampled_from((6, 10, 15, 22)),
        minutes=st.sampled_from((0, 0, 10, 30, 55)),
        lasts=st.sampled_from(LENGTHS),
        fault=st.none() | st.none() | FAULTS,
        nth=st.sampled_from((1, 1, 2, 3)),
    )
    def show(
        self,
        which: int,
        arrival: tuple[str, int],
        hour: int,
        minutes: int,
        lasts: int,
        fault: Fault | None,
        nth: int,
    ) -> None:
        """Show the codes of a booking, at any lock and in any season.

        A fault begins with the first, second or third request. If the client reports it, the booking is shown again.
        """
        zone = self._known_lock(which, arrival[0]).zone
        day = ARRIVALS_OF[zone][arrival[1] % len(ARRIVALS_OF[zone])]
        at = timedelta(hours=0 if day.hour else hour, minutes=minutes)
        stay = self._stay(which, zone, day + at, lasts)
        if self._show(stay, fault, nth).error is not None and fault is not None:
            self._show(stay)

    @needs("show")
    @precondition(lambda self: bool(self.shown))
    @rule(
        which=st.integers(0, 5),
        hows=st.lists(
            st.sampled_from(
                ("again", "later", "after a restart", "for another booking", "changed", "earlier", "moved")
            ),
            min_size=1,
            max_size=3,
            unique=True,
        ),
        fault=st.none() | FAULTS,
    )
    def show_again(self, which: int, hows: list[str], fault: Fault | None) -> None:
        """Show a booking again, once or more; its times or its lock may have changed."""
        stay = self.shown[which % len(self.shown)]
        for how in hows:
            stay = self._changed(stay, how)
            self._show(stay, fault)

    def _changed(self, stay: Stay, how: str) -> Stay:
        """Change what the guest house may change in a booking, or what happens before it is shown again."""
        if how == "later":
            self.stage.pass_time(26 * 3600 + 600)
        if how == "after a restart":
            self.stage.note("the client is started again")
            self._make()
        if how == "for another booking":
            return replace(stay, booking=f"{stay.booking}+")
        if how == "changed":
            return replace(stay, departure=stay.departure + timedelta(hours=26))
        if how == "earlier":
            return replace(stay, arrival=stay.arrival - timedelta(hours=1))
        if how == "moved":
            return replace(stay, lock=self._known_lock(ALIKE[self._index(stay.lock)], stay.lock.zone))
        return stay

    @needs("show")
    @rule(which=WHICH, day=st.sampled_from(FIRST_DAYS), bookings=st.integers(1, 3))
    def quota_runs_out(self, which: int, day: datetime, bookings: int) -> None:
        """Show bookings when only two calls of the month are left."""
        self.stage.act(None, "plan", plan="Business 1")
        self.stage.note("98 of the month's 100 NetCode calls are used")
        month = f"{moment(self.stage.now()):%Y-%m}"
        self.stage.edit_state(lambda state: state["usage"].update(month=month, netcode=98, more_netcode=0))
        for n in range(bookings):
            self._show(self._stay(which, LONDON, day + timedelta(hours=10 + n), 31))
        self.stage.act(None, "plan", plan="Enterprise 2")

    @needs("cancel", "show")
    @rule(
        which=WHICH,
        zone=st.sampled_from((LONDON, NEW_YORK, NEW_YORK, KOLKATA)),
        ends=st.sampled_from((-600, -70, -10, 0, 10, 100, 250, 700)),
        lasts=st.sampled_from(LENGTHS),
        restarted=st.sampled_from((False, False, True)),
    )
    def cancel(self, which: int, zone: str, ends: int, lasts: int, restarted: bool) -> None:
        """Cancel a booking that ends so many minutes from now, perhaps when the client was started again.

        By the clock of UTC, many of these ends are past already, or still to come.
        """
        lock = self._known_lock(which, zone)
        wall = moment(self.stage.now()).astimezone(ZoneInfo(lock.zone)).replace(tzinfo=None, second=0, microsecond=0)
        departure = wall + timedelta(minutes=ends)
        if _clocks_change_on(departure):
            departure = departure.replace(hour=4)
        stay = Stay(f"{lock.id[-4:]}-{departure:%m%d%H%M}-{lasts}", lock, departure - timedelta(hours=lasts), departure)
        self._show(stay)
        if restarted:
            self.stage.note("the client is started again")
            self._make()
        self.do("cancel", stay=stay, given=self._given(None))
        for other in self.shown[:1]:
            self._show(other)

    # ---- KitLocks

    @needs("initialise")
    @rule(
        model=st.sampled_from(INITIALISED),
        wait=st.sampled_from((0, 300, 90_000)),
        fault=st.none() | FAULTS,
    )
    def initialise(self, model: str, wait: int, fault: Fault | None) -> None:
        """Initialise a lock, and later perhaps another one."""
        self.do("initialise", model=model, given=self._given(None))
        if wait:
            self.stage.pass_time(wait)
        with self.faulty(fault, "/u/1/init"):
            self.do("initialise", model=model, given=self._given(fault))

    @needs("initialise_with")
    @rule(
        model=st.sampled_from(INITIALISED),
        master=st.sampled_from(("04071986", "61520938", "04071986")),
        wait=st.sampled_from((0, 300)),
        fault=st.none() | FAULTS,
    )
    def initialise_with(self, model: str, master: str, wait: int, fault: Fault | None) -> None:
        """Initialise a lock whose master code is not the factory's, and perhaps once more some minutes later."""
        with self.faulty(fault, "/u/1/init"):
            self.do("initialise_with", model=model, master=master, given=self._given(fault))
        if wait:
            self.stage.pass_time(wait)
            self.do("initialise_with", model=model, master=master, given=self._given(None))

    @needs("show", "batteries_replaced", "clock_set")
    @rule(
        which=WHICH_KITLOCK,
        day=st.sampled_from(FIRST_DAYS),
        known=st.booleans(),
        hours=st.integers(1, 3),
        wait=st.sampled_from((0, 0, 90_000)),
        another=st.sampled_from((None, "has a clock", "has none", "is initialised")),
        twice=st.booleans(),
    )
    def batteries(
        self, which: int, day: datetime, known: bool, hours: int, wait: int, another: str | None, twice: bool
    ) -> None:
        """Replace batteries, perhaps twice; show codes before and after the clock is set, and those of another lock."""
        lock = self._locks()[which]
        stay = self._stay(which, LONDON, day + timedelta(hours=9), hours)
        if known:
            self._show(stay)
        self.stage.act(lock.id, "replace_batteries")
        for _ in range(1 + twice):
            self.do("batteries_replaced", lock=stay.lock, given=self._given(None))
        if wait:
            self.stage.pass_time(wait)
        self._show(stay)
        next_one = ALIKE[which]
        other, device = self._stay(next_one, LONDON, stay.arrival, hours), self._locks()[next_one].id
        if another == "is initialised":
            model = stay.lock.model if stay.lock.model in INITIALISED else "KL1060"
            self.do("initialise", model=model, given=self._given(None))
            if self.has("initialise_with"):
                self.do("initialise_with", model=model, master="61520938", given=self._given(None))
            self._show(stay)
        if another == "has none":
            self.stage.act(device, "replace_batteries")
            self.do("batteries_replaced", lock=other.lock, given=self._given(None))
        self.stage.act(lock.id, "set_clock")
        if another == "has a clock":
            self._show(other)
        self.do("clock_set", lock=stay.lock, given=self._given(None))
        self._show(stay)
        if another == "has none":
            self._show(other)
            self.stage.act(device, "set_clock")
            self.do("clock_set", lock=other.lock, given=self._given(None))
        if twice:
            self.stage.act(lock.id, "replace_batteries")
            self.do("batteries_replaced", lock=stay.lock, given=self._given(None))
            self._show(stay)
            self.stage.act(lock.id, "set_clock")
            self.do("clock_set", lock=stay.lock, given=self._given(None))

    # ---- the account

    @needs("list_locks")
    @rule(
        fault=st.none() | FAULTS,
        odd=st.none() | st.tuples(WHICH_K3, st.sampled_from((*ODD_LOCKS, ODD_LOCKS[-1]))),
        removed=st.none() | st.none() | WHICH_K3,
    )
    def list_locks(self, fault: Fault | None, odd: tuple[int, dict[str, Any]] | None, removed: int | None) -> None:
        """List the locks, perhaps with a fault, or with an odd lock; and again when the owner has removed one."""
        if odd is not None:
            self.stage.note(f"lock {odd[0]} of the list has {odd[1]}")
            self.stage.alter(lambda x: _with_an_odd_lock(x, *odd))
        with self.faulty(fault, "/u/*"):
            self.do("list_locks", given=self._given(fault))
        if removed is not None:
            before = msgspec.to_builtins(self.stage.handles.state, str_keys=True)
            self.stage.note(f"the owner removes lock {self._k3lock(removed)} from the account")
            self.stage.edit_state(lambda state: state["k3locks"].pop(removed))
            self.do("list_locks", given=self._given(None))
            self.stage.note("the owner pairs it again")
            self.stage.edit_state(lambda state: state.update(k3locks=before["k3locks"]))
            self.do("list_locks", given=self._given(None))

    @needs("battery_low")
    @rule(
        lock=WHICH_K3,
        level=st.sampled_from((0.1, 0.5)),
        contact=st.booleans(),
        then=st.sampled_from((None, "replaced", "drained", "drained, then sync")),
        fault=st.none() | st.none() | FAULTS,
    )
    def battery_low(self, lock: int, level: float, contact: bool, then: str | None, fault: Fault | None) -> None:
        """Ask whether the batteries are low, before the lock has reported it, and after; and again after a change."""
        lock_id = self._k3lock(lock)
        self.stage.act(lock_id, "battery", level=level)
        if contact:
            self.stage.act(lock_id, "sync")
        with self.faulty(fault, "/u/*"):
            self.do("battery_low", lock=lock_id, given=self._given(fault))
        if then is not None:
            if then == "replaced":
                self.stage.act(lock_id, "replace_batteries")
            else:
                self.stage.act(lock_id, "battery", level=0.1)
            if then != "drained":
                self.stage.act(lock_id, "sync")
            self.do("battery_low", lock=lock_id, given=self._given(None))

    @needs("use_access_key", *K3_CALLS)
    @rule(
        lock=WHICH_K3,
        then=st.lists(
            st.sampled_from(K3_CALLS),
            min_size=1,
            max_size=3,
        ),
        away=st.booleans(),
    )
    def another_access_key(self, lock: int, then: list[str], away: bool) -> None:
        """Change the access key, call with the old one, then give the client the new one, perhaps while the API is away."""
        self.stage.act(None, "access_key")
        self.access = "old"
        for call in then:
            self._call(call, self._k3lock(lock))
        key = self.truth.access_key
        self.stage.add_secrets([key])
        fault = Fault("tertiary", None) if away else None
        with self.faulty(fault, "/*"):
            self.do("use_access_key", key=key, given=self._given(fault))
        self.access = "present"
        self._call(then[0], self._k3lock(lock))

    def _call(self, call: str, lock: str, fault: Fault | None = None) -> None:
        email = next(iter(self.truth.k3[lock].clients), None)
        if call == "show":
            which = KITLOCKS + list(self.truth.k3).index(lock)
            stay = self._stay(which, LONDON, FIRST_DAYS[0] + timedelta(hours=len(self.shown) % 20), 1)
            if fault is None:
                self._show(stay)
            else:
                self.do("show", stay=stay, given=self._given(fault))
        elif call == "list_locks":
            self.do(call, given=self._given(fault))
        elif call in ("audit", "battery_low"):
            self.do(call, lock=lock, given=self._given(fault))
        elif call == "entered":
            self.do(call, lock=lock, since=moment(self.stage.now()), given=self._given(fault))
        elif email is not None:
            extra: dict[str, dict[str, Any]] = {
                "invite": {"periods": ALWAYS},
                "set_periods": {"periods": ALWAYS},
                "suspend": {"on": True},
            }
            self.do(call, lock=lock, email=email, **extra.get(call, {}), given=self._given(fault))

    @needs("list_locks", "audit", "admitted", "periods", "show", "battery_low", "entered")
    @rule(
        lock=WHICH_K3,
        call=st.sampled_from(("list_locks", "audit", "admitted", "periods", "show", "battery_low", "entered")),
        wrong=st.sampled_from(("empty", "missing_parameter")),
    )
    def one_wrong_answer(self, lock: int, call: str, wrong: str) -> None:
        """Let the API answer one call wrongly, with 404, an empty list or no code, and the next one rightly."""
        lock_id, fault = self._k3lock(lock), Fault(wrong, 1)
        if call == "audit":
            self.stage.edit_state(lambda state: _fill(state, lock_id, 3, 0))
        if wrong == "empty":
            self.stage.note("the API answers an empty list, or no code, though there is something")
            self.stage.alter(_emptied)
        else:
            self.stage.inject_fault(fault.effect(), path="/*", times=1)
        self._call(call, lock_id, fault)
        self.stage.clear()
        self._call(call, lock_id)

    # ---- phones

    @needs("invite", "admitted")
    @rule(
        lock=WHICH_K3,
        who=st.sampled_from((0, 1, 2, 3, 4, 4)),
        answers=st.sampled_from(("not yet", "accept", "accept", "decline")),
        periods=PERIODS,
        looked_up=st.booleans(),
        fault=st.none() | st.none() | FAULTS,
    )
    def invite(
        self, lock: int, who: int, answers: str, periods: Mapping[int, Period], looked_up: bool, fault: Fault | None
    ) -> None:
        """Invite a person, who may accept or decline. The client may have looked the person up before."""
        lock_id, email = self._k3lock(lock), self._person(who)
        if looked_up:
            self._admitted(lock_id, email)
        with self.faulty(fault, "*/client"):
            self.do("invite", lock=lock_id, email=email, periods=periods, given=self._given(fault))
        self._admitted(lock_id, email)
        if answers != "not yet":
            self.stage.try_to(email, answers, lock=lock_id)
            self._admitted(lock_id, email)

    @needs("admitted", "periods")
    @rule(
        lock=WHICH_K3,
        who=WHO,
        capitals=st.booleans(),
        change=st.sampled_from((None, "SUSPENDED", "ACTIVE", "removed", "periods")),
        fault=st.none() | FAULTS,
    )
    def admitted(self, lock: int, who: int, capitals: bool, change: str | None, fault: Fault | None) -> None:
        """Look a person up, perhaps by an e-mail in other letters; and again when the account's owner has changed something."""
        lock_id, email = self._k3lock(lock), self._person(who)
        asked = email.upper() if capitals else email
        self._admitted(lock_id, asked, fault)
        if change is None or self.truth.k3[lock_id].client(email) is None:
            return
        if fault is not None and change != "periods":
            self._admitted(lock_id, asked)
        person: dict[str, Any] = {"lock": lock_id, "email": email}
        if change == "periods":
            self.do("periods", **person, given=self._given(None))
        self._change_elsewhere(lock_id, email, change)
        if change == "periods":
            self.do("periods", **person, given=self._given(None))
        else:
            self._admitted(lock_id, asked)

    def _change_elsewhere(self, lock: str, email: str, change: str) -> None:
        """Change a client in the app of the account's owner: its status or its periods, or remove it."""
        self.stage.note(f"the owner changes {email} at lock {lock}: {change}")

        def in_the_app(state: dict[str, Any]) -> None:
            (its,) = (one for one in state["k3locks"] if one["id"] == lock)
            (client,) = (one for one in its["clients"] if one["email"] == email)
            if change == "removed":
                its["clients"].remove(client)
            elif change == "periods":
                client["periods"] = [{}, {"enabled": True, "starts": "12:30", "ends": "17:59", "sun": True}] + [{}] * 8
            else:
                client["status"] = change

        self.stage.edit_state(in_the_app)

    @needs("admitted", "set_periods", "periods", "suspend", "remove")
    @rule(
        lock=WHICH_K3,
        who=st.integers(0, len(CROWD) - 1) | st.integers(len(CROWD) - 6, len(CROWD) - 1),
        then=st.sampled_from((None, "periods", "set_periods", "suspend", "remove")),
        fault=st.none() | st.none() | FAULTS,
        nth=st.integers(1, 2),
    )
    def crowd(self, lock: int, who: int, then: str | None, fault: Fault | None, nth: int) -> None:
        """Look up one of many clients, some of whom are almost called so, and perhaps read or change this client.

        A fault begins with the first or the second page.
        """
        lock_id = self._k3lock(lock)
        self.stage.note(f"lock {lock_id} has {len(CROWD)} clients, every sixth e-mail left out")
        before = msgspec.to_builtins(self.stage.handles.state, str_keys=True)["k3locks"]
        self.stage.edit_state(lambda state: _crowd(state, lock_id))
        self._admitted(lock_id, CROWD[who], fault, nth)
        person: dict[str, Any] = {"lock": lock_id, "email": CROWD[who]}
        if then is not None:
            more: dict[str, dict[str, Any]] = {"set_periods": {"periods": ALWAYS}, "suspend": {"on": True}}
            self.do(then, **person, **more.get(then, {}), given=self._given(None))
        self.stage.edit_state(lambda state: state.update(k3locks=before))

    @needs("suspend", "admitted")
    @rule(
        lock=WHICH_K3,
        who=st.integers(0, 1),
        on=st.lists(st.booleans(), min_size=1, max_size=2),
        elsewhere=st.booleans(),
        fault=st.none() | st.none() | FAULTS,
    )
    def suspend(self, lock: int, who: int, on: list[bool], elsewhere: bool, fault: Fault | None) -> None:
        """Suspend and restore a client, then look the person up. Somebody else may have undone it in the meantime."""
        lock_id = self._k3lock(lock)
        clients = list(self.truth.k3[lock_id].clients)
        if not clients:
            return
        email = clients[who % len(clients)]
        with self.faulty(fault, "*/client"):
            for one in on:
                self.do("suspend", lock=lock_id, email=email, on=one, given=self._given(fault))
        if elsewhere:
            if (client := self.truth.k3[lock_id].client(email)) and client.status in ("ACTIVE", "SUSPENDED"):
                self._change_elsewhere(lock_id, email, "ACTIVE" if on[-1] else "SUSPENDED")
            self.do("suspend", lock=lock_id, email=email, on=on[-1], given=self._given(None))
        self._admitted_at_both(lock_id, email)

    @needs("remove", "admitted")
    @rule(lock=WHICH_K3, who=WHO, fault=st.none() | st.none() | FAULTS)
    def remove(self, lock: int, who: int, fault: Fault | None) -> None:
        """Delete a person who may be a client, then look the person up."""
        lock_id, email = self._k3lock(lock), self._person(who)
        with self.faulty(fault, "*/client"):
            self.do("remove", lock=lock_id, email=email, given=self._given(fault))
        self._admitted_at_both(lock_id, email)

    def _admitted(self, lock: str, email: str, fault: Fault | None = None, nth: int = 1) -> None:
        with self.faulty(fault, "/u/*", nth=nth):
            self.do("admitted", lock=lock, email=email, given=self._given(fault))

    def _admitted_at_both(self, lock: str, email: str) -> None:
        """Look a person up at this lock, and at the other one if the person is its client, too."""
        self._admitted(lock, email)
        if self.truth.k3[self._other(lock)].client(email) is not None:
            self._admitted(self._other(lock), email)

    def _other(self, lock: str) -> str:
        """Return the id of the other K3Connect lock."""
        return next(k3_id for k3_id in self.known.k3 if k3_id != lock)

    @needs("set_periods", "periods")
    @rule(
        lock=WHICH_K3,
        periods=PERIODS,
        then=st.sampled_from(("back", "at the other lock", "elsewhere")),
        fault=st.none() | st.none() | FAULTS,
    )
    def set_periods(self, lock: int, periods: Mapping[int, Period], then: str, fault: Fault | None) -> None:
        """Set periods, and write back what was read, or read those at the other lock, or those that the owner has set since."""
        lock_id = self._k3lock(lock)
        clients = list(self.truth.k3[lock_id].clients)
        if not clients:
            return
        person: dict[str, Any] = {"lock": lock_id, "email": clients[0]}
        with self.faulty(fault, "/u/*"):
            self.do("set_periods", **person, periods=periods, given=self._given(fault))
        if then == "elsewhere":
            self._change_elsewhere(lock_id, clients[0], "periods")
        reads = fault if then == "back" else None
        with self.faulty(reads, "/u/*"):
            step = self.do("periods", **person, given=self._given(reads))
        if then == "back" and step.error is None:
            self.do("set_periods", **person, periods=step.result, given=self._given(None))
        if then == "at the other lock" and self.truth.k3[self._other(lock_id)].client(clients[0]) is not None:
            self.do("periods", lock=self._other(lock_id), email=clients[0], given=self._given(None))

    # ---- audits

    @needs("audit")
    @rule(
        lock=WHICH_K3,
        entries=st.sampled_from((0, 1, 49, 50, 51, 100, 101)),
        unreported=st.integers(0, 2),
        arrival=st.sampled_from((None, 1.5, 4.5)),
        again=st.booleans(),
        fault=st.none() | st.none() | FAULTS,
        nth=st.integers(1, 2),
    )
    def audit(
        self,
        lock: int,
        entries: int,
        unreported: int,
        arrival: float | None,
        again: bool,
        fault: Fault | None,
        nth: int,
    ) -> None:
        """Read an audit; its last entries may be unreported, and a new one may arrive while the client reads.

        A fault begins with the first or the second page.
        """
        lock_id = self._k3lock(lock)
        self.stage.note(f"lock {lock_id} has {entries} events, {min(entries, unreported)} of them unreported")
        self.stage.edit_state(lambda state: _fill(state, lock_id, entries, unreported))
        if arrival is not None and fault is None:
            self.stage.act(lock_id, "gateway", on=True)
            self.stage.inject_fault({"kind": "delay", "seconds": 2}, path="*/audit", times=None)
            self.stage.schedule(arrival, lock_id, "unlock_by_phone", phone=self._person(0))
        if fault is not None:
            self.stage.inject_fault(fault.effect(), path="*/audit", times=fault.times, nth=nth)
        self.do("audit", lock=lock_id, given=self._given(fault))
        self.stage.clear()
        if again:
            self.do("audit", lock=lock_id, given=self._given(None))
        if arrival is not None:
            self.stage.act(lock_id, "gateway", on=False)

    @needs("entered", "show")
    @rule(
        lock=WHICH_K3,
        how=st.sampled_from(
            (
                "nobody",
                "code",
                "phone",
                "phone at the last minute",
                "code, then sync",
                "code, then refused",
                "long ago",
                "refused",
                "refused phone",
            )
        ),
        asked=st.sampled_from((None, "this lock", "the other lock")),
        ago=st.sampled_from((90, 7200)),
        zone=st.sampled_from(("UTC", LONDON, NEW_YORK, KOLKATA)),
        wait=st.sampled_from((0, 60, 3600)),
        entries=st.sampled_from((0, 0, 60)),
        fault=st.none() | st.none() | st.none() | FAULTS,
        nth=st.integers(1, 3),
    )
    def entered(
        self,
        lock: int,
        how: str,
        asked: str | None,
        ago: int,
        zone: str,
        wait: int,
        entries: int,
        fault: Fault | None,
        nth: int,
    ) -> None:
        """Ask whether a person entered, before it and since then; the opening may be unreported, or earlier than asked for.

        A fault begins with the first, second or third request.
        """
        lock_id = self._k3lock(lock)
        self.stage.edit_state(lambda state: _fill(state, lock_id, entries, 0))
        phone = self._person(0 if lock == 0 else 2)
        if how == "phone at the last minute":
            self._wait_for_the_last_minute(lock_id, phone)
        since = moment(self.stage.now()).astimezone(ZoneInfo(zone))
        if asked is not None:
            first = lock_id if asked == "this lock" else self._other(lock_id)
            self.do("entered", lock=first, since=since, given=self._given(None))
        if how.startswith("refused"):
            if how == "refused":
                self.stage.act(lock_id, "enter_netcode", code="000000")
            else:
                self.stage.act(lock_id, "unlock_by_phone", phone=PLUS)
            self.stage.act(lock_id, "sync")
        if how.startswith("code"):
            times = _two_hours_from(moment(self.stage.now()), self._locks()[KITLOCKS + lock].zone)
            step = self._show(Stay(f"E{len(self.shown)}", self._known_lock(KITLOCKS + lock), *times))
            for code in step.result if step.error is None else ():
                self.stage.act(lock_id, "enter_netcode", code=str(code.digits))
            if how == "code, then refused":
                self.stage.act(lock_id, "enter_netcode", code="000000")
            if how != "code":
                self.stage.act(lock_id, "sync")
        elif how.startswith("phone") or how == "long ago":
            self.stage.act(lock_id, "unlock_by_phone", phone=phone)
        if how == "long ago":
            self.stage.pass_time(ago)
            since = moment(self.stage.now()).astimezone(ZoneInfo(zone))
        if wait:
            self.stage.pass_time(wait)
        with self.faulty(fault, "/u/*", nth=nth):
            self.do("entered", lock=lock_id, since=since, given=self._given(fault))
        if how.startswith(("code", "phone")):
            self.stage.pass_time(5)
            since = moment(self.stage.now()).astimezone(ZoneInfo(zone))
            self.do("entered", lock=lock_id, since=since, given=self._given(None))

    def _wait_for_the_last_minute(self, lock: str, email: str) -> None:
        """Let time pass until the last minute of one of a client's active periods, by the lock's clock."""
        client, now = self.truth.k3[lock].client(email), moment(self.stage.now())
        period = next((one for one in client.periods if one.enabled and one.days), None) if client else None
        if period is None:
            return
        here = now.astimezone(ZoneInfo(self._locks()[KITLOCKS + list(self.known.k3).index(lock)].zone))
        hour, minute = map(int, period.ends.split(":"))
        ends = (here + timedelta(days=n) for n in range(8))
        at = next(
            end
            for end in (day.replace(hour=hour, minute=minute, second=30, microsecond=0) for day in ends)
            if end > here and DAYS[end.weekday()] in period.days
        )
        self.stage.pass_time((at - now).total_seconds())

    # ---- storms and absences

    @needs("list_locks")
    @precondition(lambda self: self.welcome)
    @rule(absence=absences(("reset before", "slow", "tertiary")))
    def away(self, absence: Absence) -> None:
        """Let the API be away for a minute or a night, while the client tries; then it is back."""
        given = self._given(absence.fault) | {"away": True}

        def lives() -> None:
            self.do("list_locks", given=given)

        self.absence(absence, lambda: self._make(absence.fault), lives)
        self.do("list_locks", given=self._given(None) | {"back": True})

    @needs("admitted", "periods", "set_periods", "suspend")
    @precondition(lambda self: self.welcome)
    @rule(
        storm=storms(("tertiary", "reset before", "reset after", "cut", "slow")),
        lock=WHICH_K3,
        change=st.sampled_from(("set_periods", "suspend", "restore")),
        periods=PERIODS,
    )
    def storm(self, storm: Storm, lock: int, change: str, periods: Mapping[int, Period]) -> None:
        """Change a client in a storm of faults. In the calm, ask for what is so."""
        lock_id = self._k3lock(lock)
        clients = list(self.truth.k3[lock_id].clients)
        if not clients:
            return
        person: dict[str, Any] = {"lock": lock_id, "email": clients[0]}
        given = self._given(STORMY)

        def changes() -> None:
            if change == "set_periods":
                self.do("set_periods", **person, periods=periods, given=given)
            else:
                self.do("suspend", **person, on=change == "suspend", given=given)

        self.endure(storm, changes, lambda: None)
        asked = "periods" if change == "set_periods" else "admitted"
        self.do(asked, **person, given=self._given(None) | {"calm": 5})

    @rule(seconds=st.sampled_from((1, 60, 3600, 100_000)))
    def time_passes(self, seconds: int) -> None:
        """Let time pass for the client's own threads and tasks."""
        self.stage.pass_time(seconds)

    def settle(self) -> None:
        """Remove the faults, and show two bookings once more."""
        self.stage.clear()
        for stay in self.shown[:2]:
            self._show(stay)

    # ---- helpers

    def _show(self, stay: Stay, fault: Fault | None = None, nth: int = 1) -> Any:
        with self.faulty(fault, "/n/*", nth=nth):
            step = self.do("show", stay=stay, given=self._given(fault))
        if step.error is None and stay not in self.shown:
            self.shown.append(stay)
        return step

    def _locks(self) -> list[LockTruth]:
        """Return the KitLocks, then the K3Connect locks."""
        locks = list(self.known.locks.values())
        return [lock for lock in locks if lock.timecode] + [lock for lock in locks if not lock.timecode]

    def _known_lock(self, which: int, zone: str = LONDON) -> Lock:
        """Return a lock as the client knows it."""
        lock = self._locks()[which]
        if lock.timecode:
            return Lock(lock.model, lock.timecode, lock.identifier, zone)
        return Lock(lock.model, lock.id, "", lock.zone)

    def _stay(self, which: int, zone: str, arrival: datetime, lasts: int) -> Stay:
        """Return a stay. Nobody leaves in the hours in which the clocks change: local times are ambiguous then."""
        departure = arrival + timedelta(hours=lasts)
        if departure.hour < 4:
            departure = departure.replace(hour=4)
        lock = self._known_lock(which, zone)
        return Stay(f"{lock.id[-4:]}-{arrival:%m%d%H}-{lasts}", lock, arrival, departure)

    def _index(self, lock: Lock) -> int:
        """Return the number of a lock that the client knows."""
        return next(n for n in range(LOCKS) if self._known_lock(n, lock.zone) == lock)

    def _k3lock(self, which: int) -> str:
        return list(self.known.k3)[which]

    def _person(self, who: int) -> str:
        """Return the e-mail of one of the registered persons."""
        people = [device.id for device in self.stage.handles.hardware.devices() if device.kind == "phone"]
        return str(people[who])

    def _given(self, fault: Fault | None) -> dict[str, Any]:
        """Return what a law may rely on for the next call."""
        return {
            "fault": None if fault is None else fault.kind,
            "times": None if fault is None else fault.times,
            "key": "wrong" if self.api_key != self.known.api_key else None,
            "access": "old" if self.access == "old" else None,
        }


def _fill(state: dict[str, Any], id: str, entries: int, unreported: int) -> None:
    """Give a lock so many events, the last of them unreported."""
    (lock,) = [lock for lock in state["k3locks"] if lock["id"] == id]
    lock["dropped"] += len(lock["events"])
    texts = ("Keypad", "Keypad", "Clavier de l'entrée")
    lock["events"] = [
        {"at": n * 60_000_000, "type": "NETCODE_REFUSED", "text": texts[n % len(texts)]} for n in range(entries)
    ]
    lock["reported"], lock["gateway"] = max(0, entries - unreported), False


def _initialise_all(state: dict[str, Any]) -> None:
    """Initialise the KitLocks that are as they left the factory, so that each model is there, and add the first one's twin.

    The twin is of the same model and was initialised in the same minute. Only its identifier is another. What is initialised
    here has the timecode of one lock and the identifier of another, which are of other models.
    """
    for lock in state["kitlocks"]:
        if lock.get("timecode") is None:
            lock.update(timecode="202506181402", identifier="014207", clock_set=True)
    state["kitlocks"].insert(
        1, {**state["kitlocks"][0], "id": "kit-side-gate", "name": "Side gate", "identifier": "407252"}
    )


def _invite_to_both(state: dict[str, Any]) -> None:
    """Make the clients of each K3Connect lock clients of the other one, in other periods. All of them have accepted there."""
    periods = [{"enabled": True, "starts": "12:30", "ends": "17:59", "sat": True, "sun": True}] + [{}] * 9
    clients = [lock["clients"] for lock in state["k3locks"]]
    for lock, others in zip(state["k3locks"], reversed(clients), strict=True):
        lock["clients"] = [
            *lock["clients"],
            *({"email": c["email"], "status": "ACTIVE", "access": "STANDARD", "periods": periods} for c in others),
        ]


def _emptied(x: Exchange) -> bytes | None:
    """Return the body of an answer that lists something, without what it lists."""
    if x.status != 200 or x.method != "GET":
        return None
    if isinstance(x.json, list):
        return b"[]"
    if isinstance(x.json, dict) and "ActualNetcode" in x.json:
        return b'{"message": "Generate netcode failed with ERROR status"}'
    return b'{"count": 0, "clients": []}' if isinstance(x.json, dict) and "clients" in x.json else None


def _crowd(state: dict[str, Any], id: str) -> None:
    """Give a lock many clients of every status. Every sixth e-mail is nobody's."""
    (lock,) = [lock for lock in state["k3locks"] if lock["id"] == id]
    lock["clients"] = [
        {
            "email": email,
            "status": status,
            "access": "ONE_TIME" if status == "USED" else "STANDARD",
            "periods": [{"enabled": True, "starts": "08:00", "ends": "17:59"}] + [{}] * 9,
        }
        for n, email in enumerate(CROWD)
        if n % 6
        for status in [_crowd_status(*divmod(n, 3))]
    ]


def _crowd_status(group: int, member: int) -> str:
    """Return the status of one of three clients who are almost called the same. The second one's differs from the others'."""
    return "ACTIVE" if (member == 1) == (group % 4 < 2) else NOT_ADMITTED[group % 3]


def _with_an_odd_lock(x: Exchange, which: int, values: Mapping[str, Any]) -> bytes | None:
    """Return the body of a list of locks in which one lock has these values."""
    if x.path != "/u/1/k3connect" or x.status != 200 or not isinstance(x.json, list):
        return None
    if values.get("LockName") == OTHERS_NAME:
        values = {**values, "LockName": next((lock["LockName"] for n, lock in enumerate(x.json) if n != which), None)}
    return json.dumps([{**lock, **values} if n == which else lock for n, lock in enumerate(x.json)]).encode()


def _clocks_change_on(wall: datetime) -> bool:
    """Return whether a time is in the early morning of a day on which clocks may change."""
    return wall.hour < 4 and wall.isoweekday() == 7


def _two_hours_from(now: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return the full hour of now by the zone's wall clock, and two hours later."""
    wall = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    return wall, wall + timedelta(hours=2)
