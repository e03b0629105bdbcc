"""The operations, device actions and waits with which drift compares two Nuki bridges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lockpact.drift.operations import (
    Cred,
    DeviceOperation,
    HttpOperation,
    OperationTable,
    Pick,
    Ref,
    WaitOperation,
    scripted,
)
from lockpact.simulators.operations import vendor_operations

__all__ = ["OPERATIONS"]

_TOKEN = {"token": Cred("token")}
_URL = "http://127.0.0.1:9/lockpact/{}"
_GO, _TO_THE_END, _A_MINUTE = "GET /lockAction, lock 'n' go", "GET /lockAction, to the end", "a minute passes"
_AFTER_A_RESET = ("/list", "/callback/list", "/log")
_ROWS = {row.path: row for row in vendor_operations("nuki")}


def _get(path: str, name: str = "", *, query: Mapping[str, object] = _TOKEN, **more: Any) -> HttpOperation:
    """Return the operation of this path. The token is added to `query` unless it has one."""
    return scripted(_ROWS[path], name, query={**_TOKEN, **query}, **more)


OPERATIONS = OperationTable(
    operations=(
        _get("/list", opens=True, finds={"lock": "*.nukiId"}, laws=("NK-STATE-1",)),
        _get("/lockState", query={"nukiId": Ref("lock")}, laws=("NK-STATE-1",)),
        _get("/lockState", "GET /lockState of an unknown lock", query={"nukiId": 1}, laws=("NK-ID-1",)),
        _get("/info"),
        _get("/log"),
        _get("/log", "GET /log in part", query={"offset": Pick((0, 1, 3)), "count": Pick((1, 3, 100))}),
        _get("/callback/list", finds={"callback": "callbacks.*.id"}, laws=("NK-CB-1",)),
        _get("/list", "GET /list without a token", query={"token": "wrong"}, laws=("NK-AUTH-3",)),
        _get(
            "/lockAction",
            query={"nukiId": Ref("lock"), "action": Pick((1, 2, 3, 4, 5)), "noWait": Pick((0, 1))},
            laws=("NK-ACT-1", "NK-ACT-4"),
        ),
        _get(
            "/lockAction", _GO, query={"nukiId": Ref("lock"), "action": Pick((4, 5)), "noWait": 1}, laws=("NK-ACT-1",)
        ),
        _get("/lockAction", _TO_THE_END, query={"nukiId": Ref("lock"), "action": Pick((1, 2, 3))}, laws=("NK-ACT-4",)),
        _get(
            "/callback/add",
            query={"url": Pick(tuple(_URL.format(n) for n in range(4)))},
            creates="callback",
            called="url",
            laws=("NK-CB-1",),
        ),
        _get("/callback/remove", query={"id": Ref("callback")}, laws=("NK-CB-4",)),
        scripted(_ROWS["/auth"], finds={"token": "token"}, laws=("NK-AUTH-1",)),
        *(_get(path, f"GET {path}, by the new token", query={"token": Ref("token", -1)}) for path in _AFTER_A_RESET),
        _get("/configAuth", query={"enable": Pick((1, 0))}, laws=("NK-AUTH-1",)),
        _get("/unpair", query={"nukiId": Ref("lock")}, laws=("NK-ID-1",)),
        _get("/clearlog"),
        _get("/reboot"),
        _get("/factoryReset"),
        DeviceOperation(
            "press the button", "bridge", "press_button", after=Pick((1, 5, 15, 25, 29)), laws=("NK-AUTH-1",)
        ),
        DeviceOperation("turn the knob", "lock", "turn", laws=("NK-STATE-2",)),
        DeviceOperation("a low battery", "lock", "battery", laws=("NK-BATT-1",)),
        WaitOperation("time passes", Pick((1, 3, 20, 60))),
        WaitOperation(_A_MINUTE, Pick((60,))),
    ),
    identities=frozenset({"nukiId", "token", "url", "bridgeId", "hardwareId", "serverId"}),
    secret=frozenset({"token"}),
    times=frozenset({"uptime"}),
    free=frozenset({"name", "rssi", "rsi", "uptime"}),
    removes={
        "callback": _get(
            "/callback/remove",
            "GET /callback/remove of our own",
            query={"id": Ref("callback")},
            located=(_get("/callback/list"), "callbacks.*.url", "callbacks.*.id"),
        )
    },
    procedures=(
        (_GO, _A_MINUTE, "GET /list", "GET /lockState"),
        (_TO_THE_END, "GET /list", "GET /log in part"),
        (
            *["GET /callback/add"] * 4,
            "turn the knob",
            "GET /lockState",
            "GET /callback/list",
            "GET /callback/remove",
            "GET /callback/list",
        ),
        (
            "GET /callback/add",
            "turn the knob",
            "GET /factoryReset",
            _A_MINUTE,
            "press the button",
            "GET /auth",
            *(f"GET {path}, by the new token" for path in _AFTER_A_RESET),
        ),
        ("GET /lockAction", "GET /clearlog", "GET /log", "GET /reboot", _A_MINUTE, "GET /list", "GET /log"),
        ("GET /unpair", "GET /list", "GET /lockState", "GET /info"),
    ),
)
