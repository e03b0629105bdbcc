"""The page of real bugs: each has a law that exists and a mutant that the law names, or a reason why not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from lockpact.core.law import Law
from lockpact.core.pact import PACTS, load

PAGE = Path(__file__).parents[2] / "docs" / "real-bugs.md"
LAWS: dict[str, Law] = {law.id: law for vendor in PACTS for law in load(vendor).laws}


class Bug(NamedTuple):
    number: int
    what: str
    where: str
    laws: str
    mutants: str


BUGS = [
    Bug(int(number), *cells)
    for number, *cells in re.findall(
        r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
]


def test_the_page_has_seventy_bugs_with_a_source_each() -> None:
    assert [bug.number for bug in BUGS] == list(range(1, 71))
    assert all(re.search(r"[\w-]+/[\w.-]+|public integration", bug.where) for bug in BUGS)
    assert len({bug.what for bug in BUGS}) == len(BUGS)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: str(bug.number))
def test_the_law_exists_and_kills_the_mutants_that_the_page_names(bug: Bug) -> None:
    if bug.laws == "–":
        assert "`" not in bug.mutants.partition(" ")[0], "a bug without a law has a reason, not a mutant"
        assert len(bug.mutants.split()) > 5
        return
    killed = {name for id_ in bug.laws.split(", ") for name in LAWS[id_].mutants}
    named = re.findall(r"`(\w+)`", bug.mutants)
    assert named
    assert set(named) <= killed


def test_most_bugs_have_a_law() -> None:
    assert sum(bug.laws != "–" for bug in BUGS) >= 65
