"""Variants run on the pre-release servers first; the live servers, on the same databases, do not change."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.engine.vendor import variants_of
from locksim.inprocess.world import World
from locksim.noke import VENDOR
from locksim.noke.seed import YARD
from tests.noke.caller import Caller

NEXT = "production-pre-release"
CODE = {"code": "010", "uses": 5}


def company(*variants: str) -> Caller:
    return Caller(world=World([VENDOR], seed=7, variants=variants))


def answers(there: Caller, server: str) -> list[tuple[int, dict[str, str], Any]]:
    """Return a server's answers to some of everything, also an hour after a key was issued."""
    issue = {"issue": [{"macs": [YARD, "nobody"], "tracking_keys": ["me"]}]}
    late = {"mac": YARD, "session": "0" * 40, "received_time": there.now, "responses": []}
    replies = [there.post("/lock/", server=server), there.post("/lock/", key="none", server=server)]
    replies.append(there.post("/keys/", issue, server=server))
    replies += [
        there.post("/qc/issue/", {"mac": YARD, "quick_clicks": [CODE | {"uses": n}]}, server=server) for n in (5, 7)
    ]
    there.pass_time(3600)
    replies += [there.post("/keys/", {}, server=server), there.post("/upload/", {"logs": [late]}, server=server)]
    return [(reply.status, dict(reply.headers), reply.body) for reply in replies]


@pytest.mark.parametrize("id_", variants_of(VENDOR))
def test_the_live_servers_do_not_change_until_the_variant_is_live(id_: str) -> None:
    original = answers(company(), "production")
    assert answers(company(id_), "production") == original
    assert answers(company(f"{id_}:live"), "production") != original
    assert answers(company(id_), NEXT) != answers(company(), NEXT)
