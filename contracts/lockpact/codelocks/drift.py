"""What two Codelocks servers are asked when they are compared.

A NetCode is a function of what is asked: for days that are named it must be the same, digit for digit, on every server.
Only the code for today, which is typed at a keypad, is another one on each.
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
)

__all__ = ["OPERATIONS"]

_KEY = {"x-api-key": Cred("api_key")}
_ACCOUNT = {"accesskey": Cred("access_key")}
_K3 = "/u/1/k3connect"
_NETCODE = "/n/1/netcode/{id}"
_K3LOCK = {"lockmodel": "K3CONNECT", "identifier": Cred("access_key")}
_DAY = 86_400
_MARY, _DENNIS, _KARL = "nigel89@example.com", "hurstjosephine@example.net", "pflegermaria@example.com"
"""Who has a phone in the stand-in's default world."""

_WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), True)
_ALWAYS = json.dumps({"0": {"enabled": True, "starts": "00:00", "ends": "23:59", **_WEEK}})
_NEVER = json.dumps({"0": {"enabled": False, "starts": "00:00", "ends": "00:00", **_WEEK}})
_INVITED = {"activeperiods": _ALWAYS, "accesstype": "STANDARD", "message": "Welcome"}


def _get(name: str, path: Any, **more: Any) -> HttpOperation:
    return HttpOperation(f"GET {name}", "GET", path, headers=_KEY, **more)


def _of_account(name: str, path: str, query: Mapping[str, Any] | None = None, **more: Any) -> HttpOperation:
    return _get(name, _K3 + path, query={**_ACCOUNT, **(query or {})}, reads=True, **more)


def _client(name: str, method: str, email: Any, fields: Mapping[str, Any], *laws: str) -> HttpOperation:
    """What changes who may open. Whom it invites are examples, and nobody's addresses: a live server refuses them, so that
    nothing is left to be removed. Changed are clients that are there, of locks that may be named.
    """
    return HttpOperation(
        name,
        method,
        f"{_K3}/{{home}}/client",
        headers=_KEY,
        fields={**_ACCOUNT, "clientemail": email, **fields},
        allow=f"{_K3}/{{id}}/client",
        laws=laws,
    )


def _netcode(name: str, path: Any, query: Any, *laws: str, **more: Any) -> HttpOperation:
    """Not a reading one: each call is paid for."""
    return _get(f"NetCode {name}", path, query=query, allow=_NETCODE, laws=laws, **more)


def _midnight(at: int) -> str:
    """`2026-01-05 00:00`, by UTC."""
    return f"{datetime.fromtimestamp(at / 1e6, UTC):%Y-%m-%d} 00:00"


_HOURS = Pick(("2025-07-01 15:00", "2025-03-30 02:00", "2025-10-26 02:00", "2025-01-07 23:00"))
"""In summer, where clocks change, and in winter."""
_OF_HOURS = {
    "start": _HOURS,
    "duration": Pick((0, 3, 11)),
    "lockmodel": Pick(("KL1060", "Kl1060")),
    "identifier": "407251",
}
_OF_DAYS = {
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
"""Otherwise written, and what is refused: starts, a duration, an identifier that is missing, an id."""
_OF_TODAY = frozenset({"ActualNetcode", "Startdate", "Expires", "date", "original", "date_ymd", "date_dmy", "date_mdy"})

OPERATIONS = OperationTable(
    operations=(
        _of_account("k3connect", "", opens=True, finds={"lock": "*.LockId"}),
        _of_account(
            "clients",
            "/{lock}/clients",
            {"page": 1, "perpage": 50},
            opens=True,
            allow=f"{_K3}/{{id}}/clients",
            finds={"email": "clients.*.email", "home": "clients.*.lockid"},
            laws=("CL-INVITE-1", "CL-CLIENT-1"),
        ),
        _of_account(
            "clients one by one",
            "/{lock}/clients",
            {"page": Pick((1, 2, 3)), "perpage": 1},
            allow=f"{_K3}/{{id}}/clients",
            laws=("CL-INVITE-1",),
        ),
        _get(
            "k3connect/{id}",
            Pick((f"{_K3}/{{lock}}", f"{_K3}/{'0' * 32}", f"{_K3}/{{lock}}/keys")),
            query=_ACCOUNT,
            reads=True,
            allow=f"{_K3}/{{id}}",
            laws=("CL-ERR-1",),
        ),
        _of_account("account", "/account"),
        _of_account(
            "audit",
            "/{lock}/audit",
            {"page": Pick((1, 1, 1, 2)), "perpage": Pick((50, 2)), "pageorder": Pick(("descending", "ascending"))},
            allow=f"{_K3}/{{id}}/audit",
            laws=("CL-AUDIT-1", "CL-AUDIT-2"),
        ),
        HttpOperation(
            "GET clients with other keys",
            "GET",
            f"{_K3}/{{lock}}/clients",
            query={"page": Pick((1, "")), "perpage": 1, "accesskey": Pick(("0000000000", Cred("access_key")))},
            headers={"x-api-key": Pick((Cred("api_key"), "0" * 40, ""))},
            reads=True,
            allow=f"{_K3}/{{id}}/clients",
            laws=("CL-ERR-1", "CL-ROT-1", "CL-KEY-1"),
        ),
        _get("spcconfig", f"{_K3}/help/spcconfig", reads=True, laws=("CL-CLIENT-1",)),
        _get(
            "init",
            "/u/1/init",
            query=Pick(
                (
                    {"lockmodel": Pick(("KL1060", "KL1060C2", "KL1550")), "randomid": Pick(("false", "TRUE"))},
                    Pick(({"lockmodel": "KL1060G3"}, {"timezone": "Mars"}, {"mastercode": "1"})),
                )
            ),
            reads=True,
            laws=("CL-INIT-1",),
        ),
        _get(
            "durations",
            "/u/1/durations",
            query={"operation": Pick(("durations", "MODES")), "lockmodel": Pick(("", "KL1060", "KL1550"))},
            reads=True,
            laws=("CL-END-1",),
        ),
        _get(
            "duration/{id}",
            Pick(tuple(f"/u/1/duration/{number}" for number in (0, 12, 37, 99))),
            query={"lockmodel": Pick(("KL1060", "K3CONNECT"))},
            reads=True,
            allow="/u/1/duration/{id}",
            laws=("CL-START-1", "CL-TZ-1"),
        ),
        _netcode(
            "of a KitLock",
            "/n/1/netcode/202504070915",
            Pick((_OF_HOURS, _OF_HOURS, _OF_DAYS)),
            "CL-DET-1",
            "CL-TZ-1",
            "CL-CODE-1",
            "CL-MODEL-1",
            "CL-QUOTA-1",
        ),
        _netcode("in other words", Pick(tuple(f"/n/1/netcode/{odd}" for odd in _ODD)), {}, "CL-START-1", "CL-ERR-1"),
        _netcode(
            "of a K3Connect lock",
            "/n/1/netcode/{lock}",
            {"start": _HOURS, "duration": Pick((0, 4)), **_K3LOCK},
            "CL-DET-1",
            "CL-TZ-1",
        ),
        _netcode(
            "for these three days",
            "/n/1/netcode/{lock}",
            {"start": Later((-_DAY,), _midnight), "duration": 14, **_K3LOCK},
            "CL-CODE-1",
            finds={"code": "ActualNetcode", "coded": "LockId"},
            then=("somebody types the code",),
            free=_OF_TODAY,
        ),
        _client("POST client", "POST", Pick((_KARL, _DENNIS)), _INVITED, "CL-INVITE-1"),
        _client("PUT client", "PUT", Ref("email"), {"activeperiods": Pick((_ALWAYS, _NEVER, "{}"))}, "CL-CLIENT-1"),
        _client("PATCH client", "PATCH", Ref("email"), {"action": Pick(("SUSPEND", "RESTORE"))}, "CL-CLIENT-1"),
        _client("DELETE client", "DELETE", Ref("email"), {}, "CL-CLIENT-1"),
        DeviceOperation("an invitation is accepted", "phone", "accept", laws=("CL-INVITE-1",)),
        DeviceOperation(
            "somebody opens with a phone",
            "k3lock",
            "unlock_by_phone",
            {"phone": Pick((_MARY, _DENNIS, _KARL))},
            then=("GET audit",),
            told=True,
            laws=("CL-AUDIT-1", "CL-CLIENT-1"),
        ),
        DeviceOperation(
            "somebody types the code",
            Ref("coded", -1),
            "enter_netcode",
            {"code": Ref("code", -1)},
            then=("GET audit",),
            told=True,
            laws=("CL-CODE-1", "CL-TZ-1"),
        ),
        DeviceOperation("a gateway comes or goes", "k3lock", "gateway", laws=("CL-AUDIT-2",)),
        WaitOperation("time passes", Pick((1, 2400)), laws=("CL-AUDIT-1",)),
    ),
    identities=frozenset({"LockId", "LockID", "lockid", "email", "AuditEntryID", "x-amzn-requestid"}),
    free=frozenset(
        {"LockName", "LockLocation", "FirmwareVersion", "EntryText", "InitSeq", "TimeCode"}
        # The wall clock's, whose zone and season are each server's own.
        | {"BatteryUpdated", "DateEntered", "PairingDate", "DstStart", "DstEnd"}
    ),
    headers=frozenset({"content-type", "x-amzn-requestid", "x-amzn-errortype", "retry-after"}),
    paged=frozenset({"count"}),
)
