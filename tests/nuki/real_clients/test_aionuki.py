"""aionuki 2.0.1, unmodified, over the real aiohttp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import aionuki
import aionuki.exceptions
import pytest

from locksim.nuki.seed import BRIDGE, FRONT_DOOR, GARDEN_DOOR, WORKSHOP
from tests.nuki.real_clients.reached import InProcess, Reached

PAIRED = [FRONT_DOOR, GARDEN_DOOR, WORKSHOP]


@asynccontextmanager
async def login(at: Reached, *, token: str | None = None, secure: bool = False) -> AsyncIterator[Any]:
    async with aionuki.NukiBridge(at.host, at.port, token=token or at.token, secure=secure) as client:
        await client.connect()
        yield client


def run(at: Reached, story: Callable[[Any], Awaitable[Any]], **options: Any) -> Any:
    async def log_in_and_run() -> Any:
        async with login(at, **options) as client:
            return await story(client)

    return asyncio.run(log_in_and_run())


def test_it_logs_in_and_lists(bridge: Reached) -> None:
    async def story(client: Any) -> None:
        assert await client.is_hardware_bridge
        assert [lock["nukiId"] for lock in await client.list()] == PAIRED

    run(bridge, story)


# aionuki reads `err.code`, which aiohttp has renamed to `status`.
@pytest.mark.filterwarnings("ignore:code property is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
@pytest.mark.parametrize("secure", [False, True])
def test_it_reports_a_wrong_token(secure: bool, bridge: Reached) -> None:
    with pytest.raises(aionuki.exceptions.InvalidCredentialsException):
        run(bridge, lambda client: client.list(), token="wrong-token", secure=secure)


def test_it_finds_no_locks_without_device_type(bridge: Reached) -> None:
    async def story(client: Any) -> None:
        assert await client.locks == []
        assert [device.nuki_id for device in client.managedDevices] == PAIRED

    run(bridge, story)


def test_it_locks_and_unlocks_and_waits_for_the_motor(bridge: Reached) -> None:
    async def story(client: Any) -> None:
        assert (await client.unlock(FRONT_DOOR, block=True))["success"] is True
        assert (await client.lock_state(FRONT_DOOR))["stateName"] == "unlocked"
        assert (await client.lock(FRONT_DOOR, block=True))["success"] is True

    run(bridge, story)
    assert bridge.device(FRONT_DOOR)["stateName"] == "locked"


def test_two_locks_move_at_the_same_time(local: InProcess) -> None:
    async def story(client: Any) -> Any:
        return await asyncio.gather(client.unlock(FRONT_DOOR, block=True), client.lock(GARDEN_DOOR, block=True))

    assert [answer["success"] for answer in run(local, story)] == [True, True]
    assert local.world.clock.iso == "2026-01-05T08:00:02Z"


def test_an_offline_lock_is_a_503(bridge: Reached) -> None:
    bridge.act(FRONT_DOOR, "range", in_range=False)
    with pytest.raises(aiohttp.ClientResponseError) as refused:
        run(bridge, lambda client: client.lock_state(FRONT_DOOR))
    assert refused.value.status == 503


def test_it_receives_a_callback_for_every_change(bridge: Reached) -> None:
    with bridge.receiver("/nuki") as (url, received):

        async def story(client: Any) -> None:
            assert (await client.callback_add(url))["success"] is True
            assert (await client.callback_add(url))["success"] is True, "it checks the list first"
            assert len((await client.callback_list())["callbacks"]) == 1
            await client.unlock(FRONT_DOOR, block=True)

        run(bridge, story)
        assert [received.get(timeout=10)["stateName"] for _ in range(2)] == ["unlocking", "unlocked"]


def test_it_cannot_remove_a_callback_by_its_url(bridge: Reached) -> None:
    """aionuki sends the whole entry in place of the id, and the bridge refuses it."""

    async def story(client: Any) -> None:
        await client.callback_add("http://192.168.1.20:8000/nuki")
        with pytest.raises(aiohttp.ClientResponseError) as refused:
            await client.callback_remove_by_url("http://192.168.1.20:8000/nuki")
        assert refused.value.status == 400
        assert (await client.callback_remove(0))["success"] is True

    run(bridge, story)


def test_a_press_in_the_window_returns_the_token(bridge: Reached) -> None:
    bridge.act(BRIDGE, "press_button", after=20)
    assert run(bridge, lambda client: client.auth()) == bridge.token


def test_without_a_press_it_forgets_the_token_that_it_had(local: InProcess) -> None:
    """It waits for the 30 s of the window. The bridge's answer without a token comes first, and aionuki stores that."""

    async def story(client: Any) -> str | None:
        assert await client.auth() is None
        token: str | None = client.token
        return token

    assert run(local, story) is None
    assert local.world.clock.iso == "2026-01-05T08:00:30Z"


def test_a_task_can_press_the_button_while_another_waits(local: InProcess) -> None:
    async def story(client: Any) -> Any:
        async def press() -> None:
            await client.list()
            local.act(BRIDGE, "press_button")

        return (await asyncio.gather(client.auth(), press()))[0]

    assert run(local, story) == local.token
    assert local.world.clock.iso == "2026-01-05T08:00:00Z"


def test_its_timeout_of_five_seconds_runs_on_the_worlds_time(local: InProcess) -> None:
    local.world.faults.inject({"kind": "delay", "seconds": 20}, path="/lockState")
    with pytest.raises(TimeoutError):
        run(local, lambda client: client.lock_state(FRONT_DOOR))
    assert local.world.clock.iso == "2026-01-05T08:00:05Z"


def test_it_discovers_the_bridge_at_the_vendors_server(local: InProcess) -> None:
    (found,) = asyncio.run(aionuki.NukiBridge.discover())
    client = found()
    assert (client.hostname, client.port) == (local.host, local.port)


class TestObserved:
    """With the keys of later firmware its device objects work."""

    def test_it_finds_its_locks(self, observed: Reached) -> None:
        async def story(client: Any) -> None:
            front, garden, _ = await client.locks
            assert (front.nuki_id, front.is_locked) == (FRONT_DOOR, True)
            assert (garden.nuki_id, garden.is_locked, garden.battery_critical) == (GARDEN_DOOR, False, True)

        run(observed, story)

    @pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
    def test_it_logs_in_with_a_hashed_token(self, observed: Reached) -> None:
        async def story(client: Any) -> list[int]:
            return [lock["nukiId"] for lock in await client.list()]

        assert run(observed, story, secure=True) == PAIRED

    def test_its_simple_actions_work(self, observed: Reached) -> None:
        async def story(client: Any) -> None:
            assert (await client.simple_unlock(FRONT_DOOR))["success"] is True
            assert observed.device(FRONT_DOOR)["stateName"] == "unlocked"
            assert (await client.simple_lock(FRONT_DOOR))["success"] is True

        run(observed, story)
        assert observed.device(FRONT_DOOR)["stateName"] == "locked"

    def test_an_offline_lock_does_not_update(self, observed: Reached) -> None:
        async def story(client: Any) -> None:
            front = (await client.locks)[0]
            observed.act(FRONT_DOOR, "range", in_range=False)
            with pytest.raises(aionuki.exceptions.NukiUpdateException):
                await front.update(aggressive=True)

        run(observed, story)

    def test_it_handles_a_callback(self, observed: Reached) -> None:
        with observed.receiver("/nuki") as (url, received):

            async def story(client: Any) -> str:
                await client.callback_add(url)
                observed.act(FRONT_DOOR, "turn", to="unlocked")
                await client.interpret_callback(received.get(timeout=10))
                name: str = (await client.locks)[0].state_name
                return name

            assert run(observed, story) == "unlocked"
