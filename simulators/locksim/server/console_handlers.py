"""What the console asks of the control API: turns as they happen, one moment with all that it changed, what is due, and forms."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import UNSET, UnsetType

from locksim.console.display import Shown, recipes_of, shown_by, shown_by_all
from locksim.console.film import DueItem, due_items, summary
from locksim.console.requests import RequestForm, filled, request_forms
from locksim.console.rules import Rule, rules_of
from locksim.engine.commands import Instant, NoArguments
from locksim.engine.display import Recipe
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
    "RecipeList",
    "RequestForms",
    "SendRequest",
    "follow_turns",
    "list_actions",
    "list_due",
    "list_recipes",
    "list_requests",
    "read_moment",
    "send_request",
    "show_display",
]

PAGE = 500
"""Turns that one event of the stream may have."""
LIVE = 60
"""Turns that a world may make in one period before it counts as busy, and that a busy world sends to a page at a time. The page
is then behind, and catches up when the world is quieter."""
PERIOD = 0.25
"""Seconds between two looks at a world: an open page costs the same whatever the world does."""
BUSY_PERIOD = 2.0
"""The period of a busy world: the page draws all that it gets, which takes the processor from a server on the same machine."""
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
    shown: Annotated[dict[str, Shown], msgspec.Meta(description="By vendor: what runs out, what devices hold.")]
    rules: Annotated[list[Rule], msgspec.Meta(description="The rules of FIDELITY.md that the turn is about.")]
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


class RequestForms(msgspec.Struct):
    """The requests that a vendor takes."""

    requests: list[RequestForm]


class RecipeList(msgspec.Struct):
    """Steps that show something, with times from now on."""

    recipes: list[Recipe]


_HEADER = Annotated[str, msgspec.Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$")]
_VALUE = Annotated[str, msgspec.Meta(pattern=r"^[\t\x20-\x7e\x80-\xff]{0,8000}$")]


class SendRequest(VendorName, forbid_unknown_fields=True, kw_only=True):
    """A request to a vendor. Target, headers and body may have placeholders for the world's credentials: `{{token}}`."""

    method: Annotated[str, msgspec.Meta(pattern="^[A-Za-z]{1,20}$", description="The HTTP method.")]
    target: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^/[\x21-\x7e]{0,16000}$",
            description="Path and query, percent-encoded, as after the vendor's address.",
        ),
    ]
    site: Annotated[str, msgspec.Meta(description="The vendor's site; without it, the main one.")] = ""
    headers: Annotated[
        list[tuple[_HEADER, _VALUE]], msgspec.Meta(max_length=100, description="Names and values, in their order.")
    ] = []  # noqa: RUF012 - msgspec copies it
    body: Annotated[str, msgspec.Meta(max_length=1_000_000, description="The body, as text.")] = ""


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
    base, seen, clock, quiet, period = journal.base_n, journal.last, None, 0.0, PERIOD
    while not world.closed and request.exchange.method != "HEAD":
        request.registry.barrier.commit()
        if journal.last < after or journal.base_n < base:  # a reset: the numbers begin again
            after = journal.base_n
            yield _event("began", {})
        base = journal.base_n
        busy, seen = journal.last - seen > LIVE * period / PERIOD, journal.last
        period = BUSY_PERIOD if busy else PERIOD
        page = journal.read(after, LIVE if busy else PAGE)
        if page:
            after = page[-1].n
            yield _event("turns", [summary(show(entry)) for entry in page])
        now = _clock(world)
        if page or now != clock or quiet >= KEEP_ALIVE:
            clock, quiet = now, 0.0
            yield _event("clock", {**now, "now": iso(world.now)})
        await asyncio.sleep(period if busy or len(page) < PAGE else 0)
        quiet += period


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
    by_vendor = shown_by_all(copy)
    rules = [] if entry is None else rules_of(copy.vendors, render(entry))
    moment = Moment(iso(copy.now), changes, devices, due_items(copy), by_vendor, rules, shown)
    if not request.registry.config.mask:
        return moment
    masker = world.masker
    for _ in masker.remember(world.core):
        await asyncio.sleep(0)  # other requests get their turn
    if entry is not None:
        moment.entry = msgspec.convert(masker.mask(render(entry)), JournalEntry)
    moment.changes = [masked_change(one, masker) for one in changes]
    moment.shown = msgspec.convert(masker.mask_data(msgspec.to_builtins(by_vendor)), dict[str, Shown])
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


# ---- what a vendor shows, and requests to it


async def show_display(request: ControlRequest, arguments: VendorName) -> Shown:
    """Return what runs out, and what each device holds."""
    request.world.catch_up()
    shown = shown_by(request.world.core, arguments.vendor)
    if not request.registry.config.mask:
        return shown
    return msgspec.convert(await _masked(request, shown), Shown)


async def list_recipes(request: ControlRequest, arguments: VendorName) -> RecipeList:
    """Return the recipes, with times from now on."""
    request.world.catch_up()
    recipes = RecipeList(recipes_of(request.world.core, arguments.vendor))
    return msgspec.convert(await _masked(request, recipes), RecipeList) if request.registry.config.mask else recipes


async def list_requests(request: ControlRequest, arguments: VendorName) -> RequestForms:
    """Return a form for each row of the vendor's operation table."""
    forms = RequestForms(request_forms(request.world.core, arguments.vendor))
    return msgspec.convert(await _masked(request, forms), RequestForms) if request.registry.config.mask else forms


async def _masked(request: ControlRequest, data: Any) -> Any:
    masker = request.world.masker
    for _ in masker.remember(request.world.core):
        await asyncio.sleep(0)  # other requests get their turn
    return masker.mask_data(msgspec.to_builtins(data))


async def send_request(request: ControlRequest, arguments: SendRequest) -> JournalEntry:
    """Let a request enter the world as any client's does, and return its turn.

    A request that waits is answered in a later turn: the browser has few connections, and each would hold one.
    """
    world, vendor = request.world, request.world.core.vendor(arguments.vendor)
    site = vendor.site(arguments.site) if arguments.site else vendor.sites[0]
    fill = partial(filled, world.core, vendor.name, site.name)
    address = urlsplit(world.core.url(vendor.name, site.name))
    body = fill(arguments.body).encode()
    headers = [("Host", address.netloc), ("User-Agent", "locksim console"), ("Accept", "*/*")]
    headers += [
        (name, fill(value)) for name, value in arguments.headers if name.lower() not in ("host", "content-length")
    ]
    if body or arguments.method.upper() not in ("GET", "HEAD"):
        headers.append(("Content-Length", str(len(body))))
    target = fill(arguments.target, quote=partial(quote, safe=""))
    entry = world.send(vendor.name, site.name, arguments.method, target, tuple(headers), body)
    shown = render(entry)
    if request.registry.config.mask:
        for _ in world.masker.remember(world.core):
            await asyncio.sleep(0)
        shown = world.masker.mask(shown)
    return msgspec.convert(shown, JournalEntry)
