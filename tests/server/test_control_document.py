"""The control API's OpenAPI document, and what the server serves of it."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.server.control_document import openapi
from locksim.server.operations import OPERATIONS
from tests.server.served import ServedToy

DOCUMENT = openapi()
METHODS: dict[str, set[str]] = {}
"""Path → its methods."""
for one in OPERATIONS:
    METHODS.setdefault(one.path, set()).add(one.method)


def documented() -> dict[tuple[str, str], dict[str, Any]]:
    """(path, method) → the operation."""
    return {
        (path, method.upper()): operation
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


def test_every_operation_is_documented_and_nothing_else() -> None:
    assert {key: operation["operationId"] for key, operation in documented().items()} == {
        (one.path, one.method): one.id for one in OPERATIONS
    }


def test_the_status_of_success_is_the_documented_one() -> None:
    successes = {key: [s for s in operation["responses"] if s < "3"] for key, operation in documented().items()}
    assert successes == {(one.path, one.method): [str(one.status)] for one in OPERATIONS}


def test_every_path_parameter_is_described() -> None:
    described = {
        path: [p["name"] for p in item.get("parameters", []) if p["in"] == "path" and p["description"]]
        for path, item in DOCUMENT["paths"].items()
    }
    assert described == {
        path: [part[1:-1] for part in path.split("/") if part.startswith("{")] for path in DOCUMENT["paths"]
    }


def test_only_what_vendors_fill_in_is_open() -> None:
    """All other objects list their members, in requests and answers."""
    open_ = []

    def walk(node: object, where: str) -> None:
        if isinstance(node, dict):
            if node.get("properties") and node.get("additionalProperties") is not False:
                open_.append(where)
            for key, value in node.items():
                walk(value, f"{where}/{key}")
        elif isinstance(node, list):
            for number, item in enumerate(node):
                walk(item, f"{where}/{number}")

    walk(DOCUMENT, "")
    body = "post/requestBody/content/application/json/schema"
    assert open_ == [
        f"/paths//worlds/{{w}}/{{vendor}}/hardware/{{device}}/{{action}}/{body}",
        f"/paths//worlds/{{w}}/{{vendor}}/support/{{action}}/{body}",
        "/components/schemas/VendorAddress",
    ]


def test_all_components_are_referred_to_and_all_references_lead_somewhere() -> None:
    found = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            found.update([node["$ref"]] if "$ref" in node else [])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for item in node:
                walk(item)

    walk(DOCUMENT)
    assert found == {f"#/components/{kind}/{name}" for kind, all_ in DOCUMENT["components"].items() for name in all_}


def test_the_server_serves_it_with_its_own_address(toy: ServedToy) -> None:
    served = toy.api("GET", "/openapi.json")
    assert served["servers"] == [{"url": toy.control}]
    assert served["paths"] == DOCUMENT["paths"]


@pytest.mark.parametrize("path", sorted(METHODS))
def test_another_method_is_refused_with_those_that_there_are(toy: ServedToy, path: str) -> None:
    asked = path.replace("{w}", "default").replace("{vendor}", "toy").replace("{", "").replace("}", "")
    refused = toy.http.request("PATCH", f"{toy.control}{asked}")
    assert refused.status_code == 405
    assert set(refused.headers["Allow"].split(", ")) - {"HEAD"} == METHODS[path]


@pytest.mark.parametrize("path", ["/nowhere", "/worlds/default/nowhere", "//", "/worlds/", "/worlds//clock", "/%FF"])
def test_an_unknown_path_is_not_found(toy: ServedToy, path: str) -> None:
    assert toy.api("GET", path, status=404)["error"]


@pytest.mark.parametrize("path", sorted(path for path, methods in METHODS.items() if "GET" in methods))
def test_a_head_request_is_answered_without_a_body(toy: ServedToy, path: str) -> None:
    asked = path.replace("{w}", "default").replace("{vendor}", "toy").replace("{n}", "0")
    head = toy.http.head(f"{toy.control}{asked}")
    assert (head.status_code, head.content) == (200, b"")
