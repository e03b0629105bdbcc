"""GET /u/1/init."""

from __future__ import annotations

from typing import Any

import pytest

from tests.codelocks.caller import Caller


@pytest.mark.rule("CL-R70")
@pytest.mark.rule("CL-R42")
def test_init_answers_the_documents_keys_and_a_timecode_for_the_path(api: Caller, examples: Any) -> None:
    shown = api.send("GET", examples["requests"]["/u/1/init"]).json
    assert list(shown) == list(examples["answers"]["/u/1/init"])
    assert shown["TimeCode"] == "202601050800"
    query = {"start": "2026-01-05 08:00", "duration": 0, "lockmodel": "KL1060", "identifier": "123456"}
    assert api.get(f"/n/1/netcode/{shown['TimeCode']}", **query).status == 200


@pytest.mark.rule("CL-R71")
def test_init_accepts_only_three_models(api: Caller) -> None:
    statuses = {
        m: api.get("/u/1/init", lockmodel=m).status
        for m in ("KL1060", "KL1060C2", "KL1550", "KL1060G3", "K3CONNECT", "x")
    }
    assert list(statuses.values()) == [200, 200, 200, 400, 400, 400]


@pytest.mark.rule("CL-R72")
@pytest.mark.rule("CL-R73")
def test_the_sequence_has_the_given_master_code_or_the_factorys(api: Caller) -> None:
    default, own = api.get("/u/1/init").json, api.get("/u/1/init", mastercode="87654321").json
    assert default["DefaultMastercode"] == own["DefaultMastercode"] == "12345678"
    assert default["InitSeq"].startswith("#12345678#")
    assert own["InitSeq"].startswith("#87654321#")
    for wrong in ("1234567", "123456789", "1234567x", "１2345678"):
        assert api.get("/u/1/init", mastercode=wrong).status == 400


@pytest.mark.rule("CL-R74")
@pytest.mark.rule("CL-R75")
def test_the_sequence_is_in_utc_and_the_timezone_is_checked(api: Caller) -> None:
    api.advance_to("2026-07-05 08:15:00")
    answers = {api.get("/u/1/init", timezone=zone).body for zone in (None, "Europe/London", "Australia/Lord_Howe")}
    assert len(answers) == 1
    assert api.get("/u/1/init").json["TimeCode"] == "202607050815"
    for wrong in ("Mars/Olympus", "europe/london", "UTC+1", "../UTC"):
        assert api.get("/u/1/init", timezone=wrong).status == 400


@pytest.mark.rule("CL-R76")
@pytest.mark.rule("CL-R137")
@pytest.mark.rule("CL-R79")
def test_the_identifier_is_the_default_or_random(api: Caller) -> None:
    plain = [api.get("/u/1/init", randomid=word).json["InitSeq"] for word in (None, "false", "FALSE")]
    assert {one.split("#")[4] for one in plain} == {"123456"}
    random = {api.get("/u/1/init", randomid="true").json["InitSeq"].split("#")[4] for _ in range(20)}
    assert len(random) == 20
    assert all(len(one) == 6 and one.isdecimal() for one in random)
    assert api.get("/u/1/init", randomid="KL1060").status == 400


@pytest.mark.rule("CL-R77")
@pytest.mark.rule("CL-R78")
def test_sequences_have_the_format_of_the_model(api: Caller) -> None:
    plain, grouped = api.get("/u/1/init", lockmodel="KL1550").json, api.get("/u/1/init", lockmodel="KL1060C2").json
    assert (plain["InitSeqFormat"], plain["InitSeq"]) == (
        "#MASTERCODE#99#yyMMddhhmm#ID#",
        "#12345678#99#2601050800#123456#",
    )
    assert grouped["InitSeqFormat"] == "#MASTERCODE#99#yyMMddhhmm#GROUPID#MEMBERID#"
    assert grouped["InitSeq"] == "#12345678#99#2601050800#123#456#"
    assert "UTC" in plain["InitSeqFormatDesc"]


@pytest.mark.rule("CL-R79")
def test_the_default_model_is_the_kl1060(api: Caller) -> None:
    assert api.get("/u/1/init").json == api.get("/u/1/init", lockmodel="KL1060").json
    assert api.get("/u/1/duration/37").json == api.get("/u/1/duration/37", lockmodel="KL1060").json
