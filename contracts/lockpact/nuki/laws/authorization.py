"""Authorization: /auth and the button, and a token that is refused."""

from __future__ import annotations

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Traffic
from lockpact.nuki.port import CredentialError, Disabled
from lockpact.nuki.truth import NukiStep

__all__ = ["disabled_is_not_unpressed", "refused_token_is_a_credential_error", "waits_the_window"]

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
    mutants=("forbidden_is_not_pressed", "not_pressed_is_disabled", "hammers_auth", "disabled_looks_unpressed"),
    needs="results",
    conduct=_does_not_hammer,
)
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
    mutants=("unauthorized_is_unavailable", "unauthorized_is_empty", "retries_a_refused_token", "any_token_will_do",
             "wrong_token_is_not_found"),
    needs="results",
    conduct=_stops_at_a_401,
)  # fmt: skip
def refused_token_is_a_credential_error(s: NukiStep) -> Judged:
    """Check that a client does not take a refused token for a network problem: only another token helps."""
    answers = [x for x in s.traffic if x.answered and x.path != "/discover/bridges"]
    refused = [x for x in answers if x.status == 401]
    wrong = s.given.get("token") == "wrong" and answers and "fault" not in s.given
    if not wrong and (not refused or answers[-1] is not refused[-1]):
        return UNTRIGGERED
    assert isinstance(s.error, CredentialError), (
        f"the token was refused, and the client {_outcome(s)} instead of CredentialError"
    )
    assert len(refused) <= TRIES, f"the token was refused {len(refused)} times in one call; a retry cannot help"
    return None


def _outcome(s: NukiStep) -> str:
    return f"said {type(s.error).__name__}" if s.error is not None else f"answered {s.result!r}"
