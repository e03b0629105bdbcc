"""Extract traffic from a world's journal, in the form of the control API."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lockpact.core.traffic import Exchange, Traffic

__all__ = ["traffic_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RESET_STATUS = 0
"""The status in the journal of an answer whose connection was reset by the simulator."""


def traffic_of(entries: Iterable[Mapping[str, Any]], vendor: str) -> Traffic:
    """Return all exchanges with one vendor. Those without an answer at the end are `waiting`.

    `ended` is when the answer was sent. If the caller hung up first the exchange is a `timeout`: the journal does not say why
    the caller hung up.
    """
    found: list[Exchange] = []
    open_: dict[int, int] = {}
    """Id of a pending request → index of its exchange."""
    last = 0
    for entry in entries:
        last = _micros(entry["at"])
        if entry["kind"] == "request" and entry["vendor"] == vendor:
            if "ticket" in entry:
                open_[entry["ticket"]] = len(found)
            found.append(_exchange(entry, last))
        if entry["kind"] == "gone" and entry["ticket"] in open_:
            index = open_.pop(entry["ticket"])
            found[index] = replace(found[index], ended=last, broken="timeout")
        for resolved in entry.get("resolved", ()):
            index = open_.pop(resolved["ticket"], -1)
            if index >= 0:
                found[index] = _answered(found[index], resolved["answer"], last)
    for index in open_.values():
        found[index] = replace(found[index], ended=last)
    return Traffic(found)


def _exchange(entry: Mapping[str, Any], at: int) -> Exchange:
    request = Exchange(
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
    return _answered(request, entry["answer"], at) if "answer" in entry else request


def _answered(request: Exchange, answer: Mapping[str, Any], at: int) -> Exchange:
    body, cut = _body(answer), answer.get("cut")
    reset = answer["status"] == _RESET_STATUS or cut == 0
    complete = cut is None or cut >= len(body)
    return replace(
        request,
        ended=at,
        status=None if reset else answer["status"],
        answer_headers=tuple((name, value) for name, value in answer["headers"]),
        answer=body if complete else body[:cut],
        broken="reset" if reset else "" if complete else "cut",
        decided=at,
    )


def _body(part: Mapping[str, Any]) -> bytes:
    """Return the body, which the journal holds as text or as base64."""
    return b64decode(part["body_base64"]) if "body_base64" in part else str(part.get("body", "")).encode()


def _micros(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)
