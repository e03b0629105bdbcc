"""The user's browser, as far as a sign-in page needs one: it fills in a form, and follows where it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urljoin

__all__ = ["Page", "sign_in"]

HOPS = 8

Page = tuple[int, Mapping[str, str], bytes]
"""Status, headers (names in lower case), body."""

Fetch = Callable[[str, str, bytes], Page]
"""Method, URL and form body → the page. (A browser keeps its cookies; the caller sees to it.)"""


class _Form(HTMLParser):
    """The page's first form: where it goes, and what its fields hold."""

    def __init__(self) -> None:
        super().__init__()
        self.action, self.fields = "", dict[str, str]()
        self._typed: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = has.get("action", "")
        if tag == "input" and "name" in has:
            self.fields[has["name"]] = has.get("value", "")
            self._typed[has.get("type", "text")] = has["name"]

    def filled(self, email: str, password: str) -> dict[str, str]:
        """With what the user types: the e-mail where there is a field for text, the password where it is hidden."""
        name = self._typed.get("email") or self._typed.get("text") or "email"
        return self.fields | {name: email, self._typed.get("password", "password"): password}


def sign_in(fetch: Fetch, url: str, redirect_uri: str, email: str, password: str) -> str | None:
    """Open the URL, sign in, and follow until the redirect URI. → the code there; None when the user gets no further."""
    method, body = "GET", b""
    for _ in range(HOPS):
        if url.startswith(redirect_uri):
            return next(iter(parse_qs(url.partition("?")[2]).get("code", [])), None)
        status, headers, page = fetch(method, url, body)
        if status in (301, 302, 303, 307, 308) and "location" in headers:
            url, method, body = urljoin(url, headers["location"]), "GET", b""
            continue
        form = _Form()
        form.feed(page.decode("utf-8", "replace"))
        if status != 200 or not form.fields:
            return None
        url, method = urljoin(url, form.action) if form.action else url, "POST"
        body = urlencode(form.filled(email, password)).encode()
    return None
