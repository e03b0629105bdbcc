"""Rounds of `kill -9` at random moments under load, on servers with all five vendors.

    python -m tests.storage.crash_vendors --rounds 1000

One client a vendor sends requests, each with a mark of its own in the header `X-Mark`. One more client acts on devices,
with numbers of their own as pins, codes and cards. Their webhooks and callbacks go to a receiver in this process, which
is sometimes slow. After each start:

- every acknowledged input is in the journal exactly once, and its answer is the one that the caller got;
- what it did is in the vendor's state exactly once;
- the journal replays, and leads to the state that the server has;
- every delivery of the world has arrived, at most as often as the journal says, and nothing else has arrived.

A data folder is used for `ROUNDS` kills, so that its journal stays short enough to be replayed after each.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import msgspec

from locksim import registry
from locksim.codelocks.seed import FRONT_GATE
from locksim.engine import replay
from locksim.engine.inputs import Headers
from locksim.lockt import seed as lockt
from locksim.noke.seed import LOBBY, TRAILER, UNIT_12, YARD
from locksim.nuki.seed import FRONT_DOOR, GARDEN_DOOR
from locksim.remotelock import seed as remotelock
from tests.server.receiver import Receiver, receiver
from tests.storage.crash import GONE, call, start

ROUNDS = 10
"""Kills of the servers on one data folder."""
MARK = "X-Mark"
Answers = Mapping[str, Any]
"""A request's mark → its answer's body, from JSON."""


@dataclass
class Call:
    """A request to a vendor."""

    target: str
    method: str = "POST"
    headers: Headers = ()
    body: bytes = b""
    site: str | None = None
    """The URL, if it is not the vendor's own."""


class Client:
    """What is done with one vendor."""

    vendor: str
    device: str
    action: str
    argument: str | None = None
    """The argument of the action that takes a number of its own."""
    statuses = frozenset({200})
    """Statuses that the vendor may answer to `request`."""

    def __init__(self, info: Mapping[str, Any], inbox: str) -> None:
        self.url: str = info["url"]
        self.info = info
        self.credentials = info["credentials"]
        self.inbox = f"{inbox}/{self.vendor}"
        """Where its deliveries go."""

    def before_round(self) -> Iterator[Call]:
        """Yield the calls that each round begins with. `received` gets their answers."""
        yield from ()

    def before_first_round(self) -> Iterator[Call]:
        """Yield the calls that a new world begins with. `received` gets their answers."""
        yield from ()

    def received(self, answer: Any) -> None:
        """Take the answer to a call of `before_round` or `before_first_round`."""

    def request(self, mark: str, n: int) -> Call:
        """Return the n-th request of a round."""
        raise NotImplementedError

    def number(self, n: int) -> str:
        """Return the action's argument that stands for this number."""
        return f"{n:08d}"

    @staticmethod
    def check(state: Mapping[str, Any], answers: Answers) -> None:
        """Compare the vendor's state with the answers to all requests in the journal."""


class Noke(Client):
    """Issue offline keys, until the locks have no place left."""

    vendor, device, action, argument = "noke", YARD, "quick_click", "code"
    locks = (YARD, UNIT_12, TRAILER, LOBBY)

    def number(self, n: int) -> str:
        return f"{n:b}"

    def request(self, mark: str, n: int) -> Call:
        body = {"issue": [{"macs": [self.locks[n % len(self.locks)]], "tracking_keys": [mark]}]}
        authorization = ("Authorization", f"Bearer {self.credentials['production']['api_key']}")
        return Call("/keys/", headers=(authorization,), body=_json(body), site=self.info["servers"]["production"])

    @staticmethod
    def check(state: Mapping[str, Any], answers: Answers) -> None:
        places = (place for base in state["databases"] for lock in base["locks"] for place in lock.get("places", ()))
        stored = Counter(place.get("tracking_key", "") for place in places)
        issued = [mark for mark, answer in answers.items() if answer["result"] == "success"]
        assert {mark: stored[mark] for mark in answers} == {mark: int(mark in issued) for mark in answers}


class RemoteLock(Client):
    """Create access persons with pins. A webhook gets the events of wrong pins."""

    vendor, device, action, argument = "remotelock", remotelock.FRONT_DOOR, "enter_pin", "pin"
    statuses = frozenset({201})
    token = ""

    def before_round(self) -> Iterator[Call]:
        given = {name: self.credentials[name] for name in ("client_id", "client_secret")}
        form = urlencode({"grant_type": "client_credentials", **given}).encode()
        kind = ("Content-Type", "application/x-www-form-urlencoded")
        yield Call("/oauth/token", headers=(kind,), body=form, site=self.info["oauth_url"])

    def before_first_round(self) -> Iterator[Call]:
        hook = {"name": "the crash test", "url": self.inbox, "content_type": "json"}
        yield self._post("/notification_subscribers", "webhook_notification_subscriber", **hook)
        yield self._post(
            "/notification_subscriptions",
            events=[{"event_type": one} for one in ("access_denied", "access_person_synced", "unlocked")],
            publisher_type="account",
            publisher_id=remotelock.HARBOUR_STAYS,
            subscriber_type="webhook_notification_subscriber",
            subscriber_id=self.subscriber,
        )

    def received(self, answer: Any) -> None:
        self.token = answer.get("access_token", self.token)
        self.subscriber = answer.get("data", {}).get("id", "")

    def request(self, mark: str, n: int) -> Call:
        return self._post("/access_persons", "access_user", name=mark, generate_pin=True)

    def _post(self, path: str, type: str | None = None, /, **attributes: Any) -> Call:
        body = {"attributes": attributes} | ({} if type is None else {"type": type})
        headers = (("Authorization", f"Bearer {self.token}"), ("Content-Type", "application/json"))
        return Call(path, headers=headers, body=_json(body))

    @staticmethod
    def check(state: Mapping[str, Any], answers: Answers) -> None:
        persons = [person for account in state["accounts"].values() for person in account.get("persons", {}).values()]
        stored = {person["name"]: person["id"] for person in persons}
        assert len(stored) == len(persons)
        assert stored | {mark: answer["data"]["id"] for mark, answer in answers.items()} == stored


class Lockt(Client):
    """Create users in batches of three."""

    vendor, device, action, argument = "lockt", str(lockt.FRONT_DOOR), "present_card", "card_num"

    def request(self, mark: str, n: int) -> Call:
        users = [{"id_num": f"{mark}.{i}", "first_name": "A", "accesslevels": [{"id": 508}]} for i in range(3)]
        headers = (*self.credentials.items(), ("Content-Type", "application/json"))
        return Call("/user", headers=headers, body=_json({"users": users}))

    @staticmethod
    def check(state: Mapping[str, Any], answers: Answers) -> None:
        assert [mark for mark, answer in answers.items() if answer["data"]["inserted"] != 3] == []
        stored = Counter(user["id_num"].rpartition(".")[0] for user in state["users"].values())
        assert {mark: stored[mark] for mark in answers} == dict.fromkeys(answers, 3)


class Codelocks(Client):
    """Ask for NetCodes, which are counted."""

    vendor, device, action, argument = "codelocks", FRONT_GATE, "enter_netcode", "code"

    def request(self, mark: str, n: int) -> Call:
        query = {"start": "2026-01-05 12:00", "lockmodel": "KL1060", "identifier": "407251", "duration": n % 10}
        target = f"/n/1/netcode/202504070915?{urlencode(query, quote_via=quote)}"
        return Call(target, "GET", (("x-api-key", self.credentials["api_key"]),))

    @staticmethod
    def check(state: Mapping[str, Any], answers: Answers) -> None:
        assert state["usage"]["netcode"] == len(answers)


class Nuki(Client):
    """Unlock and lock a door, and wait for the motor two times of three. A callback gets each state of it."""

    vendor, device, action = "nuki", str(GARDEN_DOOR), "turn"
    statuses = frozenset({200, 503})  # 503: the bridge is busy with an action that nobody waits for

    def before_first_round(self) -> Iterator[Call]:
        yield self._get("/callback/add", url=self.inbox)

    def request(self, mark: str, n: int) -> Call:
        return self._get("/lockAction", nukiId=FRONT_DOOR, action=1 + n % 2, noWait=int(n % 3 == 0))

    def _get(self, path: str, **query: Any) -> Call:
        return Call(f"{path}?{urlencode({**query, 'token': self.credentials['token']})}", "GET")


CLIENTS: tuple[type[Client], ...] = (Noke, RemoteLock, Lockt, Codelocks, Nuki)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


@dataclass
class Known:
    """What the clients know of one data folder."""

    sent: set[str] = field(default_factory=set)
    """The marks of all requests."""
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """A mark → status and body, as the caller got them."""
    acted: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(vendor, the action's argument) of all device actions."""
    acknowledged: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Those that were answered."""

    @property
    def count(self) -> int:
        """How many inputs were acknowledged."""
        return len(self.answers) + self.acknowledged.total()


def main() -> None:
    """Run the command."""
    args = argparse.ArgumentParser(description="Kill a server of all vendors under load, and check what it stored")
    args.add_argument("--rounds", type=int, default=25)
    args.add_argument("--seed", type=int, default=0)
    given = args.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        summary = crash(Path(folder), given.rounds, given.seed)
    print(summary)


def crash(folder: Path, rounds: int, seed: int = 0) -> str:
    """Run so many rounds. Return a summary. Raises AssertionError if anything is lost, doubled or differs."""
    rng = random.Random(seed)
    inputs: Counter[str] = Counter()
    arrived = again = 0
    for first in range(0, rounds, ROUNDS):
        known = Known()
        with receiver(_answer_slowly) as inbox:
            again += _crash_one(folder / f"{first}", min(ROUNDS, rounds - first), rng, known, inbox)
        arrived += len(inbox.got)
        inputs.update(mark.split(".")[0] for mark in known.answers)
        inputs.update(vendor for vendor, _ in known.acknowledged.elements())
    each = ", ".join(f"{vendor} {inputs[vendor]}" for vendor in sorted(inputs))
    return (
        f"{rounds} kills, {inputs.total()} inputs acknowledged and stored exactly once ({each}); {arrived} deliveries, "
        f"{again} of them made again"
    )


def _answer_slowly(me: Receiver, path: str) -> int:
    time.sleep((0, 0.005, 0.04)[len(me.got) % 3])
    return 200


def _crash_one(folder: Path, rounds: int, rng: random.Random, known: Known, inbox: Receiver) -> int:
    """Run rounds on one data folder. Return how many deliveries were made again."""
    folder.mkdir()
    again = 0
    for number in range(rounds + 1):
        process, info = start(folder / "data", folder / f"ready-{number}.json", *registry.NAMES)
        try:
            again = _check(info["control"], known, inbox)
            if number == rounds:  # the last start only checks what the last kill left
                break
            clients = [client(info["vendors"][client.vendor], inbox.url) for client in CLIENTS]
            moment = rng.randrange(1, 60), rng.uniform(0, 0.02)
            asyncio.run(_load(info["control"], clients, known, process, moment, number))
        finally:
            process.kill()
            process.wait()
    return again


async def _load(
    control: str,
    clients: list[Client],
    known: Known,
    process: subprocess.Popen[bytes],
    moment: tuple[int, float],
    number: int,
) -> None:
    """Run the clients, and kill the server so many acknowledged inputs from now, and so many seconds later."""
    answers, seconds = moment
    enough, before = asyncio.Event(), known.count
    numbers = itertools.count(1000 * number)

    async def send(one: Call, client: Client, headers: Headers = ()) -> tuple[int, bytes]:
        site = one.site or client.url
        target = urlsplit(site).path + one.target
        return await call(site, one.method, target, (*one.headers, *headers), one.body)

    def acknowledged() -> None:
        if known.count - before >= answers:
            enough.set()

    async def request(client: Client) -> None:
        for n in itertools.count():
            mark = f"{client.vendor}.{number}.{n}"
            known.sent.add(mark)
            try:
                status, body = await send(client.request(mark, n), client, ((MARK, mark),))
            except GONE:
                return
            assert status in client.statuses, (mark, status, body)
            known.answers[mark] = status, body
            acknowledged()

    async def act(clients: list[Client]) -> None:
        for client in itertools.cycle(clients):
            argument = client.number(next(numbers)) if client.argument else ""
            path = f"/worlds/default/{client.vendor}/hardware/{quote(client.device)}/{client.action}"
            body = _json({client.argument: argument} if client.argument else {})
            known.acted[client.vendor, argument] += 1
            try:
                status, answer = await call(control, "POST", urlsplit(control).path + path, body=body)
            except GONE:
                return
            assert status == 200, (path, status, answer)
            known.acknowledged[client.vendor, argument] += 1
            acknowledged()

    for client in clients:
        calls = [client.before_round, *([] if number else [client.before_first_round])]
        for one in itertools.chain.from_iterable(each() for each in calls):
            status, body = await send(one, client)
            assert status in (200, 201), (one, status, body)
            client.received(json.loads(body))
    tasks = [asyncio.create_task(request(client)) for client in clients] + [asyncio.create_task(act(clients))]
    waiting = asyncio.create_task(asyncio.wait_for(enough.wait(), 60))
    await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    await asyncio.gather(*tasks)
    await waiting


def _check(control: str, known: Known, inbox: Receiver) -> int:
    """Compare the world with what the clients and the receiver know. Return how many deliveries were made again."""
    journal, states, deliveries = _read(control)
    recorded = replay.read(journal)
    entries = [json.loads(line) for line in recorded.lines]
    assert [entry["n"] for entry in entries] == list(range(1, len(entries) + 1))
    assert [entry for entry in entries if "failed" in entry] == []
    answers = _check_inputs(entries, known)
    for client in CLIENTS:
        own = {mark: json.loads(body) for mark, (_, body) in answers.items() if mark.split(".")[0] == client.vendor}
        client.check(json.loads(states[client.vendor]), own)
    world = replay.begin(recorded, {name: registry.load(name) for name in registry.NAMES})
    difference = replay.run(recorded, world)
    assert difference is None, difference.text()
    for name, state in states.items():
        assert msgspec.json.encode(world.state(name)) == state, f"{name}'s state is not that of its journal"
    again = sum(len(entry.get("result", {}).get("again", [])) for entry in entries if entry["kind"] == "restarted")
    _check_deliveries(deliveries, inbox, again)
    return again


def _read(control: str) -> tuple[bytes, dict[str, bytes], list[dict[str, Any]]]:
    """Return the journal, the vendors' states and the deliveries, all of one moment at which no delivery is on its way.

    Time stands still meanwhile, since looking at a world whose time passes adds an entry to its journal.
    """
    deadline = time.monotonic() + 30
    with httpx.Client(base_url=f"{control}/worlds/default", trust_env=False, verify=False) as http:
        http.put("/clock", json={"mode": "manual"}).raise_for_status()
        while time.monotonic() < deadline:
            deliveries = http.get("/deliveries").json()["deliveries"]
            if all(attempt["state"] == "done" for one in deliveries for attempt in one["attempts"]):
                states = {name: http.get(f"/{name}/state").content for name in registry.NAMES}
                journal = http.get("/journal.jsonl").content
                http.put("/clock", json={"mode": "x30"}).raise_for_status()
                return journal, states, deliveries
            time.sleep(0.01)
    raise AssertionError("deliveries are still on their way")


def _check_inputs(entries: list[dict[str, Any]], known: Known) -> dict[str, tuple[int, bytes]]:
    """Compare the inputs in the journal with those of the clients. Return the answers in the journal by their marks."""
    answers: dict[str, tuple[int, bytes]] = {}
    pending: dict[int, str] = {}
    marks: list[str] = []
    acted: Counter[tuple[str, str]] = Counter()
    arguments: dict[str, Callable[[Any], str]] = {
        client.vendor: lambda args, name=client.argument: args.get(name, "")  # type: ignore[misc] # its default is fixed
        for client in CLIENTS
    }
    for entry in entries:
        mark = dict(entry.get("headers", ())).get(MARK)
        if mark is not None:
            marks.append(mark)
            if "ticket" in entry:
                pending[entry["ticket"]] = mark
            else:
                answers[mark] = _answer(entry["answer"])
        for resolved in entry.get("resolved", ()):
            if resolved["ticket"] in pending:
                answers[pending[resolved["ticket"]]] = _answer(resolved["answer"])
        if entry["kind"] == "act":
            acted[entry["vendor"], arguments[entry["vendor"]](entry["args"])] += 1
    assert len(set(marks)) == len(marks), "a request is stored twice"
    assert set(marks) <= known.sent, "a request that nobody sent is stored"
    assert known.answers.items() <= answers.items(), "an acknowledged request is lost, or stored with another answer"
    assert known.acknowledged <= acted <= known.acted, "a device action is lost or stored twice"
    return answers


def _answer(stored: Mapping[str, Any]) -> tuple[int, bytes]:
    return stored["status"], stored["body"].encode()


def _check_deliveries(deliveries: list[dict[str, Any]], inbox: Receiver, again: int) -> None:
    """Compare the world's deliveries with what arrived. So many attempts were made again after a restart."""
    made: Counter[tuple[str, bytes]] = Counter()
    for delivery in deliveries:
        if delivery["to"].startswith(inbox.url):
            assert [attempt["status"] for attempt in delivery["attempts"]] == [200]
            made[urlsplit(delivery["to"]).path, delivery["body"].encode()] += 1
    arrived = Counter((path, body) for path, _, body in inbox.got)
    assert made <= arrived, "a delivery did not arrive"
    assert arrived.keys() <= made.keys(), "a delivery arrived that the world did not send"
    assert arrived.total() <= made.total() + again, "a delivery arrived twice, and the journal does not say so"


if __name__ == "__main__":
    main()
