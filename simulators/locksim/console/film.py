"""What the film shows of a turn, and what is due: plain data, for the server and for stories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from locksim.engine.commands import Instant, Number
from locksim.engine.timestamps import iso
from locksim.engine.world import WorldCore

__all__ = ["MAX_DUE", "DueItem", "due_items", "summary"]

MAX_DUE = 200
_DEVICES = ("device", "lock", "bridge", "person")
_NUMBERED = {"pending_id": "request", "attempt": "attempt", "delivery": "delivery"}
"""The arguments of timers that say what they are about."""


class DueItem(msgspec.Struct):
    """Something that happens by itself at a time."""

    at: Instant
    kind: str
    vendor: str
    what: str
    id: Number


def due_items(core: WorldCore) -> list[DueItem]:
    """Return what happens next by itself, the next first; `MAX_DUE` items at most."""
    found = [
        DueItem(iso(one.due), "timer", one.vendor, _timer({"event": one.event, "args": one.args}), one.id)
        for one in core.timers()[:MAX_DUE]
    ]
    for scheduled in core.scheduled_commands()[:MAX_DUE]:
        given = msgspec.to_builtins(scheduled.input)
        what = given.get("action") or given.get("op", "")
        found.append(DueItem(iso(scheduled.due), "scheduled", given.get("vendor", ""), what, scheduled.id))
    return sorted(found, key=lambda one: (one.at, one.kind, one.id))[:MAX_DUE]


def summary(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a rendered turn looks like on the film: its lane, a line of text, and how it went."""
    kept = {
        key: shown[key]
        for key in ("n", "at", "kind", "vendor", "device", "action", "method", "ticket", "planned")
        if key in shown
    }
    kept["text"] = _text(shown)
    if "answer" in shown:
        kept["status"] = shown["answer"]["status"]
    elif "refused" in shown:
        kept["status"] = shown["refused"]["status"]
    elif shown.get("status") is not None:
        kept["status"] = shown["status"]
    counts = {key: len(shown[key]) for key in ("misses", "struck", "sent", "resolved") if shown.get(key)}
    if (reason := _refusal(shown)) is not None:
        kept["refusal"] = reason
        kept["text"] += f": {reason}"
    if shown.get("resolved"):
        kept["answers"] = [one["ticket"] for one in shown["resolved"]]
    return kept | counts | ({"failed": True} if "failed" in shown else {})


def _text(shown: Mapping[str, Any]) -> str:
    match shown["kind"]:
        case "request":
            return f"{shown['method']} {shown['target'][:200]}"
        case "act":
            text = f"{shown['action']} on {shown['device']}" if shown["device"] else f"{shown['action']} (support)"
            return text + _scheduled(shown)
        case "control":
            return str(shown["op"]) + _scheduled(shown)
        case "outcome":
            return f"delivery: {shown['status'] or shown['error']}"
        case "gone":
            return "caller hung up"
        case "tick":
            return _timer(shown) if "timer" in shown else "time passes"
    return str(shown["kind"])


def _refusal(shown: Mapping[str, Any]) -> str | None:
    """Return why a device stayed closed; None if it did not, or was not asked to open."""
    result = shown.get("result") or {}
    closed = any(result.get(key) is False for key in ("opened", "granted", "unlocked")) and "reason" in result
    return str(result["reason"] or "refused") if closed else None


def _scheduled(shown: Mapping[str, Any]) -> str:
    return f", as scheduled ({shown['planned']})" if "planned" in shown else ""


def _timer(shown: Mapping[str, Any]) -> str:
    """Name the timer and what it is about: a device, a pending request, a delivery."""
    about = shown.get("args", {})
    named = [str(about[key]) for key in _DEVICES if key in about]
    named += [f"{what} {about[key]}" for key, what in _NUMBERED.items() if key in about]
    what = shown.get("event", "").replace("_", " ") or f"timer {shown['timer']}"
    return f"{what}: {', '.join(named)}" if named else what
