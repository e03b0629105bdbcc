"""Changes in what a request sends, and what is never tried in place of a server's own id."""

from __future__ import annotations

from random import Random
from typing import Any

from lockpact.simulators.changes import ChangeMaker

SENT = {"users": [{"id": 41, "name": "Ann"}], "options": {"update": True}}


def changed(sent: Any, **more: Any) -> list[Any]:
    """The bodies that many changes make of this one."""
    return [ChangeMaker(lambda name: [], {}, Random(n), **more).changed({}, sent)[1] for n in range(400)]


def test_each_member_is_left_out_and_replaced_at_one_time_or_another() -> None:
    bodies = changed(SENT)
    assert {"users": SENT["users"]} in bodies
    assert {**SENT, "options": {"update": False}} in bodies
    assert any(len(body.get("users", ())) == 101 for body in bodies)
    assert any(len(str(user.get("name"))) == 256 for body in bodies for user in body.get("users", ()))


def test_no_number_near_an_own_id_is_tried_since_it_may_be_another_objects() -> None:
    def tried(**more: Any) -> set[Any]:
        return {user.get("id") for body in changed(SENT, **more) for user in body.get("users", ())}

    assert 42 in tried()
    own = tried(is_own=lambda value: str(value) == "41")
    assert own >= {0, -1, "41", None}
    assert not own & {40, 42, 82, "4", "410"}


def test_the_same_numbers_make_the_same_change_with_other_ids() -> None:
    def change(number: int, ids: list[int]) -> str:
        maker = ChangeMaker(lambda name: ids, {}, Random(number), lambda value: str(value) in map(str, ids))
        return str(maker.changed({}, {"id": ids[0], "name": "Ann"})[1])

    for n in range(200):
        assert change(n, [41, 52]).replace("41", "7").replace("52", "8") == change(n, [7, 8])
