"""Smart phone clients: invited, changed, suspended, restored, deleted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.codelocks.seed import ANNEXE, DENNIS, HUGH, KARL, MAIN_DOOR, MARY
from locksim.codelocks.state import DAYS
from locksim.engine.errors import Impossible, Unknown
from tests.codelocks.caller import ALWAYS, WHOLE_DAY, Caller

times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
OFF = {"enabled": False, "starts": "00:00", "ends": "00:00"} | dict.fromkeys(DAYS, False)


@st.composite
def periods(draw: st.DrawFn) -> dict[str, Any]:
    """Some of ten active periods."""
    found = {}
    for key in draw(st.sets(st.sampled_from("0123456789"), min_size=1)):
        starts, ends = sorted([draw(times), draw(times)])
        found[key] = {"enabled": draw(st.booleans()), "starts": starts, "ends": ends} | {
            d: draw(st.booleans()) for d in DAYS
        }
    return found


def status(api: Caller, email: str, lock: str = MAIN_DOOR) -> str | None:
    return next((str(one["status"]) for one in api.clients(lock) if one["email"] == email), None)


def phone_opens(api: Caller, email: str, lock: str = MAIN_DOOR) -> bool:
    return bool(api.device(lock).unlock_by_phone(phone=email)["opened"])


@pytest.mark.rule("CL-R100")
@pytest.mark.rule("CL-R101")
def test_clients_come_in_pages(api: Caller, examples: Any) -> None:
    api.invite(MAIN_DOOR, KARL)
    pages = [api.k3connect(MAIN_DOOR, "/clients", page=n, perpage=2).json for n in (1, 2, 3)]
    assert [list(page) for page in pages] == [["count", "clients"]] * 3
    assert [page["count"] for page in pages] == [3] * 3
    assert [[one["email"] for one in page["clients"]] for page in pages] == [[MARY, DENNIS], [KARL], []]
    assert list(pages[0]["clients"][0]) == list(examples["answers"]["client"])
    assert list(pages[0]["clients"][0]["activeperiods"][0]["0"]) == list(examples["answers"]["period"])
    api.client("DELETE", ANNEXE, HUGH)
    assert api.k3connect(ANNEXE, "/clients", page=1, perpage=9).json == {"count": 0, "clients": []}


@pytest.mark.rule("CL-R101")
@pytest.mark.parametrize("wrong", ["0", "-1", "x", "1.0", "01", "1e3", "9999999999"])
def test_page_and_perpage_must_be_whole_numbers_of_one_or_more(api: Caller, wrong: str) -> None:
    for query in ({"page": wrong, "perpage": 1}, {"page": 1, "perpage": wrong}):
        assert api.k3connect(MAIN_DOOR, "/clients", **query).status == 400
        assert api.k3connect(MAIN_DOOR, "/audit", pageorder="ascending", **query).status == 400


@pytest.mark.rule("CL-R102")
def test_an_invited_person_can_open_after_accepting(api: Caller) -> None:
    reply = api.invite(MAIN_DOOR, KARL, message="Come in, please.")
    assert reply.json == {"result": "Invited"}
    assert (status(api, KARL), phone_opens(api, KARL)) == ("INVITED", False)
    invitation = {"lock": MAIN_DOOR, "name": "Main door", "message": "Come in, please."}
    assert api.device(KARL).state["invitations"] == [invitation]
    assert api.device(KARL).accept() == {"lock": MAIN_DOOR, "status": "ACTIVE"}
    assert (status(api, KARL), phone_opens(api, KARL)) == ("ACTIVE", True)
    with pytest.raises(Impossible, match="has no invitation"):
        api.device(KARL).accept()


@pytest.mark.rule("CL-R102")
def test_a_person_who_declines_is_not_a_client(api: Caller) -> None:
    assert api.device(DENNIS).decline() == {"lock": MAIN_DOOR, "status": "DECLINED"}
    assert (status(api, DENNIS), phone_opens(api, DENNIS)) == (None, False)


@pytest.mark.rule("CL-R103")
def test_unregistered_persons_and_clients_cannot_be_invited(api: Caller) -> None:
    for email in ("stranger@example.org", MARY, DENNIS, "x", "\x00"):
        assert api.invite(MAIN_DOOR, email).status == 400
    assert len(api.clients(MAIN_DOOR)) == 2
    with pytest.raises(Unknown):
        api.device(MAIN_DOOR).unlock_by_phone(phone="stranger@example.org")
    api.site.support("register", email="stranger@example.org")
    assert api.invite(MAIN_DOOR, "stranger@example.org").status == 200
    api.device("stranger@example.org").accept()
    assert phone_opens(api, "stranger@example.org")


@pytest.mark.rule("CL-R104")
@pytest.mark.rule("CL-R105")
def test_one_time_access_opens_once_and_standard_access_always(api: Caller) -> None:
    assert api.invite(MAIN_DOOR, KARL, accesstype="DAILY").status == 400
    api.invite(MAIN_DOOR, KARL, accesstype="ONE_TIME")
    api.device(KARL).accept()
    assert [phone_opens(api, KARL) for _ in range(3)] == [True, False, False]
    assert [phone_opens(api, MARY) for _ in range(3)] == [True, True, True]
    assert (status(api, KARL), api.device(MAIN_DOOR).unlock_by_phone(phone=KARL)["reason"]) == ("USED", "used")
    assert api.client("PATCH", MAIN_DOOR, KARL, action="RESTORE").status == 400
    assert api.client("DELETE", MAIN_DOOR, KARL).status == 200


@pytest.mark.rule("CL-R105")
def test_one_time_access_is_not_used_up_outside_its_periods(api: Caller) -> None:
    api.invite(ANNEXE, KARL, {"0": WHOLE_DAY | {"starts": "09:00", "ends": "09:59"}}, accesstype="one_time")
    api.device(KARL).accept()
    assert not phone_opens(api, KARL, ANNEXE)
    api.advance_to("2026-01-05 14:00:00")
    assert phone_opens(api, KARL, ANNEXE), "it is nine in New York"


@pytest.mark.rule("CL-R106")
@pytest.mark.rule("CL-R107")
def test_messages_have_at_most_500_of_the_allowed_characters(api: Caller, examples: Any) -> None:
    for message in ("A", "0-9 A_Z,.()", examples["message"], "x" * 500):
        assert api.invite(MAIN_DOOR, KARL, message=message).status == 200
        api.client("DELETE", MAIN_DOOR, KARL)
    for message in ("x" * 501, "Why?", "ä", "a\nb", "a;b", "٣"):
        assert api.invite(MAIN_DOOR, KARL, message=message).status == 400


@pytest.mark.rule("CL-R108")
@pytest.mark.rule("CL-R113")
@pytest.mark.rule("CL-R115")
@given(periods())
def test_active_periods_come_back_as_they_were_sent(given: dict[str, Any]) -> None:
    """They are sent as one object, and listed as a list of one object. Periods that are left out are disabled."""
    api = Caller()
    before = api.clients(MAIN_DOOR)[0]
    reply = api.client("PUT", MAIN_DOOR, MARY, activeperiods=json.dumps(given), accesstype="ONE_TIME")
    assert reply.json == {"result": "Updated", "lockid": MAIN_DOOR, "email": MARY}
    after = api.clients(MAIN_DOOR)[0]
    assert after.pop("activeperiods") == [{str(n): given.get(str(n), OFF) for n in range(10)}]
    before.pop("activeperiods")
    assert after == before


@pytest.mark.rule("CL-R114")
@pytest.mark.parametrize(
    "wrong",
    [
        "", "x", "[]", "{}", "null", '{"0": {}}', json.dumps([ALWAYS]), json.dumps({"10": WHOLE_DAY}),
        json.dumps({"-1": WHOLE_DAY}),
        *(json.dumps({"0": WHOLE_DAY | more}) for more in (
            {"starts": "24:00"}, {"ends": "23:60"}, {"starts": "8:00"}, {"starts": "12:00", "ends": "11:59"}, {"mon": 1},
            {"enabled": "true"}, {"more": True}, {"starts": None}, {"ends": "23:59\n"}, {"sun": None},
        )),
        *(json.dumps({"3": {k: v for k, v in WHOLE_DAY.items() if k != key}}) for key in WHOLE_DAY),
        "[" * 100_000,
    ],
)  # fmt: skip
def test_invalid_active_periods_are_refused(api: Caller, wrong: str) -> None:
    for method in ("POST", "PUT"):
        more = {} if method == "PUT" else {"accesstype": "STANDARD", "message": "Hi"}
        reply = api.client(method, MAIN_DOOR, KARL if method == "POST" else MARY, activeperiods=wrong, **more)
        assert reply.status == (400 if wrong else 404)
    assert len(api.clients(MAIN_DOOR)) == 2


@pytest.mark.rule("CL-R116")
@given(st.integers(0, 7 * 24 * 60 - 1), times, times, st.sets(st.sampled_from(DAYS)))
def test_a_phone_opens_within_its_periods_by_the_locks_wall_clock(
    minute: int, one: str, other: str, days: set[str]
) -> None:
    """The world starts at 08:00 UTC on a Monday: 03:00 at the annexe."""
    starts, ends = sorted([one, other])
    api = Caller()
    period = {"enabled": True, "starts": starts, "ends": ends} | {day: day in days for day in DAYS}
    api.client("PUT", ANNEXE, HUGH, activeperiods=json.dumps({"7": period}))
    api.site.clock.advance(minute * 60 + 59)
    wall = 3 * 60 + minute
    clock = f"{wall // 60 % 24:02}:{wall % 60:02}"
    expected = DAYS[wall // 1440 % 7] in days and starts <= clock <= ends
    assert api.device(ANNEXE).unlock_by_phone(phone=HUGH)["opened"] is expected


@pytest.mark.rule("CL-R116")
def test_a_period_includes_its_last_minute_and_not_the_next(api: Caller) -> None:
    """12:30 to 16:01 at the annexe is 17:30 to 21:01 in UTC."""
    period = WHOLE_DAY | {"starts": "12:30", "ends": "16:01"}
    api.client("PUT", ANNEXE, HUGH, activeperiods=json.dumps({"0": period}))
    for when, opens in (("17:29:59", False), ("17:30:00", True), ("21:01:59", True), ("21:02:00", False)):
        api.advance_to(f"2026-01-05 {when}")
        assert phone_opens(api, HUGH, ANNEXE) is opens


@pytest.mark.rule("CL-R116")
@pytest.mark.parametrize("day", DAYS)
def test_a_period_of_one_day_opens_on_that_day_of_the_week(api: Caller, day: str) -> None:
    """5 January 2026 is a Monday."""
    period = WHOLE_DAY | dict.fromkeys(DAYS, False) | {day: True}
    api.client("PUT", MAIN_DOOR, MARY, activeperiods=json.dumps({"0": period}))
    opened = []
    for n in range(7):
        api.advance_to(f"2026-01-{5 + n:02} 12:00:00")
        opened += [DAYS[n]] if phone_opens(api, MARY) else []
    assert opened == [day]


@pytest.mark.rule("CL-R116")
def test_a_disabled_period_does_not_open(api: Caller) -> None:
    api.client("PUT", MAIN_DOOR, MARY, activeperiods=json.dumps({"0": WHOLE_DAY | {"enabled": False}}))
    assert api.device(MAIN_DOOR).unlock_by_phone() == {"opened": False, "reason": "outside_active_periods"}


@pytest.mark.rule("CL-R109")
def test_a_suspended_client_cannot_open_until_restored(api: Caller, examples: Any) -> None:
    done = api.client("PATCH", MAIN_DOOR, MARY, action="SUSPEND").json
    assert list(done) == list(examples["answers"]["changed"])
    assert done == {"result": "Suspended", "lockid": MAIN_DOOR, "email": MARY}
    assert (status(api, MARY), phone_opens(api, MARY)) == ("SUSPENDED", False)
    assert api.client("PATCH", MAIN_DOOR, MARY, action="restore").json["result"] == "Restored"
    assert (status(api, MARY), phone_opens(api, MARY)) == ("ACTIVE", True)


@pytest.mark.rule("CL-R143")
def test_a_change_holds_for_the_phone_at_once(api: Caller) -> None:
    """The lock has no gateway, and no phone has synced with it."""
    api.client("PATCH", ANNEXE, HUGH, action="SUSPEND")
    assert not phone_opens(api, HUGH, ANNEXE)
    api.client("PATCH", ANNEXE, HUGH, action="RESTORE")
    api.client("PUT", ANNEXE, HUGH, activeperiods=json.dumps(ALWAYS))
    assert phone_opens(api, HUGH, ANNEXE)
    api.client("DELETE", ANNEXE, HUGH)
    assert not phone_opens(api, HUGH, ANNEXE)


@pytest.mark.rule("CL-R110")
def test_other_changes_of_status_are_400(api: Caller) -> None:
    assert api.client("PATCH", MAIN_DOOR, MARY, action="RESTORE").status == 400
    assert api.client("PATCH", MAIN_DOOR, MARY, action="REVOKE").status == 400
    assert api.client("PATCH", MAIN_DOOR, DENNIS, action="SUSPEND").status == 400
    api.client("PATCH", MAIN_DOOR, MARY, action="SUSPEND")
    assert api.client("PATCH", MAIN_DOOR, MARY, action="SUSPEND").status == 400
    assert (status(api, MARY), status(api, DENNIS)) == ("SUSPENDED", "INVITED")


@pytest.mark.rule("CL-R111")
@pytest.mark.parametrize("email", [MARY, DENNIS])
def test_a_deleted_client_is_removed(api: Caller, email: str) -> None:
    assert api.client("DELETE", MAIN_DOOR, email).json == {"result": "Deleted", "lockid": MAIN_DOOR, "email": email}
    assert (status(api, email), phone_opens(api, email)) == (None, False)
    assert api.client("DELETE", MAIN_DOOR, email).status == 400
    assert api.invite(MAIN_DOOR, email).status == 200


@pytest.mark.rule("CL-R112")
def test_an_email_of_no_client_is_400(api: Caller) -> None:
    assert api.client("PATCH", MAIN_DOOR, HUGH, action="SUSPEND").status == 400
    assert api.client("PUT", MAIN_DOOR, HUGH, activeperiods=json.dumps(ALWAYS)).status == 400
    assert api.client("DELETE", MAIN_DOOR, HUGH).status == 400
    assert status(api, HUGH, ANNEXE) == "ACTIVE"


@pytest.mark.rule("CL-R122")
def test_emails_are_compared_without_case(api: Caller) -> None:
    assert api.invite(MAIN_DOOR, KARL.upper()).status == 200
    assert status(api, KARL) == "INVITED"
    assert api.client("DELETE", MAIN_DOOR, KARL.title()).json["email"] == KARL


@pytest.mark.rule("CL-R121")
def test_statuses_and_access_types_have_their_words(api: Caller) -> None:
    assert [one["status"] for one in api.clients(MAIN_DOOR)] == ["ACTIVE", "INVITED"]
    assert [one["accesstype"] for one in api.clients(MAIN_DOOR)] == ["STANDARD", "STANDARD"]
