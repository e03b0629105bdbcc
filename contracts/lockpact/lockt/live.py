"""Try a live instance of SecureAccess with the reference client, in an order that does no harm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lockpact.core.pact import RequestFilter
from lockpact.driving.driver import Driver, LiveCalls
from lockpact.lockt.port import UserRecord

__all__ = ["drive"]

UNKNOWN_ID = 4_000_000
"""No user and no fob has this id."""
WRONG = {"apiuser": "nobody-of-theirs", "apikey": "no-key-of-theirs"}


def drive(driver: Driver, credentials: Mapping[str, Any], allows: RequestFilter, _callback_url: str) -> dict[str, str]:
    """Make every call that may be sent. Return parameters that name an existing user, for other checks."""
    do = LiveCalls(driver, allows)
    wrong = {"credentials": "wrong"}
    driver.make(WRONG, wrong)
    do("GET /user", "users", wrong)
    do("GET /events", "read_events", wrong, cursor=None)
    driver.make(credentials)
    users = do("GET /user", "users") or []
    if users:
        do("GET /user", "user", id=users[0].id)
    do("GET /user", "user", id=UNKNOWN_ID)
    do("GET /fob", "fobs")
    do("GET /credential", "credentials")
    do("GET /schedule", "schedules")
    do("GET /nextcardnum", "next_card_num")
    news = do("GET /events", "read_events", cursor=None)
    if news is not None:
        do("GET /events", "read_events", {"seen": int(news.cursor)}, cursor=news.cursor)
    _write(do)
    return {"id": str(users[0].id)} if users else {}


def _write(do: LiveCalls) -> None:
    """Save two users and a door of our own; then an invalid user, and a fob that does not exist."""
    records = [
        UserRecord(f"LOCKPACT-{n}", "Lockpact", f"Trial {n}", f"lockpact.{n}@example.com", str(880_000_000 + n))
        for n in (1, 2)
    ]
    do("POST /user", "save_users", records=records, update=False, replace=True)
    do("POST /user", "save_users", records=records, update=True, replace=False)
    bad = [UserRecord("LOCKPACT-3", "Lockpact", "Trial 3", card_num="A8914"), records[0]]
    do("POST /user", "save_users", {"bad": ("LOCKPACT-3",)}, records=bad, update=False, replace=True)
    do("POST /door", "create_doors", names=["Lockpact Trial"])
    do("PUT /fob", "assign_fob", fob=UNKNOWN_ID, user=UNKNOWN_ID, effective=None, expires=None)
