"""A stage in a paired world: what happens to the client happens on the server under test, too."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import Any

from lockpact.core.pact import Pact
from lockpact.simulators.paired_world import PairedWorld, WorldDifference
from lockpact.simulators.probes import probe
from lockpact.simulators.stage import WorldStage

__all__ = ["PairedStage"]


class PairedStage(WorldStage):
    """A `WorldStage` with a twin on the server whose control API is at `control`.

    Args:
        pact: The vendor's pact.
        control: The URL of the control API.
        variants: The ids of the variants of the twin.
        number: The number of the example, by which the probes at its end are drawn.
        report: Called at the end with what the two worlds differ in.
        **options: Options of `WorldStage` and of its world.
    """

    world: PairedWorld

    def __init__(
        self,
        pact: Pact,
        *,
        control: str,
        variants: Sequence[str] = (),
        number: int = 0,
        report: Callable[[Sequence[WorldDifference]], None] = lambda found: None,
        **options: Any,
    ) -> None:
        self._report, self._random = report, Random(f"{options.get('seed')}/{number}")  # noqa: S311 - the same seed gives the same run
        super().__init__(pact, world=partial(PairedWorld, control=control, variants=list(variants)), **options)

    @property
    def diverged(self) -> bool:
        """Whether the two worlds differ already."""
        return bool(self.world.differences)

    def journal(self) -> str:
        """Return the journal of the server's world, as JSON lines."""
        return self.world.journal_of_twin()

    def close(self) -> None:
        """Close the client and both worlds. A run that is being interrupted asks and compares nothing more."""
        interrupted = isinstance(sys.exc_info()[1], KeyboardInterrupt)
        try:
            super().close()
            if not interrupted:
                self.clear()
                probe(self.world, self._pact.vendor, self._random)
        finally:
            if interrupted:
                self.world.drop_twin()
            else:
                self.world.finish()
                self._report(self.world.differences)
