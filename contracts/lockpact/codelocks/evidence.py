"""What a recording of the API shows about the rules in the simulator's FIDELITY.md."""

from __future__ import annotations

from lockpact.record.evidence import At

__all__ = ["EVIDENCE"]

_LOCKS, _LOCK, _CLIENTS, _ACCOUNT = "GET k3connect", "GET k3connect/{id}", "GET clients", "GET account"
_INIT, _DURATIONS, _DURATION = "GET init", "GET durations", "GET duration/{id}"
_CODE, _K3_CODE = "GET NetCode of a KitLock", "GET NetCode of a K3Connect lock"
_OTHER_KEYS = "GET clients with other keys"

EVIDENCE: tuple[At, ...] = (
    At("CL-R03", _OTHER_KEYS, 403, look="status"),
    At("CL-R04", _OTHER_KEYS, 403, "", "keys"),
    At("CL-R04", _OTHER_KEYS, 403, "message", "value"),
    At("CL-R06", _LOCKS, 200, "header x-amzn-requestid", "form"),
    At("CL-R06", _LOCKS, 200, "header x-amzn-requestid", "there"),
    At("CL-R06", _LOCKS, 200, "header via", "there"),
    At("CL-R07", _LOCKS, 200, "header content-type", "value"),
    At("CL-R10", _OTHER_KEYS, 400, "", "keys", "documented"),
    At("CL-R10", _OTHER_KEYS, 400, "Message", "type", "documented"),
    At("CL-R11", _LOCK, 404, "", "keys"),
    At("CL-R11", _LOCK, 404, "Message"),
    At("CL-R30", _CODE, 200, "", "keys", "documented"),
    At("CL-R31", _CODE, 200, "", "keys", "observed"),
    At("CL-R31", _CODE, 200, "Resultstatus", "type", "observed"),
    At("CL-R35", _CODE, 200, "ActualNetcode", "form"),
    At("CL-R49", _OTHER_KEYS, 401, "", "value", "observed"),
    At("CL-R51", _CODE, 200, "Startdate", "form"),
    At("CL-R51", _K3_CODE, 200, "Startdate", "form"),
    At("CL-R52", _CODE, 200, "Expires", "form", "documented"),
    At("CL-R53", _CODE, 200, "Startdata", "keys", "documented"),
    At("CL-R55", _K3_CODE, 200, "Timecode", "type", "documented"),
    At("CL-R55", _K3_CODE, 200, "Resultstatus", "constant", "documented"),
    At("CL-R56", _CODE, 200, "LockId", "form"),
    At("CL-R57", _CODE, 200, "DurationHours"),
    At("CL-R70", _INIT, 200, "", "keys"),
    At("CL-R70", _INIT, 200, "TimeCode", "form"),
    At("CL-R73", _INIT, 200, "DefaultMastercode", "form"),
    At("CL-R81", _DURATIONS, 200, "*.DurationID", "constant", "documented"),
    At("CL-R81", _DURATIONS, 200, "*", "keys", "documented"),
    At("CL-R84", _DURATIONS, 200, "*", "keys", "observed"),
    At("CL-R85", _DURATION, 200, "Rules", "type", "documented"),
    At("CL-R85", _DURATION, 200, "Mode", "type", "documented"),
    At("CL-R86", _DURATION, 200, "Rules", "type", "observed"),
    At("CL-R90", _LOCKS, 200),
    At("CL-R90", _LOCKS, 200, "*", "keys", "documented"),
    At("CL-R91", _LOCK, 200, "", "keys", "documented"),
    At("CL-R92", _LOCKS, 200, "*.BatteryStatus", "constant", "documented"),
    At("CL-R92", _LOCKS, 200, "*.BatteryUpdated", "form"),
    At("CL-R92", _LOCKS, 200, "*.DstTime", "form"),
    At("CL-R92", _LOCKS, 200, "*.Manufacturer", "constant", "documented"),
    At("CL-R93", _LOCKS, 200, "*", "keys", "observed"),
    At("CL-R95", _LOCK, 404, "", "keys"),
    At("CL-R97", _ACCOUNT, 200, "", "type", "documented"),
    At("CL-R98", _ACCOUNT, 200, "", "type", "observed"),
    At("CL-R100", _CLIENTS, 200, "", "keys"),
    At("CL-R104", _CLIENTS, 200, "clients.*.accesstype", "constant"),
    At("CL-R113", _CLIENTS, 200, "clients.*.activeperiods"),
    At("CL-R113", _CLIENTS, 200, "clients.*.activeperiods.*", "keys"),
    At("CL-R114", _CLIENTS, 200, "clients.*.activeperiods.*.0", "keys"),
    At("CL-R121", _CLIENTS, 200, "clients.*.status", "constant"),
)
