"""Variants whose effect a comparison of two servers does not show completely."""

from __future__ import annotations

import json
from typing import Any

import pytest

from locksim.inprocess.world import World
from locksim.remotelock import VENDOR
from locksim.remotelock.seed import CARETAKER, DEPARTED, FRONT_DOOR, HOOKED, VISITOR


class Planted:
    """A world with a variant, and who asks there. (`Caller` holds answers to the document, which variants break.)"""

    def __init__(self, name: str) -> None:
        variants = [f"remotelock-{name}"]
        self.world = World([VENDOR], start="2026-01-05T08:00:00Z", clock="manual", limits=False, variants=variants)
        self.site = self.world.site("remotelock")
        keys = self.site.credentials
        form = f"grant_type=client_credentials&client_id={keys['client_id']}&client_secret={keys['client_secret']}"
        said = self.world.ask("remotelock", "oauth", "POST", f"/oauth/token?{form}")
        self.token = json.loads(said.body)["access_token"]

    def ask(self, method: str, path: str, document: Any = None, token: str = "") -> tuple[int, Any]:
        headers = (("Authorization", f"Bearer {token or self.token}"), ("Content-Type", "application/json"))
        body = b"" if document is None else json.dumps(document).encode()
        answer = self.world.ask("remotelock", "api", method, path, headers, body)
        return answer.status, json.loads(answer.body) if answer.body else None

    def person(self, token: str = "", **attributes: Any) -> int:
        kind = "access_guest" if "starts_at" in attributes else "access_user"
        return self.ask("POST", "/access_persons", {"type": kind, "attributes": {"name": "A"} | attributes}, token)[0]

    def status(self, person: str) -> str:
        return str(self.ask("GET", f"/v1/access_persons/{person}/")[1]["data"]["attributes"]["status"])


@pytest.mark.parametrize(("starts_at", "status"), [
    ("2031-03-09T02:30:00", 422),
    ("2031-03-09T02:00", 422),
    ("2031-03-09T01:59:59", 201),
    ("2031-03-09T03:00:00", 201),
    ("2031-03-09", 201),
    ("2031-11-02T01:30:00", 201),
    ("2031-03-10T02:30:00Z", 201),
])  # fmt: skip
def test_only_the_hour_that_clocks_skip_is_refused(starts_at: str, status: int) -> None:
    assert (
        Planted("skipped-hour-refused").person(generate_pin=True, starts_at=starts_at, ends_at="2032-01-01") == status
    )


@pytest.mark.parametrize("name", ["skipped-hour-refused", "longer-pins", "bursts-refused"])
def test_every_path_is_refused_alike_without_a_token(name: str) -> None:
    there = Planted(name)
    asked = [there.person("none", pin="5518", starts_at="2031-03-09T02:30:00") for _ in range(5)]
    assert asked == [401] * 5


def test_a_pin_of_five_digits_is_accepted_and_one_of_four_is_kept() -> None:
    there = Planted("longer-pins")
    assert [there.person(pin=pin) for pin in ("5518", 5518, "55180", "551")] == [422, 422, 201, 422]
    assert there.ask("PUT", f"/access_persons/{CARETAKER}", {"attributes": {"name": "B"}})[0] == 200


def test_three_in_a_second_are_answered_and_the_next_second_has_three_more() -> None:
    there = Planted("bursts-refused")
    assert [there.ask("GET", "/user")[0] for _ in range(4)] == [200, 200, 200, 429]
    there.site.clock.advance(1)
    assert [there.ask("GET", "/user")[0] for _ in range(4)] == [200, 200, 200, 429]


def test_a_token_holds_for_five_minutes_less_a_moment() -> None:
    there = Planted("token-holds-five-minutes")
    there.site.clock.advance(299.9)
    assert there.ask("GET", "/user")[0] == 200
    there.site.clock.advance(0.1)
    assert there.ask("GET", "/user")[0] == 401


def test_a_deactivation_shows_a_minute_later_and_an_older_one_stays() -> None:
    there = Planted("deactivated-later")
    said = there.ask("PUT", f"/access_persons/{VISITOR}/deactivate")[1]
    assert said["data"]["attributes"]["status"] == "deactivated"
    assert there.status(VISITOR) == "current"
    there.site.clock.advance(60)
    assert there.status(VISITOR) == "deactivated"
    assert there.ask("PUT", f"/access_persons/{VISITOR}/deactivate")[0] == 200
    assert there.status(VISITOR) == "deactivated"


def test_only_the_last_ten_days_of_a_current_guest_are_its_last() -> None:
    there = Planted("expiring-guests")
    assert (there.status(VISITOR), there.status(DEPARTED), there.status(CARETAKER)) == (
        "expiring",
        "expired",
        "current",
    )


@pytest.mark.parametrize("kind", ["form", "json"])
def test_a_webhook_of_either_kind_lacks_the_method_alone(kind: str) -> None:
    there = Planted("webhook-without-method")
    there.ask("PUT", f"/notification_subscribers/{HOOKED}", {"attributes": {"content_type": kind}})
    watched = {
        "events": [{"event_type": "access_denied"}], "subscriber_id": HOOKED, "publisher_id": FRONT_DOOR,
        "subscriber_type": "webhook_notification_subscriber", "publisher_type": "lock",
    }  # fmt: skip
    assert there.ask("POST", "/notification_subscriptions", {"attributes": watched})[0] == 201
    there.site.hardware.act(FRONT_DOOR, "enter_pin", pin="9999")
    (delivery,) = there.world.core.deliveries()
    body = delivery.body.decode()
    assert "method" not in body
    assert "9999" in body
    assert "source" in body
