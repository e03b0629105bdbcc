"""What the console asks of the control API: turns as they happen, one moment with all that it changed, what is due, and forms."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from locksim.console.film import DueItem, due_items, summary
from locksim.engine.commands import Instant, NoArguments
from locksim.engine.journal import Entry, render
from locksim.engine.moments import Change, changes_between, masked_change
from locksim.engine.timestamps import iso
from locksim.engine.vendor import Device, argument_schema
from locksim.server.control_answers import JournalEntry
from locksim.server.control_request import ControlRequest
from locksim.server.served_world import ServedWorld
from locksim.server.vendor_handlers import VendorName

__all__ = [
    "ActionForms",
    "DueList",
    "EntryNumber",
    "FollowTurns",
    "Moment",
    "follow_turns",
    "list_actions",
    "list_due",
    "read_moment",
]

PAGE = 500
"""Turns that one event of the stream may have."""
PERIOD = 0.25
"""Seconds between two looks at a world: an open page costs the same whatever the world does."""
KEEP_ALIVE = 15.0


class FollowTurns(msgspec.Struct, forbid_unknown_fields=True):
    """Where to begin."""

    after: Annotated[int, msgspec.Meta(ge=0, description="The number of the last turn that is known already.")] = 0


class EntryNumber(msgspec.Struct, forbid_unknown_fields=True):
    """Which entry of the journal."""

    n: Annotated[
        int, msgspec.Meta(ge=0, le=10**15, title="entry", description="The entry's number; 0: before the first.")
    ]


class DueList(msgspec.Struct):
    """What happens next by itself, the next first; 200 items at most."""

    due: list[DueItem]


class Moment(msgspec.Struct):
    """A world right after one turn, as it can be looked at and not changed."""

    at: Instant
    changes: list[Change]
    devices: dict[str, list[Device]]
    due: list[DueItem]
    entry: JournalEntry | UnsetType = UNSET


class ActionForm(msgspec.Struct):
    """An action, what it does, and the JSON schema of its arguments."""

    name: str
    title: str
    arguments: dict[str, Any]


class ActionForms(msgspec.Struct):
    """The actions of a vendor's devices by kind, and of its staff."""

    title: Annotated[str, msgspec.Meta(description="The vendor's name for people.")]
    devices: dict[str, list[ActionForm]]
    support: list[ActionForm]


# ---- the stream


async def follow_turns(request: ControlRequest, arguments: FollowTurns) -> None:
    """Stream turns, and the clock, as they come, until the caller hangs up or the world is dropped."""
    task = asyncio.current_task()
    if task is not None:
        request.exchange.on_disconnect = task.cancel
    headers = (("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"))
    await request.exchange.stream(200, headers, _events(request, request.world, arguments.after))


async def _events(request: ControlRequest, world: ServedWorld, after: int) -> AsyncIterator[bytes]:
    journal, show = world.core.journal, _shown_by(request, world)
    base, clock, quiet = journal.base_n, None, 0.0
    while not world.closed and request.exchange.method != "HEAD":
        request.registry.barrier.commit()
        if journal.last < after or journal.base_n < base:  # a reset: the numbers begin again
            after = journal.base_n
            yield _event("began", {})
        base = journal.base_n
        page = journal.read(after, PAGE)
        if page:
            after = page[-1].n
            yield _event("turns", [summary(show(entry)) for entry in page])
        now = _clock(world)
        if page or now != clock or quiet >= KEEP_ALIVE:
            clock, quiet = now, 0.0
            yield _event("clock", {**now, "now": iso(world.now)})
        await asyncio.sleep(0 if len(page) == PAGE else PERIOD)
        quiet += PERIOD


def _clock(world: ServedWorld) -> dict[str, Any]:
    core = world.core
    due = core.due()
    return {
        "mode": core.clock.mode,
        "rate": core.clock.rate,
        "now": iso(core.now) if not core.clock.rate else "",
        "due": None if due is None else iso(due),
        "waiting": len(core.waiters),
        "last": core.journal.last,
    }


def _event(name: str, data: Any) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(data))


def _shown_by(request: ControlRequest, world: ServedWorld) -> Callable[[Entry], Mapping[str, Any]]:
    """Return the function that makes JSON of an entry, with secrets masked if the server masks them."""
    if not request.registry.config.mask:
        return render
    masker = world.masker
    return lambda entry: masker.mask(render(entry))


# ---- one moment


async def read_moment(request: ControlRequest, arguments: EntryNumber) -> Moment:
    """Return the world as it was after an entry, and what the entry changed."""
    world, n = request.world, arguments.n
    entry = next(iter(world.core.journal.read(n - 1, 1)), None) if n else None
    copy = await world.moment_after(n if entry is None else n - 1)
    changes = [] if entry is None else changes_between(copy, entry)
    devices = {name: copy.devices(name) for name in copy.vendors}
    shown = UNSET if entry is None else msgspec.convert(render(entry), JournalEntry)
    moment = Moment(iso(copy.now), changes, devices, due_items(copy), shown)
    if not request.registry.config.mask:
        return moment
    masker = world.masker
    for _ in masker.remember(world.core):
        await asyncio.sleep(0)  # other requests get their turn
    if entry is not None:
        moment.entry = msgspec.convert(masker.mask(render(entry)), JournalEntry)
    moment.changes = [masked_change(one, masker) for one in changes]
    moment.devices = msgspec.convert(masker.mask_data(msgspec.to_builtins(devices)), dict[str, list[Device]])
    return moment


# ---- what is due, and forms


def list_due(request: ControlRequest, arguments: NoArguments) -> DueList:
    """Return what happens next by itself."""
    request.world.catch_up()
    return DueList(due_items(request.world.core))


def list_actions(request: ControlRequest, arguments: VendorName) -> ActionForms:
    """Return the actions of a vendor's devices and staff, with their arguments."""
    vendor = request.world.core.vendor(arguments.vendor)
    devices = {kind: _forms(actions) for kind, actions in vendor.actions.items()}
    return ActionForms(vendor.title, devices, _forms(vendor.support))


def _forms(actions: Mapping[str, Callable[..., Any]]) -> list[ActionForm]:
    return [
        ActionForm(name, " ".join((action.__doc__ or "").split("\n\n")[0].split()), argument_schema(action))
        for name, action in actions.items()
    ]
