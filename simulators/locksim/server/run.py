"""Running a server: until an event is set, or in a thread next to whoever needs one.

with serving([VENDOR], clock="auto") as info:
httpx.get(info["vendors"]["…"]["url"])
"""

from __future__ import annotations

import asyncio
import errno
import logging
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

__all__ = ["report_loop_error", "serve", "serving", "world_options"]

_log = logging.getLogger("locksim")
_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_WARN_AGAIN = 60.0
"""Seconds after which a lasting shortage is said again."""
DRAIN_SECONDS = 5.0
_STOP_SECONDS = 1.0
"""Seconds that answers under way get to arrive."""


_last_warning: list[float] = []
"""When running out of descriptors was last said, in the event loop's time."""


def report_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report an error of the event loop. Running out of descriptors is said once a minute: the loop tries again by itself."""
    error = context.get("exception")
    if not (
        isinstance(error, OSError) and error.errno in _OUT_OF_DESCRIPTORS and "accept" in context.get("message", "")
    ):
        loop.default_exception_handler(context)
        return
    if not _last_warning or loop.time() - _last_warning[0] > _WARN_AGAIN:
        _last_warning[:] = [loop.time()]
        _log.warning("%s: new connections wait until others are closed", error.strerror)


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
    drain: float = DRAIN_SECONDS,
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
        drain: seconds that a node of a cluster takes to give its worlds back, so that its proxy sees that it goes.

    Raises:
        PortTaken: an address is in use.
        Refused: the options are invalid, or a kept world cannot continue.
    """
    asyncio.get_running_loop().set_exception_handler(report_loop_error)
    try:
        server = Server(vendors, config=config, port=port, options=world, asked=asked, store=store, recovered=recovered)
        try:
            started(await server.start())
            await stop.wait()
            await server.drain(drain)
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
    drain: float = DRAIN_SECONDS,
    **world: Any,
) -> Iterator[dict[str, Any]]:
    """Serve from a thread, and yield the connection info.

    Args:
        vendors: the vendors to serve.
        config: who may call the server, and its limits.
        port: the control port; 0 takes free ports.
        store: makes the store that keeps the worlds; called within the thread.
        drain: as of `serve`.
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
            asyncio.run(
                serve(
                    vendors,
                    stop,
                    started,
                    config=config,
                    port=port,
                    world=options,
                    asked=world,
                    store=made,
                    drain=drain,
                )
            )
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
