"""The state machine that drives a Lockt client: its calls, and what happens in the residence meanwhile."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from lockpact.core.step import Step
from lockpact.core.traffic import Exchange
from lockpact.driving.faults import Absence, Fault, Storm, absences, faults, storms
from lockpact.driving.state_machine import PactMachine, initialize, needs, precondition, rule
from lockpact.lockt.laws.exchanges import endpoint
from lockpact.lockt.port import FobRecord, LocktPort, News, UserRecord
from lockpact.lockt.truth import Truth, UserTruth

__all__ = ["LocktMachine"]

WRONG = {"apiuser": "nobody-of-theirs", "apikey": "no-key-of-theirs"}
LEVELS = (508, 512, 519, 526, 540)
"""Access levels of the default world; the last has no doors."""
FRONT_DOOR, SUITE_12 = "402", "407"
"""Doors on different bridges."""
READS = ("users", "user", "fobs", "next_card_num", "read_events", "credentials", "schedules")
WRITES = ("save_users", "create_doors", "create_fobs", "assign_fob", "end_access")
BRIDGES = ("bridge-1", "bridge-2")
CARDS = ("10001", "10002", "10005", "20001", "031337")
"""Cards that are shown to doors. The last one is nobody's."""
TAKEN = "20001"
"""The card number of a fob."""
SECOND_CARD = "19002"
"""The card number of a fob's second credential."""
UNKNOWN_ID = 4_000_000
"""No user and no fob has this id."""
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ZONES = (UTC, timezone(timedelta(hours=1)), timezone(timedelta(hours=-9, minutes=-30)))


TIMES = (1, 1, 1, 2, None)
FAULTS = faults(("unexpected", "reset before", "reset after", "slow", "cut"), TIMES)
FAULTS_OF_READS = faults(("unexpected", "reset before", "reset after", "slow", "cut", "not_found"), TIMES)
LOSSES = faults(("reset after", "cut", "slow", "reset before"), TIMES)
REFUSALS = faults(("overlapping", "instance", "unexpected", "not_found", "unauthorized"), TIMES)
LATER = st.sampled_from(
    (None, None, None, Fault("reset before", None), Fault("unexpected", None), Fault("reset after", 1))
)
"""Faults that begin after the first block."""
STORMY = ("reset after", "cut", "slow", "reset before", "overlapping", "instance", "unexpected")
COUNTS = st.sampled_from((1, 2, 3, 5, 0))
MANY = st.sampled_from((100, 101, 101, 205))
BAD = st.lists(st.sampled_from(("both", "card", "email", "level", "taken", "both", "held")), max_size=2, unique=True)
SOME_LEVELS = st.lists(st.sampled_from(LEVELS), max_size=3, unique=True).map(tuple)
SECONDS = st.sampled_from((0, 59, 59.123456))
BERLIN, NEW_YORK, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")
WALL_TIMES = (
    datetime(2026, 7, 1, 0, 0, tzinfo=BERLIN),
    datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1),
    datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN),
    datetime(2026, 3, 29, 2, 30, tzinfo=BERLIN),
    datetime(2026, 1, 20, 23, 30, tzinfo=NEW_YORK),
    datetime(2026, 8, 31, 23, 59, 59, tzinfo=NEW_YORK),
    datetime(2026, 11, 1, 1, 15, tzinfo=NEW_YORK, fold=1),
    datetime(2026, 3, 8, 2, 45, tzinfo=NEW_YORK),
    datetime(2026, 4, 5, 1, 45, tzinfo=LORD_HOWE, fold=1),
    datetime(2026, 6, 15, 0, 0, tzinfo=LORD_HOWE),
)
"""Times of clocks on a wall: midnight, far beyond the next change, in the hour that comes twice, and in the skipped one.

Lord Howe changes its clocks by half an hour. Each is one instant: `fold` says which (PEP 495).
"""


def _moments(first: int, last: int) -> st.SearchStrategy[datetime]:
    """Return a strategy for times between these minutes after the start, and for times of clocks on a wall."""
    near = st.builds(
        lambda minutes, seconds, zone: (START + timedelta(minutes=minutes, seconds=seconds)).astimezone(zone),
        st.integers(first, last),
        SECONDS,
        st.sampled_from(ZONES),
    )
    return near | st.sampled_from(WALL_TIMES)


INSTANTS = st.none() | _moments(-3000, 90_000)
AGAIN = st.sampled_from((False, False, False, False, True))
"""Whether something is read again after another program has changed it."""
OFTEN = st.sampled_from((False, False, True))
ALTERED = st.sampled_from(("", "", "dates", "odd", "nothing"))
WHICH = st.integers(0, 4)
"""Which user. Numbers after the last user stand for an unknown one."""


R = TypeVar("R")


class LocktMachine(PactMachine[LocktPort]):
    """One customer and the residence of the default world. A new client may replace the one before."""

    def __init__(self) -> None:
        super().__init__()
        self.authorized = True
        self.stormy = False
        self.many = False
        """Whether the client has saved many users, which takes long."""
        self.serial = 0
        self.cursor: str | None = None
        self.seen: int | None = None
        self.cursors: list[tuple[str, int | None]] = []
        """The cursors that the client returned, and the newest event that had been read then."""
        self.entries: dict[int, dict[str, Any]] = {}
        """Events as the vendor answered them, by id."""

    # ---- the client

    @initialize(
        authorized=st.sampled_from((True,) * 5 + (False,)),
        cache=st.sampled_from((5000, 5000, 3, 6)),
        stormy=st.sampled_from((False, False, True)),
        interleaving=st.integers(0, 3),
        unusual=st.sampled_from((False, False, True)),
        eventless=st.sampled_from((False, False, False, True)),
    )
    def begin(
        self, authorized: bool, cache: int, stormy: bool, interleaving: int, unusual: bool, eventless: bool
    ) -> None:
        """Make a client that has the right credentials, or wrong ones. In a `stormy` example the vendor may be away.

        `unusual`: some users and fobs are disabled, or have no id number, no e-mail address, no card or no access level.
        `eventless`: the customer is new, and has no event yet.
        """
        self.stormy = stormy
        self.stage.interleave(interleaving)
        if unusual:
            self.stage.note(
                "two fobs and a user are disabled; of the users two have no id number, one no e-mail, one no card"
            )
            self.stage.edit_state(_with_unusual_records)
        if eventless:
            self.stage.note("the customer has no event yet")
            self.stage.edit_state(_without_events)
        if cache != 5000:
            self.stage.act(None, "event_cache", size=cache)
        self.authorized = authorized
        self._make()

    def _make(self, fault: Fault | None = None) -> Step[Truth]:
        truth = self.truth
        right = {"apiuser": truth.apiuser, "apikey": truth.apikey}
        step = self.make(right if self.authorized else WRONG, self._given(fault))
        state = self.stage.handles.state
        keys = [one.key for one in (*state.credentials.values(), *state.fobs.values())]
        self.stage.add_secrets([key for key in keys if key])
        return step

    @property
    def truth(self) -> Truth:
        """Return what is true now."""
        truth: Truth = self.stage.truth()
        return truth

    # ---- users

    @needs("users")
    @rule(fault=st.none() | FAULTS_OF_READS, altered=ALTERED, again=AGAIN)
    def list_users(self, fault: Fault | None, altered: str, again: bool) -> None:
        """List the users, with or without a fault."""
        self._list("users", "/user", fault, altered, again)

    @needs("user")
    @rule(
        which=WHICH,
        fault=st.none() | st.none() | FAULTS,
        altered=st.sampled_from(("", "dates", "nothing")),
        again=AGAIN,
    )
    def read_user(self, which: int, fault: Fault | None, altered: str, again: bool) -> None:
        """Read one user, who may be unknown. The client may have listed all users before."""
        if again and self.has("users"):
            self.do("users", given=self._given(None))
        self._list("user", "/user", fault, altered, again, id=self._user(which))

    def _list(self, call: str, path: str, fault: Fault | None, altered: str, again: bool, **arguments: Any) -> None:
        self._alter(altered)
        with self.faulty(fault, f"*{path}"):
            self.do(call, **arguments, given=self._given(fault, altered=altered or None))
        if again:
            self._another_program()
            self.do(call, **arguments, given=self._given(None))

    def _another_program(self, *, listed: bool = False) -> None:
        """Let another program of the customer rename and move users, disable one, and create a user and a fob.

        `listed`: the client has listed the users just before.
        """
        if listed and self.has("users"):
            self.do("users", given=self._given(None))
        n, truth = self._next(), self.truth
        self.stage.note(
            "another program renames users, changes what they may open, disables one, and creates a user and a fob"
        )
        users: list[dict[str, Any]] = [
            {
                "id": user.id,
                "last_name": f"Renamed {n}",
                "enabled": i != n % 4,
                "access_effective": f"{START - timedelta(days=30 + n):%Y-%m-%d %H:%M:%S}" if i % 2 else "",
                "access_expires": f"{START + timedelta(days=30 + n):%Y-%m-%d %H:%M:%S}",
                "accesslevels": [{"id": LEVELS[(n + i) % len(LEVELS)]}],
            }
            for i, user in enumerate(self._users()[:4])
        ]
        users.append({"id_num": f"X-{n}", "first_name": "Łukasz", "card_num": f"0{80_000 + n}", "enabled": n % 2 == 0})
        headers = (("apiuser", truth.apiuser), ("apikey", truth.apikey), ("Content-Type", "application/json"))
        for path, body in (
            ("/user", {"users": users, "options": {"update_existing": True, "replace_privileges": True}}),
            ("/fob", {"fobs": [{"name": f"Spare {n}", "card_num": 900_000 + n}]}),
        ):
            self.stage.ask(f"/api/v1{path}", "POST", headers, json.dumps(body).encode())

    @needs("save_users")
    @rule(
        count=COUNTS, known=st.lists(st.integers(0, 3), max_size=2, unique=True), moved=st.none() | st.integers(0, 3), bad=BAD,
        turned=st.integers(0, 4), update=st.booleans(), replace=st.booleans(), levels=SOME_LEVELS, effective=INSTANTS,
        expires=INSTANTS, others=OFTEN, twin=st.sampled_from(("", "", "email", "card")),
    )  # fmt: skip
    def save_users(
        self, count: int, known: list[int], moved: int | None, bad: list[str], turned: int, update: bool,
        replace: bool, levels: tuple[int, ...], effective: datetime | None, expires: datetime | None, others: bool,
        twin: str,
    ) -> None:  # fmt: skip
        """Save new users, some that exist already (another program may have just created one), and some invalid ones.

        `twin`: what one new user has in common with another one of the same call. `turned`: where the invalid ones are.
        """
        if others:
            self._save([self._new()], [], update=False, replace=True)
            self._another_program(listed=True)
            known = sorted({*known, 3})  # whom the other program has created
        new = [replace_(self._new(), levels=levels, effective=effective, expires=expires) for _ in range(count)]
        invalid = [_make_invalid(record, kind) for record, kind in zip(new, bad, strict=False)]
        records = [*new[len(invalid) :], *self._known(known, levels)]
        email = self._users()[moved].email if moved is not None and moved < len(self._users()) else ""
        if email and email not in [record.email for record in records]:
            records.append(replace_(self._new(), email=email.upper(), levels=levels))
        if twin and len(new) > len(invalid):
            first, second = new[-1], self._new()
            if twin == "card":
                records.append(replace_(second, card_num=first.card_num, levels=levels))
                invalid.append(records[-1])
            else:
                update = False
                records.append(replace_(second, email=first.email.upper(), levels=levels))
        kept = [record for record in records if record not in invalid]
        records = [*kept, *invalid] if twin else _turned([*invalid, *kept], turned)
        self._save(records, invalid, update=update, replace=replace)

    @precondition(lambda self: not self.many)
    @needs("save_users")
    @rule(count=MANY, bad=st.sampled_from((None, 0, -1)), later=LATER)
    def save_many_users(self, count: int, bad: int | None, later: Fault | None) -> None:
        """Save as many users as one POST can take, or more, once. The first or the last one may be invalid.

        `later`: a fault that begins with the second block.
        """
        self.many = True
        count = count if later is None else max(count, 101)
        records = [self._new() for _ in range(count)]
        if bad is not None:
            records[bad] = _make_invalid(records[bad], "card")
        invalid = [] if bad is None else [records[bad]]
        self._save(records, invalid, update=False, replace=True, fault=later, nth=2)

    @needs("save_users")
    @rule(
        count=COUNTS, known=st.lists(st.integers(0, 3), max_size=1), fault=LOSSES | REFUSALS,
        method=st.sampled_from(("POST", "POST", "GET")), update=st.booleans(), bad=st.booleans(),
    )  # fmt: skip
    def save_users_with_a_fault(
        self, count: int, known: list[int], fault: Fault, method: str, update: bool, bad: bool
    ) -> None:
        """Save users while the answer is lost or the vendor refuses for a while."""
        records = [self._new() for _ in range(count)]
        invalid = [_make_invalid(records[0], "card")] if bad and count > 1 else []
        records = [*invalid, *records[len(invalid) :], *self._known(known, ())]
        self._save(records, invalid, update=update, replace=True, fault=fault, method=method)

    def _save(
        self,
        records: list[UserRecord],
        invalid: list[UserRecord],
        *,
        update: bool,
        replace: bool,
        fault: Fault | None = None,
        method: str = "POST",
        nth: int = 1,
    ) -> None:
        self.stage.add_secrets([record.pin for record in records if record.pin])
        given = self._given(fault, bad=tuple(record.id_num for record in invalid) or None)
        with self.faulty(fault, "*/user", method=method, nth=nth):
            self.do("save_users", records=records, update=update, replace=replace, given=given)
        self.stage.add_secrets([c.key for c in self.stage.handles.state.credentials.values()][-3:])

    @needs("end_access")
    @rule(
        which=WHICH,
        at=_moments(-3000, 3000),
        fault=st.none() | LOSSES | REFUSALS,
        unchanged=OFTEN,
        others=AGAIN,
    )
    def end_access(self, which: int, at: datetime, fault: Fault | None, unchanged: bool, others: bool) -> None:
        """End the access of a user, who may be unknown, or may be read as unchanged afterwards.

        `others`: another program changes the users after the client has listed them.
        """
        if others:
            self._another_program(listed=True)
        altered, fault = ("unchanged", None) if unchanged else ("", fault)
        self._alter(altered)
        with self.faulty(fault, "*/user", method="POST"):
            self.do("end_access", user=self._user(which), at=at, given=self._given(fault, altered=altered or None))

    # ---- doors and fobs

    @needs("create_doors")
    @rule(
        count=COUNTS | st.just(101), taken=st.booleans(), fault=st.none() | st.none() | LOSSES | REFUSALS, alike=AGAIN,
        turned=st.integers(0, 4),
    )  # fmt: skip
    def create_doors(self, count: int, taken: bool, fault: Fault | None, alike: bool, turned: int) -> None:
        """Create doors. One of the names may be in use, and two may differ by case only.

        If there are more than one block can have, a fault begins with the second.
        """
        names = [self._door_name() for _ in range(count)] + (["Laundry"] if taken else [])
        names = _turned(names + ([names[0].upper()] if alike and count else []), turned)
        with self.faulty(fault, "*/door", method="POST", nth=2 if len(names) > 100 else 1):
            self.do("create_doors", names=names, given=self._given(fault, bad=("Laundry",) if taken else None))

    @needs("fobs", "credentials", "schedules")
    @rule(altered=ALTERED, fault=st.none() | FAULTS_OF_READS, again=AGAIN)
    def list_fobs(self, altered: str, fault: Fault | None, again: bool) -> None:
        """List fobs, credentials and schedules, with or without a fault. Another program and people may change them."""
        if self.has("fobs"):
            self._list("fobs", "/fob", fault, altered, again)
        altered = "nothing" if altered == "nothing" else ""
        for call, change in (("credentials", self._claim_and_reissue), ("schedules", self._change_schedules)):
            if self.has(call):
                self._list(call, f"/{call.removesuffix('s')}", fault, altered, False)
                if again:
                    change()
                    self.do(call, given=self._given(None))

    def _change_schedules(self) -> None:
        """Let the office change the days and times of every schedule."""
        self.stage.note("the office changes the schedules")
        self.stage.edit_state(_with_other_schedules)

    def _claim_and_reissue(self) -> None:
        """Let phones claim credentials, and another program issue a key again."""
        truth = self.truth
        for phone in self.stage.handles.state.phones:
            self.stage.try_to(phone.id, "claim")
        if truth.pending_release and truth.credentials:
            self.stage.note("another program reissues a credential")
            headers = (("apiuser", truth.apiuser), ("apikey", truth.apikey), ("Content-Type", "application/json"))
            body = json.dumps({"credentials": [{"id": truth.credentials[-1].id}]}).encode()
            self.stage.ask("/api/v1/credential", "POST", headers, body)
            self.stage.add_secrets([one.key for one in self.truth.credentials])

    @needs("create_fobs")
    @rule(
        count=COUNTS, taken=st.none() | st.integers(0, 2), effective=INSTANTS, expires=INSTANTS,
        fault=st.none() | st.none() | LOSSES, turned=st.integers(0, 4),
    )  # fmt: skip
    def create_fobs(
        self, count: int, taken: int | None, effective: datetime | None, expires: datetime | None, fault: Fault | None,
        turned: int,
    ) -> None:  # fmt: skip
        """Create fobs. One of the card numbers may be in use, by a fob or by a user."""
        records = [self._fob(effective, expires) for _ in range(count)]
        users = [user.card_num for user in self._users() if user.card_num]
        bad = () if taken is None else ((TAKEN, SECOND_CARD, *users)[taken],)
        records = _turned(records + [FobRecord("Another", card) for card in bad], turned)
        with self.faulty(fault, "*/fob", method="POST"):
            self.do("create_fobs", records=records, given=self._given(fault, bad=bad or None))

    @needs("assign_fob")
    @rule(fob=st.integers(0, 3), which=WHICH, effective=INSTANTS, expires=INSTANTS, fault=st.none() | FAULTS)
    def assign_fob(
        self, fob: int, which: int, effective: datetime | None, expires: datetime | None, fault: Fault | None
    ) -> None:
        """Reassign a fob, and list the fobs afterwards."""
        fobs = sorted(one.id for one in self.truth.fobs.values())
        number = fobs[fob] if fob < len(fobs) else UNKNOWN_ID
        with self.faulty(fault, "*/fob", method="PUT"):
            self.do(
                "assign_fob",
                fob=number,
                user=self._user(which),
                effective=effective,
                expires=expires,
                given=self._given(fault),
            )
        if self.has("fobs"):
            self.do("fobs", given=self._given(None))

    @needs("next_card_num")
    @rule(released=st.booleans(), fault=st.none() | FAULTS, altered=st.sampled_from(("", "nothing")), again=AGAIN)
    def next_card_num(self, released: bool, fault: Fault | None, altered: str, again: bool) -> None:
        """Read the next card number. The operation may not be released."""
        self.stage.act(None, "pending_release", on=released)
        self._list("next_card_num", "/nextcardnum", fault, altered, again)
        self.stage.act(None, "pending_release", on=True)

    # ---- refusals

    @needs(*READS, *WRITES)
    @rule(
        read=st.integers(0, 6),
        write=st.integers(0, 4),
        failing=st.sampled_from(("record", "template")),
        shape=st.sampled_from(("", "object", "texts")),
    )
    def the_instance_is_down(self, read: int, write: int, failing: str, shape: str) -> None:
        """Read and write while the customer's instance does not answer. Refusals of reads may have any documented shape."""
        self.stage.act(None, "instance", failing=failing)
        if shape:
            self.stage.note(f"refusals of reads have another documented shape ({shape})")
            self.stage.alter(_RESHAPE[shape])
        for calls, which in ((READS, read), (WRITES, write)):
            if call := self._one_of(calls, which):
                asked: dict[str, dict[str, Any]] = {
                    "read_events": {"cursor": self.cursor},
                    "user": {"id": self._user(0)},
                }
                arguments = self._asked(call) if call in WRITES else asked.get(call, {})
                self.do(call, **arguments, given=self._given(None, altered=shape or None, seen=self.seen))
        self.stage.clear()
        self.stage.act(None, "instance", on=False)

    @precondition(lambda self: self.stormy)
    @needs(*READS)
    @rule(absence=absences(("reset before", "slow", "unexpected", "unauthorized")), which=st.integers(0, 6))
    def the_vendor_is_away(self, absence: Absence, which: int) -> None:
        """Make or call the client while the vendor is away, or refuses everybody. Call it when the vendor is back."""
        call = self._one_of(READS, which)
        self.absence(absence, lambda: self._make(absence.fault), lambda: self._call(call, absence.fault))
        self._call(call)

    def _call(self, call: str, fault: Fault | None = None) -> None:
        if call == "read_events":
            self._read(fault)
        else:
            arguments = {"id": self._user(0)} if call == "user" else {}
            self.do(call, **arguments, given=self._given(fault))

    @needs(*WRITES)
    @rule(storm=storms(STORMY), which=st.integers(0, 4))
    def a_storm(self, storm: Storm, which: int) -> None:
        """Ask for something in a storm, once a round, and once more when it is over."""
        call = self._one_of(WRITES, which)
        arguments = self._asked(call)

        def ask(fault: Fault | None = None, calm: int | None = None) -> None:
            keys = [
                *arguments.get("names", ()),
                *(getattr(one, "card_num", "") for one in arguments.get("records", ())),
            ]
            there = {*self.truth.doors, *self.truth.fobs}.intersection(keys)
            self.do(call, **arguments, given=self._given(fault, bad=tuple(there) or None, calm=calm))

        self.endure(storm, lambda: ask(Fault("storm", None)), lambda: None)
        ask(calm=5)

    @needs(*WRITES)
    @rule(which=st.integers(0, 4), seconds=st.sampled_from((1, 3, 5)))
    def another_program_is_writing(self, which: int, seconds: int) -> None:
        """Ask for something while a batch of another program is still being processed. It takes so many seconds."""
        call, truth = self._one_of(WRITES, which), self.truth
        self.stage.note(f"another program sends a batch that the vendor processes for {seconds} s")
        headers = (("apiuser", truth.apiuser), ("apikey", truth.apikey), ("Content-Type", "application/json"))
        body = {"doors": [{"name": ""}] * (20 * seconds)}  # nothing comes of it: a door must have a name
        self.stage.ask("/api/v1/door", "POST", headers, json.dumps(body).encode(), wait=False)
        self.do(call, **self._asked(call), given=self._given(None))

    def _asked(self, call: str) -> dict[str, Any]:
        """Return arguments with which this call can succeed."""
        at = START + timedelta(days=self._next())
        arguments: dict[str, Callable[[], dict[str, Any]]] = {
            "save_users": lambda: {"records": [self._new(), self._new()], "update": True, "replace": True},
            "create_doors": lambda: {"names": [self._door_name()]},
            "create_fobs": lambda: {"records": [self._fob(None, at)]},
            "assign_fob": lambda: {"fob": 1652, "user": self._user(0), "effective": None, "expires": at},
            "end_access": lambda: {"user": self._user(0), "at": at},
        }
        return arguments[call]()

    # ---- events

    @needs("read_events")
    @rule(
        shown=st.lists(st.tuples(st.sampled_from((FRONT_DOOR, SUITE_12)), st.sampled_from(CARDS)), max_size=9),
        many=st.sampled_from((0,) * 23 + (105,)),
        seconds=st.sampled_from((0, 3, 60)),
        fault=st.none() | st.none() | FAULTS,
        altered=ALTERED,
        off=st.sampled_from((0, 0, -5400, 4000)),
        older=st.none() | st.none() | st.sampled_from((-1, -1, 0, 1, 2, 4)),
    )
    def read_events(
        self, shown: list[tuple[str, str]], many: int, seconds: int, fault: Fault | None, altered: str, off: int,
        older: int | None,
    ) -> None:  # fmt: skip
        """Show some cards, at a core whose clock may be off, and read the events twice. The cursor may be an old one or none."""
        if off:
            self.stage.act(FRONT_DOOR, "clock", offset=off)
        if older is not None and older < len(self.cursors):
            self.cursor, self.seen = self.cursors[older] if older >= 0 else (None, None)
        self._show(shown + [(FRONT_DOOR, CARDS[0])] * many)
        self.stage.pass_time(seconds)
        self._alter(altered)
        with self.faulty(fault, "*/events"):
            self._read(fault, altered=altered or None)
        if fault or altered:
            self._read()

    @needs("read_events")
    @rule(shown=st.integers(1, 3), more=st.integers(0, 2))
    def read_late_events(self, shown: int, more: int) -> None:
        """Read events while one bridge is offline for an hour: its events arrive after later ones of the other bridge."""
        self._show([(FRONT_DOOR, CARDS[0])])
        self.stage.pass_time(10)
        self._read()
        self.stage.act(BRIDGES[0], "network", on=False)
        self._show([(FRONT_DOOR, CARDS[0])] * shown)
        self.stage.pass_time(3600)
        self._show([(SUITE_12, CARDS[0])])
        self.stage.pass_time(10)
        self._read()
        self._show([(SUITE_12, CARDS[1])] * more)
        self.stage.act(BRIDGES[0], "network", on=True)
        self.stage.pass_time(10)
        self._read()

    @needs("read_events")
    @rule(shown=st.integers(0, 3), restart=st.booleans())
    def read_events_of_an_inclusive_cursor(self, shown: int, restart: bool) -> None:
        """Read from a vendor whose answer includes the event of the cursor: "starting with the last event id"."""
        self._read()
        self._show([(FRONT_DOOR, CARDS[0])] * shown)
        self.stage.pass_time(10)
        if restart:
            self._make()
        self.stage.note("the vendor's answer includes the event of the cursor")
        self.stage.alter(self._including)
        self._read(inclusive=True)
        self.stage.clear()

    @needs("read_events")
    @rule(shown=st.integers(0, 3), size=st.sampled_from((2, 3, 6)))
    def fall_behind(self, shown: int, size: int) -> None:
        """Restart the client while more events may arrive than the cache keeps."""
        self._read()
        self.stage.act(None, "event_cache", size=size)
        for _ in range(shown):
            self._show([(FRONT_DOOR, CARDS[0])] * 2)
            self.stage.pass_time(10)
        self._make()
        self._read()
        self.stage.act(None, "event_cache", size=5000)

    def _read(self, fault: Fault | None = None, *, inclusive: bool = False, altered: str | None = None) -> None:
        given = self._given(fault, seen=self.seen, inclusive=True if inclusive else None, altered=altered)
        step = self.do("read_events", cursor=self.cursor, given=given)
        for x in step.traffic:
            if endpoint(x) == "/events" and isinstance(x.json, dict) and isinstance(x.json.get("data"), list):
                self.entries |= {entry["id"]: entry for entry in x.json["data"] if "id" in entry}
        if isinstance(step.result, News):
            self.cursor = step.result.cursor
            ids = [event.id for event in step.result.events] if altered != "odd" else [e.id for e in step.after.events]
            self.seen = max(ids + ([] if self.seen is None else [self.seen]), default=None)
            self.cursors.append((self.cursor, self.seen))

    def _show(self, shown: Iterable[tuple[str, str]]) -> None:
        for door, card in shown:
            self.stage.act(door, "present_card", card_num=card)

    def _including(self, x: Exchange) -> bytes | None:
        """Return the answer with the event of the cursor itself, if the vendor still has it."""
        cursor = x.param("id")
        if endpoint(x) != "/events" or cursor is None or not isinstance(x.json, dict) or x.status != 200:
            return None
        data = list(x.json["data"])
        if int(cursor) in self.entries and int(cursor) > self.truth.gone:
            data.append(self.entries[int(cursor)])
        return json.dumps({"data": data}).encode()

    # ---- what else happens

    @rule(seconds=st.sampled_from((1, 60, 3600)))
    def time_passes(self, seconds: int) -> None:
        """Let time pass. The client's own threads and tasks run on."""
        self.stage.pass_time(seconds)

    @rule()
    def restart(self) -> None:
        """End the client's process and begin another."""
        self._make()

    def settle(self) -> None:
        """Remove all faults, let all events arrive, and read them."""
        self.stage.clear()
        for bridge in BRIDGES:
            self.stage.act(bridge, "network", on=True)
        self.stage.pass_time(60)
        if self.has("read_events"):
            self._read()

    # ---- helpers

    def _one_of(self, calls: Iterable[str], which: int) -> str:
        """Return one of the calls that the client has and the run is about, or "" where no such call is."""
        focus = self.pact_run.focus
        driven = [call for call in calls if self.has(call) and (focus is None or call in focus)]
        return driven[which % len(driven)] if driven else ""

    def _next(self) -> int:
        self.serial += 1
        return self.serial

    def _new(self) -> UserRecord:
        """Return a new user. Id numbers, names, cards and pins are of many kinds."""
        n = self._next()
        first, last = (("Toby", "Peters"), ("Zoë", "Ångström-Nuñez"), ("李", "小龍"), ("O'Neil", "x" * 90))[n % 4]
        zero = "0" if n % 3 == 0 else ""
        card = f"{zero}{50_000 + n}" if n % 7 else str(90_071_992_547_409_930 + n)  # the latter is no exact float
        return UserRecord(
            f"N-{n}" if n % 4 else f"00{n}", first, f"{last} {n}", f"Toby.{n}@example.com", card, f"+44 20 55501{n:02}",
            f"{'0' if zero else '7'}{n:04}3", enabled=n % 5 != 2,
        )  # fmt: skip

    def _fob(self, effective: datetime | None, expires: datetime | None) -> FobRecord:
        n = self._next()
        return FobRecord(f"Schlüssel № {n}", f"{'0' if n % 2 else ''}{60_000 + n}", effective, expires)

    def _door_name(self) -> str:
        n = self._next()
        return f"Rõom {n}, the door at the end of the corridor of the third floor of the east wing"

    def _known(self, which: Iterable[int], levels: tuple[int, ...]) -> list[UserRecord]:
        """Return records of existing users, with other names and access levels. 3 stands for the newest user."""
        users = [user for user in self._users() if user.id_num]
        users = [*users[:3], users[-1]] if len(users) > 3 else users
        return [
            UserRecord(user.id_num, "A", "B", user.email, user.card_num, levels=levels)
            for user in (users[n] for n in which if n < len(users))
        ]

    def _users(self) -> list[UserTruth]:
        return sorted((user for users in self.truth.users.values() for user in users), key=lambda user: user.id)

    def _user(self, which: int) -> int:
        users = self._users()
        return users[which].id if which < min(len(users), 4) else UNKNOWN_ID

    def _given(self, fault: Fault | None, **more: Any) -> dict[str, Any]:
        """Return what a law may rely on for the next call."""
        return {
            "fault": None if fault is None else fault.kind,
            "times": None if fault is None else fault.times,
            "credentials": None if self.authorized else "wrong",
            **more,
        }

    def _alter(self, altered: str) -> None:
        """Alter the vendor's answers until the stage is cleared: `dates`, `odd`, `nothing`; "" alters nothing."""
        if altered:
            self.stage.note(f"the vendor answers otherwise: {_ALTERED[altered][0]}")
            self.stage.alter(_ALTERED[altered][1])


def _with_unusual_records(state: dict[str, Any]) -> None:
    first, second, third, fourth = list(state["users"].values())[:4]
    first["email"] = second["id_num"] = third["id_num"] = ""
    second["effective"] = fourth["effective"]
    third |= {"credentials": [], "enabled": False}
    fourth["levels"] = []
    for id_ in [id_ for id_, one in state["credentials"].items() if one["user"] == third["id"]]:
        del state["credentials"][id_]
    for fob in list(state["fobs"].values())[:2]:
        fob["enabled"] = False


def _without_events(state: dict[str, Any]) -> None:
    state["events"] = []


def _with_other_schedules(state: dict[str, Any]) -> None:
    for one in state["schedules"].values():
        one |= {"name": f"{one['name']}, changed", "days": [*one["days"][1:], one["days"][0]], "stop": "21:29:59"}
    next(iter(state["schedules"].values()))["days"] = [False] * 7


def _turned(records: list[R], places: int) -> list[R]:
    """Return the list from another place on, with its beginning at the end."""
    at = places % len(records) if records else 0
    return records[at:] + records[:at]


def replace_(record: UserRecord, **changes: Any) -> UserRecord:
    """Call `dataclasses.replace`, under a name that a rule's argument does not hide."""
    return replace(record, **changes)


def _make_invalid(record: UserRecord, kind: str) -> UserRecord:
    """Return the record with an invalid field."""
    changes: dict[str, dict[str, Any]] = {
        "card": {"card_num": "A8914"},
        "email": {"email": "toby@@@@example.com"},
        "both": {"card_num": "A8914", "email": "toby@@@@example.com"},
        "level": {"levels": (9,)},
        "taken": {"card_num": TAKEN},
        "held": {"card_num": SECOND_CARD},
    }
    return replace(record, **changes[kind])


def _with_spaces(x: Exchange) -> bytes | None:
    """Return the answer with dates in the other documented form."""
    if x.method != "GET" or x.status != 200:
        return None
    return re.sub(
        rb'"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.\d{3}Z"', lambda match: b'"%b %b"' % (match[1], match[2]), x.answer
    )


def _error_of(x: Exchange) -> str | None:
    data = x.json.get("data") if isinstance(x.json, dict) else None
    return str(data[0]["error"]) if isinstance(data, list) and data and "error" in data[0] else None


def _as_object(x: Exchange) -> bytes | None:
    """Return the refusal with one error object as `data`, as the braces of the document's outline can be read."""
    error = _error_of(x)
    return None if error is None else json.dumps({"data": {"error": error}}).encode()


def _as_texts(x: Exchange) -> bytes | None:
    """Return the refusal with an array of texts as `error`, as in the errors of a batch."""
    error = _error_of(x)
    return None if error is None else json.dumps({"data": [{"error": [error]}]}).encode()


_RESHAPE: dict[str, Callable[[Exchange], bytes | None]] = {"object": _as_object, "texts": _as_texts}


def _with_one_odd(x: Exchange) -> bytes | None:
    """Return the list with its second record unlike the others: only what every record must have, and another code."""
    data = x.json.get("data") if isinstance(x.json, dict) else None
    since = int(x.param("id") or 0)
    if x.method != "GET" or not isinstance(data, list) or len(data) < 2 or data[1].get("id", 0) <= since + 1:
        return None
    odd = {name: data[1][name] for name in ("id", "name", "device", "db_time") if name in data[1]}
    odd |= {"code": 60, "code_text": "Door Held Open"} if "db_time" in odd else {"phone": None}
    return json.dumps({"data": [data[0], odd, *data[2:]]}).encode()


def _without_data(x: Exchange) -> bytes | None:
    return b"{}" if x.method == "GET" and x.status == 200 else None


def _unchanged(x: Exchange) -> bytes | None:
    """Return the users with an end of access that nobody has asked for, as if the last POST had been ignored."""
    data = x.json.get("data") if isinstance(x.json, dict) else None
    if x.method != "GET" or endpoint(x) != "/user" or not isinstance(data, list):
        return None
    return json.dumps({"data": [{**entry, "access_expires": "2031-01-01T00:00:00.000Z"} for entry in data]}).encode()


_ALTERED: dict[str, tuple[str, Callable[[Exchange], bytes | None]]] = {
    "dates": ("its dates have the other documented form, 2022-05-05 05:00:00", _with_spaces),
    "odd": ("one record of each list is unlike the others", _with_one_odd),
    "nothing": ("200 without data", _without_data),
    "unchanged": ("every user is read with the same old end of access", _unchanged),
}
