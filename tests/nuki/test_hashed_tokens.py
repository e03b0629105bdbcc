"""Hashed tokens, as later firmware takes them."""

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


def keys(bridge: Caller, ts: str = TS, rnr: str = "4711") -> dict[str, Any]:
    return {"token": None, "ts": ts, "rnr": rnr, "hash": hash_token(bridge.token, ts, rnr)}


@pytest.mark.rule("NK-R19")
def test_the_hash_is_the_vendors() -> None:
    assert hash_token("123456", TS, "4711").startswith("f52eb5ce")


@pytest.mark.rule("NK-R19")
def test_a_hashed_token_lets_in(later: Caller) -> None:
    assert later.get("/list", **keys(later)).status == 200


@pytest.mark.rule("NK-R19")
@pytest.mark.parametrize(
    "wrong",
    [{"hash": "0" * 64}, {"hash": ""}, {"hash": None}, {"ts": None}, {"rnr": None}, {"rnr": "4712"}, {"ts": "now"},
     {"ts": "2019-03-05T01:06:54Z"}, {"rnr": "x"}, {"rnr": "٤"}, {"token": "wrong"}, {"rnr": ["4711", "4711"]}],
)  # fmt: skip
def test_a_wrong_one_does_not(later: Caller, wrong: dict[str, Any]) -> None:
    assert later.get("/list", **(keys(later) | wrong)).status == 401
    assert later.get("/list", **keys(later)).status == 200, "and a refused one is not used up"


@pytest.mark.rule("NK-R19")
def test_the_hash_is_of_the_present_token(later: Caller) -> None:
    old = keys(later)
    later.site.support("set_token", token="another1")
    assert later.get("/list", **old).status == 401


@pytest.mark.rule("NK-R38")
def test_a_replay_is_refused(later: Caller) -> None:
    assert later.get("/list", **keys(later)).status == 200
    assert later.get("/list", **keys(later)).status == 401
    assert later.get("/info", **keys(later)).status == 401
    assert later.get("/list", **keys(later, rnr="4712")).status == 200


@pytest.mark.rule("NK-R39")
def test_the_documented_bridge_knows_none(bridge: Caller) -> None:
    assert bridge.get("/list", **keys(bridge)).status == 401


@pytest.mark.rule("NK-R39")
def test_the_plain_token_is_taken_too(later: Caller) -> None:
    assert later.get("/list").status == 200


@pytest.mark.rule("NK-R38")
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=60))
def test_no_replay_is_ever_taken_however_little_is_remembered(uses: list[tuple[int, int]]) -> None:
    bridge, taken = Bridge(1, 2, 0, 0, token="123456", api_enabled=True), set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "REMEMBERED", 5)
        for second, rnr in uses:
            ts = f"2026-01-05T08:00:0{second}Z"
            query = {"ts": [ts], "rnr": [str(rnr)], "hash": [hash_token("123456", ts, str(rnr))]}
            try:
                auth.check_token("observed", bridge, query)
            except Unauthorized:
                continue
            assert (second, rnr) not in taken
            taken.add((second, rnr))
            assert len(bridge.used_hashes) <= 5
