"""What a world sends out: callbacks, webhooks, mails, texts.

A turn only fills the outbox. A pump outside the world performs the attempts that `World.outbox()` names, and feeds
each outcome back as an input; so a receiver may be slow, dead, or call back into the world, and nobody waits.

    attempt:  waiting (its hour has not come) → due → done
              held (the tester's hand is on it) → due → done

One that the tester takes off the wire is done too, with the error `dropped`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from locksim.engine.inputs import Headers

__all__ = ["Attempt", "Delivery", "Mode"]

Mode = Literal["auto", "held"]


class Attempt(msgspec.Struct):
    """One try at one delivery. `due` is when it may go out; `status` or `error` is what became of it."""

    id: int
    delivery: int
    due: int
    state: Literal["waiting", "due", "held", "done"]
    status: int | None = None
    error: str | None = None
    ended: int | None = None


class Delivery(msgspec.Struct):
    """Something a vendor sends. `kind` is the vendor's word (callback, webhook, email …); `to` a URL or an address."""

    id: int
    vendor: str
    kind: str
    to: str
    at: int
    method: str = "POST"
    headers: Headers = ()
    body: bytes = b""
    patience: int = 5_000_000
    """Microseconds that the vendor waits for the receiver's answer."""
    about: dict[str, str | int] = {}
    """The vendor's own reference (which subscriber, which callback), handed back with the outcome."""
    attempts: list[Attempt] = []

    @property
    def to_url(self) -> bool:
        """Whether there is a receiver to call. What goes to none (a mail, a text) has arrived when it is sent: the list of
        deliveries is its inbox."""
        return self.to.lower().startswith(("http://", "https://"))
