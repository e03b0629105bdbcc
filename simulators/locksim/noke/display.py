"""What the console shows of Nokē: sessions that end, what locks and fobs hold, what phones still carry, requests and recipes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from locksim.engine.display import Display, Gauge, Holding, Recipe, Step
from locksim.engine.timestamps import SECOND, iso
from locksim.engine.turn import Turn
from locksim.noke.operations import API
from locksim.noke.state import (
    AWAKE,
    FIRMWARE_MODE,
    PLACES_MAX,
    PRE_RELEASE,
    SANDBOX,
    UNLIMITED,
    Database,
    FobRecord,
    LockBody,
    LockRecord,
    State,
)

__all__ = ["DISPLAY"]

_KEY = ("Authorization", "Bearer {{api_key}}")
_JSON = ("Content-Type", "application/json")


def _values(turn: Turn, state: State, site: str) -> Mapping[str, str]:
    base = next((one for one in state.databases if one.name == site.removesuffix(PRE_RELEASE)), state.databases[0])
    return {"api_key": base.api_key, "mobile_api_key": base.mobile_api_key}


def _gauges(turn: Turn, state: State) -> Iterator[Gauge]:
    now = turn.now
    for lock in state.locks:
        if lock.awake(now):
            yield _running(
                "the lock is awake", "then it sleeps, and its session is over", lock.awake_until, AWAKE, lock.mac
            )
        if lock.unlocked(now) and not lock.explicit_lock and lock.shackle == "in":
            yield _running("the lock is unlocked", "then it engages", lock.open_until, lock.open_until - now, lock.mac)
        if lock.updating(now):
            yield _running("firmware update mode", "then it ends", lock.update_until, FIRMWARE_MODE, lock.mac)
    for base in state.databases:
        for record in base.locks:
            used = sum(place.status != "free" for place in record.places)
            if used:
                then = "then no further offline key is issued"
                yield Gauge("places for offline and fob keys", then, used, PLACES_MAX, device=record.mac)


def _running(title: str, then: str, until: int, length: int, mac: str) -> Gauge:
    return Gauge(title, then, begins=iso(until - length), ends=iso(until), device=mac)


def _holdings(turn: Turn, state: State) -> Mapping[str, list[Holding]]:
    found = {}
    for base in state.databases:
        for record in base.locks:
            if lines := _of_lock(record, state.body(record.mac)):
                found[record.mac] = lines
        for fob in base.fobs:
            if lines := _of_fob(fob):
                found[fob.mac] = lines
    return found


def _of_lock(record: LockRecord, body: LockBody) -> list[Holding]:
    """Return what the lock holds, what the server has and the lock does not yet, and what a phone has to carry."""
    lines = []
    on_lock = {(held.place, held.generation) for held in body.holds}
    for place in record.places:
        if place.status == "free":
            continue
        who = place.tracking_key or "no tracking key"
        what = f"offline key {place.number} of {who}" + (f", for fob {place.holder}" if place.holder else "")
        there = (place.number, place.generation) in on_lock
        if not place.valid:
            if there:
                lines.append(Holding(what, "leaving", "revoked; it opens until the next online unlock"))
        elif there:
            lines.append(Holding(what, "held"))
        else:
            lines.append(Holding(what, "arriving", "the next online unlock brings it"))
    for code, held in body.clicks.items():
        uses = (
            "any number of uses" if held.uses == UNLIMITED else f"{held.uses} use{'' if held.uses == 1 else 's'} left"
        )
        lines.append(Holding(f"quick click of {len(code)} presses", "held", uses))
    lines += [
        Holding(f"quick click of {len(click.code)} presses", "arriving", "the next online unlock brings it")
        for click in record.clicks
        if click.pending and not click.revoked and click.code not in body.clicks
    ]
    if record.settings_pending:
        lines.append(Holding("settings", "arriving", "the next online unlock brings them"))
    undelivered = [sent for sent in record.sent if sent.number > body.last_order]
    if undelivered:
        lines.append(
            Holding(_count(len(undelivered), "set of commands"), "arriving", "a phone carries them, for one session")
        )
    if body.events:
        lines.append(Holding(_count(len(body.events), "event"), "reporting", "a phone must upload them"))
    return lines


def _of_fob(fob: FobRecord) -> list[Holding]:
    states = {"pending": "arriving", "synced": "held", "revoke_pending": "leaving"}
    details = {
        "pending": "the fob's next sync brings it",
        "synced": "",
        "revoke_pending": "the fob's next sync takes it",
    }
    return [
        Holding(f"key of lock {one.lock}", states[one.status], details[one.status])  # type: ignore[arg-type]
        for one in fob.credentials
    ]


def _count(number: int, what: str) -> str:
    first, _, rest = what.partition(" ")
    return f"{number} {first}{'' if number == 1 else 's'} {rest}".rstrip()


def _recipes(turn: Turn, state: State) -> Iterator[Recipe]:
    base: Database = state.databases[0]
    lock = next((one for one in base.locks if one.set_up and not state.body(one.mac).flat(turn.now)), None)
    if lock is None or base.name != SANDBOX:
        return
    device = f'"mac": "{lock.mac}", "session": "{{{{session}}}}"'
    seconds = turn.now // SECOND
    unlock = [
        Step(
            "Touch the lock: it wakes",
            "act",
            "Its session is 40 hex digits.",
            device=lock.mac,
            action="wake",
            keep={"session": "session"},
        ),
        Step(
            "Ask the server for commands",
            "request",
            "They are for this lock and this session alone.",
            method="POST",
            target="/unlock/",
            headers=[_KEY, _JSON],
            body=f'{{{device}, "tracking_key": "ada"}}',
            keep={"commands": "data.commands"},
        ),
        Step(
            "The phone brings the commands to the lock",
            "act",
            device=lock.mac,
            action="deliver",
            args={"commands": "{{commands}}"},
            keep={"responses": "responses"},
        ),
        Step(
            "The phone uploads the lock's responses",
            "request",
            "With the mobile key. Only now does the server know.",
            method="POST",
            target="/upload/",
            headers=[("Authorization", "Bearer {{mobile_api_key}}"), _JSON],
            body=f'{{"logs": [{{{device}, "received_time": {seconds}, "responses": {{{{responses}}}}}}]}}',
        ),
    ]  # fmt: skip
    yield Recipe("Let a guest in with a phone", f"A phone unlocks lock {lock.mac} with a network.", unlock)
    if lock.family.keys:
        yield Recipe(
            "Issue an offline key too early",
            "A key for a phone without a network opens the lock only after an online unlock has brought it there.",
            [
                Step(
                    "Issue an offline key",
                    "request",
                    method="POST",
                    target="/keys/",
                    headers=[_KEY, _JSON],
                    body=f'{{"issue": [{{"macs": ["{lock.mac}"], "tracking_keys": ["ada"]}}]}}',
                    keep={"key": "data.locks.0.keys.0.offline_key", "command": "data.locks.0.keys.0.unlock_command"},
                ),
                Step(
                    "A phone without a network tries it",
                    "act",
                    device=lock.mac,
                    action="offline_unlock",
                    args={"offline_key": "{{key}}", "unlock_command": "{{command}}"},
                ),
            ],
        )


DISPLAY = Display(
    operations=API,
    site_of=lambda path: SANDBOX,
    headers=(_KEY, _JSON),
    values=_values,
    gauges=_gauges,
    holdings=_holdings,
    recipes=_recipes,
    rules=(
        ("^the lock does not have this key", ("NO-R54", "NO-R60", "NO-R67")),
        ("^it does not know this code, or the code is used up", ("NO-R69", "NO-R54")),
        ("^it sleeps, or is in update mode", ("NO-R37", "NO-R126")),
        ("stuck", ("NO-R49", "NO-R134", "NO-R53")),
        ("second unlock during set-up", ("NO-R49", "NO-R134")),
        ("ask for commands with the session just read", ("NO-R36", "NO-R37")),
        ("it has taken these commands, or newer ones", ("NO-R36",)),
        ("^there is no API key|^Authorization must be Bearer", ("NO-R06", "NO-R08")),
        ("^this call takes the|^unknown API key", ("NO-R06", "NO-R120")),
        ("^no lock of this server has the mac", ("NO-R12", "NO-R132")),
        ("^session must be", ("NO-R34",)),
        ("^every call is a POST", ("NO-R14", "NO-R13")),
        ("is not live yet", ("NO-R09",)),
        ("^the body (is no JSON|must be)", ("NO-R17",)),
        ("^there is no such call", ("NO-R12", "NO-R13")),
    ),
)
