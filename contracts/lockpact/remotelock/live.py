"""Drive a live RemoteLock server with the reference client, in an order that harms nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lockpact.core.http_client import to_vendor
from lockpact.core.pact import RequestFilter
from lockpact.driving.driver import Driver, LiveCalls
from lockpact.remotelock.port import Accessible, Bolt, Credential, Status, TokenStore
from lockpact.simulators.operations import vendor_operations

__all__ = ["EXPECTED", "drive", "sign_in"]

_VALID_REFUSALS: Sequence[int | str] = ["2xx", 302, 400, 401, 403, 404, 422]


class _ExpectedStatuses(Mapping[str, Sequence[int | str]]):
    """Operation → the statuses that a valid request may get: the same for every operation of the vendor's table.

    What is in the account decides whether a valid request succeeds: unknown ids, PINs that are taken, stays that are over,
    pages beyond the limit.
    """

    def __getitem__(self, operation: str) -> Sequence[int | str]:
        return _VALID_REFUSALS

    def __iter__(self) -> Iterator[str]:
        return (row.id for row in vendor_operations("remotelock"))

    def __len__(self) -> int:
        return len(vendor_operations("remotelock"))


EXPECTED: Mapping[str, Sequence[int | str]] = _ExpectedStatuses()

NAME = "Lockpact Conform"
"""The name of every person that is created. The one guest is deactivated at the end."""
NOBODY = "00000000-0000-4000-8000-000000000000"


def sign_in(url: str, credentials: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an access token by client credentials, unless there is one. Raises httpx.HTTPError, KeyError."""
    if credentials.get("token"):
        return credentials
    oauth = credentials.get("oauth_url") or url
    form = {name: str(credentials[name]) for name in ("client_id", "client_secret")}
    with to_vendor() as client:
        answer = client.post(f"{oauth}/oauth/token", data={**form, "grant_type": "client_credentials"})
    return {"token": answer.raise_for_status().json()["access_token"]}


def drive(driver: Driver, credentials: Mapping[str, Any], allows: RequestFilter, callback_url: str) -> dict[str, str]:
    """Make every call that is allowed. Return path parameters that name existing resources."""
    do = LiveCalls(driver, allows)
    own = {name: value for name, value in credentials.items() if name != "token"}
    driver.make({**own, "grant": "client_credentials", "store": TokenStore()})
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
    do("GET /events", "entries", lock=lock)
    for to in (Bolt.UNLOCKED, Bolt.LOCKED):
        do("PUT /devices/{device_id}/lock", "order", lock=lock, to=to)
    present = next((p.id for p in persons if p.status in (Status.CURRENT, Status.UPCOMING)), "")
    return {"access_person_id": present} if present else {}


def _guest(do: LiveCalls, lock: str) -> None:
    """Create, extend and end one guest, far in the future."""
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
