"""What two instances of SecureAccess are asked when they are compared.

Users, fobs and doors that a sequence makes are called LOCKPACT, and users who were there before stay as they are. There is
no DELETE: what was made is listed by its name, and cannot be removed. Two lines reach further: `POST /credential`
(somebody's key is another) and `PUT /fob` (a fob is somebody else's). On a server that is not ours all of these are sent
only when they are named.

What a door says may depend on the hour, and when an event can be read on chance: so the cards that are shown are those
which no schedule concerns, and after a card no time passes, or enough.
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

_KEYS = {"apiuser": Cred("apiuser"), "apikey": Cred("apikey")}
_HEADERS = {**_KEYS, "Content-Type": "application/json"}
_NOBODY = 4_000_000


def _date(us: int) -> str:
    """µs since the epoch → `2026-05-05 09:00:00`, UTC."""
    return datetime.fromtimestamp(us // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _get(path: str, what: str = "", **more: Any) -> HttpOperation:
    return HttpOperation(f"GET {path}{what}", "GET", path, reads=True, **{"headers": _HEADERS, **more})


def _post(path: str, body: Any, what: str = "", *, method: str = "POST", **more: Any) -> HttpOperation:
    return HttpOperation(f"{method} {path}{what}", method, path, headers=_HEADERS, body=body, **more)


_WHO = Pick(("LOCKPACT-1", "LOCKPACT-2"))
_USER = {
    "id_num": _WHO,
    "first_name": "Lockpact",
    "last_name": "Trial",
    "card_num": Pick(("", "880000001", 880000002)),
    "email": Pick(("", "lockpact.1@example.com")),
    "access_expires": Pick(("", Later((86_400, 864_000), _date))),
    "enabled": Pick((True, "false")),
    "accesslevels": [{"id": Ref("level")}],
}
_MAKES_USER = {"creates": "user", "called": "users.*.id_num"}
_BAD = {"id_num": "LOCKPACT-3", "card_num": "A8914", "email": "lockpact@@example.com"}
_UPDATE = {"update_existing": Pick((True, "true")), "replace_privileges": Pick((None, None, "false"))}

_READS = (
    _get(
        "/user",
        opens=True,
        finds={"user": "data.*.id", "card": "data.*.card_num", "level": "data.*.accesslevels.*.id"},
        laws=("LT-PRIV-1", "LT-TIME-1"),
    ),
    _get("/user", " by id", query={"id": Pick((Ref("user"), _NOBODY, "x"))}, laws=("LT-PRIV-2", "LT-ERR-1")),
    _get("/user", " by idnum", query={"idnum": _WHO}, laws=("LT-PRIV-2",)),
    _get("/user", " with a wrong key", headers={**_HEADERS, "apikey": "wrong"}, laws=("LT-AUTH-1",)),
    _get("/user", " without a Content-Type", headers=_KEYS, laws=("LT-ERR-1",)),
    _get("/users", laws=("LT-AUTH-1",)),
    _get("/credential", laws=("LT-SECRET-1",)),
    _get("/credentialsummary"),
    _get("/events", opens=True, finds={"event": "data.*.id"}, laws=("LT-EVENT-1",)),
    _get("/events", " by id", query={"id": Ref("event")}, laws=("LT-EVENT-2", "LT-EVENT-3")),
    _get("/door"),
    _get("/doorstate"),
    _get("/fob", opens=True, finds={"fob": "data.*.id"}, laws=("LT-FOB-1",)),
    _get("/fobcheck", laws=("LT-FOB-1",)),
    _get("/schedule"),
    _get("/accesslevel", laws=("LT-PRIV-1",)),
    _get("/nextcardnum"),
)

_WRITES = (
    _post("/user", {"users": [_USER]}, **_MAKES_USER, laws=("LT-OPT-1", "LT-IGNORED-1")),
    _post(
        "/user", {"users": [_USER], "options": _UPDATE}, ", an update", **_MAKES_USER, laws=("LT-OPT-1", "LT-PRIV-1")
    ),
    _post(
        "/user",
        {"users": [_USER, _BAD], "options": {"validate_fails_batch": Pick((True, False, "false"))}},
        " with a bad one",
        **_MAKES_USER,
        laws=("LT-PART-1",),
    ),
    _post("/uservalidate", {"users": [Pick((_USER, {"id": Ref("user")}))]}, laws=("LT-IGNORED-1",)),
    _post("/uservalidate", {"users": Pick(([], [_BAD] * 101))}, " of none or 101", laws=("LT-BATCH-1",)),
    _post("/credential", {"credentials": [{"card_num": Ref("card")}]}, laws=("LT-SECRET-1",)),
    _post(
        "/door",
        {"doors": [{"name": Pick(("LOCKPACT 1", "LOCKPACT 2", ""))}]},
        creates="door",
        called="doors.*.name",
        laws=("LT-PART-1",),
    ),
    _post(
        "/fob",
        {"fobs": [{"name": "LOCKPACT", "card_num": Pick((880000011, "880000012", "x")), "id_num": "LOCKPACT-F"}]},
        creates="fob",
        called="fobs.*.id_num",
        laws=("LT-PART-1",),
    ),
    _post(
        "/fob",
        {"fobs": [{"id": Ref("fob"), "user_id": Pick((Ref("user"), _NOBODY))}]},
        method="PUT",
        laws=("LT-FOB-1",),
    ),
)

_HANDS = (
    DeviceOperation(
        "a card at a door",
        "door",
        "present_card",
        {"card_num": Pick(("10001", "10005", "88"))},
        then=("time passes",),
        told=True,
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
    # What changes something is chosen twice as often: most that can differ differs behind it.
    operations=(*_READS, *_WRITES, *_WRITES, *_HANDS),
    identities=frozenset({"id", "user_id", "event_id", "credential_key"}),
    secret=frozenset({"credential_key"}),
    # When an event is recorded is chance; a battery's level hangs on the world's age.
    free=frozenset({"db_time", "battery_level"}),
)
