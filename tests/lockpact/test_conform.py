"""`lockpact conform`: what it finds on a server, and what it never sends."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.pact import load
from lockpact.drift.sequences import add_sequences
from lockpact.live.conform import _limits, conform
from lockpact.live.permission import Permission
from lockpact.nuki import PACT
from lockpact.report.findings import Report
from lockpact.report.model import ReportModel
from lockpact.simulators.documents import document
from locksim.engine.vendor import Vendor
from locksim.nuki import VENDOR
from locksim.registry import load as load_vendor
from locksim.server.run import serving


@contextmanager
def bridge(vendor: Vendor = VENDOR) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """A served bridge: its URL, its control API, its credentials."""
    with serving([vendor], clock="auto") as ready:
        nuki = ready["vendors"]["nuki"]
        yield nuki["url"], ready["control"], nuki["credentials"]


def spoilt(change: Callable[[bytes], bytes]) -> Vendor:
    """A bridge whose every body goes through `change`."""

    def app() -> Any:
        whole = VENDOR.app()

        def changed(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
            def start_without_length(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                return start(status, [h for h in headers if h[0] != "Content-Length"], exc_info)

            return [change(b"".join(whole(environ, start_without_length)))]

        return changed

    return dataclasses.replace(VENDOR, app=app)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document of few operations: what is judged here is conform."""
    whole = document("nuki")
    paths = {path: whole["paths"][path] for path in ("/list", "/lockAction", "/info", "/reboot")}
    monkeypatch.setattr("lockpact.live.conform.document", lambda vendor: {**whole, "paths": paths})


def outcomes(report: Report) -> dict[str, str]:
    return {v.law.id: v.outcome for v in report.verdicts}


def asked(control: str) -> set[str]:
    """The paths that the bridge was asked."""
    entries = httpx.get(
        f"{control}/worlds/default/journal", params={"vendor": "nuki", "limit": 1000}, verify=False
    ).json()["entries"]
    return {e["target"].partition("?")[0] for e in entries if e["kind"] == "request"}


def test_our_own_bridge_keeps_its_document_and_the_laws() -> None:
    with bridge() as (url, control, _):
        report = conform(PACT, url, control=control, examples=3)
    found = outcomes(report)
    assert report.code == 0
    assert [name for name, outcome in found.items() if outcome == "broken"] == []
    assert sum(name.startswith("GET /") and outcome == "kept" for name, outcome in found.items()) == 16
    assert found["NK-STATE-1"] == "kept"


@pytest.mark.usefixtures("short")
def test_the_world_is_left_as_it_was_found() -> None:
    with bridge() as (url, control, credentials):
        for clock in ({"mode": "auto", "moment": 0.5}, {"mode": "manual"}):
            httpx.put(f"{control}/worlds/default/clock", json=clock, verify=False)
        clock = httpx.get(f"{control}/worlds/default/clock", verify=False).json()
        before = httpx.get(f"{url}/list", params=credentials, verify=False).json()
        conform(PACT, url, control=control, examples=1)
        assert httpx.get(f"{url}/list", params=credentials, verify=False).json() == before
        assert httpx.get(f"{control}/worlds/default/clock", verify=False).json() == clock


@pytest.mark.usefixtures("short")
def test_a_boolean_that_became_a_number_is_found() -> None:
    with bridge(spoilt(lambda body: body.replace(b'"success":true', b'"success":1'))) as (url, control, _):
        report = conform(PACT, url, control=control, examples=3)
    assert report.code == 1
    assert outcomes(report)["GET /lockAction"] == "broken"
    assert outcomes(report)["GET /info"] == "kept"


@pytest.mark.usefixtures("short")
def test_without_a_control_api_nothing_is_sent_that_opens_destroys_or_waits(tmp_path: Path) -> None:
    with bridge() as (url, control, credentials):
        keys = tmp_path / "keys.json"
        keys.write_text(json.dumps(credentials))
        report = conform(PACT, url, permission=Permission(credentials=keys), examples=2)
        assert not asked(control) & PACT.live.destructive
        assert outcomes(report)["GET /list"] == "kept"
        assert outcomes(report)["GET /reboot"] == "not covered"
    assert report.code == 0


def test_to_other_hosts_only_reads_are_sent_unless_others_are_named_and_within_the_rate() -> None:
    away = "http://192.0.2.7:8080"
    careful = _limits(PACT, away, None, Permission(calls=50, share=0.25))
    assert {path for path in ("/list", "/callback/add", "/lockAction", "/reboot") if careful.allows(path)} == {"/list"}
    assert (careful.calls, careful.per_second) == (50, PACT.live.per_second / 4)
    more = _limits(PACT, away, None, Permission(frozenset({"*"})))
    assert more.allows("/callback/add")
    assert not more.allows("/lockAction"), "what opens must be named"
    assert _limits(PACT, away, None, Permission(frozenset({"/lockAction"}))).allows("/lockAction")


def test_the_limit_of_calls_ends_the_run() -> None:
    careful = _limits(PACT, "http://192.0.2.7", None, Permission(calls=2))
    careful.per_second = None
    careful.spend()
    assert careful.left
    careful.spend()
    assert not careful.left


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://api.nuki.io", "production"),
        ("https://nuki.io/x", "production"),
        ("ftp://127.0.0.1", "invalid server URL"),
        ("http://127.0.0.1:9", "does not answer"),
    ],
)
def test_a_url_that_cannot_be_judged_is_an_error(url: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCKPACT_NUKI_TOKEN", raising=False)
    with pytest.raises(CouldNotRun, match=says):
        conform(PACT, url)


def test_a_server_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKPACT_NUKI_TOKEN", "abcdef")
    with pytest.raises(CouldNotRun, match="does not answer"):
        conform(PACT, "http://127.0.0.1:9")


def test_a_control_api_on_another_host_or_of_another_simulator_is_refused() -> None:
    with pytest.raises(CouldNotRun, match="on loopback"):
        conform(PACT, "http://192.0.2.7", control="http://127.0.0.1:8700/_sim")
    with bridge() as (_, control, _), pytest.raises(CouldNotRun, match="serves nuki at"):
        conform(PACT, "http://127.0.0.1:9", control=control)


@pytest.mark.usefixtures("short")
def test_without_a_control_api_only_the_laws_that_need_no_truth_are_judged(tmp_path: Path) -> None:
    with bridge() as (url, _, credentials):
        keys = tmp_path / "keys.json"
        keys.write_text(json.dumps(credentials))
        allowed = frozenset({"*", "/lockAction"})
        found = outcomes(conform(PACT, url, permission=Permission(allowed, credentials=keys), examples=1))
    kept = {
        "NK-AUTH-3",
        "NK-STATE-1",
        "NK-STATE-3",
        "NK-ID-1",
        "NK-BATT-1",
        "NK-ACT-3",
        "NK-ACT-4",
        "NK-SERIAL-1",
        "NK-SECRET-1",
    }
    assert {name for name, outcome in found.items() if outcome == "kept" and name.startswith("NK-")} >= kept
    assert found["NK-STATE-2"] == "not covered"


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    ("was", "is_now", "law"),
    [("401 UNAUTHORIZED", "404 NOT FOUND", "NK-AUTH-3"), ("404 NOT FOUND", "410 GONE", "NK-ID-1")],
)
def test_a_status_that_became_another_breaks_a_law(was: str, is_now: str, law: str) -> None:
    def app() -> Any:
        whole = VENDOR.app()

        def changed(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
            def other(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                return start(is_now if status.upper() == was else status, headers, exc_info)

            return whole(environ, other)

        return changed

    with bridge(dataclasses.replace(VENDOR, app=app)) as (url, control, _):
        assert outcomes(conform(PACT, url, control=control, examples=1))[law] == "broken"


@pytest.mark.usefixtures("short")
def test_a_server_that_has_had_too_many_requests_breaks_nothing_and_is_not_judged() -> None:
    def app() -> Any:
        whole = VENDOR.app()

        def tired(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
            if environ["PATH_INFO"] != "/info":
                return whole(environ, start)
            start("429 TOO MANY REQUESTS", [("Content-Length", "0")])
            return [b""]

        return tired

    with bridge(dataclasses.replace(VENDOR, app=app)) as (url, control, _):
        found = outcomes(conform(PACT, url, control=control, examples=1))
    assert found["GET /info"] == "not exercised"
    assert found["GET /lockAction"] == "kept"


REPORT = ReportModel("a server", "nuki", "law", "judged", (), "0 kept", 0)


def in_sequences(vendor: str, *variants: str, sequences: int = 20) -> tuple[int, set[str]]:
    """The exit code, and the differences that sequences show, of a simulator whose world was used before."""
    active = [f"{id_}:live" for id_ in variants]
    with serving([load_vendor(vendor)], seed=5, clock="auto", variants=active) as ready:
        url, control = ready["vendors"][vendor]["url"], ready["control"]
        if vendor == "nuki":
            httpx.post(
                f"{control}/worlds/default/nuki/support/discovery", json={"on": False}, verify=False
            ).raise_for_status()
        report = add_sequences(REPORT, load(vendor), url, control, sequences=sequences, seed=0)
    return report.code, {row.sentence for row in report.rows}


@pytest.mark.parametrize(
    ("vendor", "variant", "difference"),
    [
        ("nuki", "nuki-news-without-name", "delivery callback: key gone body.stateName"),
        ("remotelock", "remotelock-token-holds-five-minutes", " → 401"),
    ],
)
def test_what_needs_several_steps_and_time_is_found_on_a_simulator(vendor: str, variant: str, difference: str) -> None:
    code, found = in_sequences(vendor, variant)
    assert code == 1
    assert any(difference in name for name in found), found


def test_a_simulator_whose_world_was_used_before_answers_like_ours() -> None:
    assert in_sequences("nuki") == (0, {"answers like our simulator"})


def test_a_server_without_a_control_api_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lockpact.drift.sequences.find_control", lambda vendor, url: None)
    assert add_sequences(REPORT, PACT, "http://127.0.0.1:9", None, sequences=1, seed=0) is REPORT
