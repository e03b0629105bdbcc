"""KitLocks: what only somebody before the lock can do, and what nobody can."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

from lockpact.codelocks.laws.codes import netcodes
from lockpact.codelocks.port import ClockNotSet
from lockpact.codelocks.truth import CodelocksStep, door_of, instant, moment
from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange

__all__ = ["never_claims_a_code_cancelled", "no_codes_without_a_clock", "uses_a_sequence_at_once"]

MINUTE = 60_000_000


@law(
    "CL-REVOKE-1",
    "never claims a NetCode cancelled",
    on="cancel",
    evidence="GET …/netcode/{id}: no call cancels; multiple valid NetCodes will be available on any lock",
    mutants=("says_revoked",),
)
def never_claims_a_code_cancelled(s: CodelocksStep) -> Judged:
    """A guest who was sent away still has the code."""
    stay = s.arguments["stay"]
    door = door_of(s.after, stay.lock)
    if s.error is not None or door is None or not door.running:
        return UNTRIGGERED
    shown = [
        c for e in s.earlier if e.call == "show" and e.error is None and e.arguments["stay"] == stay for c in e.result
    ]
    now = moment(s.ended)
    good = [c for c in shown if instant(c.end) > s.ended and door.opens(str(c.digits), max(c.start, now))]
    if not good:
        return UNTRIGGERED
    assert not s.result, f"the client says that the codes open no more, and {good[0].digits} opens until {good[0].end}"
    return None


@law(
    "CL-INIT-1",
    "a sequence is used at once",
    on="initialise",
    evidence="GET …/init: must be entered into the lock immediately as the sequence sets the date and time of the lock",
    mutants=("keeps_the_sequence", "answers_an_old_sequence", "sequence_in_local_time"),
    needs="results",
)
def uses_a_sequence_at_once(s: CodelocksStep) -> Judged:
    """A sequence of this morning makes every code of the lock late by as much."""
    if s.error is not None or not isinstance(s.result, str):
        return UNTRIGGERED
    made = [x for x in s.traffic.to("/u/1/init") if isinstance(x.json, dict)]
    assert any(x.json.get("InitSeq") == s.result for x in made), (
        f"{s.result} is to be typed, and the API did not answer it now: it would set the lock's clock wrong"
    )
    (typed,) = re.findall("[0-9]{10}", s.result) or ("",)
    now = s.ended if s.truth_known else _servers_time(made[-1], s.ended)
    around = {
        f"{moment(us):%y%m%d%H%M}" for us in (now - (s.ended - s.began) - MINUTE, now - MINUTE, now, now + MINUTE)
    }
    assert typed in around, f"{s.result} sets the lock's clock to {typed}, and it is {moment(now):%y%m%d%H%M} in UTC"
    return None


def _servers_time(x: Exchange, now: int) -> int:
    """What a live server's clock shows: a stand-in that is served may live in another year. `now`: ours."""
    told = next((value for name, value in x.answer_headers if name.lower() == "date"), None)
    return now if told is None else instant(parsedate_to_datetime(told))


@law(
    "CL-BATT-1",
    "after new batteries no codes until the clock is set",
    on="show",
    evidence="GET …/netcode/{id}: the lock will lose its real time clock; it needs to be updated before NetCodes can be used",
    mutants=("issues_on", "never_issues_again"),
)
def no_codes_without_a_clock(s: CodelocksStep) -> Judged:
    """The code would be right, and open nothing."""
    lock = s.arguments["stay"].lock
    life = _life(s)
    told = [e.call for e in life if e.call in ("batteries_replaced", "clock_set") and e.arguments["lock"] == lock]
    door = door_of(s.after, lock)
    if not told or door is None:
        return UNTRIGGERED
    if told[-1] == "batteries_replaced" and not door.running:
        assert isinstance(s.error, ClockNotSet), "the lock's clock stands, and the client did not say ClockNotSet"
        assert not netcodes(s.traffic), "the lock's clock stands, and the client asked for a NetCode all the same"
    elif told[-1] == "clock_set" and door.running:
        assert not isinstance(s.error, ClockNotSet), (
            "the lock's clock was set again, and the client still says ClockNotSet"
        )
    else:
        return UNTRIGGERED
    return None


def _life(s: CodelocksStep) -> list[CodelocksStep]:
    """The steps since the client was made last."""
    made = max((n for n, e in enumerate(s.earlier) if e.call == "made"), default=0)
    return list(s.earlier[made:])
