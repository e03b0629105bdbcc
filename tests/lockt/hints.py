"""Requests and device actions for random walks through a customer's instance."""

from __future__ import annotations

import json
from typing import Any

import msgspec

import locksim
from locksim.engine.inputs import Request
from locksim.lockt.seed import (
    ARCHIVE,
    BRIDGE,
    FRONT_DOOR,
    LAUNDRY,
    MARY,
    NIGHT_FOB,
    PHONE,
    SECOND_PHONE,
    SPARE_FOB,
    SUITE_12,
    VISITOR_FOB,
)
from tests.engine.wander import Hints

SEED = 7
"""The seed of the worlds whose credentials a walk knows. The determinism test passes it to `tests/engine/wander.py`."""

_DOORS = (FRONT_DOOR, SUITE_12, LAUNDRY, ARCHIVE)
_READS = (
    "/user", "/user?id=1601", "/user?idnum=N-1", "/user?id=x", "/credential", "/credentialsummary", "/events", "/events?id=865",
    "/door", "/doorstate", "/fob", "/fobcheck", "/schedule", "/accesslevel", "/nextcardnum", "/nowhere", "/user?id=%ff%00",
)  # fmt: skip
_UPDATE, _IN_PART = {"update_existing": True}, {"validate_fails_batch": "false"}


def _users(**options: Any) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = [
        {"id_num": f"N-{n}", "first_name": "A", "card_num": 700 + n, "accesslevels": [{"id": 508 + 4 * (n % 2)}]}
        for n in range(4)
    ]
    return [{"users": records[:n], "options": options} for n in range(5)]


_WRITES: tuple[tuple[str, str, Any], ...] = (
    *(("POST", path, body) for path in ("/user", "/uservalidate") for body in (*_users(), *_users(**_UPDATE))),
    ("POST", "/user", {"users": [{"id_num": "N-1", "card_num": "?"}, {"first_name": "B"}], "options": _IN_PART}),
    ("POST", "/user", {"users": [{"id_num": "RES-1001", "access_expires": "2026-03-29 00:00:00"}], "options": _UPDATE}),
    ("POST", "/door", {"doors": [{"name": "Attic"}]}),
    ("POST", "/door", {"doors": [{"name": f"Room {n}"} for n in range(60)]}),
    ("POST", "/fob", {"fobs": [{"name": "F", "card_num": 5599}]}),
    ("POST", "/credential", {"credentials": [{"id": 1631}]}),
    *(("PUT", "/fob", {"fobs": [{"id": fob, "user_id": MARY}]}) for fob in (VISITOR_FOB, SPARE_FOB, NIGHT_FOB, 1)),
    ("POST", "/user", None),
)  # fmt: skip


PHYSICS: dict[str, Any] = {"clock_drift": 30.0, "battery_drain": 100.0}
_INSTANCE = locksim.World(seed=SEED, vendors=["lockt"], **PHYSICS).site("lockt")
STATE = {"lockt": msgspec.to_builtins(_INSTANCE.state, str_keys=True)}
"""A state whose credentials the walks know, whatever the seed of the world. Its clocks drift, and its batteries drain."""
_HEADERS = (
    *_INSTANCE.credentials.items(),
    ("Content-Type", "application/json"),
)


def _request(method: str, path: str, body: Any = None) -> Request:
    raw = b"{" if body is None else json.dumps(body).encode()
    return Request(0, "lockt", "api", method, f"/api/v1{path}", _HEADERS, raw)


HINTS = Hints(
    site="api",
    requests=(
        *(_request("GET", path) for path in _READS),
        *(_request(*write) for write in _WRITES),
        ("GET", "/api/v1/user"),
        ("POST", "/api/v1/user"),
    ),
    acts=(
        *(
            (str(door), "present_card", {"card_num": card})
            for door in _DOORS
            for card in (10001, 700, 702, 20001, 19002, 5599, 9)
        ),
        *((str(door), "present_credential", {}) for door in _DOORS),
        (str(FRONT_DOOR), "battery", {"missing": True}),
        (str(FRONT_DOOR), "battery", {}),
        (str(FRONT_DOOR), "clock", {"offset": -4000}),
        (str(LAUNDRY), "clock", {"drift": 50}),
        (BRIDGE, "clock", {"offset": 90.5}),
        (str(FRONT_DOOR), "explode", {}),
        (PHONE, "claim", {}),
        (SECOND_PHONE, "claim", {"credential_key": "no key"}),
        *((BRIDGE, "network", {}),) * 4,
        (None, "instance", {}),
        *((None, "instance", {"on": False}),) * 3,
        (None, "pending_release", {}),
        (None, "event_cache", {"size": 4}),
        (None, "event_cache", {}),
        (None, "time_zone", {"name": "Europe/London"}),
        (None, "door", {"door": ARCHIVE, "enabled": True}),
    ),
    refusals=("unexpected", "unauthorized", "overlapping"),
)
