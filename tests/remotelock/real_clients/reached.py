"""A RemoteLock that a real client can reach: in process under its real hosts, or served at ports of this machine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import requests

from lockpact.remotelock.browser import sign_in
from locksim.inprocess.world import World
from locksim.remotelock import VENDOR
from locksim.server.run import serving


@dataclass
class Reached(ABC):
    """Where RemoteLock is, who may in, and the tester's hands."""

    api: str
    oauth: str
    keys: Mapping[str, str]

    @abstractmethod
    def support(self, action: str, **args: Any) -> None:
        """What the account's owner does."""

    @abstractmethod
    def advance(self, seconds: float) -> None:
        """Let time pass."""

    def comes_back(self, url: str) -> str:
        """The user signs in at this URL. → where the browser ends, at the redirect URI."""
        last = [url]

        def fetch(method: str, url: str, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
            headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
            answer = requests.request(method, url, data=body, headers=headers, allow_redirects=False, timeout=10)
            last[0] = answer.headers.get("Location", "")
            return answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content

        code = sign_in(fetch, url, self.keys["redirect_uri"], self.keys["email"], self.keys["password"])
        assert code is not None
        assert parse_qs(urlsplit(last[0]).query)["code"] == [code]
        return last[0]


class InProcess(Reached):
    """`intercept()` answers for the vendor's hosts."""

    def __init__(self, world: World) -> None:
        self.site = world.site("remotelock")
        super().__init__(self.site.url, self.site.url_of("oauth"), self.site.credentials)

    def support(self, action: str, **args: Any) -> None:
        self.site.act(None, action, None, args)

    def advance(self, seconds: float) -> None:
        self.site.clock.advance(seconds)


class Served(Reached):
    """A server on free ports, and its control door."""

    def __init__(self, ready: dict[str, Any]) -> None:
        here = ready["vendors"]["remotelock"]
        super().__init__(here["url"], here["oauth_url"], here["credentials"])
        self._door = f"{ready['control']}/worlds/{ready['world']}"

    def support(self, action: str, **args: Any) -> None:
        httpx.post(f"{self._door}/remotelock/support/{action}", json=args, verify=False).raise_for_status()

    def advance(self, seconds: float) -> None:
        httpx.post(f"{self._door}/clock/advance", json={"seconds": seconds}, verify=False).raise_for_status()


@contextmanager
def in_process() -> Iterator[InProcess]:
    world = World([VENDOR], seed=7)
    world.core.strict = True
    with world.intercept():
        yield InProcess(world)


@contextmanager
def served() -> Iterator[Served]:
    with serving([VENDOR], seed=7, clock="manual") as ready:
        yield Served(ready)


WAYS = {"in process": in_process, "served": served}
