"""The RemoteLock (LockState) API v1 of 2018, its OAuth, and the locks, plugs, thermostats and doors behind it.

Not simulated: the developer portal and the web application beyond its sign-in page, roles, billing, access control
controllers (their doors are), phones as credentials, integrations. Every rule, its evidence and its place: FIDELITY.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locksim.kernel.inputs import Answer
from locksim.kernel.turn import Turn
from locksim.kernel.vendor import Site, Vendor
from locksim.remotelock import hardware, seed, world

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["VENDOR"]


def _app() -> WSGIApplication:
    """Flask is imported when a world is called for the first time."""
    from locksim.remotelock.app import make_app

    return make_app()


def _broken(turn: Turn) -> Answer:
    return Answer(500)


VENDOR = Vendor(
    name="remotelock",
    title="RemoteLock API v1",
    sites=(
        Site("api", 8702, ("api.remotelock.com",)),
        Site("oauth", 8712, ("connect.remotelock.com",)),
    ),
    state=world.State,
    schema=1,
    seed=seed.default_world,
    app=_app,
    broken=_broken,
    credentials=seed.credentials,
    devices=hardware.devices,
    actions=hardware.ACTIONS,
    ready=lambda urls: {"oauth_url": urls["oauth"]},
    invariants=world.check,
)
