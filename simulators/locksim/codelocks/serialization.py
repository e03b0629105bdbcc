"""Parse parameters, and render answers as JSON, in both profiles and in the key order of the document.

A query or form parameter arrives as the list of all its values, percent-decoded. An empty one counts as missing. A
repeated one is refused. Every `parse_*` raises InvalidData.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from locksim.api import time_zones
from locksim.codelocks import local_time
from locksim.codelocks.durations import DURATIONS, K3CONNECT, MODELS, Duration, find
from locksim.codelocks.errors import BadAccessKey, CodelocksError, GatewayError, InvalidData
from locksim.codelocks.state import DAYS, IDENTIFIER, K3_ID, LOW, MASTER, PERIODS, Access, Client, K3Lock, Period
from locksim.engine.inputs import Answer, Headers
from locksim.engine.timestamps import HOUR, MINUTE, SECOND, iso, parse_iso
from locksim.engine.turn import Turn

__all__ = [
    "MESSAGE",
    "OBSERVED",
    "answer",
    "parse_access",
    "parse_action",
    "parse_duration",
    "parse_duration_id",
    "parse_identifier",
    "parse_k3_id",
    "parse_master",
    "parse_message",
    "parse_model",
    "parse_newest_first",
    "parse_once",
    "parse_operation",
    "parse_periods",
    "parse_positive",
    "parse_random",
    "parse_start",
    "parse_zone",
    "refusal",
    "render_account",
    "render_audit",
    "render_clients",
    "render_duration",
    "render_durations",
    "render_init",
    "render_k3lock",
    "render_modes",
    "render_netcode",
    "render_result",
    "render_sample",
    "timestamp",
]

OBSERVED = "observed"

_START = re.compile("20[0-9]{2}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]", re.ASCII)
_WHOLE = re.compile("0|[1-9][0-9]{0,8}", re.ASCII)
MESSAGE = r"^[0-9A-Za-z _,\-.()]{1,500}$"
_UNKNOWN_TIME = "1970-01-01T00:00:00"
_TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]


class _PeriodBody(msgspec.Struct, forbid_unknown_fields=True):
    """An active period as a caller writes it: with every key, and no other."""

    enabled: bool
    starts: _TimeOfDay
    ends: _TimeOfDay
    mon: bool
    tue: bool
    wed: bool
    thu: bool
    fri: bool
    sat: bool
    sun: bool


# ---- parameters


def parse_once(name: str, values: Sequence[str]) -> str:
    """Return the value of a parameter that may be given only once."""
    if len(values) != 1:
        raise InvalidData(name, "one value")
    return values[0]


def parse_model(text: str, models: Sequence[str] = MODELS) -> str:
    """Parse a lock model, in any case: the document writes `Kl1060`."""
    if text.upper() not in models or not text.isascii():
        raise InvalidData("Lock Model", " or ".join(models))
    return text.upper()


def _parse_word(what: str, text: str, *words: str) -> str:
    for word in words:
        if text.isascii() and text.lower() == word.lower():
            return word
    raise InvalidData(what, " or ".join(words))


def parse_k3_id(text: str) -> str:
    """Parse the id of a K3Connect lock: 32 hex digits in any case."""
    if not re.fullmatch(K3_ID.strip("^$"), text.lower(), re.ASCII):
        raise InvalidData("ID", "the 32 characters of a K3Connect lock id")
    return text.lower()


def parse_identifier(text: str) -> str:
    """Parse six digits; also five, because the document's example has five."""
    if not re.fullmatch(IDENTIFIER.strip("^$"), text, re.ASCII):
        raise InvalidData("Identifier", "the six digits of the initialisation sequence")
    return text


def parse_duration_id(text: str) -> int:
    """Parse a duration id of any model."""
    if not _WHOLE.fullmatch(text) or int(text) not in {duration.id for duration in DURATIONS}:
        raise InvalidData("Duration", "a duration id, as /durations lists them")
    return int(text)


def parse_duration(text: str, model: str) -> Duration:
    """Parse the id of a duration of this lock model."""
    duration = find(parse_duration_id(text), model)
    if duration is None:
        raise InvalidData("Duration", f"a duration of the {model}, as /durations lists them")
    return duration


def parse_start(profile: str, text: str, duration: Duration) -> int:
    """Parse `2020-10-01 16:00`, in the lock's own time: on the hour, or at midnight for days.

    `observed` rounds another start down to that.
    """
    try:
        start = parse_iso(text.replace(" ", "T") + ":00Z") if _START.fullmatch(text) else None
    except ValueError:
        start = None
    if start is None:
        raise InvalidData("Start", "yyyy-MM-dd hh:mm, from 2000 to 2099")
    if start % duration.step and profile != OBSERVED:
        raise InvalidData("Start", "midnight, 00:00, for days" if duration.days else "the hour, hh:00, for hours")
    return start - start % duration.step


def parse_master(text: str) -> str:
    """Parse a master code: eight digits."""
    if not re.fullmatch(MASTER.strip("^$"), text, re.ASCII):
        raise InvalidData("Master Code", "eight digits")
    return text


def parse_zone(text: str) -> str:
    """Parse the name of a time zone."""
    if not time_zones.is_known(text):
        raise InvalidData("Timezone", "a name of the time zone list, as Europe/London")
    return text


def parse_random(text: str) -> bool:
    """Parse `true` or `false`, in any case."""
    return _parse_word("Random ID", text, "true", "false") == "true"


def parse_operation(text: str) -> str:
    """Parse `durations` or `modes`, in any case."""
    return _parse_word("Operation", text, "durations", "modes")


def parse_newest_first(text: str) -> bool:
    """Parse `ascending` or `descending`, in any case. Return whether it is the latter."""
    return _parse_word("Page Order", text, "ascending", "descending") == "descending"


def parse_positive(name: str, text: str) -> int:
    """Parse the number or the size of a page: 1 or more."""
    if not _WHOLE.fullmatch(text) or text == "0":
        raise InvalidData(name, "a whole number of 1 or more")
    return int(text)


def parse_access(text: str) -> Access:
    """Parse `STANDARD` or `ONE_TIME`, in any case."""
    return "ONE_TIME" if _parse_word("Access Type", text, "STANDARD", "ONE_TIME") == "ONE_TIME" else "STANDARD"


def parse_action(text: str) -> str:
    """Parse `SUSPEND` or `RESTORE`, in any case."""
    return _parse_word("Action", text, "SUSPEND", "RESTORE")


def parse_message(text: str) -> str:
    """Parse at most 500 of the document's characters, small letters and spaces: its own sample has the last two."""
    if not re.fullmatch(MESSAGE.strip("^$"), text):
        raise InvalidData("Message", "at most 500 characters of 0-9 A-Z a-z _,-.() and the space")
    return text


def parse_periods(text: str) -> list[Period]:
    """Parse JSON with the keys "0" to "9", each a complete active period. Periods that are left out are disabled."""
    expected = 'JSON with periods "0" to "9"; see k3connect/help/spcconfig'
    try:
        bodies = msgspec.json.decode(text, type=dict[str, _PeriodBody])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InvalidData("Active Periods", expected, str(error)) from None
    if not bodies or not set(bodies) <= {str(n) for n in range(PERIODS)}:
        raise InvalidData("Active Periods", expected, "the keys are the digits 0 to 9")
    if any(body.starts > body.ends for body in bodies.values()):
        raise InvalidData("Active Periods", expected, "a period must not end before it starts; split it at midnight")
    periods = [Period() for _ in range(PERIODS)]
    for number, body in bodies.items():
        periods[int(number)] = Period(**msgspec.structs.asdict(body))
    return periods


# ---- answers


def answer(turn: Turn, document: Any) -> Answer:
    """Return 200 with JSON."""
    return Answer(200, _headers(turn), msgspec.json.encode(document))


def refusal(turn: Turn, error: CodelocksError) -> Answer:
    """Return the answer for an error: the gateway's form, or the API's, whose Message is a JSON list in a string.

    `observed` answers a wrong access key with 401 without a body (vendor-facts). The document has no 401.
    """
    if isinstance(error, GatewayError):
        headers = (*_headers(turn), ("x-amzn-ErrorType", error.error_type))
        return Answer(error.status, headers, msgspec.json.encode({"message": error.message}))
    if turn.profile == OBSERVED and isinstance(error, BadAccessKey):
        return Answer(401, _headers(turn)[1:])
    return Answer(error.status, _headers(turn), msgspec.json.encode({"Message": json.dumps(error.messages)}))


def _headers(turn: Turn) -> Headers:
    random = turn.random("request", turn.entry.n)
    return (
        ("Content-Type", "application/json"),
        ("x-amzn-RequestId", random.uuid()),
        ("Via", f"1.1 {random[16:].hex()}.cloudfront.net (CloudFront)"),
    )


def timestamp(us: int) -> str:
    """Return a time of any clock as `2020-10-01T16:00:00`."""
    return iso(us - us % SECOND).removesuffix("Z")


# ---- NetCodes


def render_netcode(
    profile: str, id: str, model: str, duration: Duration, start: int, code: str, original: str, zone: str
) -> dict[str, Any]:
    """Render a NetCode. `start` is in the lock's own time, `original` is the parameter as the caller wrote it."""
    observed = profile == OBSERVED
    if model != K3CONNECT:
        timecode: str | None = f"{id[:4]}/{id[4:6]}/{id[6:8]}/{id[8:10]}:{id[10:]}"
    else:
        timecode = None if observed else ""
    document = {
        "Startdate": timestamp(start),
        "DurationHours": duration.hours,
        "DurationDays": duration.days,
        "Mode": duration.mode,
        "SubMode": duration.submode,
        "Timecode": timecode,
        "ActualNetcode": code,
        "Resultstatus": None if observed else "Success",
        "LockId": id,
    }
    if observed:
        return document
    return document | {"Expires": timestamp(start + duration.length), "Startdata": _startdata(start, original, zone)}


def _startdata(start: int, original: str, zone: str) -> dict[str, Any]:
    date, time = timestamp(start).split("T")
    year, month, day = date.split("-")
    return {
        "datetime": {"date": f"{date} {time}.000000", "timezone_type": "3", "timezone": zone},
        "original": original,
        "date_ymd": date,
        "date_dmy": f"{day}-{month}-{year}",
        "date_mdy": f"{month}-{day}-{year}",
        "time_his": time,
        "time_hi": time[:5],
        "time_h": time[:2],
        "timezone": zone,
    }


# ---- utilities


def render_init(default: str, format: tuple[str, str], sequence: str, timecode: str) -> dict[str, Any]:
    """Render an initialisation. `format` is the format of the sequence and its description."""
    return {
        "DefaultMastercode": default,
        "InitSeqFormat": format[0],
        "InitSeqFormatDesc": format[1],
        "InitSeq": sequence,
        "TimeCode": timecode,
    }


def render_durations(profile: str, model: str | None) -> list[dict[str, Any]]:
    """Render the durations of a lock model, or all."""
    return [
        {
            "DurationId" if profile == OBSERVED else "DurationID": duration.id,
            "Mode": duration.mode,
            "SubMode": duration.submode,
            "DurationDays": duration.days,
            "DurationHours": duration.hours,
            "LockModels": ",".join(duration.models),
        }
        for duration in DURATIONS
        if model is None or model in duration.models
    ]


def render_modes(model: str | None) -> list[dict[str, Any]]:
    """Render the modes of a lock model, or all, each once."""
    modes: dict[tuple[str, str], set[str]] = {}
    for duration in DURATIONS:
        if model is None or model in duration.models:
            modes.setdefault((duration.mode, duration.submode), set()).update(duration.models)
    return [
        {"Mode": mode, "SubMode": submode, "LockModels": ",".join(known for known in MODELS if known in models)}
        for (mode, submode), models in modes.items()
    ]


def render_duration(profile: str, model: str, duration: Duration) -> dict[str, Any]:
    """Render one duration. Its rules say what the caller has to do with a local start before sending it."""
    rules = {
        "ApplyDST": 1 if model == K3CONNECT else 0,
        "ConvertToUTC": 0 if model == K3CONNECT else 1,
        "RestrictedStartTime": "00:00" if duration.days else "",
    }
    length = {"Days": duration.days, "Hours": duration.hours}
    mode = {"Name": duration.mode, "SubMode": duration.submode}
    document: dict[str, Any] = {"LockModel": model, "DurationID": duration.id}
    parts: dict[str, Any] = {"Rules": rules, "Duration": length, "Mode": mode}
    return document | (parts if profile == OBSERVED else {name: [part] for name, part in parts.items()})


# ---- K3Connect


def render_k3lock(profile: str, lock: K3Lock, now: int, *, single: bool) -> dict[str, Any]:
    """Render a K3Connect lock, for the list or as the answer about a `single` lock. Times are the lock's wall clock's."""
    year = int(iso(local_time.local(now, lock.zone))[:4])
    saving = local_time.daylight_saving(lock.zone, year)
    reported_at, charge = lock.battery_report(now)
    document: dict[str, Any] = {
        "LockId": lock.id,
        "LockName": lock.name,
        "BatteryStatus": "UNKNOWN" if reported_at is None else "LOW" if charge < LOW else "FULL",
        "BatteryUpdated": _UNKNOWN_TIME if reported_at is None else timestamp(local_time.local(reported_at, lock.zone)),
        "Manufacturer": "CODELOCKS",
        "ModelName": lock.model,
        "FirmwareVersion": lock.firmware,
        "Timezone": lock.zone,
        "TimezoneOffset": _offset(local_time.standard_offset(now, lock.zone)),
        "DstStart": timestamp(saving.start) if saving else _UNKNOWN_TIME,
        "DstEnd": timestamp(saving.end) if saving else _UNKNOWN_TIME,
        "DstTime": _clock(saving.shift) if saving else "00:00",
        "PairingDate": timestamp(local_time.local(lock.paired_at, lock.zone)),
    }
    if single or profile == OBSERVED:
        document["LockLocation"] = lock.location
    if profile == OBSERVED:
        document |= {
            "LockDescription": "",
            "LockSecondaryId": "",
            "LockTimecode": "",
            "LockSmsId": "",
            "UtcBased": "0",
            "Optional": "",
            "Programs": "",
            "ModelProvider": "K3CONNECT",
            "ModelDisplay": lock.model,
        }
    return document


def _clock(us: int) -> str:
    return f"{us // HOUR:02}:{us % HOUR // MINUTE:02}"


def _offset(us: int) -> str:
    return ("-" if us < 0 else "+") + _clock(abs(us)).replace(":", "")


def render_account(profile: str, email: str) -> Any:
    """Render the account: a list of one in the document, an object in `observed`."""
    account = {"email": email, "spccmstatus": "ENABLED"}
    return account if profile == OBSERVED else [account]


def render_clients(lock: K3Lock, page: int, size: int) -> dict[str, Any]:
    """Render a page of a lock's clients, in the order of their invitations. `count` includes all pages."""
    first = (page - 1) * size
    return {
        "count": len(lock.clients),
        "clients": [_client(lock, client) for client in lock.clients[first : first + size]],
    }


def _client(lock: K3Lock, client: Client) -> dict[str, Any]:
    return {
        "email": client.email,
        "lockid": lock.id,
        "status": client.status,
        "accesstype": client.access,
        "activeperiods": [{str(n): msgspec.structs.asdict(period) for n, period in enumerate(client.periods)}],
    }


def render_result(result: str, lock: K3Lock | None = None, client: Client | None = None) -> dict[str, Any]:
    """Render the result of a change; an invitation has neither lock nor client."""
    subject = {} if lock is None or client is None else {"lockid": lock.id, "email": client.email}
    return {"result": result} | subject


def render_audit(lock: K3Lock, page: int, size: int, *, newest_first: bool) -> list[dict[str, Any]]:
    """Render a page of the events that are reported to the server. Their ids count up with time."""
    positions = range(lock.reported)[::-1] if newest_first else range(lock.reported)
    return [
        {
            "AuditEntryID": lock.first_entry_id + lock.dropped + n,
            "LockID": lock.id,
            "DateEntered": timestamp(local_time.local(lock.events[n].at, lock.zone)),
            "EntryType": lock.events[n].type,
            "EntryText": lock.events[n].text,
        }
        for n in positions[(page - 1) * size : page * size]
    ]


def render_sample() -> dict[str, Any]:
    """Render a sample of active periods and its schema, as JSON in a string."""
    whole_day = {"enabled": True, "starts": "00:00", "ends": "23:59"} | dict.fromkeys(DAYS, True)
    times = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
    flags = {name: {"type": "boolean"} for name in ("enabled", *DAYS)}
    period = {
        "type": "object",
        "additionalProperties": False,
        "required": list(whole_day),
        "properties": flags | {"starts": times, "ends": times},
    }
    schema = {"type": "object", "patternProperties": {"^[0-9]$": period}, "additionalProperties": False}
    sample = {str(n): whole_day for n in range(PERIODS)}
    return {"activeperiods": json.dumps({"sample": sample, "schema": schema})}
