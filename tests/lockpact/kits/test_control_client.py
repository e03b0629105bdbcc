"""The control client for Node: it is what the table of operations says, and a test of a guest's stay runs with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lockpact.simulators.served import served
from locksim.engine.commands import NoArguments
from locksim.server.control_operation import ControlOperation
from locksim.server.operations import OPERATIONS
from tests.authoring.make_control_client import FOLDER, files
from tests.needs import NODE, NODE_FOLDER
from tests.project.test_docs_run import blocks

STREAMS = {"followTurns"}
MADE_OF = {"seconds": 30, "variants": [], "limits": "off", "mode": "held", "effect": {"kind": "lose"}}
RECORDER = """
const answers = { details: { name: 'mine', vendors: {} } }
const calls = []
globalThis.fetch = async (url, { method, headers, body }) => {
  const { pathname, search } = new URL(url)
  calls.push([method, pathname.replace('/_sim', '') + search, body ?? '', headers.Authorization ?? ''])
  return new Response(JSON.stringify(answers.details), { headers: { 'content-type': 'application/json' } })
}
const { Control } = await import(process.argv[2])
const control = new Control('http://127.0.0.1:1/', { token: 'open sesame' })
const world = await control.createWorld()
calls.length = 0
for (const [owner, method, words] of JSON.parse(process.argv[3])) {
  await (owner === 'World' ? world : control)[method](...words)
}
console.log(JSON.stringify(calls))
"""
TYPED = """
import { Control, ControlError } from './control.mjs'
const control = new Control()
const world = await control.createWorld({ clock: { mode: 'manual', now: '2026-01-05T08:00:00Z' }, seed: 7 })
await world.advance({ seconds: 30 })
await world.actOnDevice('nuki', '1', 'battery', { level: 'flat', after: 3 })
await world.callSupport('codelocks', 'access_key', {})
await world.injectFault({ effect: { kind: 'delay', seconds: 3 }, times: 1 })
const page = await world.readJournal({ limit: 3 })
const status: number | undefined = page.entries[0].answer?.status
const url: string = world.vendors.remotelock.oauth_url
const copy = await world.fork()
const gone: string = (await copy.drop()).dropped
const refused: ControlError = new ControlError('', 404)
"""
WRONG = {
    "await world.advance({ second: 30 })": "second",
    "await world.advance({})": "seconds",
    "await world.actOnDevice('nuki', '1', 'pres_button')": "pres_button",
    "await world.actOnDevice('nuki', '1', 'battery', { level: 'empty' })": "empty",
    "await world.listDevices('lokt')": "lokt",
    "await world.injectFault({ effect: { kind: 'act', device: '1', action: 'jam' } })": "vendor",
    "await control.createWorld({ profile: 'observd' })": "observd",
    "world.nothing()": "nothing",
}


@pytest.mark.parametrize("name", files())
def test_the_client_is_what_the_document_says(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == files()[name], "run: make generate"


def arguments_of(operation: ControlOperation) -> dict[str, Any]:
    """Arguments for an operation: the required ones, and one more of the query."""
    named: dict[str, Any] = {name: f"a {name}/?" for name in operation.path_arguments.values()}
    named |= {"n": 3} if "n" in named else {"id": 3} if "id" in named else {}
    others = {
        name: MADE_OF.get(name, f"a {name}") for name in operation.other_arguments if operation.fields[name].required
    }
    if operation.one_of:
        others[operation.one_of[0]] = MADE_OF[operation.one_of[0]]
    if operation.has_query and operation.other_arguments:
        others[operation.other_arguments[-1]] = "5 & 6"
    if operation.rest is not None:
        others[operation.rest] = {"of the action": 1}
    return named | others


def words_of(operation: ControlOperation, arguments: dict[str, Any]) -> list[Any]:
    """The words of the method's call."""
    in_path = [arguments[name] for name in operation.path_arguments.values()]
    rest = {name: value for name, value in arguments.items() if name not in operation.path_arguments.values()}
    if operation.rest is not None:
        rest |= rest.pop(operation.rest)
    return [*in_path, rest] if rest else in_path


@pytest.mark.needs(NODE)
def test_each_method_sends_the_request_of_its_operation(tmp_path: Path) -> None:
    wanted = [one for one in OPERATIONS if one.id not in STREAMS]
    calls = []
    for one in wanted:
        of_world = one.path.startswith("/worlds/{w}")
        name = one.id.removesuffix("World") if of_world else one.id
        calls.append(["World" if of_world else "Control", name, words_of(one, arguments_of(one))])
    (tmp_path / "record.mjs").write_text(RECORDER)
    done = subprocess.run(
        ["node", "record.mjs", f"{FOLDER}/control.mjs", json.dumps(calls)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    sent = json.loads(done.stdout)
    assert len(sent) == len(wanted)
    for operation, (method, target, body, authorization) in zip(wanted, sent, strict=True):
        expected, content = operation.request_of(arguments_of(operation), "mine")
        assert (method, target.replace("%20", "+") or "/") == (operation.method, expected.replace("%20", "+")), (
            operation.id
        )
        assert json.loads(body or "{}") == json.loads(content or b"{}"), operation.id
        assert authorization == "Bearer open sesame"
        assert operation.arguments is not NoArguments or body == ""


@pytest.mark.needs(NODE)
def test_the_types_know_what_is_right_and_what_is_wrong(tmp_path: Path) -> None:
    for name in files():
        shutil.copy(FOLDER / name, tmp_path)
    lines = TYPED.splitlines() + list(WRONG)
    (tmp_path / "typed.mts").write_text("\n".join(lines))
    compiler = NODE_FOLDER / "node_modules" / "typescript" / "bin" / "tsc"
    words = ["node", compiler, "--noEmit", "--strict", "--target", "es2022", "--lib", "es2022", "--module", "nodenext"]
    done = subprocess.run([*map(str, words), "typed.mts"], cwd=tmp_path, capture_output=True, text=True, check=False)
    found = [line for line in done.stdout.splitlines() if line.startswith("typed.mts(")]
    assert len(found) == len(WRONG), done.stdout
    for number, (line, word) in enumerate(WRONG.items(), len(TYPED.splitlines()) + 1):
        (error,) = (one for one in found if one.startswith(f"typed.mts({number},"))
        assert word in error or word in done.stdout, line


@pytest.mark.needs(NODE)
def test_the_guests_stay_of_the_guide_passes(tmp_path: Path) -> None:
    (example,) = blocks("docs/guides/control-client.md", "javascript")
    (tmp_path / "stay.test.mjs").write_text(example)
    shutil.copytree(FOLDER, tmp_path / "kit")
    with served(["remotelock"], clock="manual") as info:
        done = subprocess.run(
            ["node", "--test", "stay.test.mjs"], cwd=tmp_path, env={**os.environ, "LOCKPACT_CONTROL": info["control"]},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 2" in done.stdout


@pytest.mark.needs(NODE)
def test_refusals_and_a_missing_server_are_said(tmp_path: Path) -> None:
    script = """
    import { Control } from '%s/control.mjs'
    const said = []
    for (const call of [
      () => new Control().world('nowhere'),
      async () => (await new Control().world()).advance({ seconds: -1 }),
      async () => new Control('http://127.0.0.1:9/_sim/').listWorlds(),
      async () => new Control(process.env.VENDOR).listWorlds(),
    ]) await call().catch(error => said.push([error.name, error.status, error.message]))
    const text = await (await new Control().world()).exportJournal({ mask: 'true' })
    console.log(JSON.stringify([said, text.split('\\n')[0]]))
    """
    (tmp_path / "refused.mjs").write_text(script % FOLDER)
    with served(["nuki"], clock="manual") as info:
        variables = {**os.environ, "LOCKPACT_CONTROL": info["control"], "VENDOR": info["vendors"]["nuki"]["url"]}
        done = subprocess.run(
            ["node", tmp_path / "refused.mjs"], env=variables, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    (unknown, invalid, absent, other), first = json.loads(done.stdout)
    assert unknown[:2] == ["ControlError", 404]
    assert "there is no world 'nowhere'" in unknown[2]
    assert invalid[1] == 400
    assert absent[1] == 0
    assert "is locksim serve running?" in absent[2]
    assert "is it a control API?" in other[2]
    assert json.loads(first)["masked"] is True
