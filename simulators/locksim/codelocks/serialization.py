"""What goes over the wire: parameters in, JSON out, in both profiles, in the document's key order.

Parameters come as all values that query or form have for a name, percent-decoded. One that is empty is not there; one
that comes twice is never taken. Every `parse_*` raises the refusal that the API answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import parse_qs

import msgspec

from locksim.codelocks import zones
from locksim.codelocks.durations import DURATIONS, K3CONNECT, MODELS, Duration, find
from locksim.codelocks.errors import BadAccessKey, CodelocksError, GatewayError, InvalidData, MissingParameter
from locksim.codelocks.state import DAYS, IDENTIFIER, MASTER, PERIODS, Access, Client, K3Lock, Period
from locksim.engine.inputs import Answer, Headers
from locksim.engine.timestamps import HOUR, MINUTE, SECOND, iso, parse_iso
from locksim.engine.turn import Turn

__all__ = [
    "MESSAGE",
    "OBSERVED",
    "answer",
    "optional",
    "parse_access",
    "parse_duration",
    "parse_duration_id",
    "parse_identifier",
    "parse_master",
    "parse_message",
    "parse_model",
    "parse_operation",
    "parse_order",
    "parse_pairs",
    "parse_periods",
    "parse_positive",
    "parse_random",
    "parse_start",
    "parse_step",
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
    "required",
]

OBSERVED = "observed"
Pairs = Mapping[str, Sequence[str]]

_START = re.compile("20[0-9]{2}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]", re.ASCII)
_WHOLE = re.compile("0|[1-9][0-9]{0,8}", re.ASCII)
MESSAGE = r"^[0-9A-Za-z _,\-.()]{1,500}$"
_UNKNOWN = "1970-01-01T00:00:00"
_CLOCK = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]


class _Given(msgspec.Struct, forbid_unknown_fields=True):
    """An active period as a caller writes it: every key, and no other."""

    enabled: bool
    starts: _CLOCK
    ends: _CLOCK
    mon: bool
    tue: bool
    wed: bool
    thu: bool
    fri: bool
    sat: bool
    sun: bool


# ---- in: parameters


def parse_pairs(raw: bytes) -> dict[str, list[str]]:
    """Name → its values, of a query or a form. What is no UTF-8 becomes U+FFFD, which no value here can be."""
    text = raw.decode("utf-8", "replace")
    return parse_qs(text, keep_blank_values=True, encoding="utf-8", errors="replace")


def required(pairs: Pairs, where: str, *names: str) -> list[str]:
    """The values of parameters that must be there. Raises MissingParameter, with all that are missing; InvalidData."""
    missing = [name for name in names if not any(pairs.get(name, ()))]
    if missing:
        raise MissingParameter(missing, where)
    return [_once(name, pairs[name]) for name in names]


def optional(pairs: Pairs, name: str, default: str) -> str:
    """The value of a parameter that may be left out, or be empty."""
    values = pairs.get(name, ())
    return _once(name, values) if any(values) else default


def _once(name: str, values: Sequence[str]) -> str:
    if len(values) != 1:
        raise InvalidData(name, "one value")
    return values[0]


def parse_model(text: str, among: Sequence[str] = MODELS) -> str:
    """A lock model, in any case (the document writes `Kl1060`)."""
    if text.upper() not in among or not text.isascii():
        raise InvalidData("Lock Model", " or ".join(among))
    return text.upper()


def _word(what: str, text: str, *words: str) -> str:
    """One of these words, in any case."""
    for word in words:
        if text.isascii() and text.lower() == word.lower():
            return word
    raise InvalidData(what, " or ".join(words))


def parse_identifier(text: str) -> str:
    """Six digits; five as well, since the document's example has them."""
    if not re.fullmatch(IDENTIFIER.strip("^$"), text, re.ASCII):
        raise InvalidData("Identifier", "the six digits of the initialisation sequence")
    return text


def parse_duration_id(text: str) -> int:
    """A duration id that there is, of whichever model."""
    if not _WHOLE.fullmatch(text) or int(text) not in {duration.id for duration in DURATIONS}:
        raise InvalidData("Duration", "a duration id, as /durations lists them")
    return int(text)


def parse_duration(text: str, model: str) -> Duration:
    """A duration that the lock model has."""
    found = find(parse_duration_id(text), model)
    if found is None:
        raise InvalidData("Duration", f"a duration of the {model}, as /durations lists them")
    return found


def parse_start(profile: str, text: str, duration: Duration) -> int:
    """`2020-10-01 16:00` as the lock's own time. On the hour, or at midnight for days; later servers were seen to
    go back to that.
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
    """Eight digits."""
    if not re.fullmatch(MASTER.strip("^$"), text, re.ASCII):
        raise InvalidData("Master Code", "eight digits")
    return text


def parse_zone(text: str) -> str:
    """A name of the time zone list."""
    if not zones.known(text):
        raise InvalidData("Timezone", "a name of the time zone list, as Europe/London")
    return text


def parse_random(text: str) -> bool:
    """True or false."""
    return _word("Random ID", text, "true", "false") == "true"


def parse_operation(text: str) -> str:
    """Durations or modes."""
    return _word("Operation", text, "durations", "modes")


def parse_order(text: str) -> bool:
    """Whether the newest come first."""
    return _word("Page Order", text, "ascending", "descending") == "descending"


def parse_positive(name: str, text: str) -> int:
    """A page's number or size: 1 or more."""
    if not _WHOLE.fullmatch(text) or text == "0":
        raise InvalidData(name, "a whole number of 1 or more")
    return int(text)


def parse_access(text: str) -> Access:
    """STANDARD or ONE_TIME."""
    return "ONE_TIME" if _word("Access Type", text, "STANDARD", "ONE_TIME") == "ONE_TIME" else "STANDARD"


def parse_step(text: str) -> str:
    """SUSPEND or RESTORE."""
    return _word("Action", text, "SUSPEND", "RESTORE")


def parse_message(text: str) -> str:
    """At most 500 of the document's characters; its own sample adds small letters and the space."""
    if not re.fullmatch(MESSAGE.strip("^$"), text):
        raise InvalidData("Message", "at most 500 characters of 0-9 A-Z a-z _,-.() and the space")
    return text


def parse_periods(text: str) -> list[Period]:
    """JSON: "0" to "9", each a period with all of its keys; those that are left out are switched off."""
    expected = 'JSON with periods "0" to "9"; see k3connect/help/spcconfig'
    try:
        given = msgspec.json.decode(text, type=dict[str, _Given])
    except (msgspec.MsgspecError, RecursionError) as wrong:
        raise InvalidData("Active Periods", expected, str(wrong)) from None
    if not given or not set(given) <= {str(n) for n in range(PERIODS)}:
        raise InvalidData("Active Periods", expected, "the keys are the digits 0 to 9")
    if any(period.starts > period.ends for period in given.values()):
        raise InvalidData("Active Periods", expected, "a period starts before it ends; make two of one over midnight")
    found = [Period() for _ in range(PERIODS)]
    for number, period in given.items():
        found[int(number)] = Period(**msgspec.structs.asdict(period))
    return found


# ---- out: answers


def answer(turn: Turn, document: Any) -> Answer:
    """200 with JSON."""
    return Answer(200, _headers(turn), msgspec.json.encode(document))


def refusal(turn: Turn, error: CodelocksError) -> Answer:
    """The gateway's own words, or the API's: a JSON list in a JSON text, as it was recorded.

    A wrong access key was seen to be 401 without a body (vendor-facts); the document knows no 401.
    """
    if isinstance(error, GatewayError):
        kind = (("x-amzn-ErrorType", error.kind),)
        return Answer(error.status, (*_headers(turn), *kind), msgspec.json.encode({"message": error.said[0]}))
    if turn.profile == OBSERVED and isinstance(error, BadAccessKey):
        return Answer(401, _headers(turn)[1:])
    return Answer(error.status, _headers(turn), msgspec.json.encode({"Message": json.dumps(error.said)}))


def _headers(turn: Turn) -> Headers:
    chance = turn.random("request", turn.entry.n)
    return (
        ("Content-Type", "application/json"),
        ("x-amzn-RequestId", chance.uuid()),
        ("Via", f"1.1 {chance[16:].hex()}.cloudfront.net (CloudFront)"),
    )


def stamp(us: int) -> str:
    """`2020-10-01T16:00:00`, of whichever clock."""
    return iso(us - us % SECOND).removesuffix("Z")


# ---- out: NetCodes


def render_netcode(
    profile: str, id: str, model: str, duration: Duration, start: int, code: str, original: str, zone: str
) -> dict[str, Any]:
    """One NetCode. `start`: the lock's own time; `original`: the parameter as it came."""
    later = profile == OBSERVED
    kit = model != K3CONNECT
    printed = f"{id[:4]}/{id[4:6]}/{id[6:8]}/{id[8:10]}:{id[10:]}" if kit else None if later else ""
    shown = {
        "Startdate": stamp(start),
        "DurationHours": duration.hours,
        "DurationDays": duration.days,
        "Mode": duration.mode,
        "SubMode": duration.submode,
        "Timecode": printed,
        "ActualNetcode": code,
        "Resultstatus": None if later else "Success",
        "LockId": id,
    }
    if later:
        return shown
    return shown | {"Expires": stamp(start + duration.length), "Startdata": _startdata(start, original, zone)}


def _startdata(start: int, original: str, zone: str) -> dict[str, Any]:
    date, time = stamp(start).split("T")
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


# ---- out: utilities


def render_init(default: str, form: tuple[str, str], sequence: str, timecode: str) -> dict[str, Any]:
    """/init."""
    return {
        "DefaultMastercode": default,
        "InitSeqFormat": form[0],
        "InitSeqFormatDesc": form[1],
        "InitSeq": sequence,
        "TimeCode": timecode,
    }


def render_durations(profile: str, model: str | None) -> list[dict[str, Any]]:
    """/durations: those of a model, or all."""
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
    """/durations with MODES: each mode once."""
    modes: dict[tuple[str, str], set[str]] = {}
    for duration in DURATIONS:
        if model is None or model in duration.models:
            modes.setdefault((duration.mode, duration.submode), set()).update(duration.models)
    return [
        {"Mode": mode, "SubMode": submode, "LockModels": ",".join(one for one in MODELS if one in models)}
        for (mode, submode), models in modes.items()
    ]


def render_duration(profile: str, model: str, duration: Duration) -> dict[str, Any]:
    """/duration/{id}. The rules speak to the caller: what to do with a local start before it is sent."""
    kit = model != K3CONNECT
    rules = {
        "ApplyDST": 0 if kit else 1,
        "ConvertToUTC": 1 if kit else 0,
        "RestrictedStartTime": "00:00" if duration.days else "",
    }
    length = {"Days": duration.days, "Hours": duration.hours}
    mode = {"Name": duration.mode, "SubMode": duration.submode}
    shown: dict[str, Any] = {"LockModel": model, "DurationID": duration.id}
    parts: dict[str, Any] = {"Rules": rules, "Duration": length, "Mode": mode}
    return shown | (parts if profile == OBSERVED else {name: [part] for name, part in parts.items()})


# ---- out: K3Connect


def render_k3lock(profile: str, lock: K3Lock, now: int, *, single: bool) -> dict[str, Any]:
    """A lock, in the list or `single`. Its times are its own wall clock's."""
    year = int(iso(zones.local(now, lock.zone))[:4])
    summer = zones.summer(lock.zone, year)
    known = lock.synced_at is not None
    shown: dict[str, Any] = {
        "LockId": lock.id,
        "LockName": lock.name,
        "BatteryStatus": "FULL" if known else "UNKNOWN",
        "BatteryUpdated": stamp(zones.local(lock.synced_at, lock.zone)) if lock.synced_at is not None else _UNKNOWN,
        "Manufacturer": "CODELOCKS",
        "ModelName": lock.model,
        "FirmwareVersion": lock.firmware,
        "Timezone": lock.zone,
        "TimezoneOffset": _offset(zones.standard_offset(now, lock.zone)),
        "DstStart": stamp(summer.start) if summer else _UNKNOWN,
        "DstEnd": stamp(summer.end) if summer else _UNKNOWN,
        "DstTime": _clock(summer.shift) if summer else "00:00",
        "PairingDate": stamp(zones.local(lock.paired_at, lock.zone)),
    }
    if single or profile == OBSERVED:
        shown["LockLocation"] = lock.location
    if profile == OBSERVED:
        shown |= {
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
    return shown


def _clock(us: int) -> str:
    return f"{us // HOUR:02}:{us % HOUR // MINUTE:02}"


def _offset(us: int) -> str:
    return ("-" if us < 0 else "+") + _clock(abs(us)).replace(":", "")


def render_account(profile: str, email: str) -> Any:
    """The account: documented as a list of one."""
    account = {"email": email, "spccmstatus": "ENABLED"}
    return account if profile == OBSERVED else [account]


def render_clients(lock: K3Lock, page: int, size: int) -> dict[str, Any]:
    """A page of a lock's clients, in the order of their invitations; `count` is how many there are in all."""
    first = (page - 1) * size
    return {"count": len(lock.clients), "clients": [_client(lock, one) for one in lock.clients[first : first + size]]}


def _client(lock: K3Lock, client: Client) -> dict[str, Any]:
    return {
        "email": client.email,
        "lockid": lock.id,
        "status": client.status,
        "accesstype": client.access,
        "activeperiods": [{str(n): msgspec.structs.asdict(period) for n, period in enumerate(client.periods)}],
    }


def render_result(word: str, lock: K3Lock | None = None, client: Client | None = None) -> dict[str, Any]:
    """What became of a client."""
    who = {} if lock is None or client is None else {"lockid": lock.id, "email": client.email}
    return {"result": word} | who


def render_audit(lock: K3Lock, page: int, size: int, *, newest_first: bool) -> list[dict[str, Any]]:
    """A page of what the server has heard; ids count up with time."""
    places = range(lock.heard)[::-1] if newest_first else range(lock.heard)
    return [
        {
            "AuditEntryID": lock.serial + lock.gone + n,
            "LockID": lock.id,
            "DateEntered": stamp(zones.local(lock.events[n].at, lock.zone)),
            "EntryType": lock.events[n].type,
            "EntryText": lock.events[n].text,
        }
        for n in places[(page - 1) * size : page * size]
    ]


def render_sample() -> dict[str, Any]:
    """help/spcconfig: a sample and its schema, as JSON in a text."""
    whole = {"enabled": True, "starts": "00:00", "ends": "23:59"} | dict.fromkeys(DAYS, True)
    times = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
    flags = {name: {"type": "boolean"} for name in ("enabled", *DAYS)}
    period = {
        "type": "object",
        "additionalProperties": False,
        "required": list(whole),
        "properties": flags | {"starts": times, "ends": times},
    }
    schema = {"type": "object", "patternProperties": {"^[0-9]$": period}, "additionalProperties": False}
    sample = {str(n): whole for n in range(PERIODS)}
    return {"activeperiods": json.dumps({"sample": sample, "schema": schema})}
