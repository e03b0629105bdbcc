"""Schemathesis over the control door: every check, every phase, on a real socket.

Once as any client would, and once with names that are there (so that the calls get beyond 404). What an action takes and
what a state holds is the vendor's own, and no document of the kernel says it: there, and there alone, a 400 is no surprise.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from schemathesis import engine
from schemathesis.engine import events

from tests.server.door import Stand, stand

EXAMPLES = int(os.environ.get("LOCKPACT_FUZZ_EXAMPLES", "50"))
"""Cases an operation; `make fuzz` asks for more."""
THERE = {"w": "default", "vendor": "toy", "device": "front", "action": "ring", "s": "kept", "id": 1}
SURPRISES = {
    "checks": {
        "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "403", "404", "409", "5xx"]},
    }
}
THE_VENDORS_OWN = [{"include-operation-id": name, **SURPRISES} for name in ("loadState", "act", "support")]


def fuzz(toy: Stand, settings_: dict[str, Any]) -> None:
    """All phases. Fails with the failures' own words."""
    config = {
        "seed": 1,
        "base-url": toy.control,
        "generation": {"max-examples": EXAMPLES, "database": "none"},
        "operations": THE_VENDORS_OWN,
        **settings_,
    }
    schema = schemathesis.openapi.from_dict(
        toy.door("GET", "/openapi.json"), config=schemathesis.Config.from_dict(config)
    )
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
@pytest.mark.parametrize("settings_", [{}, {"parameters": THERE}], ids=["any", "there"])
def test_no_call_breaks_its_own_document(settings_: dict[str, Any]) -> None:
    with stand(clock="manual") as toy:
        toy.sim("POST", "/snapshots", {"name": "kept"}, status=201)
        toy.post("/subscribe?url=http://127.0.0.1:9/")
        toy.act("ring")
        toy.act("ring", after=1e6)
        toy.settled()
        fuzz(toy, settings_)
        failed = [e for e in toy.sim("GET", "/journal?limit=1000")["entries"] if "failed" in e]
        assert failed == []
