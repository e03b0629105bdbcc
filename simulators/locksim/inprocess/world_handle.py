"""The tester's handle on a world in this process: its clock, faults, deliveries and journal, and the ways in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from locksim.engine.moments import Moments
from locksim.engine.state import ClockMode
from locksim.engine.timestamps import parse_iso
from locksim.engine.vendor import Vendor
from locksim.engine.world import WorldCore
from locksim.inprocess.driver import Driver
from locksim.inprocess.handles import (
    ClockHandle,
    DeliveriesHandle,
    FaultsHandle,
    JournalHandle,
)
from locksim.registry import select

if TYPE_CHECKING:
    from locksim.inprocess.httpx_transport import HttpxAsyncTransport, HttpxTransport
    from locksim.inprocess.interception import Interception
    from locksim.inprocess.requests_adapter import RequestsAdapter

__all__ = ["DEFAULT_START", "WorldHandle"]

DEFAULT_START = "2026-01-05T08:00:00Z"


class WorldHandle(Driver):
    """One world in this process, as `locksim.World` is, but for the way to its vendors.

    Args:
        vendors: names of vendors, or `Vendor` objects; None takes every registered vendor.
        seed: what every random value of the world is derived from.
        start: an ISO 8601 time with a zone.
        profile: `documented` or `observed`.
        clock: `auto` or `manual`.
        limits: whether rate limits and quotas apply.
        deliveries: `auto` or `held`.
        state: vendor name → the state that it begins with, in place of its default world.
        variants: ids of vendor changes to inject.
        clock_drift: the most that any device's clock gains or loses, in seconds a day.
        battery_drain: how fast batteries drain, compared with the vendor's figure; 0: not at all.
        core: an existing engine world to drive; the arguments above are then unused.

    Raises:
        Refused: an argument is invalid; the text says which one and what is accepted.
    """

    def __init__(
        self,
        vendors: Iterable[str | Vendor] | None = None,
        *,
        seed: int = 0,
        start: str = DEFAULT_START,
        profile: str = "documented",
        clock: str = "auto",
        limits: bool = True,
        deliveries: str = "auto",
        state: Mapping[str, Any] | None = None,
        variants: Iterable[str] = (),
        clock_drift: float = 0,
        battery_drain: float = 0,
        core: WorldCore | None = None,
    ) -> None:
        if core is None:
            core = WorldCore.begin(
                {vendor.name: vendor for vendor in select(vendors)},
                seed=seed,
                start=parse_iso(start),
                profile=profile,
                limits=limits,
                clock=clock,
                state=state,
                variants=variants,
                clock_drift=clock_drift,
                battery_drain=battery_drain,
            )
        super().__init__(core)
        self.clock = ClockHandle(self)
        self.faults = FaultsHandle(self)
        self.deliveries = DeliveriesHandle(self)
        self.journal = JournalHandle(self)
        if deliveries != core.deliveries_mode:
            self.control("deliveries", mode=deliveries)

    # ---- snapshots and copies

    def snapshot(self, name: str) -> None:
        """Keep the world as it is, under a name."""
        self.control("snapshot", name=name)

    def restore(self, name: str) -> None:
        """Go back to a snapshot, its time included. Raises Unknown."""
        self.control("restore", name=name)

    def reset(self) -> None:
        """Go back to the beginning."""
        self.control("reset")

    def fork(self, name: str | None = None, *, after: int | None = None) -> Self:
        """Return a copy that shares nothing with this world. Requests that are pending here are not pending there.

        Args:
            name: The copy's name.
            after: Copy the world as it was after this entry of its journal, with a manual clock.

        Raises:
            Unknown: The journal has no such entry (any more).
        """
        with self.lock:
            source = self.core if after is None else Moments(self.core).after_at_once(after)
            core = WorldCore.load(self.core.vendors, source.checkpoint(), name=name or self.core.name)
        if after is not None:
            core.control_state().clock = ClockMode()
        copy = type(self)((), core=core)
        copy.receivers = dict(self.receivers)
        return copy

    # ---- the client's time

    @contextmanager
    def time(self, *, seed: int = 0) -> Iterator[ClockHandle]:
        """Put the client on this world's time inside the block: its `time`, `sleep`, threads, locks and `asyncio.run`.

        A sleep moves the world's time and takes none of yours. Threads that the block starts run one at a time, and `seed`
        chooses which; those that still wait at its end are ended. `datetime.now()` stays the machine's. Raises
        `lockpact.driving.virtual_time.Deadlock` where all wait and nothing can wake them.
        """
        from lockpact.driving.virtual_time import client_time

        before = self.scheduler
        with client_time(self, seed) as scheduler:
            self.scheduler = scheduler
            try:
                yield self.clock
            finally:
                self.scheduler = before

    # ---- ways in

    @property
    def transport(self) -> HttpxTransport:
        """For `httpx.Client(transport=…)`: any site of this world, by host."""
        from locksim.inprocess.httpx_transport import HttpxTransport

        return HttpxTransport(self)

    @property
    def async_transport(self) -> HttpxAsyncTransport:
        """For `httpx.AsyncClient(transport=…)`."""
        from locksim.inprocess.httpx_transport import HttpxAsyncTransport

        return HttpxAsyncTransport(self)

    @property
    def adapter(self) -> RequestsAdapter:
        """For `requests.Session().mount(url, …)`."""
        from locksim.inprocess.requests_adapter import RequestsAdapter

        return RequestsAdapter(self)

    def intercept(self, *, allow: Sequence[str] = ()) -> Interception:
        """Return a context manager inside which unmodified clients reach this world at the vendors' real hosts.

        Args:
            allow: hosts (`name` or `name:port`) that are reached for real, as loopback is; all others are refused.
        """
        from locksim.inprocess.interception import intercept

        return intercept(self, allow=allow)
