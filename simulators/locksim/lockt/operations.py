"""One function per operation of the document: look at the query or the body, ask the domain, render.

Before each of them `door` has judged, in this order: HTTPS, where the tester has asked for it (400), the credentials
(401), the endpoint (404) and its method (405), the Content-Type (400), and for what reads whether the customer's
instance answers (500).
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from flask import Blueprint, Response, request

from locksim.engine.turn import Turn
from locksim.engine.wsgi import parked, respond, this_turn
from locksim.lockt import auth, batches, events, serialization
from locksim.lockt.errors import LocktError, NotFound, Unexpected, WrongMethod
from locksim.lockt.state import State

__all__ = ["BASE", "OPERATIONS", "PENDING", "api", "door", "refused"]

BASE = "/api/v1"

OPERATIONS: dict[str, tuple[str, ...]] = {
    "/user": ("GET", "POST"),
    "/uservalidate": ("POST",),
    "/credential": ("GET", "POST"),
    "/credentialsummary": ("GET",),
    "/events": ("GET",),
    "/door": ("GET", "POST"),
    "/doorstate": ("GET",),
    "/fob": ("GET", "POST", "PUT"),
    "/fobcheck": ("GET",),
    "/schedule": ("GET",),
    "/accesslevel": ("GET",),
    "/nextcardnum": ("GET",),
}
"""The endpoint table: path → methods."""

PENDING = frozenset({("POST", "/uservalidate"), ("POST", "/credential"), ("GET", "/fobcheck"), ("GET", "/nextcardnum")})
"""What the table calls pending release: there while the world's switch is on."""

api = Blueprint("lockt", __name__, url_prefix=BASE)


# ---- at the door


def door() -> None:
    """Who is answered by an operation, and who is not. See the module."""
    _, state = _here()
    environ = request.environ
    method: str = environ["REQUEST_METHOD"]
    auth.secure(state, environ["wsgi.url_scheme"])
    auth.admit(state, environ)
    path = _endpoint(environ["PATH_INFO"])
    methods = [m for m in OPERATIONS.get(path, ()) if state.pending_release or (m, path) not in PENDING]
    if not methods:
        raise NotFound(_no_such(environ["PATH_INFO"]))
    if method not in methods:
        wrong = WrongMethod(f"{path} has {', '.join(methods)}, and not {method[:20]!r}")
        wrong.allow = ", ".join(methods)
        raise wrong
    auth.content_type(environ)
    if method == "GET" and state.instance_down:
        raise Unexpected("the instance of SecureAccess does not answer; ask again later")


def _endpoint(path: str) -> str:
    """Without the base, and without a trailing slash, which the vendor's own sample has."""
    return path.removeprefix(BASE).removesuffix("/") if path.startswith(BASE + "/") else ""


def _no_such(path: str) -> str:
    near = get_close_matches(path[:60].removeprefix(BASE), OPERATIONS, n=1)
    there = f"did you mean {BASE}{near[0]}?" if near else f"there are {', '.join(BASE + p for p in OPERATIONS)}"
    return f"there is no {path[:60]!r}; {there}"


def refused(error: LocktError) -> Response:
    """The one place where a refusal becomes an answer."""
    turn = this_turn()
    turn.near_miss(error.sentence)
    return respond(serialization.refusal(request.method, error))


# ---- users


@api.get("/user")
def list_users() -> Response:
    """/user: all card holders; one by `id` or by `idnum`."""
    _, state = _here()
    query = serialization.parse_query(request.environ["QUERY_STRING"])
    number, id_num = serialization.parse_number(query, "id"), serialization.parse_text(query, "idnum")
    if number is None and id_num is None:
        return _data(serialization.render_user(state, user, levels=True) for user in state.visible_users())
    return _data(
        serialization.render_user(state, user, levels=False)
        for user in state.visible_users()
        if number in (None, user.id) and id_num in (None, user.id_num)
    )


@api.post("/user")
def save_users() -> Response:
    """/user: create or update up to 100."""
    return _batch("users")


@api.post("/uservalidate")
def validate_users() -> Response:
    """/uservalidate: the same, and nothing is committed."""
    return _batch("uservalidate")


# ---- credentials


@api.get("/credential")
def list_credentials() -> Response:
    """/credential: all of them, with their holders."""
    _, state = _here()
    return _data(serialization.render_credential(state, credential) for credential in state.credentials.values())


@api.post("/credential")
def reissue_credentials() -> Response:
    """/credential: new registration keys."""
    return _batch("credentials")


@api.get("/credentialsummary")
def summarize_credentials() -> Response:
    """/credentialsummary: how many are claimed."""
    _, state = _here()
    return _data(serialization.render_summary(state.credentials.values()))


@api.get("/nextcardnum")
def next_card_number() -> Response:
    """/nextcardnum: one more than the highest."""
    _, state = _here()
    cards = [*(c.card_num for c in state.credentials.values()), *(f.card_num for f in state.fobs.values())]
    return _data([{"card_num": str(max((int(card) for card in cards if card), default=0) + 1)}])


# ---- events


@api.get("/events")
def list_events() -> Response:
    """/events: the cache, newest first; with `id`, what came after that event."""
    turn, state = _here()
    after = serialization.parse_number(serialization.parse_query(request.environ["QUERY_STRING"]), "id")
    bridge = "Switch™ Bridge"
    return _data(serialization.render_event(event, bridge) for event in events.arrived(state, turn.now, after))


# ---- doors, schedules, access levels


@api.get("/door")
def list_doors() -> Response:
    """/door."""
    _, state = _here()
    return _data(map(serialization.render_door, state.doors.values()))


@api.post("/door")
def create_doors() -> Response:
    """/door: create up to 100."""
    return _batch("doors")


@api.get("/doorstate")
def door_states() -> Response:
    """/doorstate: battery levels."""
    turn, state = _here()
    return _data(serialization.render_door_state(one, turn.now) for one in state.doors.values())


@api.get("/schedule")
def list_schedules() -> Response:
    """/schedule."""
    _, state = _here()
    return _data(map(serialization.render_schedule, state.schedules.values()))


@api.get("/accesslevel")
def list_access_levels() -> Response:
    """/accesslevel."""
    _, state = _here()
    return _data(serialization.render_level(state, level) for level in state.levels.values())


# ---- fobs


@api.get("/fob")
def list_fobs() -> Response:
    """/fob."""
    _, state = _here()
    return _data(serialization.render_fob(state, fob) for fob in state.fobs.values())


@api.post("/fob")
def create_fobs() -> Response:
    """/fob: create up to 100."""
    return _batch("fobs")


@api.put("/fob")
def reassign_fobs() -> Response:
    """/fob: give fobs to other users; answered at once."""
    turn, state = _here()
    return respond(batches.perform(turn, state, "reassign", request.get_data()))


@api.get("/fobcheck")
def check_fobs() -> Response:
    """/fobcheck: when each fob was last used."""
    _, state = _here()
    return _data(map(serialization.render_fob_check, state.fobs.values()))


# ---- in and out


def _here() -> tuple[Turn, State]:
    turn = this_turn()
    return turn, turn.state


def _batch(kind: str) -> Response:
    turn, state = _here()
    batches.begin(turn, state, kind, request.get_data())
    return parked()


def _data(records: Iterable[dict[str, Any]]) -> Response:
    return respond(serialization.answer(records))
