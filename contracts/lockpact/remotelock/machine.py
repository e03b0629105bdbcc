"""The state machine: the calls of a RemoteLock client, with everything that happens around them in the arguments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st

from lockpact.core.step import Step
from lockpact.driving.faults import Absence, Fault, Storm, absences, faults, storms
from lockpact.driving.stage import CallResult
from lockpact.driving.state_machine import initialize, needs, precondition, rule
from lockpact.remotelock.actions import FORM, Actions
from lockpact.remotelock.concurrency import ConcurrentClients, StartingClient, UnmadeClient
from lockpact.remotelock.exchanges import tokens_in
from lockpact.remotelock.faults import (
    failed_move,
    forged_message,
    large_collection,
    later_server,
    two_messages,
    without_lifetime,
)
from lockpact.remotelock.moves import event_of
from lockpact.remotelock.port import Accessible, Bolt, Credential, TokenStore
from lockpact.remotelock.truth import local_time

__all__ = ["RemoteLockMachine"]

CALLBACK_URL = "https://integrator.example/hooks/remotelock"
"""The client's webhook endpoint; the same as `PACT.callback_url`."""

AGES = (0, 0, 3600, 7190, 7200, 7300, 20_000)
"""Seconds since the last call. A token is valid for 7200."""
CHANGES = ("removed", "added", "both")
CLOCK_CHANGES = (
    "2026-03-08T06:30:00+00:00",
    "2026-03-29T00:30:00+00:00",
    "2026-11-01T05:30:00+00:00",
    "2026-07-01T12:00:00+00:00",
)
"""Times around which guests arrive: clocks go forward in America, in Europe, back in America, and do not change."""


LOSSES = faults(("reset after", "slow", "cut", "reset before", "foreign page"), (1, 1, 2))
"""Faults that lose an answer or a request."""
NOT_DONE = faults(("reset before", "unavailable", "foreign page", "error_page"), (1, 2))
"""Faults after which a request was not carried out."""
LIST_FAULTS = faults(
    ("unavailable", "error_page", "foreign page", "reset before", "cut", "slow", "reset after"), (1, None)
)
"""Faults after which an answer is missing, perhaps for long."""
WRITES = {"order": "PUT", "extend": "PUT", "end": "PUT", "revoke": "DELETE"}
"""Calls that write → the method of the request by which they do."""
LOCAL_PINS = ("8304", "08304", "83041", "98304")
"""Four PINs that are easily confused: two have the same number, two begin the same, and two end the same."""
NOBODY = "00000000-0000-4000-8000-000000000000"
WAYS = ("lock", "lock", "location", "group")
"""How a person has access to a lock."""
ANY_LOCK = st.integers(0, 5)
CONNECTED_LOCK = st.integers(0, 3)
"""The number of a lock among those that have connected."""
KINDS = ("pin", "pin", "card", "made up")
WRONG = ("several", "name", "several", "pin", "several", "email")
ORDERS = ("in order", "reversed", "doubled", "first again at the end")
ARRIVALS = (
    *((order, at_once) for order in ORDERS for at_once in (False, True)),
    ("reversed", True),
    ("reversed", True),
)
"""How webhooks arrive: the order, and whether all were created in one second. Only both together show whether a client goes
by the time of the event or by that of the report."""
FORGED_SECRETS = ("another secret", "no secret", "the secret's beginning", "an empty secret", "the secret and more",
                  "the secret in capitals")  # fmt: skip


class RemoteLockMachine(Actions):
    """Drives one client, or two processes of it."""

    subscribed: str | None = None
    since: int | None = None
    """How many events there were when the client subscribed."""
    was_large = False
    _refused: bool | None = None
    """Whether RemoteLock refuses the settings of a lock that the client is setting up."""

    # ---- beginning

    @initialize(by_consent=st.sampled_from((True, True, False)), interleaving=st.integers(0, 3))
    def begin(self, by_consent: bool, interleaving: int) -> None:
        """Make a client for the application's account, or for a user who signs in."""
        self.stage.interleave(interleaving)
        self._wanted: dict[str, int] = {}
        self._processes: list[Any] = []
        self.grant = "authorization_code" if by_consent and self.has("signed_in") else "client_credentials"
        self.make(self._credentials(), self._given())
        self._processes.append(self.client)
        if self.grant == "authorization_code":
            self._sign_in()

    # ---- authorization

    @needs("user")
    @rule(age=st.sampled_from(AGES))
    def user(self, age: int) -> None:
        """Ask for the user, some time after the last call."""
        self._pass(age)
        self.do("user", given=self._given())

    @needs("user")
    @rule(
        age=st.sampled_from((7200, 0, 7200, 8000)),
        others=st.sampled_from((True, True, False)),
        slow=st.sampled_from((True, True, True, False)),
    )
    def user_concurrently(self, age: int, others: bool, slow: bool) -> None:
        """Ask for the user twice at the same time, in one process or in two."""
        self._pass(age)
        clients = [self.client, self.client]
        if others and self.has("resume"):
            is_new = len(self._processes) < 2
            self._start_process()
            first, second = self._processes[-2:]
            clients = [first, StartingClient(second) if is_new else second]
        if slow:
            self.stage.inject_fault({"kind": "delay", "seconds": 1}, path="/oauth/token")
        with self._driven(ConcurrentClients(clients)):
            self.do("user", given=self._given(at_once=True))
        self.stage.clear()

    @needs("user", "resume")
    @rule(age=st.sampled_from((0, 7200, 8000)), back=st.booleans())
    def another_process(self, age: int, back: bool) -> None:
        """Call from another process, and perhaps from the first one afterwards."""
        first = self._processes[-1]
        self._start_process()
        self._pass(age)
        with self._driven(self._processes[-1], 1):
            self.do("resume", given=self._given())
            self.do("user", given=self._given())
        if back:
            with self._driven(first):
                self.do("user", given=self._given())

    @needs("user", "subscribe", "may_enter", "bolt")
    @rule(age=st.sampled_from((0, 0, 8000)), stopped=st.booleans(), by_owner=st.booleans())
    def restart(self, age: int, stopped: bool, by_owner: bool) -> None:
        """Start the client anew, as after an update of its program: only the tokens are left. It subscribes again.

        Before, somebody's access ends, by the client or by the owner, and the lock does not hear of it. `stopped`: RemoteLock
        has deactivated the webhook meanwhile.
        """
        self._subscribe()
        lock = self._lock(0)
        person = self._stored_person(lock)
        access = next((i for i, a in self.truth.accesses.items() if a.person == person), "")
        if by_owner:
            self._owner("DELETE", f"/access_persons/{person}/accesses/{access}")
        elif self.has("revoke"):
            self.do("revoke", person=person, access=access, given=self._given())
        self._pass(age)
        if stopped:
            self._deactivate(truly=False)
        self.make(self._credentials(), self._given())
        if self.client is None:
            return
        self._processes[:1] = [self.client]
        self.subscribed, self.since = None, None
        self._wanted.clear()
        self._may_enter(person, lock, syncs=False)
        self._forge("no secret", lock)
        self._seen()
        self._subscribe(twice=True)
        self._turn_a_knob()
        self._deliver_webhooks("in order")
        self._bolt(lock)

    def _start_process(self) -> None:
        """Start a second process of the client, on the same store."""
        if len(self._processes) < 2:
            self._processes.append(self._another_client())
            self.stage.note("another process of the client is started")

    @precondition(lambda self: self.grant == "authorization_code")
    @needs("user")
    @rule(age=st.sampled_from((0, 7200)), again=st.integers(0, 4))
    def revoke_consent(self, age: int, again: int) -> None:
        """Revoke the user's consent, and sign in again later."""
        self.stage.act(None, "revoke_consent")
        self._pass(age)
        for _ in range(1 + again):
            self.do("user", given=self._given(consent="revoked"))
        self._sign_in()
        self.do("user", given=self._given())

    @needs("user", "order")
    @rule(writes=st.booleans())
    def revoke_token(self, writes: bool) -> None:
        """Revoke an access token before it expires. The next call reads, or it commands a lock."""
        tokens = [x for step in self._driver.steps for x in tokens_in(step.traffic) if not self._is_refresh(x)]
        if tokens and self.grant == "client_credentials":
            own = self.stage.handles.credentials
            form = {"client_id": own["client_id"], "client_secret": own["client_secret"], "token": tokens[-1]}
            self.stage.note("the access token is revoked")
            self.stage.ask("/oauth/revoke", "POST", FORM, urlencode(form).encode(), site="oauth")
            if writes and self.has("order"):
                self.do("order", lock=self._lock(0), to=Bolt.LOCKED, given=self._given())
            elif self.has("user"):
                self.do("user", given=self._given())

    @precondition(lambda self: self.grant == "authorization_code")
    @needs("signed_in", "user")
    @rule(
        age=st.sampled_from((0, 30)),
        first=st.sampled_from(("nothing", "an unknown code", "a used code", "a lost request")),
        other=st.booleans(),
    )
    def sign_in_again(self, age: int, first: str, other: bool) -> None:
        """Sign in while there is a valid token.

        `first`: a sign-in that fails before, which leaves the user signed in. `other`: another user signs in, which another
        process of the client learns of, and then the first one again.
        """
        self._pass(age)
        if first == "a lost request":
            lost = Fault("reset before", None)
            with self.faulty(lost, "/oauth/token"):
                self._sign_in(lost)
        elif first != "nothing":
            self._sign_in_wrongly(first)
        if first != "nothing":
            self.do("user", given=self._given())
        if other:
            if self.has("resume"):
                self._start_process()
                with self._driven(self._processes[-1], 1):
                    self.do("resume", given=self._given())
            user = self._sign_in(of_another=True)
            self.do("user", given=self._given(user=user))
            if self.has("resume"):
                with self._driven(self._processes[-1], 1):
                    self.do("user", given=self._given(user=user))
        self._sign_in()
        self.do("user", given=self._given())

    @needs("user")
    @rule(of_a_user=st.booleans())
    def wrong_application(self, of_a_user: bool) -> None:
        """Start another client of an application whose secret is refused.

        `of_a_user`: then one more that has the user's tokens, which it must renew, and which the other processes need, too.
        """
        secret = self._credentials()["client_secret"][::-1]
        self.stage.note("a client of an application with a wrong secret is started")
        with self._driven(
            self._another_client(client_secret=secret, store=TokenStore(), grant="client_credentials"), 9
        ):
            self.do("user", given=self._given(wrong_secret=True))
        if of_a_user and self.grant == "authorization_code":
            self.do("user", given=self._given())
            self._pass(7300)
            self.stage.note("a process of the client with a wrong secret is started")
            with self._driven(self._another_client(client_secret=secret), 9):
                self.do("user", given=self._given(wrong_secret=True))
            self.do("user", given=self._given())

    @needs("user")
    @rule()
    def token_without_lifetime(self) -> None:
        """Get a token whose answer does not say when it expires, and call after it has."""
        self.stage.note("a later server: the answers of /oauth/token have no expires_in")
        self.stage.alter(without_lifetime)
        for age in (7300, 7300):
            self._pass(age)
            self.do("user", given=self._given())
        self.stage.clear()

    @needs("user")
    @rule(absence=absences(("unavailable", "reset before", "foreign page", "error_page")), calls=st.integers(1, 2))
    def away(self, absence: Absence, calls: int) -> None:
        """Call while RemoteLock is away, and when it is back. Perhaps another process of the client starts meanwhile."""

        def start() -> CallResult:
            made: CallResult = self.stage.call(self.pact_run.adapter, self.stage.connection(self._credentials()))
            self._driver.client = made.result if made.error is None else UnmadeClient(made.error)
            return made

        def lives() -> None:
            for _ in range(calls):
                self.do("user", given=self._given(absence.fault))

        with self._driven(self.client, 8 if absence.starts else self.process):
            self.absence(absence, start, lives)
            self.do("user", given=self._given(back=True))

    @needs("person", "access", "who", "devices", "persons")
    @rule(what=st.sampled_from(("devices", "persons", "others")), fault=LIST_FAULTS, page=st.integers(0, 2))
    def read_with_fault(self, what: str, fault: Fault, page: int) -> None:
        """Read while an answer is lost: of a list, perhaps after some of its pages; or of a person, an access, who has one."""
        if what == "others":
            for call in ("person", "access", "who"):
                arguments, path = self._any_arguments(call)
                with self.faulty(fault, f"{path}*"):
                    self._do_if(call, arguments, fault)
            return
        arguments, path = self._any_arguments(what)
        if not self.has(what):
            return
        if not page:
            with self.faulty(fault, path):
                self.do(what, **arguments, given=self._given(fault))
            return
        given = self._given(fault)
        self._populate_persons(105)
        if fault.times is None:
            self._break_page(path, page + 1)
            given |= {"broken_page": page + 1}
        else:
            self._change_during_pages(path, page, lambda _: self.stage.inject_fault(fault.effect(), path=path))
        self.do(what, **arguments, given=given)
        self.stage.clear()

    @needs("order", "extend", "revoke", "end")
    @rule(fault=LIST_FAULTS)
    def write_with_fault(self, fault: Fault) -> None:
        """Command a lock, and extend, revoke and end a guest's stay, while the answer to each of these writes is lost."""
        lock = self._lock(0)
        guest = self._guest_of(lock, (0, 3)) or self._somebody(0)
        access = self._grant_as_owner(guest, "lock", lock) or ""
        until = datetime.fromtimestamp(self.stage.now() // 1_000_000 + 500_000, UTC)
        calls: dict[str, dict[str, Any]] = {
            "order": {"lock": lock, "to": Bolt.UNLOCKED},
            "extend": {"guest": guest, "lock": lock, "until": until},
            "revoke": {"person": guest, "access": access},
            "end": {"person": guest},
        }
        for call, arguments in calls.items():
            with self.faulty(fault, "*", method=WRITES[call]):
                self._do_if(call, arguments, fault)

    def _do_if(self, call: str, arguments: dict[str, Any], fault: Fault | None) -> None:
        """Call the client, if it has the method."""
        if self.has(call):
            self.do(call, **arguments, given=self._given(fault))

    @needs("devices", "persons", "person", "who", "access", "entries")
    @rule(
        call=st.sampled_from(("devices", "persons", "person", "who", "access", "entries")),
        ends=st.booleans(),
        itself=st.booleans(),
    )
    def read_again(self, call: str, ends: bool, itself: bool) -> None:
        """Read, let others change what was read, and read again: a device or a person, who can enter, who has entered.

        `itself`: the client makes the change, as far as it can.
        """
        if not self.has(call):
            return
        lock = self._lock(0)
        person = self._stored_person(lock)
        pin = self.truth.persons[person].pin or ""
        access = next((i for i, a in self.truth.accesses.items() if a.person == person and a.id == lock), "")
        arguments: dict[str, dict[str, Any]] = {
            "devices": {"per_page": 50},
            "persons": {"everyone": True},
            "person": {"id": person},
            "who": {"lock": lock},
            "access": {"person": person, "access": access},
            "entries": {"lock": lock},
        }
        self.do(call, **arguments[call], given=self._given())
        if itself and call in ("persons", "person", "who", "access"):
            self._change_by_client(call, person, access, ends=ends)
        elif call == "devices":
            self._owner("PUT", f"/devices/{lock}", {"attributes": {"name": self._name()}})
        elif call == "who":
            self._owner("DELETE", f"/access_persons/{person}/accesses/{access}")
        elif call == "entries":
            self._enter_in_disorder(lock, pin, late=ends)
            self.do(call, **arguments[call], given=self._given())
            self._act(lock, "network", on=True)
            self._act(lock, "heartbeat")
            self._pass(5)
        elif call == "persons" and ends:
            self._owner("PUT", f"/access_persons/{person}/deactivate")
        else:
            self._owner("PUT", f"/access_persons/{person}", {"attributes": {"pin": f"92{pin[2:]}"}})
        self.do(call, **arguments[call], given=self._given())

    def _change_by_client(self, call: str, person: str, access: str, *, ends: bool) -> None:
        """Let the client itself change what it has just read."""
        if call == "who" and ends and self.has("grant"):
            lock, other = self._lock(0), self._add_person() or person
            self.do("grant", person=other, kind=Accessible.LOCK, id=lock, given=self._given())
        elif call in ("who", "access") and self.has("revoke"):
            self.do("revoke", person=person, access=access, given=self._given())
        elif call == "persons" and ends and self.has("create_user"):
            self._create("pin")
        elif self.has("end"):
            self.do("end", person=person, given=self._given())

    def _enter_in_disorder(self, lock: str, pin: str, *, late: bool) -> None:
        """Let two strangers come in the same second, perhaps while the lock is offline, and then somebody to another lock.

        So the events of the first ones are created last, though they happened first.
        """
        self._act(lock, "network", on=not late)
        for _ in range(2):
            self._act(lock, "enter_pin", pin="99")
            if not late:
                self.do("entries", lock=lock, given=self._given())
        if late:
            self._pass(7200)
            self._act(lock, "enter_pin", pin=pin)
        self._act(self._lock(1), "enter_pin", pin="99")
        self._pass(5)

    @needs("order", "person", "access", "who", "extend", "end", "revoke", "invite")
    @rule(call=st.sampled_from(("order", "person", "access", "who", "extend", "end", "revoke", "invite")))
    def unknown_id(self, call: str) -> None:
        """Call with the id of something that somebody has deleted."""
        if self.has(call):
            arguments, _ = self._any_arguments(call, NOBODY)
            self.do(call, **arguments, given=self._given(unknown=True))

    def _any_arguments(self, call: str, id_: str | None = None) -> tuple[dict[str, Any], str]:
        """Return valid arguments of a call, and the beginning of its path. `id_`: in place of an existing id."""
        access = next(iter(sorted(self.truth.accesses)), "")
        person = self.truth.accesses[access].person if access else self._somebody(0)
        guests = self._guests(past=False) or [person]
        until = datetime.fromisoformat(CLOCK_CHANGES[3])
        found: dict[str, tuple[dict[str, Any], str]] = {
            "order": ({"lock": id_ or self._lock(0), "to": Bolt.UNLOCKED}, "/devices/"),
            "who": ({"lock": id_ or self._lock(0)}, "/devices/"),
            "person": ({"id": id_ or person}, "/access_persons/"),
            "access": ({"person": person, "access": id_ or access}, "/access_persons/"),
            "revoke": ({"person": person, "access": id_ or access}, "/access_persons/"),
            "extend": ({"guest": id_ or guests[0], "lock": self._lock(0), "until": until}, "/access_persons/"),
            "end": ({"person": id_ or person}, "/access_persons/"),
            "invite": ({"guest": id_ or guests[0]}, "/access_persons/"),
            "devices": ({"per_page": 3}, "/devices"),
            "persons": ({"everyone": True}, "/access_persons"),
        }
        return found[call]

    def _is_refresh(self, token: str) -> bool:
        return token in self.stage.handles.state.oauth.refreshes

    # ---- the rate limit

    @needs("user", "devices", "create_user")
    @rule(
        call=st.sampled_from(("user", "devices", "create_user")),
        at=st.integers(0, 59),
        ahead=st.sampled_from((0, 0, 0, 75)),
    )
    def exceed_rate_limit(self, call: str, at: int, ahead: int) -> None:
        """Call when the account has used all requests of this minute.

        `ahead`: the client's clock is this many seconds ahead, as that of a machine that cannot reach a time server.
        """
        self._pass(at)
        self._use_requests(120)
        self.stage.set_clock(ahead)
        if call == "create_user" and self.has(call):
            self._create("made up")
        elif self.has(call):
            self.do(call, **({"per_page": 50} if call == "devices" else {}), given=self._given())
        self.stage.set_clock(0)

    @needs("user", "order")
    @rule(
        left=st.integers(0, 3),
        calls=st.integers(2, 5),
        at=st.integers(0, 59),
        writes=st.sampled_from((False, False, True)),
    )
    def approach_rate_limit(self, left: int, calls: int, at: int, writes: bool) -> None:
        """Call when others have used most requests of this minute. `writes`: all requests but the last one command a lock."""
        self._pass(at)
        self._use_requests(120 - left)
        for number in range(calls):
            if writes and number < calls - 1 and self.has("order"):
                self.do("order", lock=self._lock(0), to=list(Bolt)[number % 2], given=self._given())
            elif self.has("user"):
                self.do("user", given=self._given())

    def _use_requests(self, used: int) -> None:
        account, minute = self._account_id, self.stage.now() // 60_000_000 * 60_000_000
        self.stage.note(f"others have made {used} of the minute's 120 requests")
        self.stage.edit_state(lambda state: state["accounts"][account].update(rate={"since": minute, "used": used}))

    # ---- reading

    @needs("devices")
    @rule(
        per_page=st.sampled_from((1, 3, 5, 11, 25, 50, 60, 100, 60, 100)),
        many=st.sampled_from((0, 50, 60)),
    )
    def devices(self, per_page: int, many: int) -> None:
        """List all devices, with different page sizes, some of which are larger than RemoteLock has.

        `many`: there are as many devices as fit on a page, or more, if the size is a large one.
        """
        self._populate_devices(many if per_page >= 50 else 0)
        self.do("devices", per_page=max(per_page, 3 if len(self.truth.devices) > 25 else 1), given=self._given())

    @needs("devices")
    @rule(
        per_page=st.sampled_from((2, 3, 4, 5, 6)),
        change=st.sampled_from(CHANGES),
        page=st.integers(1, 3),
        which=st.integers(0, 11),
    )
    def devices_while_they_change(self, per_page: int, change: str, page: int, which: int) -> None:
        """List all devices while one is removed or added."""
        self._change_during_pages("/devices", page, lambda _: self._change_devices(change, which))
        self.do("devices", per_page=per_page, given=self._given(changes=change))
        self.stage.clear()

    @needs("persons")
    @rule(
        everyone=st.sampled_from((False, False, True)),
        change=st.none() | st.sampled_from(CHANGES),
        population=st.sampled_from((0, 0, 55)),
        near=st.booleans(),
    )
    def persons(self, everyone: bool, change: str | None, population: int, near: bool) -> None:
        """List the present persons or all, perhaps while they change.

        `near`: a guest leaves in an hour and another one arrives then: in UTC, one's time is over, or the other's has begun.
        """
        if near:
            for days in ((-1, 1 / 24), (1 / 24, 1)):
                self._guest_of(self._lock(0), days)
        self._populate_persons(population)
        if change is not None:
            self._change_during_pages("/access_persons", 1, lambda _: self._change_persons(change))
        self.do("persons", everyone=everyone, given=self._given(changes=change))
        self.stage.clear()

    @precondition(lambda self: not self.was_large)
    @needs("devices")
    @rule(total=st.sampled_from((10_000, 10_001, 10_040, 12_345)))
    def too_many_devices(self, total: int) -> None:
        """List as many devices as pages can reach, or more. This happens once, since reading all pages takes long.

        As many: the third page cannot be read, so that nobody reads the rest.
        """
        self.was_large = True
        self.stage.note(f"the account has {total} devices")
        self.stage.alter(lambda x: large_collection(x, total, broken_page=3 if total == 10_000 else None))
        self.do("devices", per_page=50, given=self._given(huge=total))
        self.stage.clear()

    @needs("user", "devices", "persons", "person", "who", "access", "refresh")
    @rule(what=st.sampled_from(("types", "keys", "types", "odd item")), refreshes=st.sampled_from((False, False, True)))
    def answers_of_later_server(self, what: str, refreshes: bool) -> None:
        """Call a server whose answers have keys and types that the document lacks."""
        calls: dict[str, dict[str, Any]] = {
            "user": {},
            "devices": {"per_page": 50},
            "persons": {"everyone": True},
            "person": {"id": min(self.truth.persons)},
            "who": {"lock": self._lock(0)},
        }
        if refreshes and self.has("refresh"):
            self._subscribe()
            self._act(self._lock(0), "enter_pin", pin="99")
            self._turn_a_knob()
            calls = {"refresh": {}}
        self.stage.note(f"a later server: answers have {what} that the document lacks")
        self.stage.alter(lambda x: later_server(x, what))
        for call, arguments in calls.items():
            if self.has(call):
                self.do(call, **arguments, given=self._given(grown=what))
        self.stage.clear()

    @needs("who")
    @rule(which=CONNECTED_LOCK, by=st.sampled_from(("location", "group", "nothing")))
    def who(self, which: int, by: str) -> None:
        """Ask who has access to a lock, perhaps after an access to its location or to a group with it."""
        lock = self._lock(which)
        if by != "nothing" and (person := self._add_person()) is not None:
            self._grant_by(by, lock, person)
        self.do("who", lock=lock, given=self._given())

    @needs("person")
    @rule(which=st.integers(0, 9), renamed=st.booleans(), zeros=st.booleans())
    def person(self, which: int, renamed: bool, zeros: bool) -> None:
        """Read a person, perhaps one whose PIN begins with zeros, and again after the owner has renamed them."""
        persons = sorted(self.truth.persons)
        id_ = (self._add_person(pin=f"00{self.count:04d}") if zeros else None) or persons[which % len(persons)]
        self.do("person", id=id_, given=self._given())
        if renamed:
            self._owner("PUT", f"/access_persons/{id_}", {"attributes": {"name": self._name()}})
            self.do("person", id=id_, given=self._given())

    @needs("who")
    @rule(which=CONNECTED_LOCK, changes=st.booleans())
    def who_of_many(self, which: int, changes: bool) -> None:
        """Ask who has access to a lock that more persons can open than fit on a page. `changes`: some lose it meanwhile."""
        lock = self._lock(which)
        self._populate_accesses(lock, 58)
        if changes:
            self._change_during_pages(f"/devices/{lock}/access_person_accesses", 1, self._revoke_some)
        self.do("who", lock=lock, given=self._given(changes="removed" if changes else None))
        self.stage.clear()

    # ---- persons

    @needs("create_user")
    @rule(kind=st.sampled_from(KINDS), wrong=st.none() | st.sampled_from(WRONG), twice=st.booleans())
    def create_user(self, kind: str, wrong: str | None, twice: bool) -> None:
        """Create a user, perhaps with invalid attributes. `twice`: there are two messages about each of them."""
        if wrong and twice:
            self.stage.alter(two_messages)
        self._create(kind, None, wrong)
        self.stage.clear()

    @needs("create_user")
    @rule(kind=st.sampled_from(KINDS), which=st.integers(0, 5), fault=LOSSES | NOT_DONE)
    def create_namesake(self, kind: str, which: int, fault: Fault) -> None:
        """Create a user with the name and the e-mail address of another person, as of two in one family.

        An answer or a request is lost.
        """
        other = self.truth.persons[self._somebody(which)]
        credential, given = self._credential(kind), self._given(fault)
        with self.faulty(fault, "/access_persons", method="POST"):
            self.do("create_user", name=other.name, email=other.email, credential=credential, given=given)

    @needs("create_user", "create_guest")
    @rule(kind=st.sampled_from(KINDS), fault=LOSSES, guest=st.booleans())
    def create_with_fault(self, kind: str, fault: Fault, guest: bool) -> None:
        """Create a person while an answer or a request is lost."""
        with self.faulty(fault, "/access_persons", method="POST"):
            if guest and self.has("create_guest"):
                self._create_guest(kind, 0, 3, 24, fault)
            elif self.has("create_user"):
                self._create(kind, fault)

    @needs("create_user")
    @rule(holder=st.integers(0, 5), again=st.booleans())
    def create_with_taken_pin(self, holder: int, again: bool) -> None:
        """Create a user with another person's PIN, which is free after a stay; then perhaps with another PIN."""
        with_pins = [p for _, p in sorted(self.truth.persons.items()) if p.pin is not None]
        if not with_pins:
            return
        taken = with_pins[holder % len(with_pins)].pin
        self.do("create_user", name=self._name(), email=None, credential=Credential(pin=taken), given=self._given())
        if again:
            self._create("pin", given={"another": True})

    @needs("create_user")
    @rule(fault=st.none() | NOT_DONE)
    def create_with_freed_pin(self, fault: Fault | None) -> None:
        """Create a user with the name and the PIN of somebody whom the client created, and whose stay is over.

        `fault`: the request is lost the second time.
        """
        credential, name = self._credential("pin"), self._name()
        for lost in (None, fault):
            with self.faulty(lost, "/access_persons", method="POST"):
                made = self.do("create_user", name=name, email=None, credential=credential, given=self._given(lost))
            if made.error is None:
                self._pass(5)
                self._owner("PUT", f"/access_persons/{made.result.id}/deactivate")

    @needs("create_user")
    @rule(none=st.booleans())
    def exceed_user_limit(self, none: bool) -> None:
        """Create a user when the account has as many as it may have."""
        self.stage.act(None, "subuser_limit", limit=0)
        self._create("card" if none else "pin", None, given={"limit": True})
        self.stage.act(None, "subuser_limit", limit=None)

    @needs("create_guest")
    @rule(
        kind=st.sampled_from(KINDS),
        which=CONNECTED_LOCK,
        season=st.sampled_from(CLOCK_CHANGES),
        hours=st.integers(-30, 30),
        stay=st.integers(1, 96),
        seconds=st.sampled_from((0, 0, 1, 59)),
        offset=st.sampled_from((0, 9, -5)),
    )
    def create_guest(
        self, kind: str, which: int, season: str, hours: int, stay: int, seconds: int, offset: int
    ) -> None:
        """Create a guest who arrives around a clock change, or has arrived just now. `seconds`: not at a whole minute.

        `offset`: the caller's time is so many hours ahead of UTC.
        """
        starts = datetime.fromisoformat(season) + timedelta(hours=hours, seconds=seconds)
        if hours % 6 == 0:
            starts = datetime.fromtimestamp(self.stage.now() // 1_000_000 - 60, UTC)
        starts = starts.astimezone(timezone(timedelta(hours=offset)))
        self._guest(kind, which, starts, starts + timedelta(hours=stay, seconds=seconds), None)

    @needs("create_guest")
    @rule(kind=st.sampled_from(KINDS), which=CONNECTED_LOCK, moved=st.booleans())
    def create_guest_in_another_zone(self, kind: str, which: int, moved: bool) -> None:
        """Create guests before and after the lock's time zone changes: it moves, or its location's zone is set right."""
        lock = self._lock(which)
        starts = datetime.fromisoformat(CLOCK_CHANGES[3])
        self._guest(kind, which, starts, starts + timedelta(hours=30), None)
        self._change_zone(lock, moved=moved)
        self._pass(90_000)
        self._guest(kind, which, starts, starts + timedelta(hours=30), None)

    @needs("create_guest")
    @rule(which=CONNECTED_LOCK)
    def create_guest_with_swapped_times(self, which: int) -> None:
        """Create a guest who leaves before arriving."""
        starts = datetime.fromisoformat(CLOCK_CHANGES[3])
        self._guest("pin", which, starts, starts - timedelta(days=2), None, given={"wrong": "ends_at"})

    @needs("extend")
    @rule(
        which=st.integers(0, 7),
        lock=CONNECTED_LOCK,
        season=st.sampled_from(CLOCK_CHANGES),
        hours=st.integers(0, 60),
        past=st.sampled_from(("", "", "expired", "deactivated", "expires")),
        days=st.sampled_from((0, 0, 0, 1, 3)),
        changed=st.booleans(),
        offset=st.sampled_from((0, 0, 9, -5)),
    )
    def extend(
        self, which: int, lock: int, season: str, hours: int, past: str, days: int, changed: bool, offset: int
    ) -> None:
        """Extend the stay of a present guest, or of one whose stay is over. `days`: extend it again, by a shorter time.

        `past` deactivated: the owner has just ended it. expires: it ends after the client has read it. `changed`: the owner
        changes the guest after the client has created or read it. `offset`: the caller's time is so many hours ahead of UTC.
        """
        guests = self._guests(past=past == "expired")
        if past == "expires" and (leaving := self._guest_of(self._lock(lock), (-1, 1 / 24))) is not None:
            guests = [leaving]
        if not past and changed and self.has("create_guest"):
            self._create_guest("pin", lock, -1, 96, None)
            made = self._driver.steps[-1]
            guests = [made.result.id] if made.error is None and made.result is not None else guests
        if guests:
            until = datetime.fromisoformat(season) + timedelta(days=8, hours=hours, seconds=hours % 3)
            until = until.astimezone(timezone(timedelta(hours=offset)))
            guest = guests[which % len(guests)]
            if past == "expires" or changed:
                self.do("person", id=guest, given=self._given())
            if changed:
                self._owner("PUT", f"/access_persons/{guest}", {"attributes": {"name": self._name()}})
            if past == "deactivated":
                self._owner("PUT", f"/access_persons/{guest}/deactivate")
            self._pass(7200 if past == "expires" else 0)
            self.do("extend", guest=guest, lock=self._lock(lock), until=until, given=self._given())
            if days:
                sooner = until - timedelta(days=days)
                self.do("extend", guest=guest, lock=self._lock(lock), until=sooner, given=self._given())

    @needs("end", "may_enter")
    @rule(
        which=st.integers(0, 7),
        knew=st.booleans(),
        syncs=st.booleans(),
        just=st.booleans(),
        by=st.sampled_from(WAYS),
        days=st.sampled_from((None, None, (0, 3), (2, 3))),
    )
    def end(self, which: int, knew: bool, syncs: bool, just: bool, by: str, days: tuple[int, int] | None) -> None:
        """End a person's stay. The lock was in contact just before, or not; it syncs soon, or not.

        `by`: how the person has access. `days`: a guest, perhaps one whose stay has not begun.
        """
        lock = self._lock(0)
        person = self._stored_person(lock, days, by) if knew else self._somebody(which)
        if just:
            self._act(lock, "heartbeat")
        if self.has("end"):
            self.do("end", person=person, given=self._given())
        self._may_enter(person, lock, syncs=syncs and knew)

    @needs("extend", "may_enter")
    @rule(which=CONNECTED_LOCK)
    def shorten_stay(self, which: int) -> None:
        """Let a guest leave earlier, and ask about a lock that has not heard of it."""
        lock = self._lock(which)
        guest = self._stored_person(lock, (0, 3))
        self._act(lock, "network", on=False)
        until = datetime.fromtimestamp(self.stage.now() // 1_000_000 + 3600, UTC)
        if self.has("extend"):
            self.do("extend", guest=guest, lock=lock, until=until, given=self._given())
        self._pass(7200)
        self._may_enter(guest, lock, syncs=False)
        self._act(lock, "network", on=True)

    @needs("invite")
    @rule(which=st.integers(0, 5), fault=st.none() | LOSSES, addressed=st.sampled_from((True, True, False)))
    def invite(self, which: int, fault: Fault | None, addressed: bool) -> None:
        """Send a guest the email, twice, or while an answer is lost. `addressed`: the guest has an email address."""
        if not addressed:
            self._guest_of(self._lock(which), (0, 3))
        guests = [g for g in self._guests(past=False) if (self.truth.persons[g].email is not None) is addressed]
        if guests:
            with self.faulty(fault, "/access_persons/*/email/notify"):
                self.do("invite", guest=guests[which % len(guests)], given=self._given(fault))
            if fault is None and addressed:
                self.do("invite", guest=guests[which % len(guests)], given=self._given())

    # ---- accesses

    @needs("grant", "access")
    @rule(
        which=st.integers(0, 7),
        lock=ANY_LOCK,
        kind=st.sampled_from(("lock", "lock", "lock", "location", "door_group", "acs_door")),
        syncs=st.sampled_from(("no", "no", "some", "all")),
        fault=st.none() | LOSSES | NOT_DONE,
        clash=st.sampled_from((False, False, True)),
    )
    def grant_access(self, which: int, lock: int, kind: str, syncs: str, fault: Fault | None, clash: bool) -> None:
        """Grant access to a lock, a location or a group. Then all locks sync, or some, or none.

        `clash`: the person's PIN is a local PIN of the lock, so the sync fails.
        """
        person, id_ = self._somebody(which), self._accessible(kind, lock)
        if fault is not None:
            # So what the client finds after a lost request is perhaps another access.
            self._grant_as_owner(person, "lock", self._any_lock(lock + 1))
        if clash and (pin := self.truth.persons[person].pin):
            self._program(self._any_lock(lock), [pin])
        access = None
        if self.has("grant"):
            with self.faulty(fault, "/access_persons/*/accesses", method="POST"):
                step = self.do("grant", person=person, kind=Accessible(kind), id=id_, given=self._given(fault))
            access = getattr(step.result, "id", None)
        else:
            access = self._grant_as_owner(person, kind, id_)
        if access is None or access not in self.truth.accesses or not self.has("access"):
            return
        self._sync(sorted(self.truth.accesses[access].locks), "all" if clash else syncs)
        self.do("access", person=person, access=access, given=self._given())

    @needs("revoke", "may_enter", "grant")
    @rule(
        syncs=st.booleans(),
        which=CONNECTED_LOCK,
        just=st.booleans(),
        by=st.sampled_from(WAYS),
        first=st.sampled_from(("nothing", "nothing", "revoked", "another", "fails", "by the owner", "by the owner")),
        ahead=st.sampled_from((0, 0, 0, -75, 75)),
        ends=st.booleans(),
    )
    def revoke(self, syncs: bool, which: int, just: bool, by: str, first: str, ahead: int, ends: bool) -> None:
        """Revoke an access that the lock has stored. The lock was in contact just before, or not.

        `by`: how the person has access. `first`: the access was revoked and granted again before, or they have another one;
        or the first request to revoke it is lost, and the lock syncs; or the owner revokes it before the client does. `ahead`:
        the client's clock is this many seconds ahead of RemoteLock's. `ends`: if the lock does not sync, the stay ends, too.
        """
        self.stage.set_clock(ahead)
        lock = self._lock(which)
        person = self._stored_person(lock, by="lock" if first == "revoked" else by)
        if just:
            self._act(lock, "heartbeat")
        access = next((i for i, a in self.truth.accesses.items() if a.person == person), None)
        if first == "revoked":
            access = self._revoke_and_restore(person, lock)
        elif first == "another":
            self._grant_by("location" if by == "lock" else "lock", lock, person)
            self._sync([lock], "all")
            access = [i for i, a in self.truth.accesses.items() if a.person == person][-1]
        elsewhere = next((other for other in self._locks() if self._opens(access, other) and other != lock), None)
        if elsewhere is not None:
            self._sync([elsewhere], "all")
        if first == "fails" and access is not None and self.has("revoke"):
            lost = Fault("reset before", None)
            with self.faulty(lost, "/access_persons/*", method="DELETE"):
                self.do("revoke", person=person, access=access, given=self._given(lost))
            self._pass(2)
            self._sync([lock], "all")
            self._may_enter(person, lock, syncs=False)
        if first == "by the owner":
            self._owner("DELETE", f"/access_persons/{person}/accesses/{access}")
        elif access is not None and self.has("revoke"):
            self.do("revoke", person=person, access=access, given=self._given())
        self._may_enter(person, lock, syncs=syncs and first != "by the owner")
        if elsewhere is not None:
            self._may_enter(person, elsewhere, syncs=False)
        if ends and not syncs and self.has("end"):
            self.do("end", person=person, given=self._given())
        if first == "by the owner" and self.has("revoke"):
            self.do("revoke", person=person, access=access, given=self._given())
        self.stage.set_clock(0)

    def _opens(self, access: str | None, lock: str) -> bool:
        """Return whether an access opens a lock that has connected."""
        granted = self.truth.accesses.get(access or "")
        return granted is not None and lock in granted.locks and self.truth.locks[lock].connected

    def _revoke_and_restore(self, person: str, lock: str) -> str | None:
        """Let the client revoke a person's access, and grant it again when the lock has learned of it, twice.

        Return the access that the person has then.
        """
        for learns in (True, False):
            for access in [i for i, a in self.truth.accesses.items() if a.person == person]:
                if self.has("revoke"):
                    self.do("revoke", person=person, access=access, given=self._given())
            self._pass(2)
            self._sync([lock], "all")
            if learns:
                self._may_enter(person, lock, syncs=False)
            if self.has("grant"):
                self.do("grant", person=person, kind=Accessible.LOCK, id=lock, given=self._given())
            else:
                self._grant_as_owner(person, "lock", lock)
            self._sync([lock], "all")
            if learns:
                self._may_enter(person, lock, syncs=False)
        return next((i for i, a in self.truth.accesses.items() if a.person == person), None)

    # ---- locks

    @needs("order", "bolt")
    @rule(
        which=ANY_LOCK,
        to=st.sampled_from((None, None, *Bolt)),
        connected=st.sampled_from((True, True, True, False)),
        offline=st.sampled_from(("never", "before", "after")),
        reported=st.booleans(),
        again=st.booleans(),
    )
    def order(self, which: int, to: Bolt | None, connected: bool, offline: str, reported: bool, again: bool) -> None:
        """Command a lock, perhaps twice the same. A webhook may report the result.

        `to`: None is where the bolt is not. `connected`: the lock was in contact just before, so that the answer calls it
        connected. `offline`: it loses its network before the command, or after it and before it moves, or not.
        """
        lock = self._lock(which) if connected else self._any_lock(which)
        self._subscribe()
        if connected:
            self._act(lock, "heartbeat")
        if to is None:
            to = Bolt.UNLOCKED if self.truth.locks[lock].bolt is Bolt.LOCKED else Bolt.LOCKED
        if offline == "before":
            self._act(lock, "network", on=False)
        if self.has("order"):
            self.do("order", lock=lock, to=to, given=self._given())
        if offline == "after":
            self._act(lock, "network", on=False)
        self._bolt(lock)
        if reported:
            self._pass(5)
            self._deliver_webhooks("in order")
            self._bolt(lock)
        if again and self.has("order"):
            self.do("order", lock=lock, to=to, given=self._given())
        self._act(lock, "network", on=True)

    @needs("remove_local_pin")
    @rule(
        which=CONNECTED_LOCK, keeps=st.integers(0, 3), nth=st.integers(0, 3), fault=st.none() | LOSSES, again=st.booleans()
    )  # fmt: skip
    def remove_local_pin(self, which: int, keeps: int, nth: int, fault: Fault | None, again: bool) -> None:
        """Remove one of several local PINs, or the only one. `again`: more are programmed, and others are removed."""
        lock = self._lock_with_local_pins(which)
        if not keeps:
            self._owner("PUT", f"/devices/{lock}", {"attributes": {"local_pins": []}})
        pins = list(LOCAL_PINS[: keeps + 1])
        self._program(lock, pins)
        with self.faulty(fault, f"/devices/{lock}", method="PUT"):
            self.do("remove_local_pin", lock=lock, pin=pins[nth % len(pins)], given=self._given(fault))
        if again:
            self._program(lock, ["7315", "7316"])
            for pin in (pins[(nth + 1) % len(pins)], "7315", pins[nth % len(pins)]):
                self.do("remove_local_pin", lock=lock, pin=pin, given=self._given())

    @needs("set_up", "refresh")
    @rule(
        timeout=st.integers(5, 20),
        unpaid=st.sampled_from((False, False, False, True)),
        waits=st.sampled_from((0, 90)),
        wakes=st.booleans(),
        fault=st.none() | st.none() | LOSSES,
        later=st.none() | NOT_DONE,
        namesake=st.booleans(),
        second=st.sampled_from((False, False, True)),
        asleep=st.booleans(),
        registered=st.sampled_from((False, False, True)),
    )
    def set_up(
        self,
        timeout: int,
        unpaid: bool,
        waits: int,
        wakes: bool,
        fault: Fault | None,
        later: Fault | None,
        namesake: bool,
        second: bool,
        asleep: bool,
        registered: bool,
    ) -> None:
        """Set up a new lock that has its first contact later, or not. The account may have no subscription.

        `later`: its settings are not stored at first. `namesake`: another lock has the same name. `second`: another lock is
        set up before the first contact of this one; and when this one is set up, the owner changes its timeout. `asleep`: the
        lock has its first contact after several refreshes, and is no longer connected at the next one. `registered`: first,
        a lock that is in the account already.
        """
        location, model = self._location_and_model()
        if registered and self.has("set_up"):
            self.do(
                "set_up",
                name="Again",
                serial=self.truth.devices[self._lock(0)].serial,
                model=model,
                location=location,
                timeout=timeout,
                given=self._given(wrong="serial_number"),
            )
        if unpaid:
            self.stage.act(None, "subscription", active=False)
        self.count += 1
        given = self._given(fault, unpaid=unpaid or None)
        name = self.truth.devices[self._lock(0)].name if namesake else f"New lock {self.count}"
        serial = f"AC000W00999{self.count:04d}"
        lock = None
        if self.has("set_up"):
            with self.faulty(fault, "/devices", method="POST"):
                step = self.do(
                    "set_up", name=name, serial=serial, model=model, location=location, timeout=timeout, given=given
                )
            lock = step.result if isinstance(step.result, str) else None
        if unpaid:
            self.stage.act(None, "subscription", active=True)
        self._pass(waits)
        if lock is not None and self.has("refresh"):
            for _ in range(5 if asleep else 1):
                self._refresh()
            if second:
                self._set_up_another(9)
            if wakes:
                self._wanted[lock] = timeout
                self._act(lock, "heartbeat")
                self._pass(300 if asleep else 2)
                if later is not None:
                    with self.faulty(later, "/devices/*", method="GET" if timeout % 2 else "PUT"):
                        self._refresh(later)
                self._refresh()
                if self._refresh().error is None and second:
                    self._owner_changes_timeout(lock)
                    self._refresh(changed=lock)

    def _set_up_another(self, timeout: int) -> str | None:
        """Let the client set up one more lock. Return its id."""
        location, model = self._location_and_model()
        self.count += 1
        name, serial = f"New lock {self.count}", f"AC000W00999{self.count:04d}"
        given = self._given()
        step = self.do("set_up", name=name, serial=serial, model=model, location=location, timeout=timeout, given=given)
        return step.result if isinstance(step.result, str) else None

    def _owner_changes_timeout(self, lock: str) -> None:
        """Let the owner change the timeout of a lock whose set-up is finished."""
        other = 5 if self._wanted.pop(lock) > 12 else 20
        self.stage.note("the owner changes the timeout of the lock that was set up")
        self._owner("PUT", f"/devices/{lock}", {"attributes": {"auto_lock_timeout": other}})

    @needs("refresh")
    @rule(what=st.sampled_from(("webhook", "lock", "timeout")))
    def something_is_deleted(self, what: str) -> None:
        """Delete the client's webhook, or a lock that it is setting up. It refreshes, something happens, and it does again.

        `what` timeout: a lock that is being set up has no such timeout, so RemoteLock refuses it. The webhook is deactivated.
        """
        self._subscribe()
        if what == "webhook":
            for id_ in [id_ for id_, webhook in self.truth.webhooks.items() if webhook.url == CALLBACK_URL]:
                self._owner("DELETE", f"/notification_subscribers/{id_}")
        elif self.has("set_up") and (new := self._set_up_another(9 if what == "lock" else 21)) is not None:
            if what == "lock":
                self._owner("DELETE", f"/devices/{new}")
            else:
                self._refused = True
                self._act(new, "heartbeat")
                self._pass(2)
        if what == "timeout":
            self.stage.note("a lock that is being set up refuses its timeout")
            self._deactivate(truly=False)
            self._turn_a_knob()
            self.stage.inbox.clear()
            self._refresh_and_check()
            return
        self.stage.note(f"the owner has deleted the {what}")
        self._refresh()
        self._turn_a_knob()
        self.stage.inbox.clear()
        self._refresh(deleted=what)
        self._seen(settled=True, since=self.since)

    @needs("entries")
    @rule(
        which=CONNECTED_LOCK,
        pins=st.lists(st.booleans(), min_size=1, max_size=3),
        late=st.booleans(),
        many=st.sampled_from((0, 0, 0, 105)),
        early=st.booleans(),
        since=st.sampled_from((5, 5, 5, 100_000)),
        meanwhile=st.booleans(),
    )
    def entries(
        self, which: int, pins: list[bool], late: bool, many: int, early: bool, since: int, meanwhile: bool
    ) -> None:
        """Let persons come to a lock, with right PINs or cards and wrong ones. The lock may report it late.

        `early`: so does a guest whose stay has not begun, whom the lock knows and refuses. `since`: the seconds that pass then.
        `many`: so many newer events. `meanwhile`: somebody comes while the client reads.
        """
        lock = self._lock(which)
        known = self._stored_person(lock, (2, 3)) if early else None
        person = self._stored_person(lock)
        right, card = self.truth.persons[person].pin or "", self.truth.persons[person].card or ""
        self._act(lock, "network", on=not late)
        for is_right in pins:
            self._act(lock, "enter_pin", pin=right if is_right else "99")
            self._act(lock, "present_card", card_number=card if is_right else "66")
            self._pass(40)
        if known is not None:
            guest = self.truth.persons[known]
            self._act(lock, "enter_pin", pin=guest.pin or "")
            self._act(lock, "present_card", card_number=guest.card or "")
        self._act(lock, "turn")
        self._act(lock, "network", on=True)
        self._many_events(many, at=lock)
        self._pass(since)
        if meanwhile:
            self._change_during_pages("/events", 1, lambda _: self._act(lock, "enter_pin", pin="99"))
        self.do("entries", lock=lock, given=self._given())
        self.stage.clear()

    # ---- webhooks

    @needs("subscribe")
    @rule(
        twice=st.booleans(),
        fault=st.none() | LOSSES,
        others=st.sampled_from((0, 0, 0, 1, 51)),
        stopped=st.sampled_from((False, False, True)),
        nth=st.integers(1, 2),
    )
    def subscribe(self, twice: bool, fault: Fault | None, others: int, stopped: bool, nth: int) -> None:
        """Subscribe once, or again as after a restart, or then with text that is no URL.

        `fault`: an answer is lost, the `nth` of those to what the client creates. `stopped`: RemoteLock has deactivated the
        webhook before the second time.
        `others`: so many other webhooks are in the account, with URLs that begin as the client's: older ones, or a newer one.
        """
        if others > 1:
            self._other_webhooks(others)
        with self.faulty(fault, "/notification_subscri*", method="POST", nth=nth):
            self._subscribe(fault)
        if others == 1:
            self._other_webhooks(1)
        if twice:
            if stopped:
                self._deactivate(truly=False)
            self.do("subscribe", url=CALLBACK_URL, given=self._given(twice=True))
        elif self.subscribed is not None:
            self.do("subscribe", url="nowhere", given=self._given(wrong="url"))
            self._turn_a_knob()
            self._deliver_webhooks("in order")

    @needs("on_webhook", "seen", "bolt")
    @rule(
        turns=st.sampled_from((1, 2, 2, 3)),
        which=CONNECTED_LOCK,
        arrives=st.sampled_from(ARRIVALS),
        slow=st.booleans(),
        denied=st.sampled_from(("never", "before", "after")),
        lower=st.booleans(),
        wait=st.sampled_from((0, 0, 7200)),
    )
    def receive_webhooks(
        self, turns: int, which: int, arrives: tuple[str, bool], slow: bool, denied: str, lower: bool, wait: int
    ) -> None:
        """Turn a knob and deliver the webhooks in some order. RemoteLock may be slow meanwhile.

        `lower`: the names of their headers are in lower case, as servers of HTTP/2 have them. `wait`: they come late, as when
        RemoteLock repeats what was not answered. `arrives`: the order, and whether the lock was offline and reports all of
        them at the same time. `denied`: somebody is refused before the bolt moves, or after.
        """
        order, at_once = arrives
        self._subscribe()
        lock = self._lock(which)
        if denied == "before":
            self._act(lock, "enter_pin", pin="99")
        self._act(lock, "network", on=not at_once)
        for _ in range(turns):
            self._act(lock, "turn")
            self._pass(3)
        if denied == "after":
            self._act(lock, "enter_pin", pin="99")
            self._pass(3)
        self._act(lock, "network", on=True)
        self._pass(2 if at_once else 0)
        self._pass(wait)
        if slow:
            self.stage.inject_fault({"kind": "delay", "seconds": 5})
        self._deliver_webhooks(order, lower=lower)
        self.stage.clear()
        self._seen()
        self._bolt(lock, order=order)

    @needs("on_webhook")
    @rule(which=CONNECTED_LOCK)
    def receive_unknown_webhook(self, which: int) -> None:
        """Deliver an event of a type that the document lacks."""
        self._subscribe()
        secret = next((w.secret or "" for w in self.truth.webhooks.values() if w.url == CALLBACK_URL), None)
        if self.subscribed is None or secret is None:
            return
        self.count += 1
        event = f"f1{self.count:06d}-feed-4bad-8bad-000000000000"
        body = forged_message(event, self._lock(which)).replace(b"unlocked_event", b"doorbell_rung_event")
        headers = {"Content-Type": "application/json", "X-Secret": secret}
        self.do("on_webhook", headers=headers, body=body, given=self._given(event=event, unknown_type=True))

    @needs("refresh", "bolt")
    @rule(
        storm=storms(("unavailable", "reset before", "cut", "slow")), locks=st.integers(1, 3), lost=st.booleans(),
        offline=st.booleans(), denied=st.booleans(),
    )  # fmt: skip
    def storm(self, storm: Storm, locks: int, lost: bool, offline: bool, denied: bool) -> None:
        """Move bolts in a storm of faults. When it is calm again, the client knows where each bolt is."""
        self._subscribe()
        if self.subscribed is None:
            return
        moved = [self._lock(n) for n in range(locks)]
        turns = count()

        def happens() -> None:
            for lock in moved:
                self._act(lock, "network", on=not (offline and next(turns) % 2))
                self._act(lock, "turn")
                if denied:
                    self._act(lock, "enter_pin", pin="99")
            self._pass(3)

        def lives() -> None:
            if self.stage.world.core.faults():
                self.do("refresh", given=self._given(Fault("storm", None), wanted={}))
            if lost:
                self.stage.inbox.clear()
            self._deliver_webhooks("in order")

        self.endure(storm, happens, lives, minutes=1)
        for lock in moved:
            self._act(lock, "network", on=True)
            self._act(lock, "heartbeat")
        self._pass(60)
        self.stage.inbox.clear()
        self._refresh_and_check()
        for lock in moved:
            self.do("bolt", lock=lock, given=self._given(calm=2))

    @needs("refresh")
    @rule(strangers=st.booleans())
    def refresh_in_calm(self, strangers: bool) -> None:
        """Refresh twice, when nothing has happened. `strangers`: or when two of them come in one second, between and later."""
        self._subscribe()
        if not strangers or self.subscribed is None:
            self._refresh()
            self._refresh()
            return
        self._act(self._lock(0), "enter_pin", pin="99")
        self._refresh()
        self._act(self._lock(0), "enter_pin", pin="99")
        self._pass(3)
        self.stage.inbox.clear()
        self._refresh_and_check()

    @needs("on_webhook", "bolt")
    @rule(which=CONNECTED_LOCK, first=st.booleans())
    def receive_failed_move(self, which: int, first: bool) -> None:
        """Deliver the event of a bolt that should have moved, and could not."""
        self._subscribe()
        lock = self._lock(which)
        if first:
            self._act(lock, "turn")
            self._pass(3)
            self._deliver_webhooks("in order")
        secret = next((w.secret or "" for w in self.truth.webhooks.values() if w.url == CALLBACK_URL), None)
        if self.subscribed is None or secret is None:
            return
        self.count += 1
        event = f"f2{self.count:06d}-feed-4bad-8bad-000000000000"
        to = Bolt.UNLOCKED if self.truth.locks[lock].bolt is Bolt.LOCKED else Bolt.LOCKED
        body = failed_move(event, lock, to.value, self.stage.now())
        self.do("on_webhook", headers={"Content-Type": "application/json", "X-Secret": secret}, body=body,
                given=self._given(event=event, unknown_type=True))  # fmt: skip
        self._bolt(lock)

    @needs("on_webhook", "seen")
    @rule(how=st.sampled_from(FORGED_SECRETS), which=CONNECTED_LOCK)
    def receive_forged_webhook(self, how: str, which: int) -> None:
        """Send a webhook with a wrong secret, also before the client has subscribed."""
        if self.subscribed is None:
            self._forge("an empty secret", self._lock(which))
        self._subscribe()
        if self.subscribed is not None:
            self._forge(how, self._lock(which))
        self._seen()

    def _forge(self, how: str, lock: str) -> None:
        """Give the client an event with a wrong secret."""
        if self.has("on_webhook"):
            self.count += 1
            forged = f"f0{self.count:06d}-dead-4bad-8bad-000000000000"
            headers = {"Content-Type": "application/json", **self._forged_secret(how)}
            given = self._given(forged=forged, secret=how)
            self.do("on_webhook", headers=headers, body=forged_message(forged, lock), given=given)

    @needs("refresh", "seen")
    @rule(
        turns=st.integers(1, 3), late=st.booleans(), some=st.booleans(), many=st.sampled_from((0, 0, 0, 0, 60, 120)),
        broken=st.booleans(), again=st.sampled_from((False, False, True)),
    )  # fmt: skip
    def outage(self, turns: int, late: bool, some: bool, many: int, broken: bool, again: bool) -> None:
        """Lose webhooks, let a lock report late, and then let the client refresh.

        `broken`: if there are two pages of events, the client can read the second one only when it refreshes again. `again`: two
        strangers come in one second, and the client subscribes again before it refreshes.
        """
        self._subscribe()
        if self.subscribed is None:
            return
        lock, other = self._lock(0), self._lock(1)
        if late:
            self._act(other, "network", on=False)
            self._act(other, "turn")
        for _ in range(turns):
            self._act(lock, "turn")
            self._pass(3)
        if some:
            self._deliver_webhooks("in order", last=1)
        self.stage.inbox.clear()
        if again:
            for _ in range(2):
                self._act(lock, "enter_pin", pin="99")
            self._pass(3)
            self.stage.inbox.clear()
            if self.has("subscribe"):
                self.do("subscribe", url=CALLBACK_URL, given=self._given(twice=True))
        self._many_events(many)
        if many and broken:
            self._break_page("/events", 2)
            self._refresh(Fault("cut", None))
            self.stage.clear()
        self._refresh_and_check()
        if late:
            self._act(other, "network", on=True)
            self._act(other, "heartbeat")
            self._pass(3)
            self.stage.inbox.clear()
            self._refresh_and_check()

    @needs("refresh", "seen")
    @rule(
        times=st.integers(1, 2),
        truly=st.sampled_from((False,) * 11 + (True,)),
        fault=st.none() | st.none() | faults(("unavailable", "foreign page", "reset before"), (None,)),
    )
    def deactivate_webhook(self, times: int, truly: bool, fault: Fault | None) -> None:
        """Deactivate the webhook, as after 72 hours without an answer. `fault`: a refresh before cannot read it."""
        self._subscribe()
        if times == 1:
            self._deactivate_others()
        if fault is not None and self.subscribed is not None:
            times = 1
            with self.faulty(fault, "/notification_subscribers*"):
                self._refresh(fault)
        for _ in range(times):
            if self.subscribed is None:
                return
            self._deactivate(truly=truly and times == 1)
            self._turn_a_knob()
            self.stage.inbox.clear()
            self._refresh_and_check()

    @rule(seconds=st.sampled_from((1, 30, 90, 1800)))
    def time_passes(self, seconds: int) -> None:
        """Let time pass."""
        self._pass(seconds)

    def settle(self) -> None:
        """Remove faults, drop webhooks that have not arrived, and let the client refresh."""
        self.stage.clear()
        self.stage.inbox.clear()
        if self.subscribed is not None:
            self._refresh_and_check()

    # ---- inner: accesses

    def _grant_as_owner(self, person: str, kind: str, id_: str) -> str | None:
        """Grant an access as the owner. Return its id."""
        wanted = {"accessible_type": kind, "accessible_id": id_}
        access: str | None = self._owner("POST", f"/access_persons/{person}/accesses", {"attributes": wanted}).get("id")
        return access

    def _grant_by(self, way: str, lock: str, person: str) -> None:
        """Grant a person access to a lock, to its location, or to a group with the lock."""
        if way != "group":
            self._grant_as_owner(person, way, lock if way == "lock" else self.truth.devices[lock].location)
            return
        self.count += 1
        group = self._owner(
            "POST", "/groups", {"type": "door_group", "attributes": {"name": f"Group {self.count}"}}
        ).get("id")
        self._owner("POST", f"/groups/{group}/doors", {"attributes": {"door_id": lock, "door_type": "lock"}})
        self._grant_as_owner(person, "door_group", str(group))

    def _stored_person(self, lock: str, days: tuple[int, int] | None = None, by: str = "lock") -> str:
        """Return a person whose access this lock has stored. `days`: a guest who stays from then on till then."""
        person = self._guest_of(lock, days) or self._somebody(0)
        self._grant_by(by, lock, person)
        self._sync([lock], "all")
        return person

    def _guest_of(self, lock: str, days: tuple[float, float] | None) -> str | None:
        """Add a person with a PIN and a card, whom no lock knows yet. `days`: a guest who stays from then on till then."""
        times = {}
        if days is not None:
            now = datetime.fromtimestamp(self.stage.now() // 1_000_000, UTC)
            zone = self.truth.locks[lock].zone
            starts, ends = (local_time(now + timedelta(days=day), zone) for day in days)
            times = {"starts_at": starts, "ends_at": ends}
        return self._add_person(pin=f"91{self.count:06d}", **times)

    def _may_enter(self, person: str, lock: str, *, syncs: bool) -> None:
        if self.has("may_enter"):
            self.do("may_enter", person=person, lock=lock, given=self._given())
            if syncs:
                self._pass(2)
                self._sync([lock], "all")
                self.do("may_enter", person=person, lock=lock, given=self._given(settled=True))

    # ---- inner: webhooks

    def _subscribe(self, fault: Fault | None = None, **given: Any) -> None:
        """Let the client subscribe, if it has not yet."""
        if self.subscribed is not None or not self.has("subscribe"):
            return
        step = self.do("subscribe", url=CALLBACK_URL, given=self._given(fault, **given))
        self.stage.inbox.clear()
        if step.error is None:
            self.subscribed, self.since = CALLBACK_URL, len(self.truth.events)
            self._pass(2)

    def _deliver_webhooks(self, order: str, last: int = 0, *, lower: bool = False) -> None:
        """Give the client the webhooks that have arrived, in this order. `last`: only the last ones; 0 is all."""
        arrange: dict[str, Callable[[list[Any]], list[Any]]] = {
            "in order": lambda d: d,
            "reversed": lambda d: d[::-1],
            "doubled": lambda d: [delivery for delivery in d for _ in range(2)],
            "first again at the end": lambda d: [*d, *d[:1]],
        }
        arrived, self.stage.inbox[:] = self.stage.inbox[-last:], []
        if not self.has("on_webhook"):
            return
        for delivery in arrange[order](arrived):
            event = event_of(delivery.body)
            headers = {name.lower() if lower else name: value for name, value in delivery.headers}
            self.do("on_webhook", headers=headers, body=delivery.body, given=self._given(event=event["id"]))

    def _forged_secret(self, how: str) -> dict[str, str]:
        secret = next((w.secret or "" for w in self.truth.webhooks.values() if w.url == CALLBACK_URL), "")
        return {
            "another secret": {"X-Secret": secret[::-1] + "0"},
            "no secret": {},
            "the secret's beginning": {"X-Secret": secret[:-1]},
            "an empty secret": {"X-Secret": ""},
            "the secret and more": {"X-Secret": f"{secret}0"},
            "the secret in capitals": {"X-Secret": secret.upper() if secret != secret.upper() else secret.lower()},
        }[how]

    def _seen(self, **given: Any) -> None:
        if self.has("seen"):
            self.do("seen", given=self._given(**given))

    def _bolt(self, lock: str, order: str | None = None) -> None:
        """Ask the client for the bolt's position."""
        if self.has("bolt"):
            self.do("bolt", lock=lock, given=self._given(order=order))

    def _refresh(self, fault: Fault | None = None, **given: Any) -> Step[Any]:
        known = {"subscribed": self.subscribed, "wanted": dict(self._wanted), "refused": self._refused}
        return self.do("refresh", given=self._given(fault, **known, **given))

    def _refresh_and_check(self) -> None:
        """Let the client refresh, and ask which events it has acted on."""
        if self.has("refresh"):
            self._refresh()
            self._seen(settled=True, since=self.since)

    def _deactivate_others(self) -> None:
        """Let the owner switch off a webhook that is not the client's."""
        for id_ in [
            id_ for id_, webhook in self.truth.webhooks.items() if webhook.url != CALLBACK_URL and webhook.active
        ][:1]:
            self._owner("PUT", f"/notification_subscribers/{id_}", {"attributes": {"active": False}})

    def _deactivate(self, *, truly: bool) -> None:
        """Deactivate the webhook: after 72 hours of failures, or by the owner, which looks the same to the client."""
        if truly:
            self.stage.inject_fault({"kind": "lose", "status": 500}, path=CALLBACK_URL)
            self._turn_a_knob()
            self._pass(73 * 3600 + 120)
            self.stage.clear()
            return
        active = [id_ for id_, webhook in self.truth.webhooks.items() if webhook.url == CALLBACK_URL and webhook.active]
        for id_ in active:
            self.stage.note("the webhook is deactivated")
            self._owner("PUT", f"/notification_subscribers/{id_}", {"attributes": {"active": False}})
