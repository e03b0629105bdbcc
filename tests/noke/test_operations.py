"""The table of operations and the OpenAPI document describe the same API."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from locksim.noke import VENDOR
from locksim.noke.operations import API
from tests.operations import differences

DOCUMENT: dict[str, Any] = yaml.load(VENDOR.openapi.read_text("utf-8"), yaml.CSafeLoader)


def test_the_table_agrees_with_the_openapi_document() -> None:
    assert differences("noke") == []


@pytest.mark.parametrize("operation", API.operations, ids=lambda operation: operation.path)
def test_the_body_fields_of_an_operation_are_those_of_the_openapi_document(operation: Any) -> None:
    body = DOCUMENT["paths"][operation.path]["post"]["requestBody"]
    if "$ref" in body:
        body = DOCUMENT["components"]["requestBodies"][body["$ref"].rpartition("/")[2]]
    schema = body["content"]["application/json"]["schema"]
    fields = {(name, name in schema.get("required", ())) for name in schema["properties"] if name != "api_version"}
    assert {(parameter.name, parameter.required) for parameter in operation.parameters} == fields


@pytest.mark.parametrize("operation", API.operations, ids=lambda operation: operation.path)
def test_an_api_version_is_taken_where_the_openapi_document_has_it(operation: Any) -> None:
    declared = DOCUMENT["paths"][operation.path]["post"]["requestBody"]
    assert ("api_version" in str(declared)) == bool(operation.tags & {"the caller may ask for an API version"})


def test_the_operations_that_take_the_mobile_key_are_those_of_the_openapi_document() -> None:
    mobile = {operation.path for operation in API if operation.access == "mobile API key"}
    assert mobile == {path for path, item in DOCUMENT["paths"].items() if "security" in item["post"]} == {"/upload/"}
