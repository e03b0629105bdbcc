"""Adapters' programs in the kits' languages: made of a folder's sources, compiled once, and talked to line by line."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lockpact.core.kits import copy_kit

__all__ = ["BUILD", "COMMANDS", "SHORT_JAVA", "SHORT_JAVAC", "Talk", "built", "go_environment", "talk"]

SHORT_JAVA = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
"""Options for a Java machine that soon ends: it would spend more time to compile its code well than to run it."""
SHORT_JAVAC = [f"-J{option}" for option in SHORT_JAVA]
COMMANDS = {"php": ["php", "probe.php"], "go": ["./probe"], "java": ["java", *SHORT_JAVA, "-cp", "out", "Probe"]}
"""Language → the command of the probe."""
BUILD: Mapping[str, list[list[str]]] = {
    "php": [],
    "go": [["go", "mod", "init", "example"], ["go", "build", "-o", "probe", "."]],
    "java": [["javac", *SHORT_JAVAC, "-Xlint:all", "-Werror", "-d", "out", "Lockpact.java", "Probe.java"]],
}
_PLACES = {"go": "lockpact"}
"""Language → the folder that its kit is copied into."""


def go_environment(shared: Path) -> dict[str, str]:
    """The variables for Go: no network, and one cache for all tests of a run."""
    return {**os.environ, "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOCACHE": str(shared / "go-build")}


def built(language: str, folder: Path, shared: Path) -> list[str]:
    """Put a language's probe and kit into a folder, and compile them. Returns the command."""
    (probe,) = (file for file in (Path(__file__).parent / "probes").iterdir() if file.suffix == f".{language}")
    (folder / probe.name).write_text(probe.read_text("utf-8"), "utf-8")
    copy_kit(language, folder / _PLACES.get(language, ""), "nuki")
    for words in BUILD[language]:
        done = subprocess.run(
            words, cwd=folder, env=go_environment(shared), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return COMMANDS[language]


class Talk:
    """A conversation with a program."""

    def __init__(self, process: subprocess.Popen[str], objects: Callable[..., Any]) -> None:
        self._process, self._objects = process, objects
        self._id = 0
        self.logs: list[tuple[str, str]] = []
        """(level, text) of what the program has logged."""

    def ask(self, request: str, /, **params: Any) -> Any:
        """Send a request, and return its result or error. What the program asks meanwhile is answered by `objects`."""
        id_ = self.send(request, **params)
        return self.answers(id_)[id_]

    def send(self, request: str, /, **params: Any) -> int:
        """Send a request, and return its id."""
        self._id += 1
        self._write({"id": self._id, "method": request, "params": params})
        return self._id

    def answers(self, *ids: int) -> dict[int, Any]:
        """Read until these requests are answered, in any order."""
        found: dict[int, Any] = {}
        while found.keys() != set(ids):
            assert self._process.stdout is not None
            line = self._process.stdout.readline()
            assert line, "the program has ended"
            message = json.loads(line)
            assert message["jsonrpc"] == "2.0"
            if message.get("method") == "log":
                self.logs.append((message["params"]["level"], message["params"]["text"]))
            elif message.get("method") == "object":
                self._write({"id": message["id"], **self._objects(**message["params"])})
            else:
                found[message["id"]] = message["error"] if "error" in message else message["result"]
        return found

    def call(self, method: str, **arguments: Any) -> Any:
        """Call a method of client 1."""
        return self.ask("call", client=1, method=method, arguments=arguments)

    def new(self, client: int = 1, url: str = "http://127.0.0.1:1") -> Any:
        """Construct a client."""
        connection = {
            "url": url, "host": "127.0.0.1", "port": 1, "credentials": {"token": "s3cret"}, "callback_url": "http://127.0.0.1:2",
            "servers": {"bridge": url}, "objects": ["nearby"],
        }  # fmt: skip
        return self.ask("new", client=client, connection=connection)

    def _write(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False) + "\n")
        self._process.stdin.flush()


def _wake(client: int, object: str, method: str, arguments: list[Any]) -> dict[str, Any]:
    if (client, object, method, arguments) == (1, "nearby", "wake", ["near"]):
        return {"result": "a session"}
    return {"error": {"code": 1, "message": "nobody there", "data": {"error": "OutOfReach"}}}


@contextmanager
def talk(command: list[str], folder: Path) -> Iterator[tuple[Talk, list[str]]]:
    """Run a program, and yield a conversation, and what it wrote on standard error once it has ended."""
    errors: list[str] = []
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8"
    ) as process:
        deadline = threading.Timer(60, process.kill)  # a conversation that is stuck fails
        deadline.start()
        try:
            yield Talk(process, _wake), errors
            assert process.stdin is not None
            assert process.stderr is not None
            process.stdin.close()
            assert process.wait(20) == 0
            errors += process.stderr.read().splitlines()
        finally:
            deadline.cancel()
            process.kill()
