"""What two RemoteLock servers are asked when they are compared: what matters of each resource, not all 77 operations.

What a sequence makes is called LOCKPACT, and what it changes is what it has made: whoever and whatever was there before
stays as it was, but for doors that are locked and unlocked. Accesses, and doors of groups, go with what they are of.
"""

from __future__ import annotations

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
)

__all__ = ["OPERATIONS"]

LOCKPACT = "Lockpact Drift"
NOBODY = "00000000-0000-4000-8000-000000000000"
DAY = 86_400
_AUTH = {"Authorization": Cred("token", "Bearer {}")}
_APPLICATION = {"client_id": Cred("client_id"), "client_secret": Cred("client_secret")}
_OOB = "urn:ietf:wg:oauth:2.0:oob"
_EVERYONE = "/access_persons?" + "&".join(
    f"attributes%5Bstatus%5D%5B%5D={status}" for status in ("upcoming", "current", "expired", "deactivated")
)


def _local(us: int) -> str:
    """A time without zone, as guests have theirs."""
    return datetime.fromtimestamp(us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _get(path: str, name: str = "", **more: Any) -> HttpOperation:
    """Of `path`, which may hold `{kind}`s and a query."""
    more.setdefault("allow", path.partition("?")[0])
    return HttpOperation(name or f"GET {path}", "GET", path, headers=_AUTH, reads=True, **more)


def _put(path: str, attributes: dict[str, Any] | None = None, name: str = "", **more: Any) -> HttpOperation:
    body = None if attributes is None else {"attributes": attributes}
    return HttpOperation(name or f"PUT {path}", "PUT", path, headers=_AUTH, body=body, **more)


def _post(path: str, attributes: dict[str, Any], name: str = "", *, type: str = "", **more: Any) -> HttpOperation:
    """`type` stands beside the attributes."""
    body = {"attributes": attributes} | ({"type": type} if type else {})
    return HttpOperation(name or f"POST {path}", "POST", path, headers=_AUTH, body=body, **{"allow": path, **more})


def _delete(path: str, allow: str, **more: Any) -> HttpOperation:
    return HttpOperation(f"DELETE {path}", "DELETE", path, headers=_AUTH, allow=allow, **more)


def _made(kind: str, **more: str) -> dict[str, Any]:
    """A success makes one of this kind, which may be found as `more`, too."""
    return {"creates": kind, "finds": {kind: "data.id", **more}}


def _token(name: str, grant: str, then: tuple[str, ...] = (), **fields: Any) -> HttpOperation:
    return HttpOperation(
        f"POST /oauth/token {name}", "POST", "/oauth/token", fields={"grant_type": grant, **_APPLICATION, **fields},
        allow="/oauth/token", reads=True, finds={"refresh": "refresh_token", "given": "access_token"}, then=then,
        laws=("RL-AUTH-1", "RL-AUTH-2"),
    )  # fmt: skip


_PERSON = "/access_persons/{access_person_id}"
_ACCESS = f"{_PERSON}/accesses/{{access_id}}"
_GRANTED = "/access_persons/{guest}/accesses/{granted}"
_LOCK = "/devices/{device_id}"
_RENEWED = ("POST /oauth/token for a refresh token", "POST /oauth/revoke")
_NEXT = ("POST /access_persons/{guest}/accesses", "PUT /access_persons/{guest}/deactivate")
_GUEST = {"name": LOCKPACT, "starts_at": Later((-2 * DAY, 2 * DAY), _local), "ends_at": Later((30 * DAY,), _local)}

_BY_THE_CLOCK = frozenset(
    {
        "state", "on", "current_mode", "target_temperature", "scheduled_target_temperature",
        "desired_target_temperature", "connected", "connected_at",
    }
)  # fmt: skip
"""What schedules change at their hours (a lock gets in touch, too), which strike for two stand-ins at different times.
Other lines do not look at what follows a schedule: the first lock follows none, and only persons bring about the events
that are asked for."""

_OPENING = (
    _get(
        "/devices?type=lock", opens=True, free=_BY_THE_CLOCK, laws=("RL-PAGE-1", "RL-TOL-1"),
        finds={
            "lock": "data.*.id", "device": "data.*.id", "model": "data.*.attributes.model_id",
            "location": "data.*.attributes.location_id",
        },
    ),
    _get(
        _EVERYONE, "GET /access_persons of every status", finds={"person": "data.*.id"}, opens=True,
        laws=("RL-STATUS-1", "RL-TOL-1"),
    ),
    _get("/account", finds={"account": "data.id"}, opens=True),
)  # fmt: skip

_READS = (
    _get("/devices", finds={"device": "data.*.id"}, free=_BY_THE_CLOCK, laws=("RL-PAGE-1", "RL-TOL-1")),
    _get("/devices?sort=-name&page=2", free=_BY_THE_CLOCK, laws=("RL-PAGE-1",)),
    _get("/devices/{device}", allow=_LOCK, free=_BY_THE_CLOCK, laws=("RL-STATE-1", "RL-TOL-1")),
    _get(f"/devices/{NOBODY}", "GET /devices/nobody's", allow=_LOCK, laws=("RL-ERR-2",)),
    _get("/devices/{lock}/access_person_accesses", allow=f"{_LOCK}/access_person_accesses", laws=("RL-INHERIT-1",)),
    _get("/acs/doors", finds={"door": "data.*.id"}, then=("PUT /acs/doors/{door}/temporary_unlock",)),
    _get("/access_persons", laws=("RL-STATUS-1",)),
    _get("/access_persons/{person}", allow=_PERSON, laws=("RL-DEACT-1", "RL-EXTEND-1")),
    _get("/access_persons/{person}/accesses", allow=f"{_PERSON}/accesses", laws=("RL-SYNC-1",)),
    _get("/devices", "GET /devices, the first lock", query={"id[]": Ref("lock", 0)}, laws=("RL-STATE-1",)),
    _get("/events?type=access_person_synced", laws=("RL-HOOK-4", "RL-SYNC-1")),
    _get(
        "/events?type%5B%5D=access_person_used&type%5B%5D=access_denied&sort=-created_at&per_page=3",
        "GET /events, the last of persons",
        finds={"event": "data.*.id"}, then=("GET /events/{event}",), laws=("RL-HOOK-4",),
    ),
    _get("/events?per_page=50&page=201", "GET /events beyond the bound", laws=("RL-PAGE-2",)),
    _get("/events/{event}", allow="/events/{event_id}", laws=("RL-TOL-1",)),
    _get("/groups", finds={"group": "data.*.id"}, then=("GET /groups/{group}/doors",)),
    _get("/groups/{group}/doors", allow="/groups/{group_id}/doors"),
    _get("/schedules"),
    _get("/access_exceptions"),
    _get("/locations", laws=("RL-TIME-1",)),
    _get("/notification_subscribers", laws=("RL-HOOK-1",)),
    _get("/notification_subscriptions"),
    _get("/notifications", laws=("RL-HOOK-2",)),
    _get("/resort_lock_guests"),
    _get("/user"),
    HttpOperation(
        "GET /devices without a token", "GET", "/devices", headers={"Authorization": "Bearer none"}, reads=True,
        laws=("RL-AUTH-1",),
    ),
    HttpOperation(
        "GET /devices of version 2", "GET", "/devices", reads=True, laws=("RL-VERS-1",),
        headers={**_AUTH, "Accept": "application/vnd.lockstate.v2+json"},
    ),
)  # fmt: skip

_HOOKS = (
    _post(
        "/notification_subscriptions",
        {
            "publisher_id": Ref("account"), "publisher_type": "account", "subscriber_id": Ref("hook", -1),
            "subscriber_type": "webhook_notification_subscriber",
            "events": [{"event_type": of} for of in ("access_denied", "access_person_used")],
        },
        then=("type a PIN",), laws=("RL-HOOK-5",), **_made("subscription"),
    ),
    _put("/notification_subscribers/{hook}", {"active": Pick((False, True)), "url": Pick(("https://lockpact.invalid", "x"))},
         allow="/notification_subscribers/{subscriber_id}", laws=("RL-HOOK-1",)),
)  # fmt: skip

_PERSONS = (
    _post(
        "/access_persons", {**_GUEST, "pin": Pick(("5518", "662430"))}, "POST /access_persons, a guest",
        type="access_guest", laws=("RL-TIME-1", "RL-ONCE-1"), then=_NEXT, **_made("guest", person="data.id"),
    ),
    _post(
        "/access_persons", {"email": "nowhere", "pin": "twelve", "starts_at": "soon"}, "POST /access_persons, all wrong",
        type="access_guest", laws=("RL-ERR-1",), **_made("guest"),
    ),
    HttpOperation(
        "POST /access_persons without attributes", "POST", "/access_persons", headers=_AUTH, body={"name": LOCKPACT},
        laws=("RL-ERR-2",), **_made("guest"),
    ),
    _put("/access_persons/{guest}/deactivate", allow=f"{_PERSON}/deactivate", laws=("RL-DEACT-1", "RL-REVOKE-1")),
    _put("/access_persons/{guest}", {"name": LOCKPACT, "email": Pick(("a@example.org", None))}, allow=_PERSON,
         laws=("RL-EXTEND-1",)),
    _delete("/access_persons/{guest}", _PERSON, laws=("RL-DEACT-1",)),
    _post(
        "/access_persons/{guest}/accesses",
        {"accessible_id": Ref("lock"), "accessible_type": "lock", "guest_start_time": Pick((None, "13:00"))},
        allow=f"{_PERSON}/accesses", finds={"granted": "data.id"}, then=("a heartbeat", f"GET {_GRANTED}"),
        laws=("RL-COUNT-1", "RL-ONCE-1"),
    ),
    _get(_GRANTED, allow=_ACCESS, laws=("RL-SYNC-1", "RL-COUNT-1")),
    _delete(_GRANTED, _ACCESS, laws=("RL-REVOKE-1",)),
)  # fmt: skip

_THINGS = (
    _put("/devices/{lock}/lock", allow=f"{_LOCK}/lock", laws=("RL-STATE-1",)),
    _put("/devices/{lock}/unlock", allow=f"{_LOCK}/unlock", laws=("RL-STATE-1",)),
    _post(
        "/devices",
        {
            "name": LOCKPACT, "serial_number": Pick(("LOCKPACT1", "LOCKPACT2")), "model_id": Ref("model"),
            "location_id": Ref("location"),
        },
        then=("PUT /devices/{gadget}",), laws=("RL-SETUP-1", "RL-ONCE-1"), **_made("gadget", device="data.id"),
    ),
    _put("/devices/{gadget}", {"muted": Pick((True, "loud")), "auto_lock_timeout": Pick((20, 7))}, allow=_LOCK,
         laws=("RL-SETUP-1", "RL-ERR-1")),
    _put("/acs/doors/{door}/temporary_unlock", allow="/acs/doors/{acs_door_id}/temporary_unlock"),
    _post("/devices", {"name": LOCKPACT, "serial_number": "LOCKPACT", "location_id": NOBODY},
          "POST /devices of no model", laws=("RL-ERR-1",), **_made("gadget")),
    _post(
        "/groups", {"name": Pick((LOCKPACT, ""))}, type="door_group", then=("POST /groups/{team}/doors",),
        laws=("RL-ERR-1",), **_made("team", group="data.id"),
    ),
    _post("/groups/{team}/doors", {"door_id": Ref("lock"), "door_type": "lock"}, allow="/groups/{group_id}/doors",
          then=("GET /groups/{group}/doors",), laws=("RL-INHERIT-1",)),
    _post("/schedules", {"name": LOCKPACT, "mon": [{"time": Pick(("09:00", "9")), "enable": True}]},
          type="auto_lock_schedule", **_made("latch")),
    _post("/access_exceptions", {"name": LOCKPACT, "dates": [{"start_date": "2031-12-24", "end_date": "2031-12-26"}]},
          **_made("holiday")),
    _post("/locations", {"name": LOCKPACT, "time_zone": Pick(("Australia/Lord_Howe", "Nowhere"))},
          laws=("RL-TIME-1",), **_made("place")),
    _put("/account", {"default_guest_start_time": "late"}, allow="/account", laws=("RL-ERR-1",)),
)  # fmt: skip

_TOKENS = (
    _token("of the application", "client_credentials"),
    _token("with a wrong secret", "client_credentials", client_secret="wrong"),  # noqa: S106 - that is what it is
    HttpOperation(
        "POST /oauth/authorize", "POST", "/oauth/authorize", finds={"code": "code"},
        then=("POST /oauth/token for a code",),
        fields={
            "client_id": Cred("client_id"), "redirect_uri": _OOB, "response_type": "code", "email": Cred("email"),
            "password": Cred("password"),
        },
    ),
    _token("for a code", "authorization_code", _RENEWED, code=Ref("code"), redirect_uri=_OOB),
    _token("for a refresh token", "refresh_token", refresh_token=Ref("refresh")),
    HttpOperation(
        "POST /oauth/revoke", "POST", "/oauth/revoke", fields={**_APPLICATION, "token": Ref("given")},
        laws=("RL-AUTH-3",),
    ),
)  # fmt: skip

_HANDS = (
    DeviceOperation("type a PIN", Ref("lock"), "enter_pin", {"pin": Pick(("4071", "5518", "9999"))}, told=True,
        laws=("RL-REVOKE-1", "RL-STATE-1")),
    DeviceOperation("a heartbeat", Ref("lock"), "heartbeat", laws=("RL-SYNC-1",)),
    DeviceOperation("the subscription ends", "", "subscription", then=("POST /devices of no model",), laws=("RL-ERR-2",)),
)  # fmt: skip

_OFTEN = (
    _post(
        "/access_persons", {"name": LOCKPACT, "pin": Pick(("5518", "662430", "4071")), "department": None},
        "POST /access_persons, a user", type="access_user", laws=("RL-PIN-1", "RL-ONCE-1"), then=_NEXT,
        **_made("guest", person="data.id"),
    ),
    _post(
        "/access_persons",
        {
            "name": LOCKPACT, "generate_pin": True,
            "starts_at": Pick(("2031-03-09T02:30:00", "2031-03-09", "2031-03-09T12:00:00Z")),
            "ends_at": "2031-11-02T01:30:00",
        },
        "POST /access_persons, a guest when clocks change", type="access_guest", laws=("RL-TIME-1",),
        **_made("guest", person="data.id"),
    ),
    _post(
        "/notification_subscribers",
        {"name": LOCKPACT, "url": "https://lockpact.invalid/hook", "content_type": "json", "secret": "a word of ours"},
        then=("POST /notification_subscriptions", "PUT /notification_subscribers/{hook}"),
        type="webhook_notification_subscriber", laws=("RL-HOOK-1",), **_made("hook"),
    ),
    WaitOperation("time passes", Pick((1, 301)), laws=("RL-AUTH-1",)),
)  # fmt: skip
"""Drawn four times as often as the others: ways begin with them."""

OPERATIONS = OperationTable(
    operations=(*_OPENING, *_READS, *_PERSONS, *_HOOKS, *_THINGS, *_TOKENS, *_HANDS, *_OFTEN * 4),
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
        "guest": _delete("/access_persons/{guest}", _PERSON),
        "hook": _delete("/notification_subscribers/{hook}", "/notification_subscribers/{subscriber_id}"),
        "subscription": _delete(
            "/notification_subscriptions/{subscription}", "/notification_subscriptions/{subscription_id}"
        ),
        "gadget": _delete("/devices/{gadget}", _LOCK),
        "team": _delete("/groups/{team}", "/groups/{group_id}"),
        "latch": _delete("/schedules/{latch}", "/schedules/{schedule_id}"),
        "holiday": _delete("/access_exceptions/{holiday}", "/access_exceptions/{access_exception_id}"),
        "place": _delete("/locations/{place}", "/locations/{location_id}"),
    },
)  # fmt: skip
