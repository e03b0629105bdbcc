"""What may stand around a product on Nokē Core: who there is, how an unlock goes, what fails, what others have done."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hypothesis import strategies as st

from lockpact.core.traffic import Exchange
from lockpact.noke.dialect import operation

__all__ = [
    "FAULTS",
    "HOW",
    "LOST",
    "MAYBE",
    "NOBODY",
    "SERVERS",
    "SOME_CODES",
    "SOME_NAMES",
    "UNFIT",
    "WHICH",
    "Fault",
    "How",
    "crowd",
    "fails_at_one",
]

NOBODY = "C4:1E:07:5A:99:99"
"""No lock of the default world has this MAC."""
SERVERS = ("production", "production-pre-release", "production-pre-release", "sandbox", "sandbox-pre-release")
NAMES = ("alice", "bob", "carol")
CODES = ("0010", "10", "111", "000", "010101010101010101010101")
UNFIT = {"01": 5, "0102": 5, "1" * 25: 5, "0110": 0, "0111": 256, "1000": 300}

How = Literal["not at all", "asked only", "far", "unheard", "unanswered", "refused", "well"]
"""How an online unlock goes: the phone leaves before the lock is told; it never was there; the upload is lost; or its
answer is; or the server fails at it."""
HOW: st.SearchStrategy[How] = st.sampled_from(
    ("well", "well", "well", "not at all", "asked only", "unheard", "unanswered", "refused", "far")
)
WHICH = st.integers(0, 2)
"""Which lock of the server: its first, its second, or the first that is not set up."""
MAYBE = st.booleans()
SOME_NAMES = st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True)
SOME_CODES = st.dictionaries(st.sampled_from(CODES), st.sampled_from((255, 1, 10)), min_size=1, max_size=3)


@dataclass(frozen=True)
class Fault:
    """What goes wrong on the way during one call: how, and for how many requests (None: all)."""

    kind: str
    times: int | None

    def effect(self) -> dict[str, Any]:
        """In the form that the stand-ins know."""
        effects: dict[str, dict[str, Any]] = {
            "failure": {"kind": "refuse", "name": "failure"},
            "unavailable": {"kind": "refuse", "name": "unavailable"},
            "reset before": {"kind": "reset", "when": "before"},
            "reset after": {"kind": "reset", "when": "after"},
            "slow": {"kind": "delay", "seconds": 90},
            "cut": {"kind": "truncate", "bytes": 9},
        }
        return effects[self.kind]


LOST: dict[How, Fault] = {
    "unheard": Fault("reset before", None),
    "unanswered": Fault("reset after", None),
    "refused": Fault("failure", None),
}
"""What then happens to uploads."""

FAULTS = st.builds(
    Fault,
    st.sampled_from(("failure", "reset after", "reset before", "slow", "cut", "unavailable")),
    st.sampled_from((1, 2, None)),
)


def crowd(state: dict[str, Any], mac: str, count: int) -> None:
    """Quick clicks that others have issued, known to server and lock."""
    codes = [f"1{number:08b}" for number in range(count)]
    for base in state["databases"]:
        for record in base["locks"]:
            if record["mac"] == mac:
                record["clicks"] = [_click(code, version) for version, code in enumerate(codes, 1)]
                record["versions"] = count
    for body in state["locks"]:
        if body["mac"] == mac:
            body["clicks"] = {code: {"version": version, "uses": 255} for version, code in enumerate(codes, 1)}


def _click(code: str, version: int) -> dict[str, Any]:
    return {"code": code, "uses": 255, "start_uses": 255, "version": version, "pending": False, "revoked": False}


def fails_at_one(x: Exchange) -> bytes | None:
    """A whole success of two quick clicks or more, with the last of them failed, as the answer's version has it."""
    said = x.json
    if operation(x) != "qc/issue" or not isinstance(said, dict) or said.get("error_code") != 0:
        return None
    clicks: Sequence[Any] = said["data"][0]["quick_clicks"] if said.get("data") else ()
    if len(clicks) < 2:
        return None
    failed = clicks[-1]["code"]
    said["data"][0]["quick_clicks"] = list(clicks[:-1])
    if said["api_version"]["response"].startswith("1."):
        mac = said["data"][0]["mac"]
        said["error_details"] = [{"mac": mac, "code": failed, "msg": "it could not be saved", "action": "issue"}]
    else:
        said |= {"result": "failure", "message": "some quick clicks could not be saved", "error_code": 3}
    return json.dumps(said).encode()
