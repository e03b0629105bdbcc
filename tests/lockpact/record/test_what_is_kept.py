"""What a recording keeps of an answer."""

from __future__ import annotations

from typing import Any

import pytest

from lockpact.drift.operations import HttpOperation, OperationTable, SequenceStep
from lockpact.drift.server_under_test import Observation
from lockpact.record.documented import Documented, documented_by
from lockpact.record.recording import RecordedAnswer
from lockpact.record.run import redacted

DOCUMENTED = documented_by("nuki")
PATHS = ("/list", "/lockState", "/info", "/callback/add", "/nowhere")
OPERATIONS = OperationTable(
    tuple(HttpOperation(path, "GET", path) for path in PATHS), frozenset(), times=frozenset({"seen", "uptime"})
)


def kept(path: str, *bodies: Any, status: int = 200, headers: dict[str, str] | None = None) -> RecordedAnswer:
    seen = [Observation(SequenceStep(path), path, status, body, headers or {}) for body in bodies]
    (one,) = redacted(DOCUMENTED, OPERATIONS, seen, ["tok123"])
    return one


@pytest.mark.parametrize(("said", "form"), [
    (None, None), (True, True), (False, False), ("", ""),
    (7, "<integer>"), (1.5, "<number>"), ("x", "<text>"), ("12.5", "<decimal>"), ("0042", "<digits 4>"),
    ("2026-11-21T09:00:00Z", "<time 0000-00-00T00:00:00Z>"), ("2026-11-21", "<time 0000-00-00>"), ("08:30", "<time 00:00>"),
    ("2026-11-21 09:00:00.123 UTC", "<time 0000-00-00 00:00:00.000 UTC>"),
    ("00ff00ff00ff00FF", "<hex 16>"),
    ("00:1A:2b:3c:4d:5e", "<mac>"), ("a@b.example", "<email>"), ("https://x.example/y", "<url>"),
    ("123e4567-e89b-12d3-a456-426614174000", "<uuid>"),
])  # fmt: skip
def test_a_value_becomes_its_type_and_form(said: Any, form: Any) -> None:
    assert kept("/nowhere", [said]).shape["*"] == [form]


def test_constants_are_kept_only_where_the_document_has_them() -> None:
    one = kept(
        "/lockState", {"state": 1, "stateName": "locked", "batteryCritical": False, "name": "locked", "success": True}
    )
    assert one.example == {
        "state": 1,
        "stateName": "locked",
        "batteryCritical": False,
        "name": "<text>",
        "success": True,
    }
    other = kept("/lockState", {"state": 77, "stateName": "Locked", "batteryCritical": 0, "success": "true"})
    assert list(other.example.values()) == ["<integer>", "<text>", "<integer>", "<text>"]
    assert kept("/lockState", {"state": True}).example == {"state": True}
    assert kept("/lockState", {"state": 1.0}).example == {"state": "<number>"}


def test_a_whole_number_is_a_time_only_by_its_key_and_size() -> None:
    shape = kept("/nowhere", {"uptime": 1_700_000_000}, {"uptime": 17}, {"state": 1_700_000_000}).shape
    assert shape["uptime"] == ["<time 0000000000>", "<integer>"]
    assert shape["state"] == ["<integer>"]


def test_keys_that_the_document_does_not_have_are_replaced_also_those_that_look_like_words() -> None:
    """A guest's name may be a key."""
    lock = {"deviceType": 0, "nukiId": 1, "name": "x", "Anna": 1, "a1b2c3": 1, "tok123": 1}
    assert kept("/list", [lock]).shape["*"] == [{"keys": ["<key>", "nukiId", "name"]}]
    assert kept("/list", [{"deviceType": {"anna": 1, "name": 2}}]).shape["*.<key>"] == [{"keys": ["<key>", "name"]}]
    assert kept("/list", [{"anna": 1, "nukiId": "anna"}]).shape["*"] == [{"keys": ["<key>", "nukiId"]}]


def test_the_order_of_keys_and_the_size_class_of_lists_are_kept() -> None:
    shape = kept("/list", [{"nukiId": 1, "name": "a"}, {"name": "b", "nukiId": 2}], [], [{"nukiId": 3}]).shape
    assert shape[""] == [{"items": "many"}, {"items": "none"}, {"items": "one"}]
    assert shape["*"] == [{"keys": ["nukiId", "name"]}, {"keys": ["name", "nukiId"]}, {"keys": ["nukiId"]}]


@pytest.mark.parametrize(("text", "form"), [
    ("HTTP 401 Unauthorized", "HTTP 401 Unauthorized"),
    ("HTTP 503 Unavailable", "HTTP <number> Unavailable"),
    ("The token Xavier is not set.", "The token <word> is not set."),
    ("token tok123", "token <known>"),
    ("token_tok123", "<word>"),
    ("token!!!!!!token", "token<signs>token"),
    ("<html>401</html>", "<text>"),
    ("token " * 60, "<text>"),
    ("https://x.example", "<url>"),
])  # fmt: skip
def test_the_documented_words_of_a_refusal_are_kept(text: str, form: str) -> None:
    assert kept("/list", {"message": text}, status=401).example == {"message": form}
    assert kept("/list", text, status=401).example == form


def test_a_value_of_the_request_that_a_refusal_repeats_is_redacted() -> None:
    output = {"type": "object", "properties": {"people": {"items": {"properties": {"first_name": {"type": "string"}}}}}}
    operation = {
        "requestBody": {"content": {"application/json": {"schema": output}}},
        "description": "Will you mark it",
    }
    documented = Documented({"paths": {"/list": {"post": operation}}})
    seen = Observation(SequenceStep("/list"), "/list", 422, {"message": "Will you", "people": [{"first_name": "Will"}]})
    (one,) = redacted(documented, OPERATIONS, [seen], [])
    assert one.shape["<key>"] == ["Will you"]
    assert one.shape["people.*.first_name"] == ["<text>"]


def test_all_known_header_names_and_the_values_that_clients_use_are_kept() -> None:
    output = kept("/list", [], headers={
        "content-type": "application/json; charset=utf-8", "location": "https://x.example/1", "retry-after": "30",
        "www-authenticate": 'Bearer realm="Anna", error="token"', "server": "anna/1.0", "x-anna": "1",
    }).headers  # fmt: skip
    assert output == {
        "content-type": ["application/json; charset=utf-8"], "location": ["<url>"], "retry-after": ["<digits 2>"],
        "www-authenticate": ['Bearer realm="<word>", error="token"'], "server": [], "<header>": [],
    }  # fmt: skip
