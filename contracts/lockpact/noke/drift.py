"""What two Core API servers are asked when they are compared: mostly a live server and its pre-release.

A phone's part (wake a lock, bring it commands, upload its responses) is done by the control API, so with simulators only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    scripted,
)
from lockpact.simulators.operations import vendor_operations

__all__ = ["OPERATIONS"]

_KEY = {"Authorization": Cred("api_key", "Bearer {}")}
_MOBILE = {"Authorization": Cred("mobile_api_key", "Bearer {}")}
_WRONG = {"Authorization": "Bearer no-key-of-this-server"}

_UNKNOWN_MAC = "00:00:00:00:00:01"
"""A MAC that no lock has."""
_NO_SESSION = "0" * 40
_TRACKING_KEY = "lockpact"
_OTHER_KEY = "lockpact-2"
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
_SESSION_OF_FOB = Ref("grip", -1)


_ROWS = {row.path: row for row in vendor_operations("noke")}


def _post(path: str, what: str = "", *, body: Any, **more: Any) -> HttpOperation:
    """Return a request to this path; `what` tells several requests to it apart. It has the private API key unless it
    brings other headers.
    """
    row = _ROWS[path]
    return scripted(row, f"{row.id} {what}".strip(), body=body, **{"headers": _KEY, **more})


def _command(path: str, law: str) -> HttpOperation:
    """Ask for commands for the lock that was woken; the phone brings them."""
    return _post(
        path,
        body={"mac": _FIRST, "session": _SESSION, "tracking_key": _TRACKING_KEY},
        finds={"commands": "data.commands"},
        then=("bring the commands",),
        laws=(law,),
    )


def _issue(*macs: Any) -> Mapping[str, Any]:
    return {"issue": [{"macs": list(macs), "tracking_keys": [_TRACKING_KEY]}]}


def _log(session: Any, responses: Any, mac: Any = _FIRST) -> Mapping[str, Any]:
    """Return an upload of responses that a phone received at the start of the sequence, in whole seconds."""
    received = Later((0,), lambda us: -(-us // 1_000_000))
    return {"logs": [{"mac": mac, "session": session, "received_time": received, "responses": responses}]}


_KEYS_FOUND = {"tracking_key": "data.locks.*.keys.*.tracking_key"}
_CODES_FOUND = {"code": "data.*.quick_clicks.*.code", "coded": "data.*.mac"}
_GIVEN = {"given": "data.*.locks.*.mac", "holder": "data.*.fob"}

_READING = (
    _post("/lock/", body={}, opens=True, finds={"lock": "data.locks.*.mac"}, laws=("NO-SYNC-1",)),
    _post("/lock/", "of some", body={"macs": [_LOCK, _UNKNOWN_MAC]}, laws=("NO-BATT-1",)),
    _post("/lock/", "with a wrong key", body={}, headers=Pick((_WRONG, _MOBILE)), laws=("NO-KEY-1",)),
    _post("/qc/display/", body={"macs": Pick(([], [_LOCK], [_UNKNOWN_MAC])), "api_version": _VERSION},
          laws=("NO-QC-1", "NO-SYNC-1")),
    _post("/fobs/display/", body={}, opens=True, finds={"fob": "data.*.fob"}, laws=("NO-FOB-1",)),
    _post("/activity/", body={"actions": Pick((None, _ALL_ACTIONS)), "lock_macs": [_FIRST]},
          finds={"recorded": "data.activity.*.recorded_time"}, laws=("NO-ACT-1",)),
    _post("/activity/", "of a time",
          body=Pick(({"before": Ref("recorded", 0)}, {"after": Ref("recorded", -1), "actions": _ALL_ACTIONS})),
          laws=("NO-ACT-1",)),
    _post("/activity/", "of a tracking key", body={"tracking_keys": [Pick((_TRACKING_KEY, "nobody"))]}, laws=("NO-ACT-1",)),
)  # fmt: skip

_KEYS = (
    _post("/keys/", body={"display": {"macs": [_FIRST]}}, laws=("NO-REVOKE-1",)),
    _post("/keys/", "to issue", body=_issue(_FIRST), creates="tracking_key", finds=_KEYS_FOUND,
          then=("time passes",), laws=("NO-SYNC-1",)),
    _post("/keys/", "to issue, in part", body=_issue(_FIRST, _UNKNOWN_MAC), creates="tracking_key", finds=_KEYS_FOUND,
          then=("POST /keys/ to revoke",), laws=("NO-PART-1",)),
    _post("/keys/", "to issue others", body={"issue": [{"macs": [_FIRST], "tracking_keys": [_OTHER_KEY]}]},
          creates="tracking_key", finds=_KEYS_FOUND, laws=("NO-SYNC-1",)),
    _post("/keys/", "to revoke", body={"revoke": [{"macs": [_FIRST], "tracking_keys": [_TRACKING_KEY]}]},
          laws=("NO-REVOKE-1",)),
)  # fmt: skip

_CLICKS = (
    _post("/qc/issue/", body={"mac": _FIRST, "quick_clicks": [{"code": _CODE, "uses": Pick((1, 5, 255))}],
                "api_version": _VERSION},
          creates="code", finds=_CODES_FOUND, then=("POST /qc/issue/", "POST /unlock/", "POST /qc/revoke/"),
          laws=("NO-SLOT-1",)),
    _post("/qc/issue/", "in part", body={"mac": _FIRST,
                "quick_clicks": [{"code": "0011", "uses": 3}, Pick(({"code": "01", "uses": 3}, {"code": "01"}))],
           "api_version": _VERSION},
          creates="code", finds=_CODES_FOUND, laws=("NO-PART-1", "NO-VERS-1")),
    _post("/qc/revoke/", body={"mac": _FIRST, "quick_clicks": [{"code": _CODE}]}, laws=("NO-SLOT-1",)),
    _post("/qc/", body={"revoke": [{"mac": _FIRST, "quick_clicks": [{"code": _CODE}]}]}, laws=("NO-VERS-1",)),
)  # fmt: skip

_FOBS = (
    _post("/fobs/issue/", body={"fob_mac": _FOB, "locks": [{"mac": _FIRST, "tracking_key": _TRACKING_KEY}]},
          creates="given", finds=_GIVEN, then=("squeeze the fob", "POST /fobs/revoke/"), laws=("NO-FOB-1",)),
    _post("/fobs/issue/", "in part", body={"fob_mac": _FOB, "locks": [{"mac": _LOCK}, {"mac": _UNKNOWN_MAC}]},
          creates="given", finds=_GIVEN, laws=("NO-PART-1",)),
    _post("/fobs/revoke/", body={"fob_mac": _FOB, "lock_macs": [_FIRST]}, laws=("NO-FOBREV-1",)),
    _post("/fobs/revoke/", "of a tracking key", body={"fob_mac": _FOB, "tracking_keys": [Pick(("nobody", _TRACKING_KEY))]},
          laws=("NO-FOBREV-1",)),
    _post("/fobs/sync/", body={"mac": _FOB, "session": _SESSION_OF_FOB},
          finds={"fob_commands": "data.commands"}, then=("bring the fob its commands",), laws=("NO-FOB-1",)),
    DeviceOperation("squeeze the fob", _FOB, "squeeze", finds={"grip": "session"}, then=("POST /fobs/sync/",)),
    DeviceOperation("bring the fob its commands", _FOB, "deliver", {"commands": Ref("fob_commands", -1)}, compared=True,
        finds={"fob_responses": "responses"},
        laws=("NO-FOB-1",)),
    DeviceOperation("touch the lock with the fob", _FOB, "touch", {"lock": _FIRST}, compared=True, laws=("NO-FOBREV-1",)),
)  # fmt: skip

_COMMANDS = (
    DeviceOperation("wake the lock", _FIRST, "wake", opens=True, finds={"session": "session"},
        then=("POST /unlock/", "POST /unshackle/", "POST /fwupdate/")),
    _command("/unlock/", "NO-FRESH-1"),
    _command("/unshackle/", "NO-CMD-1"),
    _command("/engagelock/", "NO-ENGAGE-1"),
    _command("/fwupdate/", "NO-FW-1"),
    _post("/unlock/", "with a mistake", body=Pick(({"mac": _UNKNOWN_MAC, "session": _NO_SESSION}, {"mac": _LOCK})),
          laws=("NO-RESULT-1",)),
    _post("/lock/settings/", body={"settings": {"explicit-lock": Pick((True, False))}, "macs": [_LOCK]},
          laws=("NO-PART-1",)),
    DeviceOperation("bring the commands", _FIRST, "deliver", {"commands": Ref("commands", -1)}, finds={"responses": "responses"},
        then=("POST /upload/", "POST /upload/", "time passes", "enter a quick click"), compared=True, laws=("NO-CMD-1",)),
    _post("/upload/", body=_log(_SESSION, Ref("responses", -1)), headers=_MOBILE,
          then=("POST /activity/", "POST /lock/ of some"), laws=("NO-UPLOAD-1",)),
    _post("/upload/", "of nothing", body=_log(_NO_SESSION, []), headers=_MOBILE, laws=("NO-UPLOAD-1",)),
)  # fmt: skip

_FOB_UPLOAD = (
    _post("/upload/", "of the fob", body=_log(_SESSION_OF_FOB, Ref("fob_responses", -1), _FOB), headers=_MOBILE,
          laws=("NO-FOB-1",)),
)  # fmt: skip


def _commands_of(n: int) -> Sequence[HttpOperation | DeviceOperation]:
    """Return the operations that wake a lock of another model, and ask for commands for it."""
    body = {"mac": Ref("lock", n), "session": Ref(f"session {n}", -1)}
    return (
        DeviceOperation(f"wake lock {n}", Ref("lock", n), "wake", finds={f"session {n}": "session"}),
        _post("/unlock/", f"of lock {n}", body=body, laws=("NO-FRESH-1",)),
        _post("/unshackle/", f"of lock {n}", body=body, laws=("NO-CMD-1",)),
    )


_OTHERS = (*_commands_of(1), *_commands_of(2))
"""What the other locks are commanded: not every model has a shackle, or can be locked."""

_DEVICES = (
    DeviceOperation("enter a quick click", _FIRST, "quick_click", {"code": _CODE}, compared=True, laws=("NO-SLOT-1",)),
    DeviceOperation("reset the lock's keys", _FIRST, "reset_keys", laws=("NO-RESET-1",)),
    DeviceOperation("a low battery", _FIRST, "battery", {"millivolts": Pick((2850, 2700))}, laws=("NO-BATT-1",)),
    WaitOperation("time passes", Pick((1, 3_600, 86_400)), then=("POST /keys/", "POST /upload/ of nothing")),
)

_UNLOCKED = ("wake the lock", "POST /unlock/", "bring the commands")
_HELD = ("POST /fobs/issue/", "squeeze the fob", "POST /fobs/sync/", "bring the fob its commands")
_OF_ANOTHER = ("wake lock {}", "POST /unlock/ of lock {}", "POST /unshackle/ of lock {}")
_BY_KEY = "POST /activity/ of a tracking key"

OPERATIONS = OperationTable(
    operations=(*_READING, *_KEYS, *_CLICKS, *_FOBS, *_COMMANDS, *_FOB_UPLOAD, *_OTHERS, *_DEVICES),
    procedures=(
        (*_UNLOCKED, "POST /upload/", "POST /upload/", "POST /activity/", "POST /activity/ of a time", _BY_KEY),
        (*_HELD, "POST /upload/ of the fob", "POST /fobs/display/", "POST /fobs/revoke/ of a tracking key"),
        (*_HELD, "touch the lock with the fob", "POST /fobs/revoke/", "touch the lock with the fob"),
        tuple(name.format(n) for n in (1, 2) for name in _OF_ANOTHER),
        ("POST /keys/ to issue", "POST /keys/ to issue others", "POST /keys/ to revoke", "POST /keys/"),
        (
            "POST /qc/issue/",
            *_UNLOCKED,
            "POST /upload/",
            "enter a quick click",
            "time passes",
            *_UNLOCKED,
            "POST /upload/",
            "POST /qc/display/",
            "POST /activity/",
            "POST /activity/ of a time",
        ),
        ("POST /qc/issue/", "POST /keys/ to issue", "reset the lock's keys", "POST /keys/", "POST /qc/display/"),
    ),
    identities=frozenset(
        {"commands", "session", "token", "offline_key", "unlock_command", "responses", "notifications"}
    ),
    secret=frozenset({"offline_key", "unlock_command"}),
    fails=lambda status, answer: status >= 400 or (isinstance(answer, dict) and answer.get("result") == "failure"),
    removes={
        "tracking_key": _post("/keys/", "to remove a key", body={"revoke": [{"tracking_keys": [Ref("tracking_key")]}]}),
        "code": _post(
            "/qc/revoke/", "to remove a code", body={"mac": Ref("coded"), "quick_clicks": [{"code": Ref("code")}]}
        ),
        "given": _post(
            "/fobs/revoke/", "to remove a fob's lock", body={"fob_mac": Ref("holder"), "lock_macs": [Ref("given")]}
        ),
    },
)
