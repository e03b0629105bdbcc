"""Run what the documents show, and compare."""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

REPO = Path(__file__).parents[2]
PORTS = {
    "noke": {
        "url": 8701,
        "servers": {"production": 8711, "sandbox": 8701, "sandbox-pre-release": 8721, "production-pre-release": 8731},
    },
    "remotelock": {"url": 8702, "oauth_url": 8712},
    "lockt": {"url": 8703},
    "codelocks": {"url": 8704},
    "nuki": {"url": 8705},
}
"""The fixed ports that the documents show, where the connection info has them; here the server takes free ones."""
FILE = ("# my_adapter.py\n", "# bridges.py\n")
"""Such a block is a file that the text goes on to use."""

# One worker starts one server for all tests of this file.
pytestmark = pytest.mark.xdist_group("docs")


def blocks(document: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", (REPO / document).read_text("utf-8"), re.MULTILINE | re.DOTALL)


def shown(document: str) -> dict[str, str]:
    """command → what the document shows of its output."""
    found = {}
    for block in blocks(document, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found[command] = output
    return found


def fits(output: str, expected: str) -> bool:
    """Whether the output is as shown: `…` is any text, and columns may be wider."""
    pattern = r".*?".join(re.escape(" ".join(piece.split())) for piece in expected.split("…"))
    return re.fullmatch(pattern.replace(r"\ ", r"\s+") + r"\s*", " ".join(output.split()), re.DOTALL) is not None


@dataclass
class Running:
    """A server, and the ports on which it really is."""

    printed: str
    ports: dict[int, int]

    def here(self, text: str) -> str:
        """Documented ports → real ones."""
        return re.sub(r"(?<=127\.0\.0\.1:)\d+", lambda m: str(self.ports[int(m[0])]), text)

    def there(self, text: str) -> str:
        """Real ports → documented ones."""
        back = {real: documented for documented, real in self.ports.items()}
        return re.sub(r"(?<=127\.0\.0\.1:)\d+", lambda m: str(back.get(int(m[0]), m[0])), text)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("served")
    path, printed = folder / "ready.json", folder / "printed"
    # What `make run` runs, on free ports.
    command = [sys.executable, "-m", "locksim", "serve", "--port", "0", "--ready-file", str(path)]
    with printed.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            for _ in range(3000):
                if path.exists() and "Ctrl-C" in printed.read_text():
                    break
                assert process.poll() is None, printed.read_text()
                time.sleep(0.01)
            ready = json.loads(path.read_text())
            ports = {8700: httpx.URL(ready["control"]).port or 0}
            ports |= dict(documented(PORTS, ready["vendors"]))
            yield Running(printed.read_text(), ports)
        finally:
            process.terminate()


def documented(ports: dict[str, Any], ready: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """Documented port and real one, wherever both have one."""
    for name, port in ports.items():
        if isinstance(port, int):
            yield port, httpx.URL(ready[name]).port or 0
        else:
            yield from documented(port, ready[name])


def curl(command: str) -> str:
    """What this `curl` would print. It may not be on the machine, so its three options are done here."""
    words = shlex.split(command)
    assert words.pop(0) == "curl"
    given: dict[str, Any] = {"method": "GET"}
    while words:
        word = words.pop(0)
        if word == "-d":
            given |= {"method": "POST", "content": words.pop(0)}
        elif word == "-X":
            given["method"] = words.pop(0)
        else:
            given["url"] = word
    return httpx.request(**given, timeout=60, trust_env=False).text


def test_make_run_starts_the_server() -> None:
    # A make that runs these tests would hand its own flags down.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("M")}
    done = subprocess.run(["make", "-n", "run"], cwd=REPO, env=plain, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].split()[-2:] == [".venv/bin/locksim", "serve"]


def test_the_server_says_what_the_readme_shows(running: Running) -> None:
    assert fits(running.there(running.printed), shown("README.md")["make run"])


def test_the_calls_of_the_readme_answer_as_it_shows(running: Running) -> None:
    """In their order: each one finds what the one before it left."""
    calls = {command: output for command, output in shown("README.md").items() if command.startswith("curl")}
    assert calls
    for command, output in calls.items():
        assert fits(curl(running.here(command)), output), command


def test_the_ready_document_is_as_shown(running: Running) -> None:
    (block,) = blocks("docs/server.md", "json")
    info, shown_ = json.loads(running.there(curl(running.here("curl http://127.0.0.1:8700/_sim")))), json.loads(block)
    assert {**info, "vendors": {name: info["vendors"][name] for name in shown_["vendors"]}} == shown_


def test_the_third_use_goes_from_start_to_verdict_in_one_paste(tmp_path: Path) -> None:
    (paste,) = (block for block in blocks("README.md", "sh") if "lockpact drift" in block)
    (shows,) = (block for block in blocks("README.md", "text") if "D1" in block)
    base = free_base()
    paste = re.sub(r"(?<=127\.0\.0\.1:)89(\d\d)", lambda m: str(base + int(m[1])), paste)
    paste = paste.replace(".venv/bin", str(Path(sys.executable).parent)).replace("--port 8900", f"--port {base}")
    paste = paste.replace("fixtures/", f"{REPO}/fixtures/")
    done = subprocess.run(["sh", "-c", paste], cwd=tmp_path, capture_output=True, text=True, check=False)
    there = re.sub(r"(?<=127\.0\.0\.1:)(\d+)", lambda m: str(int(m[1]) - base + 8900), done.stdout)
    assert fits(there, shows), done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def free_base() -> int:
    """Where the usual ports may be moved to, as `--port` moves them."""
    for base in range(20_000, 32_000, 100):
        with ExitStack() as open_ports:
            try:
                for port in (0, 1, 11, 21, 31):
                    one = open_ports.enter_context(socket.socket())
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    one.bind(("127.0.0.1", base + port))
            except OSError:
                continue
            return base
    raise AssertionError("no ports are free")


def examples(document: str) -> list[str]:
    """The document's Python blocks that are tests."""
    return [block for block in blocks(document, "python") if "def test_" in block]


PAGES = ["README.md", *(str(path.relative_to(REPO)) for path in sorted(REPO.glob("docs/**/*.md")))]
WITH_EXAMPLES = [page for page in PAGES if examples(page)]


def test_the_pages_for_python_users_have_examples() -> None:
    assert {"README.md", "docs/python.md"} <= set(WITH_EXAMPLES)


@pytest.mark.parametrize("alone", [False, True])
def test_the_examples_in_python_pass(tmp_path: Path, *, alone: bool) -> None:
    """Those of many pages in one run: it starts once. A pact is driven alone, before anything else has imported a client."""
    shown = {page: examples(page) for page in WITH_EXAMPLES if ("assert_keeps" in str(examples(page))) is alone}
    assert shown
    for page, blocks_ in shown.items():
        for number, example in enumerate(blocks_):
            name = re.sub(r"\W", "_", page.removesuffix(".md"))
            (tmp_path / f"test_{name}_{number}.py").write_text(example, "utf-8")
    left_out = (
        "randomly",
        "cacheprovider",
        "faker",
        "schemathesis",
    )  # the last two are slow to import, and not used here
    command = [sys.executable, "-m", "pytest", "-q", *(f"-pno:{plugin}" for plugin in left_out), str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    written = sum(example.count("def test_") for blocks_ in shown.values() for example in blocks_)
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) >= written  # a parametrized one passes several times


def test_the_adapter_in_the_docs_is_told_what_it_breaks(tmp_path: Path) -> None:
    (adapter,) = (block for block in blocks("docs/pact.md", "python") if block.startswith(FILE))
    (tmp_path / "my_adapter.py").write_text(adapter, "utf-8")
    ((command, output),) = shown("docs/pact.md").items()
    program, *words = shlex.split(command)
    run = f"import sys; from {program}.cli.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", run, *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert fits(done.stdout, output), done.stdout


def test_the_examples_in_python_are_all_run() -> None:
    """A block of Python that no test runs would be believed unseen."""
    everywhere = ["README.md", *(str(p.relative_to(REPO)) for p in REPO.glob("docs/**/*.md"))]
    shown = [block for document in everywhere for block in blocks(document, "python")]
    assert [block for block in shown if "def test_" not in block and not block.startswith(FILE)] == []
