"""Each command line that the documents show is one that the programs take; and the example in JavaScript runs."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import locksim.cli
from lockpact.cli.arguments import parser as lockpact_parser
from lockpact.simulators.served import served
from tests.needs import NODE
from tests.project.test_docs_run import PAGES, blocks

PARSERS = {"locksim": locksim.cli.parser(), "lockpact": lockpact_parser()}


def shell_lines(page: str) -> Iterator[str]:
    for language in ("sh", "console", "text"):
        for block in blocks(page, language):
            for line in block.replace("\\\n", " ").splitlines():
                if language == "console" and not line.startswith("$ "):
                    continue  # that is output
                yield line.removeprefix("$ ").split(" # ")[0].rstrip(" &")
    for block in blocks(page, "yaml"):
        yield from (f"lockpact {line}" for line in re.findall(r"^\s+command: ([a-z].*)$", block, re.MULTILINE))
        yield from (f"locksim {' '.join(words)}" for words in commands_in(yaml.safe_load(block)))


def commands_in(node: object) -> Iterator[list[str]]:
    """The containers' commands, as lists."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "command" and isinstance(value, list):
                yield value
            else:
                yield from commands_in(value)


def commands() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for line in shell_lines(page):
            words = line.split()
            if words and words[0].rpartition("/")[2] in PARSERS and len(words) > 1:
                yield page, line


SHOWN = list(commands())


def test_the_documents_show_commands() -> None:
    assert len(SHOWN) > 8
    assert {page for page, _ in SHOWN} >= {
        "README.md",
        "docs/tutorial.md",
        "docs/guides/ci.md",
        "docs/guides/docker.md",
    }


@pytest.mark.parametrize(("page", "line"), SHOWN)
def test_a_command_that_is_shown_is_taken(page: str, line: str) -> None:
    program, *words = shlex.split(line)
    given = words[: words.index("--")] if "--" in words else words
    assert vars(PARSERS[program.rpartition("/")[2]].parse_args(given))


@pytest.mark.needs(NODE)
def test_the_example_in_javascript_passes(tmp_path: Path) -> None:
    (example,) = blocks("docs/guides/node.md", "javascript")
    (tmp_path / "locks.test.mjs").write_text(example)
    with served(["nuki"], clock="auto") as info:
        (tmp_path / "ready.json").write_text(json.dumps(info))
        done = subprocess.run(
            ["node", "--test", "locks.test.mjs"], cwd=tmp_path, env={**os.environ, "READY": "ready.json"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
