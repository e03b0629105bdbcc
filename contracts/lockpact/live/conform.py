"""Drive a server through a pact: its OpenAPI document by Schemathesis, and the laws that need no truth.

Safety: on loopback a stand-in with a control door is restored before every case, and everything is sent. Everywhere
else only what reads is sent unless it is allowed, what opens or destroys only when it is named, within a budget of
calls and the rate that the vendor bears; and the vendor's own production hosts are refused.
"""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import httpx

from lockpact.core.http_client import to_vendor
from lockpact.core.law import UNTRIGGERED, Law
from lockpact.core.pact import Pact
from lockpact.core.verdict import Breach, Judge, Verdict
from lockpact.driving.driver import Driver, implements
from lockpact.live.fuzz import Operation, fuzz
from lockpact.live.permission import READ_ONLY, Permission, Usage
from lockpact.live.stage import Limits, LiveStage
from lockpact.report.findings import CouldNotRun, Report
from lockpact.simulators.documents import ControlClient, document, find_control, server_key

__all__ = ["conform", "credentials_of", "loopback", "refuse_production"]

_METHODS = ("get", "put", "post", "patch", "delete")


def conform(
    pact: Pact,
    url: str,
    *,
    control: str | None = None,
    permission: Permission = READ_ONLY,
    examples: int = 50,
    seed: int = 0,
    tell: Callable[[str], None] = lambda what: None,
) -> Report:
    """See the module. Raises CouldNotRun with a sentence when nothing could be judged."""
    began = perf_counter()
    url = url.rstrip("/")
    refuse_production(pact, url, permission.account)
    door = _door(pact, url, control)
    keys = credentials_of(pact, permission.credentials) if door is None else _shown_keys(pact, url, door)
    _reach(url)
    limits = _limits(pact, url, door, permission)
    try:
        keys = _signed_in(pact, url, keys, door)
        tell("the laws that need no truth")
        known, judge = _laws(pact, url, keys, limits)
        tell("its document")
        found = _document(pact, url, keys, limits, door, examples, seed, known)
    finally:
        if door is not None:
            with suppress(httpx.HTTPError):
                door.close()
    seconds = perf_counter() - began
    notes = [str(Usage(url, limits.sent, seconds, pact.live, permission, ours=limits.per_second is None))]
    if not limits.left:
        notes.append(permission.spent(limits))
    return Report(
        pact.vendor,
        pact.document,
        url,
        [*judge.verdicts(), *found],
        seed=seed,
        examples=examples,
        seconds=seconds,
        unexpected_errors=list(judge.unexpected_errors.values()),
        secrets=pact.secrets(keys),
        notes=notes,
        again=f"lockpact conform {pact.vendor} --url {url} --seed {seed} --examples {examples}",
    )


def _laws(pact: Pact, url: str, keys: Mapping[str, Any], limits: Limits) -> tuple[dict[str, str], Judge]:
    """Let the reference client at it. → parameters that name an inhabitant, and the judge."""
    module, _, name = pact.reference.partition(":")
    client = getattr(import_module(module), name)
    judge = Judge(pact.laws, "results", lambda method: implements(pact, client, method), errors=pact.errors)
    stage = LiveStage(pact, url, limits)
    try:
        drive = import_module(pact.live.driver).drive
        known: dict[str, str] = drive(Driver(pact, client, stage, judge), keys, limits.may, pact.callback_url)
    finally:
        stage.close()
    return known, judge


def _document(
    pact: Pact,
    url: str,
    keys: Mapping[str, Any],
    limits: Limits,
    door: ControlClient | None,
    examples: int,
    seed: int,
    known: Mapping[str, str],
) -> list[Verdict]:
    """Each operation twice: as anyone would call it, and with parameters that name an inhabitant."""
    whole = document(pact.vendor)
    paths, left_out = _may_be_sent(whole["paths"], limits)

    found: dict[str, Operation] = {}
    for parameters in ({}, known) if known else ({},):
        for name, one in fuzz(
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
            between=limits.spend,
            restore=door.restore if door is not None else lambda: None,
            may=lambda: limits.left,
            per_second=limits.per_second,
            refused=pact.live.refused,
        ).items():
            here = found.setdefault(name, Operation())
            here.statuses.update(one.statuses)
            here.failures.update({said: t for said, t in one.failures.items() if said not in here.failures})
    verdicts = [_verdict(pact, name, one) for name, one in found.items()]
    return verdicts + [
        Verdict(_operation(pact, name), "not covered", why="it was not allowed; --allow names it") for name in left_out
    ]


def _may_be_sent(paths: Mapping[str, Any], limits: Limits) -> tuple[dict[str, Any], list[str]]:
    """The operations that may be sent, in the document's form, and the names of all others."""
    allowed: dict[str, Any] = {}
    left_out: list[str] = []
    for path, item in paths.items():
        forbidden = [method for method in item if method in _METHODS and not limits.may(path, method.upper())]
        left_out += [f"{method.upper()} {path}" for method in forbidden]
        rest = {name: what for name, what in item.items() if name not in forbidden}
        if any(name in _METHODS for name in rest):
            allowed[path] = rest
    return allowed, left_out


def _undeclared(path: str, whole: Mapping[str, Any], sent: Mapping[str, Any], limits: Limits) -> list[str]:
    """The methods that the vendor's document does not have here, and that may be sent to see them refused (elsewhere
    than here a DELETE may work all the same). None where operations were left out: then it is not whole to judge by."""
    if whole.keys() != sent.keys():
        return []
    names = (*_METHODS, "options", "trace")
    return [name.upper() for name in names if name not in whole and limits.may(path, name.upper())]


def _verdict(pact: Pact, name: str, one: Operation) -> Verdict:
    law, judged = _operation(pact, name), one.statuses.total()
    if one.failures:
        said, traffic = next(iter(one.failures.items()))
        more = f" (and {len(one.failures) - 1} more)" if len(one.failures) > 1 else ""
        return Verdict(law, "broken", judged, Breach(law, said + more, (), traffic))
    return Verdict(law, "kept" if judged else "not exercised", judged)


def _operation(pact: Pact, name: str) -> Law:
    """An operation's promise, in the form of a law."""
    return Law(
        name, "answers as its document says", (), "its OpenAPI document", (), "traffic", lambda case: UNTRIGGERED
    )


# ---- what may be sent, and as whom


def loopback(url: str) -> bool:
    """Whether this URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_production(pact: Pact, url: str, account: str | None = None) -> None:
    """The vendor's own hosts are refused, unless somebody typed whose account it is. Raises CouldNotRun."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CouldNotRun(f"{url!r} is no server's URL; write it as http://127.0.0.1:8705")
    theirs = any(parts.hostname == host or parts.hostname.endswith(f".{host}") for host in pact.live.production)
    if theirs and not account:
        raise CouldNotRun(
            f"{parts.hostname} is the vendor's own production; if it is yours to ask, say whose account it is with "
            "--production-account NAME"
        )


def _reach(url: str) -> None:
    """Any answer will do. One request, of a path that no vendor judges by."""
    try:
        with to_vendor(timeout=10) as line:
            line.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as wrong:
        raise CouldNotRun(f"{url} does not answer ({type(wrong).__name__}: {wrong}); is the server up?") from None


def _door(pact: Pact, url: str, control: str | None) -> ControlClient | None:
    if control is None and loopback(url):
        control = find_control(pact.vendor, url)
    if control is None:
        return None
    if not loopback(control) or not loopback(url):
        raise CouldNotRun("--control is for a stand-in of ours on this machine; both URLs must be on loopback")
    try:
        door = ControlClient(control)
        shown = door.shown(pact.vendor)
        if server_key(shown, url) is not None:
            door.begin()
            return door
        door.leave()
    except (httpx.HTTPError, ValueError, KeyError) as wrong:
        raise CouldNotRun(f"there is no control door at {control}: {type(wrong).__name__}: {wrong}") from None
    raise CouldNotRun(f"the stand-in of {control} serves {pact.vendor} at {shown['url']}, not at {url}")


def _shown_keys(pact: Pact, url: str, door: ControlClient) -> Mapping[str, Any]:
    shown = door.shown(pact.vendor)
    return pact.live.keys((server_key(shown, url) or "").rpartition(".")[2], shown["credentials"])


def credentials_of(pact: Pact, file: Path | None) -> Mapping[str, Any]:
    """From a file, or the environment; never from the command line. Raises CouldNotRun, OSError."""
    if file is not None:
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise CouldNotRun(f'{file} holds no JSON object of credentials, such as {{"token": "…"}}')
        return told
    prefix = f"LOCKPACT_{pact.vendor.upper()}_"
    told = {name[len(prefix) :].lower(): value for name, value in os.environ.items() if name.startswith(prefix)}
    if not pact.secrets(told):
        raise CouldNotRun(
            f"nobody told the credentials: set {', '.join(n for n in pact.environment if not n.endswith('_URL'))}, or give "
            "--credentials FILE; those of a stand-in of ours come from its control door, when it is up: name it, where its ports "
            "are not the usual ones"
        )
    return told


def _signed_in(pact: Pact, url: str, keys: Mapping[str, Any], door: ControlClient | None) -> Mapping[str, Any]:
    """The credentials with what signing in adds; a stand-in goes back to this moment around each case."""
    try:
        more = pact.live.sign_in(url, keys)
    except (httpx.HTTPError, LookupError, ValueError) as wrong:
        raise CouldNotRun(f"nobody could sign in at {url}: {type(wrong).__name__}: {wrong}") from None
    if door is not None and more is not keys:
        door.keep()
    return {**keys, **more}


def _limits(pact: Pact, url: str, door: ControlClient | None, permission: Permission) -> Limits:
    if door is not None:
        return Limits(lambda path, method="GET": True)
    everything = permission.allow | {"*"} if loopback(url) else permission.allow

    def may(path: str, method: str = "GET", /) -> bool:
        return pact.live.allowed(path, everything, method)

    return Limits(may) if loopback(url) else permission.limits(pact.live, may)
