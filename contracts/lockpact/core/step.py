"""A step: one call of a client's method, and everything that belongs to it. What a law judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from lockpact.core.traffic import Traffic

__all__ = ["EnvironmentEvent", "Step", "TruthAt"]

T = TypeVar("T")


@dataclass(frozen=True)
class EnvironmentEvent:
    """Something that the environment did: a hand on the hardware, a fault planted, a callback that got lost.

    `at` is in microseconds, UTC; `what` a sentence for the story.
    """

    at: int
    what: str
    action: str = ""
    """For a hand on the hardware: the action's name."""
    device: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    """What the hardware answered."""
    after_exchanges: int = 0
    """How many exchanges of its step had begun before it: what happens at one instant has an order, too."""


@dataclass(frozen=True)
class TruthAt(Generic[T]):
    """What was true from `at` (microseconds, UTC) until the next moment."""

    at: int
    truth: T


@dataclass(frozen=True)
class Step(Generic[T]):
    """See the module. `T` is the vendor's truth; on a live server it is not known, and `before` and `after` are None.

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
    """What the environment did since the step before …"""
    events: Sequence[EnvironmentEvent] = ()
    """… and during this one."""
    before: T = None  # type: ignore[assignment]
    # Laws with needs="truth" run only where truth is known; giving every law an Optional would bury them in checks.
    after: T = None  # type: ignore[assignment]
    truth_history: Sequence[TruthAt[T]] = ()
    """The truth at the step's begin, and after each change until its end."""
    logs: Sequence[str] = ()
    """The lines that the client logged meanwhile, at any level."""
    secrets: Sequence[str] = field(default=(), repr=False)
    """What must not leave the client: its own credentials and the vendor's."""
    earlier: Sequence[Step[T]] = field(default=(), repr=False)
    """The steps before this one, oldest first."""

    @property
    def truth_known(self) -> bool:
        """Whether `before`, `after` and `truth_history` tell anything: on stand-ins, not on live servers."""
        return self.before is not None

    @property
    def seconds(self) -> float:
        """How long it took, on the world's clock."""
        return (self.ended - self.began) / 1_000_000

    @property
    def all_traffic(self) -> Traffic:
        """The whole run's traffic up to the end of this step."""
        return Traffic([x for s in self.earlier for x in s.traffic] + list(self.traffic))
