"""The bench keeps its figures, and compares two runs by their ratios to the yardstick."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bench.__main__ import GROUPS, USUAL, main
from bench.results import Result, Results


def compared(old: list[Result], new: list[Result]) -> list[list[str]]:
    """The rows of the table that compares two runs."""
    table = Results(new).compared_with(Results(old))
    return [list(row) for row in zip(*(column.cells for column in table.columns), strict=True)]


def test_runs_are_compared_by_ratio_so_that_machines_may_differ() -> None:
    slow, fast = Result("list", 200, 100), Result("list", 30, 10)
    assert compared([slow], [fast]) == [["list", "2.00 ×", "3.00 ×", "1.50 ×"]]


def test_a_figure_without_a_yardstick_is_not_compared() -> None:
    assert compared([Result("reset", 1), Result("a", 1, 2)], [Result("reset", 9), Result("a", 1, 4)]) == [
        ["a", "0.50 ×", "0.25 ×", "0.50 ×"]
    ]


def test_a_ratio_of_nothing_has_no_change_and_is_no_error() -> None:
    assert compared([Result("a", 0, 2)], [Result("a", 1, 2)]) == []
    assert Result("a", 3, 0).ratio is None


def test_a_figure_that_is_no_longer_measured_is_named() -> None:
    assert compared([Result("gone", 1, 2), Result("too", 5)], [Result("new", 1, 2)]) == [
        ["gone", "0.50 ×", "not measured", ""]
    ]


def test_a_file_keeps_figures_and_a_later_one_replaces_its_own(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    first = Results()
    first.add("a", 1, 2)
    first.add("b", 3)
    first.write(file)
    second = Results.read(file)
    second.add("a", 5, 2)
    second.write(file)
    assert Results.read(file).results == [Result("b", 3), Result("a", 5, 2)]


def test_the_usual_groups_exist_and_take_no_hours() -> None:
    assert set(USUAL) < set(GROUPS)
    assert not {"growth", "journal", "variants", "peers", "cluster"} & set(USUAL)


def test_a_group_is_measured_kept_and_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "figures.json"
    small = ["growth", "--vendors", "nuki", "--sizes", "5", "10"]
    main([*small, "--json", str(file)])
    figures = {result.what: result for result in Results.read(file).results}
    ten, five = (figures[f"nuki list, {size} entities"] for size in (10, 5))
    assert ten.ratio == pytest.approx(ten.value / five.value)
    capsys.readouterr()
    main([*small, "--compare", str(file)])
    shown = capsys.readouterr().out
    assert "Ratios to the yardstick" in shown
    assert "nuki lockState, 10 entities" in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "there is no group 'nonsense'; there are inprocess"),
        (["growth", "--compare", "none.json"], "none.json"),
    ],
)
def test_what_cannot_be_measured_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert said in capsys.readouterr().err


def test_a_file_of_something_else_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "figures.json"
    file.write_bytes(msgspec.json.encode({"worlds": []}))
    with pytest.raises(SystemExit, match="2"):
        main(["growth", "--json", str(file)])
    assert "cannot read older figures" in capsys.readouterr().err
    assert file.read_bytes() == b'{"worlds":[]}'
