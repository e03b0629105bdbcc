"""Sequences of requests on an account that other people use, too: judged without the truth, and in real time.

A vendor's sequences create objects of their own, change them, read lists page by page, and send wrong arguments. What they
assert must hold whatever other people do at the same time:

- An object that the run has created belongs to nobody else. It is listed once, shows what was sent, and is gone once deleted.
- A list is judged only if it was the same before and after (`Account.stable`).
- Of what only grows (logs, events, activity), what was read before must be in what is read after.
- A refusal because of others, a limit, or an answer that never came decides nothing.

Only allowed operations are sent, within the limits. What is created is recorded in a file before it is sent, and removed at
the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from lockpact.core.exit_codes import BROKEN, CouldNotRun
from lockpact.core.pact import Pact, matches
from lockpact.core.secrets import mask
from lockpact.core.traffic import Exchange
from lockpact.drift.created_objects import CreatedObjects
from lockpact.drift.operations import HttpOperation, scripted, values_at
from lockpact.drift.server_under_test import Observation, ServerUnderTest
from lockpact.drift.servers import CREATED_FILE, Server, clean_up, open_server, operations_of
from lockpact.live.conform import LiveUse
from lockpact.live.permission import Permission
from lockpact.live.stage import Limits
from lockpact.live.targets import is_loopback
from lockpact.report.model import ReportModel, Row, ShownExchange
from lockpact.simulators.documents import document
from lockpact.simulators.known_values import fields_of

__all__ = [
    "Account",
    "AccountSequence",
    "AccountVerdicts",
    "Undecided",
    "creating_operations",
    "has_fields",
    "judge_account",
    "ordered",
    "unique",
]

T = TypeVar("T")

_GROUP = "sequences on this account"
_READINGS = 3
"""How often a list is read again until it is twice the same."""
_SHOWN = 600
"""Characters of an answer in a story."""


class Undecided(Exception):
    """The sequence cannot say whether the server is right: somebody else may have caused what it saw."""


class _NotAllowed(Exception):
    """An operation of the sequence may not be sent."""


class Account:
    """Sends the requests of one sequence. `headers` and `query` sign each of them."""

    def __init__(self, pact: Pact, server: ServerUnderTest, permission: Permission) -> None:
        self._server, self.locks = server, tuple(permission.locks)
        self.rows = {row.id: row for row in pact.live.operations()}
        """The vendor's table: `METHOD path` → the operation."""
        self.seen: list[Observation] = []

    def allows(self, row: str) -> bool:
        """Return whether this operation of the vendor's table may be sent."""
        return self._server.limits.allows(self.rows[row].path, self.rows[row].method)

    def has_credential(self, *names: str) -> bool:
        """Return whether all these credentials are known."""
        return self._server.has_credentials(names)

    def ask(self, row: str, **more: Any) -> Observation:
        """Send a request of a row of the vendor's table. `more` are fields of HttpOperation.

        Raises Undecided if there is no answer, or one that says only that the server is busy.
        """
        operation: HttpOperation = scripted(self.rows[row], **more)
        if not self.allows(row):
            raise _NotAllowed(row)
        if not self._server.limits.left:
            raise Undecided("no calls are left")
        seen = self._server.ask(operation)
        self.seen.append(seen)
        if seen.status is None:
            raise Undecided(f"{row} got no answer")
        if seen.status == 429 or seen.status >= 502:
            raise Undecided(f"{row} was answered {seen.status}")
        return seen

    def done(self, row: str, **more: Any) -> Any:
        """Send a request that must succeed, and return the body of its answer."""
        seen = self.ask(row, **more)
        assert not self.refused(seen), f"{row} is refused with {seen.status}, although nothing is wrong with it"
        return seen.body

    def refused(self, seen: Observation) -> bool:
        """Return whether this answer is a refusal."""
        return seen.status is None or self._server.table.fails(seen.status, seen.body)

    def refusal(self, row: str, *statuses: int, what: str, **more: Any) -> Observation:
        """Send a request that must be refused with one of these statuses, and return the answer."""
        seen = self.ask(row, **more)
        assert self.refused(seen), f"{row} takes {what}"
        wanted = " or ".join(map(str, statuses))
        assert not statuses or seen.status in statuses, (
            f"{row} refuses {what} with {seen.status}, and not with {wanted}"
        )
        return seen

    def stable(self, read: Callable[[], T]) -> T:
        """Return what was read twice alike, so that probably nobody changed it in between. Raises Undecided."""
        before = read()
        for _ in range(_READINGS):
            after = read()
            if before == after:
                return after
            before = after
        raise Undecided("somebody else changes it all the time")


@dataclass(frozen=True)
class AccountVerdicts:
    """What the sequences have found."""

    rows: Sequence[Row]
    notes: Sequence[str]
    """How many calls they took, and what they have left."""

    def added_to(self, report: ReportModel) -> ReportModel:
        """Return the report of `conform` with these."""
        broken = any(row.tone == "bad" for row in self.rows)
        return replace(
            report,
            rows=[*report.rows, *self.rows],
            code=BROKEN if broken else report.code,
            notes=[*report.notes, *self.notes],
        )


@dataclass(frozen=True)
class AccountSequence:
    """What one sequence does and judges."""

    name: str
    sentence: str
    run: Callable[[Account], None]
    """Raises AssertionError with a sentence if the server is wrong, or Undecided."""


def judge_account(
    pact: Pact,
    url: str,
    permission: Permission,
    use: LiveUse,
    *,
    created_file: Path = CREATED_FILE,
    progress: Callable[[str], None] = lambda what: None,
) -> AccountVerdicts:
    """Run the vendor's sequences on a server whose control API, if it has one, is not known.

    Args:
        pact: The vendor's pact.
        url: The server.
        permission: What may be sent.
        use: What `conform` has sent. What it has created is removed, too; the calls of the sequences are added to its own.
        created_file: The file of what is created.
        progress: Called with a text about what is being done.

    Raises:
        CouldNotRun: The server cannot be used.
    """
    url = url.rstrip("/")
    created, limits = CreatedObjects(created_file, pact.vendor), _limits(pact, url, permission)
    before = limits.sent = use.calls
    _record_created(pact, url, use.exchanges, created)
    try:
        server = open_server(pact, operations_of(pact), Server(url), limits, permission, created, "account")
    except (KeyError, LookupError, ValueError) as wrong:
        raise CouldNotRun(f"signing in at {url} failed: {type(wrong).__name__}: {wrong}") from None
    rows = []
    try:
        for sequence in import_module(f"lockpact.{pact.vendor}.account").SEQUENCES:
            progress(f"sequences on this account: {sequence.name}")
            rows.append(_judge(sequence, Account(pact, server, permission), server))
    except httpx.HTTPError as lost:
        raise CouldNotRun(f"{url} cannot be reached: {type(lost).__name__}: {lost}") from None
    finally:
        notes = clean_up([server], created, progress)
        server.close()
        use.calls = limits.sent
    return AccountVerdicts(rows, [f"sequences on this account: {use.calls - before} calls", *notes])


def creating_operations(pact: Pact) -> frozenset[str]:
    """Return the operations that create objects, as `METHOD path`.

    A fuzzer would leave on the account what it creates with them. The sequences remove what they create.
    """
    answered_with_created = {
        f"{method.upper()} {path}"
        for path, item in document(pact.vendor)["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and "201" in operation.get("responses", {})
    }
    return frozenset({f"{one.method} {one.documented_path}" for one in _creating(pact)} | answered_with_created)


def _creating(pact: Pact) -> list[HttpOperation]:
    return [one for one in operations_of(pact).operations if isinstance(one, HttpOperation) and one.creates]


def _record_created(pact: Pact, url: str, exchanges: Sequence[Exchange], created: CreatedObjects) -> None:
    """Record what the requests of the reference client have created."""
    base = urlsplit(url).path
    for exchange in exchanges:
        path = exchange.path.removeprefix(base)
        operation = next(
            (one for one in _creating(pact) if matches(f"{one.method} {one.documented_path}", exchange.method, path)),
            None,
        )
        if operation is None or exchange.status is None or operations_of(pact).fails(exchange.status, exchange.json):
            continue
        sent = fields_of(exchange.body) if exchange.body else dict(exchange.query)
        found = {kind: values_at(exchange.json, where)[:1] for kind, where in operation.finds.items()}
        names = values_at(sent, operation.called) if operation.called else found.pop(operation.creates, [])
        for name in names:
            if not created.has(url, operation.creates, name):
                entry = created.add(operation, url, name if operation.called else None)
                created.set_created(entry, [name], found)


def _limits(pact: Pact, url: str, permission: Permission) -> Limits:
    """Return what may be sent: on loopback also what a live server gets only if it is allowed."""
    allowed = permission.allow | {"*"} if is_loopback(url) else permission.allow
    named = is_loopback(url) or permission.locks or not pact.live.named

    def allows(path: str, method: str = "GET", /) -> bool:
        # Other people may own the locks: what does more than read needs the names of those that may be used.
        return pact.live.allowed(path, allowed if named else frozenset(), method)

    return Limits(allows) if is_loopback(url) else permission.limits(pact.live, allows)


def _judge(sequence: AccountSequence, account: Account, server: ServerUnderTest) -> Row:
    row = Row(sequence.name, "kept", "good", sequence.sentence, group=_GROUP)
    try:
        sequence.run(account)
    except AssertionError as wrong:
        row = replace(row, word="broken", tone="bad", why=str(wrong))
    except _NotAllowed as missing:
        row = replace(row, word="not covered", tone="dim", why=f"{missing} was not allowed; name it with --allow")
    except Undecided as reason:
        row = replace(row, word="not exercised", tone="open", why=str(reason))
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as wrong:
        # What the document says is there is not there, or is something else.
        last = account.seen[-1].operation if account.seen else "nothing"
        why = f"the answer to {last} is not as the document shows it: {type(wrong).__name__}: {wrong}"
        row = replace(row, word="broken", tone="bad", why=why)
    if row.tone == "bad":
        secrets = server.secrets
        row = replace(
            row,
            why=mask(row.why, secrets),
            story="\n".join(f"{seen.command}\n    {seen.status} {_text(seen, secrets)}" for seen in account.seen[-8:]),
            exchanges=[
                ShownExchange(seen.command, _text(seen, secrets), status=str(seen.status)) for seen in account.seen[-8:]
            ],
        )
    return replace(row, count=len(account.seen))


def _text(seen: Observation, secrets: frozenset[str]) -> str:
    return mask(repr(seen.body), secrets)[:_SHOWN]


def unique(values: Sequence[Any], what: str) -> None:
    """Assert that no value comes twice."""
    twice = [value for n, value in enumerate(values) if value in values[:n]]
    assert not twice, f"{what} has {twice[0]!r} twice"


def ordered(values: Sequence[Any], what: str, *, descending: bool = False) -> None:
    """Assert that values follow each other in this order."""
    for one, next_one in pairwise(values):
        wrong = one < next_one if descending else one > next_one
        assert not wrong, (
            f"{what} are not {'descending' if descending else 'ascending'}: {one!r} comes before {next_one!r}"
        )


def has_fields(record: Mapping[str, Any], fields: Mapping[str, type | tuple[type, ...]], what: str) -> None:
    """Assert that a record has these members, of these types."""
    for name, kind in fields.items():
        assert name in record, f"{what} lacks {name}"
        right = isinstance(record[name], kind) and (kind is bool or not isinstance(record[name], bool))
        assert right, f"{name} of {what} is {record[name]!r}, of another type than the document says"
