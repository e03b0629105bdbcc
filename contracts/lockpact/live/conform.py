"""Drive a server through a pact: Schemathesis with its OpenAPI document, and the reference client, which the laws judge.

On a simulator with a control API the reference client is driven as `lockpact check` drives clients. On any other server it makes
the allowed calls once, and only the laws that need no truth are judged.

Safety: a simulator on loopback is restored before every case, and everything is sent. To any other server only operations
that read are sent, unless others are allowed. Destructive operations must each be named. The number of calls and their rate
are limited, and the vendor's production hosts are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from time import perf_counter
from typing import Any

import httpx

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.interruption import interrupted, report_so_far
from lockpact.core.law import UNTRIGGERED, Law
from lockpact.core.pact import Pact
from lockpact.core.traffic import Exchange
from lockpact.core.verdict import Breach, Judge, Verdict
from lockpact.driving.driver import Driver, implements
from lockpact.live.fuzz import OperationResult, fuzz
from lockpact.live.permission import READ_ONLY, Permission, Usage
from lockpact.live.stage import Limits, LiveStage
from lockpact.live.stateful import combined, drive_statefully
from lockpact.live.targets import credentials_of, is_loopback, raise_if_unreachable, refuse_production
from lockpact.report.findings import Report
from lockpact.simulators.documents import METHODS, ControlClient, document, find_control, server_key

__all__ = ["LiveUse", "conform"]


@dataclass
class LiveUse:
    """What a run has sent to a server that is no simulator with a control API."""

    calls: int = 0
    exchanges: list[Exchange] = field(default_factory=list)
    """Those of the reference client."""


def conform(
    pact: Pact,
    url: str,
    *,
    control: str | None = None,
    permission: Permission = READ_ONLY,
    examples: int = 50,
    seed: int = 0,
    creating: frozenset[str] = frozenset(),
    before_fuzzing: Callable[[LiveUse], None] = lambda use: None,
    progress: Callable[[str], None] = lambda what: None,
) -> Report:
    """Judge the server at this URL.

    Args:
        pact: The vendor's pact.
        url: The server.
        control: Its control API if it is a simulator. None: it is looked for on the usual ports.
        permission: What may be sent to a server without one.
        examples: How many examples each operation and the reference client get.
        seed: The same seed gives the same run.
        creating: Operations (`METHOD path`) that create what a fuzzer cannot remove. Without a control API they are not fuzzed.
        before_fuzzing: Called with what was sent to a server without a control API so far. It adds the calls that it makes.
        progress: Called with a text about what is being done.

    Raises:
        CouldNotRun: With a sentence, if nothing could be judged.
    """
    began = perf_counter()
    url = url.rstrip("/")
    refuse_production(pact, url, permission.account)
    simulator = _control_of(pact, url, control)
    raise_if_unreachable(url)
    keys = credentials_of(pact, permission.credentials) if simulator is None else _simulator_keys(pact, url, simulator)
    limits = _limits(pact, url, simulator, permission)
    try:
        keys = _signed_in(pact, url, keys, simulator)
        progress("the laws that need no truth")
        known, judge, exchanges = _judge_laws(pact, url, keys, limits)
        stateful = None
        if simulator is not None:
            stateful = drive_statefully(
                pact, simulator.url, profile=simulator.profile, variants=simulator.variants, examples=examples, seed=seed,
                progress=progress,
            )  # fmt: skip
        if simulator is None:
            use = LiveUse(limits.sent, exchanges)
            before_fuzzing(use)
            limits.sent = use.calls
        progress("its document")
        results: dict[str, OperationResult] = {}

        def report(more: Iterable[Verdict] = (), notes: Sequence[str] = ()) -> Report:
            return Report(
                pact.vendor,
                pact.document,
                url,
                [
                    *combined(judge.verdicts(), stateful.laws if stateful is not None else ()),
                    *(stateful.differences() if stateful is not None else ()),
                    *(_verdict(name, result) for name, result in dict(results).items()),
                    *more,
                ],
                seed=seed,
                examples=examples,
                seconds=perf_counter() - began,
                secrets=pact.secrets(keys),
                notes=notes,
                reproduce=f"lockpact conform {pact.vendor} --url {url} --seed {seed} --examples {examples}",
            )

        report_so_far(lambda: report().model())
        kept_out = frozenset() if simulator is not None else creating
        left_out = _judge_document(
            pact, url, keys, limits, simulator, examples, seed, known, results, progress, kept_out
        )
    finally:
        if simulator is not None:
            with suppress(httpx.HTTPError):
                simulator.close()
    usage = Usage(url, limits.sent, perf_counter() - began, pact.live, permission, simulated=limits.per_second is None)
    notes = [str(usage), *([] if limits.left else [permission.exhausted(limits)])]
    notes += [stateful.note] if stateful is not None and stateful.note else []
    return report([Verdict(_law_of(name), "not covered", why=why) for name, why in left_out.items()], notes)


def _judge_laws(
    pact: Pact, url: str, keys: Mapping[str, Any], limits: Limits
) -> tuple[dict[str, str], Judge, list[Exchange]]:
    """Drive the reference client on the server.

    Returns parameters with the id of an existing object, the judge, and what was sent.
    """
    module, _, name = pact.reference.partition(":")
    client = getattr(import_module(module), name)
    judge = Judge(
        (*pact.laws, *pact.port_laws), "results", lambda method: implements(pact, client, method), errors=pact.errors
    )
    stage = LiveStage(pact, url, limits)
    try:
        drive = import_module(pact.live.driver).drive
        known: dict[str, str] = drive(Driver(pact, client, stage, judge), keys, limits.allows, pact.callback_url)
    finally:
        stage.close()
    return known, judge, stage.exchanges


def _judge_document(
    pact: Pact,
    url: str,
    keys: Mapping[str, Any],
    limits: Limits,
    simulator: ControlClient | None,
    examples: int,
    seed: int,
    known: Mapping[str, str],
    results: dict[str, OperationResult],
    progress: Callable[[str], None],
    kept_out: frozenset[str],
) -> dict[str, str]:
    """Fuzz each operation twice: with generated parameters, and with the id of an existing object.

    `results` grows as operations are judged. Returns the operations that are not sent, with the reasons.
    """
    whole = document(pact.vendor)
    paths, left_out = _allowed_paths(whole["paths"], limits, kept_out)

    operations = sum(name in METHODS for item in paths.values() for name in item)

    def spend() -> None:
        limits.spend()
        progress(f"{len(results)} of {operations} operations")

    for parameters in ({}, known) if known else ({},):
        fuzz(
            {**whole, "paths": paths},
            url,
            pact.live.auth(keys),
            examples=examples,
            seed=seed,
            expected=pact.live.expected,
            in_part=pact.live.in_part,
            headers=pact.live.headers,
            undeclared={path: _undeclared(path, whole["paths"][path], paths[path], limits) for path in paths},
            known=parameters,
            between=spend,
            restore=simulator.restore if simulator is not None else lambda: None,
            may_continue=lambda: limits.left and not interrupted.is_set(),
            per_second=limits.per_second,
            refused=pact.live.refused,
            results=results,
        )
    return left_out


def _allowed_paths(
    paths: Mapping[str, Any], limits: Limits, kept_out: frozenset[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the operations that are sent, in the document's form, and the names of all others with the reasons."""
    allowed: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    for path, item in paths.items():
        for method in filter(METHODS.__contains__, item):
            name = f"{method.upper()} {path}"
            if not limits.allows(path, method.upper()):
                left_out[name] = "it was not allowed; name it with --allow"
            elif name in kept_out:
                left_out[name] = "a fuzzer would leave what it creates; the sequences on this account send it"
        rest = {name: what for name, what in item.items() if f"{name.upper()} {path}" not in left_out}
        if any(name in METHODS for name in rest):
            allowed[path] = rest
    return allowed, left_out


def _undeclared(path: str, documented: Mapping[str, Any], sent: Mapping[str, Any], limits: Limits) -> list[str]:
    """Return the methods that the document does not have at this path and that may be sent, to check that they are refused.

    On a live server an undocumented DELETE might work. Returns none if operations of the path were left out.
    """
    if documented.keys() != sent.keys():
        return []
    names = (*METHODS, "options", "trace")
    return [name.upper() for name in names if name not in documented and limits.allows(path, name.upper())]


def _verdict(name: str, result: OperationResult) -> Verdict:
    law, judged = _law_of(name), result.statuses.total()
    if result.failures:
        sentence, traffic = next(iter(result.failures.items()))
        more = f" (and {len(result.failures) - 1} more)" if len(result.failures) > 1 else ""
        return Verdict(law, "broken", judged, Breach(law, sentence + more, (), traffic))
    return Verdict(law, "kept" if judged else "not exercised", judged)


def _law_of(operation: str) -> Law:
    """Return "answers as documented" as a law about this operation."""
    return Law(
        operation, "answers as its document says", (), "its OpenAPI document", (), "traffic", lambda case: UNTRIGGERED
    )


# ---- what may be sent, and with which credentials


def _control_of(pact: Pact, url: str, control: str | None) -> ControlClient | None:
    """Return a client of the simulator's control API, whose world is now in a snapshot; None if it is no simulator."""
    if control is None and is_loopback(url):
        control = find_control(pact.vendor, url)
    if control is None:
        return None
    if not is_loopback(control) or not is_loopback(url):
        raise CouldNotRun("--control is for a simulator on this machine; both URLs must be on loopback")
    try:
        client = ControlClient(control)
        info = client.info(pact.vendor)
        if server_key(info, url) is not None:
            client.begin()
            return client
        client.disconnect()
    except (httpx.HTTPError, ValueError, KeyError) as wrong:
        raise CouldNotRun(f"there is no control API at {control}: {type(wrong).__name__}: {wrong}") from None
    raise CouldNotRun(f"the simulator of {control} serves {pact.vendor} at {info['url']}, not at {url}")


def _simulator_keys(pact: Pact, url: str, simulator: ControlClient) -> Mapping[str, Any]:
    info = simulator.info(pact.vendor)
    return pact.live.keys((server_key(info, url) or "").rpartition(".")[2], info["credentials"])


def _signed_in(pact: Pact, url: str, keys: Mapping[str, Any], simulator: ControlClient | None) -> Mapping[str, Any]:
    """Return the credentials with what signing in adds. A simulator is later restored to after the sign-in."""
    try:
        more = pact.live.sign_in(url, keys)
    except (httpx.HTTPError, LookupError, ValueError) as wrong:
        raise CouldNotRun(f"signing in at {url} failed: {type(wrong).__name__}: {wrong}") from None
    if simulator is not None and more is not keys:
        simulator.keep()
    return {**keys, **more}


def _limits(pact: Pact, url: str, simulator: ControlClient | None, permission: Permission) -> Limits:
    if simulator is not None:
        return Limits(lambda path, method="GET": True)
    allowed = permission.allow | {"*"} if is_loopback(url) else permission.allow

    def allows(path: str, method: str = "GET", /) -> bool:
        return pact.live.allowed(path, allowed, method)

    return Limits(allows) if is_loopback(url) else permission.limits(pact.live, allows)
