"""Where a recording of a customer's instance shows the rules of our simulator's FIDELITY.md."""

from __future__ import annotations

from lockpact.record.evidence import At

__all__ = ["EVIDENCE"]

_USERS, _USER, _EVENTS, _DOORS, _FOBS = "GET /user", "GET /user by id", "GET /events", "GET /door", "GET /fob"
_CREDENTIALS, _SCHEDULES, _BAD = "GET /credential", "GET /schedule", "POST /user with a bad one"

EVIDENCE: tuple[At, ...] = (
    At("LT-R04", "GET /user with a wrong key", 401, look="status"),
    At("LT-R09", "GET /users", 404, look="status"),
    At("LT-R10", "GET /user without a Content-Type", 400, look="status"),
    At("LT-R12", "GET /user with a wrong key", 401, "data"),
    At("LT-R12", "GET /user with a wrong key", 401, "data.*", "keys"),
    At("LT-R12", "GET /users", 404, "data.*", "keys"),
    At("LT-R13", _BAD, 400, "", "keys"),
    At("LT-R13", _BAD, 400, "result.*"),
    At("LT-R14", _USERS, 200, "", "keys"),
    At("LT-R14", _USERS, 200, "data"),
    At("LT-R14", _EVENTS, 200, "data"),
    At("LT-R19", _USERS, 200, "header content-type", "value"),
    At("LT-R35", _BAD, 400, "errors.*", "keys"),
    At("LT-R37", "POST /user", 200, "data", "keys"),
    At("LT-R53", "GET /user by id", 200, "data"),
    At("LT-R56", _USERS, 200, "data.*", "keys"),
    At("LT-R57", _USERS, 200, "data.*.accesslevels.*", "keys"),
    At("LT-R58", _USER, 200, "data.*", "keys"),
    At("LT-R59", _USERS, 200, "data.*.access_effective", "form"),
    At("LT-R59", _USERS, 200, "data.*.access_expires", "form"),
    At("LT-R73", _USERS, 200, "data.*.card_num"),
    At("LT-R78", _USERS, 200, "data.*.enabled"),
    At("LT-R83", _USERS, 200, "data.*.id"),
    At("LT-R90", _CREDENTIALS, 200, "data.*", "keys"),
    At("LT-R90", _CREDENTIALS, 200, "data.*.user"),
    At("LT-R91", _CREDENTIALS, 200, "data.*.claim_status", "constant"),
    At("LT-R92", "GET /credentialsummary", 200, "data.*", "keys"),
    At("LT-R92", "GET /credentialsummary", 200, "data.*.claim_status", "constant"),
    At("LT-R95", "GET /nextcardnum", 200, "data.*", "keys"),
    At("LT-R103", _EVENTS, 200, "data.*", "keys"),
    At("LT-R104", _EVENTS, 200, "data.*.code", "constant"),
    At("LT-R104", _EVENTS, 200, "data.*.code_text", "constant"),
    At("LT-R104", _EVENTS, 200, "data.*.category", "constant"),
    At("LT-R106", _EVENTS, 200, "data.*.hw_time", "form"),
    At("LT-R107", _EVENTS, 200, "data.*.db_time", "form"),
    At("LT-R111", _DOORS, 200, "data.*.controller", "constant"),
    At("LT-R120", _DOORS, 200, "data.*", "keys"),
    At("LT-R124", "GET /doorstate", 200, "data.*.battery_level"),
    At("LT-R125", "GET /doorstate", 200, "data.*", "keys"),
    At("LT-R127", _SCHEDULES, 200, "data.*", "keys"),
    At("LT-R127", _SCHEDULES, 200, "data.*.d0", "constant"),
    At("LT-R127", _SCHEDULES, 200, "data.*.start", "form"),
    At("LT-R127", _SCHEDULES, 200, "data.*.stop", "form"),
    At("LT-R129", "GET /accesslevel", 200, "data.*", "keys"),
    At("LT-R140", _FOBS, 200, "data.*", "keys"),
    At("LT-R147", "GET /fobcheck", 200, "data.*", "keys"),
)
