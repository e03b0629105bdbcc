"""The Nokē Core API, and the locks and fobs behind it.

A server and a lock each keep their own state. Only a phone carries anything from one to the other.

Not simulated: Nokē's own apps and products, Bluetooth itself (what is delivered arrives at once), access codes beyond their
activity, `restore/`, and the content of firmware. Every rule, its evidence and its place: FIDELITY.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locksim.api.app import AppFactory
from locksim.engine.inputs import Answer
from locksim.engine.turn import Turn
from locksim.engine.vendor import Site, Vendor
from locksim.noke import devices, seed, serialization, state
from locksim.noke.errors import (
    BadInput,
    BadKey,
    Internal,
    NokeError,
    UnknownLock,
    UnlockFailed,
    Unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from locksim.api.operations import Api
    from locksim.engine.display import Display
    from locksim.engine.variants import Variant

__all__ = ["VENDOR"]


def _api() -> Api[Any]:
    """Load the table of operations, when a world is called for the first time."""
    from locksim.noke.operations import API

    return API


def _variants() -> tuple[type[Variant], ...]:
    """Load the catalogue, which few worlds need."""
    from locksim.noke.variants import CATALOGUE

    return CATALOGUE


def _display() -> Display:
    """Load what the console shows, when somebody first looks at it."""
    from locksim.noke.display import DISPLAY

    return DISPLAY


def _refuse(error: NokeError, status: int = 200) -> Callable[[Turn], Answer]:
    """Return an answer in the vendor's form. With a status other than 200, the cloud in front of the server fails."""
    envelope = serialization.Envelope("", serialization.DEFAULT_VERSION, serialization.DEFAULT_VERSION)
    document = serialization.failure(envelope, error)
    return lambda turn: serialization.answer(document, status)


VENDOR = Vendor(
    name="noke",
    title="Nokē Core API",
    sites=(
        Site("sandbox", 8701, ("coreapi-sandbox.appspot.com",)),
        Site("production", 8711, ("coreapi-beta.appspot.com",)),
        Site("sandbox-pre-release", 8721, ("pre-release-dot-coreapi-sandbox.appspot.com",)),
        Site("production-pre-release", 8731, ("pre-release-dot-coreapi-beta.appspot.com",)),
    ),
    state=state.State,
    schema=1,
    seed=seed.default_world,
    app=AppFactory(_api, __name__),
    internal_error=_refuse(Internal("the simulator failed"), 500),
    credentials=seed.credentials,
    devices=devices.devices,
    device=devices.device,
    actions=devices.ACTIONS,
    on_physics=devices.on_physics,
    support=devices.SUPPORT,
    refusals={
        "failure": _refuse(Internal("internal error")),
        "bad_key": _refuse(BadKey("invalid API key")),
        "bad_input": _refuse(BadInput("invalid input")),
        "not_found": _refuse(UnknownLock("lock not found")),
        "unknown": _refuse(NokeError("unknown error")),
        "unlock_failed": _refuse(UnlockFailed("the unlock could not be prepared")),
        "upload_failed": _refuse(Unreadable("the upload could not be read")),
        "unavailable": _refuse(Internal("unavailable"), 503),
    },
    connection_info=lambda urls: {"servers": urls},
    extra_secrets=lambda state: [state.secret],
    secret_places=frozenset(
        {
            "api_key",
            "authorization",
            "code",
            "key",
            "mobile_api_key",
            "offline_key",
            "secret",
            "session",
            "token",
            "unlock_command",
        }
    ),
    variants=_variants,
    invariants=state.check,
    display=_display,
)
