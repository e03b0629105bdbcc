"""Encrypt and authenticate messages between server, lock and fob.

The scheme is ours, not the vendor's. A message is sealed with a key for one session. It travels as packets of 40 hex
digits, that is 20 bytes each:

    byte 0      00: more packets follow; 02: the last one (as in the document's sample commands)
    byte 1      the kind of message: `Kind`
    bytes 2, 3  the packet's number, from 0
    the rest    16 bytes of tag and ciphertext

The tag is an HMAC over session, kind and plaintext, and the key stream is derived from it (a synthetic IV). Two equal
messages of one session give equal packets; packets tell nothing else. A message cannot be read without the key and the
session, nor when a packet is changed, missing, repeated or out of order.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from enum import IntEnum
from hashlib import sha256, shake_256

__all__ = ["DEFAULT_KEY", "Kind", "Tampered", "derive", "seal", "split_messages", "unseal"]

KEY_BYTES = 16
_TAG = 8
_BODY = 16
_PACKET = re.compile("[0-9a-f]{40}")
_MORE, _LAST = 0x00, 0x02


class Tampered(ValueError):
    """The packets are not a message that was sealed with this key for this session."""


class Kind(IntEnum):
    """Sender and receiver of a message, and the key that seals it."""

    TO_LOCK = 0x10
    """From the server to a lock that is set up, with the master key."""
    SETUP = 0x11
    """From the server to a lock that needs set-up, with the base key."""
    FROM_LOCK = 0x1F
    """From a lock to the server, with the limited key."""
    OFFLINE = 0x20
    """From a phone without network, or from a fob, to a lock, with an offline key."""
    TO_FOB = 0x30
    FROM_FOB = 0x3F


def derive(secret: str, *what: str | int) -> str:
    """Return a key of 16 bytes in hex, derived from this secret for this purpose."""
    purpose = "|".join(map(str, what)).encode()
    return hmac.digest(bytes.fromhex(secret), purpose, "sha256")[:KEY_BYTES].hex()


DEFAULT_KEY = sha256(b"locksim: the key of a lock that was never set up").digest()[:KEY_BYTES].hex()
"""The key of locks that leave the factory. On sandbox they keep it."""


def seal(key: str, session: str, kind: Kind, body: bytes) -> list[str]:
    """Return the packets of one message."""
    plain = len(body).to_bytes(2, "big") + body
    plain += bytes(-(len(plain) + _TAG) % _BODY)
    tag = _tag(key, session, kind, plain)
    sealed = tag + _xor(plain, _stream(key, session, kind, tag, len(plain)))
    count = len(sealed) // _BODY
    return [
        bytes([_LAST if n == count - 1 else _MORE, kind, *n.to_bytes(2, "big")]).hex()
        + sealed[n * _BODY : (n + 1) * _BODY].hex()
        for n in range(count)
    ]


def unseal(key: str, session: str, kind: Kind, packets: Sequence[str]) -> bytes:
    """Return what was sealed. Raises Tampered."""
    received = b""
    for n, packet in enumerate(packets):
        if not _PACKET.fullmatch(packet):
            raise Tampered("a packet has 40 lower-case hex digits")
        raw = bytes.fromhex(packet)
        flag = _LAST if n == len(packets) - 1 else _MORE
        if raw[:4] != bytes([flag, kind]) + n.to_bytes(2, "big"):
            raise Tampered("packets are missing or out of order")
        received += raw[4:]
    tag, sealed = received[:_TAG], received[_TAG:]
    plain = _xor(sealed, _stream(key, session, kind, tag, len(sealed)))
    if not hmac.compare_digest(tag, _tag(key, session, kind, plain)):
        raise Tampered("not sealed with this key for this session")
    return plain[2 : 2 + int.from_bytes(plain[:2], "big")]


def split_messages(packets: Sequence[str]) -> list[list[str]]:
    """Split packets into messages. Packets without a last one are a message, too."""
    found: list[list[str]] = [[]]
    for packet in packets:
        found[-1].append(packet)
        if packet.startswith(f"{_LAST:02x}"):
            found.append([])
    return [one for one in found if one]


def _tag(key: str, session: str, kind: Kind, plain: bytes) -> bytes:
    return hmac.digest(bytes.fromhex(key), bytes.fromhex(session) + bytes([kind]) + plain, "sha256")[:_TAG]


def _stream(key: str, session: str, kind: Kind, tag: bytes, length: int) -> bytes:
    return shake_256(bytes.fromhex(key + session) + bytes([kind]) + tag).digest(length)


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")
