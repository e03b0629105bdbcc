"""Laws of conduct, which judge a client of any language by its traffic."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from lockpact.core.traffic import Exchange
from lockpact.noke import PACT
from tests.conduct import LOST, Conduct
from tests.vendor_suites import ConductSuite

SERVER = Conduct(PACT, "production")
LOCK = "C4:1E:07:00:00:01"


def key(alg: str, number: int = 1) -> str:
    head = b64encode(json.dumps({"alg": alg}).encode()).decode()
    return f"{head}.e30.{number:040x}"


PRIVATE, MOBILE = key("NOKE_PRIVATE"), key("NOKE_MOBILE")
OK = {"result": "success", "error_code": 0}
BAD_KEY = {"result": "failure", "error_code": 2}
COMMANDS = OK | {"data": {"commands": "00+02"}}


def x(path: str, at: float = 0, asks: Any = None, said: Any = None, bearer: str = "", **more: Any) -> Exchange:
    """Return an exchange with the operation's API key, or with another one."""
    bearer = bearer or (MOBILE if path == "/upload/" else PRIVATE)
    headers = (("Authorization", f"Bearer {bearer}"),)
    return SERVER.x(
        path, at, asks={} if asks is None else asks, said=OK if said is None else said, headers=headers, **more
    )


def locks(status: str, at: float = 0) -> Exchange:
    return x("/lock/", at, said=OK | {"data": {"locks": [{"mac": LOCK, "status": status}]}})


def unlock(at: float = 0, **more: Any) -> Exchange:
    return x("/unlock/", at, {"mac": LOCK, "session": "00"}, COMMANDS, **more)


def upload(at: float = 0, said: Any = None, **more: Any) -> Exchange:
    return x("/upload/", at, {"logs": [{"mac": LOCK, "session": "00", "responses": ["00"]}]}, said, **more)


def codes(at: float, *revoked: str) -> Exchange:
    clicks = [{"code": code, "revoked": True} for code in revoked]
    return x("/qc/display/", at, said=OK | {"data": [{"mac": LOCK, "quick_clicks": clicks}]})


def issue(code: Any, uses: Any = 255, at: float = 0) -> Exchange:
    return x("/qc/issue/", at, {"mac": LOCK, "quick_clicks": [{"code": code, "uses": uses}]})


BY_BOTH = {"issue": [{"mac": LOCK, "quick_clicks": [{"code": "101", "uses": 256}]}]}


class TestConduct(ConductSuite):
    conduct = SERVER
    good_results = (None, "untriggered")
    good = (
        ("NO-KEY-1", [locks("ready"), unlock(1), upload(2)]),
        ("NO-UPLOAD-1", [unlock(), upload(1, **LOST), upload(2)]),
        ("NO-SETUP-1", [locks("setup"), unlock(1), unlock(62)]),
        ("NO-SETUP-1", [locks("setup"), unlock(1), upload(2), unlock(3)]),
        ("NO-SETUP-1", [locks("setup"), unlock(1, **LOST), unlock(2)]),
        ("NO-SETUP-1", [locks("setup"), unlock(1), locks("ready", 2), unlock(3)]),
        ("NO-LIMIT-1", [issue("010"), issue("1" * 24, 1), issue("101", 255)]),
        ("NO-SLOT-1", [codes(0, "101"), issue("111", at=1), codes(2), issue("101", at=3)]),
        ("NO-ORDER-1", [upload(said=BAD_KEY), locks("ready", 1), upload(2), unlock(3)]),
        ("NO-ENV-1", [unlock(), x("/lock/", 1, site="production-pre-release")]),
        ("NO-ENV-1", [unlock(), x("/lock/", 1, site="sandbox", bearer=key("NOKE_PRIVATE", 2))]),
    )  # fmt: skip
    bad = (
        ("NO-KEY-1", [unlock(bearer=MOBILE)], "/unlock/ was called with the phone's mobile key"),
        ("NO-KEY-1", [upload(bearer=PRIVATE)], "/upload/ was called with the private key"),
        ("NO-UPLOAD-1", [upload(bearer=PRIVATE)], "/upload/ was called by the server side"),
        ("NO-SETUP-1", [locks("setup"), unlock(1), unlock(31)], "was unlocked again after 30 s"),
        ("NO-SETUP-1", [locks("setup"), unlock(1), upload(2, **LOST), unlock(3)], "was unlocked again after 2 s"),
        ("NO-LIMIT-1", [issue("01")], "a code must be 3 to 24 ones and zeros"),
        ("NO-LIMIT-1", [issue("0120")], "a code must be 3 to 24 ones and zeros"),
        ("NO-LIMIT-1", [issue("101", 0)], "uses must be 1 to 255"),
        ("NO-LIMIT-1", [x("/qc/", asks=BY_BOTH)], "uses must be 1 to 255"),
        ("NO-SLOT-1", [codes(0, "101"), issue("101", at=1)], "was revoked and is still on the lock, but it was issued again"),
        ("NO-ORDER-1", [upload(said=BAD_KEY), unlock(1)], "refused the phone's key, but /unlock/ was called after that"),
        ("NO-ENV-1", [unlock(), x("/lock/", 1, site="sandbox")], "one key was sent to production and to sandbox"),
    )  # fmt: skip
