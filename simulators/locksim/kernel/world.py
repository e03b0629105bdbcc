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

from bisect import insort
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from locksim.kernel import controls, wires, wsgi
from locksim.kernel.deliveries import Attempt, Delivery, Mode
from locksim.kernel.faults import Double, Fault, Harm, Hold, Late, Lose
from locksim.kernel.image import FORMAT, Clock, Image, Plan, Ticket, Timer, VendorImage, WorldState
from locksim.kernel.inputs import (
    HANG_UP,
    Act,
    Answer,
    Control,
    Gone,
    Headers,
    Input,
    Outcome,
    Request,
    Restarted,
    Tick,
)
from locksim.kernel.instants import micros
from locksim.kernel.journal import Entry, Journal
from locksim.kernel.turn import Turn
from locksim.kernel.vendor import Action, Device, Impossible, Refused, Support, Unknown, Vendor, perform

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["World"]

_OVER = ("done", "dropped")
MAX_TICKETS = 10_000
MAX_TIMERS = 100_000
MAX_DELIVERIES = 10_000
"""Finished deliveries beyond this leave, oldest first."""


class World:
    """See the module. All times are integer microseconds since the epoch, UTC."""

    def __init__(self, vendors: Mapping[str, Vendor], image: Image, *, name: str = "default") -> None:
        self.name = name
        self.vendors = dict(vendors)
        self.strict = False
        """Check the vendors' invariants after every turn."""
        self.waiters: dict[int, Callable[[Answer], None]] = {}
        """ticket → who is told its answer. The drivers' own; no part of the state."""
        self.snapshots = image.snapshots
        self._put(image)
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
    ) -> World:
        """A new world with each vendor's default inhabitants, or with `state` (vendor → JSON) in their place.

        Raises Refused for a profile, clock or state that is none.
        """
        if profile not in ("documented", "observed"):
            raise Refused(f"there is no profile {profile!r}; there are documented and observed")
        where = {f"{v.name}/{s.name}": s.url for v in vendors.values() for s in v.sites} | dict(addresses or {})
        world = WorldState(
            seed, start, start, profile, limits, controls.clock_of(clock), "auto", where, timers=[], plans=[]
        )
        images = {v.name: _seeded(v, seed, start, profile, limits) for v in vendors.values()}
        for vendor, given in (state or {}).items():
            if vendor not in vendors:
                raise Unknown(f"there is no vendor {vendor!r} in this world; there are {', '.join(vendors)}")
            images[vendor] = _image_of(vendors[vendor], controls.state_from(vendors[vendor], given))
        return cls(vendors, Image(FORMAT, world, images), name=name)

    @classmethod
    def load(cls, vendors: Mapping[str, Vendor], data: bytes, *, name: str = "default") -> World:
        """The world of a checkpoint. Raises Refused when it is none of this version."""
        image = Image.decode(data)
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
    def clock(self) -> Clock:
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
        return self.vendor(vendor).devices(Turn(self, vendor, self.now), self.state(vendor))

    def faults(self) -> list[Fault]:
        """What is planted, oldest first."""
        return list(self._w.faults.values())

    def deliveries(self) -> list[Delivery]:
        """What was sent out, oldest first."""
        return list(self._w.deliveries.values())

    def tickets(self) -> list[Ticket]:
        """Who waits, the longest first."""
        return list(self._w.tickets.values())

    def plans(self) -> list[Plan]:
        """What was told to happen later, the next first."""
        return list(self._w.plans)

    def due(self) -> int | None:
        """When something happens by itself next; None, when nothing will."""
        heads = [queue[0].due for queue in (self._w.timers, self._w.plans) if queue]
        return min(heads, default=None)

    def outbox(self) -> list[tuple[Delivery, Attempt]]:
        """The attempts that may go out now, in their order."""
        due = [(d, a) for d in self._open.values() for a in d.attempts if a.state == "due"]
        return sorted(due, key=lambda pair: pair[1].id)

    # ---- images

    def image(self) -> Image:
        """This world's state now. Vendors that nobody touched keep their bytes."""
        kept = self._image.vendors | {n: _image_of(self.vendors[n], s) for n, s in self._states.items()}
        return Image(FORMAT, self._w, {name: kept[name] for name in self.vendors})

    def checkpoint(self) -> bytes:
        """The whole world as bytes: with timers, tickets, outbox, counters, snapshots and genesis."""
        image = self.image()
        image.snapshots, image.entry, image.genesis = self.snapshots, self.journal.last, self.genesis
        return image.encode()

    def check(self) -> None:
        """Raises AssertionError when a state contradicts itself."""
        queue = [(t.due, t.id) for t in self._w.timers]
        assert queue == sorted(queue), "timers are out of order"
        assert all(due >= self.now for due, _ in queue), "a timer was due before now"
        for name, vendor in self.vendors.items():
            vendor.invariants(self.state(name))

    def _put(self, image: Image) -> None:
        self._image = image
        self._w = msgspec.msgpack.decode(msgspec.msgpack.encode(image.world), type=WorldState)
        self._states: dict[str, Any] = {}
        self._open = {d.id: d for d in self._w.deliveries.values() if any(a.state not in _OVER for a in d.attempts)}
        missing = self.vendors.keys() - image.vendors.keys()
        if missing:
            raise Refused(f"this image knows nothing of {', '.join(sorted(missing))}")

    def become(self, image: Image) -> None:
        """Go back (or over) to this image. Who waits is hung up; addresses and counters stay."""
        waiting, counters, addresses = list(self._w.tickets), self._w.counters, self._w.addresses
        self._put(image)
        self._w.counters.at_least(counters)
        self._w.addresses = addresses
        self._w.tickets = {}
        self._resolved.extend((ticket, HANG_UP) for ticket in waiting)

    # ---- applying an input

    def apply(self, given: Input) -> Entry:
        """Let all happen that is due by `given.at`, then `given` itself. → the entry of `given`.

        An input from the past happens now.
        """
        last = self._catch_up(given.at)
        if isinstance(given, Tick) and given.timer is None and last is not None and given.at <= self.now:
            return last
        if given.at < self._w.now:
            given = msgspec.structs.replace(given, at=self._w.now)
        return self._turn(given)

    def replay(self, entries: Iterable[Entry]) -> Iterable[tuple[Entry, Entry]]:
        """Run journaled entries again, each as the turn that it was. → pairs of what was and what is now."""
        for was in entries:
            yield was, self._turn(was.input)

    def _catch_up(self, at: int) -> Entry | None:
        last, w = None, self._w
        while True:
            timer = w.timers[0].due if w.timers else None
            plan = w.plans[0].due if w.plans else None
            if timer is not None and timer <= at and (plan is None or timer <= plan):
                last = self._turn(Tick(timer, w.timers[0].id))
            elif plan is not None and plan <= at:
                last = self._turn(msgspec.structs.replace(w.plans[0].input, at=plan, planned=w.plans[0].id))
            else:
                return last
            w = self._w

    def _turn(self, given: Input) -> Entry:
        """One turn, committed: run, journaled, waiting callers told."""
        try:
            entry = self._run(given)
            if self.strict:
                self.check()
        except BaseException as broken:
            self._rebuild()
            if not isinstance(broken, Exception):
                raise
            entry = self._fail(given, broken)
        if isinstance(given, Control) and given.op == "reset" and entry.refused is None:
            self.journal.begin(self.genesis)
        else:
            self.journal.append(entry)
            if self.journal.due_for_checkpoint:
                self.journal.checkpoint(self.checkpoint())
        for ticket, answer in entry.resolved:
            waiter = self.waiters.pop(ticket, None)
            if waiter is not None:
                waiter(answer)
        return entry

    def _run(self, given: Input) -> Entry:
        self._w.now = given.at
        self._resolved: list[tuple[int, Answer]] = []
        self._sent: list[int] = []
        self._misses: list[str] = []
        self._struck: list[int] = []
        entry = Entry(self.journal.last + 1, given.at, given)
        match given:
            case Request():
                entry.answer, entry.ticket = self._request(given)
            case Tick(timer=timer):
                if timer is not None:
                    self._fire(timer)
            case Act() | Control():
                self._drop_plan(given.planned)
                try:
                    entry.result = self._act(given) if isinstance(given, Act) else controls.run(self, given)
                except Refused as refused:
                    entry.refused = (refused.status, str(refused))
            case Gone(ticket=number):
                self._w.tickets.pop(number, None)
            case Outcome():
                self._outcome(given)
            case Restarted():
                self._w.tickets.clear()
        entry.resolved, entry.sent = self._resolved, self._sent
        entry.misses, entry.struck = self._misses, self._struck
        return entry

    def _rebuild(self) -> None:
        """As it was after the last entry: the latest checkpoint, and the entries behind it once more."""
        image = Image.decode(self.journal.latest)
        self._put(image)
        self.snapshots = image.snapshots
        numbers, self.journal.last = self.journal.last, self.journal.latest_n
        for was in self.journal.tail:
            if was.failed is None:
                self._run(was.input)
            else:
                self._leave_behind(was.input)
            self.journal.last = was.n
        self.journal.last = numbers

    def _leave_behind(self, given: Input) -> list[int]:
        """What a turn that failed leaves behind: its time, and its timer or plan gone. → the callers it hangs up."""
        self._w.now = given.at
        if isinstance(given, Request):
            return []
        vendor = None
        if isinstance(given, Tick) and given.timer is not None:
            vendor = next((t.vendor for t in self._w.timers if t.id == given.timer), None)
            self.drop_timer(given.timer)
        elif isinstance(given, Act | Control):
            vendor = given.vendor if isinstance(given, Act) else None
            self._drop_plan(given.planned)
        elif isinstance(given, Outcome):
            self._settle(given)
        lost = [t.id for t in self._w.tickets.values() if vendor in ("", t.vendor)]
        for number in lost:
            del self._w.tickets[number]
        return lost

    def _fail(self, given: Input, broken: Exception) -> Entry:
        entry = Entry(self.journal.last + 1, given.at, given, failed=f"{type(broken).__name__}: {broken}")
        entry.resolved = [(ticket, HANG_UP) for ticket in self._leave_behind(given)]
        if isinstance(given, Request):
            turn = self._begin(given.vendor)
            entry.answer = wsgi.finished(self.vendors[given.vendor].broken(turn), given.at)
        elif isinstance(given, Act | Control):
            entry.refused = (500, f"the stand-in failed ({entry.failed}); the world is as it was before")
        return entry

    # ---- requests

    def _begin(self, vendor: str) -> Turn:
        turn = Turn(self, vendor, self._w.now)
        turn.resolved, turn.sent, turn.misses = self._resolved, self._sent, self._misses
        return turn

    def _request(self, request: Request) -> tuple[Answer | None, int | None]:
        self.vendor(request.vendor).site(request.site)
        faults = [f for f in self._w.faults.values() if f.strikes(self.seed, request)] if self._w.faults else []
        self._struck.extend(f.id for f in faults)
        for fault in faults:
            if isinstance(fault.effect, Harm):
                harm = fault.effect
                self._act(Act(self.now, request.vendor, harm.device, harm.action, harm.args))
        turn = self._begin(request.vendor)
        late = wires.lateness(faults)
        if late:
            number = self.park(turn, "", {})
            self._w.tickets[number].request = request
            self._w.tickets[number].after = [f.id for f in faults]
            self.set_timer(self.now + late, "", "arrive", {"ticket": number})
            return None, number
        return self._serve(turn, request, faults)

    def _serve(self, turn: Turn, request: Request, faults: list[Fault]) -> tuple[Answer | None, int | None]:
        """Before the vendor, the vendor, after the vendor."""
        vendor = self.vendors[request.vendor]
        answer = wires.instead(vendor, turn, faults)
        if answer is None:
            where = self._w.addresses[f"{request.vendor}/{request.site}"]
            scheme, _, host = where.partition("://")
            answer = wsgi.call(_app(vendor), turn, request, host.partition("/")[0], scheme)
        after = [f for f in faults if wires.strikes_answer(f)]
        if turn.parked is not None:
            self._w.tickets[turn.parked].after = [f.id for f in after]
            return None, turn.parked
        if not after:
            return answer, None
        return self._on_the_wire(turn, answer, after)

    def _on_the_wire(self, turn: Turn, answer: Answer, faults: list[Fault]) -> tuple[Answer | None, int | None]:
        answer, late = wires.spoil(answer, faults)
        if not late:
            return answer, None
        number = turn.caller or self.park(turn, "", {})
        kept = self._w.tickets.setdefault(number, Ticket(number, turn.vendor, "", self.now))
        kept.kind, kept.answer, kept.after = "", answer, []
        self.set_timer(self.now + late, "", "leave", {"ticket": number})
        return None, number

    # ---- tickets

    def park(self, turn: Turn, kind: str, args: dict[str, Any]) -> int:
        """For `Turn.park`. A caller whose request came late keeps the ticket on which it waits."""
        if len(self._w.tickets) >= MAX_TICKETS:
            raise RuntimeError(f"more than {MAX_TICKETS} callers wait in this world")
        number = turn.caller if turn.caller is not None else self._w.counters.take("ticket")
        self._w.tickets[number] = Ticket(number, turn.vendor, kind, self.now, args)
        return number

    def resolve(self, turn: Turn, number: int, value: Any) -> bool:
        """For `Turn.resolve`."""
        ticket = self._w.tickets.get(number)
        if ticket is None or not ticket.kind:
            return False
        vendor = self.vendors[ticket.vendor]
        answer = wsgi.finished(vendor.renderers[ticket.kind](turn, ticket.args, value), self.now)
        self._answer(turn, ticket, answer)
        return True

    def hang_up(self, turn: Turn, number: int) -> bool:
        """For `Turn.hang_up`."""
        if self._w.tickets.pop(number, None) is None:
            return False
        turn.resolved.append((number, HANG_UP))
        return True

    def _answer(self, turn: Turn, ticket: Ticket, answer: Answer) -> None:
        """This ticket's answer is there: it leaves now, or late."""
        turn.caller = ticket.id
        faults = [self._w.faults[f] for f in ticket.after if f in self._w.faults]
        left, _ = self._on_the_wire(turn, answer, faults) if faults else (answer, None)
        turn.caller = None
        if left is not None:
            self._w.tickets.pop(ticket.id, None)
            self._resolved.append((ticket.id, left))

    # ---- timers and plans

    def set_timer(self, due: int, vendor: str, event: str, args: dict[str, Any]) -> int:
        """For `Turn.after`."""
        if len(self._w.timers) >= MAX_TIMERS:
            raise RuntimeError(f"more than {MAX_TIMERS} timers are set in this world")
        timer = Timer(max(due, self.now), self._w.counters.take("timer"), vendor, event, args)
        insort(self._w.timers, timer, key=_place)
        return timer.id

    def drop_timer(self, number: int) -> None:
        """For `Turn.cancel`."""
        self._w.timers = [t for t in self._w.timers if t.id != number]

    def plan(self, due: int, what: Act | Control) -> int:
        """For the control `plan`."""
        plan = Plan(due, self._w.counters.take("plan"), what)
        insort(self._w.plans, plan, key=_place)
        return plan.id

    def _drop_plan(self, number: int | None) -> None:
        if number is not None:
            self._w.plans = [p for p in self._w.plans if p.id != number]

    def _fire(self, number: int) -> None:
        timer = next(t for t in self._w.timers if t.id == number)
        self._w.timers.remove(timer)
        if timer.vendor:
            turn = self._begin(timer.vendor)
            self.vendors[timer.vendor].events[timer.event](turn, self.state(timer.vendor), **timer.args)
        else:
            _KERNEL_EVENTS[timer.event](self, **timer.args)

    def _arrive(self, ticket: int) -> None:
        """A request that was late on its way is here."""
        waiting = self._w.tickets.get(ticket)
        if waiting is None or waiting.request is None:
            return
        request = msgspec.structs.replace(waiting.request, at=self.now)
        faults = [self._w.faults[f] for f in waiting.after if f in self._w.faults]
        turn = self._begin(waiting.vendor)
        turn.caller = ticket
        answer, _ = self._serve(turn, request, faults)
        if answer is not None:
            self._w.tickets.pop(ticket, None)
            self._resolved.append((ticket, answer))

    def _leave(self, ticket: int) -> None:
        """An answer that was late leaves."""
        waiting = self._w.tickets.pop(ticket, None)
        if waiting is not None and waiting.answer is not None:
            self._resolved.append((ticket, waiting.answer))

    # ---- hardware

    def _act(self, act: Act) -> dict[str, Any]:
        turn, state = self._begin(act.vendor), self.state(act.vendor)
        given = () if act.device is None else (act.device,)
        return perform(self.action_of(act), act.action, act.args, turn, state, *given)

    def action_of(self, act: Act) -> Action | Support:
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

    # ---- deliveries

    def post(
        self,
        turn: Turn,
        kind: str,
        to: str,
        method: str,
        headers: Headers,
        body: bytes,
        about: dict[str, str | int],
        due: int,
    ) -> int:
        """For `Turn.send`."""
        w = self._w
        delivery = Delivery(
            w.counters.take("delivery"), turn.vendor, kind, to, self.now, method, headers, body, about, []
        )
        w.deliveries[delivery.id] = delivery
        self._attempt(delivery, due)
        if len(w.deliveries) > MAX_DELIVERIES:
            oldest = next((d for d in w.deliveries if d not in self._open), None)
            if oldest is not None:
                del w.deliveries[oldest]
        return delivery.id

    def post_again(self, number: int, due: int) -> None:
        """For `Turn.send_again`. A delivery that has left the world's memory is not sent again."""
        delivery = self._w.deliveries.get(number)
        if delivery is not None:
            self._attempt(delivery, due)

    def delivery(self, number: int) -> Delivery:
        """The delivery of this number; raises Unknown."""
        try:
            return self._w.deliveries[number]
        except KeyError:
            raise Unknown(f"there is no delivery {number} in this world") from None

    def add_attempt(self, delivery: Delivery, due: int, *, held: bool) -> Attempt:
        """One more attempt, due now or later."""
        attempt = Attempt(self._w.counters.take("attempt"), delivery.id, due, "held" if held else "due")
        if due > self.now:
            attempt.state = "waiting"
            self.set_timer(due, "", "send", {"delivery": delivery.id, "attempt": attempt.id})
        delivery.attempts.append(attempt)
        self._open[delivery.id] = delivery
        return attempt

    def _attempt(self, delivery: Delivery, due: int) -> None:
        struck = [
            f
            for f in self._w.faults.values()
            if f.strikes_delivery(self.seed, delivery.vendor, delivery.method, delivery.to)
        ]
        self._struck.extend(f.id for f in struck)
        held, copies = self._w.deliveries_mode == "held", 1
        lost: Lose | None = None
        for fault in struck:
            match fault.effect:
                case Late(seconds=seconds):
                    due = max(due, self.now) + micros(seconds)
                case Hold():
                    held = True
                case Double():
                    copies += 1
                case Lose() as lost:
                    pass
        for _ in range(copies):
            attempt = self.add_attempt(delivery, due, held=held)
            if lost is not None:
                attempt.state = "waiting"
                args = {"attempt": attempt.id, "status": lost.status, "error": None if lost.status else lost.error}
                self.set_timer(max(due, self.now), "", "lose", args)

    def _send(self, delivery: int, attempt: int) -> None:
        """A delivery's hour has come."""
        for one in self._w.deliveries[delivery].attempts if delivery in self._w.deliveries else ():
            if one.id == attempt and one.state == "waiting":
                one.state = "held" if self._w.deliveries_mode == "held" else "due"

    def _lose_delivery(self, attempt: int, status: int | None, error: str | None) -> None:
        self._outcome(Outcome(self.now, attempt, status, error))

    def _settle(self, outcome: Outcome) -> tuple[Delivery, Attempt] | None:
        for delivery in self._open.values():
            for attempt in delivery.attempts:
                if attempt.id == outcome.attempt and attempt.state not in _OVER:
                    attempt.state, attempt.ended = "done", outcome.at
                    attempt.status, attempt.error = outcome.status, outcome.error
                    if all(a.state in _OVER for a in delivery.attempts):
                        del self._open[delivery.id]
                    return delivery, attempt
        return None

    def _outcome(self, outcome: Outcome) -> None:
        settled = self._settle(outcome)
        if settled is not None:
            vendor = settled[0].vendor
            self.vendors[vendor].delivered(self._begin(vendor), self.state(vendor), settled[0], outcome)

    def drop_attempts(self, delivery: Delivery) -> int:
        """The tester takes a delivery off the wire; its sender learns `dropped`. → how many attempts that were."""
        open_ = [a.id for a in delivery.attempts if a.state not in _OVER]
        if not open_:
            raise Impossible(f"delivery {delivery.id} has no attempt left to drop; all are over")
        for attempt in open_:
            self._outcome(Outcome(self.now, attempt, None, "dropped"))
        return len(open_)

    # ---- controls reach in here

    def control_state(self) -> WorldState:
        """For `kernel.controls` alone: what the tester's hand may change."""
        return self._w

    def put_state(self, vendor: str, state: Any) -> None:
        """For `kernel.controls` alone: another state for a vendor."""
        self._states[vendor] = state


_KERNEL_EVENTS: Mapping[str, Callable[..., None]] = {
    "arrive": World._arrive,
    "leave": World._leave,
    "send": World._send,
    "lose": World._lose_delivery,
}


def _place(item: Timer | Plan) -> tuple[int, int]:
    return item.due, item.id


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _image_of(vendor: Vendor, state: Any) -> VendorImage:
    return VendorImage(vendor.schema, msgspec.msgpack.encode(state))


@lru_cache(maxsize=64)
def _seeded(vendor: Vendor, seed: int, start: int, profile: str, limits: bool) -> VendorImage:
    """A vendor's default inhabitants. They depend on nothing else, so worlds that begin alike share the bytes."""
    nowhere = WorldState(seed, start, start, profile, limits, Clock(), "auto", {})
    world = World.__new__(World)
    world._w = nowhere
    state = vendor.seed(Turn(world, vendor.name, start))
    vendor.invariants(state)
    return _image_of(vendor, state)


@lru_cache(maxsize=64)
def _app(vendor: Vendor) -> WSGIApplication:
    """The vendor's Flask app: one a process."""
    return vendor.app()
