"""Check the caller's token: plain, or from later firmware (`observed`) hashed or encrypted.

The checks come in this order: the API is enabled, a token is set, one token is given, and it is the bridge's.

A hashed or encrypted token contains a timestamp and a random number. It is valid while its timestamp is near the
bridge's own clock, and it is valid once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

from locksim.engine.timestamps import SECOND, parse_iso
from locksim.nuki.errors import Unauthorized
from locksim.nuki.serialization import OBSERVED
from locksim.nuki.state import Bridge

__all__ = ["REMEMBERED", "TOLERANCE", "check_token", "encrypt_token", "hash_token"]

REMEMBERED = 1000
"""How many used pairs of timestamp and random number the bridge remembers."""

TOLERANCE = 60 * SECOND
"""How far the timestamp of a hashed or encrypted token may be from the bridge's clock, in both directions."""

_TS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_RNR = re.compile(r"[0-9]{1,5}", re.ASCII)
_NONCE = re.compile(r"[0-9A-Fa-f]{48}", re.ASCII)
_CIPHERTEXT = re.compile(r"([0-9A-Fa-f]{2}){16,256}", re.ASCII)
_MISSING = "token is missing; add token=… with the token that /auth returned"

Query = Mapping[str, Sequence[str]]


def check_token(profile: str, bridge: Bridge, query: Query, now: int) -> None:
    """Check the token in a query (parameter → its values, decoded). Raises Unauthorized."""
    if not bridge.api_enabled or bridge.token is None:
        raise Unauthorized("the API is not enabled: call /auth and press the bridge's button within 30 s")
    if profile == OBSERVED and "token" not in query:
        encrypted = "ctoken" in query or "nonce" in query
        ts, rnr = (_decrypted if encrypted else _hashed)(bridge.token, query)
        _check_once(bridge, ts, rnr, now)
        return
    given = query.get("token", ())
    if not given:
        raise Unauthorized(_MISSING)
    if len(given) > 1:
        raise Unauthorized("token is given more than once; give it once")
    if given[0] != bridge.token:
        raise Unauthorized("token is wrong; get the bridge's token by calling /auth and pressing the button")


def hash_token(token: str, ts: str, rnr: str) -> str:
    """Return the sha256 of "ts,rnr,token" in hex (vendor-facts: bridge document 1.13)."""
    return sha256(f"{ts},{rnr},{token}".encode()).hexdigest()


def encrypt_token(token: str, ts: str, rnr: str, nonce: bytes) -> str:
    """Return "ts,rnr" encrypted with the key sha256(token), as `ctoken` in hex. The nonce has 24 bytes."""
    from nacl.secret import SecretBox  # loads a C library, which few worlds need

    return SecretBox(sha256(token.encode()).digest()).encrypt(f"{ts},{rnr}".encode(), nonce).ciphertext.hex()


def _hashed(token: str, query: Query) -> tuple[str, str]:
    given = [query.get(name, ()) for name in ("ts", "rnr", "hash")]
    if any(len(values) != 1 for values in given):
        raise Unauthorized(f"{_MISSING}, or ts, rnr and hash, or ctoken and nonce, each once")
    ts, rnr, digest = (values[0] for values in given)
    if digest != hash_token(token, ts, rnr):
        raise Unauthorized('hash must be the sha256 of "ts,rnr,token" with the bridge\'s token, in hex')
    return ts, rnr


def _decrypted(token: str, query: Query) -> tuple[str, str]:
    given = [query.get(name, ()) for name in ("ctoken", "nonce")]
    if any(len(values) != 1 for values in given):
        raise Unauthorized("ctoken and nonce must both be given, each once")
    ciphertext, nonce = (values[0] for values in given)
    if not _CIPHERTEXT.fullmatch(ciphertext) or not _NONCE.fullmatch(nonce):
        raise Unauthorized("ctoken must be hex, and nonce must be 24 bytes in hex")
    from nacl.exceptions import CryptoError
    from nacl.secret import SecretBox

    try:
        text = SecretBox(sha256(token.encode()).digest()).decrypt(bytes.fromhex(ciphertext), bytes.fromhex(nonce))
    except CryptoError:
        raise Unauthorized('ctoken must be "ts,rnr" in a secretbox with the key sha256(token) and the nonce') from None
    ts, _, rnr = text.decode("utf-8", "replace").partition(",")
    return ts, rnr


def _check_once(bridge: Bridge, ts: str, rnr: str, now: int) -> None:
    """Check that the timestamp is current and that the pair was not used before, and remember the pair."""
    if not _TS.fullmatch(ts) or not _RNR.fullmatch(rnr) or int(rnr) > 0xFFFF:
        raise Unauthorized("ts must look like 2019-03-05T01:06:53Z, and rnr must be a number from 0 to 65535")
    try:
        age = bridge.time(now) - parse_iso(ts)
    except ValueError:
        raise Unauthorized(f"ts {ts} is not a time") from None
    if abs(age) > TOLERANCE:
        side = "behind" if age > 0 else "ahead of"
        raise Unauthorized(f"ts {ts} is {abs(age) // SECOND} s {side} the bridge's clock; at most 60 s are accepted")
    use = f"{ts},{rnr}"
    if use in bridge.used_pairs or ts <= bridge.used_before:
        raise Unauthorized("this ts and rnr were used before; use a new rnr for each call")
    bridge.used_pairs.append(use)
    if len(bridge.used_pairs) > REMEMBERED:
        oldest = min(bridge.used_pairs)
        bridge.used_before = oldest.partition(",")[0]
        bridge.used_pairs = [kept for kept in bridge.used_pairs if kept.partition(",")[0] > bridge.used_before]
