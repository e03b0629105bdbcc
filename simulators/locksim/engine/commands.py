"""The commands by which a tester changes a world itself: its clock, faults, snapshots, states, deliveries and variants.

`COMMANDS` has one row a command: its arguments, and the function that runs it. The arguments are a msgspec struct. It states
every type, bound, default and description once: `run` checks a command with it, and the control API (routes and OpenAPI
document) and the Python handles are held to the same struct.

A command answers with a struct, or raises Refused. A refusal changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec

from locksim.engine.contents import WorldContents
from locksim.engine.errors import Impossible, Refused, Unknown, WrongArguments
from locksim.engine.faults import Act, Effect, Fault, Refuse, Seconds
from locksim.engine.inputs import Command, DeliveryOutcome, DeviceAction
from locksim.engine.journal import Entry
from locksim.engine.physics import MAX_DRAIN, MAX_DRIFT, physics_of
from locksim.engine.state import ClockMode, WorldSnapshot
from locksim.engine.timestamps import FIRST, LAST, SECOND, iso, micros
from locksim.engine.vendor import Vendor

__all__ = [
    "COMMANDS",
    "MAX_DEPTH",
    "MAX_SECONDS",
    "ChangePhysics",
    "Clock",
    "CommandSpec",
    "DeliveryId",
    "DeliveryMode",
    "Drain",
    "Drift",
    "DroppedDelivery",
    "InjectFault",
    "Injection",
    "Instant",
    "KeptSnapshot",
    "LoadState",
    "LoadedState",
    "Mode",
    "Name",
    "NoArguments",
    "Number",
    "ReleasedDelivery",
    "RemoveFaults",
    "RemovedFaults",
    "RepeatedDelivery",
    "SetDeliveryMode",
    "SnapshotName",
    "UnscheduleCommands",
    "UnscheduledCommands",
    "WorldPhysics",
    "check_size",
    "clock_of",
    "result_of",
    "run",
    "state_from",
]

MAX_SECONDS = 1_000_000_000
"""Seconds that one advance, scheduled command or delay may take: about 31 years."""
MAX_SNAPSHOTS = 100
MAX_DEPTH = 64
"""Levels of nesting that data from a tester may have, since checkpoints hold it."""

_SCALED = re.compile(r"x([1-9][0-9]{0,5})", re.ASCII)

Mode = Annotated[
    str,
    msgspec.Meta(
        description="How time passes: manual, auto, real, or a scale as x60.",
        examples=["x60"],
        extra_json_schema={"pattern": "^(manual|auto|real|x[1-9][0-9]{0,5})$"},  # `clock_of` checks it, in a sentence
    ),
]
Name = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", examples=["default"])]
Instant = Annotated[
    str,
    msgspec.Meta(
        examples=["2026-01-05T08:00:00Z"],
        extra_json_schema={
            "format": "date-time",
            "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$",
        },
    ),
]
"""An ISO 8601 time in UTC. The pattern is only documented: `parse_iso` takes other zones too."""
Number = Annotated[int, msgspec.Meta(ge=1)]
_Id = Annotated[int, msgspec.Meta(ge=1, le=10**15)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]


class Arguments(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The arguments of a command. Each has a description."""


class CommandAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """What a command answers. Every member is always present."""


# ---- the arguments


class NoArguments(Arguments):
    """There are none."""


class SetClockMode(Arguments):
    """How time passes from now on."""

    mode: Annotated[Mode, msgspec.Meta(description="manual, auto, real, or a scale as x60.")]


class ScheduleCommand(Arguments):
    """A device action or a command, to run later."""

    after: Annotated[Seconds, msgspec.Meta(description="Seconds of the world's time from now.")]
    act: Annotated[
        dict[str, Any] | None, msgspec.Meta(description="A device action: vendor, device, action, args.")
    ] = None
    control: Annotated[dict[str, Any] | None, msgspec.Meta(description="A command: op, args.")] = None


class UnscheduleCommands(Arguments):
    """Which scheduled command to cancel. Without an id: all of them."""

    id: Annotated[_Id | None, msgspec.Meta(title="plan", description="The scheduled command's id.")] = None


class InjectFault(Arguments):
    """A fault counts the requests that match. From the `nth` match on it strikes, each match with `probability`, and at most
    `times` times. The effects `lose`, `double`, `late` and `hold` count deliveries instead of requests.
    """

    effect: Annotated[Effect, msgspec.Meta(description="What happens to the request or delivery.")]
    vendor: Annotated[str | None, msgspec.Meta(description="Match only this vendor.")] = None
    method: Annotated[str | None, msgspec.Meta(description="Match only this HTTP method.")] = None
    path: Annotated[
        str | None,
        msgspec.Meta(description="A glob that the request's path must match; for a delivery, its receiver's URL."),
    ] = None
    nth: Annotated[_Count, msgspec.Meta(description="The first match that the fault may strike.")] = 1
    times: Annotated[_Count | None, msgspec.Meta(description="How often it strikes at most; null: no limit.")] = None
    probability: Annotated[float, msgspec.Meta(ge=0, le=1, description="How likely it strikes a match.")] = 1.0


class RemoveFaults(Arguments):
    """Which fault to remove. Without an id: all of them."""

    id: Annotated[_Id | None, msgspec.Meta(title="fault", description="The fault's id.")] = None


class SnapshotName(Arguments):
    """Which snapshot."""

    name: Annotated[Name, msgspec.Meta(title="snapshot", description="The snapshot's name.")]


class LoadState(Arguments):
    """Another state for one vendor."""

    vendor: Annotated[str, msgspec.Meta(min_length=1, description="The vendor's name.")]
    state: Annotated[
        dict[str, Any], msgspec.Meta(description="The vendor's whole state, in the form in which it is read.")
    ]


class SetDeliveryMode(Arguments):
    """Whether deliveries leave by themselves."""

    mode: Annotated[
        Literal["auto", "held"],
        msgspec.Meta(description="auto: they leave by themselves; held: they wait for the tester."),
    ]


class DeliveryId(Arguments):
    """Which delivery."""

    id: Annotated[_Id, msgspec.Meta(title="delivery", description="The delivery's id.")]


class SwitchLimits(Arguments):
    """Whether rate limits and quotas apply."""

    on: Annotated[bool, msgspec.Meta(description="Whether rate limits and quotas apply.")]


Drift = Annotated[
    float,
    msgspec.Meta(
        ge=0,
        le=MAX_DRIFT,
        description="The most that any device's clock gains or loses, in seconds a day. Each device has its own drift.",
    ),
]
Drain = Annotated[
    float,
    msgspec.Meta(
        ge=0, le=MAX_DRAIN, description="How fast batteries drain, compared with the vendor's figure; 0: not at all."
    ),
]


class ChangePhysics(Arguments):
    """How far clocks drift and how fast batteries drain from now on. What is left out stays as it is."""

    clock_drift: Annotated[Drift | None, msgspec.Meta(description="The largest drift, in seconds a day.")] = None
    battery_drain: Annotated[
        Drain | None, msgspec.Meta(description="The drain, compared with the vendor's figure.")
    ] = None


class ChooseVariants(Arguments):
    """Which variants of the vendors are injected."""

    ids: Annotated[list[str], msgspec.Meta(description="The ids of all variants to inject; the others are removed.")]


# ---- the answers


class Clock(CommandAnswer):
    """A world's clock."""

    mode: Mode
    now: Instant
    rate: Annotated[int, msgspec.Meta(ge=0, le=999_999, description="World seconds per real second.")]


class Scheduled(CommandAnswer):
    """The id of a scheduled command, and when it runs."""

    planned: Number
    at: Instant


class UnscheduledCommands(CommandAnswer):
    """How many scheduled commands were cancelled."""

    forgotten: Annotated[int, msgspec.Meta(ge=0)]


class Injection(CommandAnswer):
    """The id of an injected fault."""

    id: Number


class RemovedFaults(CommandAnswer):
    """How many faults were removed."""

    lifted: Annotated[int, msgspec.Meta(ge=0)]


class KeptSnapshot(CommandAnswer):
    """A snapshot's name, and the world's time in it."""

    name: Name
    at: Instant


class ResetTime(CommandAnswer):
    """The world's time after a reset."""

    at: Instant


class LoadedState(CommandAnswer):
    """The vendor whose state was loaded."""

    vendor: str


class DeliveryMode(CommandAnswer):
    """Whether deliveries leave by themselves (`auto`) or wait for the tester (`held`)."""

    mode: Literal["auto", "held"]


class ReleasedDelivery(CommandAnswer):
    """How many held attempts of a delivery may leave now."""

    id: Number
    released: Number


class RepeatedDelivery(CommandAnswer):
    """The new attempt at a delivery."""

    id: Number
    attempt: Number


class DroppedDelivery(CommandAnswer):
    """How many open attempts of a delivery were dropped."""

    id: Number
    dropped: Number


class LimitsSwitch(CommandAnswer):
    """Whether rate limits and quotas apply."""

    on: bool


class WorldPhysics(CommandAnswer):
    """How far clocks drift and how fast batteries drain."""

    clock_drift: Drift
    battery_drain: Drain


class ChosenVariants(CommandAnswer):
    """The ids of the injected variants."""

    variants: list[str]


# ---- running one


@dataclass(frozen=True)
class CommandSpec:
    """One command: its arguments, and the function that runs it with them."""

    arguments: type[Arguments]
    run: Callable[[WorldContents, Any], CommandAnswer]

    def checked(self, op: str, args: Mapping[str, Any]) -> Arguments:
        """Return the arguments as a struct. Raises WrongArguments."""
        try:
            return msgspec.convert(args, self.arguments)
        except msgspec.ValidationError as wrong:
            names = ", ".join(self.arguments.__struct_fields__) or "no arguments"
            raise WrongArguments(f"{op}: {wrong}; it takes {names}") from None


def run(world: WorldContents, command: Command) -> dict[str, Any]:
    """Run a command on a world.

    Returns:
        The answer as plain JSON data: it goes into the journal.

    Raises:
        Refused: the command, its arguments or the world's state do not allow it; nothing has changed.
    """
    spec = _spec(command.op)
    answer: dict[str, Any] = msgspec.to_builtins(spec.run(world, spec.checked(command.op, command.args)))
    return answer


def result_of(entry: Entry) -> dict[str, Any]:
    """Return what a device action or a command answered. Raises the Refused that its turn ended with."""
    if entry.refused is None:
        return entry.result or {}
    status, sentence = entry.refused
    refused = {404: Unknown, 409: Impossible}.get(status, Refused)(sentence)
    refused.status = status
    raise refused


def _spec(op: str) -> CommandSpec:
    try:
        return COMMANDS[op]
    except KeyError:
        raise Unknown(f"there is no command {op!r}; there are {', '.join(sorted(COMMANDS))}") from None


def clock_of(mode: str) -> ClockMode:
    """Return the clock of a mode. Raises Refused.

    Args:
        mode: `manual`, `auto`, `real`, or `x` and a whole number of world seconds per real second.
    """
    rates = {"manual": 0, "auto": 0, "real": 1}
    if mode in rates:
        return ClockMode(mode, rates[mode])
    scaled = _SCALED.fullmatch(mode)
    if scaled is None:
        raise Refused(f"there is no clock mode {mode!r}; there are manual, auto, real, and x2, x60 … (scaled)")
    return ClockMode(mode, int(scaled[1]))


def check_size(given: Any) -> None:
    """Check that a checkpoint can hold JSON data. Raises WrongArguments for deep nesting, and for integers beyond 64 bits."""
    for depth, numbers in enumerate(_numbers_by_depth(given)):
        if any(type(value) is int and not -(2**63) <= value < 2**64 for value in numbers):
            raise WrongArguments("the body has a whole number of more than 64 bits")
        if depth > MAX_DEPTH:
            raise WrongArguments(f"the body is nested more than {MAX_DEPTH} levels deep")


def _numbers_by_depth(given: Any) -> Iterator[list[int | float]]:
    """Yield the numbers in JSON data, those of one level of nesting at a time."""
    level: list[Any] = [[given]]
    while level:
        numbers: list[int | float] = []
        deeper: list[Any] = []
        for outer in level:
            for value in outer.values() if type(outer) is dict else outer:
                kind = type(value)
                if kind is str or kind is bool or value is None:
                    continue  # most values, so they are asked for first
                if kind is dict or kind is list:
                    deeper.append(value)
                elif isinstance(value, int | float):
                    numbers.append(value)
        yield numbers
        level = deeper


def state_from(vendor: Vendor, given: Any) -> Any:
    """Return a vendor's typed state from its JSON form. Raises Refused when it is invalid, or contradicts itself."""
    check_size(given)
    try:
        _check_numbers(given)
        state = msgspec.convert(given, vendor.state, str_keys=True)
        vendor.invariants(state)
    except (msgspec.ValidationError, AssertionError) as wrong:
        raise Refused(f"invalid state of {vendor.name}: {wrong}") from None
    except (LookupError, ValueError, StopIteration) as wrong:
        # An invariant looks at parts that another invariant would have refused.
        raise Refused(f"invalid state of {vendor.name}: {type(wrong).__name__}: {wrong}") from None
    return state


def _check_numbers(given: Any) -> None:
    """Raise AssertionError if a number is beyond all times that can be written as a date: most numbers are times."""
    for numbers in _numbers_by_depth(given):
        for value in numbers:
            assert FIRST <= value <= LAST, f"the number {value} is too large"


def _set_clock_mode(world: WorldContents, given: SetClockMode) -> Clock:
    world.control_state().clock = clock_of(given.mode)
    return Clock(world.clock.mode, iso(world.now), world.clock.rate)


def _schedule(world: WorldContents, given: ScheduleCommand) -> Scheduled:
    if (given.act is None) == (given.control is None):
        raise Refused("plan takes either a device action (act) or a command (control)")
    due = world.now + micros(given.after)
    tagged = {"type": "act", **given.act} if given.act is not None else {"type": "control", **(given.control or {})}
    try:
        scheduled: DeviceAction | Command = msgspec.convert({"at": due, **tagged}, DeviceAction | Command)
    except msgspec.ValidationError as wrong:
        raise Refused(f"plan: {wrong}") from None
    if isinstance(scheduled, DeviceAction):
        world.action_of(scheduled)
    else:
        _spec(scheduled.op)
    check_size(scheduled.args)
    return Scheduled(world.scheduler.schedule(due, scheduled), iso(due))


def _unschedule(world: WorldContents, given: UnscheduleCommands) -> UnscheduledCommands:
    scheduled = world.control_state().scheduled_commands
    kept = [one for one in scheduled if given.id is not None and one.id != given.id]
    if given.id is not None and len(kept) == len(scheduled):
        raise Unknown(f"there is no scheduled command {given.id} in this world")
    world.control_state().scheduled_commands = kept
    return UnscheduledCommands(len(scheduled) - len(kept))


def _inject_fault(world: WorldContents, given: InjectFault) -> Injection:
    if given.vendor is not None:
        world.vendor(given.vendor)
    _check_effect(world, given)
    id_ = world.control_state().counters.take("fault")
    world.control_state().faults[id_] = Fault(
        given.effect, id_, given.vendor, given.method, given.path, given.nth, given.times, given.probability
    )
    return Injection(id_)


def _check_effect(world: WorldContents, given: InjectFault) -> None:
    """Raise Refused when the vendor has no such refusal, or its device no such action."""
    match given.effect:
        case Refuse(name=name):
            for vendor in [given.vendor] if given.vendor else world.vendors:
                known = world.vendor(vendor).refusals
                if name not in known:
                    raise Unknown(f"{vendor} has no refusal {name!r}; it has {', '.join(sorted(known))}")
        case Act() as harm:
            if given.vendor is None:
                raise Refused("a fault that acts on a device must name its vendor")
            world.action_of(DeviceAction(world.now, given.vendor, harm.device, harm.action, harm.args))
            check_size(harm.args)


def _remove_faults(world: WorldContents, given: RemoveFaults) -> RemovedFaults:
    faults = world.control_state().faults
    if given.id is None:
        count = len(faults)
        faults.clear()
        return RemovedFaults(count)
    if faults.pop(given.id, None) is None:
        raise Unknown(f"there is no fault {given.id} in this world")
    return RemovedFaults(1)


def _keep_snapshot(world: WorldContents, given: SnapshotName) -> KeptSnapshot:
    if given.name not in world.snapshots and len(world.snapshots) >= MAX_SNAPSHOTS:
        raise Impossible(f"a world keeps at most {MAX_SNAPSHOTS} snapshots; use a name again to replace one")
    world.snapshots[given.name] = world.snapshot().encode()
    return KeptSnapshot(given.name, iso(world.now))


def _restore_snapshot(world: WorldContents, given: SnapshotName) -> KeptSnapshot:
    kept = world.snapshots.get(given.name)
    if kept is None:
        raise Unknown(f"there is no snapshot {given.name!r}; there are {', '.join(sorted(world.snapshots)) or 'none'}")
    world.restore(WorldSnapshot.decode(kept))
    return KeptSnapshot(given.name, iso(world.now))


def _reset(world: WorldContents, given: NoArguments) -> ResetTime:
    world.restore(WorldSnapshot.decode(world.genesis))
    world.snapshots.clear()
    return ResetTime(iso(world.now))


def _load_state(world: WorldContents, given: LoadState) -> LoadedState:
    world.set_state(given.vendor, state_from(world.vendor(given.vendor), given.state))
    return LoadedState(given.vendor)


def _set_delivery_mode(world: WorldContents, given: SetDeliveryMode) -> DeliveryMode:
    world.control_state().deliveries_mode = given.mode
    return DeliveryMode(given.mode)


def _release_delivery(world: WorldContents, given: DeliveryId) -> ReleasedDelivery:
    return ReleasedDelivery(given.id, world.outbox.release(world.outbox.delivery(given.id)))


def _repeat_delivery(world: WorldContents, given: DeliveryId) -> RepeatedDelivery:
    return RepeatedDelivery(given.id, world.outbox.add(world.outbox.delivery(given.id), world.now).id)


def _drop_delivery(world: WorldContents, given: DeliveryId) -> DroppedDelivery:
    attempts = world.outbox.open_attempts(world.outbox.delivery(given.id))
    for attempt in attempts:
        world.record_outcome(DeliveryOutcome(world.now, attempt, None, "dropped"))
    return DroppedDelivery(given.id, len(attempts))


def _switch_limits(world: WorldContents, given: SwitchLimits) -> LimitsSwitch:
    world.control_state().limits = given.on
    return LimitsSwitch(given.on)


def _change_physics(world: WorldContents, given: ChangePhysics) -> WorldPhysics:
    present = world.physics
    drift = present.clock_drift / SECOND if given.clock_drift is None else given.clock_drift
    drain = present.battery_drain / SECOND if given.battery_drain is None else given.battery_drain
    world.set_physics(physics_of(drift, drain))
    return WorldPhysics(drift, drain)


def _choose_variants(world: WorldContents, given: ChooseVariants) -> ChosenVariants:
    world.set_variants(given.ids)
    return ChosenVariants(given.ids)


COMMANDS: Mapping[str, CommandSpec] = {
    "clock": CommandSpec(SetClockMode, _set_clock_mode),
    "plan": CommandSpec(ScheduleCommand, _schedule),
    "unplan": CommandSpec(UnscheduleCommands, _unschedule),
    "fault": CommandSpec(InjectFault, _inject_fault),
    "lift": CommandSpec(RemoveFaults, _remove_faults),
    "snapshot": CommandSpec(SnapshotName, _keep_snapshot),
    "restore": CommandSpec(SnapshotName, _restore_snapshot),
    "reset": CommandSpec(NoArguments, _reset),
    "load": CommandSpec(LoadState, _load_state),
    "deliveries": CommandSpec(SetDeliveryMode, _set_delivery_mode),
    "release": CommandSpec(DeliveryId, _release_delivery),
    "double": CommandSpec(DeliveryId, _repeat_delivery),
    "drop": CommandSpec(DeliveryId, _drop_delivery),
    "limits": CommandSpec(SwitchLimits, _switch_limits),
    "physics": CommandSpec(ChangePhysics, _change_physics),
    "variants": CommandSpec(ChooseVariants, _choose_variants),
}
"""The command's name, as the journal has it (`op`) → what it takes and does."""
