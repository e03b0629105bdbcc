"""What a world sends: callbacks, webhooks, mails, text messages.

A turn only fills the outbox. A webhook sender outside the world makes the attempts that `due_attempts()` returns, and
each outcome comes back as an input. So a receiver may be slow, dead, or call back into the world, and nobody waits.

    attempt:  waiting (its time has not come) → due → done
              held (until the tester releases it) → due → done

An attempt that the tester drops is done too, with the error `dropped`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from locksim.engine.inputs import Headers

__all__ = ["Attempt", "Delivery", "Mode"]

Mode = Literal["auto", "held"]
"""Whether deliveries leave by themselves, or are held until the tester releases them."""


class Attempt(msgspec.Struct):
    """One attempt to make a delivery. `due` is when it may leave; `status` or `error` is its outcome, at the time `ended`."""

    id: int
    delivery: int
    due: int
    state: Literal["waiting", "due", "held", "done"]
    status: int | None = None
    error: str | None = None
    ended: int | None = None


class Delivery(msgspec.Struct):
    """Something that a vendor sends. `kind` is the vendor's word (callback, webhook, email …); `to` is a URL or an address."""

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
    """The vendor's own reference (which subscriber, which callback), which comes back with the outcome."""
    attempts: list[Attempt] = []

    @property
    def to_url(self) -> bool:
        """Whether there is a receiver to call. A mail or a text message has arrived when it is sent: the list of deliveries
        serves as its inbox."""
        return self.to.lower().startswith(("http://", "https://"))
