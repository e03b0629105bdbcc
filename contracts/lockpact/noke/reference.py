"""A product on Nokē Core that keeps every law: what an adapter may look like when a client is written to its port.

It is the pact's own yardstick (a law that it breaks is wrong, or the stand-in is) and drives servers for `conform`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from lockpact.core.connection import Connection
from lockpact.noke.caller import Answer, Caller, code_of, data_of, error_of
from lockpact.noke.dialect import percent
from lockpact.noke.phone import Phone, StoredKey
from lockpact.noke.port import (
    Code,
    Event,
    Item,
    LimitReached,
    Lock,
    Opened,
    OutOfReach,
    PhoneNotReady,
    Refused,
    Standing,
    Unavailable,
    UnknownLock,
)

__all__ = ["Reference"]

SETUP = 60.0
"""Seconds to leave a lock alone after it was set up, while its acknowledgement is out."""
PLACES = 100
"""Quick clicks that a lock holds; and offline and fob keys together."""
SHORTEST, LONGEST = 3, 24
FOR_EVER = 255


class Reference:
    """Implements `lockpact.noke.port.NokePort`: the server side; its phone is a `Phone`."""

    setup = SETUP

    def __init__(self, site: Connection) -> None:
        self.server = Caller(site, site.credentials.get("api_key", ""))
        self._version: str | None = site.credentials.get("api_version")
        self.phone = Phone(site)
        self._setting_up: dict[str, float] = {}
        """Lock → when it was last told its keys, by time.monotonic()."""
        self._issued: dict[tuple[str, str], str] = {}
        """Lock and tracking key → the offline key that the lock is known to have."""
        self._revoked: set[tuple[str, str]] = set()
        """Offline keys revoked here, that the lock may still take."""

    def close(self) -> None:
        """Close the connections of both parties."""
        self.server.close()
        self.phone.close()

    # ---- locks

    def locks(self) -> Sequence[Lock]:
        """As the server knows them."""
        return [
            Lock(lock["mac"], _is_ready(lock), not _waits(lock), self._percent(int(lock.get("internal_battery") or 0)))
            for lock in self._entries({})
        ]

    @staticmethod
    def _percent(millivolts: int) -> int:
        return percent(millivolts)

    def unlock(self, lock: str, tracking_key: str) -> Opened:
        """On a lock that is being set up, only after its minute."""
        return self._command("/unlock/", lock, tracking_key)

    def unshackle(self, lock: str, tracking_key: str) -> Opened:
        """As unlock."""
        return self._command("/unshackle/", lock, tracking_key)

    def lock_up(self, lock: str) -> None:
        """A lock with explicit-lock waits to be told; any other locks by itself."""
        if self._entry(lock).get("settings", {}).get("explicit-lock") and not self._engaged(lock):
            raise Refused(f"{lock} did not engage")

    def _engaged(self, lock: str) -> bool:
        return self._command("/engagelock/", lock, "").done

    def set_explicit_lock(self, locks: Sequence[str], on: bool) -> Sequence[Item]:
        """A failure hides among the messages of a success."""
        said = self._tell("/lock/settings/", {"settings": {"explicit-lock": on}, "macs": list(locks)})
        messages = {entry["mac"]: entry["messages"] for entry in data_of(said).get("locks", [])}
        wrong = {
            lock: "; ".join(m for m in messages.get(lock, ["no such lock"]) if not m.startswith("SUCCESS"))
            for lock in locks
        }
        return [Item(lock, "", not wrong[lock], wrong[lock]) for lock in locks]

    def update_firmware(self, lock: str) -> bool:
        """The file first: the lock waits a minute for it, and no more."""
        file = self.phone.radio.download_firmware(lock)
        if not self._command("/fwupdate/", lock, None).done:
            return False
        return self.phone.radio.upload_firmware(lock, file)

    def _command(self, path: str, mac: str, tracking_key: str | None) -> Opened:
        """Fetch commands, and let the phone take them to the lock."""
        self.phone.ready()
        self.phone.upload()
        setting_up = not _is_ready(self._entry(mac))
        if setting_up:
            self._leave_alone(mac)
        body = {"mac": mac} if tracking_key is None else {"mac": mac, "tracking_key": tracking_key}

        def commands_for(session: str) -> str:
            commands = _commands(self._tell(path, body | {"session": session}))
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

    def issue_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[Item]:
        """The phone stores them."""
        said = self._tell("/keys/", {"issue": [{"macs": list(locks), "tracking_keys": list(tracking_keys)}]})
        given = self._store(said)
        for place in given:
            self._revoked.discard(place)
        return _items(locks, tracking_keys, given, said, "it was not issued")

    def revoke_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[Item]:
        """They open until the lock's next online unlock."""
        if not locks or not tracking_keys:
            raise LimitReached("a revocation names locks and tracking keys: without them it would mean all")
        said = self._tell(
            "/keys/", {"revoke": [{"macs": list(locks), "tracking_keys": [key]} for key in tracking_keys]}
        )
        gone = {(mac, key) for mac in locks for key in tracking_keys} - _wrong(said).keys()
        self._revoked |= gone
        return _items(locks, tracking_keys, gone, said, "it is still there")

    def keys(self, lock: str) -> Mapping[str, Standing]:
        """What the server shows, what it says of the lock, and what was revoked here."""
        waits = _waits(self._entry(lock))
        shown = {
            key["tracking_key"]: key["offline_key"]
            for mac, key in _keys_in(self._read("/keys/", {"display": {"macs": [lock]}}))
            if mac == lock
        }
        standing: dict[str, Standing] = {}
        for name, value in shown.items():
            if not waits:
                self._issued[lock, name] = value
            known = self._issued.get((lock, name)) == value
            standing[name] = Standing.ACTIVE if known else Standing.PENDING
        for place in [place for place in self._revoked if place[0] == lock]:
            if not waits:
                self._revoked.discard(place)
                self._issued.pop(place, None)
            if place[1] not in shown:
                standing[place[1]] = Standing.REVOKED if waits else Standing.GONE
        return standing

    def offline_unlock(self, lock: str, tracking_key: str) -> Opened:
        """The phone's own affair."""
        return self.phone.offline_unlock(lock, tracking_key)

    def _store(self, said: Answer) -> set[tuple[str, str]]:
        given = set()
        for mac, key in _keys_in(said):
            given.add((mac, key["tracking_key"]))
            self.phone.stored[mac, key["tracking_key"]] = StoredKey(key["offline_key"], key["unlock_command"])
        return given

    # ---- quick clicks

    def issue_codes(self, lock: str, codes: Mapping[str, int]) -> Sequence[Item]:
        """Judged by the document's limits before anything is sent."""
        wrong = {code: why for code, uses in codes.items() if (why := self._unfit(code, uses))}
        if len(wrong) < len(codes):
            wrong |= self._closed(lock, [code for code in codes if code not in wrong])
        clicks = [{"code": code, "uses": uses} for code, uses in codes.items() if code not in wrong]
        wrong |= self._click("/qc/issue/", lock, clicks)
        return [Item(lock, code, code not in wrong, wrong.get(code, "")) for code in codes]

    def revoke_codes(self, lock: str, codes: Sequence[str]) -> Sequence[Item]:
        """They open until the lock's next online unlock."""
        wrong = self._click("/qc/revoke/", lock, [{"code": code} for code in codes])
        return [Item(lock, code, code not in wrong, wrong.get(code, "")) for code in codes]

    def codes(self, lock: str) -> Sequence[Code]:
        """The server tells pending and revoked apart."""
        return [
            Code(click["code"], click["uses"], click["start_uses"], self._on_lock(click))
            for click in self._clicks(lock)
        ]

    def _closed(self, lock: str, codes: Sequence[str]) -> dict[str, str]:
        """Codes that the lock cannot take now, and why: they are leaving it, or there is no place for them."""
        there = {click["code"]: click for click in self._clicks(lock)}
        leaving = [code for code in codes if there.get(code, {}).get("revoked")]
        new = [code for code in codes if code not in there][max(0, PLACES - len(there)) :]
        return dict.fromkeys(
            leaving, "it was revoked, and is on the lock until its next online unlock"
        ) | dict.fromkeys(new, f"a lock holds {PLACES} quick clicks")

    @staticmethod
    def _unfit(code: str, uses: int) -> str:
        """Why a quick click cannot be; empty when it can."""
        if not SHORTEST <= len(code) <= LONGEST or set(code) - {"0", "1"}:
            return f"a code is {SHORTEST} to {LONGEST} ones and zeros"
        return "" if 1 <= uses <= FOR_EVER else f"uses are 1 to {FOR_EVER}, where {FOR_EVER} is for ever"

    @staticmethod
    def _on_lock(click: Answer) -> Standing:
        if click.get("revoked"):
            return Standing.REVOKED
        return Standing.PENDING if click.get("pending") else Standing.ACTIVE

    def _clicks(self, lock: str) -> list[Answer]:
        said = self._read("/qc/display/", self._versioned({"macs": [lock]}))
        return [click for entry in said.get("data") or () if entry["mac"] == lock for click in entry["quick_clicks"]]

    def _click(self, path: str, lock: str, clicks: list[Answer]) -> dict[str, str]:
        """Issue or revoke. → the codes that failed, with the server's words.

        Since 1.0.0 a mixed result names its failures; before, it is a failure whose data has what went well.
        """
        if not clicks:
            return {}
        said = self.server.ask(path, self._versioned({"mac": lock, "quick_clicks": clicks}))
        details = {detail["code"]: str(detail["msg"]) for detail in said.get("error_details") or ()}
        if details or not code_of(said):
            return details
        well = {click["code"] for entry in said.get("data") or () for click in entry["quick_clicks"]}
        failed = {click["code"] for click in clicks} - well
        if not well:
            raise error_of(path, said)
        return dict.fromkeys(failed, str(said.get("message")))

    def _versioned(self, body: Answer) -> Answer:
        return body if self._version is None else {**body, "api_version": self._version}

    # ---- fobs

    def issue_fob(self, fob: str, locks: Sequence[str], tracking_key: str) -> Sequence[Item]:
        """The fob opens none of them before its sync, and each lock's next online unlock."""
        body = {"fob_mac": fob, "locks": [{"mac": lock, "tracking_key": tracking_key} for lock in locks]}
        said = self._tell("/fobs/issue/", body)
        wrong = {mac: why for (mac, _), why in _wrong(said).items()}
        there = {entry["mac"] for entry in _fob_entries(said, fob)}
        return [Item(lock, tracking_key, lock in there and lock not in wrong, wrong.get(lock, "")) for lock in locks]

    def revoke_fob(self, fob: str, locks: Sequence[str]) -> Mapping[str, Standing]:
        """An online unlock of each lock must follow, or whoever has the fob still gets in."""
        self.phone.ready()
        self._tell("/fobs/revoke/", {"fob_mac": fob, "lock_macs": list(locks)})
        standing = {}
        for lock in locks:
            try:
                told = self.unlock(lock, "")
            except (OutOfReach, Unavailable, Refused, PhoneNotReady):
                told = Opened(done=False, acknowledged=False)
            standing[lock] = Standing.GONE if told.done and told.acknowledged else Standing.REVOKED
        return standing

    def sync_fob(self, fob: str) -> Opened:
        """The fob's session, the fob's commands."""
        return self.phone.run(
            fob, lambda session: _commands(self._tell("/fobs/sync/", {"mac": fob, "session": session}))
        )

    def fob(self, fob: str) -> Mapping[str, Standing]:
        """`synced` is what the fob has; whether the lock has it too, the lock's flags tell."""
        entries = _fob_entries(self._read("/fobs/display/", {"fob_macs": [fob]}), fob)
        waiting = {lock["mac"] for lock in self._entries({}) if _waits(lock)} if entries else set()
        return {entry["mac"]: self._on_fob(entry, waits=entry["mac"] in waiting) for entry in entries}

    @staticmethod
    def _on_fob(entry: Answer, *, waits: bool) -> Standing:
        if entry["status"] == "revoke_pending":
            return Standing.REVOKED
        return Standing.ACTIVE if entry["status"] == "synced" and not waits else Standing.PENDING

    def recover(self, lock: str, tracking_keys: Sequence[str], fobs: Sequence[str]) -> None:
        """Lock first, then whatever opens it."""
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
        """An event's time is its range; recorded_time is only when the phone heard of it."""
        said = data_of(self._read("/activity/", {"lock_macs": [lock]}))
        return [self._event(event) for event in said.get("activity", [])]

    @staticmethod
    def _event(entry: Answer) -> Event:
        start, end = (datetime.fromisoformat(entry[name]) for name in ("range_date_start", "range_date_end"))
        return Event(entry["lock_mac"], entry["action"], start, end, entry["tracking_key"])

    def refresh(self) -> None:
        """Upload what could not be uploaded."""
        self.phone.upload()

    # ---- inner

    def _read(self, path: str, body: Answer) -> Answer:
        return self.server.read(path, body)

    def _tell(self, path: str, body: Answer) -> Answer:
        return self.server.tell(path, body)


def _commands(said: Answer) -> str:
    commands = data_of(said).get("commands")
    if not isinstance(commands, str) or not commands:
        raise Unavailable("the server answered without commands")
    return commands


def _is_ready(lock: Answer) -> bool:
    return bool(lock.get("status") == "ready")


def _waits(lock: Answer) -> bool:
    """`flags` is an array in the document's words, and "none" in its sample."""
    return lock.get("flags") not in (None, "", "none", [], ["none"])


def _keys_in(said: Answer) -> Iterable[tuple[str, Answer]]:
    return ((lock["mac"], key) for lock in data_of(said).get("locks", []) for key in lock["keys"])


def _wrong(said: Answer) -> dict[tuple[str, str], str]:
    """(lock, tracking key) → what the server says of each that failed."""
    details = said.get("error_details") or ()
    return {(str(d.get("mac", "")), str(d.get("tracking_key", ""))): str(d.get("msg", "")) for d in details}


def _items(
    locks: Sequence[str], names: Sequence[str], well: set[tuple[str, str]], said: Answer, otherwise: str
) -> list[Item]:
    wrong = _wrong(said)
    return [
        Item(mac, name, (mac, name) in well, "" if (mac, name) in well else wrong.get((mac, name), otherwise))
        for mac in locks
        for name in names
    ]


def _fob_entries(said: Answer, fob: str) -> list[Answer]:
    return [lock for entry in said.get("data") or () if entry["fob"] == fob for lock in entry["locks"]]
