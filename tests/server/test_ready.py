"""The connection info is the one source of addresses and credentials."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from locksim.server import connection_info
from tests.server.served import ServedToy


def test_the_connection_info_has_the_binding_keys(toy: ServedToy) -> None:
    assert toy.ready.keys() == {"version", "control", "console", "world", "vendors"}
    assert toy.ready["world"] == "default"
    assert toy.ready["vendors"]["toy"] == {"url": toy.url, "credentials": {"token": "toy"}}


def test_the_control_api_serves_the_same(toy: ServedToy) -> None:
    assert toy.api("GET", "") == toy.api("GET", "/") == toy.ready


def test_its_addresses_answer(toy: ServedToy) -> None:
    assert toy.http.get(toy.ready["console"]).status_code == 200
    assert toy.get("/count").json() == {"count": 0}


def test_the_console_page_shows_no_credentials(toy: ServedToy) -> None:
    page = toy.http.get(toy.ready["console"])
    assert page.headers["Content-Type"].startswith("text/html")
    assert toy.ready["vendors"]["toy"]["credentials"]["token"] not in page.text


def test_the_ready_file_is_written_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    path.write_text("what was there before, and is longer than what comes")
    connection_info.write(path, {"a": 1})
    assert json.loads(path.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        connection_info.write(tmp_path / "taken", {"a": 1})
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]
