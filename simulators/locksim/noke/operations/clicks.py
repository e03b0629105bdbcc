"""/qc/issue/, /qc/revoke/, /qc/display/, and /qc/, which does all three. Their answers differ with the API version:

| | 0.0.0 | 0.1.0 | 1.0.0 |
|---|---|---|---|
| error_details | not there | null | an error for each item that failed; null when none did |
| data of issue and revoke | not there | what was done | what was done |
| some failed, some done | failure | failure | success |
"""

from __future__ import annotations

from typing import Any

from flask import Response, g

from locksim.noke import offline_keys, serialization
from locksim.noke.errors import BadInput
from locksim.noke.operations.door import Batch, api, base, respond_with
from locksim.noke.serialization import DESCRIPTIVE, ORIGINAL
from locksim.noke.state import Click, LockRecord

__all__: list[str] = []

Job = tuple[str, list[tuple[str, int]]]
"""A lock's MAC, and codes with their uses (revoked codes: 0)."""


@api.post("/qc/issue/")
def issue_clicks() -> Response:
    """New codes, or new uses for codes that there are."""
    return _one("issue")


@api.post("/qc/revoke/")
def revoke_clicks() -> Response:
    """Codes to be taken off the lock."""
    return _one("revoke")


@api.post("/qc/display/")
def display_clicks() -> Response:
    """The codes of the locks named, or of all."""
    return _answer(Batch(), _display(g.body), listing=True)


@api.post("/qc/")
def all_clicks() -> Response:
    """Deprecated: issue, revoke, and always display."""
    issues = [_parse_job(item, "issue") for item in serialization.parse_objects(g.body, "issue")]
    revokes = [_parse_job(item, "revoke") for item in serialization.parse_objects(g.body, "revoke")]
    display = g.body.get("display")
    if display is not None and not isinstance(display, dict):
        raise BadInput("display must be an object, with macs or nothing")
    wanted, batch = _wanted(display or {}), Batch()
    for action, jobs in (("issue", issues), ("revoke", revokes)):
        for job in jobs:
            _work(batch, action, job)
    batch.done += 1  # the display
    return _answer(batch, _listed(wanted), listing=True)


def _one(action: str) -> Response:
    job = _parse_job(g.body, action)
    lock = base().lock(job[0])
    batch = Batch()
    done = [serialization.render_click(click, revoked=action == "revoke") for click in _work(batch, action, job)]
    return _answer(batch, [{"mac": lock.mac, "quick_clicks": done}] if done else [])


def _work(batch: Batch, action: str, job: Job) -> list[Click]:
    mac, codes = job
    done = []
    for code, uses in codes:
        with batch.item(mac, code, action):
            lock = base().lock(mac)
            done.append(
                offline_keys.issue_click(lock, code, uses)
                if action == "issue"
                else offline_keys.revoke_click(lock, code)
            )
    return done


def _answer(batch: Batch, data: list[dict[str, Any]], *, listing: bool = False) -> Response:
    name, troubles = g.operation.name, batch.troubles
    more: dict[str, Any] = {"error_details": None, "data": data}
    if g.version == DESCRIPTIVE and troubles:
        more["error_details"] = [
            {"mac": t.mac, "code": t.what, "msg": t.error.sentence, "action": t.action} for t in troubles
        ]
    if g.version == ORIGINAL and not listing:
        del more["data"]
    if not troubles or (batch.done and g.version == DESCRIPTIVE):
        return respond_with(serialization.success(name, g.version, g.default, **more))
    error = troubles[0].error
    return respond_with(serialization.failure(name, error, g.version, g.default, **more))


# ---- in


def _parse_job(item: dict[str, Any], action: str) -> Job:
    codes = serialization.parse_objects(item, "quick_clicks", needed=True)
    return serialization.parse_text(item, "mac"), [_parse_code(code, action) for code in codes]


def _parse_code(item: dict[str, Any], action: str) -> tuple[str, int]:
    uses = item.get("uses") if action == "issue" else 0
    if not isinstance(uses, int) or isinstance(uses, bool):
        raise BadInput("uses must be a whole number from 1 to 255, where 255 is unlimited")
    return serialization.parse_text(item, "code"), uses


def _wanted(body: dict[str, Any]) -> list[LockRecord] | None:
    """The locks named; None: all. Raises UnknownLock: a display succeeds or fails as a whole."""
    macs = serialization.parse_texts(body, "macs")
    return None if macs is None else [base().lock(mac) for mac in macs]


# ---- out


def _display(body: dict[str, Any]) -> list[dict[str, Any]]:
    return _listed(_wanted(body))


def _listed(wanted: list[LockRecord] | None) -> list[dict[str, Any]]:
    locks = [lock for lock in base().locks if lock.clicks] if wanted is None else wanted
    return [
        {"mac": lock.mac, "quick_clicks": [serialization.render_click(click) for click in lock.clicks]}
        for lock in locks
    ]
