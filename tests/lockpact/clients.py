"""Small Nuki clients of different kinds, for tests of how clients are driven."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import httpx
import requests

from lockpact import Connection
from lockpact.nuki.port import Lock, LockState, NukiError, State, Unavailable


class Minimal:
    """Asks for one state, over requests, and knows nothing else."""

    def __init__(self, site: Connection) -> None:
        self.url, self.token = site.url, site.credentials.get("token", "")

    def lock_state(self, lock: int) -> LockState:
        said = self.ask("/lockState", nukiId=lock)
        return LockState(State.of(said.get("state")), said.get("batteryCritical", False))

    def ask(self, path: str, **query: Any) -> Any:
        try:
            answer = requests.get(self.url + path, params={"token": self.token, **query}, timeout=10)
            answer.raise_for_status()
            return answer.json()
        except requests.RequestException as error:
            raise NukiError(str(error)) from None


class Sleepy(Minimal):
    """Sleeps an hour before each request."""

    def lock_state(self, lock: int) -> LockState:
        time.sleep(3600)
        return super().lock_state(lock)


class Asynchronous:
    """Asks one after another, on an event loop, with a pause."""

    def __init__(self, site: Connection) -> None:
        self.http = httpx.AsyncClient(base_url=site.url, transport=site.async_transport)
        self.token = site.credentials.get("token", "")

    async def aclose(self) -> None:
        await self.http.aclose()

    async def list_locks(self) -> list[Lock]:
        return [
            Lock(entry["nukiId"], entry["name"], State.of(known["state"]), known["batteryCritical"])
            for entry in await self.ask("/list")
            for known in [entry["lastKnownState"]]
        ]

    async def lock_state(self, lock: int) -> LockState:
        await asyncio.sleep(60)
        said = await self.ask("/lockState", nukiId=lock)
        return LockState(State.of(said.get("state")), said.get("batteryCritical", False))

    async def refresh(self) -> None:
        await self.read([lock.id for lock in await self.list_locks()])

    async def read(self, locks: list[int]) -> None:
        for lock in locks:
            await self.lock_state(lock)

    async def ask(self, path: str, **query: Any) -> Any:
        try:
            answer = await self.http.get(path, params={"token": self.token, **query})
        except httpx.TransportError as lost:
            raise Unavailable(type(lost).__name__) from None
        if answer.status_code != 200 or not isinstance(answer.json(), list | dict):
            raise NukiError(f"HTTP {answer.status_code}")
        return answer.json()


class AtOnce(Asynchronous):
    """Asks for everything at once."""

    async def read(self, locks: list[int]) -> None:
        await asyncio.gather(*map(self.lock_state, locks), return_exceptions=True)


class Poller(Minimal):
    """Reads the first lock every minute, in a thread of its own, for as long as there is one."""

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        self.polled: list[float] = []
        threading.Thread(target=self.poll, daemon=True).start()

    def poll(self) -> None:
        while True:
            self.polled.append(time.monotonic())
            self.ask("/list")
            time.sleep(60)


class Frantic(Minimal):
    """Asks until it gets what it wants."""

    def lock_state(self, lock: int) -> LockState:
        while True:
            try:
                return super().lock_state(lock)
            except NukiError:
                continue


class Stuck(Minimal):
    """Waits for something that nobody will do."""

    def lock_state(self, lock: int) -> LockState:
        threading.Event().wait()
        return super().lock_state(lock)


class Napping(Minimal):
    """Looks at its watch until a day has come that never comes."""

    def lock_state(self, lock: int) -> LockState:
        while True:
            time.sleep(600)
