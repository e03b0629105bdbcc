"""Laws on errors of the API, and on keeping the keys secret."""

from __future__ import annotations

from collections.abc import Mapping

from lockpact.codelocks.port import AccessKeyError, CredentialError, InvalidData, Missing, QuotaSpent, Unavailable
from lockpact.codelocks.truth import CodelocksStep
from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.secrets import leak
from lockpact.core.traffic import Exchange, Traffic

__all__ = ["asks_for_the_new_access_key", "keeps_keys_to_itself", "tells_refusals_apart"]

REQUESTS = 5
"""The most times that one call may send the same request."""
API_KEY_LENGTH = 40
"""The least length of an API key. An access key is shorter."""

READING = ("show", "initialise", "initialise_with", "list_locks", "periods", "admitted", "audit", "entered")
CHANGING = ("invite", "set_periods", "suspend")
K3_CALLS = (
    "use_access_key",
    "list_locks",
    "periods",
    "admitted",
    "audit",
    "entered",
    "invite",
    "set_periods",
    "suspend",
    "show",
)
EVERY_CALL = ("made", *READING, *CHANGING, "cancel", "use_access_key")

ERRORS: Mapping[int, type[Exception]] = {
    400: InvalidData,
    403: CredentialError,
    404: Missing,
    429: QuotaSpent,
    500: Unavailable,
    502: Unavailable,
}


def refuses_the_access_key(x: Exchange) -> bool:
    """Return whether an answer refuses the access key: 401, or a 400 whose text says so."""
    return x.answered and (x.status == 401 or (x.status == 400 and b"access key" in x.answer.lower()))


def _same(one: Exchange, other: Exchange) -> bool:
    return (one.method, one.target, one.body) == (other.method, other.target, other.body)


@law(
    "CL-ERR-1",
    "distinguishes 400, 403, 404, 429 and 502, and retries only the last two, a few times",
    on=("made", *READING, *CHANGING),
    evidence="the response codes of each operation; vendor-facts: over quota 429",
    mutants=("all_is_unavailable", "missing_is_invalid", "retries_bad_requests", "never_retries", "retries_for_ever",
             "accepts_any_key", "wrong_key_is_not_found", "stays_down_for_ever"),
    needs="results",
)  # fmt: skip
def tells_refusals_apart(s: CodelocksStep) -> Judged:
    """Each needs another remedy: other data, another key, a larger plan, or time."""
    refused = [x for x in s.traffic if x.broken or x.status not in (200, None)]
    if s.given.get("key") == "wrong":
        for x in s.traffic:
            assert x.broken or x.status == 403 or "fault" in s.given, (
                f"the API key is wrong, and the API answered {x.status} instead of 403"
            )
    if not refused:
        return UNTRIGGERED
    for x in s.traffic:
        times = sum(_same(x, y) for y in s.traffic)
        assert times <= REQUESTS, f"the client sent the same request {times} times in one call"
        if x.answered and x.status in (400, 401, 403, 404):
            repeated = [y for y in s.traffic if _same(x, y) and y.began >= x.ended and y is not x]
            assert not repeated, f"the API answered HTTP {x.status}, and the client sent the same request again"
    last = s.traffic[-1]
    if not refuses_the_access_key(last) and (last.broken or last.status in ERRORS):
        expected = Unavailable if last.broken or last.status is None else ERRORS[last.status]
        what = f"the API answered HTTP {last.status}" if not last.broken else "there was no complete answer"
        assert isinstance(s.error, expected), f"{what}: expected {expected.__name__}, the client {_outcome(s)}"
    if (
        s.call in READING
        and s.given.get("fault") == "tertiary"
        and s.given.get("times") == 1
        and s.given.get("key") != "wrong"
    ):
        assert not isinstance(s.error, Unavailable), (
            "the API answered HTTP 502 once, and the client did not try again" if len(s.traffic) == 1
            else "the API answered HTTP 502 once, and the client's retries failed too"
        )  # fmt: skip
    return None


@law(
    "CL-ROT-1",
    "reports a changed access key, and does not go on with the old one",
    on=K3_CALLS,
    evidence="GET …/netcode/{id}, K3Connect: if the access key is changed then you will be unable to generate NetCodes "
    "until you update your requests with the new access key",
    mutants=("loops_with_the_old_key", "shows_no_locks_for_a_refused_key", "accepts_the_old_key"),
)
def asks_for_the_new_access_key(s: CodelocksStep) -> Judged:
    """Only the account's owner knows the new one."""
    if s.given.get("access") != "old" or "fault" in s.given or s.given.get("key") == "wrong" or not s.traffic:
        return UNTRIGGERED
    if s.call == "show" and not s.arguments["stay"].lock.k3:
        return UNTRIGGERED
    for x in s.traffic:
        assert x.broken or x.status != 200, "the access key was changed, and the API still accepts the old one"
    refused = [x for x in s.traffic if refuses_the_access_key(x)]
    if refused:
        assert isinstance(s.error, AccessKeyError), (
            f"the API refused the access key: expected AccessKeyError, the client {_outcome(s)}"
        )
        assert len(s.traffic) <= 2, f"the API refused the access key, and the client used it {len(s.traffic)} times"
    return None


def _outcome(s: CodelocksStep) -> str:
    return f"raised {type(s.error).__name__}" if s.error is not None else f"returned {s.result!r}"


def _key_in_the_header(t: Traffic) -> Judged:
    """Judge traffic alone: the API key is in its header, and in no URL."""
    sent = [(x, value) for x in t for name, value in x.headers if name.lower() == "x-api-key"]
    if not sent:
        return UNTRIGGERED
    for x, key in sent:
        assert not key or key not in x.target, f"the API key is in the URL of {x.path}"
    return None


@law(
    "CL-KEY-1",
    "sends the API key in the header, and puts no key into a URL, log or exception",
    on=EVERY_CALL,
    evidence="API AUTHENTICATION: the API key in the HTTP header x-api-key; Authentication: keep your API keys secure",
    mutants=("key_in_the_query", "logs_its_headers", "raises_with_the_url"),
    needs="results",
    conduct=_key_in_the_header,
)
def keeps_keys_to_itself(s: CodelocksStep) -> Judged:
    """Proxies log URLs. The access key has to be in them, the API key does not."""
    if not s.secrets or not (s.logs or s.error or s.traffic):
        return UNTRIGGERED
    for x in s.traffic:
        leaked = [secret for secret in s.secrets if len(secret) >= API_KEY_LENGTH and secret in x.target]
        assert not leaked, f"the API key is in the URL of {x.path}"
    place = leak(s.logs, s.error, s.secrets)
    assert place is None, f"a key is in {place}"
    return None
