"""Who is answered by an operation, and how an answer and a refusal are made.

Before each operation `door` has judged, in this order: is there such a call (5), is it a POST (4), is it live
on this server (5), is the key right (2), is the body a JSON object (3). The operations then check fields (3) before
locks and fobs (7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, NamedTuple

from flask import Blueprint, Response, g, request

from locksim.engine.wsgi import respond, this_turn
from locksim.noke import auth, serialization
from locksim.noke.errors import NokeError, NotLive, UnknownEndpoint, WrongMethod
from locksim.noke.state import PRE_RELEASE, Database, State

__all__ = ["OPERATIONS", "Batch", "Trouble", "api", "base", "door", "refused", "respond_with", "succeed"]

api = Blueprint("noke", __name__)


class Operation(NamedTuple):
    """What `door` and `refused` know of a call. `name` is what its answers say as `request`."""

    name: str
    live: bool = True
    mobile: bool = False
    versions: bool = True
    """Whether its answers have `api_version`."""
    clicks: bool = False
    """Whether the caller may ask for a version."""


OPERATIONS: dict[str, Operation] = {
    "/lock": Operation("lock"),
    "/unlock": Operation("unlock"),
    "/unshackle": Operation("unshackle"),
    "/engagelock": Operation("unlock", live=False),
    "/lock/settings": Operation("lock/settings", live=False),
    "/keys": Operation("keys"),
    "/qc/issue": Operation("qc/issue", clicks=True),
    "/qc/revoke": Operation("qc/revoke", clicks=True),
    "/qc/display": Operation("qc/display", clicks=True),
    "/qc": Operation("qc", clicks=True),
    "/fobs/issue": Operation("fobs/issue"),
    "/fobs/revoke": Operation("fobs/revoke"),
    "/fobs/display": Operation("fobs/display"),
    "/fobs/sync": Operation("fobs/display"),
    "/upload": Operation("upload", mobile=True),
    "/activity": Operation("activity"),
    "/fwupdate": Operation("unlock", versions=False),
}
"""Path without its last slash → the call. The odd names are the samples' (FIDELITY.md)."""


# ---- at the door


def door() -> None:
    """Who is answered by an operation, and who is not. See the module."""
    turn, path = this_turn(), request.environ["PATH_INFO"]
    state: State = turn.state
    site = turn.site
    g.base = state.database(site.removesuffix(PRE_RELEASE))
    g.default = g.version = serialization.versions(changed=state.changed and site.endswith(PRE_RELEASE))
    found = OPERATIONS.get(path.removesuffix("/"))
    if found is None:
        g.operation = Operation(path.encode("latin-1", "replace").decode("utf-8", "replace").strip("/")[:60])
        raise UnknownEndpoint(_no_such_path(path))
    g.operation = found
    if request.environ["REQUEST_METHOD"] != "POST":
        raise WrongMethod("every call is a POST with a JSON body")
    if not found.live and not site.endswith(PRE_RELEASE):
        raise NotLive(f"{path[:60]} is not live yet; the pre-release server has it")
    auth.admit(g.base, request.headers.get("Authorization"), mobile=found.mobile)
    g.body = serialization.parse_body(request.get_data())
    if found.clicks:
        g.version = serialization.parse_version(g.body, g.default)


def _no_such_path(path: str) -> str:
    near = get_close_matches(path[:60], OPERATIONS, n=1)
    return "there is no such call; " + (f"did you mean {near[0]}/?" if near else f"there are {', '.join(OPERATIONS)}")


def refused(error: NokeError) -> Response:
    """The one place where a refusal as a whole becomes an answer."""
    this_turn().near_miss(error.sentence)
    return respond_with(serialization.failure(g.operation.name, error, g.version, g.default, told=g.operation.versions))


# ---- what operations answer with


def base() -> Database:
    """The database of the server that was called."""
    found: Database = g.base
    return found


def succeed(data: Any, **more: Any) -> Response:
    """All went well."""
    told = g.operation.versions
    return respond_with(serialization.success(g.operation.name, g.version, g.default, told=told, data=data, **more))


def respond_with(document: dict[str, Any]) -> Response:
    """JSON."""
    return respond(serialization.answer(document))


class Trouble(NamedTuple):
    """One item of a batch that could not be done. `what` is its tracking key, or its code."""

    mac: str
    what: str
    action: str
    error: NokeError


class Batch:
    """Items that are done one by one: each refusal is a trouble of its own, and the others are done all the same."""

    def __init__(self) -> None:
        self.done = 0
        self.troubles: list[Trouble] = []

    @contextmanager
    def item(self, mac: str, what: str, action: str) -> Iterator[None]:
        """Do one item inside."""
        try:
            yield
            self.done += 1
        except NokeError as refused:
            this_turn().near_miss(f"{action} {mac[:40]}: {refused.sentence}")
            self.troubles.append(Trouble(mac, what, action, refused))

    def answer(self, data: Any, detail: Callable[[Trouble], dict[str, Any]]) -> Response:
        """Success when anything was done, with each trouble in error_details; otherwise the first one's failure."""
        details = [detail(trouble) for trouble in self.troubles]
        if self.done or not self.troubles:
            return succeed(data, error_details=details)
        error, name = self.troubles[0].error, g.operation.name
        return respond_with(serialization.failure(name, error, g.version, g.default, error_details=details, data=data))
