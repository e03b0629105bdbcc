"""Whatever a server answers, nothing personal gets into a recording."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lockpact.drift.operations import HttpOperation, OperationTable, SequenceStep
from lockpact.drift.server_under_test import Observation
from lockpact.record.documented import Documented, documented_by
from lockpact.record.recording import Recording
from lockpact.record.run import redacted

DOCUMENTED = documented_by("nuki")
PATHS = ("/list", "/lockState", "/info", "/log", "/callback/list", "/callback/add", "/nowhere")
OPERATIONS = OperationTable(
    tuple(HttpOperation(path, "GET", path) for path in PATHS), frozenset(), times=frozenset({"uptime"})
)
STATUSES = (200, 201, 400, 401, 404, 429, 500)

letters = st.characters(categories=("Lu", "Ll"), include_characters="'-")
SECRETS: dict[str, st.SearchStrategy[Any]] = {
    "pin": st.text("123456789", min_size=4, max_size=12),
    "name": st.from_regex(r"[A-ZÄÖÅ][a-zäöüßé]{3,9}( [A-Z][a-z]{3,9})?", fullmatch=True),
    "mac": st.from_regex(r"[1-9A-F]{2}(:[0-9A-F]{2}){5}", fullmatch=True),
    "e-mail": st.from_regex(r"[a-z]{3,8}\.[a-z]{3,8}@[a-z]{3,8}\.com", fullmatch=True),
    "token": st.from_regex(r"[A-Za-z0-9_-]{20,30}", fullmatch=True),
    "link": st.from_regex(r"https?://[a-z]{4,9}\.example/[A-Za-z0-9]{4,8}", fullmatch=True),
    "address": st.from_regex(r"[1-9][0-9] [A-Z][a-z]{4,9} (Street|Straße), [A-Z][a-z]{4,9}", fullmatch=True),
    "signs": st.text("!#$%^*()+=~|;:.,?", min_size=6, max_size=12),
    "any letters": st.text(letters, min_size=6, max_size=12),
    "id": st.uuids().map(str),
    "place": st.floats(10.0001, 179.9999).filter(lambda x: len(repr(x)) > 6),
    "serial": st.integers(1_111_111, 10**15),
}
known_keys = st.sampled_from(sorted(DOCUMENTED.keys))
FRAMES = (
    "{}", "No lock {} is registered.", "{} is not allowed: {}", '{{"error": "{}"}}', "unlocked ({})", "a.{}.b", "{}:{}",
    "{} 2026-11-21T09:00:00Z", "2026-11-21T09:00:00Z {}", "a@{}.example",
)  # fmt: skip


def texts_with(all_of_them: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A secret itself, or a text with one inside."""
    return all_of_them | st.builds(
        lambda frame, secret: frame.format(secret, secret), st.sampled_from(FRAMES), all_of_them
    )


def bodies(planted: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = known_keys | planted.map(str)
    leaves = planted | st.sampled_from((None, True, False, "", "locked", "undefined", 0, 1, 254, 1.5))
    return st.recursive(
        leaves, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(keys, inside, max_size=4), max_leaves=12
    )


def headers(planted: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, str]]:
    usual = st.sampled_from(("content-type", "www-authenticate", "allow", "location", "retry-after", "server", "date"))
    names = usual | planted.map(lambda secret: f"x-{secret}".lower())
    values = st.sampled_from(("{}", "text/{}", 'Bearer realm="{}"', "/users/{}", "application/json; name={}"))
    return st.dictionaries(names, st.builds(str.format, values, planted), max_size=4)


@st.composite
def sessions(draw: st.DrawFn) -> tuple[list[str], list[Observation]]:
    """Secrets, and answers that are full of them; some within records of the document."""
    secrets = draw(st.lists(st.one_of(*SECRETS.values()), min_size=2, max_size=3))
    planted = texts_with(st.sampled_from(secrets))
    seen = []
    for _ in range(draw(st.integers(1, 2))):
        body = draw(bodies(planted))
        if draw(st.booleans()):
            state = {"state": draw(planted), str(draw(planted)): body}
            body = [{"nukiId": draw(planted), "name": draw(planted), "lastKnownState": state}]
        path, status = draw(st.sampled_from(PATHS)), draw(st.sampled_from(STATUSES))
        seen.append(Observation(SequenceStep(path), path, status, body, draw(headers(planted))))
    return list(map(str, secrets)), seen


def written(seen: list[Observation], known: tuple[str, ...] = ()) -> str:
    recording = Recording("nuki", "2026-11-21", "lan", "", "a document", redacted(DOCUMENTED, OPERATIONS, seen, known))
    return recording.dumped().decode()


def inside(secret: str, text: str) -> bool:
    """Whether it is there, escaped or not, in any case."""
    return any(form.lower() in text.lower() for form in (secret, json.dumps(secret)[1:-1]))


EVERYBODYS = [
    52.520008,
    13_404_954,
    "4711",
    "Åsa Berg",
    "5E:AA:00:12:34:56",
    "asa.berg@mail.com",
    "Xq3-_rTTw91LmNop4567",
]


@given(sessions())
@example(
    (
        list(map(str, EVERYBODYS)),
        [Observation(SequenceStep("/list"), "/list", 200, [{"nukiId": one}]) for one in EVERYBODYS],
    )
)
@example(
    (
        list(map(str, EVERYBODYS)),
        [Observation(SequenceStep("/list"), "/list", 401, [{"nukiId": one}]) for one in EVERYBODYS],
    )
)
@example(
    (
        list(map(str, EVERYBODYS)),
        [Observation(SequenceStep("/nowhere"), "/nowhere", 200, {str(one): one}) for one in EVERYBODYS],
    )
)
def test_a_secret_in_any_place_of_an_answer_is_nowhere_in_the_file(
    session: tuple[list[str], list[Observation]],
) -> None:
    secrets, seen = session
    bare = written([Observation(one.step, one.operation, one.status, "") for one in seen])
    kept = written(seen)
    for secret in secrets:
        ours = DOCUMENTED.words.intersection(re.split(r"\W+", secret)) or inside(secret, bare)
        assert ours or not inside(secret, kept)


def test_an_answer_deeper_than_any_schema_is_redacted_all_the_way() -> None:
    body: Any = "Karoliina"
    for _ in range(200):
        body = {"lastKnownState": [body, {"Karoliina": "Karoliina"}]}
    assert "Karoliina" not in written([Observation(SequenceStep("/list"), "/list", 200, body)])


@pytest.mark.parametrize(
    "text",
    ["Front Door is locked", "no lock Front Door", "Front Door", "the token Abcd1234 is invalid"],
)
def test_a_value_of_an_answer_is_removed_from_refusals_although_its_words_are_documented(text: str) -> None:
    documented = Documented(
        {"paths": {}, "info": {"description": "Front Door is locked, no lock, the token Abcd1234 is invalid"}}
    )
    value, refusal = (
        Observation(SequenceStep("/list"), "/list", 200, ["Front Door"]),
        Observation(SequenceStep("/info"), "/info", 404, {"message": text}),
    )
    kept = json.dumps([one.example for one in redacted(documented, OPERATIONS, [value, refusal], ["Abcd1234"])])
    assert "Front" not in kept
    assert "Abcd1234" not in kept
    assert "<known>" in kept
