"""What the control API's operations on the server, its worlds, their time and their journal do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any, Literal

import msgspec

from locksim.engine.commands import (
    MAX_SECONDS,
    ChooseVariants,
    ChosenVariants,
    Instant,
    Name,
    NoArguments,
    SetClockMode,
    SnapshotName,
    SwitchLimits,
)
from locksim.engine.errors import Impossible, WrongArguments
from locksim.engine.export import pages
from locksim.engine.inputs import Answer
from locksim.engine.journal import Entry, entry_size, render
from locksim.engine.timestamps import iso, micros, parse_iso
from locksim.engine.vendor import variants_of
from locksim.engine.world import WorldCore
from locksim.http.connection import own_answer
from locksim.server import connection_info, metrics, world_summary
from locksim.server.control_answers import (
    DroppedWorld,
    Health,
    KnownVariant,
    LimitsState,
    ServedClock,
    SnapshotList,
    VariantsState,
    WorldDetails,
    WorldList,
    WorldSummary,
)
from locksim.server.control_request import ControlRequest
from locksim.server.served_world import ServedWorld
from locksim.server.world_options import ClockOptions, NewWorld, with_own_seed

__all__ = [
    "AdvanceClock",
    "ExportJournal",
    "ForkWorld",
    "ReadJournal",
    "SetClock",
    "SetLimits",
    "SetVariants",
    "advance",
    "create_world",
    "drop_world",
    "export_journal",
    "fork_world",
    "list_snapshots",
    "list_variants",
    "list_worlds",
    "read_clock",
    "read_connection_info",
    "read_health",
    "read_journal",
    "read_metrics",
    "read_openapi",
    "read_world",
    "reset_world",
    "restore_snapshot",
    "set_clock",
    "set_limits",
    "set_variants",
]


PAGE_BYTES = 1024 * 1024
"""Bytes of entries, roughly, after which a page of the journal ends."""


class ForkWorld(msgspec.Struct, forbid_unknown_fields=True):
    """The copy."""

    name: Annotated[Name | None, msgspec.Meta(description="The copy's name; without it the server chooses one.")] = None
    after: Annotated[
        Annotated[int, msgspec.Meta(ge=0, le=10**15)] | None,
        msgspec.Meta(description="Copy the world as it was after this entry of its journal, with a manual clock."),
    ] = None


class AdvanceClock(msgspec.Struct, forbid_unknown_fields=True):
    """How far to advance: either `seconds` or `until`."""

    seconds: Annotated[
        Annotated[float, msgspec.Meta(ge=0, le=MAX_SECONDS)] | None,
        msgspec.Meta(description="Seconds of the world's time.", examples=[30]),
    ] = None
    until: Annotated[Instant | None, msgspec.Meta(description="The time to advance to. It cannot be past.")] = None


class SetClock(ClockOptions, forbid_unknown_fields=True):
    """A clock's mode, time and rate, as far as they are to change."""

    moment: Annotated[
        Annotated[float, msgspec.Meta(ge=0.001, le=60)] | None,
        msgspec.Meta(description="In `auto`: real seconds without any call before the world moves on (0.05 at first)."),
    ] = None


class SetVariants(msgspec.Struct, forbid_unknown_fields=True):
    """The variants of a world."""

    variants: Annotated[list[str], msgspec.Meta(description="The ids of all variants to inject.")]


class SetLimits(msgspec.Struct, forbid_unknown_fields=True):
    """Whether rate limits and quotas apply."""

    limits: Annotated[Literal["on", "off"], msgspec.Meta(description="Whether rate limits and quotas apply.")]


class ReadJournal(msgspec.Struct, forbid_unknown_fields=True):
    """Which entries to read."""

    vendor: Annotated[
        Annotated[str, msgspec.Meta(min_length=1)] | None,
        msgspec.Meta(description="Only the requests to this vendor, and the actions on its devices."),
    ] = None
    after: Annotated[int, msgspec.Meta(ge=0, le=10**15, description="Only entries with a number above this.")] = 0
    limit: Annotated[
        int,
        msgspec.Meta(
            ge=1,
            le=1000,
            description="At most so many entries, the oldest first. Fewer where they are large: go on after the last.",
        ),
    ] = 100


class ExportJournal(msgspec.Struct, forbid_unknown_fields=True):
    """How to export the journal."""

    mask: Annotated[
        Literal["true", "false"],
        msgspec.Meta(description="`true` removes the vendors' secrets; what is left cannot be replayed."),
    ] = "false"


# ---- the server


def read_connection_info(request: ControlRequest, arguments: NoArguments) -> dict[str, Any]:
    """Return the connection info, with the default world's credentials as they are now."""
    return request.registry.connection_info()


def read_openapi(request: ControlRequest, arguments: NoArguments) -> dict[str, Any]:
    """Return the OpenAPI document of the control API, with this server's address."""
    return {**request.document(), "servers": [{"url": f"{request.registry.url}/_sim"}]}


def read_health(request: ControlRequest, arguments: NoArguments) -> Health | Answer:
    """Return whether requests should be sent here."""
    registry = request.registry
    leaving = registry.nodes is not None and registry.nodes.leaving
    health = Health("draining" if leaving else "ok", registry.config.node)
    # HAProxy's disable-on-404: this node gets no more requests, and those that it has are not cut.
    return own_answer(404, msgspec.json.encode(health)) if leaving else health


def read_metrics(request: ControlRequest, arguments: NoArguments) -> Answer:
    """Return the metrics of this process."""
    return metrics.scrape(request.registry)


# ---- worlds


def list_worlds(request: ControlRequest, arguments: NoArguments) -> WorldList:
    """Return all worlds."""
    return WorldList([WorldSummary(**members) for members in request.registry.summaries()])


async def create_world(request: ControlRequest, arguments: NewWorld) -> WorldDetails:
    """Create a world. Without a seed, one that other machines can reach gets a random one."""
    if request.registry.config.exposed and "seed" not in msgspec.json.decode(request.exchange.body or b"{}"):
        arguments = with_own_seed(arguments)
    return _details(request, await request.registry.create(arguments))


def read_world(request: ControlRequest, arguments: NoArguments) -> WorldDetails:
    """Return one world."""
    return _details(request, request.world)


def drop_world(request: ControlRequest, arguments: NoArguments) -> DroppedWorld:
    """Drop a world."""
    request.registry.drop(request.path["w"])
    return DroppedWorld(request.path["w"])


def reset_world(request: ControlRequest, arguments: NoArguments) -> WorldSummary:
    """Reset a world."""
    request.run_command("reset", arguments)
    return _summary(request, request.world)


async def fork_world(request: ControlRequest, arguments: ForkWorld) -> WorldDetails:
    """Copy a world, or one of its moments."""
    world, after = request.world, arguments.after
    moment = None if after is None else await world.moment_after(after)
    return _details(request, request.registry.fork(world, arguments.name, moment))


def list_snapshots(request: ControlRequest, arguments: NoArguments) -> SnapshotList:
    """Return the names of the snapshots."""
    return SnapshotList(sorted(request.world.core.snapshots))


def restore_snapshot(request: ControlRequest, arguments: SnapshotName) -> WorldSummary:
    """Go back to a snapshot."""
    request.run_command("restore", arguments)
    return _summary(request, request.world)


def set_limits(request: ControlRequest, arguments: SetLimits) -> LimitsState:
    """Switch rate limits and quotas."""
    request.run_command("limits", SwitchLimits(on=arguments.limits == "on"))
    return LimitsState("on" if request.world.core.limits else "off")


def list_variants(request: ControlRequest, arguments: NoArguments) -> VariantsState:
    """Return the variants of the vendors in this world."""
    core = request.world.core
    known = [
        KnownVariant(id_, vendor.name, one.sentence, one.change, one.weight)
        for vendor in core.vendors.values()
        for id_, one in variants_of(vendor).items()
    ]
    return VariantsState(core.control_state().variants, known)


def set_variants(request: ControlRequest, arguments: SetVariants) -> ChosenVariants:
    """Inject these variants, and no others."""
    request.run_command("variants", ChooseVariants(ids=arguments.variants))
    return ChosenVariants(arguments.variants)


# ---- time


def read_clock(request: ControlRequest, arguments: NoArguments) -> ServedClock:
    """Return the world's clock."""
    return _clock(request.world)


async def set_clock(request: ControlRequest, arguments: SetClock) -> ServedClock:
    """Change how time passes, or move the clock forward."""
    world = request.world
    mode = arguments.mode_or(world.core.clock.mode)
    until = None if arguments.now is None else _instant(arguments.now)
    if arguments.moment not in (None, world.auto_delay) and mode != "auto":  # what was read can be written
        raise Impossible(f"mode {mode} does not wait for further calls, so moment has no effect; choose mode auto")
    if until is not None and until < world.now:
        raise Impossible(f"{arguments.now} is past; it is {iso(world.now)} in this world, and time never goes back")
    if mode != world.core.clock.mode:
        request.run_command("clock", SetClockMode(mode=mode))
    if arguments.moment is not None and mode == "auto":
        world.auto_delay = arguments.moment
        world.note_use()
    if until is not None:
        _end_with_caller(request)
        await world.advance(until=max(until, world.now))
    return _clock(world)


async def advance(request: ControlRequest, arguments: AdvanceClock) -> ServedClock:
    """Let time pass."""
    world = request.world
    _end_with_caller(request)
    if arguments.seconds is not None:
        await world.advance(by=micros(arguments.seconds))
    else:
        await world.advance(until=_instant(arguments.until or ""))
    return _clock(world)


# ---- journal


def read_journal(request: ControlRequest, arguments: ReadJournal) -> dict[str, Any] | Awaitable[dict[str, Any]]:
    """Return entries of the journal."""
    core = request.world.core
    if arguments.vendor is not None:
        core.vendor(arguments.vendor)
    if request.registry.config.mask:
        return _masked_page(request.world, arguments)
    return _page(core, arguments, render)


def _page(core: WorldCore, arguments: ReadJournal, show: Callable[[Entry], dict[str, Any]]) -> dict[str, Any]:
    shown: list[dict[str, Any]] = []
    size = 0
    for entry in core.journal.read(arguments.after):
        if arguments.vendor in (None, getattr(entry.input, "vendor", None)):
            shown.append(show(entry))
            size += entry_size(entry)
            if len(shown) == arguments.limit or size >= PAGE_BYTES:
                break
    return {"entries": shown, "last": core.journal.last}


async def _masked_page(world: ServedWorld, arguments: ReadJournal) -> dict[str, Any]:
    masker = world.masker
    for _ in masker.remember(world.core):
        await asyncio.sleep(0)  # other requests get their turn
    return _page(world.core, arguments, lambda entry: masker.mask(render(entry)))


async def export_journal(request: ControlRequest, arguments: ExportJournal) -> None:
    """Stream the whole journal as JSON lines, as far as it goes now."""
    registry = request.registry
    registry.barrier.commit()
    core, mask = request.world.core, registry.config.mask or arguments.mask == "true"
    masker = request.world.masker if mask else None

    async def lines() -> AsyncIterator[bytes]:
        for page in pages(core, masker=masker):
            yield page
            await asyncio.sleep(0)  # other requests get their turn between the pages

    await request.exchange.stream(200, (("Content-Type", "application/jsonl"),), lines())


# ---- shared


def _end_with_caller(request: ControlRequest) -> None:
    """Cancel the running task when its caller hangs up. It must be in a consistent state wherever it waits."""
    task = asyncio.current_task()
    if task is not None:
        request.exchange.on_disconnect = task.cancel


def _instant(text: str) -> int:
    try:
        return parse_iso(text)
    except ValueError as wrong:
        raise WrongArguments(str(wrong)) from None


def _clock(world: ServedWorld) -> ServedClock:
    return ServedClock(world.core.clock.mode, iso(world.now), world.core.clock.rate, world.auto_delay)


def _summary(request: ControlRequest, world: ServedWorld) -> WorldSummary:
    return WorldSummary(**_members(request, world))


def _details(request: ControlRequest, world: ServedWorld) -> WorldDetails:
    return WorldDetails(**_members(request, world), vendors=connection_info.vendors_of(world.core))


def _members(request: ControlRequest, world: ServedWorld) -> dict[str, Any]:
    return world_summary.members(world.core, world.now, ports=request.registry.has_ports(world.name))
