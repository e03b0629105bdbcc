"""What the reference client does in situations that the pact does not draw."""

from __future__ import annotations

from typing import Any

from lockpact.core.connection import Connection
from lockpact.remotelock.exchanges import EVENT_TYPES
from lockpact.remotelock.session import MAX_RESOURCES, Params, Session

URL = "https://integrator.example/hooks"


class AnsweredSession(Session):
    """A session with an account of 9,995 devices."""

    def _get(self, path: str, params: Params = ()) -> Any:
        page, size = (int(dict(params)[name]) for name in ("page", "per_page"))
        assert page * size <= MAX_RESOURCES, f"{path}: page {page} of {size} is refused"
        data = [{"id": str(number)} for number in range((page - 1) * size, min(page * size, 9_995))]
        return {"data": data, "meta": {"total_pages": -(-9_995 // size), "total_count": 9_995}}


def test_a_preferred_page_size_keeps_no_list_of_legal_length_from_being_read() -> None:
    """Its last page of 30 would end at 10,020, and 10,000 is the limit."""
    session = AnsweredSession(Connection("https://api.remotelock.com"))
    assert len(session._all("/devices", per_page=30)) == 9_995
    session.close()


def test_a_webhook_that_has_some_events_gets_the_others_too(machine: Any) -> None:
    machine.do("subscribe", url=URL, given={})

    def has_one_event(state: dict[str, Any]) -> None:
        (subscription,) = _subscriptions(state)
        del subscription["events"][1:]

    machine.stage.edit_state(has_one_event)
    machine.do("subscribe", url=URL, given={})
    found: list[list[str]] = []
    machine.stage.edit_state(
        lambda state: found.extend([event["event_type"] for event in one["events"]] for one in _subscriptions(state))
    )
    assert [set(events) for events in found] == [set(EVENT_TYPES)]


def _subscriptions(state: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the subscriptions of the webhook for our URL."""
    return [
        one
        for account in state["accounts"].values()
        for one in account["subscriptions"].values()
        if account["subscribers"].get(one["subscriber_id"], {}).get("url") == URL
    ]
