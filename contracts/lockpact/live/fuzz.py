"""Schemathesis over a vendor's OpenAPI document: every check, every phase, one result an operation.

It judges a server: ours in process or served, or the vendor's own. What it sends is bounded by whoever calls it.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import requests
import schemathesis
from hypothesis.errors import HypothesisWarning
from schemathesis import Case, HookContext, Response, engine
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.engine import events
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import IgnoredAuth, MissingHeaderNotRejected, UnsupportedMethodResponse

from lockpact.core.traffic import Exchange, Traffic

__all__ = ["Expected", "Operation", "Refused", "fuzz"]

Expected = Mapping[str, Sequence[int | str]]
"""operation ("GET /path") → all statuses that a valid request may get, where what is in the world decides."""

Refused = Callable[[int, bytes], bool]
"""(status, body) → whether this is a refusal, of a vendor whose way is not HTTP's."""


@dataclass
class Operation:
    """What became of one operation: how often it answered which status, what failed, and the traffic of that."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[str, Traffic] = field(default_factory=dict)
    """sentence → the exchange that showed it first."""


def fuzz(
    document: dict[str, Any],
    url: str,
    auth: Mapping[str, Mapping[str, str]],
    *,
    examples: int,
    seed: int,
    expected: Expected | None = None,
    in_part: Collection[str] = (),
    headers: Mapping[str, str] | None = None,
    undeclared: Mapping[str, Collection[str]] | None = None,
    known: Mapping[str, str] | None = None,
    between: Callable[[], object] = lambda: None,
    restore: Callable[[], object] = lambda: None,
    may: Callable[[], bool] = lambda: True,
    per_second: float | None = None,
    refused: Refused | None = None,
) -> dict[str, Operation]:
    """Run all phases. → operation → what became of it, in the order in which they were met.

    `auth`: security scheme → Schemathesis' own form (`{"api_key": …}`). `headers` go with every request. `in_part`:
    operations that take a request in part, so that something invalid in it need not refuse the whole. `undeclared`:
    path → the methods that it does not declare and that may be sent to see them refused (None: all). `known`:
    parameters that always name an inhabitant: then only valid requests are made, since Schemathesis fills in what it
    had left out. `between` runs before and after each case; `restore` too, but for those that follow one another: a link
    leads to what the last step made. When `may` says no, no case is sent any more. `refused` is for a vendor that refuses
    with a success status: the body must say so where Schemathesis wants a 4xx. Raises what breaks Schemathesis itself (an
    unreachable server is a failure of each operation).
    """
    settings: dict[str, Any] = {
        "seed": seed,
        "base-url": url,
        "request-timeout": 120,
        "auth": {"openapi": {name: dict(value) for name, value in auth.items()}},
        "generation": {
            "max-examples": examples,
            "database": "none",
            "mode": "positive" if known else "all",
        },
        "parameters": dict(known or {}),
        "operations": [
            _expecting(name, (expected or {}).get(name), in_part=name in in_part)
            for name in dict.fromkeys((*(expected or {}), *in_part))
        ]
        + [
            {"include-path": path, "phases": {"coverage": {"unexpected-methods": sorted(methods)}}}
            for path, methods in (undeclared or {}).items()
        ],
        "headers": dict(headers or {}),
    }
    if per_second is not None:
        settings["rate-limit"] = f"{max(1, round(per_second * 60))}/m"
    schema = schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_dict(settings))
    schema.hook("filter_failure")(_is_a_failure if refused is None else partial(_is_a_failure_for, refused))
    found: dict[str, Operation] = {}
    with _around_each_call(between, restore), warnings.catch_warnings():
        # Hypothesis warns of large examples; they are wanted here.
        warnings.simplefilter("ignore", HypothesisWarning)
        stream = engine.from_schema(schema).execute()
        for event in stream:
            _take(event, found)
            if not may():
                stream.stop()
        if refused is not None:
            _try_without_key(document, url, refused, found, between, may)
    return found


_FRAMING = frozenset(
    {"connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Headers by which a server reads the request at all. They are the HTTP library's business: a request with made-up ones is
refused before any vendor hears of it."""


@contextmanager
def _around_each_call(between: Callable[[], object], restore: Callable[[], object]) -> Iterator[None]:
    """Schemathesis has these hooks for all schemas of a process only; so they are there for this run only."""

    def around(case: Case[Any]) -> None:
        between()
        if case.meta is None or case.meta.phase.name is not TestPhase.STATEFUL:
            restore()

    def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
        for name in [name for name in case.headers or () if name.lower() in _FRAMING]:
            del case.headers[name]
        around(case)

    def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
        # Checks send requests of their own, which no hook hears of.
        around(case)

    schemathesis.hook("before_call")(before_call)
    schemathesis.hook("after_call")(after_call)
    try:
        yield
    finally:
        schemathesis.hooks.unregister(before_call)
        schemathesis.hooks.unregister(after_call)


def _take(event: events.EngineEvent, found: dict[str, Operation]) -> None:
    match event:
        case events.ScenarioFinished(recorder=recorder, label=label):
            operation = found.setdefault(label or "stateful", Operation())
            answers = [i.response for i in recorder.interactions.values() if i.response is not None]
            operation.statuses.update(answer.status_code for answer in answers)
            for case, checks in recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        said = f"{check.name}: {check.failure_info.failure}"
                        operation.failures.setdefault(said, _traffic(recorder.interactions.get(case)))
        case events.NonFatalError(label=label, info=info):
            found.setdefault(label, Operation()).failures.setdefault(info.message, Traffic())
        case events.FatalError(exception=broken):
            raise broken


def _traffic(interaction: Any) -> Traffic:
    """The one exchange, with the times that Schemathesis has of it."""
    if interaction is None:
        return Traffic()
    request, response = interaction.request, interaction.response
    began = int(interaction.timestamp * 1_000_000)
    target = request.uri.partition("://")[2]
    target = target[target.find("/") :] if "/" in target else "/"
    if response is None:
        return Traffic([Exchange("", "", request.method, target, began, began, broken="reset")])
    took = int(response.elapsed * 1_000_000)
    return Traffic(
        [
            Exchange(
                "",
                "",
                request.method,
                target,
                began,
                began + took,
                status=response.status_code,
                answer=response.content,
            )
        ]
    )


def _expecting(name: str, statuses: Sequence[int | str] | None, *, in_part: bool) -> dict[str, Any]:
    checks: dict[str, Any] = {}
    if statuses is not None:
        checks["positive_data_acceptance"] = {"expected-statuses": list(statuses)}
    if in_part:
        checks["negative_data_rejection"] = {"expected-statuses": ["2xx", "4xx"]}
    return {"include-name": name, "checks": checks}


def _is_a_failure(context: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
    """A parameter that no operation has is ignored by every vendor here: Schemathesis takes it for an invalid request."""
    extra = "in query - violates `additionalProperties`" in failure.message
    return not (isinstance(failure, AcceptedNegativeData) and extra)


def _is_a_failure_for(
    refused: Refused, context: HookContext, failure: Failure, case: Case[Any], response: Response
) -> bool:
    """The same, for a vendor that refuses with a success status: what its body refuses was not accepted.

    Whether it asks for a key, Schemathesis judges by probes that no hook sees: `_try_without_key` does.
    """
    if isinstance(failure, IgnoredAuth):
        return False
    if isinstance(failure, AcceptedNegativeData | MissingHeaderNotRejected | UnsupportedMethodResponse):
        return not refused(response.status_code, response.content)
    return _is_a_failure(context, failure, case, response)


def _try_without_key(
    document: Mapping[str, Any],
    url: str,
    refused: Refused,
    found: dict[str, Operation],
    between: Callable[[], object],
    may: Callable[[], bool],
) -> None:
    """Each operation that asks for credentials, without any and with wrong ones: it must refuse."""
    asking = [
        (method, path)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if operation.get("security", document.get("security"))
    ]
    for method, path in asking:
        for headers in ({}, {"Authorization": "Bearer none-of-yours"}):
            if not may():
                return
            between()
            answer = requests.request(method, url + path, json={}, headers=headers, timeout=120)
            between()
            operation = found.setdefault(f"{method.upper()} {path}", Operation())
            operation.statuses[answer.status_code] += 1
            if not refused(answer.status_code, answer.content):
                operation.failures.setdefault(f"ignored_auth: answers {headers or 'without a key'}", Traffic())
