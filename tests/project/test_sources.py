"""Check what no source file may contain."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
SIMULATORS = REPO / "simulators" / "locksim"

OUTSIDE = {
    "server/wall_clock.py": "the machine's clock, for `real` worlds",
    "server/world_options.py": "a random seed, for a server that other machines can reach",
    "storage/lease.py": "its own process id, shown to whoever finds the data folder in use",
    "cli/__init__.py": "the command line, of which what follows -- is another program's",
    "cli/serve.py": "the database's URL, which may have a password; the machine's name, to name a node of a cluster",
    "cli/serving.py": "the admin token, which may come from the environment; that of a command that runs behind the proxy",
    "cli/mcp.py": "the admin token of a running server, and the variables that a check inherits",
}
"""The files of locksim that may look outside a world (with a `noqa: TID251` and its reason), and at what."""


def tracked() -> Iterator[tuple[Path, str]]:
    """Every text file that is in the repository or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git checkout (an unpacked source distribution has none)")
    for name in listed.stdout.splitlines():
        try:
            yield REPO / name, (REPO / name).read_text()
        except (UnicodeDecodeError, FileNotFoundError):
            continue


def test_no_file_names_a_place_on_the_machine_it_was_written_on() -> None:
    homes = re.compile(r"(?<![\w.])/(?:work|home|root|Users|tmp)/\w")
    assert [path for path, text in tracked() if homes.search(text)] == []


def test_only_the_named_files_look_outside_a_world() -> None:
    looking = {str(p.relative_to(SIMULATORS)) for p in SIMULATORS.rglob("*.py") if "TID251" in p.read_text()}
    assert looking <= OUTSIDE.keys()


def test_every_noqa_gives_its_code_and_a_reason() -> None:
    """`noqa: ABC123 - because …`, so that an exception can be judged where it stands."""
    bare = re.compile(r"#\x20noqa(?!: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \S)")
    found = [f"{path}:{n}" for path, text in tracked() if path.suffix == ".py" for n in breaches(bare, text)]
    assert found == []


def breaches(pattern: re.Pattern[str], text: str) -> list[int]:
    return [n for n, line in enumerate(text.splitlines(), 1) if pattern.search(line)]


def test_no_simulator_orders_by_a_hash_or_an_address() -> None:
    """Both differ from process to process; ruff's ban list knows no builtins."""
    calls = [
        f"{path}:{node.lineno} {node.func.id}()"
        for path in SIMULATORS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"hash", "id"}
    ]
    assert calls == []
