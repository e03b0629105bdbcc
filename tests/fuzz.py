"""Schemathesis over a stand-in in process: every check, every phase, a snapshot restored before each request."""

from __future__ import annotations

import os
import warnings
from collections import Counter, defaultdict
from typing import Any

import schemathesis
import yaml
from hypothesis.errors import HypothesisWarning
from schemathesis import Case, HookContext, Response, engine
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.engine import events

from locksim.kernel.inputs import Answer
from locksim.kernel.local import LocalWorld
from locksim.kernel.vendor import Vendor

EXAMPLES = int(os.environ.get("LOCKPACT_FUZZ_EXAMPLES", "300"))
"""Cases an operation; `make fuzz` asks for more."""


class Clean(LocalWorld):
    """A world that goes back to its snapshot before each request."""

    def ask(self, *args: Any, **kwargs: Any) -> Answer:
        self.restore("clean")
        return super().ask(*args, **kwargs)


def filter_failure(context: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
    """A parameter that no operation has is ignored: Schemathesis takes it for an invalid request."""
    extra = "in query - violates `additionalProperties`" in failure.message
    return not (isinstance(failure, AcceptedNegativeData) and extra)


def run(
    world: LocalWorld,
    vendor: Vendor,
    auth: dict[str, Any],
    expected: dict[str, list[int | str]],
    known: dict[str, str] | None = None,
) -> dict[str, Counter[int]]:
    """Run all phases. → how often each operation answered which status. Fails with all failures' own words.

    `expected`: the operations whose valid requests may be refused for what is in the world, with all statuses then.
    `known`: parameters that always name an inhabitant, for a run that gets past them.
    """
    world.snapshot("clean")
    clean = Clean((), core=world.core)
    operations = [
        {"include-name": name, "checks": {"positive_data_acceptance": {"expected-statuses": statuses}}}
        for name, statuses in expected.items()
    ]
    settings = {
        "seed": 1,
        "base-url": clean.site(vendor.name).url,
        "auth": {"openapi": auth},
        "generation": {"max-examples": EXAMPLES, "database": "none"},
        "operations": operations,
        "request-timeout": 120,
        "parameters": known or {},
    }
    document = yaml.safe_load(vendor.openapi.read_text())
    schema = schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_dict(settings))
    schema.hook("filter_failure")(filter_failure)
    statuses: dict[str, Counter[int]] = defaultdict(Counter)
    failures: list[str] = []
    with clean.intercept(), warnings.catch_warnings():
        # Hypothesis warns of large examples; they are wanted here.
        warnings.simplefilter("ignore", HypothesisWarning)
        for event in engine.from_schema(schema).execute():
            match event:
                case events.ScenarioFinished(recorder=recorder, label=label):
                    name = label or "stateful"
                    answers = [i.response for i in recorder.interactions.values() if i.response is not None]
                    statuses[name].update(answer.status_code for answer in answers)
                    for checks in recorder.checks.values():
                        failures += [f"{name}: {c.name}: {c.failure_info.failure}" for c in checks if c.failure_info]
                case events.NonFatalError(label=label, info=info):
                    failures.append(f"{label}: {info.message}")
                case events.FatalError(exception=broken):
                    raise broken
    assert not failures, "\n".join(dict.fromkeys(failures))
    return statuses
