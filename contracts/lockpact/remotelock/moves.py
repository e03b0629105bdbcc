"""Where a bolt is by the events that a client has received or read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl

from lockpact.remotelock.exchanges import exchanges_with, items
from lockpact.remotelock.port import Bolt
from lockpact.remotelock.truth import RemoteLockStep

__all__ = ["event_of", "newest_moves", "was_reported"]

_BOLT_BY_EVENT = {f"{bolt.value}_event": bolt for bolt in Bolt}


def was_reported(s: RemoteLockStep, lock: str, bolt: Bolt) -> bool:
    """Return whether a webhook or a list of events has reported that the bolt moved there."""
    return any(move is bolt for _, move in (*_moves(_received(s), lock), *_moves(_listed(s), lock)))


def newest_moves(s: RemoteLockStep, lock: str) -> set[Bolt]:
    """Return where the bolt is by the newest event that the client has received, or read since.

    There are two positions if it moved twice in one second: an event's time has no fraction, so nobody can order them.
    """
    moves = _moves(_received(s), lock)
    newest = max((at for at, _ in moves), default=None)
    if newest is None:
        return set()
    return {bolt for at, bolt in (*moves, *_moves(_listed(s), lock)) if at >= newest}


def event_of(body: bytes) -> dict[str, Any]:
    """Return the event of a webhook, whose body is JSON or a form (`data[attributes][status]`)."""
    try:
        event: dict[str, Any] = json.loads(body)["data"]
    except ValueError:
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        named = {name.removeprefix("data[attributes][").removesuffix("]"): value for name, value in fields.items()}
        event = {"id": fields.get("data[id]"), "type": fields.get("data[type]"), "attributes": named}
    return event


def _received(s: RemoteLockStep) -> Iterator[dict[str, Any]]:
    """Return the events of the webhooks that the client has accepted."""
    for e in s.since_made:
        if e.given.get("event") is not None and e.result == 200:
            yield event_of(e.arguments["body"])


def _listed(s: RemoteLockStep) -> Iterator[dict[str, Any]]:
    """Return the events that the client has read."""
    for e in (*s.earlier, s):
        for x in exchanges_with(e.traffic, "GET", "/events"):
            yield from items(x)


def _moves(events: Iterable[dict[str, Any]], lock: str) -> list[tuple[str, Bolt]]:
    """Return the moves of this lock's bolt among these events, as (time, position)."""
    found = []
    for event in events:
        bolt, attributes = _BOLT_BY_EVENT.get(event["type"]), event["attributes"]
        if bolt is not None and attributes["publisher_id"] == lock and attributes["status"] == "succeeded":
            found.append((attributes["occurred_at"], bolt))
    return found
