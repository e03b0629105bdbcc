"""The table of operations and the OpenAPI document describe the same API."""

from __future__ import annotations

import yaml

from locksim.nuki import VENDOR
from locksim.nuki.operations import API
from tests.operations import differences


def test_the_table_agrees_with_the_openapi_document() -> None:
    assert differences("nuki") == []


def test_both_name_the_same_operations_without_a_token() -> None:
    paths = yaml.load(VENDOR.openapi.read_text("utf-8"), yaml.CSafeLoader)["paths"]
    public = {path for path, item in paths.items() if item["get"].get("security") == []}
    assert {row.path for row in API if row.access} == public == {"/auth", "/discover/bridges"}
