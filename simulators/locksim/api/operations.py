"""One row an operation, and the API that a vendor's rows make.

The request of a caller goes through `Api.checks` in their order (each raises the vendor's error, or answers in the
handler's place), then through the row's parameters in their order, then into the handler:

    checks ── parameters ── handler ── Answer
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from locksim.api.context import Arguments, Context
from locksim.api.errors import ApiError
from locksim.engine.inputs import Answer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from locksim.engine.turn import Turn

__all__ = ["Api", "Effect", "Operation", "Parameter", "flask_rules"]

C = TypeVar("C", bound=Context[Any])

Effect = Literal["read", "write", "destructive"]
"""What a request does on a real server. `read` changes nothing. `write` makes or changes what can be undone.
`destructive` opens, deletes, writes to people or waits for a person: a live run sends it only when it is named."""

_PARAMETER = re.compile(r"{([^}]+)}")


@dataclass(frozen=True)
class Parameter(Generic[C]):
    """One parameter of an operation.

    `parse(context, given)` returns the argument or raises the vendor's error. `given` is the list of all values of a
    query or form parameter (empty when it is absent), the text of a path parameter (empty when the request has the
    operation's `short_path`), and the raw body of a body.
    """

    name: str
    """The name on the wire; for a body any name."""
    where: Literal["path", "query", "form", "body"]
    parse: Callable[[C, Any], Any]
    required: bool = False
    """Whether the vendor's document requires it."""
    argument: str = ""
    """The name in the handler's arguments; the name on the wire when empty."""

    def read(self, context: C) -> Any:
        """Return the argument. Raises the vendor's error."""
        match self.where:
            case "path":
                return self.parse(context, context.path_values.get(self.name, ""))
            case "query":
                return self.parse(context, context.query.get(self.name, []))
            case "form":
                return self.parse(context, context.form.get(self.name, []))
            case "body":
                return self.parse(context, context.body)


@dataclass(frozen=True)
class Operation(Generic[C]):
    """One operation of the vendor's document."""

    method: str
    path: str
    """As in `openapi.yaml`, with `{parameters}`, below the API's base path."""
    handler: Callable[[C, Arguments], Answer]
    effect: Effect
    chapter: str
    """The heading in the vendor's document."""
    short_path: str = ""
    """A second path, without the last path parameter, where the vendor's document calls that parameter optional."""
    access: str = ""
    """Who may call it, in the vendor's words; the vendor's checks read it. "" is the usual caller."""
    parameters: tuple[Parameter[C], ...] = ()
    """In the order in which they are judged."""
    quota: str = ""
    """The quota or rate limit that counts it, if the vendor has several."""
    tags: frozenset[str] = field(default_factory=frozenset)
    """What else the vendor's checks ask of the row (hardware bridge only, pre-release only)."""

    @property
    def id(self) -> str:
        """`METHOD path`, as live permissions, drift and reports name it."""
        return f"{self.method} {self.path}"

    def call(self, context: C) -> Answer:
        """Read the arguments, then run the handler. Raises the vendor's error."""
        return self.handler(context, {p.argument or p.name: p.read(context) for p in self.parameters})


@dataclass(frozen=True, eq=False)
class Api(Generic[C]):
    """A vendor's operations, and what surrounds them."""

    operations: tuple[Operation[C], ...]
    checks: tuple[Callable[[C], Answer | None], ...]
    """Judge a request before its operation, in this order; also when there is no operation (`context.operation`)."""
    refuse: Callable[[C, Any], Answer]
    """Renders an `ApiError` of the vendor: the only place where a refusal becomes an answer."""
    context: Callable[[Turn, WSGIEnvironment], C]
    error: type[ApiError] = ApiError
    """The root of the vendor's errors. Any other exception is a defect of the simulator."""
    finish: Callable[[C, Answer], Answer] | None = None
    """Changes every answer of a handler, a check or `refuse` (rate limit headers)."""
    base: str = ""
    """The path before every operation's."""
    strict_slashes: bool = True
    """Whether a slash at the end of a path makes it another path."""
    merge_slashes: bool = False
    options: bool = True
    """Whether OPTIONS is answered by Flask, without an operation."""
    normalize: Callable[[str], str] = lambda path: path
    """The path by which an operation is found, from the request's path."""

    def __iter__(self) -> Iterator[Operation[C]]:
        return iter(self.operations)

    @property
    def paths(self) -> list[str]:
        """Every path once, in the order of the table."""
        return list(dict.fromkeys(operation.path for operation in self.operations))

    def methods(self, path: str) -> list[str]:
        """Return the methods of a path of the table, in its order; empty for an unknown path."""
        return [operation.method for operation in self.operations if operation.path == path]


def flask_rules(api: Api[Any]) -> Iterator[tuple[str, Operation[Any]]]:
    """Yield the paths of the table as Flask rules (`/devices/{id}` → `/devices/<id>`), with their operations."""
    for operation in api:
        for path in filter(None, (operation.path, operation.short_path)):
            yield _PARAMETER.sub(r"<\1>", api.base + path), operation
