"""Compare a recording with our simulator at the places that show a rule.

A vendor's table (`lockpact.<vendor>.evidence.EVIDENCE`) gives the places for rules of its FIDELITY.md:

    At("NK-R61", "GET /list", 200, "*.lastKnownState", "keys")

A recording of our own simulator must contain everything that the recording has there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.pact import Pact
from lockpact.record.recording import Form, RecordedAnswer
from lockpact.record.redact import WORD

__all__ = ["At", "Comparison", "Look", "compare_place", "evidence_of"]

Look = Literal["status", "there", "type", "keys", "constant", "value", "form"]
"""What is compared at a place: status: which ones occur. there: whether the place exists. type: the value's type. keys: in
order. constant: whether the document has the value. value: the value, or the text of an error. form: how a time or a text is
written.
"""


@dataclass(frozen=True)
class At:
    """One place that shows one rule."""

    rule: str
    operation: str
    """Its name in the drift table."""
    status: int
    place: str = ""
    """`header content-type`, or the place in the body (`*.lastKnownState.stateName`). Empty: the whole body."""
    look: Look = "type"
    profile: str = ""
    """The profile of our simulator that has the rule; empty: both. It does not apply to a server that is like the other."""
    refused: bool = False
    """Whether the answer is a refusal with a success status."""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.operation, str(self.status), self.place, self.look)))


@dataclass(frozen=True)
class Comparison:
    """The comparison of a recording with our simulator at one place."""

    confirmed: bool
    theirs: Sequence[str]
    ours: Sequence[str]


def evidence_of(pact: Pact) -> Sequence[At]:
    """Return the vendor's table. Raises CouldNotRun if there is none."""
    try:
        table: Sequence[At] = import_module(f"lockpact.{pact.vendor}.evidence").EVIDENCE
    except ModuleNotFoundError:
        raise CouldNotRun(f"there is no table of evidence for {pact.vendor} yet") from None
    return table


def compare_place(at: At, theirs: Sequence[RecordedAnswer], ours: Sequence[RecordedAnswer]) -> Comparison | None:
    """Compare what a server answered at one place with what our simulator answers. None: the recording does not show it."""
    recorded, simulated = _seen(at, theirs), _seen(at, ours)
    if not recorded or not simulated or any(WORD in text for text in recorded):
        return None
    return Comparison(recorded <= simulated, sorted(recorded), sorted(simulated))


def _seen(at: At, answers: Sequence[RecordedAnswer]) -> frozenset[str]:
    """Return what the answers have at the place, in the form that `at.look` compares."""
    answers = [answer for answer in answers if answer.operation == at.operation]
    if at.look == "status":
        return frozenset(str(a.status) for a in answers if a.status == at.status or not _is_temporary(a.status))
    matching = [a for a in answers if a.status == at.status and (a.refused == at.refused or at.status >= 400)]
    if at.look == "there":
        return frozenset("there" if _has(at, answer) else "not there" for answer in matching)
    return frozenset(text for answer in matching for form in _forms(at, answer) for text in _look(at.look, form))


def _is_temporary(status: int) -> bool:
    """Return whether a status depends on the server's load rather than on the request."""
    return status == 429 or status >= 500


def _has(at: At, answer: RecordedAnswer) -> bool:
    kind, _, name = at.place.partition(" ")
    return name in answer.headers if kind == "header" else at.place in answer.shape


def _forms(at: At, answer: RecordedAnswer) -> Sequence[Form]:
    kind, _, name = at.place.partition(" ")
    return answer.headers.get(name, ()) if kind == "header" else answer.shape.get(at.place, ())


def _look(look: Look, form: Form) -> Iterable[str]:
    if look == "keys":
        return [" ".join(form["keys"])] if isinstance(form, dict) and "keys" in form else []
    if look == "type":
        return [_type(form)]
    if look == "constant":
        return [f"a documented value ({_type(form)})" if _constant(form) else str(form)]
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
