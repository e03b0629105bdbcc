"""The default world: a residence with five doors. Names and numbers are made up for this project.

FRONT_DOOR    on every access level            RESIDENTS   always: front door, laundry
SUITE_12                                       GUESTS      always: front door, suite 12
LAUNDRY       battery running low              STAFF       Monday to Friday: front door, boiler room, archive
BOILER_ROOM   wired, no battery                CLEANERS    weekend mornings: front door, suite 12
ARCHIVE       disabled                         CARDHOLDER  no doors

MARY    resident, has claimed her credential   ADELAIDE    cleaner; two credentials, one of them unclaimed
KARL    staff                                  DENNIS      his stay ended a week ago
ADMIN   an administrator, whom /user hides   VISITOR_FOB, SPARE_FOB   Mary's, and unassigned
                                               NIGHT_FOB   unassigned; access levels, a key and two cards of its own
"""

from __future__ import annotations

from typing import TypeVar

from locksim.engine.physics import Charge
from locksim.engine.timestamps import DAY, HOUR, SECOND
from locksim.engine.turn import Turn
from locksim.lockt import cores
from locksim.lockt.state import (
    AccessLevel,
    Battery,
    Bridge,
    CoreEvent,
    Credential,
    Door,
    Event,
    Fob,
    Phone,
    Schedule,
    State,
    User,
)

__all__ = [
    "ADELAIDE", "ADMIN", "ALWAYS", "ARCHIVE", "BOILER_ROOM", "BRIDGE", "CARDHOLDER", "CLEANERS", "DENNIS", "FRONT_DOOR",
    "GUESTS", "KARL", "LAUNDRY", "MARY", "NIGHT_FOB", "PHONE", "RESIDENTS", "SECOND_BRIDGE", "SECOND_PHONE", "SPARE_FOB",
    "STAFF", "SUITE_12", "VISITOR_FOB", "WEEKEND_MORNINGS", "WORKDAYS", "credentials", "default_world",
]  # fmt: skip

ALWAYS, WORKDAYS, WEEKEND_MORNINGS = 311, 314, 320
FRONT_DOOR, SUITE_12, LAUNDRY, BOILER_ROOM, ARCHIVE = 402, 407, 411, 418, 425
RESIDENTS, GUESTS, STAFF, CLEANERS, CARDHOLDER = 508, 512, 519, 526, 540
MARY, KARL, ADELAIDE, DENNIS, ADMIN = 1601, 1604, 1607, 1613, 1622
VISITOR_FOB, SPARE_FOB, NIGHT_FOB = 1651, 1652, 1653
BRIDGE, SECOND_BRIDGE = "bridge-1", "bridge-2"
PHONE, SECOND_PHONE = "phone-1", "phone-2"

T = TypeVar("T", Schedule, Door, AccessLevel, User, Credential, Fob)

_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_KEY_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def default_world(turn: Turn) -> State:
    """Return the default state: a residence where Mary lives, Karl and Adélaïde work, and Dennis was a guest."""
    now = turn.now - turn.now % SECOND

    def key(number: int) -> str:
        letters = turn.random("key", number).text(16, _KEY_LETTERS)
        return "-".join(letters[i : i + 4] for i in range(0, 16, 4))

    state = State(
        apiuser=turn.random("apiuser").text(32, _LETTERS),
        apikey=turn.random("apikey").text(32, _LETTERS),
        schedules=_by_id(
            [
                Schedule(ALWAYS, "Always", [True] * 7, "00:00:00", "23:59:59"),
                Schedule(WORKDAYS, "0700-1800 M-F", [True] * 5 + [False] * 2, "07:00:00", "17:59:59"),
                Schedule(WEEKEND_MORNINGS, "Weekend Mornings", [False] * 5 + [True] * 2, "06:30:00", "11:59:59"),
            ]
        ),
        doors=_by_id(
            [
                Door(FRONT_DOOR, "Front Door", "Core 1", BRIDGE, "Main Hall", battery=Battery(Charge(940_000))),
                Door(SUITE_12, "Suite 12", "Core 2", SECOND_BRIDGE, "First Floor", battery=Battery(Charge())),
                Door(LAUNDRY, "Laundry", "Core 3", BRIDGE, battery=Battery(Charge(180_000))),
                Door(BOILER_ROOM, "Boiler Room", "Core 4", SECOND_BRIDGE, "Basement"),
                Door(ARCHIVE, "Archive", "Core 5", SECOND_BRIDGE, "Basement", enabled=False, battery=Battery(Charge(700_000))),
            ]
        ),
        levels=_by_id(
            [
                AccessLevel(RESIDENTS, "Residents", [FRONT_DOOR, LAUNDRY], ALWAYS),
                AccessLevel(GUESTS, "Guests", [FRONT_DOOR, SUITE_12], ALWAYS),
                AccessLevel(STAFF, "Staff", [FRONT_DOOR, BOILER_ROOM, ARCHIVE], WORKDAYS),
                AccessLevel(CLEANERS, "Cleaners", [FRONT_DOOR, SUITE_12], WEEKEND_MORNINGS),
                AccessLevel(CARDHOLDER, "Cardholder"),
            ]
        ),
        users=_by_id(
            [
                User(
                    MARY, "RES-1001", "Mary", "Giles", "nigel89@example.com", "5550100",
                    levels=(RESIDENTS,), credentials=(1631,),
                ),
                User(
                    KARL, "STF-2001", "Karl", "Fleischmann", "pflegermaria@example.com", "5550101",
                    levels=(STAFF,), credentials=(1632,),
                ),
                User(
                    ADELAIDE, "CLN-3001", "Adélaïde", "Martel", "christelleseguin@example.net", "",
                    levels=(CLEANERS,), credentials=(1633, 1634),
                ),
                User(
                    DENNIS, "GST-4001", "Dennis", "Johnson", "hurstjosephine@example.net", "5550103",
                    effective=now - 10 * DAY, expires=now - 7 * DAY, levels=(GUESTS,), credentials=(1635,),
                ),
                User(
                    ADMIN, "ADM-1", "Hugh", "Taylor-Matthews", "victoria37@example.com", "",
                    levels=(STAFF,), credentials=(1636,), admin=True,
                ),
            ]
        ),
        credentials=_by_id(
            [
                Credential(1631, "10001", key(1), MARY, PHONE),
                Credential(1632, "10002", key(2), KARL),
                Credential(1633, "10003", key(3), ADELAIDE, SECOND_PHONE),
                Credential(1634, "10004", key(4), ADELAIDE),
                Credential(1635, "10005", key(5), DENNIS),
                Credential(1636, "10006", key(6), ADMIN),
            ]
        ),
        fobs=_by_id(
            [
                Fob(VISITOR_FOB, "FOB-1", "Visitor Fob", "20001", user=MARY),
                Fob(SPARE_FOB, "FOB-2", "Spare Fob", "20002"),
                Fob(
                    NIGHT_FOB, "FOB-3", "Night Watch Fob", "19001",
                    levels=(RESIDENTS,), key=key(7), other_cards=("19002",),
                ),
            ]
        ),
        bridges=[Bridge(BRIDGE), Bridge(SECOND_BRIDGE)],
        phones=[Phone(PHONE, "Mary Giles"), Phone(SECOND_PHONE, "Adélaïde Martel")],
        last_id=1653,
        keys_made=7,
        events=[
            Event(837, CoreEvent("Core 2", 48, None, "", "First Floor", "10005", "Johnson, Dennis", now - 8 * DAY),
                  now - 8 * DAY + 6 * SECOND),
            Event(864, CoreEvent("Core 2", 49, 109, "", "First Floor", "10005", "Johnson, Dennis", now - 6 * DAY),
                  now - 6 * DAY + 4 * SECOND),
            Event(865, CoreEvent("Core 1", 48, None, "", "Main Hall", "10001", "Giles, Mary", now - 14 * HOUR),
                  now - 14 * HOUR + 3 * SECOND),
        ],
        last_event=865,
    )  # fmt: skip
    cores.on_physics(turn, state)
    return state


def _by_id(records: list[T]) -> dict[int, T]:
    return {record.id: record for record in records}


def credentials(state: State) -> dict[str, str]:
    """Return the credentials for the connection info."""
    return {"apiuser": state.apiuser, "apikey": state.apikey}
