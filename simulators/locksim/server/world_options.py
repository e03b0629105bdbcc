"""What a world is made from: the keys of `POST /_sim/worlds`, and of a `--world` file."""

from __future__ import annotations

import secrets  # noqa: TID251 - a seed is chosen before there is a world to take it from
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from locksim.engine.commands import Drain, Drift, Instant, Mode, Name
from locksim.engine.errors import Impossible

__all__ = ["DEFAULT", "START", "ClockOptions", "NewWorld", "WorldOptions", "with_own_seed"]

DEFAULT = "default"
"""The name of the world that every server has."""
START = "2026-01-05T08:00:00Z"
"""When a world begins whose time does not pass by itself: the same day each time, so that runs can be compared."""

_Rate = Annotated[int, msgspec.Meta(ge=0, le=999_999)]


class ClockOptions(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A clock as the control API takes it. `rate` alone selects the mode: 1 is `real`, 60 is `x60`."""

    mode: Annotated[Mode | None, msgspec.Meta(description="How time passes: manual, auto, real, or x60.")] = None
    now: Annotated[Instant | None, msgspec.Meta(description="The world's time. It never goes back.")] = None
    rate: Annotated[_Rate | None, msgspec.Meta(description="World seconds per real second.")] = None

    def mode_or(self, present: str) -> str:
        """Return the mode that `mode` and `rate` select, or `present`. Raises Impossible when they contradict each other."""
        if self.rate is None:
            return present if self.mode is None else self.mode
        if self.mode in ("manual", "auto"):
            if self.rate:
                raise Impossible(f"in mode {self.mode} time does not pass by itself, so the rate can only be 0")
            return self.mode
        if self.rate == 0:
            raise Impossible("at rate 0 time does not pass by itself; choose mode manual or auto")
        selected = "real" if self.rate == 1 else f"x{self.rate}"
        if self.mode not in (None, "real", selected, f"x{self.rate}"):
            raise Impossible(f"mode {self.mode} and rate {self.rate} contradict each other; give one of them")
        return selected


class WorldOptions(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What a world is made from."""

    seed: Annotated[
        int,
        msgspec.Meta(ge=-(2**63), le=2**63 - 1, description="What every random value of the world is derived from."),
    ] = 0
    profile: Annotated[
        Literal["documented", "observed"],
        msgspec.Meta(description="Behave as the vendors' documents say, or as their servers were observed to."),
    ] = "documented"
    clock: Annotated[Mode | ClockOptions, msgspec.Meta(description="A mode, or a mode with a time or a rate.")] = "real"
    state: Annotated[
        dict[str, dict[str, Any]],
        msgspec.Meta(description="By vendor: the state that it begins with, in place of its default world."),
    ] = {}
    limits: Annotated[Literal["on", "off"], msgspec.Meta(description="Whether rate limits and quotas apply.")] = "on"
    variants: Annotated[list[str], msgspec.Meta(description="Ids of vendor changes to inject.")] = []
    clock_drift: Drift = 0
    battery_drain: Drain = 0

    @property
    def clock_options(self) -> ClockOptions:
        """The clock, with a bare mode written out."""
        return self.clock if isinstance(self.clock, ClockOptions) else ClockOptions(self.clock)


_Options = TypeVar("_Options", bound=WorldOptions)
_SEED_BITS = 53
"""A seed's length: as many bits as a JSON number keeps everywhere."""


def with_own_seed(options: _Options) -> _Options:
    """Return the options with a random seed. From a known seed everyone can compute the world's credentials."""
    return msgspec.structs.replace(options, seed=secrets.randbits(_SEED_BITS))


class NewWorld(WorldOptions, forbid_unknown_fields=True):
    """Without `clock` the world is `real`. A world whose time passes begins at the present, any other on 2026-01-05T08:00:00Z;
    `now` in the clock says otherwise.
    """

    name: Annotated[Name | None, msgspec.Meta(description="The world's name; without it the server chooses one.")] = (
        None
    )
    ports: Annotated[
        bool, msgspec.Meta(description="Give the world ports of its own, instead of a path below the shared ones.")
    ] = False
