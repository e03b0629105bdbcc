"""120 requests a minute and account (chapter *Rate Limiting*).

The window is the minute of the epoch, the same for all accounts. Every request with a valid token counts, except those
that exceed the limit. With the world's `limits` off, nothing is counted or refused, and the headers always show one used
request.
"""

from __future__ import annotations

from locksim.engine.timestamps import MINUTE, SECOND
from locksim.engine.turn import Turn
from locksim.remotelock.account import Account
from locksim.remotelock.errors import TooMany

__all__ = ["LIMIT", "count", "headers", "headers_for"]

LIMIT = 120


def count(turn: Turn, account: Account) -> None:
    """Count this request. Raises TooMany."""
    rate, minute = account.rate, turn.now - turn.now % MINUTE
    if rate.since != minute:
        rate.since, rate.used = minute, 0
    if not turn.limits:
        return
    if rate.used >= LIMIT:
        raise TooMany(
            "Your account has exceeded the rate limit. Check the X-RateLimit-* headers.",
            f"the account has used its {LIMIT} requests of this minute; wait until X-RateLimit-Reset",
        )
    rate.used += 1


def headers(turn: Turn, account: Account) -> tuple[tuple[str, str], ...]:
    """Return the rate headers of an answer to a counted request."""
    return headers_for(turn, LIMIT - (account.rate.used if turn.limits else 1))


def headers_for(turn: Turn, remaining: int) -> tuple[tuple[str, str], ...]:
    """Return the rate headers when this many requests remain. The reset time is in whole seconds of the epoch."""
    reset = (turn.now - turn.now % MINUTE + MINUTE) // SECOND
    return (
        ("X-RateLimit-Limit", str(LIMIT)),
        ("X-RateLimit-Remaining", str(remaining)),
        ("X-RateLimit-Reset", str(reset)),
    )
