"""Answers and states that the simulator would not give: large collections, a later server, forged webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from lockpact.core.traffic import Exchange
from lockpact.remotelock.exchanges import is_oauth, items, resource

__all__ = [
    "copies",
    "failed_move",
    "forged_message",
    "large_collection",
    "later_server",
    "two_messages",
    "without_lifetime",
]


def copies(
    collection: dict[str, Any], count: int, suits: Callable[[Mapping[str, Any]], bool] | None = None, **changed: Any
) -> None:
    """Add copies of those that suit to a collection of the state, if there are any."""
    models = list(filter(suits, collection.values()))
    earlier = sum(id_.startswith("c0") for id_ in collection)
    for number in range(earlier, earlier + count if models else 0):
        model = models[number % len(models)]
        id_ = f"c0{number:06d}-{model['id'][9:]}"
        collection[id_] = {**model, "id": id_, **{name: value for name, value in changed.items() if name in model}}
        if "serial_number" in model:
            collection[id_]["serial_number"] = f"{model['serial_number'][:-4]}{number:04d}"


def large_collection(x: Exchange, total: int, broken_page: int | None = None) -> bytes | None:
    """Return the answer of an account with this many devices. `broken_page`: from this page on, none can be read."""
    if resource(x) != "/devices" or x.method != "GET" or x.status != 200:
        return None
    page, size = int(x.param("page") or 1), min(int(x.param("per_page") or 25), 50)
    if broken_page is not None and page >= broken_page:
        return b"<html>Bad Gateway</html>"
    models = items(x) or [{"type": "lock", "id": "", "attributes": {"name": ""}, "links": {"self": ""}}]
    positions = range((page - 1) * size, min(page * size, total))
    data = [{**models[0], "id": f"d0{number:06d}-0000-4000-8000-000000000000"} for number in positions]
    meta = {"page": page, "per_page": size, "total_pages": -(-total // size), "total_count": total}
    return json.dumps({"data": data, "meta": meta}).encode()


def later_server(x: Exchange, what: str) -> bytes | None:
    """Return the answer of a later server: with new keys, with new types and statuses, or with one odd item in a list."""
    document = x.json
    if not isinstance(document, dict) or "data" not in document or x.status != 200:
        return None
    if what == "odd item":
        if resource(x) not in ("/devices", "/access_persons") or not document["data"]:
            return None
        odd = document["data"][0]
        odd |= {"type": "doorbell", "attributes": {"name": odd["attributes"].get("name")}}
        return json.dumps(document).encode()
    for item in items(x):
        attributes = item["attributes"]
        if what == "keys":
            attributes |= {"battery_voltage": 5.9, "tags": [{"name": "later"}], "note": None}
            item |= {"relationships": {}}
        else:
            if "status" in attributes and item["type"].startswith("access_"):
                attributes["status"] = "suspended"
            if item["type"] in ("lock", "power_plug", "thermostat"):
                item["type"] = "doorbell"
            if item["type"].endswith("_event") and item["type"] not in ("locked_event", "unlocked_event"):
                item["type"] = "doorbell_rung_event"
    if what == "keys":
        document["included"] = []
    return json.dumps(document).encode()


def two_messages(x: Exchange) -> bytes | None:
    """Return a resource error with two messages about each attribute. `messages` is a list, and no sample has two."""
    document = x.json
    if not isinstance(document, dict) or not isinstance(document.get("errors"), list):
        return None
    for error in document["errors"]:
        error["messages"] = [*error["messages"], "see the manual"]
        error["full_messages"] = [*error["full_messages"], f"{error['attribute']} see the manual"]
    return json.dumps(document).encode()


def without_lifetime(x: Exchange) -> bytes | None:
    """Return the answer of /oauth/token without `expires_in`."""
    document = x.json
    if not is_oauth(x) or not isinstance(document, dict) or "expires_in" not in document:
        return None
    return json.dumps({name: value for name, value in document.items() if name != "expires_in"}).encode()


def forged_message(event: str, lock: str) -> bytes:
    """Return the body of a webhook about an unlocked lock."""
    return _message(event, lock, "unlocked", status="succeeded", at="2030-01-01T00:00:00Z")


def failed_move(event: str, lock: str, to: str, now: int) -> bytes:
    """Return the body of a webhook about a bolt that did not move. `now` is in µs.

    Get all events: an event of any type has the status `succeeded` or `failed`. The simulator's bolts never fail.
    """
    at = datetime.fromtimestamp(now // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _message(event, lock, to, status="failed", at=at)


def _message(event: str, lock: str, to: str, *, status: str, at: str) -> bytes:
    attributes = {
        "source": "user", "status": status, "time_zone": "America/Denver", "occurred_at": at, "created_at": at,
        "updated_at": at, "associated_resource_name": None, "status_info": None, "method": "pin", "card": None,
        "pin": None, "smart_card_serial_number": None, "publisher_id": lock, "publisher_type": "lock",
    }  # fmt: skip
    return json.dumps({"data": {"type": f"{to}_event", "attributes": attributes, "id": event, "links": {}}}).encode()
