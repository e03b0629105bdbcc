"""An agent as the tests of the MCP server use it: the SDK's own client, connected in this process."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from mcp import Client, types

from locksim import registry
from locksim.mcp.agent_server import mcp_server
from locksim.mcp.checks import Checks
from locksim.mcp.control_client import ControlClient
from locksim.mcp.tools import Session
from locksim.server.config import ServerConfig
from locksim.server.run import serving

__all__ = ["Agent", "Refusal", "control", "session"]


class Refusal(Exception):
    """A tool refused, with this sentence."""


class Agent:
    """Calls tools, and reads their answers."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def __call__(self, name: str, /, **arguments: Any) -> Any:
        """Call a tool, and return its JSON. Raises Refusal."""
        result = await self.client.call_tool(name, arguments)
        (content,) = result.content
        assert isinstance(content, types.TextContent)
        if result.is_error:
            raise Refusal(content.text)
        return json.loads(content.text)


def session(
    script: Callable[[Agent], Awaitable[None]],
    *vendors: str,
    folder: Path,
    allow_commands: bool = False,
    config: ServerConfig | None = None,
    **world: Any,
) -> None:
    """Run a script with an agent whose tools act on a server of these vendors."""

    async def run(url: str, token: str | None) -> None:
        async with ControlClient(url, token) as found:
            checks = Checks(folder, os.environ, allow_commands=allow_commands)
            async with Client(mcp_server(Session(found, checks))) as client:
                try:
                    await script(Agent(client))
                finally:
                    await checks.end()

    config = config or ServerConfig(mask=True)
    with serving([registry.load(name) for name in vendors], config=config, **{"clock": "manual", **world}) as info:
        asyncio.run(run(info["control"], config.admin_token))


def control(url: str, token: str | None, script: Callable[[ControlClient], Awaitable[None]]) -> None:
    """Run a script with a client of this control API."""

    async def run() -> None:
        async with ControlClient(url, token) as found:
            await script(found)

    asyncio.run(run())
