"""The tools of a coding agent, called by the SDK's own client."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import jsonschema
import pytest

from locksim.engine.errors import Refused
from locksim.mcp.control_client import ControlClient
from locksim.mcp.tools import MAX_ANSWER, TOOLS
from locksim.server.config import ServerConfig
from locksim.server.operations import OPERATIONS
from tests.mcp.agents import Agent, Refusal, control, session

OF_NO_OPERATION = {"explain_refusal", "check_client", "read_story"}
NO_TOOLS = {"readOpenapi", "readMetrics", "exportJournal", "followTurns"}


def test_every_operation_that_answers_json_is_a_tool() -> None:
    named = {
        name: "".join(part.capitalize() for part in name.split("_")) for name in TOOLS if name not in OF_NO_OPERATION
    }
    expected = {one.id[0].upper() + one.id[1:] for one in OPERATIONS if one.id not in NO_TOOLS}
    assert set(named.values()) == expected
    assert TOOLS.keys() > OF_NO_OPERATION


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_is_described_by_a_schema_that_stands_alone(name: str) -> None:
    tool = TOOLS[name]
    schema = json.loads(json.dumps(tool.schema))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert all(one.get("description") for one in schema["properties"].values())
    assert "components" not in json.dumps(schema)
    jsonschema.Draft202012Validator(schema).is_valid({})  # all its references lead somewhere
    assert tool.title.endswith(".")


def test_the_client_sees_what_reads_and_what_destroys(tmp_path: Path) -> None:
    async def script(agent: Agent) -> None:
        listed = (await agent.client.list_tools()).tools
        hints = {tool.name: tool.annotations for tool in listed}
        assert hints.keys() == TOOLS.keys()
        assert all(hint is not None for hint in hints.values())
        reads = {name for name, hint in hints.items() if hint and hint.read_only_hint}
        destroys = {name for name, hint in hints.items() if hint and hint.destructive_hint}
        assert {"read_journal", "list_devices", "explain_refusal"} < reads
        assert {"drop_world", "reset_world", "restore_snapshot", "load_state", "remove_faults"} < destroys
        assert {"create_world", "act_on_device", "advance", "inject_fault", "check_client"}.isdisjoint(reads | destroys)

    session(script, "nuki", folder=tmp_path)


def test_an_agent_plays_a_guest_who_presses_the_button_late(tmp_path: Path) -> None:
    async def script(agent: Agent) -> None:
        made = await agent("create_world", name="mine", seed=7, clock="manual")
        nuki = made["vendors"]["nuki"]
        devices = (await agent("list_devices", world="mine", vendor="nuki"))["devices"]
        bridge = next(one for one in devices if one["kind"] == "bridge")
        async with httpx.AsyncClient(trust_env=False) as http:
            late = {"world": "mine", "vendor": "nuki", "device": bridge["id"], "action": "press_button"}
            assert "planned" in await agent("act_on_device", **late, after=40)
            assert "press_button" in json.dumps(await agent("list_due", world="mine"))
            assert (await agent("advance", world="mine", seconds=41))["now"].endswith("08:00:41Z")
            await agent("inject_fault", world="mine", times=1, effect={"kind": "refuse", "name": "unavailable"})
            asked = f"{nuki['url']}/list?token={nuki['credentials']['token']}"
            assert [(await http.get(asked)).status_code for _ in range(2)] == [503, 200]
            lock = next(one for one in devices if one["kind"] == "lock")
            await agent(
                "act_on_device", world="mine", vendor="nuki", device=lock["id"], action="battery", args={"percent": 10}
            )
            assert (await http.get(asked)).json()[0]["lastKnownState"]["batteryCritical"] is True
        journal = await agent("read_journal", world="mine", vendor="nuki")
        assert [entry["kind"] for entry in journal["entries"]] == ["act", "request", "request", "act", "request"]
        assert nuki["credentials"]["token"] not in json.dumps(journal)
        assert (await agent("drop_world", world="mine")) == {"dropped": "mine"}

    session(script, "nuki", folder=tmp_path)


@pytest.mark.parametrize(("name", "arguments", "sentence"), [
    ("nothing", {}, "there is no tool 'nothing'"),
    ("read_clock", {"world": "else"}, "there is no world 'else'"),
    ("advance", {"second": 3}, "there is no argument 'second' here; this call takes seconds, until"),
    ("advance", {"seconds": -3}, ">= 0"),
    ("advance", {}, "give either seconds or until"),
    ("list_devices", {}, "the argument 'vendor' is missing"),
    ("list_devices", {"vendor": "../../.."}, "no vendor '../../..'"),
    ("act_on_device", {"vendor": "nuki", "device": "1", "action": "a", "args": []}, "'args' must be an object"),
    ("act_on_device", {"vendor": "nuki", "device": "1", "action": "a", "args": {"after": ""}}, "argument of its own"),
    ("read_journal", {"limit": 5000}, "a whole number from 1 to 1000"),
    ("explain_refusal", {"entry": 0}, "`int` >= 1"),
    ("explain_refusal", {}, "there is no refused request"),
    ("explain_refusal", {"entry": 7}, "not 7"),
])  # fmt: skip
def test_a_tool_refuses_with_a_sentence(tmp_path: Path, name: str, arguments: dict[str, object], sentence: str) -> None:
    async def script(agent: Agent) -> None:
        with pytest.raises(Refusal, match=r".") as refused:
            await agent(name, **arguments)
        assert sentence in str(refused.value)

    session(script, "nuki", folder=tmp_path)


def test_worlds_and_answers_are_bounded(tmp_path: Path) -> None:
    async def script(agent: Agent) -> None:
        await agent("create_world", name="second")
        with pytest.raises(Refusal, match="2 worlds, which is the limit"):
            await agent("create_world")
        url = (await agent("read_connection_info"))["vendors"]["nuki"]["url"]
        async with httpx.AsyncClient(trust_env=False) as http:
            for _ in range(9):
                await http.get(f"{url}/list?x={'y' * 10_000}")
            await http.post(url, content=b"z" * MAX_ANSWER)
            await http.get(f"{url}/list")
        first = (await agent("read_journal"))["entries"]
        assert [entry["n"] for entry in first] == [1, 2, 3, 4, 5]
        more = (await agent("read_journal", after=5))["entries"]
        assert [entry["n"] for entry in more] == [6, 7, 8, 9]
        with pytest.raises(Refusal, match="entry 10 alone has more than 60000 characters; go on after it"):
            await agent("read_journal", after=9)
        assert [entry["n"] for entry in (await agent("read_journal", after=10))["entries"]] == [11]
        with pytest.raises(Refusal, match="ask for less"):
            await agent("read_moment", n=10)

    session(script, "nuki", folder=tmp_path, config=ServerConfig(max_worlds=2))


def test_a_refusal_is_explained_with_near_misses_and_rules(tmp_path: Path) -> None:
    async def script(agent: Agent) -> None:
        vendors = (await agent("read_connection_info"))["vendors"]
        nuki, codelocks, noke = vendors["nuki"], vendors["codelocks"], vendors["noke"]
        token = nuki["credentials"]["token"]
        async with httpx.AsyncClient(trust_env=False) as http:
            await http.get(f"{nuki['url']}/lockAction?token={token}&nukiId=1&action=99")
            await http.get(f"{nuki['url']}/list?token={token}")
            action = await agent("explain_refusal")
            key = {"x-api-key": codelocks["credentials"]["api_key"]}
            await http.get(f"{codelocks['url']}/n/1/netcode/abc", headers=key)
            netcode = await agent("explain_refusal")
            await http.get(f"{codelocks['url']}/n/1/netcodes", headers=key)
            unknown = await agent("explain_refusal")
            wrong_key = {"Authorization": "Bearer secret-7"}
            await http.post(f"{noke['url']}/lock", json={}, headers=wrong_key)
            in_a_200 = await agent("explain_refusal")
        assert action["entry"] == 1
        assert action["answer"]["status"] == 400
        assert "from 1 (unlock) to 5" in action["near_misses"][0]
        rules = {rule["id"]: (rule["sentence"], rule["evidence"]) for rule in action["rules"]}
        assert rules["NK-R81"] == ("An invalid action is 400.", "documented")
        assert token not in json.dumps(action)
        assert "CL-R09" in {rule["id"] for rule in netcode["rules"]}  # a missing required parameter is 404
        assert "netcode" in unknown["near_misses"][0]
        assert in_a_200["answer"]["status"] == 200
        assert in_a_200["near_misses"]
        assert "secret-7" not in json.dumps(in_a_200)
        await agent("inject_fault", vendor="nuki", times=1, effect={"kind": "refuse", "name": "unavailable"})
        async with httpx.AsyncClient(trust_env=False) as http:
            await http.get(f"{nuki['url']}/list?token={token}")
        injected = await agent("explain_refusal")
        assert injected["injected_faults"] == [1]
        with pytest.raises(Refusal, match="is no request to a vendor; its kind is 'control'"):
            await agent("explain_refusal", entry=injected["entry"] - 1)
        again = await agent("explain_refusal", entry=1)
        assert (again["near_misses"], again["rules"]) == (action["near_misses"], action["rules"])

    session(script, "nuki", "codelocks", "noke", folder=tmp_path)


def test_the_tools_use_a_running_server_with_its_admin_token(tmp_path: Path) -> None:
    async def script(agent: Agent) -> None:
        assert [world["name"] for world in (await agent("list_worlds"))["worlds"]] == ["default"]

    session(script, "nuki", folder=tmp_path, config=ServerConfig(admin_token="open sesame"))


def test_a_server_that_is_none_is_named() -> None:
    async def script(found: ControlClient) -> None:
        with pytest.raises(Refused, match=r"the control API at http://127\.0\.0\.1:9/_sim cannot be called"):
            await found.call("listWorlds", {})

    control("http://127.0.0.1:9/", None, script)
