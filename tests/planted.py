"""Mutants: clients and simulators with one fault each, which the law that names the mutant must kill.

A vendor's `tests/<vendor>/pact/mutants.py` has its `Catalogue`. Other modules there register mutants with `client` and
`server`. `catalogue.py` imports them all, for tests and for `make mutants`.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, TypeVar

from lockpact.core.pact import Pact
from lockpact.core.verdict import Breach
from lockpact.driving.check import check, drive_focused, first_breach, focus_of
from lockpact.driving.shrinking import replay_script
from lockpact.driving.stage import Stage
from lockpact.driving.state_machine import PactRun
from lockpact.driving.virtual_time import virtual_time
from lockpact.simulators.stage import WorldStage
from lockpact.simulators.world import PactWorld
from locksim.engine.inputs import Answer, Request

__all__ = [
    "Catalogue",
    "Mutant",
    "Tampered",
    "answer_of",
    "assert_killed",
    "assert_reference_keeps",
    "catalogue",
    "known_kills",
    "reference_of",
    "said_by",
    "vendors_with_mutants",
]

C = TypeVar("C", bound=type)
HERE = Path(__file__).parent
EXAMPLES = 300


@dataclass(frozen=True)
class Mutant:
    """A client or a simulator with one fault. `law` is the id of the law that must kill it."""

    name: str
    law: str
    sentence: str
    side: Literal["client", "server"]
    pact: Pact
    adapter: Any
    stage: Callable[..., Stage]
    examples: int = EXAMPLES
    """In how many examples the law must kill it."""

    @property
    def drive(self) -> str:
        """The name of the drive: the vendor, and the calls that are driven."""
        return " ".join((self.pact.vendor, *sorted(focus_of(self.pact, self.law) or ())))

    def survives(self, *, at_once: bool = False) -> str | None:
        """Return None if the law that names the mutant kills it; otherwise a sentence that says why that cannot be said.

        A kill counts only if the unmutated reference keeps the law in the very same drive: in the same examples, as far as the
        mutant got, and in the script that killed the mutant. `at_once`: the drive begins with the example that is known to kill
        the mutant (`known_kills`). An example is the same alone as among others, so where it kills, it is drive enough.
        """
        breach = self.breach([known_kills()[self.pact.vendor].get(self.name, 0)]) if at_once else None
        alone = breach is not None
        if breach is None:
            breach = self.breach(range(self.examples))
        if breach is None:
            return f"{self.law} does not kill {self.name}: {self.sentence}"
        accused = _reference_breach(self.pact, breach, [breach.example] if alone else range(breach.example + 1))
        if accused is not None:
            return (
                f"{self.law} breaks {self.name}, and the unmutated reference in the same drive: {accused.sentence}. So the kill "
                "does not count: the law, the reference or the simulator is wrong"
            )
        return None

    def breach(self, numbers: Sequence[int]) -> Breach | None:
        """Return how the mutant first breaks its law in these examples."""
        return first_breach(self.pact, self.adapter, self.stage, self.law, numbers=numbers)


KNOWN_KILLS = HERE / "known_kills.json"


@cache
def known_kills() -> Mapping[str, Mapping[str, int]]:
    """Return vendor → mutant → the number of an example that kills it. `make mutants ARGS=--remember` writes it.

    A number that is no longer right, since the machine draws something else, costs time only: then all examples are driven.
    """
    kills: dict[str, dict[str, int]] = json.loads(KNOWN_KILLS.read_text())
    return defaultdict(dict, kills)


@dataclass
class Catalogue:
    """All mutants of one pact, by name."""

    pact: Pact
    clients: dict[str, Mutant] = field(default_factory=dict)
    servers: dict[str, Mutant] = field(default_factory=dict)

    @property
    def all(self) -> dict[str, Mutant]:
        """All mutants, clients first."""
        return {**self.clients, **self.servers}

    def client(self, law: str) -> Callable[[C], C]:
        """Register a mutant of the reference client."""

        def register(adapter: C) -> C:
            stage = partial(WorldStage, self.pact)
            self._add(self.clients, Mutant(*_called(adapter, law), "client", self.pact, adapter, stage))
            return adapter

        return register

    def server(self, law: str) -> Callable[[C], C]:
        """Register a mutant of the simulator: a world, such as a `Tampered`, whose vendor answers wrongly."""

        def register(world: C) -> C:
            stage = partial(WorldStage, self.pact, world=world)
            reference = reference_of(self.pact)
            self._add(self.servers, Mutant(*_called(world, law), "server", self.pact, reference, stage))
            return world

        return register

    def _add(self, side: dict[str, Mutant], mutant: Mutant) -> None:
        assert mutant.name not in self.all, f"two mutants are called {mutant.name}"
        side[mutant.name] = mutant

    def assert_laws_name_their_mutants(self) -> None:
        """Assert that each law names exactly its mutants."""
        found: dict[str, set[str]] = {law.id: set() for law in self.pact.laws}
        for mutant in self.all.values():
            found.setdefault(mutant.law, set()).add(mutant.name)
        assert {law.id: set(law.mutants) for law in self.pact.laws} == found


def _called(thing: type, law: str) -> tuple[str, str, str]:
    name = re.sub("(?<!^)(?=[A-Z0-9])", "_", thing.__name__).lower()
    return name, law, (thing.__doc__ or "").strip().partition("\n")[0]


def reference_of(pact: Pact) -> Any:
    """Return the class of the pact's reference client."""
    module, _, name = pact.reference.partition(":")
    return getattr(import_module(module), name)


def vendors_with_mutants() -> list[str]:
    """Return the names of the vendors that have a catalogue."""
    return sorted(path.parents[1].name for path in HERE.glob("*/pact/catalogue.py"))


def catalogue(vendor: str) -> Catalogue:
    """Return the vendor's catalogue, with all its mutants."""
    found: Catalogue = import_module(f"tests.{vendor}.pact.catalogue").CATALOGUE
    return found


def assert_killed(mutant: Mutant, *, at_once: bool = False) -> None:
    """Assert that the law that names a mutant kills it, in a drive that the reference survives."""
    survives = mutant.survives(at_once=at_once)
    assert survives is None, survives


_driven: dict[tuple[str, frozenset[str] | None], dict[int, Mapping[str, Breach]]] = defaultdict(dict)
"""(vendor, calls that are driven) → number of each example that the reference was driven through → what it broke there first."""


def _reference_breach(pact: Pact, mutants: Breach, numbers: Sequence[int]) -> Breach | None:
    """Return how the reference breaks a mutant's law in these examples, or in the script that killed the mutant."""
    law, reference, stage = mutants.law.id, reference_of(pact), partial(WorldStage, pact)
    with virtual_time():
        run = PactRun.begin(pact, reference, stage, laws={law})
        with suppress(AssertionError):
            replay_script(run.machine(), mutants.script)
    if run.judge.breaches:
        return run.judge.breaches[law]
    focus = focus_of(pact, law)
    # Mutants of laws about the same calls share the reference's drives, if one process runs them.
    driven = _driven[pact.vendor, focus]
    if missing := [number for number in numbers if number not in driven]:
        found = drive_focused(pact, reference, stage, focus, numbers=missing)
        for number in missing:
            driven[number] = {id_: breach for id_, breach in found.items() if breach.example == number}
    return next((driven[number][law] for number in numbers if law in driven[number]), None)


def assert_reference_keeps(pact: Pact, seeds: Iterable[int], examples: int) -> None:
    """Assert that the reference keeps every law with each seed, and that each law was judged with one of them at least."""
    exercised: set[str] = set()
    for seed in seeds:
        report = check(pact, reference_of(pact), partial(WorldStage, pact, seed=seed), examples=examples, seed=seed)
        assert not report.broken, f"seed {seed}: " + "\n\n".join(report.stories().values())
        exercised |= {verdict.law.id for verdict in report.verdicts if verdict.outcome == "kept"}
    assert exercised == {law.id for law in pact.laws}


# ---- for server mutants


class Tampered(PactWorld):
    """A world that alters requests before the vendor sees them (`hears`) and answers after it made them (`says`)."""

    def hears(self, request: Request) -> Request | Answer:
        """Return the request that the vendor gets, or an Answer to send instead."""
        return request

    def says(self, request: Request, answer: Answer) -> Answer:
        """Return the answer that the client gets."""
        return answer

    def _enter(self, request: Request, tell: Callable[[Answer], None]) -> int:
        heard = self.hears(request)
        if isinstance(heard, Answer):
            tell(heard)
            return 0

        def says(answer: Answer) -> None:
            self.truth_as_of = -1  # a mutant may change the state outside a turn
            tell(self.says(heard, answer))

        return super()._enter(heard, says)


def answer_of(said: Any, status: int = 200) -> Answer:
    """Return an answer with this JSON body; None: an empty body."""
    body = json.dumps(said).encode() if said is not None else b""
    return Answer(status, (("Content-Type", "application/json"), ("Content-Length", str(len(body)))), body)


def said_by(answer: Answer) -> Any:
    """Return the JSON value of an answer's body; None for an empty body."""
    return json.loads(answer.body) if answer.body else None
