"""One request to the control API, as the functions that answer it see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from locksim.http.connection import Exchange
from locksim.server.served_world import ServedWorld
from locksim.server.worlds import WorldRegistry

__all__ = ["ControlRequest"]


class ControlRequest:
    """The server's worlds, and the world and vendor that the path names.

    Args:
        registry: the worlds of this server.
        exchange: the HTTP request and the way back to its caller.
        path: the placeholders of the operation's path, with the texts that stand in their place.
        document: returns the OpenAPI document of the control API.
    """

    def __init__(
        self,
        registry: WorldRegistry,
        exchange: Exchange,
        path: Mapping[str, str],
        document: Callable[[], Mapping[str, Any]],
    ) -> None:
        self.registry = registry
        self.exchange = exchange
        self.path = path
        self.document = document

    @property
    def world(self) -> ServedWorld:
        """The world that the path names. Raises Unknown."""
        return self.registry.world(self.path["w"])

    @property
    def vendor(self) -> str:
        """The vendor that the path names. Raises Unknown."""
        return self.world.core.vendor(self.path["vendor"]).name

    def run_command(self, op: str, arguments: msgspec.Struct) -> dict[str, Any]:
        """Run a command in the world. Raises Refused."""
        return self.world.control(op, **msgspec.to_builtins(arguments))
