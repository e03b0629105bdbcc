"""Record a live server: ask what may be asked, redact what it says, and only then write one file."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import httpx

from lockpact.core.pact import Pact
from lockpact.drift.created_objects import CreatedObjects
from lockpact.drift.script import HttpOperation, OperationTable, SequenceStep
from lockpact.drift.server_under_test import Observation, ServerUnderTest
from lockpact.drift.servers import LEDGER, Server, clean_up, limits_at, open_server, operations_of
from lockpact.live.conform import refuse_production
from lockpact.live.permission import READ_ONLY, Permission, Usage
from lockpact.record.documented import Documented, documented_by
from lockpact.record.plan import patient, planned
from lockpact.record.recording import STAND_IN, RecordedAnswer, Recording, merged
from lockpact.record.redact import Redactor, own
from lockpact.report.findings import KEPT, NOTHING, CouldNotRun
from lockpact.report.model import ReportModel, Row

__all__ = ["answers", "record", "recorded", "server_name"]

_VERSION = re.compile(r"v?\d{1,3}\.\d{1,3}\.\d{1,3}", re.ASCII)
_VERSIONS = ("api-version", "x-api-version", "x-version")


def record(
    pact: Pact,
    server: Server,
    into: Path,
    *,
    permission: Permission = READ_ONLY,
    version: str = "",
    called: str | None = None,
    ledger: Path = LEDGER,
    today: Callable[[], datetime] = lambda: datetime.now(UTC),
    tell: Callable[[str], None] = lambda what: None,
) -> ReportModel:
    """See the module. `called` is what the file calls the server. Raises CouldNotRun with a sentence."""
    began, script = perf_counter(), operations_of(pact)
    refuse_production(pact, server.url, permission.account)
    documented = documented_by(pact.vendor)
    name = STAND_IN if server.control is not None else called or server_name(pact, documented, server.url)
    file = into / f"{pact.vendor}-{today():%Y-%m-%d}-{name}.json"
    if file.exists():
        raise CouldNotRun(f"{file} is there already, and rules may cite it; remove it, or record --into another folder")

    def may(line: HttpOperation) -> bool:
        return line.reads or pact.live.allowed(line.place, permission.allow, line.method)

    limits, kept = limits_at(pact, server, permission), CreatedObjects(ledger, pact.vendor)
    side = open_server(pact, script, server, limits, permission, kept, "record")
    try:
        tell("asking")
        seen = answers(side, planned(script, may))
    except httpx.HTTPError as lost:
        raise CouldNotRun(f"{server.url} cannot be reached: {type(lost).__name__}: {lost}") from None
    finally:
        notes = clean_up([side], kept, tell)
        side.close()
    recording = Recording(
        pact.vendor,
        f"{today():%Y-%m-%d}",
        name,
        version or _version(seen),
        pact.document,
        recorded(documented, script, seen, side.secrets),
    )
    if recording.answers:
        _write(file, recording, side.secrets)
    notes += [] if limits.left else [permission.spent(limits)]
    seconds = perf_counter() - began
    bill = Usage("server", limits.sent, seconds, pact.live, permission, ours=side.fork is not None)
    return ReportModel(
        title=f"What {server.url} answers",
        vendor=pact.vendor,
        heading="operation",
        counted="answers",
        rows=_rows(script, recording, seen, may),
        summary=f"written to {file}" if recording.answers else "nothing was answered, and nothing written",
        code=KEPT if recording.answers else NOTHING,
        about=pact.document,
        notes=[*notes, str(bill)],
        seconds=seconds,
        facts={"server": server.url, "recording": recording.name},
    )


def answers(side: ServerUnderTest, steps: Sequence[SequenceStep]) -> list[Observation]:
    """What the server said, as it said it."""
    if side.fork is not None:
        side.settle(ceil(side.fork.elapsed) + 1)
        steps = patient(side.script, steps)
    return side.run(steps)


def recorded(
    documented: Documented, script: OperationTable, seen: Sequence[Observation], secrets: Collection[str]
) -> list[RecordedAnswer]:
    """What may be written of it."""
    lines = {line.name: line for line in script.operations if isinstance(line, HttpOperation)}
    answered = [(lines[one.line], one) for one in seen if one.line in lines and (one.status or -1) > 0]
    known = {text for line, one in answered for text in own(documented, script, line, one)}
    redactor = Redactor(documented, script, known, secrets)
    return merged(
        (
            line.name, one.status or 0, script.fails(one.status or 0, one.said),
            redactor.headers(one), redactor.body(line, one),
        )
        for line, one in answered
    )  # fmt: skip


def _write(file: Path, recording: Recording, secrets: Collection[str]) -> None:
    """The last look before anything touches the disk. Raises CouldNotRun, OSError."""
    content = recording.dumped()
    if any(len(secret) > 3 and secret.encode() in content for secret in secrets):
        raise CouldNotRun("a credential was about to be written, so nothing was; please report this")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("xb") as opened:
        opened.write(content)


def _version(seen: Sequence[Observation]) -> str:
    """As the server says it in its headers, where it says so unmistakably."""
    said = (one.headers.get(name, "") for one in seen for name in _VERSIONS)
    return next((version for version in said if _VERSION.fullmatch(version)), "")


def server_name(pact: Pact, documented: Documented, url: str) -> str:
    """A vendor's own host by its name; of any other no more than where it is: a name may tell whose it is."""
    host = urlsplit(url).hostname or ""
    if host in documented.hosts:
        return host
    for theirs in sorted(pact.live.production, key=len, reverse=True):
        if host == theirs or host.endswith(f".{theirs}"):
            return theirs
    with suppress(ValueError):
        return "lan" if ipaddress.ip_address(host).is_private else "elsewhere"
    return "elsewhere" if "." in host.removesuffix(".local") else "lan"


def _rows(
    script: OperationTable, recording: Recording, seen: Sequence[Observation], may: Callable[[HttpOperation], bool]
) -> list[Row]:
    counts = Counter((one.line, one.status) for one in seen)
    lost = {one.line: str(one.said) for one in seen if one.status in (None, -1)}
    rows = [
        Row(f"{one.operation}", str(one.status), "good", _told(one), counts[one.operation, one.status])
        for one in recording.answers
    ]
    answered = {one.operation for one in recording.answers}
    for line in script.operations:
        if isinstance(line, HttpOperation) and line.name not in answered:
            why = lost.get(line.name, "") if may(line) else "it was not allowed; --allow names it"
            rows.append(Row(line.name, "no answer" if may(line) else "not sent", "dim", "", why=why))
    return rows


def _told(one: RecordedAnswer) -> str:
    """The keys of the outermost objects."""
    keys = [
        f"{place}: {' '.join(form['keys'])}".removeprefix(": ")
        for place, forms in one.shape.items()
        for form in forms
        if isinstance(form, dict) and "keys" in form and place in ("", "*")
    ]
    return "; ".join(keys)
