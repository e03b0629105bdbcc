"""Sequences on an account that others use, too. The account is a simulator whose control API lockpact does not know."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from lockpact.cli.main import main
from lockpact.core.pact import load
from lockpact.core.traffic import Exchange
from lockpact.drift.account import (
    Account,
    AccountSequence,
    Undecided,
    creating_operations,
    judge_account,
    ordered,
    unique,
)
from lockpact.drift.operations import Cred
from lockpact.live.conform import LiveUse
from lockpact.live.permission import Permission
from lockpact.report.model import ReportModel
from lockpact.simulators.documents import document
from lockpact.simulators.wire import SHORTEST_MOMENT
from locksim.engine.vendor import Vendor
from locksim.registry import NAMES
from locksim.registry import load as simulator
from locksim.server.run import serving
from tests.server_mutants import FIRST, FOURTH, SECOND, THIRD, altered

REPORT = ReportModel("a server", "nuki", "law", "judged", (), "0 kept", 0)
VENDORS = list(NAMES)


@dataclass
class World:
    """A served world: what others, who have its control API, do in it."""

    vendor: str
    url: str
    oauth_url: str
    control: str
    keys: Mapping[str, Any]
    http: httpx.Client

    def act(self, device: str, action: str, **args: Any) -> Any:
        url = f"{self.control}/worlds/default/{self.vendor}/hardware/{device}/{action}"
        return self.http.post(url, json=args).raise_for_status().json()

    def devices(self, kind: str = "") -> list[str]:
        return [id for found, id in self._devices if kind in ("", found)]

    @cached_property
    def _devices(self) -> list[tuple[str, str]]:
        found = self.http.get(f"{self.control}/worlds/default/{self.vendor}/hardware").json()["devices"]
        return [(one["kind"], str(one["id"])) for one in found]

    def advance(self, seconds: float) -> None:
        self.http.post(f"{self.control}/worlds/default/clock/advance", json={"seconds": seconds}).raise_for_status()

    def ask(self, method: str, path: str, **more: Any) -> Any:
        key = self.keys.get("token") or self.keys.get("api_key")
        headers = {"Authorization": f"Bearer {key}", "x-api-key": str(key)}
        answer = self.http.request(method, f"{self.url}{path}", headers=headers, **more)
        return json.loads(answer.content or b"null")

    def used(self) -> None:
        """Let somebody use it, so that there are events, audits and activity."""
        if self.vendor == "codelocks":
            lock = self.devices("k3lock")[0]
            for _ in range(5):
                self.act(lock, "unlock_by_phone", phone="nigel89@example.com")
                self.advance(30)
            self.act(lock, "sync")
        if self.vendor == "noke":
            for lock in self.devices("lock")[:2]:
                session = self.act(lock, "wake")["session"]
                body = {"mac": lock, "session": session, "tracking_key": f"of {lock}"}
                commands = self.ask("POST", "/unlock/", json=body)["data"]["commands"]
                log = {"mac": lock, "session": session, "received_time": 1_767_600_000}
                log["responses"] = self.act(lock, "deliver", commands=commands)["responses"]
                mobile = {"Authorization": f"Bearer {self.keys['mobile_api_key']}"}
                self.http.post(f"{self.url}/upload/", headers=mobile, json={"logs": [log]}).raise_for_status()
                self.advance(60)


@contextmanager
def served(vendor: str, one: Vendor | None = None) -> Iterator[World]:
    with (
        serving([one or simulator(vendor)], clock="auto", limits="off") as ready,
        httpx.Client(trust_env=False) as http,
    ):
        shown = ready["vendors"][vendor]
        clock = f"{ready['control']}/worlds/default/clock"
        http.put(clock, json={"mode": "auto", "moment": SHORTEST_MOMENT}).raise_for_status()
        keys = dict(load(vendor).live.keys("sandbox", shown["credentials"]))
        oauth = shown.get("oauth_url", "")
        keys |= {"oauth_url": oauth} if oauth else {}
        keys = {**keys, **load(vendor).live.sign_in(shown["url"], keys)}
        world = World(vendor, shown["url"], oauth, ready["control"], keys, http)
        world.used()
        yield world


def everything(vendor: str) -> frozenset[str]:
    return frozenset({"*", *(row.id for row in load(vendor).live.operations())})


def judged(world: World, folder: Path, allow: frozenset[str] | None = None) -> ReportModel:
    """The report about this account. By default everything is allowed, and all locks are named."""
    file = folder / "keys.json"
    file.write_text(
        json.dumps({name: value for name, value in world.keys.items() if name != "token" or not world.oauth_url})
    )
    permission = Permission(
        everything(world.vendor) if allow is None else allow,
        credentials=file,
        locks=world.devices() if allow is None else (),
    )
    found = judge_account(load(world.vendor), world.url, permission, LiveUse(), created_file=folder / "created.jsonl")
    return found.added_to(REPORT)


def words(report: ReportModel) -> dict[str, str]:
    return {row.id: f"{row.word}: {row.why}" if row.tone == "bad" else row.word for row in report.rows}


def left_in(world: World) -> list[Any]:
    """What a world has of things that are created."""
    if world.vendor == "nuki":
        found = world.ask("GET", "/callback/list", params={"token": world.keys["token"]})["callbacks"]
        return [found]
    if world.vendor == "noke":
        lock = world.devices("lock")[0]
        clicks = world.ask("POST", "/qc/display/", json={"macs": [lock]})["data"][0]["quick_clicks"]
        keys = world.ask("POST", "/keys/", json={"display": {"macs": [lock]}})["data"]
        return [[one for one in clicks if not one.get("revoked")], keys]
    if world.vendor == "codelocks":
        lock = world.devices("k3lock")[0]
        query = {"accesskey": world.keys["access_key"], "page": 1, "perpage": 50}
        return [world.ask("GET", f"/u/1/k3connect/{lock}/clients", params=query)]
    if world.vendor == "remotelock":
        statuses = ("upcoming", "current", "expired", "deactivated")
        persons = "/access_persons?" + "&".join(f"attributes[status][]={status}" for status in statuses)
        others = ("/groups", "/notification_subscribers", "/locations", "/schedules", "/access_exceptions")
        return [[item["id"] for item in world.ask("GET", path)["data"]] for path in (persons, *others)]
    return []


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_right_server_keeps_all_and_has_nothing_left(vendor: str, tmp_path: Path) -> None:
    with served(vendor) as world:
        before = left_in(world)
        report = judged(world, tmp_path)
        assert left_in(world) == before
    assert set(words(report).values()) == {"kept"}
    assert report.code == 0
    left = [note for note in report.notes if note.startswith("left")]
    assert len(left) == (vendor == "lockt"), "nothing can be deleted there: the user that was saved is reported"


SOMEBODY: Mapping[str, Callable[[World, int], Any]] = {
    "nuki": lambda world, n: (
        world.act(world.devices("lock")[n % 2], "turn") if n % 3 else world.ask(
            "GET", f"/callback/{'add' if n % 2 else 'remove'}",
            params={"token": world.keys["token"], "url": "http://127.0.0.1:9/somebody", "id": 0},
        )
    ),
    "noke": lambda world, n: world.ask("POST", "/keys/" if n % 2 else "/qc/issue/", json={
        "issue": [{"macs": [world.devices("lock")[0]], "tracking_keys": ["somebody"]}]
    } if n % 2 else {"mac": world.devices("lock")[0], "quick_clicks": [{"code": f"{n:010b}", "uses": 3}]}),
    "lockt": lambda world, n: world.act(world.devices("door")[0], "present_card", card_num="10001"),
    "codelocks": lambda world, n: world.act(world.devices("k3lock")[0], "unlock_by_phone", phone="nigel89@example.com"),
    "remotelock": lambda world, n: world.ask("POST", "/access_persons", json={
        "type": "access_user", "attributes": {"name": f"Somebody {n}", "generate_pin": True},
    }),
}  # fmt: skip
"""What somebody else does on the account, in the midst of a run: (world, number)."""


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_others_do_at_the_same_time_is_not_the_servers_fault(
    vendor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, number = Account.ask, count()

    def asking(account: Account, row: str, **more: Any) -> Any:
        if (n := next(number)) % 2:
            SOMEBODY[vendor](world, n)
        return ask(account, row, **more)

    with served(vendor) as world:
        monkeypatch.setattr(Account, "ask", asking)
        report = judged(world, tmp_path)
    assert not [word for word in words(report).values() if word.startswith("broken")]


ALL = {one.name: one for one in (*FIRST, *SECOND, *THIRD, *FOURTH)}


@pytest.mark.parametrize(("mutant", "sequence"), [
    ("nuki_does_not_wait", "actions"),
    ("nuki_two_callbacks", "callbacks"),
    ("noke_revokes_every_key", "offline keys"),
    ("noke_activity_of_all_keys", "activity"),
    ("lockt_events_from_the_id", "events"),
    ("lockt_validates_for_good", "validation"),
    ("codelocks_audit_overlaps", "audit"),
    ("codelocks_counts_the_page", "clients"),
    ("remotelock_refresh_again", "tokens"),
    ("remotelock_page_overlaps", "lists"),
    ("remotelock_group_access_stays", "accesses"),
])  # fmt: skip
def test_a_wrong_server_is_found_without_its_truth(mutant: str, sequence: str, tmp_path: Path) -> None:
    with served(ALL[mutant].vendor, altered(ALL[mutant])) as world:
        report = judged(world, tmp_path)
    assert words(report)[sequence].startswith("broken"), words(report)
    assert report.code == 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_unless_more_is_allowed_only_what_reads_is_sent(
    vendor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = load(vendor).live
    monkeypatch.setattr("lockpact.drift.account.is_loopback", lambda url: False)
    monkeypatch.setattr("lockpact.live.stage.time.sleep", lambda seconds: None)
    sent: list[tuple[str, str]] = []
    ask = Account.ask

    def asking(account: Account, row: str, **more: Any) -> Any:
        seen = ask(account, row, **more)
        sent.append((account.rows[row].method, account.rows[row].path))
        return seen

    monkeypatch.setattr(Account, "ask", asking)
    with served(vendor) as world:
        report = judged(world, tmp_path, frozenset())
    assert sent
    assert [(method, path) for method, path in sent if not live.allowed(path, frozenset(), method)] == []
    assert {"not covered", "not exercised"} & set(words(report).values())
    assert not [word for word in words(report).values() if word.startswith("broken")]


def test_conform_runs_them_and_does_not_fuzz_what_creates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = document("nuki")
    paths = {path: whole["paths"][path] for path in ("/list", "/callback/add")}
    monkeypatch.setattr("lockpact.live.conform.document", lambda vendor: {**whole, "paths": paths})
    with served("nuki") as world:
        file = tmp_path / "keys.json"
        file.write_text(json.dumps(world.keys))
        given = [
            "--url",
            world.url,
            "--credentials",
            str(file),
            "--examples",
            "1",
            "--json",
            str(tmp_path / "report.json"),
        ]
        code = main(["conform", "nuki", *given])
        assert left_in(world) == [[]]
    rows = {row["id"]: row for row in json.loads((tmp_path / "report.json").read_text())["rows"]}
    assert code == 0
    assert rows["callbacks"]["word"] == "kept"
    assert rows["GET /list"]["word"] == "kept"
    assert "a fuzzer would leave what it creates" in rows["GET /callback/add"]["why"]


def test_what_creates_is_known_for_all_vendors_that_can_delete() -> None:
    assert creating_operations(load("nuki")) == {"GET /callback/add"}
    assert {"POST /access_persons", "POST /resort_lock_guests"} <= creating_operations(load("remotelock"))
    assert "POST /access_persons/{access_person_id}/accesses" in creating_operations(load("remotelock"))


def run(sequence: Callable[[Account], None], monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
    monkeypatch.setattr("lockpact.nuki.account.SEQUENCES", (AccountSequence("one", "does one thing", sequence),))
    with served("nuki") as world:
        return words(judged(world, folder))["one"]


def test_what_cannot_be_decided_and_what_is_missing_have_words_of_their_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def undecided(account: Account) -> None:
        raise Undecided("somebody was faster")

    def odd(account: Account) -> None:
        account.done("GET /list", query={"token": "wrong"})

    def missing(account: Account) -> None:
        assert account.ask("GET /callback/list", query={"token": Cred("token")}).body["callers"]

    assert run(undecided, monkeypatch, tmp_path) == "not exercised"
    assert "refused with 401, although nothing is wrong" in run(odd, monkeypatch, tmp_path)
    assert "the answer to GET /callback/list is not as the document shows it" in run(missing, monkeypatch, tmp_path)


def test_order_and_repetition_are_named() -> None:
    ordered([1, 1, 2], "x")
    unique([1, 2], "x")
    with pytest.raises(AssertionError, match="not descending: 1 comes before 2"):
        ordered([1, 2], "x", descending=True)
    with pytest.raises(AssertionError, match="has 1 twice"):
        unique([1, 2, 1], "x")


def test_what_the_reference_client_has_created_is_removed_also_after_a_while_of_too_many_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {"type": "access_user", "attributes": {"name": "Lockpact Conform", "generate_pin": True}}
    slept: list[float] = []
    with served("remotelock") as world:
        body = json.dumps(sent).encode()
        answer = world.ask("POST", "/access_persons", json=sent)
        made = Exchange(
            "remotelock", "", "POST", "/access_persons", 0, 1, (), body, 201, (), json.dumps(answer).encode()
        )
        refused = {"effect": {"kind": "refuse", "name": "rate_limited"}, "method": "DELETE", "times": 1}
        world.http.post(f"{world.control}/worlds/default/faults", json=refused).raise_for_status()
        monkeypatch.setattr("lockpact.remotelock.account.SEQUENCES", ())
        monkeypatch.setattr("lockpact.drift.server_under_test.time.sleep", slept.append)
        file = tmp_path / "keys.json"
        file.write_text(json.dumps({**world.keys, "token": None}))
        use = LiveUse(7, [made])
        found = judge_account(
            load("remotelock"), world.url, Permission(credentials=file), use, created_file=tmp_path / "created.jsonl"
        )
        persons = [one["id"] for one in world.ask("GET", "/access_persons")["data"]]
    assert answer["data"]["id"] not in persons
    assert slept
    assert use.calls > 7
    assert "created and removed: 1 guest" in found.notes
