"""What two Nuki bridges are asked when they are compared."""

from __future__ import annotations

from lockpact.drift.operations import Cred, DeviceOperation, HttpOperation, OperationTable, Pick, Ref, WaitOperation

__all__ = ["OPERATIONS"]

_TOKEN = {"token": Cred("token")}
_URL = "http://127.0.0.1:9/lockpact/{}"


def _get(path: str, **more: object) -> HttpOperation:
    query = more.pop("query", {})
    return HttpOperation(f"GET {path}", "GET", path, query={**query, **_TOKEN}, allow=path, **more)  # type: ignore[arg-type,dict-item]


OPERATIONS = OperationTable(
    operations=(
        _get("/list", reads=True, opens=True, finds={"lock": "*.nukiId"}, laws=("NK-STATE-1",)),
        _get("/lockState", query={"nukiId": Ref("lock")}, reads=True, laws=("NK-STATE-1",)),
        HttpOperation(
            "GET /lockState of nobody",
            "GET",
            "/lockState",
            query={"nukiId": 1, **_TOKEN},
            reads=True,
            laws=("NK-ID-1",),
        ),
        _get("/info", reads=True),
        _get("/log", reads=True),
        _get("/callback/list", reads=True, finds={"callback": "callbacks.*.id"}, laws=("NK-CB-1",)),
        HttpOperation(
            "GET /list without a token", "GET", "/list", query={"token": "wrong"}, reads=True, laws=("NK-AUTH-3",)
        ),
        _get(
            "/lockAction",
            query={"nukiId": Ref("lock"), "action": Pick((1, 2, 3, 4, 5)), "noWait": Pick((0, 1))},
            laws=("NK-ACT-1", "NK-ACT-4"),
        ),
        _get("/callback/add", query={"url": Pick(tuple(_URL.format(n) for n in range(4)))}, laws=("NK-CB-1",)),
        _get("/callback/remove", query={"id": Ref("callback")}, laws=("NK-CB-4",)),
        HttpOperation("GET /auth", "GET", "/auth", allow="/auth", laws=("NK-AUTH-1",)),
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
    ),
    identities=frozenset({"nukiId", "token", "url", "bridgeId", "hardwareId", "serverId"}),
    secret=frozenset({"token"}),
    times=frozenset({"uptime"}),
    free=frozenset({"name", "rssi", "rsi", "uptime"}),
)
