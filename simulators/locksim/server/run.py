"""Running a front: until told to stop, or in a thread of its own beside whoever needs a server.

with serving([VENDOR], clock="auto") as ready:
httpx.get(ready["vendors"]["…"]["url"])
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
from locksim.server.server import HUB, Server
from locksim.server.world_options import WorldOptions
from locksim.storage.recovery import RecoveredWorld
from locksim.storage.store import Store

__all__ = ["serve", "serving", "world_options"]

_STOPPING = 1.0
"""Seconds that answers under way get to arrive."""


def world_options(**keys: Any) -> WorldOptions:
    """What a world is made from, checked. Raises Refused with a sentence."""
    try:
        return msgspec.convert(keys, WorldOptions)
    except msgspec.ValidationError as wrong:
        raise Refused(f"this describes no world: {wrong}") from None


async def serve(
    vendors: Iterable[Vendor],
    stop: asyncio.Event,
    started: Callable[[dict[str, Any]], None],
    *,
    terms: ServerConfig | None = None,
    port: int = HUB,
    world: WorldOptions | None = None,
    asked: Container[str] = (),
    store: Store | None = None,
    recovered: Sequence[RecoveredWorld] = (),
) -> None:
    """Serve until `stop`; `started` gets the ready document when every port accepts. `store` keeps the worlds (which must
    have been begun with the keys `asked` of `world`), is held already, and let go in the end; `recovered` are worlds to go
    on with besides. Raises PortTaken, Refused.
    """
    try:
        front = Server(vendors, terms=terms, port=port, fresh=world, asked=asked, store=store, recovered=recovered)
        try:
            started(await front.start())
            await stop.wait()
        finally:
            await front.stop(_STOPPING)
    finally:
        if store is not None:
            store.close()


@contextmanager
def serving(
    vendors: Iterable[Vendor],
    *,
    terms: ServerConfig | None = None,
    port: int = 0,
    store: Callable[[], Store] | None = None,
    **world: Any,
) -> Iterator[dict[str, Any]]:
    """Serve from a thread, on free ports unless told otherwise. → the ready document.

    `store` makes the store that keeps the worlds, within that thread. `world`: `seed`, `profile`, `clock`, `state`,
    `limits`, as for `POST /_sim/worlds`. Raises PortTaken, Refused.
    """
    made = world_options(**world)
    loop_of: list[asyncio.AbstractEventLoop] = []
    stop = asyncio.Event()
    ready: list[dict[str, Any]] = []
    failure: list[BaseException] = []
    up = threading.Event()

    def started(document: dict[str, Any]) -> None:
        ready.append(document)
        loop_of.append(asyncio.get_running_loop())
        up.set()

    def run() -> None:
        try:
            kept = None if store is None else store()
            asyncio.run(serve(vendors, stop, started, terms=terms, port=port, world=made, asked=world, store=kept))
        except BaseException as broken:  # noqa: BLE001 - it belongs to whoever waits for the server
            failure.append(broken)
        finally:
            up.set()

    thread = threading.Thread(target=run, name="locksim", daemon=True)
    thread.start()
    up.wait()
    try:
        if failure:
            raise failure[0]
        yield ready[0]
    finally:
        for loop in loop_of:
            if not loop.is_closed():
                loop.call_soon_threadsafe(stop.set)
        thread.join()
