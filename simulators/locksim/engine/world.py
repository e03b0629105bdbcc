"""One isolated, deterministic world, and how it applies an input.

1. Everything that happens to a world is an `Input` given to `apply`. Inputs are applied one at a time, and applying one
   never waits: a request whose answer comes later becomes a pending request, and a later turn answers it.
2. Everything that is due by the input's time happens first, each thing as a turn of its own and at its own time. At one
   instant timers come first, then scheduled commands, then the input itself.
3. Every turn is one entry of the journal. The same first snapshot and the same inputs give the same entries.
4. If a turn fails (a defect of the simulator), the world is rebuilt from the latest checkpoint and the entries after it,
   the caller gets the vendor's own 5xx, and the entry says so. A rebuild or a replay does not run such a turn again,
   since its defect need not recur. It only repeats the turn's lasting effects: time passes, and its timer, scheduled
   command or outcome is used up.
5. A turn reads no clock, uses no generator of random numbers and opens no socket. A driver, outside, waits for callers,
   moves the time and makes deliveries.

Loose ends:

- A turn that fails and serves no request hangs up all pending requests of that vendor, since the event that would have
  answered them is lost.
- Counters (pending requests, attempts, timers …) never go back, not even when a snapshot is restored. A late outcome or
  caller from before would otherwise be taken for another's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from locksim.engine import commands, wsgi
from locksim.engine.contents import WorldContents
from locksim.engine.errors import Refused
from locksim.engine.faults import Act
from locksim.engine.genesis import first_snapshot
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
from locksim.engine.physics import physics_of
from locksim.engine.scheduler import ENGINE
from locksim.engine.state import WorldSnapshot
from locksim.engine.vendor import Vendor

__all__ = ["WorldCore", "failure_text"]

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
"""An object's memory address, which differs from run to run."""


class WorldCore(WorldContents):
    """A world that applies inputs and keeps a journal of them. Only `apply` changes it."""

    def __init__(self, vendors: Mapping[str, Vendor], snapshot: WorldSnapshot, *, name: str = "default") -> None:
        super().__init__(vendors, snapshot, name=name)
        self.strict = False
        """Check the vendors' invariants after every turn."""
        self.waiters: dict[int, Callable[[Answer], None]] = {}
        """pending request id → a function to call with its answer. Belongs to the driver; not part of the state."""
        self.on_entry: Callable[[Entry], None] | None = None
        """Called after every turn, when it is in the journal and its callers have their answers. Not part of the state."""
        # A new world's genesis is its first snapshot; a loaded world has both.
        base = snapshot.encode() if snapshot.genesis else self.genesis
        self.journal = Journal(base, snapshot.entry)

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
        clock_drift: float = 0,
        battery_drain: float = 0,
    ) -> WorldCore:
        """Return a new world.

        Args:
            vendors: The vendors, by name.
            name: The world's name.
            seed: The seed of all random values.
            start: The time at which it begins, in microseconds since the epoch.
            profile: `documented` or `observed`.
            limits: Whether rate limits and quotas apply.
            clock: `manual`, `auto`, `real`, or `x60` (scaled).
            addresses: "vendor/site" → base URL, where it is not the site's default.
            state: Vendor → its state as JSON, to replace the vendor's default state.
            variants: The ids of the variants that run from the start.
            clock_drift: The most that any device's clock gains or loses, in seconds a day, up to 3600.
            battery_drain: How much faster than the vendor says batteries drain, up to 10,000; 0: not at all.

        Raises:
            Refused: The profile, the clock mode, a vendor's state, a variant, the drift or the drain is invalid.
        """
        snapshot = first_snapshot(
            vendors,
            seed=seed,
            start=start,
            profile=profile,
            limits=limits,
            clock=clock,
            addresses=addresses or {},
            state=state or {},
            variants=list(variants),
            physics=physics_of(clock_drift, battery_drain),
        )
        return cls(vendors, snapshot, name=name)

    @classmethod
    def load(cls, vendors: Mapping[str, Vendor], data: bytes, *, name: str = "default") -> WorldCore:
        """Return the world of a checkpoint. Raises Refused if another version wrote it."""
        world = cls(vendors, WorldSnapshot.decode(data), name=name)
        world.check()
        return world

    def checkpoint(self, after: int | None = None) -> bytes:
        """Return the whole world as bytes: a snapshot with the named snapshots and the genesis.

        Args:
            after: The number of the journal entry that it stands after; the last one by default.
        """
        snapshot = self.snapshot()
        snapshot.snapshots, snapshot.genesis = self.snapshots, self.genesis
        snapshot.entry = self.journal.last if after is None else after
        return snapshot.encode()

    # ---- applying an input

    def apply(self, given: Input) -> Entry:
        """Let everything happen that is due by `given.at`, then apply `given`. Return the entry of `given`.

        An input whose time is past happens now. A tick that a timer's turn has reached already makes no entry of its own:
        the timer's entry is returned.
        """
        last = None
        target = given.until or given.at if isinstance(given, Tick) else given.at
        while (due := self.scheduler.next(given.at, target)) is not None:
            last = self._turn(due)
        if isinstance(given, Tick) and given.until is not None:
            given = msgspec.structs.replace(given, until=None)
        if isinstance(given, Tick) and given.timer is None and last is not None and given.at <= self.now:
            return last
        if given.at < self.now:
            given = msgspec.structs.replace(given, at=self.now)
        return self._turn(given)

    def replay(self, entries: Iterable[Entry]) -> Iterable[tuple[Entry, Entry]]:
        """Run journaled entries again, one turn each. Yield pairs: the old entry, the new one."""
        for old in entries:
            yield old, self._turn(old.input)

    def _turn(self, given: Input) -> Entry:
        """Run one turn, put it into the journal, and answer the pending requests that it resolved."""
        try:
            entry = self._run(given)
            if self.strict:
                self.check()
        except BaseException as error:
            self.rebuild()
            if not isinstance(error, Exception):
                raise
            entry = self._fail(given, failure_text(error))
        self.commit(entry)
        for pending_id, answer in entry.resolved:
            waiter = self.waiters.pop(pending_id, None)
            if waiter is not None:
                waiter(answer)
        if self.on_entry is not None:
            self.on_entry(entry)
        return entry

    def commit(self, entry: Entry) -> None:
        """Append an entry to the journal. A failed turn gets a checkpoint, so that the next failure is undone quickly."""
        if isinstance(entry.input, Command) and entry.input.op == "reset" and entry.refused is None:
            # Counters, addresses and the clock mode stay, so the journal begins at the world as it is, not at the genesis.
            self.journal.begin(self.checkpoint(after=0))
            return
        self.journal.append(entry)
        if entry.failed is not None or self.journal.due_for_checkpoint:
            self.journal.checkpoint(self.checkpoint())

    def _run(self, given: Input) -> Entry:
        """Apply one input. It is not yet in the journal."""
        self._state.now = given.at
        entry = self._entry = Entry(self.journal.last + 1, given.at, given)
        match given:
            case Request():
                self._request(entry, given)
            case Tick(timer=int(timer)):
                self.fire(timer)
            case DeviceAction() | Command():
                self.scheduler.unschedule(given.planned)
                try:
                    entry.result = self.act(given) if isinstance(given, DeviceAction) else commands.run(self, given)
                except Refused as refused:
                    entry.refused = (refused.status, str(refused))
            case CallerGone(pending_id=number):
                self.pending.remove(number)
            case DeliveryOutcome():
                self.record_outcome(given)
            case Restarted():
                entry.result = self._restart(given) or None
        return entry

    def _request(self, entry: Entry, request: Request) -> None:
        faults = [f for f in self._state.faults.values() if f.affects_request(self.seed, request)]
        entry.struck.extend(f.id for f in faults)
        for fault in faults:
            if isinstance(fault.effect, Act):
                self._act_by_fault(request.vendor, fault.effect)
        answer = self.pending.receive(self.begin_turn(request.vendor), self.vendor(request.vendor), request, faults)
        if isinstance(answer, Answer):
            entry.answer = answer
        else:
            entry.pending_id = answer

    def _act_by_fault(self, vendor: str, effect: Act) -> None:
        """Do a fault's device action. An action that is refused now is a near miss, not a failure of the turn."""
        try:
            self.act(DeviceAction(self.now, vendor, effect.device, effect.action, effect.args))
        except Refused as refused:
            self._entry.misses.append(f"an injected {effect.action} on {effect.device} did nothing: {refused}")

    def _restart(self, given: Restarted) -> dict[str, Any]:
        """Drop all pending requests. Return the ids of those, and of the attempts that are made again, where any are."""
        self._state.addresses = given.addresses or self._state.addresses
        gone, again = self.pending.remove_all(ENGINE), [attempt.id for _, attempt in self.due_attempts()]
        return ({"gone": gone} if gone else {}) | ({"again": again} if again else {})

    # ---- undoing a turn

    def rebuild(self) -> None:
        """Return to the state after the journal's last entry: the latest checkpoint, and the entries after it once more."""
        journal = self.journal
        snapshot = WorldSnapshot.decode(journal.latest)
        self._install(snapshot)
        self.snapshots = snapshot.snapshots
        last, journal.last = journal.last, journal.latest_n
        for entry in journal.tail:
            self.run_again(entry.input, None)  # none of these failed: a failed turn has a checkpoint after it
            journal.last = entry.n
        journal.last = last

    def run_again(self, given: Input, failed: str | None) -> Entry:
        """Repeat the turn that followed the journal's last entry, and return its entry without journaling it.

        Args:
            given: The turn's input.
            failed: How the turn failed; None if it did not.
        """
        return self._run(given) if failed is None else self._fail(given, failed)

    def _fail(self, given: Input, failed: str) -> Entry:
        """Return the entry of a turn that failed, in a world that is as it was before that turn."""
        entry = self._entry = Entry(self.journal.last + 1, given.at, given, failed=failed)
        entry.resolved = [(pending_id, CONNECTION_RESET) for pending_id in self._keep_effects_of_failure(given)]
        if isinstance(given, Request):
            entry.answer = self.internal_error(given.vendor)
        elif isinstance(given, DeviceAction | Command):
            entry.refused = (500, f"the simulator failed ({failed}); the world is as it was before")
        return entry

    def _keep_effects_of_failure(self, given: Input) -> list[int]:
        """Let time pass, and use up the turn's timer, scheduled command or outcome, as even a failed turn does.

        Return the ids of the pending requests to hang up.
        """
        self._state.now = given.at
        vendor = None
        match given:
            case Tick(timer=int(number)):
                timer = self.scheduler.take_timer(number)
                vendor = timer.vendor if timer is not None else None
            case DeviceAction():
                self.scheduler.unschedule(given.planned)
                vendor = given.vendor
            case Command():
                self.scheduler.unschedule(given.planned)
            case DeliveryOutcome():
                self.outbox.record_outcome(given)
        return self.pending.remove_all(vendor)

    def internal_error(self, vendor: str) -> Answer:
        """Return the vendor's own 5xx."""
        return wsgi.finished(self.vendor(vendor).internal_error(self.begin_turn(vendor)), self.now)


def failure_text(error: Exception) -> str:
    """Return how a simulator failed, in words that are the same in every run."""
    return _ADDRESS.sub("", f"{type(error).__name__}: {error}")
