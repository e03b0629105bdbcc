"""The Nuki Bridge HTTP API, version 1.6 of 19.06.2017, and the Smart Locks behind it.

Not simulated: the Nuki server beyond `/discover/bridges`, Bluetooth itself (a lock is in reach or not, and is heard at
once), keypads and fobs, the bridge's set-up by the app. Every rule, its evidence and its place: FIDELITY.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locksim.engine.inputs import Answer
from locksim.engine.turn import Turn
from locksim.engine.vendor import Site, Vendor
from locksim.nuki import bridge, devices, motor, radio, seed, serialization, state
from locksim.nuki.errors import BadRequest, Busy, Forbidden, NotFound, NukiError, Unauthorized, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication

    from locksim.engine.variants import Variant

__all__ = ["VENDOR"]


def _app() -> WSGIApplication:
    """Make the Flask app. Flask is imported when a world is called for the first time."""
    from locksim.api.flask_app import make_app
    from locksim.nuki.operations import API

    return make_app(API, __name__)


def _variants() -> tuple[type[Variant], ...]:
    """The catalogue is loaded when somebody practises."""
    from locksim.nuki.variants import CATALOGUE

    return CATALOGUE


def _refuse(error: NukiError) -> Callable[[Turn], Answer]:
    return lambda turn: serialization.refusal(turn.profile, error)


VENDOR = Vendor(
    name="nuki",
    title="Nuki Bridge API 1.6",
    sites=(
        Site("bridge", 8705, ("192.168.1.50:8080",), "http"),
        Site("server", 8705, ("factory.nuki.io", "sse0.nuki.io", "api.nuki.io")),
    ),
    state=state.State,
    schema=1,
    seed=seed.default_world,
    app=_app,
    internal_error=_refuse(Unavailable("the stand-in failed")),
    credentials=seed.credentials,
    devices=devices.devices,
    actions=devices.ACTIONS,
    support=devices.SUPPORT,
    timers={"leg_over": motor.leg_over, "window_over": bridge.window_over, "booted": bridge.booted},
    renderers={"auth": motor.render_wait, "lock_action": motor.render_wait},
    refusals={
        "unavailable": _refuse(Unavailable("planted")),
        "busy": _refuse(Busy("planted")),
        "unauthorized": _refuse(Unauthorized("planted")),
        "forbidden": _refuse(Forbidden("planted")),
        "not_found": _refuse(NotFound("planted")),
        "bad_request": _refuse(BadRequest("planted")),
        "failure": lambda turn: serialization.answer(turn.profile, {"success": False}),
    },
    on_delivery_outcome=radio.delivered,
    variants=_variants,
    invariants=state.check,
)
