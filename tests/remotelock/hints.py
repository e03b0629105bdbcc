"""What a random run of a RemoteLock world may do. `WALKED` is the vendor, in a world where two tokens never expire."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import msgspec

from locksim.engine.inputs import Headers, Request
from locksim.engine.timestamps import DAY
from locksim.engine.turn import Turn
from locksim.remotelock import VENDOR, seed
from locksim.remotelock.catalog import model_of
from locksim.remotelock.oauth import Application, Refresh, Token
from locksim.remotelock.state import State
from tests.engine.wander import Hints

__all__ = ["HINTS", "WALKED"]

_OURS, _THEIRS, _REFRESH = "ours", "theirs", "refresh"
_CLIENT = {"client_id": "walker", "client_secret": "w"}
_CALLBACK = "http://127.0.0.1:8799/oauth_callback"
_HOST = {"email": "kozuszekdagmara@example.com", "password": "walking"}


def _walked_world(turn: Turn) -> State:
    state = seed.default_world(turn)
    app = Application(
        _CLIENT["client_id"], _CLIENT["client_secret"], "Walker", [_CALLBACK], seed.HARBOUR_STAYS, seed.OWNER
    )
    state.oauth.applications[app.client_id] = app
    state.users[seed.HOST].password = _HOST["password"]
    forever = turn.now + 30_000 * DAY
    for token, user, account in ((_OURS, seed.OWNER, seed.HARBOUR_STAYS), (_THEIRS, seed.HOST, seed.MILL_LODGE)):
        state.oauth.tokens[token] = Token(token, app.client_id, user, account, forever)
    state.oauth.refreshes[_REFRESH] = Refresh(_REFRESH, app.client_id, seed.HOST, seed.MILL_LODGE, _THEIRS)
    return state


WALKED = dataclasses.replace(VENDOR, seed=_walked_world)

_JSON = (("Content-Type", "application/json"),)
_FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def _asked(
    method: str, target: str, body: bytes = b"", headers: Headers = (), token: str | None = _OURS, site: str = "api"
) -> Request:
    known: Headers = () if token is None else (("Authorization", f"Bearer {token}"),)
    return Request(0, "remotelock", site, method, target, (*known, *headers), body)


def _sent(method: str, target: str, type: str | None = None, /, **attributes: Any) -> Request:
    document = ({} if type is None else {"type": type}) | {"attributes": attributes}
    return _asked(method, target, msgspec.json.encode(document), _JSON)


_COLLECTIONS = (
    "/devices", "/access_persons", "/locations", "/models", "/events", "/groups", "/schedules", "/access_exceptions",
    "/acs/doors", "/notifications", "/notification_subscribers", "/notification_subscriptions", "/resort_lock_guests",
)  # fmt: skip
_DEVICES = (
    seed.FRONT_DOOR, seed.STORE_ROOM, seed.GARAGE, seed.BARE_LOCK, seed.CELLAR, seed.ATTIC, seed.THERMOSTAT, seed.PLUG,
    seed.CABIN, seed.LOBBY, seed.YARD,
)  # fmt: skip
_PERSONS = (seed.CARETAKER, seed.CLEANER, seed.FORMER, seed.VISITOR, seed.NEWCOMER, seed.DEPARTED)
_LISTENS = {"events": [{"event_type": "unlocked"}, {"event_type": "access_person_used"}], "publisher_type": "account"}


def _reads() -> Iterator[Request]:
    for path in _COLLECTIONS:
        yield _asked("GET", path)
        yield _asked("GET", f"{path}?per_page=3&page=2&sort[]=-name&sort[]=created_at&colour=red")
    for query in (
        "type=Lock", "type[]=acs_door&type[]=camera", f"attributes[location_id]={seed.QUAY}", f"id%5B%5D={seed.PLUG}",
        "page=201&per_page=50", "%ff%00", "page=x",
    ):  # fmt: skip
        yield _asked("GET", f"/v1/devices/?{query}")
    yield _asked("GET", "/access_persons?attributes[status][]=expired&attributes[status][]=deactivated&sort=-ends_at")
    for path in ("/user", "/account", "/nowhere", "/v2/user", f"/resort_lock_guests/{seed.CABIN_GUEST}/email/preview"):
        yield _asked("GET", path)
        yield _asked("GET", path, token=_THEIRS)
    for person in _PERSONS:
        yield _asked("GET", f"/access_persons/{person}/accesses")
    for device in _DEVICES:
        yield _asked("GET", f"/devices/{device}")
        yield _asked("GET", f"/devices/{device}/access_person_accesses?attributes[access_person_type]=access_guest")
    yield _asked("GET", "/user", token=None)
    yield _asked("GET", "/user", headers=(("Accept", "application/vnd.lockstate.v3+json"),))


def _writes() -> Iterator[Request]:
    yield _sent("PUT", "/account", default_guest_start_time="09:30", default_guest_end_time="26:00")
    yield _sent("PUT", "/account", default_guest_start_time="09:30", name="Walked")
    for zone in ("America/Denver", "Pacific/Apia", "Nowhere/Else"):
        yield _sent("PUT", f"/locations/{seed.HARBOUR_HOUSE}", time_zone=zone)
        yield _sent("POST", "/locations", name="New", time_zone=zone)
    for pin in ("1111", "2222", 3719, "99"):
        yield _sent("POST", "/access_persons", "access_user", name="Walker", pin=pin)
        for person in _PERSONS:
            yield _sent("PUT", f"/access_persons/{person}", pin=pin, ends_at="2026-03-29T02:30:00Z", name="Renamed")
    for start, end in (("2026-03-28", "2026-03-29"), ("2026-03-29T02:30:00", "2026-03-30T02:30:00"), ("x", "")):
        yield _sent(
            "POST", "/access_persons", "access_guest", name="G", generate_pin=True, starts_at=start, ends_at=end
        )
        yield _sent("POST", "/resort_lock_guests", resort_lock_id=seed.CABIN, name="R", starts_at=start, ends_at=end)
    for person in _PERSONS:
        for kind, key in (("lock", seed.ATTIC), ("location", seed.HARBOUR_HOUSE), ("door_group", seed.OUTDOORS)):
            yield _sent("POST", f"/access_persons/{person}/accesses", accessible_type=kind, accessible_id=key)
        yield _sent("POST", f"/access_persons/{person}/email/notify", days_before=1)
        yield _asked("PUT", f"/access_persons/{person}/deactivate")
        yield _asked("DELETE", f"/access_persons/{person}")
    access = f"/access_persons/{seed.VISITOR}/accesses/{seed.VISITOR_FRONT}"
    for schedule in (seed.OFFICE_HOURS, seed.SPARE_HOURS, None):
        yield _sent("PUT", access, access_schedule_id=schedule)
    yield _asked("DELETE", access)
    yield _sent("PUT", f"/schedules/{seed.OPENING_HOURS}", sat=[{"time": "22:00", "action": "unlock"}], sun=[])
    yield _sent("PUT", f"/schedules/{seed.OFFICE_HOURS}", sun=[{"start_time": "00:00", "end_time": "23:59"}])
    yield _sent(
        "PUT", f"/access_exceptions/{seed.HOLIDAYS}", dates=[{"start_date": "2026-03-28", "end_date": "2026-04-02"}]
    )
    for path in (
        f"/schedules/{seed.SPARE_HOURS}", f"/schedules/{seed.OFFICE_HOURS}", f"/access_exceptions/{seed.STOCKTAKING}",
        f"/groups/{seed.INDOORS}", f"/groups/{seed.OUTDOORS}", f"/locations/{seed.BOATHOUSE}", f"/locations/{seed.QUAY}",
        f"/resort_lock_guests/{seed.CABIN_PAST}", f"/notification_subscribers/{seed.HOOKED}",
        f"/notification_subscriptions/{seed.SUBSCRIPTION}",
    ):  # fmt: skip
        yield _asked("DELETE", path)
    for door, kind in ((seed.ATTIC, "lock"), (seed.YARD, "acs_door"), (seed.PLUG, "lock")):
        yield _sent("POST", f"/groups/{seed.INDOORS}/doors", door_id=door, door_type=kind)


def _devices() -> Iterator[Request]:
    for device in _DEVICES:
        for action in ("lock", "unlock", "power_on", "power_off"):
            yield _asked("PUT", f"/devices/{device}/{action}")
        yield _sent("PUT", f"/devices/{device}", heartbeat_interval=300, name="Walked", hold=True)
        yield _sent("PUT", f"/devices/{device}", location_id=seed.QUAY, auto_lock=False)
        yield _sent("PUT", f"/devices/{device}", local_pins=[], lock_action_schedule_id=seed.OPENING_HOURS)
    for door in (seed.LOBBY, seed.YARD):
        for action in ("lock", "unlock", "temporary_unlock"):
            yield _asked("PUT", f"/acs/doors/{door}/{action}")
    for device in (seed.STORE_ROOM, seed.CELLAR, seed.CABIN):
        yield _asked("DELETE", f"/devices/{device}")
    for model in ("LS-6i", "LS-60i", "LS-P100mi", "RL-2000", "August"):
        given = {"name": model, "serial_number": f"W-{model}", "location_id": seed.QUAY}
        yield _sent("POST", "/devices", **given, model_id=model_of(model).id)


def _listens() -> Iterator[Request]:
    for key, kind in ((seed.TEXTED, "text"), (seed.MAILED, "email"), (seed.HOOKED, "webhook")):
        given = _LISTENS | {"publisher_id": seed.HARBOUR_STAYS, "subscriber_id": key}
        yield _sent("POST", "/notification_subscriptions", **given, subscriber_type=f"{kind}_notification_subscriber")
        yield _sent("PUT", f"/notification_subscribers/{key}", active=True)
        yield _sent("PUT", f"/notification_subscribers/{key}", active=False, url="http://127.0.0.1:9/")


def _oauth() -> Iterator[Request]:
    for given in (
        {"grant_type": "client_credentials"},
        {"grant_type": "refresh_token", "refresh_token": _REFRESH},
        {"grant_type": "authorization_code", "code": "x", "redirect_uri": _CALLBACK},
    ):
        yield _asked("POST", "/oauth/token", urlencode(_CLIENT | given).encode(), _FORM, None, "oauth")
    page = urlencode({"client_id": "walker", "response_type": "code", "redirect_uri": _CALLBACK})
    yield _asked("GET", f"/oauth/authorize?{page}", token=None, site="oauth")
    yield _asked("POST", f"/oauth/authorize?{page}", urlencode(_HOST).encode(), _FORM, None, "oauth")
    yield _asked("POST", "/oauth/revoke", urlencode(_CLIENT | {"token": "x"}).encode(), _FORM, None, "oauth")
    yield _asked("POST", "/groups", b"{", _JSON)
    yield _asked("POST", "/groups", b"{}", _FORM)
    yield _asked("PATCH", "/user")


_ACTS: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("enter_pin", {"pin": pin}) for pin in ("4071", "7195", "3719", "604218", "99", "1111")),
    ("present_card", {"card_number": "23456"}), ("turn", {}), ("heartbeat", {}), ("battery", {"level": 3}),
    ("battery", {"level": 100}), ("network", {}), ("network", {"on": True}), ("reset", {}),
    ("program_pin", {"code": "604218", "pin": "1111"}), ("program_code", {"pin": "1", "code": "123"}),
    ("clock", {"offset": -400}), ("clock", {"offset": 90_000, "drift": 30}), ("battery", {"level": 0}),
    ("open", {}), ("close", {}), ("hold_open", {}), ("request_exit", {}), ("measure", {}), ("press", {}),
    ("explode", {}),
)  # fmt: skip

HINTS = Hints(
    site="api",
    requests=(*_reads(), *_writes(), *_devices(), *_listens(), *_oauth(), *_devices(), ("GET", "/user")),
    acts=(
        *((device, action, args) for device in _DEVICES for action, args in _ACTS),
        (None, "revoke_consent", {"email": "hillraymond@example.net"}),
        (None, "subscription", {}),
        (None, "subscription", {"active": True}),
        (None, "subuser_limit", {"limit": 3}),
        (None, "subuser_limit", {"limit": None}),
    ),
    refusals=("unavailable", "rate_limited", "invalid"),
)
