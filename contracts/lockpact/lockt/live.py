"""How a live instance of SecureAccess is tried: what the reference client does there, in an order that harms nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lockpact.core.pact import RequestFilter
from lockpact.driving.driver import Driver
from lockpact.lockt.port import UserRecord

__all__ = ["DESTRUCTIVE", "READS", "WRITES", "drive"]

READS = frozenset(
    f"GET /{name}"
    for name in (
        "user", "credential", "credentialsummary", "events", "door", "doorstate", "fob", "fobcheck", "schedule", "accesslevel",
        "nextcardnum",
    )
)  # fmt: skip
"""They change nothing."""
WRITES = frozenset({"POST /user", "POST /uservalidate", "POST /credential", "POST /door", "POST /fob", "PUT /fob"})
DESTRUCTIVE = WRITES - {"POST /uservalidate"}
"""What they make cannot be taken away again (there is no DELETE), or somebody's key or fob stops to open."""

NOBODY = 4_000_000
WRONG = {"apiuser": "nobody-of-theirs", "apikey": "no-key-of-theirs"}


def drive(driver: Driver, credentials: Mapping[str, Any], may: RequestFilter, _callback_url: str) -> dict[str, str]:
    """Every call that may be sent. → the parameters that name an inhabitant."""

    def do(operation: str, call: str, given: Mapping[str, Any] | None = None, **arguments: Any) -> Any:
        method, path = operation.split()
        return driver.do(call, given or {}, arguments).result if may(path, method) else None

    wrong = {"credentials": "wrong"}
    driver.make(WRONG, wrong)
    do("GET /user", "users", wrong)
    do("GET /events", "read_events", wrong, cursor=None)
    driver.make(credentials)
    users = do("GET /user", "users") or []
    if users:
        do("GET /user", "user", id=users[0].id)
    do("GET /user", "user", id=NOBODY)
    do("GET /fob", "fobs")
    do("GET /nextcardnum", "next_card_num")
    news = do("GET /events", "read_events", cursor=None)
    if news is not None:
        do("GET /events", "read_events", {"seen": int(news.cursor)}, cursor=news.cursor)
    _write(do)
    return {"id": str(users[0].id)} if users else {}


def _write(do: Callable[..., Any]) -> None:
    """Two users and a door of our own, and who is nobody."""
    records = [
        UserRecord(f"LOCKPACT-{n}", "Lockpact", f"Trial {n}", f"lockpact.{n}@example.com", str(880_000_000 + n))
        for n in (1, 2)
    ]
    do("POST /user", "save_users", records=records, update=False, replace=True)
    do("POST /user", "save_users", records=records, update=True, replace=False)
    bad = [UserRecord("LOCKPACT-3", "Lockpact", "Trial 3", card_num="A8914"), records[0]]
    do("POST /user", "save_users", {"bad": ("LOCKPACT-3",)}, records=bad, update=False, replace=True)
    do("POST /door", "create_doors", names=["Lockpact Trial"])
    do("PUT /fob", "assign_fob", fob=NOBODY, user=NOBODY, effective=None, expires=None)
