"""Clients that the laws once accused wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from lockpact.driving.state_machine import PactRun
from lockpact.driving.virtual_time import virtual_time
from lockpact.noke import PACT
from lockpact.noke.port import CredentialStatus
from lockpact.noke.reference import Reference
from lockpact.simulators.stage import WorldStage
from locksim.noke.seed import YARD


@pytest.fixture
def machine() -> Iterator[Any]:
    """The machine with the reference client. A law that is broken raises."""
    with virtual_time():
        machine: Any = PactRun.begin(PACT, Reference, partial(WorldStage, PACT)).machine()()
        machine.begin(
            world=0, site="production", key=None, phone=None, version=None, changed=False, others=0, away=None
        )
        yield machine
        machine.stage.close()


def test_a_key_that_was_revoked_and_issued_anew_opens_after_the_next_online_unlock(machine: Any) -> None:
    """The lock still has the key of before, under the same tracking key."""
    key: dict[str, Any] = {"locks": [YARD], "tracking_keys": ["alice"], "given": {}}
    machine.do("issue_keys", **key)
    machine.do("unlock", lock=YARD, tracking_key="owner", given={})
    machine.do("revoke_keys", **key)
    machine.do("issue_keys", **key)
    assert not machine.do("offline_unlock", lock=YARD, tracking_key="alice", given={}).result.done
    machine.do("unlock", lock=YARD, tracking_key="owner", given={})
    assert machine.do("offline_unlock", lock=YARD, tracking_key="alice", given={}).result.done


def test_a_key_that_another_program_has_issued_anew_is_pending_though_it_was_shown_as_active(machine: Any) -> None:
    machine.do("issue_keys", locks=[YARD], tracking_keys=["alice"], given={})
    machine.do("unlock", lock=YARD, tracking_key="owner", given={})
    assert machine.do("keys", lock=YARD, given={}).result["alice"] is CredentialStatus.ACTIVE
    for what in ("revoke", "issue"):
        machine._elsewhere("/keys/", {what: [{"macs": [YARD], "tracking_keys": ["alice"]}]}, YARD)
    assert machine.do("keys", lock=YARD, given={}).result["alice"] is CredentialStatus.PENDING
