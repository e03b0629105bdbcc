"""Running a server: until an event is set, or in a thread next to whoever needs one.

with serving([VENDOR], clock="auto") as info:
httpx.get(info["vendors"]["…"]["url"])
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from locksim.engine.errors import Refused
from locksim.engine.vendor import Vendor
from locksim.server.config import ServerConfig
from locksim.server.server import CONTROL_PORT, Server
from locksim.server.world_options import WorldOptions
from locksim.storage.recovery import RecoveredWorld
from locksim.storage.store import Store

__all__ = ["serve", "serving", "world_options"]

_STOP_SECONDS = 1.0
"""Seconds that answers under way get to arrive."""


def world_options(**keys: Any) -> WorldOptions:
    """Return the options of a world, checked. Raises Refused."""
    try:
        return msgspec.convert(keys, WorldOptions)
    except msgspec.ValidationError as wrong:
        raise Refused(f"invalid options of a world: {wrong}") from None


async def serve(
    vendors: Iterable[Vendor],
    stop: asyncio.Event,
    started: Callable[[dict[str, Any]], None],
    *,
    config: ServerConfig | None = None,
    port: int = CONTROL_PORT,
    world: WorldOptions | None = None,
    asked: Container[str] = (),
    store: Store | None = None,
    recovered: Sequence[RecoveredWorld] = (),
) -> None:
    """Serve until `stop` is set.

    Args:
        vendors: the vendors to serve.
        stop: ends the server.
        started: called with the connection info when every port accepts.
        config: who may call the server, and its limits.
        port: the control port; 0 takes free ports.
        world: the options of the default world.
        asked: the keys of `world` that were given; a kept world must have been begun with the same.
        store: keeps the worlds. It is leased already, and closed in the end.
        recovered: other worlds to continue.

    Raises:
        PortTaken: an address is in use.
        Refused: the options are invalid, or a kept world cannot continue.
    """
    try:
        server = Server(vendors, config=config, port=port, options=world, asked=asked, store=store, recovered=recovered)
        try:
            started(await server.start())
            await stop.wait()
        finally:
            await server.stop(_STOP_SECONDS)
    finally:
        if store is not None:
            store.close()


@contextmanager
def serving(
    vendors: Iterable[Vendor],
    *,
    config: ServerConfig | None = None,
    port: int = 0,
    store: Callable[[], Store] | None = None,
    **world: Any,
) -> Iterator[dict[str, Any]]:
    """Serve from a thread, and yield the connection info.

    Args:
        vendors: the vendors to serve.
        config: who may call the server, and its limits.
        port: the control port; 0 takes free ports.
        store: makes the store that keeps the worlds; called within the thread.
        world: `seed`, `profile`, `clock`, `state`, `limits`, `variants`, as for `POST /_sim/worlds`.

    Raises:
        PortTaken: an address is in use.
        Refused: the options are invalid, or a kept world cannot continue.
    """
    options = world_options(**world)
    loops: list[asyncio.AbstractEventLoop] = []
    stop = asyncio.Event()
    infos: list[dict[str, Any]] = []
    failures: list[BaseException] = []
    up = threading.Event()

    def started(info: dict[str, Any]) -> None:
        infos.append(info)
        loops.append(asyncio.get_running_loop())
        up.set()

    def run() -> None:
        try:
            made = None if store is None else store()
            asyncio.run(serve(vendors, stop, started, config=config, port=port, world=options, asked=world, store=made))
        except BaseException as broken:  # noqa: BLE001 - it belongs to whoever waits for the server
            failures.append(broken)
        finally:
            up.set()

    thread = threading.Thread(target=run, name="locksim", daemon=True)
    thread.start()
    up.wait()
    try:
        if failures:
            raise failures[0]
        yield infos[0]
    finally:
        for loop in loops:
            if not loop.is_closed():
                loop.call_soon_threadsafe(stop.set)
        thread.join()
