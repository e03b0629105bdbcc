"""The state machine that drives a client of Nokē Core: its calls, and what locks, people and networks do around them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from hypothesis import strategies as st

from lockpact.driving.faults import Fault
from lockpact.driving.state_machine import PactMachine, initialize, needs, precondition, rule
from lockpact.noke.environment import (
    FAULTS,
    INVALID_CODES,
    MAYBE,
    NAMES,
    OUTCOMES,
    OWNER,
    SERVERS,
    SOME_CODES,
    SOME_NAMES,
    STORM,
    UNKNOWN_MAC,
    UPLOAD_FAULTS,
    WHICH,
    Outcome,
    add_the_past,
    fail_one_code,
    fill_places,
    free_places,
)
from lockpact.noke.port import NokePort
from lockpact.noke.radio import SimulatedRadio
from lockpact.noke.truth import LockTruth, Truth

__all__ = ["NokeMachine"]


TOO_LATE = 90.0
"""Seconds after which a lock that was woken sleeps."""
LEFT_OUT = ("button_touched", "proximity_stats", "wake_stats")
"""The actions that /activity/ leaves out."""


class NokeMachine(PactMachine[NokePort]):
    """One client on one of the four servers, with its phone, and the locks and fobs of the default world."""

    site = "production"
    key: str | None = None
    phone: str | None = None
    version: str | None = None
    others = 0
    """How many quick clicks others have issued for the first lock."""
    credentials: Mapping[str, str] = {}
    """What the client is made with."""

    # ---- the client

    @initialize(
        site=st.sampled_from(SERVERS),
        key=st.sampled_from((None,) * 6 + ("other",)),
        phone=st.sampled_from((None,) * 8 + ("none", "other")),
        version=st.sampled_from((None, "0.1.0", "1.0.0", "1.0.0")),
        changed=MAYBE,
        others=st.sampled_from((0, 0, 99)),
        away=st.sampled_from((None, None, None, Fault("unavailable", None), Fault("reset before", None))),
    )
    def begin(
        self,
        site: str,
        key: str | None,
        phone: str | None,
        version: str | None,
        changed: bool,
        others: int,
        away: Fault | None,
    ) -> None:
        """Make a client that is set up correctly, or has the other database's key, or a phone without its key.

        The server may be away meanwhile.
        """
        self.site, self.key, self.phone, self.version, self.others = site, key, phone, version, others
        self.stage.server = site
        if changed:
            self.stage.act(None, "pre_release", on=True)
        if others:
            first = self._lock(0)
            self.stage.note(f"others have issued {others} quick clicks for {first}, and unlocked it yesterday")
            self.stage.edit_state(lambda state: add_the_past(state, first, others))
        mine, other = (self.stage.handles.credentials[name] for name in (self.database, self._other_database))
        known = {
            "api_key": (mine if key is None else other)["api_key"],
            "mobile_api_key": {None: mine["mobile_api_key"], "none": "", "other": other["mobile_api_key"]}[phone],
            "api_version": version,
        }
        self.credentials = {name: value for name, value in known.items() if value}
        with self.faulty(away, "/*"):
            self.make(self.credentials, self._given(away=away is not None or None))

    @property
    def database(self) -> str:
        """The database of the client's server."""
        return self.site.removesuffix("-pre-release")

    @property
    def _other_database(self) -> str:
        return "sandbox" if self.database == "production" else "production"

    @property
    def truth(self) -> Truth:
        """The truth now."""
        truth: Truth = self.stage.truth()
        return truth

    @property
    def radio(self) -> SimulatedRadio:
        """The phone's radio."""
        radio: SimulatedRadio = self.stage.nearby
        return radio

    # ---- locks

    @needs("locks")
    @rule(
        which=WHICH,
        millivolts=st.sampled_from((3000, 2900, 2990, 2700, 3150, 2801)),
        external=st.sampled_from((0, 0, 2950)),
        reset=st.sampled_from((False, False, True)),
        fault=st.none() | FAULTS,
    )
    def locks(self, which: int, millivolts: int, external: int, reset: bool, fault: Fault | None) -> None:
        """Change the batteries, which the server learns by an online unlock, and list the locks; and again after a reset."""
        mac = self._lock(which)
        known: dict[str, Any] = {}
        if self.has("unlock"):
            self.stage.act(mac, "battery", millivolts=millivolts, external=external)
            step = self._unlock(mac)
            if step is not None and step.error is None and step.result.acknowledged:
                known = {"battery_of": mac, "battery": millivolts}
        with self.faulty(fault, "/lock*"):
            self.do("locks", given=self._given(fault, total=len(self._locks()), **known))
        if reset:
            self.stage.act(mac, "reset_keys")
            self.do("locks", given=self._given(total=len(self._locks())))

    @needs("unlock")
    @rule(
        which=WHICH,
        outcome=OUTCOMES,
        unknown=st.none()
        | st.sampled_from(("unlock", "unshackle", "lock_up", "update_firmware", "keys", "revoke_codes")),
        who=st.sampled_from((OWNER, *NAMES)),
    )
    def unlock(self, which: int, outcome: Outcome, unknown: str | None, who: str) -> None:
        """Unlock a lock for somebody, or name an unknown MAC first, in this call or another one."""
        if unknown is not None:
            more: dict[str, dict[str, Any]] = {
                "unlock": {"tracking_key": who},
                "unshackle": {"tracking_key": who},
                "revoke_codes": {"codes": ["0110"]},
            }
            self._do_if(unknown, {"unknown": True}, lock=UNKNOWN_MAC, **more.get(unknown, {}))
        self._unlock(self._lock(which), outcome, who=who)
        self._unstick(self._lock(which))

    @needs("unlock")
    @rule(
        which=st.sampled_from((2, 0)), reset=MAYBE, taps=st.sampled_from((2, 2, 2, 3)), gap=st.sampled_from((0, 1, 15, 40, 70)),
        outcome=st.sampled_from(("upload lost", "upload refused", "not delivered", "complete")),
        then=st.sampled_from((None, None, "unshackle", "recover")), two=st.sampled_from((False, False, True)),
    )  # fmt: skip
    def tap_again(
        self, which: int, reset: bool, taps: int, gap: int, outcome: Outcome, then: str | None, two: bool
    ) -> None:
        """Unlock a new or reset lock several times, with little time between, the last time perhaps by another call.

        Another lock may be in its set-up at the same time.
        """
        mac = self._lock(which)
        others = [self._other(mac)] if two else []
        for one in (*([mac] if reset else []), *others):
            self.stage.act(one, "reset_keys")
        for _ in range(taps):
            for one in (mac, *others):
                self._unlock(one, outcome)
            self.stage.pass_time(gap)
        lost = UPLOAD_FAULTS.get(outcome)
        given = {"fault": lost.kind if lost else None}
        with self.faulty(lost, "/upload*"):
            if then == "unshackle":
                self._do_if("unshackle", given, lock=mac, tracking_key=OWNER)
            if then == "recover":
                self._do_if("recover", given, lock=mac, tracking_keys=[], fobs=[])
        for one in (mac, *others):
            self._unstick(one)

    @needs("unlock")
    @rule(which=WHICH, fault=FAULTS, path=st.sampled_from(("/upload*", "/upload*", "/unlock*", "/*")), again=MAYBE)
    def unlock_with_a_fault(self, which: int, fault: Fault, path: str, again: bool) -> None:
        """Unlock while the network fails, before the lock acts or after it."""
        mac = self._lock(which)
        with self.faulty(fault, path):
            self._unlock(mac, fault=fault)
        if again:
            with self.faulty(fault, path):
                self._do_if("refresh", {"fault": fault.kind, "times": fault.times})
            self._unlock(mac)
        self._unstick(mac)

    @needs("unshackle")
    @rule(which=WHICH, fault=st.none() | FAULTS)
    def unshackle(self, which: int, fault: Fault | None) -> None:
        """Unshackle a lock, which may have no shackle."""
        mac = self._lock(which)
        with self.faulty(fault, "/upload*"):
            self.do("unshackle", lock=mac, tracking_key="mechanic", given=self._given(fault))
        self._unstick(mac)

    @needs("lock_up")
    @rule(
        which=st.sampled_from((0, 0, 0, 1)),
        explicit=st.sampled_from((True, True, False)),
        leaves=MAYBE,
        elsewhere=st.sampled_from((None, True, False)),
    )
    def lock_up(self, which: int, explicit: bool, leaves: bool, elsewhere: bool | None) -> None:
        """Lock a lock with explicit-lock, or without it; and again when another program has set it to this.

        Only pre-release servers can set explicit-lock.
        """
        mac = self._lock(which)
        if explicit and self.has("set_explicit_lock"):
            self.do("set_explicit_lock", locks=[mac], on=True, given=self._given())
        if self.has("unlock"):
            self._unlock(mac)
        with self._leaving(mac, leaves=leaves):
            self.do("lock_up", lock=mac, given=self._given(far=leaves or None))
        if elsewhere is not None and self.has("unlock"):
            # Live servers do not have it, but the settings are the same on both.
            self._elsewhere("/lock/settings/", {"settings": {"explicit-lock": elsewhere}, "macs": [mac]}, mac)
            self._unlock(mac)
            self.do("lock_up", lock=mac, given=self._given())

    @needs("set_explicit_lock")
    @rule(on=MAYBE, unknown=MAYBE)
    def set_explicit_lock(self, on: bool, unknown: bool) -> None:
        """Set explicit-lock on locks that take it and on some that do not."""
        locks = [self._lock(0), self._lock(1)] + ([UNKNOWN_MAC] if unknown else [])
        self.do("set_explicit_lock", locks=locks, on=on, given=self._given())

    @needs("update_firmware")
    @rule(which=WHICH, download=st.sampled_from((5, 59, 90)), ends=st.sampled_from(("", "leaves", "breaks")))
    def update_firmware(self, which: int, download: int, ends: str) -> None:
        """Update firmware. The download may take longer than update mode lasts, and the phone may lose the lock.

        If nothing goes wrong, another lock is updated, too.
        """
        mac = self._lock(which)
        self.radio.download, self.radio.breaks = float(download), ends == "breaks"
        if ends == "breaks":
            self.stage.note(f"the connection to {mac} breaks while the firmware is sent")
        with self._leaving(mac, leaves=ends == "leaves"):
            self.do("update_firmware", lock=mac, given=self._given(far=True if ends else None))
        if not ends:
            self.do("update_firmware", lock=self._other(mac), given=self._given())
        self.radio.breaks = False
        self.stage.pass_time(70)

    @needs("locks", "keys", "codes", "fob", "activity")
    @rule(
        call=st.sampled_from(("locks", "keys", "codes", "fob", "activity")),
        fault=st.just(Fault("failure", None)) | FAULTS,
    )
    def server_fails(self, call: str, fault: Fault) -> None:
        """Show what a client has shown before, while every request fails."""
        if self.has(call):
            about = {"locks": {}, "fob": {"fob": self._fobs()[0]}}.get(call, {"lock": self._lock(0)})
            self.do(call, given=self._given(), **about)
            with self.faulty(fault, "/*"):
                self.do(call, given=self._given(fault), **about)
            self.do(call, given=self._given(), **about)

    # ---- offline keys

    @needs("issue_keys", "keys", "revoke_keys")
    @rule(
        which=WHICH,
        names=SOME_NAMES,
        first=OUTCOMES,
        then=OUTCOMES,
        also=st.sampled_from((None, "part", "takes none", "unknown", "two locks", "full", "nobody's", "elsewhere")),
        fails=st.none() | FAULTS,
    )
    def keys_come_and_go(
        self, which: int, names: list[str], first: Outcome, then: Outcome, also: str | None, fails: Fault | None
    ) -> None:
        """Issue keys and revoke them, each synced to the lock or not, and show the keys after each step.

        The lock may have a place for one of several keys only. One of several keys may be revoked, and another program may
        issue a key, when the client has shown those that are on the lock.
        """
        mac = self._lock(which)
        others = [self._other(mac)] if also in ("two locks", "full") else []
        more = {"takes none": [self._without_keys(mac)], "unknown": [UNKNOWN_MAC]}.get(also or "", others)
        if also in ("part", "full", "elsewhere"):
            names = list(NAMES)
        if also in ("part", "full", "elsewhere", "two locks"):
            first = "complete"
        if also == "full":
            self.stage.note(f"others have all places of {mac} but one")
            self.stage.edit_state(lambda state: fill_places(state, mac))
        if self.has("issue_keys"):
            self.do("issue_keys", locks=[mac, *more], tracking_keys=names, given=self._given())
        if also == "full":
            self.stage.note(f"others have given up their places of {mac}")
            self.stage.edit_state(lambda state: free_places(state, mac))
        self._show("keys", mac)
        for one in (mac, *others):
            self._unlock(one, first)
        self._show("keys", mac)
        if also == "elsewhere":
            self._elsewhere("/keys/", {"issue": [{"macs": [mac], "tracking_keys": ["others"]}]}, mac)
            self._show("keys", mac)
        if self.has("revoke_keys"):
            named = {
                "part": names[:1],
                "takes none": ["nobody"],
                "unknown": [*names[:1], "nobody"],
                "nobody's": [],
            }.get(also or "", names)
            self.do("revoke_keys", locks=[mac, *others], tracking_keys=named, given=self._given())
        if fails is not None and self.has("keys"):
            with self.faulty(fails, "/*"):
                self.do("keys", lock=mac, given=self._given(fails))
        self._show("keys", mac)
        self._unlock(mac, then)
        for one in (mac, *others):
            self._show("keys", one)

    @needs("offline_unlock", "activity")
    @rule(
        which=WHICH,
        network=MAYBE,
        gap=st.sampled_from((30, 600, 4000)),
        then=st.sampled_from((None, "too early", "another", "revoke", "nobodys")),
    )
    def offline_unlock(self, which: int, network: bool, gap: int, then: str | None) -> None:
        """Unlock with a stored key, perhaps without a network, and list the activity.

        The phone may have got a key of another lock since, or its key may have been revoked. Or it is asked to open the lock
        for somebody whose key it does not have. Or it has tried the key before the lock had it.
        """
        mac = self._lock(which)
        if then == "too early":
            self._do_if("issue_keys", locks=[mac], tracking_keys=["alice"])
            self._do_if("offline_unlock", lock=mac, tracking_key="alice")
            self._unlock(mac)
        else:
            self._ready_key(mac)
        if then == "another":
            self._do_if("issue_keys", locks=[self._other(mac)], tracking_keys=["alice"])
        if then == "revoke" and self.has("revoke_keys"):
            self.do("revoke_keys", locks=[mac], tracking_keys=["alice"], given=self._given())
            self._unlock(mac)
        if not self.has("offline_unlock"):
            return
        self.stage.pass_time(gap)
        with self.faulty(None if network else Fault("reset before", None), "/*"):
            self.do(
                "offline_unlock",
                lock=mac,
                tracking_key="nobody" if then == "nobodys" else "alice",
                given=self._given(fault=None if network else "away"),
            )
        self.stage.pass_time(gap)
        self._show_activity(mac)

    @needs("recover", "offline_unlock", "keys")
    @rule(
        which=WHICH,
        fobs=st.sampled_from((0, 0, 1, 2)),
        reset=st.sampled_from((True, True, False)),
        people=st.sampled_from((("alice",), ("alice", "Bob"))),
        shown=MAYBE,
        set_up=st.sampled_from((False, False, True)),
        fails=st.sampled_from((None, None, "/fobs/sync*", "/keys*")),
        fault=st.sampled_from((Fault("failure", None), Fault("reset before", None))),
    )
    def reset_and_recover(
        self,
        which: int,
        fobs: int,
        reset: bool,
        people: tuple[str, ...],
        shown: bool,
        set_up: bool,
        fails: str | None,
        fault: Fault,
    ) -> None:
        """Reset the keys of a lock that one or two persons' phones and a fob open, and recover. A part of it may fail.

        The keys may be shown before and after the reset. The lock may have been set up again before it is recovered.
        """
        mac, nearby = self._lock(which), self._fobs()[:fobs]
        self._ready_key(mac, people)
        if self.has("issue_fob") and self.has("sync_fob"):
            for fob in nearby:
                self.do("issue_fob", fob=fob, locks=[mac], tracking_key="fob", given=self._given())
                self.do("sync_fob", fob=fob, given=self._given())
        if shown:
            self._show("keys", mac)
        if reset:
            self.stage.act(mac, "reset_keys")
        if shown:
            self._show("keys", mac)
        if set_up:
            self._unlock(mac)
        if self.has("recover"):
            happens = fault if fails else None
            with self.faulty(happens, fails or "/*"):
                given = self._given(happens, reset=reset or None)
                self.do("recover", lock=mac, tracking_keys=list(people), fobs=nearby, given=given)
        for person in people:
            self._do_if("offline_unlock", {"recovered": self._had_key(mac, person)}, lock=mac, tracking_key=person)
        self._unstick(mac)

    # ---- quick clicks

    @needs("issue_codes", "codes", "revoke_codes")
    @rule(which=WHICH, codes=SOME_CODES, first=OUTCOMES, then=OUTCOMES, again=MAYBE, also=MAYBE)
    def codes_come_and_go(
        self, which: int, codes: dict[str, int], first: Outcome, then: Outcome, again: bool, also: bool
    ) -> None:
        """Issue codes, revoke them, each synced to the lock or not, and issue them again."""
        mac = self._lock(which)
        if self.has("issue_codes"):
            self.do("issue_codes", lock=mac, codes=codes, given=self._given())
        self._show("codes", mac)
        self._unlock(mac, first)
        self._show("codes", mac)
        if self.has("revoke_codes"):
            revoked = [*list(codes)[:2], *(["00110011"] if also else [])]
            self.do("revoke_codes", lock=mac, codes=revoked, given=self._given())
        self._show("codes", mac)
        self._unlock(mac, then)
        self._show("codes", mac)
        if again and self.has("issue_codes"):
            self.do("issue_codes", lock=mac, codes=codes, given=self._given())

    @needs("issue_codes")
    @rule(
        which=WHICH,
        codes=SOME_CODES,
        invalid=st.lists(st.sampled_from(sorted(INVALID_CODES)), max_size=2, unique=True),
        one=MAYBE,
        again=MAYBE,
    )
    def issue_codes(self, which: int, codes: dict[str, int], invalid: list[str], one: bool, again: bool) -> None:
        """Issue codes of which some are invalid, and perhaps change their uses. The server may fail at a valid one, too."""
        mac = self._lock(0 if self.others else which)
        if one:
            self.stage.note("the server fails at one of the quick clicks")
            self.stage.alter(fail_one_code)
        wanted = codes | {code: INVALID_CODES[code] for code in invalid}
        self.do("issue_codes", lock=mac, codes=wanted, given=self._given())
        self.stage.clear()
        lock = self.truth.locks[mac]
        changed = {code: 256 - uses for code, uses in codes.items() if code in lock.issued_codes}
        if (again or self.others) and changed:
            self.do("issue_codes", lock=mac, codes=changed, given=self._given())

    @needs("issue_codes")
    @rule(fault=st.none() | FAULTS, unknown=MAYBE)
    def issue_codes_with_a_fault(self, fault: Fault | None, unknown: bool) -> None:
        """Issue a code while the network fails, or for an unknown MAC."""
        mac = UNKNOWN_MAC if unknown else self._lock(0)
        with self.faulty(fault, "/qc*"):
            given = self._given(fault, unknown=True if unknown and fault is None else None)
            self.do("issue_codes", lock=mac, codes={"0101": 255}, given=given)

    @needs("activity", "issue_codes", "codes")
    @rule(
        which=WHICH,
        gap=st.sampled_from((30, 600, 4000)),
        uses=st.sampled_from((1, 255, 10)),
        wrong=MAYBE,
        again=st.sampled_from((None, 10, 0)),
    )
    def open_by_quick_click(self, which: int, gap: int, uses: int, wrong: bool, again: int | None) -> None:
        """Open a lock by a quick click, after a wrong one perhaps. The server learns of both by the next upload.

        List the activity and the codes, and perhaps issue the code again, with the same uses (0) or others.
        """
        mac = self._lock(which)
        if not self.truth.locks[mac].takes_codes or not self.has("issue_codes"):
            return
        self.do("issue_codes", lock=mac, codes={"0110": uses}, given=self._given())
        self._unlock(mac)
        self.stage.pass_time(gap)
        if wrong:
            self.stage.try_to(mac, "quick_click", code="1001")
        self.stage.try_to(mac, "quick_click", code="0110")
        self.stage.pass_time(gap)
        self._show_activity(mac)
        self._show("codes", mac)
        if again is not None:
            self.do("issue_codes", lock=mac, codes={"0110": again or uses}, given=self._given())

    # ---- fobs

    @needs("issue_fob", "fob", "sync_fob", "revoke_fob")
    @rule(
        which=WHICH,
        sync=st.sampled_from(("complete", "complete", "upload lost", "upload refused", "out of reach", "no unlock")),
        first=OUTCOMES,
        then=st.sampled_from((None, "near", "far", "leaving", "upload lost")),
        early=MAYBE,
        two=MAYBE,
    )
    def fob_comes_and_goes(
        self, which: int, sync: Outcome, first: Outcome, then: str | None, early: bool, two: bool
    ) -> None:
        """Issue fob credentials, sync fob and lock in either order or not at all, and revoke them, near the first lock or not."""
        mac, fob = self._lock(which), self._fobs()[0]
        locks = [mac, *([self._other(mac)] if two else []), *([UNKNOWN_MAC] if early else [])]
        self._do_if("issue_fob", fob=fob, locks=locks, tracking_key="Bob's Fob")
        self._show("fob", fob)
        if early:
            self._unlock(mac, first)
            self._show("fob", fob)
        if sync != "no unlock":
            self._sync_fob(fob, sync)
            self._show("fob", fob)
        if not early:
            self._unlock(mac, first)
            self._show("fob", fob)
        if two and then not in (None, "near"):
            self._unlock(locks[1])
        if then is not None and self.has("revoke_fob"):
            away = {"far": self.radio.far, "leaving": self.radio.leaving}.get(then, set())
            away.add(mac)
            revoked = [mac] if then == "near" else [one for one in locks if one != UNKNOWN_MAC]
            lost = UPLOAD_FAULTS["upload lost"] if then == "upload lost" else None
            given = self._given(lost, far=[mac] if then in ("far", "leaving") else None)
            with self.faulty(lost, "/upload*"):
                self.do("revoke_fob", fob=fob, locks=revoked, given=given)
            away.clear()
            self._show("fob", fob)
        self._unstick(mac)

    def _sync_fob(self, fob: str, outcome: Outcome) -> None:
        """Sync a fob, which gets as far as an unlock of this outcome."""
        lost = UPLOAD_FAULTS.get(outcome)
        if outcome == "out of reach":
            self.radio.far.add(fob)
        with self.faulty(lost, "/upload*"):
            self._do_if("sync_fob", {"fault": lost and lost.kind, "far": bool(self.radio.far) or None}, fob=fob)
        self.radio.far.clear()

    # ---- storms, and time

    @needs("keys", "codes", "fob", "unlock", "issue_keys", "issue_codes", "issue_fob", "revoke_keys", "revoke_codes")
    @rule(which=WHICH, steps=STORM)
    def storm(self, which: int, steps: list[tuple[str, Fault | None]]) -> None:
        """Make calls of which some fail. When all is calm, unlock the lock, and show what opens it."""
        mac, fob = self._lock(which), self._fobs()[0]
        arguments: dict[str, dict[str, Any]] = {
            "unlock": {"lock": mac, "tracking_key": OWNER},
            "issue_keys": {"locks": [mac], "tracking_keys": ["alice"]},
            "revoke_keys": {"locks": [mac], "tracking_keys": ["alice"]},
            "issue_codes": {"lock": mac, "codes": {"0110": 10}},
            "revoke_codes": {"lock": mac, "codes": ["0110"]},
            "issue_fob": {"fob": fob, "locks": [mac], "tracking_key": "fob"},
            "revoke_fob": {"fob": fob, "locks": [mac]},
            "sync_fob": {"fob": fob},
        }
        for call, fault in steps:
            if self.has(call):
                with self.faulty(fault, "/*"):
                    self.do(call, given=self._given(fault), **arguments[call])
        self.stage.pass_time(60)
        self._unstick(mac)
        synced = self.do("sync_fob", fob=fob, given=self._given())
        opened = self.do("unlock", lock=mac, tracking_key=OWNER, given=self._given())
        calm = opened.error is None and opened.result.acknowledged
        for what in ("keys", "codes"):
            self._show(what, mac, calm=calm or None)
        self._show("fob", fob, calm=(calm and synced.error is None and synced.result.acknowledged) or None)

    @needs("keys", "codes", "fob")
    @precondition(lambda self: self.key is None and self.phone is None)
    @rule(which=WHICH, first=OUTCOMES, revoked=MAYBE)
    def started_again(self, which: int, first: Outcome, revoked: bool) -> None:
        """Issue credentials, start the client again, and show them: what the server knows, a client can still show."""
        mac, fob = self._lock(which), self._fobs()[0]
        self._do_if("issue_keys", locks=[mac], tracking_keys=["alice"])
        self._do_if("issue_codes", lock=mac, codes={"0110": 10, "111": 255})
        self._do_if("issue_fob", fob=fob, locks=[mac], tracking_key="fob")
        self._unlock(mac, first)
        if revoked:
            self._do_if("revoke_codes", lock=mac, codes=["0110"])
        self._unstick(mac)
        self.stage.note("the client is started again")
        self.make(self.credentials, self._given())
        self._show("keys", mac)
        self._show("codes", mac)
        self._show("fob", fob)
        if not revoked and self.has("unlock"):
            self.do("unlock", lock=mac, tracking_key=OWNER, given=self._given())
            self._show("keys", mac)
        self._unstick(mac)

    @rule(seconds=st.sampled_from((1, 30, 600)))
    def time_passes(self, seconds: int) -> None:
        """Let time pass: locks fall asleep and engage."""
        self.stage.pass_time(seconds)

    def settle(self) -> None:
        """Remove all faults, and give the client time to upload."""
        self.stage.clear()
        self.radio.far.clear()
        self.radio.leaving.clear()
        self.stage.pass_time(60)
        if self.has("refresh"):
            self.do("refresh", given=self._given(settled=True))

    # ---- helpers

    def _locks(self) -> dict[str, LockTruth]:
        return {mac: lock for mac, lock in self.truth.locks.items() if lock.database == self.database}

    def _lock(self, which: int) -> str:
        locks = self._locks()
        new = [mac for mac, lock in locks.items() if not lock.ready]
        return new[0] if which == 2 and new else list(locks)[min(which, 1)]

    def _without_keys(self, otherwise: str) -> str:
        return next((mac for mac, lock in self._locks().items() if not lock.takes_keys), otherwise)

    def _other(self, mac: str) -> str:
        """Return another lock of the same server."""
        return next(other for other, lock in self._locks().items() if other != mac and lock.takes_keys)

    def _fobs(self) -> list[str]:
        return [mac for mac, fob in self.truth.fobs.items() if fob.database == self.database]

    def _unlock(
        self,
        mac: str,
        outcome: Outcome = "complete",
        fault: Fault | None = None,
        *,
        unknown: bool = False,
        who: str = OWNER,
    ) -> Any:
        """Unlock a lock, and return the step, if there is one."""
        if outcome == "no unlock" or not self.has("unlock"):
            return None
        far, leaves, late = (outcome == one for one in ("out of reach", "not delivered", "too late"))
        lost = UPLOAD_FAULTS.get(outcome)
        self.radio.walk = TOO_LATE if late else self.radio.walk
        given = self._given(fault or lost, far=far or leaves or None, unknown=unknown or None, late=late or None)
        with self._leaving(mac, leaves=leaves), self.faulty(lost, "/upload*"):
            self.radio.far |= {mac} if far else set()
            step = self.do("unlock", lock=mac, tracking_key=who, given=given)
            self.radio.far.discard(mac)
        self.radio.walk = 0.0
        return step

    def _unstick(self, mac: str) -> None:
        """Let support reset a lock that is stuck."""
        if mac in self.truth.locks and self.truth.locks[mac].stuck:
            self.stage.act(None, "reset_lock", lock=mac)

    def _elsewhere(self, path: str, body: Mapping[str, Any], mac: str) -> None:
        """Let another program of the company change something that is about this lock."""
        self.stage.note(f"another program of the company sends {path}", "changed_elsewhere", mac)
        headers = (
            ("Authorization", f"Bearer {self.stage.handles.credentials[self.database]['api_key']}"),
            ("Content-Type", "application/json"),
        )
        self.stage.ask(path, "POST", headers, json.dumps(body).encode(), site=f"{self.database}-pre-release")

    def _ready_key(self, mac: str, people: Sequence[str] = ("alice",)) -> None:
        """Give the phones of these people a key, and sync the lock."""
        self._do_if("issue_keys", locks=[mac], tracking_keys=list(people))
        self._unlock(mac)

    def _had_key(self, mac: str, person: str) -> bool | None:
        return True if person in self.truth.locks[mac].issued_keys else None

    def _show_activity(self, mac: str) -> None:
        self.radio.walk = 3.0
        step = self._unlock(mac)
        reported = step is not None and step.error is None and step.result.acknowledged
        base = self.stage.handles.state.database(self.database)
        total = sum(line.lock == mac and line.action not in LEFT_OUT for line in base.activity)
        self._do_if("activity", {"reported": reported or None, "total": total}, lock=mac)

    def _show(self, what: str, mac: str, **given: Any) -> None:
        if self.has(what):
            self.do(what, given=self._given(**given), **{"fob" if what == "fob" else "lock": mac})

    def _do_if(self, call: str, given: Mapping[str, Any] | None = None, /, **arguments: Any) -> None:
        if self.has(call):
            self.do(call, given=self._given(**given or {}), **arguments)

    def _given(self, fault: Fault | str | None = None, **more: Any) -> dict[str, Any]:
        """Return what laws may rely on for the next call."""
        return {
            "site": self.site,
            "key": self.key,
            "phone": self.phone,
            "version": self.version,
            "fault": fault.kind if isinstance(fault, Fault) else fault,
            "times": fault.times if isinstance(fault, Fault) else None,
            **more,
        }

    @contextmanager
    def _leaving(self, mac: str, *, leaves: bool) -> Iterator[None]:
        if leaves:
            self.radio.leaving.add(mac)
        yield
        self.radio.leaving.discard(mac)
