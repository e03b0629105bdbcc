"""What conform does on a Core API server that is not ours, with locks that `--lock` names.

Codes and offline keys of our own are issued and revoked. The lock itself forgets a revoked one at its next online unlock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lockpact.drift.account import Account, AccountSequence, Undecided, has_fields, unique
from lockpact.drift.operations import Cred

__all__ = ["SEQUENCES"]

_KEY = {"Authorization": Cred("api_key", "Bearer {}")}
_UNKNOWN = "00:00:00:00:00:01"
_CODE, _OTHER_CODE = "011010011001", "100101100110"
_KEYS = ("lockpact-account-1", "lockpact-account-2")
_FORMS = {"recorded_time": str, "action": str, "lock_mac": str, "tracking_key": str}


def _done(account: Account, path: str, **body: Any) -> Any:
    answer = account.done(f"POST {path}", headers=_KEY, body=body)
    has_fields(answer, {"result": str, "message": str, "error_code": int, "request": str}, f"the answer to {path}")
    assert (answer["result"], answer["error_code"]) == ("success", 0), f"{path} succeeds with {answer['error_code']}"
    return answer["data"]


def _refused(account: Account, path: str, what: str, **body: Any) -> None:
    seen = account.refusal(f"POST {path}", what=what, headers=_KEY, body=body)
    has_fields(seen.body, {"result": str, "message": str, "error_code": int}, f"the refusal of {what}")
    assert seen.body["error_code"] != 0, f"{path} refuses {what} with the error code 0"


def _own_locks(account: Account) -> Sequence[Mapping[str, Any]]:
    locks = [lock for lock in _done(account, "/lock/")["locks"] if lock["mac"] in account.locks]
    if not locks:
        raise Undecided("name a lock of the server with --lock")
    return locks


def _locks(account: Account) -> None:
    locks = _done(account, "/lock/")["locks"]
    unique([lock["mac"] for lock in locks], "/lock/")
    for lock in locks[:3]:
        has_fields(lock, {"mac": str, "hw_version": str, "fw_version": str, "serial": str}, "a lock")
        (alone,) = _done(account, "/lock/", macs=[lock["mac"]])["locks"]
        for name in ("mac", "hw_version", "serial", "created_date"):
            assert alone.get(name) == lock.get(name), f"a lock has another {name} alone than among all"
    account.refusal("POST /lock/", what="a wrong key", headers={"Authorization": "Bearer no-key-of-it"}, body={})


# ---- quick clicks


def _codes(account: Account, mac: str) -> dict[str, Mapping[str, Any]]:
    (lock,) = _done(account, "/qc/display/", macs=[mac])
    unique([click["code"] for click in lock["quick_clicks"]], "/qc/display/")
    return {click["code"]: click for click in lock["quick_clicks"]}


def _issued(account: Account, mac: str, **uses: int) -> Any:
    codes = [{"code": code.removeprefix("c"), "uses": number} for code, number in uses.items()]
    answer = account.done(
        "POST /qc/issue/", headers=_KEY, body={"mac": mac, "quick_clicks": codes}, creates="code",
        finds={"code": "data.*.quick_clicks.*.code", "coded": "data.*.mac"},
    )  # fmt: skip
    return answer["data"]


def _quick_clicks(account: Account) -> None:
    mac = _own_locks(account)[0]["mac"]
    there = _codes(account, mac)
    code = next((one for one in (_CODE, _OTHER_CODE) if one not in there), None)
    if code is None:
        raise Undecided("the lock has both codes that are tried; it forgets revoked ones at its next online unlock")
    if (
        account.refused(
            account.ask("POST /qc/revoke/", headers=_KEY, body={"mac": mac, "quick_clicks": [{"code": code}]})
        )
        is False
    ):
        raise AssertionError("/qc/revoke/ revokes a code that the lock does not have")
    for uses in (1, 5, 255):
        _issued(account, mac, **{f"c{code}": uses})
        shown = _codes(account, mac).get(code)
        assert shown is not None, "a code that was issued is not displayed"
        assert (shown["uses"], shown["start_uses"]) == (uses, uses), (
            f"a code of {uses} uses is displayed with {shown['uses']}"
        )
        assert shown.get("revoked") is not True, "a code that was issued is displayed as revoked"
    for wrong, what in ((256, "256 uses"), (0, "no use")):
        _refused(account, "/qc/issue/", f"a code of {what}", mac=mac, quick_clicks=[{"code": code, "uses": wrong}])
    for wrong_code, what in (("01", "two"), ("2" * 4, "a digit that is neither 0 nor 1"), ("0" * 25, "25")):
        _refused(account, "/qc/issue/", f"a code of {what}", mac=mac, quick_clicks=[{"code": wrong_code, "uses": 1}])
        assert wrong_code not in _codes(account, mac), "a code that was refused is displayed"
    assert _codes(account, mac)[code]["uses"] == 255, "a refused request has changed the uses of a code"
    _done(account, "/qc/revoke/", mac=mac, quick_clicks=[{"code": code}])
    left = _codes(account, mac).get(code)
    assert left is None or left.get("revoked") is True, "a code that was revoked is displayed as if it were not"
    _refused(
        account, "/qc/issue/", "a lock that it does not know", mac=_UNKNOWN, quick_clicks=[{"code": code, "uses": 1}]
    )


# ---- offline keys


def _shown_keys(account: Account, mac: str) -> list[str]:
    (lock,) = _done(account, "/keys/", display={"macs": [mac]})["locks"]
    keys = [key["tracking_key"] for key in lock["keys"]]
    unique([key for key in keys if key in _KEYS], "/keys/")
    return [key for key in keys if key in _KEYS]


def _offline_keys(account: Account) -> None:
    mac = _own_locks(account)[0]["mac"]
    for n, key in enumerate(_KEYS):
        issue = {"issue": [{"macs": [mac], "tracking_keys": [key]}]}
        finds = {"tracking_key": "data.locks.*.keys.*.tracking_key"}
        (lock,) = account.done("POST /keys/", headers=_KEY, body=issue, creates="tracking_key", finds=finds)["data"][
            "locks"
        ]
        assert [one["tracking_key"] for one in lock["keys"]] == [key], "/keys/ answers other keys than it has issued"
        has_fields(lock["keys"][0], {"offline_key": str, "unlock_command": str}, "an offline key")
        assert sorted(_shown_keys(account, mac)) == sorted(_KEYS[: n + 1]), (
            "the keys that were issued are not displayed"
        )
    _done(account, "/keys/", revoke=[{"macs": [mac], "tracking_keys": [_KEYS[0]]}])
    assert _shown_keys(account, mac) == [_KEYS[1]], (
        "after one of two keys was revoked, the other alone is not displayed"
    )
    _done(account, "/keys/", revoke=[{"macs": [mac], "tracking_keys": [_KEYS[1]]}])
    assert not _shown_keys(account, mac), "a key that was revoked is displayed"
    _refused(
        account, "/keys/", "a lock that it does not know", issue=[{"macs": [_UNKNOWN], "tracking_keys": [_KEYS[0]]}]
    )


# ---- activity, fobs


def _activity(account: Account) -> None:
    def lines(**filters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = _done(account, "/activity/", **filters)["activity"]
        return found

    whole = lines()
    for line in whole:
        has_fields(line, _FORMS, "a line of /activity/")
    if not whole:
        raise Undecided("there is no activity yet")
    moments = sorted({line["recorded_time"] for line in whole})
    middle: str = moments[len(moments) // 2]
    for name in ("before", "after"):

        def fits(at: str, name: str = name, middle: str = middle) -> bool:
            return at <= middle if name == "before" else at >= middle

        some = lines(**{name: middle})
        odd = [line for line in some if not fits(line["recorded_time"])]
        assert not odd, f"/activity/ {name} {middle} has a line of {odd[0]['recorded_time']}"
        # What was there is there for good: more may have come, nothing may be missing.
        missing = [
            line
            for line in whole
            if fits(line["recorded_time"]) and line["recorded_time"] != middle and line not in some
        ]
        assert not missing, f"/activity/ {name} {middle} lacks a line of {missing[0]['recorded_time']}"
    for name, key in (("tracking_keys", "tracking_key"), ("lock_macs", "lock_mac"), ("actions", "action")):
        value = whole[0][key]
        some = lines(**{name: [value]})
        assert {line[key] for line in some} == {value}, f"/activity/ of {name} {value!r} has others, too"
        assert not [line for line in whole if line[key] == value and line not in some], (
            f"/activity/ of {name} {value!r} lacks a line"
        )
        assert not lines(**{name: ["nothing-of-it"]}), f"/activity/ has lines of {name} that there are not"
    if whole[0]["lock_mac"].lower() != whole[0]["lock_mac"]:
        assert lines(lock_macs=[whole[0]["lock_mac"].lower()]), "/activity/ does not know a MAC in lower case"


def _fobs(account: Account) -> None:
    fobs = _done(account, "/fobs/display/")
    unique([fob["fob"] for fob in fobs], "/fobs/display/")
    for fob in fobs[:2]:
        (alone,) = _done(account, "/fobs/display/", fob_macs=[fob["fob"]])
        assert alone["fob"] == fob["fob"], "/fobs/display/ of one fob displays another"
        if account.allows("POST /fobs/revoke/"):
            what = "a tracking key that the fob does not have"
            _refused(account, "/fobs/revoke/", what, fob_mac=fob["fob"], tracking_keys=["nothing-of-it"])


SEQUENCES = (
    AccountSequence("locks", "a lock is listed once, and is the same alone", _locks),
    AccountSequence("fobs", "a fob is listed once, and keeps what was not named", _fobs),
    AccountSequence("activity", "a filter leaves out what does not fit, and nothing else", _activity),
    AccountSequence("quick clicks", "a code is displayed once with its uses until it is revoked", _quick_clicks),
    AccountSequence("offline keys", "a key is displayed until it is revoked, and another stays", _offline_keys),
)  # fmt: skip
