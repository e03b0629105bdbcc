"""The ready document is the one source of addresses and credentials."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from locksim.server import connection_info
from tests.server.door import Stand


def test_it_has_the_keys_that_users_rely_on(toy: Stand) -> None:
    assert toy.ready.keys() == {"version", "control", "console", "world", "vendors"}
    assert toy.ready["world"] == "default"
    assert toy.ready["vendors"]["toy"] == {"url": toy.url, "credentials": {"token": "toy"}}


def test_the_control_door_shows_the_same(toy: Stand) -> None:
    assert toy.door("GET", "") == toy.door("GET", "/") == toy.ready


def test_what_it_names_is_there(toy: Stand) -> None:
    assert toy.http.get(toy.ready["console"]).status_code == 200
    assert toy.get("/count").json() == {"count": 0}


def test_the_page_at_the_hub_lists_the_vendors_and_shows_no_credentials(toy: Stand) -> None:
    page = toy.http.get(toy.ready["console"])
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Toy door bell" in page.text
    assert toy.url in page.text
    assert toy.ready["vendors"]["toy"]["credentials"]["token"] not in page.text.replace("Toy door bell", "")


def test_a_file_is_written_whole_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    path.write_text("what was there before, and is longer than what comes")
    connection_info.write(path, {"a": 1})
    assert json.loads(path.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        connection_info.write(tmp_path / "taken", {"a": 1})
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]
