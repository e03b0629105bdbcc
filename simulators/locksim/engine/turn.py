"""A turn: the world applying one input, as the domain sees it.

The domain gets a `Turn` and nothing else of the world: no clock but `now`, no dice but `seeded`, no thread, no socket.
A view that must wait for the physical world parks a ticket and returns; a later turn resolves it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locksim.engine.deliveries import Delivery
from locksim.engine.inputs import Headers
from locksim.engine.seeded_random import SeededValue, seeded
from locksim.engine.timestamps import SECOND

if TYPE_CHECKING:
    from locksim.engine.journal import Entry
    from locksim.engine.world import WorldCore

__all__ = ["Turn"]


class Turn:
    """What the domain is handed. Alive for one input only."""

    __slots__ = ("_world", "caller", "entry", "hung_up", "now", "parked", "site", "vendor")

    def __init__(self, world: WorldCore, vendor: str, now: int, entry: Entry) -> None:
        self._world = world
        self.vendor = vendor
        self.now = now
        """Microseconds since the epoch, UTC."""
        self.entry = entry
        """What this turn leaves in the journal: the kernel's own."""
        self.parked: int | None = None
        self.caller: int | None = None
        """The ticket on which the caller waits already (its request came late, or it is being answered)."""
        self.hung_up = False
        self.site = ""
        """The vendor's site that the request came through; "" in a turn that serves no request."""

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
    def started(self) -> int:
        """When this world began."""
        return self._world.start

    def url(self, site: str) -> str:
        """The base URL at which callers reach this vendor's site in this world, without a trailing slash."""
        return self._world.url(self.vendor, site)

    def random(self, label: str, *key: int | str) -> SeededValue:
        """Settled chance for (seed, vendor, label, key)."""
        return seeded(self._world.seed, self.vendor, label, *key)

    def set_timer(self, us: int, event: str, **args: Any) -> int:
        """Set a timer: `vendor.timers[event]` fires with `args` (plain JSON data) after `us` microseconds. → its id."""
        return self._world.scheduler.set(self.now + us, self.vendor, event, args)

    def cancel_timer(self, timer: int) -> None:
        """Take a timer back. One that has fired, or never was, is no error."""
        self._world.scheduler.take(timer)

    def park(self, kind: str, **args: Any) -> int:
        """Let this caller wait: → the ticket. The view returns `locksim.engine.wsgi.parked()` next."""
        self.parked = self._world.pending.park(self, kind, args)
        return self.parked

    def resolve(self, pending_id: int, value: Any) -> bool:
        """Answer a waiting caller now, through `vendor.renderers[kind]`. False when the caller has gone."""
        return self._world.pending.resolve(self, self._world.vendors[self.vendor], pending_id, value)

    def is_pending(self, pending_id: int) -> bool:
        """Whether the caller behind a ticket still waits: not answered, not gone."""
        return any(waiting.id == pending_id for waiting in self._world.pending_requests())

    def hang_up(self, pending_id: int) -> bool:
        """Reset a waiting caller's connection. False when the caller has gone."""
        return self._world.pending.hang_up(self, pending_id)

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
        """Put a delivery into the outbox, to leave after `after` microseconds; its receiver has `patience` microseconds to
        answer. → its id.
        """
        wanted = Delivery(0, self.vendor, kind, to, self.now, method, headers, body, patience, about or {}, [])
        delivery = self._world.varied(self, wanted)
        self.entry.struck.extend(self._world.outgoing.post(delivery, self.now + after))
        self.entry.sent.append(delivery.id)
        return delivery.id

    def send_again(self, delivery: int, after: int = 0) -> None:
        """One more attempt at a delivery, `after` microseconds from now. Raises Unknown for none of this world's."""
        again = self._world.outgoing.delivery(delivery)
        self.entry.struck.extend(self._world.outgoing.try_(again, self.now + after))

    @property
    def variant_memory(self) -> dict[str, Any]:
        """What this vendor's variants remember: plain JSON data, theirs alone."""
        kept: dict[str, Any] = self._world.control_state().variant_memory.setdefault(self.vendor, {})
        return kept

    def near_miss(self, sentence: str) -> None:
        """A near miss: what the vendor objects to, and the nearest thing that would work. It goes into the journal."""
        self.entry.misses.append(sentence)
