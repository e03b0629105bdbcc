"""The stand-in keeps its own OpenAPI document, whatever is asked of it."""

from __future__ import annotations

import locksim
from locksim.nuki import VENDOR

from tests import fuzz


def test_every_operation_answers_as_its_document_says() -> None:
    world = locksim.World(seed=7, vendors=["nuki"])
    token = world.site("nuki").credentials["token"]
    cases = fuzz.run(world, VENDOR, "bridge", {"token": {"api_key": token}})
    assert len(cases) == 16
    assert cases["GET /lockAction"] > fuzz.EXAMPLES
    assert not [e.failed for e in world.core.journal if e.failed]
