"""Traffic out of a world's journal, in the form in which the control door tells it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lockpact.core.traffic import Exchange, Traffic

__all__ = ["traffic_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RESET_BY_US = 0


def traffic_of(entries: Iterable[Mapping[str, Any]], vendor: str) -> Traffic:
    """All exchanges with one vendor. Those that nobody had answered yet are `waiting`.

    `ended` is when the answer left; a caller who hung up first is a `timeout` (whose end that is, a journal cannot tell).
    """
    found: list[Exchange] = []
    open_: dict[int, int] = {}
    """ticket → the place of its exchange."""
    last = 0
    for entry in entries:
        last = _micros(entry["at"])
        if entry["kind"] == "request" and entry["vendor"] == vendor:
            if "ticket" in entry:
                open_[entry["ticket"]] = len(found)
            found.append(_exchange(entry, last))
        if entry["kind"] == "gone" and entry["ticket"] in open_:
            place = open_.pop(entry["ticket"])
            found[place] = replace(found[place], ended=last, broken="timeout")
        for resolved in entry.get("resolved", ()):
            place = open_.pop(resolved["ticket"], -1)
            if place >= 0:
                found[place] = _answered(found[place], resolved["answer"], last)
    for place in open_.values():
        found[place] = replace(found[place], ended=last)
    return Traffic(found)


def _exchange(entry: Mapping[str, Any], at: int) -> Exchange:
    asked = Exchange(
        vendor=entry["vendor"],
        site=entry["site"],
        method=entry["method"],
        target=entry["target"],
        began=at,
        ended=at,
        headers=tuple((name, value) for name, value in entry["headers"]),
        body=_body(entry),
        broken="waiting",
    )
    return _answered(asked, entry["answer"], at) if "answer" in entry else asked


def _answered(asked: Exchange, answer: Mapping[str, Any], at: int) -> Exchange:
    body, cut = _body(answer), answer.get("cut")
    reset = answer["status"] == _RESET_BY_US or cut == 0
    whole = cut is None or cut >= len(body)
    return replace(
        asked,
        ended=at,
        status=None if reset else answer["status"],
        answer_headers=tuple((name, value) for name, value in answer["headers"]),
        answer=body if whole else body[:cut],
        broken="reset" if reset else "" if whole else "cut",
        decided=at,
    )


def _body(has: Mapping[str, Any]) -> bytes:
    """Text where it is text, base64 where it is not."""
    return b64decode(has["body_base64"]) if "body_base64" in has else str(has.get("body", "")).encode()


def _micros(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)
