"""A careful session with RemoteLock: tokens that are renewed in time and shared, the rate limit, errors by their kind.

1. A token is renewed before it expires, by one process at a time: whoever comes second takes what the first has got.
2. After `X-RateLimit-Remaining: 0`, or a 429, nothing is sent before the reset.
3. What reads is tried again after a lost answer; what writes is not: its caller knows how to look.
4. No token, secret or PIN gets into a text.
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
PATIENCE = 10.0
"""Seconds to wait for an answer."""
PAUSES = (1.0, 2.0)
"""Seconds before what reads is tried again."""
EARLY = 120.0
"""Seconds before its end at which a token is renewed."""
LIMITED = 3
"""Windows that one request is waited for."""
LARGEST, BOUND = 50, 10_000
"""Of a page; and of page × per_page."""
WALKS = 6
"""Times that a collection is read until two readings agree."""

Params = Sequence[tuple[str, str]]


@cache
def _tls() -> ssl.SSLContext:
    """Made once: it takes longer than a request."""
    return ssl.create_default_context()


class Session:
    """See the module."""

    def __init__(self, site: Connection) -> None:
        keys = site.credentials
        self._url = site.url
        self._oauth = str(keys.get("oauth_url") or site.url)
        self._client_id = str(keys.get("client_id", ""))
        self._client_secret = str(keys.get("client_secret", ""))
        self._redirect_uri = str(keys.get("redirect_uri", ""))
        self._by_consent = keys.get("grant") == "authorization_code"
        self._store: TokenStore = keys.get("store") or TokenStore()
        self._closed_until = 0.0
        """By the machine's clock."""
        self._skew = 0.0
        """What RemoteLock's clock is ahead."""
        self._http = httpx.Client(transport=site.transport, timeout=PATIENCE, verify=_tls(), trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # ---- getting in

    def authorize_url(self) -> str:
        """The user's browser is sent there."""
        query = {"client_id": self._client_id, "response_type": "code", "redirect_uri": self._redirect_uri}
        return f"{self._oauth}/oauth/authorize?{urlencode(query)}"

    def signed_in(self, code: str) -> None:
        """The code is good for one exchange."""
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_uri}
        with self._store.lock():
            self._store.save(self._granted(grant))

    def resume(self) -> None:
        """Nothing to do: the store is read before each request."""

    def _token(self) -> str:
        tokens = self._store.load()
        if tokens is not None and time.time() < tokens.expires_at - EARLY:
            return tokens.access
        return self._renewed(None)

    def _renewed(self, refused: str | None) -> str:
        """A token in place of one that has expired, or that was refused."""
        with self._store.lock():
            tokens = self._store.load()
            fresh = tokens is not None and time.time() < tokens.expires_at - EARLY and tokens.access != refused
            if tokens is None or not fresh:
                tokens = self._renewal(tokens)
                self._store.save(tokens)
            return tokens.access

    def _renewal(self, tokens: Tokens | None) -> Tokens:
        if not self._by_consent:
            return self._granted({"grant_type": "client_credentials"})
        if tokens is None or tokens.refresh is None:
            raise ConsentNeeded("there is no token; the user must sign in")
        try:
            return self._granted({"grant_type": "refresh_token", "refresh_token": tokens.refresh})
        except ConsentNeeded:
            self._store.save(None)
            raise

    def _granted(self, grant: Mapping[str, str]) -> Tokens:
        answer = self._answer(
            "POST",
            f"{self._oauth}/oauth/token",
            data={"client_id": self._client_id, "client_secret": self._client_secret, **grant},
        )
        said = self._object(answer)
        if answer.status_code == httpx.codes.OK and isinstance(said.get("access_token"), str):
            lasts = said.get("expires_in")
            until = time.time() + (lasts if isinstance(lasts, int) else 0)
            return Tokens(said["access_token"], said.get("refresh_token"), until)
        if said.get("error") == "invalid_grant":
            raise ConsentNeeded("the authorization is refused: it was used, expired or revoked; the user must sign in")
        if answer.status_code in (400, 401):
            raise CredentialError("/oauth/token: the application's id and secret are refused")
        raise Unavailable(f"/oauth/token: RemoteLock answered {answer.status_code}")

    # ---- asking

    def _get(self, path: str, params: Params = ()) -> dict[str, Any]:
        """Reads: tried again when the answer is lost."""
        for pause in PAUSES:
            try:
                return self._ask("GET", path, params)
            except Unavailable:
                time.sleep(pause)
        return self._ask("GET", path, params)

    def _ask(
        self, method: str, path: str, params: Params = (), body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """One request, sent until it is neither too early nor with an old token. → the answer's JSON."""
        refused: str | None = None
        limited = 0
        while True:
            self._wait()
            token = self._token()
            answer = self._answer(
                method,
                self._url + path,
                params=list(params),
                json=body,
                headers={"Accept": ACCEPT, "Authorization": f"Bearer {token}"},
            )
            self._heed(answer)
            if answer.status_code == httpx.codes.UNAUTHORIZED and refused is None:
                refused = token
                self._renewed(refused)
            elif answer.status_code == httpx.codes.TOO_MANY_REQUESTS and limited < LIMITED:
                limited += 1
            else:
                break
        if answer.is_success:
            return self._object(answer)
        raise self._refusal(f"{method} {path}", answer)

    def _wait(self) -> None:
        closed = self._closed_until - time.time()
        if closed > 0:
            time.sleep(closed)

    def _heed(self, answer: httpx.Response) -> None:
        """What the answer tells of the rate limit."""
        left, reset = answer.headers.get("X-RateLimit-Remaining"), answer.headers.get("X-RateLimit-Reset", "")
        if "Date" in answer.headers:
            self._skew = parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()
        if left == "0" or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            until = int(reset) - self._skew if reset.isdecimal() else time.time() + 60
            self._closed_until = max(self._closed_until, until)

    def _answer(self, method: str, url: str, **what: Any) -> httpx.Response:
        """Raises Unavailable when none came, in words that tell the path and no more."""
        try:
            return self._http.request(method, url, **what)
        except httpx.TransportError as lost:
            path = httpx.URL(url).path
            raise Unavailable(f"{method} {path}: {type(lost).__name__}, no answer from RemoteLock") from None

    @staticmethod
    def _object(answer: httpx.Response) -> dict[str, Any]:
        try:
            said = answer.json() if answer.content else {}
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise Unavailable(f"RemoteLock answered {answer.status_code} with something that is no JSON object")
        return said

    def _refusal(self, what: str, answer: httpx.Response) -> RemoteLockError:
        status = answer.status_code
        if status == httpx.codes.UNAUTHORIZED:
            return self._shut_out(what)
        if status >= 500 or status == httpx.codes.TOO_MANY_REQUESTS:
            return Unavailable(f"{what}: RemoteLock answered {status}")
        said = self._object(answer)
        if isinstance(said.get("errors"), list):
            return self._invalid(what, said["errors"])
        if status == httpx.codes.NOT_FOUND:
            return NotFound(f"{what}: there is no such thing in this account")
        kind, message = said.get("type"), str(said.get("message", ""))
        return Refused(f"{what}: {message or status}", kind, message)

    def _shut_out(self, what: str) -> RemoteLockError:
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
        wrong = ", ".join(attribute or "the whole" for attribute in found)
        return (PinTaken if taken else Invalid)(f"{what}: RemoteLock objects to {wrong}", found)

    # ---- collections

    def _all(self, path: str, params: Params = (), per_page: int = LARGEST) -> list[dict[str, Any]]:
        """A collection, read until two readings agree: what comes or goes between pages shifts the others."""
        size = min(max(per_page, 1), LARGEST)
        before: list[str] | None = None
        for _ in range(WALKS):
            found, pages = self._walk(path, params, size)
            if pages <= 1 or list(found) == before:
                return list(found.values())
            before = list(found)
        raise Unavailable(f"GET {path}: it changes faster than it can be read")

    def _walk(self, path: str, params: Params, size: int) -> tuple[dict[str, dict[str, Any]], int]:
        """Each page once. → what is there by id, and how many pages that were."""
        found: dict[str, dict[str, Any]] = {}
        page, pages = 0, 1
        while page < pages:
            page += 1
            said = self._get(path, [*params, ("page", str(page)), ("per_page", str(size))])
            found |= {one["id"]: one for one in said["data"]}
            pages = said["meta"]["total_pages"]
            if said["meta"]["total_count"] > BOUND:
                raise TooMany(f"GET {path}: there are {said['meta']['total_count']}, and only {BOUND} can be read")
        return found, page
