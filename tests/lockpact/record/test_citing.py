"""A rule may cite a recording of a real server as observed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lockpact.record.recording import SIMULATOR, Recording
from tests import fidelity
from tests.fidelity import Fidelity, Row


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fidelity:
    """A vendor with a recording of its server, one of a simulator, and one under another's name."""
    monkeypatch.setattr(fidelity, "FIXTURES", tmp_path)
    folder = tmp_path / "toy" / "recordings"
    folder.mkdir(parents=True)
    for server in ("toy.example", SIMULATOR):
        recording = Recording("toy", "2026-11-21", server, "1.0", "a document", [])
        (folder / f"{recording.name}.json").write_bytes(recording.dumped())
    (folder / "toy-2026-11-22-toy.example.json").write_bytes(
        Recording("toy", "2026-11-21", "toy.example", "", "", []).dumped()
    )
    return Fidelity("toy", "TO", [], {"A chapter"}, {"a forum"}, set(), set())


def cites(place: str, evidence: str = "observed") -> Row:
    return Row("TO-R01", "It rains.", evidence, place)


def test_an_existing_recording_is_evidence(toy: Fidelity) -> None:
    toy.assert_evidence(cites("recording toy-2026-11-21-toy.example"))
    toy.assert_evidence(cites("a forum"))


@pytest.mark.parametrize(
    "row",
    [
        cites("recording toy-2026-11-20-toy.example"),
        cites(f"recording toy-2026-11-21-{SIMULATOR}"),
        cites("recording toy-2026-11-22-toy.example"),
        cites("recording "),
        cites("toy-2026-11-21-toy.example"),
        cites("recording toy-2026-11-21-toy.example", "documented"),
    ],
    ids=["none", "of ours", "another's name", "unnamed", "without the word", "not observed"],
)
def test_only_a_recording_of_a_real_server_is_evidence(toy: Fidelity, row: Row) -> None:
    with pytest.raises(AssertionError, match="is no place of what is"):
        toy.assert_evidence(row)


def test_a_cited_recording_need_not_be_listed_as_a_source(toy: Fidelity) -> None:
    rows = [cites("recording toy-2026-11-21-toy.example"), cites("a forum"), cites("A chapter", "documented")]
    Fidelity("toy", "TO", rows, toy.headings, toy.sources, set(), set()).assert_covered()
