"""One function per operation of the document: look at the parameters, ask the domain, render.

Before each of them `door` has been the gateway: the path and the method (403), the key (403), the quota (429). The
operations then check in the order 404 (what is missing), 400 (what is none).
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

from flask import Blueprint, Response, request

from locksim.codelocks import auth, clients, keypad, netcode, serialization
from locksim.codelocks.durations import INIT_MODELS, K3CONNECT, KL1060
from locksim.codelocks.errors import CodelocksError, InvalidData, NoLock, NoSuchRoute
from locksim.codelocks.state import K3_ID, K3Lock, Kind, State
from locksim.engine.turn import Turn
from locksim.engine.wsgi import respond, this_turn

__all__ = ["api", "door", "refused"]

api = Blueprint("codelocks", __name__)

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_K3 = "/u/1/k3connect"
_PATHS = (
    "GET /n/1/netcode/{id}", "GET /u/1/init", "GET /u/1/durations", "GET /u/1/duration/{id}", f"GET {_K3}",
    f"GET {_K3}/{{id}}", f"GET {_K3}/account", f"GET {_K3}/{{id}}/clients", f"POST {_K3}/{{id}}/client",
    f"PUT {_K3}/{{id}}/client", f"PATCH {_K3}/{{id}}/client", f"DELETE {_K3}/{{id}}/client", f"GET {_K3}/{{id}}/audit",
    f"GET {_K3}/help/spcconfig",
)  # fmt: skip


# ---- at the door


def door() -> None:
    """The gateway. See the module."""
    turn, state = _here()
    path, method = request.environ["PATH_INFO"], request.environ["REQUEST_METHOD"]
    if request.routing_exception is not None or method not in _METHODS:
        raise NoSuchRoute(_no_such_route(method, path))
    kind: Kind = "netcode" if path.startswith("/n/") else "utility"
    auth.admit(state, request.headers.get("x-api-key"), kind, turn.now, limits=turn.limits)


def _no_such_route(method: str, path: str) -> str:
    near = get_close_matches(f"{method[:9]} {path[:90]}", _PATHS, n=1, cutoff=0.4)
    better = f"did you mean {near[0]}?" if near else f"there are {', '.join(_PATHS)}"
    return f"there is no {method[:20]!r} {path[:60]!r}; {better}"


def refused(error: CodelocksError) -> Response:
    """The one place where a refusal becomes an answer."""
    turn = this_turn()
    turn.near_miss(error.sentence)
    return respond(serialization.refusal(turn, error))


# ---- NetCodes


@api.get("/n/1/netcode/<id>")
def make_netcode(id: str) -> Response:
    """NetCode: for a KitLock by its timecode, for a K3Connect lock by its id."""
    turn, state = _here()
    original, length, named, identifier = serialization.required(
        _query(), "query", "start", "duration", "lockmodel", "identifier"
    )
    if len(id) not in (12, 32):
        raise InvalidData("ID", "12 or 32 characters")
    model, zone = serialization.parse_model(named), "UTC"
    if model == K3CONNECT:
        lock = _k3lock_named(state, id, identifier)
        identifier, zone = "", lock.zone
    else:
        if keypad.timecode_us(id) is None:
            raise InvalidData("ID", f"the timecode of a {model}, yyyyMMddhhmm")
        identifier = serialization.parse_identifier(identifier)
    duration = serialization.parse_duration(length, model)
    start = serialization.parse_start(turn.profile, original, duration)
    code = netcode.code_of(model, id.lower(), identifier, duration, start)
    return _json(serialization.render_netcode(turn.profile, id.lower(), model, duration, start, code, original, zone))


# ---- utilities


@api.get("/u/1/init")
def initialisation() -> Response:
    """Initialisation: what to type into a lock, now."""
    turn, state = _here()
    query = _query()
    model = serialization.parse_model(serialization.optional(query, "lockmodel", KL1060), INIT_MODELS)
    master = serialization.parse_master(serialization.optional(query, "mastercode", keypad.FACTORY_MASTER))
    serialization.parse_zone(serialization.optional(query, "timezone", "UTC"))
    identifier = keypad.DEFAULT_IDENTIFIER
    if serialization.parse_random(serialization.optional(query, "randomid", "false")):
        state.identifiers_made += 1
        identifier = turn.random("identifier", state.identifiers_made).text(6, "0123456789")
    timecode = keypad.timecode_of(turn.now)
    sequence = keypad.sequence_of(model, master, timecode, identifier)
    return _json(serialization.render_init(keypad.FACTORY_MASTER, keypad.sequence_format(model), sequence, timecode))


@api.get("/u/1/durations")
def list_durations() -> Response:
    """Durations, or modes."""
    query = _query()
    named = serialization.optional(query, "lockmodel", "")
    model = serialization.parse_model(named) if named else None
    if serialization.parse_operation(serialization.optional(query, "operation", "durations")) == "modes":
        return _json(serialization.render_modes(model))
    return _json(serialization.render_durations(this_turn().profile, model))


@api.get("/u/1/duration/<id>")
def show_duration(id: str) -> Response:
    """Duration: one, with its rules."""
    model = serialization.parse_model(serialization.optional(_query(), "lockmodel", KL1060))
    return _json(serialization.render_duration(this_turn().profile, model, serialization.parse_duration(id, model)))


# ---- K3Connect


@api.get("/u/1/k3connect")
def list_k3locks() -> Response:
    """All K3Connect locks of the account."""
    turn, state = _account(_query(), "query")
    return _json([serialization.render_k3lock(turn.profile, lock, turn.now, single=False) for lock in state.k3locks])


@api.get("/u/1/k3connect/<id>")
def show_k3lock(id: str) -> Response:
    """One of them; the only operation whose 404 is the lock's."""
    turn, state = _account(_query(), "query")
    return _json(serialization.render_k3lock(turn.profile, state.k3lock(id), turn.now, single=True))


@api.get("/u/1/k3connect/account")
def show_account() -> Response:
    """Whose access key it is."""
    turn, state = _account(_query(), "query")
    return _json(serialization.render_account(turn.profile, state.email))


@api.get("/u/1/k3connect/help/spcconfig")
def show_sample() -> Response:
    """What active periods look like."""
    return _json(serialization.render_sample())


@api.get("/u/1/k3connect/<id>/clients")
def list_clients(id: str) -> Response:
    """A page of a lock's clients."""
    _, state = _here()
    access_key, page, size = serialization.required(_query(), "query", "accesskey", "page", "perpage")
    lock = _k3lock_named(state, id, access_key)
    return _json(
        serialization.render_clients(
            lock, serialization.parse_positive("Page", page), serialization.parse_positive("Per Page", size)
        )
    )


@api.get("/u/1/k3connect/<id>/audit")
def show_audit(id: str) -> Response:
    """A page of what the server has heard of a lock."""
    _, state = _here()
    access_key, page, size, order = serialization.required(
        _query(), "query", "accesskey", "page", "perpage", "pageorder"
    )
    lock = _k3lock_named(state, id, access_key)
    number, length = serialization.parse_positive("Page", page), serialization.parse_positive("Per Page", size)
    return _json(serialization.render_audit(lock, number, length, newest_first=serialization.parse_order(order)))


@api.post("/u/1/k3connect/<id>/client")
def invite_client(id: str) -> Response:
    """Invite somebody."""
    names = ("accesskey", "clientemail", "activeperiods", "accesstype", "message")
    _, state = _here()
    access_key, email, periods, access, message = serialization.required(_form(), "form", *names)
    lock = _k3lock_named(state, id, access_key)
    given = (
        serialization.parse_periods(periods),
        serialization.parse_access(access),
        serialization.parse_message(message),
    )
    clients.invite(state, lock, email, *given)
    return _json(serialization.render_result("Invited"))


@api.put("/u/1/k3connect/<id>/client")
def update_client(id: str) -> Response:
    """Change a client's active periods."""
    _, state = _here()
    access_key, email, periods = serialization.required(_form(), "form", "accesskey", "clientemail", "activeperiods")
    lock = _k3lock_named(state, id, access_key)
    client = lock.client(email)
    client.periods = serialization.parse_periods(periods)
    return _json(serialization.render_result("Updated", lock, client))


@api.patch("/u/1/k3connect/<id>/client")
def switch_client(id: str) -> Response:
    """Suspend or restore a client."""
    _, state = _here()
    access_key, email, action = serialization.required(_form(), "form", "accesskey", "clientemail", "action")
    lock = _k3lock_named(state, id, access_key)
    client, step = lock.client(email), serialization.parse_step(action)
    clients.move(lock, client, step)
    return _json(serialization.render_result("Suspended" if step == "SUSPEND" else "Restored", lock, client))


@api.delete("/u/1/k3connect/<id>/client")
def delete_client(id: str) -> Response:
    """Delete a client."""
    _, state = _here()
    access_key, email = serialization.required(_form(), "form", "accesskey", "clientemail")
    lock = _k3lock_named(state, id, access_key)
    client = lock.client(email)
    clients.move(lock, client, "delete")
    return _json(serialization.render_result("Deleted", lock, client))


# ---- in and out


def _here() -> tuple[Turn, State]:
    turn = this_turn()
    return turn, turn.state


def _query() -> dict[str, list[str]]:
    return serialization.parse_pairs(request.environ["QUERY_STRING"].encode("latin-1", "replace"))


def _form() -> dict[str, list[str]]:
    """The body as a form, whatever its Content-Type says."""
    return serialization.parse_pairs(request.get_data())


def _account(pairs: dict[str, list[str]], where: str) -> tuple[Turn, State]:
    """The account that the access key opens."""
    turn, state = _here()
    (access_key,) = serialization.required(pairs, where, "accesskey")
    state.enter(access_key)
    return turn, state


def _k3lock_named(state: State, id: str, access_key: str) -> K3Lock:
    """The lock that a path names, where 404 speaks of parameters: an id of no lock is invalid data."""
    if not re.fullmatch(K3_ID.strip("^$"), id.lower(), re.ASCII):
        raise InvalidData("ID", "the 32 characters of a K3Connect lock id")
    state.enter(access_key)
    try:
        return state.k3lock(id)
    except NoLock as none:
        raise InvalidData("ID", "a lock of the account", none.sentence) from None


def _json(document: Any) -> Response:
    return respond(serialization.answer(this_turn(), document))
