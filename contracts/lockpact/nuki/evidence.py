"""Which part of a recorded answer is evidence for which rule in the simulator's FIDELITY.md."""

from __future__ import annotations

from lockpact.record.evidence import At

__all__ = ["EVIDENCE"]

_LIST, _STATE, _INFO, _LOG, _CALLBACKS = "GET /list", "GET /lockState", "GET /info", "GET /log", "GET /callback/list"
_KNOWN = "*.lastKnownState"
_UNKNOWN_LOCK, _WRONG_TOKEN = "GET /lockState of an unknown lock", "GET /list without a token"

EVIDENCE: tuple[At, ...] = (
    At("NK-R09", _WRONG_TOKEN, 401, look="status"),
    At("NK-R10", _WRONG_TOKEN, 401, look="value", profile="documented"),
    At("NK-R10", _UNKNOWN_LOCK, 404, look="value", profile="documented"),
    At("NK-R11", _WRONG_TOKEN, 401, look="value", profile="observed"),
    At("NK-R12", _UNKNOWN_LOCK, 404, look="value", profile="observed"),
    At("NK-R14", _LIST, 200, "header content-type", "value"),
    At("NK-R14", _INFO, 200, "header content-type", "value"),
    At("NK-R20", _LIST, 200, f"{_KNOWN}.state", "constant"),
    At("NK-R20", _LIST, 200, f"{_KNOWN}.stateName", "constant"),
    At("NK-R20", _STATE, 200, "state", "constant"),
    At("NK-R20", _STATE, 200, "stateName", "constant"),
    At("NK-R60", _LIST, 200),
    At("NK-R60", _LIST, 200, "*", "keys", "documented"),
    At("NK-R60", _LIST, 200, "*.nukiId"),
    At("NK-R60", _LIST, 200, "*.name"),
    At("NK-R61", _LIST, 200, _KNOWN, "keys", "documented"),
    At("NK-R61", _LIST, 200, f"{_KNOWN}.batteryCritical"),
    At("NK-R62", _LIST, 200, f"{_KNOWN}.timestamp", "form"),
    At("NK-R64", _LIST, 200, "*", "keys", "observed"),
    At("NK-R64", _LIST, 200, _KNOWN, "keys", "observed"),
    At("NK-R70", _STATE, 200, "", "keys", "documented"),
    At("NK-R70", _STATE, 200, "batteryCritical"),
    At("NK-R72", _UNKNOWN_LOCK, 404, look="status"),
    At("NK-R76", _STATE, 200, "", "keys", "observed"),
    At("NK-R80", "GET /lockAction", 200, "", "keys"),
    At("NK-R80", "GET /lockAction", 200, "success"),
    At("NK-R80", "GET /lockAction", 200, "batteryCritical"),
    At("NK-R100", _INFO, 200, "", "keys", "documented"),
    At("NK-R100", _INFO, 200, "ids", "keys"),
    At("NK-R100", _INFO, 200, "versions", "keys"),
    At("NK-R102", _INFO, 200, "uptime"),
    At("NK-R102", _INFO, 200, "currentTime", "form", "documented"),
    At("NK-R103", _INFO, 200, "serverConnected"),
    At("NK-R104", _INFO, 200, "scanResults.*", "keys", "documented"),
    At("NK-R104", _INFO, 200, "scanResults.*.paired"),
    At("NK-R106", _INFO, 200, "", "keys", "observed"),
    At("NK-R106", _INFO, 200, "scanResults.*", "keys", "observed"),
    At("NK-R106", _INFO, 200, "currentTime", "form", "observed"),
    At("NK-R120", _CALLBACKS, 200, "callbacks.*", "keys"),
    At("NK-R120", _CALLBACKS, 200, "callbacks.*.url", "form"),
    At("NK-R125", _CALLBACKS, 200, "callbacks.*.id", "constant"),
    At("NK-R160", _LOG, 200, "*.timestamp", "form"),
    At("NK-R164", _LOG, 200, "*.type", "constant"),
)
