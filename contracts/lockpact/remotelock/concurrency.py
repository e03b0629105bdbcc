"""Call several clients at the same time."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

__all__ = ["ConcurrentClients", "StartingClient", "UnmadeClient"]


class ConcurrentClients:
    """Several clients that get the same call at the same time. The first result counts, or the first error."""

    def __init__(self, clients: Sequence[Any]) -> None:
        self._clients = clients

    def __getattr__(self, name: str) -> Any:
        methods = [getattr(client, name) for client in self._clients]
        if any(inspect.iscoroutinefunction(method) for method in methods):

            async def call_together(*arguments: Any) -> Any:
                return (await asyncio.gather(*(method(*arguments) for method in methods)))[0]

            return call_together
        return lambda *arguments: _call_in_threads([partial(method, *arguments) for method in methods])


class StartingClient:
    """Another process of a client, which resumes before its call."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        method, resume = getattr(self._client, name), self._client.resume
        if inspect.iscoroutinefunction(method) or inspect.iscoroutinefunction(resume):

            async def start_and_call(*arguments: Any) -> Any:
                if inspect.isawaitable(started := resume()):
                    await started
                result = method(*arguments)
                return await result if inspect.isawaitable(result) else result

            return start_and_call

        def resume_and_call(*arguments: Any) -> Any:
            resume()
            return method(*arguments)

        return resume_and_call


class UnmadeClient:
    """A client whose constructor raised: so does every call of it."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        def fail(*_: Any) -> Any:
            raise self._error

        return fail


def _call_in_threads(calls: Sequence[Callable[[], Any]]) -> Any:
    results: dict[int, Any] = {}
    failed: dict[int, BaseException] = {}

    def run(number: int, call: Callable[[], Any]) -> None:
        try:
            results[number] = call()
        except Exception as error:  # noqa: BLE001 - it is raised below, in the caller's thread
            failed[number] = error

    threads = [threading.Thread(target=run, args=(number, call)) for number, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in sorted(failed):
        raise failed[number]
    return results[0]
