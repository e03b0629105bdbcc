"""A request of the control API made from arguments, and read again: the same arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from locksim.engine.errors import WrongArguments
from locksim.server.control_operation import ControlOperation
from locksim.server.operations import OPERATIONS

BY_ID = {one.id: one for one in OPERATIONS}
EXAMPLES: Mapping[str, list[dict[str, Any]]] = {
    "listWorlds": [{}],
    "createWorld": [{}, {"name": "mine", "seed": 7, "clock": {"mode": "x60"}, "state": {"nuki": {"a": [1]}}}],
    "restoreSnapshot": [{"name": "before"}],
    "setVariants": [{"variants": []}],
    "advance": [{"seconds": 1.5}, {"until": "2026-02-01T00:00:00Z"}],
    "readJournal": [{}, {"vendor": "a b&c=d", "after": 3, "limit": 7}],
    "readMoment": [{"n": 12}],
    "removeFault": [{"id": 4}],
    "injectFault": [{"effect": {"kind": "act", "device": "1", "action": "jam"}, "vendor": "nuki", "nth": 2}],
    "loadState": [{"vendor": "nuki", "state": {"vendor": "another member", "b": None}}],
    "actOnDevice": [
        {"vendor": "nuki", "device": "a/b ?#%", "action": "turn", "args": {"speed": 1, "none": None}, "after": 2},
        {"vendor": "nuki", "device": "1", "action": "turn"},
    ],
    "callSupport": [{"vendor": "nuki", "action": "set_token", "args": {"token": "…"}}],
}
"""Operation → examples of its arguments: in the path, in the query, in the body, and as the rest of the body."""


@pytest.mark.parametrize(("id_", "given"), [(id_, given) for id_, every in EXAMPLES.items() for given in every])
def test_a_request_made_from_arguments_has_them(id_: str, given: dict[str, Any]) -> None:
    operation = BY_ID[id_]
    target, body = operation.request_of(given, "a world")
    path, _, query = target.partition("?")
    read = operation.arguments_of(placeholders(operation, path), query, body)
    assert read == msgspec.convert(given, operation.arguments)


def placeholders(operation: ControlOperation, path: str) -> dict[str, str]:
    """What stands in the place of the placeholders of an operation's path."""
    from urllib.parse import unquote

    pattern, segments = operation.path.split("/"), path.split("/")
    assert len(pattern) == len(segments)
    found = {
        expected[1:-1]: unquote(given) for expected, given in zip(pattern, segments, strict=True) if "{" in expected
    }
    assert found.get("w", "a world") == "a world"
    return found


@pytest.mark.parametrize(("id_", "given", "sentence"), [
    ("advance", {"second": 1}, "there is no argument 'second' here; this call takes seconds, until"),
    ("listWorlds", {"limit": 1}, "this call takes none"),
    ("readMoment", {}, "the argument 'n' is missing"),
    ("readMoment", {"n": None}, "the argument 'n' is missing"),
    ("actOnDevice", {"vendor": "a", "device": "b", "action": "c", "args": 1}, "must be an object"),
    ("actOnDevice", {"vendor": "a", "device": "b", "action": "c", "args": {"after": 1}}, "'after' is an argument of its own"),
])  # fmt: skip
def test_arguments_without_a_place_are_refused(id_: str, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(WrongArguments) as refused:
        BY_ID[id_].request_of(given, "default")
    assert sentence in str(refused.value)
