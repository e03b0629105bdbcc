"""The control door's OpenAPI document and its calls agree, both ways."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.server.control_api import openapi
from locksim.server.world_routes import CALLS
from tests.server.door import Stand

DOCUMENT = openapi()
METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}


def documented() -> dict[tuple[str, str], set[str]]:
    """(path, method) → the statuses that it is said to have."""
    return {
        (path, method.upper()): set(operation["responses"])
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def test_every_call_is_documented_and_every_documented_call_is_there() -> None:
    assert set(documented()) == {(path, method) for path, methods in CALLS.items() for method in methods}


def test_the_status_of_success_is_the_documented_one() -> None:
    for (path, method), statuses in documented().items():
        assert {s for s in statuses if s.startswith("2")} == {str(CALLS[path][method][1])}, (path, method)


def test_every_path_parameter_is_described() -> None:
    for path, item in DOCUMENT["paths"].items():
        given = [p.get("name") or p["$ref"].rpartition("/")[2].lower() for p in item.get("parameters", [])]
        names = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        assert {"w" if n == "world" else n for n in given} == names, path


def test_every_answer_is_closed() -> None:
    """Objects of ours list their members; only what vendors fill in is open."""
    open_ = []

    def walk(node: object, where: str) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object" and node.get("properties") and "additionalProperties" not in node:
                open_.append(where)
            for key, value in node.items():
                walk(value, f"{where}/{key}")
        elif isinstance(node, list):
            for item in node:
                walk(item, where)

    walk(DOCUMENT["components"]["schemas"], "schemas")
    walk(DOCUMENT["components"]["responses"], "responses")
    assert open_ == ["schemas/Vendors/additionalProperties"]


def test_all_references_lead_somewhere() -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                found: Any = DOCUMENT
                for part in node["$ref"].removeprefix("#/").split("/"):
                    found = found[part]
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for item in node:
                walk(item)

    walk(DOCUMENT)


def test_the_server_hands_it_out_with_its_own_address(toy: Stand) -> None:
    served = toy.door("GET", "/openapi.json")
    assert served["servers"] == [{"url": toy.control}]
    assert served["paths"] == DOCUMENT["paths"]


@pytest.mark.parametrize("path", sorted(CALLS))
def test_another_method_is_told_which_there_are(toy: Stand, path: str) -> None:
    asked = path.replace("{w}", "default").replace("{vendor}", "toy").replace("{", "").replace("}", "")
    refused = toy.http.request("PATCH", f"{toy.control}{asked}")
    assert refused.status_code == 405
    assert set(refused.headers["Allow"].split(", ")) - {"HEAD"} == set(CALLS[path])


@pytest.mark.parametrize("path", ["/nowhere", "/worlds/default/nowhere", "//", "/worlds/", "/worlds//clock", "/%FF"])
def test_what_is_no_call_is_not_found(toy: Stand, path: str) -> None:
    assert toy.door("GET", path, status=404)["error"]


def test_what_is_read_can_be_asked_for_without_a_body(toy: Stand) -> None:
    for path, methods in CALLS.items():
        if "GET" in methods:
            asked = path.replace("{w}", "default").replace("{vendor}", "toy")
            head = toy.http.head(f"{toy.control}{asked}")
            assert (head.status_code, head.content) == (200, b"")
