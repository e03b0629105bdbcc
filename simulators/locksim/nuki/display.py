"""What the console shows of Nuki: windows of 30 s, callback slots, what the bridge believes, requests and recipes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from locksim.engine.display import Display, Gauge, Holding, Recipe, Step
from locksim.engine.timestamps import iso
from locksim.engine.turn import Turn
from locksim.nuki.bridge import BOOT, WINDOW
from locksim.nuki.motor_sequences import STATE_NAMES, LockAction
from locksim.nuki.operations import API
from locksim.nuki.state import BRIDGE_SITES, CALLBACK_SLOTS, State

__all__ = ["DISPLAY"]


def _values(turn: Turn, state: State, site: str) -> Mapping[str, str]:
    bridge = state.at(site) or state.bridges[0]
    return {"token": bridge.token or ""}


def _examples(turn: Turn, state: State) -> Mapping[str, str]:
    lock = next((lock for _, lock in state.locks() if lock.paired), None)
    return {
        "nukiId": str(lock.id) if lock is not None else "",
        "action": str(int(LockAction.UNLOCK)),
        "enable": "1",
        "id": "0",
        "url": "http://127.0.0.1:8799/callback",
    }


def _gauges(turn: Turn, state: State) -> Iterator[Gauge]:
    for bridge in state.bridges:
        device, now = str(bridge.server_id), turn.now
        for window in bridge.windows:
            yield Gauge(
                "/auth waits for the button",
                "then success is false",
                begins=iso(window.until - WINDOW),
                ends=iso(window.until),
                device=device,
            )
        if bridge.led_until > now:
            yield Gauge(
                "the LED is on", "then it is off", begins=iso(bridge.led_until - WINDOW), ends=iso(bridge.led_until),
                device=device,
            )  # fmt: skip
        if bridge.powered and bridge.up_at > now:
            yield Gauge(
                "the bridge starts",
                "then it answers",
                begins=iso(bridge.up_at - BOOT),
                ends=iso(bridge.up_at),
                device=device,
            )
        yield Gauge(
            "callback slots", "then no further callback is added", len(bridge.callbacks), CALLBACK_SLOTS, device=device
        )


def _holdings(turn: Turn, state: State) -> Mapping[str, list[Holding]]:
    found: dict[str, list[Holding]] = {}
    for bridge in state.bridges:
        lines = [Holding(callback.url, "held", f"callback {callback.id}") for callback in bridge.callbacks]
        for lock in bridge.locks:
            if not lock.paired:
                continue
            if lock.known is None:
                lines.append(Holding(lock.name, "reporting", "the bridge has not heard of it yet"))
            elif lock.known.state is not lock.state:
                was, now = STATE_NAMES[lock.known.state], STATE_NAMES[lock.state]
                lines.append(Holding(lock.name, "reporting", f"the bridge believes {was}, it is {now}"))
            else:
                lines.append(Holding(lock.name, "held", STATE_NAMES[lock.known.state]))
        found[str(bridge.server_id)] = lines
    return found


def _recipes(turn: Turn, state: State) -> Iterator[Recipe]:
    bridge = state.bridges[0]
    device = str(bridge.server_id)
    yield Recipe(
        "Get a token by the button",
        "A new client calls /auth. The bridge's LED is on for 30 seconds, and somebody must press its button meanwhile.",
        [
            Step("The client calls /auth", "request", "The answer waits for the button.", method="GET", target="/auth"),
            Step("Press the bridge's button", "act", device=device, action="press_button"),
            Step("List the locks with the token", "request", method="GET", target="/list?token={{token}}"),
        ],
    )
    yield Recipe(
        "Miss the button by a second",
        "The same, but nobody presses in time.",
        [
            Step("The client calls /auth", "request", method="GET", target="/auth"),
            Step("Wait 30 s", "advance", "The window is over just before.", seconds=30),
            Step(
                "Press the bridge's button", "act", "Too late: no window is open.", device=device, action="press_button"
            ),
        ],
    )
    lock = next((lock for lock in bridge.locks if lock.paired and lock.reachable(turn.now)), None)
    if lock is None:
        return
    at = f"nukiId={lock.id}"
    yield Recipe(
        "Let a guest in",
        f"A client unlocks {lock.name}, and the guest opens the door.",
        [
            Step(
                f"Unlock {lock.name}",
                "request",
                "The answer waits for the motor.",
                method="GET",
                target=f"/lockAction?{at}&action={int(LockAction.UNLOCK)}&token={{{{token}}}}",
            ),
            Step("Wait 5 s", "advance", "The motor takes 2 s.", seconds=5),
            Step("Read the state", "request", method="GET", target=f"/lockState?{at}&token={{{{token}}}}"),
        ],
    )


DISPLAY = Display(
    operations=API,
    site_of=lambda path: "server" if path == "/discover/bridges" else BRIDGE_SITES[0],
    query=(("token", "{{token}}"),),
    without_credentials=("/auth", "/discover/bridges"),
    values=_values,
    examples=_examples,
    gauges=_gauges,
    holdings=_holdings,
    recipes=_recipes,
    rules=(
        ("^the API is not enabled", ("NK-R08",)),
        ("^token is wrong", ("NK-R09",)),
        ("^token (must|is missing)", ("NK-R89",)),
        ("^token is given more than once", ("NK-R06",)),
        ("hash must be", ("NK-R19",)),
        ("ctoken", ("NK-R110",)),
        ("the bridge's clock; at most 60 s", ("NK-R112", "NK-R113", "NK-R114")),
        ("this ts and rnr were used before", ("NK-R38",)),
        ('"windows": 0', ("NK-R50", "NK-R47")),
        ('"windows": [1-9]', ("NK-R41", "NK-R44", "NK-R48")),
        ("^timer window_over$", ("NK-R45", "NK-R47")),
        ("^/auth is disabled", ("NK-R46",)),
        ("serving another call", ("NK-R16",)),
        ("has no method", ("NK-R02",)),
        ("^there is no '", ("NK-R03",)),
        ("must be given once, as 0 or 1", ("NK-R56",)),
        ("motor of lock .* (holds|is running)", ("NK-R53",)),
        ("something blocks the bolt", ("NK-R58",)),
    ),
)
