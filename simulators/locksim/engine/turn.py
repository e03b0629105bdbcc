"""What a vendor's code can read and do while the world applies one input.

1. A `Turn` lives for one input. Its time (`now`) does not change while it lives.
2. A vendor's code gets the turn and its own state, and nothing else of the world. It reads no clock and no generator of
   random numbers, and opens no socket: time, random values, timers, pending requests and deliveries come from the turn.
3. A handler never waits. If the answer depends on something that happens later, the handler parks the request
   (`park`) and returns; a later turn answers it (`resolve`).
"""

from __future__ import annotations

from typing import Any, Protocol

from locksim.engine.deliveries import Delivery
from locksim.engine.inputs import Headers, Request
from locksim.engine.journal import Entry
from locksim.engine.physics import Physics
from locksim.engine.seeded_random import SeededValue, seeded
from locksim.engine.timestamps import SECOND

__all__ = ["Turn", "TurnWorld"]


class TurnWorld(Protocol):
    """What a turn needs from its world. `locksim.engine.contents.WorldContents` implements it."""

    @property
    def seed(self) -> int:
        """The seed of all random values."""

    @property
    def start(self) -> int:
        """The time at which the world began."""

    @property
    def profile(self) -> str:
        """`documented` or `observed`."""

    @property
    def limits(self) -> bool:
        """Whether rate limits and quotas apply."""

    @property
    def physics(self) -> Physics:
        """How far clocks drift and how fast batteries drain."""

    def state(self, vendor: str) -> Any:
        """Return the vendor's state."""

    def url(self, vendor: str, site: str, host: str = "") -> str:
        """Return the base URL of a vendor's site, without a trailing slash, as a caller of this `host` knows it."""

    def set_timer(self, vendor: str, due: int, event: str, args: dict[str, Any]) -> int:
        """Set a timer and return its id."""

    def cancel_timer(self, timer: int) -> None:
        """Remove a timer, if it is still set."""

    def park(self, turn: Turn, kind: str, args: dict[str, Any]) -> int:
        """Make the turn's request pending and return its id."""

    def resolve(self, turn: Turn, pending_id: int, value: Any) -> bool:
        """Answer a pending request. Return whether its caller was still there."""

    def hang_up(self, turn: Turn, pending_id: int) -> bool:
        """Reset a pending request's connection. Return whether its caller was still there."""

    def is_pending(self, pending_id: int) -> bool:
        """Return whether the request is still pending."""

    @property
    def has_pending(self) -> bool:
        """Whether any request is pending, of any vendor."""

    def send(self, turn: Turn, delivery: Delivery, due: int) -> int:
        """Put a delivery into the outbox and return its id."""

    def send_again(self, turn: Turn, delivery: int, due: int) -> None:
        """Add an attempt to a delivery. Raises Unknown."""

    def variant_memory(self, vendor: str) -> dict[str, Any]:
        """Return what the vendor's variants have stored."""


class Turn:
    """One input being applied, as a vendor's code sees it. All times are microseconds since the epoch, UTC."""

    __slots__ = ("_world", "caller", "entry", "hung_up", "now", "parked", "site", "until", "vendor")

    def __init__(self, world: TurnWorld, vendor: str, now: int, entry: Entry, until: int | None = None) -> None:
        self._world = world
        self.vendor = vendor
        self.now = now
        self.until = until
        """If the clock is on its way to a time more than `timestamps.FAR` off, with nothing scheduled in between: that
        time. Routine work may be left out until shortly before it; an input that comes earlier must find it made up."""
        self.entry = entry
        """The journal entry that this turn fills. Only the engine writes to it."""
        self.parked: int | None = None
        """The id of the pending request that this turn's request became."""
        self.caller: int | None = None
        """The id under which this turn's caller is pending already: its request arrived late, or is being answered."""
        self.hung_up = False
        """Whether the handler decided to reset the connection."""
        self.site = ""
        """The site that the request came through; "" in a turn that serves no request."""

    @property
    def state(self) -> Any:
        """This vendor's state, to read and to change."""
        return self._world.state(self.vendor)

    @property
    def profile(self) -> str:
        """`documented` or `observed`."""
        return self._world.profile

    @property
    def limits(self) -> bool:
        """Whether rate limits and quotas apply."""
        return self._world.limits

    @property
    def physics(self) -> Physics:
        """How far clocks drift and how fast batteries drain."""
        return self._world.physics

    def drift_of(self, device: str) -> int:
        """Return how much this device's clock gains a day, in microseconds. It is the device's own share of the world's drift,
        in either direction."""
        most = self.physics.clock_drift
        return most and most * self.random("clock drift", device).between(-1_000_000, 1_000_000) // 1_000_000

    def drained(self, millionths: int) -> int:
        """Return what a use, or a day, takes from a battery here. `millionths`: what it takes by the vendor's figure."""
        return millionths * self.physics.battery_drain // 1_000_000

    @property
    def started(self) -> int:
        """The time at which this world began."""
        return self._world.start

    def url(self, site: str) -> str:
        """Return the base URL of this vendor's site, without a trailing slash.

        It is the one in this world. A caller who used one of the vendor's real host names (through a proxy) gets the real one:
        what it follows next must lead the same way.
        """
        given = self.entry.input
        headers = given.headers if isinstance(given, Request) else ()
        return self._world.url(
            self.vendor, site, next((value for name, value in headers if name.lower() == "host"), "")
        )

    def random(self, label: str, *key: int | str) -> SeededValue:
        """Return the random value for this label and key. The same label and key give the same value."""
        return seeded(self._world.seed, self.vendor, label, *key)

    def set_timer(self, us: int, event: str, **args: Any) -> int:
        """Call `vendor.timers[event]` with `args` (plain JSON data) in `us` microseconds. Return the timer's id."""
        return self._world.set_timer(self.vendor, self.now + us, event, args)

    def cancel_timer(self, timer: int) -> None:
        """Remove a timer. A timer that has fired, or never existed, is no error."""
        self._world.cancel_timer(timer)

    def park(self, kind: str, **args: Any) -> int:
        """Make this request pending and return its id. The handler returns `locksim.api.context.WAITING` next.

        `vendor.renderers[kind]` makes the answer later, from `args` (plain JSON data).
        """
        self.parked = self._world.park(self, kind, args)
        return self.parked

    def resolve(self, pending_id: int, value: Any) -> bool:
        """Answer a pending request now, through its renderer. Return False if the caller has gone."""
        return self._world.resolve(self, pending_id, value)

    def is_pending(self, pending_id: int) -> bool:
        """Return whether a request is still pending: not answered, and its caller not gone."""
        return self._world.is_pending(pending_id)

    @property
    def has_pending(self) -> bool:
        """Whether any request is pending in this world."""
        return self._world.has_pending

    def hang_up(self, pending_id: int) -> bool:
        """Reset a pending request's connection. Return False if the caller has gone."""
        return self._world.hang_up(self, pending_id)

    def send(
        self,
        kind: str,
        to: str,
        body: bytes,
        headers: Headers = (),
        *,
        method: str = "POST",
        about: dict[str, str | int] | None = None,
        after: int = 0,
        patience: int = 5 * SECOND,
    ) -> int:
        """Put a delivery into the outbox and return its id.

        Args:
            kind: The vendor's word for it: callback, webhook, email …
            to: A URL, or an address that is no URL.
            body: The body.
            headers: The headers, in order.
            method: The HTTP method.
            about: The vendor's own reference, which comes back with the outcome.
            after: Microseconds until it may leave.
            patience: Microseconds that the receiver has to answer.
        """
        delivery = Delivery(0, self.vendor, kind, to, self.now, method, headers, body, patience, about or {}, [])
        return self._world.send(self, delivery, self.now + after)

    def send_again(self, delivery: int, after: int = 0) -> None:
        """Attempt a delivery once more, `after` microseconds from now. Raises Unknown if there is no such delivery."""
        self._world.send_again(self, delivery, self.now + after)

    @property
    def variant_memory(self) -> dict[str, Any]:
        """What this vendor's variants have stored: plain JSON data. Only variants use it."""
        return self._world.variant_memory(self.vendor)

    def near_miss(self, sentence: str) -> None:
        """Note in the journal what the vendor objects to, and the nearest thing that would work."""
        self.entry.misses.append(sentence)
