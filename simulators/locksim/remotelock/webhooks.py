"""Who is told of an event. Reserved for the physical side: notifications, mails, texts, webhooks, retries, deactivation."""

from __future__ import annotations

from locksim.kernel.turn import Turn
from locksim.remotelock.entities import Event
from locksim.remotelock.world import Account, State

__all__ = ["told"]


def told(turn: Turn, state: State, account: Account, event: Event) -> None:
    """An event was recorded: make a notification for each subscriber who listens to it, and send it out."""
