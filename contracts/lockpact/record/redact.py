"""Redact answers by an allow-list: only what is known beforehand not to be personal is kept.

Kept are booleans and nulls, constants that the vendor's document has at that place, the keys of its objects, and in texts
that clients match on (of refusals and headers) the words that the document uses. Everything else becomes a placeholder with
its type and form: `<text>`, `<integer>`, `<digits 6>`, `<uuid>`, `<time 0000-00-00T00:00:00Z>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lockpact.drift.operations import HttpOperation, OperationTable
from lockpact.drift.server_under_test import Observation
from lockpact.record.documented import Documented, SchemaPlace, words

__all__ = ["WORD", "Redactor", "personal_texts"]

KEY, HEADER, WORD, KNOWN = "<key>", "<header>", "<word>", "<known>"

_FORMS = (
    ("<uuid>", r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    ("<mac>", r"[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}"),
    ("<email>", r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    ("<url>", r"[A-Za-z][A-Za-z0-9+.-]*://.*"),
    ("<decimal>", r"[+-]?[0-9]+\.[0-9]+"),
)
"""Placeholder → the form of the texts that it replaces."""
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?Z|( ?UTC)| ?[+-]\d{2}:?\d{2})?)?|\d{2}:\d{2}(:\d{2})?",
    re.ASCII,
)
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT", re.ASCII)
_PIECE = re.compile(r"\w+(?:['’-]\w+)*|[^\w]+")
_PUNCTUATION = re.compile(r"""(?=.{1,4}$)[ \n.,:;!?'"()\[\]/+=*&-]+""")
_LONG = 300
"""The longest text, in characters, that clients match on."""

_HEADERS = """
accept-ranges access-control-allow-origin age allow alt-svc cache-control connection content-disposition
content-encoding content-language content-length content-location content-security-policy content-type date deprecation
etag expires keep-alive last-modified link location pragma proxy-authenticate ratelimit-limit ratelimit-policy
ratelimit-remaining ratelimit-reset referrer-policy retry-after server set-cookie status strict-transport-security
sunset trailer transfer-encoding upgrade vary via warning www-authenticate x-api-version x-content-type-options
x-frame-options x-powered-by x-ratelimit-limit x-ratelimit-remaining x-ratelimit-reset x-request-id x-runtime
x-total-count x-xss-protection
"""
"""The headers whose names are not personal."""


def personal_texts(
    documented: Documented, table: OperationTable, operation: HttpOperation, seen: Observation
) -> Iterator[str]:
    """Yield all values of an answer that the document does not have, as they would appear in a text.

    Refusals yield nothing.
    """
    assert seen.status is not None
    if not table.fails(seen.status, seen.body):
        place = documented.answer(operation.method, operation.documented_path, seen.status)
        yield from _undocumented(seen.body, place)


def _undocumented(value: Any, place: SchemaPlace) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from _undocumented(member, place.member(key))
    elif isinstance(value, list):
        for item in value:
            yield from _undocumented(item, place.item())
    elif value is not None and not isinstance(value, bool) and not place.constant(value):
        yield str(value)


class Redactor:
    """Redacts the answers of one recording.

    `known` are the personal texts of all its answers: they are removed wherever they occur, like the `secrets`.
    """

    def __init__(
        self, documented: Documented, table: OperationTable, known: Iterable[str], secrets: Iterable[str]
    ) -> None:
        self._documented, self._table = documented, table
        self._names = frozenset(_HEADERS.split())
        # A word of the document is not personal, and occurs in its sentences too.
        personal = {text for text in known if len(text) > 2 and text not in documented.words} | set(secrets)
        longest_first = sorted(personal, key=lambda text: (-len(text), text))
        self._known = re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in longest_first) or r"(?!)")

    def headers(self, seen: Observation) -> dict[str, str | None]:
        """Return the header names in order; values only of headers that clients use."""
        headers: dict[str, str | None] = {}
        for name, value in seen.headers.items():
            if name in self._table.headers:
                headers[name] = self._header(value)
            else:
                headers.setdefault(name if name in self._names else HEADER, None)
        return headers

    def _header(self, value: str) -> str:
        if _HTTP_DATE.fullmatch(value):
            return "<time http>"
        form = _form(value)
        return self._matched_text(value, None) if form == "<text>" else form

    def body(self, operation: HttpOperation, seen: Observation) -> Any:
        """Return an answer's body with placeholders. Objects keep the order of their keys."""
        assert seen.status is not None
        failed = self._table.fails(seen.status, seen.body)
        place = self._documented.answer(operation.method, operation.documented_path, seen.status)
        return self._value(seen.body, place, "", seen.status if failed else None)

    def _value(self, value: Any, place: SchemaPlace, key: str, refused: int | None) -> Any:
        """Redact one value. `refused` is the status of a refusal; None for other answers."""
        if value is None or isinstance(value, bool) or value == "":
            return value
        if isinstance(value, dict):
            return self._object(value, place, refused)
        if isinstance(value, list):
            item_place = place.item()
            return [self._value(item, item_place, key, refused) for item in value]
        if place.constant(value):
            return value
        if isinstance(value, str):
            form, echo = _form(value), key in self._documented.request_keys
            return self._matched_text(value, refused) if refused is not None and form == "<text>" and not echo else form
        if isinstance(value, float):
            return "<number>"
        is_time = key in self._table.times and len(str(value)) in (10, 13)
        return f"<time {'0' * len(str(value))}>" if is_time else "<integer>"

    def _object(self, value: Mapping[str, Any], place: SchemaPlace, refused: int | None) -> dict[str, Any]:
        """Redact an object. Keys that the document does not have become one: a guest's name may be a key."""
        redacted: dict[str, Any] = {}
        for key, member in value.items():
            member_place = place.member(key)
            name = key if key in self._documented.keys else KEY
            if name not in redacted:
                redacted[name] = self._value(member, member_place, key, refused)
        return redacted

    def _matched_text(self, text: str, status: int | None) -> str:
        """Redact a text that clients may match on: replace personal texts, and words that the document does not have."""
        if len(text) > _LONG or "<" in text or ">" in text:
            return "<text>"
        at, kept = 0, ""
        for found in self._known.finditer(text):
            kept += self._filtered(text[at : found.start()], status, begins=not at) + KNOWN
            at = found.end()
        return kept + self._filtered(text[at:], status, begins=not at)

    def _filtered(self, text: str, status: int | None, *, begins: bool) -> str:
        """Replace unknown words and numbers. The first word of a sentence may be capitalized."""
        kept, known_words = "", self._documented.words
        for piece in _PIECE.findall(text):
            if not words(piece):
                kept += piece if _PUNCTUATION.fullmatch(piece) else "<signs>"
                begins = not piece.isspace() and piece.strip() not in ("-", "/", "'")
                continue
            if piece.isdecimal():
                kept += piece if piece == str(status) else "<number>"
            else:
                kept += piece if piece in known_words or (begins and piece.lower() in known_words) else WORD
            begins = False
        return kept


def _form(text: str) -> str:
    """Return the placeholder of a text."""
    if _TIME.fullmatch(text):
        return f"<time {re.sub(r'[0-9]', '0', text)}>"
    if text.isascii() and text.isdecimal():
        return f"<digits {len(text)}>"
    if re.fullmatch("[0-9a-fA-F]{16,}", text):
        return f"<hex {len(text)}>"
    return next((name for name, form in _FORMS if re.fullmatch(form, text, re.DOTALL)), "<text>")
