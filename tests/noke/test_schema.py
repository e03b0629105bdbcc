"""The simulator's answers match its OpenAPI document, on each of its servers.

Nokē fails with status 200: where Schemathesis expects a 4xx, the body must be a failure.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

import locksim
from lockpact.simulators.documents import document
from locksim.noke.seed import GATE, VISITORS_FOB
from tests import fuzz

NOT_LIVE = ("/engagelock/", "/lock/settings/")


@pytest.mark.fuzz
def test_every_operation_answers_as_its_document_says() -> None:
    statuses, codes = fuzzed("sandbox")
    assert len(statuses) == 17
    assert set().union(*statuses.values()) == {200}
    # A run whose requests all fail the first checks would prove nothing.
    assert codes.keys() >= {0, 2, 3, 4, 5, 7, 101}


@pytest.mark.fuzz
def test_what_is_not_live_yet_answers_as_the_document_says_on_pre_release() -> None:
    description = document("noke")
    paths = {path: description["paths"][path] for path in NOT_LIVE}
    _, codes = fuzzed("sandbox-pre-release", {**description, "paths": paths})
    assert codes.keys() >= {0, 2, 3, 4, 7}
    assert codes[5] <= 1, "Schemathesis tries one unknown path"


@pytest.mark.fuzz
def test_every_operation_on_known_locks_and_fobs_answers_as_its_document_says() -> None:
    """Bodies with known MACs and valid codes get beyond "no such lock"."""
    description = document("noke")
    narrow: dict[str, Any] = description["components"]["schemas"]
    narrow["Mac"]["enum"], narrow["FobMac"]["enum"] = [GATE], [VISITORS_FOB]
    narrow["NewQuickClick"]["properties"]["code"]["pattern"] = "^[01]{3,24}$"
    narrow["NewQuickClick"]["properties"]["uses"] |= {"minimum": 1, "maximum": 255}
    statuses, codes = fuzzed("sandbox-pre-release", description)
    assert len(statuses) == 17
    assert codes[0] > codes.total() / 20


def fuzzed(server: str, described: dict[str, Any] | None = None) -> tuple[dict[str, Counter[int]], Counter[int]]:
    """Return the statuses of each operation, and how often each error code was answered."""
    world = locksim.World(seed=7, vendors=["noke"])
    site = world.site("noke")
    keys = site.credentials["sandbox"]
    head = (("Authorization", f"Bearer {keys['api_key']}"),)
    for path, body in (
        ("/qc/issue/", {"mac": GATE, "quick_clicks": [{"code": "10100", "uses": 7}]}),
        ("/keys/", {"issue": [{"macs": [GATE], "tracking_keys": ["bob"]}]}),
        ("/fobs/issue/", {"fob_mac": VISITORS_FOB, "locks": [{"mac": GATE, "tracking_key": "carol"}]}),
    ):
        world.ask("noke", "sandbox", "POST", path, head, json.dumps(body).encode())
    statuses = fuzz.run(world, "noke", described=described, url=site.url_of(server), examples=fuzz.EXAMPLES // 8)
    answer = [json.loads(e.answer.body) for e in world.core.journal if e.answer is not None]
    assert not [e.failed for e in world.core.journal if e.failed]
    assert all((one["result"] == "success") == (one["error_code"] == 0) for one in answer)
    return statuses, Counter(one["error_code"] for one in answer)
