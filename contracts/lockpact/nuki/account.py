"""What conform does on a bridge that is not ours, and that other clients use at the same time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lockpact.drift.account import Account, AccountSequence, Undecided, has_fields, unique
from lockpact.drift.operations import Cred

__all__ = ["SEQUENCES"]

_TOKEN = {"token": Cred("token")}
_URL = "http://127.0.0.1:9/lockpact/account/{}"
_SLOTS = 3
_STATES = {
    0: "uncalibrated", 1: "locked", 2: "unlocking", 3: "unlocked", 4: "locking", 5: "unlatched", 6: "unlocked (lock 'n' go)",
    7: "unlatching", 254: "motor blocked", 255: "undefined",
}  # fmt: skip
_MOVING = (2, 4, 7)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)", re.ASCII)
_UNKNOWN = 1
_TRIES = 3


def _query(more: Mapping[str, Any]) -> dict[str, Any]:
    return {"query": {**_TOKEN, **more}}


def _get(account: Account, path: str, **query: Any) -> Any:
    return account.done(f"GET {path}", **_query(query))


def _refused(account: Account, path: str, status: int, what: str, **query: Any) -> None:
    account.refusal(f"GET {path}", status, what=what, **_query(query))


# ---- callbacks


def _callbacks(account: Account) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _get(account, "/callback/list")["callbacks"]
    unique([one["id"] for one in found], "/callback/list")
    assert len(found) <= _SLOTS, f"/callback/list has {len(found)} callbacks; the bridge has room for {_SLOTS}"
    return found


def _add(account: Account, url: str) -> bool:
    """Add a callback, and return whether there was room for it."""
    answer = account.done(
        "GET /callback/add", query={**_TOKEN, "url": url}, creates="callback", called="url"
    )  # it is removed when the run ends
    has_fields(answer, {"success": bool}, "the answer to /callback/add")
    if not answer["success"]:
        has_fields(answer, {"message": str}, "the refusal of /callback/add")
    return bool(answer["success"])


def _callbacks_come_and_go(account: Account) -> None:
    if not account.allows("GET /callback/remove"):
        account.ask("GET /callback/remove")
    there = {one["url"] for one in account.stable(lambda: _callbacks(account))}
    ours = [_URL.format(n) for n in range(_SLOTS)]
    for url in [url for url in ours if url not in there][: _SLOTS - len(there)]:
        if not _add(account, url):
            full = len(account.stable(lambda: _callbacks(account))) >= _SLOTS
            assert full, f"/callback/add refuses a callback, although there are less than {_SLOTS}"
            break
        listed = [one["url"] for one in _callbacks(account)]
        assert listed.count(url) == 1, f"a callback that was added is listed {listed.count(url)} times"
        there.add(url)
    own = [one for one in _callbacks(account) if one["url"] in ours]
    if not own:
        raise Undecided(f"all {_SLOTS} callbacks belong to others")
    for left in range(len(own), 0, -1):
        one = next(one for one in _callbacks(account) if one["url"] == own[left - 1]["url"])
        answer = _get(account, "/callback/remove", id=one["id"])
        assert answer.get("success") is True, "/callback/remove does not remove a callback that is listed"
        urls = [other["url"] for other in _callbacks(account)]
        assert one["url"] not in urls, "a callback that was removed is still listed"
        gone = [other["url"] for other in own[: left - 1] if other["url"] not in urls]
        assert not gone, "/callback/remove has removed another callback, too"


def _wrong_callbacks(account: Account) -> None:
    before = account.stable(lambda: _callbacks(account))
    _refused(account, "/callback/add", 400, "an https URL", url="https://127.0.0.1/lockpact/account")
    _refused(account, "/callback/add", 400, "a URL of 255 characters", url=_URL.format("0").ljust(255, "0"))
    _refused(account, "/callback/add", 400, "no URL")
    _refused(account, "/callback/remove", 400, "no id")
    after = account.stable(lambda: _callbacks(account))
    ours = [one for one in after if "/lockpact/account" in one["url"] and one not in before]
    assert not ours, "a callback that was refused is listed"


# ---- locks


def _lock_ids(account: Account) -> Sequence[int]:
    locks = _get(account, "/list")
    unique([lock["nukiId"] for lock in locks], "/list")
    return [lock["nukiId"] for lock in locks if not account.locks or str(lock["nukiId"]) in account.locks]


def _check_state(state: Mapping[str, Any], what: str) -> None:
    has_fields(state, {"state": int, "stateName": str, "batteryCritical": bool}, what)
    assert state["state"] in _STATES, f"{what} has the state {state['state']}, which the document does not have"
    assert state["stateName"] == _STATES[state["state"]], (
        f"{what} calls the state {state['state']} {state['stateName']!r}"
    )


def _states_agree(account: Account) -> None:
    for lock in _lock_ids(account)[:4]:
        for _ in range(_TRIES):
            began = _get(account, "/info")["currentTime"]
            first = account.ask("GET /lockState", **_query({"nukiId": lock}))
            if account.refused(first):
                assert first.status == 503, f"/lockState of a paired lock is refused with {first.status}"
                break  # it is offline
            listed = next((one for one in _get(account, "/list") if one["nukiId"] == lock), None)
            again = account.ask("GET /lockState", **_query({"nukiId": lock}))
            _check_state(first.body, "/lockState")
            if listed is None or again.body != first.body or first.body["state"] in _MOVING:
                continue  # somebody uses it
            known = listed["lastKnownState"]
            _check_state(known, "lastKnownState of /list")
            assert _TIME.fullmatch(known["timestamp"]), f"the timestamp {known['timestamp']!r} has another form"
            assert known["state"] == first.body["state"], "/list has another state than /lockState has just read"
            assert known["timestamp"][:19] >= began[:19], (
                "the timestamp of /list is older than the reading of /lockState: it is when this state was retrieved"
            )
            break
    _refused(account, "/lockState", 404, "a lock that it does not know", nukiId=_UNKNOWN)


def _actions_end(account: Account) -> None:
    """Without noWait, an action is over when its answer comes."""
    _refused(account, "/lockAction", 404, "a lock that it does not know", nukiId=_UNKNOWN, action=2)
    for lock in _lock_ids(account)[:2]:
        _refused(account, "/lockAction", 400, "an action that there is not", nukiId=lock, action=9)
        for action, state in ((1, 3), (2, 1)):
            wrong = ""
            for _ in range(_TRIES):
                acted = account.ask("GET /lockAction", **_query({"nukiId": lock, "action": action}))
                if account.refused(acted) or not acted.body["success"]:
                    break
                now = account.ask("GET /lockState", **_query({"nukiId": lock}))
                wrong = "" if account.refused(now) or now.body["state"] == state else now.body["stateName"]
                if not wrong:
                    break
            # Somebody may have turned it in the same second; not three times.
            assert not wrong, (
                f"after the action {action} was answered with success, the lock is {wrong}, {_TRIES} times"
            )


# ---- the bridge


def _log(account: Account, **query: int) -> list[Any]:
    entries: list[Any] = _get(account, "/log", **query)
    for entry in entries:
        has_fields(entry, {"timestamp": str, "type": str}, "an entry of /log")
    return entries


def _the_log_has_parts(account: Account) -> None:
    if _get(account, "/info").get("bridgeType") == 2:
        raise Undecided("a software bridge has no log")
    whole = _log(account)
    assert len(whole) <= 100, f"/log has {len(whole)} entries; without a count it is 100 at most"
    for offset, count in ((0, 2), (1, 3), (3, 2)):
        part, after = _log(account, offset=offset, count=count), _log(account)
        assert len(part) <= count, f"/log has {len(part)} entries, although {count} were asked for"
        if len(whole) >= offset + count:
            assert len(part) == count, (
                f"/log has {len(part)} entries from {offset} on, although there are {count} at least"
            )
            places = range(len(after) - count + 1)
            assert any(after[at : at + count] == part for at in places), "a part of /log is not in the whole"


def _a_wrong_token_is_refused(account: Account) -> None:
    for path in ("/list", "/info", "/callback/list"):
        account.refusal(f"GET {path}", 401, what="a wrong token", query={"token": "no-token-of-it"})


SEQUENCES = (
    AccountSequence("callbacks", "a callback is listed once until it is removed, and three have room", _callbacks_come_and_go),
    AccountSequence("wrong callbacks", "what is no URL, or is too long, is refused and not listed", _wrong_callbacks),
    AccountSequence("states", "/list has the state that /lockState has read, with the time of that", _states_agree),
    AccountSequence("actions", "an action is over when its answer comes", _actions_end),
    AccountSequence("log", "an offset and a count give a part of the log", _the_log_has_parts),
    AccountSequence("token", "a wrong token is refused", _a_wrong_token_is_refused),
)  # fmt: skip
