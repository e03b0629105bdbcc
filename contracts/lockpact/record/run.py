"""Record a live server: ask what may be asked, redact the answers, and only then write one file."""

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

from lockpact.core.exit_codes import KEPT, NOTHING, CouldNotRun
from lockpact.core.pact import Pact
from lockpact.drift.created_objects import CreatedObjects
from lockpact.drift.operations import HttpOperation, OperationTable, SequenceStep
from lockpact.drift.server_under_test import Observation, ServerUnderTest
from lockpact.drift.servers import CREATED_FILE, Server, clean_up, limits_at, open_server, operations_of
from lockpact.live.permission import READ_ONLY, Permission, Usage
from lockpact.live.targets import refuse_production
from lockpact.record.documented import Documented, documented_by
from lockpact.record.plan import planned, with_pauses
from lockpact.record.recording import SIMULATOR, RecordedAnswer, Recording, merged
from lockpact.record.redact import Redactor, personal_texts
from lockpact.report.model import ReportModel, Row

__all__ = ["ask", "record", "redacted", "server_name"]

_VERSION = re.compile(r"v?\d{1,3}\.\d{1,3}\.\d{1,3}", re.ASCII)
_VERSION_HEADERS = ("api-version", "x-api-version", "x-version")


def record(
    pact: Pact,
    address: Server,
    into: Path,
    *,
    permission: Permission = READ_ONLY,
    version: str = "",
    called: str | None = None,
    created_file: Path = CREATED_FILE,
    today: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Callable[[str], None] = lambda what: None,
) -> ReportModel:
    """Record a server.

    Args:
        pact: The vendor's pact.
        address: The server.
        into: The folder to write to.
        permission: What may be sent to a live server.
        version: The version that the server runs, if it is known.
        called: What the file calls the server. None: see `server_name`.
        created_file: The file of what is created on live servers.
        today: Returns the date of the recording.
        progress: Called with a text about what is being done.

    Raises:
        CouldNotRun: Nothing could be recorded.
    """
    began, table = perf_counter(), operations_of(pact)
    refuse_production(pact, address.url, permission.account)
    documented = documented_by(pact.vendor)
    name = SIMULATOR if address.control is not None else called or server_name(pact, documented, address.url)
    file = into / f"{pact.vendor}-{today():%Y-%m-%d}-{name}.json"
    if file.exists():
        raise CouldNotRun(
            f"{file} exists already, and rules may cite it; remove it, or record to another folder with --into"
        )

    def allows(operation: HttpOperation) -> bool:
        return operation.reads or pact.live.allowed(operation.documented_path, permission.allow, operation.method)

    limits, created = limits_at(pact, address, permission), CreatedObjects(created_file, pact.vendor)
    server = open_server(pact, table, address, limits, permission, created, "record")
    try:
        progress("asking")
        observations = ask(server, planned(table, allows), progress)
    except httpx.HTTPError as lost:
        raise CouldNotRun(f"{address.url} cannot be reached: {type(lost).__name__}: {lost}") from None
    finally:
        notes = clean_up([server], created, progress)
        server.close()
    recording = Recording(
        pact.vendor,
        f"{today():%Y-%m-%d}",
        name,
        version or _version(observations),
        pact.document,
        redacted(documented, table, observations, server.secrets),
    )
    if recording.answers:
        _write(file, recording, server.secrets)
    notes += [] if limits.left else [permission.exhausted(limits)]
    seconds = perf_counter() - began
    usage = Usage("server", limits.sent, seconds, pact.live, permission, simulated=server.fork is not None)
    return ReportModel(
        title=f"What {address.url} answers",
        vendor=pact.vendor,
        heading="operation",
        counted="answers",
        rows=_rows(table, recording, observations, allows),
        summary=f"written to {file}" if recording.answers else "nothing was answered, so nothing was written",
        code=KEPT if recording.answers else NOTHING,
        about=pact.document,
        notes=[*notes, str(usage)],
        seconds=seconds,
        facts={"server": address.url, "recording": recording.name},
    )


def ask(
    server: ServerUnderTest, steps: Sequence[SequenceStep], progress: Callable[[str], None] = lambda what: None
) -> list[Observation]:
    """Send the steps to a server. Returns its answers, not redacted."""
    if server.fork is not None:
        server.settle(ceil(server.fork.elapsed) + 1)
        steps = with_pauses(server.table, steps)
    return server.run(steps, lambda done: progress(f"{done} of {len(steps)} steps"))


def redacted(
    documented: Documented, table: OperationTable, observations: Sequence[Observation], secrets: Collection[str]
) -> list[RecordedAnswer]:
    """Return what may be written of the answers."""
    operations = {operation.name: operation for operation in table.operations if isinstance(operation, HttpOperation)}
    answered = [
        (operations[seen.operation], seen)
        for seen in observations
        if seen.operation in operations and (seen.status or -1) > 0
    ]
    known = {text for operation, seen in answered for text in personal_texts(documented, table, operation, seen)}
    redactor = Redactor(documented, table, known, secrets)
    return merged(
        (
            operation.name, seen.status or 0, table.fails(seen.status or 0, seen.body),
            redactor.headers(seen), redactor.body(operation, seen),
        )
        for operation, seen in answered
    )  # fmt: skip


def _write(file: Path, recording: Recording, secrets: Collection[str]) -> None:
    """Write the file, unless it contains a secret after all. Raises CouldNotRun, OSError."""
    content = recording.dumped()
    if any(len(secret) > 3 and secret.encode() in content for secret in secrets):
        raise CouldNotRun("the recording contained a credential, so nothing was written; please report this bug")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("xb") as opened:
        opened.write(content)


def _version(observations: Sequence[Observation]) -> str:
    """Return the server's version, if one of its headers is unmistakably a version."""
    values = (seen.headers.get(name, "") for seen in observations for name in _VERSION_HEADERS)
    return next((version for version in values if _VERSION.fullmatch(version)), "")


def server_name(pact: Pact, documented: Documented, url: str) -> str:
    """Return what a recording calls a server: a host of the vendor's own by its name, any other `lan` or `elsewhere`.

    The name of a private host may be personal.
    """
    host = urlsplit(url).hostname or ""
    if host in documented.hosts:
        return host
    for production_host in sorted(pact.live.production, key=len, reverse=True):
        if host == production_host or host.endswith(f".{production_host}"):
            return production_host
    with suppress(ValueError):
        return "lan" if ipaddress.ip_address(host).is_private else "elsewhere"
    return "elsewhere" if "." in host.removesuffix(".local") else "lan"


def _rows(
    table: OperationTable,
    recording: Recording,
    observations: Sequence[Observation],
    allows: Callable[[HttpOperation], bool],
) -> list[Row]:
    counts = Counter((seen.operation, seen.status) for seen in observations)
    unanswered = {seen.operation: str(seen.body) for seen in observations if seen.status in (None, -1)}
    rows = [
        Row(answer.operation, str(answer.status), "good", _keys(answer), counts[answer.operation, answer.status])
        for answer in recording.answers
    ]
    answered = {answer.operation for answer in recording.answers}
    for operation in table.operations:
        if isinstance(operation, HttpOperation) and operation.name not in answered:
            allowed = allows(operation)
            why = unanswered.get(operation.name, "") if allowed else "it was not allowed; name it with --allow"
            rows.append(Row(operation.name, "no answer" if allowed else "not sent", "dim", "", why=why))
    return rows


def _keys(answer: RecordedAnswer) -> str:
    """Return the keys of the outermost objects."""
    keys = [
        f"{place}: {' '.join(form['keys'])}".removeprefix(": ")
        for place, forms in answer.shape.items()
        for form in forms
        if isinstance(form, dict) and "keys" in form and place in ("", "*")
    ]
    return "; ".join(keys)
