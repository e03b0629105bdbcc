"""Webhooks: what is sent, what acknowledges it, retries and deactivation."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from locksim.engine.deliveries import Delivery
from locksim.engine.errors import Refused
from locksim.remotelock import seed
from tests.remotelock.keeper import Keeper

FRONT = seed.FRONT_DOOR
URL = "http://127.0.0.1:9/hooks"
HOUR = 3600


class Receiver:
    """A webhook's endpoint."""

    def __init__(self, keeper: Keeper, url: str = URL) -> None:
        self.keeper = keeper
        self.answer: int | None = 200
        self.takes = 0.0
        self.got: list[tuple[str, Delivery]] = []
        keeper.world.deliveries.receive(url, self)

    def __call__(self, delivery: Delivery) -> int | None:
        self.got.append((self.keeper.site.clock.iso, delivery))
        if self.takes:
            self.keeper.pass_time(self.takes)
        return self.answer

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(delivery.body) for _, delivery in self.got]


def hooked(keeper: Keeper, *types: str, publisher: tuple[str, str] = ("lock", FRONT), **more: Any) -> Any:
    """Create a webhook for these events."""
    given = {"name": "Our server", "url": URL, "content_type": "json", **more}
    hook = keeper.make("/notification_subscribers", "webhook_notification_subscriber", **given)
    listen(keeper, hook, *types, publisher=publisher)
    return hook


def listen(keeper: Keeper, hook: Any, *types: str | dict[str, Any], publisher: tuple[str, str]) -> Any:
    return keeper.make(
        "/notification_subscriptions",
        events=[{"event_type": one} if isinstance(one, str) else one for one in types],
        publisher_type=publisher[0],
        publisher_id=publisher[1],
        subscriber_type=hook["type"],
        subscriber_id=hook["id"],
    )


def active(keeper: Keeper, hook: Any) -> bool:
    return bool(keeper.read(f"/notification_subscribers/{hook['id']}")["attributes"]["active"])


# ---- what is sent


@pytest.mark.rule("RL-R300")
def test_a_webhook_gets_one_event_as_the_api_shows_it(keeper: Keeper) -> None:
    receiver = Receiver(keeper)
    hooked(keeper, "unlocked", secret="7d21aa")
    done = keeper.device(FRONT).enter_pin(pin="4071")
    (body,) = receiver.bodies
    assert body == {"data": keeper.read(f"/events/{done['event_id']}")}
    assert list(body["data"]) == ["type", "attributes", "id", "links"]


@pytest.mark.rule("RL-R301")
def test_observed_the_links_are_relative() -> None:
    keeper = Keeper("observed")
    receiver = Receiver(keeper)
    hooked(keeper, "unlocked")
    done = keeper.device(FRONT).enter_pin(pin="4071")
    keeper.pass_time(3)
    (body,) = receiver.bodies
    assert body["data"]["links"]["self"] == f"/events/{done['event_id']}"


@pytest.mark.rule("RL-R302")
@pytest.mark.parametrize("secret", ["7d21aa", None])
def test_the_secret_comes_in_its_header_or_not_at_all(keeper: Keeper, secret: str | None) -> None:
    receiver = Receiver(keeper)
    hooked(keeper, "unlocked", secret=secret)
    keeper.device(FRONT).enter_pin(pin="4071")
    headers = dict(receiver.got[0][1].headers)
    assert headers.get("X-Secret") == secret
    assert headers["Content-Type"] == "application/json"


@pytest.mark.rule("RL-R303")
def test_a_form_is_nested_in_brackets_and_null_is_empty(keeper: Keeper) -> None:
    receiver = Receiver(keeper)
    hooked(keeper, "unlocked", content_type="form")
    done = keeper.device(FRONT).enter_pin(pin="4071")
    (_, delivery), *_ = receiver.got
    assert dict(delivery.headers)["Content-Type"] == "application/x-www-form-urlencoded"
    form = dict(parse_qsl(delivery.body.decode(), keep_blank_values=True))
    assert (form["data[type]"], form["data[id]"]) == ("unlocked_event", done["event_id"])
    assert (form["data[attributes][pin]"], form["data[attributes][card]"]) == ("4071", "")


@pytest.mark.rule("RL-R304")
def test_https_is_asked_for_and_http_is_taken_on_this_machine_alone(keeper: Keeper) -> None:
    for url, status in (
        ("https://stay.example/hooks", 201),
        ("http://127.0.0.1:9/hooks", 201),
        ("http://localhost/hooks", 201),
        ("http://stay.example/hooks", 422),
        ("ftp://stay.example/hooks", 422),
    ):
        given = {"name": "Our server", "url": url, "content_type": "json"}
        assert keeper.post("/notification_subscribers", "webhook_notification_subscriber", **given).status == status, (
            url
        )


# ---- who hears of what


@pytest.mark.rule("RL-R305")
@pytest.mark.parametrize(
    ("publisher", "hears"),
    [
        (("lock", FRONT), ["unlocked"]),
        (("lock", seed.ATTIC), []),
        (("location", seed.HARBOUR_HOUSE), ["unlocked", "access_person_used"]),
        (("location", seed.QUAY), []),
        (("account", seed.HARBOUR_STAYS), ["unlocked", "access_person_used"]),
        (("access_user", seed.CARETAKER), ["access_person_used"]),
        (("access_guest", seed.VISITOR), []),
    ],
)
def test_a_publisher_publishes_its_own_events(keeper: Keeper, publisher: tuple[str, str], hears: list[str]) -> None:
    receiver = Receiver(keeper)
    wide = publisher[0] in ("account", "location")
    types = (
        ["unlocked", "access_person_used"] if wide else ["unlocked" if publisher[0] == "lock" else "access_person_used"]
    )
    hooked(keeper, *types, publisher=publisher)
    keeper.device(FRONT).enter_pin(pin="4071")
    assert [body["data"]["type"].removesuffix("_event") for body in receiver.bodies] == hears


@pytest.mark.rule("RL-R306")
def test_a_subscriber_with_two_subscriptions_is_notified_once(keeper: Keeper) -> None:
    receiver = Receiver(keeper)
    hook = hooked(keeper, "unlocked")
    listen(keeper, hook, "unlocked", "locked", publisher=("account", seed.HARBOUR_STAYS))
    keeper.device(FRONT).enter_pin(pin="4071")
    assert len(receiver.got) == 1


@pytest.mark.rule("RL-R307")
def test_the_first_access_can_be_listened_to_alone(keeper: Keeper) -> None:
    person = keeper.user("730915")
    keeper.admit(person, FRONT)
    keeper.device(FRONT).heartbeat()
    receiver = Receiver(keeper)
    hook = hooked(keeper, "unlocked")
    first = {"event_type": "access_person_used", "first_access": True}
    listen(keeper, hook, first, publisher=("access_user", person["id"]))
    for _ in range(3):
        keeper.device(FRONT).enter_pin(pin="730915")
    output = [body["data"]["type"] for body in receiver.bodies]
    assert (output.count("access_person_used_event"), output.count("unlocked_event")) == (1, 3)


@pytest.mark.rule("RL-R308")
@pytest.mark.parametrize(("wanted", "heard"), [(True, 1), (False, 0)])
def test_persons_of_an_integration_can_be_subscribed_to_separately(keeper: Keeper, wanted: bool, heard: int) -> None:
    person = keeper.site.support("integration_user", pin="730915")
    keeper.admit(person, FRONT)
    keeper.device(FRONT).heartbeat()
    receiver = Receiver(keeper)
    hook = hooked(keeper, "locked")
    made = {"event_type": "access_person_used", "created_by_integration": wanted}
    listen(keeper, hook, made, publisher=("access_user", person["id"]))
    keeper.device(FRONT).enter_pin(pin="730915")
    assert len(receiver.got) == heard


@pytest.mark.parametrize("pin", ["", "é", "123", "12345678901", "2026-02-30", "730915"])
def test_a_person_of_an_integration_has_a_pin_that_the_api_would_take(keeper: Keeper, pin: str) -> None:
    keeper.site.support("integration_user", pin="730915")
    with pytest.raises(Refused, match="pin must be 4 to 10 digits that no other person has"):
        keeper.site.support("integration_user", pin=pin)


@pytest.mark.rule("RL-R309")
def test_an_inactive_subscriber_gets_nothing(keeper: Keeper) -> None:
    receiver = Receiver(keeper)
    hook = hooked(keeper, "unlocked")
    keeper.change(f"/notification_subscribers/{hook['id']}", active=False)
    before = len(keeper.everything("/notifications"))
    keeper.device(FRONT).enter_pin(pin="4071")
    assert receiver.got == []
    mine = [one for one in keeper.everything("/notifications") if one["attributes"]["subscriber_id"] == hook["id"]]
    assert (mine, before > 0) == ([], True)


@pytest.mark.rule("RL-R310")
def test_every_notification_is_listed(keeper: Keeper) -> None:
    Receiver(keeper)
    hook = hooked(keeper, "unlocked")
    done = keeper.device(FRONT).enter_pin(pin="4071")
    output = [one["attributes"] for one in keeper.everything("/notifications")]
    (mine,) = [one for one in output if one["subscriber_id"] == hook["id"]]
    assert (mine["event_id"], mine["event_type"]) == (done["event_id"], "unlocked_event")
    assert (mine["publisher_type"], mine["publisher_id"]) == ("lock", FRONT)


@pytest.mark.rule("RL-R311")
def test_mails_and_texts_arrive_where_one_can_read_them(keeper: Keeper) -> None:
    mail, text = "email_notification_subscriber", "text_notification_subscriber"
    for kind, given in ((mail, {"email": "desk@example.com"}), (text, {"phone": "303-555-0142", "carrier": "att"})):
        who = keeper.make("/notification_subscribers", kind, name="Desk", **given)
        listen(keeper, who, "unlocked", publisher=("lock", FRONT))
    keeper.device(FRONT).enter_pin(pin="4071")
    (letter,) = keeper.mails()
    assert letter.to == "desk@example.com"
    assert b"Front door" in letter.body
    texts = [one for one in keeper.mails("sms") if one.to == "303-555-0142"]
    assert [one.body.startswith(b"unlocked: Front door") for one in texts] == [True]
    assert all(attempt.status == 200 for one in (letter, *texts) for attempt in one.attempts)


# ---- acknowledging


@pytest.mark.rule("RL-R312")
@pytest.mark.parametrize(("status", "tries"), [(200, 1), (204, 1), (299, 1), (302, 2), (404, 2), (500, 2)])
def test_only_a_2xx_acknowledges(keeper: Keeper, status: int, tries: int) -> None:
    receiver = Receiver(keeper)
    receiver.answer = status
    hooked(keeper, "access_denied")
    keeper.device(FRONT).enter_pin(pin="99")
    keeper.pass_time(HOUR)
    assert len(receiver.got) == tries


@pytest.mark.rule("RL-R313")
@pytest.mark.parametrize(("seconds", "tries"), [(2.9, 1), (3.1, 2)])
def test_a_webhook_has_three_seconds(keeper: Keeper, seconds: float, tries: int) -> None:
    receiver = Receiver(keeper)
    receiver.takes = seconds
    hooked(keeper, "access_denied")
    keeper.device(FRONT).enter_pin(pin="99")
    receiver.takes = 0
    keeper.pass_time(HOUR + 4)
    assert len(receiver.got) == tries


@pytest.mark.rule("RL-R314", "RL-R550")
def test_a_failed_webhook_is_retried_every_hour_for_72_hours_and_then_deactivated(keeper: Keeper) -> None:
    receiver = Receiver(keeper)
    receiver.answer = 503
    hook = hooked(keeper, "access_denied")
    keeper.device(FRONT).enter_pin(pin="99")
    keeper.pass_time(72 * HOUR - 1)
    assert (len(receiver.got), active(keeper, hook), keeper.mails()) == (72, True, [])
    keeper.pass_time(1)
    assert (len(receiver.got), active(keeper, hook)) == (73, False)
    assert [at[11:] for at, _ in receiver.got] == [f"{(8 + hour) % 24:02}:00:00Z" for hour in range(73)]
    (letter,) = keeper.mails()
    assert letter.to == keeper.state.users[seed.OWNER].email
    assert b"72 hours" in letter.body
    keeper.pass_time(5 * HOUR)
    assert len(receiver.got) == 73


@pytest.mark.rule("RL-R315")
def test_one_that_is_well_again_in_time_stays_active(keeper: Keeper) -> None:
    receiver = Receiver(keeper)
    receiver.answer = 500
    hook = hooked(keeper, "access_denied")
    keeper.device(FRONT).enter_pin(pin="99")
    keeper.pass_time(71 * HOUR)
    assert keeper.account.subscribers[hook["id"]].failing_since is not None
    receiver.answer = 200
    keeper.pass_time(HOUR)
    assert (active(keeper, hook), len(receiver.got)) == (True, 73)
    assert keeper.account.subscribers[hook["id"]].failing_since is None


@pytest.mark.rule("RL-R316")
def test_missed_events_are_in_the_list_by_created_at(keeper: Keeper) -> None:
    receiver = Receiver(keeper)
    receiver.answer = 500
    hook = hooked(keeper, "access_denied")
    keeper.device(FRONT).enter_pin(pin="99")
    keeper.pass_time(72 * HOUR)
    assert not active(keeper, hook)
    missed = keeper.device(FRONT).enter_pin(pin="98")["event_id"]
    assert len(receiver.got) == 73
    receiver.answer = 200
    keeper.change(f"/notification_subscribers/{hook['id']}", active=True)
    assert missed in [one["id"] for one in keeper.read("/events?sort=-created_at")]
    keeper.device(FRONT).enter_pin(pin="97")
    assert [body["data"]["attributes"]["pin"] for body in receiver.bodies[-2:]] == ["99", "97"]


@pytest.mark.rule("RL-R317")
@pytest.mark.parametrize("error", ["refused", "blocked", "timeout"])
def test_an_unreachable_webhook_counts_as_failed(keeper: Keeper, error: str) -> None:
    """Served, a host beyond this machine is `blocked`."""
    hook = hooked(keeper, "access_denied", url="https://stay.example/hooks")
    keeper.site.faults.inject({"kind": "lose", "error": error})
    keeper.device(FRONT).enter_pin(pin="99")
    keeper.pass_time(72 * HOUR)
    assert not active(keeper, hook)
    outcomes = [one.error for sent in keeper.mails("webhook") for one in sent.attempts]
    assert outcomes == [error] * 73


@pytest.mark.rule("RL-R318")
def test_a_deleted_or_deactivated_webhook_gets_no_more_retries(keeper: Keeper) -> None:
    receiver = Receiver(keeper)
    receiver.answer = 500
    hook = hooked(keeper, "access_denied")
    keeper.device(FRONT).enter_pin(pin="99")
    keeper.remove(f"/notification_subscribers/{hook['id']}")
    keeper.pass_time(72 * HOUR)
    # The retry that was under way when it was deleted still went out.
    assert len(receiver.got) == 2
