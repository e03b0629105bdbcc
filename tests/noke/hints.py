"""Inputs for random walks through a company with Nokē locks: its back end, its phones, its locks and fobs.

No lock takes the commands here. Real commands, and rebuilt worlds between them, are in test_walks.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

import locksim
from locksim.engine.inputs import Request
from locksim.noke.seed import ALICES_FOB, GATE, LOBBY, TRAILER, UNIT_12, VISITORS_FOB, YARD
from tests.engine.wander import Hints

_SITE = locksim.World(seed=7, vendors=["noke"]).site("noke")
KEYS = _SITE.credentials
"""API keys of worlds with seed 7. In other worlds they are wrong."""
STATE = {"noke": msgspec.to_builtins(_SITE.state)}
"""The state of such a world, so that the walks' keys are right whatever the seed."""
SESSION = "0000040ba7b0d91f7f45ad25698a18375c7e4f16"
LOG = {"session": SESSION, "received_time": 1774742400, "responses": ["00" * 20]}
LOCKS = (YARD, UNIT_12, TRAILER, GATE, LOBBY)
ACTED = (YARD, TRAILER, GATE)
CODES = ("000", "0101")


def post(path: str, body: Any, site: str = "production", *, key: str | None = None) -> Request:
    base = KEYS[site.removesuffix("-pre-release")]
    key = key or base["mobile_api_key" if path == "/upload/" else "api_key"]
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(0, "noke", site, "POST", path, (("Authorization", f"Bearer {key}"),), raw)


def _requests() -> list[Request | tuple[str, str]]:
    found: list[Request | tuple[str, str]] = [("GET", "/lock/"), ("POST", "/unlock/"), ("POST", "/nowhere")]
    for mac in LOCKS:
        site = "sandbox" if mac == GATE else "production"
        fob = VISITORS_FOB if mac == GATE else ALICES_FOB
        body = {"mac": mac, "session": SESSION, "tracking_key": "bob"}
        found += [post(path, body, site) for path in ("/unlock/", "/unlock/", "/unshackle/", "/fwupdate/")]
        found += [post("/engagelock/", body, f"{site}-pre-release")]
        found += [post("/qc/issue/", {"mac": mac, "quick_clicks": [{"code": code, "uses": 2}]}, site) for code in CODES]
        found += [
            post("/qc/revoke/", {"mac": mac, "quick_clicks": [{"code": "000"}], "api_version": "1.0.0"}, site),
            post("/keys/", {"issue": [{"macs": [mac], "tracking_keys": ["a", "b"]}]}, site),
            post("/keys/", {"revoke": [{"macs": [mac], "tracking_keys": ["a"]}]}, site),
            post("/fobs/issue/", {"fob_mac": fob, "locks": [{"mac": mac, "tracking_key": "f"}]}, site),
            post("/fobs/revoke/", {"fob_mac": fob, "lock_macs": [mac]}, site),
            post("/fobs/sync/", {"mac": fob, "session": SESSION}, site),
            post("/lock/settings/", {"macs": [mac], "settings": {"explicit-lock": True}}, f"{site}-pre-release"),
            post(
                "/upload/",
                {"logs": [{"mac": mac, "session": SESSION, "received_time": 1774742400, "responses": ["00" * 20]}]},
                site,
            ),
        ]
    for path in ("/lock/", "/keys/", "/qc/", "/qc/display/", "/fobs/display/", "/activity/"):
        found += [post(path, {}), post(path, {}, "sandbox-pre-release")]
    return [*found, post("/lock/", b"["), post("/lock/", {}, key="wrong"), post("/upload/", {"logs": [{}]})]


def _acts() -> list[tuple[str | None, str, dict[str, Any]]]:
    found: list[tuple[str | None, str, dict[str, Any]]] = []
    for mac in ACTED:
        found += [(mac, "wake", {})] * 3
        found += [(mac, "quick_click", {"code": code}) for code in CODES]
        found += [
            (mac, "deliver", {"commands": "02100000" + "00" * 16}),
            (mac, "deliver", {"commands": ""}),
            (mac, "offline_unlock", {"offline_key": "00" * 16, "unlock_command": "00000001" + "00" * 16}),
            (mac, "shackle", {}),
            (mac, "sleep", {}),
            (mac, "battery", {}),
            (mac, "battery", {"replaced": True}),
            (mac, "battery", {"millivolts": 2975, "external": 9000}),
            (mac, "shackle", {"to": "out"}),
            (mac, "clock", {"drift": -3600}),
            (mac, "reset_keys", {}),
            (mac, "notice", {}),
            (mac, "load_firmware", {}),
            (None, "reset_lock", {"lock": mac}),
        ]
    for fob in (ALICES_FOB, VISITORS_FOB):
        found += [
            (fob, "squeeze", {}),
            (fob, "battery", {"millivolts": 2900}),
            (fob, "clock", {}),
            (fob, "touch", {"lock": YARD}),
            (fob, "deliver", {"commands": "+"}),
        ]
    return [
        *found,
        (None, "move_lock", {"lock": TRAILER}),
        (None, "firmware", {"lock": YARD, "version": "4.40"}),
        (None, "pre_release", {}),
        (None, "pre_release", {"on": False}),
        (YARD, "explode", {}),
    ]


HINTS = Hints(
    site="production",
    requests=_requests(),
    acts=_acts(),
    refusals=("failure", "unavailable", "upload_failed"),
)
