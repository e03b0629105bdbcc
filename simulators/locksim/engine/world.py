"""One isolated, deterministic universe, and how it applies an input.

1. Whatever happens to a world is an `Input` given to `apply`. Inputs are applied one at a time, and none waits: a
   caller who must wait holds a ticket, and a later turn answers it.
2. Before an input, all that is due by its time happens, each thing as a turn of its own and at its own time; at one
   instant timers come first, then planned inputs, then the input itself.
3. Every turn is one entry of the journal. The same genesis and the same inputs give the same entries.
4. If a turn fails (a defect of ours), the world is rebuilt from the latest checkpoint and the entries behind it,
   the caller gets the vendor's own 5xx, and the entry says so. A replay does not run such a turn again.
5. A turn reads no clock, throws no dice, opens no socket. Who waits for callers, moves the time and performs
   deliveries is a driver, outside.

Confessed: a failing turn that was no request hangs up all who wait on that vendor, since the event that would have
answered them is lost. Counters of tickets, attempts and so on never go back, not even when a world is restored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from locksim.engine import commands, rollback, variants
from locksim.engine.deliveries import Attempt, Delivery, Mode
from locksim.engine.errors import Refused, Unknown
from locksim.engine.faults import Fault, Harm
from locksim.engine.inputs import (
    CONNECTION_RESET,
    Answer,
    CallerGone,
    Command,
    DeliveryOutcome,
    DeviceAction,
    Input,
    Request,
    Restarted,
    Tick,
)
from locksim.engine.journal import Entry, Journal
from locksim.engine.outbox import Outbox
from locksim.engine.pending import PendingRequests
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
from locksim.engine.vendor import Action, Device, Support, Vendor, perform

__all__ = ["WorldCore"]


class WorldCore:
    """See the module. All times are integer microseconds since the epoch, UTC.

    `agenda`, `callers` and `outgoing` are the rooms of what is to come, who waits, and what goes out: for turns and
    controls; nobody else changes a world but by `apply`.
    """

    def __init__(self, vendors: Mapping[str, Vendor], image: WorldSnapshot, *, name: str = "default") -> None:
        self.name = name
        self.vendors = dict(vendors)
        self.strict = False
        """Check the vendors' invariants after every turn."""
        self.waiters: dict[int, Callable[[Answer], None]] = {}
        """ticket → who is told its answer. The drivers' own; no part of the state."""
        self.on_entry: Callable[[Entry], None] | None = None
        """Who is told of every turn, when it is committed and its callers have their answers. No part of the state."""
        self.snapshots = image.snapshots
        self._put(image)
        self._entry = Entry(0, self._w.now, Tick(self._w.now))
        """The entry of the turn that is running, or ran last."""
        base = image.encode()
        self.genesis = image.genesis or base
        self.journal = Journal(base, image.entry)

    @classmethod
    def begin(
        cls,
        vendors: Mapping[str, Vendor],
        *,
        name: str = "default",
        seed: int = 0,
        start: int,
        profile: str = "documented",
        limits: bool = True,
        clock: str = "manual",
        addresses: Mapping[str, str] | None = None,
        state: Mapping[str, Any] | None = None,
        variants: Iterable[str] = (),
    ) -> WorldCore:
        """A new world with each vendor's default inhabitants, or with `state` (vendor → JSON) in their place.

        Raises Refused for a profile, clock or state that is none.
        """
        if profile not in ("documented", "observed"):
            raise Refused(f"there is no profile {profile!r}; there are documented and observed")
        where = {f"{v.name}/{s.name}": s.url for v in vendors.values() for s in v.sites} | dict(addresses or {})
        world = WorldState(
            seed,
            start,
            start,
            profile,
            limits,
            commands.clock_of(clock),
            "auto",
            where,
            timers=[],
            scheduled_commands=[],
            variants=list(variants),
        )
        seeded = {v.name: _seeded(v, seed, start, profile, limits) for v in vendors.values()}
        for vendor, given in (state or {}).items():
            if vendor not in vendors:
                raise Unknown(f"there is no vendor {vendor!r} in this world; there are {', '.join(vendors)}")
            loaded = commands.state_from(vendors[vendor], given)
            seeded[vendor] = _awake(vendors[vendor], loaded, _bare(seed, start, profile, limits))
        agenda = Scheduler(world)
        for vendor, inhabitants in seeded.items():
            for timer in inhabitants.timers:
                agenda.set(timer.due, vendor, timer.event, timer.args)
        images = {vendor: inhabitants.image for vendor, inhabitants in seeded.items()}
        return cls(vendors, WorldSnapshot(FORMAT, world, images), name=name)

    @classmethod
    def load(cls, vendors: Mapping[str, Vendor], data: bytes, *, name: str = "default") -> WorldCore:
        """The world of a checkpoint. Raises Refused when it is none of this version."""
        image = WorldSnapshot.decode(data)
        world = cls(vendors, image, name=name)
        world.check()
        return world

    # ---- what it is

    @property
    def seed(self) -> int:
        """What all chance in this world comes from."""
        return self._w.seed

    @property
    def start(self) -> int:
        """When it began."""
        return self._w.start

    @property
    def now(self) -> int:
        """What time it is."""
        return self._w.now

    @property
    def profile(self) -> str:
        """`documented` or `observed`."""
        return self._w.profile

    @property
    def limits(self) -> bool:
        """Whether rate limits and quotas apply."""
        return self._w.limits

    @property
    def clock(self) -> ClockMode:
        """How time passes: for drivers to follow, and set by the control `clock`."""
        return self._w.clock

    @property
    def deliveries_mode(self) -> Mode:
        """Whether deliveries leave by themselves, or wait for the tester's hand."""
        return self._w.deliveries_mode

    @property
    def addresses(self) -> dict[str, str]:
        """ "vendor/site" → the base URL at which callers reach it."""
        return self._w.addresses

    def url(self, vendor: str, site: str) -> str:
        """The base URL of a vendor's site in this world, without a trailing slash."""
        return self._w.addresses[f"{vendor}/{site}"]

    def state(self, vendor: str) -> Any:
        """The vendor's typed state."""
        found = self._states.get(vendor)
        if found is None:
            found = self._states[vendor] = self._image.state_of(self.vendor(vendor))
        return found

    def vendor(self, name: str) -> Vendor:
        """The vendor of this name; raises Unknown."""
        try:
            return self.vendors[name]
        except KeyError:
            raise Unknown(f"there is no vendor {name!r} here; there are {', '.join(self.vendors)}") from None

    def devices(self, vendor: str) -> list[Device]:
        """The vendor's hardware, as a person standing before it sees it."""
        return self.vendor(vendor).devices(self.begin_turn(vendor), self.state(vendor))

    def faults(self) -> list[Fault]:
        """What is planted, oldest first."""
        return list(self._w.faults.values())

    def deliveries(self) -> list[Delivery]:
        """What was sent out, oldest first."""
        return list(self._w.deliveries.values())

    def pending_requests(self) -> list[PendingRequest]:
        """Who waits, the longest first."""
        return list(self._w.pending_requests.values())

    def scheduled_commands(self) -> list[ScheduledCommand]:
        """What was told to happen later, the next first."""
        return list(self._w.scheduled_commands)

    def due(self) -> int | None:
        """When something happens by itself next; None, when nothing will."""
        return self.scheduler.due()

    def outbox(self) -> list[tuple[Delivery, Attempt]]:
        """The attempts that may go out now, in their order."""
        return self.outgoing.due()

    # ---- images

    def snapshot(self) -> WorldSnapshot:
        """This world's state now. Vendors that nobody touched keep their bytes."""
        kept = self._image.vendors | {n: _image_of(self.vendors[n], s) for n, s in self._states.items()}
        return WorldSnapshot(FORMAT, self._w, {name: kept[name] for name in self.vendors})

    def checkpoint(self, after: int | None = None) -> bytes:
        """The whole world as bytes: with timers, tickets, outbox, counters, snapshots and genesis. It stands after the
        journal's last entry, unless told otherwise."""
        image = self.snapshot()
        image.snapshots, image.genesis = self.snapshots, self.genesis
        image.entry = self.journal.last if after is None else after
        return image.encode()

    def check(self) -> None:
        """Raises AssertionError when a state contradicts itself."""
        queue = [(t.due, t.id) for t in self._w.timers]
        assert queue == sorted(queue), "timers are out of order"
        assert all(due >= self.now for due, _ in queue), "a timer was due before now"
        for name, vendor in self.vendors.items():
            vendor.invariants(self.state(name))

    def become(self, image: WorldSnapshot) -> None:
        """For the controls: go back (or over) to this image. Who waits is hung up; addresses, counters, variants and the
        clock's mode stay."""
        was = self._w
        self._put(image)
        self._w.counters.at_least(was.counters)
        self._w.addresses, self._w.clock, self._w.pending_requests = was.addresses, was.clock, {}
        self.vary(was.variants)
        self._entry.resolved.extend((pending_id, CONNECTION_RESET) for pending_id in was.pending_requests)

    def _put(self, image: WorldSnapshot) -> None:
        missing = self.vendors.keys() - image.vendors.keys()
        if missing:
            raise Refused(f"this image knows nothing of {', '.join(sorted(missing))}")
        self._image = image
        self._w = msgspec.msgpack.decode(msgspec.msgpack.encode(image.world), type=WorldState)
        self._states: dict[str, Any] = {}
        self.scheduler = Scheduler(self._w)
        self.variants = variants.planted(self.vendors, self._w.variants)
        self.pending = PendingRequests(self._w, self.scheduler, self.variants)
        self.outgoing = Outbox(self._w, self.scheduler)

    # ---- applying an input

    def apply(self, given: Input) -> Entry:
        """Let all happen that is due by `given.at`, then `given` itself. → the entry of `given`.

        An input from the past happens now.
        """
        last = None
        while (before := self.scheduler.next(given.at)) is not None:
            last = self._turn(before)
        if isinstance(given, Tick) and given.timer is None and last is not None and given.at <= self.now:
            return last
        if given.at < self.now:
            given = msgspec.structs.replace(given, at=self.now)
        return self._turn(given)

    def replay(self, entries: Iterable[Entry]) -> Iterable[tuple[Entry, Entry]]:
        """Run journaled entries again, each as the turn that it was. → pairs of what was and what is now."""
        for was in entries:
            yield was, self._turn(was.input)

    def _turn(self, given: Input) -> Entry:
        """One turn, committed: run, journaled, waiting callers told."""
        try:
            entry = self._run(given)
            if self.strict:
                self.check()
        except BaseException as broken:
            rollback.rebuild(self)
            if not isinstance(broken, Exception):
                raise
            entry = rollback.fail(self, given, rollback.sentence(broken))
        self.commit(entry)
        for pending_id, answer in entry.resolved:
            waiter = self.waiters.pop(pending_id, None)
            if waiter is not None:
                waiter(answer)
        if self.on_entry is not None:
            self.on_entry(entry)
        return entry

    def commit(self, entry: Entry) -> None:
        """Into the journal; after a failure with a checkpoint, so that the next one is undone quickly."""
        if isinstance(entry.input, Command) and entry.input.op == "reset" and entry.refused is None:
            # Counters, addresses and the clock's mode stay, so what begins again is not the genesis but this.
            self.journal.begin(self.checkpoint(after=0))
            return
        self.journal.append(entry)
        if entry.failed is not None or self.journal.due_for_checkpoint:
            self.journal.checkpoint(self.checkpoint())

    def _run(self, given: Input) -> Entry:
        self._w.now = given.at
        entry = self._entry = Entry(self.journal.last + 1, given.at, given)
        match given:
            case Request():
                self._request(entry, given)
            case Tick(timer=int(timer)):
                self._fire(timer)
            case DeviceAction() | Command():
                self.scheduler.forget(given.planned)
                try:
                    entry.result = self._act(given) if isinstance(given, DeviceAction) else commands.run(self, given)
                except Refused as refused:
                    entry.refused = (refused.status, str(refused))
            case CallerGone(pending_id=number):
                self.pending.gone(number)
            case DeliveryOutcome():
                self.settle(given)
            case Restarted():
                entry.result = self._restart(given) or None
        return entry

    def _restart(self, given: Restarted) -> dict[str, Any]:
        """Who waited is gone; attempts that were under way are made again. → their numbers, where there are any."""
        self._w.addresses = given.addresses or self._w.addresses
        gone, again = self.pending.lost(ENGINE), [attempt.id for _, attempt in self.outgoing.due()]
        return ({"gone": gone} if gone else {}) | ({"again": again} if again else {})

    def begin_turn(self, vendor: str) -> Turn:
        """Return the turn that a function of this vendor is called with now."""
        return Turn(self, vendor, self._w.now, self._entry)

    def _request(self, entry: Entry, request: Request) -> None:
        faults = [f for f in self._w.faults.values() if f.strikes(self.seed, request)]
        entry.struck.extend(f.id for f in faults)
        for fault in faults:
            if isinstance(fault.effect, Harm):
                self._harm(request.vendor, fault.effect)
        answer = self.pending.ask(self.begin_turn(request.vendor), self.vendor(request.vendor), request, faults)
        if isinstance(answer, Answer):
            entry.answer = answer
        else:
            entry.pending_id = answer

    def _harm(self, vendor: str, harm: Harm) -> None:
        """A planted hand on the hardware. What it finds impossible now is no reason to fail."""
        try:
            self._act(DeviceAction(self.now, vendor, harm.device, harm.action, harm.args))
        except Refused as refused:
            self._entry.misses.append(f"a planted {harm.action} on {harm.device} came to nothing: {refused}")

    def _fire(self, number: int) -> None:
        timer = self.scheduler.take(number)
        if timer is None:
            return
        if timer.vendor == ENGINE:
            _KERNEL_EVENTS[timer.event](self, **timer.args)
        else:
            turn = self.begin_turn(timer.vendor)
            self.vendors[timer.vendor].timers[timer.event](turn, self.state(timer.vendor), **timer.args)

    def _arrive(self, pending_id: int) -> None:
        waiting = self._w.pending_requests.get(pending_id)
        if waiting is not None:
            self.pending.arrive(self.begin_turn(waiting.vendor), self.vendors[waiting.vendor], pending_id)

    def _leave(self, pending_id: int) -> None:
        self.pending.leave(self.begin_turn(ENGINE), pending_id)

    def _hour(self, delivery: int, attempt: int) -> None:
        self.outgoing.hour(delivery, attempt)

    def _lost(self, attempt: int, status: int | None, error: str | None) -> None:
        self.settle(DeliveryOutcome(self.now, attempt, status, error))

    def settle(self, outcome: DeliveryOutcome) -> None:
        """Note what became of an attempt, and let its vendor know. One that is over already is over."""
        delivery = self.outgoing.settle(outcome)
        if delivery is not None:
            name = delivery.vendor
            self.vendors[name].on_delivery_outcome(self.begin_turn(name), self.state(name), delivery, outcome)

    # ---- hardware

    def _act(self, act: DeviceAction) -> dict[str, Any]:
        turn, state = self.begin_turn(act.vendor), self.state(act.vendor)
        given = () if act.device is None else (act.device,)
        return perform(self.action_of(act), act.action, act.args, turn, state, *given)

    def action_of(self, act: DeviceAction) -> Action | Support:
        """What this act would call. Raises Unknown, naming what there is."""
        vendor = self.vendor(act.vendor)
        if act.device is None:
            if act.action not in vendor.support:
                raise Unknown(f"{vendor.name} has no support action {act.action!r}; it has {_list(vendor.support)}")
            return vendor.support[act.action]
        devices = {d.id: d.kind for d in self.devices(act.vendor)}
        if act.device not in devices:
            raise Unknown(f"{vendor.name} has no device {act.device!r}; it has {_list(devices)}")
        kind = devices[act.device]
        actions = vendor.actions.get(kind, {})
        if act.action not in actions:
            raise Unknown(f"a {kind} of {vendor.name} has no action {act.action!r}; it has {_list(actions)}")
        return actions[act.action]

    # ---- the controls reach in here

    def control_state(self) -> WorldState:
        """For `kernel.controls` alone: what the tester's hand may change."""
        return self._w

    def vary(self, ids: list[str]) -> None:
        """For `kernel.controls` alone: these variants, and no others. Raises Unknown."""
        found = variants.planted(self.vendors, ids)
        self.variants.clear()
        self.variants.update(found)
        self._w.variants, self._w.variant_memory = list(ids), {}

    def varied(self, turn: Turn, delivery: Delivery) -> Delivery:
        """For turns: what a vendor's variants make of what it sends."""
        return variants.apply_to_delivery(self.variants.get(turn.vendor, ()), turn, delivery)

    def put_state(self, vendor: str, state: Any) -> None:
        """For `kernel.controls` alone: another state for a vendor."""
        self._states[vendor] = state
        self.vendor(vendor).start_timers(self.begin_turn(vendor), state)


_KERNEL_EVENTS: Mapping[str, Callable[..., None]] = {
    "arrive": WorldCore._arrive,
    "leave": WorldCore._leave,
    "send": WorldCore._hour,
    "lost": WorldCore._lost,
}


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _image_of(vendor: Vendor, state: Any) -> VendorSnapshot:
    return VendorSnapshot(vendor.schema, msgspec.msgpack.encode(state))


class _Inhabitants(NamedTuple):
    """A vendor's state as it comes into a world, and the timers that it wants."""

    image: VendorSnapshot
    timers: tuple[Timer, ...]


@lru_cache(maxsize=64)
def _seeded(vendor: Vendor, seed: int, start: int, profile: str, limits: bool) -> _Inhabitants:
    """A vendor's default inhabitants. They depend on nothing else, so worlds that begin alike share the bytes."""
    bare = WorldCore.__new__(WorldCore)
    bare._w = _bare(seed, start, profile, limits)
    state = vendor.seed(Turn(bare, vendor.name, start, Entry(0, start, Tick(start))))
    vendor.invariants(state)
    return _awake(vendor, state, bare._w)


def _bare(seed: int, start: int, profile: str, limits: bool) -> WorldState:
    """A world without anything, at its start."""
    return WorldState(seed, start, start, profile, limits, ClockMode(), "auto", {}, timers=[], scheduled_commands=[])


def _awake(vendor: Vendor, state: Any, where: WorldState) -> _Inhabitants:
    """`where`: a world of its own, in which nothing else is."""
    bare = WorldCore.__new__(WorldCore)
    bare._w, bare.scheduler = where, Scheduler(where)
    vendor.start_timers(Turn(bare, vendor.name, where.now, Entry(0, where.now, Tick(where.now))), state)
    return _Inhabitants(_image_of(vendor, state), tuple(where.timers))
