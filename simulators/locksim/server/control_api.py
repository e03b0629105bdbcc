"""The control API below `/_sim`: find the operation that a request means, check its arguments, run it, answer.

The operations are rows of `locksim.server.operations`. A refusal is `{"error": sentence}`: 400 for an invalid request, 404 for
what does not exist, 405 for another method, 409 for what is impossible now.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from functools import partial
from typing import Any
from urllib.parse import unquote

import msgspec

from locksim.engine.errors import Refused
from locksim.engine.inputs import Answer
from locksim.http.connection import Exchange, error_answer, own_answer, too_early
from locksim.server.control_document import openapi
from locksim.server.control_operation import ControlOperation
from locksim.server.control_request import ControlRequest
from locksim.server.operations import OPERATIONS
from locksim.server.worlds import WorldRegistry
from locksim.storage.store import Overtaken, Unresolved, WriteFailed

__all__ = ["ControlApi"]

_log = logging.getLogger("locksim")


class ControlApi:
    """Answers the requests to `/_sim` about the worlds of a server."""

    def __init__(self, registry: WorldRegistry) -> None:
        self._registry = registry
        self._routes: dict[str, tuple[list[str], dict[str, ControlOperation]]] = {}
        for operation in OPERATIONS:
            pattern = operation.path.split("/")[1:]
            self._routes.setdefault(operation.path, (pattern, {}))[1][operation.method] = operation
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, exchange: Exchange) -> None:
        """Answer a request, now or, when the operation takes time (an advance), later."""
        path, _, query = exchange.target.partition("?")
        found = self._find(exchange.method, path.removeprefix("/_sim") or "/")
        if isinstance(found, Answer):
            exchange.respond(found)
            return
        operation, parts = found
        try:
            answer = self._run(operation, parts, query, exchange)
        except Refused as refused:
            self._when_safe(exchange, _refusal(refused), refused.status, parts.get("w"))
            return
        if isinstance(answer, Awaitable):
            task = asyncio.get_running_loop().create_task(self._later(exchange, answer, operation.status))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._when_safe(exchange, answer, operation.status, parts.get("w"))

    def _run(self, operation: ControlOperation, path: dict[str, str], query: str, exchange: Exchange) -> Any:
        """Run an operation. Raises Refused: first for a world or vendor that there is not, then for its arguments."""
        request = ControlRequest(self._registry, exchange, path, openapi)
        if "w" in path:
            if self._registry.nodes is not None:
                self._registry.nodes.confirm(path["w"])
            request.world.note_use()
        if "vendor" in path:
            request.world.core.vendor(path["vendor"])
        return operation.run(request, operation.arguments_of(path, query, exchange.body))

    def _when_safe(self, exchange: Exchange, answer: Any, status: int, world: str | None = None) -> None:
        """Answer when the operation's effects are on disk. If the disk fails, answer that nothing was done."""
        self._registry.barrier.when_safe(
            partial(_respond, exchange, answer, status), partial(_answer_lost, exchange, world is not None), world
        )

    def _find(self, method: str, path: str) -> tuple[ControlOperation, dict[str, str]] | Answer:
        segments = [unquote(segment) for segment in path.split("/")[1:]]
        for pattern, operations in self._routes.values():
            parts = _match(pattern, segments)
            if parts is None:
                continue
            operation = operations.get("GET" if method == "HEAD" else method)
            if operation is None:
                allowed = ", ".join([*operations, "HEAD"] if "GET" in operations else operations)
                return error_answer(405, f"{path} takes {allowed}, not {method}", ("Allow", allowed))
            return operation, parts
        return error_answer(404, f"the control API has no {path}; /_sim/openapi.json lists what it has")

    async def _later(self, exchange: Exchange, answer: Awaitable[Any], status: int) -> None:
        try:
            self._when_safe(exchange, await answer, status)
        except Refused as refused:
            self._when_safe(exchange, _refusal(refused), refused.status)
        except Exception:  # noqa: BLE001 - it costs this request, not the server
            _log.exception("%s %s could not be answered", exchange.method, exchange.target.partition("?")[0])
            exchange.respond(error_answer(500, "locksim itself failed on this request; its console says more"))

    def close(self) -> None:
        """Cancel the operations that are still running."""
        for task in self._tasks:
            task.cancel()


def _match(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    """Return the placeholders of the pattern with their texts; None when the path does not fit."""
    if len(pattern) != len(segments):
        return None
    parts = {}
    for expected, given in zip(pattern, segments, strict=True):
        if expected.startswith("{"):
            if not given:
                return None
            parts[expected[1:-1]] = given
        elif expected != given:
            return None
    return parts


def _respond(exchange: Exchange, answer: Any, status: int) -> None:
    if isinstance(answer, Answer):
        exchange.respond(answer)
    elif answer is not None:
        exchange.respond(own_answer(status, msgspec.json.encode(answer)))


def _answer_lost(exchange: Exchange, whole: bool, why: WriteFailed) -> None:
    """Answer that an operation was lost. Only if it was lost as a `whole` may a proxy send it again to another node."""
    if isinstance(why, Unresolved):
        exchange.respond(error_answer(503, f"{why}; look before you repeat this"))
    elif isinstance(why, Overtaken):
        exchange.respond(too_early(str(why)) if whole else error_answer(503, f"{why}; this ended midway"))
    else:
        exchange.respond(error_answer(503, f"{why}; this was not done"))


def _refusal(refused: Refused) -> Answer:
    return too_early(str(refused)) if refused.status == 425 else error_answer(refused.status, str(refused))
