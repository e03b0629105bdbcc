"""Each kit speaks the adapters' protocol: values, errors, logs, objects at our side, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lockpact.kits.kit_programs import Talk, built, talk
from tests.needs import GO, JAVA, PHP

LANGUAGES = [
    pytest.param("php", marks=pytest.mark.needs(PHP)),
    pytest.param("go", marks=pytest.mark.needs(GO)),
    pytest.param("java", marks=pytest.mark.needs(JAVA)),
]
METHODS = {"echoed", "doubled", "rejected", "failed", "spoken", "woken", "credential"}
UNEXPECTED = {"php": "LengthException", "go": "panic", "java": "IllegalStateException"}
CAUSES = {"php": "RuntimeException: the cause", "go": "the cause", "java": "java.io.IOException: the cause"}

# One worker compiles each probe once.
pytestmark = pytest.mark.xdist_group("kits")


@pytest.fixture(scope="module", params=LANGUAGES)
def probe(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[str], Path]:
    """The language, the probe's command and its folder."""
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, built(request.param, folder, tmp_path_factory.getbasetemp()), folder


@pytest.fixture
def talking(probe: tuple[str, list[str], Path]) -> Iterator[Talk]:
    """A conversation with a probe that has one client."""
    _, command, folder = probe
    with talk(command, folder) as (spoken, _):
        told = spoken.ask("initialize", protocol=1, vendor="nuki")
        assert (told["protocol"], set(told["methods"]), told["clock"]) == (1, METHODS, "machine")
        assert spoken.ask("reset", now=1_767_600_000_000_000, clock="machine") is None
        assert spoken.new() is None
        yield spoken


def test_what_goes_in_comes_out(talking: Talk, probe: tuple[str, list[str], Path]) -> None:
    text = 'quo"ted \\ ümläut ✓ 🔑 \t\n/'
    value = {"a": [1, -2.5, True, False, None, 9_007_199_254_740_991], "b": {"c": text, "d": []}, text: "key"}
    assert talking.call("echoed", value=value, text=text) == {"value": value, "text": text}
    assert talking.call("doubled", data={"base64": "AAH/"}) == {"base64": "AAH/AAH/"}
    assert talking.call("credential") == "s3cret"
    assert talking.call("spoken") is None


def test_errors_are_told_by_their_names(talking: Talk, probe: tuple[str, list[str], Path]) -> None:
    language = probe[0]
    rejected = talking.call("rejected")
    assert (rejected["code"], rejected["message"]) == (1, "why")
    assert rejected["data"] == {"error": "Rejected", "reasons": ["a", "b"], "cause": CAUSES[language]}
    failed = talking.call("failed")
    assert (failed["message"], failed["data"]["error"]) == ("too long", UNEXPECTED[language])
    assert talking.new(2, "http://refused")["data"]["error"] == "CredentialError"
    assert talking.ask("sing")["message"] == "there is no sing"
    assert talking.call("credential") == "s3cret"  # it goes on


def test_the_client_reaches_objects_at_our_side(talking: Talk) -> None:
    assert talking.call("woken", lock="near") == "a session!"
    refused = talking.call("woken", lock="far")
    assert (refused["message"], refused["data"]["error"]) == ("nobody there", "OutOfReach")


def test_calls_may_be_open_at_the_same_time(talking: Talk) -> None:
    talking.new(2)
    sent = {
        talking.send("call", client=1 + number % 2, method="echoed", arguments={"value": number, "text": ""}): number
        for number in range(20)
    }
    answers = talking.answers(*sent)
    assert {id_: answer["value"] for id_, answer in answers.items()} == sent


def test_what_is_printed_and_logged_is_the_clients_log(probe: tuple[str, list[str], Path]) -> None:
    language, command, folder = probe
    with talk(command, folder) as (spoken, errors):
        spoken.new()
        spoken.call("spoken")
        assert spoken.ask("close", client=1) is None
    level = "info" if language == "go" else "warning"
    assert (level, "logged") in spoken.logs
    assert ("info", "closed") in spoken.logs
    assert ("info", "printed") in spoken.logs or "printed" in errors
