"""A Lockt client that keeps every law, written directly to the port.

If it breaks a law, then the law or the simulator is wrong. It also drives servers for `conform`.
"""

from __future__ import annotations

import itertools
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx

from lockpact.core.connection import Connection
from lockpact.core.http_client import PlainClient
from lockpact.lockt.port import (
    Credential,
    CredentialError,
    Event,
    Fob,
    FobRecord,
    LocktError,
    News,
    NotThere,
    Receipt,
    Rejected,
    Schedule,
    Status,
    Unavailable,
    User,
    UserRecord,
)

__all__ = ["Reference"]

BLOCK = 100
"""Records of one POST, at most."""
TIMEOUT = 30.0
"""Seconds to wait for an answer. The vendor needs five for a full block."""
PAUSES = (1.0, 10.0)
"""Seconds before each further try. The second pause is longer than the vendor needs for a block whose answer was lost."""
GRANTED = 48


@cache
def _tls() -> ssl.SSLContext:
    """Make the TLS context once: that takes longer than a request."""
    return ssl.create_default_context()


class _Lost(Exception):
    """No answer came, or none that says whether a block was processed."""

    def __init__(self, error: LocktError) -> None:
        super().__init__()
        self.error = error


class Reference:
    """Implements `lockpact.lockt.port.LocktPort`."""

    def __init__(self, connection: Connection) -> None:
        self._http = PlainClient(
            base_url=connection.url,
            headers={
                "apiuser": str(connection.credentials.get("apiuser", "")),
                "apikey": str(connection.credentials.get("apikey", "")),
                "Content-Type": "application/json",
            },
            transport=connection.transport,
            timeout=TIMEOUT,
            verify=_tls(),
            trust_env=False,
        )
        self._write_lock = threading.Lock()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # ---- users

    def users(self) -> Sequence[User]:
        """List all users, with access levels."""
        return [self._user(entry) for entry in self._read("/user")]

    def user(self, id: int) -> User | None:
        """Read one user. Single reads have no access levels."""
        found = self._read("/user", id=id)
        return self._user(found[0]) if found else None

    def save_users(self, records: Sequence[UserRecord], update: bool, replace: bool) -> Sequence[Receipt]:
        """Look up the existing users first: the vendor does not say which records it ignored."""
        existing = [] if update else self._read("/user")
        known = {_text(entry, "id_num") for entry in existing} | {_text(entry, "email").lower() for entry in existing}
        receipts = {
            r.id_num: Receipt(r.id_num, Status.IGNORED) for r in records if {r.id_num, r.email.lower()} & known - {""}
        }
        new = [record for record in records if record.id_num not in receipts]
        options = self._options(update=update, replace=replace)
        # With update, a block may be sent twice: users are matched by id_num, so the second changes nothing.
        lookups = itertools.chain([{_text(entry, "id_num") for entry in existing}], iter(self._id_nums, None))
        lookup = None if update else lambda: next(lookups)  # what was read above counts as the first lookup
        receipts |= self._write("users", [self._record(r) for r in new], [r.id_num for r in new], options, lookup)
        return [receipts[record.id_num] for record in records]

    def end_access(self, user: int, at: datetime) -> None:
        """Send the user's access levels, too, and add them, so that none is lost. Read the user afterwards.

        The user comes from the list, since only the list has access levels.
        """
        entry = next((entry for entry in self._read("/user") if entry["id"] == user), None)
        if entry is None:
            raise NotThere(f"there is no user {user}")
        record = {key: entry[key] for key in ("id", "id_num", "email", "first_name", "last_name")}
        record |= {
            "access_expires": self._format_date(at),
            "accesslevels": [{"id": one["id"]} for one in entry["accesslevels"]],
        }
        key = str(user)
        receipt = self._write("users", [record], [key], self._options(update=True, replace=False), None)[key]
        if receipt.status is not Status.SAVED:
            raise Rejected(f"user {user} was not changed", receipt.reasons)
        seen = self.user(user)
        if seen is None or seen.expires != _to_milliseconds(at):
            raise Rejected(f"user {user} was saved, but access still ends at another time")

    # ---- doors, fobs, cards

    def create_doors(self, names: Sequence[str]) -> Sequence[Receipt]:
        """Create doors. Their names identify them."""
        receipts = self._write("doors", [{"name": n} for n in names], list(names), self._options(), self._door_names)
        return [receipts[name] for name in names]

    def fobs(self) -> Sequence[Fob]:
        """List all fobs with their access levels."""
        return [
            Fob(
                int(entry["id"]),
                _text(entry, "name"),
                _text(entry, "card_num"),
                self._parse_date(_text(entry, "access_effective")),
                self._parse_date(_text(entry, "access_expires")),
                _levels(entry),
            )
            for entry in self._read("/fob")
        ]

    def create_fobs(self, records: Sequence[FobRecord]) -> Sequence[Receipt]:
        """Create fobs. Their card numbers identify them."""
        bodies = [
            {
                "name": record.name,
                "card_num": record.card_num,
                "access_effective": self._format_date(record.effective),
                "access_expires": self._format_date(record.expires),
            }
            for record in records
        ]
        cards = [record.card_num for record in records]
        receipts = self._write("fobs", bodies, cards, self._options(), self._fob_cards)
        return [receipts[card] for card in cards]

    def assign_fob(self, fob: int, user: int, effective: datetime | None, expires: datetime | None) -> None:
        """Assign a fob. The request may be repeated, since the second changes nothing."""
        record = {
            "id": fob,
            "user_id": user,
            "access_effective": self._format_date(effective),
            "access_expires": self._format_date(expires),
        }
        answer = self._retry(lambda: self._send("PUT", "/fob", {"fobs": [record]}))
        failed = self._failures("fobs", [record], [str(fob)], answer)
        if failed:
            raise Rejected(f"fob {fob} was not assigned", failed[str(fob)].reasons)

    def credentials(self) -> Sequence[Credential]:
        """List all credentials. Card numbers are texts, and the holder is the only item of a list."""
        return [
            Credential(
                int(entry["id"]),
                _text(entry, "card_num"),
                _text(entry, "credential_key"),
                entry.get("claim_status") == "Claimed",
                int(entry["user"][0]["id"]),
            )
            for entry in self._read("/credential")
        ]

    def schedules(self) -> Sequence[Schedule]:
        """List all schedules. d0 is Monday."""
        return [
            Schedule(
                int(entry["id"]),
                _text(entry, "name"),
                tuple(entry[f"d{day}"] == 1 for day in range(7)),
                _text(entry, "start"),
                _text(entry, "stop"),
            )
            for entry in self._read("/schedule")
        ]

    def next_card_num(self) -> str:
        """Read the next card number. The operation is pending release."""
        return str(self._read("/nextcardnum")[0]["card_num"])

    # ---- events

    def read_events(self, cursor: str | None) -> News:
        """Ask from just before the last event read. If that event comes again, none was dropped in between.

        So it makes no difference whether the vendor's cursor is inclusive.
        """
        last = int(cursor or 0)
        # The cursor 0 is that of a vendor which had no event yet: none was read that could come again.
        entries = self._read("/events", id=last - 1) if last else self._read("/events")
        entries = sorted(entries, key=lambda entry: int(entry["id"]))
        new = [entry for entry in entries if entry["id"] > last]
        lost = last > 0 and all(entry["id"] != last for entry in entries)
        newest = new[-1]["id"] if new else last
        return News([self._event(entry) for entry in new], str(newest), lost)

    # ---- writing

    @staticmethod
    def _options(*, update: bool = False, replace: bool = True) -> dict[str, bool]:
        """Return all three options, so that no default matters."""
        return {"update_existing": update, "validate_fails_batch": False, "replace_privileges": replace}

    def _write(
        self,
        node: str,
        records: Sequence[dict[str, Any]],
        keys: Sequence[str],
        options: Mapping[str, bool],
        existing: Callable[[], set[str]] | None,
    ) -> dict[str, Receipt]:
        """Send the records in blocks, one after another. Return a receipt for each key.

        `existing` reads the keys that the vendor has, for records that must not be sent twice. Without it, a whole block
        may be sent again.
        """
        receipts: dict[str, Receipt] = {}
        for start in range(0, len(records), BLOCK):
            block = dict(zip(keys[start : start + BLOCK], records[start : start + BLOCK], strict=True))
            receipts |= self._block(node, block, options, existing)
        return receipts

    def _block(
        self,
        node: str,
        block: dict[str, dict[str, Any]],
        options: Mapping[str, bool],
        existing: Callable[[], set[str]] | None,
    ) -> dict[str, Receipt]:
        before = existing() if existing is not None else set()
        receipts: dict[str, Receipt] = {}
        for pause in (*PAUSES, None):
            body = {node: list(block.values()), "options": dict(options)}
            try:
                answer = self._send("POST", f"/{node.removesuffix('s')}", body)
            except _Lost as lost:
                if pause is None:
                    raise lost.error from None
                time.sleep(pause)
                if existing is not None:
                    saved = existing() - before
                    receipts |= {key: Receipt(key, Status.SAVED) for key in block if key in saved}
                    block = {key: record for key, record in block.items() if key not in saved}
                if not block:
                    return receipts
                continue
            failed = self._failures(node, list(block.values()), list(block), answer)
            answered = {key: failed.get(key, Receipt(key, Status.SAVED)) for key in block}
            if self._adds_up(answer, block, failed) or existing is None:
                return receipts | answered
            return receipts | self._corrected(answered, existing() - before)
        raise AssertionError("the last try returns or raises")

    @staticmethod
    def _adds_up(answer: Any, block: Mapping[str, Any], failed: Mapping[str, Receipt]) -> bool:
        """Return whether the counts include every record of the block."""
        counts = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(counts, dict):
            return len(failed) == len(block)
        return int(counts.get("inserted", 0)) + int(counts.get("updated", 0)) + len(failed) == len(block)

    @staticmethod
    def _corrected(receipts: dict[str, Receipt], saved: set[str]) -> dict[str, Receipt]:
        """Return the receipts where the counts do not include all records: what the vendor does not have has failed."""
        left_out = ("the vendor counts it neither as saved nor as an error",)
        return {
            key: receipt if receipt.status is Status.FAILED or key in saved else Receipt(key, Status.FAILED, left_out)
            for key, receipt in receipts.items()
        }

    @staticmethod
    def _failures(node: str, records: Sequence[dict[str, Any]], keys: Sequence[str], answer: Any) -> dict[str, Receipt]:
        """Return the receipts of failed records. The answer's echoes say which records they are."""
        name = {"users": "id_num", "doors": "name", "fobs": "card_num"}[node]
        by = {str(record.get(name, "")): key for record, key in zip(records, keys, strict=True)}
        failed: dict[str, Receipt] = {}
        for error in (answer.get("errors") or []) if isinstance(answer, dict) else []:
            echoed = str((error.get("input_data") or {}).get(name, ""))
            key = by.get(echoed, keys[0] if len(keys) == 1 else "")
            reasons = error.get("error") or []
            failed[key] = Receipt(key, Status.FAILED, tuple(reasons if isinstance(reasons, list) else [str(reasons)]))
        return failed

    def _id_nums(self) -> set[str]:
        return {_text(entry, "id_num") for entry in self._read("/user")}

    def _door_names(self) -> set[str]:
        return {entry["name"] for entry in self._read("/door")}

    def _fob_cards(self) -> set[str]:
        return {entry["card_num"] for entry in self._read("/fob")}

    # ---- requests

    def _read(self, path: str, **params: Any) -> list[dict[str, Any]]:
        answer = self._retry(lambda: self._send("GET", path, None, params))
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, list):
            raise Rejected(f"{path}: the answer has no list of data", _reasons(answer))
        return data

    def _retry(self, send: Callable[[], Any]) -> Any:
        """Send a request that may be repeated, up to three times."""
        for pause in PAUSES:
            try:
                return send()
            except _Lost:
                time.sleep(pause)
        try:
            return send()
        except _Lost as lost:
            raise lost.error from None

    def _send(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        """Return the answer's JSON. Raises _Lost if another try may help, and a LocktError otherwise."""
        try:
            if method == "GET":
                response = self._http.get(path, params=params)
            else:
                with self._write_lock:
                    response = self._http.request(method, path, json=body)
            answer = response.json()
        except httpx.TransportError as lost:
            raise _Lost(Unavailable(f"{path}: {type(lost).__name__}, no complete answer came")) from None
        except ValueError:
            raise _Lost(Unavailable(f"{path}: the answer is not JSON")) from None
        if response.status_code == httpx.codes.OK:
            return answer
        if response.status_code == httpx.codes.BAD_REQUEST and isinstance(answer, dict) and answer.get("errors"):
            return answer
        raise self._refused(path, response.status_code, _reasons(answer))

    @staticmethod
    def _refused(path: str, status: int, reasons: Sequence[str]) -> LocktError | _Lost:
        text = f"{path}: HTTP {status}: {'; '.join(reasons) or 'no reason was given'}"
        if status == 401:
            return CredentialError(text, reasons)
        if status == 404:
            return NotThere(text, reasons)
        if status >= 500 or (status == 400 and _is_temporary(reasons)):
            return _Lost(Unavailable(text, reasons))
        return Rejected(text, reasons)

    # ---- translating

    @staticmethod
    def _format_date(at: datetime | None) -> str:
        return "" if at is None else f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"

    @staticmethod
    def _parse_date(text: str) -> datetime | None:
        """Parse a date of either documented form. Both are in UTC."""
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
            "access_effective": self._format_date(record.effective),
            "access_expires": self._format_date(record.expires),
            "enabled": record.enabled,
            "accesslevels": [{"id": level} for level in record.levels],
        }

    def _user(self, entry: dict[str, Any]) -> User:
        return User(
            int(entry["id"]),
            _text(entry, "id_num"),
            _text(entry, "first_name"),
            _text(entry, "last_name"),
            _text(entry, "email"),
            _text(entry, "card_num"),
            self._parse_date(_text(entry, "access_effective")),
            self._parse_date(_text(entry, "access_expires")),
            bool(entry.get("enabled", True)),
            None if entry.get("accesslevels") is None else _levels(entry),
        )

    def _event(self, entry: dict[str, Any]) -> Event:
        """An event that is not about a card may lack what a card's event has."""
        recorded = self._parse_date(entry["db_time"])
        if recorded is None:
            raise Rejected(f"event {entry['id']} has no time")
        happened = self._parse_date(_text(entry, "hw_time")) or recorded
        granted = entry.get("code") == GRANTED
        return Event(int(entry["id"]), granted, _text(entry, "card_num"), _text(entry, "user"), happened, recorded)


def _text(entry: Mapping[str, Any], name: str) -> str:
    return str(entry.get(name) or "")


def _levels(entry: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(level["id"] for level in entry.get("accesslevels") or ())


def _to_milliseconds(at: datetime) -> datetime:
    """Return the time as the vendor stores it."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def _is_temporary(reasons: Sequence[str]) -> bool:
    """Return whether a 400 is temporary: the instance did not answer, or another POST is being processed."""
    return any("flagged" in reason or "overlapping" in reason.lower() for reason in reasons)


def _reasons(answer: Any) -> list[str]:
    """Return the messages of a refusal, in any of its documented shapes."""
    if not isinstance(answer, dict):
        return []
    data = answer.get("data")
    objects = data if isinstance(data, list) else [data]
    found = [*(answer.get("result") or []), *(one.get("error", []) for one in objects if isinstance(one, dict))]
    return [text for one in found for text in (one if isinstance(one, list) else [str(one)])]
