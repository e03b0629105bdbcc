"""What drift asks of two RemoteLock servers: what matters of each resource, not all operations.

Everything that a sequence creates is named LOCKPACT, and a sequence changes only what it has created. Other persons and
devices stay as they are, except that doors are locked and unlocked. Accesses and doors of groups are deleted with the
person or group.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from lockpact.drift.operations import (
    Cred,
    DeviceOperation,
    HttpOperation,
    Later,
    OperationTable,
    Pick,
    Ref,
    WaitOperation,
    scripted,
)
from lockpact.simulators.operations import vendor_operations

__all__ = ["OPERATIONS"]

LOCKPACT = "Lockpact Drift"
NOBODY = "00000000-0000-4000-8000-000000000000"
DAY = 86_400
_AUTH = {"Authorization": Cred("token", "Bearer {}")}
_APPLICATION = {"client_id": Cred("client_id"), "client_secret": Cred("client_secret")}
_OOB = "urn:ietf:wg:oauth:2.0:oob"
_EVERYONE = "&".join(
    f"attributes%5Bstatus%5D%5B%5D={status}" for status in ("upcoming", "current", "expired", "deactivated")
)


def _local(us: int) -> str:
    """Return a time without a time zone, as guests have it."""
    return datetime.fromtimestamp(us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")


_ROWS = {row.id: row for row in vendor_operations("remotelock")}
_PARAMETER = re.compile(r"{[^}]+}")


def _request(method: str, path: str, *ids: str, name: str = "", text: str = "", **more: Any) -> HttpOperation:
    """Return a request of this row of the table.

    `ids` fill the path's parameters: each is an id, or a kind in braces. `text` is a query to append to the path. `more` are
    fields of HttpOperation.
    """
    values = iter(ids)
    target = _PARAMETER.sub(lambda _: next(values), path) + (f"?{text}" if text else "")
    return scripted(_ROWS[f"{method} {path}"], name or f"{method} {target}", path=target, **{"headers": _AUTH, **more})


def _get(path: str, *ids: str, **more: Any) -> HttpOperation:
    return _request("GET", path, *ids, **more)


def _put(path: str, *ids: str, attributes: dict[str, Any] | None = None, **more: Any) -> HttpOperation:
    return _request("PUT", path, *ids, body=None if attributes is None else {"attributes": attributes}, **more)


def _post(path: str, *ids: str, attributes: dict[str, Any], type: str = "", **more: Any) -> HttpOperation:
    body = {"attributes": attributes} | ({"type": type} if type else {})
    return _request("POST", path, *ids, body=body, **more)


def _delete(path: str, *ids: str, **more: Any) -> HttpOperation:
    return _request("DELETE", path, *ids, **more)


def _creates(kind: str, **more: str) -> dict[str, Any]:
    """Return the fields of an operation that creates one of this kind; it may be found under other kinds, too."""
    return {"creates": kind, "finds": {kind: "data.id", **more}}


def _token(name: str, grant: str, then: tuple[str, ...] = (), **fields: Any) -> HttpOperation:
    return _request(
        "POST", "/oauth/token", name=f"POST /oauth/token {name}", headers={}, then=then,
        fields={"grant_type": grant, **_APPLICATION, **fields},
        finds={"refresh": "refresh_token", "given": "access_token"}, laws=("RL-AUTH-1", "RL-AUTH-2"),
    )  # fmt: skip


_PERSON = "/access_persons/{access_person_id}"
_ACCESS = f"{_PERSON}/accesses/{{access_id}}"
_DEVICE = "/devices/{device_id}"
_RENEWED = ("POST /oauth/token for a refresh token", "POST /oauth/revoke")
_NEXT = ("POST /access_persons/{guest}/accesses", "PUT /access_persons/{guest}/deactivate")
_GUEST = {"name": LOCKPACT, "starts_at": Later((-2 * DAY, 2 * DAY), _local), "ends_at": Later((30 * DAY,), _local)}

_USED = "access_person_used"
_PIN = "5518"
"""The PIN of the guest of the procedures, who may open the first lock."""

_BY_THE_CLOCK = frozenset(
    {
        "state", "on", "current_mode", "target_temperature", "scheduled_target_temperature",
        "desired_target_temperature", "connected", "connected_at",
    }
)  # fmt: skip
"""What schedules and contacts of locks change, at different times on two simulators.

Other operations do not read what follows a schedule: the first lock has none, and only persons cause the events that are
asked for."""

_OPENING = (
    _get(
        "/devices", text="type=lock", opens=True, free=_BY_THE_CLOCK, laws=("RL-PAGE-1", "RL-TOL-1"),
        finds={
            "lock": "data.*.id", "device": "data.*.id", "model": "data.*.attributes.model_id",
            "location": "data.*.attributes.location_id",
        },
    ),
    _get(
        "/access_persons", text=_EVERYONE, name="GET /access_persons of every status", finds={"person": "data.*.id"},
        opens=True, laws=("RL-STATUS-1", "RL-TOL-1"),
    ),
    _get("/account", finds={"account": "data.id"}, opens=True),
)  # fmt: skip

_READS = (
    _get("/devices", finds={"device": "data.*.id"}, free=_BY_THE_CLOCK, laws=("RL-PAGE-1", "RL-TOL-1")),
    _get(
        "/devices", name="GET /devices in order", free=_BY_THE_CLOCK, laws=("RL-PAGE-1",), sorted_by="attributes.name",
        query=Pick(({"sort": "-name", "per_page": 50}, {"sort": "name", "page": 2, "per_page": 5})),
    ),
    _get(
        "/access_persons", name="GET /access_persons in order", laws=("RL-PAGE-1",),
        query={"sort": "-name", "per_page": 50}, sorted_by="attributes.name",
    ),
    _get(_DEVICE, "{device}", free=_BY_THE_CLOCK, laws=("RL-STATE-1", "RL-TOL-1")),
    _get(_DEVICE, NOBODY, name="GET /devices/nobody's", laws=("RL-ERR-2",)),
    _get(f"{_DEVICE}/access_person_accesses", "{lock}", laws=("RL-INHERIT-1",)),
    _get("/acs/doors", finds={"door": "data.*.id"}, then=("PUT /acs/doors/{door}/temporary_unlock",)),
    _get("/access_persons", laws=("RL-STATUS-1",)),
    _get(_PERSON, "{person}", laws=("RL-DEACT-1", "RL-EXTEND-1")),
    _get(f"{_PERSON}/accesses", "{person}", laws=("RL-SYNC-1",)),
    _get("/devices", name="GET /devices, the first lock", query={"id[]": Ref("lock", 0)}, laws=("RL-STATE-1",)),
    _get("/events", text="type=access_person_synced", laws=("RL-HOOK-4", "RL-SYNC-1")),
    _get(
        "/events", text="type%5B%5D=access_person_used&type%5B%5D=access_denied&sort=-created_at&per_page=3",
        name="GET /events, the last of persons",
        finds={"event": "data.*.id"}, then=("GET /events/{event}",), laws=("RL-HOOK-4",),
    ),
    _get("/events", text="per_page=50&page=201", name="GET /events beyond the bound", laws=("RL-PAGE-2",)),
    _get("/events/{event_id}", "{event}", laws=("RL-TOL-1",)),
    _get("/groups", finds={"group": "data.*.id"}, then=("GET /groups/{group}/doors",)),
    _get("/groups/{group_id}/doors", "{group}"),
    _get("/schedules"),
    _get("/access_exceptions"),
    _get("/locations", laws=("RL-TIME-1",)),
    _get("/notification_subscribers", laws=("RL-HOOK-1",)),
    _get("/notification_subscriptions"),
    _get("/notifications", laws=("RL-HOOK-2",)),
    _get("/resort_lock_guests"),
    _get("/user"),
    _get(
        "/devices", name="GET /devices without a token", headers={"Authorization": "Bearer none"}, laws=("RL-AUTH-1",)
    ),
    _get(
        "/devices", name="GET /devices of version 2", laws=("RL-VERS-1",),
        headers={**_AUTH, "Accept": "application/vnd.lockstate.v2+json"},
    ),
)  # fmt: skip


def _subscribe(name: str, used: Any) -> HttpOperation:
    """Return a subscription of the last webhook to denials, and to this event."""
    return _post(
        "/notification_subscriptions",
        attributes={
            "publisher_id": Ref("account"), "publisher_type": "account", "subscriber_id": Ref("hook", -1),
            "subscriber_type": "webhook_notification_subscriber", "events": [{"event_type": "access_denied"}, used],
        },
        name=name, then=("type a PIN",), laws=("RL-HOOK-5",), **_creates("subscription"),
    )  # fmt: skip


_FIRST_USE = "POST /notification_subscriptions of the first access"
_HOOKS = (
    _subscribe("", {"event_type": _USED}),
    _subscribe(_FIRST_USE, {"event_type": _USED, "first_access": True}),
    _put(
        "/notification_subscribers/{subscriber_id}", "{hook}", laws=("RL-HOOK-1",),
        attributes={"active": Pick((False, True)), "url": Pick(("https://lockpact.invalid", "x"))},
    ),
)  # fmt: skip

_PERSONS = (
    _post(
        "/access_persons", attributes={**_GUEST, "pin": Pick(("5518", "662430"))},
        name="POST /access_persons, a guest", type="access_guest", laws=("RL-TIME-1", "RL-ONCE-1"), then=_NEXT,
        **_creates("guest", person="data.id"),
    ),
    _post(
        "/access_persons", attributes={"email": "nowhere", "pin": "twelve", "starts_at": "soon"},
        name="POST /access_persons, all wrong", type="access_guest", laws=("RL-ERR-1",), **_creates("guest"),
    ),
    _request(
        "POST", "/access_persons", name="POST /access_persons without attributes", body={"name": LOCKPACT},
        laws=("RL-ERR-2",), **_creates("guest"),
    ),
    _put(f"{_PERSON}/deactivate", "{guest}", laws=("RL-DEACT-1", "RL-REVOKE-1")),
    _put(
        _PERSON, "{guest}", attributes={"name": LOCKPACT, "email": Pick(("a@example.org", None))}, laws=("RL-EXTEND-1",)
    ),
    _delete(_PERSON, "{guest}", laws=("RL-DEACT-1",)),
    _post(
        f"{_PERSON}/accesses", "{guest}",
        attributes={"accessible_id": Ref("lock"), "accessible_type": "lock", "guest_start_time": Pick((None, "13:00"))},
        finds={"granted": "data.id"}, then=("a heartbeat", "GET /access_persons/{guest}/accesses/{granted}"),
        laws=("RL-COUNT-1", "RL-ONCE-1"),
    ),
    _get(_ACCESS, "{guest}", "{granted}", laws=("RL-SYNC-1", "RL-COUNT-1")),
    _delete(_ACCESS, "{guest}", "{granted}", laws=("RL-REVOKE-1",)),
)  # fmt: skip

_DEVICES_AND_MORE = (
    _put(f"{_DEVICE}/lock", "{lock}", laws=("RL-STATE-1",)),
    _put(f"{_DEVICE}/unlock", "{lock}", laws=("RL-STATE-1",)),
    _post(
        "/devices",
        attributes={
            "name": LOCKPACT, "serial_number": Pick(("LOCKPACT1", "LOCKPACT2")), "model_id": Ref("model"),
            "location_id": Ref("location"),
        },
        then=("PUT /devices/{gadget}",), laws=("RL-SETUP-1", "RL-ONCE-1"), **_creates("gadget", device="data.id"),
    ),
    _put(
        _DEVICE, "{gadget}", attributes={"muted": Pick((True, "loud")), "auto_lock_timeout": Pick((20, 7))},
        laws=("RL-SETUP-1", "RL-ERR-1"),
    ),
    _put("/acs/doors/{acs_door_id}/temporary_unlock", "{door}"),
    _post(
        "/devices", attributes={"name": LOCKPACT, "serial_number": "LOCKPACT", "location_id": NOBODY},
        name="POST /devices of no model", laws=("RL-ERR-1",), **_creates("gadget"),
    ),
    _post(
        "/groups", attributes={"name": Pick((LOCKPACT, ""))}, type="door_group", then=("POST /groups/{team}/doors",),
        laws=("RL-ERR-1",), **_creates("team", group="data.id"),
    ),
    _post(
        "/groups/{group_id}/doors", "{team}", attributes={"door_id": Ref("lock"), "door_type": "lock"},
        then=("GET /groups/{group}/doors",), laws=("RL-INHERIT-1",),
    ),
    _post(
        "/schedules", attributes={"name": LOCKPACT, "mon": [{"time": Pick(("09:00", "9")), "enable": True}]},
        type="auto_lock_schedule", **_creates("latch"),
    ),
    _post(
        "/access_exceptions",
        attributes={"name": LOCKPACT, "dates": [{"start_date": "2031-12-24", "end_date": "2031-12-26"}]},
        **_creates("holiday"),
    ),
    _post(
        "/locations", attributes={"name": LOCKPACT, "time_zone": Pick(("Australia/Lord_Howe", "Nowhere"))},
        laws=("RL-TIME-1",), **_creates("place"),
    ),
    _put("/account", attributes={"default_guest_start_time": "late"}, laws=("RL-ERR-1",)),
)  # fmt: skip

_TOKENS = (
    _token("of the application", "client_credentials"),
    _token("with a wrong secret", "client_credentials", client_secret="wrong"),  # noqa: S106 - it is meant to be wrong
    _request(
        "POST", "/oauth/authorize", headers={}, finds={"code": "code"}, then=("POST /oauth/token for a code",),
        fields={
            "client_id": Cred("client_id"), "redirect_uri": _OOB, "response_type": "code", "email": Cred("email"),
            "password": Cred("password"),
        },
    ),
    _token("for a code", "authorization_code", _RENEWED, code=Ref("code"), redirect_uri=_OOB),
    _token("for a refresh token", "refresh_token", refresh_token=Ref("refresh")),
    _request(
        "POST", "/oauth/revoke", headers={}, fields={**_APPLICATION, "token": Ref("given")}, laws=("RL-AUTH-3",)
    ),
)  # fmt: skip

_DEVICE_ACTIONS = (
    DeviceOperation("type a PIN", Ref("lock"), "enter_pin", {"pin": Pick(("4071", "5518", "9999"))}, compared=True,
        laws=("RL-REVOKE-1", "RL-STATE-1")),
    DeviceOperation("a heartbeat", Ref("lock"), "heartbeat", laws=("RL-SYNC-1",)),
    DeviceOperation("the subscription ends", "", "subscription", then=("POST /devices of no model",), laws=("RL-ERR-2",)),
)  # fmt: skip

_FIRST = Ref("lock", 0)
_INVITE, _LET_IN = "POST /access_persons, a guest who types", "POST /access_persons/{guest}/accesses, to the first lock"
_CONTACT, _TYPE = "a heartbeat of the first lock", "type the guest's PIN"
_WITH_TOKEN, _TEAM_ACCESS = "GET /user with a given token", "POST /access_persons/{guest}/accesses, to a group"
_MUCH_LATER = "five days pass"

_OF_PROCEDURES = (
    _post(
        "/access_persons", name=_INVITE,
        attributes={
            "name": LOCKPACT, "starts_at": Later((-2 * DAY,), _local), "ends_at": Later((3 * DAY,), _local), "pin": _PIN,
        },
        type="access_guest", laws=("RL-TIME-1",), **_creates("guest", person="data.id"),
    ),
    _post(
        f"{_PERSON}/accesses", "{guest}", attributes={"accessible_id": _FIRST, "accessible_type": "lock"}, name=_LET_IN,
        finds={"granted": "data.id"}, laws=("RL-COUNT-1",),
    ),
    _post(
        f"{_PERSON}/accesses", "{guest}", attributes={"accessible_id": Ref("team", -1), "accessible_type": "door_group"},
        name=_TEAM_ACCESS, finds={"granted": "data.id"}, laws=("RL-INHERIT-1",),
    ),
    _delete("/groups/{group_id}", "{team}", laws=("RL-INHERIT-1",)),
    _delete("/notification_subscriptions/{subscription_id}", "{subscription}", laws=("RL-HOOK-1",)),
    _get("/user", name=_WITH_TOKEN, headers={"Authorization": "Bearer {given}"}, laws=("RL-AUTH-3",)),
    DeviceOperation(_CONTACT, _FIRST, "heartbeat", laws=("RL-SYNC-1",)),
    DeviceOperation(_TYPE, _FIRST, "enter_pin", {"pin": _PIN}, compared=True, laws=("RL-REVOKE-1",)),
    WaitOperation(_MUCH_LATER, Pick((5 * DAY,))),
)  # fmt: skip

_HERE = (_INVITE, _LET_IN, _CONTACT, _TYPE)
_PROCEDURES = (
    ("POST /oauth/token of the application", _WITH_TOKEN, "POST /oauth/revoke", _WITH_TOKEN),
    (*_HERE, "DELETE /access_persons/{guest}", _CONTACT, _TYPE, "GET /events, the last of persons"),
    (*_HERE, "PUT /access_persons/{guest}/deactivate", _CONTACT, _TYPE, "GET /access_persons/{person}"),
    (*_HERE, "DELETE /access_persons/{guest}/accesses/{granted}", _CONTACT, _TYPE, "GET /access_persons/{person}"),
    (*_HERE, _MUCH_LATER, _TYPE, "GET /access_persons"),
    ("POST /notification_subscribers", _FIRST_USE, *_HERE, _TYPE),
    (
        "POST /groups", "POST /groups/{team}/doors", _INVITE, _TEAM_ACCESS, "GET /access_persons/{person}/accesses",
        "DELETE /groups/{team}", "GET /access_persons/{person}/accesses",
    ),
    (_INVITE, _LET_IN, _LET_IN, "GET /access_persons/{person}/accesses"),
)  # fmt: skip

_OFTEN = (
    _post(
        "/access_persons",
        attributes={"name": LOCKPACT, "pin": Pick(("5518", "662430", "4071")), "department": None},
        name="POST /access_persons, a user", type="access_user", laws=("RL-PIN-1", "RL-ONCE-1"), then=_NEXT,
        **_creates("guest", person="data.id"),
    ),
    _post(
        "/access_persons",
        attributes={
            "name": LOCKPACT, "generate_pin": True,
            "starts_at": Pick(("2031-03-09T02:30:00", "2031-03-09", "2031-03-09T12:00:00Z")),
            "ends_at": "2031-11-02T01:30:00",
        },
        name="POST /access_persons, a guest when clocks change", type="access_guest", laws=("RL-TIME-1",),
        **_creates("guest", person="data.id"),
    ),
    _post(
        "/notification_subscribers",
        attributes={"name": LOCKPACT, "url": "https://lockpact.invalid/hook", "content_type": "json", "secret": "a word of ours"},
        then=("POST /notification_subscriptions", "PUT /notification_subscribers/{hook}"),
        type="webhook_notification_subscriber", laws=("RL-HOOK-1",), **_creates("hook"),
    ),
    WaitOperation("time passes", Pick((1, 301)), laws=("RL-AUTH-1",)),
)  # fmt: skip
"""Drawn four times as often as the others, since longer paths begin with them."""

OPERATIONS = OperationTable(
    operations=(
        *_OPENING, *_READS, *_PERSONS, *_HOOKS, *_DEVICES_AND_MORE, *_TOKENS, *_DEVICE_ACTIONS, *_OFTEN * 4, *_OF_PROCEDURES,
    ),
    procedures=_PROCEDURES,
    identities=frozenset(
        {
            "id", "pin", "secret", "code", "access_token", "refresh_token", "account_id", "location_id", "model_id",
            "access_person_id", "accessible_id", "door_id", "door_group_id", "event_id", "publisher_id",
            "subscriber_id", "associated_resource_id", "resort_lock_id", "access_schedule_id", "primary_owner_id",
            "owner_role_id", "primary_account_id", "default_account_id", "auto_lock_schedule_id",
            "lock_action_schedule_id", "power_plug_schedule_id", "thermostat_schedule_id",
        }
    ),
    free=frozenset({"starts_at", "ends_at", "start_date", "end_date", "signal_quality"}),
    secret=frozenset({"pin", "secret", "access_token", "refresh_token"}),
    moment="attributes.created_at",
    paged=frozenset({"page", "per_page", "total_pages", "total_count"}),
    removes={
        "guest": _delete(_PERSON, "{guest}"),
        "hook": _delete("/notification_subscribers/{subscriber_id}", "{hook}"),
        "subscription": _delete("/notification_subscriptions/{subscription_id}", "{subscription}"),
        "gadget": _delete(_DEVICE, "{gadget}"),
        "team": _delete("/groups/{group_id}", "{team}"),
        "latch": _delete("/schedules/{schedule_id}", "{latch}"),
        "holiday": _delete("/access_exceptions/{access_exception_id}", "{holiday}"),
        "place": _delete("/locations/{location_id}", "{place}"),
    },
)  # fmt: skip
