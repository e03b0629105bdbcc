"""What a good client may do: laws that once accused the reference of it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from lockpact.core.law import UNTRIGGERED
from lockpact.core.step import Step
from lockpact.core.traffic import Exchange, Traffic
from lockpact.driving.faults import Fault
from lockpact.driving.state_machine import PactRun
from lockpact.driving.virtual_time import virtual_time
from lockpact.remotelock import PACT
from lockpact.remotelock.laws.locks import converges
from lockpact.remotelock.port import Accessible, Bolt, ConsentNeeded, Credential, Invalid, Status, StayOver
from lockpact.remotelock.reference import Reference
from lockpact.simulators.stage import WorldStage


def test_ending_a_stay_after_a_revocation_that_no_lock_has_learned_is_not_the_end_at_the_lock(machine: Any) -> None:
    lock = machine._lock(0)
    person = machine._stored_person(lock)
    (access,) = (id_ for id_, access in machine.truth.accesses.items() if access.person == person)
    assert machine.do("revoke", person=person, access=access, given={}).result is False
    assert machine.do("end", person=person, given={}).result is False
    assert person in machine.truth.locks[lock].knows
    machine._pass(2)
    machine._sync([lock], "all")
    assert machine.do("may_enter", person=person, lock=lock, given={}).result is False
    assert machine.do("end", person=person, given={}).result is True


@pytest.mark.parametrize("order", ["in order", "reversed", "doubled"])
def test_two_moves_of_a_bolt_in_one_second_cannot_be_told_apart(machine: Any, order: str) -> None:
    machine._subscribe()
    lock = machine._lock(0)
    machine._act(lock, "turn")
    machine._act(lock, "turn")
    machine._pass(2)
    machine._deliver_webhooks(order)
    machine._bolt(lock, order=order)
    machine.settle()


def test_more_events_move_no_bolt(machine: Any) -> None:
    before = {lock: one.bolt for lock, one in machine.truth.locks.items()}
    machine.outage(turns=1, late=False, some=False, many=60, broken=False, again=False)
    moved = {id_ for id_ in machine.truth.events if id_.startswith("c0")}
    events = machine.stage.handles.state.accounts[machine._account_id].events
    assert moved
    assert not {events[id_].type for id_ in moved} & {"locked", "unlocked"}
    for lock, bolt in before.items():
        assert machine.do("bolt", lock=lock, given={}).result in (None, bolt, machine.truth.locks[lock].bolt)


def test_a_lock_that_has_connected_may_be_set_up_whatever_its_type_is_called(machine: Any) -> None:
    before = set(machine.truth.locks)
    machine.set_up(
        timeout=9,
        unpaid=False,
        waits=0,
        wakes=False,
        fault=None,
        later=None,
        namesake=False,
        second=False,
        asleep=False,
        registered=False,
    )
    (new,) = set(machine.truth.locks) - before
    machine._act(new, "heartbeat")
    machine._pass(2)
    machine.answers_of_later_server(what="types", refreshes=True)
    assert machine.truth.locks[new].timeout == 9


def test_a_renewal_whose_answer_was_lost_has_used_the_refresh_token_up() -> None:
    with virtual_time():
        machine: Any = PactRun.begin(PACT, Reference, partial(WorldStage, PACT)).machine()()
        machine.begin(by_consent=True, interleaving=0, world=0)
        machine.user(age=0)
        machine._pass(7300)
        with machine.faulty(Fault("reset after", None), "/oauth/token"):
            machine.do("user", given=machine._given(Fault("reset after", None)))
        asked = machine.do("user", given={"fault": None})
        machine.stage.close()
    assert isinstance(asked.error, ConsentNeeded)


@pytest.mark.parametrize("what", ["lock", "webhook"])
def test_what_somebody_has_deleted_stops_nothing_else_of_a_refresh(machine: Any, what: str) -> None:
    machine.something_is_deleted(what=what)
    steps = machine._driver.steps
    assert [step.error for step in steps if step.call == "refresh"] == [None, None]
    assert any(x.status == 404 for step in steps for x in step.traffic)
    (seen,) = (step for step in steps if step.call == "seen")
    assert seen.result, "the knob was turned, and the client has read no event"


def test_settings_that_are_refused_stop_nothing_else_of_a_refresh(machine: Any) -> None:
    machine.something_is_deleted(what="timeout")
    (refresh,) = (step for step in machine._driver.steps if step.call == "refresh")
    assert isinstance(refresh.error, Invalid)
    assert all(webhook.active for webhook in machine.truth.webhooks.values())
    machine._refresh_and_check()
    (*_, again) = (step for step in machine._driver.steps if step.call == "refresh")
    assert again.error is None, (
        "RemoteLock has refused the settings, so only others help, and the client sent them again"
    )


def test_a_client_whose_clock_is_ahead_knows_when_the_limit_resets(machine: Any) -> None:
    machine.user(age=0)
    machine.exceed_rate_limit(call="user", at=10, ahead=75)
    (*_, limited) = (step for step in machine._driver.steps if step.call == "user")
    assert [x.status for x in limited.traffic] == [429, 200]


def test_a_clock_that_is_set_right_meanwhile_makes_nobody_twice(machine: Any) -> None:
    machine.revoke(syncs=False, which=0, just=True, by="lock", first="nothing", ahead=-75, ends=False)
    machine.create_with_fault(kind="pin", fault=Fault("cut", 1), guest=False)
    (*_, made) = (step for step in machine._driver.steps if step.call == "create_user")
    assert made.error is None


@pytest.mark.parametrize("guest", [True, False])
def test_a_namesake_of_the_same_second_is_not_who_was_created_without_an_answer(machine: Any, *, guest: bool) -> None:
    lock, at = machine._lock(0), datetime(2027, 1, 1, tzinfo=UTC)
    pin = Credential(pin="9000000002")
    who = {"name": "Zoë", "email": "zoe@example.com", "credential": pin}
    made = [
        machine.do("create_guest", **who, lock=lock, starts=at, ends=at.replace(hour=9), given={})
        if guest
        else machine.do("create_user", **who, given={})
    ]
    with machine.faulty(Fault("reset before", 1), "/access_persons", method="POST"):
        made.append(machine.do("create_user", **{**who, "credential": Credential()}, given={"fault": "reset before"}))
    assert made[0].result.id != made[1].result.id


def test_an_access_that_was_there_before_is_what_a_lost_refusal_leads_to(machine: Any) -> None:
    lock = machine._lock(0)
    person = machine._stored_person(lock)
    with machine.faulty(Fault("reset after", 1), "/access_persons/*/accesses", method="POST"):
        step = machine.do("grant", person=person, kind=Accessible.LOCK, id=lock, given={"fault": "reset after"})
    assert step.result.id in step.before.accesses


def test_a_client_whose_guest_may_be_over_may_say_so(machine: Any) -> None:
    (guest, *_) = machine._guests(past=True)
    step = machine.do("extend", guest=guest, lock=machine._lock(0), until=datetime(2027, 1, 1, tzinfo=UTC), given={})
    assert isinstance(step.error, StayOver)


def test_a_client_of_a_wrong_application_is_not_one_whose_token_expired(machine: Any) -> None:
    machine.user(age=0)
    machine._pass(7300)
    machine.wrong_application(of_a_user=False)


def test_a_lock_refuses_a_guest_whose_stay_is_over_before_it_hears_of_it(machine: Any) -> None:
    lock = machine._lock(0)
    guest = machine._stored_person(lock, (0, 1))
    machine._act(lock, "network", on=False)
    assert guest in machine.truth.locks[lock].knows
    machine._pass(86_500)
    assert guest not in machine.truth.locks[lock].knows
    pin = machine.truth.persons[guest].pin
    assert machine.stage.act(lock, "enter_pin", pin=pin)["granted"] is False


def test_a_lock_that_has_not_heard_of_an_earlier_end_still_opens(machine: Any) -> None:
    lock = machine._lock(0)
    before = set(machine.truth.persons)
    machine.shorten_stay(which=0)
    (guest,) = set(machine.truth.persons) - before
    (asked,) = (step for step in machine._driver.steps if step.call == "may_enter")
    assert (asked.before.persons[guest].status, asked.result) == (Status.EXPIRED, True)
    assert guest in asked.before.locks[lock].knows


@pytest.mark.parametrize(
    ("status", "error", "judged"), [(400, "invalid_grant", False), (503, "unavailable", True), (None, "", True)]
)
def test_a_client_whose_refresh_token_was_used_up_cannot_learn_where_a_bolt_is(
    status: int | None, error: str, judged: bool
) -> None:
    """A lost answer took the new refresh token with it, and the vendor refuses the old one: the user must sign in."""
    renewal = Exchange(
        "remotelock", "oauth", "POST", "/oauth/token", 0, 1, status=status, answer=b'{"error": "%s"}' % error.encode()
    )
    refresh = Step[Any](1, "refresh", {}, {}, 0, 1, None, ConsentNeeded("sign in"), Traffic([renewal]))
    again = Step[Any](2, "refresh", {}, {}, 2, 2, None, ConsentNeeded("there is no token"), Traffic())
    truth: Any = SimpleNamespace(locks={"front": SimpleNamespace(bolt=Bolt.LOCKED)})
    asked = Step[Any](
        3,
        "bolt",
        {"lock": "front"},
        {"calm": 2},
        2,
        3,
        Bolt.UNLOCKED,
        None,
        Traffic(),
        before=truth,
        earlier=[refresh, again],
    )
    if judged:
        with pytest.raises(AssertionError, match="the storm was over 2 minutes ago"):
            converges(asked)
    else:
        assert converges(asked) is UNTRIGGERED
