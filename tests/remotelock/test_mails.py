"""Emails with access instructions are sent on request, and never by themselves."""

from __future__ import annotations

import pytest

from locksim.engine.timestamps import iso
from locksim.remotelock import seed
from tests.remotelock.caller import Caller


def mails(caller: Caller) -> list[tuple[str, str]]:
    """Return the time and the receiver of each email."""
    return [(iso(mail.at), mail.to) for mail in caller.world.deliveries.list() if mail.kind == "email"]


@pytest.mark.rule("RL-R98")
def test_a_person_gets_a_mail_at_once(caller: Caller) -> None:
    reply = caller.call("POST", f"/access_persons/{seed.VISITOR}/email/notify")
    assert (reply.status, reply.body) == (200, b"")
    assert mails(caller) == [("2026-01-05T08:00:00Z", "nigel89@example.com")]
    body = caller.world.deliveries.list()[0].body.decode()
    assert "Access Code: 7195" in body
    assert "Front door" in body


@pytest.mark.rule("RL-R98")
def test_a_guest_gets_a_mail_some_days_before_the_stay(caller: Caller) -> None:
    """NEWCOMER's stay begins at midnight, New York time, twelve days from the world's start."""
    caller.post(f"/access_persons/{seed.NEWCOMER}/email/notify", days_before=2)
    assert mails(caller) == []
    caller.until("2026-01-15T04:59:59Z")
    assert mails(caller) == []
    caller.until("2026-01-15T05:00:00Z")
    assert mails(caller) == [("2026-01-15T05:00:00Z", "michelle17@example.org")]


@pytest.mark.rule("RL-R533")
def test_a_day_that_is_past_means_now(caller: Caller) -> None:
    caller.post(f"/access_persons/{seed.NEWCOMER}/email/notify", days_before=100)
    assert len(mails(caller)) == 1


@pytest.mark.rule("RL-R100")
@pytest.mark.parametrize("how", ["deactivate", "delete", "no address"])
def test_a_person_deleted_or_deactivated_by_then_gets_no_mail(caller: Caller, how: str) -> None:
    path = f"/access_persons/{seed.NEWCOMER}"
    caller.post(f"{path}/email/notify", days_before=1)
    if how == "deactivate":
        caller.put(f"{path}/deactivate")
    elif how == "delete":
        caller.delete(path)
    else:
        caller.put(path, email=None)
    caller.pass_time(86400 * 20)
    assert mails(caller) == []


@pytest.mark.rule("RL-R100")
def test_without_an_address_there_is_no_mail(caller: Caller) -> None:
    assert caller.call("POST", f"/access_persons/{seed.CLEANER}/email/notify").errors == {"email": ["is empty"]}
    assert caller.call("POST", f"/resort_lock_guests/{seed.CABIN_PAST}/email/notify").errors == {"email": ["is empty"]}


@pytest.mark.rule("RL-R100")
def test_only_guests_have_days_before(caller: Caller) -> None:
    path = f"/access_persons/{seed.CARETAKER}/email/notify"
    assert set(caller.post(path, days_before=1).errors) == {"days_before"}
    assert caller.call("POST", path, {"attributes": {}}).status == 200
    for odd in (-1, "1", 1.5, True, 10**6):
        assert set(caller.post(f"/access_persons/{seed.VISITOR}/email/notify", days_before=odd).errors) == {
            "days_before"
        }


@pytest.mark.rule("RL-R176")
def test_a_resort_guest_gets_the_previewed_mail(caller: Caller) -> None:
    path = f"/resort_lock_guests/{seed.CABIN_GUEST}/email"
    reply = caller.call("POST", f"{path}/notify")
    assert (reply.status, reply.body) == (200, b"")
    assert caller.world.deliveries.list()[0].body.decode() == caller.get(f"{path}/preview").attributes["body"]


@pytest.mark.rule("RL-R99")
def test_no_mail_is_sent_by_itself(caller: Caller) -> None:
    guest = caller.guest("2026-02-01", "2026-02-02", email="ann@example.com").data["id"]
    caller.grant_access(guest, "lock", seed.ATTIC)
    caller.post(
        "/resort_lock_guests",
        resort_lock_id=seed.CABIN,
        name="A",
        email="a@example.com",
        starts_at="2026-02-01",
        ends_at="2026-02-02",
    )
    caller.pass_time(86400 * 40)
    assert mails(caller) == []


@pytest.mark.rule("RL-R521")
@pytest.mark.parametrize(("person", "status"), [(seed.FORMER, "deactivated"), (seed.DEPARTED, "expired")])
def test_a_person_without_a_valid_code_gets_no_mail(caller: Caller, person: str, status: str) -> None:
    wrong = caller.call("POST", f"/access_persons/{person}/email/notify").errors
    assert f"Access person is {status}" in wrong[None]
    assert mails(caller) == []


@pytest.mark.rule("RL-R522")
def test_observed_days_before_must_be_ahead(observed: Caller) -> None:
    path = f"/access_persons/{seed.NEWCOMER}/email/notify"
    assert observed.post(path, days_before=100).errors == {"days_before": ["is in the past"]}
    assert observed.post(path, days_before=2).status == 200
