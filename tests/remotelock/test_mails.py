"""Access instructions go out when they are asked for, and never by themselves."""

from __future__ import annotations

import pytest

from locksim.engine.timestamps import iso
from locksim.remotelock import seed
from tests.remotelock.caller import Caller


def mails(desk: Caller) -> list[tuple[str, str]]:
    """When each left, and to whom."""
    return [(iso(mail.at), mail.to) for mail in desk.world.deliveries.list() if mail.kind == "email"]


@pytest.mark.rule("RL-R98")
def test_a_person_gets_a_mail_at_once(desk: Caller) -> None:
    reply = desk.call("POST", f"/access_persons/{seed.VISITOR}/email/notify")
    assert (reply.status, reply.body) == (200, b"")
    assert mails(desk) == [("2026-01-05T08:00:00Z", "nigel89@example.com")]
    body = desk.world.deliveries.list()[0].body.decode()
    assert "Access Code: 7195" in body
    assert "Front door" in body


@pytest.mark.rule("RL-R98")
def test_or_some_days_before_the_stay(desk: Caller) -> None:
    """NEWCOMER's stay begins at midnight, New York time, twelve days from the world's start."""
    desk.post(f"/access_persons/{seed.NEWCOMER}/email/notify", days_before=2)
    assert mails(desk) == []
    desk.until("2026-01-15T04:59:59Z")
    assert mails(desk) == []
    desk.until("2026-01-15T05:00:00Z")
    assert mails(desk) == [("2026-01-15T05:00:00Z", "michelle17@example.org")]


@pytest.mark.rule("RL-R533")
def test_a_day_that_is_past_means_now(desk: Caller) -> None:
    desk.post(f"/access_persons/{seed.NEWCOMER}/email/notify", days_before=100)
    assert len(mails(desk)) == 1


@pytest.mark.rule("RL-R100")
@pytest.mark.parametrize("how", ["deactivate", "delete", "no address"])
def test_who_is_gone_by_then_gets_none(desk: Caller, how: str) -> None:
    path = f"/access_persons/{seed.NEWCOMER}"
    desk.post(f"{path}/email/notify", days_before=1)
    if how == "deactivate":
        desk.put(f"{path}/deactivate")
    elif how == "delete":
        desk.delete(path)
    else:
        desk.put(path, email=None)
    desk.pass_time(86400 * 20)
    assert mails(desk) == []


@pytest.mark.rule("RL-R100")
def test_without_an_address_there_is_no_mail(desk: Caller) -> None:
    assert desk.call("POST", f"/access_persons/{seed.CLEANER}/email/notify").wrong == {"email": ["is empty"]}
    assert desk.call("POST", f"/resort_lock_guests/{seed.CABIN_PAST}/email/notify").wrong == {"email": ["is empty"]}


@pytest.mark.rule("RL-R100")
def test_only_guests_have_days_before(desk: Caller) -> None:
    path = f"/access_persons/{seed.CARETAKER}/email/notify"
    assert set(desk.post(path, days_before=1).wrong) == {"days_before"}
    assert desk.call("POST", path, {"attributes": {}}).status == 200
    for odd in (-1, "1", 1.5, True, 10**6):
        assert set(desk.post(f"/access_persons/{seed.VISITOR}/email/notify", days_before=odd).wrong) == {"days_before"}


@pytest.mark.rule("RL-R176")
def test_a_resort_guest_gets_what_the_preview_shows(desk: Caller) -> None:
    path = f"/resort_lock_guests/{seed.CABIN_GUEST}/email"
    reply = desk.call("POST", f"{path}/notify")
    assert (reply.status, reply.body) == (200, b"")
    assert desk.world.deliveries.list()[0].body.decode() == desk.get(f"{path}/preview").attributes["body"]


@pytest.mark.rule("RL-R99")
def test_nobody_is_written_to_unasked(desk: Caller) -> None:
    guest = desk.guest("2026-02-01", "2026-02-02", email="ann@example.com").data["id"]
    desk.let(guest, "lock", seed.ATTIC)
    desk.post(
        "/resort_lock_guests",
        resort_lock_id=seed.CABIN,
        name="A",
        email="a@example.com",
        starts_at="2026-02-01",
        ends_at="2026-02-02",
    )
    desk.pass_time(86400 * 40)
    assert mails(desk) == []


@pytest.mark.rule("RL-R521")
@pytest.mark.parametrize(("person", "status"), [(seed.FORMER, "deactivated"), (seed.DEPARTED, "expired")])
def test_a_person_without_a_valid_code_gets_no_mail(desk: Caller, person: str, status: str) -> None:
    wrong = desk.call("POST", f"/access_persons/{person}/email/notify").wrong
    assert f"Access person is {status}" in wrong[None]
    assert mails(desk) == []


@pytest.mark.rule("RL-R522")
def test_observed_days_before_must_be_ahead(later: Caller) -> None:
    path = f"/access_persons/{seed.NEWCOMER}/email/notify"
    assert later.post(path, days_before=100).wrong == {"days_before": ["is in the past"]}
    assert later.post(path, days_before=2).status == 200
