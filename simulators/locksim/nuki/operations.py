"""One function per operation of the document: look at the query, ask the domain, render.

Before each of them `door` has judged, in this order: is the bridge up (else the connection is reset), is it GET (405),
is it free (`observed`: 503), is the token the bridge's (401), is there such an endpoint on this bridge (404). The
operations then check 400, 404, 503 in their order.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from flask import Blueprint, Response, g, request

from locksim.engine.turn import Turn
from locksim.engine.wsgi import hang_up, parked, respond, this_turn
from locksim.nuki import auth, bridge, motor, radio, serialization
from locksim.nuki.errors import (
    BadRequest,
    Busy,
    Forbidden,
    LockOffline,
    NotOnSoftware,
    NukiError,
    UnknownPath,
    WrongMethod,
)
from locksim.nuki.motor_sequences import ACTION_NAMES
from locksim.nuki.state import CALLBACK_SLOTS, SOFTWARE, Callback, Lock, State

__all__ = ["SERVER_HOSTS", "api", "door", "refused"]

api = Blueprint("nuki", __name__)

SERVER_HOSTS = ("factory.nuki.io", "sse0.nuki.io", "api.nuki.io")
"""The Nuki server's names; the rest of the API is the bridge's alone."""

_DISCOVERY = "/discover/bridges"
_PATHS = (
    "/auth", "/configAuth", "/list", "/lockState", "/lockAction", "/unpair", "/info", "/callback/add",
    "/callback/list", "/callback/remove", "/log", "/clearlog", "/fwupdate", "/reboot", "/factoryReset", _DISCOVERY,
)  # fmt: skip
_HARDWARE_ONLY = frozenset({"/unpair", "/log", "/clearlog", "/fwupdate", "/reboot", "/factoryReset"})


# ---- at the door


def door() -> Response | None:
    """Who is answered by an operation, and who is not. See the module."""
    turn, environ = this_turn(), request.environ
    state: State = turn.state
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    if path == _DISCOVERY:
        _only_get(method)
        return None
    if environ.get("HTTP_HOST", "").partition(":")[0].lower() in SERVER_HOSTS:
        raise UnknownPath(f"the Nuki server has {_DISCOVERY} alone; call the bridge at its own address")
    if not state.bridge.answers(turn.now):
        return hang_up()
    _only_get(method)
    observed = turn.profile == serialization.OBSERVED
    if observed and any(turn.is_pending(pending_id) for pending_id in state.callers()):
        raise Busy("the bridge is still serving another call; send one request at a time")
    if path == "/auth":
        return None
    if observed and path == "/" and state.bridge.api_enabled:
        raise BadRequest(f"there is nothing at /; call one of {', '.join(_PATHS)}")
    g.query = query = serialization.parse_query(environ["QUERY_STRING"])
    auth.admit(turn.profile, state.bridge, query)
    if path not in _PATHS:
        raise UnknownPath(_no_such_path(path))
    if state.bridge.type == SOFTWARE and path in _HARDWARE_ONLY:
        raise NotOnSoftware(f"{path} is not available on a software bridge; read bridgeType in /info first")
    return None


def _only_get(method: str) -> None:
    if method != "GET":
        raise WrongMethod(f"{method[:20]!r} is none of the bridge's methods; every call is a GET")


def _no_such_path(path: str) -> str:
    near = get_close_matches(path[:60], _PATHS, n=1)
    return f"there is no {path[:60]!r}; " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(_PATHS)}")


def refused(error: NukiError) -> Response:
    """The one place where a refusal becomes an answer."""
    turn = this_turn()
    turn.near_miss(error.sentence)
    return respond(serialization.refusal(turn.profile, error))


# ---- /auth, /configAuth, discovery


@api.get("/auth")
def authorize() -> Response:
    """/auth: wait up to 30 s for the bridge's button."""
    turn, state = _here()
    if not state.bridge.auth_enabled:
        raise Forbidden("/auth is disabled: enable it by /configAuth?enable=1 with the token, or in the app")
    bridge.open_window(turn, state)
    return parked()


@api.get("/configAuth")
def configure_auth() -> Response:
    """/configAuth: switch /auth and discovery."""
    turn, state = _here()
    bridge.set_auth(turn, state, on=serialization.parse_flag("enable", _values("enable")))
    return _json({"success": True})


@api.get(_DISCOVERY)
def discover() -> Response:
    """Discovery: the Nuki server's, and so open to all, also while the bridge is down."""
    turn, state = _here()
    return _json(serialization.render_discovery(state.bridge, turn.url("bridge"), turn.now))


# ---- locks


@api.get("/list")
def list_locks() -> Response:
    """/list: what the bridge last knew of each paired lock."""
    turn, state = _here()
    state.write(turn.now, "HTTP-List")
    return _json(serialization.render_list(turn.profile, state))


@api.get("/lockState")
def lock_state() -> Response:
    """/lockState: ask the lock itself."""
    turn, state = _here()
    lock = _reachable(state)
    state.write(turn.now, "HTTP-LockState", lock)
    radio.read(turn, state, lock)
    return _json(serialization.render_lock_state(turn.profile, lock))


@api.get("/lockAction")
def lock_action() -> Response:
    """/lockAction: start a course; wait for it to be done, unless noWait."""
    turn, state = _here()
    action = serialization.parse_action(_values("action"))
    no_wait = serialization.parse_flag("noWait", _values("noWait"), default=False)
    lock = _reachable(state)
    state.write(turn.now, "HTTP-LockActionStart", lock, action=ACTION_NAMES[action])
    if not motor.obeys(turn, state, lock):
        return _json(serialization.render_action(success=False, critical=lock.battery_critical))
    motor.begin(turn, state, lock, action)
    if no_wait:
        return _json(serialization.render_action(success=True, critical=lock.battery_critical))
    motor.wait(turn, lock)
    return parked()


@api.get("/unpair")
def unpair() -> Response:
    """/unpair: forget a lock."""
    turn, state = _here()
    bridge.unpair(turn, state.known_lock(serialization.parse_id(_values("nukiId"))))
    return _json({"success": True})


# ---- the bridge


@api.get("/info")
def info() -> Response:
    """/info: the bridge, and which locks it hears."""
    turn, state = _here()
    state.write(turn.now, "HTTP-Info")
    return _json(serialization.render_info(turn.profile, state, turn.now))


@api.get("/callback/add")
def add_callback() -> Response:
    """/callback/add: into the lowest free slot."""
    _, state = _here()
    url, callbacks = serialization.parse_url(_values("url")), state.bridge.callbacks
    if any(callback.url == url for callback in callbacks):
        return _json({"success": False, "message": "callback already added"})
    free = [slot for slot in range(CALLBACK_SLOTS) if slot not in {callback.id for callback in callbacks}]
    if not free:
        return _json({"success": False, "message": "too many callbacks registered"})
    callbacks.insert(free[0], Callback(free[0], url))
    return _json({"success": True})


@api.get("/callback/list")
def list_callbacks() -> Response:
    """/callback/list."""
    _, state = _here()
    return _json(serialization.render_callbacks(state.bridge))


@api.get("/callback/remove")
def remove_callback() -> Response:
    """/callback/remove: free a slot; the others keep their ids."""
    _, state = _here()
    taken = [callback.id for callback in state.bridge.callbacks]
    slot = serialization.parse_slot(_values("id"), taken)
    del state.bridge.callbacks[taken.index(slot)]
    return _json({"success": True})


# ---- maintenance, on the hardware bridge alone


@api.get("/log")
def log() -> Response:
    """/log: newest first, this call included."""
    turn, state = _here()
    offset = serialization.parse_count("offset", _values("offset"), 0)
    count = serialization.parse_count("count", _values("count"), 100)
    state.write(turn.now, "HTTP-Log")
    newest_first = state.bridge.log[::-1]
    return _json(serialization.render_log(turn.profile, newest_first[offset : offset + count]))


@api.get("/clearlog")
def clear_log() -> Response:
    """/clearlog."""
    _, state = _here()
    state.bridge.log.clear()
    return respond(serialization.silence())


@api.get("/fwupdate")
def update_firmware() -> Response:
    """/fwupdate: install the next version and restart."""
    turn, state = _here()
    bridge.update_firmware(turn, state)
    return respond(serialization.silence())


@api.get("/reboot")
def reboot() -> Response:
    """/reboot."""
    turn, state = _here()
    bridge.restart(turn, state)
    return respond(serialization.silence())


@api.get("/factoryReset")
def factory_reset() -> Response:
    """/factoryReset."""
    turn, state = _here()
    bridge.factory_reset(turn, state)
    return respond(serialization.silence())


# ---- in and out


def _here() -> tuple[Turn, State]:
    turn = this_turn()
    return turn, turn.state


def _values(name: str) -> list[str]:
    """All values of a query parameter."""
    values: list[str] = g.query.get(name, [])
    return values


def _reachable(state: State) -> Lock:
    """The paired lock that the query names. Raises UnknownLock, LockOffline."""
    lock = state.known_lock(serialization.parse_id(_values("nukiId")))
    if not lock.reachable:
        raise LockOffline(f"Smart Lock {lock.id} is offline: out of reach or without batteries; try again later")
    return lock


def _json(document: Any) -> Response:
    return respond(serialization.answer(this_turn().profile, document))
