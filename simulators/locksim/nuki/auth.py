"""Who may in: the token in plain, or (`observed`) hashed.

Checks come in this order: the API is on, a token was ever set, the token is given once, and it is the bridge's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

from locksim.nuki.errors import Unauthorized
from locksim.nuki.serialization import OBSERVED
from locksim.nuki.state import Bridge

__all__ = ["admit", "hashed"]

REMEMBERED = 1000
"""Hashed tokens that the bridge remembers one by one; older ones are refused by their time."""

_TS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_RNR = re.compile(r"[0-9]{1,10}", re.ASCII)


def admit(profile: str, bridge: Bridge, query: Mapping[str, Sequence[str]]) -> None:
    """Raises Unauthorized unless the caller shows the token. `query`: parameter → its values, decoded."""
    if not bridge.api_enabled or bridge.token is None:
        raise Unauthorized("the API is not enabled: call /auth and press the bridge's button within 30 s")
    given = query.get("token", ())
    if given or profile != OBSERVED:
        if not given:
            raise Unauthorized("token is missing; add token=… with the token that /auth answered")
        if len(given) > 1:
            raise Unauthorized("token is given more than once; give it once")
        if given[0] != bridge.token:
            raise Unauthorized("token is not the bridge's; ask for it by /auth and the bridge's button")
        return
    _admit_hashed(bridge, bridge.token, *(query.get(name, ()) for name in ("ts", "rnr", "hash")))


def hashed(token: str, ts: str, rnr: str) -> str:
    """sha256 of "ts,rnr,token", in hex (vendor-facts: bridge document 1.13)."""
    return sha256(f"{ts},{rnr},{token}".encode()).hexdigest()


def _admit_hashed(bridge: Bridge, token: str, *given: Sequence[str]) -> None:
    if any(len(values) != 1 for values in given):
        raise Unauthorized("neither token nor ts, rnr and hash are given, each once")
    ts, rnr, digest = (values[0] for values in given)
    if not _TS.fullmatch(ts) or not _RNR.fullmatch(rnr):
        raise Unauthorized("ts must be as 2019-03-05T01:06:53Z and rnr a whole number")
    if digest != hashed(token, ts, rnr):
        raise Unauthorized('hash is not the sha256 of "ts,rnr,token" with the bridge\'s token, in hex')
    use = f"{ts},{rnr}"
    if use in bridge.used or ts <= bridge.used_before:
        raise Unauthorized("this ts and rnr were used before; take a new number for each call")
    bridge.used.append(use)
    if len(bridge.used) > REMEMBERED:
        oldest = min(bridge.used)
        bridge.used_before = oldest.partition(",")[0]
        bridge.used = [kept for kept in bridge.used if kept.partition(",")[0] > bridge.used_before]
