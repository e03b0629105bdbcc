"""Mask the secrets in rendered journal entries, for readers who may not see them.

1. By place: the vendors name the keys, parameters and headers that hold secrets (`Vendor.secret_places`). Whatever stands
   there is replaced, whether a vendor accepted it or not.
2. By value: what stood in a secret place, what the vendors' states hold there, and what the vendors name (`Vendor.secrets`) is
   replaced wherever else it stands, also percent-encoded or in base64.
3. Secrets are remembered as long as the masker lives. A secret that was replaced by another is still in older entries.

Texts are looked at in the form in which they carry data: JSON, forms, queries and URLs, and each of these within another.

Loose end: a value that is shorter than four characters is only replaced in a secret place, or as a text of its own.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import msgspec

from locksim.engine.journal import render
from locksim.engine.state import WorldSnapshot
from locksim.engine.vendor import Vendor
from locksim.engine.world import WorldCore

__all__ = ["MASK", "Masker"]

MASK = "•••"
"""Replaces a secret."""
_HEADERS = frozenset({"authorization", "proxyauthorization", "cookie", "setcookie"})
"""Headers that hold secrets with every vendor, as `_plain` writes them."""
_SHORT = 8
"""Secrets with fewer characters, and numbers, are replaced only where they are a word of their own."""
_DEPTH = 12
"""Levels of data within texts within data that are looked at. What is deeper is replaced altogether."""
_REMEMBERED = 200
"""Characters of the texts whose result is remembered."""
_TEXTS = 20_000
"""Texts whose result is remembered."""
_WORD = re.compile(r"[A-Za-z0-9]+")
_SCHEME = re.compile(r"\b(basic|bearer)(\s+)([A-Za-z0-9+/=._~-]+)", re.IGNORECASE)
_USERINFO = re.compile(r"(://)[^/?#@\s\"']+@")
_PAIR = re.compile(r"([^?&;=\s/\"'<>{}\[\],]+)=([^&;#\s\"'<>]*)")
_ENCODED = re.compile(r"[^/?&=;#\s\"'<>]*%[0-9A-Fa-f]{2}[^/?&=;#\s\"'<>]*")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_PART = re.compile(r"(name=\"?([^\";\r\n]+)\"?[^\r\n]*(?:\r?\n[^\r\n]+)*\r?\n\r?\n)([^\r\n]*)")
"""A part of a multipart form."""


class Masker:
    """Masks the entries of one world's journal, and remembers the world's secrets.

    Args:
        world: the world. Its base checkpoint's secrets are remembered too.
    """

    def __init__(self, world: WorldCore) -> None:
        self._places = {name: frozenset(map(_plain, vendor.secret_places)) for name, vendor in world.vendors.items()}
        self._all_places = frozenset().union(*self._places.values())
        self._long: set[str] = set()
        """Texts to replace wherever they stand: secrets as they are, and percent-encoded."""
        self._words: set[str] = set()
        """Secrets to replace where they are a word."""
        self._tiny: set[str] = set()
        """Secrets to replace where they are a whole text."""
        self._order: list[str] = []
        self._known: dict[tuple[str, frozenset[str]], str] = {}
        """Texts, and what they became. Most headers and many texts in bodies come again and again."""
        self._finding = False
        """Whether secrets are only looked for, in their places, and nothing is replaced by its value."""
        self._seen = 0
        self._base = b""
        self._state_after = (b"", -1)

    def remember_state(self, world: WorldCore) -> None:
        """Remember the secrets that the vendors' states hold now, and those in the base checkpoint."""
        journal = world.journal
        if self._base != journal.base:
            self._base = journal.base
            snapshot = WorldSnapshot.decode(journal.base)
            for vendor in world.vendors.values():
                self._remember_state(vendor, snapshot.state_of(vendor))
        if self._state_after != (self._base, journal.last):
            self._state_after = (self._base, journal.last)
            for vendor in world.vendors.values():
                self._remember_state(vendor, world.state(vendor.name))

    def remember(self, world: WorldCore, size: int = 50) -> Iterator[None]:
        """Remember the secrets in the world, and in the entries since the last time. Between two steps the world may go on.

        Args:
            world: the world.
            size: the number of entries in a step.
        """
        self.remember_state(world)
        journal, until = world.journal, world.journal.last
        if until < self._seen:  # the journal began again
            self._seen = 0
        while self._seen < until and (entries := journal.read(self._seen, size)):
            self._known.clear()
            self._finding = True
            try:
                for entry in entries:
                    self.mask(render(entry))
            finally:
                self._finding = False
                self._known.clear()
            self._seen = entries[-1].n
            yield

    # ---- secrets

    def _remember_state(self, vendor: Vendor, state: Any) -> None:
        for text in vendor.secrets(state):
            self._add(text)
        self._find(msgspec.to_builtins(state, str_keys=True), self._places[vendor.name])

    def _find(self, data: Any, places: frozenset[str]) -> None:
        """Remember what stands in secret places of plain data."""
        if isinstance(data, dict):
            for key, value in data.items():
                if _plain(key) in places:
                    self._add_all(value)
                self._find(value, places)
        elif isinstance(data, list):
            for item in data:
                self._find(item, places)

    def _add_all(self, value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                self._add(key)
                self._add_all(inner)
        elif isinstance(value, list):
            for inner in value:
                self._add_all(inner)
        elif value is not None and not isinstance(value, bool):
            self._add(str(value))

    def _add(self, text: str) -> None:
        text = text.strip()
        if not text or MASK in text:
            return
        if len(text) < 4:
            kind, forms = self._tiny, {text}
        elif (len(text) < _SHORT or text.isdigit()) and text.isascii() and text.isalnum():
            kind, forms = self._words, {text}
        else:
            kind, forms = self._long, {text, quote(text, safe=""), quote_plus(text)}
        if not forms <= kind:
            kind |= forms
            # The longest first, since one may contain another.
            self._order = sorted(self._long, key=lambda secret: (-len(secret), secret))
            if not self._finding:
                self._known.clear()

    # ---- an entry

    def mask(self, shown: dict[str, Any]) -> dict[str, Any]:
        """Return a rendered entry without secrets. `remember` comes first."""
        vendor = shown.get("vendor")
        places = self._places.get(vendor or "", self._all_places)
        text, data = partial(self._text, places=places), partial(self._data, places=places)
        masked = self._message(shown, places)
        if "target" in shown:
            masked["target"] = text(shown["target"])
        for key in ("args", "result"):
            if key in shown:
                masked[key] = data(shown[key])
        if "answer" in shown:
            masked["answer"] = self._message(shown["answer"], places)
        if "resolved" in shown:
            masked["resolved"] = [{**one, "answer": self._message(one["answer"], places)} for one in shown["resolved"]]
        if "refused" in shown:
            masked["refused"] = {**shown["refused"], "error": text(shown["refused"]["error"])}
        if "misses" in shown:
            masked["misses"] = [text(one) for one in shown["misses"]]
        for key in ("device", "failed", "error"):
            if isinstance(shown.get(key), str):
                masked[key] = text(shown[key])
        return masked

    def mask_data(self, data: Any) -> Any:
        """Return JSON data of a vendor's state or device without secrets. `remember` comes first."""
        return self._data(data, places=self._all_places)

    def _message(self, shown: dict[str, Any], places: frozenset[str]) -> dict[str, Any]:
        """Return a request or an answer with its headers and body masked."""
        masked = dict(shown)
        if "headers" in shown:
            masked["headers"] = [[name, self._header(name, value, places)] for name, value in shown["headers"]]
        if "body" in shown:
            masked["body"] = self._text(shown["body"], places)
        if "body_base64" in shown:
            body = b64decode(shown["body_base64"]).decode("latin-1")
            hidden = self._text(body, places)
            masked["body_base64"] = b64encode(hidden.replace(MASK, "***").encode("latin-1", "replace")).decode()
        return masked

    def _header(self, name: str, value: str, places: frozenset[str]) -> str:
        plain = _plain(name)
        if plain not in places and plain not in _HEADERS:
            return self._text(value, places)
        scheme = _SCHEME.fullmatch(value.strip())
        if scheme is None:
            self._add_all([value, *(pair[2] for pair in _PAIR.finditer(value))])
            return MASK
        self._authorization(scheme)
        return f"{scheme[1]} {MASK}"

    def _authorization(self, scheme: re.Match[str]) -> str:
        """Remember the secrets in an authorization, and return it masked."""
        if MASK in scheme[3]:
            return scheme[0]
        self._add(scheme[3])
        if scheme[1].lower() == "basic":
            decoded = _from_base64(scheme[3]) or ""
            self._add_all([decoded, decoded.partition(":")[2]])
        return f"{scheme[1]}{scheme[2]}{MASK}"

    # ---- data

    def _data(self, data: Any, places: frozenset[str], depth: int = 0) -> Any:
        """Return plain data without secrets."""
        if depth > 80:
            return MASK
        if isinstance(data, dict):
            return {
                self._key(key): self._secret(value) if _plain(key) in places else self._data(value, places, depth + 1)
                for key, value in data.items()
            }
        if isinstance(data, list):
            return [self._data(item, places, depth + 1) for item in data]
        if isinstance(data, str):
            return self._text(data, places, depth // 8)
        if type(data) in (int, float) and str(data) in self._words:
            return MASK
        return data

    def _key(self, key: str) -> str:
        """Return a key; one that is a secret itself (a table by token) masked. Words remain, since they are names."""
        return key if key.isalpha() and len(key) < 16 else self._values(key)

    def _secret(self, value: Any) -> Any:
        """Remember what stands in a secret place, and return it masked, in its shape."""
        if isinstance(value, dict):
            return {self._key(key): self._secret(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._secret(inner) for inner in value]
        if value is None or isinstance(value, bool) or value == "":
            return value
        self._add(str(value))
        return MASK

    # ---- texts

    def _text(self, text: str, places: frozenset[str], depth: int = 0) -> str:
        """Return a text without secrets, in whatever form it carries them."""
        if len(text) > _REMEMBERED:
            return self._masked_text(text, places, depth)
        known = self._known.get((text, places))
        if known is None:
            known = self._masked_text(text, places, depth)
            if len(self._known) >= _TEXTS:
                self._known.clear()
            self._known[text, places] = known
        return known

    def _masked_text(self, text: str, places: frozenset[str], depth: int) -> str:
        if not text:
            return text
        if depth > _DEPTH or text in self._tiny:
            return MASK
        if text.lstrip()[:1] in ("{", "["):
            masked = self._json(text, places, depth)
            if masked is not None:
                return masked
            text = self._loose_pairs(text, places)
        if ":" in text:
            text = _USERINFO.sub(rf"\1{MASK}@", text)
        if " " in text:
            text = _SCHEME.sub(self._authorization, text)
        if "name=" in text:
            text = _PART.sub(lambda part: part[1] + self._pair_value(part[2], part[3], places, depth), text)
        if "=" in text:
            text = _PAIR.sub(
                lambda pair: f"{pair[1]}={self._pair_value(unquote_plus(pair[1]), pair[2], places, depth)}", text
            )
        return self._values(text)

    def _pair_value(self, name: str, value: str, places: frozenset[str], depth: int) -> str:
        """Return the value of a parameter, masked if its name or its decoded text says so."""
        decoded = unquote_plus(value)
        if _plain(name) in places:
            return str(self._secret(decoded))
        if value and self._text(decoded, places, depth + 1) != decoded:
            return MASK if decoded != value else self._text(value, places, depth + 1)
        return value

    def _json(self, text: str, places: frozenset[str], depth: int) -> str | None:
        """Return a JSON text without secrets; None if it is not JSON."""
        repeated = False

        def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            nonlocal repeated
            found = dict(pairs)
            repeated = repeated or len(found) != len(pairs)
            return found

        try:
            data = json.loads(text, object_pairs_hook=members)
            masked = self._data(data, places, depth * 8)
        except (ValueError, RecursionError):
            return None
        if masked == data and not repeated:  # a repeated key hides what stood there before
            return text
        return json.dumps(masked, separators=(",", ":")).replace(json.dumps(MASK)[1:-1], MASK)

    def _loose_pairs(self, text: str, places: frozenset[str]) -> str:
        """Mask what stands in secret places of a text that looks like JSON, but is not."""

        def hide(pair: re.Match[str]) -> str:
            if _plain(pair[2]) not in places:
                return pair[0]
            self._add(pair[4].strip("\"'"))
            return f"{pair[1]}{pair[2]}{pair[1]}{pair[3]}{MASK}"

        return re.sub(r"([\"']?)([\w-]+)\1(\s*:\s*)(\"[^\"]*\"?|'[^']*'?|[^\s,}\]]+)", hide, text)

    def _values(self, text: str) -> str:
        """Replace remembered secrets in a text: as they are, percent-encoded, and in base64."""
        if self._finding:
            return text
        for secret in self._order:
            if secret in text:
                text = text.replace(secret, MASK)
        if self._words:
            text = _WORD.sub(lambda word: MASK if word[0] in self._words else word[0], text)
        if "%" in text:
            text = _ENCODED.sub(lambda part: MASK if self._is_in(unquote(part[0]), part[0]) else part[0], text)
        return _BASE64.sub(lambda part: MASK if self._is_in(_from_base64(part[0]), part[0]) else part[0], text)

    def _is_in(self, decoded: str | None, encoded: str) -> bool:
        """Return whether there is a secret in a decoded text."""
        if not decoded or decoded == encoded:
            return False
        return any(secret in decoded for secret in self._order) or any(
            word in self._words for word in _WORD.findall(decoded)
        )


def _plain(name: str) -> str:
    """Return a key or a header's name in the form in which they are compared."""
    return name.replace("_", "").replace("-", "").replace("[]", "").lower().strip()


def _from_base64(text: str) -> str | None:
    """Return the text that is encoded; None if it is no text in base64."""
    padded = text.rstrip("=")
    if len(padded) % 4 == 1:
        return None
    try:
        plain = padded.replace("-", "+").replace("_", "/")
        return b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except ValueError:
        return None
