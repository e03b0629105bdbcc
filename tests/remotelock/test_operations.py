"""The table of operations and the OpenAPI document describe the same API."""

from __future__ import annotations

from tests.operations import differences


def test_the_table_agrees_with_the_openapi_document() -> None:
    assert differences("remotelock") == []
