"""Schemathesis over the control API: every check, every phase, on a real socket.

It runs once with any names, and once with names that exist, so that the requests get beyond 404. The arguments of an action and
the members of a state are the vendor's own, and not in the document: for these operations alone a 400 is expected.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from schemathesis import engine
from schemathesis.engine import events

from tests.server.served import ServedToy, serve_toy

EXAMPLES = int(os.environ.get("LOCKPACT_FUZZ_EXAMPLES", "15"))
"""Cases per operation; `make fuzz` asks for more."""
EXISTING = {"w": "default", "vendor": "toy", "device": "front", "action": "ring", "s": "kept", "id": 1, "n": 1}
MAY_REFUSE = {
    "checks": {
        "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "403", "404", "409", "5xx"]},
    }
}
OF_VENDORS = ("loadState", "actOnDevice", "callSupport")
ENDLESS = [{"include-operation-id": "followTurns", "enabled": False}]
"""Its answer ends with the caller. `test_console.py` tests it."""


def fuzz(toy: ServedToy, settings_: dict[str, Any]) -> None:
    """Run all phases. Fails with the texts of the failures."""
    config = {
        "seed": 1,
        "base-url": toy.control,
        "generation": {"max-examples": EXAMPLES, "database": "none"},
        "operations": [*({"include-operation-id": name, **MAY_REFUSE} for name in OF_VENDORS), *ENDLESS],
        **settings_,
    }
    document = toy.api("GET", "/openapi.json")
    operations = [one for methods in document["paths"].values() for one in methods.values() if "operationId" in one]
    assert {one["operationId"] for one in operations} >= {*OF_VENDORS}
    schema = schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_dict(config))
    failures: list[str] = []
    cases = 0
    for event in engine.from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            cases += len(event.recorder.cases)
            for checks in event.recorder.checks.values():
                failures += [
                    f"{event.label}: {c.name}: {c.failure_info.failure}\n{c.failure_info.code_sample}"
                    for c in checks
                    if c.failure_info
                ]
        elif isinstance(event, events.NonFatalError):
            failures.append(f"{event.label}: {event.info.message}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    assert failures == []
    assert cases > 500


@pytest.mark.fuzz
@pytest.mark.parametrize("settings_", [{}, {"parameters": EXISTING}], ids=["any", "existing"])
def test_no_operation_contradicts_the_document(settings_: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    with serve_toy(clock="manual") as toy:
        toy.sim("POST", "/snapshots", {"name": "kept"}, status=201)
        toy.post("/subscribe?url=http://127.0.0.1:9/")
        toy.act("ring")
        toy.act("ring", after=1e6)
        toy.wait_for_deliveries()
        fuzz(toy, settings_)
    # A reset empties the journal, but each failed turn is also logged.
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
