"""The `lockpact check` command: exit codes, errors, reports."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import locksim.cli
from lockpact.cli.main import main
from lockpact.driving.adapters import check_signatures
from lockpact.nuki import PACT

Check = Callable[..., int]

GOOD = "from lockpact.nuki.reference import Reference as Good\n"
FORGETFUL = """
from lockpact.nuki.port import Done, Failed
from lockpact.nuki.reference import Reference

class Forgetful(Reference):
    def act(self, lock, action, wait):
        try:
            return super().act(lock, action, wait)
        except Failed:
            return Done(True, False)
"""
ONLY_DISCOVERS = """
class Discovers:
    def __init__(self, site): ...
    def unpair(self, lock): ...
"""


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Run it in a folder with one module of these lines."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.delitem(sys.modules, "my_client", raising=False)

    def run(lines: str, adapter: str, *more: str) -> int:
        Path("my_client.py").write_text(lines)
        return main(["check", "nuki", "--adapter", adapter, "--examples", "20", *more])

    return run


def test_a_client_that_keeps_the_pact_ends_with_0(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(GOOD, "my_client:Good") == 0
    assert capsys.readouterr().out.startswith("my_client:Good and the nuki pact")


def test_a_client_that_breaks_a_law_ends_with_1_and_the_story_has_the_command_that_reproduces_it(
    check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(FORGETFUL, "my_client:Forgetful", "--seed", "3", "--examples", "60") == 1
    output = capsys.readouterr().out
    command = re.search(
        r"  reproduce: lockpact (check nuki --adapter my_client:Forgetful --seed 3 --example \d+ --law NK-ACT-1)\n",
        output,
    )
    assert command is not None
    assert main(command[1].split()) == 1
    story = output[output.index("NK-ACT-1 is broken") : output.index("  reproduce: ")]
    assert story in capsys.readouterr().out


def test_a_run_in_which_nothing_could_be_judged_ends_with_2(check: Check) -> None:
    assert check(ONLY_DISCOVERS, "my_client:Discovers", "--law", "NK-STATE-1") == 2


@pytest.mark.parametrize(
    ("lines", "adapter", "says"),
    [
        (GOOD, "my_client", "invalid adapter 'my_client'; write module:Class, for example my_adapter:MyAdapter"),
        (GOOD, "your_client:Good", "there is no module 'your_client' in "),
        (
            "import no_such_library",
            "my_client:Good",
            "my_client imports 'no_such_library', which is not installed here",
        ),
        ("1 / 0", "my_client:Good", "my_client fails at import: ZeroDivisionError: division by zero"),
        (FORGETFUL, "my_client:Better", "my_client has no 'Better'; its classes: Forgetful"),
        ("Good = 3", "my_client:Good", "my_client:Good is not a class; an adapter is a class"),
        ("class Empty: ...", "my_client:Empty", "my_client:Empty has none of the methods of NukiPort"),
        (
            "from lockpact.nuki.port import NukiPort\nclass Heir(NukiPort): ...",
            "my_client:Heir",
            "my_client:Heir has none of the methods of NukiPort",
        ),
    ],
)
def test_an_invalid_adapter_ends_with_2_and_a_sentence(
    check: Check, capsys: pytest.CaptureFixture[str], lines: str, adapter: str, says: str
) -> None:
    assert check(lines, adapter) == 2
    assert f"lockpact check: {says}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("def __init__(self): ...\n    def refresh(self): ...", "the adapter could not be constructed in any of "),
        (
            "def __init__(self, site): ...\n    def lock_state(self, lock): return self.gone",
            "each of ",
        ),
    ],
    ids=["a constructor that fails", "methods that all fail"],
)
def test_an_adapter_that_does_not_fit_ends_with_2(
    check: Check, capsys: pytest.CaptureFixture[str], body: str, says: str
) -> None:
    assert check(f"class Odd:\n    {body}", "my_client:Odd") == 2
    assert f"lockpact check: {says}" in capsys.readouterr().err


RAISES = """
from lockpact.nuki.reference import Reference

class Raises(Reference):
    def lock_state(self, lock):
        return super().lock_state(lock) if lock < 4_000_000_000 else {}["no such lock"]
"""


def test_an_exception_that_the_port_does_not_have_ends_with_1_and_a_story(
    check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(RAISES, "my_client:Raises", "--law", "NK-STATE-2") == 1
    output = capsys.readouterr().out
    assert "PORT-lock_state is broken: lock_state raises only the port's errors" in output
    assert "→ KeyError: 'no such lock'" in output
    assert "lock_state raised KeyError, which is not a NukiError: the adapter must translate it" in output
    assert check(RAISES, "my_client:Raises", "--law", "NK-DISC-1", "--examples", "100") == 0, (
        "no law about this call is judged"
    )


@pytest.mark.parametrize(
    ("method", "says"),
    [
        (
            "def act(self, lock, action)",
            "act(self, lock, action) does not fit the port, which passes (lock, action, wait)",
        ),
        ("def act(self, lock, action)", "it takes no `wait`"),
        ("def act(self, which, what)", "it takes no `wait`"),
        ("def act(self, lock, wait)", "it takes no `action`"),
        ("def act(self, action, lock, wait)", "its `action` is where the port passes `lock`"),
        ("def act(self, lock, action, wait, timeout)", "nothing is passed for its `timeout`"),
        ("def act(self, lock, action, wait, *, timeout)", "nothing is passed for its `timeout`"),
        ("async def lock_state(self)", "it takes no `lock`"),
    ],
)
def test_an_adapter_with_other_arguments_than_the_ports_ends_with_2(
    check: Check, capsys: pytest.CaptureFixture[str], method: str, says: str
) -> None:
    assert check(f"class Odd:\n    {method}: ...", "my_client:Odd") == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    "method",
    [
        "def lock_state(self, id)",
        "def lock_state(self, *all)",
        "def lock_state(self, lock, timeout=3, *, again=False, **more)",
        "async def lock_state(self, lock)",
        "@staticmethod\n    def lock_state(lock)",
    ],
)
def test_other_names_and_optional_arguments_fit_the_port(method: str) -> None:
    names: dict[str, Any] = {}
    exec(f"class Fits:\n    {method}: ...", names)
    check_signatures(names["Fits"], PACT)


CHATTY = """
import requests
from lockpact.nuki.port import Unavailable

class Chatty:
    def __init__(self, connection):
        self.url, self.token = connection.url, connection.credentials.get("token")

    def refresh(self):
        try:
            requests.get(f"{self.url}/list", params={"token": self.token}, timeout=30)
        except requests.RequestException:
            raise Unavailable from None
"""


def test_what_libraries_log_is_judged_from_the_level_that_the_user_names(
    check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(CHATTY, "my_client:Chatty", "--law", "NK-SECRET-1") == 0
    assert check(CHATTY, "my_client:Chatty", "--law", "NK-SECRET-1", "--library-logs", "DEBUG") == 1
    output = capsys.readouterr().out
    assert "the token is in a log line (DEBUG of urllib3.connectionpool); mask it by a logging.Filter" in output
    assert "--law NK-SECRET-1 --library-logs DEBUG\n" in output


WITHOUT_BELIEF = """
from lockpact.nuki.reference import Reference

class Partly:
    def __init__(self, connection):
        self.inner = Reference(connection)
    def on_callback(self, body):
        self.inner.on_callback(body)
    def believed_state(self, lock):
        return None
"""


def test_a_law_that_needs_a_method_that_the_client_lacks_says_so(
    check: Check, capsys: pytest.CaptureFixture[str]
) -> None:
    check(WITHOUT_BELIEF, "my_client:Partly")
    output = " ".join(capsys.readouterr().out.split())
    (laws,) = re.findall(
        r"not exercised \(its scenario needs `list_locks`, [^)]*`register_callback`, which the client does not have\): (.*?) not",
        output,
    )
    assert "NK-CB-2" in laws.split(", ")


def test_an_unknown_law_is_named(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(GOOD, "my_client:Good", "--law", "NK-NONE-1") == 2
    assert "has no law NK-NONE-1; its laws: NK-ACT-1, " in capsys.readouterr().err


def test_one_law_can_be_judged_alone(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(FORGETFUL, "my_client:Forgetful", "--law", "NK-SECRET-1") == 0
    assert "NK-ACT-1" not in capsys.readouterr().out


def test_reports_are_written_to_the_given_files(check: Check) -> None:
    code = check(FORGETFUL, "my_client:Forgetful", "--junit", "out/j.xml", "--html", "out/p.html", "--stories", "out/s",
                 "--examples", "60")  # fmt: skip
    assert code == 1
    assert ET.parse("out/j.xml").getroot().find("testsuite/testcase/failure") is not None
    assert '<h2 id="NK-ACT-1">' in Path("out/p.html").read_text()
    kept = {"NK-ACT-1.txt", "NK-ACT-1.html", "NK-ACT-1.journal.jsonl"}
    assert {file.name for file in Path("out/s").glob("NK-ACT-1.*")} == kept
    assert locksim.cli.main(["replay", "out/s/NK-ACT-1.journal.jsonl"]) == 0, "a breach's world goes the same way again"


def test_a_report_that_cannot_be_written_ends_with_2(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    Path("taken").write_text("")
    assert check(GOOD, "my_client:Good", "--html", "taken/p.html") == 2
    assert "the report could not be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    ["", "check", "check nuki", "check yale --adapter a:B", "check nuki --adapter a:B --examples 0"],
)
def test_an_invalid_command_line_ends_with_2(arguments: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments.split())
    assert ended.value.code == 2
