"""The MCP server: over stdio, with simulators of its own in this process or with those of a server that runs already."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from locksim.engine.errors import Refused
from locksim.engine.vendor import Vendor
from locksim.extras import require
from locksim.mcp.checks import Checks
from locksim.mcp.control_client import ControlClient
from locksim.mcp.tools import MAX_ANSWER, TOOLS, Session
from locksim.server.config import ServerConfig
from locksim.server.run import serve as serve_worlds
from locksim.server.world_options import WorldOptions
from locksim.version import __version__

__all__ = ["mcp_server", "own_simulators", "run"]

INSTRUCTIONS = """\
Simulators of smart-lock vendors' APIs, with the locks behind them. Point the client that you work on at a vendor's `url`, with \
the `credentials` from read_connection_info (all are fake), or make a world for each test with create_world. Act on the locks \
with list_devices, list_actions and act_on_device, let time pass with advance, make things go wrong with inject_fault. When a \
vendor refuses a request, explain_refusal says why. check_client finds what a client does wrong, and read_story shows it. Times \
are the world's, in UTC.\
"""


def mcp_server(session: Session) -> Any:
    """Return the MCP server with all tools, of the SDK's class `Server`. Raises Refused without the extra."""
    server = require("mcp.server", "mcp", "locksim mcp")
    types = require("mcp.types", "mcp", "locksim mcp")

    async def list_tools(context: Any, params: Any) -> Any:
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=tool.name,
                    description=tool.description,
                    input_schema=dict(tool.schema),
                    annotations=types.ToolAnnotations(
                        title=tool.title,
                        read_only_hint=tool.reads,
                        destructive_hint=tool.destroys,
                        open_world_hint=False,
                    ),
                )
                for tool in TOOLS.values()
            ]
        )

    async def call_tool(context: Any, params: Any) -> Any:
        try:
            text, failed = await _answer(session, params.name, params.arguments or {}), False
        except Refused as refused:
            text, failed = str(refused), True
        return types.CallToolResult(content=[types.TextContent(text=text)], is_error=failed)

    return server.Server(
        "locksim", version=__version__, instructions=INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool
    )


async def _answer(session: Session, name: str, arguments: Mapping[str, Any]) -> str:
    """Return what a tool answers, as JSON. Raises Refused."""
    tool = TOOLS.get(name)
    if tool is None:
        raise Refused(f"there is no tool {name!r}; there are: {', '.join(TOOLS)}")
    text = msgspec.json.encode(await tool.run(session, arguments)).decode()
    if len(text) > MAX_ANSWER:
        raise Refused(f"the answer has {len(text)} characters, and at most {MAX_ANSWER} are shown; ask for less of it")
    return text


@asynccontextmanager
async def own_simulators(
    vendors: Sequence[Vendor], config: ServerConfig, port: int, world: WorldOptions
) -> AsyncIterator[str]:
    """Serve simulators on the event loop, and yield the URL of their control API.

    Raises:
        PortTaken: an address is in use.
        Refused: the options are invalid.
    """
    stop, up = asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve_worlds(vendors, stop, up.set_result, config=config, port=port, world=world))
    try:
        await asyncio.wait([task, up], return_when=asyncio.FIRST_COMPLETED)
        if not up.done():
            task.result()
        yield up.result()["control"]
    finally:
        stop.set()
        with suppress(Exception):  # what ended it early was raised above
            await task


async def run(
    control: Callable[[], AbstractAsyncContextManager[str]],
    *,
    token: str | None,
    environment: Mapping[str, str],
    allow_commands: bool,
) -> None:
    """Serve over stdio until standard input ends, or SIGTERM or SIGINT comes.

    Args:
        control: an async context manager of the control API's URL, such as `own_simulators`.
        token: the admin token of that server.
        environment: the variables of the checks.
        allow_commands: whether check_client may run commands.
    """
    stdio = require("mcp.server.stdio", "mcp", "locksim mcp")
    with TemporaryDirectory(prefix="locksim-mcp-") as folder:
        async with control() as url, ControlClient(url, token) as client:
            checks = Checks(Path(folder), environment, allow_commands=allow_commands)
            server = mcp_server(Session(client, checks))
            with _ended_by_signals(checks, folder):
                try:
                    async with stdio.stdio_server() as (reader, writer):
                        await server.run(reader, writer, server.create_initialization_options())
                finally:
                    await checks.end()


@contextmanager
def _ended_by_signals(checks: Checks, folder: str) -> Iterator[None]:
    """End the process at SIGTERM and SIGINT, and the check that runs with it.

    The SDK reads standard input in a thread, which nothing can interrupt: the process ends without waiting for it.
    """
    loop = asyncio.get_running_loop()
    ending: list[asyncio.Task[None]] = []

    async def end(number: int) -> None:
        await checks.end()
        rmtree(folder, ignore_errors=True)
        os._exit(128 + number)

    def begin(number: int) -> None:
        ending.append(loop.create_task(end(number)))

    numbers = (signal.SIGTERM, signal.SIGINT)
    with suppress(NotImplementedError):  # on Windows the loop has no signals
        for number in numbers:
            loop.add_signal_handler(number, begin, number)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            for number in numbers:
                loop.remove_signal_handler(number)
