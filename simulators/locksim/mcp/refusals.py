"""Why a vendor refused a request: its near misses, and the rules that decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locksim.engine.errors import Unknown
from locksim.mcp.control_client import ControlClient

__all__ = ["explain"]

PAGE = 100
"""Entries that are read at a time, from the newest back."""
PAGES = 10


async def explain(control: ControlClient, world: str, entry: int | None) -> dict[str, Any]:
    """Say why a request was refused.

    Args:
        control: the server.
        world: the world's name.
        entry: the number of the request's entry in the journal; None: the last request that was refused.

    Raises:
        Unknown: there is no such entry, or no request was refused.
    """
    n = await _last_refused(control, world) if entry is None else entry
    moment = await control.call("readMoment", {"world": world, "n": n})
    shown = moment.get("entry")
    if shown is None:
        raise Unknown(f"there is no entry {n} in this journal")
    if shown["kind"] != "request":
        raise Unknown(f"entry {n} is no request to a vendor; its kind is {shown['kind']!r}")
    own = [one["answer"] for one in shown.get("resolved", ()) if one["ticket"] == shown.get("ticket")]
    found: dict[str, Any] = {
        "entry": n,
        "request": f"{shown['method']} {shown['target']}",
        "answer": shown.get("answer", *own) if own else shown.get("answer"),
        "near_misses": shown.get("misses", []),
        "rules": moment["rules"],
    }
    if shown.get("struck"):
        found["injected_faults"] = shown["struck"]
    return found


async def _last_refused(control: ControlClient, world: str) -> int:
    """Return the number of the last request that was refused. Raises Unknown."""
    last = (await control.call("readJournal", {"world": world, "after": 10**15, "limit": 1}))["last"]
    for page in range(PAGES):
        until = last - page * PAGE
        after = max(until - PAGE, 0)
        for entry in reversed(await _entries(control, world, after, until)):
            if entry["kind"] == "request" and _is_refused(entry):
                return int(entry["n"])
        if after == 0:
            break
    raise Unknown(f"there is no refused request among the last {PAGE * PAGES} entries of the journal; name an entry")


async def _entries(control: ControlClient, world: str, after: int, until: int) -> list[Mapping[str, Any]]:
    """Return these entries, which may take several pages where they are large."""
    found: list[Mapping[str, Any]] = []
    while after < until:
        page = await control.call("readJournal", {"world": world, "after": after, "limit": until - after})
        if not page["entries"]:
            break
        found += page["entries"]
        after = page["entries"][-1]["n"]
    return found


def _is_refused(entry: Mapping[str, Any]) -> bool:
    """Return whether a vendor objected. Some refuse with status 200, and say so in the body: then there is a near miss."""
    status = entry.get("answer", {}).get("status", 200)
    return bool(entry.get("misses")) or status == 0 or status >= 400
