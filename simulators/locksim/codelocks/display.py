"""What the console shows of Codelocks: the month's calls, what phones and locks still have to tell, requests and recipes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import get_args
from urllib.parse import quote

from locksim.api.summer_time import day_before_summer, next_summer
from locksim.api.time_zones import local_time, start_of
from locksim.codelocks.durations import DURATIONS
from locksim.codelocks.operations import API
from locksim.codelocks.state import KitLock, Quota, State
from locksim.engine.display import Display, Gauge, Holding, Recipe, Step
from locksim.engine.timestamps import iso, moment
from locksim.engine.turn import Turn

__all__ = ["DISPLAY"]

_ZONE = "Europe/London"
_HOURS = 4
_CHECK_IN = 15


def _values(turn: Turn, state: State, site: str) -> Mapping[str, str]:
    return {"api_key": state.api_key, "access_key": state.access_key}


def _examples(turn: Turn, state: State) -> Mapping[str, str]:
    kit = _ready_lock(turn, state)
    here = moment(turn.now)
    return {
        "id": state.k3locks[0].id if state.k3locks else "",
        "lockmodel": "K3CONNECT",
        "identifier": "{{access_key}}",
        "accesskey": "{{access_key}}",
        "start": f"{here:%Y-%m-%d %H}:00",
        "duration": "3",
        "timezone": _ZONE,
        "clientemail": state.registered[0] if state.registered else "",
    } | ({} if kit is None else {"mastercode": kit.master})


def _ready_lock(turn: Turn, state: State) -> KitLock | None:
    """Return a KitLock that takes codes now."""
    return next((lock for lock in state.kitlocks if lock.timecode and lock.shows(turn.now) is not None), None)


def _gauges(turn: Turn, state: State) -> Iterator[Gauge]:
    here = moment(turn.now)
    month = here.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (month + timedelta(days=32)).replace(day=1)
    quotas: tuple[Quota, ...] = get_args(Quota)
    for name in quotas:
        used, total = state.quota(turn.now, name)
        then = "then 429 until the first of the next month, or a bolt-on" if turn.limits else "limits are switched off"
        yield Gauge(f"{name} calls of the plan {state.plan}", then, used, total, _utc(month), _utc(following))


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _holdings(turn: Turn, state: State) -> Mapping[str, list[Holding]]:
    found: dict[str, list[Holding]] = {}
    for lock in state.kitlocks:
        if lock.timecode:
            clock = lock.shows(turn.now)
            shows = (
                "its clock has stopped"
                if clock is None
                else f"its clock shows {iso(clock)[:19].replace('T', ' ')}, in UTC"
            )
            found[lock.id] = [Holding("one initialisation, from which all codes follow", "held", shows)]
    for k3 in state.k3locks:
        lines = [Holding(client.email, "held", client.status.lower()) for client in k3.clients]
        if len(k3.events) > k3.reported:
            lines.append(
                Holding(f"{len(k3.events) - k3.reported} events", "reporting", "until a phone or a gateway is near")
            )
        found[k3.id] = lines
    return found


# ---- recipes


def _recipes(turn: Turn, state: State) -> Iterator[Recipe]:
    lock = _ready_lock(turn, state)
    if lock is None:
        return
    first = day_before_summer(turn.now, _ZONE, _CHECK_IN)
    yield Recipe(
        "Let a guest in with a NetCode",
        f"A code for the lock {lock.name}, which the guest types at the keypad.",
        _visit(lock, first, "code", summer=False),
    )
    change = next_summer(start_of(first, _ZONE), _ZONE)
    if change is None:
        return
    summer = local_time(change, _ZONE).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    yield Recipe(
        "Lock a guest out by summer time",
        "A client asks for the same code in winter and after the clocks went forward. The lock's own clock stays in UTC, so the "
        "second guest stands at a closed door.",
        [*_visit(lock, first, "winter_code", summer=False), *_visit(lock, summer, "summer_code", summer=True)],
    )


def _visit(lock: KitLock, day: datetime, name: str, *, summer: bool) -> list[Step]:
    start = day.replace(hour=_CHECK_IN)
    comes = start.replace(minute=30) - timedelta(hours=summer)
    date = f"{day:%d} {day:%B}"
    duration = next(one for one in DURATIONS if one.hours == _HOURS)
    given = {
        "start": f"{start:%Y-%m-%d %H:%M}", "duration": duration.id, "lockmodel": lock.model, "identifier": lock.identifier,
    }  # fmt: skip
    query = "&".join(f"{key}={quote(str(value))}" for key, value in given.items())
    return [
        Step(
            f"Ask for a code for {date}, from {_CHECK_IN}:00, for {_HOURS} hours",
            "request",
            "The client writes the guest's local time into `start`, as it always does.",
            method="GET",
            target=f"/n/1/netcode/{lock.timecode}?{query}",
            headers=[("x-api-key", "{{api_key}}")],
            keep={name: "ActualNetcode"},
        ),
        Step(
            f"Wait until {date}, {_CHECK_IN}:30 in London",
            "until",
            "The clocks went forward this night: 15:30 in London is 14:30 in UTC."
            if summer
            else "London is on UTC in winter.",
            until=_utc(comes),
        ),
        Step(
            "The guest types the code",
            "act",
            f"At the keypad of {lock.name}.",
            device=lock.id,
            action="enter_netcode",
            args={"code": f"{{{{{name}}}}}"},
        ),
    ]


DISPLAY = Display(
    operations=API,
    headers=(("x-api-key", "{{api_key}}"),),
    values=_values,
    examples=_examples,
    gauges=_gauges,
    holdings=_holdings,
    recipes=_recipes,
    rules=(
        ("^netcode$", ("CL-R60",)),
        ("^not_valid_now$", ("CL-R60", "CL-R67", "CL-R69", "CL-R68")),
        ("^clock_not_set$", ("CL-R61",)),
        ("^not_initialised$", ("CL-R62", "CL-R64")),
        ("^batteries_flat$", ("CL-R149",)),
        ("x-api-key", ("CL-R03",)),
        ("calls of this month are used", ("CL-R25", "CL-R24")),
        ("the hour, hh:00|midnight, 00:00", ("CL-R37", "CL-R38")),
        ("yyyy-MM-dd hh:mm", ("CL-R38",)),
        ("^missing in the", ("CL-R09", "CL-R12")),
        ("^there is no '", ("CL-R05",)),
    ),
)
