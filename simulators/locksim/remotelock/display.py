"""What the console shows of RemoteLock: tokens and the minute's requests, what locks have not synced, requests and recipes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from locksim.api.summer_time import next_summer
from locksim.api.time_zones import local_time
from locksim.engine.display import Display, Gauge, Holding, Recipe, Step
from locksim.engine.timestamps import HOUR, MINUTE, iso, moment
from locksim.engine.turn import Turn
from locksim.remotelock import rate_limit
from locksim.remotelock.account import Account
from locksim.remotelock.catalog import can
from locksim.remotelock.entities import Lock
from locksim.remotelock.hardware import battery, grants
from locksim.remotelock.oauth import Token
from locksim.remotelock.operations import API
from locksim.remotelock.seed import credentials
from locksim.remotelock.state import State

__all__ = ["DISPLAY"]

_TOKENS = 5
"""The most access tokens that are shown."""
_JSON = ("Content-Type", "application/json")
_TOKEN = ("Authorization", "Bearer {{access_token}}")


def _values(turn: Turn, state: State, site: str) -> Mapping[str, str]:
    token = next((one.token for one in _valid_tokens(turn, state)), "")
    return credentials(state) | {"access_token": token}


def _valid_tokens(turn: Turn, state: State) -> list[Token]:
    """Return the access tokens that are valid now, the newest first."""
    found = [one for one in state.oauth.tokens.values() if not one.revoked and turn.now < one.expires_at]
    return sorted(found, key=lambda one: one.created_at, reverse=True)


def _account(state: State) -> Account:
    return state.accounts[next(iter(state.oauth.applications.values())).account_id]


def _examples(turn: Turn, state: State) -> Mapping[str, str]:
    account = _account(state)
    first: dict[str, Mapping[str, Any]] = {
        "access_person_id": account.persons,
        "group_id": account.groups,
        "location_id": account.locations,
        "access_id": account.accesses,
        "group_door_id": account.doors,
        "event_subscriber_id": account.subscribers,
    }
    found = {name: next(iter(items), "") for name, items in first.items()}
    return found | {"device_id": next(iter(account.devices), "")}


def _gauges(turn: Turn, state: State) -> Iterator[Gauge]:
    minute = turn.now - turn.now % MINUTE
    for account in state.accounts.values():
        used = account.rate.used if account.rate.since == minute else 0
        if used or account is _account(state):
            then = "then 429 until the minute ends" if turn.limits else "limits are switched off"
            yield Gauge(
                f"requests of {account.name} this minute",
                then,
                used,
                rate_limit.LIMIT,
                iso(minute),
                iso(minute + MINUTE),
            )
    for number, token in enumerate(_valid_tokens(turn, state)[:_TOKENS], 1):
        name = state.oauth.applications[token.client_id].name
        age = "the newest" if number == 1 else f"older, {number}"
        yield Gauge(
            f"access token of {name} ({age})",
            "then 401, expired",
            begins=iso(token.created_at),
            ends=iso(token.expires_at),
        )


def _holdings(turn: Turn, state: State) -> Mapping[str, list[Holding]]:
    return {
        device.id: lines
        for account in state.accounts.values()
        for device in account.devices.values()
        if isinstance(device, Lock) and (lines := _grants(turn, account, device))
    }


def _grants(turn: Turn, account: Account, lock: Lock) -> list[Holding]:
    """Return the grants that a lock stores, and those on which the cloud and the lock differ."""
    stored, expected = lock.physical.grants, grants.expected_grants(account, lock, turn.now)
    lines = []
    for key in {**stored, **expected}:
        grant = stored.get(key) or expected[key]
        until = "" if grant.end is None else f"until {_local(grant.end, account, lock)}"
        if key in lock.physical.sync_failures:
            lines.append(Holding(grant.name, "failed", lock.physical.sync_failures[key]))
        elif key not in stored:
            lines.append(Holding(grant.name, "arriving", f"not synced yet {until}".rstrip()))
        elif key not in expected:
            lines.append(Holding(grant.name, "leaving", "taken back or over, and still stored"))
        elif stored[key] != expected[key]:
            lines.append(Holding(grant.name, "arriving", "changed, and not synced yet"))
        else:
            lines.append(Holding(grant.name, "held", until))
    events = len(lock.physical.unreported_events)
    if events:
        lines.append(Holding(f"{events} event{'' if events == 1 else 's'}", "reporting", "until the next contact"))
    return lines


def _local(at: int, account: Account, lock: Lock) -> str:
    return f"{local_time(at, account.zone_of(lock)):%Y-%m-%d %H:%M} there"


# ---- recipes


def _recipes(turn: Turn, state: State) -> Iterator[Recipe]:
    account = _account(state)
    lock = next((one for one in account.devices.values() if isinstance(one, Lock) and _takes_pins(turn, one)), None)
    if lock is None:
        return
    zone = account.zone_of(lock)
    here = local_time(turn.now, zone).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    yield Recipe(
        "Let a guest in with a PIN",
        f"The cloud makes a guest with a PIN, the lock {lock.name} fetches it, and the guest types it.",
        [*_guest(lock, here, here + timedelta(days=1)), _contact(lock), _typing(lock, "The guest types the PIN")],
    )
    change = next_summer(turn.now, zone)
    if change is None:
        return
    night = local_time(change - 1, zone).replace(minute=30, second=0, microsecond=0, tzinfo=None) + timedelta(hours=1)
    evening = night.replace(hour=20, minute=0) - timedelta(days=1)
    yield Recipe(
        "Lock a guest out by summer time",
        f"A guest may stay until {night:%H:%M} in the night in which the clocks go forward, a time that does not occur.",
        [
            Step(
                f"Wait until the evening of {evening:%d} {evening:%B}",
                "until",
                until=_utc(change - 5 * HOUR),
            ),
            *_guest(lock, evening, night),
            _contact(lock),
            _typing(lock, "The guest goes in"),
            Step(
                "Wait until 20 minutes after the change",
                "until",
                f"A watch that nobody changed shows {night - timedelta(minutes=10):%H:%M}: ten minutes are left, it seems.",
                until=_utc(change + 20 * MINUTE),
            ),
            _typing(lock, "The guest comes back from a walk"),
        ],
    )


def _takes_pins(turn: Turn, lock: Lock) -> bool:
    powered = battery.has_power(lock.physical, turn.now)
    return (
        bool(can(lock.model_id, "pin_credential"))
        and lock.connected_at is not None
        and lock.physical.link.online
        and powered
    )


def _utc(at: int) -> str:
    return f"{moment(at):%Y-%m-%dT%H:%M:%SZ}"


def _guest(lock: Lock, starts: datetime, ends: datetime) -> list[Step]:
    person = {
        "type": "access_guest",
        "attributes": {
            "name": "Ada",
            "generate_pin": True,
            "starts_at": f"{starts:%Y-%m-%dT%H:%M:%S}",
            "ends_at": f"{ends:%Y-%m-%dT%H:%M:%S}",
        },
    }
    access = {"attributes": {"accessible_id": lock.id, "accessible_type": "lock"}}
    return [
        Step(
            "Get a token",
            "request",
            "With the client credentials of this world. A token is valid for two hours.",
            method="POST",
            target="/oauth/token",
            headers=[_JSON],
            body=_text({
                "grant_type": "client_credentials", "client_id": "{{client_id}}", "client_secret": "{{client_secret}}",
            }),
            site="oauth",
        ),
        Step(
            f"Make a guest, from {starts:%d} {starts:%B} {starts:%H:%M} to {ends:%d} {ends:%B} {ends:%H:%M}",
            "request",
            "Guest times have no time zone: they are local to the lock.",
            method="POST",
            target="/access_persons",
            headers=[_TOKEN, _JSON],
            body=_text(person),
            keep={"person": "data.id", "pin": "data.attributes.pin"},
        ),
        Step(
            f"Give the guest access to {lock.name}",
            "request",
            method="POST",
            target="/access_persons/{{person}}/accesses",
            headers=[_TOKEN, _JSON],
            body=_text(access),
        ),
    ]  # fmt: skip


def _text(document: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _contact(lock: Lock) -> Step:
    return Step(
        "The lock contacts the cloud",
        "act",
        "Until then it has not heard of the guest.",
        device=lock.id,
        action="heartbeat",
    )


def _typing(lock: Lock, title: str) -> Step:
    return Step(title, "act", device=lock.id, action="enter_pin", args={"pin": "{{pin}}"})


DISPLAY = Display(
    operations=API,
    site_of=lambda path: "oauth" if path.startswith("/oauth") else "api",
    headers=(_TOKEN,),
    without_credentials=("/oauth/authorize", "/oauth/token", "/oauth/revoke"),
    values=_values,
    examples=_examples,
    gauges=_gauges,
    holdings=_holdings,
    recipes=_recipes,
    rules=(
        ("^not_yet$", ("RL-R224", "RL-R88", "RL-R89")),
        ("^expired$", ("RL-R224", "RL-R88", "RL-R89")),
        ("^outside_schedule$", ("RL-R222", "RL-R223", "RL-R556")),
        ("^unknown_credential$", ("RL-R221", "RL-R225", "RL-R200")),
        ("^programming_code$", ("RL-R226",)),
        ("^no_(keypad|card_reader)$", ("RL-R229",)),
        ("^pin_conflict$", ("RL-R205",)),
        ("^there is no Authorization", ("RL-R24", "RL-R25")),
        ("^this access token does not exist", ("RL-R25", "RL-R28")),
        ("^this access token was revoked", ("RL-R15",)),
        ("^this access token is older than 7200 s", ("RL-R09", "RL-R524")),
        ("requests of this minute", ("RL-R70", "RL-R71")),
        ("^there is no version", ("RL-R36",)),
        ("^this path has no method|^there is no '/", ("RL-R38",)),
        ("^this account has no", ("RL-R39",)),
        ("the body is not valid JSON|body needs", ("RL-R31", "RL-R97")),
        ("^the time zone of .* is ignored", ("RL-R89",)),
    ),
)
