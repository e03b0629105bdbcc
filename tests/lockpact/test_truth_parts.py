"""The parts of a truth that are kept are those that a fresh reading gives."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any

import pytest

from lockpact.core import truth_parts
from lockpact.core.pact import load
from lockpact.core.truth_parts import TruthParts
from lockpact.driving.check import check
from lockpact.simulators.stage import WorldStage


@pytest.mark.parametrize("vendor", ["nuki", "noke", "remotelock", "codelocks"])
def test_a_truth_of_kept_parts_is_the_one_that_is_read_afresh(vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pact = load(vendor)
    worlds: dict[Any, TruthParts] = {}
    last: dict[Any, Any] = {}
    turns = kept = 0

    def truth(site: Any) -> Any:
        nonlocal turns, kept
        core = site.world.core
        with monkeypatch.context() as patched:
            patched.setattr(truth_parts, "_PARTS", worlds)
            ours = pact.truth(site)
            patched.setattr(truth_parts, "_PARTS", {})
            assert ours == pact.truth(site)
        turns += 1
        kept += ours == last.get(core)
        last[core] = ours
        return ours

    module, _, name = pact.reference.partition(":")
    checked = replace(pact, truth=truth)
    check(checked, getattr(import_module(module), name), partial(WorldStage, checked), examples=4, seed=3, shrink=False)
    assert kept > turns / 4, "most turns change nothing"


def test_a_part_is_read_again_when_its_key_is_another_one() -> None:
    parts = TruthParts()
    read: list[int] = []

    def part(number: int) -> list[int]:
        read.append(number)
        return read[-1:]

    first = parts.get("a", 1, part, 1)
    assert parts.get("a", 1, part, 2) is first
    assert parts.get("b", 1, part, 3) == [3]
    assert parts.get("a", 2, part, 4) == [4]
    assert parts.get("a", 1, part, 5) == [5], "only the last one is kept"


@pytest.mark.parametrize("vendor", ["nuki", "noke", "remotelock", "codelocks"])
def test_what_time_alone_changes_is_read_again(vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pact = load(vendor)
    stage = WorldStage(pact, battery_drain=100)
    try:
        for _ in range(40):
            stage.pass_time(86_400)
            ours = pact.truth(stage.handles)
            with monkeypatch.context() as patched:
                patched.setattr(truth_parts, "_PARTS", {})
                assert ours == pact.truth(stage.handles)
        if vendor == "remotelock":
            statuses = [{p.status for p in moment.truth.persons.values()} for moment in stage.world.truth_history]
            assert len({*map(frozenset, statuses)}) > 1
    finally:
        stage.close()
