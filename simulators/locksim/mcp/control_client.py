"""Calls of a control API, as its table of operations describes them."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import msgspec

from locksim.engine.errors import Refused
from locksim.extras import require
from locksim.server.control_operation import ControlOperation
from locksim.server.operations import OPERATIONS
from locksim.server.world_options import DEFAULT

__all__ = ["BY_ID", "ControlClient"]

BY_ID: Mapping[str, ControlOperation] = {operation.id: operation for operation in OPERATIONS}
"""The operations by their ids."""
MAX_BYTES = 4 * 1024 * 1024
"""Bytes of an answer that are read."""
TIMEOUT = 600.0
"""Seconds after which a call has failed. A long advance takes its time."""


class ControlClient:
    """A client of the control API of one server.

    Args:
        url: the control API, as the connection info has it, or the control port's address.
        token: the server's admin token, if it has one.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        httpx2 = require("httpx2", "mcp", "locksim mcp")
        self.url = url.rstrip("/").removesuffix("/_sim") + "/_sim"
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        # The default context reads SSL_CERT_FILE, with which a server under --tls is trusted.
        self._http = httpx2.AsyncClient(
            trust_env=False, headers=headers, timeout=TIMEOUT, verify=ssl.create_default_context()
        )
        self._failed = (httpx2.HTTPError, httpx2.InvalidURL)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def call(self, id_: str, arguments: Mapping[str, Any]) -> Any:
        """Call an operation, and return its JSON.

        Args:
            id_: the operation's id.
            arguments: its arguments by name, and `world` if it is not the default one.

        Raises:
            Refused: the control API refused it, in its own words, or could not be reached.
        """
        operation = BY_ID[id_]
        given = dict(arguments)
        world = given.pop("world", DEFAULT) if "w" in operation.placeholders else DEFAULT
        target, body = operation.request_of(given, str(world))
        try:
            async with self._http.stream(operation.method, self.url + target, content=body) as answer:
                text = b""
                async for part in answer.aiter_bytes():
                    text += part
                    if len(text) > MAX_BYTES:
                        raise Refused(f"the answer has more than {MAX_BYTES >> 20} MiB; ask for less")
        except self._failed as failed:
            raise Refused(
                f"the control API at {self.url} cannot be called: {failed or type(failed).__name__}"
            ) from None
        try:
            found = msgspec.json.decode(text)
        except msgspec.DecodeError:
            found = None
        if answer.status_code >= 400:
            error = found.get("error") if isinstance(found, dict) else None
            raise Refused(error or f"{self.url} answered with status {answer.status_code}; is it a control API?")
        if not isinstance(found, dict):
            raise Refused(f"what {self.url} answered is no JSON object; is it a control API?")
        return found
