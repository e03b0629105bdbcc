"""Getting in, and staying in: tokens that expire, rotate, and are taken back."""

from __future__ import annotations

from itertools import pairwise

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange, Traffic
from lockpact.remotelock.exchanges import SECOND, api, of_oauth, sent, token_of, unhindered
from lockpact.remotelock.port import ConsentNeeded
from lockpact.remotelock.truth import RemoteLockStep

__all__ = ["API_CALLS", "asks_again_for_consent", "keeps_the_newest_refresh_token", "renews_without_losing_the_call"]

TRIES = 3
"""Requests for a token that one call may spend on a grant that is refused."""

API_CALLS = (
    "user", "devices", "persons", "person", "who", "create_user", "create_guest", "extend", "end", "invite", "grant",
    "access", "revoke", "may_enter", "order", "remove_local_pin", "set_up", "subscribe", "refresh",
)  # fmt: skip
"""The calls that need a token."""


def _tokens_asked(t: Traffic) -> Traffic:
    return Traffic(x for x in t if of_oauth(x) and x.method == "POST" and x.path.rstrip("/").endswith("/token"))


def _refreshes(t: Traffic) -> Traffic:
    return Traffic(x for x in _tokens_asked(t) if sent(x).get("grant_type") == "refresh_token")


def _gave(x: Exchange, name: str) -> str | None:
    said = x.json.get(name) if x.status == 200 and isinstance(x.json, dict) else None
    return said if isinstance(said, str) and said else None


def _tries_again_after_a_401(t: Traffic) -> Judged:
    """Of conduct: what an expired token was refused is asked again with another one."""
    refused = [x for x in api(t) if x.status == 401 and token_of(x)]
    judged = False
    for x in refused:
        renewed = [y for y in _tokens_asked(t) if x.ended <= y.began and _gave(y, "access_token")]
        if not renewed:
            continue
        judged = True
        again = [y for y in api(t) if y.began >= renewed[0].ended and (y.method, y.target) == (x.method, x.target)]
        assert again, f"{x.method} {x.path} was refused for its token, a new one was had, and it was not asked again"
    return None if judged else UNTRIGGERED


@law(
    "RL-AUTH-1",
    "renews before or at expiry without losing the call",
    on=API_CALLS,
    evidence="1.3. Refresh Token: each access token expires in 7200 seconds; 2.1: the same request must be done when it expires",
    mutants=("never_renews", "loses_the_call", "renews_but_sends_the_old_token", "renews_to_what_is_refused"),
    needs="results",
    conduct=_tries_again_after_a_401,
    shown_by=("user",),
)
def renews_without_losing_the_call(s: RemoteLockStep) -> Judged:
    """Two hours are over in the middle of somebody's day; nobody may notice."""
    if s.given.get("fault") or s.given.get("consent") == "revoked" or not unhindered(s.traffic):
        return UNTRIGGERED
    given = [x for x in _tokens_asked(Traffic(y for e in s.earlier for y in e.traffic)) if _gave(x, "access_token")]
    expired = bool(given) and given[-1].ended + 7200 * SECOND <= s.began
    if not expired or not len(s.traffic):
        return UNTRIGGERED
    assert api(s.traffic), f"the access token had expired, and the client sent nothing but said {_said(s)}"
    last = api(s.traffic)[-1]
    assert last.status != 401, (
        f"the access token had expired, and the call ended with a 401 to {last.method} {last.path}: the client {_said(s)}"
    )
    return None


def _said(s: RemoteLockStep) -> str:
    return f"{type(s.error).__name__}" if s.error is not None else f"answered {s.result!r}"


def _judges_refreshes(before: Traffic, now: Traffic) -> Judged:
    """Each refresh is with the newest refresh token that had been given, and none is spent twice."""
    whole = Traffic([*before, *now])
    asked = [x for x in _refreshes(now) if sent(x).get("refresh_token")]
    if not asked:
        return UNTRIGGERED
    for x in asked:
        token = sent(x)["refresh_token"]
        spent = [y for y in _refreshes(whole) if y is not x and sent(y).get("refresh_token") == token]
        done = [y for y in spent if y.status == 200 and y.decided <= x.decided and _index(whole, y) < _index(whole, x)]
        assert not done, "the client refreshed with a refresh token that it had used already: that one is dead"
        known = [y for y in _tokens_asked(whole) if y.ended <= x.began and _index(whole, y) < _index(whole, x)]
        newest = next((_gave(y, "refresh_token") for y in reversed(known) if _gave(y, "refresh_token")), token)
        assert token == newest, "the client refreshed with a refresh token that is not the newest that it was given"
        given = _gave(x, "refresh_token")
        assert x.status != 200 or (given is not None and given != token), (
            "the refresh was answered without a new refresh token, though the one that was used is dead now"
        )
    return None


def _index(t: Traffic, x: Exchange) -> int:
    return next(i for i, y in enumerate(t) if y is x)


@law(
    "RL-AUTH-2",
    "keeps the newest refresh token, also when two calls renew at once, in two processes too",
    on=API_CALLS,
    evidence="1.3. Refresh Token: the response includes a new Refresh Token, meaning the previous one became invalid",
    mutants=("keeps_the_first_refresh_token", "renews_twice_at_once", "locks_its_own_process_only",
             "a_process_keeps_its_own_tokens", "rotation_gives_nothing_new"),
    needs="results",
    conduct=lambda t: _judges_refreshes(Traffic(), t),
    shown_by=("user",),
)  # fmt: skip
def keeps_the_newest_refresh_token(s: RemoteLockStep) -> Judged:
    """Whoever loses the newest one has lost the user, who must sign in again."""
    return _judges_refreshes(Traffic(x for e in s.earlier for x in e.traffic), s.traffic)


def _refused(x: Exchange) -> bool:
    said = x.json.get("error") if isinstance(x.json, dict) else None
    return x.answered and x.status in (400, 401) and said == "invalid_grant"


def _does_not_loop(t: Traffic) -> Judged:
    """Of conduct: a refresh token that was refused is not sent over and over."""
    refused = [x for x in _refreshes(t) if _refused(x)]
    if not refused:
        return UNTRIGGERED
    times: dict[str, int] = {}
    for x in refused:
        token = str(sent(x).get("refresh_token"))
        times[token] = times.get(token, 0) + 1
        assert times[token] <= 2 * TRIES, (
            f"a refresh token that is refused was sent {times[token]} times; only the user's consent helps"
        )
    return None


@law(
    "RL-AUTH-3",
    "asks for consent when refresh is refused, and never loops",
    on=API_CALLS,
    evidence="1.3. Refresh Token: the user can revoke the authorization at anytime, and your app will need to ask again",
    mutants=("refused_refresh_is_unavailable", "loops_on_a_refused_refresh", "shows_nothing_without_consent",
             "refreshes_after_consent_is_gone"),
    needs="results",
    conduct=_does_not_loop,
    shown_by=("user",),
)  # fmt: skip
def asks_again_for_consent(s: RemoteLockStep) -> Judged:
    """No other try helps; somebody must sign in."""
    refreshes = _refreshes(s.traffic)
    if s.truth_known and not s.before.consent and refreshes and unhindered(refreshes):
        given = [x for x in refreshes if x.status == 200]
        assert not given, "the user has revoked the consent, and a refresh was answered with a new token"
    if s.given.get("fault") or not any(_refused(x) for x in refreshes):
        return UNTRIGGERED
    asked = _tokens_asked(s.traffic)
    assert len(asked) <= TRIES, (
        f"the refresh was refused, and the client asked {len(asked)} times for a token in one call"
    )
    for before, after in pairwise(asked):
        assert not _refused(before) or _gave(after, "access_token") is None, "a refused refresh was then answered"
    assert isinstance(s.error, ConsentNeeded), (
        f"the refresh was refused, and the client {_said(s)} instead of asking for consent (ConsentNeeded)"
    )
    return None
