"""Laws about every call: credentials, refusals, dates, secrets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.secrets import leak
from lockpact.core.traffic import Exchange, Traffic
from lockpact.lockt.laws.exchanges import endpoint, errors_of, parse_date, reasons_of, records_of, sent_to
from lockpact.lockt.port import CredentialError, LocktError, NotThere, Status, Unavailable
from lockpact.lockt.truth import LocktStep, micros, same_second

__all__ = [
    "dates_are_in_utc", "keeps_secrets", "keeps_secrets_out_of_urls", "reads_every_refusal", "sends_both_headers",
    "sends_what_was_asked_for",
]  # fmt: skip

TRIES = 3
"""Requests that one call may send with refused credentials."""
CALLS = (
    "users", "user", "save_users", "end_access", "create_doors", "fobs", "create_fobs", "assign_fob", "next_card_num",
    "read_events", "credentials", "schedules",
)  # fmt: skip
DATES = ("access_effective", "access_expires")


def _both_headers(t: Traffic) -> Judged:
    """Judge the traffic alone: both headers on every request, and refused credentials are not tried again and again."""
    if not t:
        return UNTRIGGERED
    refused = 0
    for x in t:
        names = {name.lower() for name, _ in x.headers}
        missing = [name for name in ("apiuser", "apikey") if name not in names]
        assert not missing, f"{x.method} {x.path} was sent without {' and '.join(missing)}"
        refused = refused + 1 if x.status == 401 else 0
        assert refused <= 3 * TRIES, f"{refused} requests in a row had refused credentials; trying again cannot help"
    return None


@law(
    "LT-AUTH-1",
    "sends both headers on every call, and distinguishes 401 from 404",
    on=CALLS,
    evidence="Authentication: valid credential headers with each request; Response Codes: 401 and 404",
    mutants=("apikey_alone", "only_reads_are_signed", "retries_a_refused_key", "unauthorized_is_unavailable",
             "unauthorized_is_nothing", "not_there_is_unauthorized", "accepts_any_key", "wrong_key_is_not_found"),
    needs="results",
    conduct=_both_headers,
)  # fmt: skip
def sends_both_headers(s: LocktStep) -> Judged:
    """A 401 needs other credentials. A 404 needs another path or id."""
    if not s.traffic:
        return UNTRIGGERED
    for x in s.traffic:
        names = {name.lower() for name, _ in x.headers}
        missing = [name for name in ("apiuser", "apikey") if name not in names]
        assert not missing, f"{x.method} {x.path} was sent without {' and '.join(missing)}"
    last = s.traffic[-1]
    wrong = s.given.get("credentials") == "wrong" and "fault" not in s.given and last.answered
    if wrong or (last.answered and last.status == 401):
        assert isinstance(s.error, CredentialError), f"the credentials were refused; the client {_reaction(s)}"
        tries = sum(x.status == 401 for x in s.traffic)
        assert tries <= TRIES, f"the credentials were refused {tries} times in one call; trying again cannot help"
    elif last.answered and last.status == 404:
        assert isinstance(s.error, NotThere), f"the resource was not found; the client {_reaction(s)}"
    return None


def _reaction(s: LocktStep) -> str:
    return f"raised {type(s.error).__name__}" if s.error is not None else "returned a result"


WRITES = {
    "save_users": "POST /user", "end_access": "POST /user", "create_doors": "POST /door", "create_fobs": "POST /fob",
    "assign_fob": "PUT /fob",
}  # fmt: skip
"""Call → the operation that it may write with. The other calls write nothing."""


@law(
    "LT-OP-1",
    "writes with the operation that the call is about, and with no other; reading calls write nothing",
    on=CALLS,
    evidence="Endpoints: POST /user creates users, POST /uservalidate commits nothing, POST /credential reissues credentials",
    mutants=("validates_only", "reissues_what_it_reads", "creates_a_fob_to_assign_it", "posts_what_it_reads"),
    needs="results",
)
def sends_what_was_asked_for(s: LocktStep) -> Judged:
    """A validation saves nobody, and a credential that is reissued opens nothing until it is claimed again."""
    sent = [f"{x.method} {endpoint(x)}" for x in s.traffic if x.method != "GET"]
    for operation in sent:
        assert operation == WRITES.get(s.call), f"{s.call} sent {operation}"
    return None if sent or s.traffic else UNTRIGGERED


@law(
    "LT-ERR-1",
    "reads all error shapes, and passes on the vendor's messages",
    on=CALLS,
    evidence="GET Requests (Read): data with an error; POST Requests (Write): result and errors, with data or without",
    mutants=("reads_only_data", "reads_only_result", "refusal_is_an_empty_list", "errors_without_reasons",
             "instance_failure_is_final", "lost_is_rejected",
             "refusals_without_a_message", "refusals_with_success"),
    needs="results",
)  # fmt: skip
def reads_every_refusal(s: LocktStep) -> Judged:
    """Only the vendor's message says what to correct."""
    last = s.traffic[-1] if s.traffic else None
    if last is not None and last.broken and s.error is not None:
        assert isinstance(s.error, Unavailable), f"no complete answer came; the client raised {type(s.error).__name__}"
        return None
    if last is None or not last.answered or last.status == 200 or any(True for _ in errors_of(last)):
        return _refuses_while_down(s)
    reasons = reasons_of(last)
    assert reasons or last.altered, f"HTTP {last.status} came without a message in any documented shape"
    assert isinstance(s.error, LocktError), f"the vendor refused with HTTP {last.status}; the client {_reaction(s)}"
    missing = [reason for reason in reasons if reason not in s.error.reasons]
    assert not missing, f"the vendor's message is {missing[0]!r}; the client's error does not have it"
    if last.status is not None and (last.status >= 500 or any("flagged" in reason for reason in reasons)):
        assert isinstance(s.error, Unavailable), (
            f"the customer's instance does not answer for now; expected Unavailable, the client raised {type(s.error).__name__}"
        )
    return None


def _refuses_while_down(s: LocktStep) -> Judged:
    """Judge the server: while the instance does not answer, it must not answer 200."""
    down = s.truth_known and s.before.instance_down and s.after.instance_down and "fault" not in s.given
    last = s.traffic[-1] if s.traffic else None
    if not down or last is None or s.given.get("credentials") == "wrong":
        return UNTRIGGERED
    assert last.status != 200, "the customer's instance does not answer; the vendor answered 200"
    return None


def _dates_sent(t: Traffic) -> Judged:
    """Judge the traffic alone: dates are sent in a documented form."""
    sent = [value for x in t if x.method in ("POST", "PUT") for value in _dates(x)]
    if not sent:
        return UNTRIGGERED
    for value in sent:
        try:
            parse_date(value)
        except ValueError as wrong:
            raise AssertionError(f"a date was sent that the vendor does not document: {wrong}") from None
    return None


def _dates(x: Exchange) -> Iterator[Any]:
    for record in records_of(x):
        yield from (record[name] for name in DATES if record.get(name) not in ("", None))


@law(
    "LT-TIME-1",
    "reads and writes both date formats, in UTC",
    on=("users", "user", "save_users", "end_access", "fobs", "create_fobs", "assign_fob", "read_events"),
    evidence="POST /fob: 2022-05-05 05:00:00; GET /user?idnum: 2022-01-05T23:59:59.000Z",
    mutants=("reads_one_form", "sends_local_time", "reads_as_local_time", "naive_dates", "drops_the_hours",
             "dates_shift_by_an_hour", "dates_without_hours"),
    needs="results",
    conduct=_dates_sent,
)  # fmt: skip
def dates_are_in_utc(s: LocktStep) -> Judged:
    """With a mistake of an hour, a guest cannot get in, or gets into another guest's room."""
    judged = [value for x in s.traffic if x.method in ("POST", "PUT") for value in _dates(x)]
    for value in judged:
        try:
            parse_date(value)
        except ValueError as wrong:
            raise AssertionError(f"a date was sent that the vendor does not document: {wrong}") from None
    if s.error is not None:
        readable = (
            s.given.get("altered") == "dates" and "fault" not in s.given and s.traffic and s.traffic[-1].status == 200
        )
        assert not readable, f"the dates were in the other documented form; the client {_reaction(s)}"
        return None if judged else UNTRIGGERED
    try:
        read = list(_dates_read(s))
    except ValueError as wrong:
        raise AssertionError(f"the vendor answered a date in no documented form: {wrong}") from None
    for what, vendor, client in read:
        assert client is None or (client.tzinfo is not None and client.utcoffset() is not None), (
            f"{what}: the client's time has no zone"
        )
        assert micros(client) == vendor, f"{what}: the vendor says {vendor and _show(vendor)}; the client says {client}"
    saved = list(_dates_saved(s))
    for what, asked, actual in saved:
        assert same_second(asked, actual), f"{what}: expected {asked}; the vendor has {actual and _show(actual)}"
    return None if read or saved or judged else UNTRIGGERED


def _show(us: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)).isoformat()


def _dates_read(s: LocktStep) -> Iterator[tuple[str, int | None, Any]]:
    """Yield (what, the vendor's time, the client's time) of everything that was read."""
    paths = {"users": "/user", "user": "/user", "fobs": "/fob", "read_events": "/events"}
    asked = sent_to(s.traffic, paths.get(s.call, ""), method="GET")
    data = asked[-1].json.get("data") if asked and isinstance(asked[-1].json, dict) else None
    if not isinstance(data, list) or s.result is None:
        return
    entries = {entry["id"]: entry for entry in data if "id" in entry}
    if s.call == "read_events":
        for event in s.result.events:
            if event.id in entries:
                happened = entries[event.id].get("hw_time") or entries[event.id]["db_time"]
                yield f"event {event.id} happened", parse_date(happened), event.happened
                yield f"event {event.id} recorded", parse_date(entries[event.id]["db_time"]), event.recorded
        return
    for one in [s.result] if s.call == "user" else s.result:
        if one.id in entries:
            yield f"{one.id} from", parse_date(entries[one.id].get("access_effective")), one.effective
            yield f"{one.id} until", parse_date(entries[one.id].get("access_expires")), one.expires


def _dates_saved(s: LocktStep) -> Iterator[tuple[str, datetime | None, int | None]]:
    """Yield (what, the time asked for, the time that the vendor has) of everything that was saved."""
    if not s.truth_known or s.call not in ("save_users", "create_fobs"):
        return
    saved = {receipt.key for receipt in s.result if receipt.status is Status.SAVED}
    for record in s.arguments["records"]:
        key = record.id_num if s.call == "save_users" else record.card_num
        found: Any = s.after.users.get(key, (None,))[0] if s.call == "save_users" else s.after.fobs.get(key)
        if key in saved and found is not None:
            yield f"{key} from", record.effective, found.effective
            yield f"{key} until", record.expires, found.expires


@law(
    "LT-SECRET-1",
    "writes keys, pins and registration keys into no log line and no exception text",
    on=("made", *CALLS),
    evidence="the keys open the API, the registration keys and pins open doors; input_data echoes pins",
    mutants=(
        "logs_what_it_sends",
        "logs_what_it_reads",
        "raises_the_echo",
        "raises_with_its_headers",
        "logs_registration_keys",
    ),
    needs="results",
)
def keeps_secrets(s: LocktStep) -> Judged:
    """Many people read logs and error reports."""
    if not s.secrets or (not s.logs and s.error is None):
        return UNTRIGGERED
    place = leak(s.logs, s.error, s.secrets)
    assert place is None, f"a secret is in {place}"
    attributes = repr(vars(s.error)) if s.error is not None else ""
    assert not any(secret in attributes for secret in s.secrets), (
        f"a secret is in an attribute of {type(s.error).__name__}"
    )
    return None


def _keys_in_urls(t: Traffic) -> Judged:
    """Judge the traffic alone: no URL has a credential."""
    for x in t:
        given = [name for name in ("apiuser", "apikey") if x.param(name) is not None]
        assert not given, f"{' and '.join(given)} was sent in the URL of {x.method} {x.path}"
    return None if t else UNTRIGGERED


@law(
    "LT-SECRET-2",
    "puts no key, pin or registration key into a URL",
    on=CALLS,
    evidence="Authentication: credentials are headers; URLs are written into the logs of every proxy",
    mutants=("keys_in_the_query", "pin_in_the_query"),
    needs="results",
    conduct=_keys_in_urls,
)
def keeps_secrets_out_of_urls(s: LocktStep) -> Judged:
    """Whoever runs a proxy on the way can read its log."""
    for x in s.traffic:
        assert not any(secret in unquote(x.target) for secret in s.secrets), (
            f"a secret is in the URL of {x.method} {x.path}"
        )
    return None if s.traffic else UNTRIGGERED
