"""How a client behaves: it obeys the rate limit, names the version, reports errors, and keeps secrets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.secrets import leak
from lockpact.core.traffic import Exchange, Traffic
from lockpact.remotelock.exchanges import (
    SECOND,
    api,
    errors_of,
    general_error,
    lost,
    remaining,
    reset_at,
    sent_header,
    token_of,
    tokens_in,
    unhindered,
)
from lockpact.remotelock.laws.authorization import API_CALLS
from lockpact.remotelock.port import Credential, Invalid, PinTaken, Refused
from lockpact.remotelock.truth import RemoteLockStep

__all__ = [
    "gives_attribute_errors",
    "keeps_secrets",
    "knows_when_it_is_over",
    "names_the_version",
    "tells_errors_apart",
    "waits_for_the_reset",
]

WRITES = (
    "create_user",
    "create_guest",
    "extend",
    "grant",
    "set_up",
    "invite",
    "end",
    "revoke",
    "remove_local_pin",
    "order",
    "subscribe",
)
WINDOW = 60 * SECOND

EVERY_CALL = ("made", "authorize_url", "signed_in", "resume", *API_CALLS, "bolt", "on_webhook", "seen")


def _waits(t: Traffic) -> Judged:
    """Check that nothing is sent between a 429 and the reset time in its headers."""
    limited = [x for x in api(t) if x.answered and x.status == 429]
    if not limited:
        return UNTRIGGERED
    for x in limited:
        reset = reset_at(x)
        assert reset is not None, "a 429 has no X-RateLimit-Reset"
        assert x.decided < reset <= x.decided + WINDOW, (
            "the X-RateLimit-Reset of a 429 is not within the next minute, so no client can wait for it"
        )
        early = [y for y in _after(t, x) if y.began < reset]
        assert not early, (
            f"a 429 said that the limit resets in {(reset - x.ended) / SECOND:.0f} s, and {early[0].method} "
            f"{early[0].path} was sent after {(early[0].began - x.ended) / SECOND:.1f} s"
        )
    return None


def _after(t: Traffic, x: Exchange) -> list[Exchange]:
    """Return the API requests for the same account that were sent after this answer.

    The limit is per account, and only the token identifies the account.
    """
    requests = list(api(t))
    position = next(number for number, y in enumerate(requests) if y is x)
    return [y for y in requests[position + 1 :] if y.began >= x.ended and token_of(y) == token_of(x)]


@law(
    "RL-RATE-1",
    "waits after a 429 until the reset, then completes the call",
    on=API_CALLS,
    evidence="Rate Limiting: 429 (Too Many Requests), X-RateLimit-Reset: UTC epoch seconds in which the window will reset",
    mutants=(
        "gives_up_at_the_limit",
        "tries_again_at_once",
        "waits_a_fixed_while",
        "reset_is_a_duration",
        "limit_without_a_reset",
        "reset_is_past",
        "resets_by_its_own_clock",
    ),
    needs="results",
    conduct=_waits,
    shown_by=("user",),
    timed=True,
)
def waits_for_the_reset(s: RemoteLockStep) -> Judged:
    """Another request before the reset is refused, too."""
    limited = [x for x in api(s.traffic) if x.answered and x.status == 429]
    if not limited:
        return UNTRIGGERED
    _waits(s.traffic)
    assert s.ended <= limited[-1].decided + 3 * WINDOW, (
        f"the rate limit resets within a minute, and the client waited {(s.ended - limited[-1].decided) // SECOND} s"
    )
    if not unhindered(s.traffic) or s.given.get("fault"):
        return None
    assert api(s.traffic)[-1].status != 429, "the rate limit was exceeded, and the client did not wait for its reset"
    return None


def _obeys_the_headers(t: Traffic) -> Judged:
    """Check that nothing is sent between `X-RateLimit-Remaining: 0` and the reset."""
    spent = [x for x in api(t) if x.answered and remaining(x) == 0]
    if not spent:
        return UNTRIGGERED
    for x in spent:
        reset = reset_at(x)
        early = [y for y in _after(t, x) if reset is not None and y.began < reset]
        assert not early, (
            f"an answer said that no request remains until the reset, and {early[0].method} {early[0].path} was sent "
            f"{((reset or 0) - early[0].began) / SECOND:.0f} s before it"
        )
    return None


@law(
    "RL-RATE-2",
    "sends nothing when it knows that no request remains",
    on=API_CALLS,
    evidence="Rate Limiting: X-RateLimit-Remaining: the number of requests remaining in current rate limit window",
    mutants=(
        "ignores_what_remains",
        "heeds_what_remains_in_one_call_only",
        "remaining_is_never_told",
        "notes_the_limit_when_it_reads",
    ),
    needs="results",
    conduct=_obeys_the_headers,
    shown_by=("user",),
    timed=True,
)
def knows_when_it_is_over(s: RemoteLockStep) -> Judged:
    """The headers show it before the 429 does."""
    if s.given.get("at_once"):
        return UNTRIGGERED  # one process does not know what another was told
    process = s.given.get("process", 0)
    for x in api(s.traffic):
        if not lost(x) and x.status not in (None, 401) and not x.altered:
            assert remaining(x) is not None, f"the answer to {x.method} {x.path} has no X-RateLimit-Remaining"
    known = [
        x
        for e in s.since_made
        if e.given.get("process", 0) == process and not e.given.get("at_once")
        for x in e.traffic
    ]
    recent = [x for x in known if x.ended + WINDOW >= s.began]
    return _obeys_the_headers(Traffic([*recent, *s.traffic])) if len(api(s.traffic)) else UNTRIGGERED


@law(
    "RL-ERR-1",
    "reports attribute errors to its caller",
    on=WRITES,
    evidence="Errors, Resource errors: attribute, messages, full_messages; null when it is not of a particular attribute",
    mutants=(
        "refuses_by_itself",
        "sends_what_was_refused",
        "swallows_errors",
        "only_the_first_message",
        "only_the_first_attribute",
        "drops_errors_of_no_attribute",
        "invalid_is_unavailable",
        "errors_are_empty",
        "invalid_is_a_bad_request",
        "one_message_an_attribute",
        "mails_without_an_address",
        "anything_taken_is_a_pin",
        "subscribes_nowhere",
    ),
    needs="results",
)
def gives_attribute_errors(s: RemoteLockStep) -> Judged:
    """A user who filled in a form must learn which field is wrong."""
    answers = [x for x in api(s.traffic) if x.answered]
    assert answers or not isinstance(s.error, Invalid), "the client raised Invalid without asking RemoteLock"
    refused = Counter((x.method, x.target) for x in answers if x.status in (400, 403, 404, 422))
    for (method, target), times in refused.items():
        assert times <= 2, (
            f"{method} {target} was refused, and the client sent it {times} times; only another value helps"
        )
    if not answers or not unhindered(s.traffic) or s.given.get("fault"):
        return UNTRIGGERED
    wrong = s.given.get("wrong")
    errors = errors_of(answers[-1])
    assert not isinstance(s.error, PinTaken) or "pin" in (errors or ()), (
        "RemoteLock refused something else than a PIN, and the client raised PinTaken"
    )
    if errors is None and wrong is None:
        assert not isinstance(s.error, Invalid), (
            "RemoteLock refused no attribute, and the client raised Invalid by itself"
        )
        return UNTRIGGERED
    assert isinstance(s.error, Invalid), (
        f"{answers[-1].method} {answers[-1].path} was answered {answers[-1].status} for an invalid attribute, and the client "
        + (f"raised {type(s.error).__name__} instead of Invalid" if s.error is not None else "raised nothing")
    )
    if wrong is not None:
        assert wrong in s.error.errors, f"the value of {wrong} is invalid, and no error is about {wrong}"
    for attribute, messages in (errors or {}).items():
        assert messages, f"an error about {attribute} has no message"
        reported = s.error.errors.get(attribute)
        assert reported is not None, f"the error about {attribute or 'no attribute'} did not reach the caller"
        assert set(messages) <= set(reported), (
            f"the messages about {attribute} are {messages}, and the caller got {reported}"
        )
    return None


@law(
    "RL-ERR-2",
    "distinguishes resource errors from general errors",
    on=(*API_CALLS,),
    evidence="Errors, General errors: application-wide errors with message and type",
    mutants=("general_is_invalid", "resource_is_general", "general_is_unavailable", "drops_the_type",
             "general_looks_like_a_resource_error"),
    needs="results",
    shown_by=("set_up", "create_user"),
)  # fmt: skip
def tells_errors_apart(s: RemoteLockStep) -> Judged:
    """A resource error is for the user who filled in a form. A general error is for the operator."""
    answers = [x for x in api(s.traffic) if x.answered]
    if not answers or not unhindered(s.traffic):
        return UNTRIGGERED
    last = answers[-1]
    if s.given.get("unpaid") and s.call == "set_up":
        assert general_error(last) is not None, "the account has no subscription, and the answer is not a general error"
    if errors_of(last) is not None:
        assert not isinstance(s.error, Refused), "a resource error reached the caller as a general error"
        return None
    general = general_error(last)
    if general is None or last.status in (401, 404, 406, 415, 429):
        return UNTRIGGERED
    assert isinstance(s.error, Refused), "the answer was a general error, and the client " + (
        f"raised {type(s.error).__name__} instead of Refused" if s.error is not None else "raised nothing"
    )
    assert (s.error.type, s.error.message) == general, (
        f"the general error was {general}, and the caller got {(s.error.type, s.error.message)}"
    )
    return None


_ACCEPT = re.compile(r"application/vnd\.lockstate(\.v\d+\+json|\+json\s*;\s*version=\d+)")


@law(
    "RL-VERS-1",
    "names the version",
    evidence="API versioning: it is strongly recommended to explicitly specify the version, in the URL or in Accept",
    mutants=("names_no_version", "names_the_version_when_it_reads", "accepts_any_json", "names_another_media_type"),
    needs="traffic",
)
def names_the_version(t: Traffic) -> Judged:
    """A client without a version gets the next version without notice."""
    if not api(t):
        return UNTRIGGERED
    for x in api(t):
        named = re.match(r"/v\d+/", x.path) or _ACCEPT.search(sent_header(x, "Accept"))
        assert named, f"{x.method} {x.path} named no version in its path or in Accept"
    return None


@law(
    "RL-SECRET-1",
    "keeps tokens, the client secret and PINs out of logs and exception texts",
    on=EVERY_CALL,
    evidence="they open doors; logs and error reports are read by many",
    mutants=("logs_its_bodies", "logs_its_token", "raises_with_the_pin", "leaves_the_secret_in_the_cause"),
    needs="results",
    shown_by=("user", "create_user"),
)
def keeps_secrets(s: RemoteLockStep) -> Judged:
    """Libraries log headers and bodies, and put them into exceptions."""
    if not s.logs and s.error is None:
        return UNTRIGGERED
    secrets = {*s.secrets, *tokens_in(s.traffic), *_pins(s)}
    if not secrets:
        return UNTRIGGERED
    place = leak(s.logs, s.error, secrets)
    assert place is None, f"a secret is in {place}"
    return None


def _pins(s: RemoteLockStep) -> Iterator[str]:
    """Return the call's PINs that are too long to be found by chance."""
    for value in s.arguments.values():
        pin = value.pin if isinstance(value, Credential) else None
        if pin is not None and len(pin) >= 8:
            yield pin
