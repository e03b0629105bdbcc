"""Parse and render what goes over the wire: queries, bodies and dates in; JSON with its names, key order and times out.

Records stay JSON objects here; `records` reads their fields. The key order is that of the vendor's samples. Where a table
lists a key that the sample lacks, FIDELITY.md says which of them counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from locksim.engine.inputs import Answer
from locksim.engine.timestamps import moment
from locksim.lockt.errors import BadParameter, CouldNotParse, LocktError, TooManyRecords, WrongMethod
from locksim.lockt.events import texts_of
from locksim.lockt.state import AccessLevel, Credential, Door, Event, Fob, Schedule, State, User, full_name

__all__ = [
    "JSON",
    "MAX_RECORDS",
    "Batch",
    "Counts",
    "Options",
    "answer",
    "parse_batch",
    "parse_date",
    "parse_number",
    "parse_text",
    "render_batch",
    "render_credential",
    "render_door",
    "render_door_state",
    "render_event",
    "render_fob",
    "render_fob_check",
    "render_level",
    "render_refusal",
    "render_schedule",
    "render_summary",
    "render_user",
    "stamp",
]

JSON = "application/json"
MAX_RECORDS = 100
PARTLY = "Validation errors found. Details provided."
"""The `result` of a batch of which some records passed. The text is ours: the document has none."""

_DOCUMENTED = (
    re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", re.ASCII),
    re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", re.ASCII),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"-?[0-9]{1,1000}", re.ASCII)


# ---- in


def parse_text(name: str, values: Sequence[str]) -> str | None:
    """Return the value of a query parameter, or None if it is absent.

    Raises BadParameter if it comes twice or is empty.
    """
    if len(values) > 1:
        raise BadParameter(f"{name} is given more than once; give it once", f"Invalid {name} supplied.")
    if values and not values[0]:
        raise BadParameter(f"{name} is empty; give a value, or leave it out", f"Invalid {name} supplied.")
    return values[0] if values else None


def parse_number(name: str, values: Sequence[str]) -> int | None:
    """Return the value of a query parameter as a whole number, or None if it is absent. Raises BadParameter."""
    text = parse_text(name, values)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text):
        raise BadParameter(f"{name} must be a whole number, as {name}=1693", f"Invalid {name} supplied.")
    return int(text)


class Options(NamedTuple):
    """The processing options, with the document's defaults."""

    update_existing: bool = False
    validate_fails_batch: bool = True
    replace_privileges: bool = True


class Batch(NamedTuple):
    """The records of one call, as JSON objects, and its options."""

    records: list[dict[str, Any]]
    options: Options


def parse_batch(node: str, body: bytes, *, limit: int | None = MAX_RECORDS) -> Batch:
    """Return the records under the key `node`, and the options. Raises CouldNotParse, TooManyRecords.

    `limit` is the most records that the call may have; None is no limit.
    """
    try:
        given = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        raise CouldNotParse(f'the body is not JSON; send {{"{node}": […]}}') from None
    records = given.get(node) if isinstance(given, dict) else None
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        raise CouldNotParse(f'the body must have a list of objects under "{node}", at least one')
    if limit is not None and len(records) > limit:
        raise TooManyRecords(f"there are {len(records)} records in one call; send blocks of at most {limit}")
    return Batch(records, _options(given.get("options")))


def _options(given: Any) -> Options:
    if given is None:
        return Options()
    if not isinstance(given, dict):
        raise CouldNotParse('options must be an object, as {"update_existing": true}')
    return Options(**{name: _flag(name, given[name]) for name in Options._fields if given.get(name) is not None})


def _flag(name: str, value: Any) -> bool:
    """Return a boolean from a boolean or, as in the vendor's samples, from the text of one."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise CouldNotParse(f'options.{name} must be true or false, or the text "true" or "false"')


def parse_date(text: str) -> int | None:
    """Return a date in µs UTC from `2022-05-05 05:00:00` or `2022-05-05T05:00:00.000Z`, and None from "".

    Both forms are in UTC. Raises ValueError for any other form.
    """
    if not text:
        return None
    if not any(form.fullmatch(text) for form in _DOCUMENTED):
        raise ValueError(f"{text!r} is in neither of the documented forms")
    at = datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    delta = at - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


# ---- out: answers


def answer(records: Iterable[dict[str, Any]]) -> Answer:
    """Return 200 with these objects as `data`."""
    return _json(200, {"data": list(records)})


def render_refusal(method: str, error: LocktError) -> Answer:
    """Return a refusal: `result` and `errors` for writes, an array of error objects as `data` for reads."""
    if method in ("POST", "PUT"):
        body: dict[str, Any] = {"result": [error.message], "errors": error.errors}
    else:
        body = {"data": [{"error": error.message}]}
    allow = (("Allow", error.allow),) if isinstance(error, WrongMethod) else ()
    return _json(error.status, body, allow)


def _json(status: int, document: Any, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(status, (("Content-Type", JSON), *headers), msgspec.json.encode(document))


class Counts(NamedTuple):
    """The counts of a batch. Ignored records count as submitted only."""

    submitted: int
    inserted: int
    updated: int
    errors: int


def render_batch(counts: Counts, errors: list[dict[str, Any]]) -> Answer:
    """Return 200 with the counts, and with the records that failed, if there are any."""
    body: dict[str, Any] = {"data": counts._asdict()}
    if errors:
        body |= {"result": [PARTLY], "errors": errors}
    return _json(200, body)


# ---- out: records


def stamp(us: int | None) -> str:
    """Return a date as `2022-05-05T09:00:00.000Z`, and "" for None. `us` is in µs UTC."""
    return "" if us is None else moment(us).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def render_user(state: State, user: User, *, levels: bool) -> dict[str, Any]:
    """Return a user. Only the list shows access levels (`levels`): the samples of single reads lack them."""
    credential = state.credentials[user.credentials[0]] if user.credentials else None
    shown: dict[str, Any] = {
        "id": user.id,
        "id_num": user.id_num,
        "last_name": user.last_name,
        "first_name": user.first_name,
        "card_num": credential.card_num if credential else "",
        "credential_key": credential.key if credential else "",
        "email": user.email,
        "phone": user.phone,
        "access_effective": stamp(user.effective),
        "access_expires": stamp(user.expires),
        "enabled": user.enabled,
    }
    return shown | {"accesslevels": _levels(state, user.levels)} if levels else shown


def _levels(state: State, levels: Sequence[int]) -> list[dict[str, Any]]:
    return [render_level(state, state.levels[level]) for level in levels]


def render_level(state: State, level: AccessLevel) -> dict[str, Any]:
    """Return an access level. The key `doors` is absent if it has no doors."""
    shown: dict[str, Any] = {"id": level.id, "name": level.name}
    doors = [{"id": door, "name": state.doors[door].name} for door in level.doors]
    return shown | {"doors": doors} if doors else shown


def render_credential(state: State, credential: Credential) -> dict[str, Any]:
    """Return a credential with its holder, in an array of one."""
    user = state.users[credential.user]
    return {
        "id": credential.id,
        "card_num": credential.card_num,
        "credential_key": credential.key,
        "claim_status": "Unclaimed" if credential.phone is None else "Claimed",
        "user": [{"id": user.id, "name": full_name(user)}],
    }


def render_summary(credentials: Iterable[Credential]) -> list[dict[str, Any]]:
    """Return how many credentials are claimed, and how many are not."""
    claimed = [credential.phone is not None for credential in credentials]
    return [
        {"claim_status": "Claimed", "count": sum(claimed)},
        {"claim_status": "Unclaimed", "count": len(claimed) - sum(claimed)},
    ]


def render_event(event: Event, controller: str) -> dict[str, Any]:
    """Return an event. The keys `subcode` and `subcode_text` are absent from a granted one."""
    what = event.what
    texts = texts_of(what.code, what.subcode)
    shown: dict[str, Any] = {"id": event.id, "device": what.device, "code": what.code, "code_text": texts.code}
    if texts.subcode is not None:
        shown |= {"subcode": what.subcode, "subcode_text": texts.subcode}
    return shown | {
        "schedule": what.schedule,
        "controller": controller,
        "location": what.location,
        "card_num": what.card_num,
        "user": what.user,
        "category": texts.category,
        "category_text": texts.category_text,
        "hw_time": stamp(what.at),
        "db_time": stamp(event.db),
    }


def render_door(door: Door) -> dict[str, Any]:
    """Return a door."""
    return {
        "id": door.id,
        "type": "Access Controlled Door",
        "name": door.name,
        "location": door.location,
        "enabled": door.enabled,
        "controller": "BEST Switch™ API",
    }


def render_door_state(state: State, door: Door, now: int) -> dict[str, Any]:
    """Return a door's battery level as the system knows it, from 0 to 1 with two decimals.

    A door without a battery has no level.
    """
    shown: dict[str, Any] = {"id": door.id, "name": door.name}
    level = state.reported_level(door, now)
    return shown if level is None else shown | {"battery_level": level // 10_000 / 100}


def _fob(fob: Fob) -> dict[str, Any]:
    return {"id": fob.id, "id_num": fob.id_num, "name": fob.name, "card_num": fob.card_num}


def render_fob(state: State, fob: Fob) -> dict[str, Any]:
    """Return a fob with its access levels, which it inherits if it has a user."""
    return _fob(fob) | {
        "credential_key": fob.key,
        "enabled": fob.enabled,
        "access_effective": stamp(fob.effective),
        "access_expires": stamp(fob.expires),
        "accesslevels": _levels(state, state.fob_levels(fob)),
    }


def render_fob_check(fob: Fob, now: int) -> dict[str, Any]:
    """Return a fob and when it was last used, as far as the system knows."""
    return _fob(fob) | {"last_activity": stamp(fob.last_use(now))}


def render_schedule(schedule: Schedule) -> dict[str, Any]:
    """Return a schedule: a bit a day, from Monday, and its hours."""
    days = {f"d{number}": int(open_) for number, open_ in enumerate(schedule.days)}
    return {"id": schedule.id, "name": schedule.name, **days, "start": schedule.start, "stop": schedule.stop}
