"""Chapter *Quick Clicks*: /qc/issue/, /qc/revoke/, /qc/display/, and /qc/, which does all three.

Their answers differ with the API version:

| | 0.0.0 | 0.1.0 | 1.0.0 |
|---|---|---|---|
| error_details | absent | null | an error for each item that failed; null when none did |
| data of issue and revoke | absent | what was done | what was done |
| some failed, some done | failure | failure | success |
"""

from __future__ import annotations

from typing import Any

from locksim.api.context import Arguments
from locksim.engine.inputs import Answer
from locksim.noke import offline_keys, serialization
from locksim.noke.errors import BadInput
from locksim.noke.operations.batch import Batch
from locksim.noke.operations.request import VERSIONED, NokeOperation, Request, fail, field, succeed
from locksim.noke.serialization import DESCRIPTIVE, ORIGINAL, parse_objects, parse_text, parse_texts
from locksim.noke.state import Click, LockRecord

__all__ = ["OPERATIONS"]

_Job = tuple[str, list[tuple[str, int]]]
"""A lock's MAC, and codes with their uses (revoked codes: 0)."""


def issue_clicks(context: Request, arguments: Arguments) -> Answer:
    """Issue new codes, or give codes that there are new uses."""
    return _change_one_lock(context, arguments, "issue")


def revoke_clicks(context: Request, arguments: Arguments) -> Answer:
    """Revoke codes; a lock forgets them at its next online unlock."""
    return _change_one_lock(context, arguments, "revoke")


def display_clicks(context: Request, arguments: Arguments) -> Answer:
    """Show the codes of the locks named, or of all locks."""
    data = _render_locks(context, _wanted(context, arguments["macs"]))
    return _answer(context, Batch(context), data, listing=True)


def all_clicks(context: Request, arguments: Arguments) -> Answer:
    """Issue, revoke, and always display (deprecated)."""
    wanted, batch = _wanted(context, arguments["display"]), Batch(context)
    for action in ("issue", "revoke"):
        for job in arguments[action]:
            _change(context, batch, action, job)
    batch.done += 1  # the display
    return _answer(context, batch, _render_locks(context, wanted), listing=True)


def _change_one_lock(context: Request, arguments: Arguments, action: str) -> Answer:
    job = arguments["mac"], [_parse_code(code, action) for code in arguments["quick_clicks"]]
    lock, batch = context.database.lock(arguments["mac"]), Batch(context)
    changed = _change(context, batch, action, job)
    clicks = [serialization.render_click(click, revoked=action == "revoke") for click in changed]
    return _answer(context, batch, [{"mac": lock.mac, "quick_clicks": clicks}] if clicks else [])


def _change(context: Request, batch: Batch, action: str, job: _Job) -> list[Click]:
    """Issue or revoke the codes one by one, and return those that were done."""
    mac, codes = job
    done: list[Click] = []
    for code, uses in codes:
        with batch.item(mac, code, action):
            lock = context.database.lock(mac)
            if action == "revoke":
                done.append(offline_keys.revoke_click(lock, code))
            elif any(click.code == code for click in done):
                raise BadInput("the code comes twice in this request; each code must be unique")
            else:
                done.append(offline_keys.issue_click(lock, code, uses))
    return done


def _answer(context: Request, batch: Batch, data: list[dict[str, Any]], *, listing: bool = False) -> Answer:
    failed, version = batch.failed, context.version
    more: dict[str, Any] = {"error_details": None, "data": data}
    if version == DESCRIPTIVE and failed:
        more["error_details"] = [
            {"mac": one.mac, "code": one.name, "msg": one.error.sentence, "action": one.action} for one in failed
        ]
    if version == ORIGINAL and not listing:
        del more["data"]
    if not failed or (batch.done and version == DESCRIPTIVE):
        return succeed(context, **more)
    return fail(context, failed[0].error, **more)


def _wanted(context: Request, macs: list[str] | None) -> list[LockRecord] | None:
    """Return the locks named; None: all. Raises UnknownLock: a display succeeds or fails as a whole."""
    return None if macs is None else [context.database.lock(mac) for mac in macs]


def _render_locks(context: Request, wanted: list[LockRecord] | None) -> list[dict[str, Any]]:
    locks = [lock for lock in context.database.locks if lock.clicks] if wanted is None else wanted
    return [
        {"mac": lock.mac, "quick_clicks": [serialization.render_click(click) for click in lock.clicks]}
        for lock in locks
    ]


# ---- parameters


def _parse_clicks(fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return parse_objects(fields, name, needed=True)


def _parse_jobs(fields: dict[str, Any], name: str) -> list[_Job]:
    return [_parse_job(item, name) for item in parse_objects(fields, name)]


def _parse_job(item: dict[str, Any], action: str) -> _Job:
    codes = _parse_clicks(item, "quick_clicks")
    return parse_text(item, "mac"), [_parse_code(code, action) for code in codes]


def _parse_code(item: dict[str, Any], action: str) -> tuple[str, int]:
    uses = item.get("uses") if action == "issue" else 0
    if not isinstance(uses, int) or isinstance(uses, bool):
        raise BadInput("uses must be a whole number from 1 to 255, where 255 is unlimited")
    return parse_text(item, "code"), uses


def _parse_display(fields: dict[str, Any], name: str) -> list[str] | None:
    display = fields.get(name)
    if display is not None and not isinstance(display, dict):
        raise BadInput("display must be an object, with macs or nothing")
    return parse_texts(display or {}, "macs")


_ONE_LOCK = (
    field("quick_clicks", _parse_clicks, required=True),
    field("mac", parse_text, required=True),
)

OPERATIONS = (
    NokeOperation(
        "POST", "/qc/issue/", issue_clicks, "destructive", "POST /qc/issue/", parameters=_ONE_LOCK, tags=VERSIONED
    ),
    NokeOperation(
        "POST", "/qc/revoke/", revoke_clicks, "destructive", "POST /qc/revoke/", parameters=_ONE_LOCK, tags=VERSIONED
    ),
    NokeOperation(
        "POST",
        "/qc/display/",
        display_clicks,
        "read",
        "POST /qc/display/",
        parameters=(field("macs", parse_texts),),
        tags=VERSIONED,
    ),
    NokeOperation(
        "POST",
        "/qc/",
        all_clicks,
        "destructive",
        "POST /qc/",
        parameters=(field("issue", _parse_jobs), field("revoke", _parse_jobs), field("display", _parse_display)),
        tags=VERSIONED,
    ),
)
