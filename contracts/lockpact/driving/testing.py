"""A pact as one test of one's own:

def test_my_client_keeps_the_pact():
    lockpact.assert_keeps("nuki", MyAdapter)
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from lockpact.core.pact import load
from lockpact.driving.check import check
from lockpact.report.findings import NOTHING, summary
from lockpact.simulators.stage import WorldStage

__all__ = ["assert_keeps"]


def assert_keeps(
    vendor: str, adapter: Any, *, examples: int = 300, seed: int = 0, laws: Iterable[str] | None = None
) -> None:
    """Drive the client as `lockpact check` does. Raises AssertionError with the stories of what it breaks, or when
    nothing could be judged; UnknownPact, CouldNotRun.

    (A module that did `from time import sleep` before this call keeps the real one; `lockpact check` imports later.)
    """
    pact = load(vendor)
    report = check(pact, adapter, partial(WorldStage, pact, seed=seed), examples=examples, seed=seed, laws=laws)
    if report.broken or report.code == NOTHING:
        raise AssertionError("\n\n".join([summary(report), *report.stories().values()]))
