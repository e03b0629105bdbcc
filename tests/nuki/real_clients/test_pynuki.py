"""pynuki 1.6.3, unmodified: with `secure=False` at a documented bridge, and as it comes at an observed one.

In the `documented` profile its low-level calls work. Its device objects need the key `deviceType`, which v1.6 does not
have, and its encrypted tokens came later, too.
"""

from __future__ import annotations

from typing import Any

import pynuki
import pynuki.bridge
import pynuki.exceptions
import pytest
import requests

from locksim.nuki.seed import BRIDGE, CELLAR_DOOR, FRONT_DOOR, GARDEN_DOOR, WORKSHOP
from tests.nuki.real_clients.reached import InProcess, Reached

PAIRED = [FRONT_DOOR, GARDEN_DOOR, WORKSHOP]


def login(at: Reached, **options: Any) -> Any:
    return pynuki.NukiBridge(at.host, token=at.token, port=at.port, secure=False, **options)


def status_of(error: pytest.ExceptionInfo[requests.HTTPError]) -> int:
    assert error.value.response is not None
    return error.value.response.status_code


def test_it_logs_in_and_reads_info(bridge: Reached) -> None:
    client = login(bridge)
    assert client.is_hardware_bridge
    assert client.info()["ids"]["serverId"] == int(BRIDGE)


def test_it_reports_a_wrong_token(bridge: Reached) -> None:
    with pytest.raises(pynuki.bridge.InvalidCredentialsException):
        pynuki.NukiBridge(bridge.host, token="wrong-token", port=bridge.port, secure=False)


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_its_secure_login_is_unknown_to_the_documented_bridge(bridge: Reached) -> None:
    with pytest.raises(pynuki.bridge.InvalidCredentialsException):
        pynuki.NukiBridge(bridge.host, token=bridge.token, port=bridge.port, secure=True)


def test_it_lists_the_paired_locks(bridge: Reached) -> None:
    assert [lock["nukiId"] for lock in login(bridge).list()] == PAIRED


def test_it_finds_no_locks_without_device_type(bridge: Reached) -> None:
    """pynuki selects locks by `deviceType`, which v1.6 does not have."""
    client = login(bridge)
    assert client.locks == []
    assert [device.nuki_id for device in client.devices] == PAIRED


def test_it_locks_and_unlocks_and_waits_for_the_motor(bridge: Reached) -> None:
    client = login(bridge)

    assert client.unlock(FRONT_DOOR, block=True)["success"] is True
    assert client.lock_state(FRONT_DOOR)["stateName"] == "unlocked"
    assert client.lock(FRONT_DOOR, block=True)["success"] is True
    assert client.lock_state(FRONT_DOOR)["stateName"] == "locked"
    assert bridge.device(FRONT_DOOR)["stateName"] == "locked"


def test_without_block_it_is_answered_while_the_motor_runs(local: InProcess) -> None:
    client = login(local)

    assert client.lock(GARDEN_DOOR)["success"] is True
    assert client.lock_state(GARDEN_DOOR)["stateName"] == "locking"
    local.world.clock.advance(2)
    assert client.lock_state(GARDEN_DOOR)["stateName"] == "locked"


@pytest.mark.parametrize("action", ["unlatch", "lock_n_go"])
def test_the_longer_actions_end_within_its_five_seconds(action: str, local: InProcess) -> None:
    assert getattr(login(local), action)(FRONT_DOOR, block=True)["success"] is True


def test_a_jam_is_reported(bridge: Reached) -> None:
    bridge.act(FRONT_DOOR, "jam")
    client = login(bridge)

    assert client.unlock(FRONT_DOOR, block=True)["success"] is False
    assert client.lock_state(FRONT_DOOR)["stateName"] == "motor blocked"


def test_an_offline_lock_is_a_503(bridge: Reached) -> None:
    bridge.act(FRONT_DOOR, "range", in_range=False)
    client = login(bridge)

    for call in (client.lock_state, client.lock, client.unlock):
        with pytest.raises(requests.HTTPError) as refused:
            call(FRONT_DOOR)
        assert status_of(refused) == 503


@pytest.mark.parametrize("lock", [CELLAR_DOOR, 1])
def test_an_unknown_lock_is_a_404(lock: int, bridge: Reached) -> None:
    with pytest.raises(requests.HTTPError) as refused:
        login(bridge).lock_state(lock)
    assert status_of(refused) == 404


def test_it_receives_a_callback_for_every_change(bridge: Reached) -> None:
    client = login(bridge)
    with bridge.receiver("/nuki") as (url, received):
        assert client.callback_add(url)["success"] is True
        assert client.callback_list() == {"callbacks": [{"id": 0, "url": url}]}

        client.unlock(FRONT_DOOR, block=True)
        names = [received.get(timeout=10)["stateName"] for _ in range(2)]
        assert names == ["unlocking", "unlocked"]

        assert client.callback_remove(0)["success"] is True
        assert client.callback_list() == {"callbacks": []}


def test_its_unencoded_callback_urls_are_cut_at_the_ampersand(bridge: Reached) -> None:
    client = login(bridge)
    assert client.callback_add("http://192.168.1.20:8000/nuki?a=1&b=2")["success"] is True
    assert client.callback_list()["callbacks"] == [{"id": 0, "url": "http://192.168.1.20:8000/nuki?a=1"}]


def test_it_caches_info_until_update_is_called(local: InProcess) -> None:
    client = login(local)
    before = client.info()
    local.world.clock.advance(60)

    assert client.info() is before
    assert client.update()["uptime"] == before["uptime"] + 60


def test_it_cannot_read_an_answer_without_a_body(bridge: Reached) -> None:
    """The maintenance operations answer 200 with an empty body."""
    with pytest.raises(requests.JSONDecodeError):
        login(bridge).clear_log()


def test_a_bridge_without_power_is_a_connection_error(bridge: Reached) -> None:
    client = login(bridge)
    bridge.act(BRIDGE, "power", on=False)
    with pytest.raises(requests.ConnectionError):
        client.list()


def test_it_discovers_the_bridge_at_the_vendors_server(local: InProcess) -> None:
    found = pynuki.NukiBridge.discover()
    assert [(bridge.hostname, bridge.port) for bridge in found] == [(local.host, local.port)]


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
class TestSecure:
    """Its default login, an encrypted token, works with later firmware."""

    def test_it_logs_in_lists_and_acts(self, observed: Reached) -> None:
        client = pynuki.NukiBridge(observed.host, token=observed.token, port=observed.port)
        front, garden, _ = client.locks
        assert front.unlock(block=True)["success"] is True
        assert client.lock_state(FRONT_DOOR)["stateName"] == "unlocked"
        garden.lock(block=True)
        garden.update(aggressive=True)
        assert garden.is_locked

    def test_its_simple_actions_work(self, observed: Reached) -> None:
        client = pynuki.NukiBridge(observed.host, token=observed.token, port=observed.port)
        assert client.simple_unlock(FRONT_DOOR)["success"] is True
        assert observed.device(FRONT_DOOR)["stateName"] == "unlocked"
        assert client.simple_lock(FRONT_DOOR)["success"] is True
        assert observed.device(FRONT_DOOR)["stateName"] == "locked"

    def test_it_reports_a_wrong_token(self, observed: Reached) -> None:
        with pytest.raises(pynuki.bridge.InvalidCredentialsException):
            pynuki.NukiBridge(observed.host, token="wrong-token", port=observed.port)

    def test_it_cannot_log_in_where_the_bridges_clock_is_wrong(self, observed: Reached) -> None:
        observed.act(BRIDGE, "network", on=False)
        observed.act(BRIDGE, "clock", offset=-600)
        with pytest.raises(pynuki.bridge.InvalidCredentialsException):
            pynuki.NukiBridge(observed.host, token=observed.token, port=observed.port)
        observed.act(BRIDGE, "network", on=True)
        assert pynuki.NukiBridge(observed.host, token=observed.token, port=observed.port).list()


class TestObserved:
    """With the keys of later firmware its device objects work."""

    def test_it_finds_its_locks(self, observed: Reached) -> None:
        front, garden, _ = login(observed).locks
        assert (front.nuki_id, front.is_locked, front.is_unlocked) == (FRONT_DOOR, True, False)
        assert (garden.nuki_id, garden.is_unlocked, garden.battery_critical) == (GARDEN_DOOR, True, True)
        assert front.device_type_str == "lock"

    def test_a_lock_acts_and_is_read_again(self, observed: Reached) -> None:
        front = login(observed).locks[0]
        front.unlock(block=True)
        assert front.is_locked
        front.update()
        assert front.is_unlocked
        front.lock(block=True)
        front.update(aggressive=True)
        assert front.is_locked

    def test_a_lock_handles_a_callback(self, observed: Reached) -> None:
        client = login(observed)
        front = client.locks[0]
        with observed.receiver("/nuki") as (url, received):
            client.callback_add(url)
            observed.act(FRONT_DOOR, "turn", to="unlocked")
            front.update_from_callback(received.get(timeout=10))
        assert front.is_unlocked

    def test_an_offline_lock_does_not_update(self, observed: Reached) -> None:
        front = login(observed).locks[0]
        observed.act(FRONT_DOOR, "range", in_range=False)
        with pytest.raises(pynuki.exceptions.NukiUpdateException):
            front.update(aggressive=True)

    def test_it_reports_a_wrong_token(self, observed: Reached) -> None:
        with pytest.raises(pynuki.bridge.InvalidCredentialsException):
            pynuki.NukiBridge(observed.host, token="wrong-token", port=observed.port, secure=False)
