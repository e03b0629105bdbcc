"""Every operation of the Cloud API, one row each, and the checks before them.

The checks judge in this order: HTTPS, where the tester has asked for it (400); the credentials (401); the endpoint
(404) and its method (405); the Content-Type (400); and, for reads, whether the customer's instance answers (500).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from locksim.api.context import WAITING, Arguments, Context
from locksim.api.near_miss import suggest
from locksim.api.operations import Api, Operation, Parameter
from locksim.engine.inputs import Answer
from locksim.lockt import auth, batches, events, serialization
from locksim.lockt.errors import LocktError, NotFound, Unexpected, WrongMethod
from locksim.lockt.indexes import indexes_of
from locksim.lockt.serialization import Batch
from locksim.lockt.state import Kind, State

__all__ = ["API"]

_PENDING_RELEASE = frozenset({"pending release"})
"""Operations that the document's endpoint table calls so: they exist while the world's switch is on."""

_CONTROLLER = "Switch™ Bridge"

Request = Context[State]


# ---- checks


def _check_https(context: Request) -> None:
    auth.check_https(context.state, context.environ["wsgi.url_scheme"])


def _check_credentials(context: Request) -> None:
    auth.check_credentials(context.state, context.header("apiuser"), context.header("apikey"))


def _check_operation(context: Request) -> None:
    """Operations that are not released count as absent."""
    path = _without_slash(context.path).removeprefix(API.base)
    rows = [row for row in API if API.base + row.path == _without_slash(context.path)]
    methods = [row.method for row in rows if context.state.pending_release or not row.tags >= _PENDING_RELEASE]
    if not methods:
        known = [API.base + path for path in API.paths]
        raise NotFound(f"there is no {context.path[:60]!r}; {suggest(context.path, known, cutoff=0.8)}")
    if context.method not in methods:
        allow = ", ".join(methods)
        raise WrongMethod(f"{path} has no method {context.method[:20]!r}; it has {allow}", allow)


def _check_content_type(context: Request) -> None:
    auth.check_content_type(context.header("Content-Type"))


def _check_instance(context: Request) -> None:
    """Batches find out for themselves, while they run."""
    if context.operation.effect == "read" and context.state.instance_down:
        raise Unexpected("the instance of SecureAccess does not answer; try again later")


def _without_slash(path: str) -> str:
    """The vendor's own sample has a slash at the end of a path."""
    return path.removesuffix("/")


# ---- parameters


def _number(name: str) -> Parameter[Request]:
    def parse(_: Request, values: Sequence[str]) -> int | None:
        return serialization.parse_number(name, values)

    return Parameter(name, "query", parse)


def _text(name: str) -> Parameter[Request]:
    def parse(_: Request, values: Sequence[str]) -> str | None:
        return serialization.parse_text(name, values)

    return Parameter(name, "query", parse)


def _batch(node: str, *, limit: int | None = serialization.MAX_RECORDS) -> Parameter[Request]:
    def parse(_: Request, body: bytes) -> Batch:
        return serialization.parse_batch(node, body, limit=limit)

    return Parameter(node, "body", parse, required=True, argument="batch")


# ---- users


def list_users(context: Request, arguments: Arguments) -> Answer:
    """List all card holders, or the one with this `id` or `idnum`."""
    state, number, id_num = context.state, arguments["id"], arguments["idnum"]
    everybody = number is None and id_num is None
    return _data(
        serialization.render_user(state, user, levels=everybody)
        for user in state.visible_users()
        if number in (None, user.id) and id_num in (None, user.id_num)
    )


def save_users(context: Request, arguments: Arguments) -> Answer:
    """Create or update up to 100 users."""
    return _begin(context, "users", arguments["batch"])


def validate_users(context: Request, arguments: Arguments) -> Answer:
    """Answer as `save_users` does, and commit nothing."""
    return _begin(context, "uservalidate", arguments["batch"])


# ---- credentials


def list_credentials(context: Request, _: Arguments) -> Answer:
    """List all credentials with their holders, except those of administrators."""
    state = context.state
    return _data(serialization.render_credential(state, credential) for credential in state.visible_credentials())


def reissue_credentials(context: Request, arguments: Arguments) -> Answer:
    """Give credentials new registration keys."""
    return _begin(context, "credentials", arguments["batch"])


def summarize_credentials(context: Request, _: Arguments) -> Answer:
    """Count the claimed and the unclaimed credentials."""
    return _data(serialization.render_summary(context.state.visible_credentials()))


def next_card_number(context: Request, _: Arguments) -> Answer:
    """Answer one more than the highest card number."""
    return _data([{"card_num": str(indexes_of(context.state).highest_card + 1)}])


# ---- events


def list_events(context: Request, arguments: Arguments) -> Answer:
    """List the cached events, newest first; with `id`, those after that event."""
    found = events.arrived(context.state, context.turn.now, arguments["id"])
    return _data(serialization.render_event(event, _CONTROLLER) for event in found)


# ---- doors, schedules, access levels


def list_doors(context: Request, _: Arguments) -> Answer:
    """List all doors."""
    return _data(map(serialization.render_door, context.state.doors.values()))


def create_doors(context: Request, arguments: Arguments) -> Answer:
    """Create up to 100 doors."""
    return _begin(context, "doors", arguments["batch"])


def list_door_states(context: Request, _: Arguments) -> Answer:
    """List the battery levels of all doors."""
    state, now = context.state, context.turn.now
    return _data(serialization.render_door_state(state, door, now) for door in state.doors.values())


def list_schedules(context: Request, _: Arguments) -> Answer:
    """List all schedules."""
    return _data(map(serialization.render_schedule, context.state.schedules.values()))


def list_access_levels(context: Request, _: Arguments) -> Answer:
    """List all access levels with their doors."""
    state = context.state
    return _data(serialization.render_level(state, level) for level in state.levels.values())


# ---- fobs


def list_fobs(context: Request, _: Arguments) -> Answer:
    """List all fobs."""
    state = context.state
    return _data(serialization.render_fob(state, fob) for fob in state.fobs.values())


def create_fobs(context: Request, arguments: Arguments) -> Answer:
    """Create up to 100 fobs."""
    return _begin(context, "fobs", arguments["batch"])


def reassign_fobs(context: Request, arguments: Arguments) -> Answer:
    """Assign fobs to other users. Unlike a POST, a PUT takes no time, and it has no limit of records."""
    return batches.perform(context.turn, context.state, "reassign", arguments["batch"])


def check_fobs(context: Request, _: Arguments) -> Answer:
    """List when each fob was last used."""
    now = context.turn.now
    return _data(serialization.render_fob_check(fob, now) for fob in context.state.fobs.values())


# ---- the table


def _begin(context: Request, kind: Kind, batch: Batch) -> Answer:
    batches.begin(context.turn, context.state, kind, batch, context.body)
    return WAITING


def _data(records: Iterable[dict[str, Any]]) -> Answer:
    return serialization.answer(records)


def _refuse(context: Request, error: LocktError) -> Answer:
    return serialization.render_refusal(context.method, error)


_USERS = (_batch("users"),)

API = Api(
    operations=(
        Operation("GET", "/user", list_users, "read", "GET /user", parameters=(_number("id"), _text("idnum"))),
        Operation("POST", "/user", save_users, "destructive", "POST /user", parameters=_USERS),
        Operation(
            "POST", "/uservalidate", validate_users, "write", "Endpoints", parameters=_USERS, tags=_PENDING_RELEASE
        ),
        Operation("GET", "/credential", list_credentials, "read", "GET /credential"),
        Operation(
            "POST",
            "/credential",
            reissue_credentials,
            "destructive",
            "Endpoints",
            parameters=(_batch("credentials"),),
            tags=_PENDING_RELEASE,
        ),
        Operation("GET", "/credentialsummary", summarize_credentials, "read", "Endpoints"),
        Operation("GET", "/events", list_events, "read", "GET /events", parameters=(_number("id"),)),
        Operation("GET", "/door", list_doors, "read", "GET /door"),
        Operation("POST", "/door", create_doors, "destructive", "POST /door", parameters=(_batch("doors"),)),
        Operation("GET", "/doorstate", list_door_states, "read", "GET /doorstate"),
        Operation("GET", "/fob", list_fobs, "read", "GET /fob"),
        Operation("POST", "/fob", create_fobs, "destructive", "POST /fob", parameters=(_batch("fobs"),)),
        Operation("PUT", "/fob", reassign_fobs, "destructive", "PUT /fob", parameters=(_batch("fobs", limit=None),)),
        Operation("GET", "/fobcheck", check_fobs, "read", "Endpoints", tags=_PENDING_RELEASE),
        Operation("GET", "/schedule", list_schedules, "read", "GET /schedule"),
        Operation("GET", "/accesslevel", list_access_levels, "read", "GET /accesslevel"),
        Operation("GET", "/nextcardnum", next_card_number, "read", "Endpoints", tags=_PENDING_RELEASE),
    ),
    checks=(_check_https, _check_credentials, _check_operation, _check_content_type, _check_instance),
    refuse=_refuse,
    context=Context,
    error=LocktError,
    base="/api/v1",
    options=False,
    normalize=_without_slash,
)
