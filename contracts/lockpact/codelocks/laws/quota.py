"""Laws on the monthly quota: each NetCode call counts, also a repeated one."""

from __future__ import annotations

from urllib.parse import urlencode

from lockpact.codelocks.laws.codes import answered_code, netcodes
from lockpact.codelocks.port import ClockNotSet, QuotaSpent
from lockpact.codelocks.truth import CodelocksStep
from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange, Traffic

__all__ = ["does_not_pay_twice", "keeps_what_it_shows"]

TRIES = 3
"""The most requests after a 429 in one call …"""
IN_A_ROW = 10
"""… and, where only the traffic is known, the most consecutive refusals within a day."""
DAY = 86_400_000_000


def _normalized(x: Exchange) -> str:
    """Return path and query, whatever the order and the encoding of the parameters."""
    return x.path + "?" + urlencode(sorted(x.query))


def _stops_at_the_quota(t: Traffic) -> Judged:
    """Judge traffic alone: the client does not go on requesting NetCodes that are refused."""
    row: list[Exchange] = []
    if not netcodes(t).answered(429):
        return UNTRIGGERED
    for x in netcodes(t):
        row = [*row, x] if x.status == 429 else [] if x.answered else row
        row = [y for y in row if x.began - y.began < DAY]
        assert len(row) <= IN_A_ROW, (
            f"{len(row)} consecutive requests were refused because the month's calls are used up"
        )
    return None


@law(
    "CL-QUOTA-1",
    "requests no NetCode twice, and stops when the quota is used up",
    on="show",
    evidence="GET …/netcode/{id}: each request counts even if the parameters are the same; Usage: the monthly quota",
    mutants=(
        "asks_for_each_booking",
        "hammers_at_the_quota",
        "reports_the_quota_as_unavailable",
        "refuses_within_the_quota",
        "pays_again_after_a_failure",
    ),
    needs="results",
    conduct=_stops_at_the_quota,
)
def does_not_pay_twice(s: CodelocksStep) -> Judged:
    """The smallest plan has a hundred calls a month."""
    requests = netcodes(s.traffic)
    if not requests:
        return UNTRIGGERED
    known = {_normalized(x) for e in s.since_made for x in netcodes(e.traffic) if answered_code(x) is not None}
    for x in requests:
        assert _normalized(x) not in known, (
            f"the client requested {x.path} again with the same parameters, which counts again"
        )
        if answered_code(x) is not None:
            known.add(_normalized(x))
    refused = requests.answered(429)
    if refused:
        # Without a pause, requests before the refused one began at the same instant. What was answered after all does not
        # count: a refusal may pass, and a stay needs several codes.
        more = [x for x in refused if x.began >= refused[0].ended]
        assert len(more) <= TRIES, f"the month's calls are used up, and {len(more)} more requests were refused"
        assert s.error is None or isinstance(s.error, QuotaSpent) or requests[-1].status != 429, (
            f"the month's calls are used up: expected QuotaSpent, the client raised {type(s.error).__name__}"
        )
        assert not s.truth_known or s.given.get("fault") or s.before.netcodes_left <= len(requests), (
            f"{s.before.netcodes_left} NetCode calls were left, and the API answered that they are used up"
        )
    return None


@law(
    "CL-KEEP-1",
    "keeps the codes that it must show again",
    on="show",
    evidence="GET …/netcode/{id}: historical information about NetCodes requested via API is not kept by Codelocks",
    mutants=("refetches", "shows_nothing_offline"),
    needs="results",
)
def keeps_what_it_shows(s: CodelocksStep) -> Judged:
    """The guest may ask again while the API is down."""
    if not any(e.call == "show" and e.error is None and e.arguments == s.arguments for e in s.since_made):
        return UNTRIGGERED
    if any(e.call == "batteries_replaced" for e in s.since_made) and isinstance(s.error, ClockNotSet):
        return UNTRIGGERED
    assert not netcodes(s.traffic), "this booking was shown before, and the client requested its code again"
    assert s.error is None, f"this booking was shown before, and now the client raises {type(s.error).__name__}"
    return None
