"""Planted faults: mutants of clients and of stand-ins, and the test that each is found by the law that names it.

A vendor's `tests/<vendor>/pact/mutants.py` holds its `Catalogue`; modules beside it register mutants with its `client`
and `server`; and `catalogue.py` imports those and hands on the `CATALOGUE`, for tests and for `make mutants`.
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
    "planted",
    "reference_of",
    "said_by",
]

C = TypeVar("C", bound=type)
HERE = Path(__file__).parent
EXAMPLES = 300


@dataclass(frozen=True)
class Mutant:
    """A client, or a stand-in, with one planted fault. `law` is the id of the law that must kill it."""

    name: str
    law: str
    sentence: str
    side: Literal["client", "server"]
    pact: Pact
    adapter: Any
    stage: Callable[[], Stage]

    def killed(self) -> bool:
        """Whether its law, judged alone, breaks."""
        return first_breach(self.pact, self.adapter, self.stage, self.law, examples=EXAMPLES) is not None


@dataclass
class Catalogue:
    """All mutants of one pact, by name."""

    pact: Pact
    clients: dict[str, Mutant] = field(default_factory=dict)
    servers: dict[str, Mutant] = field(default_factory=dict)

    @property
    def all(self) -> dict[str, Mutant]:
        """Clients first."""
        return {**self.clients, **self.servers}

    def client(self, law: str) -> Callable[[C], C]:
        """Register a client mutant: a subclass of the reference client."""

        def register(adapter: C) -> C:
            stage = partial(WorldStage, self.pact)
            self._plant(self.clients, Mutant(*_called(adapter, law), "client", self.pact, adapter, stage))
            return adapter

        return register

    def server(self, law: str) -> Callable[[C], C]:
        """Register a server mutant: a world (a `Tampered`, say) whose vendor answers wrongly."""

        def register(world: C) -> C:
            stage = partial(WorldStage, self.pact, world=world)
            reference = reference_of(self.pact)
            self._plant(self.servers, Mutant(*_called(world, law), "server", self.pact, reference, stage))
            return world

        return register

    def _plant(self, side: dict[str, Mutant], mutant: Mutant) -> None:
        assert mutant.name not in self.all, f"two mutants are called {mutant.name}"
        side[mutant.name] = mutant

    def assert_laws_name_their_mutants(self) -> None:
        """Each law names exactly the mutants that are planted for it."""
        found: dict[str, set[str]] = {law.id: set() for law in self.pact.laws}
        for mutant in self.all.values():
            found.setdefault(mutant.law, set()).add(mutant.name)
        assert {law.id: set(law.mutants) for law in self.pact.laws} == found


def _called(thing: type, law: str) -> tuple[str, str, str]:
    name = re.sub("(?<!^)(?=[A-Z0-9])", "_", thing.__name__).lower()
    return name, law, (thing.__doc__ or "").strip().partition("\n")[0]


def reference_of(pact: Pact) -> Any:
    """The class of the pact's reference client."""
    module, _, name = pact.reference.partition(":")
    return getattr(import_module(module), name)


def planted() -> list[str]:
    """The vendors that have a catalogue, by name."""
    return sorted(path.parents[1].name for path in HERE.glob("*/pact/catalogue.py"))


def catalogue(vendor: str) -> Catalogue:
    """The vendor's catalogue, with all that is in it."""
    found: Catalogue = import_module(f"tests.{vendor}.pact.catalogue").CATALOGUE
    return found


def assert_killed(mutant: Mutant) -> None:
    """A mutant is killed by the law that names it."""
    assert mutant.killed(), f"{mutant.law} lets {mutant.name} live: {mutant.sentence}"


def assert_reference_keeps(pact: Pact, seed: int, examples: int = EXAMPLES) -> None:
    """The reference client keeps every law, each has had something to judge, and it raises the port's errors only."""
    report = check(pact, reference_of(pact), partial(WorldStage, pact, seed=seed), examples=examples, seed=seed)
    assert {v.law.id: v.outcome for v in report.verdicts} == {law.id: "kept" for law in pact.laws}
    assert report.code == 0
    assert not report.unexpected_errors


# ---- for server mutants


class Tampered(PactWorld):
    """A world whose vendor is tampered with: `hears` alters what is asked of it, `says` what it answers."""

    def hears(self, request: Request) -> Request | Answer:
        """What the vendor hears; an Answer, when it says that without hearing anything."""
        return request

    def says(self, request: Request, answer: Answer) -> Answer:
        """What the vendor says."""
        return answer

    def _enter(self, request: Request, tell: Callable[[Answer], None]) -> int:
        heard = self.hears(request)
        if isinstance(heard, Answer):
            tell(heard)
            return 0
        return super()._enter(heard, lambda answer: tell(self.says(heard, answer)))


def answer_of(said: Any, status: int = 200) -> Answer:
    """An answer with this JSON; with no body for None."""
    body = json.dumps(said).encode() if said is not None else b""
    return Answer(status, (("Content-Type", "application/json"), ("Content-Length", str(len(body)))), body)


def said_by(answer: Answer) -> Any:
    """The JSON of an answer; None for no body."""
    return json.loads(answer.body) if answer.body else None
