"""To a live server nothing is sent beyond what is allowed, and what is created is removed."""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.pact import Pact, Quota
from lockpact.drift import Server, cleanup, drift
from lockpact.drift.created_objects import CreatedObjects
from lockpact.live.permission import Permission
from tests.lockpact.drift.recorder import Recorder, recorder
from tests.lockpact.drift.shop import MAKE, OPERATIONS, Shop, keys, sold_by, the_pact


@pytest.fixture
def pact() -> Iterator[Pact]:
    with sold_by():
        yield the_pact()


@pytest.fixture
def shops() -> Iterator[list[tuple[Recorder, Shop]]]:
    with ExitStack() as stack:
        made = [Shop(), Shop()]
        yield [(stack.enter_context(recorder(shop)), shop) for shop in made]


def run(
    pact: Pact, shops: list[tuple[Recorder, Shop]], folder: Path, accept: Path | None = None, **permitted: Any
) -> Any:
    permission = Permission(credentials=keys(folder), **permitted)
    servers = [Server(there.url) for there, _ in shops]
    return drift(pact, *servers, permission=permission, accept=accept, created_file=folder / "made.jsonl", sequences=6)


def asked(shops: list[tuple[Recorder, Shop]]) -> set[tuple[str, str]]:
    return {(method, path.rstrip("0123456789")) for there, _ in shops for method, path in there.asked}


def test_only_reads_are_sent(pact: Pact, shops: list[tuple[Recorder, Shop]], tmp_path: Path) -> None:
    verdict = run(pact, shops, tmp_path)
    assert (verdict.code, verdict.found) == (0, [])
    assert asked(shops) == {("GET", "/things")}
    assert verdict.usage[0].calls == len(shops[0][0].asked) > 0


def test_a_changed_read_finds_a_parameter_that_became_required(pact: Pact, tmp_path: Path) -> None:
    def strict(method: str, path: str) -> tuple[int, Any]:
        return (200, [{"id": 1}]) if "key=s3cret-s3cret" in path else (400, {})

    with recorder(Shop()) as before, recorder(strict) as after:
        found = run(pact, [(before, Shop()), (after, Shop())], tmp_path).found
    assert [finding.name for finding in found] == ["list: status 200 → 400"]
    assert [step.change > 0 for step in found[0].steps] == [True]


def test_allowing_all_does_not_allow_destructive_operations(
    pact: Pact, shops: list[tuple[Recorder, Shop]], tmp_path: Path
) -> None:
    run(pact, shops, tmp_path, allow=frozenset({"*"}))
    assert ("POST", "/mail") in asked(shops)
    assert ("POST", "/open/") not in asked(shops)
    run(pact, shops, tmp_path, allow=frozenset({"POST /open/{thing}"}))
    assert ("POST", "/open/") in asked(shops)


def test_created_objects_are_removed_at_the_end(pact: Pact, shops: list[tuple[Recorder, Shop]], tmp_path: Path) -> None:
    verdict = run(pact, shops, tmp_path, allow=frozenset({"*"}))
    assert ("POST", "/things") in asked(shops)
    assert [shop.things for _, shop in shops] == [[1], [1]]
    assert not (tmp_path / "made.jsonl").exists()
    made = len(shops[0][1].made) + len(shops[1][1].made)
    assert verdict.notes == [f"created and removed: {made} thing"]


def test_objects_left_by_a_crash_are_removed_by_the_next_run(
    pact: Pact, shops: list[tuple[Recorder, Shop]], tmp_path: Path
) -> None:
    """The process dies between an answer and the end: the ledger remembers."""
    there, shop = shops[0]
    shop.things.append(77)
    ledger = CreatedObjects(tmp_path / "made.jsonl", "nuki")
    ledger.set_created(ledger.add(MAKE, there.url), [77])
    with (tmp_path / "made.jsonl").open("a") as file:
        file.write('{"number": 2, "ven')
    run(pact, shops, tmp_path)
    assert shop.things == [1]
    assert not (tmp_path / "made.jsonl").exists()


def test_a_killed_run_sent_only_what_is_allowed_and_the_next_run_removes_its_objects(
    pact: Pact, shops: list[tuple[Recorder, Shop]], tmp_path: Path
) -> None:
    """Killed while its third request to make something is under way: that one's answer never came."""
    (there, shop), (other, _) = shops
    command = [sys.executable, "-m", "tests.lockpact.drift.a_run", there.url, other.url, str(tmp_path)]
    with subprocess.Popen(command) as process:
        shop.at = lambda number: process.kill() if len(shop.made) == 3 else None
        assert process.wait() == -signal.SIGKILL
    assert asked(shops) <= {("GET", "/things"), ("POST", "/things"), ("POST", "/mail"), ("DELETE", "/things/")}
    lost = shop.made[-1]
    assert lost in shop.things
    shop.at = lambda number: None
    notes = run(pact, shops, tmp_path).notes
    assert shop.things == [1, lost]
    assert ["remove it by hand" in note for note in notes] == [False, True]
    assert "created and removed" in notes[0]


def test_cleanup_removes_objects_left_by_a_crash(
    pact: Pact, shops: list[tuple[Recorder, Shop]], tmp_path: Path
) -> None:
    there, shop = shops[0]
    shop.things.append(77)
    ledger = CreatedObjects(tmp_path / "made.jsonl", "nuki")
    ledger.set_created(ledger.add(MAKE, there.url), [77])
    given = Server(there.url), Permission(credentials=keys(tmp_path)), tmp_path / "made.jsonl"
    paper = cleanup(pact, *given)
    assert (paper.code, [row.word for row in paper.rows], shop.things) == (0, ["removed"], [1])
    assert cleanup(pact, *given).rows == []
    assert {method for method, _ in there.asked} == {"DELETE"}


def test_objects_that_cannot_be_removed_are_reported(
    pact: Pact, shops: list[tuple[Recorder, Shop]], tmp_path: Path
) -> None:
    ledger = CreatedObjects(tmp_path / "made.jsonl", "nuki")
    ledger.add(MAKE, shops[0][0].url)
    (note,) = run(pact, shops, tmp_path).notes
    assert "remove it by hand" in note
    assert json.loads((tmp_path / "made.jsonl").read_text().splitlines()[0])["operation"] == "make"


def test_the_limit_of_calls_is_kept_and_reported(
    pact: Pact, shops: list[tuple[Recorder, Shop]], tmp_path: Path
) -> None:
    verdict = run(pact, shops, tmp_path, calls=5)
    assert all(0 < len(there.asked) <= 5 for there, _ in shops)
    assert "--calls" in verdict.notes[0]


def test_the_result_contains_no_secret(pact: Pact, shops: list[tuple[Recorder, Shop]], tmp_path: Path) -> None:
    shops[1][1].things.clear()
    verdict = run(pact, shops, tmp_path)
    assert verdict.code == 1
    output = verdict.json().decode() + "".join(row.story for row in verdict.model().rows)
    assert "s3cret" not in output
    assert "key='\"$LOCKPACT_" in output.replace("\\", "")


def test_a_secret_that_a_server_echoes_is_masked(
    pact: Pact, shops: list[tuple[Recorder, Shop]], tmp_path: Path
) -> None:
    shops[1][1].things.append("s3cret-s3cret")  # type: ignore[arg-type]
    verdict = run(pact, shops, tmp_path)
    assert verdict.code == 1
    output = verdict.json().decode() + "".join(row.story + row.sentence for row in verdict.model().rows)
    assert "s3cret" not in output
    assert "•••" in output


def test_secrets_in_answers_are_masked(pact: Pact, shops: list[tuple[Recorder, Shop]], tmp_path: Path) -> None:
    """What answers tell under keys that the vendor's table calls secret; not half of it either."""
    for (_, shop), key in zip(shops, ("84DFFBK2", "Q3QA7ZAK"), strict=True):
        # Answers are reported up to their 300th character, which is within this one's key.
        shop.things = [{"name": f"{key[0]:x<266}", "key": key}]  # type: ignore[list-item]
    with patch(
        "lockpact.drift.run.operations_of", lambda pact: dataclasses.replace(OPERATIONS, secret=frozenset({"key"}))
    ):
        verdict = run(pact, shops, tmp_path)
    output = verdict.json().decode() + "".join(row.story + row.sentence for row in verdict.model().rows)
    assert verdict.code == 1
    assert "name" in output
    assert not any(key[:4] in output for key in ("84DFFBK2", "Q3QA7ZAK"))


def test_the_quota_is_kept_below_the_share(pact: Pact, shops: list[tuple[Recorder, Shop]], tmp_path: Path) -> None:
    tight = dataclasses.replace(
        pact, live=dataclasses.replace(pact.live, quotas=(Quota(9, "day", "POST /things"), Quota(40, "day")))
    )
    verdict = run(tight, shops, tmp_path, share=0.25)
    assert all(0 < len(there.asked) <= 10 for there, _ in shops)
    assert "--share" in verdict.notes[0]
    assert "of the quota of 40 a day" in str(verdict.usage[0])
    assert max(bill.quota or 0 for bill in verdict.usage) == 0.25


def test_shared_objects_are_changed_only_if_they_are_named(
    pact: Pact, shops: list[tuple[Recorder, Shop]], tmp_path: Path
) -> None:
    shared = dataclasses.replace(pact, live=dataclasses.replace(pact.live, named=frozenset({"lock"})))
    with pytest.raises(CouldNotRun, match="--lock"):
        run(shared, shops, tmp_path, allow=frozenset({"*"}))
    assert asked(shops) == set()
    run(shared, shops, tmp_path)
    assert asked(shops) == {("GET", "/things")}


@pytest.mark.parametrize("host", ["shop.example", "api.shop.example"])
def test_production_is_refused_unless_its_account_is_named(pact: Pact, tmp_path: Path, host: str) -> None:
    with pytest.raises(CouldNotRun, match="production"):
        drift(pact, Server(f"https://{host}"), Server("http://127.0.0.1:9"), created_file=tmp_path / "made.jsonl")


def test_an_accepted_difference_is_not_new_and_a_stale_entry_is_reported(
    pact: Pact, shops: list[tuple[Recorder, Shop]], tmp_path: Path
) -> None:
    shops[1][1].things.append(2)
    known = tmp_path / "known.toml"
    entry = '[[accept]]\ndifference = "{}"\nreason = "announced"\ndate = 2026-11-21\n'
    known.write_text(entry.format("list: paging") + entry.format("list: key gone *.id"))
    verdict = run(pact, shops, tmp_path, accept=known)
    assert verdict.code == 0
    assert [e.difference for e in verdict.stale] == ["list: key gone *.id"]
    assert verdict.model().rows[0].word == "accepted"
    known.write_text("[[accept]]\ndifference = 'x'\n")
    with pytest.raises(CouldNotRun, match="reason"):
        run(pact, shops, tmp_path, accept=known)
