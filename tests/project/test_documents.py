"""The OpenAPI documents are whole: local references that resolve, and examples that keep their own schemas."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from locksim.server.control_document import openapi

REPO = Path(__file__).parents[2]
FILES = sorted(path for path in (REPO / "simulators").rglob("*openapi.yaml"))
DOCUMENTS: dict[str, dict[str, Any]] = {
    str(path.relative_to(REPO / "simulators")): yaml.load(path.read_text("utf-8"), yaml.CSafeLoader) for path in FILES
} | {"control API": openapi()}


def everything(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in the document."""
    if isinstance(node, dict):
        yield node
        for inner in node.values():
            yield from everything(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from everything(inner)


def target(document: dict[str, Any], reference: str) -> Any:
    """What a local reference leads to. Raises KeyError."""
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def validate(document: dict[str, Any], schema: Any, instance: Any) -> None:
    """Against a schema of the document, whose references are local to it. Raises ValidationError."""
    whole = {**schema, "components": document.get("components", {})} if isinstance(schema, dict) else schema
    jsonschema.validate(instance, whole, cls=jsonschema.Draft202012Validator)


def examples(document: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """(schema, example) of every schema, parameter and content that gives any."""
    for node in everything(document):
        schema = node.get("schema", node if "type" in node or "$ref" in node else None)
        if schema is None:
            continue
        found = node.get("examples", [])
        if isinstance(found, dict) and all(isinstance(one, dict) for one in found.values()):
            yield from ((schema, one["value"]) for one in found.values() if "value" in one)
        elif isinstance(found, list):
            yield from ((schema, one) for one in found)
        if "example" in node:
            yield schema, node["example"]


def test_each_app_and_the_control_door_have_a_document() -> None:
    assert {"locksim/nuki/openapi.yaml", "control API"} <= set(DOCUMENTS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_references_are_local_and_lead_somewhere(name: str) -> None:
    document = DOCUMENTS[name]
    references = [node["$ref"] for node in everything(document) if isinstance(node.get("$ref"), str)]
    assert references
    for reference in references:
        assert reference.startswith("#/")
        target(document, reference)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schemas_are_schemas(name: str) -> None:
    for schema in DOCUMENTS[name]["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_examples_keep_their_schemas(name: str) -> None:
    document = DOCUMENTS[name]
    found = list(examples(document))
    assert found
    for schema, example in found:
        validate(document, schema, example)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_status_is_given_by_number(name: str) -> None:
    operations = [
        node for item in DOCUMENTS[name]["paths"].values() for node in item.values() if isinstance(node, dict)
    ]
    statuses = {status for operation in operations for status in operation.get("responses", {})}
    assert statuses
    assert [status for status in statuses if not re.fullmatch("[1-5][0-9][0-9]", str(status))] == []


def test_the_ready_document_that_the_docs_show_keeps_its_schema() -> None:
    (shown,) = re.findall(
        r"^```json\n(.*?)^```", (REPO / "docs/server.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    door = DOCUMENTS["control API"]
    schema = door["components"]["schemas"]["ConnectionInfo"]
    validate(door, schema, json.loads(shown))
    with pytest.raises(jsonschema.ValidationError):
        validate(door, schema, json.loads(shown) | {"vendors": {"nuki": {}}})
