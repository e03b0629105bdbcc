"""Simulate the Nuki Bridge HTTP API, version 1.6 of 19.06.2017, and the Smart Locks behind it.

FIDELITY.md lists every rule with its evidence, and what is not simulated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locksim.api.app import AppFactory
from locksim.engine.inputs import Answer, Request
from locksim.engine.turn import Turn
from locksim.engine.vendor import Site, Vendor
from locksim.nuki import bluetooth, bridge, devices, motor, seed, serialization, state
from locksim.nuki.errors import BadRequest, Busy, Forbidden, NotFound, NukiError, Unauthorized, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from locksim.api.operations import Api
    from locksim.engine.display import Display
    from locksim.engine.variants import Variant

__all__ = ["VENDOR"]


def _api() -> Api[Any]:
    """Load the table of operations, when a world is called for the first time."""
    from locksim.nuki.operations import API

    return API


def _variants() -> tuple[type[Variant], ...]:
    """Load the catalogue, when a world first asks for it."""
    from locksim.nuki.variants import CATALOGUE

    return CATALOGUE


def _display() -> Display:
    """Load what the console shows, when somebody first looks at it."""
    from locksim.nuki.display import DISPLAY

    return DISPLAY


def _refuse(error: NukiError) -> Callable[[Turn], Answer]:
    return lambda turn: serialization.refusal(turn.profile, error)


def _failure(turn: Turn) -> Answer:
    """Answer that it did not succeed. The document's callback operations say why, in `message`."""
    request = turn.entry.input
    says_why = isinstance(request, Request) and request.target.startswith(("/callback/add", "/callback/remove"))
    reason = {"message": "injected fault"} if says_why else {}
    return serialization.json_answer(turn.profile, {"success": False, **reason})


VENDOR = Vendor(
    name="nuki",
    title="Nuki Bridge API 1.6",
    sites=(
        *(
            Site(site, 8705 + 10 * place, (f"192.168.1.{50 + place}:8080",), "http")
            for place, site in enumerate(state.BRIDGE_SITES)
        ),
        Site("server", 8705, ("factory.nuki.io", "sse0.nuki.io", "api.nuki.io")),
    ),
    state=state.State,
    schema=2,
    seed=seed.default_world,
    app=AppFactory(_api, __name__),
    internal_error=_refuse(Unavailable("the simulator failed")),
    credentials=seed.credentials,
    devices=devices.devices,
    device=devices.device,
    actions=devices.ACTIONS,
    support=devices.SUPPORT,
    timers={
        "phase_over": motor.phase_over,
        "window_over": bridge.window_over,
        "booted": bridge.booted,
        "battery_fell": motor.battery_fell,
    },
    start_timers=bridge.watch_batteries,
    on_physics=bridge.follow_physics,
    renderers={"auth": motor.render_pending, "lock_action": motor.render_pending},
    refusals={
        "unavailable": _refuse(Unavailable("injected fault")),
        "busy": _refuse(Busy("injected fault")),
        "unauthorized": _refuse(Unauthorized("injected fault")),
        "forbidden": _refuse(Forbidden("injected fault")),
        "not_found": _refuse(NotFound("injected fault")),
        "bad_request": _refuse(BadRequest("injected fault")),
        "failure": _failure,
    },
    on_delivery_outcome=bluetooth.handle_callback_outcome,
    secret_places=frozenset({"hash", "token"}),
    variants=_variants,
    invariants=state.check,
    display=_display,
)
