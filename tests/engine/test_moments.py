"""A world as it was after an earlier entry."""

from __future__ import annotations

import pytest

from locksim import World
from locksim.engine import moments
from locksim.engine.errors import Unknown
from locksim.engine.moments import Moments, changes_between
from tests.engine.toy import BELL, TOY


def world_with_rings(count: int) -> tuple[World, dict[int, bytes]]:
    """Return a world, and its snapshots by the entry that they stand after."""
    world = World([TOY], seed=3)
    seen = {}
    for _ in range(count):
        world.site("toy").hardware[BELL].ring()
        world.clock.advance(1)
        seen[world.core.journal.last] = world.core.snapshot().encode()
    return world, seen


@pytest.mark.parametrize("order", [1, -1])
def test_every_moment_is_as_it_was_in_whatever_order_they_are_asked_for(
    order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moments, "_STRIDE", 7)
    monkeypatch.setattr(moments, "MAX_KEPT", 4)
    world, seen = world_with_rings(40)
    search = Moments(world.core)
    for n in sorted(seen)[::order]:
        assert search.after_at_once(n).snapshot().encode() == seen[n]
    assert len(search._kept) <= 4


def test_a_search_yields_while_it_works() -> None:
    world, _ = world_with_rings(30)
    assert sum(found is None for found in Moments(world.core).after(world.core.journal.last)) >= 2


def test_a_search_that_was_given_up_leaves_no_half_done_moment() -> None:
    world, seen = world_with_rings(30)
    search = Moments(world.core)
    next(search.after(world.core.journal.last))
    n = min(seen)
    assert search.after_at_once(n).snapshot().encode() == seen[n]


def test_the_world_goes_on_untouched() -> None:
    world, _ = world_with_rings(5)
    before = world.core.checkpoint()
    Moments(world.core).after_at_once(3)
    assert world.core.checkpoint() == before


def test_an_entry_that_the_journal_does_not_have_is_unknown() -> None:
    world, _ = world_with_rings(2)
    with pytest.raises(Unknown, match="the journal has the entries 1 to 4, not 5"):
        Moments(world.core).after_at_once(5)


def test_a_reset_forgets_the_moments_before_it() -> None:
    world, _ = world_with_rings(3)
    search = Moments(world.core)
    search.after_at_once(6)
    world.reset()
    world.site("toy").hardware[BELL].ring()
    assert search.after_at_once(1).state("toy").rings == 1
    assert search.after_at_once(0).state("toy").rings == 0


def test_a_turn_s_changes_are_listed_by_their_place() -> None:
    world, _ = world_with_rings(1)
    world.site("toy").hardware[BELL].unplug()
    entry = world.core.journal.read(2)[0]
    found = changes_between(Moments(world.core).after_at_once(2), entry)
    assert [(one.vendor, one.path, one.was, one.now) for one in found] == [("toy", "plugged", True, False)]


def test_a_fork_of_an_earlier_moment_goes_on_from_there() -> None:
    world, seen = world_with_rings(3)
    copy = world.fork("what-if", after=2)
    assert copy.core.state("toy").rings == 1
    assert (copy.core.clock.mode, copy.core.journal.last) == ("manual", 2)
    copy.site("toy").hardware[BELL].ring()
    assert world.core.snapshot().encode() == seen[6]
