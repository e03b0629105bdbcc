"""Variants: a simulator as its vendor might run it after a change, to practise finding such changes.

A variant stands between the connection and the vendor. It may change the request that the vendor gets, the answer that
it gives, and what it sends. It is part of the world, so a journal with a variant replays. It does not touch the vendor's
code, so a vendor without variants behaves exactly as before.

    @variant("type", "breaking")
    class StateAsText(Variant):
        # its docstring: `state` is a text.
        def on_answer(self, turn, request, answer):
            return edit_json(answer, lambda decoded: …)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Literal, TypeVar, get_args
from urllib.parse import parse_qsl, unquote, urlencode

import msgspec

from locksim.engine.deliveries import Delivery
from locksim.engine.inputs import Answer, Request
from locksim.engine.turn import Turn

__all__ = [
    "LIVE",
    "Change",
    "Variant",
    "Weight",
    "apply_to_answer",
    "apply_to_delivery",
    "apply_to_request",
    "edit_json",
    "path_of",
    "query_of",
    "variant",
    "with_body",
    "with_query",
]  # fmt: skip

Change = Literal[
    "status", "error body", "key gone", "key new", "type", "null", "enum value", "order", "header", "paging",
    "side effect", "timing",
]  # fmt: skip
"""The class of a change: which aspect of the behaviour it changes."""

Weight = Literal["breaking", "risky", "harmless"]
"""What the change means for a client that was right before."""

LIVE = ":live"
"""Appended to a variant's id: the change has come to all servers, where its vendor serves it on some of them first."""

V = TypeVar("V", bound="type[Variant]")


class Variant:
    """A change that a vendor might make. The first line of its docstring says which. The default hooks change nothing."""

    change: ClassVar[Change]
    weight: ClassVar[Weight]

    def __init__(self, *, live: bool = False) -> None:
        self.live = live
        """Whether the change has come to all servers."""

    @property
    def sentence(self) -> str:
        """What the variant changes, for people."""
        return (self.__doc__ or "").strip().partition("\n")[0]

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        """Return the request that the vendor gets, or an Answer to give without asking the vendor."""
        return request

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        """Return the answer that the caller gets. `request` is the one that the vendor got."""
        return answer

    def on_delivery(self, turn: Turn, delivery: Delivery) -> Delivery:
        """Return the delivery that is sent."""
        return delivery


def variant(change: Change, weight: Weight) -> Callable[[V], V]:
    """Classify a variant."""
    assert change in get_args(Change)
    assert weight in get_args(Weight)

    def classify(cls: V) -> V:
        cls.change, cls.weight = change, weight
        return cls

    return classify


# ---- called by the engine


def apply_to_request(variants: Iterable[Variant], turn: Turn, request: Request) -> Request | Answer:
    """Return the request as these variants leave it, one after another; the first Answer ends it."""
    changed: Request | Answer = request
    for one in variants:
        if isinstance(changed, Answer):
            break
        changed = one.on_request(turn, changed)
    return changed


def apply_to_answer(variants: Iterable[Variant], turn: Turn, request: Request, answer: Answer) -> Answer:
    """Return the answer as these variants leave it, one after another."""
    for one in variants:
        answer = one.on_answer(turn, request, answer)
    return answer


def apply_to_delivery(variants: Iterable[Variant], turn: Turn, delivery: Delivery) -> Delivery:
    """Return the delivery as these variants leave it, one after another."""
    for one in variants:
        delivery = one.on_delivery(turn, delivery)
    return delivery


# ---- helpers for writing variants


def path_of(request: Request) -> str:
    """Return the decoded path, without the query."""
    return unquote(request.target.partition("?")[0])


def query_of(request: Request) -> dict[str, str]:
    """Return the query parameters. If one is repeated, its last value counts."""
    return dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))


def with_query(request: Request, **other: str) -> Request:
    """Return the request with these query parameters added or replaced."""
    path = request.target.partition("?")[0]
    return msgspec.structs.replace(request, target=f"{path}?{urlencode(query_of(request) | other)}")


def with_body(answer: Answer, body: bytes) -> Answer:
    """Return the answer with another body, and its Content-Length corrected."""
    headers = tuple((n, str(len(body)) if n.lower() == "content-length" else v) for n, v in answer.headers)
    return Answer(answer.status, headers, body, answer.cut)


def edit_json(answer: Answer, edit: Callable[[Any], Any]) -> Answer:
    """Return the answer with its JSON body replaced by `edit(decoded body)`. A body that is no JSON is left alone.

    The new body has spaces after separators if the old one had.
    """
    try:
        decoded = json.loads(answer.body)
    except ValueError:
        return answer
    spaced = (b'": ' if b'":' in answer.body else b", ") in answer.body
    body = json.dumps(edit(decoded), ensure_ascii=False, separators=(", ", ": ") if spaced else (",", ":")).encode()
    return with_body(answer, body)
