"""Where a recording of a real server shows something about the rules in the simulator's FIDELITY.md.

A failure has status 200, too, so its `error_code` is compared where other vendors' status is.
"""

from __future__ import annotations

from lockpact.record.evidence import At

__all__ = ["EVIDENCE"]

_LOCKS, _CODES, _FOBS, _KEYS, _ISSUED = (
    "POST /lock/", "POST /qc/display/", "POST /fobs/display/", "POST /keys/", "POST /keys/ to issue",
)  # fmt: skip
_WRONG_KEY, _MISTAKE = "POST /lock/ with a wrong key", "POST /unlock/ with a mistake"

EVIDENCE: tuple[At, ...] = (
    At("NO-R06", _WRONG_KEY, 200, "error_code", "value", refused=True),
    At("NO-R11", _WRONG_KEY, 200, look="status"),
    At("NO-R11", _WRONG_KEY, 200, "result", "value", refused=True),
    At("NO-R12", _MISTAKE, 200, "error_code", "value", refused=True),
    At("NO-R12", _CODES, 200, "error_code", "value", refused=True),
    At("NO-R19", _LOCKS, 200, "data.locks.*.mac", "form"),
    At("NO-R20", _LOCKS, 200, "", "keys"),
    At("NO-R20", _WRONG_KEY, 200, "", "keys", refused=True),
    At("NO-R20", _LOCKS, 200, "result", "value"),
    At("NO-R20", _LOCKS, 200, "request", "value"),
    At("NO-R20", _LOCKS, 200, "data.locks.*", "keys"),
    At("NO-R24", _LOCKS, 200, "data.locks.*.status", "constant"),
    At("NO-R123", _LOCKS, 200, "data.locks.*.flags"),
    At("NO-R25", _LOCKS, 200, "data.locks.*.flags.*", "constant"),
    At("NO-R26", _LOCKS, 200, "data.locks.*.hw_version", "constant"),
    At("NO-R29", _LOCKS, 200, "data.locks.*.internal_battery"),
    At("NO-R56", _ISSUED, 200, "data.locks.*.keys.*", "keys"),
    At("NO-R57", _ISSUED, 200, "data.locks.*.keys.*.offline_key", "form"),
    At("NO-R57", _ISSUED, 200, "data.locks.*.keys.*.unlock_command", "form"),
    At("NO-R59", _KEYS, 200, "data.locks.*", "keys"),
    At("NO-R65", _KEYS, 200, "", "keys"),
    At("NO-R65", "POST /keys/ to issue, in part", 200, "error_details.*", "keys"),
    At("NO-R76", _CODES, 200, "", "keys"),
    At("NO-R77", "POST /qc/", 200, "data.*.quick_clicks.*", "keys"),
    At("NO-R78", _CODES, 200, "error_details"),
    At("NO-R83", _CODES, 200, "api_version", "keys"),
    At("NO-R83", _CODES, 200, "api_version.default", "value"),
    At("NO-R83", _CODES, 200, "api_version.available", "keys"),
    At("NO-R85", _FOBS, 200, "data.*.locks.*.status", "constant"),
    At("NO-R85", _FOBS, 200, "data.*.locks.*", "keys"),
    At("NO-R128", _FOBS, 200, "data.*", "keys"),
    At("NO-R92", "POST /upload/ of nothing", 200, "error_code"),
    At("NO-R92", "POST /upload/ of nothing", 200, "message"),
)
