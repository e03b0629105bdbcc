"""Read Lockt's traffic for the laws: batches, their options, dates, and refusals in all their shapes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from lockpact.core.traffic import Exchange, Traffic

__all__ = [
    "NODES",
    "counts",
    "echoed",
    "endpoint",
    "errors_of",
    "is_lost",
    "is_overlapping",
    "option",
    "parse_date",
    "reasons_of",
    "records_of",
    "sent_to",
    "writes",
]

NODES = {"/user": "users", "/uservalidate": "users", "/door": "doors", "/fob": "fobs", "/credential": "credentials"}
"""Endpoint → the key under which a request's body has the records."""

_FORMS = (
    re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", re.ASCII),
    re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", re.ASCII),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def endpoint(x: Exchange) -> str:
    """Return the path after the version, without a trailing slash: `/user`."""
    return re.sub("^.*/api/v1(?=/)", "", x.path).rstrip("/")


def sent_to(t: Traffic, *paths: str, method: str | None = None) -> Traffic:
    """Return the exchanges with one of these endpoints."""
    return Traffic(x for x in t if endpoint(x) in paths and method in (None, x.method))


def writes(t: Traffic) -> Traffic:
    """Return the POSTs."""
    return Traffic(x for x in t if x.method == "POST")


def records_of(x: Exchange) -> list[dict[str, Any]]:
    """Return the records of a request; an empty list if it is not a batch."""
    given = x.sent.get(NODES.get(endpoint(x), "")) if isinstance(x.sent, dict) else None
    return [record for record in given if isinstance(record, dict)] if isinstance(given, list) else []


def option(x: Exchange, name: str) -> bool | None:
    """Return an option of a request, which may be a boolean or the text of one; None if it is absent."""
    options = x.sent.get("options") if isinstance(x.sent, dict) else None
    value = options.get(name) if isinstance(options, dict) else None
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def counts(x: Exchange) -> dict[str, int] | None:
    """Return the counts of an answered batch, or None."""
    data = x.json.get("data") if isinstance(x.json, dict) else None
    return data if isinstance(data, dict) and "submitted" in data else None


def errors_of(x: Exchange) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Yield the records that failed, as the answer echoes them, each with its messages."""
    for error in (x.json.get("errors") or []) if isinstance(x.json, dict) else []:
        if isinstance(error, dict) and isinstance(error.get("input_data"), dict):
            yield error["input_data"], list(error.get("error") or [])


def echoed(records: Sequence[dict[str, Any]], echo: dict[str, Any]) -> bool:
    """Return whether this is the echo of one of these records."""
    return any(all(echo.get(name) == value for name, value in record.items()) for record in records)


def reasons_of(x: Exchange) -> list[str]:
    """Return the messages of a refusal, in any of the documented shapes."""
    body = x.json if isinstance(x.json, dict) else {}
    data = body.get("data")
    objects = data if isinstance(data, list) else [data]
    found = [
        *(body.get("result") or []),
        *(one["error"] for one in objects if isinstance(one, dict) and "error" in one),
    ]
    return [text for one in found for text in (one if isinstance(one, list) else [one])]


def is_lost(x: Exchange) -> bool:
    """Return whether nobody knows if the request was carried out."""
    return x.broken != "" or (x.status or 0) >= 500


def is_overlapping(x: Exchange) -> bool:
    """Return whether a POST was refused because the vendor was processing another one."""
    return x.status == 400 and "overlapping" in " ".join(reasons_of(x)).lower()


def parse_date(text: object) -> int | None:
    """Return a date of either documented form in µs UTC, and None for "". Raises ValueError for any other form."""
    if text in ("", None):
        return None
    if not isinstance(text, str) or not any(form.fullmatch(text) for form in _FORMS):
        raise ValueError(f"{text!r} is in neither of the documented forms")
    at = datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)
    return (at - _EPOCH) // timedelta(microseconds=1)
