"""The structure of both packages: no import cycle, no two public classes of one name, and walks that lead somewhere."""

from __future__ import annotations

import ast
import itertools
import re
from collections import Counter
from pathlib import Path

import pytest

from locksim.registry import NAMES
from tests.project.imports import REPO, ROOTS, cycles, graph, modules, package_graph

# One worker reads the import graph.
pytestmark = pytest.mark.xdist_group("structure")
ARCHITECTURE = (REPO / "ARCHITECTURE.md").read_text("utf-8")
WALKS = re.findall(r"^### (Walk: [^\n]+)\n(.*?)(?=^##)", ARCHITECTURE, re.MULTILINE | re.DOTALL)


def test_no_modules_import_each_other_in_a_circle() -> None:
    found = package_graph()
    assert sum(map(len, found.values())) > 600
    assert cycles(found) == []


def test_a_circle_is_found_also_under_type_checking_and_inside_functions(tmp_path: Path) -> None:
    package = tmp_path / "locksim"
    package.mkdir()
    sources = {
        "a": "if TYPE_CHECKING:\n    from locksim.b import B",
        "b": "def f():\n    from locksim import c",
        "c": "import locksim.a",
        "d": "import locksim.a",
    }
    for name, source in sources.items():
        (package / f"{name}.py").write_text(source)
    assert cycles(graph(modules(tmp_path, "locksim"))) == [{"locksim.a", "locksim.b", "locksim.c"}]


def public_classes(file: Path) -> list[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]


@pytest.mark.parametrize("package", ROOTS)
@pytest.mark.parametrize("part", ["shared", *NAMES])
def test_no_two_public_classes_have_one_name(package: str, part: str) -> None:
    """Within what the vendors share, and within each vendor."""
    files = {
        name: file
        for name, file in modules(ROOTS[package], package).items()
        if (name.split(".")[1] if "." in name and name.split(".")[1] in NAMES else "shared") == part
    }
    count = Counter(name for file in files.values() for name in public_classes(file))
    assert count
    assert [name for name, times in count.items() if times > 1] == []


def steps(walk: str) -> list[tuple[str, str]]:
    """Return (module, function or class) of each step of a walk's table."""
    return re.findall(r"^\| `([\w./]+)\.py` \| `(\w+)` \|", walk, re.MULTILINE)


def test_there_are_three_walks() -> None:
    assert len(WALKS) == 3
    assert all(len(steps(walk)) >= 4 for _, walk in WALKS)


@pytest.mark.parametrize("walk", [walk for _, walk in WALKS], ids=[title for title, _ in WALKS])
def test_each_step_of_a_walk_is_there_and_knows_its_neighbour(walk: str) -> None:
    """Two steps in a row are tied by an import, in either direction: a call may go through a table."""
    names, found = [], package_graph()
    for module, thing in steps(walk):
        root = ROOTS[module.split("/")[0]]
        source = (root / f"{module}.py").read_text("utf-8")
        assert re.search(rf"^\s*(?:async def|def|class) {thing}\b|^{thing}\b.* = ", source, re.MULTILINE), (
            module,
            thing,
        )
        names.append(module.removesuffix("/__init__").replace("/", "."))
    for one, other in itertools.pairwise(names):
        assert one == other or other in found[one] or one in found[other], (one, other)
