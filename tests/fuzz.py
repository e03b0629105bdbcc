"""Schemathesis over a stand-in in process: every check, every phase, a snapshot restored before each case."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

import schemathesis
import yaml
from locksim.kernel.local import LocalWorld
from locksim.kernel.vendor import Vendor
from schemathesis import engine
from schemathesis.engine import events

EXAMPLES = int(os.environ.get("LOCKPACT_FUZZ_EXAMPLES", "300"))
"""Cases an operation; `make fuzz` asks for more."""

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def behind_wsgi(world: LocalWorld, vendor: str, site: str) -> Wsgi:
    """The site as a WSGI app that goes back to the snapshot `clean` before each request."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        world.restore("clean")
        headers = [(k[5:].replace("_", "-").title(), v) for k, v in environ.items() if k.startswith("HTTP_")]
        if environ.get("CONTENT_TYPE"):
            headers.append(("Content-Type", environ["CONTENT_TYPE"]))
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        target = environ["REQUEST_URI"]
        answer = world.ask(vendor, site, environ["REQUEST_METHOD"], target, tuple(headers), body)
        start_response(f"{answer.status} .", list(answer.headers))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]

    return app


def run(world: LocalWorld, vendor: Vendor, site: str, auth: dict[str, Any], seed: int = 1) -> dict[str, int]:
    """Run all phases. → how many cases each operation got. Fails with the first failures' own words."""
    document = yaml.safe_load(vendor.openapi.read_text())
    world.snapshot("clean")
    settings = {
        "seed": seed,
        "base-url": "http://localhost",
        "auth": {"openapi": auth},
        "generation": {"max-examples": EXAMPLES, "database": "none"},
    }
    schema = schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_dict(settings))
    schema.app = behind_wsgi(world, vendor.name, site)
    cases: dict[str, int] = {}
    failures: list[str] = []
    for event in engine.from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            label = event.label or "stateful"
            cases[label] = cases.get(label, 0) + len(event.recorder.cases)
            for checks in event.recorder.checks.values():
                failures += [f"{label}: {c.name}: {c.failure_info.failure}" for c in checks if c.failure_info]
        elif isinstance(event, events.NonFatalError):
            failures.append(f"{event.label}: {event.info.message}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    assert not failures, "\n".join(dict.fromkeys(failures))
    return cases
