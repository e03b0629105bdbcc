"""What the console is made of: its files, and what it asks of the control API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from locksim.console.files import MODULES
from locksim.server import console_handlers
from locksim.server.config import ServerConfig
from tests.server.served import ServedToy, serve_toy


def events(toy: ServedToy, *, after: int = 0, world: str = "default") -> Iterator[tuple[str, Any]]:
    """Yield the events of a world's turns."""
    url = f"{toy.control}/worlds/{world}/turns?after={after}"
    with toy.http.stream("GET", url) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        name = ""
        for line in answer.iter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                yield name, json.loads(value)


def turns_until(stream: Iterator[tuple[str, Any]], last: int) -> list[dict[str, Any]]:
    """Read the stream up to this turn."""
    found: list[dict[str, Any]] = []
    while not found or found[-1]["n"] < last:
        name, data = next(stream)
        found += data if name == "turns" else []
    return found


# ---- the page


def test_every_module_that_a_module_imports_is_served_as_a_script(toy: ServedToy) -> None:
    base = toy.ready["console"].rstrip("/")
    imported = set()
    for name in MODULES:
        answer = toy.http.get(f"{base}/console/{name}.js")
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        imported |= set(re.findall(r'from "([^"]+)"', answer.text))
    assert imported == {f"console/{name}" for name in MODULES} - {"console/app", "console/report"}


def test_the_page_runs_its_own_scripts_only_and_loads_nothing_from_elsewhere(toy: ServedToy) -> None:
    page = toy.http.get(toy.ready["console"])
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page.text)


@pytest.mark.parametrize(
    "path", ["/console/", "/console/none.js", "/console/../__init__.py", "/console/LICENCES.txt", "/app.js"]
)
def test_there_is_no_other_file(toy: ServedToy, path: str) -> None:
    assert toy.http.get(toy.ready["console"].rstrip("/") + path).status_code == 404


def test_the_page_can_only_be_read(toy: ServedToy) -> None:
    answer = toy.http.post(f"{toy.ready['console'].rstrip('/')}/console/app.js")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


# ---- the turns


def test_turns_come_as_they_happen_in_short_form(toy: ServedToy) -> None:
    stream = events(toy)
    name, clock = next(stream)
    assert (name, clock["mode"], clock["last"], clock["waiting"]) == ("clock", "manual", 0, 0)
    toy.get("/count?x=1")
    toy.get("/broken")
    toy.act("ring")
    toy.sim("POST", "/clock/advance", {"seconds": 5})
    found = turns_until(stream, 4)
    assert [one["text"] for one in found] == ["GET /count?x=1", "GET /broken", "ring on front", "time passes"]
    assert [one.get("status") for one in found] == [200, 500, None, None]
    assert found[1]["failed"] is True
    assert found[2] == {
        "n": 3,
        "at": "2026-01-05T08:00:00Z",
        "kind": "act",
        "vendor": "toy",
        "device": "front",
        "action": "ring",
        "text": "ring on front",
    }


def test_a_stream_begins_after_the_turn_that_is_known(toy: ServedToy) -> None:
    for _ in range(3):
        toy.get("/count")
    assert [one["n"] for one in turns_until(events(toy, after=2), 3)] == [3]


def test_a_busy_world_sends_a_few_turns_and_the_rest_when_it_is_quiet(
    toy: ServedToy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_handlers, "LIVE", 3)
    monkeypatch.setattr(console_handlers, "BUSY_PERIOD", 0.3)
    stream = events(toy)
    assert next(stream)[0] == "clock"
    for _ in range(30):
        toy.get("/count")
    found: list[list[int]] = []
    while not found or found[-1][-1] < 30:
        name, data = next(stream)
        found += [[turn["n"] for turn in data]] if name == "turns" else []
    assert len(found[0]) <= 3
    assert [n for numbers in found for n in numbers] == [*range(1, 31)]


def test_a_head_request_leaves_the_connection_free(toy: ServedToy) -> None:
    for _ in range(2):
        assert toy.http.head(f"{toy.control}/worlds/default/turns").status_code == 200
    assert toy.sim("GET", "/journal")["last"] == 0


def test_a_reset_says_that_the_numbers_begin_again(toy: ServedToy) -> None:
    toy.get("/count")
    stream = events(toy)
    turns_until(stream, 1)
    toy.sim("POST", "/reset")
    assert "began" in [next(stream)[0] for _ in range(3)]
    toy.get("/echo")
    assert turns_until(stream, 1)[0]["text"] == "GET /echo"


def test_a_stream_ends_with_its_world(toy: ServedToy) -> None:
    toy.api("POST", "/worlds", {"name": "mine", "clock": "manual"}, status=201)
    stream = events(toy, world="mine")
    next(stream)
    toy.sim("DELETE", "", world="mine")
    assert all(name == "clock" for name, _ in stream)


def test_secrets_are_masked_in_turns_and_moments_when_the_server_masks_them() -> None:
    with serve_toy(clock="manual", config=ServerConfig(mask=True)) as toy:
        toy.get("/echo?key=toy")
        assert turns_until(events(toy), 1)[0]["text"] == "GET /echo?key=•••"
        assert "key=toy" not in json.dumps(toy.sim("GET", "/journal/1"))


# ---- one moment


def test_a_moment_has_its_entry_what_it_changed_and_the_devices_of_that_time(toy: ServedToy) -> None:
    toy.act("unplug")
    toy.act("plug_in")
    moment = toy.sim("GET", "/journal/1")
    assert moment["entry"] == toy.sim("GET", "/journal")["entries"][0]
    assert moment["changes"] == [{"vendor": "toy", "path": "plugged", "was": True, "now": False}]
    assert moment["devices"]["toy"][0]["state"]["plugged"] is False
    assert toy.sim("GET", "/toy/hardware")["devices"][0]["state"]["plugged"] is True


def test_the_moment_before_the_first_entry_has_none(toy: ServedToy) -> None:
    moment = toy.sim("GET", "/journal/0")
    assert "entry" not in moment
    assert moment["changes"] == []


def test_an_entry_that_there_is_not_is_a_404(toy: ServedToy) -> None:
    assert "the entries 1 to 0, not 7" in toy.sim("GET", "/journal/7", status=404)["error"]


def test_looking_at_a_moment_changes_nothing(toy: ServedToy) -> None:
    toy.act("ring")
    before = toy.sim("GET", "/toy/state")
    toy.sim("GET", "/journal/1")
    assert toy.sim("GET", "/toy/state") == before
    assert toy.sim("GET", "/journal")["last"] == 1


def test_a_fork_after_an_entry_goes_on_from_there_with_a_manual_clock(toy: ServedToy) -> None:
    toy.act("unplug")
    toy.act("plug_in")
    made = toy.sim("POST", "/fork", {"name": "what-if", "after": 1}, status=201)
    assert made["clock"]["mode"] == "manual"
    assert toy.sim("GET", "/toy/hardware", world="what-if")["devices"][0]["state"]["plugged"] is False
    assert [one["kind"] for one in toy.sim("GET", "/journal", world="what-if")["entries"]] == ["restarted"]
    toy.sim("POST", "/toy/hardware/front/plug_in", {}, world="what-if")
    assert toy.sim("GET", "/journal", world="what-if")["last"] == 3


# ---- what is due, and forms


def test_what_is_due_is_listed_the_next_first(toy: ServedToy) -> None:
    toy.act("ring", after=60)
    toy.act("unplug", after=30)
    due = toy.sim("GET", "/due")["due"]
    assert [(one["kind"], one["vendor"], one["what"], one["at"]) for one in due] == [
        ("scheduled", "toy", "unplug", "2026-01-05T08:00:30Z"),
        ("scheduled", "toy", "ring", "2026-01-05T08:01:00Z"),
    ]


def test_every_action_has_a_form(toy: ServedToy) -> None:
    forms = toy.sim("GET", "/toy/actions")
    bell = {one["name"]: one for one in forms["devices"]["bell"]}
    assert bell.keys() == set(toy.sim("GET", "/toy/hardware")["devices"][0]["actions"])
    assert bell["ring"]["arguments"]["properties"]["times"]["type"] == "integer"
    assert bell["ring"]["title"]
