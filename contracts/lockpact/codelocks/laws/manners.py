"""How a client takes a refusal, and what it keeps to itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lockpact.codelocks.port import AccessKeyError, CredentialError, InvalidData, Missing, QuotaSpent, Unavailable
from lockpact.codelocks.truth import CodelocksStep
from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange, Traffic

__all__ = ["asks_for_the_new_access_key", "keeps_keys_to_itself", "tells_refusals_apart"]

REQUESTS = 5
"""How often one call may send the same request."""
API_KEY = 40
"""Characters that an API key has at least; an access key has fewer."""

ASKING = ("show", "initialise", "list_locks", "periods", "admitted", "audit", "entered")
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
EVERY_CALL = ("made", *ASKING, *CHANGING, "cancel", "use_access_key")

ERRORS: Mapping[int, type[Exception]] = {
    400: InvalidData,
    403: CredentialError,
    404: Missing,
    429: QuotaSpent,
    500: Unavailable,
    502: Unavailable,
}


def names_the_access_key(x: Exchange) -> bool:
    """Whether an answer refuses the access key: 401, or a 400 that says so."""
    return x.answered and (x.status == 401 or (x.status == 400 and b"access key" in x.answer.lower()))


def _same(one: Exchange, other: Exchange) -> bool:
    return (one.method, one.target, one.body) == (other.method, other.target, other.body)


@law(
    "CL-ERR-1",
    "tells 400, 403, 404, 429 and 502 apart, and retries only the last two boundedly",
    on=("made", *ASKING, *CHANGING),
    evidence="the response codes of each operation; vendor-facts: over quota 429",
    mutants=("all_is_unavailable", "missing_is_invalid", "retries_bad_requests", "never_retries", "retries_for_ever",
             "any_key_will_do", "wrong_key_is_not_found", "once_down_always_down"),
    needs="results",
)  # fmt: skip
def tells_refusals_apart(s: CodelocksStep) -> Judged:
    """Against each of them something else helps: other data, a key, money, time."""
    refused = [x for x in s.traffic if x.broken or x.status not in (200, None)]
    if s.given.get("key") == "wrong":
        for x in s.traffic:
            assert x.broken or x.status == 403 or "fault" in s.given, (
                f"the API key is wrong, and the API answered {x.status}"
            )
    if not refused:
        return UNTRIGGERED
    for x in s.traffic:
        times = sum(_same(x, y) for y in s.traffic)
        assert times <= REQUESTS, f"the client sent the same request {times} times in one call"
        if x.answered and x.status in (400, 401, 403, 404):
            again = [y for y in s.traffic if _same(x, y) and y.began >= x.ended and y is not x]
            assert not again, f"HTTP {x.status} was answered, and the client sent the same request again"
    last = s.traffic[-1]
    if not names_the_access_key(last) and (last.broken or last.status in ERRORS):
        expected = Unavailable if last.broken or last.status is None else ERRORS[last.status]
        how = f"HTTP {last.status} was answered" if not last.broken else "no whole answer came"
        told = type(s.error).__name__ if s.error is not None else f"answered {s.result!r}"
        assert isinstance(s.error, expected), f"{how}, and the client did not say {expected.__name__}: {told}"
    if (
        s.call in ASKING
        and s.given.get("fault") == "tertiary"
        and s.given.get("times") == 1
        and s.given.get("key") != "wrong"
    ):
        assert not isinstance(s.error, Unavailable), (
            "HTTP 502 was answered once, and the client gave up at once" if len(s.traffic) == 1
            else "HTTP 502 was answered to one request, and the client's further tries did not help"
        )  # fmt: skip
    return None


@law(
    "CL-ROT-1",
    "upon a changed access key asks for the new one, and does not try on",
    on=K3_CALLS,
    evidence="GET …/netcode/{id}, K3Connect: if the access key is changed then you will be unable to generate NetCodes "
    "until you update your requests with the new access key",
    mutants=("loops_with_the_old_key", "refused_key_is_no_locks", "old_key_goes_on"),
)
def asks_for_the_new_access_key(s: CodelocksStep) -> Judged:
    """Only the account's owner knows it."""
    if s.given.get("access") != "old" or "fault" in s.given or s.given.get("key") == "wrong" or not s.traffic:
        return UNTRIGGERED
    if s.call == "show" and not s.arguments["stay"].lock.k3:
        return UNTRIGGERED
    for x in s.traffic:
        assert x.broken or x.status != 200, "the access key was changed, and the API still takes the old one"
    refused = [x for x in s.traffic if names_the_access_key(x)]
    if refused:
        told = type(s.error).__name__ if s.error is not None else f"answered {s.result!r}"
        assert isinstance(s.error, AccessKeyError), f"the access key was refused, and the client did not say so: {told}"
        assert len(s.traffic) <= 2, f"the access key was refused, and the client went on with it {len(s.traffic)} times"
    return None


def _key_in_the_header(t: Traffic) -> Judged:
    """Of conduct: the key is in its header, and in no URL."""
    sent = [(x, value) for x in t for name, value in x.headers if name.lower() == "x-api-key"]
    if not sent:
        return UNTRIGGERED
    for x, key in sent:
        assert not key or key not in x.target, f"the API key is in the URL of {x.path}"
    return None


@law(
    "CL-KEY-1",
    "keys are in the header, and in no URL, log or exception",
    on=EVERY_CALL,
    evidence="API AUTHENTICATION: the API key in the HTTP header x-api-key; Authentication: keep your API keys secure",
    mutants=("key_in_the_query", "logs_its_headers", "raises_with_the_url"),
    needs="results",
    conduct=_key_in_the_header,
)
def keeps_keys_to_itself(s: CodelocksStep) -> Judged:
    """URLs stand in the logs of every proxy; the access key has to be in them, the API key has not."""
    if not s.secrets or not (s.logs or s.error or s.traffic):
        return UNTRIGGERED
    for x in s.traffic:
        told = [secret for secret in s.secrets if len(secret) >= API_KEY and secret in x.target]
        assert not told, f"the API key is in the URL of {x.path}"
    for line in s.logs:
        assert not any(secret in line for secret in s.secrets), f"a key is in a log line of {line.split()[0]}"
    for error in _chain(s.error):
        assert not any(secret in f"{error} {error!r}" for secret in s.secrets), (
            f"a key is in the text of {type(error).__name__}" + ("" if error is s.error else ", which caused it")
        )
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, and all that its traceback tells of what it came from."""
    while error is not None:
        yield error
        error = error.__cause__ if error.__cause__ or error.__suppress_context__ else error.__context__
