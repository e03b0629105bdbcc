"""How a live RemoteLock is tried: what the reference client does there, in an order that harms nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from lockpact.driver import Driver
from lockpact.live import May
from lockpact.remotelock.port import Accessible, Bolt, Credential, Status, TokenStore

__all__ = ["DESTRUCTIVE", "READS", "drive", "sign_in"]

READS = frozenset(
    "GET " + path
    for path in (
        "/access_exceptions", "/access_exceptions/{id}", "/access_persons", "/access_persons/{id}",
        "/access_persons/{access_person_id}/accesses", "/access_persons/{access_person_id}/accesses/{id}", "/account",
        "/acs/doors", "/acs/doors/{id}", "/acs/doors/{id}/access_person_accesses", "/devices", "/devices/{id}",
        "/devices/{id}/access_person_accesses", "/events", "/events/{id}", "/groups", "/groups/{id}",
        "/groups/{group_id}/doors", "/groups/{group_id}/doors/{id}", "/locations", "/locations/{id}", "/models",
        "/models/{id}", "/notification_subscribers", "/notification_subscribers/{id}", "/notification_subscriptions",
        "/notification_subscriptions/{id}", "/notifications", "/resort_lock_guests", "/resort_lock_guests/{id}",
        "/resort_lock_guests/{id}/email/preview", "/schedules", "/schedules/{id}", "/user",
    )
) | {"POST /oauth/token", "GET /oauth/authorize"}  # fmt: skip
"""They change nothing."""

DESTRUCTIVE = frozenset(
    {
        "PUT /devices/{id}/lock", "PUT /devices/{id}/unlock", "PUT /devices/{id}/power_on", "PUT /devices/{id}/power_off",
        "PUT /acs/doors/{id}/lock", "PUT /acs/doors/{id}/unlock", "PUT /acs/doors/{id}/temporary_unlock",
        "PUT /access_persons/{id}/deactivate", "POST /access_persons/{id}/email/notify",
        "POST /resort_lock_guests/{id}/email/notify", "POST /oauth/revoke", "POST /oauth/authorize",
        "DELETE /access_exceptions/{id}", "DELETE /access_persons/{id}",
        "DELETE /access_persons/{access_person_id}/accesses/{id}", "DELETE /devices/{id}", "DELETE /groups/{id}",
        "DELETE /groups/{group_id}/doors/{id}", "DELETE /locations/{id}", "DELETE /notification_subscribers/{id}",
        "DELETE /notification_subscriptions/{id}", "DELETE /resort_lock_guests/{id}", "DELETE /schedules/{id}",
    }
)  # fmt: skip
"""They open doors, write to people, shut somebody out, or throw away."""

NAME = "Lockpact Conform"
"""Of whoever is made; the one guest is ended again."""
NOBODY = "00000000-0000-4000-8000-000000000000"


def sign_in(url: str, credentials: Mapping[str, Any]) -> Mapping[str, Any]:
    """An access token by client credentials, unless the credentials have one. Raises httpx.HTTPError, KeyError."""
    if credentials.get("token"):
        return credentials
    oauth = credentials.get("oauth_url") or url
    form = {name: str(credentials[name]) for name in ("client_id", "client_secret")}
    with httpx.Client(timeout=30, trust_env=False) as client:
        given = client.post(f"{oauth}/oauth/token", data={**form, "grant_type": "client_credentials"})
    return {"token": given.raise_for_status().json()["access_token"]}


def drive(driver: Driver, credentials: Mapping[str, Any], may: May, callback_url: str) -> dict[str, str]:
    """Every call that may be sent. → the parameters that name an inhabitant."""

    def do(operation: str, call: str, given: Mapping[str, Any] | None = None, **arguments: Any) -> Any:
        method, _, path = operation.partition(" ")
        return driver.do(call, given or {}, arguments).result if may(path, method) else None

    keys = {name: value for name, value in credentials.items() if name != "token"}
    driver.make({**keys, "grant": "client_credentials", "store": TokenStore()})
    do("GET /user", "user")
    devices = do("GET /devices", "devices", per_page=3) or []
    persons = do("GET /access_persons", "persons", everyone=True) or []
    do("GET /access_persons", "persons", everyone=False)
    locks = [device.id for device in devices if device.type == "lock"]
    for person in persons[:2]:
        do("GET /access_persons/{id}", "person", id=person.id)
    do("GET /access_persons/{id}", "person", id=NOBODY)
    if not locks:
        return {}
    lock = locks[0]
    do("GET /devices/{id}/access_person_accesses", "who", lock=lock)
    _guest(do, lock)
    do("POST /notification_subscribers", "subscribe", url=callback_url)
    do("POST /notification_subscribers", "subscribe", {"twice": True}, url=callback_url)
    do("GET /events", "refresh")
    do("GET /events", "seen")
    for to in (Bolt.UNLOCKED, Bolt.LOCKED):
        do("PUT /devices/{id}/lock", "order", lock=lock, to=to)
    present = next((p.id for p in persons if p.status in (Status.CURRENT, Status.UPCOMING)), "")
    return {"access_person_id": present} if present else {}


def _guest(do: Any, lock: str) -> None:
    """One guest, from making to ending, far in the future."""
    starts, ends = datetime(2031, 3, 9, 1, tzinfo=UTC), datetime(2031, 11, 2, 12, tzinfo=UTC)
    guest = do("POST /access_persons", "create_guest", name=NAME, email=None, credential=Credential(), lock=lock,
               starts=starts, ends=ends)  # fmt: skip
    do("POST /access_persons", "create_user", {"wrong": "name"}, name="", email=None, credential=Credential())
    if guest is None:
        return
    granted = do(
        "POST /access_persons/{access_person_id}/accesses", "grant", person=guest.id, kind=Accessible.LOCK, id=lock
    )
    if granted is not None:
        do("GET /access_persons/{access_person_id}/accesses/{id}", "access", person=guest.id, access=granted.id)
    do("PUT /access_persons/{id}", "extend", guest=guest.id, lock=lock, until=datetime(2031, 11, 3, tzinfo=UTC))
    do("PUT /access_persons/{id}/deactivate", "end", person=guest.id)
