"""Read the import graph of both packages from their sources: imports inside functions and under TYPE_CHECKING count."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

REPO = Path(__file__).parents[2]
ROOTS = {"locksim": REPO / "simulators", "lockpact": REPO / "contracts"}

Graph = Mapping[str, set[str]]


def modules(root: Path, package: str) -> dict[str, Path]:
    """Return module name → its file."""
    return {_name(file.relative_to(root)): file for file in sorted((root / package).rglob("*.py"))}


def _name(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def graph(files: Mapping[str, Path]) -> dict[str, set[str]]:
    """Return module → the modules among these that it imports, wherever the import stands."""
    return {name: set(_imported(ast.parse(file.read_text("utf-8")), files)) - {name} for name, file in files.items()}


def _imported(tree: ast.AST, files: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in files)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield from (name for name in (whole if whole in files else node.module,) if name in files)


def cycles(found: Graph) -> list[set[str]]:
    """Return the groups of modules that import each other in a circle."""
    reachable = {name: _reachable(found, name) for name in found}
    groups = {frozenset(other for other in reached if name in reachable[other]) for name, reached in reachable.items()}
    return [set(group) for group in groups if group]


def _reachable(found: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    front = [start]
    while front:
        for name in found[front.pop()]:
            if name not in seen:
                seen.add(name)
                front.append(name)
    return seen


@cache
def package_graph() -> dict[str, set[str]]:
    """Return the import graph of locksim and lockpact."""
    return graph({name: file for package, root in ROOTS.items() for name, file in modules(root, package).items()})
