"""The operations that drift sends to two instances of SecureAccess when it compares them.

Users, fobs and doors that a sequence makes are called LOCKPACT. Users who existed before stay as they are. There is no
DELETE: created objects are listed by name and cannot be removed. Two operations change what existed before: `POST
/credential` gives somebody another key, and `PUT /fob` assigns a fob to another user. On a server that is not ours, all
writes are sent only when they are named.

What a door answers may depend on the time of day, and when an event can be read is random. So the cards that are shown
are those that no schedule concerns, and after a card either no time passes, or enough.
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
    scripted,
)
from lockpact.simulators.operations import vendor_operations

__all__ = ["OPERATIONS"]

_ROWS = {row.id: row for row in vendor_operations("lockt")}
_KEYS = {"apiuser": Cred("apiuser"), "apikey": Cred("apikey")}
_HEADERS = {**_KEYS, "Content-Type": "application/json"}
_UNKNOWN_ID = 4_000_000


def _date(us: int) -> str:
    """Return µs since the epoch as `2026-05-05 09:00:00`, UTC."""
    return datetime.fromtimestamp(us // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _send(operation: str, suffix: str = "", **more: Any) -> HttpOperation:
    """Return a request of this row of the table. `suffix` distinguishes it from others of the same row."""
    return scripted(_ROWS[operation], f"{operation}{suffix}", **{"headers": _HEADERS, **more})


_ID_NUM = Pick(("LOCKPACT-1", "LOCKPACT-2"))
_WITHOUT_END = {"id_num": _ID_NUM, "phone": Pick(("", "+46 8 123"))}
_WITHOUT_NAME = {"id_num": "LOCKPACT-4", "email": Pick(("", "lockpact.1@example.com"))}
_USER = {
    "id_num": _ID_NUM,
    "first_name": "Lockpact",
    "last_name": "Trial",
    "card_num": Pick(("", "880000001", 880000002)),
    "email": Pick(("", "lockpact.1@example.com")),
    "access_expires": Pick(("", Later((86_400, 864_000), _date))),
    "enabled": Pick((True, "false")),
    "accesslevels": [{"id": Ref("level")}],
}
_CREATES_USER = {"creates": "user", "called": "users.*.id_num"}
_INVALID = {"id_num": "LOCKPACT-3", "card_num": "A8914", "email": "lockpact@@example.com"}
_UPDATE = {"update_existing": Pick((True, "true")), "replace_privileges": Pick((None, None, "false"))}

_READS = (
    _send(
        "GET /user",
        opens=True,
        finds={"user": "data.*.id", "card": "data.*.card_num", "level": "data.*.accesslevels.*.id"},
        laws=("LT-PRIV-1", "LT-TIME-1"),
    ),
    _send("GET /user", " by id", query={"id": Pick((Ref("user"), _UNKNOWN_ID, "x"))}, laws=("LT-PRIV-2", "LT-ERR-1")),
    _send(
        "GET /user", " by idnum", query={"idnum": Pick(("LOCKPACT-1", "LOCKPACT-2", "lockpact-1"))}, laws=("LT-PRIV-2",)
    ),
    _send("GET /user", " with a wrong key", headers={**_HEADERS, "apikey": "wrong"}, laws=("LT-AUTH-1",)),
    _send("GET /user", " without a Content-Type", headers=_KEYS, laws=("LT-ERR-1",)),
    # The document's own example of a URL, which is not an endpoint.
    HttpOperation("GET /users", "GET", "/users", headers=_HEADERS, reads=True, laws=("LT-AUTH-1",)),
    _send("GET /credential", laws=("LT-SECRET-1",)),
    _send("GET /credentialsummary"),
    _send("GET /events", opens=True, finds={"event": "data.*.id"}, laws=("LT-EVENT-1",)),
    _send("GET /events", " by id", query={"id": Ref("event")}, laws=("LT-EVENT-2", "LT-EVENT-3")),
    _send("GET /door"),
    _send("GET /doorstate"),
    _send("GET /fob", opens=True, finds={"fob": "data.*.id"}, laws=("LT-FOB-1",)),
    _send("GET /fobcheck", laws=("LT-FOB-1",)),
    _send("GET /schedule"),
    _send("GET /accesslevel", laws=("LT-PRIV-1",)),
    _send("GET /nextcardnum"),
)

_WRITES = (
    _send("POST /user", body={"users": [_USER]}, **_CREATES_USER, laws=("LT-OPT-1", "LT-IGNORED-1")),
    _send(
        "POST /user",
        ", an update",
        body={"users": [_USER], "options": _UPDATE},
        **_CREATES_USER,
        laws=("LT-OPT-1", "LT-PRIV-1"),
    ),
    _send(
        "POST /user",
        ", an update in part",
        body={"users": [_WITHOUT_END], "options": {"update_existing": True}},
        **_CREATES_USER,
        laws=("LT-OPT-1",),
    ),
    _send("POST /user", " without a name", body={"users": [_WITHOUT_NAME]}, **_CREATES_USER, laws=("LT-PART-1",)),
    _send(
        "POST /user",
        " with a bad one",
        body={"users": [_USER, _INVALID], "options": {"validate_fails_batch": Pick((True, False, "false"))}},
        **_CREATES_USER,
        laws=("LT-PART-1",),
    ),
    _send("POST /uservalidate", body={"users": [Pick((_USER, {"id": Ref("user")}))]}, laws=("LT-IGNORED-1",)),
    _send("POST /uservalidate", " of none or 101", body={"users": Pick(([], [_INVALID] * 101))}, laws=("LT-BATCH-1",)),
    _send("POST /credential", body={"credentials": [{"card_num": Ref("card")}]}, laws=("LT-SECRET-1",)),
    _send(
        "POST /door",
        body={"doors": [{"name": Pick(("LOCKPACT 1", "LOCKPACT 2", ""))}]},
        creates="door",
        called="doors.*.name",
        laws=("LT-PART-1",),
    ),
    _send(
        "POST /fob",
        body={"fobs": [{"name": "LOCKPACT", "card_num": Pick((880000011, "880000012", "x")), "id_num": "LOCKPACT-F"}]},
        creates="fob",
        called="fobs.*.id_num",
        laws=("LT-PART-1",),
    ),
    _send(
        "PUT /fob", body={"fobs": [{"id": Ref("fob"), "user_id": Pick((Ref("user"), _UNKNOWN_ID))}]}, laws=("LT-FOB-1",)
    ),
)

_ACTIONS = (
    DeviceOperation(
        "a card at a door",
        "door",
        "present_card",
        {"card_num": Pick(("10001", "10005", "88"))},
        then=("time passes",),
        compared=True,
        laws=("LT-EVENT-1",),
    ),
    DeviceOperation("a battery", "door", "battery", {"level": Pick((0, 0.4))}),
    DeviceOperation("a credential is claimed", "phone", "claim"),
    DeviceOperation("a bridge's network", "bridge", "network", {"on": Pick((False, True))}, laws=("LT-EVENT-3",)),
    DeviceOperation("the cache is made smaller", "", "event_cache", {"size": 2}, laws=("LT-EVENT-1",)),
    DeviceOperation("the instance fails", "", "instance", {"on": Pick((True, False, False))}, laws=("LT-ERR-1",)),
    WaitOperation("time passes", Pick((10, 600)), then=("GET /events", "GET /events by id")),
)

OPERATIONS = OperationTable(
    # Writes are chosen twice as often: most differences show only after a write.
    operations=(*_READS, *_WRITES, *_WRITES, *_ACTIONS),
    identities=frozenset({"id", "user_id", "event_id", "credential_key"}),
    secret=frozenset({"credential_key"}),
    # When an event is recorded is random; a battery's level depends on the world's age.
    free=frozenset({"db_time", "battery_level"}),
    procedures=(
        ("POST /user", "POST /user, an update in part", "GET /user by idnum"),
        ("POST /user", "POST /user", "POST /user, an update", "GET /user by idnum", "GET /credential"),
        ("POST /uservalidate", "POST /user without a name", "GET /user", "GET /credentialsummary", "GET /nextcardnum"),
        ("POST /fob", "PUT /fob", "GET /fob", "GET /fobcheck"),
        (*["a card at a door", "time passes"] * 3, "GET /events", "GET /events by id", "GET /events by id"),
        ("POST /user", "POST /credential", "a credential is claimed", "POST /credential", "GET /credential"),
    ),
)
