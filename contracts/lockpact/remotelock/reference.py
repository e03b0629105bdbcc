"""A RemoteLock client that keeps every law: what an adapter may look like when the client is written to its port.

It is the pact's own yardstick (a law that it breaks is wrong, or the stand-in is) and drives servers for `conform`.
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from lockpact.core.connection import Connection
from lockpact.remotelock.port import (
    Access,
    Accessible,
    Bolt,
    Credential,
    Device,
    Invalid,
    Person,
    Status,
    StayOver,
    Unavailable,
    User,
)
from lockpact.remotelock.session import Params, Session

__all__ = ["EVENT_TYPES", "Reference"]

T = TypeVar("T")

EVENT_TYPES = (
    "unlocked", "locked", "access_denied", "access_person_synced", "access_person_sync_failed", "access_guest_late_sync",
    "reset", "connectivity", "power_level_low", "battery_replaced", "acs_door_opened", "acs_door_closed",
    "acs_door_held_open", "acs_requested_to_exit", "temperature_changed", "humidity_changed", "relay_enabled",
    "relay_disabled", "access_person_used",
)  # fmt: skip
"""All that can be subscribed to."""
BOLTS = {"locked_event": Bolt.LOCKED, "unlocked_event": Bolt.UNLOCKED}
EVERYONE: Params = [("attributes[status][]", status.value) for status in Status if status is not Status.UNKNOWN]
PRESENT: Params = [("attributes[status][]", status.value) for status in (Status.CURRENT, Status.UPCOMING)]
OVER = (Status.EXPIRED, Status.DEACTIVATED)


class Reference(Session):
    """Implements `lockpact.remotelock.port.RemoteLockPort`."""

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        self._webhook: str | None = None
        self._secret = ""
        self._seen: dict[str, None] = {}
        self._bolts: dict[str, tuple[str, Bolt]] = {}
        """Lock → when it was last heard to have moved, and where to."""
        self._known_until: str | None = None
        """Every event up to then has been acted on, or was before the client began to listen."""
        self._before: set[str] = set()
        """Events of that very second that were before."""
        self._unfinished: dict[str, int] = {}
        """Locks that have never connected → the timeout that they shall get."""
        self._taken_back: dict[tuple[str, str], str] = {}
        """Person and lock → when the person's access ended."""

    # ---- looking

    def user(self) -> User:
        """Whom the token speaks for."""
        said = self._get("/user")["data"]
        return User(said["id"], said["attributes"]["name"])

    def devices(self, per_page: int) -> Sequence[Device]:
        """Whatever their type is."""
        return [
            Device(one["id"], one["type"], one["attributes"]["name"]) for one in self._all("/devices", (), per_page)
        ]

    def persons(self, everyone: bool) -> Sequence[Person]:
        """The statuses are said, never left to the default."""
        found = self._all("/access_persons", EVERYONE if everyone else PRESENT)
        return [self._person(one) for one in found]

    def person(self, id: str) -> Person:
        """As RemoteLock has it now."""
        return self._person(self._get(f"/access_persons/{id}")["data"])

    def who(self, lock: str) -> Sequence[str]:
        """RemoteLock lists what is inherited from groups and the location, too."""
        found = self._all(f"/devices/{lock}/access_person_accesses")
        return sorted({one["attributes"]["access_person_id"] for one in found})

    # ---- people

    def create_user(self, name: str, email: str | None, credential: Credential) -> Person:
        """Looks for the person when the answer is lost."""
        return self._create_person("access_user", name, email, credential, {})

    def create_guest(
        self, name: str, email: str | None, credential: Credential, lock: str, starts: datetime, ends: datetime
    ) -> Person:
        """Times as the clock on the wall beside the lock shows them."""
        times = {"starts_at": self._wall(starts, lock), "ends_at": self._wall(ends, lock)}
        return self._create_person("access_guest", name, email, credential, times)

    def extend(self, guest: str, lock: str, until: datetime) -> Person:
        """Looks first: who is expired cannot be changed."""
        said = self._get(f"/access_persons/{guest}")["data"]
        restricted = (said.get("meta") or {}).get("restricted_actions", ())
        if self._person(said).status in OVER or "update" in restricted:
            raise StayOver(f"guest {guest} is {said['attributes']['status']} and cannot be changed; make another guest")
        ends = {"attributes": {"ends_at": self._wall(until, lock)}}
        return self._person(self._ask("PUT", f"/access_persons/{guest}", body=ends)["data"])

    def end(self, person: str) -> bool:
        """Deactivates: the person stays on record. The locks learn of it later."""
        locks = self._locks_of(person)
        self._ask("PUT", f"/access_persons/{person}/deactivate")
        return self._end_at(person, locks)

    def invite(self, guest: str) -> None:
        """Once: nobody can look whether a mail has left."""
        self._ask("POST", f"/access_persons/{guest}/email/notify", body={"attributes": {}})

    def grant(self, person: str, kind: Accessible, id: str) -> Access:
        """Looks for the grant when the answer is lost. None is usable at birth."""
        path = f"/access_persons/{person}/accesses"
        wanted = {"accessible_id": id, "accessible_type": kind.value}

        def look() -> dict[str, Any] | None:
            return next((one for one in self._all(path) if one["attributes"]["accessible_id"] == id), None)

        said = self._made_once(lambda: self._ask("POST", path, body={"attributes": wanted})["data"], look)
        return Access(said["id"], person, usable=False)

    def access(self, person: str, access: str) -> Access:
        """Usable when every lock behind it has synced."""
        counts = self._get(f"/access_persons/{person}/accesses/{access}")["data"]["attributes"]
        return Access(access, person, usable=0 < counts["devices_count"] == counts["devices_synced_count"])

    def revoke(self, person: str, access: str) -> bool:
        """The locks learn of it later."""
        locks = self._locks_of(person)
        self._ask("DELETE", f"/access_persons/{person}/accesses/{access}")
        return self._end_at(person, locks)

    def may_enter(self, person: str, lock: str) -> bool:
        """Who has no access any more may still enter until the lock has been heard of since."""
        if person in self.who(lock) and self.person(person).status is not Status.DEACTIVATED:
            return True
        ended = self._taken_back.get((person, lock))
        heard = self._get(f"/devices/{lock}")["data"]["attributes"]["connected_at"]
        return ended is None or heard is None or heard <= ended

    # ---- locks

    def order(self, lock: str, to: Bolt) -> bool:
        """The answer is what RemoteLock hopes for; an event will tell."""
        self._ask("PUT", f"/devices/{lock}/{'lock' if to is Bolt.LOCKED else 'unlock'}")
        return False

    def bolt(self, lock: str) -> Bolt | None:
        """What the newest event told."""
        return self._bolts[lock][1] if lock in self._bolts else None

    def remove_local_pin(self, lock: str, pin: str) -> None:
        """Sends all the others: it is a set operation."""
        pins = self._get(f"/devices/{lock}")["data"]["attributes"]["local_pins"] or []
        if pin in pins:
            kept = [one for one in pins if one != pin]
            self._ask("PUT", f"/devices/{lock}", body={"attributes": {"local_pins": kept}})

    def set_up(self, name: str, serial: str, model: str, location: str, timeout: int) -> str:
        """Registers now; the settings wait until the lock has connected."""
        wanted = {"name": name, "serial_number": serial, "model_id": model, "location_id": location}

        def look() -> dict[str, Any] | None:
            return next((d for d in self._all("/devices") if d["attributes"].get("serial_number") == serial), None)

        said = self._made_once(lambda: self._ask("POST", "/devices", body={"attributes": wanted})["data"], look)
        self._unfinished[said["id"]] = timeout
        self._finish(said)
        return str(said["id"])

    # ---- being told

    def subscribe(self, url: str) -> None:
        """One webhook a URL, for everything in the account, with a secret that all processes know."""
        if self._known_until is None:
            self._begin_to_listen()
        self._secret = hmac.digest(self._client_secret.encode(), url.encode(), "sha256").hex()[:32]
        wanted = {"name": "Lockpact", "url": url, "content_type": "json", "secret": self._secret, "active": True}
        body = {"type": "webhook_notification_subscriber", "attributes": wanted}

        def look() -> dict[str, Any] | None:
            found = self._all("/notification_subscribers")
            return next((one for one in found if one["attributes"].get("url") == url), None)

        ours = look() or self._made_once(
            lambda: self._ask("POST", "/notification_subscribers", body=body)["data"], look
        )
        self._webhook = ours["id"]
        if ours["attributes"]["secret"] != self._secret or not ours["attributes"]["active"]:
            self._ask("PUT", f"/notification_subscribers/{self._webhook}", body={"attributes": wanted})
        self._listen_to_all(ours["id"])

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        """Reads nothing: there are 3 seconds."""
        secret = next((value for name, value in headers.items() if name.lower() == "x-secret"), "")
        if not self._secret or not hmac.compare_digest(secret.encode(), self._secret.encode()):
            return 401
        try:
            event = json.loads(body)["data"]
            self._act_on(event)
        except (ValueError, KeyError, TypeError, AttributeError):
            return 400
        return 200

    def seen(self) -> Sequence[str]:
        """Each once."""
        return list(self._seen)

    def refresh(self) -> None:
        """Finish what has waited, keep the webhook alive, and read what it did not tell."""
        for lock in list(self._unfinished):
            self._finish(self._get(f"/devices/{lock}")["data"])
        if self._webhook is not None:
            path = f"/notification_subscribers/{self._webhook}"
            if not self._get(path)["data"]["attributes"]["active"]:
                self._ask("PUT", path, body={"attributes": {"active": True}})
        if self._known_until is not None:
            self._recover()

    # ---- inner: people

    def _create_person(
        self, kind: str, name: str, email: str | None, credential: Credential, times: Mapping[str, str]
    ) -> Person:
        wanted: dict[str, Any] = {"name": name, "email": email, **times}
        if credential.pin is not None:
            wanted["pin"] = credential.pin
        if credential.card is not None:
            wanted["card_number"] = credential.card
        if credential == Credential():
            wanted["generate_pin"] = True
        began = self._now()
        same = {key: value for key, value in wanted.items() if key != "generate_pin"}

        def look() -> dict[str, Any] | None:
            newest = self._all("/access_persons", [*EVERYONE, ("sort", "-created_at")])
            return next(
                (
                    p
                    for p in newest
                    if same.items() <= p["attributes"].items() and p["attributes"]["created_at"] >= began
                ),
                None,
            )

        body = {"type": kind, "attributes": wanted}
        return self._person(self._made_once(lambda: self._ask("POST", "/access_persons", body=body)["data"], look))

    def _made_once(self, make: Callable[[], T], look: Callable[[], T | None]) -> T:
        """Makes it. When the answer is lost: looks whether it is there, and tries once more where it is not."""
        try:
            return make()
        except Unavailable:
            found = look()
        if found is not None:
            return found
        try:
            return make()
        except (Unavailable, Invalid):
            found = look()
            if found is None:
                raise
            return found

    @staticmethod
    def _person(said: Mapping[str, Any]) -> Person:
        has = said["attributes"]
        starts, ends = (
            datetime.fromisoformat(has[name]).replace(tzinfo=None) if has.get(name) else None
            for name in ("starts_at", "ends_at")
        )
        return Person(said["id"], has["name"], Status.of(has["status"]), has.get("pin"), starts, ends)

    def _wall(self, instant: datetime, lock: str) -> str:
        """An instant as the clock on the wall beside this lock shows it."""
        location = self._get(f"/devices/{lock}")["data"]["attributes"]["location_id"]
        zone = self._get(f"/locations/{location}")["data"]["attributes"]["time_zone"]
        return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0).isoformat()

    def _locks_of(self, person: str) -> list[str]:
        """The locks that may have learnt of a person: behind each access, those of a group or location included."""
        found: set[str] = set()
        for one in self._all(f"/access_persons/{person}/accesses"):
            kind, id_ = one["attributes"]["accessible_type"], one["attributes"]["accessible_id"]
            if kind == "location":
                there = self._all("/devices", [("attributes[location_id]", id_)])
                found |= {device["id"] for device in there if device["type"] == "lock"}
            elif kind == "door_group":
                doors = self._all(f"/groups/{id_}/doors")
                found |= {door["attributes"]["door_id"] for door in doors}
            else:
                found.add(id_)
        return sorted(found)

    def _end_at(self, person: str, locks: Sequence[str]) -> bool:
        """From now on these locks are to forget the person. → whether none has to."""
        for lock in locks:
            self._taken_back[person, lock] = self._now()
        return not locks

    def _now(self) -> str:
        """RemoteLock's time as it writes it."""
        return datetime.fromtimestamp(time.time() + self._skew, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    # ---- inner: locks

    def _finish(self, device: Mapping[str, Any]) -> None:
        """Settings before the first contact would be lost."""
        if device["attributes"]["connected_at"] is None:
            return
        timeout = self._unfinished[device["id"]]
        self._ask("PUT", f"/devices/{device['id']}", body={"attributes": {"auto_lock_timeout": timeout}})
        del self._unfinished[device["id"]]

    # ---- inner: events

    def _begin_to_listen(self) -> None:
        newest = self._get("/events", [("sort", "-created_at"), ("per_page", "50")])["data"]
        self._known_until = newest[0]["attributes"]["created_at"] if newest else ""
        self._before = {e["id"] for e in newest if e["attributes"]["created_at"] == self._known_until}

    def _listen_to_all(self, subscriber: str) -> None:
        found = self._all("/notification_subscriptions")
        if any(one["attributes"]["subscriber_id"] == subscriber for one in found):
            return
        wanted = {
            "events": [{"event_type": event} for event in EVENT_TYPES],
            "publisher_type": "account",
            "publisher_id": self._get("/account")["data"]["id"],
            "subscriber_type": "webhook_notification_subscriber",
            "subscriber_id": subscriber,
        }
        self._ask("POST", "/notification_subscriptions", body={"attributes": wanted})

    def _recover(self) -> None:
        """Reads back, by created_at, to what is known to be complete; late events have an older occurred_at."""
        until = self._known_until or ""
        missed: list[dict[str, Any]] = []
        page, done = 0, False
        while not done:
            page += 1
            query = [("sort", "-created_at"), ("per_page", "50"), ("page", str(page))]
            said = self._get("/events", query)
            new = [event for event in said["data"] if event["attributes"]["created_at"] >= until]
            missed += new
            done = len(new) < len(said["data"]) or page >= min(said["meta"]["total_pages"], 200)
        for event in reversed(missed):
            self._act_on(event)
        if missed:
            self._known_until = missed[0]["attributes"]["created_at"]
            self._before |= {e["id"] for e in missed}

    def _act_on(self, event: Mapping[str, Any]) -> None:
        """Once each; of two moves of a bolt the later one counts, whichever comes last."""
        id_, has = event["id"], event["attributes"]
        if id_ in self._seen or id_ in self._before:
            return
        self._seen[id_] = None
        bolt, lock = BOLTS.get(event["type"]), has["publisher_id"]
        if bolt is not None and has["status"] == "succeeded" and has["occurred_at"] >= self._bolts.get(lock, ("",))[0]:
            self._bolts[lock] = has["occurred_at"], bolt
