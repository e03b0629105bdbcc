"""`check` finds every contradiction in a state."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType

import pytest
from msgspec.structs import replace

from locksim.lockt.seed import ADELAIDE, FRONT_DOOR, LAUNDRY, MARY, RESIDENTS, SPARE_FOB, VISITOR_FOB, WORKDAYS
from locksim.lockt.state import CoreEvent, Fob, FobUse, Running, State, check
from tests.lockt.customer import Customer

Harm = Callable[[State], None]


def _id_twice(state: State) -> None:
    state.fobs[MARY] = Fob(MARY, "", "Fob", "1")


def _id_beyond(state: State) -> None:
    state.last_id = 1000


def _under_anothers_id(state: State) -> None:
    state.users[MARY], state.users[ADELAIDE] = state.users[ADELAIDE], state.users[MARY]


def _card_twice(state: State) -> None:
    state.fobs[SPARE_FOB] = replace(state.fobs[SPARE_FOB], card_num="10001")


def _key_twice(state: State) -> None:
    state.credentials[1631] = replace(state.credentials[1631], key=state.credentials[1632].key)


def _id_num_twice(state: State) -> None:
    state.users[MARY] = replace(state.users[MARY], id_num="STF-2001")


def _email_twice(state: State) -> None:
    state.users[MARY] = replace(state.users[MARY], email="PflegerMaria@example.com")


def _door_name_twice(state: State) -> None:
    state.doors[LAUNDRY].name = "Front Door"


def _six_days(state: State) -> None:
    state.schedules[WORKDAYS].days.pop()


def _stops_before_it_starts(state: State) -> None:
    state.schedules[WORKDAYS].stop = "06:00:00"


def _unknown_door(state: State) -> None:
    state.levels[RESIDENTS].doors.append(1)


def _unknown_schedule(state: State) -> None:
    state.levels[RESIDENTS].schedule = 1


def _unknown_level(state: State) -> None:
    state.users[MARY] = replace(state.users[MARY], levels=(1,))


def _credential_of_nobody(state: State) -> None:
    state.users[MARY] = replace(state.users[MARY], credentials=())


def _credential_of_two(state: State) -> None:
    state.credentials[1631] = replace(state.credentials[1631], user=ADELAIDE)


def _unknown_phone(state: State) -> None:
    state.credentials[1631] = replace(state.credentials[1631], phone="phone-9")


def _unknown_user(state: State) -> None:
    state.fobs[VISITOR_FOB] = replace(state.fobs[VISITOR_FOB], user=1)


def _fob_with_user_and_levels(state: State) -> None:
    state.fobs[VISITOR_FOB] = replace(state.fobs[VISITOR_FOB], levels=(RESIDENTS,))


def _fob_with_unknown_level(state: State) -> None:
    state.fobs[SPARE_FOB] = replace(state.fobs[SPARE_FOB], levels=(1,))


def _fob_key_twice(state: State) -> None:
    state.fobs[SPARE_FOB] = replace(state.fobs[SPARE_FOB], key=state.credentials[1631].key)


def _further_card_twice(state: State) -> None:
    state.fobs[SPARE_FOB] = replace(state.fobs[SPARE_FOB], other_cards=("10001",))


def _uses_out_of_order(state: State) -> None:
    state.fobs[SPARE_FOB] = replace(state.fobs[SPARE_FOB], uses=(FobUse(2, 3), FobUse(1, 4)))


def _events_out_of_order(state: State) -> None:
    state.events.reverse()


def _event_beyond(state: State) -> None:
    state.last_event = 800


def _recorded_before_an_older_one(state: State) -> None:
    state.events[-1] = replace(state.events[-1], db=0)


def _empty_cache(state: State) -> None:
    state.event_cache = 0


def _held_while_online(state: State) -> None:
    state.bridges[0].held = [CoreEvent("Core 1", 48, None, "", "", "1", "", 0)]


def _clock_too_far_off(state: State) -> None:
    state.doors[LAUNDRY].clock.error = 10**17


def _bridges_clock_too_fast(state: State) -> None:
    state.bridges[0].clock.drift = 10**17


def _battery_beyond_full(state: State) -> None:
    battery = state.doors[LAUNDRY].battery
    assert battery is not None
    battery.charge.millionths = 1_000_001


def _unknown_bridge(state: State) -> None:
    state.doors[LAUNDRY].bridge = "bridge-9"


def _one_caller_twice(state: State) -> None:
    state.running = [Running(1, "doors", 0, b""), Running(1, "doors", 0, b"")]


HARMS: list[Harm] = [
    harm for name, harm in list(globals().items()) if isinstance(harm, FunctionType) and name[0] == "_"
]


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: str(harm.__name__).strip("_"))
def test_a_contradiction_is_found(customer: Customer, harm: Harm) -> None:
    state = customer.state
    check(state)
    assert FRONT_DOOR in state.doors
    harm(state)
    with pytest.raises(AssertionError):
        check(state)
