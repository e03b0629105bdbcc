"""The documents name everything that there is, and nothing that there is not."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

import lockpact.cli.arguments
import lockpact.pytest_plugin
import locksim.cli
from locksim import registry
from locksim.engine.faults import Effect
from locksim.engine.vendor import Vendor, variants_of
from locksim.server.operations import OPERATIONS

REPO = Path(__file__).parents[2]
DOCUMENTS = sorted([*REPO.glob("*.md"), *REPO.glob("docs/**/*.md")])
TEXT = {path.name: path.read_text("utf-8") for path in DOCUMENTS}
ALL = "\n".join(TEXT.values())
FIRST_SCREEN = 45
"""Lines of the README that a reader sees before scrolling."""


def commands(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """The parser and its subcommands' parsers, each with its name as one types it."""
    yield name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, sub in action.choices.items():
                yield from commands(sub, f"{name} {word}")


COMMANDS = dict(
    [*commands(locksim.cli.parser(), "locksim"), *commands(lockpact.cli.arguments.parser(), "lockpact")],
)
FLAGS = sorted(
    {flag for parser in COMMANDS.values() for a in parser._actions for flag in a.option_strings if "--" in flag}
)
CALLED = [f"{one.method} {one.path}" for one in OPERATIONS]
TARGETS = re.findall(r"^([a-z-]+):.*## ", (REPO / "Makefile").read_text(), re.MULTILINE)
FIXTURES = sorted(
    name for name, thing in vars(lockpact.pytest_plugin).items() if type(thing).__name__ == "FixtureFunctionDefinition"
)


def words(vendor: Vendor) -> Iterator[str]:
    """The vendor's actions, support and refusals, in its own words."""
    for actions in vendor.actions.values():
        yield from actions
    yield from vendor.support
    yield from vendor.refusals


@pytest.mark.parametrize("target", TARGETS)
def test_every_make_target_is_told(target: str) -> None:
    assert f"make {target}" in TEXT["CONTRIBUTING.md"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_told(command: str) -> None:
    assert f"`{command}" in ALL


@pytest.mark.parametrize("flag", FLAGS)
def test_every_flag_is_told(flag: str) -> None:
    assert re.search(rf"{re.escape(flag)}(?![\w-])", ALL)


@pytest.mark.parametrize("call", CALLED)
def test_every_call_of_the_control_door_is_told(call: str) -> None:
    assert f"`{call}`" in TEXT["server.md"]


def test_no_call_is_told_that_the_control_door_lacks() -> None:
    output = re.findall(r"`((?:GET|PUT|POST|DELETE) /[^`…?]*)`", TEXT["server.md"])
    assert set(output) <= set(CALLED)


@pytest.mark.parametrize("name", registry.NAMES)
def test_a_vendor_has_a_page_that_tells_its_actions_support_and_refusals(name: str) -> None:
    assert f"({name}.md)" in TEXT["server.md"]
    assert [word for word in words(registry.load(name)) if f"`{word}`" not in TEXT[f"{name}.md"]] == []


@pytest.mark.parametrize("effect", get_args(Effect))
def test_every_effect_is_told(effect: Any) -> None:
    assert f'"kind": "{effect.__struct_config__.tag}"' in TEXT["server.md"]


@pytest.mark.parametrize("fixture", FIXTURES)
def test_every_fixture_is_told(fixture: str) -> None:
    assert f"`{fixture}`" in TEXT["python.md"]


def test_there_are_fixtures_flags_and_targets_to_tell() -> None:
    assert {"nuki", "lock_world"} <= set(FIXTURES)
    assert {"--port", "--adapter"} <= set(FLAGS)
    assert {"run", "test", "check"} <= set(TARGETS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(REPO)))
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8"))
    written = [link for link in links if "reference/" not in link]  # the site's build makes and checks those
    assert [link for link in written if not (path.parent / link).exists()] == []


def test_the_first_command_stands_in_the_first_twenty_lines() -> None:
    assert "$ make run" in TEXT["README.md"].splitlines()[:20]


def test_the_first_screen_says_what_is_not_simulated() -> None:
    assert "What is not**" in "\n".join(TEXT["README.md"].splitlines()[:FIRST_SCREEN])


def test_the_readme_counts_the_changes_that_there_are() -> None:
    there = sum(len(variants_of(registry.load(name))) for name in registry.NAMES)
    assert f"lists {there} changes of the kind" in TEXT["README.md"]
