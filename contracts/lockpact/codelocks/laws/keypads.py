"""Laws on KitLocks: initialisation, batteries, and codes that cannot be cancelled."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

from lockpact.codelocks.laws.codes import netcodes
from lockpact.codelocks.port import ClockNotSet
from lockpact.codelocks.truth import CodelocksStep, instant, lock_truth, moment
from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange

__all__ = [
    "asks_for_a_sequence_of_the_locks_own",
    "never_claims_a_code_cancelled",
    "no_codes_without_a_clock",
    "uses_a_sequence_at_once",
    "uses_the_locks_master_code",
]

MINUTE = 60_000_000


@law(
    "CL-REVOKE-1",
    "never says that a NetCode is cancelled",
    on="cancel",
    evidence="GET …/netcode/{id}: no call cancels; multiple valid NetCodes will be available on any lock",
    mutants=("says_revoked", "cancels_what_it_has_forgotten", "over_by_utc", "cancels_by_the_servers_clock"),
)
def never_claims_a_code_cancelled(s: CodelocksStep) -> Judged:
    """A guest whose booking is cancelled can still open the lock."""
    stay = s.arguments["stay"]
    lock = lock_truth(s.after, stay.lock)
    if s.error is not None or lock is None or not lock.running:
        return UNTRIGGERED
    shown = [
        c for e in s.earlier if e.call == "show" and e.error is None and e.arguments["stay"] == stay for c in e.result
    ]
    now = moment(s.ended)
    valid = [c for c in shown if instant(c.end) > s.ended and lock.opens(str(c.digits), max(c.start, now))]
    if not valid:
        return UNTRIGGERED
    assert not s.result, (
        f"the client says that the codes no longer work, and {valid[0].digits} works until {valid[0].end}"
    )
    return None


@law(
    "CL-INIT-1",
    "requests a new sequence for each initialisation",
    on=("initialise", "initialise_with"),
    evidence="GET …/init: must be entered into the lock immediately as the sequence sets the date and time of the lock",
    mutants=("keeps_the_sequence", "answers_an_old_sequence", "sequence_in_local_time"),
    needs="results",
    timed=True,
)
def uses_a_sequence_at_once(s: CodelocksStep) -> Judged:
    """A sequence that is an hour old sets the lock's clock an hour late, and with it every code."""
    if s.error is not None or not isinstance(s.result, str):
        return UNTRIGGERED
    made = [x for x in s.traffic.to("/u/1/init") if isinstance(x.json, dict)]
    assert any(x.json.get("InitSeq") == s.result for x in made), (
        f"the client returned {s.result}, which is not the API's answer to this call: it would set the lock's clock wrong"
    )
    (typed,) = re.findall("[0-9]{10}", s.result) or ("",)
    now = s.ended if s.truth_known else _servers_time(made[-1], s.ended)
    around = {
        f"{moment(us):%y%m%d%H%M}" for us in (now - (s.ended - s.began) - MINUTE, now - MINUTE, now, now + MINUTE)
    }
    assert typed in around, f"{s.result} sets the lock's clock to {typed}, and it is {moment(now):%y%m%d%H%M} in UTC"
    return None


@law(
    "CL-INIT-2",
    "requests the sequence with the lock's own master code: the factory's, if no other is given",
    on=("initialise", "initialise_with"),
    evidence="GET …/init: the provided master-code will be used in the sequence; if not supplied then the factory default",
    mutants=("drops_the_master_code", "ignores_the_master_code", "remembers_the_master_code"),
    needs="results",
)
def uses_the_locks_master_code(s: CodelocksStep) -> Judged:
    """A lock with another master code does not accept the sequence."""
    requests = s.traffic.to("/u/1/init")
    if s.call == "initialise_with":
        master = s.arguments["master"]
        for x in requests:
            requested = x.param("mastercode")
            assert requested == master, f"the lock's master code is {master}, and the client requested {requested}"
    if s.error is not None or not isinstance(s.result, str):
        return UNTRIGGERED
    if s.call == "initialise":
        answers = [x.json for x in requests if isinstance(x.json, dict) and x.json.get("InitSeq") == s.result]
        if not answers or not answers[-1].get("DefaultMastercode"):
            return UNTRIGGERED
        factory = answers[-1]["DefaultMastercode"]
        assert f"#{factory}#" in s.result, (
            f"the lock has the factory's master code {factory}, and the sequence is {s.result}"
        )
        return None
    master = s.arguments["master"]
    assert f"#{master}#" in s.result, f"the lock's master code is {master}, and the sequence is {s.result}"
    return None


@law(
    "CL-INIT-3",
    "requests the sequence for the lock's own model, with a random identifier",
    on=("initialise", "initialise_with"),
    evidence="GET …/init: lockmodel; randomid, false will return default identifier 123456",
    mutants=("initialises_another_model", "leaves_out_the_model", "initialises_with_the_default_identifier",
             "ignores_randomid"),
    needs="results",
)  # fmt: skip
def asks_for_a_sequence_of_the_locks_own(s: CodelocksStep) -> Judged:
    """Another model ignores the sequence. With the default identifier, anybody who knows the hour can make codes."""
    requests = s.traffic.to("/u/1/init")
    if not requests:
        return UNTRIGGERED
    for x in requests:
        model, random = (x.param("lockmodel") or "").upper(), (x.param("randomid") or "").lower()
        assert model == s.arguments["model"], (
            f"the lock is a {s.arguments['model']}, and the client requested lockmodel={model}"
        )
        assert random == "true", f"the client requested randomid={random}, so the lock gets the default identifier"
        sequence = str(x.json.get("InitSeq")) if x.status == 200 and isinstance(x.json, dict) else ""
        assert not sequence.endswith(("#123456#", "#123#456#")), f"{sequence} has the default identifier"
    return None


def _servers_time(x: Exchange, now: int) -> int:
    """Return the server's time, because a served simulator may be in another year; `now` if the answer has no Date."""
    date = next((value for name, value in x.answer_headers if name.lower() == "date"), None)
    return now if date is None else instant(parsedate_to_datetime(date))


@law(
    "CL-BATT-1",
    "shows no codes after new batteries until the clock is set",
    on="show",
    evidence="GET …/netcode/{id}: the lock will lose its real time clock; it needs to be updated before NetCodes can be used",
    mutants=(
        "issues_on",
        "never_issues_again",
        "one_clock_sets_all",
        "a_sequence_sets_all_clocks",
        "the_clock_must_be_set_by_now",
        "counts_changes_of_batteries",
    ),
)
def no_codes_without_a_clock(s: CodelocksStep) -> Judged:
    """The code would be correct, but the lock would not open."""
    lock = s.arguments["stay"].lock
    notes = [
        e.call for e in s.since_made if e.call in ("batteries_replaced", "clock_set") and e.arguments["lock"] == lock
    ]
    actual = lock_truth(s.after, lock)
    if not notes or actual is None:
        return UNTRIGGERED
    if notes[-1] == "batteries_replaced" and not actual.running:
        assert isinstance(s.error, ClockNotSet), "the lock's clock is not set, and the client did not raise ClockNotSet"
        assert not netcodes(s.traffic), "the lock's clock is not set, and the client still requested a NetCode"
    elif notes[-1] == "clock_set" and actual.running:
        assert not isinstance(s.error, ClockNotSet), (
            "the lock's clock was set again, and the client still raises ClockNotSet"
        )
    else:
        return UNTRIGGERED
    return None
