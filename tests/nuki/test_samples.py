"""The document's sample answers and the simulator's answers fit the OpenAPI document."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from locksim.nuki import VENDOR
from locksim.nuki.seed import FRONT_DOOR
from locksim.nuki.state import CALLBACK_MAX, CALLBACK_URL
from tests.nuki.caller import Caller
from tests.openapi import OpenApi

OPENAPI = OpenApi(VENDOR)
DOCUMENT, resolved, fits = OPENAPI.document, OPENAPI.resolved, OPENAPI.fits
EMPTY = ["/clearlog", "/fwupdate", "/reboot", "/factoryReset"]


def schema_of(path: str) -> Any:
    return resolved(DOCUMENT["paths"][path]["get"]["responses"]["200"])["content"]["application/json"]["schema"]


def test_it_has_every_endpoint_of_the_document(examples: Any) -> None:
    assert set(DOCUMENT["paths"]) == set(examples["answers"]) | {"/log", *EMPTY}


def test_the_vendors_samples_fit(examples: Any) -> None:
    for path, sample in examples["answers"].items():
        fits(sample, schema_of(path))


def test_the_examples_of_the_openapi_document_fit() -> None:
    for path in DOCUMENT["paths"]:
        content = resolved(DOCUMENT["paths"][path]["get"]["responses"]["200"]).get("content", {})
        for media in content.values():
            shown = [media["example"]] if "example" in media else [e["value"] for e in media["examples"].values()]
            for example in shown:
                fits(example, media["schema"])


def test_a_callbacks_body_fits(bridge: Caller, examples: Any) -> None:
    schema = DOCUMENT["components"]["schemas"]["StateChange"]
    fits(examples["callback"], schema)
    bridge.register("http://receiver.test/")
    bridge.act(FRONT_DOOR, 5)
    bodies = [body for _, body in bridge.received]
    assert [body["state"] for body in bodies] == [7, 5, 6]
    for body in bodies:
        fits(body, schema)


@pytest.mark.parametrize("kind", ["hardware", "software"])
def test_answers_fit_on_both_bridges(bridge: Caller, kind: str) -> None:
    bridge.register("http://receiver.test/")
    for action in range(1, 6):
        bridge.act(FRONT_DOOR, action, noWait=1)
        bridge.pass_time(40)
    bridge.site.act(None, "bridge_type", None, {"kind": kind})
    fits(bridge.get("/info").json, schema_of("/info"))
    for path in ("/list", "/callback/list", "/discover/bridges"):
        fits(bridge.get(path).json, schema_of(path))
    if kind == "hardware":
        fits(bridge.get("/log", count=500).json, schema_of("/log"))


@pytest.mark.rule("NK-R61")
def test_the_timestamp_is_a_key_of_the_last_known_state() -> None:
    assert "timestamp" in resolved(schema_of("/list"))["items"]["properties"]["lastKnownState"]["required"]


@pytest.mark.parametrize("extra", [{"deviceType": 0}, {"timestamp": "2016-10-03T06:49:00+00:00"}])
def test_an_answer_with_an_extra_key_does_not_fit(bridge: Caller, extra: dict[str, Any]) -> None:
    item = bridge.listed(FRONT_DOOR)
    with pytest.raises(jsonschema.ValidationError):
        fits([item | extra], schema_of("/list"))


def test_callback_urls_are_described_as_they_are_checked() -> None:
    (url,) = DOCUMENT["paths"]["/callback/add"]["get"]["parameters"]
    # The document repeats the last class of characters, which changes nothing, so that Schemathesis reaches the length.
    pattern = url["schema"]["pattern"].replace("*[A-Za-z0-9._~!$&'()*+,;=:@/?-]*", "*")
    assert (pattern, url["schema"]["maxLength"]) == (CALLBACK_URL, CALLBACK_MAX)


def test_every_operation_needs_the_token_but_two() -> None:
    assert DOCUMENT["security"] == [{"token": []}]
    open_ = [path for path, item in DOCUMENT["paths"].items() if item["get"].get("security") == []]
    assert open_ == ["/auth", "/discover/bridges"]


@pytest.mark.rule("NK-R167")
@pytest.mark.parametrize("path", EMPTY)
def test_no_response_is_an_empty_body(bridge: Caller, path: str) -> None:
    reply = bridge.get(path)
    assert (reply.status, reply.body) == (200, b"")
    assert "content" not in resolved(DOCUMENT["paths"][path]["get"]["responses"]["200"])
