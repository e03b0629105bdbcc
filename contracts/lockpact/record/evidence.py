"""Where a recording tells something of a rule of our stand-ins, and whether it is the same as theirs.

A vendor's table (`lockpact.<vendor>.evidence.EVIDENCE`) says for rules of its FIDELITY.md where to look:

    At("NK-R61", "GET /list", 200, "*.lastKnownState", "keys")

What the recording has there must be among what a recording of our own stand-in has there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from lockpact.core.pact import Pact
from lockpact.record.recording import Form, RecordedAnswer
from lockpact.record.redact import WORD
from lockpact.report.findings import CouldNotRun

__all__ = ["At", "Comparison", "Look", "compare_place", "evidence_of"]

Look = Literal["status", "there", "type", "keys", "constant", "value", "form"]
"""status: which there are; there: whether the place is; type: of the value; keys: in their order; constant: whether the
document has the value; value: the very value, or an error's text; form: how a time or a text is written.
"""


@dataclass(frozen=True)
class At:
    """One place to look at for one rule."""

    rule: str
    operation: str
    """By its name in the drift table."""
    status: int
    place: str = ""
    """`header content-type`, or the place in the body (`*.lastKnownState.stateName`); empty: the body as a whole."""
    look: Look = "type"
    profile: str = ""
    """The profile of our stand-in whose rule it is; empty: of both. Of a server that is like the other it says nothing."""

    refused: bool = False
    """It is a refusal with a success status."""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.operation, str(self.status), self.place, self.look)))


@dataclass(frozen=True)
class Comparison:
    """What a recording says of a rule at one place."""

    confirmed: bool
    theirs: Sequence[str]
    ours: Sequence[str]


def evidence_of(pact: Pact) -> Sequence[At]:
    """The vendor's table. Raises CouldNotRun where there is none."""
    try:
        table: Sequence[At] = import_module(f"lockpact.{pact.vendor}.evidence").EVIDENCE
    except ModuleNotFoundError:
        raise CouldNotRun(f"there is no table of evidence for {pact.vendor} yet") from None
    return table


def compare_place(at: At, theirs: Sequence[RecordedAnswer], ours: Sequence[RecordedAnswer]) -> Comparison | None:
    """Of one place: what a server answered beside what our stand-in answers. None: it says nothing."""
    said, mine = _seen(at, theirs), _seen(at, ours)
    if not said or not mine or any(WORD in one for one in said):
        return None
    return Comparison(said <= mine, sorted(said), sorted(mine))


def _seen(at: At, answers: Sequence[RecordedAnswer]) -> frozenset[str]:
    """What is at the place, as the look has it."""
    mine = [one for one in answers if one.operation == at.operation]
    if at.look == "status":
        return frozenset(str(one.status) for one in mine if one.status == at.status or not _passing(one.status))
    meant = [one for one in mine if one.status == at.status and (one.refused == at.refused or at.status >= 400)]
    if at.look == "there":
        return frozenset("there" if _has(at, one) else "not there" for one in meant)
    return frozenset(text for one in meant for form in _forms(at, one) for text in _look(at.look, form))


def _passing(status: int) -> bool:
    """Whether it is about the moment rather than the question."""
    return status == 429 or status >= 500


def _has(at: At, one: RecordedAnswer) -> bool:
    kind, _, name = at.place.partition(" ")
    return name in one.headers if kind == "header" else at.place in one.shape


def _forms(at: At, one: RecordedAnswer) -> Sequence[Form]:
    kind, _, name = at.place.partition(" ")
    return one.headers.get(name, ()) if kind == "header" else one.shape.get(at.place, ())


def _look(look: Look, form: Form) -> Iterable[str]:
    if look == "keys":
        return [" ".join(form["keys"])] if isinstance(form, dict) and "keys" in form else []
    if look == "type":
        return [_type(form)]
    if look == "constant":
        return [f"a value that is documented ({_type(form)})" if _constant(form) else str(form)]
    return [json.dumps(form, ensure_ascii=False)]


def _constant(form: Form) -> bool:
    return not (isinstance(form, dict) or (isinstance(form, str) and form.startswith("<")))


_PLACEHOLDERS = {"<integer>": "integer", "<number>": "number"}


def _type(form: Any) -> str:
    match form:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case {"keys": _}:
            return "object"
        case {"items": _}:
            return "array"
    return _PLACEHOLDERS.get(str(form), "text")
