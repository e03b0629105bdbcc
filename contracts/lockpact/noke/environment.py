"""What a client may meet: servers, unlocks that end early, injected faults, and what others have done."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from hypothesis import strategies as st

from lockpact.core.traffic import Exchange
from lockpact.driving.faults import Fault, faults
from lockpact.noke.exchanges import operation

__all__ = [
    "FAULTS",
    "INVALID_CODES",
    "MAYBE",
    "NAMES",
    "OUTCOMES",
    "OWNER",
    "SERVERS",
    "SOME_CODES",
    "SOME_NAMES",
    "STORM",
    "UNKNOWN_MAC",
    "UPLOAD_FAULTS",
    "WHICH",
    "Outcome",
    "add_the_past",
    "fail_one_code",
    "fill_places",
    "free_places",
]

UNKNOWN_MAC = "C4:1E:07:5A:99:99"
"""No lock of the default world has this MAC."""
SERVERS = ("production", "production-pre-release", "production-pre-release", "sandbox", "sandbox-pre-release")
NAMES = ("alice", "Bob", "Zoë 007")
OWNER = "Jürgen Owner"
"""Who unlocks online."""
CODES = ("0010", "10", "111", "000", "010101010101010101010101")
INVALID_CODES = {"01": 5, "0102": 5, "1" * 25: 5, "0110": 0, "0111": 256, "1000": 300}

DAY = 86_400_000_000
"""Microseconds."""

Outcome = Literal[
    "no unlock", "not delivered", "too late", "out of reach", "upload lost", "answer lost", "upload refused", "complete"
]
"""How far an online unlock gets: the phone leaves before it delivers the commands, or delivers them when the lock sleeps
again, or is out of reach from the start; the upload is lost, or its answer is, or the server refuses it; or the unlock is
complete."""
OUTCOMES: st.SearchStrategy[Outcome] = st.sampled_from(
    ("complete",) * 3
    + ("no unlock", "not delivered", "too late", "upload lost", "answer lost", "upload refused", "out of reach")
)
WHICH = st.integers(0, 2)
"""Which lock of the server: 0 the first, 1 the second, 2 the first that is not set up."""
MAYBE = st.booleans()
SOME_NAMES = st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True)
SOME_CODES = st.dictionaries(st.sampled_from(CODES), st.sampled_from((255, 1, 254, 10)), min_size=1, max_size=3)


UPLOAD_FAULTS: dict[Outcome, Fault] = {
    "upload lost": Fault("reset before", None),
    "answer lost": Fault("reset after", None),
    "upload refused": Fault("unknown", None),
}
"""Outcome → the fault that is injected into uploads."""

FAULTS = faults(("failure", "unknown", "reset after", "reset before", "slow", "cut", "unavailable"))


STORM = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "unlock",
                "issue_keys",
                "issue_codes",
                "issue_fob",
                "sync_fob",
                "revoke_keys",
                "revoke_codes",
                "revoke_fob",
            )
        ),
        st.none() | FAULTS,
    ),
    min_size=3,
    max_size=5,
)
"""Calls, each with a fault or without."""


def add_the_past(state: dict[str, Any], mac: str, count: int) -> None:
    """Add quick clicks that others have issued, on server and lock, and that it was unlocked and locked yesterday."""
    codes = [f"1{number:08b}" for number in range(count)]
    for base in state["databases"]:
        for record in base["locks"]:
            if record["mac"] == mac:
                record["clicks"] = [_click(code, version) for version, code in enumerate(codes, 1)]
                record["versions"] = count
                at = record["contact_at"] - DAY
                base["activity"] = [_line(mac, action, at) for action in ("unlocked", "locked")]
    for body in state["locks"]:
        if body["mac"] == mac:
            body["clicks"] = {code: {"version": version, "uses": 255} for version, code in enumerate(codes, 1)}


def _line(mac: str, action: str, at: int) -> dict[str, Any]:
    return {"lock": mac, "action": action, "recorded": at, "start": at, "end": at, "tracking_key": OWNER, "n": 0}


def _click(code: str, version: int) -> dict[str, Any]:
    return {"code": code, "uses": 255, "start_uses": 255, "version": version, "pending": False, "revoked": False}


PLACES = 100
"""A lock's places for offline and fob keys."""
FILLER = "another fob"
"""The beginning of the tracking keys of what fills a lock's places."""


def fill_places(state: dict[str, Any], mac: str) -> None:
    """Let a fob that nobody asks for have all places of a lock for offline and fob keys, except one."""
    places, fobs = _places(state, mac)
    free = [place for place in places if place["status"] == "free"]
    free += [_place(len(places) + n + 1) for n in range(PLACES - len(places))]
    places += [place for place in free if place["number"] > len(places)]
    for place in free[1:]:
        place.update(status="live", holder=fobs[-1]["mac"], tracking_key=f"{FILLER} {place['number']}")


def free_places(state: dict[str, Any], mac: str) -> None:
    """Free the places that `fill_places` has filled."""
    for place in _places(state, mac)[0]:
        if place["tracking_key"].startswith(FILLER):
            place.update(status="free", holder="", tracking_key="")


def _places(state: dict[str, Any], mac: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return a lock's places, and the fobs of its database."""
    return next(
        (record["places"], base["fobs"])
        for base in state["databases"]
        for record in base["locks"]
        if record["mac"] == mac
    )


def _place(number: int) -> dict[str, Any]:
    return {"number": number, "tracking_key": "", "holder": "", "generation": 0, "since": 0, "status": "free"}


def fail_one_code(x: Exchange) -> bytes | None:
    """Return a success of two or more quick clicks with the last one failed, in the form of the answer's API version.

    None: the exchange is not such a success.
    """
    answer = x.json
    if operation(x) != "qc/issue" or not isinstance(answer, dict) or answer.get("error_code") != 0:
        return None
    clicks: Sequence[Any] = answer["data"][0]["quick_clicks"] if answer.get("data") else ()
    if len(clicks) < 2:
        return None
    failed = clicks[-1]["code"]
    answer["data"][0]["quick_clicks"] = list(clicks[:-1])
    if answer["api_version"]["response"].startswith("1."):
        mac = answer["data"][0]["mac"]
        answer["error_details"] = [{"mac": mac, "code": failed, "msg": "it could not be saved", "action": "issue"}]
    else:
        answer |= {"result": "failure", "message": "some quick clicks could not be saved", "error_code": 3}
    return json.dumps(answer).encode()
