"""Who gets in: users, access levels, doors, cards and time, compared with a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from locksim.lockt.seed import (
    ALWAYS,
    ARCHIVE,
    BRIDGE,
    CARDHOLDER,
    CLEANERS,
    FRONT_DOOR,
    GUESTS,
    LAUNDRY,
    RESIDENTS,
    STAFF,
    SUITE_12,
)
from tests.lockt.customer import Customer

START = datetime(2026, 1, 9, 16, 0, tzinfo=UTC)
"""A Friday afternoon: the schedule of the workdays ends soon, and that of the weekend begins."""
DOORS = st.sampled_from([FRONT_DOOR, FRONT_DOOR, SUITE_12, LAUNDRY, ARCHIVE])
PEOPLE = st.integers(0, 3)
CARDS = st.integers(0, 7)
"""0 to 3: the first cards of the people; 4 to 7: others, which people, fobs or nobody may have."""
LEVELS = st.lists(st.sampled_from([RESIDENTS, GUESTS, STAFF, CLEANERS, CARDHOLDER]), unique=True, max_size=3)
HOURS = st.none() | st.integers(-3, 60)
"""Hours after the start; None is no limit."""
HOURS_OF: dict[int, Callable[[datetime], bool]] = {
    RESIDENTS: lambda at: True,
    GUESTS: lambda at: True,
    STAFF: lambda at: at.weekday() < 5 and 7 <= at.hour < 18,
    CLEANERS: lambda at: at.weekday() >= 5 and (at.hour, at.minute) >= (6, 30) and at.hour < 12,
}
DOORS_OF = {
    RESIDENTS: {FRONT_DOOR, LAUNDRY},
    GUESTS: {FRONT_DOOR, SUITE_12},
    STAFF: {FRONT_DOOR, ARCHIVE},
    CLEANERS: {FRONT_DOOR, SUITE_12},
}


@dataclass
class Person:
    """A user in the model."""

    id: int = 0
    card: int | None = None
    levels: set[int] = field(default_factory=set)
    effective: int | None = None
    expires: int | None = None
    enabled: bool = True


@dataclass
class Fob(Person):
    user: int | None = None


class Residence(RuleBasedStateMachine):
    """A door lets in exactly those whom the model lets in."""

    @initialize()
    def move_in(self) -> None:
        self.customer = Customer(start=f"{START:%Y-%m-%dT%H:%M:%SZ}")
        self.people: dict[int, Person] = {}
        self.fobs: list[Fob] = []
        self.disabled = {ARCHIVE}
        self.empty: set[int] = set()

    # ---- writes

    @rule(who=PEOPLE, card=st.none() | CARDS, levels=LEVELS | st.none(), effective=HOURS, expires=HOURS, enabled=st.booleans(),
          update=st.booleans(), replace=st.booleans())  # fmt: skip
    def save(self, who: int, card: int | None, levels: list[int] | None, effective: int | None, expires: int | None,
             enabled: bool, update: bool, replace: bool) -> None:  # fmt: skip
        record: dict[str, Any] = {
            "id_num": f"P-{who}", "first_name": "A", "access_effective": _date(effective), "access_expires": _date(expires),
            "enabled": enabled,
        }  # fmt: skip
        record |= {} if levels is None else {"accesslevels": [{"id": level} for level in levels]}
        record |= {} if card is None else {"card_num": 700 + card}
        reply = self.customer.users(record, update_existing=update, replace_privileges=replace)
        person = self.people.get(who)
        if person is not None and not update:
            assert reply.data["updated"] == 0
            return
        if card is not None and self._holder(card) not in (None, person):
            assert reply.status == 400
            return
        assert (reply.data["inserted"], reply.data["updated"]) == ((1, 0) if person is None else (0, 1))
        if person is None:
            person = self.people[who] = Person(max(self.customer.state.users))
        person.card = person.card if card is None else card
        person.levels = set(levels or ()) | (set() if replace else person.levels)
        person.effective, person.expires, person.enabled = effective, expires, enabled

    @rule(card=CARDS, expires=HOURS)
    def new_fob(self, card: int, expires: int | None) -> None:
        reply = self.customer.post(
            "/fob", {"fobs": [{"name": "F", "card_num": 700 + card, "access_expires": _date(expires)}]}
        )
        if self._holder(card) is not None:
            assert reply.status == 400
            return
        assert reply.data["inserted"] == 1
        self.fobs.append(Fob(max(self.customer.state.fobs), card, expires=expires))

    @rule(which=st.integers(0, 2), who=PEOPLE)
    def reassign(self, which: int, who: int) -> None:
        if which < len(self.fobs) and who in self.people:
            fob = self.fobs[which]
            self.customer.put("/fob", {"fobs": [{"id": fob.id, "user_id": self.people[who].id}]})
            fob.user = who

    # ---- time, doors, cards

    @rule(hours=st.sampled_from([0.5, 1, 6, 14]))
    def pass_time(self, hours: float) -> None:
        self.customer.pass_time(hours * 3600)

    @rule(door=DOORS, on=st.booleans())
    def switch_door(self, door: int, on: bool) -> None:
        self.customer.site.support("door", door=door, enabled=on)
        (self.disabled.discard if on else self.disabled.add)(door)

    @rule(door=DOORS, missing=st.booleans())
    def battery(self, door: int, missing: bool) -> None:
        self.customer.site.hardware.act(str(door), "battery", missing=missing)
        (self.empty.add if missing else self.empty.discard)(door)

    @rule(door=DOORS, card=CARDS)
    def show(self, door: int, card: int) -> None:
        reason = self.customer.denied(door, 700 + card)
        assert reason == self._expected(door, card)

    def teardown(self) -> None:
        if hasattr(self, "customer"):
            for card in range(8):
                self.show(FRONT_DOOR, card)

    # ---- the model

    def _holder(self, card: int) -> Person | None:
        return next((one for one in [*self.people.values(), *self.fobs] if one.card == card), None)

    def _expected(self, door: int, card: int) -> str:
        holder = self._holder(card)
        if door in self.empty:
            return "Battery Missing"
        if door in self.disabled:
            return "Door Disabled"
        if holder is None:
            return "Unknown Card"
        chain = [holder]
        if isinstance(holder, Fob):
            chain += [] if holder.user is None else [self.people[holder.user]]
        now = datetime.fromisoformat(self.customer.site.clock.iso)
        for one in chain:
            if not one.enabled:
                return "User Disabled"
            if one.effective is not None and now < START + timedelta(hours=one.effective):
                return "Not Yet Effective"
            if one.expires is not None and now >= START + timedelta(hours=one.expires):
                return "Expired"
        levels = [level for level in chain[-1].levels if door in DOORS_OF.get(level, ())]
        if not levels:
            return "No Access Level"
        return "" if any(HOURS_OF[level](now) for level in levels) else "Out Of Schedule"


def _date(hours: int | None) -> str:
    return "" if hours is None else f"{START + timedelta(hours=hours):%Y-%m-%d %H:%M:%S}"


TestResidence = Residence.TestCase
TestResidence.settings = settings(stateful_step_count=40)


@pytest.mark.rule("LT-R160")
def test_a_door_reports_the_first_objection_in_a_fixed_order() -> None:
    """Begin with every objection at once, and remove them one by one."""
    customer = Customer(start="2026-01-10T05:00:00Z")
    state = customer.state
    customer.site.hardware.act(str(FRONT_DOOR), "battery", missing=True)
    customer.site.support("door", door=FRONT_DOOR, enabled=False)
    reasons = [customer.denied(FRONT_DOOR, 7)]
    customer.site.hardware.act(str(FRONT_DOOR), "battery")
    reasons.append(customer.denied(FRONT_DOOR, 7))
    customer.site.support("door", door=FRONT_DOOR, enabled=True)
    reasons.append(customer.denied(FRONT_DOOR, 7))
    record = {"id_num": "N", "first_name": "A", "card_num": 7, "enabled": False, "access_expires": "2026-01-01 00:00:00",
              "access_effective": "2027-01-01 00:00:00"}  # fmt: skip
    for change in ({}, {"enabled": True}, {"access_effective": ""}, {"access_expires": ""}, {"accesslevels": [{"id": STAFF}]},
                   {"accesslevels": [{"id": STAFF}, {"id": RESIDENTS}]}):  # fmt: skip
        record |= change
        customer.users(record, update_existing=True)
        reasons.append(customer.denied(FRONT_DOOR, 7))
    assert reasons == [
        "Battery Missing", "Door Disabled", "Unknown Card", "User Disabled", "Not Yet Effective", "Expired", "No Access Level",
        "Out Of Schedule", "",
    ]  # fmt: skip
    assert state.levels[RESIDENTS].schedule == ALWAYS


@pytest.mark.rule("LT-R161")
def test_a_window_includes_its_begin_and_excludes_its_end(customer: Customer) -> None:
    customer.add(
        card_num=7,
        access_effective="2026-01-05 09:00:00",
        access_expires="2026-01-05 10:00:00",
        accesslevels=[{"id": RESIDENTS}],
    )
    reasons = []
    for at in ("08:59:59.999999", "09:00:00", "09:59:59.999999", "10:00:00"):
        customer.site.clock.advance(until=f"2026-01-05T{at}Z")
        reasons.append(customer.denied(FRONT_DOOR, 7))
    assert reasons == ["Not Yet Effective", "", "", "Expired"]


@pytest.mark.rule("LT-R162")
@pytest.mark.parametrize("online", [True, False])
def test_doors_know_a_change_as_soon_as_it_is_saved(customer: Customer, online: bool) -> None:
    customer.site.hardware.act(BRIDGE, "network", on=online)
    customer.add(card_num=7, accesslevels=[{"id": RESIDENTS}])
    assert customer.denied(FRONT_DOOR, 7) == ""
