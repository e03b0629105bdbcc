"""Send requests to a Core API server with one API key, and read its answers."""

from __future__ import annotations

import ssl
import time
from functools import cache
from typing import Any

import httpx

from lockpact.core.connection import Connection
from lockpact.core.http_client import PlainClient
from lockpact.noke.port import CredentialError, NokeError, NotLive, Refused, Unavailable, UnknownLock

__all__ = ["Answer", "Caller", "code_of", "data_of", "error_of"]

TIMEOUT = 10.0
"""Seconds to wait for an answer."""
PAUSES = (1.0, 2.0)
"""Seconds before each retry of a request that only reads."""

Answer = dict[str, Any]


@cache
def _tls() -> ssl.SSLContext:
    """Create the TLS context once: that takes longer than a request."""
    return ssl.create_default_context()


class Caller:
    """One party with its API key and its own connections. Errors name the path, never the key or a body."""

    def __init__(self, connection: Connection, key: str) -> None:
        self.url, self.key = connection.url, key
        self._http = PlainClient(transport=connection.transport, timeout=TIMEOUT, verify=_tls(), trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def read(self, path: str, body: Answer) -> Answer:
        """Send a request that only reads, three times if need be. Raises NokeError."""
        for pause in PAUSES:
            try:
                return self.call(path, body)
            except Unavailable:
                time.sleep(pause)
        return self.call(path, body)

    def call(self, path: str, body: Answer) -> Answer:
        """Send a request that must succeed. Raises NokeError."""
        answer = self.send(path, body)
        if code_of(answer):
            raise error_of(path, answer)
        return answer

    def send(self, path: str, body: Answer) -> Answer:
        """Send a request, and return the answer, a failure too. Raises Unavailable, CredentialError."""
        try:
            response = self._http.post(self.url + path, json=body, headers={"Authorization": f"Bearer {self.key}"})
        except httpx.TransportError as lost:
            raise Unavailable(f"{path}: {type(lost).__name__}, no answer from the server") from None
        try:
            answer = response.json()
        except ValueError:
            raise Unavailable(f"{path}: HTTP {response.status_code} without JSON") from None
        if not isinstance(answer, dict) or response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Unavailable(f"{path}: HTTP {response.status_code}")
        if code_of(answer) in (2, 6):
            raise CredentialError(f"{path}: the server does not accept this API key; is it for this server?")
        return answer


def code_of(answer: Answer) -> int:
    """Return the answer's error_code, 0 for success. An answer of /keys/ may have neither result nor error_code."""
    code = answer.get("error_code")
    if isinstance(code, int) and code != 0:
        return code
    return 0 if answer.get("result", "success") == "success" else 99


def error_of(path: str, answer: Answer) -> NokeError:
    """Return the port's error for a failure."""
    code, message = code_of(answer), str(answer.get("message", ""))
    match code:
        case 1:
            return Unavailable(f"{path}: the server failed ({message})")
        case 5:
            return NotLive(f"{path}: this server does not have it ({message})")
        case 7:
            return UnknownLock(f"{path}: {message}")
    return Refused(f"{path}: error {code}, {message}")


def data_of(answer: Answer) -> Answer:
    """Return the answer's data if it is an object; {} otherwise."""
    data = answer.get("data")
    return data if isinstance(data, dict) else {}
