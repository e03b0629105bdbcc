"""Programs in many languages reach the simulators at the vendors' real hosts, as the guide about them shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.lockpact.kits.kit_programs import SHORT_JAVA
from tests.needs import CURL, GO, JAVA, NODE, PHP, RUBY, Need
from tests.project.test_docs_run import blocks, fits, shown

GUIDE = "docs/guides/hard-coded-hosts.md"
PREFIX = "locksim proxy --quiet -- "
NEEDS: dict[str, Need | None] = {
    "php": PHP, "node": NODE, "python": None, "go": GO, "java": JAVA, "ruby": RUBY,
}  # fmt: skip
COMMANDS = [command for command in shown(GUIDE) if command.startswith(PREFIX)]


def marked(command: str) -> ParameterSet:
    """The command as a parameter, which is left out where its program is missing."""
    need = NEEDS[command.removeprefix(PREFIX).split()[0]]
    return pytest.param(command, marks=() if need is None else [pytest.mark.needs(need)])


def run(folder: Path, words: list[str]) -> subprocess.CompletedProcess[str]:
    """Run `locksim …` there. Go keeps what it has compiled next to the program."""
    environment = {**os.environ, "GOCACHE": str(folder / "go"), "HOME": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the guide's programs; the first line of each names its file."""
    for language in ("php", "javascript", "python", "go", "java", "ruby"):
        for block in blocks(GUIDE, language):
            name = re.match(r"(?:<\?php )?(?://|#) (\w+\.\w+)\n", block)
            assert name, block
            (tmp_path / name[1]).write_text(block, "utf-8")
    return tmp_path


def test_the_guide_shows_a_program_in_each_language() -> None:
    assert [command.removeprefix(PREFIX).split()[0] for command in COMMANDS] == list(NEEDS)


@pytest.mark.parametrize("command", [marked(command) for command in COMMANDS])
def test_the_program_in_the_guide_prints_what_is_shown(folder: Path, command: str) -> None:
    words = [sys.executable if word == "python" else word for word in shlex.split(command)]
    if "java" in words:
        after = words.index("java") + 1
        words[after:after] = SHORT_JAVA
    done = run(folder, words)
    assert fits(done.stderr + done.stdout, shown(GUIDE)[command]), done.stdout + done.stderr
    assert done.returncode == 0


@pytest.mark.needs(CURL)
def test_curl_reaches_each_vendor_and_learns_why_others_are_refused(tmp_path: Path) -> None:
    script = "for host; do curl -s -o /dev/null -w '%{http_code} ' https://$host; done; exit 3"
    hosts = (
        "coreapi-sandbox.appspot.com/unlock/", "api.remotelock.com/user", "cloudapi.lockt.com/api/v1/doors",
        "api-connect.codelocks.io/api/v1/account", "factory.nuki.io/discover/bridges", "lock.example/",
    )  # fmt: skip
    done = run(tmp_path, ["locksim", "proxy", "--quiet", "--", "sh", "-c", script, "sh", *hosts])
    assert done.stdout == "200 401 401 403 200 000 "
    assert done.stderr.startswith("proxy: lock.example is not simulated")
    assert done.returncode == 3


@pytest.mark.needs(NODE)
def test_a_server_of_the_programs_own_is_reached_directly_and_a_refusal_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "own.mjs").write_text("""
import http from "node:http";
import https from "node:https";
const server = http.createServer((request, answer) => answer.end("own")).listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}/`;
  console.log(await (await fetch(url)).text());
  await fetch("https://lock.example/").catch((error) => console.log(error.cause.message));
  https.get("https://lock.example/").on("error", (error) => (console.log(error.message), server.close()));
});
""")
    done = run(tmp_path, ["locksim", "proxy", "nuki", "--", "node", "own.mjs"])
    refusal = "the proxy refused lock.example:443: 403 lock.example is not simulated; see --proxy-pass lock.example\n"
    assert done.stdout == "own\n" + 2 * refusal
