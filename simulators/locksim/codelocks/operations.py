"""Every operation of the API, one row each, and the checks before them.

The checks judge first, in this order: is there such an operation (403); is the API key right (403); is the quota used up
(429); are all required parameters given (404), each once (400). The parameters then judge 400 and 404 in the order of the
row. What depends on several parameters is judged by the handler.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Literal

from locksim.api.context import Arguments, Context
from locksim.api.multipart import is_multipart, parse_multipart
from locksim.api.near_miss import suggest
from locksim.api.operations import Api, Operation, Parameter
from locksim.api.query import parse_pairs
from locksim.codelocks import auth, clients, keypad, netcode, serialization
from locksim.codelocks.durations import INIT_MODELS, K3CONNECT, KL1060
from locksim.codelocks.errors import CodelocksError, InvalidData, MissingParameter, NoLock, NoSuchRoute
from locksim.codelocks.state import Client, K3Lock, State
from locksim.engine.inputs import Answer

__all__ = ["API"]

Where = Literal["query", "form"]


class Request(Context[State]):
    """A request whose form may also be multipart."""

    @cached_property
    def form(self) -> dict[str, list[str]]:
        """The body's form fields → their values: multipart if the Content-Type says so, else URL-encoded."""
        content_type = self.header("Content-Type") or ""
        return parse_multipart(content_type, self.body) if is_multipart(content_type) else parse_pairs(self.body)


# ---- checks


def _check_route(context: Request) -> None:
    """Refuse what the gateway has no route for. It treats a wrong method like a wrong path."""
    if context.operation is None or context.operation.method != context.method:
        near = suggest(f"{context.method[:9]} {context.path[:90]}", [row.id for row in API], cutoff=0.4)
        raise NoSuchRoute(f"there is no {context.method[:20]!r} {context.path[:60]!r}; {near}")


def _check_key(context: Request) -> None:
    auth.check_key(context.state, context.header("x-api-key"))


def _check_quota(context: Request) -> None:
    """Count the call, whatever it is answered."""
    context.state.count_call(context.turn.now, context.operation.quota, limits=context.turn.limits)


def _check_required(context: Request) -> None:
    """Refuse a call without all of its required parameters (and list them all), then a repeated one."""
    required = [p for p in context.operation.parameters if p.required]
    values = {p.name: _given(context, p) for p in required}
    missing = [p for p in required if not any(values[p.name])]
    if missing:
        raise MissingParameter([p.name for p in missing], missing[0].where)
    for name, given in values.items():
        serialization.parse_once(name, given)


def _given(context: Request, parameter: Parameter[Request]) -> Sequence[str]:
    if parameter.where == "path":
        return [context.path_values.get(parameter.name, "")]
    return (context.form if parameter.where == "form" else context.query).get(parameter.name, [])


# ---- parameters


def _required(name: str, where: Where, parse: Callable[[str], Any] = str, argument: str = "") -> Parameter[Request]:
    """Return a parameter of which `_check_required` has made sure that it is there once."""
    return Parameter(name, where, lambda _, values: parse(values[0]), required=True, argument=argument)


def _optional(name: str, default: str, parse: Callable[[str], Any]) -> Parameter[Request]:
    """Return a query parameter that may be missing or empty."""

    def read(_: Request, values: Sequence[str]) -> Any:
        return parse(serialization.parse_once(name, values) if any(values) else default)

    return Parameter(name, "query", read)


def _path_id(parse: Callable[[str], Any]) -> Parameter[Request]:
    return Parameter("id", "path", lambda _, text: parse(text), required=True)


def _netcode_id(text: str) -> str:
    if len(text) not in (12, 32):
        raise InvalidData("ID", "12 or 32 characters")
    return text.lower()


def _account(context: Request, values: Sequence[str]) -> None:
    context.state.check_access_key(values[0])


def _account_lock(context: Request, values: Sequence[str]) -> K3Lock:
    """Check the access key, then return the lock of the path."""
    return _k3lock(context, context.path_values["id"], values[0])


def _k3lock(context: Request, id: str, access_key: str) -> K3Lock:
    """Return the account's lock. An unknown id is 400 here: the document's 404 is for missing parameters."""
    lock_id = serialization.parse_k3_id(id)
    context.state.check_access_key(access_key)
    try:
        return context.state.k3lock(lock_id)
    except NoLock as error:
        raise InvalidData("ID", "a lock of the account", error.sentence) from None


def _client(context: Request, values: Sequence[str]) -> Client:
    return context.state.k3lock(context.path_values["id"]).client(values[0])


def _positive(name: str, title: str) -> Parameter[Request]:
    return _required(name, "query", lambda text: serialization.parse_positive(title, text))


_ACCESS_KEY = Parameter[Request]("accesskey", "query", _account, required=True)
_ID = _path_id(str)
_LOCK = (_ID, Parameter[Request]("accesskey", "query", _account_lock, required=True, argument="lock"))
_LOCK_OF_FORM = (_ID, Parameter[Request]("accesskey", "form", _account_lock, required=True, argument="lock"))
_CLIENT = Parameter[Request]("clientemail", "form", _client, required=True, argument="client")
_PERIODS = _required("activeperiods", "form", serialization.parse_periods, "periods")
_PAGE = (_positive("page", "Page"), _positive("perpage", "Per Page"))


# ---- NetCodes


def make_netcode(context: Request, arguments: Arguments) -> Answer:
    """Make a NetCode: for a KitLock by its timecode, for a K3Connect lock by its id."""
    profile, lock, model = context.turn.profile, arguments["id"], arguments["lockmodel"]
    identifier, zone = _initialisation(context, lock, model, arguments["identifier"])
    duration = serialization.parse_duration(arguments["duration"], model)
    start = serialization.parse_start(profile, arguments["start"], duration)
    code = netcode.code_of(model, lock, identifier, duration, start)
    return _json(
        context,
        serialization.render_netcode(profile, lock, model, duration, start, code, arguments["start"], zone),
    )


def _initialisation(context: Request, id: str, model: str, identifier: str) -> tuple[str, str]:
    """Return the identifier that goes into the code, and the zone of the lock's clock."""
    if model == K3CONNECT:
        return "", _k3lock(context, id, identifier).zone
    if keypad.timecode_us(id) is None:
        raise InvalidData("ID", f"the timecode of a {model}, yyyyMMddhhmm")
    return serialization.parse_identifier(identifier), "UTC"


# ---- utilities


def initialise(context: Request, arguments: Arguments) -> Answer:
    """Make the sequence that initialises a KitLock now."""
    turn, state, model = context.turn, context.state, arguments["lockmodel"]
    identifier = keypad.DEFAULT_IDENTIFIER
    if arguments["randomid"]:
        state.identifiers_made += 1
        identifier = turn.random("identifier", state.identifiers_made).text(6, "0123456789")
    timecode = keypad.timecode_of(turn.now)
    sequence = keypad.sequence_of(model, arguments["mastercode"], timecode, identifier)
    form = keypad.sequence_format(model)
    return _json(context, serialization.render_init(keypad.FACTORY_MASTER, form, sequence, timecode))


def list_durations(context: Request, arguments: Arguments) -> Answer:
    """List durations, or modes."""
    if arguments["operation"] == "modes":
        return _json(context, serialization.render_modes(arguments["lockmodel"]))
    return _json(context, serialization.render_durations(context.turn.profile, arguments["lockmodel"]))


def show_duration(context: Request, arguments: Arguments) -> Answer:
    """Show one duration with its rules."""
    model = arguments["lockmodel"]
    duration = serialization.parse_duration(arguments["id"], model)
    return _json(context, serialization.render_duration(context.turn.profile, model, duration))


# ---- K3Connect


def list_k3locks(context: Request, _: Arguments) -> Answer:
    """List the account's K3Connect locks."""
    profile, now = context.turn.profile, context.turn.now
    locks = context.state.k3locks
    return _json(context, [serialization.render_k3lock(profile, lock, now, single=False) for lock in locks])


def show_k3lock(context: Request, arguments: Arguments) -> Answer:
    """Show one lock. Only here the document's 404 means that there is no such lock."""
    lock = context.state.k3lock(arguments["id"])
    return _json(context, serialization.render_k3lock(context.turn.profile, lock, context.turn.now, single=True))


def show_account(context: Request, _: Arguments) -> Answer:
    """Show the account that the access key belongs to."""
    return _json(context, serialization.render_account(context.turn.profile, context.state.email))


def show_sample(context: Request, _: Arguments) -> Answer:
    """Show a sample of active periods, and its schema."""
    return _json(context, serialization.render_sample())


def list_clients(context: Request, arguments: Arguments) -> Answer:
    """List a page of a lock's clients."""
    return _json(context, serialization.render_clients(arguments["lock"], arguments["page"], arguments["perpage"]))


def invite_client(context: Request, arguments: Arguments) -> Answer:
    """Invite a person to become a client."""
    lock, email, periods = arguments["lock"], arguments["email"], arguments["periods"]
    clients.invite(context.state, lock, email, periods, arguments["access"], arguments["message"])
    return _json(context, serialization.render_result("Invited"))


def update_client(context: Request, arguments: Arguments) -> Answer:
    """Replace a client's active periods."""
    arguments["client"].periods = arguments["periods"]
    return _changed(context, "Updated", arguments)


def suspend_or_restore_client(context: Request, arguments: Arguments) -> Answer:
    """Suspend a client, or restore one."""
    clients.change_status(arguments["lock"], arguments["client"], arguments["action"])
    return _changed(context, "Suspended" if arguments["action"] == "SUSPEND" else "Restored", arguments)


def delete_client(context: Request, arguments: Arguments) -> Answer:
    """Delete a client."""
    clients.change_status(arguments["lock"], arguments["client"], "delete")
    return _changed(context, "Deleted", arguments)


def show_audit(context: Request, arguments: Arguments) -> Answer:
    """List a page of the events that a lock has reported."""
    page, size, newest_first = arguments["page"], arguments["perpage"], arguments["newest_first"]
    return _json(context, serialization.render_audit(arguments["lock"], page, size, newest_first=newest_first))


# ---- the table


def _json(context: Request, document: Any) -> Answer:
    return serialization.answer(context.turn, document)


def _changed(context: Request, result: str, arguments: Arguments) -> Answer:
    return _json(context, serialization.render_result(result, arguments["lock"], arguments["client"]))


def _refuse(context: Request, error: CodelocksError) -> Answer:
    return serialization.refusal(context.turn, error)


_K3 = "/u/1/k3connect"
_ANY_MODEL = _optional("lockmodel", KL1060, serialization.parse_model)

API = Api(
    operations=(
        Operation(
            "GET",
            "/n/1/netcode/{id}",
            make_netcode,
            "write",  # it changes nothing, but each call is paid for
            "GET …/netcode/{id}",
            parameters=(
                _path_id(_netcode_id),
                _required("start", "query"),
                _required("duration", "query"),
                _required("lockmodel", "query", serialization.parse_model),
                _required("identifier", "query"),
            ),
            quota="netcode",
        ),
        Operation(
            "GET",
            "/u/1/init",
            initialise,
            "read",
            "GET …/init",
            parameters=(
                _optional("lockmodel", KL1060, lambda text: serialization.parse_model(text, INIT_MODELS)),
                _optional("mastercode", keypad.FACTORY_MASTER, serialization.parse_master),
                _optional("timezone", "UTC", serialization.parse_zone),
                _optional("randomid", "false", serialization.parse_random),
            ),
            quota="utility",
        ),
        Operation(
            "GET",
            "/u/1/durations",
            list_durations,
            "read",
            "GET …/durations",
            parameters=(
                _optional("lockmodel", "", lambda text: serialization.parse_model(text) if text else None),
                _optional("operation", "durations", serialization.parse_operation),
            ),
            quota="utility",
        ),
        Operation(
            "GET",
            "/u/1/duration/{id}",
            show_duration,
            "read",
            "GET …/duration/{id}",
            short_path="/u/1/duration",
            parameters=(_ANY_MODEL, _ID),
            quota="utility",
        ),
        Operation("GET", _K3, list_k3locks, "read", "GET …/k3connect", parameters=(_ACCESS_KEY,), quota="utility"),
        Operation(
            "GET",
            f"{_K3}/{{id}}",
            show_k3lock,
            "read",
            "GET …/k3connect/{id}",
            parameters=(_ACCESS_KEY, _ID),
            quota="utility",
        ),
        Operation(
            "GET",
            f"{_K3}/account",
            show_account,
            "read",
            "GET …/k3connect/account",
            parameters=(_ACCESS_KEY,),
            quota="utility",
        ),
        Operation(
            "GET",
            f"{_K3}/{{id}}/clients",
            list_clients,
            "read",
            "GET …/k3connect/{id}/clients",
            parameters=(*_LOCK, *_PAGE),
            quota="utility",
        ),
        Operation(
            "POST",
            f"{_K3}/{{id}}/client",
            invite_client,
            "destructive",
            "POST …/k3connect/{id}/client",
            parameters=(
                *_LOCK_OF_FORM,
                _required("clientemail", "form", argument="email"),
                _PERIODS,
                _required("accesstype", "form", serialization.parse_access, "access"),
                _required("message", "form", serialization.parse_message),
            ),
            quota="utility",
        ),
        Operation(
            "PUT",
            f"{_K3}/{{id}}/client",
            update_client,
            "destructive",
            "PUT …/k3connect/{id}/client",
            parameters=(*_LOCK_OF_FORM, _CLIENT, _PERIODS),
            quota="utility",
        ),
        Operation(
            "PATCH",
            f"{_K3}/{{id}}/client",
            suspend_or_restore_client,
            "destructive",
            "PATCH …/k3connect/{id}/client",
            parameters=(*_LOCK_OF_FORM, _CLIENT, _required("action", "form", serialization.parse_action)),
            quota="utility",
        ),
        Operation(
            "DELETE",
            f"{_K3}/{{id}}/client",
            delete_client,
            "destructive",
            "DELETE …/k3connect/{id}/client",
            parameters=(*_LOCK_OF_FORM, _CLIENT),
            quota="utility",
        ),
        Operation(
            "GET",
            f"{_K3}/{{id}}/audit",
            show_audit,
            "read",
            "GET …/k3connect/{id}/audit",
            parameters=(
                *_LOCK,
                *_PAGE,
                _required("pageorder", "query", serialization.parse_newest_first, "newest_first"),
            ),
            quota="utility",
        ),
        Operation(
            "GET", f"{_K3}/help/spcconfig", show_sample, "read", "GET …/k3connect/help/spcconfig", quota="utility"
        ),
    ),
    checks=(_check_route, _check_key, _check_quota, _check_required),
    refuse=_refuse,
    context=Request,
    error=CodelocksError,
)
