"""The stateful part of `lockpact conform`: the reference client on a served simulator, judged by the laws."""

from __future__ import annotations

from itertools import count, pairwise
from typing import Any

import httpx
import pytest

from lockpact.core.pact import PACTS, load
from lockpact.drift import Server, drift
from lockpact.live.stateful import StatefulRun, combined, drive_statefully
from lockpact.simulators.wire import Wire
from locksim.engine.inputs import Answer
from locksim.engine.vendor import Vendor
from locksim.registry import load as load_vendor
from locksim.server.run import serving
from tests.server_mutants import FIRST, FOURTH, SECOND, THIRD, SourceMutant, altered
from tests.vendor_suites import THOROUGH


def run(vendor: Vendor, examples: int, seed: int = 0, **world: Any) -> tuple[StatefulRun, set[str]]:
    """Drive the reference client on this simulator. Returns the run, and the ids of what is broken."""
    pact = load(vendor.name)
    with serving([vendor], clock="auto", **world) as ready:
        options = {"profile": "documented", "variants": world.get("variants", ())}
        found = drive_statefully(pact, ready["control"], examples=examples, seed=seed, **options)
        worlds = httpx.get(f"{ready['control']}/worlds", verify=False).json()["worlds"]
        assert [world["name"] for world in worlds] == ["default"], "a world is left on the server"
    verdicts = combined(found.laws, found.differences())
    return found, {verdict.law.id for verdict in verdicts if verdict.outcome == "broken"}


@pytest.mark.fuzz
@pytest.mark.parametrize("vendor", sorted(PACTS))
def test_our_own_simulators_keep_every_law_and_answer_like_themselves(vendor: str) -> None:
    for seed in range(10 if THOROUGH else 1):
        found, broken = run(load_vendor(vendor), 60 if THOROUGH else 5, seed)
        assert broken == set(), {v.law.id: v.breach.sentence for v in found.differences() if v.breach is not None}
        assert found.note == ""


IN_CI = {
    "nuki_silent_latch",
    "noke_uses_stay",
    "lockt_event_again",
    "codelocks_audit_unreported",
    "remotelock_page_overlaps",
}
NOT_SHOWN = {
    "remotelock_end_of_the_guest": "nobody enters between the end of an access of its own and the end of the guest's stay",
}
"""Mutant → why neither 100 examples nor 100 sequences show it."""


def marks(name: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(reason=NOT_SHOWN[name], strict=True)] if name in NOT_SHOWN else []


MUTANTS = [
    pytest.param(one, id=one.name, marks=marks(one.name))
    for one in (*FIRST, *SECOND, *THIRD, *FOURTH)
    if THOROUGH or one.name in IN_CI
]


def in_sequences(vendor: Vendor, sequences: int) -> list[str]:
    """The first difference that the sequences of `conform` find on this simulator."""
    with serving([vendor], clock="auto") as one, serving([load_vendor(vendor.name)], clock="auto") as ours:
        servers = [Server(ready["vendors"][vendor.name]["url"], ready["control"]) for ready in (ours, one)]
        found = drift(load(vendor.name), *servers, sequences=sequences, enough=lambda finding: True)
    return [finding.name for finding in found.found]


@pytest.mark.fuzz
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_simulator_with_one_error_is_found(mutant: SourceMutant) -> None:
    """By an example of the reference client, or else by a sequence."""
    vendor = altered(mutant)
    _, broken = run(vendor, 100 if THOROUGH else 10)
    assert broken or in_sequences(vendor, 100), mutant.sentence


IN_SEQUENCES = [
    ("nuki_reset_keeps_callbacks", "GET /callback/list, by the new token: side effect callbacks"),
    ("noke_unshackles_all", "POST /unshackle/ of lock 1: status 200, a failure → 200"),
    ("codelocks_once_and_again", "GET clients: side effect clients.*.status"),
    ("remotelock_revokes_no_token", "GET /user with a given token: status 401 → 200"),
]


@pytest.mark.parametrize(("name", "difference"), IN_SEQUENCES)
def test_a_procedure_finds_what_shows_much_later(name: str, difference: str) -> None:
    mutant = next(one for one in (*FIRST, *SECOND, *THIRD) if one.name == name)
    assert in_sequences(altered(mutant), 20) == [difference]


def test_an_answer_that_comes_too_early_or_never_breaks_the_law_about_it() -> None:
    found, broken = run(altered(next(one for one in FIRST if one.name == "nuki_short_window")), 15)
    assert "NK-AUTH-1" in broken
    breach = next(verdict.breach for verdict in found.laws if verdict.law.id == "NK-AUTH-1")
    assert breach is not None
    assert '"kind": "request"' in breach.journal or '"kind":"request"' in breach.journal


def test_the_variants_of_the_servers_own_world_are_judged() -> None:
    _, broken = run(load_vendor("nuki"), 15, variants=["nuki-news-without-name:live"])
    assert "delivery callback, in sequences" in broken


def test_an_interrupt_in_the_midst_of_a_control_call_ends_the_run_and_drops_the_world(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    receive, calls = Wire.receive, count(1)

    def interrupted_once(wire: Wire) -> Answer:
        if next(calls) == 30:
            raise KeyboardInterrupt
        return receive(wire)

    with serving([load_vendor("nuki")], clock="auto") as ready:
        monkeypatch.setattr(Wire, "receive", interrupted_once)
        with pytest.raises(KeyboardInterrupt):
            drive_statefully(load("nuki"), ready["control"], profile="documented", variants=[], examples=3, seed=0)
        worlds = httpx.get(f"{ready['control']}/worlds", verify=False).json()["worlds"]
    assert [world["name"] for world in worlds] == ["default"]


def test_a_twins_clock_is_advanced_only_when_it_is_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    advances: list[bytes] = []
    ask = Wire.ask

    def noting(wire: Wire, method: str, path: str, headers: Any = (), body: bytes = b"") -> Answer:
        advances.extend([body] if path.endswith("/clock/advance") else [])
        return ask(wire, method, path, headers, body)

    monkeypatch.setattr(Wire, "ask", noting)
    run(load_vendor("nuki"), 3)
    again = sum(one == before for before, one in pairwise(advances))
    assert advances
    assert again <= len(advances) / 4, "without the comparison of the times, it is three of four"


def test_a_server_without_a_control_api_gives_a_note() -> None:
    found = drive_statefully(
        load("nuki"), "http://127.0.0.1:9/_sim", profile="documented", variants=[], examples=1, seed=0
    )
    assert "not run to the end" in found.note
    assert [verdict.outcome for verdict in found.differences()] == ["not exercised"]
