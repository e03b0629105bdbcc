"""Whoever asks a Core API server: one party, its one key, its own connections. And how the server's answers are read."""

from __future__ import annotations

import ssl
import time
from functools import cache
from typing import Any

import httpx

from lockpact.core.connection import Connection
from lockpact.noke.port import CredentialError, NokeError, NotLive, Refused, Unavailable, UnknownLock

__all__ = ["Answer", "Caller", "code_of", "data_of", "error_of"]

PATIENCE = 10.0
"""Seconds to wait for an answer."""
PAUSES = (1.0, 2.0)
"""Seconds before each further try at what only reads."""

Answer = dict[str, Any]


@cache
def _tls() -> ssl.SSLContext:
    """Made once: it takes longer than a request."""
    return ssl.create_default_context()


class Caller:
    """See the module. Errors tell the path, never the key or a body."""

    def __init__(self, site: Connection, key: str) -> None:
        self.url, self.key = site.url, key
        self._http = httpx.Client(transport=site.transport, timeout=PATIENCE, verify=_tls(), trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def read(self, path: str, body: Answer) -> Answer:
        """`tell` for what only reads: tried three times."""
        for pause in PAUSES:
            try:
                return self.tell(path, body)
            except Unavailable:
                time.sleep(pause)
        return self.tell(path, body)

    def tell(self, path: str, body: Answer) -> Answer:
        """One request that must succeed. Raises NokeError."""
        said = self.ask(path, body)
        if code_of(said):
            raise error_of(path, said)
        return said

    def ask(self, path: str, body: Answer) -> Answer:
        """One request. → what the server says, whether well or ill. Raises Unavailable, CredentialError."""
        try:
            answer = self._http.post(self.url + path, json=body, headers={"Authorization": f"Bearer {self.key}"})
        except httpx.TransportError as lost:
            raise Unavailable(f"{path}: {type(lost).__name__}, no answer from the server") from None
        try:
            said = answer.json()
        except ValueError:
            raise Unavailable(f"{path}: HTTP {answer.status_code} without JSON") from None
        if not isinstance(said, dict) or answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Unavailable(f"{path}: HTTP {answer.status_code}")
        if code_of(said) in (2, 6):
            raise CredentialError(f"{path}: the server does not take this key; is it of this server?")
        return said


def code_of(said: Answer) -> int:
    """0 for success. (/keys/ may say nothing of itself.)"""
    code = said.get("error_code")
    if isinstance(code, int) and code != 0:
        return code
    return 0 if said.get("result", "success") == "success" else 99


def error_of(path: str, said: Answer) -> NokeError:
    """A failure as the port has it."""
    code, message = code_of(said), str(said.get("message", ""))
    match code:
        case 1:
            return Unavailable(f"{path}: the server failed ({message})")
        case 5:
            return NotLive(f"{path}: this server does not have it ({message})")
        case 7:
            return UnknownLock(f"{path}: {message}")
    return Refused(f"{path}: error {code}, {message}")


def data_of(said: Answer) -> Answer:
    """The answer's data, where they are an object."""
    data = said.get("data")
    return data if isinstance(data, dict) else {}
