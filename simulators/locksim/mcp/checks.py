"""`lockpact check` as a tool: a child process with limits on its time, its examples and its output."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import Annotated, Any

import msgspec

from locksim.engine.errors import Impossible, Refused, Unknown

__all__ = ["MAX_STORY", "CheckClient", "Checks", "ReadStory"]

MAX_EXAMPLES = 2_000
MAX_SECONDS = 600
MAX_OUTPUT = 20_000
"""Characters at the end of what a check printed that are shown."""
MAX_STORY = 20_000
"""Characters of a story that are shown."""
KEPT = 10
"""Checks whose stories are kept, the latest."""
_VERDICTS = {0: "kept", 1: "broken", 2: "could not run, or proved nothing"}
_CHUNK = 65_536
_POLL = 0.02
"""Seconds between two looks at a child."""
_GRACE = 3.0
"""Seconds that a check has to report and to end its children: it needs two."""


class CheckClient(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which client to check, and how long."""

    vendor: Annotated[str, msgspec.Meta(pattern="^[a-z]+$", description="The vendor's name.")]
    adapter: Annotated[
        Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")] | None,
        msgspec.Meta(
            description="The class that adapts the client to the pact's port: module:Class, importable from the folder."
        ),
    ] = None
    adapter_command: Annotated[
        Annotated[str, msgspec.Meta(min_length=1, max_length=1000)] | None,
        msgspec.Meta(
            description="In its place the command of an adapter in another language, as 'node adapter.mjs'. Only if the "
            "server was started with --allow-commands."
        ),
    ] = None
    folder: Annotated[
        str,
        msgspec.Meta(
            max_length=1000, description="The folder to run in, relative to the one that this server runs in."
        ),
    ] = "."
    examples: Annotated[int, msgspec.Meta(ge=1, le=MAX_EXAMPLES, description="How many runs of the state machine.")] = (
        100
    )
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**31, description="The same seed gives the same run.")] = 0
    laws: Annotated[
        list[Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]+(-[A-Za-z0-9_]+)+$")]],
        msgspec.Meta(max_length=100, description="Judge only these laws, by their ids."),
    ] = []
    seconds: Annotated[
        int, msgspec.Meta(ge=1, le=MAX_SECONDS, description="Real seconds after which the check is ended.")
    ] = 180


class ReadStory(msgspec.Struct, forbid_unknown_fields=True):
    """Which story."""

    law: Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]+(-[A-Za-z0-9_]+)+$", description="The broken law's id.")]
    check: Annotated[
        int | None,
        msgspec.Meta(description="The check's number, as check_client answered it; without it the last check."),
    ] = None


class Checks:
    """Runs checks, one at a time, and keeps the stories of the last ones.

    Args:
        folder: for the stories.
        environment: the variables of the children.
        allow_commands: whether a caller may name the command of an adapter.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], *, allow_commands: bool) -> None:
        self._folder = folder
        self._environment = {**environment, "COLUMNS": "120", "NO_COLOR": "1"}  # a report is read as plain text
        self._allow_commands = allow_commands
        self._turn = asyncio.Lock()
        self._number = 0
        self._kept: OrderedDict[int, Path] = OrderedDict()
        self._child: asyncio.subprocess.Process | None = None

    async def run(self, given: CheckClient) -> dict[str, Any]:
        """Check a client. Raises Refused: the arguments cannot be used, or another check runs."""
        words, here = self._command(given), _folder_in(Path.cwd(), given.folder)
        if self._turn.locked():
            raise Impossible("another check is still running; wait for it, or cancel it")
        async with self._turn:
            self._number += 1
            stories = self._folder / f"check-{self._number}"
            stories.mkdir()
            self._keep(stories)
            code, output = await self._run([*words, "--stories", str(stories)], here, given.seconds)
        broken = sorted(file.stem for file in stories.glob("*.txt"))
        verdict = (
            f"ended after {given.seconds} seconds"
            if code is None
            else _VERDICTS.get(code, f"failed with exit code {code}")
        )
        return {"check": self._number, "verdict": verdict, "broken": broken, "report": output}

    def read_story(self, given: ReadStory) -> dict[str, Any]:
        """Return the story of a broken law. Raises Unknown."""
        number = given.check or self._number
        if number not in self._kept:
            kept = ", ".join(map(str, self._kept)) or "none"
            raise Unknown(f"the stories of check {number} are not here; there are those of: {kept}")
        folder = self._kept[number]
        file = folder / f"{given.law}.txt"
        if not file.is_file():
            broken = ", ".join(sorted(one.stem for one in folder.glob("*.txt"))) or "none"
            raise Unknown(f"check {number} has no story of {given.law}; it has those of: {broken}")
        text = file.read_text("utf-8")
        found: dict[str, Any] = {"check": number, "law": given.law, "story": text[:MAX_STORY]}
        if len(text) > MAX_STORY:
            found["left_out"] = f"{len(text) - MAX_STORY} characters at the end"
        if file.with_suffix(".html").is_file():
            found["page"] = str(file.with_suffix(".html"))
        return found

    async def end(self) -> None:
        """End the check that is running, with all processes that it has started."""
        if self._child is not None:
            await _end(self._child)

    def _command(self, given: CheckClient) -> list[str]:
        if (given.adapter is None) == (given.adapter_command is None):
            raise Refused("give either adapter or adapter_command, and not both")
        words = [
            sys.executable,
            "-m",
            "lockpact",
            "check",
            given.vendor,
            "--examples",
            str(given.examples),
            "--seed",
            str(given.seed),
        ]
        for law in given.laws:
            words += ["--law", law]
        if given.adapter is not None:
            return [*words, "--adapter", given.adapter]
        if not self._allow_commands:
            raise Refused(
                "this server runs no commands; whoever runs it can start it with: locksim mcp --allow-commands"
            )
        return [*words, f"--adapter-command={given.adapter_command}"]

    def _keep(self, stories: Path) -> None:
        self._kept[self._number] = stories
        while len(self._kept) > KEPT:
            rmtree(self._kept.popitem(last=False)[1], ignore_errors=True)

    async def _run(self, words: Sequence[str], folder: Path, seconds: int) -> tuple[int | None, str]:
        """Return the exit code, None when the time was up, and the end of the output."""
        self._child = child = await asyncio.create_subprocess_exec(
            *words, cwd=folder, env=self._environment, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        printed = bytearray()
        reading = asyncio.create_task(_read(child, printed))
        code: int | None = None
        try:
            try:
                async with asyncio.timeout(seconds):
                    code = await _exit_code(child)
            except TimeoutError:
                pass
            finally:
                await asyncio.shield(_end(child))
            # What a child of the child keeps open is not waited for.
            await asyncio.wait([reading], timeout=_GRACE)
        finally:
            reading.cancel()
            child._transport.close()  # type: ignore[attr-defined]  # asyncio has no public way to close an open pipe
        return code, printed.decode("utf-8", "replace")[-MAX_OUTPUT:]


async def _read(child: asyncio.subprocess.Process, printed: bytearray) -> None:
    """Keep the end of what a child prints."""
    assert child.stdout is not None
    while part := await child.stdout.read(_CHUNK):
        printed += part
        del printed[: -4 * MAX_OUTPUT]


async def _end(child: asyncio.subprocess.Process) -> None:
    """End a child: first in order, so that it reports what it has and ends its own children, then by force."""
    if child.returncode is not None:
        return
    with suppress(ProcessLookupError):
        child.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(_GRACE):
            await _exit_code(child)
    except TimeoutError:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await _exit_code(child)


async def _exit_code(child: asyncio.subprocess.Process) -> int:
    """Wait for a child's end. `child.wait` would wait for its output, too, which its own children may keep open."""
    while child.returncode is None:  # noqa: ASYNC110 - no event tells of the end alone
        await asyncio.sleep(_POLL)
    return child.returncode


def _folder_in(root: Path, name: str) -> Path:
    """Return a folder below the root. Raises Refused."""
    folder = (root / name).resolve()
    if not folder.is_relative_to(root.resolve()) or not folder.is_dir():
        raise Refused(f"there is no folder {name!r} below {root}")
    return folder
