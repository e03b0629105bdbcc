"""How the wire between a Nokē product and its server is read: operations, keys, results. For laws and clients."""

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
"""Operations that answer commands for a lock or fob."""


def operation(x: Exchange) -> str:
    """The path without slashes at its ends: contents of the document lack the last one."""
    return x.path.strip("/")


def error_code(x: Exchange) -> int | None:
    """What the answer says of itself: 0 for success; None when no whole answer of the document's kind came."""
    said = x.json
    if x.status != 200 or not isinstance(said, dict):
        return None
    code = said.get("error_code")
    if isinstance(code, int) and (code != 0 or "result" not in said):
        return code
    return 0 if said.get("result", "success") == "success" else 99


def failed(x: Exchange) -> bool:
    """Whether the server says that it failed, in whatever HTTP status."""
    return error_code(x) not in (None, 0)


def key_of(x: Exchange) -> str:
    """The API key that was sent; empty for none."""
    for name, value in x.headers:
        if name.lower() == "authorization" and value[:7].lower() == "bearer ":
            return value[7:].strip()
    return ""


@lru_cache(maxsize=64)
def party(key: str) -> Party:
    """Whose key this is: its first part says so, in base64."""
    head = key.partition(".")[0]
    try:
        alg = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))).get("alg")
    except (ValueError, AttributeError):
        return ""
    return {"NOKE_PRIVATE": "private", "NOKE_MOBILE": "mobile"}.get(alg, "")  # type: ignore[return-value]


def commands_of(x: Exchange) -> str:
    """The commands that the answer brings; empty for none."""
    data = x.json.get("data") if isinstance(x.json, dict) else None
    return str(data.get("commands") or "") if isinstance(data, dict) else ""


def version(x: Exchange) -> str:
    """The version of the answer; 0.0.0 says nothing of versions."""
    told = x.json.get("api_version") if isinstance(x.json, dict) else None
    return str(told.get("response", "")) if isinstance(told, dict) else "0.0.0"


def clicks_asked(x: Exchange, action: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Lock and quick click of each that is to be issued or revoked (`action`), by either call."""
    asked = x.sent
    if not isinstance(asked, dict):
        return
    orders: Iterable[Any] = [asked] if operation(x) == f"qc/{action}" else ()
    if operation(x) == "qc" and isinstance(asked.get(action), list):
        orders = asked[action]
    for order in orders:
        if isinstance(order, dict):
            yield from ((str(order.get("mac")), click) for click in order.get("quick_clicks") or () if _is(click))


def _is(click: object) -> bool:
    return isinstance(click, dict)


def percent(millivolts: int) -> int:
    """The document's formula, kept between 0 and 100: it goes below zero under 2,800 mV."""
    return max(0, min(100, (millivolts - 2800) * 100 // 200))
