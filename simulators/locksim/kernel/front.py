"""Everything that one `locksim serve` listens on, on one event loop: the hub's port, and a port for each vendor's site.

Why one loop, and why the HTTP is our own: a request runs inside the turn that it is, so a thread could only wait for its
turn; and eight callers who wait for a button would hold eight threads. There is no task, thread or message between the
parser and the world, which is faster than the servers that we measured (ARCHITECTURE.md, "Which server"); and the
hang-ups, the answers that break off and the raw heads need the connection itself anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from locksim.kernel import ready
from locksim.kernel.connection import Exchange, plain, sentence
from locksim.kernel.control import ControlDoor
from locksim.kernel.hub import DEFAULT, Fresh, Hub, VendorDoor, doors
from locksim.kernel.listener import Guard, Listener, bind, spoken
from locksim.kernel.vendor import Vendor
from locksim.kernel.wall import Wall

__all__ = ["HUB", "Front"]

HUB = 8700
"""The hub's port. A vendor's sites keep their distance from it, wherever it is."""


class Front:
    """The ports of one process. Made on the loop; `start` binds nothing that `__init__` has not bound already.

    Raises PortTaken when an address is in use, Refused when `fresh` describes no world.
    """

    def __init__(
        self, vendors: Iterable[Vendor], *, host: str = "127.0.0.1", port: int = HUB, fresh: Fresh | None = None
    ) -> None:
        self.hub = Hub(vendors, host, Wall())
        self._control = ControlDoor(self.hub)
        self._listeners: list[Listener] = []
        try:
            self._open(host, port)
            self.hub.begin(fresh or Fresh())
        except BaseException:
            self.close()
            raise

    def _open(self, host: str, port: int) -> None:
        hub = self._listen(host, port, HubDoor(self.hub, self._control))
        self.hub.url = f"http://{spoken(host)}:{hub.port}"
        shared: dict[str, int] = {}
        for vendor, sites in doors(self.hub.vendors.values()):
            at = sites[0].port - HUB + port if port else 0
            listener = self._listen(host, at, VendorDoor(self.hub, vendor, sites))
            shared |= {f"{vendor.name}/{site.name}": listener.port for site in sites}
        self.hub.share(shared)

    def _listen(self, host: str, port: int, door: Any) -> Listener:
        listener = Listener(bind(host, port), door)
        self._listeners.append(listener)
        return listener

    async def start(self) -> dict[str, Any]:
        """Accept on every port. → the ready document."""
        for listener in self._listeners:
            await listener.start()
        return ready.document(self.hub.world(DEFAULT).core, self.hub.url)

    async def stop(self, seconds: float) -> None:
        """Stop listening; answers under way get so many seconds to arrive; who waits is hung up."""
        self.close()
        for _ in range(int(seconds / 0.01)):
            if not any(listener.busy for listener in self._listeners):
                break
            await asyncio.sleep(0.01)

    def close(self) -> None:
        """Stop listening, and hang up."""
        self._control.close()
        self.hub.close()
        for listener in self._listeners:
            listener.close()


class HubDoor:
    """The hub's own port: the control door below `/_sim`, a page at `/`."""

    def __init__(self, hub: Hub, control: ControlDoor) -> None:
        self._hub = hub
        self._control = control
        self._guard = Guard(hub.host)

    def __call__(self, e: Exchange) -> None:
        """Answer a tester."""
        refusal = self._guard.refuses(e) or self._foreign(e)
        path = e.target.partition("?")[0]
        if refusal is not None:
            e.respond(refusal)
        elif path == "/_sim" or path.startswith("/_sim/"):
            self._control(e)
        elif path != "/":
            e.respond(sentence(404, f"there is nothing at {path}; the control door is at /_sim"))
        elif e.method not in ("GET", "HEAD"):
            e.respond(sentence(405, "this page can only be read; the control door is at /_sim", ("Allow", "GET, HEAD")))
        else:
            e.respond(self._page())

    def _foreign(self, e: Exchange) -> Any:
        """A page of another site may not drive the stand-ins through its reader's browser."""
        origin = e.header("origin")
        if origin is None or self._guard.admits(origin.partition("://")[2]):
            return None
        return sentence(403, f"a page of {origin} may not use the control door")

    def _page(self) -> Any:
        document = ready.document(self._hub.world(DEFAULT).core, self._hub.url)
        page = ready.console(document, {name: vendor.title for name, vendor in self._hub.vendors.items()})
        policy = ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        return plain(200, page, "text/html; charset=utf-8", policy, ("Cache-Control", "no-store"))
