"""Redaction by allow-list: of an answer only that is kept of which we know beforehand that it is nobody's own.

Kept are truth values and nulls, constants that our document of the vendor names at that place, keys that it names, and of
texts that clients match on (a refusal's, a header's) the words that our document is written in. Everything else becomes a
placeholder that tells its type and form: `<text>`, `<integer>`, `<digits 6>`, `<uuid>`, `<time 0000-00-00T00:00:00Z>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lockpact.drift.script import HttpOperation, OperationTable
from lockpact.drift.server_under_test import Observation
from lockpact.record.documented import Documented, SchemaPlace, words

__all__ = ["Redactor", "own"]

KEY, HEADER, WORD, KNOWN = "<key>", "<header>", "<word>", "<known>"

_FORMS = (
    ("<uuid>", r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    ("<mac>", r"[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}"),
    ("<email>", r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    ("<url>", r"[A-Za-z][A-Za-z0-9+.-]*://.*"),
    ("<decimal>", r"[+-]?[0-9]+\.[0-9]+"),
)
"""placeholder → the form of a text that it stands for."""
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?Z|( ?UTC)| ?[+-]\d{2}:?\d{2})?)?|\d{2}:\d{2}(:\d{2})?",
    re.ASCII,
)
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT", re.ASCII)
_PIECE = re.compile(r"\w+(?:['’-]\w+)*|[^\w]+")
_SIGNS = re.compile(r"""(?=.{1,4}$)[ \n.,:;!?'"()\[\]/+=*&-]+""")
_LONG = 300
"""Characters of the longest text that any client matches on."""

_HEADERS = """
accept-ranges access-control-allow-origin age allow alt-svc cache-control connection content-disposition
content-encoding content-language content-length content-location content-security-policy content-type date deprecation
etag expires keep-alive last-modified link location pragma proxy-authenticate ratelimit-limit ratelimit-policy
ratelimit-remaining ratelimit-reset referrer-policy retry-after server set-cookie status strict-transport-security
sunset trailer transfer-encoding upgrade vary via warning www-authenticate x-api-version x-content-type-options
x-frame-options x-powered-by x-ratelimit-limit x-ratelimit-remaining x-ratelimit-reset x-request-id x-runtime
x-total-count x-xss-protection
"""
"""The headers whose names tell nothing of anybody."""


def own(documented: Documented, script: OperationTable, line: HttpOperation, seen: Observation) -> Iterator[str]:
    """All that an answer tells and our document does not, as it would stand in a text. A refusal tells nothing."""
    assert seen.status is not None
    if not script.fails(seen.status, seen.said):
        yield from _own(seen.said, documented.answer(line.method, line.place, seen.status))


def _own(said: Any, place: SchemaPlace) -> Iterator[str]:
    if isinstance(said, Mapping):
        for key, value in said.items():
            yield from _own(value, place.member(key))
    elif isinstance(said, list):
        for item in said:
            yield from _own(item, place.item())
    elif said is not None and not isinstance(said, bool) and not place.constant(said):
        yield str(said)


class Redactor:
    """`known` is what was answered elsewhere: somebody's own wherever it stands, like the `secrets`."""

    def __init__(
        self, documented: Documented, script: OperationTable, known: Iterable[str], secrets: Iterable[str]
    ) -> None:
        self._documented, self._script = documented, script
        self._names = frozenset(_HEADERS.split())
        # What is one of the document's own words tells nothing, and stands in its sentences too.
        telling = {text for text in known if len(text) > 2 and text not in documented.words} | set(secrets)
        longest = sorted(telling, key=lambda text: (-len(text), text))
        self._known = re.compile("|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in longest) or r"(?!)")

    def headers(self, seen: Observation) -> dict[str, str | None]:
        """Their names, in their order; a value only where clients go by it."""
        told: dict[str, str | None] = {}
        for name, value in seen.headers.items():
            if name in self._script.headers:
                told[name] = self._header(value)
            else:
                told.setdefault(name if name in self._names else HEADER, None)
        return told

    def _header(self, value: str) -> str:
        if _HTTP_DATE.fullmatch(value):
            return "<time http>"
        form = _form(value)
        return self._wire(value, None) if form == "<text>" else form

    def body(self, line: HttpOperation, seen: Observation) -> Any:
        """An answer's body, with placeholders; objects keep the order of their keys."""
        assert seen.status is not None
        failed = self._script.fails(seen.status, seen.said)
        place = self._documented.answer(line.method, line.place, seen.status)
        return self._value(seen.said, place, "", seen.status if failed else None)

    def _value(self, said: Any, place: SchemaPlace, key: str, refused: int | None) -> Any:
        """`refused` is a refusal's status."""
        if said is None or isinstance(said, bool) or said == "":
            return said
        if isinstance(said, dict):
            return self._object(said, place, refused)
        if isinstance(said, list):
            inside = place.item()
            return [self._value(item, inside, key, refused) for item in said]
        if place.constant(said):
            return said
        if isinstance(said, str):
            form, echo = _form(said), key in self._documented.asked
            return self._wire(said, refused) if refused is not None and form == "<text>" and not echo else form
        if isinstance(said, float):
            return "<number>"
        stamp = key in self._script.times and len(str(said)) in (10, 13)
        return f"<time {'0' * len(str(said))}>" if stamp else "<integer>"

    def _object(self, said: Mapping[str, Any], place: SchemaPlace, refused: int | None) -> dict[str, Any]:
        """Replace the keys that the document does not have by one: a guest's name may be a key, and looks like a word."""
        told: dict[str, Any] = {}
        for key, value in said.items():
            here = place.member(key)
            named = key if key in self._documented.keys else KEY
            if named not in told:
                told[named] = self._value(value, here, key, refused)
        return told

    def _wire(self, text: str, status: int | None) -> str:
        """A text that clients may match on: known things and words that are not ours replaced."""
        if len(text) > _LONG or "<" in text or ">" in text:
            return "<text>"
        at, kept = 0, ""
        for found in self._known.finditer(text):
            kept += self._filtered(text[at : found.start()], status, begins=not at) + KNOWN
            at = found.end()
        return kept + self._filtered(text[at:], status, begins=not at)

    def _filtered(self, text: str, status: int | None, *, begins: bool) -> str:
        """Word by word. One that begins a sentence may have a capital."""
        kept, ours = "", self._documented.words
        for piece in _PIECE.findall(text):
            if not words(piece):
                kept += piece if _SIGNS.fullmatch(piece) else "<signs>"
                begins = not piece.isspace() and piece.strip() not in ("-", "/", "'")
                continue
            if piece.isdecimal():
                kept += piece if piece == str(status) else "<number>"
            else:
                kept += piece if piece in ours or (begins and piece.lower() in ours) else WORD
            begins = False
        return kept


def _form(text: str) -> str:
    """What kind of text it is."""
    if _TIME.fullmatch(text):
        return f"<time {re.sub(r'[0-9]', '0', text)}>"
    if text.isascii() and text.isdecimal():
        return f"<digits {len(text)}>"
    if re.fullmatch("[0-9a-fA-F]{16,}", text):
        return f"<hex {len(text)}>"
    return next((name for name, form in _FORMS if re.fullmatch(form, text, re.DOTALL)), "<text>")
