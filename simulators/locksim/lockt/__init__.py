"""The Lockt SecureAccess Cloud API, and the doors, cards and phones behind it.

Not simulated: SecureAccess itself beyond what the API shows (making access levels, schedules and administrators),
Bluetooth, cores that decide by what they knew before the bridge went offline, and later versions of the service. Every
rule and its evidence: FIDELITY.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locksim.api.app import AppFactory
from locksim.engine.inputs import Answer, Request
from locksim.engine.turn import Turn
from locksim.engine.vendor import Site, Vendor
from locksim.lockt import batches, cores, devices, indexes, seed, serialization, state
from locksim.lockt.errors import InstanceFailed, LocktError, NotFound, Overlapping, Unauthorized, Unexpected

if TYPE_CHECKING:
    from collections.abc import Callable

    from locksim.api.operations import Api
    from locksim.engine.display import Display
    from locksim.engine.variants import Variant

__all__ = ["VENDOR"]


def _api() -> Api[Any]:
    """Load the table of operations, when a world is called for the first time."""
    from locksim.lockt.operations import API

    return API


def _variants() -> tuple[type[Variant], ...]:
    """Load the variants. They are needed only when a tester asks for one."""
    from locksim.lockt.variants import CATALOGUE

    return CATALOGUE


def _display() -> Display:
    """Load what the console shows, when somebody first looks at it."""
    from locksim.lockt.display import DISPLAY

    return DISPLAY


def _refuse(error: LocktError) -> Callable[[Turn], Answer]:
    """Return what renders this error in the form of the current request: reads and writes differ."""

    def answer(turn: Turn) -> Answer:
        request = turn.entry.input
        return serialization.render_refusal(request.method if isinstance(request, Request) else "POST", error)

    return answer


def _check(checked: state.State) -> None:
    """Raise AssertionError if the state contradicts itself, or its indexes contradict it."""
    state.check(checked)
    indexes.check(checked)


VENDOR = Vendor(
    name="lockt",
    title="Lockt SecureAccess Cloud API 1.0",
    sites=(Site("api", 8703, ("cloudapi.lockt.com",), "https", "/api/v1"),),
    state=state.State,
    schema=3,
    seed=seed.default_world,
    app=AppFactory(_api, __name__),
    internal_error=_refuse(Unexpected("the simulator failed")),
    credentials=seed.credentials,
    devices=devices.devices,
    device=devices.device,
    actions=devices.ACTIONS,
    support=devices.SUPPORT,
    on_physics=cores.on_physics,
    timers={"batch_over": batches.finish},
    renderers={"batch": batches.render},
    refusals={
        "unexpected": _refuse(Unexpected("injected fault")),
        "unauthorized": _refuse(Unauthorized("injected fault")),
        "not_found": _refuse(NotFound("injected fault")),
        "overlapping": _refuse(Overlapping("injected fault")),
        "instance": _refuse(InstanceFailed("injected fault")),
    },
    extra_secrets=lambda state: (
        [c.key for c in state.credentials.values()]
        + [fob.key for fob in state.fobs.values()]
        + [user.pin for user in state.users.values()]
    ),
    secret_places=frozenset({"apikey", "apiuser", "card_num", "credential_key", "key", "pin"}),
    variants=_variants,
    invariants=_check,
    display=_display,
)
