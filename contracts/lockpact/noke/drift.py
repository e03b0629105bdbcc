"""What two Core API servers are asked when they are compared; a live one and its pre-release, mostly.

A phone's part (wake a lock, bring it commands, upload what it says) is done at the control door, so by stand-ins alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lockpact.drift.operations import (
    Cred,
    DeviceOperation,
    HttpOperation,
    Later,
    OperationTable,
    Pick,
    Ref,
    WaitOperation,
)

__all__ = ["OPERATIONS"]

_KEY = {"Authorization": Cred("api_key", "Bearer {}")}
_MOBILE = {"Authorization": Cred("mobile_api_key", "Bearer {}")}
_WRONG = {"Authorization": "Bearer no-key-of-this-server"}

_NOBODY = "00:00:00:00:00:01"
"""A MAC that no lock has."""
_NO_SESSION = "0" * 40
_TRACKING_KEY = "lockpact"
_CODE = "010"
_VERSION = Pick((None, "0.1.0", "1.0.0"))
_ALL_ACTIONS = [
    "button_touched",
    "unlocked",
    "setup_unlocked",
    "unlocked_via_quick_click",
    "failed_unlock",
    "wake_stats",
]

_LOCK = Ref("lock")
_FIRST = Ref("lock", 0)
"""The lock that the phone stands before: on sandbox and on production an HD padlock."""
_SESSION = Ref("session", -1)
_FOB = Ref("fob", 0)


def _post(name: str, path: str, body: Any, **more: Any) -> HttpOperation:
    return HttpOperation(name, "POST", path, body=body, **{"headers": _KEY, **more})


def _command(path: str, law: str) -> HttpOperation:
    """For the lock that was woken; the phone brings what is answered."""
    return _post(
        f"POST {path}",
        path,
        {"mac": _FIRST, "session": _SESSION, "tracking_key": _TRACKING_KEY},
        finds={"commands": "data.commands"},
        then=("bring the commands",),
        laws=(law,),
    )


def _issue(*macs: Any) -> Mapping[str, Any]:
    return {"issue": [{"macs": list(macs), "tracking_keys": [_TRACKING_KEY]}]}


def _log(session: Any, responses: Any) -> Mapping[str, Any]:
    """What a phone received a few seconds after the sequence's begin, when it says so in whole seconds."""
    received = Later((0,), lambda us: -(-us // 1_000_000))
    return {"logs": [{"mac": _FIRST, "session": session, "received_time": received, "responses": responses}]}


_KEYS_FOUND = {"tracking_key": "data.locks.*.keys.*.tracking_key"}
_CODES_FOUND = {"code": "data.*.quick_clicks.*.code", "coded": "data.*.mac"}
_GIVEN = {"given": "data.*.locks.*.mac", "holder": "data.*.fob"}

_READING = (
    _post("POST /lock/", "/lock/", {}, reads=True, opens=True, finds={"lock": "data.locks.*.mac"}, laws=("NO-SYNC-1",)),
    _post("POST /lock/ of some", "/lock/", {"macs": [_LOCK, _NOBODY]}, reads=True, laws=("NO-BATT-1",)),
    _post("POST /lock/ with a wrong key", "/lock/", {}, headers=Pick((_WRONG, _MOBILE)), reads=True, laws=("NO-KEY-1",)),
    _post("POST /qc/display/", "/qc/display/", {"macs": Pick(([], [_LOCK], [_NOBODY])), "api_version": _VERSION},
          reads=True, laws=("NO-QC-1", "NO-SYNC-1")),
    _post("POST /fobs/display/", "/fobs/display/", {}, reads=True, opens=True, finds={"fob": "data.*.fob"}, laws=("NO-FOB-1",)),
    _post("POST /activity/", "/activity/", {"actions": Pick((None, _ALL_ACTIONS)), "lock_macs": [_FIRST]},
          reads=True, laws=("NO-ACT-1",)),
)  # fmt: skip

_KEYS = (
    _post("POST /keys/", "/keys/", {"display": {"macs": [_FIRST]}}, laws=("NO-REVOKE-1",)),
    _post("POST /keys/ to issue", "/keys/", _issue(_FIRST), creates="tracking_key", finds=_KEYS_FOUND,
          then=("time passes",), laws=("NO-SYNC-1",)),
    _post("POST /keys/ to issue, in part", "/keys/", _issue(_FIRST, _NOBODY), creates="tracking_key", finds=_KEYS_FOUND,
          then=("POST /keys/ to revoke",), laws=("NO-PART-1",)),
    _post("POST /keys/ to revoke", "/keys/", {"revoke": [{"macs": [_FIRST], "tracking_keys": [_TRACKING_KEY]}]},
          laws=("NO-REVOKE-1",)),
)  # fmt: skip

_CLICKS = (
    _post("POST /qc/issue/", "/qc/issue/",
          {"mac": _FIRST, "quick_clicks": [{"code": _CODE, "uses": Pick((1, 5, 255))}], "api_version": _VERSION},
          creates="code", finds=_CODES_FOUND, then=("POST /qc/issue/", "POST /unlock/", "POST /qc/revoke/"),
          laws=("NO-SLOT-1",)),
    _post("POST /qc/issue/ in part", "/qc/issue/",
          {"mac": _FIRST, "quick_clicks": [{"code": "0011", "uses": 3}, Pick(({"code": "01", "uses": 3}, {"code": "01"}))],
           "api_version": _VERSION},
          creates="code", finds=_CODES_FOUND, laws=("NO-PART-1", "NO-VERS-1")),
    _post("POST /qc/revoke/", "/qc/revoke/", {"mac": _FIRST, "quick_clicks": [{"code": _CODE}]}, laws=("NO-SLOT-1",)),
    _post("POST /qc/", "/qc/", {"revoke": [{"mac": _FIRST, "quick_clicks": [{"code": _CODE}]}]}, laws=("NO-VERS-1",)),
)  # fmt: skip

_FOBS = (
    _post("POST /fobs/issue/", "/fobs/issue/",
          {"fob_mac": _FOB, "locks": [{"mac": _FIRST, "tracking_key": _TRACKING_KEY}]},
          creates="given", finds=_GIVEN, then=("squeeze the fob", "POST /fobs/revoke/"), laws=("NO-FOB-1",)),
    _post("POST /fobs/issue/ in part", "/fobs/issue/", {"fob_mac": _FOB, "locks": [{"mac": _LOCK}, {"mac": _NOBODY}]},
          creates="given", finds=_GIVEN, laws=("NO-PART-1",)),
    _post("POST /fobs/revoke/", "/fobs/revoke/", {"fob_mac": _FOB, "lock_macs": [_FIRST]}, laws=("NO-FOBREV-1",)),
    _post("POST /fobs/sync/", "/fobs/sync/", {"mac": _FOB, "session": Ref("grip", -1)},
          finds={"fob_commands": "data.commands"}, then=("bring the fob its commands",), laws=("NO-FOB-1",)),
    DeviceOperation("squeeze the fob", _FOB, "squeeze", finds={"grip": "session"}, then=("POST /fobs/sync/",)),
    DeviceOperation("bring the fob its commands", _FOB, "deliver", {"commands": Ref("fob_commands", -1)}, told=True,
        laws=("NO-FOB-1",)),
    DeviceOperation("touch the lock with the fob", _FOB, "touch", {"lock": _FIRST}, told=True, laws=("NO-FOBREV-1",)),
)  # fmt: skip

_COMMANDS = (
    DeviceOperation("wake the lock", _FIRST, "wake", opens=True, finds={"session": "session"},
        then=("POST /unlock/", "POST /unshackle/", "POST /fwupdate/")),
    _command("/unlock/", "NO-FRESH-1"),
    _command("/unshackle/", "NO-CMD-1"),
    _command("/engagelock/", "NO-ENGAGE-1"),
    _command("/fwupdate/", "NO-FW-1"),
    _post("POST /unlock/ with a mistake", "/unlock/", Pick(({"mac": _NOBODY, "session": _NO_SESSION}, {"mac": _LOCK})),
          laws=("NO-RESULT-1",)),
    _post("POST /lock/settings/", "/lock/settings/", {"settings": {"explicit-lock": Pick((True, False))}, "macs": [_LOCK]},
          laws=("NO-PART-1",)),
    DeviceOperation("bring the commands", _FIRST, "deliver", {"commands": Ref("commands", -1)}, finds={"responses": "responses"},
        then=("POST /upload/", "POST /upload/", "time passes", "enter a quick click"), told=True, laws=("NO-CMD-1",)),
    _post("POST /upload/", "/upload/", _log(_SESSION, Ref("responses", -1)), headers=_MOBILE,
          then=("POST /activity/", "POST /lock/ of some"), laws=("NO-UPLOAD-1",)),
    _post("POST /upload/ of nothing", "/upload/", _log(_NO_SESSION, []), headers=_MOBILE, laws=("NO-UPLOAD-1",)),
)  # fmt: skip

_HANDS = (
    DeviceOperation("enter a quick click", _FIRST, "quick_click", {"code": _CODE}, told=True, laws=("NO-SLOT-1",)),
    DeviceOperation("reset the lock's keys", _FIRST, "reset_keys", laws=("NO-RESET-1",)),
    DeviceOperation("a low battery", _FIRST, "battery", {"millivolts": Pick((2850, 2700))}, laws=("NO-BATT-1",)),
    WaitOperation("time passes", Pick((1, 3_600, 86_400)), then=("POST /keys/", "POST /upload/ of nothing")),
)

OPERATIONS = OperationTable(
    operations=(*_READING, *_KEYS, *_CLICKS, *_FOBS, *_COMMANDS, *_HANDS),
    identities=frozenset({"commands", "session", "token", "offline_key", "unlock_command", "responses"}),
    secret=frozenset({"offline_key", "unlock_command"}),
    fails=lambda status, said: status >= 400 or (isinstance(said, dict) and said.get("result") == "failure"),
    removes={
        "tracking_key": _post("remove a key", "/keys/", {"revoke": [{"tracking_keys": [Ref("tracking_key")]}]}),
        "code": _post("remove a code", "/qc/revoke/", {"mac": Ref("coded"), "quick_clicks": [{"code": Ref("code")}]}),
        "given": _post("remove a fob's lock", "/fobs/revoke/", {"fob_mac": Ref("holder"), "lock_macs": [Ref("given")]}),
    },
)
