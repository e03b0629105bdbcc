"""The document's table of who can open a lock, and when: nine moments and four ways in.

Each cell is tried on a copy of the world, since a try changes the lock (an online unlock syncs it).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from locksim.noke.seed import ALICES_FOB, BOBS_FOB, COURIERS_FOB, GATE, VISITORS_FOB, YARD
from tests.noke.caller import Caller

Step = Callable[["Company"], None]
WAYS = PHONE, ALICES, BOBS, ONLINE = "alice's phone, offline", "alice's fob", "bob's fob", "bob's phone, online"


class Company:
    """Alice has key A on her phone and B on her fob; Bob has C on his fob."""

    def __init__(self, server: str, lock: str, fobs: tuple[str, str]) -> None:
        self.caller, self.lock, (self.alices, self.bobs) = Caller(server), lock, fobs
        self.key = self.caller.issue_key(lock, "alice")
        for fob, name in ((self.alices, "alice"), (self.bobs, "bob")):
            self.caller.issue_to_fob(fob, lock, name)
            self.caller.sync(fob)
        assert self.caller.unlock(lock)

    def tech(self) -> None:
        assert self.caller.unlock(self.lock, tracking_key="tech")

    def opens(self, way: str) -> bool:
        """Return whether this way in opens the lock now, tried on a copy of the world."""
        caller = self.caller.fork()
        if way == PHONE:
            return caller.unlock_offline(self.lock, self.key).unlocked
        if way == ONLINE:
            return caller.unlock(self.lock, tracking_key="bob")
        return caller.touch(self.alices if way == ALICES else self.bobs, self.lock)


MOMENTS: list[tuple[str, Step, str]] = [
    ("starting state", lambda c: None, "1111"),
    ("/keys revoke A", lambda c: _done(c.caller.revoke_key(c.lock, "alice")), "1111"),
    ("tech unlocks online", Company.tech, "0111"),
    ("/fobs/revoke lock", lambda c: _done(c.caller.revoke_from_fob(c.alices, c.lock)), "0111"),
    ("tech unlocks online again", Company.tech, "0011"),
    ("lock reset", lambda c: _done(c.caller.device(c.lock).reset_keys()), "0011"),
    ("tech unlocks online after the reset", Company.tech, "0001"),
    ("/fobs/sync for Alice", lambda c: _done(c.caller.sync(c.alices)), "0001"),
    ("/fobs/sync for Bob", lambda c: _done(c.caller.sync(c.bobs)), "0011"),
]
"""(moment, what happens, who then opens the lock in the table's order: 1 lock opens, 0 access denied)."""


def _done(_: Any) -> None:
    """Ignore the answer."""


@pytest.mark.rule("NO-R70")
@pytest.mark.parametrize(
    ("server", "lock", "fobs"),
    [("production", YARD, (ALICES_FOB, BOBS_FOB)), ("sandbox", GATE, (VISITORS_FOB, COURIERS_FOB))],
)
@pytest.mark.parametrize("seconds", [0, 45, 61])
def test_who_opens_the_lock_at_each_moment_is_as_in_the_table(
    server: str, lock: str, fobs: tuple[str, str], seconds: float
) -> None:
    company = Company(server, lock, fobs)
    found = {}
    for moment, happens, _ in MOMENTS:
        happens(company)
        company.caller.pass_time(seconds)
        for way in WAYS:
            found[moment, way] = company.opens(way)
    assert found == {
        (moment, way): cell == "1" for moment, _, cells in MOMENTS for way, cell in zip(WAYS, cells, strict=True)
    }
    assert len(found) == 9 * 4


@pytest.mark.rule("NO-R70")
def test_a_try_on_a_copy_does_not_change_the_original_world() -> None:
    company = Company("production", YARD, (ALICES_FOB, BOBS_FOB))
    company.caller.revoke_key(YARD, "alice")
    before = company.caller.world.core.snapshot().encode()
    assert company.opens(ONLINE)
    assert company.caller.world.core.snapshot().encode() == before
    assert company.opens(PHONE)
