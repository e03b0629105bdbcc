"""A journal as a page in one file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from locksim import World
from locksim.cli import main
from locksim.console.story import Note, story
from locksim.engine.errors import Refused
from locksim.engine.replay import read
from locksim.registry import load
from tests.needs import BROWSER

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FRONT_DOOR = "407225611"


def journal_of_a_visit() -> tuple[World, bytes]:
    """Return a world in which somebody listed the locks and turned a knob, and its journal."""
    world = World(["nuki"], seed=7)
    nuki = world.site("nuki")
    with httpx.Client(transport=nuki.transport, base_url=nuki.url) as client:
        client.get("/list", params={"token": nuki.credentials["token"]})
        client.get("/</script><script>alert(1)</script>")
    nuki.hardware[FRONT_DOOR].turn()
    return world, world.journal.jsonl().encode()


def page_of(journal: bytes, **options: Any) -> str:
    vendors = {name: load(name) for name in read(journal).header.vendors}
    return story(journal, vendors, **{"title": "a <visit>", **options}).decode()


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="story">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_a_story_has_each_turn_what_it_changed_and_the_devices_that_it_changed() -> None:
    world, journal = journal_of_a_visit()
    data = data_of(page_of(journal))
    assert [turn["text"].split("?")[0] for turn in data["turns"]][::2] == ["GET /list", f"turn on {FRONT_DOOR}"]
    moment = data["moments"]["3"]
    assert moment["entry"]["action"] == "turn"
    changed = moment["devices"]["nuki"]["changed"]
    assert [(one["id"], one["state"]["stateName"]) for one in changed] == [(FRONT_DOOR, "unlocked")]
    shown = {one["id"]: one["state"]["stateName"] for one in data["devices"]["nuki"] if one["kind"] == "lock"}
    assert shown[FRONT_DOOR] == "locked"
    assert len(data["devices"]["nuki"]) == len(world.core.devices("nuki"))


def test_a_story_shows_what_runs_out_and_the_rules_of_each_turn() -> None:
    world = World(["nuki"], seed=7)
    nuki = world.site("nuki")
    with httpx.Client(transport=nuki.transport, base_url=nuki.url) as client:
        client.get("/list", params={"token": "wrong!"})
    nuki.hardware["730158264"].power(on=False)
    nuki.hardware["730158264"].power(on=True)
    data = data_of(page_of(world.journal.jsonl().encode()))
    assert [id_ for id_, about in data["moments"]["1"]["rules"] if about == "answer"] == ["NK-R09"]
    assert data["rules"]["NK-R09"]["sentence"] == "A wrong token is 401."
    shown = [data["shown"][data["moments"][n]["shown"]]["nuki"]["gauges"] for n in ("1", "3")]
    assert [any(one["title"] == "the bridge starts" for one in found) for found in shown] == [False, True]


def test_secrets_are_masked_unless_asked_for() -> None:
    world, journal = journal_of_a_visit()
    token = world.site("nuki").credentials["token"]
    assert token not in page_of(journal)
    assert token in page_of(journal, mask=False)


def test_no_text_of_the_journal_ends_the_element_that_holds_it() -> None:
    _, journal = journal_of_a_visit()
    page = page_of(journal)
    assert "alert(1)" in page
    assert page.count("</script>") == 3
    assert "<title>a &lt;visit></title>" in page


def test_a_note_stands_after_the_last_turn_before_it() -> None:
    world, journal = journal_of_a_visit()
    notes = [Note(world.core.now - 1, "before"), Note(world.core.now, "after", "locked", wrong=True)]
    data = data_of(page_of(journal, notes=notes))
    assert [(one["n"], one["text"], one.get("wrong", False)) for one in data["notes"]] == [
        (0, "before", False),
        (3, "after", True),
    ]


def test_a_journal_that_gives_other_answers_is_refused() -> None:
    _, journal = journal_of_a_visit()
    with pytest.raises(Refused, match="other code"):
        page_of(journal.replace(b'"status":200', b'"status":201', 1))


def test_show_writes_the_page_next_to_the_journal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, journal = journal_of_a_visit()
    (tmp_path / "visit.jsonl").write_bytes(journal)
    assert main(["show", str(tmp_path / "visit.jsonl")]) == 0
    page = tmp_path / "visit.html"
    assert page.stat().st_mode & 0o777 == 0o600
    assert len(data_of(page.read_text())["turns"]) == 3
    assert str(page) in capsys.readouterr().out


@pytest.mark.parametrize(("content", "says"), [(None, "No such file"), (b"nonsense", "no header of a journal")])
def test_show_says_why_it_cannot(
    content: bytes | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "visit.jsonl").write_bytes(content)
    assert main(["show", str(tmp_path / "visit.jsonl")]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.needs(BROWSER)
@pytest.mark.xdist_group("browser")
def test_a_story_opens_from_a_file_at_what_is_wrong(browser: Browser, tmp_path: Path) -> None:
    world, journal = journal_of_a_visit()
    notes = [
        Note(world.core.now, "lock_state()", "locked"),
        Note(world.core.now, "the law is broken", "it was unlocked", wrong=True),
    ]
    file = tmp_path / "story.html"
    file.write_text(page_of(journal, notes=notes))
    page = browser.new_page()
    said: list[str] = []
    page.on(
        "request", lambda request: said.append(request.url) if not request.url.startswith(("file:", "data:")) else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())
    page.get_by_text("The building as it was after turn 3").wait_for()
    page.locator(f'[data-device="{FRONT_DOOR}"] .state b.free').wait_for()
    assert page.locator("tr.differs").inner_text().split("\t")[-1].strip() == "it was unlocked"
    assert page.get_by_role("button", name="turn", exact=True).count() == 0
    assert said == []
    page.context.close()
