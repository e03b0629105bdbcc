"""How a live RemoteLock is tried: what the reference client does there, in an order that harms nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lockpact.core.http_client import to_vendor
from lockpact.core.pact import RequestFilter
from lockpact.driving.driver import Driver
from lockpact.remotelock.port import Accessible, Bolt, Credential, Status, TokenStore

__all__ = ["DESTRUCTIVE", "READS", "REFUSED", "drive", "sign_in"]

READS = frozenset(
    {
        "GET /oauth/authorize", "GET /access_exceptions", "GET /access_exceptions/{access_exception_id}",
        "GET /access_persons", "GET /access_persons/{access_person_id}",
        "GET /access_persons/{access_person_id}/accesses",
        "GET /access_persons/{access_person_id}/accesses/{access_id}", "GET /account", "GET /acs/doors",
        "GET /acs/doors/{acs_door_id}", "GET /acs/doors/{acs_door_id}/access_person_accesses", "GET /devices",
        "GET /devices/{device_id}", "GET /devices/{device_id}/access_person_accesses", "GET /events",
        "GET /events/{event_id}", "GET /groups", "GET /groups/{group_id}", "GET /groups/{group_id}/doors",
        "GET /groups/{group_id}/doors/{group_door_id}", "GET /locations", "GET /locations/{location_id}",
        "GET /models", "GET /models/{model_id}", "GET /notification_subscribers",
        "GET /notification_subscribers/{subscriber_id}", "GET /notification_subscriptions",
        "GET /notification_subscriptions/{subscription_id}", "GET /notifications", "GET /resort_lock_guests",
        "GET /resort_lock_guests/{resort_lock_guest_id}",
        "GET /resort_lock_guests/{resort_lock_guest_id}/email/preview", "GET /schedules",
        "GET /schedules/{schedule_id}", "GET /user", "POST /oauth/token",
    }
)  # fmt: skip
"""They change nothing."""

DESTRUCTIVE = frozenset(
    {
        "POST /oauth/authorize", "POST /oauth/revoke", "DELETE /access_exceptions/{access_exception_id}",
        "DELETE /access_persons/{access_person_id}", "PUT /access_persons/{access_person_id}/deactivate",
        "POST /access_persons/{access_person_id}/email/notify",
        "DELETE /access_persons/{access_person_id}/accesses/{access_id}", "PUT /acs/doors/{acs_door_id}/lock",
        "PUT /acs/doors/{acs_door_id}/unlock", "PUT /acs/doors/{acs_door_id}/temporary_unlock",
        "DELETE /devices/{device_id}", "PUT /devices/{device_id}/lock", "PUT /devices/{device_id}/unlock",
        "PUT /devices/{device_id}/power_on", "PUT /devices/{device_id}/power_off", "DELETE /groups/{group_id}",
        "DELETE /groups/{group_id}/doors/{group_door_id}", "DELETE /locations/{location_id}",
        "DELETE /notification_subscribers/{subscriber_id}", "DELETE /notification_subscriptions/{subscription_id}",
        "DELETE /resort_lock_guests/{resort_lock_guest_id}",
        "POST /resort_lock_guests/{resort_lock_guest_id}/email/notify", "DELETE /schedules/{schedule_id}",
    }
)  # fmt: skip
"""They open doors, write to people, shut somebody out, or throw away."""

WRITES = frozenset(
    {
        "POST /access_exceptions", "PUT /access_exceptions/{access_exception_id}", "POST /access_persons",
        "PUT /access_persons/{access_person_id}", "POST /access_persons/{access_person_id}/accesses",
        "PUT /access_persons/{access_person_id}/accesses/{access_id}", "PUT /account", "POST /devices",
        "PUT /devices/{device_id}", "POST /groups", "PUT /groups/{group_id}", "POST /groups/{group_id}/doors",
        "POST /locations", "PUT /locations/{location_id}", "POST /notification_subscribers",
        "PUT /notification_subscribers/{subscriber_id}", "POST /notification_subscriptions",
        "PUT /notification_subscriptions/{subscription_id}", "POST /resort_lock_guests",
        "PUT /resort_lock_guests/{resort_lock_guest_id}", "POST /schedules", "PUT /schedules/{schedule_id}",
    }
)  # fmt: skip
"""They make and change what can be ended again."""

REFUSED: Mapping[str, Sequence[int | str]] = {
    operation: ["2xx", 302, 400, 401, 403, 404, 422] for operation in sorted(READS | DESTRUCTIVE | WRITES)
}
"""What is in the account decides whether a valid request can be done: ids that are none, PINs that are taken, stays that
are over, pages that are too far."""

NAME = "Lockpact Conform"
"""Of whoever is made; the one guest is ended again."""
NOBODY = "00000000-0000-4000-8000-000000000000"


def sign_in(url: str, credentials: Mapping[str, Any]) -> Mapping[str, Any]:
    """An access token by client credentials, unless the credentials have one. Raises httpx.HTTPError, KeyError."""
    if credentials.get("token"):
        return credentials
    oauth = credentials.get("oauth_url") or url
    form = {name: str(credentials[name]) for name in ("client_id", "client_secret")}
    with to_vendor() as client:
        given = client.post(f"{oauth}/oauth/token", data={**form, "grant_type": "client_credentials"})
    return {"token": given.raise_for_status().json()["access_token"]}


def drive(driver: Driver, credentials: Mapping[str, Any], may: RequestFilter, callback_url: str) -> dict[str, str]:
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
        do("GET /access_persons/{access_person_id}", "person", id=person.id)
    do("GET /access_persons/{access_person_id}", "person", id=NOBODY)
    if not locks:
        return {}
    lock = locks[0]
    do("GET /devices/{device_id}/access_person_accesses", "who", lock=lock)
    _guest(do, lock)
    do("POST /notification_subscribers", "subscribe", url=callback_url)
    do("POST /notification_subscribers", "subscribe", {"twice": True}, url=callback_url)
    do("GET /events", "refresh")
    do("GET /events", "seen")
    for to in (Bolt.UNLOCKED, Bolt.LOCKED):
        do("PUT /devices/{device_id}/lock", "order", lock=lock, to=to)
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
        do("GET /access_persons/{access_person_id}/accesses/{access_id}", "access", person=guest.id, access=granted.id)
    do(
        "PUT /access_persons/{access_person_id}",
        "extend",
        guest=guest.id,
        lock=lock,
        until=datetime(2031, 11, 3, tzinfo=UTC),
    )
    do("PUT /access_persons/{access_person_id}/deactivate", "end", person=guest.id)
