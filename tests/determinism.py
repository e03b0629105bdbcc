"""The determinism tests, for any vendor. Each vendor's own test file calls them with its hints."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from locksim.engine.inputs import Command, Request
from locksim.engine.journal import render
from locksim.engine.vendor import Vendor
from locksim.engine.world import WorldCore
from tests.engine import wander

ROOT = Path(__file__).parents[1]


def assert_same_in_two_processes(vendor: str, hints: str, folder: Path, steps: int = 2000) -> None:
    """Check that PYTHONHASHSEED, TZ, locale and folder do not change the journal and the state, byte for byte."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    runs = []
    for cwd, variables in (
        (ROOT, {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"}),
        (elsewhere, {"PYTHONHASHSEED": "2", "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8"}),
    ):
        path = os.pathsep.join((str(ROOT), str(ROOT / "simulators")))
        command = [sys.executable, str(ROOT / "tests/engine/wander.py"), vendor, hints, "7", str(steps)]
        done = subprocess.run(
            command,
            cwd=cwd,
            env={"PYTHONPATH": path, "PATH": os.environ["PATH"], **variables},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        runs.append(done.stdout)
    first, second = (run.splitlines() for run in runs)
    assert len(first) > steps / 2, "the walk journaled almost nothing"
    for one, other in zip(first, second, strict=True):
        assert one == other


def check_rebuilds(vendor: Vendor, hints: wander.Hints, *, examples: int | None = None, **options: Any) -> None:
    """Check that a world rebuilt from a checkpoint and the entries after it, at any point, has the same state and entries.

    Args:
        vendor: The vendor.
        hints: What a random walk through its world may do.
        examples: The number of examples; the Hypothesis profile's by default.
        options: Further arguments of `WorldCore.begin`.
    """

    @given(seed=st.integers(0, 2**32), steps=st.integers(1, 120), checkpoint=st.integers(0, 120), bound=st.booleans())
    @settings(deadline=None, max_examples=examples or settings().max_examples)
    def rebuilt_is_the_same(seed: int, steps: int, checkpoint: int, *, bound: bool) -> None:
        world = wander.begin(vendor, seed, **options)
        if bound:
            world.journal.bound = 6000
        wander.walk(world, vendor, hints, seed, min(steps, checkpoint))
        world.journal.checkpoint(world.checkpoint())
        wander.walk(world, vendor, hints, seed + 1, steps)
        assert len(world.journal) > 0, "there is nothing to replay"
        for base, entries in ((world.journal.latest, world.journal.tail), (world.journal.base, list(world.journal))):
            again = WorldCore.load(world.vendors, base)
            again.strict = True
            assert [render(new) for _, new in again.replay(entries)] == [render(entry) for entry in entries]
            assert again.checkpoint() == world.checkpoint()
            assert again.due() == world.due()
        assert len(world.journal) == world.journal.last - world.journal.base_n
        if bound:
            assert world.journal.bytes < 60_000, "the journal outgrew its bound"

    rebuilt_is_the_same()


def check_flask_answers_the_same(vendor: Vendor, hints: wander.Hints, steps: int, **options: Any) -> None:
    """Check that a walk writes the same journal when Flask answers every request: an extended app leaves all to it."""
    answered: list[int] = []

    def extended() -> Any:
        app: Any = vendor.app()

        @app.after_request
        def note(response: Any) -> Any:
            answered.append(response.status_code)
            return response

        return app

    journals = []
    for one in (vendor, dataclasses.replace(vendor, app=extended)):
        assert not answered
        world = wander.begin(one, 7, **options)
        wander.walk(world, one, hints, 7, steps)
        journals.append([render(entry) for entry in world.journal])
    assert journals[0] == journals[1]
    assert len(answered) > steps / 6, "Flask answered almost nothing"
    assert len(set(answered)) > 1 or vendor.name == "noke", "all answers had one status"


def check_failures_change_nothing(vendor: Vendor, hints: wander.Hints, failing: tuple[str, str]) -> None:
    """Check that a request on which the simulator itself fails leaves the world as it was.

    `failing` is the request's method and target.
    """

    @given(seed=st.integers(0, 2**32), steps=st.integers(0, 60))
    @settings(deadline=None)
    def failing_changes_nothing(seed: int, steps: int) -> None:
        world = wander.begin(vendor, seed)
        wander.walk(world, vendor, hints, seed, steps)
        world.apply(Command(world.now, "lift"))
        before = world.snapshot().encode()
        entry = world.apply(Request(world.now, vendor.name, hints.site, *failing))
        assert entry.failed is not None
        assert entry.answer is not None
        assert entry.answer.status >= 500
        assert world.snapshot().encode() == before

    failing_changes_nothing()
