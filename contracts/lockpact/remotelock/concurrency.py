"""Call several clients at the same time."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

__all__ = ["ConcurrentClients"]


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
