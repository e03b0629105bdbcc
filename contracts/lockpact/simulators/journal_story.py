"""A world's journal as a story: what the report of a failing test shows.

near misses
GET /listt: there is no GET /listt; did you mean /list?
faults that never took effect
fault 1, refuse unavailable on /lock*: no request matched it
story
+0.0 s  GET /listt?token=••• … 404
+2.0 s  press_button() on 730158264 → {"windows":0}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from locksim.engine.journal import render
from locksim.engine.masking import Masker
from locksim.inprocess.world import World

__all__ = ["event_of", "failure_report"]

_BODY = 160
"""The longest part of a body that is shown, in characters."""
_LINES = 60
"""How many of the story's last lines are shown."""


def failure_report(world: World) -> str:
    """Return near misses, faults that never took effect, and the story, with secrets masked."""
    masker = Masker(world.core)
    for _ in masker.remember(world.core):
        pass
    entries = [masker.mask(render(entry)) for entry in world.journal.entries()]
    story = _story(world, entries)
    left = [f"… {len(story) - _LINES} earlier lines"] if len(story) > _LINES else []
    sections = {
        "near misses": list(_misses(entries)),
        "faults that never took effect": _idle_faults(world),
        "story": [*left, *story[-_LINES:]],
    }
    return "\n".join(
        line for title, lines in sections.items() if lines for line in (title, *(f"  {line}" for line in lines))
    )


def event_of(entry: Mapping[str, Any]) -> str:
    """Return what an entry other than a request says about the world: an action, a fault, a command. Empty if nothing."""
    match entry["kind"]:
        case "act":
            where = f" on {entry['device']}" if entry["device"] is not None else " by staff or owner"
            return f"{entry['action']}({_arguments(entry['args'])}){where}{_result(entry)}"
        case "control" if entry["op"] == "fault":
            args = entry["args"]
            fault = {**args["effect"], "path": args.get("path"), "method": args.get("method")}
            only = f" for {args['vendor']}" if args.get("vendor") else ""
            return f"fault injected{only}: {_fault(fault)}{_refusal(entry)}"
        case "control":
            return f"{entry['op']}({_arguments(entry['args'])}){_refusal(entry)}"
    return ""


def _misses(entries: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each near miss. The same one is shown once."""
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        for miss in entry.get("misses", ()):
            what = f"{entry['method']} {_path(entry)}" if entry["kind"] == "request" else entry["kind"]
            if (what, miss) not in seen:
                seen.add((what, miss))
                yield f"{what}: {miss}"


def _idle_faults(world: World) -> list[str]:
    lines = []
    for fault in world.faults.list():
        if not fault.struck:
            matched = (
                "nothing matched it" if not fault.matched else f"{fault.matched} matched, but it did not strike them"
            )
            effect = msgspec.to_builtins(fault.effect)
            lines.append(
                f"fault {fault.id}, {_fault(effect | {'path': fault.path, 'method': fault.method})}: {matched}"
            )
    return lines


def _fault(effect: Mapping[str, Any]) -> str:
    text = " ".join(
        str(value) for key, value in effect.items() if key not in ("path", "method") and value not in (None, {})
    )
    return f"{text} on {effect.get('method') or 'any method'}, {effect.get('path') or 'any path'}"


def _story(world: World, entries: list[dict[str, Any]]) -> list[str]:
    start = datetime.fromisoformat(entries[0]["at"]) if entries else None
    requests: dict[int, dict[str, Any]] = {}
    """Pending id → the entry of its request."""
    attempts = {attempt.id: one for one in world.deliveries.list() for attempt in one.attempts}
    lines = []
    for entry in entries:
        if "ticket" in entry and entry["kind"] == "request":
            requests[entry["ticket"]] = entry
        for line in _lines(entry, requests, attempts):
            seconds = (datetime.fromisoformat(entry["at"]) - start).total_seconds() if start else 0
            lines.append(f"{f'+{seconds:.1f} s':>8}  {line}")
    return lines


def _lines(entry: dict[str, Any], requests: dict[int, dict[str, Any]], attempts: dict[int, Any]) -> Iterator[str]:
    """Yield what happened in one turn."""
    match entry["kind"]:
        case "request":
            yield f"{_request(entry)} … {_answer(entry['answer']) if 'answer' in entry else 'waits'}"
        case "act" | "control":
            yield event_of(entry)
        case "gone" if entry["ticket"] in requests:
            yield f"{_request(requests[entry['ticket']])} … the client gave up"
        case "outcome" if entry["attempt"] in attempts:
            delivery = attempts[entry["attempt"]]
            outcome = entry["status"] or entry["error"]
            yield f"{delivery.vendor} sent a {delivery.kind} to {delivery.to.partition('?')[0]} … {outcome}"
    for resolved in entry.get("resolved", ()):
        if resolved["ticket"] in requests:
            yield f"{_request(requests[resolved['ticket']])} … {_answer(resolved['answer'])}"
    if "failed" in entry:
        yield f"the simulator failed: {entry['failed']}"


def _request(entry: dict[str, Any]) -> str:
    struck = "".join(f" (fault {id_})" for id_ in entry.get("struck", ()))
    return f"{entry['method']} {entry['target']} {_short(entry)}".rstrip() + struck


def _path(entry: dict[str, Any]) -> str:
    return str(entry["target"]).partition("?")[0]


def _answer(answer: dict[str, Any]) -> str:
    if answer["status"] == 0 or answer.get("cut") == 0:
        return "the connection was reset"
    cut = f", cut off after {answer['cut']} bytes" if "cut" in answer else ""
    return f"{answer['status']}{cut} {_short(answer)}".rstrip()


def _short(part: dict[str, Any]) -> str:
    text = str(part.get("body", "(bytes)")).strip()
    return text if len(text) <= _BODY else text[:_BODY] + "…"


def _arguments(args: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in args.items() if value is not None)


def _result(entry: Mapping[str, Any]) -> str:
    return _refusal(entry) or (f" → {_text(entry['result'])}" if entry.get("result") else "")


def _refusal(entry: Mapping[str, Any]) -> str:
    return f" refused: {entry['refused']['error']}" if "refused" in entry else ""


def _text(result: Any) -> str:
    return msgspec.json.encode(result).decode()
