"""What befalls a client from outside: answers that are lost, and answers of a server that the stand-in is not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lockpact.core.traffic import Exchange
from lockpact.remotelock.exchanges import items, resource

__all__ = ["Fault", "copies", "forged_message", "grown", "many"]


@dataclass(frozen=True)
class Fault:
    """What goes wrong on the way during one call: how, and for how many requests (None: all)."""

    kind: str
    times: int | None

    def effect(self) -> dict[str, Any]:
        """In the form that the stand-ins know."""
        effects: dict[str, dict[str, Any]] = {
            "reset after": {"kind": "reset", "when": "after"},
            "reset before": {"kind": "reset", "when": "before"},
            "slow": {"kind": "delay", "seconds": 90},
            "cut": {"kind": "truncate", "bytes": 9},
        }
        return effects[self.kind]


def copies(collection: dict[str, Any], count: int, **changed: Any) -> None:
    """So many more of what there is in a collection of the state."""
    models = list(collection.values())
    for number in range(count):
        model = models[number % len(models)]
        id_ = f"c0{number:06d}-{model['id'][9:]}"
        collection[id_] = {**model, "id": id_, **{name: value for name, value in changed.items() if name in model}}
        if "serial_number" in model:
            collection[id_]["serial_number"] = f"{model['serial_number'][:-4]}{number:04d}"


def many(x: Exchange, total: int) -> bytes | None:
    """A page of a collection of so many devices."""
    if resource(x) != "/devices" or x.method != "GET" or x.status != 200:
        return None
    page, size = int(x.param("page") or 1), min(int(x.param("per_page") or 25), 50)
    models = items(x) or [{"type": "lock", "id": "", "attributes": {"name": ""}, "links": {"self": ""}}]
    here = range((page - 1) * size, min(page * size, total))
    data = [{**models[0], "id": f"d0{number:06d}-0000-4000-8000-000000000000"} for number in here]
    meta = {"page": page, "per_page": size, "total_pages": -(-total // size), "total_count": total}
    return json.dumps({"data": data, "meta": meta}).encode()


def grown(x: Exchange, what: str) -> bytes | None:
    """The answer of a later server: new keys everywhere, or things of new types and with new words."""
    said = x.json
    if not isinstance(said, dict) or "data" not in said or x.status != 200:
        return None
    for one in items(x):
        has = one["attributes"]
        if what == "keys":
            has |= {"battery_voltage": 5.9, "tags": [{"name": "later"}], "note": None}
            one |= {"relationships": {}}
        else:
            if "status" in has and one["type"].startswith("access_"):
                has["status"] = "suspended"
            if one["type"] in ("lock", "power_plug", "thermostat"):
                one["type"] = "doorbell"
            if one["type"].endswith("_event") and one["type"] not in ("locked_event", "unlocked_event"):
                one["type"] = "doorbell_rung_event"
    if what == "keys":
        said["included"] = []
    return json.dumps(said).encode()


def forged_message(event: str, lock: str) -> bytes:
    """A message that says that a lock was opened."""
    told = {
        "source": "user", "status": "succeeded", "time_zone": "America/Denver", "occurred_at": "2030-01-01T00:00:00Z",
        "created_at": "2030-01-01T00:00:00Z", "updated_at": "2030-01-01T00:00:00Z", "associated_resource_name": None,
        "status_info": None, "method": "pin", "card": None, "pin": None, "smart_card_serial_number": None,
        "publisher_id": lock, "publisher_type": "lock",
    }  # fmt: skip
    return json.dumps({"data": {"type": "unlocked_event", "attributes": told, "id": event, "links": {}}}).encode()
