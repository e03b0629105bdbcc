"""Credentials, refusals, dates, secrets: what holds for every call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange, Traffic
from lockpact.lockt.laws.wire import errors_of, instant, reasons_of, records_of, to
from lockpact.lockt.port import CredentialError, LocktError, NotThere, Status, Unavailable
from lockpact.lockt.truth import LocktStep, micros

__all__ = ["both_headers_on_every_call", "dates_are_in_utc", "keeps_secrets", "reads_every_refusal"]

TRIES = 3
"""Requests that one call may spend on a door that is shut."""
CALLS = (
    "users", "user", "save_users", "end_access", "create_doors", "fobs", "create_fobs", "assign_fob", "next_card_num",
    "read_events",
)  # fmt: skip
DATES = ("access_effective", "access_expires")
MS = 1_000


def _both_headers(t: Traffic) -> Judged:
    """Of conduct: both headers on every call, and credentials that were refused are not tried on and on."""
    if not t:
        return UNTRIGGERED
    refused = 0
    for x in t:
        names = {name.lower() for name, _ in x.headers}
        missing = [name for name in ("apiuser", "apikey") if name not in names]
        assert not missing, f"{x.method} {x.path} was sent without {' and '.join(missing)}"
        refused = refused + 1 if x.status == 401 else 0
        assert refused <= 3 * TRIES, f"{refused} requests in a row had refused credentials; another try cannot help"
    return None


@law(
    "LT-AUTH-1",
    "sends both headers on every call, and tells 401 from 404",
    on=CALLS,
    evidence="Authentication: valid credential headers with each request; Response Codes: 401 and 404",
    mutants=("apikey_alone", "only_reads_are_signed", "retries_a_refused_key", "unauthorized_is_unavailable",
             "unauthorized_is_nothing", "not_there_is_unauthorized", "any_key_will_do", "wrong_key_is_not_found"),
    needs="results",
    conduct=_both_headers,
)  # fmt: skip
def both_headers_on_every_call(s: LocktStep) -> Judged:
    """Nothing but other credentials helps against the one, and nothing at all against the other."""
    if not s.traffic:
        return UNTRIGGERED
    for x in s.traffic:
        names = {name.lower() for name, _ in x.headers}
        missing = [name for name in ("apiuser", "apikey") if name not in names]
        assert not missing, f"{x.method} {x.path} was sent without {' and '.join(missing)}"
    last = s.traffic[-1]
    wrong = s.given.get("credentials") == "wrong" and "fault" not in s.given and last.answered
    if wrong or (last.answered and last.status == 401):
        assert isinstance(s.error, CredentialError), f"the credentials were refused, and the client {_said(s)}"
        tries = sum(x.status == 401 for x in s.traffic)
        assert tries <= TRIES, f"the credentials were refused {tries} times in one call; another try cannot help"
    elif last.answered and last.status == 404:
        assert isinstance(s.error, NotThere), f"there is no such resource, and the client {_said(s)}"
    return None


def _said(s: LocktStep) -> str:
    return f"said {type(s.error).__name__}" if s.error is not None else "answered as if nothing were"


@law(
    "LT-ERR-1",
    "reads all error shapes, and hands on what the vendor said",
    on=CALLS,
    evidence="GET Requests (Read): data with an error; POST Requests (Write): result and errors, beside data or without",
    mutants=("reads_only_data", "reads_only_result", "refusal_is_an_empty_list", "errors_without_reasons",
             "instance_failure_is_final", "refusals_are_silent", "refusals_that_pass"),
    needs="results",
)  # fmt: skip
def reads_every_refusal(s: LocktStep) -> Judged:
    """A message that nobody reads helps nobody."""
    last = s.traffic[-1] if s.traffic else None
    if last is None or not last.answered or last.status == 200 or any(True for _ in errors_of(last)):
        return _kept_while_down(s)
    reasons = reasons_of(last)
    assert reasons or last.altered, f"HTTP {last.status} came without a message in any documented shape"
    assert isinstance(s.error, LocktError), f"the vendor refused with HTTP {last.status}, and the client {_said(s)}"
    missing = [reason for reason in reasons if reason not in s.error.reasons]
    assert not missing, f"the vendor said {missing[0]!r}, and the client's error does not have it"
    if last.status is not None and (last.status >= 500 or any("flagged" in reason for reason in reasons)):
        assert isinstance(s.error, Unavailable), (
            f"the customer's instance does not answer, which passes, and the client said {type(s.error).__name__}"
        )
    return None


def _kept_while_down(s: LocktStep) -> Judged:
    """A server whose instance does not answer must not say 200."""
    down = s.truth_known and s.before.instance_down and s.after.instance_down and "fault" not in s.given
    last = s.traffic[-1] if s.traffic else None
    if not down or last is None or s.given.get("credentials") == "wrong":
        return UNTRIGGERED
    assert last.status != 200, "the customer's instance does not answer, and the vendor said 200"
    return None


def _dates_sent(t: Traffic) -> Judged:
    """Of conduct: dates go out in a documented form."""
    sent = [value for x in t if x.method in ("POST", "PUT") for value in _dates(x)]
    if not sent:
        return UNTRIGGERED
    for value in sent:
        try:
            instant(value)
        except ValueError as wrong:
            raise AssertionError(f"a date was sent that the vendor does not document: {wrong}") from None
    return None


def _dates(x: Exchange) -> Iterator[Any]:
    for record in records_of(x):
        yield from (record[name] for name in DATES if record.get(name) not in ("", None))


@law(
    "LT-TIME-1",
    "both date formats, in UTC",
    on=("users", "user", "save_users", "end_access", "fobs", "create_fobs", "assign_fob", "read_events"),
    evidence="POST /fob: 2022-05-05 05:00:00; GET /user?idnum: 2022-01-05T23:59:59.000Z",
    mutants=("reads_one_form", "sends_local_time", "reads_as_local_time", "naive_dates", "drops_the_hours",
             "dates_shift_by_an_hour", "dates_without_hours"),
    needs="results",
    conduct=_dates_sent,
)  # fmt: skip
def dates_are_in_utc(s: LocktStep) -> Judged:
    """An hour's mistake lets a guest stand in the rain, or in somebody else's room."""
    judged = [value for x in s.traffic if x.method in ("POST", "PUT") for value in _dates(x)]
    for value in judged:
        try:
            instant(value)
        except ValueError as wrong:
            raise AssertionError(f"a date was sent that the vendor does not document: {wrong}") from None
    if s.error is not None:
        readable = "altered" in s.given and "fault" not in s.given and s.traffic and s.traffic[-1].status == 200
        assert not readable, f"the dates were in the other documented form, and the client {_said(s)}"
        return None if judged else UNTRIGGERED
    try:
        told = list(_told(s))
    except ValueError as wrong:
        raise AssertionError(f"the vendor answered a date in no documented form: {wrong}") from None
    for what, vendor, client in told:
        assert client is None or (client.tzinfo is not None and client.utcoffset() is not None), (
            f"{what}: without a zone"
        )
        assert micros(client) == vendor, f"{what}: the vendor says {vendor and _show(vendor)}, and the client {client}"
    kept = list(_kept(s))
    for what, asked, truly in kept:
        assert asked == truly, f"{what}: {asked and _show(asked)} was asked, and {truly and _show(truly)} is kept"
    return None if told or kept or judged else UNTRIGGERED


def _show(us: int) -> str:
    from lockpact.lockt.truth import _EPOCH

    return (_EPOCH + timedelta(microseconds=us)).isoformat()


def _told(s: LocktStep) -> Iterator[tuple[str, int | None, Any]]:
    """(what, the vendor's instant, the client's) of everything that was read."""
    paths = {"users": "/user", "user": "/user", "fobs": "/fob", "read_events": "/events"}
    asked = to(s.traffic, paths.get(s.call, ""), method="GET")
    data = asked[-1].json.get("data") if asked and isinstance(asked[-1].json, dict) else None
    if not isinstance(data, list) or s.result is None:
        return
    entries = {entry["id"]: entry for entry in data if "id" in entry}
    if s.call == "read_events":
        for event in s.result.events:
            if event.id in entries:
                yield f"event {event.id} happened", instant(entries[event.id]["hw_time"]), event.happened
                yield f"event {event.id} recorded", instant(entries[event.id]["db_time"]), event.recorded
        return
    for one in [s.result] if s.call == "user" else s.result:
        if one.id in entries:
            yield f"{one.id} from", instant(entries[one.id]["access_effective"]), one.effective
            yield f"{one.id} until", instant(entries[one.id]["access_expires"]), one.expires


def _kept(s: LocktStep) -> Iterator[tuple[str, int | None, int | None]]:
    """(what, the instant asked for, the one that the vendor keeps) of everything that was saved."""
    if not s.truth_known or s.call not in ("save_users", "create_fobs"):
        return
    saved = {receipt.key for receipt in s.result if receipt.status is Status.SAVED}
    for record in s.arguments["records"]:
        key = record.id_num if s.call == "save_users" else record.card_num
        found: Any = s.after.users.get(key, (None,))[0] if s.call == "save_users" else s.after.fobs.get(key)
        if key in saved and found is not None:
            yield f"{key} from", _to_ms(record.effective), found.effective
            yield f"{key} until", _to_ms(record.expires), found.expires


def _to_ms(at: Any) -> int | None:
    us = micros(at)
    return None if us is None else us - us % MS


@law(
    "LT-SECRET-1",
    "keys, pins and registration keys are in no log line and no exception text",
    on=("made", *CALLS),
    evidence="the keys open the API, the registration keys and pins open doors; input_data echoes pins",
    mutants=("logs_what_it_sends", "logs_what_it_reads", "raises_the_echo", "raises_with_its_headers"),
    needs="results",
)
def keeps_secrets(s: LocktStep) -> Judged:
    """Logs and error reports are read by many."""
    if not s.secrets or (not s.logs and s.error is None):
        return UNTRIGGERED
    for line in s.logs:
        assert not any(secret in line for secret in s.secrets), f"a secret is in a log line of {line.split()[0]}"
    for error in _chain(s.error):
        text = f"{error} {error!r} {_notes(error)}"
        assert not any(secret in text for secret in s.secrets), f"a secret is in the text of {type(error).__name__}" + (
            "" if error is s.error else ", which caused it"
        )
    return None


def _notes(error: BaseException) -> str:
    notes: Mapping[str, Any] = vars(error)
    return f"{getattr(error, '__notes__', '')} {notes}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, and all that its traceback tells of what it came from."""
    while error is not None:
        yield error
        error = error.__cause__ if error.__cause__ or error.__suppress_context__ else error.__context__
