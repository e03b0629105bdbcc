"""The Codelocks Connect API, version 1, and the KitLocks and K3Connect locks behind it.

The vendor's NetCode algorithm is secret. The simulator has one of its own, so its codes do not open real locks.
Not simulated: the K3 Connect app beyond accepting and declining, the vendor's web pages, a keypad that locks out after
wrong codes. FIDELITY.md lists every rule with its evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locksim.api.app import AppFactory
from locksim.codelocks import devices, hardware, seed, serialization, state
from locksim.codelocks.errors import (
    BadAccessKey,
    BadKey,
    CodelocksError,
    InvalidData,
    LimitExceeded,
    MissingParameter,
    ServerError,
    TertiaryError,
)
from locksim.engine.inputs import Answer
from locksim.engine.turn import Turn
from locksim.engine.vendor import Site, Vendor

if TYPE_CHECKING:
    from collections.abc import Callable

    from locksim.api.operations import Api
    from locksim.engine.display import Display
    from locksim.engine.variants import Variant

__all__ = ["VENDOR"]


def _api() -> Api[Any]:
    """Load the table of operations, when a world is called for the first time."""
    from locksim.codelocks.operations import API

    return API


def _variants() -> tuple[type[Variant], ...]:
    """Load the variants, which few worlds use."""
    from locksim.codelocks.variants import CATALOGUE

    return CATALOGUE


def _display() -> Display:
    """Load what the console shows, when somebody first looks at it."""
    from locksim.codelocks.display import DISPLAY

    return DISPLAY


def _refuse(error: CodelocksError) -> Callable[[Turn], Answer]:
    return lambda turn: serialization.refusal(turn, error)


VENDOR = Vendor(
    name="codelocks",
    title="Codelocks Connect API 1",
    sites=(Site("api", 8704, ("api-connect.codelocks.io",)),),
    state=state.State,
    schema=1,
    seed=seed.default_world,
    on_physics=hardware.set_physics,
    app=AppFactory(_api, __name__),
    internal_error=_refuse(ServerError()),
    credentials=seed.credentials,
    devices=devices.devices,
    device=devices.device,
    actions=devices.ACTIONS,
    support=devices.SUPPORT,
    refusals={
        "server_error": _refuse(ServerError()),
        "tertiary": _refuse(TertiaryError()),
        "limit_exceeded": _refuse(LimitExceeded("injected")),
        "forbidden": _refuse(BadKey("injected")),
        "bad_access_key": _refuse(BadAccessKey()),
        "invalid_data": _refuse(InvalidData("Data", "other data")),
        "missing_parameter": _refuse(MissingParameter(("parameter",), "request")),
    },
    secret_places=frozenset(
        {
            "accesskey",
            "access_key",
            "actualnetcode",
            "api_key",
            "code",
            "defaultmastercode",
            "key",
            "mastercode",
            "netcode",
            "x-api-key",
        }
    ),
    variants=_variants,
    invariants=state.check,
    display=_display,
)
