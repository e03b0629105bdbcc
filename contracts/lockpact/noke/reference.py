"""A client of Nokē Core that keeps every law: an example of an adapter for a client written to the port.

It checks the pact itself: a law that the reference breaks is wrong, or the simulator is. It also drives servers for
`conform`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from lockpact.core.connection import Connection
from lockpact.noke.caller import Answer, Caller, code_of, data_of, error_of
from lockpact.noke.exchanges import percent
from lockpact.noke.phone import Phone, StoredKey
from lockpact.noke.port import (
    Code,
    CommandResult,
    CredentialStatus,
    Event,
    ItemResult,
    LimitReached,
    Lock,
    OutOfReach,
    PhoneNotReady,
    Refused,
    Unavailable,
    UnknownLock,
)

__all__ = ["Reference"]

SETUP = 60.0
"""Seconds to leave a lock alone after a set-up whose responses are not yet uploaded."""
PLACES = 100
"""The most quick clicks of a lock, and the most offline and fob keys together."""
SHORTEST, LONGEST = 3, 24
UNLIMITED = 255


class Reference:
    """A `lockpact.noke.port.NokePort`: the server side, with a `Phone`."""

    setup = SETUP

    def __init__(self, connection: Connection) -> None:
        self.server = Caller(connection, connection.credentials.get("api_key", ""))
        self._version: str | None = connection.credentials.get("api_version")
        self.phone = Phone(connection)
        self._setting_up: dict[str, float] = {}
        """Lock → when it was last sent its keys, by time.monotonic()."""
        self._issued: dict[tuple[str, str], str] = {}
        """(lock, tracking key) → the offline key that the lock is known to have."""
        self._revoked: set[tuple[str, str]] = set()
        """(lock, tracking key) of keys revoked here that may still be on the lock."""

    def close(self) -> None:
        """Close the connections of both parties."""
        self.server.close()
        self.phone.close()

    # ---- locks

    def locks(self) -> Sequence[Lock]:
        """Return all locks."""
        return [
            Lock(lock["mac"], _is_ready(lock), not _waits(lock), self._percent(int(lock.get("internal_battery") or 0)))
            for lock in self._entries({})
        ]

    @staticmethod
    def _percent(millivolts: int) -> int:
        return percent(millivolts)

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        """Unlock a lock; during set-up only after a minute."""
        return self._command("/unlock/", lock, tracking_key)

    def unshackle(self, lock: str, tracking_key: str) -> CommandResult:
        """Unlock a lock so that its shackle comes out."""
        return self._command("/unshackle/", lock, tracking_key)

    def lock_up(self, lock: str) -> None:
        """Engage a lock with explicit-lock; any other lock engages by itself."""
        if self._entry(lock).get("settings", {}).get("explicit-lock") and not self._engaged(lock):
            raise Refused(f"{lock} did not engage")

    def _engaged(self, lock: str) -> bool:
        return self._command("/engagelock/", lock, "").done

    def set_explicit_lock(self, locks: Sequence[str], on: bool) -> Sequence[ItemResult]:
        """Set explicit-lock. Failures stand in `messages`, although error_code is 0."""
        answer = self._call("/lock/settings/", {"settings": {"explicit-lock": on}, "macs": list(locks)})
        messages = {entry["mac"]: entry["messages"] for entry in data_of(answer).get("locks", [])}
        wrong = {
            lock: "; ".join(m for m in messages.get(lock, ["no such lock"]) if not m.startswith("SUCCESS"))
            for lock in locks
        }
        return [ItemResult(lock, "", not wrong[lock], wrong[lock]) for lock in locks]

    def update_firmware(self, lock: str) -> bool:
        """Download the file first: the lock stays in update mode for a minute only."""
        file = self.phone.radio.download_firmware(lock)
        if not self._command("/fwupdate/", lock, None).done:
            return False
        return self.phone.radio.upload_firmware(lock, file)

    def _command(self, path: str, mac: str, tracking_key: str | None) -> CommandResult:
        """Fetch commands, and let the phone deliver them."""
        self.phone.ready()
        self.phone.upload()
        setting_up = not _is_ready(self._entry(mac))
        if setting_up:
            self._leave_alone(mac)
        body = {"mac": mac} if tracking_key is None else {"mac": mac, "tracking_key": tracking_key}

        def commands_for(session: str) -> str:
            commands = _commands(self._call(path, body | {"session": session}))
            if setting_up:
                self._setting_up[mac] = time.monotonic()
            return commands

        opened = self.phone.run(mac, commands_for)
        if opened.done and opened.acknowledged:
            self._setting_up.pop(mac, None)
        return opened

    def _leave_alone(self, mac: str) -> None:
        began = self._setting_up.get(mac)
        if began is not None:
            time.sleep(max(0.0, began + self.setup - time.monotonic()))

    def _entry(self, mac: str) -> Answer:
        entries = self._entries({"macs": [mac]})
        if not entries:
            raise UnknownLock(f"the server has no lock {mac}")
        return entries[0]

    def _entries(self, body: Answer) -> list[Answer]:
        found: list[Answer] = data_of(self._read("/lock/", body)).get("locks", [])
        return found

    # ---- offline keys

    def issue_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[ItemResult]:
        """Issue offline keys, which the phone stores."""
        answer = self._call("/keys/", {"issue": [{"macs": list(locks), "tracking_keys": list(tracking_keys)}]})
        given = self._store(answer)
        for place in given:
            self._revoked.discard(place)
        return _items(locks, tracking_keys, given, answer, "it was not issued")

    def revoke_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[ItemResult]:
        """Revoke offline keys. They open until the lock's next online unlock."""
        if not locks or not tracking_keys:
            raise LimitReached("a revocation must name locks and tracking keys; without them it would mean all")
        answer = self._call(
            "/keys/", {"revoke": [{"macs": list(locks), "tracking_keys": [key]} for key in tracking_keys]}
        )
        gone = {(mac, key) for mac in locks for key in tracking_keys} - _failed(answer).keys()
        self._revoked |= gone
        return _items(locks, tracking_keys, gone, answer, "it is still there")

    def keys(self, lock: str) -> Mapping[str, CredentialStatus]:
        """Combine the server's keys, the lock's flags, and what was revoked here."""
        waits = _waits(self._entry(lock))
        shown = {
            key["tracking_key"]: key["offline_key"]
            for mac, key in _keys_in(self._read("/keys/", {"display": {"macs": [lock]}}))
            if mac == lock
        }
        shown_as: dict[str, CredentialStatus] = {}
        for name, value in shown.items():
            if not waits:
                self._issued[lock, name] = value
            known = self._issued.get((lock, name)) == value
            shown_as[name] = CredentialStatus.ACTIVE if known else CredentialStatus.PENDING
        for place in [place for place in self._revoked if place[0] == lock]:
            if not waits:
                self._revoked.discard(place)
                self._issued.pop(place, None)
            if place[1] not in shown:
                shown_as[place[1]] = CredentialStatus.REVOKED if waits else CredentialStatus.GONE
        return shown_as

    def offline_unlock(self, lock: str, tracking_key: str) -> CommandResult:
        """Unlock with the phone's stored key."""
        return self.phone.offline_unlock(lock, tracking_key)

    def _store(self, answer: Answer) -> set[tuple[str, str]]:
        given = set()
        for mac, key in _keys_in(answer):
            given.add((mac, key["tracking_key"]))
            self.phone.stored[mac, key["tracking_key"]] = StoredKey(key["offline_key"], key["unlock_command"])
        return given

    # ---- quick clicks

    def issue_codes(self, lock: str, codes: Mapping[str, int]) -> Sequence[ItemResult]:
        """Issue quick clicks, after a check of the document's limits."""
        wrong = {code: why for code, uses in codes.items() if (why := self._invalid(code, uses))}
        if len(wrong) < len(codes):
            wrong |= self._blocked(lock, [code for code in codes if code not in wrong])
        clicks = [{"code": code, "uses": uses} for code, uses in codes.items() if code not in wrong]
        wrong |= self._click("/qc/issue/", lock, clicks)
        return [ItemResult(lock, code, code not in wrong, wrong.get(code, "")) for code in codes]

    def revoke_codes(self, lock: str, codes: Sequence[str]) -> Sequence[ItemResult]:
        """Revoke quick clicks. They open until the lock's next online unlock."""
        wrong = self._click("/qc/revoke/", lock, [{"code": code} for code in codes])
        return [ItemResult(lock, code, code not in wrong, wrong.get(code, "")) for code in codes]

    def codes(self, lock: str) -> Sequence[Code]:
        """Return a lock's quick clicks."""
        return [
            Code(click["code"], click["uses"], click["start_uses"], self._on_lock(click))
            for click in self._clicks(lock)
        ]

    def _blocked(self, lock: str, codes: Sequence[str]) -> dict[str, str]:
        """Return the codes that the lock cannot take now, each with the reason."""
        there = {click["code"]: click for click in self._clicks(lock)}
        revoked = [code for code in codes if there.get(code, {}).get("revoked")]
        new = [code for code in codes if code not in there][max(0, PLACES - len(there)) :]
        return dict.fromkeys(
            revoked, "it was revoked, and stays on the lock until the next online unlock"
        ) | dict.fromkeys(new, f"a lock holds {PLACES} quick clicks")

    @staticmethod
    def _invalid(code: str, uses: int) -> str:
        """Return why a quick click is invalid; "" when it is valid."""
        if not SHORTEST <= len(code) <= LONGEST or set(code) - {"0", "1"}:
            return f"a code must be {SHORTEST} to {LONGEST} ones and zeros"
        return "" if 1 <= uses <= UNLIMITED else f"uses must be 1 to {UNLIMITED}, where {UNLIMITED} is unlimited"

    @staticmethod
    def _on_lock(click: Answer) -> CredentialStatus:
        if click.get("revoked"):
            return CredentialStatus.REVOKED
        return CredentialStatus.PENDING if click.get("pending") else CredentialStatus.ACTIVE

    def _clicks(self, lock: str) -> list[Answer]:
        answer = self._read("/qc/display/", self._versioned({"macs": [lock]}))
        return [click for entry in answer.get("data") or () if entry["mac"] == lock for click in entry["quick_clicks"]]

    def _click(self, path: str, lock: str, clicks: list[Answer]) -> dict[str, str]:
        """Issue or revoke quick clicks. Return the codes that failed, with the server's messages.

        From version 1.0.0 on, a mixed result names its failures. Before, it is a failure whose data has the successes.
        """
        if not clicks:
            return {}
        answer = self.server.send(path, self._versioned({"mac": lock, "quick_clicks": clicks}))
        details = {detail["code"]: str(detail["msg"]) for detail in answer.get("error_details") or ()}
        if details or not code_of(answer):
            return details
        succeeded = {click["code"] for entry in answer.get("data") or () for click in entry["quick_clicks"]}
        failed = {click["code"] for click in clicks} - succeeded
        if not succeeded:
            raise error_of(path, answer)
        return dict.fromkeys(failed, str(answer.get("message")))

    def _versioned(self, body: Answer) -> Answer:
        return body if self._version is None else {**body, "api_version": self._version}

    # ---- fobs

    def issue_fob(self, fob: str, locks: Sequence[str], tracking_key: str) -> Sequence[ItemResult]:
        """Give a fob credentials. They open only after its sync and each lock's next online unlock."""
        body = {"fob_mac": fob, "locks": [{"mac": lock, "tracking_key": tracking_key} for lock in locks]}
        answer = self._call("/fobs/issue/", body)
        wrong = {mac: why for (mac, _), why in _failed(answer).items()}
        there = {entry["mac"] for entry in _fob_entries(answer, fob)}
        return [
            ItemResult(lock, tracking_key, lock in there and lock not in wrong, wrong.get(lock, "")) for lock in locks
        ]

    def revoke_fob(self, fob: str, locks: Sequence[str]) -> Mapping[str, CredentialStatus]:
        """Revoke locks from a fob, and unlock each lock online: until then the fob still opens it."""
        self.phone.ready()
        self._call("/fobs/revoke/", {"fob_mac": fob, "lock_macs": list(locks)})
        shown_as = {}
        for lock in locks:
            try:
                result = self.unlock(lock, "")
            except (OutOfReach, Unavailable, Refused, PhoneNotReady):
                result = CommandResult(done=False, acknowledged=False)
            shown_as[lock] = CredentialStatus.GONE if result.done and result.acknowledged else CredentialStatus.REVOKED
        return shown_as

    def sync_fob(self, fob: str) -> CommandResult:
        """Sync a fob."""
        return self.phone.run(
            fob, lambda session: _commands(self._call("/fobs/sync/", {"mac": fob, "session": session}))
        )

    def fob(self, fob: str) -> Mapping[str, CredentialStatus]:
        """Return a fob's credentials. `synced` is the fob's side; the lock's flags show the lock's side."""
        entries = _fob_entries(self._read("/fobs/display/", {"fob_macs": [fob]}), fob)
        waiting = {lock["mac"] for lock in self._entries({}) if _waits(lock)} if entries else set()
        return {entry["mac"]: self._on_fob(entry, waits=entry["mac"] in waiting) for entry in entries}

    @staticmethod
    def _on_fob(entry: Answer, *, waits: bool) -> CredentialStatus:
        if entry["status"] == "revoke_pending":
            return CredentialStatus.REVOKED
        return CredentialStatus.ACTIVE if entry["status"] == "synced" and not waits else CredentialStatus.PENDING

    def recover(self, lock: str, tracking_keys: Sequence[str], fobs: Sequence[str]) -> None:
        """Set the lock up, then fetch offline keys and sync the fobs."""
        opened = self.unlock(lock, "")
        if not (opened.done and opened.acknowledged):
            raise Unavailable(f"{lock} has not taken its new keys yet")
        if tracking_keys:
            self._store(self._read("/keys/", {"display": {"macs": [lock]}}))
        for fob in fobs:
            if not self.sync_fob(fob).done:
                raise Refused(f"the fob {fob} did not take its keys")

    # ---- what happened

    def activity(self, lock: str) -> Sequence[Event]:
        """Return a lock's events with their ranges; recorded_time is only when a phone got the responses."""
        answer = data_of(self._read("/activity/", {"lock_macs": [lock]}))
        return [self._event(event) for event in answer.get("activity", [])]

    @staticmethod
    def _event(entry: Answer) -> Event:
        start, end = (datetime.fromisoformat(entry[name]) for name in ("range_date_start", "range_date_end"))
        return Event(entry["lock_mac"], entry["action"], start, end, entry["tracking_key"])

    def refresh(self) -> None:
        """Upload what could not be uploaded."""
        self.phone.upload()

    # ---- helpers

    def _read(self, path: str, body: Answer) -> Answer:
        return self.server.read(path, body)

    def _call(self, path: str, body: Answer) -> Answer:
        return self.server.call(path, body)


def _commands(answer: Answer) -> str:
    commands = data_of(answer).get("commands")
    if not isinstance(commands, str) or not commands:
        raise Unavailable("the server answered without commands")
    return commands


def _is_ready(lock: Answer) -> bool:
    return bool(lock.get("status") == "ready")


def _waits(lock: Answer) -> bool:
    """`flags` is an array in the document's table, and "none" in its sample."""
    return lock.get("flags") not in (None, "", "none", [], ["none"])


def _keys_in(answer: Answer) -> Iterable[tuple[str, Answer]]:
    return ((lock["mac"], key) for lock in data_of(answer).get("locks", []) for key in lock["keys"])


def _failed(answer: Answer) -> dict[tuple[str, str], str]:
    """Return (lock, tracking key) → message, of each item that failed."""
    details = answer.get("error_details") or ()
    return {(str(d.get("mac", "")), str(d.get("tracking_key", ""))): str(d.get("msg", "")) for d in details}


def _items(
    locks: Sequence[str], names: Sequence[str], succeeded: set[tuple[str, str]], answer: Answer, otherwise: str
) -> list[ItemResult]:
    wrong = _failed(answer)
    return [
        ItemResult(
            mac, name, (mac, name) in succeeded, "" if (mac, name) in succeeded else wrong.get((mac, name), otherwise)
        )
        for mac in locks
        for name in names
    ]


def _fob_entries(answer: Answer, fob: str) -> list[Answer]:
    return [lock for entry in answer.get("data") or () if entry["fob"] == fob for lock in entry["locks"]]
