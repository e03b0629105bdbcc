"""Authorization: /auth and the button, and a token that is refused."""

from __future__ import annotations

from hashlib import sha256

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange, Traffic
from lockpact.nuki.port import CredentialError, Disabled
from lockpact.nuki.truth import NukiStep

__all__ = [
    "a_lost_answer_is_not_unpressed",
    "another_time_is_not_another_token",
    "disabled_is_not_unpressed",
    "refused_token_is_a_credential_error",
    "uses_the_newest_token",
    "waits_the_window",
]

CLOCK_TOLERANCE = 60
"""Seconds by which the clocks of client and bridge may differ (assumed; the document says: sufficiently current)."""
WINDOW = 30_000_000
"""Microseconds from the /auth call in which the button can be pressed."""
TRIES = 3
"""Requests that one call may send after a refusal that a retry cannot change."""

TOKEN_CALLS = (
    "made", "list_locks", "lock_state", "act", "register_callback", "unregister_callback", "unpair", "maintain",
)  # fmt: skip


def _stays_for_the_window(t: Traffic) -> Judged:
    """Check the traffic: no client hangs up on /auth before the window is over."""
    asked = [x for x in t.to("/auth") if x.answered or x.broken == "timeout"]
    if not asked:
        return UNTRIGGERED
    for x in asked:
        waited = x.ended - x.began
        assert x.answered or waited >= WINDOW, (
            f"the button can be pressed for 30 s, and the client hung up after {waited / 1_000_000:.1f} s"
        )
    return None


@law(
    "NK-AUTH-1",
    "gets the token whenever the button is pressed in the window",
    on="authorize",
    evidence="/auth: the button has to be pressed within the 30 seconds of the LED",
    mutants=("ten_second_timeout", "gives_up_after_a_while", "drops_the_token", "short_window", "token_of_its_own"),
    needs="truth",
    conduct=_stays_for_the_window,
    timed=True,
)
def waits_the_window(s: NukiStep) -> Judged:
    """Check that a client waits for as long as the button can be pressed."""
    press = s.given.get("press")
    asked = s.traffic.to("/auth")
    if press is None or "fault" in s.given or not (s.before.up and s.before.auth_enabled):
        return UNTRIGGERED
    pressed = s.began + round(float(press) * 1_000_000)
    begun = asked[0].began if asked else s.began
    if not begun < pressed < begun + WINDOW:  # at the same instant the press comes before the call
        return UNTRIGGERED
    assert s.error is None, (
        f"the button was pressed {press} s after the call, within the window, but the client raised "
        f"{type(s.error).__name__}"
    )
    assert s.result == s.after.token, (
        f"the button was pressed {press} s after the call, within the window, but the client did not return the "
        "bridge's token"
    )
    return None


def _does_not_hammer(t: Traffic) -> Judged:
    """Check the traffic: after a 403 the client does not keep calling /auth."""
    disabled = t.to("/auth").answered(403)
    if not disabled:
        return UNTRIGGERED
    for refused in disabled:
        again = [x for x in t.to("/auth") if refused.began < x.began < refused.ended + WINDOW]
        assert len(again) < TRIES, (
            f"/auth answered 403 (disabled), and the client called it {len(again)} times more within 30 s"
        )
    return None


@law(
    "NK-AUTH-2",
    "distinguishes disabled (403) from not pressed, and does not call /auth again and again",
    on="authorize",
    evidence="/auth: HTTP 403 is returned if the authentication is disabled; without the button, a negative success",
    mutants=("forbidden_is_not_pressed", "not_pressed_is_disabled", "hammers_auth",
             "disabled_looks_unpressed", "asks_for_the_button_twice"),
    needs="results",
    conduct=_does_not_hammer,
    timed=True,
)  # fmt: skip
def disabled_is_not_unpressed(s: NukiStep) -> Judged:
    """Check that a client says which of the two it is: one needs the owner's switch, the other needs the button."""
    asked = s.traffic.to("/auth")
    answers = [x for x in asked if x.answered]
    known_disabled = s.truth_known and s.before.up and not s.before.auth_enabled and "fault" not in s.given
    if known_disabled or (answers and answers[-1].status == 403):
        assert isinstance(s.error, Disabled), "/auth is disabled, and the client did not say Disabled"
        assert len(asked) <= TRIES, f"/auth is disabled, and the client called it {len(asked)} times in one call"
        return None
    if not answers or answers[-1].status != 200 or answers[-1].success is not False:
        return UNTRIGGERED
    assert s.error is None, f"nobody pressed the button, which is not an error, and the client said {s.error!r}"
    assert s.result is None, "nobody pressed the button, and the client returned a token"
    windows = sum(x.success is False for x in answers)
    assert windows == 1, f"one call of the client waited for the button {windows} times"
    return None


def _stops_at_a_401(t: Traffic) -> Judged:
    """Check the traffic: a refused token is not sent again and again."""
    if not t.answered(401):
        return UNTRIGGERED
    refused: dict[str | None, int] = {}
    for x in t:
        token = x.param("token")
        if x.status == 401:
            refused[token] = refused.get(token, 0) + 1
        elif x.answered and x.path != "/auth":
            refused.pop(token, None)
        assert refused.get(token, 0) <= 3 * TRIES, (
            f"{refused[token]} requests in a row had the same refused token; a retry cannot help"
        )
    return None


@law(
    "NK-AUTH-3",
    "a 401 is a credential error",
    on=TOKEN_CALLS,
    evidence="every endpoint with a token: HTTP 401 is returned if the given token is invalid",
    mutants=("unauthorized_is_unavailable", "unauthorized_is_empty", "retries_a_refused_token",
             "any_token_will_do", "wrong_token_is_not_found"),
    needs="results",
    conduct=_stops_at_a_401,
)  # fmt: skip
def refused_token_is_a_credential_error(s: NukiStep) -> Judged:
    """Check that a client does not take a refused token for a network problem: only another token helps."""
    answers = [x for x in s.traffic if x.answered and x.path != "/discover/bridges"]
    refused = [x for x in answers if x.status == 401]
    wrong = s.given.get("token") == "wrong" and answers and "fault" not in s.given
    if _refused_for_its_time(s):
        return UNTRIGGERED
    if not wrong and (not refused or answers[-1] is not refused[-1]):
        return UNTRIGGERED
    assert isinstance(s.error, CredentialError), (
        f"the token was refused, and the client {_outcome(s)} instead of CredentialError"
    )
    assert len(refused) <= TRIES, f"the token was refused {len(refused)} times in one call; a retry cannot help"
    return None


def _outcome(s: NukiStep) -> str:
    return f"said {type(s.error).__name__}" if s.error is not None else f"answered {s.result!r}"


def _refused_for_its_time(s: NukiStep) -> bool:
    """Return whether a right hashed or encrypted token was refused since the clocks of client and bridge differ."""
    if not s.truth_known or s.given.get("token") == "wrong" or abs(s.before.clock_error) <= CLOCK_TOLERANCE:
        return False
    return any(x.status == 401 and (x.param("hash") or x.param("ctoken")) for x in s.traffic)


@law(
    "NK-AUTH-4",
    "a hash that is refused because two clocks differ is not a wrong token",
    on=(*TOKEN_CALLS, "refresh"),
    evidence="bridge document 1.13.3 §3.2.2: only valid with a sufficiently current timestamp; /info: currentTime",
    mutants=("clock_is_your_token",),
    needs="truth",
    shown_by=("list_locks",),
    timed=True,
)
def another_time_is_not_another_token(s: NukiStep) -> Judged:
    """Check that a client looks at the bridge's clock before it sends the user for a new token, which would not help."""
    if not _refused_for_its_time(s):
        return UNTRIGGERED
    assert not isinstance(s.error, CredentialError), (
        f"the bridge's clock is {abs(s.before.clock_error)} s off, and the client said that the token is wrong"
    )
    return None


@law(
    "NK-AUTH-5",
    "sends the newest token that it was given, whole",
    on=(*TOKEN_CALLS, "refresh"),
    evidence="/auth: token, the api token; every endpoint: token, the api token",
    mutants=("keeps_its_old_token", "cuts_the_token", "forgets_the_token_if_not_pressed", "once_refused_never_again",
             "drops_a_refused_token"),
    needs="truth",
    shown_by=("authorize", "list_locks"),
)  # fmt: skip
def uses_the_newest_token(s: NukiStep) -> Judged:
    """Check that a client that has got the bridge's token uses it from then on, and keeps it when nobody pressed."""
    if s.given.get("token") == "wrong" or "fault" in s.given or not s.before.up:
        return UNTRIGGERED
    sent = [x for x in s.traffic if x.path not in ("/auth", "/discover/bridges")]
    for x in sent:
        assert _carries(x, s.before.token), f"the client knows the bridge's token, and sent {x.path} without it"
    assert sent or not isinstance(s.error, CredentialError), (
        "the client knows the bridge's token, and said CredentialError without asking the bridge"
    )
    return None if sent else UNTRIGGERED


def _carries(x: Exchange, token: str) -> bool:
    """Return whether a request has this token. What is encrypted is taken for it."""
    ts, rnr, hashed = x.param("ts"), x.param("rnr"), x.param("hash")
    if hashed is not None:
        return hashed == sha256(f"{ts},{rnr},{token}".encode()).hexdigest()
    return x.param("token") == token or x.param("ctoken") is not None


@law(
    "NK-AUTH-6",
    "a lost answer of /auth does not mean that nobody pressed the button",
    on="authorize",
    evidence="/auth: without the button, the answer has a negative success; no answer says nothing",
    mutants=("lost_auth_is_not_pressed",),
    needs="results",
)
def a_lost_answer_is_not_unpressed(s: NukiStep) -> Judged:
    """Check that a client says that it could not ask: who pressed the button in vain looks for the fault in the button."""
    asked = s.traffic.to("/auth")
    if not asked or (asked[-1].status in (200, 403) and not asked[-1].broken):
        return UNTRIGGERED
    assert s.error is not None or s.result is not None, (
        f"/auth was {asked[-1].broken or asked[-1].status}, and the client said that nobody pressed the button"
    )
    return None
