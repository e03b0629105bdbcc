"""What happens around a RemoteLock client: sign-ins, device actions, requests of the account's owner, more data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from lockpact.core.step import Step
from lockpact.core.traffic import Exchange
from lockpact.driving.faults import Fault
from lockpact.driving.state_machine import PactMachine
from lockpact.remotelock.browser import Page, sign_in
from lockpact.remotelock.exchanges import items, resource, tokens_in
from lockpact.remotelock.faults import copies
from lockpact.remotelock.port import Credential, RemoteLockPort, Status, TokenStore
from lockpact.remotelock.truth import Truth

__all__ = ["FORM", "OVER", "PRESENT", "Actions"]

MOVES = ("locked", "unlocked")
"""The types of the events by which a bolt moves."""
OVER = (Status.EXPIRED, Status.DEACTIVATED)
PRESENT = (Status.CURRENT, Status.UPCOMING)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def _moves_no_bolt(event: Mapping[str, Any]) -> bool:
    return event["type"] not in MOVES


def _is_webhook(subscriber: Mapping[str, Any]) -> bool:
    return str(subscriber["type"]) == "webhook_notification_subscriber"


def _is_of_mails(subscription: Mapping[str, Any]) -> bool:
    return str(subscription["subscriber_type"]) == "email_notification_subscriber"


class Actions(PactMachine[RemoteLockPort]):
    """The actions around a client. There is one account, that of the default world."""

    grant = "client_credentials"
    process = 0
    """The number of the client's process that is driven."""
    count = 0
    """Counts what is created, so that names and PINs are unique."""
    _in_a_call = False
    """Whether the client is inside a call, so that time must not be advanced."""
    _owner_token: tuple[str, int] | None = None
    """The token of the owner's other application, and when it was issued (µs)."""

    def __init__(self) -> None:
        super().__init__()
        self._store = TokenStore()
        self._cookies: dict[str, str] = {}

    @property
    def truth(self) -> Truth:
        """The truth now."""
        truth: Truth = self.stage.truth()
        return truth

    def _credentials(self) -> dict[str, Any]:
        keys = self.stage.handles.credentials
        return {
            "client_id": keys["client_id"],
            "client_secret": keys["client_secret"],
            "redirect_uri": keys["redirect_uri"],
            "oauth_url": self.stage.handles.url_of("oauth"),
            "grant": self.grant,
            "store": self._store,
        }

    def _sign_in_wrongly(self, code: str) -> None:
        """Give the client a code that RemoteLock refuses: one that it does not know, or that was used, as by a reload."""
        earlier = [step.arguments["code"] for step in self._driver.steps if step.call == "signed_in"]
        used = code == "a used code" and bool(earlier)
        self.do("signed_in", code=earlier[-1] if used else "0" * 64, given=self._given(wrong_code=code))

    def _sign_in(self, fault: Fault | None = None, *, of_another: bool = False) -> tuple[str, str]:
        """Sign in as the account's owner, in a browser, and give the client the code. Return the user's id and name.

        `of_another`: as a user of another account.
        """
        state, keys = self.stage.handles.state, self.stage.handles.credentials
        query = {"client_id": keys["client_id"], "response_type": "code", "redirect_uri": keys["redirect_uri"]}
        url = f"{self.stage.handles.url_of('oauth')}/oauth/authorize?{urlencode(query)}"
        if self.has("authorize_url"):
            named = {name: keys[name] for name in ("client_id", "redirect_uri")}
            url = self.do("authorize_url", given=self._given(application=named)).result
        app = state.oauth.applications[keys["client_id"]]
        user = state.users[app.owner_id]
        if of_another:
            user = next(other for other in state.users.values() if other.email == keys["email"])
            self.stage.note(f"{user.name} signs in, who is in another account")
            self._cookies.clear()
        code = None
        if isinstance(url, str):
            code = sign_in(self._fetch, url, keys["redirect_uri"], user.email, user.password)
        if code is not None:
            self.do("signed_in", code=code, given=self._given(fault))
        if of_another:
            self._cookies.clear()
        return user.id, user.name

    def _fetch(self, method: str, url: str, body: bytes) -> Page:
        """Request a page, with the browser's cookies."""
        parts = urlsplit(url)
        site = "oauth" if urlsplit(self.stage.handles.url_of("oauth")).netloc == parts.netloc else None
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        cookies = (("Cookie", "; ".join(f"{k}={v}" for k, v in self._cookies.items())),) if self._cookies else ()
        answer = self.stage.ask(target, method, (*(FORM if body else ()), *cookies), body, site=site)
        headers = {name.lower(): value for name, value in answer.headers}
        for name, _, value in (
            v.partition(";")[0].partition("=") for n, v in answer.headers if n.lower() == "set-cookie"
        ):
            self._cookies[name] = value
        return answer.status, headers, answer.body

    def do(self, call: str, /, *, given: Mapping[str, Any] | None = None, **arguments: Any) -> Step[Any]:
        """Call the client. The tokens that it gets are secrets from then on."""
        try:
            return super().do(call, given=given, **arguments)
        finally:
            self.stage.add_secrets(
                sorted({token for step in self._driver.steps[-1:] for token in tokens_in(step.traffic)})
            )

    # ---- inner: the environment, for the laws

    def _given(self, fault: Fault | None = None, **more: Any) -> dict[str, Any]:
        return {
            "fault": None if fault is None else fault.kind,
            "times": None if fault is None else fault.times,
            "process": self.process or None,
            "grant": self.grant,
            **more,
        }

    @contextmanager
    def _driven(self, client: Any, process: int = 0) -> Iterator[None]:
        """Drive another client for a while: another process, or several at once."""
        before, self._driver.client, self.process = self._driver.client, client, process
        try:
            yield
        finally:
            self._driver.client, self.process = before, 0

    # ---- inner: device actions

    def _pass(self, seconds: float) -> None:
        if seconds:
            self.stage.pass_time(seconds)

    def _act(self, device: str, action: str, **args: Any) -> None:
        """Do a device action. An action that is impossible now is skipped."""
        self.stage.try_to(device, action, **args)

    def _sync(self, locks: Sequence[str], which: str) -> None:
        """Let none, some or all of these locks contact the cloud."""
        for lock in locks[: {"no": 0, "some": 1, "all": len(locks)}[which]]:
            self._act(lock, "heartbeat")
        self._pass(5)

    def _another_client(self, **credentials: Any) -> Any:
        """Construct another client with these credentials in place of the usual ones. Return None if that fails."""
        connection = self.stage.connection(self._credentials() | credentials)
        return self.stage.call(self.pact_run.adapter, connection).result

    def _program(self, lock: str, pins: list[str]) -> None:
        """Program these PINs at the keypad, and let the lock report them."""
        settings = self.stage.handles.state.accounts[self._account_id].devices[lock].physical.settings
        for pin in pins:
            self._act(lock, "program_pin", code=settings.programming_code or "", pin=pin)
        self._act(lock, "heartbeat")
        self._pass(5)

    def _turn_a_knob(self) -> None:
        self._act(self._lock(0), "turn")
        self._pass(3)

    # ---- inner: requests of the account's owner, by another application

    def _owner(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a request as the owner. Return the answer's `data`; empty if it was refused."""
        if self._owner_token is None or self.stage.now() - self._owner_token[1] > 7_000_000_000:
            keys = self.stage.handles.credentials
            form = {
                "client_id": keys["client_id"],
                "client_secret": keys["client_secret"],
                "grant_type": "client_credentials",
            }
            answer = self.stage.ask("/oauth/token", "POST", FORM, urlencode(form).encode(), site="oauth")
            self._owner_token = json.loads(answer.body)["access_token"], self.stage.now()
        headers = (("Authorization", f"Bearer {self._owner_token[0]}"), ("Content-Type", "application/json"))
        sent = b"" if body is None else json.dumps(body).encode()
        answer = self.stage.ask(f"/v1{path}", method, headers, sent)
        if answer.status == 429 and not self._in_a_call:
            self.stage.pass_time(60 - self.stage.now() // 1_000_000 % 60)
            answer = self.stage.ask(f"/v1{path}", method, headers, sent)
        document = json.loads(answer.body) if answer.body and answer.status < 300 else {}
        data: dict[str, Any] = document.get("data", {})
        return data

    @property
    def _account_id(self) -> str:
        state, keys = self.stage.handles.state, self.stage.handles.credentials
        account: str = state.oauth.applications[keys["client_id"]].account_id
        return account

    def _change_during_pages(self, path: str, page: int, change: Callable[[Exchange], object]) -> None:
        """Make a change as soon as the client has read this many pages of a collection. It is given the last of them."""
        pages = 0

        def watch(x: Exchange) -> bytes | None:
            nonlocal pages
            pages += x.method == "GET" and resource(x) == path
            if pages == page:
                pages += 1_000
                self._in_a_call = True
                change(x)
                self._in_a_call = False
            return None

        self.stage.alter(watch)

    def _break_page(self, path: str, page: int) -> None:
        """Let one page of a collection be no JSON, however often it is read."""
        self.stage.note(f"page {page} of {path} cannot be read")
        self.stage.alter(
            lambda x: b"<html>Bad Gateway</html>" if resource(x) == path and x.param("page") == str(page) else None
        )

    def _change_devices(self, change: str, which: int) -> None:
        self.stage.note(f"a device is {change}")
        if change in ("removed", "both"):
            present = list(self.truth.devices)
            self._owner("DELETE", f"/devices/{present[which % len(present)]}")
        if change in ("added", "both"):
            self._add_device()

    def _change_persons(self, change: str) -> None:
        self.stage.note(f"a person is {change}")
        if change in ("removed", "both"):
            self._owner("DELETE", f"/access_persons/{next(iter(self.truth.persons))}")
        if change in ("added", "both"):
            self._add_person()

    def _revoke_some(self, listed: Exchange) -> None:
        """Revoke the first accesses of a page, so that those of the next page move to this one."""
        self.stage.note("some lose their access")
        for access in items(listed)[:4]:
            self._owner("DELETE", f"/access_persons/{access['attributes']['access_person_id']}/accesses/{access['id']}")

    def _change_zone(self, lock: str, *, moved: bool) -> None:
        """Move a lock to a location in another time zone, or set the zone of its location right."""
        account = self.stage.handles.state.accounts[self._account_id]
        here = account.devices[lock].location_id
        others = [one for one in account.locations.values() if one.time_zone != account.locations[here].time_zone]
        if moved and others:
            self.stage.note(f"the lock moves to {others[0].name}")
            self._owner("PUT", f"/devices/{lock}", {"attributes": {"location_id": others[0].id}})
        else:
            zone = "Asia/Tokyo" if account.locations[here].time_zone != "Asia/Tokyo" else "America/Denver"
            self.stage.note(f"the time zone of {account.locations[here].name} is set right: {zone}")
            self._owner("PUT", f"/locations/{here}", {"attributes": {"time_zone": zone}})

    def _add_device(self) -> None:
        location, model = self._location_and_model()
        self.count += 1
        wanted = {"name": f"Other {self.count}", "serial_number": f"AC000W00888{self.count:04d}"}
        self._owner("POST", "/devices", {"attributes": wanted | {"model_id": model, "location_id": location}})

    def _add_person(self, **attributes: Any) -> str | None:
        self.count += 1
        wanted = {"name": f"Other {self.count}", "card_number": f"77{self.count:05d}"} | attributes
        kind = "access_guest" if "starts_at" in wanted else "access_user"
        id_: str | None = self._owner("POST", "/access_persons", {"type": kind, "attributes": wanted}).get("id")
        return id_

    def _populate_devices(self, upto: int) -> None:
        """Give the account at least this many devices."""
        if upto > len(self.truth.devices):
            self.stage.note(f"the account has {upto} devices")
            missing = upto - len(self.truth.devices)
            self.stage.edit_state(lambda state: copies(state["accounts"][self._account_id]["devices"], missing))

    def _populate_persons(self, upto: int) -> None:
        """Give the account at least this many persons."""
        if upto > len(self.truth.persons):
            self.stage.note(f"the account has {upto} access persons")
            missing = upto - len(self.truth.persons)
            self.stage.edit_state(
                lambda state: copies(state["accounts"][self._account_id]["persons"], missing, pin=None)
            )

    def _populate_accesses(self, lock: str, upto: int) -> None:
        """Give this many further persons access to a lock."""
        self.stage.note(f"{upto} more persons have access to {lock}")
        missing = max(upto - len(self.truth.persons), 0)

        def add(state: dict[str, Any]) -> None:
            account = state["accounts"][self._account_id]
            copies(account["persons"], missing, pin=None)
            model = next(iter(account["accesses"].values()))
            for number, person in enumerate(list(account["persons"].values())[:upto]):
                id_ = f"c1{number:06d}-{lock[9:]}"
                new = {"id": id_, "person_id": person["id"], "person_type": person["kind"]}
                account["accesses"][id_] = model | new | {"accessible_id": lock, "accessible_type": "lock"}

        self.stage.edit_state(add)

    def _other_webhooks(self, count: int) -> None:
        """Give the account so many webhooks of others. Their URLs begin as the client's does. A single one is the newest."""
        if count:
            self.stage.note(f"the account has {count} more webhooks of others")
            newest = {"created_at": self.stage.now()} if count == 1 else {}

            def add(state: dict[str, Any]) -> None:
                subscribers = state["accounts"][self._account_id]["subscribers"]
                copies(subscribers, count, _is_webhook, **newest)
                for number, id_ in enumerate(id_ for id_ in list(subscribers) if id_.startswith("c0")):
                    subscribers[id_]["url"] = f"https://integrator.example/hooks/{number}"
                copies(state["accounts"][self._account_id]["subscriptions"], count, _is_of_mails)

            self.stage.edit_state(add)

    def _many_events(self, count: int, *, at: str | None = None) -> None:
        """Add this many events, of which none moves a bolt. `at`: all at this lock, where they have happened just now."""
        if count:
            self.stage.note(f"{count} more events")
            now = self.stage.now()
            times = {"created_at": now, "updated_at": now} | ({"occurred_at": now} if at is not None else {})

            def suits(event: Mapping[str, Any]) -> bool:
                return _moves_no_bolt(event) and at in (None, event["publisher_id"])

            self.stage.edit_state(
                lambda state: copies(state["accounts"][self._account_id]["events"], count, suits, **times)
            )
            self._pass(2)

    # ---- inner: choosing persons and devices

    def _locks(self) -> list[str]:
        """Return all locks, those that have connected first."""
        return sorted(self.truth.locks, key=lambda lock: (not self.truth.locks[lock].connected, lock))

    def _lock(self, which: int) -> str:
        """Return a lock that has connected."""
        connected = [lock for lock in self._locks() if self.truth.locks[lock].connected] or self._locks()
        return connected[which % len(connected)]

    def _lock_with_local_pins(self, which: int) -> str:
        """Return a lock that has local PINs."""
        devices = self.stage.handles.state.accounts[self._account_id].devices
        suitable = [lock for lock in self._locks() if devices[lock].settings.local_pins is not None]
        return suitable[which % len(suitable)] if suitable else self._lock(which)

    def _any_lock(self, which: int) -> str:
        return self._locks()[which % len(self._locks())]

    def _location_and_model(self) -> tuple[str, str]:
        """Return a location, and a model that can be registered and has auto-lock."""
        devices = self.stage.handles.state.accounts[self._account_id].devices
        suitable = [devices[lock] for lock in self._locks() if devices[lock].serial_number.startswith("AC000W006")]
        device = suitable[0] if suitable else devices[self._lock(0)]
        return device.location_id, device.model_id

    def _accessible(self, kind: str, which: int) -> str:
        account, lock = self.stage.handles.state.accounts[self._account_id], self._any_lock(which)
        if kind == "location":
            location: str = account.devices[lock].location_id
            return location
        if kind == "acs_door":
            return next((id_ for id_, device in self.truth.devices.items() if device.type == kind), lock)
        return next(iter(account.groups)) if kind == "door_group" else lock

    def _somebody(self, which: int) -> str:
        """Return a current or upcoming person."""
        present = [i for i, p in sorted(self.truth.persons.items()) if p.status in PRESENT]
        return present[which % len(present)] if present else str(self._add_person())

    def _guests(self, *, past: bool) -> list[str]:
        truth = sorted(self.truth.persons.items())
        return [i for i, p in truth if p.starts is not None and (p.status in OVER) == past]

    def _name(self) -> str:
        """Return a new name: a plain one, one with letters that are not ASCII, a long one, or one with signs."""
        self.count += 1
        names = ("Person", "Zoë Ødegård-Łuk", "McAdam von und zu Hohenstein", 'O\'Neill & "Sons" <1+1>')
        return f"{names[self.count % 4]} {self.count}"

    def _credential(self, kind: str) -> Credential:
        """Return a new credential. Some PINs and cards begin with zeros. A PIN has four, six or ten digits."""
        self.count += 1
        match kind:
            case "pin":
                pins = (f"00{self.count:04d}", f"90{self.count:08d}", f"6{self.count:03d}")
                return Credential(pin=pins[self.count % 3])
            case "card":
                return Credential(card=f"0{self.count:06d}" if self.count % 2 else f"66{self.count:05d}")
        return Credential()

    def _create(
        self, kind: str, fault: Fault | None = None, wrong: str | None = None, given: Mapping[str, Any] | None = None
    ) -> None:
        wrongs = ("name", "pin", "email") if wrong == "several" else (wrong,)
        credential = Credential(pin="12") if "pin" in wrongs else self._credential(kind)
        email = f"Person{self.count}@example.com" if self.count % 4 else None
        self.do(
            "create_user",
            name="" if "name" in wrongs else self._name(),
            email="no address" if "email" in wrongs else email,
            credential=credential,
            given=self._given(fault, wrong=wrongs[-1]) | dict(given or {}),
        )

    def _create_guest(self, kind: str, which: int, days: int, stay: int, fault: Fault | None) -> None:
        starts = datetime.fromtimestamp(self.stage.now() // 1_000_000, UTC) + timedelta(days=days)
        self._guest(kind, which, starts, starts + timedelta(hours=stay), fault)

    def _guest(
        self,
        kind: str,
        which: int,
        starts: datetime,
        ends: datetime,
        fault: Fault | None,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        self.do(
            "create_guest",
            name=self._name(),
            email=f"Guest{self.count}@example.com",
            credential=self._credential(kind),
            lock=self._lock(which),
            starts=starts,
            ends=ends,
            given=self._given(fault) | dict(given or {}),
        )
