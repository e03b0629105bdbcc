"""The command `locksim mcp`, as an agent's program starts it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client, StdioServerParameters, types

from locksim import registry
from locksim.cli import main
from locksim.server.run import serving
from tests.project.test_docs_run import blocks

COMMAND = [sys.executable, "-c", "from locksim.cli import main; raise SystemExit(main())", "mcp"]


def test_as_the_guide_registers_it_it_serves_simulators_of_its_own_until_its_input_ends(tmp_path: Path) -> None:
    async def run() -> str:
        (block,) = blocks("docs/guides/coding-agents.md", "json")
        shown = json.loads(block)["mcpServers"]["locksim"]
        program = Path(sys.executable).with_name(shown["command"])
        parameters = StdioServerParameters(command=str(program), args=shown["args"], cwd=tmp_path)
        async with Client(parameters) as client:
            assert client.server_info is not None
            assert client.server_info.name == "locksim"
            assert "explain_refusal" in (client.instructions or "")
            info = await read(client, "read_connection_info")
            nuki = info["vendors"]["nuki"]
            async with httpx.AsyncClient(trust_env=False) as http:
                listed = await http.get(f"{nuki['url']}/list?token={nuki['credentials']['token']}")
            assert listed.status_code == 200
            assert (await read(client, "read_clock"))["mode"] == "auto"
            (entry,) = (await read(client, "read_journal"))["entries"]
            assert nuki["credentials"]["token"] not in json.dumps(entry)
            return str(info["control"])

    control = asyncio.run(run())
    with pytest.raises(httpx.ConnectError):
        httpx.get(control, trust_env=False)


async def read(client: Client, tool: str) -> Any:
    """Call a tool, and return its JSON."""
    (content,) = (await client.call_tool(tool, {})).content
    assert isinstance(content, types.TextContent)
    return json.loads(content.text)


def test_a_signal_ends_it() -> None:
    with serving([registry.load("nuki")]) as info:
        words = [*COMMAND, "--control", info["control"]]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            asked = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
                "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
            }}  # fmt: skip
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["result"]["serverInfo"]["name"] == "locksim"
            os.kill(process.pid, signal.SIGTERM)
            assert process.wait(20) == 128 + signal.SIGTERM


@pytest.mark.parametrize(("words", "sentence"), [
    (["lokt"], "there is no vendor 'lokt'"),
    (["nuki", "--control", "http://127.0.0.1:1"], "leave their names out"),
])  # fmt: skip
def test_what_cannot_run_is_said_on_standard_error(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["mcp", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_without_the_extra_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.stdio", None)
    assert main(["mcp", "nuki"]) == 2
    said = capsys.readouterr().err
    assert "locksim mcp needs mcp" in said
    assert "pip install 'lockpact[mcp]'" in said
