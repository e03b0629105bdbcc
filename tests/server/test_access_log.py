"""The log of requests: one line each, with status, duration and near misses, and without secrets."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from locksim.cli import request_log
from locksim.server.access_log import AccessRecord
from locksim.server.config import ServerConfig
from locksim.server.run import serving
from tests.engine.toy import TOY
from tests.server.served import until
from tests.server.test_command import running


@contextmanager
def logged() -> Iterator[tuple[str, list[AccessRecord]]]:
    records: list[AccessRecord] = []
    with serving([TOY], config=ServerConfig(log=records.append), clock="manual") as info:
        yield info["vendors"]["toy"]["url"], records


def test_each_request_has_a_record() -> None:
    with logged() as (url, records):
        httpx.get(f"{url}/count?token=s3cret", trust_env=False, verify=False)
        httpx.get(f"{url}/nowhere", trust_env=False, verify=False)
    first, second = records
    assert (first.world, first.vendor, first.site, first.method, first.path, first.status) == (
        "default", "toy", "api", "GET", "/count", 200,
    )  # fmt: skip
    assert first.ms > 0
    assert (second.status, second.path) == (404, "/nowhere")
    assert "s3cret" not in str(records)


def test_a_request_that_waits_is_logged_when_it_ends() -> None:
    with logged() as (url, records):
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{url}/wait?seconds=never", timeout=0.2, trust_env=False, verify=False)
        until(lambda: bool(records))
        assert (records[0].status, records[0].note) == (None, "the caller hung up")
        assert records[0].ms >= 100


@pytest.mark.parametrize("style", ["text", "json"])
def test_the_command_writes_them(tmp_path: Path, style: str) -> None:
    with running(tmp_path, "nuki", "--quiet", "--log", style) as (process, ready):
        nuki = ready["vendors"]["nuki"]
        httpx.get(f"{nuki['url']}/list", params=nuki["credentials"], trust_env=False, verify=False)
        httpx.get(f"{nuki['url']}/lst", params=nuki["credentials"], trust_env=False, verify=False)
        process.terminate()
        out, _ = process.communicate(timeout=20)
    assert nuki["credentials"]["token"] not in out
    if style == "json":
        first, second = map(json.loads, out.splitlines())
        assert (first["path"], first["status"]) == ("/list", 200)
        assert "did you mean /list?" in second["misses"][0]
    else:
        first, second, miss = out.splitlines()
        assert first.startswith("200 ")
        assert first.endswith("nuki        GET /list")
        assert second.startswith("404 ")
        assert "did you mean /list?" in miss


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


RECORD = AccessRecord("2026-01-05T08:00:00Z", "default", "nuki", "bridge", "GET", "/lst", 1.25, 404, misses=("why",))


@pytest.mark.parametrize(("style", "quiet", "output", "writes"), [
    (None, False, Terminal, True), (None, True, Terminal, False), (None, False, io.StringIO, False),
    ("text", True, io.StringIO, True), ("json", True, io.StringIO, True), ("off", False, Terminal, False),
])  # fmt: skip
def test_it_is_written_on_a_terminal_or_when_asked_for(
    style: str | None, quiet: bool, output: type[io.StringIO], writes: bool
) -> None:
    out = output()
    write = request_log.writer(style, quiet, {}, out)
    if write is not None:
        write(RECORD)
    assert bool(out.getvalue()) is writes


def test_colours_are_for_terminals_that_want_them() -> None:
    assert request_log.line(RECORD) == "404       1.2 ms  nuki        GET /lst\n     why"
    for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        out = Terminal()
        write = request_log.writer(None, False, environment, out)
        assert write is not None
        write(RECORD)
        assert ("\x1b[33m404" in out.getvalue()) is coloured
