"""Notification subscribers and subscriptions."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.remotelock import seed
from locksim.remotelock.catalog import COMPATIBLE, EVENT_TYPES
from tests.remotelock.caller import Caller, Reply

GIVEN: dict[str, dict[str, str]] = {
    "email_notification_subscriber": {"name": "Rob", "email": "rob@example.com"},
    "text_notification_subscriber": {"name": "Rob", "phone": "303-555-0122", "carrier": "att"},
    "webhook_notification_subscriber": {"name": "Rob", "url": "https://hooks.example.com/", "content_type": "json"},
}
PUBLISHERS = {
    "account": seed.HARBOUR_STAYS,
    "location": seed.QUAY,
    "access_user": seed.CARETAKER,
    "access_guest": seed.VISITOR,
    "lock": seed.FRONT_DOOR,
    "thermostat": seed.THERMOSTAT,
    "power_plug": seed.PLUG,
    "acs_door": seed.LOBBY,
}


@pytest.mark.rule("RL-R180")
@pytest.mark.parametrize("kind", GIVEN)
def test_a_subscriber_needs_the_attributes_of_its_type(caller: Caller, kind: str) -> None:
    made = caller.post("/notification_subscribers", kind, **GIVEN[kind])
    assert (made.status, made.data["type"], made.attributes["active"]) == (201, kind, True)
    needed = set(GIVEN[kind]) - {"content_type"}
    assert set(caller.call("POST", "/notification_subscribers", {"type": kind, "attributes": {}}).errors) == needed
    for name in needed:
        assert caller.put(f"/notification_subscribers/{made.data['id']}", **{name: ""}).errors == {name: ["is empty"]}


@pytest.mark.rule("RL-R181")
def test_a_webhook_gets_a_form_by_default_and_may_have_no_secret(caller: Caller) -> None:
    given = {"name": "Rob", "url": "https://hooks.example.com/"}
    shown = caller.post("/notification_subscribers", "webhook_notification_subscriber", **given).attributes
    assert (shown["content_type"], shown["secret"]) == ("form", None)
    shown = caller.post(
        "/notification_subscribers", "webhook_notification_subscriber", **given, content_type=None
    ).attributes
    assert shown["content_type"] == "form"
    wrong = caller.post(
        "/notification_subscribers", "webhook_notification_subscriber", **given, content_type="xml"
    ).errors
    assert set(wrong) == {"content_type"}


@pytest.mark.rule("RL-R182", "RL-R183")
@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://hooks.example.com:8443/a?b=c", True),
        ("HTTPS://hooks.example.com", True),
        ("http://127.0.0.1:9000/hook", True),
        ("http://localhost/hook", True),
        ("http://[::1]:9000/", True),
        ("http://hooks.example.com/", False),
        ("http://127.0.0.1.example.com/", False),
        ("ftp://hooks.example.com/", False),
        ("https://", False),
        ("https://a b/", False),
        ("https://[::1", False),
        ("hooks.example.com", False),
    ],
)
def test_a_webhooks_address_is_secure_or_on_this_machine(caller: Caller, url: str, taken: bool) -> None:
    reply = caller.put(f"/notification_subscribers/{seed.HOOKED}", url=url)
    assert reply.status == (200 if taken else 422)
    assert any("plain http" in miss for miss in caller.misses) is (taken and url.startswith("http://"))


@pytest.mark.rule("RL-R180")
def test_a_subscriber_is_switched_off_and_on(caller: Caller) -> None:
    for active in (False, True):
        assert caller.put(f"/notification_subscribers/{seed.TEXTED}", active=active).attributes["active"] is active
    assert set(caller.put(f"/notification_subscribers/{seed.TEXTED}", active="no").errors) == {"active"}


@pytest.mark.rule("RL-R184")
def test_with_a_subscriber_go_its_subscriptions_and_notifications(caller: Caller) -> None:
    assert caller.delete(f"/notification_subscribers/{seed.TEXTED}").status == 204
    assert caller.get("/notification_subscriptions").ids == [seed.RESETS]
    assert [note["attributes"]["subscriber_id"] for note in caller.get("/notifications").data] == [seed.MAILED]


# ---- subscriptions


def subscribe(caller: Caller, publisher: str, *events: Any, **more: Any) -> Reply:
    given = {"events": [{"event_type": event} if isinstance(event, str) else event for event in events]}
    given |= {"publisher_type": publisher, "publisher_id": PUBLISHERS.get(publisher, "x")}  # type: ignore[dict-item]
    given |= {"subscriber_type": "text_notification_subscriber", "subscriber_id": seed.TEXTED}  # type: ignore[dict-item]
    return caller.post("/notification_subscriptions", **(given | more))


@pytest.mark.rule("RL-R185")
@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_a_publisher_has_the_events_that_are_compatible_with_it(caller: Caller, publisher: str) -> None:
    for event in EVENT_TYPES:
        reply = subscribe(caller, publisher, event)
        assert reply.status == (201 if event in COMPATIBLE[publisher] else 422), event


@pytest.mark.rule("RL-R185")
def test_accounts_and_locations_have_all_nineteen(caller: Caller) -> None:
    assert len(EVENT_TYPES) == 19
    for publisher in ("account", "location"):
        reply = subscribe(caller, publisher, *EVENT_TYPES)
        assert [event["event_type"] for event in reply.attributes["events"]] == list(EVENT_TYPES)


@pytest.mark.rule("RL-R186")
def test_uses_can_be_narrowed_to_first_ones_and_integrations(caller: Caller) -> None:
    event = {"event_type": "access_person_used", "first_access": True, "created_by_integration": False}
    for publisher in ("access_user", "access_guest", "account"):
        assert subscribe(caller, publisher, event).attributes["events"] == [event]


@pytest.mark.rule("RL-R185")
@pytest.mark.parametrize(
    "event",
    [
        {},
        {"event_type": "exploded"},
        {"event_type": "unlocked_event"},
        {"event_type": "access_person_used", "first_access": "yes"},
        {"event_type": "access_person_used", "colour": 1},
        {"event_type": "unlocked", "first_access": True},
        ["unlocked"],
        7,
        None,
    ],
)
def test_events_are_to_the_letter_of_their_schemas(caller: Caller, event: Any) -> None:
    assert subscribe(caller, "account", {"event_type": "unlocked"}, event).errors == {"events": ["is invalid"]}


@pytest.mark.rule("RL-R187")
@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"events": []}, {"events"}),
        ({"events": None}, {"events"}),
        ({"publisher_id": seed.ATTIC}, {"publisher_id"}),
        ({"publisher_id": seed.MILL_LODGE}, {"publisher_id"}),
        ({"publisher_type": "acs_controller"}, {"publisher_id", "events"}),
        ({"publisher_type": "resort_lock"}, {"publisher_type"}),
        ({"subscriber_id": seed.MAILED}, {"subscriber_id"}),
        ({"subscriber_type": "pigeon"}, {"subscriber_type"}),
    ],
)
def test_all_parts_must_fit_together(caller: Caller, more: dict[str, Any], wrong: set[str]) -> None:
    assert set(subscribe(caller, "account", "unlocked", **more).errors) == wrong


@pytest.mark.rule("RL-R187")
def test_on_a_change_the_whole_must_still_fit(caller: Caller) -> None:
    path = f"/notification_subscriptions/{seed.SUBSCRIPTION}"
    assert set(caller.put(path, publisher_type="lock", publisher_id=seed.FRONT_DOOR).errors) == {"events"}
    events = [{"event_type": "unlocked"}]
    shown = caller.put(path, publisher_type="lock", publisher_id=seed.FRONT_DOOR, events=events).data
    assert shown["links"]["publisher"].endswith(f"/devices/{seed.FRONT_DOOR}")
    assert set(caller.put(path, subscriber_id=seed.MAILED).errors) == {"subscriber_id"}
    assert caller.delete(path).status == 204
    assert caller.get(path).status == 404


@pytest.mark.rule("RL-R188")
def test_the_account_is_linked_as_the_account(caller: Caller) -> None:
    links = caller.get(f"/notification_subscriptions/{seed.SUBSCRIPTION}").data["links"]
    assert links["publisher"] == "https://api.remotelock.com/account"


@pytest.mark.rule("RL-R189")
def test_notifications_name_events_with_their_ending(caller: Caller) -> None:
    notes = caller.get("/notifications").data
    assert {note["attributes"]["event_type"] for note in notes} == {"access_person_used_event", "reset_event"}
    assert list(notes[0]["links"]) == ["self", "subscriber", "publisher", "event"]
    assert len(caller.get("/notifications", f"attributes[subscriber_id]={seed.MAILED}").data) == 1


@pytest.mark.rule("RL-R195")
def test_the_link_of_a_notification_leads_to_it(caller: Caller) -> None:
    notes = caller.get("/notifications").data
    assert notes
    for note in notes:
        assert caller.get(f"/notifications/{note['id']}").data == note
    assert caller.get("/notifications/none").status == 404
