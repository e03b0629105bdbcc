"""The reference client: it keeps every law.

It tests the pact (a law that it breaks is wrong, or the simulator is) and drives servers for `conform`. It also shows what
an adapter may look like when the client is written to the port.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from lockpact.core.connection import Connection
from lockpact.remotelock.exchanges import EVENT_TYPES
from lockpact.remotelock.port import (
    Access,
    Accessible,
    Bolt,
    Credential,
    Device,
    Entry,
    Invalid,
    NotFound,
    Person,
    Status,
    StayOver,
    Unavailable,
    User,
)
from lockpact.remotelock.session import Params, Session

__all__ = ["Reference"]

T = TypeVar("T")

BOLTS = {"locked_event": Bolt.LOCKED, "unlocked_event": Bolt.UNLOCKED}
ENTRIES = ("unlocked_event", "access_denied_event")
EVERYONE: Params = [("attributes[status][]", status.value) for status in Status if status is not Status.UNKNOWN]
PRESENT: Params = [("attributes[status][]", status.value) for status in (Status.CURRENT, Status.UPCOMING)]
OVER = (Status.EXPIRED, Status.DEACTIVATED)


class Reference(Session):
    """A client that implements `lockpact.remotelock.port.RemoteLockPort`."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._webhook: str | None = None
        self._secret = ""
        self._created: dict[str, str] = {}
        """Persons that the last calls have returned → created_at. One whose creation had no answer is another one."""
        self._seen: dict[str, None] = {}
        self._bolts: dict[str, tuple[str, Bolt]] = {}
        """Lock → the time of its last known move, and the bolt's position."""
        self._complete_until: str | None = None
        """All events up to this time were acted on, or were there before the subscription."""
        self._before: set[str] = set()
        """Events in that second that were there before."""
        self._unfinished: dict[str, int] = {}
        """Locks that have never connected → the timeout that they should get."""
        self._ended: dict[tuple[str, str], str] = {}
        """(Person, lock) → when the person's access ended; empty once the lock has learned of it."""

    # ---- reading

    def user(self) -> User:
        """Return the user that the token is for."""
        user = self._get("/user")["data"]
        return User(user["id"], user["attributes"]["name"])

    def devices(self, per_page: int) -> Sequence[Device]:
        """List devices of all types, also unknown ones."""
        return [
            Device(device["id"], device["type"], device["attributes"]["name"])
            for device in self._all("/devices", (), per_page)
        ]

    def persons(self, everyone: bool) -> Sequence[Person]:
        """List persons. The request names the statuses, since the default list is not complete."""
        found = self._all("/access_persons", EVERYONE if everyone else PRESENT)
        return [self._person(person) for person in found]

    def person(self, id: str) -> Person:
        """Return a person as RemoteLock has it now."""
        return self._person(self._get(f"/access_persons/{id}")["data"])

    def who(self, lock: str) -> Sequence[str]:
        """List persons with access. RemoteLock includes accesses by group and location."""
        found = self._all(f"/devices/{lock}/access_person_accesses")
        return sorted({access["attributes"]["access_person_id"] for access in found})

    # ---- persons

    def create_user(self, name: str, email: str | None, credential: Credential) -> Person:
        """Create a user. Look for the user when the answer is lost."""
        return self._create_person("access_user", name, email, credential, {})

    def create_guest(
        self, name: str, email: str | None, credential: Credential, lock: str, starts: datetime, ends: datetime
    ) -> Person:
        """Create a guest, with times local to the lock."""
        times = {"starts_at": self._local_time(starts, lock), "ends_at": self._local_time(ends, lock)}
        return self._create_person("access_guest", name, email, credential, times)

    def extend(self, guest: str, lock: str, until: datetime) -> Person:
        """Extend a stay. Check first, since an expired guest cannot be changed."""
        person = self._get(f"/access_persons/{guest}")["data"]
        restricted = (person.get("meta") or {}).get("restricted_actions", ())
        if self._person(person).status in OVER or "update" in restricted:
            raise StayOver(
                f"guest {guest} is {person['attributes']['status']} and cannot be changed; create another guest"
            )
        ends = {"attributes": {"ends_at": self._local_time(until, lock)}}
        return self._person(self._ask("PUT", f"/access_persons/{guest}", body=ends)["data"])

    def end(self, person: str) -> bool:
        """Deactivate the person, which keeps the record. The locks learn of it later."""
        locks = self._locks_of(person)
        self._ask("PUT", f"/access_persons/{person}/deactivate")
        return self._end_at(person, locks)

    def invite(self, guest: str) -> None:
        """Send the email once, since nobody can check whether it was sent."""
        self._ask("POST", f"/access_persons/{guest}/email/notify", body={"attributes": {}})

    def grant(self, person: str, kind: Accessible, id: str) -> Access:
        """Grant an access, which is not usable yet. Look for it when the answer is lost."""
        path = f"/access_persons/{person}/accesses"
        wanted = {"accessible_id": id, "accessible_type": kind.value}

        def look() -> dict[str, Any] | None:
            return next((access for access in self._all(path) if access["attributes"]["accessible_id"] == id), None)

        access = self._create_once(lambda: self._ask("POST", path, body={"attributes": wanted})["data"], look)
        return Access(access["id"], person, usable=False)

    def access(self, person: str, access: str) -> Access:
        """Return an access. It is usable when every lock of it has synced."""
        counts = self._get(f"/access_persons/{person}/accesses/{access}")["data"]["attributes"]
        return Access(access, person, usable=0 < counts["devices_count"] == counts["devices_synced_count"])

    def revoke(self, person: str, access: str) -> bool:
        """Revoke an access. The locks learn of it later."""
        locks = self._locks_of(person)
        self._ask("DELETE", f"/access_persons/{person}/accesses/{access}")
        return self._end_at(person, locks)

    def may_enter(self, person: str, lock: str) -> bool:
        """Return whether the lock may open. After an access ended, it may until the lock's next contact."""
        if person in self.who(lock) and self.person(person).status is not Status.DEACTIVATED:
            return True
        ended = self._ended.get((person, lock))
        last_contact = self._get(f"/devices/{lock}")["data"]["attributes"]["connected_at"]
        if ended is None or last_contact is None or last_contact <= ended:
            return True
        self._ended[person, lock] = ""
        return False

    # ---- locks

    def order(self, lock: str, to: Bolt) -> bool:
        """Lock or unlock. The answer shows the expected result; an event will show the real one."""
        self._ask("PUT", f"/devices/{lock}/{'lock' if to is Bolt.LOCKED else 'unlock'}")
        return False

    def bolt(self, lock: str) -> Bolt | None:
        """Return the bolt's position by the newest event."""
        return self._bolts[lock][1] if lock in self._bolts else None

    def entries(self, lock: str) -> Sequence[Entry]:
        """List the entries by a PIN or a card. A knob, a command and a schedule are nobody's."""
        events = [event for event in self._all("/events") if event["type"] in ENTRIES]
        return [
            Entry(
                event["id"],
                event["attributes"].get("associated_resource_id"),
                event["type"] == "unlocked_event" and event["attributes"]["status"] == "succeeded",
                datetime.fromisoformat(event["attributes"]["occurred_at"]),
            )
            for event in events
            if event["attributes"]["publisher_id"] == lock and event["attributes"]["method"] in ("pin", "card")
        ]

    def remove_local_pin(self, lock: str, pin: str) -> None:
        """Send all other PINs, since it is a set operation."""
        pins = self._get(f"/devices/{lock}")["data"]["attributes"]["local_pins"] or []
        if pin in pins:
            kept = [other for other in pins if other != pin]
            self._ask("PUT", f"/devices/{lock}", body={"attributes": {"local_pins": kept}})

    def set_up(self, name: str, serial: str, model: str, location: str, timeout: int) -> str:
        """Register a lock. Its settings are sent after its first contact."""
        wanted = {"name": name, "serial_number": serial, "model_id": model, "location_id": location}

        def look() -> dict[str, Any] | None:
            return next((d for d in self._all("/devices") if d["attributes"].get("serial_number") == serial), None)

        device = self._create_once(lambda: self._ask("POST", "/devices", body={"attributes": wanted})["data"], look)
        self._unfinished[device["id"]] = timeout
        self._finish(device)
        return str(device["id"])

    # ---- webhooks

    def subscribe(self, url: str) -> None:
        """Create one webhook for the URL, for all events, with a secret that all processes can compute."""
        if self._complete_until is None:
            self._start_listening()
        secret = hmac.digest(self._client_secret.encode(), url.encode(), "sha256").hex()[:32]
        wanted = {"name": "Lockpact", "url": url, "content_type": "json", "secret": secret, "active": True}
        body = {"type": "webhook_notification_subscriber", "attributes": wanted}

        def look() -> dict[str, Any] | None:
            found = self._all("/notification_subscribers")
            return next((webhook for webhook in found if webhook["attributes"].get("url") == url), None)

        webhook = look() or self._create_once(
            lambda: self._ask("POST", "/notification_subscribers", body=body)["data"], look
        )
        self._webhook, self._secret = webhook["id"], secret
        if webhook["attributes"]["secret"] != secret or not webhook["attributes"]["active"]:
            self._ask("PUT", f"/notification_subscribers/{self._webhook}", body={"attributes": wanted})
        self._subscribe_to_all(webhook["id"])

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        """Act on an event. It sends no request, since there are 3 seconds."""
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
        """Return the events that were acted on, each once."""
        return list(self._seen)

    def refresh(self) -> None:
        """Finish set-ups, reactivate the webhook, and read missed events.

        What somebody has deleted stops nothing else. Nor do settings that RemoteLock refuses: they are reported at the end.
        """
        refused: Invalid | None = None
        for lock in list(self._unfinished):
            try:
                self._finish(self._get(f"/devices/{lock}")["data"])
            except NotFound:
                del self._unfinished[lock]
            except Invalid as error:
                # Only other settings help.
                del self._unfinished[lock]
                refused = error
        if self._webhook is not None:
            try:
                self._reactivate(f"/notification_subscribers/{self._webhook}")
            except NotFound:
                # The server deactivates webhooks, but only a person deletes one. So none is made in its place.
                self._webhook = None
        if self._complete_until is not None:
            self._recover()
        if refused is not None:
            raise refused

    # ---- inner: persons

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
                    if p["type"] == kind
                    and p["id"] not in self._created
                    and same.items() <= p["attributes"].items()
                    and p["attributes"]["created_at"] >= began
                ),
                None,
            )

        body = {"type": kind, "attributes": wanted}
        created = self._create_once(lambda: self._ask("POST", "/access_persons", body=body)["data"], look)
        self._created = {id_: at for id_, at in self._created.items() if at >= began}
        self._created[created["id"]] = created["attributes"]["created_at"]
        return self._person(created)

    def _create_once(self, create: Callable[[], T], look: Callable[[], T | None]) -> T:
        """Create something. When the answer is lost, look for it, and create it again only if it is not there."""
        try:
            return create()
        except Unavailable:
            found = look()
        if found is not None:
            return found
        try:
            return create()
        except (Unavailable, Invalid):
            found = look()
            if found is None:
                raise
            return found

    @staticmethod
    def _person(resource: Mapping[str, Any]) -> Person:
        attributes = resource["attributes"]
        starts, ends = (
            datetime.fromisoformat(attributes[name]).replace(tzinfo=None) if attributes.get(name) else None
            for name in ("starts_at", "ends_at")
        )
        status = Status.of(attributes.get("status"))
        return Person(resource["id"], attributes["name"], status, attributes.get("pin"), starts, ends)

    def _local_time(self, instant: datetime, lock: str) -> str:
        """Return a time, local to the lock."""
        location = self._get(f"/devices/{lock}")["data"]["attributes"]["location_id"]
        zone = self._get(f"/locations/{location}")["data"]["attributes"]["time_zone"]
        return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0).isoformat()

    def _locks_of(self, person: str) -> list[str]:
        """Return the locks that a person's accesses open, also by group and location."""
        found: set[str] = set()
        for access in self._all(f"/access_persons/{person}/accesses"):
            kind, id_ = access["attributes"]["accessible_type"], access["attributes"]["accessible_id"]
            if kind == "location":
                devices = self._all("/devices", [("attributes[location_id]", id_)])
                found |= {device["id"] for device in devices if device["type"] == "lock"}
            elif kind == "door_group":
                doors = self._all(f"/groups/{id_}/doors")
                found |= {door["attributes"]["door_id"] for door in doors}
            else:
                found.add(id_)
        return sorted(found)

    def _end_at(self, person: str, locks: Sequence[str]) -> bool:
        """Note that the person's access to these locks has ended. Return whether no lock may open any more."""
        for lock in locks:
            self._ended[person, lock] = self._now()
        return not any(at for (holder, _), at in self._ended.items() if holder == person)

    def _now(self) -> str:
        """Return RemoteLock's time, in its format."""
        return datetime.fromtimestamp(self._server_time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    # ---- inner: locks

    def _finish(self, device: Mapping[str, Any]) -> None:
        """Send the settings once the lock has connected; before that they would be lost."""
        if device["attributes"]["connected_at"] is None:
            return
        timeout = self._unfinished[device["id"]]
        if device["attributes"].get("auto_lock_timeout") != timeout:
            self._ask("PUT", f"/devices/{device['id']}", body={"attributes": {"auto_lock_timeout": timeout}})
        del self._unfinished[device["id"]]

    # ---- inner: events

    def _reactivate(self, webhook: str) -> None:
        if not self._get(webhook)["data"]["attributes"]["active"]:
            self._ask("PUT", webhook, body={"attributes": {"active": True}})

    def _start_listening(self) -> None:
        newest = self._get("/events", [("sort", "-created_at"), ("per_page", "50")])["data"]
        self._complete_until = newest[0]["attributes"]["created_at"] if newest else ""
        self._before = {e["id"] for e in newest if e["attributes"]["created_at"] == self._complete_until}

    def _subscribe_to_all(self, subscriber: str) -> None:
        """Subscribe a webhook to all events of the account. One that has some of them gets the others, too."""
        account = self._get("/account")["data"]["id"]
        found = [s for s in self._all("/notification_subscriptions") if s["attributes"]["subscriber_id"] == subscriber]
        if any(_has_all_events(subscription["attributes"], account) for subscription in found):
            return
        wanted = {
            "events": [{"event_type": event} for event in EVENT_TYPES],
            "publisher_type": "account",
            "publisher_id": account,
            "subscriber_type": "webhook_notification_subscriber",
            "subscriber_id": subscriber,
        }
        path = f"/notification_subscriptions/{found[0]['id']}" if found else "/notification_subscriptions"
        self._ask("PUT" if found else "POST", path, body={"attributes": wanted})

    def _recover(self) -> None:
        """Read events back to the time up to which they are complete, by created_at.

        Late events have an older occurred_at.
        """
        until = self._complete_until or ""
        missed: list[dict[str, Any]] = []
        page, done = 0, False
        while not done:
            page += 1
            query = [("sort", "-created_at"), ("per_page", "50"), ("page", str(page))]
            answer = self._get("/events", query)
            new = [event for event in answer["data"] if event["attributes"]["created_at"] >= until]
            missed += new
            done = len(new) < len(answer["data"]) or page >= min(answer["meta"]["total_pages"], 200)
        for event in reversed(missed):
            self._act_on(event)
        if missed:
            self._complete_until = missed[0]["attributes"]["created_at"]
            self._before |= {e["id"] for e in missed}

    def _act_on(self, event: Mapping[str, Any]) -> None:
        """Act on an event once. Of two moves of a bolt, the one that happened later counts."""
        id_, attributes = event["id"], event["attributes"]
        if id_ in self._seen or id_ in self._before:
            return
        self._seen[id_] = None
        bolt, lock = BOLTS.get(event["type"]), attributes["publisher_id"]
        if bolt is None or attributes["status"] != "succeeded":
            return
        if attributes["occurred_at"] >= self._bolts.get(lock, ("",))[0]:
            self._bolts[lock] = attributes["occurred_at"], bolt


def _has_all_events(subscription: Mapping[str, Any], account: str) -> bool:
    events = {event["event_type"] for event in subscription["events"]}
    return subscription["publisher_id"] == account and events >= set(EVENT_TYPES)
