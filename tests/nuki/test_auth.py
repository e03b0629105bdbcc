"""/auth: the button and its window."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.errors import Impossible
from tests.nuki.caller import Caller


@pytest.fixture
def fresh(bridge: Caller) -> Caller:
    """A bridge without a token and with its API disabled."""
    bridge.site.support("set_token", token="")
    return bridge


@pytest.mark.rule("NK-R40")
def test_the_led_is_on_for_thirty_seconds_from_the_call(bridge: Caller) -> None:
    assert not bridge.bridge.state["led"]
    bridge.begin("/auth")
    assert bridge.bridge.state["led"]
    bridge.pass_time(10)
    bridge.bridge.press_button()
    bridge.pass_time(19.999999)
    assert bridge.bridge.state["led"]
    bridge.pass_time(0.000001)
    assert not bridge.bridge.state["led"]


@pytest.mark.rule("NK-R41")
def test_the_button_answers_the_token_that_is_set(bridge: Caller) -> None:
    waiting = bridge.begin("/auth")
    assert not waiting.answered()
    assert bridge.bridge.press_button() == {"windows": 1, "apiEnabled": True}
    assert waiting.reply.body.decode() == f'{{"token":"{bridge.token}","success":true}}'


@pytest.mark.rule("NK-R41")
def test_after_the_press_no_timer_is_left(bridge: Caller) -> None:
    bridge.begin("/auth")
    bridge.bridge.press_button()
    assert bridge.world.core.due() is None


@pytest.mark.rule("NK-R42")
def test_without_a_token_a_new_random_one_is_made(fresh: Caller) -> None:
    fresh.bridge.press_button(after=3)
    made = fresh.get("/auth", token=None).json["token"]
    assert made == fresh.site.credentials["token"]
    assert made != fresh.token
    assert made != Caller(seed=8).token


@pytest.mark.rule("NK-R43")
@given(seed=st.integers(0, 10**6))
def test_tokens_have_six_to_twenty_characters(seed: int) -> None:
    assert 6 <= len(Caller(seed=seed).token) <= 20


@pytest.mark.rule("NK-R44")
def test_the_button_enables_the_api(fresh: Caller) -> None:
    fresh.bridge.press_button(after=1)
    token = fresh.get("/auth").json["token"]
    assert fresh.get("/list", token=token).status == 200


@pytest.mark.rule("NK-R45")
def test_without_the_button_there_is_no_success_and_no_token(bridge: Caller) -> None:
    assert bridge.get("/auth").json == {"success": False}
    assert bridge.site.clock.iso == "2026-01-05T08:00:30Z"


@pytest.mark.rule("NK-R46")
def test_it_is_403_when_it_is_disabled(bridge: Caller) -> None:
    bridge.get("/configAuth", enable=0)
    assert bridge.get("/auth").status == 403
    assert not bridge.bridge.state["led"]
    bridge.get("/configAuth", enable=1)
    assert not bridge.begin("/auth").answered()


@pytest.mark.rule("NK-R47")
@pytest.mark.parametrize(
    ("seconds", "success"), [("0.000001", True), ("29.9", True), ("29.999999", True), ("30.0", False), ("30.1", False)]
)
def test_the_window_is_open_from_the_call_to_just_before_thirty_seconds(
    bridge: Caller, seconds: str, success: bool
) -> None:
    bridge.bridge.press_button(after=Decimal(seconds))
    assert bridge.get("/auth").json["success"] is success


@pytest.mark.rule("NK-R47")
@pytest.mark.rule("NK-R48")
@given(calls=st.lists(st.integers(0, 40), max_size=6), press=st.integers(0, 45))
def test_a_press_answers_exactly_those_whose_window_is_open(calls: list[int], press: int) -> None:
    bridge, began = Caller(), []
    for second in range(46):
        if second == press:
            bridge.bridge.press_button()
        began += [(second, bridge.begin("/auth")) for call in calls if call == second]
        bridge.pass_time(1)
    bridge.pass_time(60)
    for second, waiting in began:
        assert waiting.reply.json["success"] is (second < press < second + 30)


@pytest.mark.rule("NK-R48")
def test_each_caller_has_a_window_of_its_own(bridge: Caller) -> None:
    first = bridge.begin("/auth")
    bridge.pass_time(20)
    second = bridge.begin("/auth")
    bridge.pass_time(10)
    assert first.reply.json == {"success": False}
    assert not second.answered()
    bridge.bridge.press_button()
    assert second.reply.json["success"] is True


@pytest.mark.rule("NK-R49")
def test_a_press_works_after_the_caller_has_hung_up(fresh: Caller) -> None:
    fresh.leave(fresh.begin("/auth"))
    fresh.pass_time(29)
    assert fresh.bridge.press_button()["windows"] == 1
    assert fresh.get("/list", token=fresh.site.credentials["token"]).status == 200


@pytest.mark.rule("NK-R50")
def test_a_press_outside_any_window_does_nothing(fresh: Caller) -> None:
    assert fresh.bridge.press_button() == {"windows": 0, "apiEnabled": False}
    assert fresh.site.credentials == {"token": ""}
    waiting = fresh.begin("/auth")
    assert not waiting.answered()


@pytest.mark.rule("NK-R51")
def test_later_firmware_has_success_before_token(later: Caller) -> None:
    later.bridge.press_button(after=1)
    assert later.get("/auth").body.decode() == f'{{"success": true, "token": "{later.token}"}}'


@pytest.mark.rule("NK-R52")
def test_disabling_it_leaves_open_windows_open(bridge: Caller) -> None:
    waiting = bridge.begin("/auth")
    bridge.get("/configAuth", enable=0)
    bridge.bridge.press_button()
    assert waiting.reply.json["success"] is True


def test_a_press_without_power_is_impossible(bridge: Caller) -> None:
    bridge.bridge.power(on=False)
    with pytest.raises(Impossible, match="no power"):
        bridge.bridge.press_button()
