"""Schemathesis over a simulator in process: every check, every phase, a snapshot restored before each request."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

from lockpact.core.pact import load
from lockpact.live.fuzz import fuzz
from lockpact.simulators.documents import document
from locksim.engine.inputs import Answer
from locksim.inprocess.world import World

EXAMPLES = int(os.environ.get("LOCKPACT_FUZZ_EXAMPLES", "60"))
"""Cases an operation; `make fuzz` asks for more."""


class Clean(World):
    """A world that goes back to its snapshot before each request."""

    patience = 0.0
    """Schemathesis' other threads do nothing while a request waits."""

    def ask(self, *args: Any, **kwargs: Any) -> Answer:
        self.restore("clean")
        return super().ask(*args, **kwargs)


def run(
    world: World,
    vendor: str,
    known: Mapping[str, str] | None = None,
    *,
    described: dict[str, Any] | None = None,
    url: str | None = None,
    examples: int = EXAMPLES,
) -> dict[str, Counter[int]]:
    """Run all phases. → how often each operation answered which status. Fails with all failures' own words.

    `described`: another document than the vendor's (fewer operations, narrower requests); `url`: another of its doors;
    `examples`: where fewer prove as much.
    """
    live = load(vendor).live
    site = world.site(vendor)
    world.snapshot("clean")
    clean = Clean((), core=world.core)
    with clean.intercept():
        found = fuzz(
            document(vendor) if described is None else described,
            site.url if url is None else url,
            live.auth(site.credentials),
            examples=examples,
            seed=1,
            expected=live.expected,
            in_part=live.in_part,
            headers=live.headers,
            known=known,
            refused=live.refused,
        )
    failures = [f"{name}: {said}" for name, one in found.items() for said in one.failures]
    assert not failures, "\n".join(failures)
    return {name: one.statuses for name, one in found.items()}
