"""How a guest behaves: within the rate, in one version, with ears for what it is told, and with its mouth shut."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange, Traffic
from lockpact.remotelock.exchanges import (
    SECOND,
    api,
    errors_of,
    general_error,
    remaining,
    reset_at,
    sent_header,
    token_of,
    tokens_in,
    unhindered,
)
from lockpact.remotelock.laws.authorization import API_CALLS
from lockpact.remotelock.port import Credential, Invalid, Refused
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
)
WINDOW = 60 * SECOND

EVERY_CALL = ("made", "authorize_url", "signed_in", "resume", *API_CALLS, "bolt", "on_webhook", "seen")


def _waits(t: Traffic) -> Judged:
    """Of conduct: nothing is sent between a 429 and the reset that it tells of."""
    limited = [x for x in api(t) if x.answered and x.status == 429]
    if not limited:
        return UNTRIGGERED
    for x in limited:
        reset = reset_at(x)
        assert reset is not None, "a 429 tells no X-RateLimit-Reset"
        assert x.decided < reset <= x.decided + WINDOW, (
            "a 429 tells a reset that is no moment of the coming minute, and so nobody can wait for it"
        )
        early = [y for y in _after(t, x) if y.began < reset]
        assert not early, (
            f"a 429 said that the limit resets in {(reset - x.ended) / SECOND:.0f} s, and {early[0].method} "
            f"{early[0].path} was sent after {(early[0].began - x.ended) / SECOND:.1f} s"
        )
    return None


def _after(t: Traffic, x: Exchange) -> list[Exchange]:
    """What was sent to the API once this was answered (at one instant, the order tells), for the same account.

    The limit is an account's, and which account it is only the token tells.
    """
    asked = list(api(t))
    place = next(number for number, y in enumerate(asked) if y is x)
    return [y for y in asked[place + 1 :] if y.began >= x.ended and token_of(y) == token_of(x)]


@law(
    "RL-RATE-1",
    "after 429 waits until the reset, then completes",
    on=API_CALLS,
    evidence="Rate Limiting: 429 (Too Many Requests), X-RateLimit-Reset: UTC epoch seconds in which the window will reset",
    mutants=(
        "gives_up_at_the_limit",
        "tries_again_at_once",
        "waits_a_fixed_while",
        "limit_without_a_reset",
        "reset_is_past",
    ),
    needs="results",
    conduct=_waits,
    shown_by=("user",),
)
def waits_for_the_reset(s: RemoteLockStep) -> Judged:
    """A minute is a short time, and another request before its end is a wasted one."""
    limited = [x for x in api(s.traffic) if x.answered and x.status == 429]
    if not limited:
        return UNTRIGGERED
    _waits(s.traffic)
    if not unhindered(s.traffic) or s.given.get("fault"):
        return None
    assert api(s.traffic)[-1].status != 429, "the rate limit was exceeded, and the client did not wait for its reset"
    return None


def _heeds_the_headers(t: Traffic) -> Judged:
    """Of conduct: after `X-RateLimit-Remaining: 0` nothing is sent before the reset."""
    spent = [x for x in api(t) if x.answered and remaining(x) == 0]
    if not spent:
        return UNTRIGGERED
    for x in spent:
        reset = reset_at(x)
        early = [y for y in _after(t, x) if reset is not None and y.began < reset]
        assert not early, (
            f"an answer said that no request was left until the reset, and {early[0].method} {early[0].path} was sent "
            f"{((reset or 0) - early[0].began) / SECOND:.0f} s before it"
        )
    return None


@law(
    "RL-RATE-2",
    "never sends a burst that it knows to be over",
    on=API_CALLS,
    evidence="Rate Limiting: X-RateLimit-Remaining: the number of requests remaining in current rate limit window",
    mutants=("ignores_what_remains", "heeds_what_remains_in_one_call_only", "remaining_is_never_told"),
    needs="results",
    conduct=_heeds_the_headers,
    shown_by=("user",),
)
def knows_when_it_is_over(s: RemoteLockStep) -> Judged:
    """The headers say it before the 429 does."""
    if s.given.get("at_once"):
        return UNTRIGGERED  # what another process was told, this one cannot know
    process = s.given.get("process", 0)
    for x in api(s.traffic):
        if x.answered and x.status not in (None, 401) and (x.status or 0) < 500 and not x.altered:
            assert remaining(x) is not None, f"the answer to {x.method} {x.path} does not tell X-RateLimit-Remaining"
    known = [
        x for e in s.earlier if e.given.get("process", 0) == process and not e.given.get("at_once") for x in e.traffic
    ]
    recent = [x for x in known if x.ended + WINDOW >= s.began]
    return _heeds_the_headers(Traffic([*recent, *s.traffic])) if len(api(s.traffic)) else UNTRIGGERED


@law(
    "RL-ERR-1",
    "gives attribute errors to its caller",
    on=WRITES,
    evidence="Errors, Resource errors: attribute, messages, full_messages; null when it is not of a particular attribute",
    mutants=("swallows_errors", "only_the_first_message", "drops_errors_of_no_attribute",
             "invalid_is_unavailable", "errors_are_empty", "invalid_is_a_bad_request"),
    needs="results",
)  # fmt: skip
def gives_attribute_errors(s: RemoteLockStep) -> Judged:
    """Somebody filled in a form, and must be told which field is wrong."""
    answers = [x for x in api(s.traffic) if x.answered]
    if not answers or not unhindered(s.traffic) or s.given.get("fault"):
        return UNTRIGGERED
    wrong = s.given.get("wrong")
    errors = errors_of(answers[-1])
    if errors is None and wrong is None:
        return UNTRIGGERED
    assert isinstance(s.error, Invalid), (
        f"{answers[-1].method} {answers[-1].path} was answered {answers[-1].status}, what was sent is wrong, and the client "
        + (f"said {type(s.error).__name__} instead of Invalid" if s.error is not None else "did not tell")
    )
    if wrong is not None:
        assert wrong in s.error.errors, f"what was sent as {wrong} is wrong, and no error is about {wrong}"
    for attribute, messages in (errors or {}).items():
        assert messages, f"an error about {attribute} has no message"
        told = s.error.errors.get(attribute)
        assert told is not None, f"an error about {attribute or 'no attribute'} did not reach the caller"
        assert set(messages) <= set(told), f"{messages} about {attribute} were told, and {told} reached the caller"
    return None


@law(
    "RL-ERR-2",
    "tells resource from general errors",
    on=(*API_CALLS,),
    evidence="Errors, General errors: application-wide errors with message and type",
    mutants=("general_is_invalid", "resource_is_general", "general_is_unavailable", "drops_the_type",
             "general_looks_like_a_resource_error"),
    needs="results",
    shown_by=("set_up", "create_user"),
)  # fmt: skip
def tells_errors_apart(s: RemoteLockStep) -> Judged:
    """One is for whoever filled in the form, the other for whoever pays the bill."""
    answers = [x for x in api(s.traffic) if x.answered]
    if not answers or not unhindered(s.traffic):
        return UNTRIGGERED
    last = answers[-1]
    if s.given.get("unpaid") and s.call == "set_up":
        assert general_error(last) is not None, "the account has no subscription, and the answer is no general error"
    if errors_of(last) is not None:
        assert not isinstance(s.error, Refused), "a resource error reached the caller as a general one"
        return None
    general = general_error(last)
    if general is None or last.status in (401, 404, 406, 415, 429):
        return UNTRIGGERED
    assert isinstance(s.error, Refused), "a general error was answered, and the client " + (
        f"said {type(s.error).__name__} instead of Refused" if s.error is not None else "did not tell"
    )
    assert (s.error.type, s.error.message) == general, (
        f"the general error was {general}, and the caller was told {(s.error.type, s.error.message)}"
    )
    return None


_ACCEPT = re.compile(r"application/vnd\.lockstate(\.v\d+\+json|\+json\s*;\s*version=\d+)")


@law(
    "RL-VERS-1",
    "names the version",
    evidence="API versioning: it is strongly recommended to explicitly specify the version, in the URL or in Accept",
    mutants=("names_no_version", "names_the_version_when_it_reads", "accepts_any_json"),
    needs="traffic",
)
def names_the_version(t: Traffic) -> Judged:
    """Without, the next version arrives unannounced."""
    if not api(t):
        return UNTRIGGERED
    for x in api(t):
        named = re.match(r"/v\d+/", x.path) or _ACCEPT.search(sent_header(x, "Accept"))
        assert named, f"{x.method} {x.path} named no version, in its path or in Accept"
    return None


@law(
    "RL-SECRET-1",
    "tokens, client secret and PINs are in no log line and no exception text",
    on=EVERY_CALL,
    evidence="they open doors; logs and error reports are read by many",
    mutants=("logs_its_bodies", "logs_its_token", "raises_with_the_pin", "leaves_the_secret_in_the_cause"),
    needs="results",
    shown_by=("user", "create_user"),
)
def keeps_secrets(s: RemoteLockStep) -> Judged:
    """They stand in headers and bodies, and those stand in libraries' logs and exceptions."""
    if not s.logs and s.error is None:
        return UNTRIGGERED
    secrets = {*s.secrets, *tokens_in(s.traffic), *_pins(s)}
    if not secrets:
        return UNTRIGGERED
    for line in s.logs:
        assert not any(secret in line for secret in secrets), f"a secret is in a log line of {line.split()[0]}"
    for error in _chain(s.error):
        assert not any(secret in f"{error} {error!r}" for secret in secrets), (
            f"a secret is in the text of {type(error).__name__}" + ("" if error is s.error else ", which caused it")
        )
    return None


def _pins(s: RemoteLockStep) -> Iterator[str]:
    """PINs that are long enough not to be met by chance."""
    for value in s.arguments.values():
        pin = value.pin if isinstance(value, Credential) else None
        if pin is not None and len(pin) >= 8:
            yield pin


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, and all that its traceback tells of what it came from."""
    while error is not None:
        yield error
        error = error.__cause__ if error.__cause__ or error.__suppress_context__ else error.__context__
