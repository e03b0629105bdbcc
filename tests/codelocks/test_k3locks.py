"""K3Connect locks and their account."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from locksim.codelocks.seed import ANNEXE, DENNIS, MAIN_DOOR
from tests.codelocks.caller import ALWAYS, Caller

RECORDED = json.loads(Path(__file__).parents[2].joinpath("fixtures/codelocks/observed.json").read_text("utf-8"))["keys"]
UNKNOWN = "f" * 32


def listed(api: Caller) -> list[dict[str, Any]]:
    locks: list[dict[str, Any]] = api.get("/u/1/k3connect", accesskey=api.access).json
    return locks


@pytest.mark.rule("CL-R90")
@pytest.mark.rule("CL-R91")
def test_locks_have_the_documents_keys_in_its_order(api: Caller, examples: Any) -> None:
    sample = examples["answers"]
    assert [one["LockId"] for one in listed(api)] == [MAIN_DOOR, ANNEXE]
    assert [list(one) for one in listed(api)] == [list(sample["/u/1/k3connect"][0])] * 2
    single = api.k3connect(MAIN_DOOR).json
    assert list(single) == list(sample["/u/1/k3connect/{id}"])
    assert single == listed(api)[0] | {"LockLocation": "Reception"}
    assert api.k3connect(MAIN_DOOR.upper()).json == single


@pytest.mark.rule("CL-R93")
def test_observed_a_lock_has_ten_more_keys(api: Caller, observed: Caller) -> None:
    for one in (*listed(observed), observed.k3connect(ANNEXE).json):
        assert list(one)[13:] == RECORDED["lock"]["keys"]
        assert list(one)[:13] == list(listed(api)[0])


@pytest.mark.rule("CL-R92")
@pytest.mark.rule("CL-R94")
def test_values_have_the_recorded_forms(api: Caller) -> None:
    london, new_york = listed(api)
    shown = ("BatteryStatus", "BatteryUpdated", "Manufacturer", "TimezoneOffset", "DstStart", "DstEnd", "DstTime")
    assert [london[key] for key in shown] == [
        "FULL", "2026-01-04T08:00:00", "CODELOCKS", "+0000", "2026-03-29T01:00:00", "2026-10-25T02:00:00", "01:00",
    ]  # fmt: skip
    assert [new_york[key] for key in shown] == [
        "UNKNOWN", "1970-01-01T00:00:00", "CODELOCKS", "-0500", "2026-03-08T02:00:00", "2026-11-01T02:00:00", "01:00",
    ]  # fmt: skip
    api.advance_to("2026-07-05 12:00:00")
    api.device(ANNEXE).sync()
    summer = api.k3connect(ANNEXE).json
    assert (summer["BatteryStatus"], summer["BatteryUpdated"]) == ("FULL", "2026-07-05T08:00:00")
    assert summer["TimezoneOffset"] == "-0500", "DstTime is what is added in summer"


@pytest.mark.rule("CL-R95")
def test_an_id_of_no_lock_is_404_for_a_single_lock(api: Caller) -> None:
    for number in (UNKNOWN, "x", MAIN_DOOR[:-1]):
        reply = api.k3connect(number)
        assert (reply.status, reply.messages) == (404, ["[Not Found] No lock found"])
    assert MAIN_DOOR in api.near_misses[0]


@pytest.mark.rule("CL-R96")
def test_an_id_of_no_lock_is_400_in_all_other_operations(api: Caller) -> None:
    for number in (UNKNOWN, "x"):
        replies = [
            api.k3connect(number, "/clients", page=1, perpage=1),
            api.k3connect(number, "/audit", page=1, perpage=1, pageorder="ascending"),
            api.invite(number, DENNIS),
            api.client("PUT", number, DENNIS, activeperiods=json.dumps(ALWAYS)),
            api.client("PATCH", number, DENNIS, action="SUSPEND"),
            api.client("DELETE", number, DENNIS),
            api.netcode(UNKNOWN, "2026-01-05 08:00"),
        ]
        assert [reply.status for reply in replies] == [400] * 7
        assert {reply.messages[0].split(" (")[0] for reply in replies} == {"[Invalid Data] ID"}


@pytest.mark.rule("CL-R97")
@pytest.mark.rule("CL-R98")
@pytest.mark.rule("CL-R121")
def test_the_account_is_a_list_of_one_and_observed_an_object(api: Caller, observed: Caller, examples: Any) -> None:
    (account,) = api.get("/u/1/k3connect/account", accesskey=api.access).json
    assert list(account) == list(examples["answers"]["/u/1/k3connect/account"][0])
    assert account == observed.get("/u/1/k3connect/account", accesskey=observed.access).json
    assert account == {"email": "office@example.org", "spccmstatus": "ENABLED"}


@pytest.mark.rule("CL-R99")
def test_the_sample_of_active_periods_fits_its_schema_and_is_accepted(api: Caller) -> None:
    shown = api.get("/u/1/k3connect/help/spcconfig").json
    assert list(shown) == ["activeperiods"]
    shown = json.loads(shown["activeperiods"])
    jsonschema.validate(shown["sample"], shown["schema"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"10": shown["sample"]["0"]}, shown["schema"])
    assert api.client("PUT", MAIN_DOOR, DENNIS, activeperiods=json.dumps(shown["sample"])).status == 200
