"""Check the caller's token: plain, or (`observed`) hashed.

The checks come in this order: the API is enabled, a token is set, one token is given, and it is the bridge's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

from locksim.nuki.errors import Unauthorized
from locksim.nuki.serialization import OBSERVED
from locksim.nuki.state import Bridge

__all__ = ["check_token", "hash_token"]

REMEMBERED = 1000
"""How many used hashes the bridge remembers; hashes that are older than these are refused by their time."""

_TS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_RNR = re.compile(r"[0-9]{1,10}", re.ASCII)


def check_token(profile: str, bridge: Bridge, query: Mapping[str, Sequence[str]]) -> None:
    """Check the token in a query (parameter → its values, decoded). Raises Unauthorized."""
    if not bridge.api_enabled or bridge.token is None:
        raise Unauthorized("the API is not enabled: call /auth and press the bridge's button within 30 s")
    given = query.get("token", ())
    if given or profile != OBSERVED:
        if not given:
            raise Unauthorized("token is missing; add token=… with the token that /auth returned")
        if len(given) > 1:
            raise Unauthorized("token is given more than once; give it once")
        if given[0] != bridge.token:
            raise Unauthorized("token is wrong; get the bridge's token by calling /auth and pressing the button")
        return
    _check_hashed(bridge, bridge.token, *(query.get(name, ()) for name in ("ts", "rnr", "hash")))


def hash_token(token: str, ts: str, rnr: str) -> str:
    """Return the sha256 of "ts,rnr,token" in hex (vendor-facts: bridge document 1.13)."""
    return sha256(f"{ts},{rnr},{token}".encode()).hexdigest()


def _check_hashed(bridge: Bridge, token: str, *given: Sequence[str]) -> None:
    if any(len(values) != 1 for values in given):
        raise Unauthorized("token is missing; add token=…, or ts, rnr and hash, each once")
    ts, rnr, digest = (values[0] for values in given)
    if not _TS.fullmatch(ts) or not _RNR.fullmatch(rnr):
        raise Unauthorized("ts must look like 2019-03-05T01:06:53Z, and rnr must be a whole number")
    if digest != hash_token(token, ts, rnr):
        raise Unauthorized('hash must be the sha256 of "ts,rnr,token" with the bridge\'s token, in hex')
    use = f"{ts},{rnr}"
    if use in bridge.used_hashes or ts <= bridge.used_before:
        raise Unauthorized("this ts and rnr were used before; use a new rnr for each call")
    bridge.used_hashes.append(use)
    if len(bridge.used_hashes) > REMEMBERED:
        oldest = min(bridge.used_hashes)
        bridge.used_before = oldest.partition(",")[0]
        bridge.used_hashes = [kept for kept in bridge.used_hashes if kept.partition(",")[0] > bridge.used_before]
