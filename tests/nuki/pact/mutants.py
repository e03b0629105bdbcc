"""What a mutant is: a client, or a stand-in, with one planted fault, and the law that is there to find it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

from lockpact.harness.stage import WorldStage
from lockpact.nuki import PACT
from lockpact.nuki.reference import Reference
from lockpact.stage import Stage

C = TypeVar("C", bound=type)


@dataclass(frozen=True)
class Mutant:
    """`law` is the id of the law that must kill it."""

    name: str
    law: str
    sentence: str
    side: Literal["client", "server"]
    adapter: Any
    stage: Callable[[], Stage]


CLIENTS: dict[str, Mutant] = {}
SERVERS: dict[str, Mutant] = {}


def client(law: str) -> Callable[[C], C]:
    """Register a client mutant: a subclass of the reference client."""

    def register(adapter: C) -> C:
        name = _snake(adapter.__name__)
        CLIENTS[name] = Mutant(name, law, _sentence(adapter), "client", adapter, partial(WorldStage, PACT))
        return adapter

    return register


def server(law: str) -> Callable[[C], C]:
    """Register a server mutant: a world whose bridge answers wrongly."""

    def register(world: C) -> C:
        name = _snake(world.__name__)
        stage = partial(WorldStage, PACT, world=world)
        SERVERS[name] = Mutant(name, law, _sentence(world), "server", Reference, stage)
        return world

    return register


def _snake(name: str) -> str:
    return re.sub("(?<!^)(?=[A-Z0-9])", "_", name).lower()


def _sentence(thing: type) -> str:
    return (thing.__doc__ or "").strip().partition("\n")[0]
