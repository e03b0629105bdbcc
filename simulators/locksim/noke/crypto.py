"""Encrypt and authenticate messages between server, lock and fob.

The scheme is ours, not the vendor's. A message is sealed with a key for one session. It travels as packets of 40 hex
digits, that is 20 bytes each:

    byte 0      commands: 00: more packets follow; 02: the last one (as in the document's sample commands)
                responses: 50, the mobile library's mark of a packet for the server (NO-R122)
    byte 1      the kind of message: `Kind`; in the last packet of responses with the top bit set
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

__all__ = ["DEFAULT_KEY", "Kind", "Result", "Tampered", "app_packet", "derive", "seal", "split_messages", "unseal"]

KEY_BYTES = 16
_TAG = 8
_BODY = 16
_PACKET = re.compile("[0-9a-f]{40}")
_MORE, _LAST = 0x00, 0x02
_FOR_SERVER, _FOR_APP = 0x50, 0x51
"""First bytes of a lock's packets, as the mobile library tells them apart (NokeDefines: SERVER_Dest, APP_Dest)."""
_LAST_RESPONSE = 0x80


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


_RESPONSES = frozenset({Kind.FROM_LOCK, Kind.FROM_FOB})


class Result(IntEnum):
    """What a lock or fob reports to the phone's app (NokeDefines)."""

    SUCCESS = 0x60
    INVALID_KEY = 0x61
    INVALID_COMMAND = 0x62


def app_packet(result: Result) -> str:
    """Return a packet for the phone's app. It is not encrypted, and not uploaded."""
    return bytes([_FOR_APP, result]).ljust(4 + _BODY, b"\0").hex()


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
        _header(kind, n, last=n == count - 1).hex() + sealed[n * _BODY : (n + 1) * _BODY].hex() for n in range(count)
    ]


def unseal(key: str, session: str, kind: Kind, packets: Sequence[str]) -> bytes:
    """Return what was sealed. Raises Tampered."""
    received = b""
    for n, packet in enumerate(packets):
        if not _PACKET.fullmatch(packet):
            raise Tampered("a packet has 40 lower-case hex digits")
        raw = bytes.fromhex(packet)
        if raw[:4] != _header(kind, n, last=n == len(packets) - 1):
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
        if _is_last(packet):
            found.append([])
    return [one for one in found if one]


def _header(kind: Kind, number: int, *, last: bool) -> bytes:
    if kind in _RESPONSES:
        first = bytes([_FOR_SERVER, kind | _LAST_RESPONSE if last else kind])
    else:
        first = bytes([_LAST if last else _MORE, kind])
    return first + number.to_bytes(2, "big")


def _is_last(packet: str) -> bool:
    if packet.startswith(f"{_FOR_SERVER:02x}"):
        return packet[2:3] >= "8"
    return packet.startswith(f"{_LAST:02x}")


def _tag(key: str, session: str, kind: Kind, plain: bytes) -> bytes:
    return hmac.digest(bytes.fromhex(key), bytes.fromhex(session) + bytes([kind]) + plain, "sha256")[:_TAG]


def _stream(key: str, session: str, kind: Kind, tag: bytes, length: int) -> bytes:
    return shake_256(bytes.fromhex(key + session) + bytes([kind]) + tag).digest(length)


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")
