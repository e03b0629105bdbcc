"""The control door, `/_sim`: which call is meant, what it was given, and what its caller gets.

The calls themselves are in `locksim.server.world_routes` and `locksim.server.vendor_routes`, one function each; what they
take and answer is written down in `control-openapi.yaml`, and a test compares both ways. A refusal is `{"error": sentence}`: 400
for what makes no sense, 404 for what there is not, 405, 409 for what cannot be now. A body may be left out, and is read
as JSON whatever its Content-Type says, so that `curl -d` works.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, unquote

import msgspec

from locksim import __version__
from locksim.engine.errors import Refused, WrongArguments
from locksim.engine.inputs import Answer
from locksim.http.connection import Exchange, plain, sentence
from locksim.server.served_world import ServedWorld

if TYPE_CHECKING:
    from locksim.server.worlds import WorldRegistry

__all__ = ["LONGEST", "ControlApi", "ControlRequest", "Handler", "openapi"]

LONGEST = 1_000_000_000
"""Seconds that one advance, plan or delay may have: about 31 years."""

_log = logging.getLogger("locksim")
T = TypeVar("T")


class ControlRequest:
    """One call: the hub, the parts of its path, its query, its body."""

    def __init__(self, hub: WorldRegistry, exchange: Exchange, path: Mapping[str, str], query: str) -> None:
        self.hub = hub
        self.exchange = exchange
        self.path = path
        self._query = query

    @property
    def live(self) -> ServedWorld:
        """The world that the path names; raises Unknown. An `auto` world waits a moment longer now."""
        live = self.hub.world(self.path["w"])
        live.touch()
        return live

    def body(self, shape: type[T]) -> T:
        """The body in this shape. Raises WrongArguments with a sentence."""
        text = self.exchange.body or b"{}"
        try:
            try:
                return msgspec.json.decode(text, type=shape)
            except msgspec.ValidationError:  # to JSON, 1.0 is a whole number
                return msgspec.convert(_whole(msgspec.json.decode(text)), shape)
        except msgspec.ValidationError as wrong:
            raise WrongArguments(f"the body does not fit: {wrong}") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            raise WrongArguments(f"the body is no JSON: {wrong}") from None
        except RecursionError:
            raise WrongArguments("the body is nested too deeply") from None

    def query(self, *names: str) -> dict[str, str]:
        """The query's parameters; only these may come, once each. Raises WrongArguments."""
        pairs = parse_qsl(self._query, keep_blank_values=True)
        found = dict(pairs)
        stray = [name for name in found if name not in names]
        if stray:
            takes = ", ".join(names) or "none"
            raise WrongArguments(f"this call has no query parameter {stray[0]!r}; it takes {takes}")
        if len(found) < len(pairs):
            raise WrongArguments("a query parameter came twice")
        return found

    def number(self, query: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
        """A whole number from the query. Raises WrongArguments."""
        text = query.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 17 and low <= int(text) <= high):
            raise WrongArguments(f"{name} is a whole number from {low} to {high}, not {text!r}")
        return int(text)


Handler = Callable[[ControlRequest], Any]
"""→ what is answered as JSON (an Answer, as it is), now or when awaited; None: it has answered by itself."""


class ControlApi:
    """Finds the call that a request means, and answers it."""

    def __init__(self, hub: WorldRegistry) -> None:
        from locksim.server import world_routes

        self._hub = hub
        self._routes = [(path.split("/")[1:], methods) for path, methods in world_routes.CALLS.items()]
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, e: Exchange) -> None:
        """Answer a request to `/_sim…`, now or, when the call takes time (an advance), later."""
        path, _, query = e.target.partition("?")
        try:
            found = self._find(e.method, path.removeprefix("/_sim") or "/")
            if isinstance(found, Answer):
                e.respond(found)
                return
            handler, status, parts = found
            answer = handler(ControlRequest(self._hub, e, parts, query))
        except Refused as refused:
            self._when_safe(e, _refusal(refused), refused.status)
            return
        if isinstance(answer, Awaitable):
            task = asyncio.get_running_loop().create_task(self._later(e, answer, status))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._when_safe(e, answer, status)

    def _when_safe(self, e: Exchange, answer: Any, status: int) -> None:
        """Answer when what the call did is on disk; or say that it was not done."""
        lost = partial(_lost, e)
        self._hub.barrier.when_safe(partial(_respond, e, answer, status), lost)

    def _find(self, method: str, path: str) -> tuple[Handler, int, dict[str, str]] | Answer:
        asked = [unquote(part) for part in path.split("/")[1:]]
        for pattern, methods in self._routes:
            parts = _match(pattern, asked)
            if parts is None:
                continue
            found = methods.get("GET" if method == "HEAD" else method)
            if found is None:
                allowed = ", ".join([*methods, "HEAD"] if "GET" in methods else methods)
                return sentence(405, f"{path} takes {allowed}, not {method}", ("Allow", allowed))
            return *found, parts
        return sentence(404, f"the control door has no {path}; /_sim/openapi.json lists what it has")

    async def _later(self, e: Exchange, answer: Awaitable[Any], status: int) -> None:
        try:
            self._when_safe(e, await answer, status)
        except Refused as refused:
            self._when_safe(e, _refusal(refused), refused.status)
        except Exception:  # noqa: BLE001 - it costs this call, not the server
            _log.exception("%s %s could not be answered", e.method, e.target.partition("?")[0])
            e.respond(sentence(500, "locksim itself failed on this call; its console says more"))

    def close(self) -> None:
        """Break off the calls that take time."""
        for task in self._tasks:
            task.cancel()


def _whole(thing: Any) -> Any:
    """The same JSON, its whole numbers written as such."""
    if isinstance(thing, dict):
        return {key: _whole(value) for key, value in thing.items()}
    if isinstance(thing, list):
        return [_whole(item) for item in thing]
    return int(thing) if isinstance(thing, float) and thing.is_integer() else thing


def _match(pattern: list[str], asked: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(asked):
        return None
    parts = {}
    for wanted, given in zip(pattern, asked, strict=True):
        if wanted.startswith("{"):
            if not given:
                return None
            parts[wanted[1:-1]] = given
        elif wanted != given:
            return None
    return parts


def _respond(e: Exchange, answer: Any, status: int) -> None:
    if isinstance(answer, Answer):
        e.respond(answer)
    elif answer is not None:
        e.respond(plain(status, msgspec.json.encode(answer)))


def _lost(e: Exchange, why: str) -> None:
    e.respond(sentence(503, f"{why}; this was not done"))


def _refusal(refused: Refused) -> Answer:
    return sentence(refused.status, str(refused))


@cache
def openapi() -> dict[str, Any]:
    """The control door's OpenAPI document."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = Path(__file__).with_name("control-openapi.yaml").read_text("utf-8")
    document: dict[str, Any] = yaml.load(text, Loader=loader)  # noqa: S506 - both are safe loaders
    document["info"]["version"] = __version__
    return document
