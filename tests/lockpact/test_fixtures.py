"""The fixtures as context managers, and a pact as a test case of a user's own."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import lockpact
from lockpact.nuki import PACT
from lockpact.nuki.machine import NukiMachine
from lockpact.nuki.port import Action, Done, Failed
from lockpact.nuki.reference import Reference
from lockpact.simulators.stage import WorldStage


@given(seconds=st.integers(0, 10_000))
@settings(max_examples=20)
def test_a_vendor_is_fresh_in_every_example(seconds: int) -> None:
    with lockpact.site("nuki") as nuki:
        nuki.clock.advance(seconds)
        client = httpx.Client(transport=nuki.transport, base_url=nuki.url)
        said = client.get("/info", params={"token": nuki.credentials["token"]}).json()
    assert said["uptime"] == 259_200 + seconds


def test_a_world_has_the_vendors_that_were_asked_for() -> None:
    with lockpact.lock_world(vendors=["nuki"], seed=7) as world:
        assert list(world.core.vendors) == ["nuki"]
        assert world.core.seed == 7


def test_every_name_in_all_exists() -> None:
    assert [name for name in lockpact.__all__ if not hasattr(lockpact, name)] == []
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = lockpact.nothing


class Overlooks(Reference):
    def act(self, lock: int, action: Action, wait: bool) -> Done:
        try:
            return super().act(lock, action, wait)
        except Failed:
            return Done(completed=True, battery_critical=False)


def test_assert_keeps_fails_with_the_story() -> None:
    with pytest.raises(AssertionError) as raised:
        lockpact.assert_keeps("nuki", Overlooks, examples=60, laws=["NK-ACT-1", "NK-SECRET-1"])
    output = str(raised.value)
    assert output.startswith("1 kept, 1 broken in 60 examples, seed 0, ")
    assert "NK-ACT-1 is broken: success: false is a failure" in output


def test_a_client_that_keeps_the_pact_passes_and_one_that_proves_nothing_does_not() -> None:
    lockpact.assert_keeps("nuki", Reference, examples=20)
    with pytest.raises(AssertionError, match=r"1 not exercised in 1 examples, .*: this run proved nothing"):
        lockpact.assert_keeps("nuki", Reference, examples=1, laws=["NK-CAP-1"])


def test_a_failing_test_case_of_the_machine_has_the_story_as_a_note() -> None:
    case = NukiMachine.against(PACT, Overlooks, WorldStage).TestCase
    case.settings = settings(
        max_examples=300, deadline=None, database=None, print_blob=False, phases=[Phase.generate], derandomize=True
    )
    with pytest.raises(AssertionError, match="NK-ACT-1 is broken: success: false is a failure") as raised:
        case("runTest").runTest()
    assert "NK-ACT-1 is broken: success: false is a failure" in "".join(raised.value.__notes__)
