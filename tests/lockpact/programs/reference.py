"""Serve a vendor's reference client by the Python kit, with values as the wire has them: python reference.py VENDOR"""

from __future__ import annotations

import importlib.util
import sys
from types import SimpleNamespace
from typing import Any

from lockpact.core.connection import Connection
from lockpact.core.kits import KITS
from lockpact.core.pact import load
from lockpact.programs.port_types import Method, describe_port
from lockpact.programs.values import from_json

spec = importlib.util.spec_from_file_location("lockpact_kit", KITS / "python" / "lockpact_kit.py")
assert spec is not None
assert spec.loader is not None
kit = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kit)

pact = load(sys.argv[1])
port = describe_port(pact)
module, _, name = pact.reference.partition(":")
reference = getattr(importlib.import_module(module), name)


def remote(target: Any, methods: tuple[Method, ...]) -> Any:
    """What the client may call, with the port's values. A lock is a context manager here."""

    def of(method: Method) -> Any:
        return lambda *given: from_json(getattr(target, method.name)(*given), method.result)

    found = SimpleNamespace(**{method.name: of(method) for method in methods})
    if hasattr(found, "unlock"):
        take, release = found.lock, found.unlock
        held = type("Held", (), {"__enter__": lambda _: take(), "__exit__": lambda *_: release()})
        found.lock = held
    return found


class Adapter:
    def __init__(self, connection: dict[str, Any]) -> None:
        objects = {one.name: one.methods for one in port.objects}
        credentials = dict(connection["credentials"])
        if "store" in connection["objects"]:
            credentials["store"] = remote(credentials["store"], objects["store"])
        nearby = connection.get("nearby")
        self.client = reference(
            Connection(
                connection["url"],
                credentials,
                connection["callback_url"],
                nearby=None if nearby is None else remote(nearby, objects["nearby"]),
            )
        )

    def close(self) -> None:
        self.client.close()


def method_of(method: Method) -> Any:
    def call(self: Adapter, *given: Any) -> Any:
        arguments = [from_json(value, p.type) for value, p in zip(given, method.parameters, strict=True)]
        return getattr(self.client, method.name)(*arguments)

    return call


for method in port.methods:
    if hasattr(reference, method.name):
        setattr(Adapter, method.name, method_of(method))

kit.serve(Adapter)
