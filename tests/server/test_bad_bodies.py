"""Invalid input to the control API is refused with a sentence, and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.commands import MAX_DEPTH
from locksim.server.operations import OPERATIONS
from tests.server.served import ServedToy, serve_toy

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["name", "seed", "seconds", "until", "mode", "now", "rate", "effect", "after", "times", "kind", "to"]
)
BODIES = (
    st.binary(max_size=60)
    | JSON.map(lambda thing: json.dumps(thing).encode())
    | st.dictionaries(NAMES, JSON, max_size=3).map(lambda thing: json.dumps(thing).encode())
)
WITH_BODY = [
    (one.method, one.path.format(w="default", s="kept", id="1", vendor="toy", device="front", action="ring"))
    for one in OPERATIONS
    if one.method in ("POST", "PUT")
]


def test_no_body_makes_an_operation_fail(caplog: pytest.LogCaptureFixture) -> None:
    with serve_toy(clock="manual") as toy:

        @given(st.sampled_from(WITH_BODY), BODIES)
        def send(operation: tuple[str, str], body: bytes) -> None:
            method, path = operation
            answer = toy.http.request(method, f"{toy.control}{path}", content=body)
            assert answer.status_code in (200, 201, 400, 404, 409), answer.text
            if answer.status_code >= 400:
                assert answer.json()["error"]
            for world in toy.api("GET", "/worlds")["worlds"][1:]:
                toy.sim("DELETE", "", world=world["name"])

        send()
    # A reset empties the journal, but each failed turn is also logged.
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("path", [
    "/worlds", "/worlds/default/toy/hardware/front/ring", "/worlds/default/faults", "/worlds/default/clock/advance",
])  # fmt: skip
@pytest.mark.parametrize(
    "body", [b"[" * 200_000, b'{"a":' * 200_000, b"\xff\xfe", b'{"a": NaN}', b'{"seconds": 1e999}', b"{} {}"]
)
def test_hostile_json_is_refused(toy: ServedToy, path: str, body: bytes) -> None:
    refused = toy.http.post(f"{toy.control}{path}", content=body)
    assert refused.status_code == 400
    assert refused.json()["error"]
    assert toy.sim("GET", "")["clock"]["now"] == "2026-01-05T08:00:00Z"


@pytest.mark.parametrize("path", ["/toy/hardware/front/ring", "/toy/support/reset_count"])
def test_deeply_nested_arguments_are_refused(toy: ServedToy, path: str) -> None:
    def nested(levels: int) -> Any:
        return [] if levels == 0 else [nested(levels - 1)]

    refused = toy.sim("POST", path, {"after": 1, "to": nested(MAX_DEPTH)}, status=400)
    assert "nested" in refused["error"]
    assert toy.sim("GET", "/plans") == {"plans": []}
