"""The messages of the adapters' protocol: JSON-RPC 2.0, one message a line, in UTF-8. See docs/adapter-protocol.md."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

__all__ = [
    "INVALID_PARAMS",
    "METHOD_NOT_FOUND",
    "PORT_ERROR",
    "PROTOCOL",
    "ErrorObject",
    "Incoming",
    "InvalidMessage",
    "encode",
    "parse",
]

PROTOCOL = 1
"""The version of the protocol."""
PORT_ERROR = 1
"""The code of an error that the adapter's method raised."""
METHOD_NOT_FOUND, INVALID_PARAMS = -32601, -32602
"""JSON-RPC's own codes."""
_SHOWN = 100


class ErrorObject(msgspec.Struct):
    """A JSON-RPC error. `data.error` is the error's name; a port's error may have further fields there."""

    code: int
    message: str = ""
    data: Any = None


class Incoming(msgspec.Struct):
    """A message of the program: a request or a notification if it has a method, otherwise an answer."""

    jsonrpc: str
    id: int | str | None = None
    method: str = ""
    params: dict[str, Any] = {}
    result: Any = UNSET
    error: ErrorObject | UnsetType = UNSET


class InvalidMessage(ValueError):
    """A line is no message of the protocol. The text says what it is."""


_decoder = msgspec.json.Decoder(Incoming)


def encode(**message: Any) -> bytes:
    """Return one message as a line."""
    return msgspec.json.encode({"jsonrpc": "2.0", **message}) + b"\n"


def parse(line: bytes) -> Incoming:
    """Return the message on a line. Raises InvalidMessage."""
    try:
        message = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        shown = line[:_SHOWN].decode("utf-8", "replace") + ("…" if len(line) > _SHOWN else "")
        raise InvalidMessage(f"{shown!r} ({wrong})") from None
    if not message.method and message.result is UNSET and message.error is UNSET:
        raise InvalidMessage("it has neither a method nor a result nor an error")
    return message
