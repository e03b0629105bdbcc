"""What may happen to a Lockt client: its own calls, and in their arguments all that the residence does meanwhile."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from lockpact.core.traffic import Exchange
from lockpact.driving.state_machine import PactMachine, initialize, needs, rule
from lockpact.lockt.laws.wire import endpoint
from lockpact.lockt.port import FobRecord, LocktPort, News, UserRecord
from lockpact.lockt.truth import Truth

__all__ = ["Fault", "LocktMachine"]

WRONG = {"apiuser": "nobody-of-theirs", "apikey": "no-key-of-theirs"}
LEVELS = (508, 512, 519, 526, 540)
"""Access levels of the default world; the last has no doors."""
FRONT_DOOR, SUITE_12 = "402", "407"
"""Doors on different bridges."""
BRIDGES = ("bridge-1", "bridge-2")
CARDS = ("10001", "10002", "10005", "20001", "31337")
NOBODY = 4_000_000
"""No user and no fob has this id."""
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ZONES = (UTC, timezone(timedelta(hours=1)), timezone(timedelta(hours=-9, minutes=-30)))


@dataclass(frozen=True)
class Fault:
    """What goes wrong on the way during one call: how, and for how many requests (None: all)."""

    kind: str
    times: int | None

    def effect(self) -> dict[str, Any]:
        """In the form that the stand-ins know."""
        effects: dict[str, dict[str, Any]] = {
            "unexpected": {"kind": "refuse", "name": "unexpected"},
            "overlapping": {"kind": "refuse", "name": "overlapping"},
            "instance": {"kind": "refuse", "name": "instance"},
            "reset before": {"kind": "reset", "when": "before"},
            "reset after": {"kind": "reset", "when": "after"},
            "slow": {"kind": "delay", "seconds": 90},
            "cut": {"kind": "truncate", "bytes": 9},
        }
        return effects[self.kind]


TIMES = st.sampled_from((1, 1, 2, None))
FAULTS = st.builds(Fault, st.sampled_from(("unexpected", "reset before", "reset after", "slow", "cut")), TIMES)
LOSSES = st.builds(
    Fault, st.sampled_from(("reset after", "cut", "slow", "reset before")), st.sampled_from((1, 1, 1, None))
)
REFUSALS = st.builds(Fault, st.sampled_from(("overlapping", "instance", "unexpected")), TIMES)
COUNTS = st.sampled_from((1, 2, 3, 5))
MANY = st.sampled_from((99, 100, 101, 205))
BAD = st.lists(st.sampled_from(("card", "email", "level", "taken")), max_size=2, unique=True)
SOME_LEVELS = st.lists(st.sampled_from(LEVELS), max_size=3, unique=True).map(tuple)
INSTANTS = st.none() | st.builds(
    lambda minutes, zone: (START + timedelta(minutes=minutes)).astimezone(zone),
    st.integers(-3000, 90_000),
    st.sampled_from(ZONES),
)
WHICH = st.integers(0, 4)
"""Which user; beyond the last, one that is none."""


class LocktMachine(PactMachine[LocktPort]):
    """See the module. One customer, its programs one after another, the residence of the default world."""

    def __init__(self) -> None:
        super().__init__()
        self.knows = "credentials"
        self.serial = 0
        self.cursor: str | None = None
        self.seen: int | None = None
        self.entries: dict[int, dict[str, Any]] = {}
        """Events as they were answered, by id."""

    # ---- who there is

    @initialize(
        knows=st.sampled_from(("credentials",) * 5 + ("wrong key",)),
        cache=st.sampled_from((5000, 5000, 3, 6)),
        interleaving=st.integers(0, 3),
    )
    def begin(self, knows: str, cache: int, interleaving: int) -> None:
        """Make a client that knows the credentials, or not."""
        self.stage.interleave(interleaving)
        if cache != 5000:
            self.stage.act(None, "event_cache", size=cache)
        self.knows = knows
        self._make()

    def _make(self) -> None:
        truth = self.truth
        known = {"apiuser": truth.apiuser, "apikey": truth.apikey}
        self.make(WRONG if self.knows == "wrong key" else known, self._given(None))
        self.stage.add_secrets([c.key for c in self.stage.handles.state.credentials.values()])

    @property
    def truth(self) -> Truth:
        """What is true now."""
        truth: Truth = self.stage.truth()
        return truth

    # ---- users

    @needs("users")
    @rule(fault=st.none() | FAULTS, altered=st.sampled_from(("", "", "dates")))
    def list_users(self, fault: Fault | None, altered: str) -> None:
        """On a good day or a bad one."""
        with self._arranged(fault, "/user", altered):
            self.do("users", given=self._given(fault, altered=altered or None))

    @needs("user")
    @rule(which=WHICH, altered=st.sampled_from(("", "dates")))
    def read_user(self, which: int, altered: str) -> None:
        """Also of nobody."""
        with self._arranged(None, "/user", altered):
            self.do("user", id=self._user(which), given=self._given(None, altered=altered or None))

    @needs("save_users")
    @rule(
        count=COUNTS, known=st.lists(st.integers(0, 3), max_size=2, unique=True), bad=BAD, update=st.booleans(),
        replace=st.booleans(), levels=SOME_LEVELS, effective=INSTANTS, expires=INSTANTS,
    )  # fmt: skip
    def save_users(
        self, count: int, known: list[int], bad: list[str], update: bool, replace: bool, levels: tuple[int, ...],
        effective: datetime | None, expires: datetime | None,
    ) -> None:  # fmt: skip
        """New ones, some who are there already, and some that cannot be saved."""
        new = [replace_(self._new(), levels=levels, effective=effective, expires=expires) for _ in range(count)]
        spoilt = [_spoil(record, kind) for record, kind in zip(new, bad, strict=False)]
        records = [*spoilt, *new[len(spoilt) :], *self._known(known, levels)]
        self._save(records, spoilt, update=update, replace=replace)

    @needs("save_users")
    @rule(count=MANY, bad=st.booleans())
    def save_many_users(self, count: int, bad: bool) -> None:
        """More than one POST can take, or just as many; the last of them may be one that cannot be saved."""
        records = [self._new() for _ in range(count)]
        spoilt = [_spoil(records[-1], "card")] if bad else []
        self._save([*records[: count - len(spoilt)], *spoilt], spoilt, update=False, replace=True)

    @needs("save_users")
    @rule(count=COUNTS, fault=LOSSES | REFUSALS, update=st.booleans(), bad=st.booleans())
    def save_users_on_a_bad_day(self, count: int, fault: Fault, update: bool, bad: bool) -> None:
        """The answer is lost, or it is not taken now."""
        records = [self._new() for _ in range(count)]
        spoilt = [_spoil(records[0], "card")] if bad and count > 1 else []
        self._save([*spoilt, *records[len(spoilt) :]], spoilt, update=update, replace=True, fault=fault)

    def _save(
        self,
        records: list[UserRecord],
        spoilt: list[UserRecord],
        *,
        update: bool,
        replace: bool,
        fault: Fault | None = None,
    ) -> None:
        self.stage.add_secrets([record.pin for record in records if record.pin])
        given = self._given(fault, bad=tuple(record.id_num for record in spoilt) or None)
        with self._arranged(fault, "/user", method="POST"):
            self.do("save_users", records=records, update=update, replace=replace, given=given)
        self.stage.add_secrets([c.key for c in self.stage.handles.state.credentials.values()][-3:])

    @needs("end_access")
    @rule(which=WHICH, hours=st.integers(-50, 50), zone=st.sampled_from(ZONES), fault=st.none() | LOSSES | REFUSALS)
    def end_access(self, which: int, hours: int, zone: timezone, fault: Fault | None) -> None:
        """Somebody leaves."""
        at = (START + timedelta(hours=hours)).astimezone(zone)
        with self._arranged(fault, "/user", method="POST"):
            self.do("end_access", user=self._user(which), at=at, given=self._given(fault))

    # ---- doors and fobs

    @needs("create_doors")
    @rule(count=COUNTS | st.just(101), taken=st.booleans(), fault=st.none() | st.none() | LOSSES | REFUSALS)
    def create_doors(self, count: int, taken: bool, fault: Fault | None) -> None:
        """One of the names may be taken."""
        names = [f"Room {self._next()}" for _ in range(count)] + (["Laundry"] if taken else [])
        with self._arranged(fault, "/door", method="POST"):
            self.do("create_doors", names=names, given=self._given(fault, bad=("Laundry",) if taken else None))

    @needs("fobs")
    @rule(altered=st.sampled_from(("", "dates")), fault=st.none() | FAULTS)
    def list_fobs(self, altered: str, fault: Fault | None) -> None:
        """On a good day or a bad one."""
        with self._arranged(fault, "/fob", altered):
            self.do("fobs", given=self._given(fault, altered=altered or None))

    @needs("create_fobs")
    @rule(count=COUNTS, taken=st.booleans(), expires=INSTANTS, fault=st.none() | st.none() | LOSSES)
    def create_fobs(self, count: int, taken: bool, expires: datetime | None, fault: Fault | None) -> None:
        """One of the card numbers may be taken."""
        records = [FobRecord(f"Fob {n}", str(60_000 + n), None, expires) for n in (self._next() for _ in range(count))]
        records += [FobRecord("Another", "10001")] if taken else []
        with self._arranged(fault, "/fob", method="POST"):
            self.do("create_fobs", records=records, given=self._given(fault, bad=("10001",) if taken else None))

    @needs("assign_fob")
    @rule(fob=st.integers(0, 2), which=WHICH, effective=INSTANTS, expires=INSTANTS, fault=st.none() | FAULTS)
    def assign_fob(
        self, fob: int, which: int, effective: datetime | None, expires: datetime | None, fault: Fault | None
    ) -> None:
        """A fob changes hands; is it so, when one looks?"""
        fobs = sorted(one.id for one in self.truth.fobs.values())
        number = fobs[fob] if fob < len(fobs) else NOBODY
        with self._arranged(fault, "/fob", method="PUT"):
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
    @rule(released=st.booleans(), fault=st.none() | FAULTS)
    def next_card_num(self, released: bool, fault: Fault | None) -> None:
        """The operation is pending release."""
        self.stage.act(None, "pending_release", on=released)
        with self._arranged(fault, "/nextcardnum"):
            self.do("next_card_num", given=self._given(fault))
        self.stage.act(None, "pending_release", on=True)

    # ---- refusals

    @rule(
        call=st.sampled_from(("users", "fobs", "create_doors", "save_users", "assign_fob", "read_events")),
        failing=st.sampled_from(("record", "template")),
        shape=st.sampled_from(("", "object", "texts")),
    )
    def the_instance_is_down(self, call: str, failing: str, shape: str) -> None:
        """The customer's instance does not answer. What reads may be told so in any documented shape."""
        if self.client is None or not self.has(call):
            return
        arguments: dict[str, dict[str, Any]] = {
            "create_doors": {"names": [f"Room {self._next()}"]},
            "save_users": {"records": [self._new()], "update": True, "replace": True},
            "assign_fob": {"fob": 1652, "user": 1601, "effective": None, "expires": None},
            "read_events": {"cursor": self.cursor},
        }
        self.stage.act(None, "instance", failing=failing)
        if shape:
            self.stage.note(f"refusals of reads come in another documented shape ({shape})")
            self.stage.alter(_reshaped[shape])
        self.do(call, **arguments.get(call, {}), given=self._given(None, altered=shape or None, seen=self.seen))
        self.stage.clear()
        self.stage.act(None, "instance", on=False)

    # ---- events

    @needs("read_events")
    @rule(
        shown=st.lists(st.tuples(st.sampled_from((FRONT_DOOR, SUITE_12)), st.sampled_from(CARDS)), max_size=9),
        seconds=st.sampled_from((0, 3, 60)),
        fault=st.none() | st.none() | FAULTS,
        altered=st.sampled_from(("", "", "dates")),
    )
    def read_events(self, shown: list[tuple[str, str]], seconds: int, fault: Fault | None, altered: str) -> None:
        """Some come, the client reads, and reads again."""
        self._show(shown)
        self.stage.pass_time(seconds)
        with self._arranged(fault, "/events", altered):
            self._read(fault, altered=altered or None)
        self._read()

    @needs("read_events")
    @rule(shown=st.integers(1, 3), more=st.integers(0, 2))
    def read_late_events(self, shown: int, more: int) -> None:
        """One bridge is offline for an hour; what happened at its doors comes after what happened later elsewhere."""
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
        """The document says "starting with the last event id" too: that vendor tells the event of the id again."""
        self._read()
        self._show([(FRONT_DOOR, CARDS[0])] * shown)
        self.stage.pass_time(10)
        if restart:
            self._make()
        self.stage.note("the vendor's cursor includes the event that it names")
        self.stage.alter(self._including)
        self._read(inclusive=True)
        self.stage.clear()

    @needs("read_events")
    @rule(shown=st.integers(0, 3), size=st.sampled_from((2, 3, 6)))
    def fall_behind(self, shown: int, size: int) -> None:
        """The client reads, is started again, and meanwhile more may have come than the cache keeps."""
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
            self.seen = max(
                [event.id for event in step.result.events] + ([] if self.seen is None else [self.seen]), default=None
            )

    def _show(self, shown: Iterable[tuple[str, str]]) -> None:
        for door, card in shown:
            self.stage.act(door, "present_card", card_num=card)

    def _including(self, x: Exchange) -> bytes | None:
        """The answer with the event of the cursor itself, where it is still kept."""
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
        """The client's own threads and tasks go on."""
        self.stage.pass_time(seconds)

    @rule()
    def start_again(self) -> None:
        """The client's process ends, and another begins."""
        self._make()

    def settle(self) -> None:
        """Everything is mended and has arrived; the client reads what happened."""
        self.stage.clear()
        for bridge in BRIDGES:
            self.stage.act(bridge, "network", on=True)
        self.stage.pass_time(60)
        if self.has("read_events"):
            self._read()

    # ---- inner

    def _next(self) -> int:
        self.serial += 1
        return self.serial

    def _new(self) -> UserRecord:
        n = self._next()
        return UserRecord(
            f"N-{n}", "Toby", f"Peters {n}", f"toby.{n}@example.com", str(50_000 + n), "5550107", f"73{n:04}"
        )

    def _known(self, which: Iterable[int], levels: tuple[int, ...]) -> list[UserRecord]:
        """Records of users who are there, as they are, but for their access levels."""
        users = [(id_num, users[0]) for id_num, users in sorted(self.truth.users.items())]
        return [
            UserRecord(id_num, "A", "B", user.email, user.card_num, levels=levels)
            for id_num, user in (users[n] for n in which if n < len(users))
        ]

    def _user(self, which: int) -> int:
        users = sorted(user.id for users in self.truth.users.values() for user in users)
        return users[which] if which < min(len(users), 4) else NOBODY

    def _given(self, fault: Fault | None, **more: Any) -> dict[str, Any]:
        """What a law may rely on for the next call."""
        return {
            "fault": None if fault is None else fault.kind,
            "times": None if fault is None else fault.times,
            "credentials": "wrong" if self.knows == "wrong key" else None,
            **more,
        }

    def _arranged(
        self, fault: Fault | None, path: str, altered: str = "", method: str | None = None
    ) -> AbstractContextManager[Any]:
        """A fault on this endpoint, and dates in the other documented form, until the end of the `with`."""
        if fault is not None:
            self.stage.inject_fault(fault.effect(), path=f"*{path}", method=method, times=fault.times)
        if altered == "dates":
            self.stage.note("the vendor's dates are of the other documented form: 2022-05-05 05:00:00")
            self.stage.alter(_with_spaces)
        after = ExitStack()
        after.callback(self.stage.clear)
        return after


def replace_(record: UserRecord, **changes: Any) -> UserRecord:
    """`dataclasses.replace`, under a name that a rule's argument does not hide."""
    return replace(record, **changes)


def _spoil(record: UserRecord, kind: str) -> UserRecord:
    """The same record, with something that no vendor can save."""
    changes: dict[str, dict[str, Any]] = {
        "card": {"card_num": "A8914"},
        "email": {"email": "toby@@@@example.com"},
        "level": {"levels": (9,)},
        "taken": {"card_num": "10001"},
    }
    return replace(record, **changes[kind])


def _with_spaces(x: Exchange) -> bytes | None:
    """The answer with dates of the other documented form."""
    if x.method != "GET" or x.status != 200:
        return None
    return re.sub(
        rb'"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.\d{3}Z"', lambda found: b'"%b %b"' % (found[1], found[2]), x.answer
    )


def _error_of(x: Exchange) -> str | None:
    said = x.json
    data = said.get("data") if isinstance(said, dict) else None
    return str(data[0]["error"]) if isinstance(data, list) and data and "error" in data[0] else None


def _as_object(x: Exchange) -> bytes | None:
    """`data` is one error object, as the outline's braces can be read."""
    error = _error_of(x)
    return None if error is None else json.dumps({"data": {"error": error}}).encode()


def _as_texts(x: Exchange) -> bytes | None:
    """`error` is an array of texts, as it is in the errors of a batch."""
    error = _error_of(x)
    return None if error is None else json.dumps({"data": [{"error": [error]}]}).encode()


_reshaped: dict[str, Callable[[Exchange], bytes | None]] = {"object": _as_object, "texts": _as_texts}
