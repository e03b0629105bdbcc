"""`lockpact watch` judges any command by its traffic, by what it prints, and by how it bears faults that pass."""

from __future__ import annotations

import os
import re
import sys
import termios
import threading
from pathlib import Path

import pytest

from lockpact.cli.main import main
from lockpact.core.pact import PACTS, load
from lockpact.core.verdict import Outcome
from lockpact.live.program import MOST_KEPT, Output, Program
from lockpact.live.watch import Options
from lockpact.live.watch import watch as watch_program
from lockpact.report.findings import Report
from tests.server.served import until

CALLS = """
import os, sys
from urllib.request import urlopen

bridge, token = os.environ["LOCKPACT_NUKI_URL"], os.environ["LOCKPACT_NUKI_TOKEN"]
for path in sys.argv[1:]:
    urlopen(f"{bridge}{path}token={token}").read()
"""


@pytest.fixture
def script(tmp_path: Path) -> str:
    file = tmp_path / "calls.py"
    file.write_text(CALLS)
    return str(file)


def watch(*command: str) -> int:
    return main(["watch", "nuki", "--", *command])


def test_a_well_behaved_command_ends_with_0(script: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert watch(sys.executable, script, "/list?", "/info?") == 0
    output = capfd.readouterr().out
    assert "NK-SERIAL-1" in output
    uncovered = output.partition("not covered (it needs the client's results, which its traffic does not show): ")[2]
    assert "NK-STATE-1" in uncovered.partition("\n\n")[0]


def test_a_command_that_breaks_a_law_ends_with_1_and_its_traffic_is_shown_without_the_token(
    script: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert watch(sys.executable, script, "/callback/add?url=http://127.0.0.1:1/hook?a=1&b=2&") == 1
    output = capfd.readouterr().out
    assert "GET /callback/add?url=http://127.0.0.1:1/hook?a=1&b=2&token=••• … 200" in output
    assert "the URL was not encoded: its b arrived as a parameter of the bridge" in output


def test_a_command_that_sends_nothing_proves_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert watch(sys.executable, "-c", "print('done')") == 2
    assert (
        "the command sent nothing to the simulators; their addresses are in LOCKPACT_NUKI_URL" in capfd.readouterr().out
    )


def test_a_command_that_fails_has_not_kept_the_pact(script: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert watch(sys.executable, script, "/list?", "/nowhere?") == 2
    assert "the command ended with exit code 1; what it would have done next was not judged" in capfd.readouterr().out


def test_an_unknown_command_ends_with_2(capfd: pytest.CaptureFixture[str]) -> None:
    assert watch("no-such-command") == 2
    assert "lockpact watch: no-such-command cannot be run: No such file" in capfd.readouterr().err


def test_a_missing_command_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "nuki"]) == 2
    assert "there is no command to watch; write it after --" in capfd.readouterr().err


def test_an_unknown_vendor_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "yale", "--", "true"]) == 2
    assert f"there is no pact for 'yale'; known vendors: {', '.join(PACTS)}" in capfd.readouterr().err


def test_the_control_api_is_in_the_environment_and_the_clock_may_be_auto(tmp_path: Path) -> None:
    file = tmp_path / "calls.py"
    file.write_text("""
import json, os
from urllib.request import Request, urlopen
clock = json.load(urlopen(os.environ["LOCKPACT_CONTROL"] + "/worlds/default/clock"))
assert clock["mode"] == "auto", clock
said = json.load(urlopen(os.environ["LOCKPACT_NUKI_URL"] + "/auth"))
assert said == {"success": False}, said
""")
    assert main(["watch", "nuki", "--clock", "auto", "--", sys.executable, str(file)]) == 0


# ---- all vendors, and the story


def outcomes(report: Report) -> dict[str, Outcome]:
    return {verdict.law.id: verdict.outcome for verdict in report.verdicts}


def test_without_a_list_all_vendors_are_simulated_and_those_that_got_something_are_judged(
    script: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", "--", sys.executable, script, "/list?", "/info?"]) == 0
    output = capfd.readouterr().out
    assert "NK-SERIAL-1" in output
    assert "RL-" not in output
    assert "nothing was sent to noke, remotelock, lockt, codelocks, so their laws were not judged" in output


KNOB_AND_CALLBACK = """import json, os
from urllib.request import Request, urlopen
url, token = os.environ["LOCKPACT_NUKI_URL"], os.environ["LOCKPACT_NUKI_TOKEN"]
world = os.environ["LOCKPACT_CONTROL"] + "/worlds/default"
ask = lambda path: urlopen(f"{url}{path}token={token}").read()
ask("/list?x=1&")
(lock, *_) = [one for one in json.load(urlopen(f"{world}/nuki/hardware"))["devices"] if one["kind"] == "lock"]
urlopen(Request(f"{world}/nuki/hardware/{lock['id']}/turn", json.dumps({"to": "unlocked"}).encode(), method="POST"))
ask("/callback/add?url=http://127.0.0.1:1/hook?a=1&b=2&")
ask("/info?")
"""


def test_a_story_ends_at_the_request_that_breaks_the_law_and_has_what_happened_around_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "program.py"
    program.write_text(KNOB_AND_CALLBACK)
    assert main(["watch", "nuki", "--stories", str(tmp_path), "--", sys.executable, str(program)]) == 1
    (story,) = tmp_path.glob("*.txt")
    lines = [re.sub(r"\+\S+ s  ", "", line).strip() for line in story.read_text("utf-8").splitlines()]
    assert lines[3].startswith("1. GET /list?x=1&token=••• … 200 ")
    assert lines[4].startswith("turn(to='unlocked') on ")
    assert lines[5].startswith("2. GET /callback/add?")
    assert lines[6:8] == ["", "the URL was not encoded: its b arrived as a parameter of the bridge"]
    assert lines[-1] == f"reproduce: lockpact watch nuki --seed 0 -- {sys.executable} {program}"
    (page,) = tmp_path.glob("*.html")
    assert "the URL was not encoded" in page.read_text("utf-8")
    (journal,) = tmp_path.glob("*.journal.jsonl")
    assert "/callback/add" in journal.read_text("utf-8")
    assert "/info" not in journal.read_text("utf-8")


# ---- what it prints


def test_a_printed_credential_is_reported_with_its_place_and_never_repeated(
    script: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "report.html"
    program = f"""if True:
        import os, runpy, sys
        print("hello"); print("token is", os.environ["LOCKPACT_NUKI_TOKEN"]); print("x", file=sys.stderr)
        sys.argv = ["", "/list?"]; runpy.run_path({script!r})
    """
    assert main(["watch", "nuki", "--html", str(page), "--", sys.executable, "-c", program]) == 1
    printed = capfd.readouterr()
    token = re.findall(r"token is (\w+)", printed.out)[0]
    assert printed.out.startswith(f"hello\ntoken is {token}\n"), "it is passed through as it is"
    assert printed.err.startswith("x\n")
    assert "stdout, line 2 shows a credential of nuki: token is •••. Mask it before it is printed" in printed.out
    assert printed.out.count(token) == 1
    assert token not in page.read_text("utf-8")


def test_a_token_that_it_is_given_while_it_runs_is_a_credential_too() -> None:
    program = """if True:
        import json, os, sys
        from urllib.parse import urlencode
        from urllib.request import urlopen
        secret = {name: os.environ[f"LOCKPACT_REMOTELOCK_{name.upper()}"] for name in ("client_id", "client_secret")}
        form = urlencode({"grant_type": "client_credentials", **secret}).encode()
        given = json.load(urlopen(os.environ["LOCKPACT_REMOTELOCK_OAUTH_URL"] + "/oauth/token", form))
        print("got", given["access_token"], file=sys.stderr)
    """
    report = watch_program([load("remotelock")], [sys.executable, "-c", program])
    assert outcomes(report)["WATCH-SECRET-1"] == "broken"
    assert "stderr, line 1 shows a token of remotelock: got •••" in report.stories()["WATCH-SECRET-1"]


def test_lines_pass_while_the_program_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen:
        text = ""

        def write(self, text: str) -> None:
            self.text += text

        def flush(self) -> None:
            pass

        def isatty(self) -> bool:
            return False

    go, screen = tmp_path / "go", Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    script = f"echo one; while [ ! -e {go} ]; do sleep 0.01; done; echo two"
    program = Program(["sh", "-c", script], {"PATH": "/usr/bin:/bin"})
    thread = threading.Thread(target=program.run)
    thread.start()
    until(lambda: screen.text == "one\n")
    go.touch()
    thread.join()
    assert (screen.text, program.code, program.outputs[0].lines()) == ("one\ntwo\n", 0, ["one", "two"])


def test_on_a_terminal_the_program_has_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (33, 77))
    with os.fdopen(theirs, "w") as screen:
        monkeypatch.setattr(sys, "stdout", screen)
        script = "test -t 1 && ! test -t 2 && stty size < /dev/stdout; printf 'a\\nb\\n'"
        program = Program(["sh", "-c", script], {"PATH": "/usr/bin:/bin"})
        program.run()
        printed = b""
        while printed.count(b"\n") < 3:  # a terminal gives what was written so far
            printed += os.read(ours, 1000)
        assert printed == b"33 77\r\na\r\nb\r\n"
    os.close(ours)
    assert program.outputs[0].lines() == ["33 77", "a", "b"]


def test_a_program_that_prints_without_end_is_judged_by_the_beginning() -> None:
    output = Output("stdout")
    for chunk in (b"a" * (MOST_KEPT - 1), b"bc", b"d"):
        output.add(chunk)
    assert (len(output.data), bytes(output.data[-1:]), output.whole) == (MOST_KEPT, b"b", False)


def test_a_program_that_does_not_end_is_ended_and_no_failure(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    script = f"echo $$ > {file}; exec sleep 60"
    report = watch_program([load("nuki")], ["sh", "-c", script], Options(timeout=1))
    assert report.notes[0] == "the command was ended after 1 s; what it did until then was judged"
    assert not any("exit code" in note for note in report.notes)
    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text()), 0)


# ---- several runs, storms


def test_each_of_several_runs_has_a_seed_of_its_own(script: str) -> None:
    shown: list[str] = []
    watched = [sys.executable, script, "/callback/add?url=http://127.0.0.1:1/hook?a=1&b=2&"]
    report = watch_program([load("nuki")], watched, Options(seed=7, repeat=2), show=shown.append)
    assert shown == ["run 1 of 2, seed 7", "run 2 of 2, seed 8"]
    (broken,) = report.broken
    assert (broken.judged, "--seed 7 --" in report.stories()[broken.law.id]) == (2, True)


PATIENT = """
import os, sys, time
from urllib.error import URLError
from urllib.request import urlopen

url, token = os.environ["LOCKPACT_NUKI_URL"], os.environ["LOCKPACT_NUKI_TOKEN"]
tries = int(sys.argv[1])
for path in ("/list", "/info") * 3:
    for left in reversed(range(tries)):
        try:
            if b'"success":false' not in urlopen(f"{url}{path}?token={token}").read():
                break
        except OSError:
            if sys.argv[2] == "raises" and not left:
                raise
"""


@pytest.mark.parametrize(("tries", "how", "expected"), [
    (20, "raises", ("kept", "kept")),
    (1, "raises", ("broken", "not exercised")),
    (1, "hides", ("kept", "broken")),
])  # fmt: skip
def test_a_storm_shows_who_gives_up_and_who_hides_it(
    tmp_path: Path, tries: int, how: str, expected: tuple[Outcome, Outcome]
) -> None:
    (tmp_path / "program.py").write_text(PATIENT)
    watched = [sys.executable, str(tmp_path / "program.py"), str(tries), how]
    report = watch_program([load("nuki")], watched, Options(storm=True, repeat=1, seed=2, clock="auto"))
    found = outcomes(report)
    assert (found["WATCH-STORM-1"], found["WATCH-STORM-2"]) == expected
    for story in report.stories().values():
        assert "the next request meets a fault: " in story
        assert "--seed 2 --clock auto --storm --repeat 1 -- " in story


def test_what_fails_without_faults_meets_no_storm() -> None:
    shown: list[str] = []
    report = watch_program([load("nuki")], [sys.executable, "-c", "1/0"], Options(storm=True), show=shown.append)
    assert (report.code, len(shown)) == (2, 1)


# ---- hosts that are fixed


def test_a_program_with_fixed_hosts_is_watched_behind_the_proxy(capfd: pytest.CaptureFixture[str]) -> None:
    program = """if True:
        from urllib.request import urlopen
        urlopen("https://api.nuki.io/discover/bridges").read()
        try:
            urlopen("https://hooks.example/")
        except OSError as refused:
            print(refused)
    """
    assert main(["watch", "nuki", "--proxy", "--proxy-pass", "a.example", "--", sys.executable, "-c", program]) == 0
    output = capfd.readouterr().out
    assert "hooks.example is not simulated; see --proxy-pass hooks.example" in output
    assert "the proxy refused hooks.example; let a host through with --proxy-pass HOST" in output
