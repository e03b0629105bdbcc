"""Random walks of back end, phones, locks and fobs, with late, repeated and lost uploads and rebuilt worlds, against a model.

The model knows no cryptography, places or tokens. The server has a book of who may open a lock. Each entry has a value that
changes when it is issued again or reset. Commands carry the book of their time. A lock that takes them accepts only those
values from then on. A phone has every key that it was ever given, a fob the credentials of its last sync.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from locksim.noke.seed import ALICES_FOB, BOBS_FOB, GATE, TRAILER, VISITORS_FOB, YARD
from tests.noke.caller import Caller, Contact

CODES = ["000", "101"]
NAMES = ["alice", "bob"]
RACE = 60
SECONDS = st.sampled_from([1, 15, 49, 61, 600])
LOCK = st.integers(0, 1)


@dataclass
class Order:
    """Commands that a phone has."""

    mac: str
    commands: str
    session: str
    number: int
    at: int
    name: str
    base: int
    """The generation of lock keys that it is sealed with."""
    offer: int | None
    """For set-up: which one."""
    brings: int | None
    """For set-up: the generation that it brings; on sandbox always the one that the lock has."""
    values: frozenset[int]
    clicks: dict[str, tuple[int, int]]
    leaving: dict[str, int]


@dataclass
class Model:
    """One lock, and the server's book of it."""

    ready: bool
    keys: int = 0
    """The generation of the lock's keys on the server."""
    offered: int | None = None
    offers: int = 0
    book: dict[tuple[str, str], int] = field(default_factory=dict)
    """(holder, tracking key) → value."""
    clicks: dict[str, tuple[int, int]] = field(default_factory=dict)
    """code → (version, uses)."""
    leaving: dict[str, int] = field(default_factory=dict)
    """Revoked codes that may still be on the lock, and when they were revoked."""
    # the lock itself
    held: int = 0
    before: int | None = None
    taken: int = 0
    stuck: bool = False
    last: int = 0
    accepts: frozenset[int] = frozenset()
    knows: dict[str, tuple[int, int]] = field(default_factory=dict)
    opened: list[tuple[str, str, int, int]] = field(default_factory=list)
    """(action, tracking key, when, when its command was made; 0: without one) of everything that opened it."""


class Company(RuleBasedStateMachine):
    """On production or sandbox; two locks, of which production's second is new."""

    @initialize(server=st.sampled_from(["production", "production", "sandbox"]))
    def found(self, server: str) -> None:
        self.caller = Caller(server)
        self.unique = server == "production"
        self.locks = [YARD, TRAILER] if self.unique else [GATE]
        self.fobs = [ALICES_FOB, BOBS_FOB] if self.unique else [VISITORS_FOB]
        self.models = {mac: Model(ready=mac != TRAILER) for mac in self.locks}
        self.serial = 0
        self.orders: list[Order] = []
        self.contacts: list[tuple[Contact, Order | None]] = []
        self.pocket: list[tuple[str, str, int, dict[str, str]]] = []
        """(lock, tracking key, value, answer of /keys/) of every key that phones were ever given."""
        self.given: dict[str, dict[tuple[str, str], int]] = {fob: {} for fob in self.fobs}
        """fob → what it holds: (lock, tracking key) → value."""

    def _lock(self, number: int) -> tuple[str, Model]:
        mac = self.locks[number % len(self.locks)]
        return mac, self.models[mac]

    def _value(self) -> int:
        self.serial += 1
        return self.serial

    # ---- the back end

    @rule(lock=LOCK, name=st.sampled_from(NAMES))
    def issue_key(self, lock: int, name: str) -> None:
        mac, model = self._lock(lock)
        answered = self.caller.issue_key(mac, name)
        value = model.book.setdefault(("", name), self.serial + 1)
        self._value()
        self.pocket.append((mac, name, value, answered))

    @rule(lock=LOCK, name=st.sampled_from(NAMES))
    def revoke_key(self, lock: int, name: str) -> None:
        mac, model = self._lock(lock)
        if model.book.pop(("", name), None) is not None:
            assert self.caller.revoke_key(mac, name).code == 0

    @rule(lock=LOCK, fob=LOCK, name=st.sampled_from(NAMES))
    def issue_to_fob(self, lock: int, fob: int, name: str) -> None:
        mac, model = self._lock(lock)
        holder = self.fobs[fob % len(self.fobs)]
        assert self.caller.issue_to_fob(holder, mac, name).code == 0
        model.book.setdefault((holder, name), self._value())

    @rule(lock=LOCK, fob=LOCK)
    def revoke_from_fob(self, lock: int, fob: int) -> None:
        mac, model = self._lock(lock)
        holder = self.fobs[fob % len(self.fobs)]
        mine = [entry for entry in model.book if entry[0] == holder]
        if mine:
            assert self.caller.revoke_from_fob(holder, mac).code == 0
            for entry in mine:
                del model.book[entry]

    @rule(lock=LOCK, code=st.sampled_from(CODES), uses=st.sampled_from([1, 2, 255]))
    def issue_click(self, lock: int, code: str, uses: int) -> None:
        mac, model = self._lock(lock)
        if code in model.leaving:
            assert self.caller.issue_click(mac, code, uses).code == 3
        else:
            assert self.caller.issue_click(mac, code, uses).code == 0
            model.clicks[code] = (self._value(), uses)

    @rule(lock=LOCK, code=st.sampled_from(CODES))
    def revoke_click(self, lock: int, code: str) -> None:
        mac, model = self._lock(lock)
        if code in model.clicks:
            assert self.caller.revoke_click(mac, code).code == 0
            del model.clicks[code]
            model.leaving[code] = self._value()

    @rule(lock=LOCK, sure=st.integers(0, 3), support=st.booleans())
    def reset(self, lock: int, sure: int, support: bool) -> None:
        mac, model = self._lock(lock)
        if sure:  # seldom: after a reset little opens
            return
        if support:
            self.caller.site.support("reset_lock", lock=mac)
            model.stuck, model.before = False, None
        else:
            self.caller.device(mac).reset_keys()
        model.ready, model.keys, model.offered = False, model.held, None
        model.book = {entry: self._value() for entry in model.book}

    # ---- phones at locks

    @rule(lock=LOCK, name=st.sampled_from(NAMES), shackle=st.booleans())
    def ask(self, lock: int, name: str, shackle: bool) -> None:
        """Wake the lock and request commands, which may be delivered now, later, or never."""
        mac, model = self._lock(lock)
        commands = self.caller.command(mac, "/unshackle/" if shackle else "/unlock/", tracking_key=name)
        if not model.ready and model.offered is None:
            model.offers += 1
            model.offered = model.offers
        offer = model.offered
        brings = offer if self.unique or offer is None else 0
        self.orders.append(
            Order(
                mac,
                commands,
                self.caller.body(mac).session,
                self._value(),
                self.caller.world.core.now,
                name,
                model.keys,
                offer,
                brings,
                frozenset(model.book.values()),
                dict(model.clicks),
                dict(model.leaving),
            )
        )

    @rule(which=st.integers(0, 3))
    def deliver(self, which: int) -> None:
        """Deliver the newest commands, or older ones."""
        if which >= len(self.orders):
            return
        order = self.orders[-1 - which]
        model = self.models[order.mac]
        now = self.caller.world.core.now
        body = self.caller.body(order.mac)
        fresh = body.awake(now) and body.session == order.session and order.number > model.last
        opens = self._takes(model, order, now) if fresh and not model.stuck else False
        contact = self.caller.deliver(order.mac, order.commands)
        assert contact.unlocked == opens, contact.reason
        if opens:
            action = "unlocked" if order.brings is None else "setup_unlocked"
            model.opened.append((action, order.name, now, order.at))
            self.contacts.append((contact, order))
        else:
            assert contact.responses == []

    @rule(lock=LOCK, name=st.sampled_from(NAMES), times=st.integers(1, 2), report=st.booleans())
    def unlock(self, lock: int, name: str, times: int, report: bool) -> None:
        """Request and deliver commands at once, perhaps twice. The responses are uploaded, or stay on the phone."""
        for _ in range(times):
            self.ask(lock, name, shackle=False)
            self.deliver(0)
        if report and self.contacts:
            self.upload(0, twice=False)

    def _takes(self, model: Model, order: Order, now: int) -> bool:
        again = False
        if model.held != order.base:
            again = order.brings is not None and model.before == order.base and model.held == order.brings
            confirmed = model.ready or model.keys == model.held
            if not again or confirmed:
                return False
            if now - model.taken < RACE * 1_000_000:
                model.stuck = True
                return False
        if order.brings is None:
            model.before = None
        elif not again:
            if model.held != order.brings:
                model.before, model.taken = model.held, now
            model.held = order.brings
        model.last, model.accepts = order.number, order.values
        model.knows = {
            code: (version, model.knows[code][1] if model.knows.get(code, (0,))[0] == version else uses)
            for code, (version, uses) in order.clicks.items()
        }
        return True

    @rule(which=st.integers(0, 4), twice=st.booleans())
    def upload(self, which: int, twice: bool) -> None:
        """Upload any responses that a phone ever got, perhaps late or again. Those never chosen are lost."""
        if which >= len(self.contacts):
            return
        contact, order = self.contacts[-1 - which]
        for _ in range(1 + twice):
            assert self.caller.upload(contact).code == 0
        if order is None:
            return
        model = self.models[order.mac]
        if order.offer is not None and order.offer == model.offered and order.brings is not None:
            model.ready, model.keys, model.offered = True, order.brings, None
        for code, when in order.leaving.items():
            if model.leaving.get(code) == when:
                del model.leaving[code]

    @rule(which=st.integers(0, 5))
    def open_offline(self, which: int) -> None:
        if which >= len(self.pocket):
            return
        mac, name, value, key = self.pocket[-1 - which]
        contact = self.caller.unlock_offline(mac, key)
        model = self.models[mac]
        assert contact.unlocked == (value in model.accepts)
        if contact.unlocked:
            model.opened.append(("unlocked", name, self.caller.world.core.now, 0))
            self.contacts.append((contact, None))

    @rule(lock=LOCK, code=st.sampled_from(CODES))
    def click(self, lock: int, code: str) -> None:
        mac, model = self._lock(lock)
        version, left = model.knows.get(code, (0, 0))
        assert self.caller.click(mac, code) == (left > 0)
        if left:
            model.knows[code] = (version, left if left == 255 else left - 1)
            model.opened.append(("unlocked_via_quick_click", "", self.caller.world.core.now, 0))

    # ---- fobs

    @rule(fob=LOCK, upload=st.booleans())
    def sync_fob(self, fob: int, upload: bool) -> None:
        holder = self.fobs[fob % len(self.fobs)]
        self.caller.sync(holder, upload=upload)
        self.given[holder] = {
            (mac, name): value
            for mac, model in self.models.items()
            for (who, name), value in model.book.items()
            if who == holder
        }

    @rule(fob=LOCK, lock=LOCK)
    def touch(self, fob: int, lock: int) -> None:
        holder = self.fobs[fob % len(self.fobs)]
        mac, model = self._lock(lock)
        opens = self._fob_opens(holder, mac)
        assert self.caller.touch(holder, mac) == opens
        if opens:
            model.opened.append(("unlocked", "*", self.caller.world.core.now, 0))

    def _fob_opens(self, fob: str, mac: str) -> bool:
        return any(lock == mac and v in self.models[mac].accepts for (lock, _), v in self.given[fob].items())

    # ---- the world

    @rule(seconds=SECONDS)
    def pass_time(self, seconds: int) -> None:
        self.caller.pass_time(seconds)

    @rule()
    def crash(self) -> None:
        self.caller.crash()

    # ---- invariants

    @invariant()
    def who_opens_what_is_as_in_the_model(self) -> None:
        if not hasattr(self, "caller"):
            return
        copy = self.caller.fork()
        for mac, _, value, key in self.pocket[-6:]:
            assert copy.unlock_offline(mac, key).unlocked == (value in self.models[mac].accepts)
        for mac, model in self.models.items():
            for fob in self.fobs:
                assert copy.touch(fob, mac) == self._fob_opens(fob, mac)
            for code in CODES:
                assert copy.click(mac, code) == (model.knows.get(code, (0, 0))[1] > 0)
            assert copy.listed(mac)["status"] == ("ready" if model.ready else "setup")
            assert copy.body(mac).stuck == model.stuck

    def teardown(self) -> None:
        if hasattr(self, "caller"):
            self.caller.pass_time(100)
            for mac, model in self.models.items():
                self._comes_to_rest(mac, model)
            assert not [e.failed for e in self.caller.world.core.journal if e.failed]

    def _comes_to_rest(self, mac: str, model: Model) -> None:
        """Unlock and upload after a pause: everything is synced, and the server knows all unlocks."""
        if model.stuck:
            self.caller.site.support("reset_lock", lock=mac)
        assert self.caller.unlock(mac, tracking_key="last")
        lock = self.caller.listed(mac)
        assert (lock["status"], lock["flags"]) == ("ready", "none")
        known = self.caller.state.database(self.caller.server).activity
        lines = [line for line in known if line.lock == mac and "unlocked" in line.action]
        lines.sort(key=lambda line: line.n)
        assert len(lines) == len(model.opened) + 1
        for line, (action, name, when, since) in zip(lines, model.opened, strict=False):
            assert line.action == action
            assert line.tracking_key in ({name, ""} if name != "*" else {*NAMES, ""})
            assert (line.start == line.end == since) if since else (line.start <= when <= line.end)


TestWalks = Company.TestCase
TestWalks.settings = settings(max_examples=settings().max_examples, stateful_step_count=50)
