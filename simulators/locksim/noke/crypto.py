"""How server, lock and fob keep their talk to themselves: ours, not the vendor's, but real.

A message is bytes, sealed with a key for one session, and travels as packets of 40 hex digits, 20 bytes each:

    byte 0      00: more follow · 02: the last (as in the document's sample commands)
    byte 1      what kind of message it is: `Kind`
    bytes 2, 3  the packet's number, from 0
    the rest    16 bytes of tag and ciphertext

The tag is an HMAC over session, kind and plaintext, and the key stream is drawn from it: equal messages of one session
look equal, and nothing else is told. Whoever lacks the key or the session, or has a packet changed, left out, doubled or
out of its order, gets nothing at all.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from enum import IntEnum
from hashlib import sha256, shake_256

__all__ = ["DEFAULT_KEY", "Kind", "Tampered", "derive", "messages", "seal", "unseal"]

KEY_BYTES = 16
_TAG = 8
_BODY = 16
_PACKET = re.compile("[0-9a-f]{40}")
_MORE, _LAST = 0x00, 0x02


class Tampered(ValueError):
    """This is no message that was sealed with this key for this session."""


class Kind(IntEnum):
    """Who speaks to whom, and with which of the lock's keys."""

    TO_LOCK = 0x10
    """The server to a lock that is set up, with the master key."""
    SETUP = 0x11
    """The server to a lock that is to be set up, with the base key."""
    FROM_LOCK = 0x1F
    """A lock to the server, with the limited key."""
    OFFLINE = 0x20
    """A phone without network, or a fob, to a lock, with an offline key."""
    TO_FOB = 0x30
    FROM_FOB = 0x3F


def derive(secret: str, *what: str | int) -> str:
    """A key of 16 bytes in hex: this secret's for this purpose."""
    purpose = "|".join(map(str, what)).encode()
    return hmac.digest(bytes.fromhex(secret), purpose, "sha256")[:KEY_BYTES].hex()


DEFAULT_KEY = sha256(b"locksim: the key of a lock that was never set up").digest()[:KEY_BYTES].hex()
"""Locks leave the factory with it, and on sandbox they keep it."""


def seal(key: str, session: str, kind: Kind, body: bytes) -> list[str]:
    """The packets of one message."""
    plain = len(body).to_bytes(2, "big") + body
    plain += bytes(-(len(plain) + _TAG) % _BODY)
    tag = _tag(key, session, kind, plain)
    whole = tag + _xor(plain, _stream(key, session, kind, tag, len(plain)))
    count = len(whole) // _BODY
    return [
        bytes([_LAST if n == count - 1 else _MORE, kind, *n.to_bytes(2, "big")]).hex()
        + whole[n * _BODY : (n + 1) * _BODY].hex()
        for n in range(count)
    ]


def unseal(key: str, session: str, kind: Kind, packets: Sequence[str]) -> bytes:
    """What was sealed. Raises Tampered."""
    whole = b""
    for n, packet in enumerate(packets):
        if not _PACKET.fullmatch(packet):
            raise Tampered("a packet has 40 lower-case hex digits")
        raw = bytes.fromhex(packet)
        flag = _LAST if n == len(packets) - 1 else _MORE
        if raw[:4] != bytes([flag, kind]) + n.to_bytes(2, "big"):
            raise Tampered("packets are missing or out of their order")
        whole += raw[4:]
    tag, sealed = whole[:_TAG], whole[_TAG:]
    plain = _xor(sealed, _stream(key, session, kind, tag, len(sealed)))
    if not hmac.compare_digest(tag, _tag(key, session, kind, plain)):
        raise Tampered("not sealed with this key for this session")
    return plain[2 : 2 + int.from_bytes(plain[:2], "big")]


def messages(packets: Sequence[str]) -> list[list[str]]:
    """Packets of several messages, one after another, message by message. What has no end is a message too."""
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
