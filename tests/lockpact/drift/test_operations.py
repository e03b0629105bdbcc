"""The table of operations: placeholders, objects that are found, procedures of several steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from lockpact.core.pact import load
from lockpact.drift import Server, drift
from lockpact.drift import run as run_module
from lockpact.drift.created_objects import CreatedObjects
from lockpact.drift.operations import (
    Cred,
    DeviceOperation,
    HttpOperation,
    Missing,
    OperationTable,
    Pick,
    Ref,
    fill,
    values_at,
)
from lockpact.live.permission import Permission
from tests.lockpact.drift.pair import pair
from tests.lockpact.drift.recorder import recorder
from tests.lockpact.drift.shop import keys, the_pact


def filled(template: Any, *draws: int, **known: list[Any]) -> Any:
    return fill(template, iter(draws), known, {"key": "s3cret"}, 0)


def test_a_reference_is_any_object_of_its_kind_or_the_first_or_the_last() -> None:
    assert [filled(Ref("x"), draw, x=["a", "b", "c"]) for draw in (0, 1, 5)] == ["a", "b", "c"]
    assert (filled(Ref("x", 0), x=["a", "b"]), filled(Ref("x", -1), x=["a", "b"])) == ("a", "b")
    for nothing in (Ref("x"), Ref("x", -1), "/{x}"):
        with pytest.raises(Missing):
            filled(nothing, 0, x=[])
    for beyond in (Ref("x", 1), Ref("x", -2)):
        with pytest.raises(Missing):
            filled(beyond, 0, x=["a"])


def test_a_kind_in_braces_is_replaced_and_json_is_not() -> None:
    assert filled("/locks/{lock}/beside/{lock}", 0, 1, lock=["a", "b"]) == "/locks/a/beside/b"
    assert filled(Pick(('{"0": {"lock": true}, "1": {}}',)), 0) == '{"0": {"lock": true}, "1": {}}'


def test_a_credential_is_written_in_its_form() -> None:
    assert filled({"Authorization": Cred("key", "Bearer {}"), "key": Cred("key")}) == {
        "Authorization": "Bearer s3cret",
        "key": "s3cret",
    }


def test_an_array_of_texts_is_one_value_and_so_is_each_item() -> None:
    said = {"packets": ["a", "b"], "none": [], "mixed": [1, "a"], "flag": True}
    assert values_at(said, "packets") == [("a", "b")]
    assert values_at(said, "packets.*") == ["a", "b"]
    assert values_at(said, "none") == values_at(said, "mixed") == values_at(said, "flag") == []


def test_procedures_are_completed_which_chance_alone_does_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def gone(*, on: bool) -> int:
        """How often three of twenty lines stood behind each other."""
        way = [HttpOperation(f"{n}", "GET", f"/{n}", reads=True, then=(f"{n + 1}",) if on else ()) for n in range(3)]
        others = [HttpOperation(f"{n}", "GET", f"/{n}", reads=True) for n in range(10, 27)]
        monkeypatch.setattr(
            run_module, "operations_of", lambda pact: OperationTable((*way, *others), identities=frozenset())
        )
        with recorder(lambda method, path: (200, {})) as one, recorder(lambda method, path: (200, {})) as other:
            permission = Permission(frozenset({"*"}), credentials=keys(tmp_path))
            drift(the_pact(), Server(one.url), Server(other.url), permission=permission, sequences=12)
        return "".join(f"{path} " for _, path in other.asked).count("/0 /1 /2 ")

    assert gone(on=True) > 1
    assert gone(on=False) == 0


@pytest.mark.parametrize("compared", [True, False])
def test_the_answer_of_a_device_is_compared_if_the_table_says_so(
    compared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock whose battery is flat, which no server says anything of."""
    script = OperationTable(
        (DeviceOperation("enter a code", "lock", "quick_click", {"code": "010"}, compared=compared),),
        identities=frozenset(),
    )
    monkeypatch.setattr(run_module, "operations_of", lambda pact: script)
    with pair("noke") as (baseline, candidate):
        for device in httpx.get(f"{candidate.control}/worlds/default/noke/hardware", verify=False).json()["devices"]:
            flat = f"{candidate.control}/worlds/default/noke/hardware/{device['id']}/battery"
            if device["kind"] == "lock":
                httpx.post(flat, json={"millivolts": 100}, verify=False).raise_for_status()
        verdict = drift(load("noke"), baseline, candidate, sequences=1)
    assert ("enter a code: enum value reason" in [found.name for found in verdict.found]) is compared


def test_a_created_object_is_recorded_with_the_ids_that_removing_it_needs(tmp_path: Path) -> None:
    kept = CreatedObjects(tmp_path / "made.jsonl", "noke")
    make = HttpOperation("make", "POST", "/", creates="code", finds={"code": "code", "lock": "lock"})
    kept.set_created(kept.add(make, "http://one"), ["010"], {"lock": ["AA"]})
    (entry,) = CreatedObjects(tmp_path / "made.jsonl", "noke").left
    assert (entry.kind, entry.id, entry.related) == ("code", "010", {"lock": ["AA"]})
