"""What a world holds at one moment, and what turns and commands do to it.

1. All that changes is the `WorldState`, each vendor's state, and the named snapshots. The scheduler, the pending requests
   and the outbox are views of the `WorldState`: they store nothing that could not be rebuilt from it.
2. A vendor's state is decoded from its snapshot when it is first used. A vendor that nobody touched keeps its bytes.
3. A turn works on the contents through `TurnWorld`, a command through the members below. Neither applies inputs: that
   is the task of `locksim.engine.world.WorldCore`, which stands above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from locksim.engine import variants
from locksim.engine.deliveries import Attempt, Delivery, Mode
from locksim.engine.errors import Refused, Unknown
from locksim.engine.faults import Fault
from locksim.engine.inputs import CONNECTION_RESET, DeliveryOutcome, DeviceAction, Tick
from locksim.engine.journal import Entry
from locksim.engine.outbox import Outbox
from locksim.engine.pending import PendingRequests
from locksim.engine.physics import Physics
from locksim.engine.scheduler import ENGINE, Scheduler
from locksim.engine.state import (
    FORMAT,
    ClockMode,
    PendingRequest,
    ScheduledCommand,
    Timer,
    VendorSnapshot,
    WorldSnapshot,
    WorldState,
)
from locksim.engine.turn import Turn
from locksim.engine.vendor import Action, Device, Support, Vendor, perform, select_variants

__all__ = ["WorldContents", "encode_state"]


class WorldContents:
    """The state of one world. All times are integer microseconds since the epoch, UTC.

    `scheduler`, `pending` and `outbox` are for turns and commands.
    """

    def __init__(self, vendors: Mapping[str, Vendor], snapshot: WorldSnapshot, *, name: str = "default") -> None:
        self.name = name
        self.vendors = dict(vendors)
        self.snapshots = snapshot.snapshots
        """name → an encoded snapshot that the tester took."""
        self.genesis = snapshot.genesis or snapshot.encode()
        """The encoded snapshot that a reset returns to."""
        self._installed: WorldSnapshot | None
        self._install(snapshot)
        if not snapshot.genesis:
            self._installed = None
        self._entry = Entry(0, self._state.now, Tick(self._state.now))
        """The entry of the turn that is running, or ran last."""

    def _install(self, snapshot: WorldSnapshot) -> None:
        missing = self.vendors.keys() - snapshot.vendors.keys()
        if missing:
            raise Refused(f"this snapshot has no state of {', '.join(sorted(missing))}")
        self._installed = snapshot
        """What the vendors that nobody touched have their states from; None: the genesis, which an idle world keeps once."""
        self._state = msgspec.msgpack.decode(msgspec.msgpack.encode(snapshot.world), type=WorldState)
        self._vendor_states: dict[str, Any] = {}
        self.scheduler = Scheduler(self._state)
        self.variants = select_variants(self.vendors, self._state.variants)
        self.pending = PendingRequests(self._state, self.scheduler, self.variants)
        self.outbox = Outbox(self._state, self.scheduler)

    # ---- reading

    @property
    def seed(self) -> int:
        """The seed of all random values."""
        return self._state.seed

    @property
    def start(self) -> int:
        """The time at which the world began."""
        return self._state.start

    @property
    def now(self) -> int:
        """The world's time."""
        return self._state.now

    @property
    def profile(self) -> str:
        """`documented` or `observed`."""
        return self._state.profile

    @property
    def physics(self) -> Physics:
        """How far clocks drift and how fast batteries drain."""
        return self._state.physics

    @property
    def limits(self) -> bool:
        """Whether rate limits and quotas apply."""
        return self._state.limits

    @property
    def clock(self) -> ClockMode:
        """How time passes. The command `clock` sets it; drivers follow it."""
        return self._state.clock

    @property
    def deliveries_mode(self) -> Mode:
        """Whether deliveries leave by themselves, or are held until the tester releases them."""
        return self._state.deliveries_mode

    @property
    def addresses(self) -> dict[str, str]:
        """ "vendor/site" → the base URL at which callers reach it."""
        return self._state.addresses

    def url(self, vendor: str, site: str, host: str = "") -> str:
        """Return the base URL of a vendor's site in this world, without a trailing slash.

        If `host` is one of the vendor's real hosts, return the site's real base URL instead.
        """
        if host:
            sites = self.vendor(vendor).sites
            if any(host.lower() in one.hosts for one in sites):
                return next(one.url for one in sites if one.name == site)
        return self._state.addresses[f"{vendor}/{site}"]

    def state(self, vendor: str) -> Any:
        """Return the vendor's typed state."""
        found = self._vendor_states.get(vendor)
        if found is None:
            found = self._vendor_states[vendor] = self._untouched().state_of(self.vendor(vendor))
        return found

    def look_at_state(self, vendor: str) -> Any:
        """Return the vendor's state, to read once. The state of an untouched vendor stays encoded, which takes less memory."""
        return self._vendor_states.get(vendor) or self._untouched().state_of(self.vendor(vendor))

    def vendor(self, name: str) -> Vendor:
        """Return the vendor of this name. Raises Unknown."""
        try:
            return self.vendors[name]
        except KeyError:
            raise Unknown(f"there is no vendor {name!r} here; there are {', '.join(self.vendors)}") from None

    def devices(self, vendor: str) -> list[Device]:
        """Return the vendor's hardware, as a person who stands in front of it sees it."""
        return self.vendor(vendor).devices(self.begin_turn(vendor), self.state(vendor))

    def device(self, vendor: str, id: str) -> Device:
        """Return one device as it is now. Raises Unknown, naming what there is."""
        found = self.vendor(vendor).device(self.begin_turn(vendor), self.state(vendor), id)
        if found is None:
            raise Unknown(f"{vendor} has no device {id!r}; it has {_list(d.id for d in self.devices(vendor))}")
        return found

    def faults(self) -> list[Fault]:
        """Return the injected faults, oldest first."""
        return list(self._state.faults.values())

    def deliveries(self) -> list[Delivery]:
        """Return what was sent, oldest first."""
        return list(self._state.deliveries.values())

    def due_attempts(self) -> list[tuple[Delivery, Attempt]]:
        """Return the delivery attempts that may leave now, in order."""
        return self.outbox.due()

    def pending_requests(self) -> list[PendingRequest]:
        """Return the pending requests, oldest first."""
        return list(self._state.pending_requests.values())

    def is_pending(self, pending_id: int) -> bool:
        """Return whether the request is still pending."""
        return pending_id in self._state.pending_requests

    @property
    def has_pending(self) -> bool:
        """Whether any request is pending."""
        return bool(self._state.pending_requests)

    def scheduled_commands(self) -> list[ScheduledCommand]:
        """Return the scheduled commands and device actions, the next one first."""
        return list(self._state.scheduled_commands)

    def timers(self) -> list[Timer]:
        """Return the timers that are set, the next one first."""
        return list(self._state.timers)

    def due(self) -> int | None:
        """Return when something happens by itself next, or None if nothing will."""
        return self.scheduler.due()

    def snapshot(self) -> WorldSnapshot:
        """Return a snapshot of the world as it is now."""
        encoded = {name: encode_state(self.vendors[name], state) for name, state in self._vendor_states.items()}
        states = self._untouched().vendors | encoded
        return WorldSnapshot(FORMAT, self._state, {name: states[name] for name in self.vendors})

    def _untouched(self) -> WorldSnapshot:
        return self._installed or WorldSnapshot.decode(self.genesis)

    def check(self) -> None:
        """Raise AssertionError if a state contradicts itself."""
        queue = [(t.due, t.id) for t in self._state.timers]
        assert queue == sorted(queue), "timers are out of order"
        assert all(due >= self.now for due, _ in queue), "a timer was due before now"
        for name, vendor in self.vendors.items():
            vendor.invariants(self.state(name))

    # ---- what a turn does

    def begin_turn(self, vendor: str) -> Turn:
        """Return a turn of this moment, to call a function of this vendor with."""
        given = self._entry.input
        until = given.until if isinstance(given, Tick) else None
        return Turn(self, vendor, self._state.now, self._entry, until)

    def set_timer(self, vendor: str, due: int, event: str, args: dict[str, Any]) -> int:
        """Set a timer and return its id."""
        return self.scheduler.set_timer(due, vendor, event, args)

    def cancel_timer(self, timer: int) -> None:
        """Remove a timer, if it is still set."""
        self.scheduler.take_timer(timer)

    def park(self, turn: Turn, kind: str, args: dict[str, Any]) -> int:
        """Make the turn's request pending and return its id."""
        return self.pending.park(turn, kind, args)

    def resolve(self, turn: Turn, pending_id: int, value: Any) -> bool:
        """Answer a pending request. Return whether its caller was still there."""
        return self.pending.resolve(turn, self.vendors[turn.vendor], pending_id, value)

    def hang_up(self, turn: Turn, pending_id: int) -> bool:
        """Reset a pending request's connection. Return whether its caller was still there."""
        return self.pending.hang_up(turn, pending_id)

    def send(self, turn: Turn, delivery: Delivery, due: int) -> int:
        """Put a delivery, as the vendor's variants leave it, into the outbox. Return its id."""
        sent = variants.apply_to_delivery(self.variants.get(turn.vendor, ()), turn, delivery)
        turn.entry.struck.extend(self.outbox.post(sent, due))
        turn.entry.sent.append(sent.id)
        return sent.id

    def send_again(self, turn: Turn, delivery: int, due: int) -> None:
        """Add an attempt to a delivery. Raises Unknown."""
        turn.entry.struck.extend(self.outbox.attempt(self.outbox.delivery(delivery), due))

    def variant_memory(self, vendor: str) -> dict[str, Any]:
        """Return what the vendor's variants have stored."""
        memory: dict[str, Any] = self._state.variant_memory.setdefault(vendor, {})
        return memory

    # ---- what happens to devices and deliveries

    def action_of(self, asked: DeviceAction) -> Action | Support:
        """Return the function that this device action calls. Raises Unknown, naming what there is."""
        vendor = self.vendor(asked.vendor)
        if asked.device is None:
            if asked.action not in vendor.support:
                raise Unknown(f"{vendor.name} has no support action {asked.action!r}; it has {_list(vendor.support)}")
            return vendor.support[asked.action]
        kind = self.device(asked.vendor, asked.device).kind
        actions = vendor.actions.get(kind, {})
        if asked.action not in actions:
            raise Unknown(f"a {kind} of {vendor.name} has no action {asked.action!r}; it has {_list(actions)}")
        return actions[asked.action]

    def act(self, asked: DeviceAction) -> dict[str, Any]:
        """Do a device action and return what happened. Raises Refused."""
        turn, state = self.begin_turn(asked.vendor), self.state(asked.vendor)
        device = () if asked.device is None else (asked.device,)
        return perform(self.action_of(asked), asked.action, asked.args, turn, state, *device)

    def record_outcome(self, outcome: DeliveryOutcome) -> None:
        """Note the outcome of an attempt and notify its vendor. An attempt that is over already is left alone."""
        delivery = self.outbox.record_outcome(outcome)
        if delivery is not None:
            name = delivery.vendor
            self.vendors[name].on_delivery_outcome(self.begin_turn(name), self.state(name), delivery, outcome)

    def fire(self, number: int) -> None:
        """Fire a timer, unless it has been cancelled."""
        timer = self.scheduler.take_timer(number)
        if timer is None:
            return
        if timer.vendor == ENGINE:
            _ENGINE_EVENTS[timer.event](self, **timer.args)
        else:
            turn = self.begin_turn(timer.vendor)
            self.vendors[timer.vendor].timers[timer.event](turn, self.state(timer.vendor), **timer.args)

    def _request_arrives(self, pending_id: int) -> None:
        request = self._state.pending_requests.get(pending_id)
        if request is not None:
            self.pending.arrive(self.begin_turn(request.vendor), self.vendors[request.vendor], pending_id)

    def _answer_leaves(self, pending_id: int) -> None:
        self.pending.leave(self.begin_turn(ENGINE), pending_id)

    def _attempt_is_due(self, delivery: int, attempt: int) -> None:
        self.outbox.make_due(delivery, attempt)

    def _attempt_is_lost(self, attempt: int, status: int | None, error: str | None) -> None:
        self.record_outcome(DeliveryOutcome(self.now, attempt, status, error))

    # ---- what commands change

    def control_state(self) -> WorldState:
        """Return the state itself, for commands to change."""
        return self._state

    def restore(self, snapshot: WorldSnapshot) -> None:
        """Continue from this snapshot. Pending requests are hung up; addresses, counters, variants and clock mode stay."""
        old = self._state
        self._install(snapshot)
        self._state.counters.at_least(old.counters)
        self._state.addresses, self._state.clock, self._state.pending_requests = old.addresses, old.clock, {}
        self.set_variants(old.variants)
        self._entry.resolved.extend((pending_id, CONNECTION_RESET) for pending_id in old.pending_requests)

    def set_variants(self, ids: list[str]) -> None:
        """Run exactly these variants from now on, with empty memories. Raises Unknown."""
        selected = select_variants(self.vendors, ids)
        self.variants.clear()
        self.variants.update(selected)
        self._state.variants, self._state.variant_memory = list(ids), {}

    def set_physics(self, physics: Physics) -> None:
        """Let clocks drift and batteries drain like this from now on."""
        self._state.physics = physics
        for name, vendor in self.vendors.items():
            vendor.on_physics(self.begin_turn(name), self.state(name))

    def set_state(self, vendor: str, state: Any) -> None:
        """Replace a vendor's state."""
        self._vendor_states[vendor] = state
        self.vendor(vendor).start_timers(self.begin_turn(vendor), state)


_ENGINE_EVENTS: Mapping[str, Callable[..., None]] = {
    "request_arrives": WorldContents._request_arrives,
    "answer_leaves": WorldContents._answer_leaves,
    "attempt_is_due": WorldContents._attempt_is_due,
    "attempt_is_lost": WorldContents._attempt_is_lost,
}


def encode_state(vendor: Vendor, state: Any) -> VendorSnapshot:
    """Return a vendor's state as it is stored in a snapshot."""
    return VendorSnapshot(vendor.schema, msgspec.msgpack.encode(state))


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
