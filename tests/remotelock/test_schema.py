"""The simulator keeps its own OpenAPI document for generated requests."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from lockpact.live.fuzz import fuzz
from lockpact.simulators.documents import document
from locksim.engine.inputs import Request
from locksim.engine.journal import Entry
from locksim.remotelock import seed
from locksim.remotelock.catalog import inhabitant, model_of
from tests.fuzz import straight_into
from tests.remotelock.keeper import Keeper

EXAMPLES = int(os.environ.get("LOCKPACT_FUZZ_EXAMPLES", "2"))
"""Cases for each operation; `make fuzz` uses more. There are 82 operations."""

METHODS = ("get", "put", "post", "delete")

KNOWN = {
    "access_exception_id": seed.STOCKTAKING,
    "access_person_id": seed.VISITOR,
    "access_id": seed.VISITOR_FRONT,
    "acs_door_id": seed.LOBBY,
    "device_id": seed.FRONT_DOOR,
    "event_id": seed.UNLOCKED,
    "notification_id": inhabitant("notification text_notification_subscriber"),
    "group_door_id": inhabitant("group door Lobby"),
    "model_id": model_of("LS-6i").id,
    "group_id": seed.INDOORS,
    "schedule_id": seed.SPARE_HOURS,
    "location_id": seed.BOATHOUSE,
    "subscriber_id": seed.HOOKED,
    "subscription_id": seed.SUBSCRIPTION,
    "resort_lock_guest_id": seed.CABIN_GUEST,
}
"""Path parameters → ids that exist."""


class Changes:
    """Goes back to how it was, when anything may have changed: only what was accepted and no GET can have done that."""

    def __init__(self, keeper: Keeper) -> None:
        self.world = keeper.world
        self.any = False
        self.world.snapshot("clean")
        self.world.core.on_entry = self.hear

    def hear(self, entry: Entry) -> None:
        asked = entry.input
        if isinstance(asked, Request) and asked.method != "GET" and entry.answer is not None:
            self.any |= entry.answer.status < 400

    def undo(self) -> None:
        if self.any:
            self.world.restore("clean")
            self.any = False


def fuzzed(known: dict[str, str] | None = None) -> dict[str, Counter[int]]:
    """All phases. → how often each operation answered which status. Fails with all failures' own words."""
    keeper = Keeper(limits=False)
    keeper.world.core.strict = False
    auth = {"token": {"bearer": keeper.token}}
    changes = Changes(keeper)
    whole = document("remotelock")
    every = [
        f"{method.upper()} {path}" for path, item in whole["paths"].items() for method in item if method in METHODS
    ]
    with straight_into(keeper.world):
        found = fuzz(
            whole,
            keeper.site.url,
            auth,
            examples=EXAMPLES,
            seed=1,
            # What is there, and what must exist, decides on nearly everything that is sent.
            expected={name: ["2xx", "302", "400", "401", "403", "404", "422"] for name in every},
            known=known,
            restore=changes.undo,
        )
    failures = [f"{name}: {said}" for name, one in found.items() for said in one.failures]
    assert not failures, "\n".join(failures)
    assert not [entry.failed for entry in keeper.world.core.journal if entry.failed]
    return {name: one.statuses for name, one in found.items()}


@pytest.mark.fuzz
def test_every_operation_answers_as_its_document_says() -> None:
    statuses = fuzzed()
    assert len([name for name in statuses if name != "stateful"]) == 82
    # A run that never got past the door would have proved nothing.
    assert {200, 201, 204, 400, 401, 404, 405, 422} <= set().union(*statuses.values())


@pytest.mark.fuzz
def test_every_operation_on_an_inhabitant_answers_as_its_document_says() -> None:
    statuses = fuzzed(KNOWN)
    never = {name for name, answered in statuses.items() if not {200, 201, 204, 302} & answered.keys()}
    assert never - {"stateful"} <= NEED_MORE


NEED_MORE = {
    "POST /oauth/authorize",  # an application's id, and somebody's password
    "GET /oauth/authorize",
    "POST /oauth/token",
    "POST /oauth/revoke",
    "PUT /devices/{device_id}/power_on",  # the device is a lock
    "PUT /devices/{device_id}/power_off",
    "POST /devices",  # ids of inhabitants in the body
    "POST /access_persons/{access_person_id}/accesses",
    "POST /groups/{group_id}/doors",
    "POST /notification_subscriptions",
    "POST /resort_lock_guests",
}
"""What is refused for want of what no generator guesses; `test_documented_requests` has them all answered."""
