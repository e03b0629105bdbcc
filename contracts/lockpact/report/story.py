"""A breach as a story: numbered steps, what the client did, what the vendor said, and which law that breaks.

NK-AUTH-1 is broken: takes a token whenever the button comes in the window
Nuki Bridge API v1.6 (19.06.2017), /auth: "The button of the bridge has to be pressed within this timeframe"

1. +0.0 s  the client is made; it knows nothing
+0.0 s  planned for +12.3 s: press_button() on 2117604523
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
from lockpact.core.step import Step
from lockpact.core.traffic import Exchange
from lockpact.core.verdict import Breach

__all__ = ["mask", "shown", "tell"]

MASK = "•••"
_BODY = 200
"""Characters of a body that a story shows."""
_STEPS = 25
"""Steps that a story shows; the ones before are counted."""


def tell(breach: Breach, document: str, secrets: Iterable[str] = (), again: str = "") -> str:
    """The story, with secrets masked. `again`: the command that shows it again."""
    secrets = list(secrets)
    lines = [headline(breach.law), f"  {document}, {breach.law.evidence}", ""]
    start = _start(breach)
    steps = breach.steps[-_STEPS:]
    if len(steps) < len(breach.steps):
        lines.append(f"  … {len(breach.steps) - len(steps)} steps before")
    for step in steps:
        lines += _step(step, start, secrets)
    if not steps:
        lines += [f"  {_at(x.began, start)}  {_exchange(x, secrets)}" for x in breach.traffic[-_STEPS:]]
    lines += ["", f"  {breach.sentence}"]
    if again:
        lines += ["", f"  again: {again}"]
    return mask("\n".join(lines) + "\n", secrets)


def headline(law: Law) -> str:
    """Which law it is."""
    return f"{law.id} is broken: {law.sentence}"


def mask(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets (the longest first, since one may contain another)."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def _start(breach: Breach) -> int:
    if breach.steps:
        return breach.steps[0].began
    return breach.traffic[0].began if len(breach.traffic) else 0


def _at(moment: int, start: int) -> str:
    return f"+{(moment - start) / 1_000_000:.1f} s"


def _step(step: Step[Any], start: int, secrets: Sequence[str]) -> list[str]:
    said = ", ".join(f"{name}={shown(value)}" for name, value in step.arguments.items())
    head = f"the client is made; it knows {_known(step)}" if step.call == "made" else f"{step.call}({said})"
    lines = [f"      {_at(h.at, start)}  {h.what}" for h in step.events_before]
    lines.append(f"  {step.number:2}. {_at(step.began, start)}  {head}")
    told = [((h.at, h.after_exchanges, 0), h.what) for h in step.events]
    told += [((x.began, place, 1), _exchange(x, secrets)) for place, x in enumerate(step.traffic)]
    lines += [f"        {_at(when[0], start)}  {what}" for when, what in sorted(told, key=lambda one: one[0])]
    if step.error is not None:
        lines.append(f"      → {type(step.error).__name__}: {step.error}")
    elif step.call != "made" and step.result is not None:
        lines.append(f"      → {shown(step.result)}")
    return lines


def _known(step: Step[Any]) -> str:
    return ", ".join(step.arguments.get("knows", ())) or "nothing"


def _exchange(x: Exchange, secrets: Sequence[str]) -> str:
    asked = f"{x.method} {x.target} {_short(x.body, secrets)}".rstrip()
    match x.broken:
        case "reset":
            return f"{asked} … the connection was reset"
        case "timeout":
            return f"{asked} … no answer in {(x.ended - x.began) / 1_000_000:g} s, the client gave up"
        case "waiting":
            return f"{asked} … still waiting"
        case "cut":
            return f"{asked} … {x.status}, broke off after {len(x.answer)} bytes"
    altered = "(altered) " if x.altered else ""
    took = f" after {(x.ended - x.began) / 1_000_000:g} s" if x.ended > x.began else ""
    return f"{asked} … {x.status}{took} {altered}{_short(x.answer, secrets)}".rstrip()


def _short(body: bytes, secrets: Sequence[str]) -> str:
    """As text, cut where it is long. A secret that the cut goes through must be masked before."""
    text = mask(body.decode("utf-8", "replace"), secrets)
    return text if len(text) <= _BODY else text[:_BODY] + "…"


def shown(value: Any) -> str:
    """A value as a reader wants it: an enum by its name, a dataclass by what is set in it, or as it tells itself."""
    if isinstance(value, enum.Enum):
        return value.name.lower()
    if is_dataclass(value) and not isinstance(value, type) and not _tells_itself(value):
        return f"{type(value).__name__}({_fields(value)})"
    if isinstance(value, str | bytes):
        return repr(value if len(value) <= _BODY else value[:_BODY]) + ("…" if len(value) > _BODY else "")
    if not isinstance(value, Sequence):
        return repr(value)
    return f"[{', '.join(map(shown, value))}]"


def _tells_itself(value: Any) -> bool:
    """Whether a dataclass was made with repr=False: then its author has said how it is told."""
    made = getattr(value, "__dataclass_params__", None)
    return made is not None and not made.repr


def _fields(value: Any) -> str:
    return ", ".join(f"{f.name}={shown(getattr(value, f.name))}" for f in fields(value) if f.repr)
