"""Variants: a stand-in as its vendor might run it after a change, so that finding such changes can be practised.

A variant stands between the wire and the vendor: it may alter what the vendor hears, what it says, and what it sends. It
is part of the world (so a journal with one replays), and it leaves the vendor's own code alone, so that a vendor
without one is exactly what it was.

    @variant("type", "breaking")
    class StateAsText(Variant):
        # its docstring: `state` is a text.
        def says(self, turn, request, answer):
            return edited(answer, lambda said: …)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, get_args
from urllib.parse import parse_qsl, unquote, urlencode

import msgspec

from locksim.engine.deliveries import Delivery
from locksim.engine.errors import Unknown
from locksim.engine.inputs import Answer, Request
from locksim.engine.vendor import Vendor

if TYPE_CHECKING:
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
    "planted",
    "query_of",
    "variant",
    "variants_of",
    "with_body",
    "with_query",
]  # fmt: skip

Change = Literal[
    "status", "error body", "key gone", "key new", "type", "null", "enum value", "order", "header", "paging",
    "side effect", "timing",
]  # fmt: skip
"""What of an answer is another: its class."""

Weight = Literal["breaking", "risky", "harmless"]
"""What it means to a client that was right before."""

LIVE = ":live"
"""Behind an id: the change has come to all servers, where its vendor serves changes on some of them first."""

_CAPITAL = re.compile("(?=[A-Z])")

V = TypeVar("V", bound="type[Variant]")


class Variant:
    """A change that a vendor might make; its docstring's first line says which. Without a method it alters nothing."""

    change: ClassVar[Change]
    weight: ClassVar[Weight]

    def __init__(self, *, live: bool = False) -> None:
        self.live = live
        """Whether it has come to all servers."""

    @property
    def sentence(self) -> str:
        """What is different, for people."""
        return (self.__doc__ or "").strip().partition("\n")[0]

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        """What the vendor hears of a request; an Answer, when that is said without the vendor hearing anything."""
        return request

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        """What the caller is answered. `request` is what the vendor heard."""
        return answer

    def on_delivery(self, turn: Turn, delivery: Delivery) -> Delivery:
        """What goes out."""
        return delivery


def variant(change: Change, weight: Weight) -> Callable[[V], V]:
    """Classify a variant."""
    assert change in get_args(Change)
    assert weight in get_args(Weight)

    def register(made: V) -> V:
        made.change, made.weight = change, weight
        return made

    return register


def variants_of(vendor: Vendor) -> dict[str, Variant]:
    """A vendor's variants, in the order of its catalogue, by id: the class's name with hyphens, behind the vendor's."""
    return {f"{vendor.name}{_CAPITAL.sub('-', made.__name__).lower()}": made() for made in vendor.variants()}


def planted(vendors: Mapping[str, Vendor], ids: Iterable[str]) -> dict[str, list[Variant]]:
    """Vendor → its variants among these ids; `LIVE` may stand behind each. Raises Unknown, naming what there is."""
    found: dict[str, list[Variant]] = {}
    for id_ in ids:
        name = id_.partition("-")[0]
        if name not in vendors:
            raise Unknown(f"there is no variant {id_!r}; variants begin with a vendor's name: {', '.join(vendors)}")
        known, plain = variants_of(vendors[name]), id_.removesuffix(LIVE)
        if plain not in known:
            raise Unknown(f"there is no variant {id_!r}; {name} has {', '.join(known) or 'none'}")
        found.setdefault(name, []).append(type(known[plain])(live=plain != id_))
    return found


# ---- what the kernel calls


def apply_to_request(variants: Iterable[Variant], turn: Turn, request: Request) -> Request | Answer:
    """Through all of them, in their order."""
    heard: Request | Answer = request
    for one in variants:
        if isinstance(heard, Answer):
            break
        heard = one.on_request(turn, heard)
    return heard


def apply_to_answer(variants: Iterable[Variant], turn: Turn, request: Request, answer: Answer) -> Answer:
    """Through all of them, in their order."""
    for one in variants:
        answer = one.on_answer(turn, request, answer)
    return answer


def apply_to_delivery(variants: Iterable[Variant], turn: Turn, delivery: Delivery) -> Delivery:
    """Through all of them, in their order."""
    for one in variants:
        delivery = one.on_delivery(turn, delivery)
    return delivery


# ---- what variants are made with


def path_of(request: Request) -> str:
    """What was asked for, without the query, and decoded."""
    return unquote(request.target.partition("?")[0])


def query_of(request: Request) -> dict[str, str]:
    """The parameters; of one that comes twice, the last."""
    return dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))


def with_query(request: Request, **other: str) -> Request:
    """The same request with these parameters in place of its own."""
    path = request.target.partition("?")[0]
    return msgspec.structs.replace(request, target=f"{path}?{urlencode(query_of(request) | other)}")


def with_body(answer: Answer, body: bytes) -> Answer:
    """The same answer with another body, and its length told."""
    headers = tuple((n, str(len(body)) if n.lower() == "content-length" else v) for n, v in answer.headers)
    return Answer(answer.status, headers, body, answer.cut)


def edit_json(answer: Answer, edit: Callable[[Any], Any]) -> Answer:
    """The same answer with other JSON: `edit` gets it decoded, and returns what it shall be. Not JSON: left alone."""
    try:
        said = json.loads(answer.body)
    except ValueError:
        return answer
    spaced = (b'": ' if b'":' in answer.body else b", ") in answer.body
    body = json.dumps(edit(said), ensure_ascii=False, separators=(", ", ": ") if spaced else (",", ":")).encode()
    return with_body(answer, body)
