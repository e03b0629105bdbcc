"""What a request or a device action costs, in counts: calls of functions, SQL statements, bytes. Tests never measure time.

An operation that costs more here than `CALLS` says has become slower. If it must, write the new count; if it costs far less,
do so too, so that the guard stays close.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

import locksim
from bench.growth import WORLDS, Bench, calls_of, steps_of
from locksim.engine.errors import Unknown
from locksim.http.connection import Connection, Exchange, own_answer
from locksim.storage.sqlite import SqliteStore
from locksim.storage.store import Append, Begin

CALLS = {
    "nuki": {
        "list": 215, "lockState": 225, "lockAction": 295, "info": 232, "log": 280, "callback/list": 178, "unknown lock": 204,
        "battery": 109, "turn": 133, "range": 86,
    },
    "noke": {
        "lock list": 307, "unlock": 239, "keys": 265, "fobs": 200, "activity": 176, "wake": 158, "sleep": 79, "battery": 127,
        "shackle": 89, "squeeze": 128,
    },
    "lockt": {
        "user": 280, "door": 217, "events": 281, "fob": 315, "fobcheck": 279, "doorstate": 256, "nextcardnum": 189,
        "save user": 459,        "present_card": 129, "battery": 76, "network": 65,
    },
    "codelocks": {
        "init": 249, "durations": 226, "locks": 262, "lock": 289, "audit": 332, "clients": 332, "account": 190,
        "enter_netcode": 97, "enter_master": 81, "gateway": 99,
    },
    "remotelock": {
        "devices": 543, "last page": 560, "device": 292, "persons": 402, "events": 676, "create person": 463, "update": 479,
        "location": 311,
        "enter_pin": 429, "turn": 428, "battery": 219,
    },
}  # fmt: skip
"""Calls of functions, in Python and in C, of an operation in a world of ten entities. They differ a little between Pythons."""
SLACK = 1.4


@pytest.mark.parametrize("vendor", WORLDS)
def test_an_operation_costs_the_same_in_a_large_world(vendor: str) -> None:
    small, large = Bench(vendor, 10), Bench(vendor, 1_000)
    calls, steps = {}, {}
    for (name, given), (_, other) in zip(small.inputs(), large.inputs(), strict=True):
        calls[name] = calls_of(small, given), calls_of(large, other)
        steps[name] = steps_of(small, given), steps_of(large, other)
    assert calls.keys() == CALLS[vendor].keys()
    assert {name: one for name, (one, _) in calls.items() if one > SLACK * CALLS[vendor][name]} == {}
    assert {name for name, (one, other) in calls.items() if other > 1.25 * one} == WORLDS[vendor].grows
    assert {name for name, (one, other) in steps.items() if other > 1.25 * one} == WORLDS[vendor].grows


def test_one_device_is_shown_as_in_the_list_of_all() -> None:
    world = locksim.World(seed=7)
    for vendor in world.core.vendors:
        listed = world.core.devices(vendor)
        assert [world.core.device(vendor, device.id) for device in reversed(listed)] == listed[::-1]
        for unknown in ("", "-1", "0", "9" * 5000, "²", listed[0].id + " "):
            with pytest.raises(Unknown, match="has no device"):
                world.core.device(vendor, unknown)


@pytest.mark.parametrize("entries", [10, 1_000])
def test_a_commit_takes_one_statement_and_few_pages_however_long_the_journal(entries: int, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "data")
    store.lease("a test")
    store.append([Begin("default", b"{}", 0, 0, b"s" * 3000)])
    store.append([Append("default", n, n, b"x" * 900) for n in range(1, entries)])
    assert store._db is not None
    statements: list[str] = []
    store._db.set_trace_callback(statements.append)
    log = tmp_path / "data" / "journal.db-wal"
    before = log.stat().st_size
    for n in range(entries, entries + 20):
        store.append([Append("default", n, n, b"x" * 900)])
    written = (log.stat().st_size - before) / 20
    store.close()
    assert len(statements) == 20
    assert written < 1.6 * 4_120


def test_what_a_connection_repeats_is_in_memory_once() -> None:
    class Transport(asyncio.Transport):
        def write(self, data: bytes | bytearray | memoryview) -> None:
            pass

        def is_closing(self) -> bool:
            return False

    async def asked(*targets: str) -> list[Exchange]:
        exchanges: list[Exchange] = []

        def handle(exchange: Exchange) -> None:
            exchanges.append(exchange)
            exchange.respond(own_answer(200, b""))

        connection = Connection(handle, set(), asyncio.get_running_loop())
        connection.connection_made(Transport())
        for target in targets:
            connection.data_received(f"GET {target} HTTP/1.1\r\nHost: a.example\r\nAccept: {target}\r\n\r\n".encode())
        return exchanges

    one, same, other = asyncio.run(asked("/one", "/one", "/other"))
    assert one.headers is same.headers
    assert one.target is same.target
    assert (other.target, other.headers) == ("/other", (("Host", "a.example"), ("Accept", "/other")))
    assert other.method is one.method


def test_answers_share_the_headers_that_they_have_in_common() -> None:
    bench = Bench("nuki", 3)
    list_, *_ = bench.inputs()
    one, same = bench.run(list_[1]), bench.run(list_[1])
    assert one is not None
    assert same is not None
    assert [name for name, _ in one.headers] == ["Content-Type", "Content-Length", "Date"]
    assert all(mine is its for mine, its in zip(one.headers[1:], same.headers[1:], strict=True))


def test_a_small_request_takes_few_bytes_in_the_journal() -> None:
    bench = Bench("nuki", 3)
    list_, *_ = bench.inputs()
    bench.run(list_[1])
    entry = bench.world.core.journal.read()[-1]
    assert entry.answer is not None
    assert len(msgspec.msgpack.encode(entry)) < len(entry.answer.body) + 350
