"""`locksim mcp`: the simulators as tools of a coding agent, over the Model Context Protocol."""

from __future__ import annotations

import argparse
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from locksim import registry
from locksim.cli import serving
from locksim.cli.errors import CommandError
from locksim.cli.vendors import load

__all__ = ["add_command"]

_TOKEN = "LOCKSIM_ADMIN_TOKEN"  # noqa: S105 - the variable's name


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "mcp",
        help="offer the simulators to a coding agent, as MCP tools",
        description="Offer the simulators to a coding agent, as tools of the Model Context Protocol over stdio.",
    )
    parser.set_defaults(run=_run)
    add = parser.add_argument
    add(
        "vendors",
        metavar="VENDOR",
        nargs="*",
        help=f"the vendors to simulate: {', '.join(registry.NAMES)} (default: all)",
    )
    add(
        "--control",
        metavar="URL",
        help=f"use the simulators of a running server, by the address of its control API; {_TOKEN} has its admin token",
    )
    add(
        "--port",
        type=serving.port,
        default=0,
        help="the port of the console; vendors' ports keep their distance (0: free ones)",
    )
    add(
        "--clock", type=serving.clock, default="auto", metavar="MODE", help="how the default world's time passes (auto)"
    )
    add("--seed", type=int, default=0, help="what every random value of the default world is derived from (0)")
    add("--max-worlds", metavar="N", type=serving.count, default=100, help="how many worlds there may be (100)")
    add(
        "--secrets",
        action="store_true",
        help="show credentials, tokens and PINs in journals; without it they are masked",
    )
    add(
        "--allow-commands",
        action="store_true",
        help="let check_client run adapters in other languages: commands that the agent writes",
    )


def _run(given: argparse.Namespace) -> int:
    import asyncio

    from locksim.engine.errors import Refused
    from locksim.mcp import agent_server
    from locksim.server.listener import PortTaken

    if given.control is not None and given.vendors:
        raise CommandError("with --control the running server decides about its vendors; leave their names out")
    environment = dict(os.environ)  # noqa: TID251 - what a check inherits
    token = environment.pop(_TOKEN, None)
    try:
        asyncio.run(
            agent_server.run(
                lambda: _control(given),
                token=None if given.control is None else token,
                environment=environment,
                allow_commands=given.allow_commands,
            )
        )
    except PortTaken as taken:
        raise CommandError(f"{taken}; choose another with --port, or leave it out for free ones") from None
    except Refused as refused:
        raise CommandError(str(refused)) from None
    return 0


def _control(given: argparse.Namespace) -> AbstractAsyncContextManager[str]:
    """Return a context manager of the control API's URL: of the server that was named, or of simulators in this process."""
    from locksim.mcp.agent_server import own_simulators
    from locksim.server.config import ServerConfig
    from locksim.server.run import world_options

    if given.control is not None:
        return _named(given.control)
    vendors = [load(name) for name in given.vendors or registry.NAMES]
    config = ServerConfig(max_worlds=given.max_worlds, mask=not given.secrets)
    return own_simulators(vendors, config, given.port, world_options(clock=given.clock, seed=given.seed))


@asynccontextmanager
async def _named(url: str) -> AsyncIterator[str]:
    yield url
