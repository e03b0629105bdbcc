"""Hashed and encrypted tokens, which later firmware accepts, and the clock of the bridge that they depend on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.errors import Impossible, Refused
from locksim.engine.timestamps import SECOND, iso, parse_iso
from locksim.nuki import auth
from locksim.nuki.auth import encrypt_token, hash_token
from locksim.nuki.errors import Unauthorized
from locksim.nuki.state import Bridge
from tests.nuki.caller import Caller

SAMPLE_TS = "2019-03-05T01:06:53Z"
NOW = "2026-01-05T08:00:00Z"
NONCE = bytes(range(24))


def hashed(bridge: Caller, ts: str = NOW, rnr: str = "4711") -> dict[str, Any]:
    return {"token": None, "ts": ts, "rnr": rnr, "hash": hash_token(bridge.token, ts, rnr)}


def encrypted(bridge: Caller, ts: str = NOW, rnr: str = "4711") -> dict[str, Any]:
    return {"token": None, "ctoken": encrypt_token(bridge.token, ts, rnr, NONCE), "nonce": NONCE.hex()}


LOGINS = pytest.mark.parametrize("login", [hashed, encrypted])


def seconds_later(seconds: float) -> str:
    return iso(parse_iso(NOW) + round(seconds * SECOND))


@pytest.mark.rule("NK-R19")
def test_the_hash_is_that_of_the_vendors_sample() -> None:
    assert hash_token("123456", SAMPLE_TS, "4711").startswith("f52eb5ce")


@pytest.mark.rule("NK-R19")
@pytest.mark.rule("NK-R110")
@LOGINS
def test_a_secure_token_is_accepted(later: Caller, login: Any) -> None:
    assert later.get("/list", **login(later)).status == 200


@pytest.mark.rule("NK-R19")
@pytest.mark.parametrize(
    "wrong",
    [{"hash": "0" * 64}, {"hash": ""}, {"hash": None}, {"ts": None}, {"rnr": None}, {"rnr": "4712"}, {"ts": "now"},
     {"ts": "2026-01-05T08:00:01Z"}, {"rnr": "x"}, {"rnr": "٤"}, {"token": "wrong"}, {"rnr": ["4711", "4711"]}],
)  # fmt: skip
def test_a_wrong_hash_is_refused(later: Caller, wrong: dict[str, Any]) -> None:
    assert later.get("/list", **(hashed(later) | wrong)).status == 401
    assert later.get("/list", **hashed(later)).status == 200, "a refused hash does not count as used"


@pytest.mark.rule("NK-R110")
@pytest.mark.parametrize(
    "wrong",
    [{"ctoken": "00" * 40}, {"ctoken": ""}, {"ctoken": None}, {"ctoken": "xyz"}, {"ctoken": ["00", "00"]},
     {"nonce": "00" * 24}, {"nonce": ""}, {"nonce": None}, {"nonce": "00" * 23}, {"token": "wrong"}],
)  # fmt: skip
def test_a_wrong_encrypted_token_is_refused(later: Caller, wrong: dict[str, Any]) -> None:
    assert later.get("/list", **(encrypted(later) | wrong)).status == 401
    assert len(later.misses) == 1
    assert later.get("/list", **encrypted(later)).status == 200


@pytest.mark.rule("NK-R110")
@pytest.mark.parametrize("text", ["", "x", NOW, f"{NOW},", f"{NOW},1,2", f"{NOW}.5,1", "2026-13-45T08:00:00Z,1"])
def test_an_encrypted_text_that_is_not_ts_and_rnr_is_refused(later: Caller, text: str) -> None:
    ts, _, rnr = text.partition(",")
    assert later.get("/list", **encrypted(later, ts, rnr)).status == 401


@pytest.mark.rule("NK-R19")
@pytest.mark.rule("NK-R110")
@LOGINS
def test_a_secure_token_made_from_an_old_token_is_refused(later: Caller, login: Any) -> None:
    old = login(later)
    later.site.support("set_token", token="another1")
    assert later.get("/list", **old).status == 401


@pytest.mark.rule("NK-R111")
@LOGINS
@pytest.mark.parametrize(("rnr", "status"), [("0", 200), ("65535", 200), ("65536", 401), ("-1", 401), ("99999", 401)])
def test_the_random_number_has_16_bits(later: Caller, login: Any, rnr: str, status: int) -> None:
    assert later.get("/list", **login(later, rnr=rnr)).status == status


@pytest.mark.rule("NK-R38")
@LOGINS
def test_a_replay_is_refused(later: Caller, login: Any) -> None:
    assert later.get("/list", **login(later)).status == 200
    assert later.get("/list", **login(later)).status == 401
    assert later.get("/info", **login(later)).status == 401
    assert later.get("/list", **hashed(later)).status == 401
    assert later.get("/list", **login(later, rnr="4712")).status == 200


@pytest.mark.rule("NK-R112")
@pytest.mark.rule("NK-R113")
@LOGINS
@pytest.mark.parametrize(
    ("seconds", "status"), [(0, 200), (-60, 200), (60, 200), (-61, 401), (61, 401), (86400 * 365, 401)]
)
def test_the_timestamp_must_be_near_the_bridges_clock(later: Caller, login: Any, seconds: int, status: int) -> None:
    assert later.get("/list", **login(later, ts=seconds_later(seconds))).status == status
    assert later.get("/list", **login(later, ts=SAMPLE_TS)).status == 401


@pytest.mark.rule("NK-R114")
@LOGINS
def test_a_bridge_with_a_wrong_clock_refuses_a_client_with_the_right_time(later: Caller, login: Any) -> None:
    later.bridge.network(on=False)
    later.bridge.clock(offset=-120)
    assert later.get("/list", **login(later)).status == 401
    assert "120 s ahead of the bridge's clock" in later.misses[0]
    assert later.get("/list", **login(later, ts=seconds_later(-120))).status == 200
    later.bridge.network(on=True)
    assert later.get("/list", **login(later)).status == 200


@pytest.mark.rule("NK-R114")
def test_without_the_server_the_clock_drifts_and_with_it_the_clock_is_exact(later: Caller) -> None:
    later.bridge.network(on=False)
    later.bridge.clock(offset=0, drift=86.4)
    later.pass_time(86_400)
    assert later.get("/info").json["currentTime"] == "2026-01-06T08:01:26+00:00"
    later.lock(407225611).turn()
    assert later.listed(407225611)["lastKnownState"]["timestamp"] == "2026-01-06T08:01:26+00:00"
    assert later.get("/log").json[0]["timestamp"] == "2026-01-06T08:01:26+00:00"
    later.bridge.network(on=True)
    assert later.get("/info").json["currentTime"] == "2026-01-06T08:00:00+00:00"


@pytest.mark.rule("NK-R114")
def test_the_clock_is_exact_when_the_connection_breaks(bridge: Caller) -> None:
    bridge.bridge.network(on=False)
    bridge.bridge.clock(offset=100)
    bridge.bridge.network(on=True)
    bridge.bridge.network(on=False)
    assert bridge.get("/info").json["currentTime"] == NOW
    bridge.pass_time(86_400)
    assert bridge.get("/info").json["currentTime"] == "2026-01-06T08:00:00Z", "by default the clock does not drift"


def test_the_clock_of_a_connected_bridge_cannot_be_set(bridge: Caller) -> None:
    with pytest.raises(Impossible, match="cut the connection first"):
        bridge.bridge.clock(offset=10)
    bridge.bridge.network(on=False)
    assert bridge.bridge.clock() == {"clock": "2026-01-05T09:00:00Z"}
    for wrong in ({"offset": 1e9}, {"drift": 1e6}, {"offset": float("nan")}):
        with pytest.raises(Refused, match=r"offset or drift|must be from"):
            bridge.bridge.clock(**wrong)


@pytest.mark.rule("NK-R39")
@LOGINS
def test_the_documented_bridge_refuses_secure_tokens(bridge: Caller, login: Any) -> None:
    assert bridge.get("/list", **login(bridge)).status == 401


@pytest.mark.rule("NK-R39")
def test_the_plain_token_is_accepted_too(later: Caller) -> None:
    assert later.get("/list").status == 200


@pytest.mark.rule("NK-R38")
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=60))
def test_no_replay_is_accepted_however_few_pairs_are_remembered(uses: list[tuple[int, int]]) -> None:
    bridge, accepted = Bridge(1, 2, 0, 0, token="123456", api_enabled=True), set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "REMEMBERED", 5)
        for second, rnr in uses:
            ts = f"2026-01-05T08:00:0{second}Z"
            query = {"ts": [ts], "rnr": [str(rnr)], "hash": [hash_token("123456", ts, str(rnr))]}
            try:
                auth.check_token("observed", bridge, query, parse_iso(NOW))
            except Unauthorized:
                continue
            assert (second, rnr) not in accepted
            accepted.add((second, rnr))
            assert len(bridge.used_pairs) <= 5
