"""Which parts of a recording are evidence for the rules in the simulator's FIDELITY.md."""

from __future__ import annotations

from lockpact.record.evidence import At

__all__ = ["EVIDENCE"]

_LISTS = {
    "RL-R405": "GET /access_persons",
    "RL-R422": "GET /acs/doors",
    "RL-R428": "GET /devices",
    "RL-R436": "GET /devices/{lock}/access_person_accesses",
    "RL-R415": "GET /access_persons/{person}/accesses",
    "RL-R445": "GET /events?type=access_person_synced",
    "RL-R447": "GET /groups",
    "RL-R452": "GET /groups/{group}/doors",
    "RL-R456": "GET /locations",
    "RL-R463": "GET /notification_subscribers",
    "RL-R470": "GET /notification_subscriptions",
    "RL-R475": "GET /notifications",
    "RL-R476": "GET /resort_lock_guests",
    "RL-R483": "GET /schedules",
    "RL-R400": "GET /access_exceptions",
}
"""Rule → the operation whose collection has the keys."""
_SINGLE = {
    "RL-R407": "GET /access_persons/{person}",
    "RL-R420": "GET /account",
    "RL-R429": "GET /devices/{device}",
    "RL-R446": "GET /events/{event}",
    "RL-R492": "GET /user",
}
"""Rule → the operation whose resource has the keys."""

_DEVICES, _EVENTS, _PERSONS = "GET /devices", "GET /events?type=access_person_synced", "GET /access_persons"
_UNKNOWN, _NO_TOKEN = "GET /devices/nobody's", "GET /devices without a token"
_TOKEN, _WRONG = "POST /oauth/token of the application", "POST /oauth/token with a wrong secret"

EVIDENCE: tuple[At, ...] = (
    *(At(rule, line, 200, "data.*.attributes", "keys") for rule, line in _LISTS.items()),
    *(At(rule, line, 200, "data.attributes", "keys") for rule, line in _SINGLE.items()),
    At("RL-R08", _TOKEN, 200, "", "keys", "documented"),
    At("RL-R21", _TOKEN, 200, "", "keys", "observed"),
    At("RL-R18", _WRONG, 401, "", "keys"),
    At("RL-R18", _WRONG, 401, "error", "constant"),
    At("RL-R25", _NO_TOKEN, 401, look="status"),
    At("RL-R25", _NO_TOKEN, 401, "", "value"),
    At("RL-R36", "GET /devices of version 2", 406, look="status"),
    At("RL-R42", _UNKNOWN, 404, "", "keys"),
    At("RL-R43", "POST /access_persons, all wrong", 422, look="status"),
    At("RL-R40", "POST /access_persons, all wrong", 422, "", "keys"),
    At("RL-R40", "POST /access_persons, all wrong", 422, "errors"),
    At("RL-R40", "POST /access_persons, all wrong", 422, "errors.*", "keys"),
    At("RL-R32", "POST /access_persons without attributes", 400, look="status"),
    At("RL-R50", _DEVICES, 200, "meta", "keys"),
    At("RL-R50", _DEVICES, 200, "meta.total_count"),
    At("RL-R50", _DEVICES, 200, "", "keys"),
    At("RL-R52", "GET /events beyond the bound", 400, look="status"),
    At("RL-R66", "GET /devices/{device}", 200, "data", "keys"),
    At("RL-R66", "GET /devices/{device}", 200, "data.links.self", "form"),
    At("RL-R70", _DEVICES, 200, "header x-ratelimit-limit", "there"),
    At("RL-R70", _DEVICES, 200, "header x-ratelimit-remaining", "there"),
    At("RL-R70", _DEVICES, 200, "header x-ratelimit-reset", "there"),
    At("RL-R86", _PERSONS, 200, "data.*.attributes.status", "constant"),
    At("RL-R97", _PERSONS, 200, "data.*.type", "constant"),
    At("RL-R132", _DEVICES, 200, "data.*.attributes.connected_at"),
    At("RL-R132", _DEVICES, 200, "data.*.attributes.local_pins"),
    At("RL-R132", _DEVICES, 200, "data.*.attributes.power_level"),
    At("RL-R190", _EVENTS, 200, "data.*.type", "constant"),
    At("RL-R413", "DELETE /access_persons/{guest}", 204, look="status"),
    At("RL-R409", "POST /access_persons, a guest", 201, look="status"),
    At("RL-R409", "POST /access_persons, a guest", 201, "data.attributes", "keys"),
)
