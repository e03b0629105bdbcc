"""How the reference client reads events."""

from __future__ import annotations

from lockpact.core.connection import Connection
from lockpact.lockt.reference import Reference
from locksim.lockt.seed import FRONT_DOOR
from tests.lockt.customer import Customer


def test_the_first_events_of_a_new_customer_are_no_loss() -> None:
    customer = Customer()
    customer.state.events.clear()
    client = Reference(Connection(customer.site.url, customer.site.credentials, transport=customer.world.transport))
    nothing = client.read_events(None)
    customer.show(FRONT_DOOR, 10001)
    customer.pass_time(120)
    news = client.read_events(nothing.cursor)
    assert len(news.events) == 1
    assert not news.lost
    assert not client.read_events(news.cursor).lost
