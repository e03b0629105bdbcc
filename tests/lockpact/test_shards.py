"""Shards, seeds and processes of one run: together they report what the whole run reports."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from lockpact.cli.main import main
from lockpact.report.json_form import decode_report, encode_report
from lockpact.report.model import ReportModel
from tests.lockpact.test_check import GOOD
from tests.lockpact.test_interrupted import ADAPTER, interrupt, running

FORGETFUL = """
from lockpact.nuki.port import Done, Failed
from lockpact.nuki.reference import Reference

class Forgetful(Reference):
    def act(self, lock, action, wait):
        try:
            return super().act(lock, action, wait)
        except Failed:
            return Done(True, False)

    def lock_state(self, lock):
        return super().lock_state(lock) if lock < 4_000_000_000 else {}["no such lock"]
"""
"""It breaks a law, and an implied law."""
CHECK = (
    "check",
    "nuki",
    "--adapter",
    "my_client:Forgetful",
    "--law",
    "NK-ACT-1",
    "--law",
    "NK-ID-1",
    "--examples",
    "12",
)


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.delitem(sys.modules, "my_client", raising=False)
    (tmp_path / "my_client.py").write_text(FORGETFUL + GOOD)


# One worker makes the report of the whole run.
pytestmark = [pytest.mark.usefixtures("_folder"), pytest.mark.xdist_group("shards")]


def report(*arguments: str) -> ReportModel:
    """Run a command, and return its report without what may differ: the time that it took."""
    assert main([*arguments, "--json", "report.json"]) in (0, 1)
    read = decode_report(Path("report.json").read_bytes())
    return replace(read, seconds=0, summary=re.sub(r", [\d.]+ s$", "", read.summary))


@cache
def whole_run() -> ReportModel:
    """The report of one process that runs all examples. Two tests compare with it."""
    return report(*CHECK)


def shards(count: int, *more: str) -> list[str]:
    for k in range(1, count + 1):
        main([*CHECK, *more, "--shard", f"{k}/{count}", "--json", f"{k}.json"])  # a shard may judge nothing
    return [f"{k}.json" for k in range(1, count + 1)]


def test_the_merged_report_of_all_shards_is_the_report_of_the_whole_run() -> None:
    whole = whole_run()
    assert "PORT-lock_state" in {row.id for row in whole.rows if row.word == "broken"}
    assert report("merge", *shards(3)) == whole


def test_several_processes_report_what_one_reports() -> None:
    assert report(*CHECK, "--jobs", "2") == whole_run()


def test_seeds_are_split_over_shards_too() -> None:
    seeds = ("--seed", "4", "--seeds", "2")
    whole = report(*CHECK, *seeds)
    assert "in 24 examples, seeds 4, 5" in whole.summary
    assert report("merge", *shards(2, *seeds)) == whole
    counts = [row.count for seed in ("4", "5") for row in report(*CHECK, "--seed", seed).rows if row.id == "NK-ID-1"]
    assert sum(count or 0 for count in counts) == next(row.count for row in whole.rows if row.id == "NK-ID-1")


def test_the_example_that_broke_a_law_runs_alone(capsys: pytest.CaptureFixture[str]) -> None:
    story = next(row.story for row in report(*CHECK, "--seed", "2").rows if row.id == "NK-ACT-1")
    command = story[story.index("lockpact check") :].split()
    assert command[-4:-2] == ["--example", command[-3]]
    alone = report(*command[1:])
    assert next(row.story for row in alone.rows if row.id == "NK-ACT-1") == story
    assert "in 1 examples" in alone.summary


def test_what_is_not_one_whole_run_is_not_merged(capsys: pytest.CaptureFixture[str]) -> None:
    one, two = shards(2)
    main([*CHECK, "--seed", "1", "--shard", "1/3", "--json", "other.json"])
    changed = replace(decode_report(Path(two).read_bytes()), facts={"subject": "another:Client"})
    Path("another.json").write_bytes(encode_report(changed))
    Path("copy.json").write_bytes(Path(one).read_bytes())
    Path("none.json").write_text('{"format": 1}')
    for files, says in (
        ([one], "a report is missing: seed 0, shard 2/2"),
        ([one, "copy.json", two], "are the same part of a run: seed 0, shard 1/2"),
        ([one, two, "other.json"], "a report is missing: seed 1, shard 2/3, 3/3"),
        ([one, "another.json"], "another.json is no report of `lockpact check`"),
        (["none.json"], "none.json: it is no report of this version"),
        (["nowhere.json"], "No such file or directory: 'nowhere.json'"),
    ):
        assert main(["merge", *files]) == 2
        assert says in capsys.readouterr().err


@pytest.mark.parametrize("shard", ["0/2", "3/2", "2", "1/0", "a/b"])
def test_an_invalid_shard_is_refused_with_a_sentence(shard: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*CHECK, "--shard", shard])
    assert f"invalid shard '{shard}': write K/N with K from 1 to N" in capsys.readouterr().err


def test_a_part_that_cannot_run_ends_the_run_with_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "nuki", "--adapter", "my_client:Nobody", "--jobs", "2", "--examples", "4"]) == 2
    assert capsys.readouterr().err == "lockpact check: my_client has no 'Nobody'; its classes: Forgetful\n"


def test_ctrl_c_ends_all_processes_with_what_they_have_so_far(tmp_path: Path) -> None:
    (tmp_path / "adapter.py").write_text(ADAPTER)
    arguments = ("check", "nuki", "--adapter", "adapter:Adapter", "--jobs", "2", "--examples", "20000")
    with running(tmp_path, *arguments) as process:
        output = interrupt(process, (tmp_path / "begun").exists)
    assert re.search(r"interrupted; so far: \d+ kept", output)
