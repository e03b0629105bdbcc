"""The pytest plugin: a fresh world for each test, a fixture for each vendor, and the journal of a failing test."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

import locksim.cli

pytest_plugins = ["pytester"]

CALLS = """
import httpx

def ask(site, path):
    token = site.credentials["token"]
    return httpx.Client(transport=site.transport, base_url=site.url).get(path, params={"token": token})
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest("pytest_plugins = []")
    pytester.makeini("[pytest]\naddopts = -p no:faker -p no:schemathesis\n")  # slow to import, and not used here
    pytester.makepyfile(calls=CALLS)
    return pytester


def outcomes(run: pytest.Pytester, test: str) -> pytest.RunResult:
    run.makepyfile(test_it=f"from calls import ask\n{test}")
    return run.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider", "-q")


def test_each_test_has_a_fresh_world_with_every_vendor(run: pytest.Pytester) -> None:
    result = outcomes(
        run,
        """
def test_one(nuki, lock_world):
    assert nuki.world is lock_world
    assert ask(nuki, "/list").status_code == 200
    assert len(lock_world.journal.requests()) == 1

def test_two(nuki):
    assert nuki.journal.requests() == []
    assert ask(nuki, "/list").status_code == 200
""",
    )
    result.assert_outcomes(passed=2)


STORY = """\
near misses
  GET /listt: there is no '/listt'; did you mean /list?
faults that never took effect
  fault 1, refuse unavailable on any method, /lock*: nothing matched it
  fault 2, reset before on GET, any path: 2 matched, but it did not strike them
story
    +0.0 s  fault injected for nuki: refuse unavailable on any method, /lock*
    +0.0 s  fault injected for nuki: reset on GET, any path
    +0.0 s  GET /listt?token=••• … 404
    +0.0 s  GET /auth?token=••• … waits
    +1.0 s  GET /auth?token=••• … the client gave up
    +1.0 s  press_button() on 730158264 → {"windows":1,"apiEnabled":true}
    +1.0 s  turn(to='nowhere') on 407225611 refused: """


def test_the_report_of_a_failing_test_tells_its_worlds_story(run: pytest.Pytester) -> None:
    result = outcomes(
        run,
        """
import httpx

def test_fails(nuki):
    nuki.faults.inject({"kind": "refuse", "name": "unavailable"}, path="/lock*")
    nuki.faults.inject({"kind": "reset"}, method="GET", nth=9)
    ask(nuki, "/listt")
    try:
        httpx.Client(transport=nuki.transport, base_url=nuki.url).get("/auth", params=nuki.credentials, timeout=1)
    except httpx.ReadTimeout:
        pass
    nuki.hardware["730158264"].press_button()
    try:
        nuki.hardware["407225611"].turn(to="nowhere")
    except Exception:
        pass
    assert False

def test_fails_without_a_world():
    assert False
""",
    )
    result.assert_outcomes(failed=2)
    output = result.stdout.str()
    assert output.count("- lockpact -") == 1
    assert STORY in output
    assert '"kind":"request"' not in output


@pytest.mark.parametrize(("options", "where"), [
    (["--lockpact-journals", "out/here", "--junitxml", "out/report.xml"], "out/here"),
    (["--junitxml", "out/report.xml"], "out/report.journals"),
    ([], ".pytest_cache/d/lockpact-journals"),
    (["-n", "2", "--lockpact-journals", "out"], "out"),
])  # fmt: skip
def test_the_journal_of_a_failing_test_is_written_and_replays(
    run: pytest.Pytester, options: list[str], where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run.makepyfile(
        test_it="""
import pytest
from calls import ask

@pytest.mark.parametrize("path", ["/list", "/li st/..", "/lüst"])
def test_fails(nuki, path):
    ask(nuki, path)
    assert False

def test_passes(nuki):
    ask(nuki, "/list")
"""
    )
    output = run.runpytest_subprocess("-p", "no:randomly", "-q", *options).stdout.str()
    files = sorted((run.path / where).glob("*.jsonl"))
    assert len(files) == 3
    for file in files:
        assert f"reproduce: locksim replay {shlex.quote(str(file.relative_to(run.path)))}" in output
        capsys.readouterr()
        assert locksim.cli.main(["replay", str(file)]) == 0
        assert "every answer" in capsys.readouterr().out


def test_a_journal_that_cannot_be_written_is_reported(run: pytest.Pytester) -> None:
    run.makefile("", taken="")
    run.makepyfile(test_it="def test_fails(nuki): assert False")
    output = run.runpytest_subprocess("-p", "no:randomly", "-q", "--lockpact-journals", "taken").stdout.str()
    assert "the journal could not be written to" in output


def test_the_report_shows_the_end_of_a_long_story(run: pytest.Pytester) -> None:
    result = outcomes(
        run,
        """
def test_fails(nuki):
    for _ in range(250):
        nuki.hardware["730158264"].press_button()
    assert False
""",
    )
    assert "… 190 earlier lines" in result.stdout.str()


def test_the_plugin_costs_a_user_nothing_until_a_fixture_is_used() -> None:
    heavy = "{'flask', 'hypothesis', 'schemathesis', 'locksim', 'httpx', 'requests', 'rich', 'msgspec'}"
    code = (
        "import pytest, sys; before = set(sys.modules); import lockpact.pytest_plugin; "
        f"print({heavy} & (set(sys.modules) - before))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


def test_pytest_rewrites_the_assertions_of_laws(run: pytest.Pytester) -> None:
    result = outcomes(
        run,
        """
from lockpact.nuki.laws import manners

def test_rewritten():
    assert "@pytest_ar" in vars(manners)
""",
    )
    result.assert_outcomes(passed=1)
