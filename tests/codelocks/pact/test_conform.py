"""A served simulator keeps its document, and the laws that do not need the truth, whatever year its world is in."""

from __future__ import annotations

from typing import Any

import pytest

from lockpact.codelocks import PACT
from lockpact.live.conform import conform
from lockpact.simulators.documents import document
from locksim.codelocks import VENDOR
from locksim.server.run import serving


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reduce the document to a few operations: test_schema tests them all."""
    complete = document("codelocks")
    paths = {path: complete["paths"][path] for path in ("/u/1/init", "/u/1/k3connect/{id}/audit")}
    monkeypatch.setattr("lockpact.live.conform.document", lambda vendor: {**complete, "paths": paths})


@pytest.mark.rule("CL-R124")
@pytest.mark.usefixtures("short")
def test_the_simulator_conforms() -> None:
    with serving([VENDOR], clock="auto") as ready:
        url: Any = ready["vendors"]["codelocks"]["url"]
        report = conform(PACT, url, control=ready["control"], examples=3)
    assert [verdict.law.id for verdict in report.broken] == []
    outcomes = {verdict.law.id: verdict.outcome for verdict in report.verdicts}
    for law in ("CL-DET-1", "CL-START-1", "CL-CODE-1", "CL-MODEL-1", "CL-INIT-1", "CL-KEEP-1", "CL-ERR-1", "CL-KEY-1"):
        assert outcomes[law] == "kept"
