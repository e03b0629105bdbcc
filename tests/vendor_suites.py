"""The tests that every vendor has, written once. A vendor's test module subclasses a suite and gives it the vendor's data:

class TestRecovery(RecoverySuite):
    vendor, hints = VENDOR, HINTS
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from lockpact.core.pact import Pact
from lockpact.core.traffic import Exchange
from locksim.engine.vendor import Vendor
from tests import determinism, recovery
from tests.conduct import Conduct
from tests.engine import wander
from tests.planted import Catalogue, Mutant, assert_killed, assert_reference_keeps

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
"""Whether `make fuzz` runs the tests: then they try far more."""
MUTANTS_OF_A_LAW = 3

__all__ = ["ConductSuite", "DeterminismSuite", "MutantSuite", "RecoverySuite", "ReferenceSuite"]


def parametrize(metafunc: pytest.Metafunc, values: Mapping[str, Sequence[Any]]) -> None:
    """Parametrize the arguments that a test has, with the values of its suite."""
    for names, cases in values.items():
        if set(names.split()) <= set(metafunc.fixturenames):
            assert cases, f"{metafunc.cls}: no {names}"
            metafunc.parametrize(names.split(), [case if isinstance(case, tuple) else (case,) for case in cases])


class DeterminismSuite:
    """The same inputs give the same world, whatever happens to it."""

    vendor: ClassVar[Vendor]
    hints: ClassVar[wander.Hints]
    vendor_name: ClassVar[str]
    """`module:NAME` of `vendor`, for other processes."""
    hints_name: ClassVar[str]
    profiles: ClassVar[Sequence[str]] = ("documented", "observed")
    options: ClassVar[Mapping[str, Any]] = {}
    """Further options of the worlds, such as their state."""
    steps = 2000 if THOROUGH else 1000
    examples: ClassVar[int | None] = None
    seeds: ClassVar[Sequence[int]] = range(12 if THOROUGH else 4)
    walk = 400
    statuses: ClassVar[frozenset[int]] = frozenset()
    """The statuses that the walks of `seeds` must have met together."""

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        parametrize(metafunc, {"profile": list(cls.profiles)})

    def test_two_processes_write_the_same_journal(self, tmp_path: Path) -> None:
        determinism.assert_same_in_two_processes(self.vendor_name, self.hints_name, tmp_path, self.steps)

    def test_a_world_rebuilt_from_checkpoint_and_tail_is_the_same_at_any_point(self, profile: str) -> None:
        determinism.check_rebuilds(
            self.vendor, self.hints, examples=None if THOROUGH else self.examples, profile=profile, **self.options
        )

    def test_flask_answers_with_the_same_bytes(self, profile: str) -> None:
        determinism.check_flask_answers_the_same(self.vendor, self.hints, 150, profile=profile, **self.options)

    @pytest.mark.fuzz
    def test_no_walk_makes_the_simulator_fail(self, profile: str) -> None:
        met: set[int] = set()
        for seed in self.seeds:
            world = wander.begin(self.vendor, seed, profile=profile, **self.options)
            wander.walk(world, self.vendor, self.hints, seed, self.walk)
            assert [entry.failed for entry in world.journal if entry.failed is not None] == []
            met |= {entry.answer.status for entry in world.journal if entry.answer is not None}
        assert met >= self.statuses
        assert met


class RecoverySuite:
    """A world comes back from disk, and its journal replays, whatever happened to it."""

    vendor: ClassVar[Vendor]
    hints: ClassVar[wander.Hints]
    profiles: ClassVar[Sequence[str]] = ("documented",)
    options: ClassVar[Mapping[str, Any]] = {}
    examples = 10

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        parametrize(metafunc, {"profile": list(cls.profiles)})

    def test_a_recovered_world_continues_with_the_same_bytes(self, profile: str) -> None:
        recovery.check_comes_back(self.vendor, self.hints, examples=self.examples, profile=profile, **self.options)

    def test_an_exported_journal_replays_to_the_same_bytes(self) -> None:
        recovery.check_replays(self.vendor, self.hints, examples=self.examples, **self.options)

    def test_a_failed_commit_rolls_back_to_the_last_successful_one(self) -> None:
        recovery.check_undone(self.vendor, self.hints, examples=self.examples)


class MutantSuite:
    """Every mutant, of a client or of a server, is killed by the law that names it.

    A run tries the first `MUTANTS_OF_A_LAW` of each law and side, `make fuzz` and `make mutants` all of them: a law's further
    mutants repeat what the first show, and each costs a drive of its own.
    """

    catalogue: ClassVar[Catalogue]
    clients: ClassVar[int]
    """How many client mutants there are at least."""
    servers: ClassVar[int]

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        if "mutant" in metafunc.fixturenames:
            # Mutants of laws about the same calls share the reference's drive, if one process runs them.
            groups = {name: pytest.mark.xdist_group(mutant.drive) for name, mutant in cls.catalogue.all.items()}
            mutants = [pytest.param(m, id=name, marks=groups[name]) for name, m in cls.tried().items()]
            metafunc.parametrize("mutant", mutants)

    @classmethod
    def tried(cls) -> dict[str, Mutant]:
        """Return the mutants that this run tries."""
        number: Counter[tuple[str, str]] = Counter()
        found = {}
        for name, mutant in cls.catalogue.all.items():
            number[mutant.law, mutant.side] += 1
            if THOROUGH or number[mutant.law, mutant.side] <= MUTANTS_OF_A_LAW:
                found[name] = mutant
        return found

    @pytest.mark.fuzz
    def test_a_mutant_is_killed_by_the_law_that_names_it(self, mutant: Mutant) -> None:
        assert_killed(mutant, at_once=not THOROUGH)

    def test_each_law_names_exactly_its_mutants(self) -> None:
        self.catalogue.assert_laws_name_their_mutants()

    def test_there_are_enough_mutants(self) -> None:
        assert len(self.catalogue.clients) >= self.clients
        assert len(self.catalogue.servers) >= self.servers


class ReferenceSuite:
    """The reference client keeps every law, and each law has had something to judge."""

    pact: ClassVar[Pact]
    laws: ClassVar[str]
    """The ids of all laws."""
    examples = 120
    """Examples of each of three seeds: further ones only repeat. `make fuzz` and `make campaign` run 300 of each of twenty."""

    @pytest.mark.fuzz
    def test_the_reference_client_keeps_every_law_and_raises_only_the_ports_errors(self) -> None:
        seeds, examples = (20, 300) if THOROUGH else (3, self.examples)
        assert_reference_keeps(self.pact, range(seeds), examples)

    def test_every_law_is_there(self) -> None:
        assert {law.id for law in self.pact.laws} == set(self.laws.split())


class ConductSuite:
    """The laws of conduct, judged by traffic made by hand."""

    conduct: ClassVar[Conduct]
    good: ClassVar[Sequence[tuple[str, list[Exchange]]]]
    """(law, traffic that keeps it)"""
    bad: ClassVar[Sequence[tuple[str, list[Exchange], str]]]
    """(law, traffic that breaks it, part of what the law says)"""
    good_results: ClassVar[tuple[str | None, ...]] = (None,)

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        if "says" in metafunc.fixturenames:
            parametrize(metafunc, {"law traffic says": cls.bad})
        elif "traffic" in metafunc.fixturenames:
            parametrize(metafunc, {"law traffic": cls.good})
        else:
            parametrize(metafunc, {"law": cls.conduct.laws()})

    def test_good_conduct_keeps_the_law(self, law: str, traffic: list[Exchange]) -> None:
        assert self.conduct.judge(law, *traffic) in self.good_results

    def test_bad_conduct_breaks_the_law(self, law: str, traffic: list[Exchange], says: str) -> None:
        assert says in (self.conduct.judge(law, *traffic) or "")

    def test_no_traffic_exercises_nothing(self, law: str) -> None:
        assert self.conduct.judge(law) == "untriggered"
