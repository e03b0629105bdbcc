"""Laws on errors of the API, and on keeping the keys secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from lockpact.codelocks.port import AccessKeyError, CredentialError, InvalidData, Missing, QuotaSpent, Unavailable
from lockpact.codelocks.truth import CodelocksStep
from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.secrets import leak
from lockpact.core.traffic import Exchange, Traffic

__all__ = [
    "asks_for_the_new_access_key",
    "keeps_codes_to_itself",
    "keeps_keys_to_itself",
    "succeeds_when_nothing_is_in_the_way",
    "tells_refusals_apart",
    "uses_the_new_access_key",
]

REQUESTS = 5
"""The most times that one call may send the same request."""
API_KEY_LENGTH = 40
"""The least length of an API key. An access key is shorter."""

READING = (
    "show",
    "initialise",
    "initialise_with",
    "list_locks",
    "periods",
    "admitted",
    "battery_low",
    "audit",
    "entered",
)
CHANGING = ("invite", "set_periods", "suspend", "remove")
K3_CALLS = (
    "use_access_key",
    "list_locks",
    "periods",
    "admitted",
    "battery_low",
    "audit",
    "entered",
    *CHANGING,
    "show",
)
SPARE = 40
"""More calls than any call of a client needs."""
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
             "no_locks_when_down", "nobody_when_missing", "keeps_what_arrived", "accepts_any_key",
             "wrong_key_is_not_found", "stays_down_for_ever", "shows_a_part_of_a_stay"),
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
    for n, x in enumerate(s.traffic):
        times = sum(_same(x, y) for y in s.traffic)
        assert times <= REQUESTS, f"the client sent the same request {times} times in one call"
        if x.answered and x.status in (400, 401, 403, 404):
            # Without a pause, requests before this one began at the same instant.
            repeated = [y for y in s.traffic[n + 1 :] if _same(x, y) and y.began >= x.ended]
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


@law(
    "CL-ROT-2",
    "uses the access key that it was given, from then on and for every request",
    on=K3_CALLS,
    evidence="GET …/netcode/{id}: until you update your requests with the new access key; accesskey; identifier",
    mutants=("ignores_the_new_key", "new_key_for_lists_only", "new_key_not_in_forms", "tries_the_new_key_first"),
    needs="results",
)
def uses_the_new_access_key(s: CodelocksStep) -> Judged:
    """A key that is kept in two places is changed in one."""
    given = [e.arguments["key"] for e in s.since_made if e.call == "use_access_key" and e.error is None]
    sent = [key for x in s.traffic for key in _access_keys(x)] if given else []
    if not sent:
        return UNTRIGGERED
    assert set(sent) <= {given[-1]}, "the client was given a new access key, and sent another one"
    return None


def _access_keys(x: Exchange) -> Iterator[str]:
    """Yield the access keys of a request: of the query, of the form, and of a K3Connect lock's NetCode."""
    name = "identifier" if x.param("lockmodel") == "K3CONNECT" else "accesskey"
    for key, value in (*x.query, *parse_qsl(x.body.decode("utf-8", "replace"))):
        if key == name:
            yield value


@law(
    "CL-DONE-1",
    "succeeds when nothing is in the way",
    on=("made", *READING, *CHANGING),
    evidence="the parameters and response codes of each operation",
    mutants=("misspelt_identifier", "quota_stays_spent", "key_stays_refused", "stops_all_locks", "no_plus_encoding",
             "access_key_in_the_query", "pages_from_zero", "refuses_a_stay_that_began", "stops_all_of_a_model"),
)  # fmt: skip
def succeeds_when_nothing_is_in_the_way(s: CodelocksStep) -> Judged:
    """Nothing is: no fault, no wrong key, no refusal by the state of the account. Faults of earlier calls are over."""
    if s.given.get("fault") or s.given.get("key") == "wrong" or s.given.get("access") == "old" or _refused_rightly(s):
        return UNTRIGGERED
    assert s.error is None, f"nothing was in the way, and the client raised {type(s.error).__name__}: {s.error}"
    return None


def _refused_rightly(s: CodelocksStep) -> bool:
    """Return whether the document lets the API, or the client, refuse this call."""
    if min(s.before.netcodes_left, s.before.utilities_left) < SPARE:
        return True
    if s.call == "show":
        return _is_waiting_for_a_clock(s)
    if s.call not in ("invite", "set_periods", "periods", "suspend", "remove"):
        return False
    client = s.before.k3[s.arguments["lock"]].client(s.arguments["email"])
    if s.call == "invite":
        return client is not None or s.arguments["email"].lower() not in map(str.lower, s.before.registered)
    if s.call == "suspend":
        return client is None or client.status != ("ACTIVE" if s.arguments["on"] else "SUSPENDED")
    return client is None


def _is_waiting_for_a_clock(s: CodelocksStep) -> bool:
    """Return whether the client was last told that the lock got new batteries."""
    lock = s.arguments["stay"].lock
    notes = [e.call for e in s.earlier if e.call in ("batteries_replaced", "clock_set") and e.arguments["lock"] == lock]
    return bool(notes) and notes[-1] == "batteries_replaced"


def _outcome(s: CodelocksStep) -> str:
    return f"raised {type(s.error).__name__}" if s.error is not None else f"returned {s.result!r}"


@law(
    "CL-KEY-2",
    "puts no NetCode and no master code into a log or an exception",
    on=("show", "initialise_with"),
    evidence="NetCode: it opens the lock; GET …/init: the master code programs it. Logs and error reports are read by many",
    mutants=("logs_the_codes", "logs_the_master_code", "raises_with_the_master_code"),
    needs="results",
)
def keeps_codes_to_itself(s: CodelocksStep) -> Judged:
    """Who reads the log could open the lock, for as long as the stay lasts, or change its codes."""
    codes = [s.arguments["master"]] if s.call == "initialise_with" else [str(c.digits) for c in s.result or ()]
    if not codes or not (s.logs or s.error or s.traffic):
        return UNTRIGGERED
    texts = (*s.logs, *([str(s.error)] if s.error is not None else []))
    for code in codes:
        # Not within other digits: a lock's time of initialisation may have the same ones.
        shown = any(re.search(rf"(?<!\d){re.escape(code)}(?!\d)", text) for text in texts)
        assert not shown, (
            f"{'the master code' if s.call == 'initialise_with' else 'a NetCode'} is in a log or an exception"
        )
    return None


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
    "sends the API key in the header, and puts no key into a URL, log, exception or result",
    on=EVERY_CALL,
    evidence="API AUTHENTICATION: the API key in the HTTP header x-api-key; Authentication: keep your API keys secure",
    mutants=("key_in_the_query", "logs_its_headers", "raises_with_the_url", "shows_its_request"),
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
    result = repr(s.result) if s.call != "made" else ""
    assert not any(secret in result for secret in s.secrets), "a key is in what the client returned"
    return None
