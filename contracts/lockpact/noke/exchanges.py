"""Read the requests and answers between a client and a Core API server: operations, keys, results. For laws and clients."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal

from lockpact.core.traffic import Exchange

__all__ = [
    "COMMANDS",
    "Party",
    "clicks_asked",
    "commands_of",
    "error_code",
    "failed",
    "key_of",
    "operation",
    "party",
    "percent",
    "version",
]

Party = Literal["private", "mobile", ""]

COMMANDS = frozenset({"unlock", "unshackle", "engagelock", "fobs/sync", "fwupdate"})
"""Operations whose answers have commands for a lock or fob."""


def operation(x: Exchange) -> str:
    """Return the path without outer slashes: the document writes paths with and without the last one."""
    return x.path.strip("/")


def error_code(x: Exchange) -> int | None:
    """Return the answer's error_code, 0 for success; None when no complete answer in the document's form came."""
    answer = x.json
    if x.status != 200 or not isinstance(answer, dict):
        return None
    code = answer.get("error_code")
    if isinstance(code, int) and (code != 0 or "result" not in answer):
        return code
    return 0 if answer.get("result", "success") == "success" else 99


def failed(x: Exchange) -> bool:
    """Return whether the answer says that the call failed."""
    return error_code(x) not in (None, 0)


def key_of(x: Exchange) -> str:
    """Return the API key that was sent; "" when there is none."""
    for name, value in x.headers:
        if name.lower() == "authorization" and value[:7].lower() == "bearer ":
            return value[7:].strip()
    return ""


@lru_cache(maxsize=64)
def party(key: str) -> Party:
    """Return whose API key this is. The key's first part says so, in base64."""
    head = key.partition(".")[0]
    try:
        alg = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))).get("alg")
    except (ValueError, AttributeError):
        return ""
    return {"NOKE_PRIVATE": "private", "NOKE_MOBILE": "mobile"}.get(alg, "")  # type: ignore[return-value]


def commands_of(x: Exchange) -> str:
    """Return the commands in the answer; "" when there are none."""
    data = x.json.get("data") if isinstance(x.json, dict) else None
    return str(data.get("commands") or "") if isinstance(data, dict) else ""


def version(x: Exchange) -> str:
    """Return the answer's API version. Answers of version 0.0.0 do not say it."""
    versions = x.json.get("api_version") if isinstance(x.json, dict) else None
    return str(versions.get("response", "")) if isinstance(versions, dict) else "0.0.0"


def clicks_asked(x: Exchange, action: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (lock, quick click) of each quick click in a request to issue or revoke (`action`), by /qc/ or its own call."""
    body = x.sent
    if not isinstance(body, dict):
        return
    jobs: Iterable[Any] = [body] if operation(x) == f"qc/{action}" else ()
    if operation(x) == "qc" and isinstance(body.get(action), list):
        jobs = body[action]
    for job in jobs:
        if isinstance(job, dict):
            clicks = job.get("quick_clicks") or ()
            yield from ((str(job.get("mac")), click) for click in clicks if isinstance(click, dict))


def percent(millivolts: int) -> int:
    """Return the document's battery percentage, limited to 0 to 100: below 2800 mV the formula is negative."""
    return max(0, min(100, (millivolts - 2800) * 100 // 200))
