"""120 requests a minute and account (chapter *Rate Limiting*).

The window is the minute of the epoch, the same for all. Every request with a token that holds counts, whatever becomes
of it, but for those that are refused for being too many. With `limits` off nothing is counted and
nothing refused, and every answer says that it was the first.
"""

from __future__ import annotations

from locksim.engine.timestamps import MINUTE, SECOND
from locksim.engine.turn import Turn
from locksim.remotelock.errors import TooMany
from locksim.remotelock.state import Account

__all__ = ["LIMIT", "count", "headers", "told"]

LIMIT = 120


def count(turn: Turn, account: Account) -> None:
    """This request counts. Raises TooMany."""
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
    """What every answer to a counted request says. Reset is in whole seconds of the epoch."""
    return told(turn, LIMIT - (account.rate.used if turn.limits else 1))


def told(turn: Turn, remaining: int) -> tuple[tuple[str, str], ...]:
    """The headers, where so many requests are left of this minute."""
    reset = (turn.now - turn.now % MINUTE + MINUTE) // SECOND
    return (
        ("X-RateLimit-Limit", str(LIMIT)),
        ("X-RateLimit-Remaining", str(remaining)),
        ("X-RateLimit-Reset", str(reset)),
    )
