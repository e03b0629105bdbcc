"""The requests and device actions that a random walk with a Nuki bridge may try."""

from __future__ import annotations

import locksim
from locksim.nuki.auth import encrypt_token, hash_token
from locksim.nuki.seed import BRIDGE, CELLAR_DOOR, FRONT_DOOR, GARDEN_DOOR, WORKSHOP
from tests.engine.wander import Hints

TOKEN: str = locksim.World(seed=7, vendors=["nuki"]).site("nuki").credentials["token"]
"""The token of worlds with seed 7. In other worlds it is wrong until a walk sets it."""

_LOCKS = (FRONT_DOOR, GARDEN_DOOR, WORKSHOP, CELLAR_DOOR, 1)

HINTS = Hints(
    site="bridge",
    requests=(
        *(("GET", f"/lockState?nukiId={lock}&token={TOKEN}") for lock in _LOCKS),
        *(
            ("GET", f"/lockAction?nukiId={lock}&action={action}&noWait={wait}&token={TOKEN}")
            for lock in _LOCKS[:2]
            for action in range(1, 7)
            for wait in (0, 1)
        ),
        *(("GET", f"{path}?token={TOKEN}") for path in ("/list", "/info", "/log", "/callback/list", "/nowhere")),
        ("GET", "/auth"),
        ("GET", "/auth"),
        ("GET", f"/configAuth?enable=0&token={TOKEN}"),
        ("GET", f"/configAuth?enable=1&token={TOKEN}"),
        *(("GET", f"/callback/add?url=http%3A%2F%2F127.0.0.1%3A{port}%2F&token={TOKEN}") for port in range(1, 5)),
        ("GET", f"/callback/remove?id=1&token={TOKEN}"),
        ("GET", f"/unpair?nukiId={GARDEN_DOOR}&token={TOKEN}"),
        ("GET", f"/reboot?token={TOKEN}"),
        ("GET", f"/fwupdate?token={TOKEN}"),
        ("GET", f"/factoryReset?token={TOKEN}"),
        ("GET", f"/clearlog?token={TOKEN}"),
        ("GET", "/discover/bridges"),
        *(("GET", f"{path}?nukiId={FRONT_DOOR}&token={TOKEN}") for path in ("/lock", "/unlock")),
        ("GET", f"/list?ts=2026-01-05T08%3A00%3A00Z&rnr=1&hash={hash_token(TOKEN, '2026-01-05T08:00:00Z', '1')}"),
        ("GET", f"/list?ctoken={encrypt_token(TOKEN, '2026-01-05T08:00:00Z', '2', bytes(24))}&nonce={'00' * 24}"),
        ("GET", "/list?token=wrong"),
        ("GET", "/lockState?nukiId=%ff%00&token=%zz"),
        ("POST", "/list"),
    ),
    acts=(
        *((BRIDGE, "press_button", {}),) * 4,
        (BRIDGE, "power", {}),
        (BRIDGE, "network", {}),
        (BRIDGE, "clock", {"offset": -30, "drift": 5}),
        (BRIDGE, "explode", {}),
        *(
            (str(lock), action, args)
            for lock in _LOCKS
            for action, args in (
                ("turn", {}),
                ("jam", {}),
                ("jam", {"on": False}),
                ("battery", {}),
                ("battery", {"level": "full"}),
                ("battery", {"level": "flat"}),
                ("battery", {"percent": 21}),
                ("range", {}),
                ("range", {"in_range": True}),
                ("calibrate", {}),
            )
        ),
        *((None, "set_token", {"token": TOKEN}),) * 8,
        (None, "pair", {}),
        (None, "discovery", {}),
        (None, "bridge_type", {"kind": "software"}),
        (None, "bridge_type", {"kind": "hardware"}),
        (None, "drowsy", {}),
        (None, "add_bridge", {}),
    ),
    refusals=("unavailable", "busy", "failure"),
)
