"""What is judged of a program that is only watched."""

from __future__ import annotations

import json

import pytest

from lockpact.core.pact import PACTS, load
from lockpact.core.traffic import Exchange, Traffic
from lockpact.core.verdict import Breach
from lockpact.driving.faults import short_storm
from lockpact.live.program import Output
from lockpact.live.program_laws import LAWS, PRINTS_NO_SECRETS, ProgramJudge, lost_requests, printed_secret
from locksim.registry import load as load_vendor

REFUSALS = {vendor: load(vendor).passing for vendor in PACTS}


def printed(text: str, stream: str = "stdout") -> Output:
    output = Output(stream)
    output.add(text.encode())
    return output


def ask(path: str = "/a", method: str = "GET", status: int | None = 200, vendor: str = "toy") -> Exchange:
    return Exchange(vendor, "api", method, path, 0, 0, status=status, broken="" if status else "reset")


@pytest.mark.parametrize(("requests", "left"), [
    ([], []),
    ([(ask(), False)], []),
    ([(ask(status=503), True)], ["/a"]),
    ([(ask(status=503), True), (ask(), False)], []),
    ([(ask(), False), (ask(status=503), True)], ["/a"]),
    ([(ask(status=503), True), (ask(status=None), True)], ["/a"]),
    ([(ask(status=503), True), (ask(status=503), True)], ["/a"]),
    ([(ask(status=503), True), (ask(status=None), False)], ["/a"]),
    ([(ask(status=503), True), (ask(status=404), False)], []),
    ([(ask(status=503), True), (ask("/b"), False)], ["/a"]),
    ([(ask(status=503), True), (ask(method="POST"), False)], ["/a"]),
    ([(ask(status=503), True), (ask(vendor="other"), False)], ["/a"]),
    ([(ask("/a?x=1", status=503), True), (ask("/a?x=2"), False)], []),
    ([(ask("/b", status=503), True), (ask(status=503), True), (ask("/b"), False)], ["/a"]),
])  # fmt: skip
def test_a_lost_answer_is_made_up_for_by_the_same_request_later(
    requests: list[tuple[Exchange, bool]], left: list[str]
) -> None:
    assert [request.path for request in lost_requests(requests)] == left


def test_a_program_that_was_ended_is_not_judged_by_its_end() -> None:
    lost = [(ask(status=503), True)]
    for code, broken in ((None, []), (3, ["WATCH-STORM-1"]), (0, ["WATCH-STORM-2"])):
        judge = ProgramJudge(storm=True)
        judge.end_of_storm(code, lost, lambda: Breach(PRINTS_NO_SECRETS, "", (), Traffic()))
        assert list(judge.breaches) == broken


def test_a_storm_that_costs_nothing_shows_nothing() -> None:
    judge = ProgramJudge(storm=True)
    judge.end_of_storm(1, [(ask(), False)], lambda: Breach(PRINTS_NO_SECRETS, "", (), Traffic()))
    assert [verdict.outcome for verdict in judge.verdicts()] == ["not exercised"] * 3
    assert [verdict.law for verdict in ProgramJudge(storm=False).verdicts()] == [PRINTS_NO_SECRETS]


def test_a_secret_is_named_by_stream_and_line_and_masked() -> None:
    secrets = {"tok3n-tok3n": "a token", "key-key": "a key", "1234": "a PIN"}
    outputs = [printed("1234\nfine\n"), printed("ok\n  say tok3n-tok3n and key-key\nkey-key\n", "stderr")]
    assert printed_secret(outputs, secrets) == (
        "stderr, line 2 shows a key and a token: say ••• and ••• (and 1 more lines). Mask it before it is printed, or raise "
        "the level of the logger that prints it"
    )
    assert printed_secret([printed("1234")], secrets) is None, "so short a text may be anything"
    long = printed_secret([printed("x" * 195 + "tok3n-tok3n")], secrets)
    assert long is not None
    assert "tok3n" not in long, "it is masked before the line is cut"


def test_a_storm_is_another_one_for_each_seed_and_the_same_for_the_same() -> None:
    storms = [json.dumps(short_storm(seed, REFUSALS)) for seed in range(60)]
    assert storms == [json.dumps(short_storm(seed, REFUSALS)) for seed in range(60)]
    assert len(set(storms)) > 50
    assert all(any("vendor" in fault or "reset" in str(fault) or "cut" in str(fault) or "delay" in str(fault)
        or "truncate" in str(fault) for fault in json.loads(storm)) for storm in storms), "it strikes requests"  # fmt: skip
    assert {fault["effect"]["kind"] for storm in storms for fault in json.loads(storm)} == {
        "refuse", "reset", "truncate", "delay", "lose", "double", "late",
    }  # fmt: skip


def test_a_storm_passes() -> None:
    for seed in range(30):
        assert all(0 < fault["times"] <= 4 and fault["probability"] == 0.5 for fault in short_storm(seed, REFUSALS))
    assert short_storm(1, {})


@pytest.mark.parametrize("vendor", PACTS)
def test_the_refusals_that_pass_are_the_simulators(vendor: str) -> None:
    assert REFUSALS[vendor]
    assert set(REFUSALS[vendor]) <= load_vendor(vendor).refusals.keys()


def test_the_laws_have_ids_of_their_own() -> None:
    ids = [law.id for vendor in PACTS for law in load(vendor).laws] + [law.id for law in LAWS]
    assert len(ids) == len(set(ids))
