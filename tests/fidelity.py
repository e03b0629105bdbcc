"""FIDELITY.md held to what it says, for any vendor: rules have tests, tests have rules, evidence is where it says.

A row is `id | sentence | evidence | place`: documented (a heading of the vendor's document, listed in the fixtures'
`headings.json`), observed (a source that `observed.json` lists, or `recording NAME`, a file of the fixtures' `recordings`
that `lockpact record` made) or assumed (the reason). A vendor's own test file:

    HELD = Fidelity.of("nuki", "NK", leads={"Introduction", "Example", "Endpoints"})


    def test_rules_and_tests_are_the_same_set() -> None:
        HELD.assert_pinned()


    @pytest.mark.parametrize("row", HELD.rows, ids=lambda row: row.id)
    def test_a_row_has_a_sentence_and_evidence_of_a_known_kind(row: Row) -> None:
        HELD.assert_evidence(row)


    def test_every_chapter_and_every_source_is_drawn_on() -> None:
        HELD.assert_covered()
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lockpact.record.recording import SIMULATOR, read
from locksim.registry import load

__all__ = ["Fidelity", "Row"]

TESTS = Path(__file__).parent
FIXTURES = TESTS.parent / "fixtures"


@dataclass(frozen=True)
class Row:
    """One rule."""

    id: str
    sentence: str
    evidence: str
    place: str


@dataclass(frozen=True)
class Fidelity:
    """One vendor's table, and what its evidence may name."""

    vendor: str
    prefix: str
    """Of the rules' ids: NK for NK-R1."""
    rows: Sequence[Row]
    headings: Collection[str]
    sources: Collection[str]
    drawn: Collection[str]
    """Sources that the recorded data draws on."""
    leads: Collection[str]
    """Headings that only lead to other chapters, and have no rules of their own."""

    @classmethod
    def of(cls, vendor: str, prefix: str, *, leads: Collection[str] = ()) -> Fidelity:
        """Read the vendor's table and fixtures (`observed.json` may be missing)."""
        table = load(vendor).openapi.with_name("FIDELITY.md").read_text("utf-8")
        headings = _read(vendor, "headings.json")["headings"]
        observed = _read(vendor, "observed.json")
        drawn = {keys["source"] for keys in observed.get("keys", {}).values()}
        rows = [
            Row(*(cell.strip() for cell in line.strip("|").split("|")))
            for line in table.splitlines()
            if line.startswith(f"| {prefix}-")
        ]
        return cls(vendor, prefix, rows, set(headings), set(observed.get("sources", ())), drawn, frozenset(leads))

    def assert_pinned(self) -> None:
        """Each rule has its test, and each test's rule its row."""
        ids = [row.id for row in self.rows]
        twice = {one for one in ids if ids.count(one) > 1}
        pinned = self._pinned()
        assert not twice, f"given to two rules: {', '.join(sorted(twice))}"
        assert not set(ids) - pinned, f"no test pins {', '.join(sorted(set(ids) - pinned))}"
        assert not pinned - set(ids), f"tests pin what is no rule: {', '.join(sorted(pinned - set(ids)))}"

    def assert_evidence(self, row: Row) -> None:
        """A row has an id, a sentence, and evidence that is where it says."""
        assert re.fullmatch(rf"{self.prefix}-R\d{{2,3}}", row.id)
        assert row.sentence.endswith("."), f"{row.id}: a rule is a sentence"
        known = {
            "documented": self.headings,
            "observed": self.sources,
            "assumed": {row.place} if len(row.place.split()) > 2 else set(),
        }
        assert row.evidence in known, f"{row.id}: {row.evidence!r} is no evidence"
        cited = row.evidence == "observed" and row.place.startswith("recording ")
        assert row.place in known[row.evidence] or (cited and self._recorded(row.place.removeprefix("recording "))), (
            f"{row.id}: {row.place!r} is no place of what is {row.evidence}"
        )

    def assert_covered(self) -> None:
        """Every chapter with rules of its own has some, and every source is drawn on."""
        places = {row.place for row in self.rows if row.evidence == "documented"}
        assert places == set(self.headings) - set(self.leads)
        sources = {row.place for row in self.rows if row.evidence == "observed"} | set(self.drawn)
        assert {source for source in sources if not source.startswith("recording ")} == set(self.sources)

    def _recorded(self, name: str) -> bool:
        """Whether there is a recording of this name, of this vendor, and of a server that is none of ours."""
        file = FIXTURES / self.vendor / "recordings" / f"{name}.json"
        if not file.exists():
            return False
        recording = read(file)
        return (recording.vendor, recording.name) == (self.vendor, name) and recording.server != SIMULATOR

    def _pinned(self) -> set[str]:
        """The ids in `pytest.mark.rule("…")` of all the vendor's tests."""
        found: set[str] = set()
        for path in (TESTS / self.vendor).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.rule":
                    found.update(str(ast.literal_eval(argument)) for argument in node.args)
        return found


def _read(vendor: str, name: str) -> dict[str, Any]:
    file = FIXTURES / vendor / name
    found: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() or name == "headings.json" else {}
    return found
