"""Set-up: a lock gets new keys, and the server needs its confirmation (chapter Lock Setup/Sync)."""

from __future__ import annotations

import pytest

from locksim.engine.errors import Impossible
from locksim.noke.crypto import DEFAULT_KEY
from locksim.noke.seed import CRATE, TRAILER, YARD
from tests.noke.caller import Caller


@pytest.mark.rule("NO-R48")
def test_the_first_online_unlock_brings_keys_and_its_upload_completes_the_set_up(company: Caller) -> None:
    assert company.body(TRAILER).keys.master == DEFAULT_KEY
    contact = company.approach(TRAILER)
    assert contact.unlocked
    keys = company.body(TRAILER).keys
    assert len({keys.base, keys.master, keys.limited, DEFAULT_KEY}) == 4
    assert company.listed(TRAILER)["status"] == "setup"
    assert company.record(TRAILER).keys != keys
    company.upload(contact)
    assert company.listed(TRAILER)["status"] == "ready"
    assert company.record(TRAILER).keys == keys
    assert company.unlock(TRAILER)
    assert [line["action"] for line in company.activity()] == ["setup_unlocked", "unlocked"]


@pytest.mark.rule("NO-R134")
@pytest.mark.rule("NO-R49")
@pytest.mark.parametrize("seconds", [0, 30, 59.9])
def test_a_second_unlock_before_the_upload_leaves_the_lock_stuck(company: Caller, seconds: float) -> None:
    first = company.approach(TRAILER)
    company.pass_time(seconds)
    second = company.approach(TRAILER)
    assert (second.unlocked, second.responses) == (False, [])
    assert company.device(TRAILER).state["stuck"]
    company.upload(first)
    company.pass_time(3600)
    assert not company.unlock(TRAILER)
    assert company.device(TRAILER).state["stuck"]


@pytest.mark.rule("NO-R110")
def test_a_lock_that_has_fallen_asleep_within_the_sixty_seconds_can_still_get_stuck(company: Caller) -> None:
    company.approach(TRAILER)
    company.pass_time(51)
    assert not company.device(TRAILER).state["awake"]
    assert not company.approach(TRAILER).unlocked
    assert company.device(TRAILER).state["stuck"]


@pytest.mark.rule("NO-R134")
def test_the_same_commands_twice_are_not_a_second_unlock(company: Caller) -> None:
    commands = company.command(TRAILER)
    first = company.deliver(TRAILER, commands)
    assert not company.deliver(TRAILER, commands).unlocked
    company.upload(first)
    assert company.unlock(TRAILER)


@pytest.mark.rule("NO-R50")
def test_commands_that_are_never_delivered_do_no_harm(company: Caller) -> None:
    for _ in range(3):
        company.command(TRAILER)
    assert company.unlock(TRAILER)
    assert company.unlock(TRAILER)


@pytest.mark.rule("NO-R50")
def test_past_the_sixty_seconds_a_second_unlock_recovers(company: Caller) -> None:
    first = company.approach(TRAILER)
    company.pass_time(60)
    assert company.unlock(TRAILER)
    assert company.upload(first).code == 0
    assert company.unlock(TRAILER)
    assert company.listed(TRAILER)["setup_count"] == 1


@pytest.mark.rule("NO-R50")
def test_an_upload_that_comes_before_the_second_delivery_is_in_time(company: Caller) -> None:
    first = company.approach(TRAILER)
    second = company.command(TRAILER)
    company.upload(first)
    assert not company.deliver(TRAILER, second).unlocked
    assert not company.device(TRAILER).state["stuck"]
    assert company.unlock(TRAILER)


@pytest.mark.rule("NO-R50")
def test_a_late_upload_completes_the_set_up(company: Caller) -> None:
    first = company.approach(TRAILER)
    company.pass_time(86_400)
    company.upload(first)
    assert company.listed(TRAILER)["status"] == "ready"
    assert company.unlock(TRAILER)


@pytest.mark.rule("NO-R51")
def test_on_sandbox_nothing_gets_stuck(sandbox: Caller) -> None:
    assert all(sandbox.approach(CRATE).unlocked for _ in range(3))
    assert sandbox.listed(CRATE)["status"] == "setup"
    assert sandbox.unlock(CRATE)
    assert sandbox.listed(CRATE)["status"] == "ready"


@pytest.mark.rule("NO-R51")
def test_a_lock_that_was_moved_to_sandbox_does_not_get_stuck_there(company: Caller) -> None:
    company.site.support("move_lock", lock=YARD)
    company.server = "sandbox"
    assert company.approach(YARD).unlocked
    assert company.approach(YARD).unlocked
    assert company.unlock(YARD)


@pytest.mark.rule("NO-R52")
def test_a_reset_lock_must_be_set_up_again_and_can_get_stuck_again(company: Caller) -> None:
    assert company.device(YARD).reset_keys()["status"] == "setup"
    assert company.listed(YARD)["status"] == "setup"
    other = company.fork()
    assert company.unlock(YARD)
    assert (company.listed(YARD)["status"], company.listed(YARD)["setup_count"]) == ("ready", 2)
    assert other.approach(YARD).unlocked
    assert not other.approach(YARD).unlocked
    assert other.device(YARD).state["stuck"]


@pytest.mark.rule("NO-R52")
def test_a_confirmation_from_before_a_reset_does_not_confirm_the_set_up_after_it(company: Caller) -> None:
    first = company.approach(TRAILER)
    company.device(TRAILER).reset_keys()
    company.command(TRAILER)
    company.upload(first)
    assert company.listed(TRAILER)["status"] == "setup"


@pytest.mark.rule("NO-R53")
def test_support_frees_a_stuck_lock_on_the_server(company: Caller) -> None:
    with pytest.raises(Impossible, match="no lock is stuck"):
        company.site.support("reset_lock")
    company.approach(TRAILER)
    company.approach(TRAILER)
    assert company.site.support("reset_lock") == {"locks": [TRAILER]}
    assert company.unlock(TRAILER)
    assert company.unlock(TRAILER)
    assert company.listed(TRAILER)["status"] == "ready"
    assert company.site.support("reset_lock", lock=YARD.lower()) == {"locks": [YARD]}
    assert company.listed(YARD)["status"] == "setup"
