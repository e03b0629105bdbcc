"""Every rule in FIDELITY.md has its test, every test's rule has its row, and evidence is what it says it is."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from locksim.nuki import VENDOR

HERE = Path(__file__).parent
FIXTURES = HERE.parents[1] / "fixtures" / "nuki"
HEADINGS = set(json.loads(FIXTURES.joinpath("headings.json").read_text("utf-8"))["headings"])
SOURCES = set(json.loads(FIXTURES.joinpath("observed.json").read_text("utf-8"))["sources"])
TABLE = VENDOR.openapi.with_name("FIDELITY.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.splitlines() if line.startswith("| NK-")
]


def pinned() -> set[str]:
    """The ids in `@pytest.mark.rule("…")` and `pytest.mark.rule("…")` of all tests here."""
    found: set[str] = set()
    for path in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.rule":
                found.update(str(ast.literal_eval(argument)) for argument in node.args)
    return found


def test_rules_and_tests_are_the_same_set() -> None:
    ids = [row[0] for row in ROWS]
    assert len(set(ids)) == len(ids)
    assert pinned() == set(ids)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_has_a_sentence_and_evidence_of_a_known_kind(row: list[str]) -> None:
    number, sentence, evidence, place = row
    assert re.fullmatch(r"NK-R\d{2,3}", number)
    assert sentence.endswith(".")
    known = {"documented": HEADINGS, "observed": SOURCES, "assumed": {place} if len(place.split()) > 2 else set()}
    assert place in known[evidence]


def test_every_chapter_with_rules_of_its_own_is_covered() -> None:
    """Introduction, Example and Endpoints only lead to other chapters."""
    places = {row[3] for row in ROWS if row[2] == "documented"}
    assert places == HEADINGS - {"Introduction", "Example", "Endpoints"}


def test_every_source_is_drawn_on() -> None:
    recorded = json.loads(FIXTURES.joinpath("observed.json").read_text("utf-8"))["keys"].values()
    drawn_on = {row[3] for row in ROWS if row[2] == "observed"} | {keys["source"] for keys in recorded}
    assert drawn_on == SOURCES
