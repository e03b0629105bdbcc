"""Hashed tokens, which later firmware accepts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.nuki import auth
from locksim.nuki.auth import hash_token
from locksim.nuki.errors import Unauthorized
from locksim.nuki.state import Bridge
from tests.nuki.caller import Caller

TS = "2019-03-05T01:06:53Z"


def login(bridge: Caller, ts: str = TS, rnr: str = "4711") -> dict[str, Any]:
    return {"token": None, "ts": ts, "rnr": rnr, "hash": hash_token(bridge.token, ts, rnr)}


@pytest.mark.rule("NK-R19")
def test_the_hash_is_that_of_the_vendors_sample() -> None:
    assert hash_token("123456", TS, "4711").startswith("f52eb5ce")


@pytest.mark.rule("NK-R19")
def test_a_hashed_token_is_accepted(later: Caller) -> None:
    assert later.get("/list", **login(later)).status == 200


@pytest.mark.rule("NK-R19")
@pytest.mark.parametrize(
    "wrong",
    [{"hash": "0" * 64}, {"hash": ""}, {"hash": None}, {"ts": None}, {"rnr": None}, {"rnr": "4712"}, {"ts": "now"},
     {"ts": "2019-03-05T01:06:54Z"}, {"rnr": "x"}, {"rnr": "٤"}, {"token": "wrong"}, {"rnr": ["4711", "4711"]}],
)  # fmt: skip
def test_a_wrong_hash_is_refused(later: Caller, wrong: dict[str, Any]) -> None:
    assert later.get("/list", **(login(later) | wrong)).status == 401
    assert later.get("/list", **login(later)).status == 200, "a refused hash does not count as used"


@pytest.mark.rule("NK-R19")
def test_a_hash_of_an_old_token_is_refused(later: Caller) -> None:
    old = login(later)
    later.site.support("set_token", token="another1")
    assert later.get("/list", **old).status == 401


@pytest.mark.rule("NK-R38")
def test_a_replay_is_refused(later: Caller) -> None:
    assert later.get("/list", **login(later)).status == 200
    assert later.get("/list", **login(later)).status == 401
    assert later.get("/info", **login(later)).status == 401
    assert later.get("/list", **login(later, rnr="4712")).status == 200


@pytest.mark.rule("NK-R39")
def test_the_documented_bridge_refuses_hashes(bridge: Caller) -> None:
    assert bridge.get("/list", **login(bridge)).status == 401


@pytest.mark.rule("NK-R39")
def test_the_plain_token_is_accepted_too(later: Caller) -> None:
    assert later.get("/list").status == 200


@pytest.mark.rule("NK-R38")
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=60))
def test_no_replay_is_accepted_however_few_hashes_are_remembered(uses: list[tuple[int, int]]) -> None:
    bridge, accepted = Bridge(1, 2, 0, 0, token="123456", api_enabled=True), set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "REMEMBERED", 5)
        for second, rnr in uses:
            ts = f"2026-01-05T08:00:0{second}Z"
            query = {"ts": [ts], "rnr": [str(rnr)], "hash": [hash_token("123456", ts, str(rnr))]}
            try:
                auth.check_token("observed", bridge, query)
            except Unauthorized:
                continue
            assert (second, rnr) not in accepted
            accepted.add((second, rnr))
            assert len(bridge.used_hashes) <= 5
