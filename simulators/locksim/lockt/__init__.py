"""The Lockt SecureAccess Cloud API, and the doors, cards and phones behind it.

Not simulated: SecureAccess itself beyond what the API shows (who makes access levels, schedules and administrators),
Bluetooth, cores that decide by what they knew before the bridge went offline, and the later versions of the service.
Every rule, its evidence and its place: FIDELITY.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locksim.engine.inputs import Answer, Request
from locksim.engine.turn import Turn
from locksim.engine.vendor import Site, Vendor
from locksim.lockt import batches, devices, seed, serialization, state
from locksim.lockt.errors import InstanceFailed, LocktError, NotFound, Overlapping, Unauthorized, Unexpected

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication

    from locksim.engine.variants import Variant

__all__ = ["VENDOR"]


def _app() -> WSGIApplication:
    """Flask is imported when a world is called for the first time."""
    from locksim.lockt.app import make_app

    return make_app()


def _variants() -> tuple[type[Variant], ...]:
    """The catalogue is loaded when somebody practises."""
    from locksim.lockt.variants import CATALOGUE

    return CATALOGUE


def _refuse(error: LocktError) -> Callable[[Turn], Answer]:
    """In the form that the request at hand wants."""

    def answer(turn: Turn) -> Answer:
        asked = turn.entry.input
        return serialization.refusal(asked.method if isinstance(asked, Request) else "POST", error)

    return answer


VENDOR = Vendor(
    name="lockt",
    title="Lockt SecureAccess Cloud API 1.0",
    sites=(Site("api", 8703, ("cloudapi.lockt.com",), "https", "/api/v1"),),
    state=state.State,
    schema=1,
    seed=seed.default_world,
    app=_app,
    internal_error=_refuse(Unexpected("the stand-in failed")),
    credentials=seed.credentials,
    devices=devices.devices,
    actions=devices.ACTIONS,
    support=devices.SUPPORT,
    timers={"batch_over": batches.over},
    renderers={"batch": batches.render},
    refusals={
        "unexpected": _refuse(Unexpected("planted")),
        "unauthorized": _refuse(Unauthorized("planted")),
        "not_found": _refuse(NotFound("planted")),
        "overlapping": _refuse(Overlapping("planted")),
        "instance": _refuse(InstanceFailed("planted")),
    },
    extra_secrets=lambda state: (
        [c.key for c in state.credentials.values()] + [user.pin for user in state.users.values()]
    ),
    variants=_variants,
    invariants=state.check,
)
