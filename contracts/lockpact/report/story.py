"""A breach as a story: the law, the numbered steps with their exchanges and events, and what is wrong.

NK-AUTH-1 is broken: takes a token whenever the button comes in the window
Nuki Bridge API v1.6 (19.06.2017), /auth: "The button of the bridge has to be pressed within this timeframe"

1. +0.0 s  the client is created; it knows nothing
+0.0 s  scheduled for +12.3 s: press_button() on 2117604523
2. +0.0 s  authorize()
+0.0 s  GET /auth … no answer in 10 s, the client gave up
→ Unavailable: the bridge did not answer in 10 s

pressed after 12.3 s, within the window, but the client came back without the token
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from lockpact.core.law import Law
from lockpact.core.secrets import mask
from lockpact.core.step import Step
from lockpact.core.traffic import Exchange
from lockpact.core.verdict import Breach
from lockpact.report.model import ClientStep, ShownExchange

__all__ = ["client_steps", "format_value", "headline", "render_story", "shown_exchanges"]

_BODY = 200
"""The longest part of a body that a story shows, in characters."""
_EXCHANGES = 60
"""The most exchanges that the HTML report has of a breach."""
_STEPS = 25
"""The most steps that a story shows; the earlier ones are only counted."""


def render_story(breach: Breach, document: str, secrets: Iterable[str] = (), reproduce: str = "") -> str:
    """Return the story of a breach, with secrets masked. `reproduce` is the command that shows it again."""
    secrets = list(secrets)
    lines = [headline(breach.law), f"  {document}, {breach.law.evidence}", ""]
    start = _start(breach)
    steps = breach.steps[-_STEPS:]
    if len(steps) < len(breach.steps):
        lines.append(f"  … {len(breach.steps) - len(steps)} steps before")
    for step in steps:
        lines += _step(step, start, secrets)
    if not steps:
        lines += _traffic(breach, start, secrets)
    lines += ["", f"  {breach.sentence}"]
    if reproduce:
        lines += ["", f"  reproduce: {reproduce}"]
    return mask("\n".join(lines) + "\n", secrets)


def client_steps(breach: Breach, secrets: Iterable[str] = ()) -> list[ClientStep]:
    """Return what the client did, for the film of a story. The last line is what is wrong. Secrets are masked."""
    secrets = list(secrets)
    steps = [ClientStep(one.ended, mask(_call(one), secrets), mask(_outcome(one), secrets)) for one in breach.steps]
    at = steps[-1].at if steps else breach.traffic[-1].ended if len(breach.traffic) else 0
    return [*steps, ClientStep(at, headline(breach.law), mask(breach.sentence, secrets), wrong=True)]


def shown_exchanges(breach: Breach, secrets: Iterable[str] = ()) -> list[ShownExchange]:
    """Return the last `_EXCHANGES` exchanges of a breach, whole, with secrets masked."""
    secrets, start = list(secrets), _start(breach)
    traffic = [x for step in breach.steps for x in step.traffic] or list(breach.traffic)
    return [
        ShownExchange(
            request=mask(f"{x.method} {x.target}", secrets),
            answer=_whole(x.answer, secrets) if not x.broken else _exchange(x, secrets),
            at=_at(x.began, start),
            sent=_whole(x.body, secrets),
            status=x.broken or str(x.status),
        )
        for x in traffic[-_EXCHANGES:]
    ]


def _whole(body: bytes, secrets: Sequence[str]) -> str:
    return mask(body.decode("utf-8", "replace"), secrets)


def _call(step: Step[Any]) -> str:
    if step.call == "made":
        return f"the client is created; it knows {_known(step)}"
    return f"{step.call}({', '.join(f'{name}={format_value(value)}' for name, value in step.arguments.items())})"


def _outcome(step: Step[Any]) -> str:
    if step.error is not None:
        return f"{type(step.error).__name__}: {step.error}"
    return "" if step.call == "made" or step.result is None else format_value(step.result)


def headline(law: Law) -> str:
    """Return the first line: which law is broken."""
    return f"{law.id} is broken: {law.sentence}"


def _start(breach: Breach) -> int:
    if breach.steps:
        return breach.steps[0].began
    return min([x.began for x in breach.traffic[:1]] + [event.at for event in breach.events[:1]], default=0)


def _at(time: int, start: int) -> str:
    return f"+{(time - start) / 1_000_000:.1f} s"


def _step(step: Step[Any], start: int, secrets: Sequence[str]) -> list[str]:
    lines = [f"      {_at(event.at, start)}  {event.what}" for event in step.events_before]
    lines.append(f"  {step.number:2}. {_at(step.began, start)}  {_call(step)}")
    during = [((event.at, event.after_exchanges, 0), event.what) for event in step.events]
    during += [((x.began, index, 1), _exchange(x, secrets)) for index, x in enumerate(step.traffic)]
    lines += [f"        {_at(when[0], start)}  {what}" for when, what in sorted(during, key=lambda line: line[0])]
    return [*lines, f"      → {outcome}"] if (outcome := _outcome(step)) else lines


def _traffic(breach: Breach, start: int, secrets: Sequence[str]) -> list[str]:
    """Return the last exchanges of a breach without steps, numbered, with what happened around them."""
    left_out = max(0, len(breach.traffic) - _STEPS)
    shown = list(enumerate(breach.traffic, 1))[left_out:]
    began = shown[0][1].began if left_out else start
    events = [event for event in breach.events if event.at >= began or not left_out]
    lines = [((event.at, 0, at), f"      {_at(event.at, start)}  {event.what}") for at, event in enumerate(events)]
    lines += [((x.began, 1, n), f"  {n:2}. {_at(x.began, start)}  {_exchange(x, secrets)}") for n, x in shown]
    before = [f"  … {left_out} requests before"] if left_out else []
    return before + [line for _, line in sorted(lines, key=lambda one: one[0])]


def _known(step: Step[Any]) -> str:
    return ", ".join(step.arguments.get("knows", ())) or "nothing"


def _exchange(x: Exchange, secrets: Sequence[str]) -> str:
    request = f"{x.method} {x.target} {_short(x.body, secrets)}".rstrip()
    match x.broken:
        case "reset":
            return f"{request} … the connection was reset"
        case "timeout":
            return f"{request} … no answer in {(x.ended - x.began) / 1_000_000:g} s, the client gave up"
        case "waiting":
            return f"{request} … still waiting"
        case "cut":
            return f"{request} … {x.status}, cut off after {len(x.answer)} bytes"
    altered = "(altered) " if x.altered else ""
    took = f" after {(x.ended - x.began) / 1_000_000:g} s" if x.ended > x.began else ""
    return f"{request} … {x.status}{took} {altered}{_short(x.answer, secrets)}".rstrip()


def _short(body: bytes, secrets: Sequence[str]) -> str:
    # Mask before cutting: half a secret would not be recognized.
    text = mask(body.decode("utf-8", "replace"), secrets)
    return text if len(text) <= _BODY else text[:_BODY] + "…"


def format_value(value: Any) -> str:
    """Format a value for a story: an enum by its name, a dataclass by its fields, unless it has a repr of its own."""
    if isinstance(value, enum.Enum):
        return value.name.lower()
    if is_dataclass(value) and not isinstance(value, type) and not _has_own_repr(value):
        return f"{type(value).__name__}({_fields(value)})"
    if isinstance(value, str | bytes):
        return repr(value if len(value) <= _BODY else value[:_BODY]) + ("…" if len(value) > _BODY else "")
    if not isinstance(value, Sequence):
        return repr(value)
    return f"[{', '.join(map(format_value, value))}]"


def _has_own_repr(value: Any) -> bool:
    """Return whether a dataclass was defined with repr=False."""
    parameters = getattr(value, "__dataclass_params__", None)
    return parameters is not None and not parameters.repr


def _fields(value: Any) -> str:
    return ", ".join(f"{f.name}={format_value(getattr(value, f.name))}" for f in fields(value) if f.repr)
