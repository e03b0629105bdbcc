"""A Lockt client that keeps every law: what an adapter may look like when the client is written to its port.

It is the pact's own yardstick (a law that it breaks is wrong, or the stand-in is) and drives servers for `conform`.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx

from lockpact.core.connection import Connection
from lockpact.lockt.port import (
    CredentialError,
    Event,
    Fob,
    FobRecord,
    LocktError,
    News,
    NotThere,
    Receipt,
    Rejected,
    Status,
    Unavailable,
    User,
    UserRecord,
)

__all__ = ["Reference"]

BLOCK = 100
"""Records of one POST."""
PATIENCE = 30.0
"""Seconds to wait for an answer: a full block takes the vendor five."""
PAUSES = (1.0, 10.0)
"""Seconds before each further try; the second outlasts a block whose answer was lost."""
GRANTED = 48


@cache
def _tls() -> ssl.SSLContext:
    """Made once: it takes longer than a request."""
    return ssl.create_default_context()


class _Lost(Exception):
    """No answer came, or none that tells whether a block was taken."""

    def __init__(self, error: LocktError) -> None:
        super().__init__()
        self.error = error


class Reference:
    """Implements `lockpact.lockt.port.LocktPort`."""

    def __init__(self, site: Connection) -> None:
        self._http = httpx.Client(
            base_url=site.url,
            headers={
                "apiuser": str(site.credentials.get("apiuser", "")),
                "apikey": str(site.credentials.get("apikey", "")),
                "Content-Type": "application/json",
            },
            transport=site.transport,
            timeout=PATIENCE,
            verify=_tls(),
            trust_env=False,
        )
        self._one_write_at_a_time = threading.Lock()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # ---- users

    def users(self) -> Sequence[User]:
        """With access levels."""
        return [self._user(entry) for entry in self._read("/user")]

    def user(self, id: int) -> User | None:
        """Single reads come without access levels."""
        found = self._read("/user", id=id)
        return self._user(found[0]) if found else None

    def save_users(self, records: Sequence[UserRecord], update: bool, replace: bool) -> Sequence[Receipt]:
        """Who is there already is looked up first: the vendor does not say whom it ignored."""
        there = [] if update else self._read("/user")
        known = {entry["id_num"] for entry in there} | {entry["email"].lower() for entry in there if entry["email"]}
        receipts = {r.id_num: Receipt(r.id_num, Status.IGNORED) for r in records if {r.id_num, r.email.lower()} & known}
        new = [record for record in records if record.id_num not in receipts]
        options = self._options(update=update, replace=replace)
        # A block that is sent again changes nothing that the first did not: users are matched by their id numbers.
        lookup = None if update else self._id_nums
        receipts |= self._write("users", [self._record(r) for r in new], [r.id_num for r in new], options, lookup)
        return [receipts[record.id_num] for record in records]

    def end_access(self, user: int, at: datetime) -> None:
        """From the list, since only that has the access levels; adds them, so that none is taken; and looks again."""
        entry = next((entry for entry in self._read("/user") if entry["id"] == user), None)
        if entry is None:
            raise NotThere(f"there is no user {user}")
        record = {key: entry[key] for key in ("id", "id_num", "email", "first_name", "last_name")}
        record |= {
            "access_expires": self._date(at),
            "accesslevels": [{"id": one["id"]} for one in entry["accesslevels"]],
        }
        key = str(user)
        receipt = self._write("users", [record], [key], self._options(update=True, replace=False), None)[key]
        if receipt.status is not Status.SAVED:
            raise Rejected(f"user {user} was not changed", receipt.reasons)
        seen = self.user(user)
        if seen is None or seen.expires != _to_milliseconds(at):
            raise Rejected(f"user {user} was saved, and still has another end of access")

    # ---- doors, fobs, cards

    def create_doors(self, names: Sequence[str]) -> Sequence[Receipt]:
        """Known by their names."""
        receipts = self._write("doors", [{"name": n} for n in names], list(names), self._options(), self._door_names)
        return [receipts[name] for name in names]

    def fobs(self) -> Sequence[Fob]:
        """With the access levels that they inherit."""
        return [
            Fob(
                int(entry["id"]),
                entry["name"],
                entry["card_num"],
                self._moment(entry["access_effective"]),
                self._moment(entry["access_expires"]),
                tuple(level["id"] for level in entry["accesslevels"]),
            )
            for entry in self._read("/fob")
        ]

    def create_fobs(self, records: Sequence[FobRecord]) -> Sequence[Receipt]:
        """Known by their card numbers."""
        bodies = [
            {
                "name": record.name,
                "card_num": record.card_num,
                "access_effective": self._date(record.effective),
                "access_expires": self._date(record.expires),
            }
            for record in records
        ]
        cards = [record.card_num for record in records]
        receipts = self._write("fobs", bodies, cards, self._options(), self._fob_cards)
        return [receipts[card] for card in cards]

    def assign_fob(self, fob: int, user: int, effective: datetime | None, expires: datetime | None) -> None:
        """Sent again it changes nothing more."""
        record = {
            "id": fob,
            "user_id": user,
            "access_effective": self._date(effective),
            "access_expires": self._date(expires),
        }
        said = self._again(lambda: self._sent("PUT", "/fob", {"fobs": [record]}))
        failed = self._failures("fobs", [record], [str(fob)], said)
        if failed:
            raise Rejected(f"fob {fob} was not assigned", failed[str(fob)].reasons)

    def next_card_num(self) -> str:
        """Pending release."""
        return str(self._read("/nextcardnum")[0]["card_num"])

    # ---- events

    def read_events(self, cursor: str | None) -> News:
        """Asks from just before the last event read: if that comes again, nothing between was dropped. So it makes no
        difference whether the vendor's cursor is inclusive.
        """
        last = int(cursor) if cursor is not None else None
        entries = self._read("/events") if last is None else self._read("/events", id=last - 1)
        entries = sorted(entries, key=lambda entry: int(entry["id"]))
        new = [entry for entry in entries if last is None or entry["id"] > last]
        lost = last is not None and all(entry["id"] != last for entry in entries)
        newest = new[-1]["id"] if new else last or 0
        return News([self._event(entry) for entry in new], str(newest), lost)

    # ---- writing

    @staticmethod
    def _options(*, update: bool = False, replace: bool = True) -> dict[str, bool]:
        """All three, whatever the defaults."""
        return {"update_existing": update, "validate_fails_batch": False, "replace_privileges": replace}

    def _write(
        self,
        node: str,
        records: Sequence[dict[str, Any]],
        keys: Sequence[str],
        options: Mapping[str, bool],
        there: Callable[[], set[str]] | None,
    ) -> dict[str, Receipt]:
        """Send the records in blocks, one after another. → a receipt for each key.

        `there` reads which keys are there: for what must not be sent twice. Without it a block may be sent again whole.
        """
        receipts: dict[str, Receipt] = {}
        for start in range(0, len(records), BLOCK):
            block = dict(zip(keys[start : start + BLOCK], records[start : start + BLOCK], strict=True))
            receipts |= self._block(node, block, options, there)
        return receipts

    def _block(
        self,
        node: str,
        block: dict[str, dict[str, Any]],
        options: Mapping[str, bool],
        there: Callable[[], set[str]] | None,
    ) -> dict[str, Receipt]:
        before = there() if there is not None else set()
        receipts: dict[str, Receipt] = {}
        for pause in (*PAUSES, None):
            body = {node: list(block.values()), "options": dict(options)}
            try:
                said = self._sent("POST", f"/{node.removesuffix('s')}", body)
            except _Lost as lost:
                if pause is None:
                    raise lost.error from None
                time.sleep(pause)
                if there is not None:
                    taken = there() - before
                    receipts |= {key: Receipt(key, Status.SAVED) for key in block if key in taken}
                    block = {key: record for key, record in block.items() if key not in taken}
                if not block:
                    return receipts
                continue
            failed = self._failures(node, list(block.values()), list(block), said)
            done = {key: failed.get(key, Receipt(key, Status.SAVED)) for key in block}
            if self._adds_up(said, block, failed) or there is None:
                return receipts | done
            return receipts | self._looked_up(done, there() - before)
        raise AssertionError("the last try returns or raises")

    @staticmethod
    def _adds_up(said: Any, block: Mapping[str, Any], failed: Mapping[str, Receipt]) -> bool:
        """Whether every record of the block is in a count."""
        counts = said.get("data") if isinstance(said, dict) else None
        if not isinstance(counts, dict):
            return len(failed) == len(block)
        return int(counts.get("inserted", 0)) + int(counts.get("updated", 0)) + len(failed) == len(block)

    @staticmethod
    def _looked_up(done: dict[str, Receipt], taken: set[str]) -> dict[str, Receipt]:
        """The counts do not account for all: what is not there now was left out."""
        left_out = ("the vendor counts it neither as saved nor as an error",)
        return {
            key: receipt if receipt.status is Status.FAILED or key in taken else Receipt(key, Status.FAILED, left_out)
            for key, receipt in done.items()
        }

    @staticmethod
    def _failures(node: str, records: Sequence[dict[str, Any]], keys: Sequence[str], said: Any) -> dict[str, Receipt]:
        """The records that the answer says have failed, found again by what it echoes of them."""
        name = {"users": "id_num", "doors": "name", "fobs": "card_num"}[node]
        by = {str(record.get(name, "")): key for record, key in zip(records, keys, strict=True)}
        failed: dict[str, Receipt] = {}
        for error in (said.get("errors") or []) if isinstance(said, dict) else []:
            echoed = str((error.get("input_data") or {}).get(name, ""))
            key = by.get(echoed, keys[0] if len(keys) == 1 else "")
            reasons = error.get("error") or []
            failed[key] = Receipt(key, Status.FAILED, tuple(reasons if isinstance(reasons, list) else [str(reasons)]))
        return failed

    def _id_nums(self) -> set[str]:
        return {entry["id_num"] for entry in self._read("/user")}

    def _door_names(self) -> set[str]:
        return {entry["name"] for entry in self._read("/door")}

    def _fob_cards(self) -> set[str]:
        return {entry["card_num"] for entry in self._read("/fob")}

    # ---- asking

    def _read(self, path: str, **params: Any) -> list[dict[str, Any]]:
        said = self._again(lambda: self._sent("GET", path, None, params))
        data = said.get("data") if isinstance(said, dict) else None
        if not isinstance(data, list):
            raise Rejected(f"{path}: the answer has no list of data", _reasons(said))
        return data

    def _again(self, ask: Callable[[], Any]) -> Any:
        """What may be asked again: tried three times."""
        for pause in PAUSES:
            try:
                return ask()
            except _Lost:
                time.sleep(pause)
        try:
            return ask()
        except _Lost as lost:
            raise lost.error from None

    def _sent(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        """The answer's JSON. Raises _Lost for what may be tried again, and a LocktError for what may not."""
        try:
            if method == "GET":
                answer = self._http.get(path, params=params)
            else:
                with self._one_write_at_a_time:
                    answer = self._http.request(method, path, json=body)
            said = answer.json()
        except httpx.TransportError as lost:
            raise _Lost(Unavailable(f"{path}: {type(lost).__name__}, no whole answer came")) from None
        except ValueError:
            raise _Lost(Unavailable(f"{path}: the answer is no JSON")) from None
        if answer.status_code == httpx.codes.OK:
            return said
        if answer.status_code == httpx.codes.BAD_REQUEST and isinstance(said, dict) and said.get("errors"):
            return said
        raise self._refused(path, answer.status_code, _reasons(said))

    @staticmethod
    def _refused(path: str, status: int, reasons: Sequence[str]) -> LocktError | _Lost:
        text = f"{path}: HTTP {status}: {'; '.join(reasons) or 'no reason was given'}"
        if status == 401:
            return CredentialError(text, reasons)
        if status == 404:
            return NotThere(text, reasons)
        if status >= 500 or (status == 400 and _passes(reasons)):
            return _Lost(Unavailable(text, reasons))
        return Rejected(text, reasons)

    # ---- translating

    @staticmethod
    def _date(at: datetime | None) -> str:
        return "" if at is None else f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"

    @staticmethod
    def _moment(text: str) -> datetime | None:
        """Of either documented form; both are in UTC."""
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC) if text else None

    def _record(self, record: UserRecord) -> dict[str, Any]:
        return {
            "id_num": record.id_num,
            "first_name": record.first_name,
            "last_name": record.last_name,
            "email": record.email,
            "card_num": record.card_num,
            "phone": record.phone,
            "pin": record.pin,
            "access_effective": self._date(record.effective),
            "access_expires": self._date(record.expires),
            "enabled": record.enabled,
            "accesslevels": [{"id": level} for level in record.levels],
        }

    def _user(self, entry: dict[str, Any]) -> User:
        levels = entry.get("accesslevels")
        return User(
            int(entry["id"]),
            entry["id_num"],
            entry["first_name"],
            entry["last_name"],
            entry["email"],
            entry["card_num"],
            self._moment(entry["access_effective"]),
            self._moment(entry["access_expires"]),
            bool(entry["enabled"]),
            None if levels is None else tuple(level["id"] for level in levels),
        )

    def _event(self, entry: dict[str, Any]) -> Event:
        happened, recorded = self._moment(entry["hw_time"]), self._moment(entry["db_time"])
        if happened is None or recorded is None:
            raise Rejected(f"event {entry['id']} has no time")
        return Event(int(entry["id"]), entry["code"] == GRANTED, entry["card_num"], entry["user"], happened, recorded)


def _to_milliseconds(at: datetime) -> datetime:
    """As the vendor keeps it."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def _passes(reasons: Sequence[str]) -> bool:
    """Whether a 400 is of the kind that passes: the instance did not answer, or another POST is being processed."""
    return any("flagged" in reason or "overlapping" in reason.lower() for reason in reasons)


def _reasons(said: Any) -> list[str]:
    """The messages of a refusal, in any of its documented shapes."""
    if not isinstance(said, dict):
        return []
    data = said.get("data")
    objects = data if isinstance(data, list) else [data]
    found = [*(said.get("result") or []), *(one.get("error", []) for one in objects if isinstance(one, dict))]
    return [text for one in found for text in (one if isinstance(one, list) else [str(one)])]
