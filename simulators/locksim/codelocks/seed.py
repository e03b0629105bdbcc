"""The default world: a guest house with four KitLocks and two K3Connect locks. All names and numbers are invented.

    FRONT_GATE    KL1060, initialised, on time
    BIKE_SHED     KL1060C2, initialised, on time, with OWN_MASTER as its master code
    LINEN_ROOM    KL1060G3, initialised, on time, with OWN_MASTER as its master code
    BOAT_HOUSE    KL1550, as it left the factory
    MAIN_DOOR     K3Connect in London: MARY may open it at any time, DENNIS is invited; synced, without a gateway
    ANNEXE        K3Connect in New York: HUGH may open it on working days; never synced

MARY, DENNIS, HUGH and KARL have K3 Connect accounts and phones; no other person can be invited.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from locksim.codelocks import hardware
from locksim.codelocks.durations import KL1060, KL1060C2, KL1060G3, KL1550
from locksim.codelocks.keypad import FACTORY_MASTER
from locksim.codelocks.state import DAYS, PERIODS, Client, K3Lock, KitLock, Period, State, Usage
from locksim.engine.timestamps import DAY
from locksim.engine.turn import Turn

__all__ = [
    "ANNEXE",
    "BIKE_SHED",
    "BOAT_HOUSE",
    "DENNIS",
    "FRONT_GATE",
    "HUGH",
    "KARL",
    "LINEN_ROOM",
    "MAIN_DOOR",
    "MARY",
    "OWN_MASTER",
    "credentials",
    "default_world",
    "new_access_key",
    "new_api_key",
]

FRONT_GATE = "kit-front-gate"
BIKE_SHED = "kit-bike-shed"
LINEN_ROOM = "kit-linen-room"
BOAT_HOUSE = "kit-boat-house"
OWN_MASTER = "61520938"
"""The master code of BIKE_SHED and LINEN_ROOM. The other KitLocks have the factory's."""

MAIN_DOOR = "7c1e05a94b2d4f63b8d0e6413a9f2c57"
ANNEXE = "7c1e05a94b2d4f63b8d0e6413a9f2d12"
MARY = "nigel89@example.com"
DENNIS = "hurstjosephine@example.net"
HUGH = "victoria37@example.com"
KARL = "pflegermaria@example.com"

_OWNER = "office@example.org"
_LOWER_CASE = "0123456789abcdefghijklmnopqrstuvwxyz"
_ALPHANUMERIC = _LOWER_CASE + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def default_world(turn: Turn) -> State:
    """Make the default state, with plan Pro 1 and no calls used."""
    kitlocks = [
        KitLock(FRONT_GATE, "Front gate", KL1060, FACTORY_MASTER, "202504070915", "407251", clock_set=True),
        KitLock(BIKE_SHED, "Bike shed", KL1060C2, OWN_MASTER, "202504070931", "014207", clock_set=True),
        KitLock(LINEN_ROOM, "Linen room", KL1060G3, OWN_MASTER, "202506181402", "930486", clock_set=True),
        KitLock(BOAT_HOUSE, "Boat house", KL1550, FACTORY_MASTER),
    ]
    always = Period(enabled=True, ends="23:59", **_on(DAYS))
    working = Period(enabled=True, starts="08:00", ends="17:59", **_on(DAYS[:5]))
    paired = turn.now - 90 * DAY
    k3locks = [
        K3Lock(
            MAIN_DOOR, "Main door", "CL5510", "2.1.7", "Europe/London", "Reception", paired, 410001,
            synced_at=turn.now - DAY, clients=[_client(MARY, always), _client(DENNIS, always, invited=True)],
        ),
        K3Lock(
            ANNEXE, "Annexe", "CL4510", "2.0.4", "America/New_York", "Back yard", paired, 730001,
            clients=[_client(HUGH, working)],
        ),
    ]  # fmt: skip
    state = State("", "", _OWNER, "Pro 1", kitlocks, k3locks, [MARY, DENNIS, HUGH, KARL], Usage())
    new_api_key(turn, state)
    new_access_key(turn, state)
    hardware.set_physics(turn, state)
    return state


def _on(days: Sequence[str]) -> dict[str, Any]:
    return dict.fromkeys(days, True)


def _client(email: str, period: Period, *, invited: bool = False) -> Client:
    periods = [period, *(Period() for _ in range(PERIODS - 1))]
    return Client(email, "INVITED" if invited else "ACTIVE", "STANDARD", periods, "Welcome")


def new_api_key(turn: Turn, state: State) -> None:
    """Replace the API key; the old one is suspended."""
    state.keys_made += 1
    state.api_key = turn.random("api_key", state.keys_made).text(40, _ALPHANUMERIC)


def new_access_key(turn: Turn, state: State) -> None:
    """Replace the account's access key; the old one is no longer accepted."""
    state.keys_made += 1
    state.access_key = turn.random("access_key", state.keys_made).text(10, _LOWER_CASE)


def credentials(state: State) -> dict[str, str]:
    """Return the credentials of the connection info."""
    return {"api_key": state.api_key, "access_key": state.access_key}
