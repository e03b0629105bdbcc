"""Objects of a vendor whose answers give no id, and which has no way to remove them, are listed by name for people."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

from lockpact.drift import Server, drift
from lockpact.drift.created_objects import CreatedObjects
from lockpact.drift.operations import HttpOperation, OperationTable, Pick
from lockpact.live.permission import Permission
from tests.lockpact.drift.recorder import recorder
from tests.lockpact.drift.shop import keys, the_pact

SIGNS = OperationTable(
    operations=(
        HttpOperation(
            "hang", "POST", "/signs", body=[{"text": Pick(("Sale", "Open"))}], creates="sign", called="*.text"
        ),
        HttpOperation("carve", "POST", "/stones", body={"text": "Sale"}, creates="stone", called="text"),
    ),
    identities=frozenset(),
)


def test_an_object_is_listed_once_and_not_if_it_was_refused(tmp_path: Path) -> None:
    with recorder(lambda method, path: (200 if path == "/signs" else 400, {})) as there:
        server, ledger = Server(there.url), tmp_path / "made.jsonl"
        with patch("lockpact.drift.run.operations_of", lambda pact: SIGNS):
            permission = Permission(frozenset({"*"}), credentials=keys(tmp_path))
            verdict = drift(the_pact(), server, server, permission=permission, created_file=ledger, sequences=2)
        assert {path for _, path in there.asked} == {"/signs", "/stones"}
    assert sorted((entry.kind, str(entry.id)) for entry in CreatedObjects(ledger, "nuki").left) == [
        ("sign", "Open"),
        ("sign", "Sale"),
    ]
    assert all("remove it by hand" in note for note in verdict.notes)
    assert verdict.notes
