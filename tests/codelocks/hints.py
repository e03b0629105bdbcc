"""What a random walk through an account may do."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import locksim
from locksim.codelocks.seed import ANNEXE, BIKE_SHED, BOAT_HOUSE, DENNIS, FRONT_GATE, HUGH, KARL, MAIN_DOOR, MARY
from tests.codelocks.caller import ALWAYS
from tests.engine.wander import Hints

_KEYS = locksim.World(seed=7, vendors=["codelocks"]).site("codelocks").credentials
ACCESS: str = _KEYS["access_key"]
KEY: str = _KEYS["api_key"]
"""The keys of worlds with seed 7."""

_KIT = "/n/1/netcode/202504070915?start=2026-03-29%2001:00&lockmodel=KL1060&identifier=407251&duration="
_K3 = f"/n/1/netcode/{MAIN_DOOR}?start=2026-03-29+02%3A00&lockmodel=k3connect&identifier={ACCESS}&duration="
_ACCOUNT = urlencode({"accesskey": ACCESS})
_PAGE = f"{_ACCOUNT}&page=1&perpage=2&pageorder=descending"


def _form(email: str, **more: str) -> bytes:
    return urlencode({"accesskey": ACCESS, "clientemail": email, **more}).encode()


HINTS = Hints(
    site="api",
    requests=(
        *(("GET", _KIT + str(duration)) for duration in (0, 11, 12, 37, 99)),
        *(("GET", _K3 + str(duration)) for duration in (0, 5, 12)),
        ("GET", "/n/1/netcode/1?start=x&duration=&lockmodel=&identifier=%ff"),
        ("GET", "/u/1/init?randomid=true"),
        ("GET", "/u/1/init?lockmodel=KL1060C2&timezone=Mars"),
        ("GET", "/u/1/durations?operation=modes"),
        ("GET", "/u/1/duration/18?lockmodel=KL1550"),
        *(("GET", f"/u/1/k3connect{rest}?{_ACCOUNT}") for rest in ("", "/account", f"/{MAIN_DOOR}", "/help/spcconfig")),
        *(
            ("GET", f"/u/1/k3connect/{lock}/{what}?{_PAGE}")
            for lock in (MAIN_DOOR, ANNEXE)
            for what in ("audit", "clients")
        ),
        ("GET", f"/u/1/k3connect/{MAIN_DOOR}/audit?accesskey=old&page=1&perpage=2&pageorder=ascending"),
        ("POST", f"/u/1/k3connect/{MAIN_DOOR}/client"),
        ("DELETE", f"/u/1/k3connect/{MAIN_DOOR}/client"),
        ("GET", "/nowhere"),
        ("TRACE", "/u/1/init"),
    ),
    acts=(
        *((kit, "initialise", {}) for kit in (FRONT_GATE, BIKE_SHED, BOAT_HOUSE)),
        (FRONT_GATE, "initialise", {"sequence": "#12345678#99#2603290100#407251#"}),
        *((kit, "enter_netcode", {"code": "771953"}) for kit in (FRONT_GATE, BIKE_SHED, BOAT_HOUSE, MAIN_DOOR)),
        (FRONT_GATE, "enter_master", {}),
        (FRONT_GATE, "replace_batteries", {}),
        (FRONT_GATE, "set_clock", {}),
        (FRONT_GATE, "set_clock", {"late": 0.5}),
        (FRONT_GATE, "drift", {}),
        *((lock, "clock", {"drift": 9}) for lock in (FRONT_GATE, MAIN_DOOR, ANNEXE)),
        *((lock, "battery", {"level": level}) for lock in (FRONT_GATE, MAIN_DOOR) for level in (0, 0.2)),
        *((lock, "replace_batteries", {}) for lock in (BIKE_SHED, MAIN_DOOR, ANNEXE)),
        (FRONT_GATE, "explode", {}),
        *(
            (lock, "unlock_by_phone", {"phone": who})
            for lock in (MAIN_DOOR, ANNEXE)
            for who in (MARY, DENNIS, HUGH, KARL)
        ),
        (MAIN_DOOR, "unlock_by_phone", {}),
        (MAIN_DOOR, "unlock_by_phone", {"phone": "nobody"}),
        (MAIN_DOOR, "sync", {}),
        (MAIN_DOOR, "gateway", {}),
        (ANNEXE, "gateway", {"on": True}),
        (DENNIS, "accept", {}),
        (DENNIS, "decline", {}),
        (KARL, "accept", {"lock": ANNEXE}),
        (None, "plan", {"plan": "Business 1"}),
        (None, "plan", {}),
        (None, "bolt_on", {}),
        (None, "access_key", {"key": ACCESS}),
        (None, "access_key", {}),
        (None, "register", {"email": "new@example.org"}),
    ),
    refusals=("server_error", "tertiary", "limit_exceeded", "bad_access_key"),
    headers=(("x-api-key", KEY),),
    bodies=(
        _form(DENNIS),
        _form(DENNIS, activeperiods=json.dumps(ALWAYS), accesstype="ONE_TIME", message="Welcome"),
        _form(KARL, activeperiods=json.dumps(ALWAYS), accesstype="STANDARD", message="Welcome"),
        _form(MARY),
        b"%ff=\xff&accesskey=",
    ),
)
