"""A simulator of the RemoteLock (LockState) API v1 of 2018, its OAuth, and its locks, plugs, thermostats and doors.

Not simulated: the developer portal and the web application beyond its sign-in page, roles, billing, access control
controllers (their doors are), phones as credentials, integrations. FIDELITY.md lists every rule with its evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locksim.api.app import AppFactory
from locksim.engine.inputs import Answer
from locksim.engine.turn import Turn
from locksim.engine.vendor import Site, Vendor
from locksim.remotelock import devices, hardware, notifications, rate_limit, seed, serialization, state, support
from locksim.remotelock.errors import (
    BadRequest,
    Forbidden,
    Invalid,
    NotFound,
    RemoteLockError,
    TooMany,
    Unauthorized,
    Unpaid,
)
from locksim.remotelock.rules import persons, stored_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from locksim.api.operations import Api
    from locksim.engine.display import Display
    from locksim.engine.variants import Variant

__all__ = ["VENDOR"]


def _api() -> Api[Any]:
    """Load the table of operations, when a world is called for the first time."""
    from locksim.remotelock.operations import API

    return API


def _variants() -> tuple[type[Variant], ...]:
    """Load the catalogue. It is not needed otherwise."""
    from locksim.remotelock.variants import CATALOGUE

    return CATALOGUE


def _display() -> Display:
    """Load what the console shows, when somebody first looks at it."""
    from locksim.remotelock.display import DISPLAY

    return DISPLAY


def _refuse(error: RemoteLockError) -> Callable[[Turn], Answer]:
    return lambda turn: serialization.error_answer(error, {})


def _limited(turn: Turn) -> Answer:
    """Answer as when the minute's requests are used up, with the rate headers."""
    too_many = TooMany("Your account has exceeded the rate limit. Check the X-RateLimit-* headers.", "injected")
    answer = serialization.error_answer(too_many, {})
    return Answer(answer.status, (*answer.headers, *rate_limit.headers_for(turn, 0)), answer.body)


def _broken(turn: Turn) -> Answer:
    """Answer as the service might when it fails. The document has no such answer, so this is a general error."""
    return serialization.json_answer({"message": "Internal server error", "type": "internal_server_error"}, 500)


def _check(found: state.State) -> None:
    state.check(found)
    hardware.check(found)
    stored_values.check(found)


VENDOR = Vendor(
    name="remotelock",
    title="RemoteLock API v1",
    sites=(
        Site("api", 8702, ("api.remotelock.com",)),
        Site("oauth", 8712, ("connect.remotelock.com",)),
    ),
    state=state.State,
    schema=1,
    seed=seed.default_world,
    app=AppFactory(_api, __name__),
    internal_error=_broken,
    credentials=seed.credentials,
    devices=devices.devices,
    device=devices.device,
    actions=devices.ACTIONS,
    support=support.SUPPORT,
    timers={"mail_due": persons.send_scheduled_mail, "device_due": hardware.run_due},
    start_timers=hardware.start,
    on_physics=hardware.update_physics,
    on_delivery_outcome=notifications.on_delivery_outcome,
    secret_places=frozenset(
        {
            "access_token",
            "card",
            "card_number",
            "client_secret",
            "code",
            "local_pins",
            "own_codes",
            "password",
            "pin",
            "programming_code",
            "refresh_token",
            "secret",
            "smart_card_serial_number",
            "token",
            "x-secret",
        }
    ),
    variants=_variants,
    refusals={
        "unavailable": lambda turn: serialization.json_answer(
            {"message": "Service unavailable", "type": "service_unavailable"}, 503
        ),
        "error_page": lambda turn: Answer(
            500,
            (("Content-Type", "text/html; charset=utf-8"),),
            b"<!DOCTYPE html><title>We're sorry, but something went wrong (500)</title>",
        ),
        "rate_limited": _limited,
        "unauthorized": _refuse(Unauthorized("The access token is invalid", "injected")),
        "forbidden": _refuse(Forbidden("This action is restricted for the resource", "injected")),
        "not_found": _refuse(NotFound("Resource not found", "injected")),
        "bad_request": _refuse(BadRequest("The request body is not valid JSON", "injected")),
        "billing_subscription_required": _refuse(Unpaid("Please create a subscription", "injected")),
        "invalid": _refuse(Invalid((None, "Something went wrong"), sentence="injected")),
    },
    connection_info=lambda urls: {"oauth_url": urls["oauth"]},
    extra_secrets=lambda state: [*state.oauth.tokens, *state.oauth.refreshes, *state.oauth.codes],
    invariants=_check,
    display=_display,
)
