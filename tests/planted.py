"""Mutants: clients and simulators with one fault each, which the law that names the mutant must kill.

A vendor's `tests/<vendor>/pact/mutants.py` has its `Catalogue`. Other modules there register mutants with `client` and
`server`. `catalogue.py` imports them all, for tests and for `make mutants`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, TypeVar

from lockpact.core.pact import Pact
from lockpact.driving.check import check, first_breach
from lockpact.driving.stage import Stage
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
    stage: Callable[[], Stage]

    def killed(self) -> bool:
        """Return whether the mutant breaks its law, judged alone."""
        return first_breach(self.pact, self.adapter, self.stage, self.law, examples=EXAMPLES) is not None


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


def assert_killed(mutant: Mutant) -> None:
    """Assert that the law that names a mutant kills it."""
    assert mutant.killed(), f"{mutant.law} does not kill {mutant.name}: {mutant.sentence}"


def assert_reference_keeps(pact: Pact, seed: int, examples: int = EXAMPLES) -> None:
    """Assert that the reference client keeps every law (each judged at least once) and raises only the port's errors."""
    report = check(pact, reference_of(pact), partial(WorldStage, pact, seed=seed), examples=examples, seed=seed)
    assert {v.law.id: v.outcome for v in report.verdicts} == {law.id: "kept" for law in pact.laws}
    assert report.code == 0
    assert not report.unexpected_errors


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
        return super()._enter(heard, lambda answer: tell(self.says(heard, answer)))


def answer_of(said: Any, status: int = 200) -> Answer:
    """Return an answer with this JSON body; None: an empty body."""
    body = json.dumps(said).encode() if said is not None else b""
    return Answer(status, (("Content-Type", "application/json"), ("Content-Length", str(len(body)))), body)


def said_by(answer: Answer) -> Any:
    """Return the JSON value of an answer's body; None for an empty body."""
    return json.loads(answer.body) if answer.body else None
