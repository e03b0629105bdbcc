"""A minimal browser for the sign-in page: it fills in a form and follows redirects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urljoin

__all__ = ["Page", "sign_in"]

MAX_PAGES = 8

Page = tuple[int, Mapping[str, str], bytes]
"""Status, headers (names in lower case), body."""

Fetch = Callable[[str, str, bytes], Page]
"""Method, URL and form body → the page. The caller keeps the cookies."""


class _Form(HTMLParser):
    """A page's form: its action and its fields."""

    def __init__(self) -> None:
        super().__init__()
        self.action, self.fields = "", dict[str, str]()
        self._by_type: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = attributes.get("action", "")
        if tag == "input" and "name" in attributes:
            self.fields[attributes["name"]] = attributes.get("value", "")
            self._by_type[attributes.get("type", "text")] = attributes["name"]

    def filled(self, email: str, password: str) -> dict[str, str]:
        """Return the fields with the email and the password filled in."""
        name = self._by_type.get("email") or self._by_type.get("text") or "email"
        return self.fields | {name: email, self._by_type.get("password", "password"): password}


def sign_in(fetch: Fetch, url: str, redirect_uri: str, email: str, password: str) -> str | None:
    """Open the URL, sign in, and follow redirects to the redirect URI. Return the code there; None if that fails."""
    method, body = "GET", b""
    for _ in range(MAX_PAGES):
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
