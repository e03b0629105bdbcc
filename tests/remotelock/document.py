"""Check any answer against the OpenAPI document: status, Content-Type, headers, body."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from locksim.engine.inputs import Answer
from locksim.remotelock import VENDOR

_VERSION = re.compile("^/v1(?=/)")


def assert_documented(method: str, path: str, answer: Answer) -> None:
    """Check an answer. One to an unknown path or method is not checked."""
    operation = _operation(method.lower(), _VERSION.sub("", path).rstrip("/"))
    if operation is None:
        return
    what = f"{method} {path} → {answer.status} {answer.body[:200]!r}"
    response = _resolved(operation["responses"]).get(str(answer.status))
    assert response is not None, f"{what}: the document has {', '.join(operation['responses'])}"
    response = _resolved(response)
    headers = {name.lower(): value for name, value in answer.headers}
    for name, header in response.get("headers", {}).items():
        assert not _resolved(header).get("required") or name.lower() in headers, f"{what}: {name} is missing"
    content = response.get("content")
    if not content:
        assert answer.body == b"", f"{what}: the document has no body"
        return
    mime = headers.get("content-type", "").partition(";")[0]
    assert mime in content, f"{what}: {mime} is none of {', '.join(content)}"
    if mime == "application/json":
        problems = list(_validator(json.dumps(content[mime]["schema"])).iter_errors(json.loads(answer.body)))
        assert not problems, f"{what}: {problems[0].json_path}: {problems[0].message}"


@cache
def _document() -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(VENDOR.openapi.read_text("utf-8"), loader)


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    return [
        (re.compile(re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(path))), item)
        for path, item in _document()["paths"].items()
    ]


def _operation(method: str, path: str) -> Any:
    for pattern, item in _paths():
        if pattern.fullmatch(path):
            return item.get(method)
    return None


def _resolved(thing: Any) -> Any:
    if "$ref" not in thing:
        return thing
    found = _document()
    for part in thing["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


@cache
def _validator(schema: str) -> Validator:
    whole = {"$schema": Draft202012Validator.META_SCHEMA["$id"], "components": _document()["components"]}
    return Draft202012Validator(whole | {"allOf": [json.loads(schema)]})
