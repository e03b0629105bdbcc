"""Run Schemathesis with a vendor's OpenAPI document: all checks, all phases, one result for each operation.

It judges any server, simulated or live. The caller limits what is sent.
"""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import requests
import schemathesis
from hypothesis.errors import HypothesisWarning
from schemathesis import Case, HookContext, Response, engine
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.engine import events
from schemathesis.generation.meta import TestPhase
from schemathesis.openapi.checks import MissingHeaderNotRejected, UnsupportedMethodResponse

from lockpact.core.traffic import Exchange, Traffic
from lockpact.simulators.documents import METHODS

__all__ = ["Expected", "IsRefusal", "OperationResult", "fuzz"]

Expected = Mapping[str, Sequence[int | str]]
"""Operation ("GET /path") → all statuses that a valid request may get, where they depend on the server's data."""

IsRefusal = Callable[[int, bytes], bool]
"""(status, body) → whether it is a refusal, for a vendor that refuses with a success status."""


@dataclass
class OperationResult:
    """The result for one operation: how often it answered with each status, and what failed."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[str, Traffic] = field(default_factory=dict)
    """Sentence about the failure → the exchange that first showed it."""


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
    may_continue: Callable[[], bool] = lambda: True,
    per_second: float | None = None,
    refused: IsRefusal | None = None,
    results: dict[str, OperationResult] | None = None,
) -> dict[str, OperationResult]:
    """Run all phases, and return the result of each operation.

    An unreachable server is a failure of each operation. Raises the errors of Schemathesis itself.

    Args:
        document: The OpenAPI document.
        results: Grows while operations are judged. It may have those of an earlier run.
        url: The server's URL.
        auth: Security scheme → its value in Schemathesis's form (`{"api_key": …}`).
        examples: How many examples of each operation.
        seed: The same seed gives the same requests.
        expected: The statuses of operations whose valid requests may be refused.
        in_part: Operations that accept the valid part of a request and ignore the rest.
        headers: Headers of every request.
        undeclared: Path → the undocumented methods that may be sent, to check that they are refused. A path that is
            missing has none. None: all methods of all paths.
        known: Parameters with the id of an existing object. Then only valid requests are generated, since Schemathesis
            would also fill in parameters that it left out on purpose.
        between: Called before and after each case.
        restore: Called before and after each case, but not between the steps of a stateful sequence: a link uses what
            the previous step created.
        may_continue: When it returns False, no further case is sent.
        per_second: The most requests a second. None: no limit.
        refused: For a vendor that refuses with a success status: checks the body where Schemathesis expects a 4xx.
    """
    checks, entries = _expecting(document, expected or {}, in_part)
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
        "checks": checks,
        "operations": entries,
        "headers": dict(headers or {}),
    }
    if undeclared is not None:
        settings["phases"], others = _limiting({path: undeclared.get(path, ()) for path in document["paths"]})
        entries += others
    if refused is not None:
        # Each refusal is a success to it, so it would send two more requests after each case. `_try_without_key` replaces it.
        settings["checks"] = {**checks, "ignored_auth": {"enabled": False}}
    if per_second is not None:
        settings["rate-limit"] = f"{max(1, round(per_second * 60))}/m"
    schema = schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_dict(settings))
    schema.hook("filter_failure")(_is_a_failure if refused is None else partial(_is_a_failure_for, refused))
    results = {} if results is None else results
    accepted: dict[str, _Accepted] = {}
    with _around_each_call(between, restore), warnings.catch_warnings():
        # Hypothesis warns about large examples, which are intended here.
        warnings.simplefilter("ignore", HypothesisWarning)
        stream = engine.from_schema(schema).execute()
        for event in stream:
            _take(event, results)
            if refused is not None:
                _remember_accepted(event, refused, accepted)
            if not may_continue():
                stream.stop()
        if refused is not None:
            _try_without_key(document, url, accepted, refused, results, between, restore, may_continue)
    return results


_TOO_MANY = 429

_FRAMING = frozenset(
    {"connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Headers that frame the request. They belong to the HTTP library: the server refuses a request with generated ones before
the vendor's code sees it."""


@contextmanager
def _around_each_call(between: Callable[[], object], restore: Callable[[], object]) -> Iterator[None]:
    """Call these around each case. Schemathesis's call hooks are global, so they are registered for this run only."""

    def around(case: Case[Any]) -> None:
        between()
        if case.meta is None or case.meta.phase.name is not TestPhase.STATEFUL:
            restore()

    def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
        for name in [name for name in case.headers or () if name.lower() in _FRAMING]:
            del case.headers[name]
        around(case)

    def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
        # Checks send requests of their own, without calling hooks.
        around(case)

    schemathesis.hook("before_call")(before_call)
    schemathesis.hook("after_call")(after_call)
    try:
        yield
    finally:
        schemathesis.hooks.unregister(before_call)
        schemathesis.hooks.unregister(after_call)


def _take(event: events.EngineEvent, results: dict[str, OperationResult]) -> None:
    match event:
        case events.ScenarioFinished(recorder=recorder, label=label):
            result = results.setdefault(label or "stateful", OperationResult())
            answers = [i.response for i in recorder.interactions.values() if i.response is not None]
            result.statuses.update(answer.status_code for answer in answers if answer.status_code != _TOO_MANY)
            for case, checks in recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        sentence = f"{check.name}: {check.failure_info.failure}"
                        result.failures.setdefault(sentence, _traffic(recorder.interactions.get(case)))
        case events.NonFatalError(label=label, info=info):
            results.setdefault(label, OperationResult()).failures.setdefault(info.message, Traffic())
        case events.FatalError(exception=broken):
            raise broken


class _Accepted(NamedTuple):
    """A request that the server has accepted with the key."""

    url: str
    body: bytes | None
    content_type: str


def _remember_accepted(event: events.EngineEvent, refused: IsRefusal, accepted: dict[str, _Accepted]) -> None:
    """Remember the first request of each operation that the server has accepted. A stateful sequence has several operations."""
    if not isinstance(event, events.ScenarioFinished) or event.label is None or event.label in accepted:
        return
    for interaction in event.recorder.interactions.values():
        request, response = interaction.request, interaction.response
        if response is not None and response.status_code < 300 and not refused(response.status_code, response.content):
            types = [v for name, values in request.headers.items() if name.lower() == "content-type" for v in values]
            accepted[event.label] = _Accepted(request.uri, request.body, types[0] if types else "application/json")
            return


def _traffic(interaction: Any) -> Traffic:
    """Return the exchange with Schemathesis's times."""
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


def _expecting(
    document: Mapping[str, Any], expected: Expected, in_part: Collection[str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the checks of all operations, and the entries of those that differ.

    An entry costs Schemathesis several milliseconds a case, and it reads all entries for each. So operations with equal checks
    share an entry, and checks that all operations share need no entry.
    """
    alike: defaultdict[tuple[tuple[int | str, ...] | None, bool], list[str]] = defaultdict(list)
    for name in dict.fromkeys((*expected, *in_part)):
        statuses = expected.get(name)
        alike[None if statuses is None else tuple(statuses), name in in_part].append(name)
    entries: list[dict[str, Any]] = []
    for (statuses, partly), names in alike.items():
        checks: dict[str, Any] = {}
        if statuses is not None:
            checks["positive_data_acceptance"] = {"expected-statuses": list(statuses)}
        if partly:
            checks["negative_data_rejection"] = {"expected-statuses": ["2xx", "4xx"]}
        entries.append({"include-name": names, "checks": checks})
    if len(entries) == 1 and {*entries[0]["include-name"]} >= {*_operations(document)}:
        return entries[0]["checks"], []
    return {}, entries


def _limiting(undeclared: Mapping[str, Collection[str]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the setting of the undocumented methods that most paths have, and an entry for each other setting."""
    alike: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for path, methods in undeclared.items():
        alike[tuple(sorted(methods))].append(path)
    commonest = max(alike, key=lambda methods: len(alike[methods]), default=())
    others = [(methods, paths) for methods, paths in alike.items() if methods != commonest]
    return _sending(commonest), [{"include-path": paths, "phases": _sending(methods)} for methods, paths in others]


def _sending(methods: Collection[str]) -> dict[str, Any]:
    return {"coverage": {"unexpected-methods": list(methods)}}


def _operations(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the name of each operation ("GET /path")."""
    for path, item in document["paths"].items():
        for method in item:
            if method in METHODS:
                yield f"{method.upper()} {path}"


def _is_a_failure(context: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
    """Ignore what is no failure here.

    An unknown query parameter is accepted by every vendor, although Schemathesis calls such a request invalid. And a refusal
    because of too many requests says nothing about the request.
    """
    if response.status_code == _TOO_MANY:
        return False
    extra = "in query - violates `additionalProperties`" in failure.message
    return not (isinstance(failure, AcceptedNegativeData) and extra)


def _is_a_failure_for(
    refused: IsRefusal, context: HookContext, failure: Failure, case: Case[Any], response: Response
) -> bool:
    """Ignore also what the body refuses, for a vendor that refuses with a success status."""
    if response.status_code != _TOO_MANY and isinstance(
        failure, AcceptedNegativeData | MissingHeaderNotRejected | UnsupportedMethodResponse
    ):
        return not refused(response.status_code, response.content)
    return _is_a_failure(context, failure, case, response)


def _try_without_key(
    document: Mapping[str, Any],
    url: str,
    accepted: Mapping[str, _Accepted],
    refused: IsRefusal,
    results: dict[str, OperationResult],
    between: Callable[[], object],
    restore: Callable[[], object],
    may_continue: Callable[[], bool],
) -> None:
    """Send each operation that needs credentials without any and with wrong ones. It must be refused.

    What is sent is a request that the server has accepted with the key, so only the key can be the reason. If it accepted none,
    the body is empty, which another check may refuse first: a weaker test.
    """
    secured = [
        (method, path)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if operation.get("security", document.get("security"))
    ]
    for method, path in secured:
        for headers in ({}, {"Authorization": "Bearer none-of-yours"}):
            if not may_continue():
                return
            name = f"{method.upper()} {path}"
            sent = accepted.get(name, _Accepted(url + path, b"{}", "application/json"))
            between()
            restore()
            answer = requests.request(
                method, sent.url, data=sent.body, headers={"Content-Type": sent.content_type, **headers}, timeout=120
            )
            between()
            result = results.setdefault(name, OperationResult())
            if answer.status_code == _TOO_MANY:
                continue
            result.statuses[answer.status_code] += 1
            if not refused(answer.status_code, answer.content):
                result.failures.setdefault(f"ignored_auth: answers {headers or 'without a key'}", Traffic())
