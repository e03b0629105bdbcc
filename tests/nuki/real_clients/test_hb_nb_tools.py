"""hb-nb-tools 2.0.19, unmodified, in Node: at an observed bridge with its default, the encrypted token."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from locksim.nuki.seed import BRIDGE, FRONT_DOOR, GARDEN_DOOR, WORKSHOP
from tests.needs import NODE, NODE_FOLDER
from tests.nuki.real_clients.reached import Served, served

pytestmark = pytest.mark.needs(NODE)
SMART_LOCK = 0
"""The deviceType of a Smart Lock."""


@pytest.fixture
def bridge() -> Iterator[Served]:
    with served("observed", start=datetime.now(UTC).isoformat()) as reached:
        yield reached


def run(bridge: Served, *calls: tuple[Any, ...], **options: Any) -> Any:
    """Make these calls with one client. Returns what each answered, and what the client knows."""
    client = {"host": f"{bridge.host}:{bridge.port}", "token": bridge.token, **options}
    program = ("node", "run.mjs", json.dumps({"client": client, "calls": calls}))
    done = subprocess.run(program, cwd=NODE_FOLDER, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def test_its_default_login_is_the_encrypted_token(bridge: Served) -> None:
    ran = run(bridge, ("init",), ("list",), ("lockState", GARDEN_DOOR, SMART_LOCK))
    _, listed, state = ran["results"]
    assert (ran["encryption"], ran["id"]) == ("encryptedToken", f"{int(BRIDGE):X}")
    assert [lock["nukiId"] for lock in listed] == [FRONT_DOOR, GARDEN_DOOR, WORKSHOP]
    assert (state["stateName"], state["batteryCritical"], state["success"]) == ("unlocked", True, True)


@pytest.mark.parametrize("encryption", ["encryptedToken", "hashedToken", "none"])
def test_a_wrong_token_is_refused(bridge: Served, encryption: str) -> None:
    assert run(bridge, ("list",), encryption=encryption, token="wrong1")["results"] == [{"failed": 401}]


@pytest.mark.rule("NK-R115")
def test_its_simple_lock_calls_work(bridge: Served) -> None:
    done = {"success": True, "batteryCritical": False}
    opened = run(bridge, ("unlock", FRONT_DOOR, SMART_LOCK))["results"]
    assert (opened, bridge.device(FRONT_DOOR)["stateName"]) == ([done], "unlocked")
    locked = run(bridge, ("lock", FRONT_DOOR, SMART_LOCK), ("lockAction", FRONT_DOOR, SMART_LOCK, 2))["results"]
    assert (locked, bridge.device(FRONT_DOOR)["stateName"]) == ([done, done], "locked")


def test_it_gets_the_token_by_the_button_and_registers_a_callback(bridge: Served) -> None:
    bridge.act(BRIDGE, "press_button", after=1)
    url = "http://127.0.0.1:9/nuki?lock=front&door=1"
    token, added, listed, removed = run(
        bridge, ("auth",), ("callbackAdd", url), ("callbackList",), ("callbackRemove", 0), token=None
    )["results"]
    assert token == bridge.token
    assert (added, removed) == ({"success": True}, {"success": True})
    assert listed == {"callbacks": [{"id": 0, "url": url}]}
