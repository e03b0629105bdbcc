"""Several clients, asked the same at the same time."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

__all__ = ["AtOnce"]


class AtOnce:
    """Several clients that are asked the same at the same time; the first answer counts, or the first error."""

    def __init__(self, clients: Sequence[Any]) -> None:
        self._clients = clients

    def __getattr__(self, name: str) -> Any:
        methods = [getattr(client, name) for client in self._clients]
        if any(inspect.iscoroutinefunction(method) for method in methods):

            async def on_the_loop(*arguments: Any) -> Any:
                return (await asyncio.gather(*(method(*arguments) for method in methods)))[0]

            return on_the_loop
        return lambda *arguments: _in_threads([partial(method, *arguments) for method in methods])


def _in_threads(calls: Sequence[Callable[[], Any]]) -> Any:
    said: dict[int, Any] = {}
    failed: dict[int, BaseException] = {}

    def run(number: int, call: Callable[[], Any]) -> None:
        try:
            said[number] = call()
        except Exception as error:  # noqa: BLE001 - it is raised again below, in the caller's thread
            failed[number] = error

    threads = [threading.Thread(target=run, args=(number, call)) for number, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in sorted(failed):
        raise failed[number]
    return said[0]
