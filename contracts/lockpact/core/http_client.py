"""HTTP clients of lockpact's own commands. They ignore proxy variables and respect `SSL_CERT_FILE` and `SSL_CERT_DIR`."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import httpx

from lockpact.core.exit_codes import CouldNotRun

__all__ = [
    "ADMIN_TOKEN",
    "PlainClient",
    "SecretQueryTransport",
    "control_url",
    "secret_query",
    "to_control",
    "to_vendor",
    "trust",
]

ADMIN_TOKEN = "LOCKSIM_ADMIN_TOKEN"  # noqa: S105 - the variable's name
"""The variable with the admin token. `locksim serve` reads the same one."""
_SECRET_QUERY = "lockpact.secret_query"  # noqa: S105 - a key, no secret


def to_vendor(*, timeout: float = 30.0) -> httpx.Client:
    """Return a client for a vendor's servers, live or simulated."""
    return httpx.Client(timeout=timeout, trust_env=False, verify=trust())


def to_control(control: str, *, timeout: float = 30.0) -> httpx.Client:
    """Return a client for the control API at this URL. It raises CouldNotRun if the admin token is wrong."""
    token = os.environ.get(ADMIN_TOKEN)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(
        base_url=control_url(control), timeout=timeout, trust_env=False, verify=trust(), headers=headers,
        event_hooks={"response": [_raise_if_unauthorized]},
    )  # fmt: skip


def control_url(url: str) -> str:
    """Return the control API's URL. The server's console has the same one without `/_sim`, so that is accepted, too."""
    url = url.rstrip("/")
    return url if url.endswith("/_sim") else f"{url}/_sim"


def _raise_if_unauthorized(answer: httpx.Response) -> None:
    if answer.status_code == 401:
        raise CouldNotRun(f"the control API at {answer.url} requires its admin token; set {ADMIN_TOKEN}")


def trust() -> ssl.SSLContext:
    """Return the certificates to trust, as OpenSSL's own variables say."""
    return _trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _trust(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    # Cached by the variables' values: loading the certificates takes longer than a request.
    return ssl.create_default_context()


def secret_query(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `extensions` of a request whose query gets these parameters from a `SecretQueryTransport`."""
    return {_SECRET_QUERY: params}


class PlainClient(httpx.Client):
    """An httpx.Client without cookies, redirects, authentication and hooks, for the reference clients.

    No vendor has any of these, and they take most of the time of a small request: httpx looks for cookies in each answer.
    httpx makes URLs, and the headers of each sort of request, once. So the client's own headers may not change.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._prefix = str(self.base_url).rstrip("/")
        self._known: dict[tuple[Any, ...], list[tuple[bytes, bytes]]] = {}
        """Method, host, headers and whether there is a body → all headers that httpx sends then."""

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Build a request as httpx does."""
        url = _url_of(self._prefix, url, options.pop("params", None))
        document, headers = options.get("json"), options.get("headers") or {}
        key = (method, url.netloc, document is None, *(headers.items() if isinstance(headers, Mapping) else headers))
        known = self._known.get(key)
        if known is None or any(options.get(name) is not None for name in ("content", "data", "files", "cookies")):
            request = super().build_request(method, url, **options)
            if request.read() == _body(document) and len(self._known) < MOST_KNOWN:
                self._known[key] = request.headers.raw
            return request
        body = _body(document)
        sent = [(name, b"%d" % len(body) if name == b"Content-Length" else value) for name, value in known]
        timeout = options.get("timeout", httpx.USE_CLIENT_DEFAULT)
        limits = self.timeout if timeout is httpx.USE_CLIENT_DEFAULT else httpx.Timeout(timeout)
        extensions = {"timeout": limits.as_dict(), **(options.get("extensions") or {})}
        return httpx.Request(method, url, headers=sent, stream=httpx.ByteStream(body), extensions=extensions)

    def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """Send a request, and read its answer. Raises httpx's own errors."""
        if self.is_closed:
            raise RuntimeError("the client has been closed")
        response = self._transport_for_url(request.url).handle_request(request)
        response.request = request
        try:
            response.read()
        except BaseException:
            response.close()
            raise
        return response


MOST_KNOWN = 64
"""How many sorts of requests a PlainClient remembers."""


def _url_of(base: str, url: httpx.URL | str, params: Any) -> httpx.URL:
    pairs = None if params is None else tuple(params.items() if isinstance(params, Mapping) else params)
    absolute = f"{base}/{str(url).lstrip('/')}" if base and "://" not in str(url) else str(url)
    # True equals 1, but is written otherwise. So only plain values are looked up.
    parse = _url if all(type(value) in (str, int) for _, value in pairs or ()) else _url.__wrapped__
    return parse(absolute, pairs)


@lru_cache(maxsize=512)
def _url(url: str, params: tuple[tuple[str, Any], ...] | None) -> httpx.URL:
    return httpx.URL(url) if params is None else httpx.URL(url, params=params)


def _body(document: Any) -> bytes:
    """Return what httpx sends for this JSON."""
    if document is None:
        return b""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


class SecretQueryTransport(httpx.BaseTransport):
    """Adds secret query parameters below httpx.Client, which logs the whole URL of each request that it sends.

        client = httpx.Client(transport=SecretQueryTransport())
        client.get(url, params={"page": 1}, extensions=secret_query({"token": token}))

    `inner` sends the request to its `target`, as httpx's own transport does, which is the default.
    """

    def __init__(self, inner: httpx.BaseTransport | None = None) -> None:
        self._inner = inner if inner is not None else httpx.HTTPTransport(verify=trust(), trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request with its secret parameters. Raises httpx's own errors."""
        secret = request.extensions.get(_SECRET_QUERY)
        if secret:
            # httpx's extension for the request's target. Another Request would parse its URL again, which takes longer.
            path = request.url.raw_path
            query = str(httpx.QueryParams(secret)).encode("ascii")
            request.extensions["target"] = path + (b"&" if b"?" in path else b"?") + query
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()
