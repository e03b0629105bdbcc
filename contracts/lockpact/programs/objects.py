"""What a client may call at our side: a phone's radio, or the token store that all processes of the client share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lockpact.programs.messages import INVALID_PARAMS, METHOD_NOT_FOUND, Incoming
from lockpact.programs.port_types import PortDescription
from lockpact.programs.values import from_json, to_json

__all__ = ["ClientObjects", "NotYet", "Refusal"]


class NotYet(Exception):
    """The request cannot be answered yet."""


class Refusal(Exception):
    """The request is refused, with this JSON-RPC code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class ClientObjects:
    """The objects of the clients of one example."""

    def __init__(self, port: PortDescription) -> None:
        self._described = {one.name: {method.name: method for method in one.methods} for one in port.objects}
        self._objects: dict[tuple[object, str], Any] = {}
        """(client, name) → the object."""
        self._held: dict[tuple[object, str], Any] = {}
        """(client, name) → the lock that the client holds."""

    def add(self, client: int, given: Mapping[str, Any]) -> list[str]:
        """Add the objects of a client. Returns the names of those that it has."""
        names = sorted(name for name in self._described if given.get(name) is not None)
        self._objects |= {(client, name): given[name] for name in names}
        return names

    def serve(self, message: Incoming) -> Any:
        """Do what a client's request asks. Returns the result as JSON. Raises NotYet, Refusal, and what the object raises."""
        params = message.params
        name, called = str(params.get("object", "")), str(params.get("method", ""))
        place = (params.get("client"), name)
        if message.method != "object" or name not in self._described:
            raise Refusal(METHOD_NOT_FOUND, f"there is no {message.method} {name}".rstrip())
        if place not in self._objects:
            raise Refusal(INVALID_PARAMS, f"client {place[0]} has no {name}")
        methods = self._described[name]
        if called not in methods:
            raise Refusal(METHOD_NOT_FOUND, f"{name} has no {called}; it has {', '.join(methods)}")
        if called in ("lock", "unlock") and "unlock" in methods:
            return self._lock(place) if called == "lock" else self._unlock(place)
        given, parameters = params.get("arguments", []), methods[called].parameters
        if not isinstance(given, list) or len(given) != len(parameters):
            raise Refusal(INVALID_PARAMS, f"{name}.{called} takes a list of {len(parameters)} arguments")
        arguments = [from_json(value, p.type, p.name) for value, p in zip(given, parameters, strict=True)]
        return to_json(getattr(self._objects[place], called)(*arguments))

    def _lock(self, place: tuple[object, str]) -> None:
        lock = self._objects[place].lock()
        # Never wait here: another client's call, which this one's may wait for, needs the thread.
        if not lock.acquire(blocking=False):
            raise NotYet
        self._held[place] = lock

    def _unlock(self, place: tuple[object, str]) -> None:
        held = self._held.pop(place, None)
        if held is not None:
            held.release()
