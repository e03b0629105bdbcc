"""pynuki waits 5 s for `/auth`, though the button can be pressed for 30 s.

In process its timeout runs on the world's time, so the tests take no real time.
"""

from __future__ import annotations

import pynuki
import pytest
import requests

from locksim.nuki.seed import BRIDGE
from tests.nuki.real_clients.reached import InProcess, Reached


def test_a_press_within_its_five_seconds_returns_the_token(bridge: Reached) -> None:
    bridge.act(BRIDGE, "press_button", after=3)
    client = pynuki.NukiBridge(bridge.host, port=bridge.port, secure=False)

    assert client.auth() == {"token": bridge.token, "success": True}
    assert client.token is None, "it does not store the token"


def test_a_press_after_six_seconds_is_in_the_window_but_too_late_for_pynuki(local: InProcess) -> None:
    local.act(BRIDGE, "press_button", after=6)
    client = pynuki.NukiBridge(local.host, port=local.port, secure=False)

    with pytest.raises(requests.ReadTimeout):
        client.auth()
    assert local.world.clock.iso == "2026-01-05T08:00:05Z"
    assert local.device(BRIDGE)["led"] is True


def test_without_a_press_it_times_out_before_the_answer(local: InProcess) -> None:
    client = pynuki.NukiBridge(local.host, port=local.port, secure=False)

    with pytest.raises(requests.ReadTimeout):
        client.auth()


@pytest.mark.parametrize(("after", "success"), [(29.9, True), (30, False)])
def test_with_a_longer_timeout_it_waits_for_the_window(after: float, success: bool, local: InProcess) -> None:
    local.act(BRIDGE, "press_button", after=after)
    client = pynuki.NukiBridge(local.host, port=local.port, secure=False, timeout=35)

    assert client.auth()["success"] is success


def test_disabled_is_a_403(bridge: Reached) -> None:
    client = pynuki.NukiBridge(bridge.host, token=bridge.token, port=bridge.port, secure=False)
    assert client.config_auth(enable=False)["success"] is True

    with pytest.raises(requests.HTTPError) as refused:
        client.auth()
    assert refused.value.response is not None
    assert refused.value.response.status_code == 403
