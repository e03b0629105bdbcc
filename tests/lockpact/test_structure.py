"""The structure of lockpact: no import cycles, and no two public classes of one name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2] / "contracts" / "lockpact"
VENDORS = {path.parent.name for path in ROOT.glob("*/port.py")}


def modules() -> dict[str, ast.Module]:
    """Return the syntax tree of each module of lockpact by its name."""
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text())
    return found


def imports(tree: ast.Module, known: set[str]) -> Iterator[str]:
    """Yield the modules that a module imports anywhere: also in functions, and for type checking only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            yield from (
                f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in known else str(node.module)
                for alias in node.names
            )


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the strongly connected components of more than one module."""

    def reachable(start: str) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            for following in graph[todo.pop()] - seen:
                seen.add(following)
                todo.append(following)
        return seen

    reached = {module: reachable(module) for module in graph}
    components = {
        tuple(sorted(other for other in reached[module] if module in reached[other]))
        for module in graph
        if module in reached[module]
    }
    return [list(component) for component in sorted(components)]


def test_a_cycle_is_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}
    assert cycles(graph) == [["b", "c"]]


def test_lockpact_has_no_import_cycle_not_even_for_type_checking() -> None:
    trees = modules()
    graph = {module: set(imports(tree, set(trees))) - {module} for module, tree in trees.items()}
    assert sum(map(len, graph.values())) > 300
    assert cycles(graph) == []


def test_no_two_public_classes_of_lockpact_or_of_a_vendor_have_one_name() -> None:
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for module, tree in modules().items():
        package = module.split(".")[1] if module != "lockpact" else ""
        owner = package if package in VENDORS else ""
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[owner, node.name].append(module)
    assert len(places) > 100
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
