"""The operations by which two Codelocks servers are compared.

A NetCode is a function of the request: for a fixed date it must be the same on every server, digit for digit. Only the
codes for today, which are typed at a keypad, differ between servers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
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

_KEY = {"x-api-key": Cred("api_key")}
_ACCOUNT = {"accesskey": Cred("access_key")}
_K3 = "/u/1/k3connect"
_ROWS = {row.id: row for row in vendor_operations("codelocks")}
_K3LOCK = {"lockmodel": "K3CONNECT", "identifier": Cred("access_key")}
_DAY = 86_400
_MARY, _DENNIS, _KARL = "nigel89@example.com", "hurstjosephine@example.net", "pflegermaria@example.com"
"""Persons with a phone in the simulator's default world."""

_WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), True)
_ALWAYS = json.dumps({"0": {"enabled": True, "starts": "00:00", "ends": "23:59", **_WEEK}})
_NEVER = json.dumps({"0": {"enabled": False, "starts": "00:00", "ends": "00:00", **_WEEK}})
_INVITED = {"activeperiods": _ALWAYS, "accesstype": Pick(("STANDARD", "ONE_TIME")), "message": "Welcome"}


def _get(path: str, name: str, *, at: Any = None, **more: Any) -> HttpOperation:
    """Return a GET request of the table's row for `path`. `at` fills in the path's id."""
    return scripted(_ROWS[f"GET {path}"], f"GET {name}", path=at, headers=_KEY, **more)


def _account(path: str, name: str, query: Mapping[str, Any] | None = None, **more: Any) -> HttpOperation:
    """Return a GET request with the access key."""
    at = (_K3 + path).replace("{id}", "{lock}")
    return _get(_K3 + path, name, at=at, query={**_ACCOUNT, **(query or {})}, **more)


def _client(method: str, email: Any, fields: Mapping[str, Any], *laws: str, suffix: str = "") -> HttpOperation:
    """Return a request that changes who may open a lock.

    The invited addresses belong to nobody: a live server refuses them, so that there is nothing to clean up. Only
    existing clients of locks that may be named are changed.
    """
    row = _ROWS[f"{method} {_K3}/{{id}}/client"]
    fields = {**_ACCOUNT, "clientemail": email, **fields}
    return scripted(
        row, f"{method} client{suffix}", path=f"{_K3}/{{home}}/client", headers=_KEY, fields=fields, laws=laws
    )


def _netcode(name: str, id: Any, query: Any, *laws: str, **more: Any) -> HttpOperation:
    path = "/n/1/netcode/{id}"
    at = (
        Pick(tuple(path.replace("{id}", one) for one in id.options))
        if isinstance(id, Pick)
        else path.replace("{id}", id)
    )
    return _get(path, f"NetCode {name}", at=at, query=query, laws=laws, **more)


def _midnight(at: int) -> str:
    """Return the date of an instant in UTC as `2026-01-05 00:00`."""
    return f"{datetime.fromtimestamp(at / 1e6, UTC):%Y-%m-%d} 00:00"


_HOURS = Pick(("2025-07-01 15:00", "2025-03-30 02:00", "2025-10-26 02:00", "2025-01-07 23:00"))
"""In summer, on the days when the clocks change, and in winter."""
_FOR_HOURS = {
    "start": _HOURS,
    "duration": Pick((0, 3, 11)),
    "lockmodel": Pick(("KL1060", "Kl1060")),
    "identifier": "407251",
}
_FOR_DAYS = {
    "start": "2025-07-01 00:00",
    "duration": Pick((12, 37)),
    "lockmodel": Pick(("KL1060C2", "KL1060G3")),
    "identifier": "14207",
}
_ODD = (
    "202504070915?start=2025-07-01%2000:00&duration=18&lockmodel=KL1550&identifier=407251",
    "202504070915?start=2025-07-01%2015:30&duration=0&lockmodel=KL1060&identifier=407251",
    "202504070915?start=2025-07-01T15:00&duration=0&lockmodel=KL1060&identifier=407251",
    "202504070915?start=2025-07-01%2015:00&duration=99&lockmodel=KL1060&identifier=407251",
    "202504070915?start=2025-07-01%2015:00&duration=0&lockmodel=KL1060",
    "1?start=2025-07-01%2015:00&duration=0&lockmodel=KL1060&identifier=407251",
)
"""A valid request, then invalid starts, an invalid duration, a missing identifier and an invalid id."""
_OPEN_LAST = "open with the last client's phone"
_VARIES_BY_DAY = frozenset({"ActualNetcode", "Startdate", "date", "original", "date_ymd", "date_dmy", "date_mdy"})

OPERATIONS = OperationTable(
    operations=(
        _account("", "k3connect", opens=True, finds={"lock": "*.LockId"}),
        _account(
            "/{id}/clients",
            "clients",
            {"page": 1, "perpage": 50},
            opens=True,
            finds={"email": "clients.*.email", "home": "clients.*.lockid"},
            laws=("CL-INVITE-1", "CL-CLIENT-1"),
        ),
        _account(
            "/{id}/clients",
            "clients one by one",
            {"page": Pick((1, 2, 3)), "perpage": 1},
            laws=("CL-INVITE-1",),
        ),
        _get(
            f"{_K3}/{{id}}",
            "k3connect/{id}",
            at=Pick((f"{_K3}/{{lock}}", f"{_K3}/{'0' * 32}", f"{_K3}/{{lock}}/keys")),
            query=_ACCOUNT,
            laws=("CL-ERR-1",),
        ),
        _account("/account", "account"),
        _account(
            "/{id}/audit",
            "audit",
            {"page": Pick((1, 1, 1, 2)), "perpage": Pick((50, 2)), "pageorder": Pick(("descending", "ascending"))},
            laws=("CL-AUDIT-1", "CL-AUDIT-2"),
        ),
        scripted(
            _ROWS[f"GET {_K3}/{{id}}/clients"],
            "GET clients with other keys",
            path=f"{_K3}/{{lock}}/clients",
            query={"page": Pick((1, "")), "perpage": 1, "accesskey": Pick(("0000000000", Cred("access_key")))},
            headers={"x-api-key": Pick((Cred("api_key"), "0" * 40, ""))},
            laws=("CL-ERR-1", "CL-ROT-1", "CL-KEY-1"),
        ),
        _get(f"{_K3}/help/spcconfig", "spcconfig", laws=("CL-CLIENT-1",)),
        _get(
            "/u/1/init",
            "init",
            query=Pick(
                (
                    {"lockmodel": Pick(("KL1060", "KL1060C2", "KL1550")), "randomid": Pick(("false", "TRUE"))},
                    Pick(({"lockmodel": "KL1060G3"}, {"timezone": "Mars"}, {"mastercode": "1"})),
                )
            ),
            laws=("CL-INIT-1",),
        ),
        _get(
            "/u/1/durations",
            "durations",
            query={"operation": Pick(("durations", "MODES")), "lockmodel": Pick(("", "KL1060", "KL1550"))},
            laws=("CL-END-1",),
        ),
        _get(
            "/u/1/duration/{id}",
            "duration/{id}",
            at=Pick(tuple(f"/u/1/duration/{number}" for number in (0, 12, 37, 99))),
            query={"lockmodel": Pick(("KL1060", "K3CONNECT"))},
            laws=("CL-START-1", "CL-TZ-1"),
        ),
        _netcode(
            "of a KitLock",
            "202504070915",
            Pick((_FOR_HOURS, _FOR_HOURS, _FOR_DAYS)),
            "CL-DET-1",
            "CL-TZ-1",
            "CL-CODE-1",
            "CL-MODEL-1",
            "CL-QUOTA-1",
        ),
        _netcode("in other words", Pick(_ODD), {}, "CL-START-1", "CL-ERR-1"),
        _netcode(
            "of a K3Connect lock",
            "{lock}",
            {"start": _HOURS, "duration": Pick((0, 4)), **_K3LOCK},
            "CL-DET-1",
            "CL-TZ-1",
        ),
        _netcode(
            "for these three days",
            "{lock}",
            {"start": Later((-_DAY,), _midnight), "duration": 14, **_K3LOCK},
            "CL-CODE-1",
            finds={"code": "ActualNetcode", "coded": "LockId"},
            then=("type the code",),
            free=_VARIES_BY_DAY,
        ),
        _client("POST", Pick((_KARL, _DENNIS)), _INVITED, "CL-INVITE-1"),
        _client("POST", _KARL, {**_INVITED, "accesstype": "ONE_TIME"}, "CL-INVITE-1", suffix=", for once"),
        _client("PUT", Ref("email"), {"activeperiods": Pick((_ALWAYS, _NEVER, "{}"))}, "CL-CLIENT-1"),
        _client("PATCH", Ref("email"), {"action": Pick(("SUSPEND", "RESTORE"))}, "CL-CLIENT-1"),
        _client("DELETE", Ref("email"), {}, "CL-CLIENT-1"),
        DeviceOperation("accept an invitation", "phone", "accept", laws=("CL-INVITE-1",)),
        DeviceOperation("accept the last invitation", Ref("email", -1), "accept", laws=("CL-INVITE-1",)),
        DeviceOperation(
            _OPEN_LAST,
            Ref("home", 0),
            "unlock_by_phone",
            {"phone": Ref("email", -1)},
            compared=True,
            laws=("CL-CLIENT-1",),
        ),
        DeviceOperation("a low battery", "k3lock", "battery", {"level": Pick((0.1, 0.02))}, laws=("CL-BATT-1",)),
        DeviceOperation(
            "open with a phone",
            "k3lock",
            "unlock_by_phone",
            {"phone": Pick((_MARY, _DENNIS, _KARL))},
            then=("GET audit",),
            compared=True,
            laws=("CL-AUDIT-1", "CL-CLIENT-1"),
        ),
        DeviceOperation(
            "type the code",
            Ref("coded", -1),
            "enter_netcode",
            {"code": Ref("code", -1)},
            then=("GET audit",),
            compared=True,
            laws=("CL-CODE-1", "CL-TZ-1"),
        ),
        DeviceOperation("connect or disconnect a gateway", "k3lock", "gateway", laws=("CL-AUDIT-2",)),
        WaitOperation("time passes", Pick((1, 2400)), laws=("CL-AUDIT-1",)),
    ),
    identities=frozenset({"LockId", "LockID", "lockid", "email", "AuditEntryID", "x-amzn-requestid"}),
    free=frozenset(
        {"LockName", "LockLocation", "FirmwareVersion", "EntryText", "InitSeq", "TimeCode"}
        # Local times: each server has its own zone and season.
        | {"BatteryUpdated", "DateEntered", "PairingDate", "DstStart", "DstEnd"}
    ),
    since={"Expires": "Startdate"},
    headers=frozenset({"content-type", "x-amzn-requestid", "x-amzn-errortype", "retry-after"}),
    paged=frozenset({"count"}),
    procedures=(
        (
            "POST client, for once",
            "GET clients",
            "accept the last invitation",
            _OPEN_LAST,
            "GET clients",
            _OPEN_LAST,
            "GET clients",
            "GET audit",
        ),
        ("PATCH client", "open with a phone", "PATCH client", "open with a phone", "GET audit", "DELETE client"),
        ("open with a phone", "open with a phone", "type the code", "GET audit", "time passes", "GET audit"),
        (
            "a low battery",
            "open with a phone",
            "connect or disconnect a gateway",
            "GET k3connect",
            "GET k3connect/{id}",
        ),
        ("POST client", "GET clients one by one", "GET clients one by one", "PUT client", "GET clients"),
    ),
)
