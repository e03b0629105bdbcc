"""A careful session with RemoteLock: it renews and shares tokens, obeys the rate limit, and raises typed errors.

1. One process at a time renews a token, before it expires. Another process then uses the new one from the store.
2. After `X-RateLimit-Remaining: 0`, or a 429, nothing is sent before the reset.
3. Reads are retried after a lost answer. Writes are not: the caller checks what happened.
4. No token, secret or PIN is in an exception's text.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

import httpx

from lockpact.core.connection import Connection
from lockpact.core.http_client import PlainClient
from lockpact.remotelock.port import (
    ConsentNeeded,
    CredentialError,
    Invalid,
    NotFound,
    PinTaken,
    Refused,
    RemoteLockError,
    Tokens,
    TokenStore,
    TooMany,
    Unavailable,
)

__all__ = ["Params", "Session"]

ACCEPT = "application/vnd.lockstate+json; version=1"
TIMEOUT = 10.0
"""Seconds to wait for an answer."""
PAUSES = (1.0, 2.0)
"""Seconds before each retry of a read."""
RENEWED_BEFORE = 120.0
"""Seconds before its expiry at which a token is renewed."""
MAX_LIMITED = 3
"""How often one request may be refused by the rate limit."""
MAX_PAGE_SIZE, MAX_RESOURCES = 50, 10_000
"""The limits of per_page and of page × per_page."""
MAX_READINGS = 6
"""How often a collection is read until two readings agree."""

Params = Sequence[tuple[str, str]]


@cache
def _tls() -> ssl.SSLContext:
    """Return the TLS context, which takes longer to make than a request."""
    return ssl.create_default_context()


class Session:
    """Sends requests to RemoteLock."""

    def __init__(self, connection: Connection) -> None:
        credentials = connection.credentials
        self._url = connection.url
        self._oauth = str(credentials.get("oauth_url") or connection.url)
        self._client_id = str(credentials.get("client_id", ""))
        self._client_secret = str(credentials.get("client_secret", ""))
        self._redirect_uri = str(credentials.get("redirect_uri", ""))
        self._by_consent = credentials.get("grant") == "authorization_code"
        self._store: TokenStore = credentials.get("store") or TokenStore()
        self._limited_until = 0.0
        """When the rate limit resets, by the monotonic clock: the time of day may be wrong, or be set right meanwhile."""
        self._dated: tuple[float, float] | None = None
        """RemoteLock's time in the last answer, and the monotonic clock's then."""
        self._http = PlainClient(transport=connection.transport, timeout=TIMEOUT, verify=_tls(), trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # ---- authorization

    def authorize_url(self) -> str:
        """Return the URL where the user signs in."""
        query = {"client_id": self._client_id, "response_type": "code", "redirect_uri": self._redirect_uri}
        return f"{self._oauth}/oauth/authorize?{urlencode(query)}"

    def signed_in(self, code: str) -> None:
        """Exchange the code for tokens."""
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_uri}
        with self._store.lock():
            self._store.save(self._request_tokens(grant))

    def resume(self) -> None:
        """Do nothing, since the store is read before each request."""

    def _token(self) -> str:
        tokens = self._store.load()
        if tokens is not None and time.time() < tokens.expires_at - RENEWED_BEFORE:
            return tokens.access
        return self._renew(None)

    def _renew(self, refused: str | None) -> str:
        """Return a token in place of one that has expired or was refused."""
        with self._store.lock():
            tokens = self._store.load()
            is_valid = (
                tokens is not None and time.time() < tokens.expires_at - RENEWED_BEFORE and tokens.access != refused
            )
            if tokens is None or not is_valid:
                tokens = self._new_tokens(tokens)
                self._store.save(tokens)
            return tokens.access

    def _new_tokens(self, tokens: Tokens | None) -> Tokens:
        if not self._by_consent:
            return self._request_tokens({"grant_type": "client_credentials"})
        if tokens is None or tokens.refresh is None:
            raise ConsentNeeded("there is no token; the user must sign in")
        try:
            return self._request_tokens({"grant_type": "refresh_token", "refresh_token": tokens.refresh})
        except ConsentNeeded:
            self._store.save(None)
            raise

    def _request_tokens(self, grant: Mapping[str, str]) -> Tokens:
        answer = self._send(
            "POST",
            f"{self._oauth}/oauth/token",
            data={"client_id": self._client_id, "client_secret": self._client_secret, **grant},
        )
        document = self._object(answer)
        if answer.status_code == httpx.codes.OK and isinstance(document.get("access_token"), str):
            lifetime = document.get("expires_in")
            expires_at = time.time() + (lifetime if isinstance(lifetime, int) else 0)
            return Tokens(document["access_token"], document.get("refresh_token"), expires_at)
        if document.get("error") == "invalid_grant":
            raise ConsentNeeded("the authorization was used, expired or revoked; the user must sign in")
        if answer.status_code in (400, 401):
            raise CredentialError("/oauth/token: the application's id and secret are refused")
        raise Unavailable(f"/oauth/token: RemoteLock answered {answer.status_code}")

    # ---- requests

    def _get(self, path: str, params: Params = ()) -> dict[str, Any]:
        """Send a GET, again if the answer is lost."""
        for pause in PAUSES:
            try:
                return self._ask("GET", path, params)
            except Unavailable:
                time.sleep(pause)
        return self._ask("GET", path, params)

    def _ask(
        self, method: str, path: str, params: Params = (), body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Send a request, again after a 401 or a 429. Return the answer's JSON object."""
        refused: str | None = None
        limited = 0
        while True:
            self._wait_for_reset()
            token = self._token()
            answer = self._send(
                method,
                self._url + path,
                params=list(params),
                json=body,
                headers={"Accept": ACCEPT, "Authorization": f"Bearer {token}"},
            )
            self._note_rate_limit(answer)
            if answer.status_code == httpx.codes.UNAUTHORIZED and refused is None:
                refused = token
                self._renew(refused)
            elif answer.status_code == httpx.codes.TOO_MANY_REQUESTS and limited < MAX_LIMITED:
                limited += 1
            else:
                break
        if answer.is_success:
            return self._object(answer)
        raise self._error(f"{method} {path}", answer)

    def _wait_for_reset(self) -> None:
        seconds = self._limited_until - time.monotonic()
        if seconds > 0:
            time.sleep(seconds)

    def _server_time(self) -> float:
        """Return the seconds since the epoch by RemoteLock's clock; by the machine's before the first answer."""
        if self._dated is None:
            return time.time()
        date, noted = self._dated
        return date + time.monotonic() - noted

    def _note_rate_limit(self, answer: httpx.Response) -> None:
        """Read the rate headers of an answer."""
        remaining, reset = answer.headers.get("X-RateLimit-Remaining"), answer.headers.get("X-RateLimit-Reset", "")
        if "Date" in answer.headers:
            self._dated = parsedate_to_datetime(answer.headers["Date"]).timestamp(), time.monotonic()
        if remaining == "0" or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            seconds = int(reset) - self._server_time() if reset.isdecimal() else 60
            self._limited_until = max(self._limited_until, time.monotonic() + seconds)

    def _send(self, method: str, url: str, **options: Any) -> httpx.Response:
        """Send a request. Raises Unavailable if there is no answer; its text has the path, but no secret."""
        try:
            return self._http.request(method, url, **options)
        except httpx.TransportError as error:
            path = httpx.URL(url).path
            raise Unavailable(f"{method} {path}: {type(error).__name__}, no answer from RemoteLock") from None

    @staticmethod
    def _object(answer: httpx.Response) -> dict[str, Any]:
        try:
            document = answer.json() if answer.content else {}
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise Unavailable(f"RemoteLock answered {answer.status_code} without a JSON object")
        return document

    def _error(self, what: str, answer: httpx.Response) -> RemoteLockError:
        status = answer.status_code
        if status == httpx.codes.UNAUTHORIZED:
            return self._unauthorized(what)
        if status >= 500 or status == httpx.codes.TOO_MANY_REQUESTS:
            return Unavailable(f"{what}: RemoteLock answered {status}")
        document = self._object(answer)
        if isinstance(document.get("errors"), list):
            return self._invalid(what, document["errors"])
        if status == httpx.codes.NOT_FOUND:
            return NotFound(f"{what}: there is no such resource in this account")
        kind, message = document.get("type"), str(document.get("message", ""))
        return Refused(f"{what}: {message or status}", kind, message)

    def _unauthorized(self, what: str) -> RemoteLockError:
        if self._by_consent:
            return ConsentNeeded(f"{what}: a new token is refused too; the user must sign in")
        return CredentialError(f"{what}: a new token is refused too")

    @staticmethod
    def _invalid(what: str, errors: Sequence[Any]) -> Invalid:
        found: dict[str | None, tuple[str, ...]] = {}
        for error in errors:
            attribute = error.get("attribute")
            found[attribute] = (*found.get(attribute, ()), *error.get("messages", ()))
        taken = any("taken" in message for message in found.get("pin", ()))
        invalid = ", ".join(attribute or "the resource" for attribute in found)
        return (PinTaken if taken else Invalid)(f"{what}: invalid {invalid}", found)

    # ---- collections

    def _all(self, path: str, params: Params = (), per_page: int = MAX_PAGE_SIZE) -> list[dict[str, Any]]:
        """Read a collection until two readings agree, since a change between pages moves items to other pages."""
        size = min(max(per_page, 1), MAX_PAGE_SIZE)
        previous: list[str] | None = None
        for _ in range(MAX_READINGS):
            found, pages = self._read_once(path, params, size)
            if pages <= 1 or list(found) == previous:
                return list(found.values())
            previous = list(found)
        raise Unavailable(f"GET {path}: it changes faster than it can be read")

    def _read_once(self, path: str, params: Params, size: int) -> tuple[dict[str, dict[str, Any]], int]:
        """Read each page once. Return the resources by id, and the number of pages."""
        found: dict[str, dict[str, Any]] = {}
        page, pages = 0, 1
        while page < pages:
            page += 1
            answer = self._get(path, [*params, ("page", str(page)), ("per_page", str(size))])
            found |= {resource["id"]: resource for resource in answer["data"]}
            pages, total = answer["meta"]["total_pages"], answer["meta"]["total_count"]
            if total > MAX_RESOURCES:
                raise TooMany(f"GET {path}: there are {total}, and only {MAX_RESOURCES} can be read")
            if pages * size > MAX_RESOURCES:
                return self._read_once(
                    path, params, MAX_PAGE_SIZE
                )  # the last page of this size would be beyond the limit
        return found, page
