"""What the console shows of Lockt: the batch that runs, the events that are kept or held back, requests and recipes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from locksim.api.time_zones import local_time
from locksim.engine.display import Display, Gauge, Holding, Recipe, Step
from locksim.engine.timestamps import HOUR, iso, moment
from locksim.engine.turn import Turn
from locksim.lockt.operations import API
from locksim.lockt.state import AccessLevel, Door, State

__all__ = ["DISPLAY"]

_HEADERS = (("apiuser", "{{apiuser}}"), ("apikey", "{{apikey}}"), ("Content-Type", "application/json"))
_CARD = "55501234"


def _values(turn: Turn, state: State, site: str) -> Mapping[str, str]:
    return {"apiuser": state.apiuser, "apikey": state.apikey}


def _examples(turn: Turn, state: State) -> Mapping[str, str]:
    return {"id": str(next(iter(state.users), "")), "idnum": next((one.id_num for one in state.users.values()), "")}


def _gauges(turn: Turn, state: State) -> Iterator[Gauge]:
    for running in state.running:
        if running.until > turn.now:
            yield Gauge(
                "a batch is processed",
                "then it is answered; other POSTs are refused until then",
                ends=iso(running.until),
            )
    yield Gauge("events that are kept", "then the oldest leave", len(state.events), state.event_cache)


def _holdings(turn: Turn, state: State) -> Mapping[str, list[Holding]]:
    found = {}
    for bridge in state.bridges:
        if bridge.held:
            number = len(bridge.held)
            what = f"{number} event{'' if number == 1 else 's'}"
            found[bridge.id] = [Holding(what, "reporting", "until the bridge is online again")]
    for phone in state.phones:
        claimed = [
            Holding(f"card {one.card_num}", "held") for one in state.credentials.values() if one.phone == phone.id
        ]
        if claimed:
            found[phone.id] = claimed
    return found


def _recipes(turn: Turn, state: State) -> Iterator[Recipe]:
    choice = next(_choices(turn, state), None)
    if choice is None:
        return
    level, door = choice
    leaves = turn.now - turn.now % HOUR + 2 * HOUR
    user = {
        "first_name": "Ada", "last_name": "Guest", "id_num": "GUEST-1", "card_num": _CARD,
        "access_effective": "", "access_expires": f"{moment(leaves):%Y-%m-%d %H:%M:%S}", "accesslevels": [{"id": level.id}],
    }  # fmt: skip
    options = {"update_existing": True, "validate_fails_batch": True, "replace_privileges": True}
    type_card = Step(
        "The guest shows the card", "act", device=str(door.id), action="present_card", args={"card_num": _CARD}
    )
    yield Recipe(
        "Let a guest in with a card",
        f"A guest with the access level {level.name} opens {door.name} for two hours, and is then locked out.",
        [
            Step(
                "Make a guest with a card",
                "request",
                "The answer comes when the batch is processed, after 50 ms.",
                method="POST",
                target="/api/v1/user",
                headers=list(_HEADERS),
                body=json.dumps({"users": [user], "options": options}, indent=2),
            ),
            Step("Wait 1 s", "advance", seconds=1),
            type_card,
            Step("Wait until the access has expired", "until", "Dates of this API are in UTC.", until=iso(leaves)),
            type_card,
        ],
    )


def _choices(turn: Turn, state: State) -> Iterator[tuple[AccessLevel, Door]]:
    """Yield access levels that open a door now, with the door."""
    here = local_time(turn.now, state.time_zone)
    for level in state.levels.values():
        schedule = None if level.schedule is None else state.schedules[level.schedule]
        if schedule is None or schedule.open(here.weekday(), f"{here:%H:%M:%S}"):
            doors = [state.doors[one] for one in level.doors]
            yield from ((level, door) for door in doors if _opens(door, turn.now))


def _opens(door: Door, now: int) -> bool:
    return door.enabled and (door.battery is None or bool(door.battery.left(now)))


DISPLAY = Display(
    operations=API,
    base="/api/v1",
    headers=_HEADERS,
    values=_values,
    examples=_examples,
    gauges=_gauges,
    holdings=_holdings,
    recipes=_recipes,
    rules=(
        ("^Battery Missing$", ("LT-R104", "LT-R126")),
        ("^(Door Disabled|Unknown Card|User Disabled|No Access Level)$", ("LT-R105",)),
        ("^(Not Yet Effective|Expired)$", ("LT-R105", "LT-R60")),
        ("^Out Of Schedule$", ("LT-R105", "LT-R110", "LT-R130", "LT-R128")),
        ("^Access Granted$", ("LT-R103", "LT-R104")),
        ("^timer batch_over$", ("LT-R22",)),
        ("^the header (apiuser|apikey)", ("LT-R04",)),
        ("^Content-Type is", ("LT-R05", "LT-R10")),
        ("^plain http is refused", ("LT-R06", "LT-R07")),
        ("^another POST is being processed", ("LT-R23", "LT-R174", "LT-R24")),
        ("send blocks of at most", ("LT-R20",)),
        ("^the body", ("LT-R21",)),
        ("must be a whole number", ("LT-R17",)),
        ("^there is no '", ("LT-R09",)),
        ("has no method", ("LT-R11",)),
        ("does not answer; try again", ("LT-R15",)),
        ("records failed validation", ("LT-R32", "LT-R33")),
    ),
)
