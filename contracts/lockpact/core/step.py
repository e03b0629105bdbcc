"""A step: one call of a client's method, with all that a law may judge it by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

from lockpact.core.traffic import Traffic

__all__ = ["EnvironmentEvent", "Step", "TruthAt"]

T = TypeVar("T")


@dataclass(frozen=True)
class EnvironmentEvent:
    """Something that the environment did: a device action, an injected fault, a lost callback.

    `at` is in microseconds, UTC. `what` is a sentence for the story.
    """

    at: int
    what: str
    action: str = ""
    """The name of the device action; empty for all other events."""
    device: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    """What the device answered."""
    after_exchanges: int = 0
    """How many exchanges of the step had begun before. Orders events and exchanges of the same time."""


@dataclass(frozen=True)
class TruthAt(Generic[T]):
    """What was true from `at` (microseconds, UTC) until the next entry."""

    at: int
    truth: T


@dataclass(frozen=True)
class Step(Generic[T]):
    """One call. `T` is the vendor's truth. On a live server the truth is unknown: `before` and `after` are None.

    `given` is what the machine prepared for this step and a law may rely on (`press=12.3`, `fault="reset"`).
    """

    number: int
    call: str
    arguments: Mapping[str, Any]
    given: Mapping[str, Any]
    began: int
    ended: int
    result: Any
    error: BaseException | None
    traffic: Traffic
    events_before: Sequence[EnvironmentEvent] = ()
    """What the environment did since the previous step."""
    events: Sequence[EnvironmentEvent] = ()
    """What the environment did during this step."""
    before: T = None  # type: ignore[assignment]
    # Not Optional, since laws with needs="truth" run only where the truth is known.
    after: T = None  # type: ignore[assignment]
    truth_history: Sequence[TruthAt[T]] = ()
    """The truth when the step began, and after each change until it ended."""
    logs: Sequence[str] = ()
    """The lines that the client logged during the step, at any level."""
    secrets: Sequence[str] = field(default=(), repr=False)
    """What the client must not disclose: its own credentials and the vendor's."""
    earlier: Sequence[Step[T]] = field(default=(), repr=False)
    """The previous steps, oldest first."""

    @property
    def truth_known(self) -> bool:
        """Whether `before`, `after` and `truth_history` are known: on simulators, not on live servers."""
        return self.before is not None

    @property
    def seconds(self) -> float:
        """The duration in the world's time."""
        return (self.ended - self.began) / 1_000_000

    @cached_property
    def since_made(self) -> Sequence[Step[T]]:
        """The previous steps of this client, oldest first: since it was last constructed, which is the first of them."""
        made = max((n for n, step in enumerate(self.earlier) if step.call == "made"), default=0)
        return self.earlier[made:]

    @cached_property
    def all_traffic(self) -> Traffic:
        """The traffic of the run up to the end of this step."""
        last = self.earlier[-1] if self.earlier else None
        if last is None:
            return self.traffic
        if "all_traffic" in last.__dict__:  # laws have judged it then
            return Traffic((*last.all_traffic, *self.traffic))
        return Traffic(exchange for step in (*self.earlier, self) for exchange in step.traffic)
