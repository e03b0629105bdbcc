"""Four servers on two databases, and which API keys are valid where."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest

from locksim.engine.errors import Impossible, Unknown
from locksim.noke import VENDOR
from locksim.noke.crypto import DEFAULT_KEY
from locksim.noke.seed import ALICES_FOB, CRATE, GATE, UNIT_12, YARD
from tests.noke.caller import Caller

SERVERS = ["sandbox", "production", "sandbox-pre-release", "production-pre-release"]
LOCK = {"sandbox": GATE, "production": YARD}


@pytest.mark.rule("NO-R01")
def test_the_four_servers_are_at_the_documented_urls(company: Caller, examples: Any) -> None:
    assert {name: company.site.url_of(name) for name in SERVERS} == examples["urls"]
    assert company.site.url == examples["urls"]["sandbox"]
    assert [site.port for site in VENDOR.sites] == [8701, 8711, 8721, 8731]


@pytest.mark.rule("NO-R01")
def test_the_connection_info_has_keys_by_database_and_urls_by_server(company: Caller) -> None:
    urls = {site.name: company.site.url_of(site.name) for site in VENDOR.sites}
    assert VENDOR.connection_info(urls) == {"servers": urls}
    assert list(urls) == SERVERS
    credentials = company.site.credentials
    assert list(credentials) == ["sandbox", "production"]
    keys = [key for pair in credentials.values() for key in pair.values()]
    assert len(set(keys)) == 4
    assert all(list(pair) == ["api_key", "mobile_api_key"] for pair in credentials.values())


@pytest.mark.rule("NO-R02")
@pytest.mark.parametrize("live", LOCK)
def test_a_pre_release_server_shares_its_live_servers_database(company: Caller, live: str) -> None:
    mac, pre = LOCK[live], f"{live}-pre-release"
    body = {"mac": mac, "quick_clicks": [{"code": "0101", "uses": 9}]}
    assert company.post("/qc/issue/", body, server=pre).code == 0
    both = [company.post("/qc/display/", server=server).data for server in (live, pre)]
    assert both[0] == both[1] == [{"mac": mac, "quick_clicks": [
        {"code": "0101", "pending": True, "revoked": False, "uses": 9, "start_uses": 9}]}]  # fmt: skip


@pytest.mark.rule("NO-R132")
@pytest.mark.rule("NO-R03")
def test_a_lock_is_in_one_database(company: Caller) -> None:
    session = company.wake(GATE)
    for server in SERVERS:
        code = company.post("/unlock/", {"mac": GATE, "session": session}, server=server).code
        assert code == (0 if server.startswith("sandbox") else 7)


@pytest.mark.rule("NO-R04")
def test_support_moves_a_lock_with_its_keys_and_revokes_what_was_issued(company: Caller) -> None:
    key = company.issue_key(YARD, "alice")
    company.issue_click(YARD, "111")
    company.issue_to_fob(ALICES_FOB, YARD, "fob")
    company.sync(ALICES_FOB)
    company.unlock(YARD)
    assert company.site.support("move_lock", lock=YARD) == {"lock": YARD, "server": "sandbox"}
    assert company.post("/unlock/", {"mac": YARD, "session": company.wake(YARD)}).code == 7
    assert company.post("/fobs/display/", {"fob_macs": [ALICES_FOB]}).data == [{"fob": ALICES_FOB, "locks": []}]
    company.server = "sandbox"
    assert company.listed(YARD)["status"] == "setup"
    assert company.unlock_offline(YARD, key).unlocked
    assert company.unlock(YARD)
    assert (company.listed(YARD)["status"], company.listed(YARD)["flags"]) == ("ready", "none")
    assert not company.unlock_offline(YARD, key).unlocked
    assert not company.click(YARD, "111")
    assert not company.touch(ALICES_FOB, YARD)
    assert company.body(YARD).keys.master == DEFAULT_KEY


@pytest.mark.rule("NO-R04")
def test_support_refuses_what_cannot_be_moved(company: Caller) -> None:
    with pytest.raises(Impossible, match="is already on production"):
        company.site.support("move_lock", lock=YARD, to="production")
    with pytest.raises(Unknown, match="there is no lock"):
        company.site.support("move_lock", lock="00:00:00:00:00:00")


@pytest.mark.rule("NO-R05")
def test_lock_keys_are_default_on_sandbox_and_their_own_on_production(company: Caller) -> None:
    sandbox = Caller("sandbox")
    assert sandbox.unlock(CRATE)
    assert set(_keys(sandbox, GATE) + _keys(sandbox, CRATE)) == {DEFAULT_KEY}
    own = _keys(company, YARD) + _keys(company, UNIT_12)
    assert len(set(own)) == 6
    assert DEFAULT_KEY not in own


def _keys(caller: Caller, mac: str) -> list[str]:
    keys = caller.body(mac).keys
    return [keys.base, keys.master, keys.limited]


@pytest.mark.rule("NO-R120")
@pytest.mark.rule("NO-R06")
@pytest.mark.parametrize("server", SERVERS)
def test_a_key_is_valid_on_the_servers_of_its_database_and_for_its_calls(company: Caller, server: str) -> None:
    log = {"session": "0" * 40, "mac": LOCK[server.partition("-")[0]], "received_time": 1, "responses": []}
    for database in LOCK:
        for mobile in (False, True):
            key, mine = company.key(mobile=mobile, server=database), server.startswith(database)
            assert company.post("/lock/", {}, key=key, server=server).code == (0 if mine and not mobile else 2)
            assert company.post("/upload/", {"logs": [log]}, key=key, server=server).code == (
                0 if mine and mobile else 2
            )


@pytest.mark.rule("NO-R06")
def test_a_refused_key_gets_a_reason_and_is_never_shown(company: Caller) -> None:
    for key in (company.key(mobile=True), company.key(server="sandbox"), "nonsense"):
        answer = company.post("/lock/", {}, key=key).json
        assert key not in json.dumps(answer)
    assert len(company.misses) == 3
    assert not [
        miss
        for miss in company.misses
        for key in (company.key(mobile=True), company.key(server="sandbox"))
        if key in miss
    ]
    assert company.misses[0] == "this call takes the private API key, and this is the mobile one"


@pytest.mark.rule("NO-R07")
@pytest.mark.parametrize(("name", "alg"), [("api_key", "NOKE_PRIVATE"), ("mobile_api_key", "NOKE_MOBILE")])
def test_api_keys_have_the_vendors_form(company: Caller, name: str, alg: str) -> None:
    assert list(company.site.credentials) == ["sandbox", "production"]
    for pair in company.site.credentials.values():
        head, body, sign = pair[name].split(".")
        header, claims = (json.loads(base64.b64decode(part + "=" * (-len(part) % 4))) for part in (head, body))
        assert header == {"alg": alg, "typ": "JWT"}
        assert list(claims) == ["alg", "company_uuid", "iss"]
        assert claims["alg"] == alg
        assert re.fullmatch("[0-9a-f]{40}", sign)


@pytest.mark.rule("NO-R08")
@pytest.mark.parametrize(
    ("header", "code"),
    [("Bearer {}", 0), ("bearer {}", 0), ("BEARER  {} ", 0), ("{}", 2), ("Basic {}", 2), ("Bearer", 2), ("", 2)],
)
def test_the_key_comes_after_the_word_bearer(company: Caller, header: str, code: int) -> None:
    assert company.send("/lock/", b"{}", (("Authorization", header.format(company.key())),)).code == code


@pytest.mark.rule("NO-R09")
@pytest.mark.parametrize("server", SERVERS)
def test_what_is_not_yet_live_works_only_on_pre_release(company: Caller, server: str) -> None:
    mac = LOCK[server.partition("-")[0]]
    wanted = 0 if server.endswith("pre-release") else 5
    engage = {"mac": mac, "session": company.wake(mac)}
    settings = {"macs": [mac], "settings": {"explicit-lock": True}}
    assert company.post("/engagelock/", engage, server=server).code == wanted
    assert company.post("/lock/settings/", settings, server=server).code == wanted
    assert company.post("/engagelock/", engage, server=server, key="wrong").code == (wanted or 2)


@pytest.mark.rule("NO-R10")
def test_a_changed_behaviour_runs_only_on_the_pre_release_servers(company: Caller) -> None:
    bad = {"mac": YARD, "quick_clicks": [{"code": "000", "uses": 1}, {"code": "2", "uses": 1}]}

    def seen(server: str) -> tuple[str, str, Any]:
        answer = company.fork().post("/qc/issue/", bad, server=server).json
        return answer["api_version"]["default"], answer["result"], answer["error_details"]

    before = seen("production-pre-release")
    assert before == seen("production") == ("0.1.0", "failure", None)
    assert company.site.support("pre_release") == {"pre_release": True}
    changed = seen("production-pre-release")
    assert changed[:2] == ("1.0.0", "success")
    assert len(changed[2]) == 1
    assert seen("production") == before
    assert company.site.support("pre_release", on=False) == {"pre_release": False}
    assert seen("production-pre-release") == before
