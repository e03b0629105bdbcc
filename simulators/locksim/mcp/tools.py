"""The tools: one for each operation of the control API, and a few that are more than one request."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from locksim.engine.commands import Name
from locksim.engine.errors import Refused, WrongArguments
from locksim.mcp import refusals
from locksim.mcp.checks import CheckClient, Checks, ReadStory
from locksim.mcp.control_client import BY_ID, ControlClient
from locksim.server.control_document import arguments_schema
from locksim.server.control_operation import ControlOperation
from locksim.server.world_options import DEFAULT

__all__ = ["MAX_ANSWER", "TOOLS", "Session", "Tool"]

MAX_ANSWER = 60_000
"""Characters of an answer, about 15,000 tokens. A page of the journal ends before them; what is longer otherwise is refused."""
_LEFT_OUT = {"readOpenapi"}
"""Operations that are no tools: the tools say what the document says. Those that answer no JSON are none either."""


@dataclass(frozen=True)
class Session:
    """What the tools act on."""

    control: ControlClient
    checks: Checks


@dataclass(frozen=True)
class Tool:
    """One tool, as an agent sees it.

    Attributes:
        name: its name.
        title: one sentence that says what it does.
        description: the title, and what else there is to know.
        schema: the JSON schema of its arguments.
        run: (session, arguments) → its answer, a JSON object. Raises Refused.
        reads: whether it changes nothing.
        destroys: whether something is lost by it.
    """

    name: str
    title: str
    description: str
    schema: Mapping[str, Any]
    run: Callable[[Session, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
    reads: bool = False
    destroys: bool = False


class ExplainRefusal(msgspec.Struct, forbid_unknown_fields=True):
    """Which request."""

    world: Annotated[Name, msgspec.Meta(description="The world's name.")] = DEFAULT
    entry: Annotated[
        Annotated[int, msgspec.Meta(ge=1, le=10**15)] | None,
        msgspec.Meta(
            description="The number of the request's entry in the journal; without it the last request that was refused."
        ),
    ] = None


def _of_operation(operation: ControlOperation) -> Tool:
    async def run(session: Session, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = await session.control.call(operation.id, arguments)
        return _page_that_fits(answer) if operation.id == "readJournal" else answer

    return Tool(
        re.sub("(?=[A-Z])", "_", operation.id).lower(),
        operation.title,
        f"{operation.title} {operation.description}".rstrip(),
        arguments_schema(operation),
        run,
        reads=operation.method == "GET",
        destroys=operation.method == "DELETE" or operation.command in ("reset", "restore", "load"),
    )


def _page_that_fits(page: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a page of the journal, without its last entries if it is too long. A reader goes on after the last one there."""
    size, kept = 0, 0
    for entry in page["entries"]:
        size += len(msgspec.json.encode(entry)) + 1
        if size > MAX_ANSWER - 100:  # for what surrounds the entries
            break
        kept += 1
    if kept == 0 and page["entries"]:
        raise Refused(f"entry {page['entries'][0]['n']} alone has more than {MAX_ANSWER} characters; go on after it")
    return {**page, "entries": page["entries"][:kept]}


def _of_function(
    arguments: type[msgspec.Struct],
    run: Callable[[Session, Any], Awaitable[Mapping[str, Any]]],
    name: str,
    title: str,
    description: str,
    *,
    reads: bool = True,
) -> Tool:
    """Return a tool whose arguments are members of a struct."""

    async def call(session: Session, given: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            converted = msgspec.convert(given, arguments)
        except msgspec.ValidationError as wrong:
            raise WrongArguments(f"the arguments do not fit: {wrong}") from None
        return await run(session, converted)

    (schema,), parts = msgspec.json.schema_components([arguments], ref_template="#/$defs/{name}")
    shown = msgspec.json.decode(
        msgspec.json.encode(parts[schema["$ref"].rpartition("/")[2]]).replace(rb"\\A", b"^").replace(rb"\\Z", b"$")
    )
    return Tool(name, title, f"{title} {description}", shown, call, reads)


async def _explain(session: Session, given: ExplainRefusal) -> Mapping[str, Any]:
    return await refusals.explain(session.control, given.world, given.entry)


async def _check(session: Session, given: CheckClient) -> Mapping[str, Any]:
    return await session.checks.run(given)


async def _story(session: Session, given: ReadStory) -> Mapping[str, Any]:
    return session.checks.read_story(given)


TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        *(
            _of_operation(operation)
            for operation in BY_ID.values()
            if operation.media_type == "application/json" and operation.id not in _LEFT_OUT
        ),
        _of_function(
            ExplainRefusal, _explain, "explain_refusal", "Say why a vendor refused a request.",
            "The near misses say what the vendor objected to and what would have worked. The rules are those that decided "
            "(`about` is `answer`) and those of the operation. Each has its evidence: documented, observed or assumed.",
        ),
        _of_function(
            CheckClient, _check, "check_client", "Check which laws of the vendor's pact a client breaks, with lockpact check.",
            "It runs the adapter's code on this machine. Each broken law has a story, which read_story reads.",
            reads=False,
        ),
        _of_function(
            ReadStory, _story, "read_story", "Read how a client broke a law, in the fewest steps, with the requests of each.",
            "Secrets are masked. `page` is the same as an HTML file for people.",
        ),
    )
}  # fmt: skip
"""The tools by name."""
