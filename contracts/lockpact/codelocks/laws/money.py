"""Calls cost: what is known is not asked for again, and what is spent is spent."""

from __future__ import annotations

from urllib.parse import urlencode

from lockpact.codelocks.laws.codes import netcodes, said
from lockpact.codelocks.port import ClockNotSet, QuotaSpent
from lockpact.codelocks.truth import CodelocksStep
from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange, Traffic

__all__ = ["does_not_pay_twice", "keeps_what_it_shows"]

TRIES = 3
"""Requests that may follow upon a 429 in one call …"""
IN_A_ROW = 10
"""… and, for laws of conduct, refusals in a row within a day."""
DAY = 86_400_000_000


def _question(x: Exchange) -> str:
    """What was asked, in any order and spelling."""
    return x.path + "?" + urlencode(sorted(x.query))


def _stops_at_the_quota(t: Traffic) -> Judged:
    """Of conduct: nobody goes on asking for NetCodes that are refused."""
    row: list[Exchange] = []
    if not netcodes(t).answered(429):
        return UNTRIGGERED
    for x in netcodes(t):
        row = [*row, x] if x.status == 429 else [] if x.answered else row
        row = [y for y in row if x.began - y.began < DAY]
        assert len(row) <= IN_A_ROW, f"{len(row)} requests in a row were refused because the month's calls are spent"
    return None


@law(
    "CL-QUOTA-1",
    "does not pay twice for what it knows, and stops at the quota",
    on="show",
    evidence="GET …/netcode/{id}: each request counts even if the parameters are the same; Usage: the monthly quota",
    mutants=(
        "asks_for_each_booking",
        "hammers_at_the_quota",
        "takes_the_quota_for_a_bad_day",
        "refuses_within_the_quota",
    ),
    needs="results",
    conduct=_stops_at_the_quota,
)
def does_not_pay_twice(s: CodelocksStep) -> Judged:
    """A hundred calls a month are soon gone."""
    asked = netcodes(s.traffic)
    if not asked:
        return UNTRIGGERED
    made = max((n for n, e in enumerate(s.earlier) if e.call == "made"), default=0)
    known = {_question(x) for e in s.earlier[made:] for x in netcodes(e.traffic) if said(x) is not None}
    for x in asked:
        assert _question(x) not in known, f"{x.path} was asked again with the same parameters, and paid for again"
        if said(x) is not None:
            known.add(_question(x))
    spent = asked.answered(429)
    if spent:
        more = [x for x in asked if x.began >= spent[0].ended and x is not spent[0]]
        assert len(more) <= TRIES, f"the month's calls are spent, and the client asked {len(more)} times more"
        assert s.error is None or isinstance(s.error, QuotaSpent), (
            f"the month's calls are spent, and the client said {type(s.error).__name__}"
        )
        assert not s.truth_known or s.given.get("fault") or s.before.netcodes_left <= len(asked), (
            f"{s.before.netcodes_left} NetCode calls were left, and the API said that they are spent"
        )
    return None


@law(
    "CL-KEEP-1",
    "keeps what it must show again",
    on="show",
    evidence="GET …/netcode/{id}: historical information about NetCodes requested via API is not kept by Codelocks",
    mutants=("refetches", "shows_nothing_offline"),
    needs="results",
)
def keeps_what_it_shows(s: CodelocksStep) -> Judged:
    """The guest asks again at night, and the API is down."""
    made = max((n for n, e in enumerate(s.earlier) if e.call == "made"), default=0)
    life = s.earlier[made:]
    if not any(e.call == "show" and e.error is None and e.arguments == s.arguments for e in life):
        return UNTRIGGERED
    if any(e.call == "batteries_replaced" for e in life) and isinstance(s.error, ClockNotSet):
        return UNTRIGGERED
    assert not netcodes(s.traffic), "this booking was shown before, and the client asked for its code again"
    assert s.error is None, f"this booking was shown before, and now the client says {type(s.error).__name__}"
    return None
