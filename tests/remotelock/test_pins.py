"""PINs: a PIN, a card or a generated PIN is required, and is unique among upcoming and current persons."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from locksim.remotelock import seed
from tests.remotelock.caller import Caller, Reply


def user(caller: Caller, **attributes: Any) -> Reply:
    return caller.post("/access_persons", "access_user", **({"name": "Ann"} | attributes))


@pytest.mark.rule("RL-R81")
def test_a_pin_a_card_or_a_made_up_pin_is_required(caller: Caller) -> None:
    assert user(caller).errors == {"pin": ["is empty"]}
    assert user(caller, generate_pin=False).errors == {"pin": ["is empty"]}
    assert user(caller, card_number="123").attributes["pin"] is None
    assert user(caller, pin="1234").attributes["pin"] == "1234"
    assert len(user(caller, generate_pin=True).attributes["pin"]) == 4


@pytest.mark.rule("RL-R81")
def test_the_only_credential_cannot_be_removed(caller: Caller) -> None:
    assert caller.put(f"/access_persons/{seed.CARETAKER}", pin=None).errors == {"pin": ["is empty"]}
    assert caller.put(f"/access_persons/{seed.CLEANER}", pin=None).attributes["pin"] is None
    assert caller.put(f"/access_persons/{seed.CARETAKER}", pin=None, generate_pin=True).attributes["pin"]


@pytest.mark.rule("RL-R82")
@pytest.mark.parametrize(
    ("pin", "shown"), [(4711, "4711"), ("0007", "0007"), ("1234567890", "1234567890"), (10**9, "1000000000")]
)
def test_a_pin_has_4_to_10_digits_and_may_come_as_a_number(caller: Caller, pin: Any, shown: str) -> None:
    assert user(caller, pin=pin).attributes["pin"] == shown


@pytest.mark.rule("RL-R82")
@pytest.mark.parametrize(
    "pin", ["123", "12345678901", "12a4", "", " 1234", "-1234", -1234, 12.5, True, [], {}, "１２３４"]
)
def test_nothing_else_is_one(caller: Caller, pin: Any) -> None:
    assert set(user(caller, pin=pin).errors) == {"pin"}


@pytest.mark.rule("RL-R43", "RL-R83")
def test_a_pin_is_one_persons(caller: Caller) -> None:
    assert user(caller, pin="4071").errors == {"pin": ["has already been taken"]}
    assert caller.put(f"/access_persons/{seed.CLEANER}", pin="4071").errors == {"pin": ["has already been taken"]}
    assert caller.put(f"/access_persons/{seed.CARETAKER}", pin="4071").status == 200
    assert user(caller, pin="8264").errors == {"pin": ["has already been taken"]}, "an upcoming guest's"


@pytest.mark.rule("RL-R83")
def test_the_pins_of_past_persons_are_free(caller: Caller) -> None:
    assert user(caller, pin="5310").status == 201, "the deactivated user's"
    assert user(caller, pin="6032").status == 201, "the expired guest's"


@pytest.mark.rule("RL-R83")
def test_a_pin_is_freed_by_expiry_deactivation_and_deletion(caller: Caller) -> None:
    guest = caller.guest("2026-01-05T00:00:00", "2026-01-06T00:00:00", pin="1111", generate_pin=False).data["id"]
    caller.grant_access(guest, "location", seed.QUAY)
    caller.until("2026-01-05T23:59:59Z")
    caller.renew()
    assert user(caller, pin="1111").status == 422
    caller.until("2026-01-06T00:00:00Z")
    caller.renew()
    mine = user(caller, pin="1111").data["id"]
    assert user(caller, pin="1111").status == 422
    caller.put(f"/access_persons/{mine}/deactivate")
    mine = user(caller, pin="1111").data["id"]
    caller.delete(f"/access_persons/{mine}")
    assert user(caller, pin="1111").status == 201


@pytest.mark.rule("RL-R83")
def test_accounts_do_not_share_pins(caller: Caller) -> None:
    assert user(caller, pin="3388").status == 201, "a guest of the other account has it"


@pytest.mark.rule("RL-R84")
def test_a_clash_with_a_locks_own_codes_is_no_matter_of_the_request(caller: Caller) -> None:
    assert user(caller, pin="3719").status == 201, "a local PIN"
    assert user(caller, pin="604218").status == 201, "the programming code"


class Pins(RuleBasedStateMachine):
    """Whatever is done, no two upcoming or current persons have one PIN, and whoever is refused was refused for that."""

    @initialize()
    def begin(self) -> None:
        self.desk = Caller()
        self.made: list[str] = []

    @rule(pin=st.sampled_from(["1111", "2222", "3333"]), days=st.integers(0, 3))
    def guest(self, pin: str, days: int) -> None:
        taken = pin in self.pins()
        reply = self.desk.guest(f"2026-01-{5 + days:02}", f"2026-01-{7 + days:02}", pin=pin, generate_pin=False)
        assert reply.status == (422 if taken else 201)
        if not taken:
            self.made.append(reply.data["id"])

    @rule(index=st.integers(0, 5), pin=st.sampled_from(["1111", "2222", None]), generate=st.booleans())
    def change(self, index: int, pin: str | None, generate: bool) -> None:
        if self.made:
            person = self.made[index % len(self.made)]
            self.desk.put(f"/access_persons/{person}", pin=pin, generate_pin=generate)

    @rule(index=st.integers(0, 5), how=st.sampled_from(["deactivate", "delete"]))
    def end(self, index: int, how: str) -> None:
        if self.made:
            person = self.made[index % len(self.made)]
            if how == "delete":
                self.desk.delete(f"/access_persons/{person}")
                self.made.remove(person)
            else:
                self.desk.put(f"/access_persons/{person}/deactivate")

    @rule(hours=st.sampled_from([1, 12, 30]))
    def wait(self, hours: int) -> None:
        self.desk.pass_time(hours * 3600)
        self.desk.renew()

    @invariant()
    def each_has_its_own(self) -> None:
        pins = self.pins()
        assert len(pins) == len(set(pins))

    def pins(self) -> list[str]:
        persons = self.desk.get("/access_persons", "per_page=50").data
        return [person["attributes"]["pin"] for person in persons]


TestPins = Pins.TestCase
TestPins.settings = settings(max_examples=20, stateful_step_count=12)


@pytest.mark.rule("RL-R520")
def test_a_card_is_one_persons(caller: Caller) -> None:
    """CLEANER has card 23456."""
    assert caller.person(card_number="23456").errors == {"card_number": ["has already been taken"]}
    assert caller.put(f"/access_persons/{seed.CLEANER}", card_number="23456").status == 200
    caller.put(f"/access_persons/{seed.CLEANER}/deactivate")
    assert caller.person(card_number="23456").status == 201
