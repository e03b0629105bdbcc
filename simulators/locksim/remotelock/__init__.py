"""The RemoteLock (LockState) API v1 of 2018, its OAuth, and the locks, plugs, thermostats and doors behind it.

Not simulated: the developer portal and the web application beyond its sign-in page, roles, billing, access control
controllers (their doors are), phones as credentials, integrations. Every rule, its evidence and its place: FIDELITY.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locksim.engine.inputs import Answer
from locksim.engine.turn import Turn
from locksim.engine.vendor import Site, Vendor
from locksim.remotelock import devices, rate, seed, serialization, state, support, sync, webhooks
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
from locksim.remotelock.rules import persons

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication

    from locksim.engine.variants import Variant

__all__ = ["VENDOR"]


def _app() -> WSGIApplication:
    """Flask is imported when a world is called for the first time."""
    from locksim.remotelock.app import make_app

    return make_app()


def _variants() -> tuple[type[Variant], ...]:
    """The catalogue is loaded when somebody practises."""
    from locksim.remotelock.variants import CATALOGUE

    return CATALOGUE


def _refuse(error: RemoteLockError) -> Callable[[Turn], Answer]:
    return lambda turn: serialization.refusal(error, {})


def _limited(turn: Turn) -> Answer:
    """As when the minute's requests are spent, headers and all."""
    too_many = TooMany("Your account has exceeded the rate limit. Check the X-RateLimit-* headers.", "planted")
    answer = serialization.refusal(too_many, {})
    return Answer(answer.status, (*answer.headers, *rate.told(turn, 0)), answer.body)


def _broken(turn: Turn) -> Answer:
    """What the service says when it fails: it does not document that; a general error is its own form."""
    return serialization.answer({"message": "Internal server error", "type": "internal_server_error"}, 500)


def _check(whole: state.State) -> None:
    state.check(whole)
    sync.check(whole)


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
    app=_app,
    internal_error=_broken,
    credentials=seed.credentials,
    devices=devices.devices,
    actions=devices.ACTIONS,
    support=support.SUPPORT,
    timers={"mail_due": persons.mail_due, "look": sync.look},
    start_timers=sync.awake,
    on_delivery_outcome=webhooks.delivered,
    variants=_variants,
    refusals={
        "unavailable": lambda turn: serialization.answer(
            {"message": "Service unavailable", "type": "service_unavailable"}, 503
        ),
        "rate_limited": _limited,
        "unauthorized": _refuse(Unauthorized("The access token is invalid", "planted")),
        "forbidden": _refuse(Forbidden("This action is restricted for the resource", "planted")),
        "not_found": _refuse(NotFound("Resource not found", "planted")),
        "bad_request": _refuse(BadRequest("The request body is not valid JSON", "planted")),
        "billing_subscription_required": _refuse(Unpaid("Please create a subscription", "planted")),
        "invalid": _refuse(Invalid((None, "Something went wrong"), sentence="planted")),
    },
    connection_info=lambda urls: {"oauth_url": urls["oauth"]},
    extra_secrets=lambda state: [*state.oauth.tokens, *state.oauth.refreshes, *state.oauth.codes],
    invariants=_check,
)
