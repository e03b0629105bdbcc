"""A small vendor for tests of runs on live servers: its operations, its pact, its server."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from lockpact.core.pact import LiveRules, Pact, VendorOperation, load
from lockpact.drift.operations import Cred, HttpOperation, OperationTable, Ref

MAKE = HttpOperation(
    "make", "POST", "/things", body={"name": "x"}, creates="thing", finds={"thing": "id"}, laws=("NK-ID-1",)
)
OPERATIONS = OperationTable(
    operations=(
        HttpOperation(
            "list",
            "GET",
            "/things",
            query={"key": Cred("token")},
            reads=True,
            opens=True,
            finds={"thing": "*.id"},
            laws=("NK-ID-1",),
        ),
        MAKE,
        HttpOperation("open", "POST", "/open/{thing}"),
        HttpOperation("mail", "POST", "/mail", body={"to": Ref("thing")}),
    ),
    identities=frozenset({"id"}),
    removes={"thing": HttpOperation("remove", "DELETE", "/things/{thing}")},
)


class Shop:
    """What its server answers. `at` is called with the number of each request."""

    def __init__(self) -> None:
        self.things: list[int] = [1]
        self.made: list[int] = []
        self.calls = 0
        self.at: Callable[[int], None] = lambda number: None

    def __call__(self, method: str, path: str) -> tuple[int, Any]:
        self.calls += 1
        if method == "POST" and path == "/things":
            self.made.append(self.calls + 100)
            self.things.append(self.made[-1])
            self.at(self.calls)
            return 201, {"id": self.made[-1]}
        self.at(self.calls)
        if method == "DELETE":
            self.things.remove(int(path.rpartition("/")[2]))
            return 200, {}
        return 200, [{"id": thing} for thing in self.things]


def the_pact() -> Pact:
    """Opening destroys; everything else that does more than read is to be allowed."""
    rows = [VendorOperation("GET", "/things", "read"), VendorOperation("POST", "/open/{thing}", "destructive")]
    live = LiveRules(lambda: rows, 1e6, "", lambda c: {}, frozenset({"shop.example"}))
    return dataclasses.replace(load("nuki"), live=live)


@contextmanager
def sold_by() -> Iterator[None]:
    """Runs use this vendor's operations."""
    with (
        patch("lockpact.drift.run.operations_of", lambda pact: OPERATIONS),
        patch("lockpact.drift.cleanup.operations_of", lambda pact: OPERATIONS),
    ):
        yield


def keys(folder: Path) -> Path:
    """A file of credentials."""
    file = folder / "keys.json"
    file.write_text('{"token": "s3cret-s3cret"}')
    return file
