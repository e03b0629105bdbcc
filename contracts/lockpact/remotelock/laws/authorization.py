"""Authorization: tokens that expire, are renewed, and are revoked."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange, Traffic
from lockpact.remotelock.exchanges import SECOND, api, is_invalid_grant, is_oauth, lost, sent, token_of, unhindered
from lockpact.remotelock.port import ConsentNeeded
from lockpact.remotelock.truth import RemoteLockStep

__all__ = [
    "API_CALLS",
    "asks_again_for_consent",
    "keeps_the_newest_refresh_token",
    "renews_without_losing_the_call",
    "was_used_up",
]

TRIES = 3
"""The most token requests that one call may make when the grant is refused."""

API_CALLS = (
    "user", "devices", "persons", "person", "who", "create_user", "create_guest", "extend", "end", "invite", "grant",
    "access", "revoke", "may_enter", "entries", "order", "remove_local_pin", "set_up", "subscribe", "refresh",
)  # fmt: skip
"""The calls that need a token."""


def _token_requests(t: Traffic) -> Traffic:
    return Traffic(x for x in t if is_oauth(x) and x.method == "POST" and x.path.rstrip("/").endswith("/token"))


def _refreshes(t: Traffic) -> Traffic:
    return Traffic(x for x in _token_requests(t) if sent(x).get("grant_type") == "refresh_token")


def _issued(x: Exchange, name: str) -> str | None:
    value = x.json.get(name) if x.status == 200 and isinstance(x.json, dict) else None
    return value if isinstance(value, str) and value else None


def _retries_after_401(t: Traffic) -> Judged:
    """Check that a request that was refused for its token is sent again with the new token."""
    refused = [x for x in api(t) if x.status == 401 and token_of(x)]
    judged = False
    for x in refused:
        renewed = [y for y in _token_requests(t) if x.ended <= y.began and _issued(y, "access_token")]
        if not renewed:
            continue
        judged = True
        # In a simulator's world all of them may happen at one instant, so the order counts, too.
        later = [y for y in api(t) if y.began >= renewed[0].ended and _index(t, y) > _index(t, x)]
        retries = [y for y in later if (y.method, y.target) == (x.method, x.target)]
        assert retries, f"{x.method} {x.path} got a 401, the client got a new token, and did not send the request again"
    return None if judged else UNTRIGGERED


@law(
    "RL-AUTH-1",
    "renews a token before or at expiry, without losing the call",
    on=API_CALLS,
    evidence="1.3. Refresh Token: each access token expires in 7200 seconds; 2.1: the same request must be done when it expires",
    mutants=(
        "never_renews",
        "loses_the_call",
        "renews_but_sends_the_old_token",
        "no_lifetime_is_for_ever",
        "renews_to_what_is_refused",
        "renews_for_reads_only",
    ),
    needs="results",
    conduct=_retries_after_401,
    shown_by=("user",),
    timed=True,
)
def renews_without_losing_the_call(s: RemoteLockStep) -> Judged:
    """A token expires in the middle of somebody's work. The user must not notice."""
    special = s.given.get("fault") or s.given.get("consent") == "revoked" or s.given.get("wrong_secret")
    if special or not unhindered(s.traffic) or was_used_up(s):
        return UNTRIGGERED
    judged = _retries_after_401(s.traffic)
    issued = [
        x for x in _token_requests(Traffic(y for e in s.earlier for y in e.traffic)) if _issued(x, "access_token")
    ]
    expired = bool(issued) and issued[-1].ended + 7200 * SECOND <= s.began
    if not expired or not len(s.traffic):
        return judged
    assert api(s.traffic), f"the access token had expired, and the client sent nothing: it {_outcome(s)}"
    last = api(s.traffic)[-1]
    assert last.status != 401, (
        f"the access token had expired, and the call ended with a 401 to {last.method} {last.path}: the client {_outcome(s)}"
    )
    return None


def was_used_up(s: RemoteLockStep) -> bool:
    """Return whether a refresh token was refused whose renewal had no answer before: the new one was lost with the answer."""
    lost_ones = {sent(x).get("refresh_token") for e in s.earlier for x in _refreshes(e.traffic) if lost(x)}
    return any(is_invalid_grant(x) and sent(x).get("refresh_token") in lost_ones for x in _refreshes(s.traffic))


def _outcome(s: RemoteLockStep) -> str:
    return f"raised {type(s.error).__name__}" if s.error is not None else f"returned {s.result!r}"


def _check_refreshes(before: Traffic, now: Traffic) -> Judged:
    """Check that each refresh uses the newest refresh token, and no refresh token is used twice."""
    traffic = Traffic([*before, *now])
    refreshes = [x for x in _refreshes(now) if sent(x).get("refresh_token")]
    if not refreshes:
        return UNTRIGGERED
    for x in refreshes:
        token = sent(x)["refresh_token"]
        same = [y for y in _refreshes(traffic) if y is not x and sent(y).get("refresh_token") == token]
        # An answer that was cut off used the token up, too, but the client cannot know it.
        used = [y for y in same if not lost(y) and y.status == 200]
        earlier = [y for y in used if y.decided <= x.decided and _index(traffic, y) < _index(traffic, x)]
        assert not earlier, "the client used a refresh token a second time; a used refresh token is invalid"
        known = [y for y in _token_requests(traffic) if y.ended <= x.began and _index(traffic, y) < _index(traffic, x)]
        newest = next((_issued(y, "refresh_token") for y in reversed(known) if _issued(y, "refresh_token")), token)
        assert token == newest, "the client used a refresh token that is not the newest that it was given"
        issued = _issued(x, "refresh_token")
        assert lost(x) or x.status != 200 or (issued is not None and issued != token), (
            "the answer to a refresh has no new refresh token, though the used one is invalid now"
        )
    return None


def _index(t: Traffic, x: Exchange) -> int:
    return next(i for i, y in enumerate(t) if y is x)


@law(
    "RL-AUTH-2",
    "keeps the newest refresh token, also when two calls or two processes renew at once",
    on=API_CALLS,
    evidence="1.3. Refresh Token: the response includes a new Refresh Token, meaning the previous one became invalid",
    mutants=("keeps_the_first_refresh_token", "renews_twice_at_once", "locks_its_own_process_only",
             "a_process_keeps_its_own_tokens", "rotation_gives_nothing_new", "renews_when_it_starts"),
    needs="results",
    conduct=lambda t: _check_refreshes(Traffic(), t),
    shown_by=("user",),
)  # fmt: skip
def keeps_the_newest_refresh_token(s: RemoteLockStep) -> Judged:
    """A client that loses the newest refresh token needs the user to sign in again."""
    return _check_refreshes(Traffic(x for e in s.earlier for x in e.traffic), s.traffic)


def _does_not_loop(t: Traffic) -> Judged:
    """Check that a refused refresh token is not sent again and again."""
    refused = [x for x in _refreshes(t) if is_invalid_grant(x)]
    if not refused:
        return UNTRIGGERED
    times: dict[str, int] = {}
    for x in refused:
        token = str(sent(x).get("refresh_token"))
        times[token] = times.get(token, 0) + 1
        assert times[token] <= 2 * TRIES, (
            f"a refused refresh token was sent {times[token]} times; only the user's consent helps"
        )
    return None


@law(
    "RL-AUTH-3",
    "asks for consent when a refresh is refused, and never loops",
    on=API_CALLS,
    evidence="1.3. Refresh Token: the user can revoke the authorization at anytime, and your app will need to ask again",
    mutants=("refused_refresh_is_unavailable", "loops_on_a_refused_refresh", "shows_nothing_without_consent",
             "refreshes_after_consent_is_gone", "sends_a_refused_token_again"),
    needs="results",
    conduct=_does_not_loop,
    shown_by=("user",),
)  # fmt: skip
def asks_again_for_consent(s: RemoteLockStep) -> Judged:
    """Another try does not help. The user must sign in."""
    refreshes = _refreshes(s.traffic)
    earlier = Counter(
        sent(x).get("refresh_token") for e in s.earlier for x in _refreshes(e.traffic) if is_invalid_grant(x)
    )
    for x in refreshes:
        times = earlier[sent(x).get("refresh_token")]
        assert times < TRIES, (
            f"a refresh token was refused in {times} requests, and the client sent it again; only the user's consent helps"
        )
    if s.truth_known and not s.before.consent and refreshes and unhindered(refreshes):
        renewed = [x for x in refreshes if _issued(x, "access_token")]
        assert not renewed, "the user has revoked the consent, and a refresh still gave a new token"
    if s.given.get("fault") or not any(is_invalid_grant(x) for x in refreshes):
        return UNTRIGGERED
    requests = _token_requests(s.traffic)
    assert len(requests) <= TRIES, (
        f"the refresh was refused, and the client asked {len(requests)} times for a token in one call"
    )
    for before, after in pairwise(requests):
        assert not is_invalid_grant(before) or _issued(after, "access_token") is None, (
            "a refused refresh succeeded when sent again"
        )
    assert isinstance(s.error, ConsentNeeded), (
        f"the refresh was refused, and the client {_outcome(s)} instead of raising ConsentNeeded"
    )
    return None
