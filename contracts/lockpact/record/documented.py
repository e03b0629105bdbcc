"""What a vendor's OpenAPI document says about an answer: the keys of its objects, constant values, and the words it uses.

A recording keeps only these of a live server's answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from lockpact.simulators.documents import document

__all__ = ["Documented", "SchemaPlace", "documented_by", "words"]

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_PROSE = frozenset({"description", "summary", "title"})
_HTTP = """
application text html plain json xml problem form x-www-form-urlencoded charset utf-8 UTF-8 iso-8859-1 GET HEAD POST PUT PATCH
DELETE OPTIONS Basic Bearer Digest realm error error_description scope HTTP
"""
"""Words of HTTP itself, in addition to its reason phrases."""
_ENGLISH = """
a already all allowed an and another any apply are argument as at attribute authorized be because been before between
body both but by call can can't cannot code contain contains could date denied did disabled does doesn't duplicate empty
enabled entity exceeded exist exists expired failed field find for format found from given greater had has have header
if in incorrect internal invalid is isn't it its item key later least less limit list longer malformed many match
maximum may minimum missing more most must name need no none not null number object of on one only operation or other
out outside parameter parse parsed perform permission permitted please property provide provided range reached record
registered request required resource same server set should shorter some specified string successful supplied such text
than that the their there this time to token too try type unable unexpected unknown unless unsupported until url used user
supplied set credentials own whole takes authentication included client due timestamp JSON
valid value was were what when which while will with within without wrong you your
"""
"""Words that occur in refusals."""


def words(text: str) -> list[str]:
    """Return the words of a text, including numbers."""
    return _WORD.findall(text)


class SchemaPlace:
    """One place of an answer, with all schemas that the document has for it. Without a schema it is undocumented."""

    def __init__(self, whole: Mapping[str, Any], schemas: Sequence[Any]) -> None:
        self._whole = whole
        self._schemas = [one for schema in schemas for one in _subschemas(whole, schema, frozenset())]
        self._places: dict[str | None, SchemaPlace] = {}
        self._constants = frozenset(
            json.dumps(known)
            for one in self._schemas
            for known in (*one.get("enum", ()), *([one["const"]] if "const" in one else ()))
        )
        self.keys = frozenset(name for one in self._schemas for name in one.get("properties", ()))
        """The documented keys of an object at this place."""

    def constant(self, value: object) -> bool:
        """Return whether the document has this value as a constant here."""
        return json.dumps(value) in self._constants

    def member(self, key: str) -> SchemaPlace:
        """Return the place of a member of the object here."""
        if key not in self._places:
            named = [(one.get("properties", {}), one.get("additionalProperties")) for one in self._schemas]
            self._places[key] = SchemaPlace(self._whole, [known.get(key, other) for known, other in named])
        return self._places[key]

    def item(self) -> SchemaPlace:
        """Return the place of the items of the list here."""
        if None not in self._places:
            items = [item for one in self._schemas for item in (one.get("items"), *one.get("prefixItems", ()))]
            self._places[None] = SchemaPlace(self._whole, items)
        return self._places[None]


def _subschemas(whole: Mapping[str, Any], schema: Any, seen: frozenset[str]) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and all schemas that it is composed of."""
    if not isinstance(schema, Mapping):
        return
    yield schema
    if "$ref" in schema and schema["$ref"] not in seen:
        yield from _subschemas(whole, _at(whole, schema["$ref"]), seen | {schema["$ref"]})
    for choice in ("allOf", "anyOf", "oneOf"):
        for one in schema.get(choice, ()):
            yield from _subschemas(whole, one, seen)
    for choice in ("if", "then", "else"):
        yield from _subschemas(whole, schema.get(choice), seen)


def _at(whole: Mapping[str, Any], pointer: str) -> Any:
    found: Any = whole
    for part in pointer.removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


class Documented:
    """A vendor's document. `words` are those of its prose, constants, keys and example sentences, of HTTP, and of refusals."""

    def __init__(self, whole: Mapping[str, Any]) -> None:
        self._whole = whole
        self._answers: dict[tuple[str, str, str], SchemaPlace] = {}
        self.words = frozenset(
            [
                *_HTTP.split(),
                *_ENGLISH.split(),
                *(word for status in HTTPStatus for word in words(status.phrase)),
                *_vocabulary(whole, prose=False),
            ]
        )
        self.keys = frozenset(_property_names(whole))
        """The names of all properties anywhere in the document."""
        self.request_keys = frozenset(_request_keys(whole))
        """The keys of request bodies."""
        self.hosts = frozenset(str(urlsplit(one["url"]).hostname) for one in whole.get("servers", ()))
        """The host names of its servers."""

    def answer(self, method: str, path: str, status: int) -> SchemaPlace:
        """Return the place of an answer's body. `path` is the document's, with its `{parameters}`."""
        responses = self._whole["paths"].get(path, {}).get(method.lower(), {}).get("responses", {})
        key = next((key for key in (str(status), f"{status // 100}XX", "default") if key in responses), "")
        where = method, path, key
        if where not in self._answers:
            response = responses.get(key, {})
            response = _at(self._whole, response["$ref"]) if "$ref" in response else response
            contents = response.get("content", {}).values()
            self._answers[where] = SchemaPlace(self._whole, [content.get("schema") for content in contents])
        return self._answers[where]


@cache
def documented_by(vendor: str) -> Documented:
    """Return what our document of this vendor says. Cached, since reading a long document takes a second."""
    return Documented(document(vendor))


def _vocabulary(node: Any, *, prose: bool) -> Iterator[str]:
    """Yield the words of the document. Examples count only if they are sentences: a short one may be a person's name."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "content" and isinstance(value, Mapping):
                yield from (word for kind in value for word in words(kind))
            yield from words(str(key)) if key not in ("example", "examples") else ()
            yield from _vocabulary(value, prose=key in _PROSE or key in ("enum", "const"))
    elif isinstance(node, list):
        for item in node:
            yield from _vocabulary(item, prose=prose)
    elif isinstance(node, str):
        found = words(node)
        if prose or len(found) > 2:
            yield from found


def _request_keys(whole: Mapping[str, Any]) -> Iterator[str]:
    for item in whole["paths"].values():
        for operation in item.values():
            if isinstance(operation, Mapping):
                body = operation.get("requestBody", {})
                body = _at(whole, body["$ref"]) if "$ref" in body else body
                for content in body.get("content", {}).values():
                    yield from _keys_of(whole, content.get("schema"), frozenset())


def _keys_of(whole: Mapping[str, Any], schema: Any, seen: frozenset[int]) -> Iterator[str]:
    """Yield all keys of a schema, at any depth."""
    for one in _subschemas(whole, schema, frozenset()):
        if id(one) not in seen:
            inside = {**one.get("properties", {}), "": one.get("items")}
            yield from filter(None, inside)
            for deeper in inside.values():
                yield from _keys_of(whole, deeper, seen | {id(one)})


def _property_names(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        properties = node.get("properties")
        if isinstance(properties, Mapping):
            yield from map(str, properties)
        for value in node.values():
            yield from _property_names(value)
    elif isinstance(node, list):
        for item in node:
            yield from _property_names(item)
