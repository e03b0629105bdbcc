"""Nodes that share worlds, without a proxy: who owns a world, and what the others answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest

from locksim import registry
from locksim.engine import fingerprint
from locksim.engine.errors import Refused
from locksim.server import cluster
from locksim.server.config import ServerConfig
from locksim.server.run import serving
from locksim.storage import recovery
from locksim.storage.postgres import PostgresStore
from locksim.storage.store import WriteFailed
from tests.cluster.harness import free_base
from tests.engine.toy import TOY
from tests.needs import POSTGRES
from tests.postgres import fresh_url, query
from tests.server.receiver import Receiver, receiver
from tests.server.served import ServedToy, drain, until

pytestmark = [pytest.mark.needs(POSTGRES), pytest.mark.xdist_group("postgres")]

PUBLIC = "http://locks.localhost:9000"


class ToyNode(ServedToy):
    """A node with the toy vendor, called on its own ports."""

    def __init__(self, base: int, ready: dict[str, Any], http: httpx.Client, store: PostgresStore) -> None:
        super().__init__(ready, http)
        self.control, self.url, self.store = f"http://127.0.0.1:{base}/_sim", f"http://127.0.0.1:{base + 91}", store

    def count(self, world: str) -> Any:
        """Add one to the counter of a world. Return the new count, or the status of a refusal."""
        answer = self.post(f"/~{world}/count")
        return answer.json()["count"] if answer.status_code == 200 else -answer.status_code


Start = Callable[..., ToyNode]


@pytest.fixture
def start() -> Iterator[Start]:
    """`start(name)` starts a node in this process. They end in the order in which they began, or with `ends`."""
    url = fresh_url()
    with ExitStack() as ends:

        def begin(name: str, ends: ExitStack = ends, **options: Any) -> ToyNode:
            store = PostgresStore(url, name, PUBLIC)

            def lease() -> PostgresStore:
                store.lease("a test")
                return store

            base, config = free_base(100), ServerConfig(public_url=PUBLIC, node=name, **options)
            http = ends.enter_context(httpx.Client(timeout=20, trust_env=False, verify=False))
            ready = ends.enter_context(serving([TOY], config=config, port=base, store=lease, drain=0.0, clock="manual"))
            return ToyNode(base, ready, http, store)

        yield begin


def create(node: ToyNode, name: str, **options: Any) -> None:
    node.api("POST", "/worlds", {"name": name, "clock": "manual", "seed": 7, **options}, status=201)


def kinds(node: ToyNode, world: str) -> list[str]:
    return [entry["kind"] for entry in node.sim("GET", "/journal", world=world)["entries"]]


def test_any_node_takes_a_world_and_the_first_one_answers_nothing_more(start: Start) -> None:
    a, b = start("a"), start("b")
    create(a, "w")
    assert [a.count("w"), b.count("w")] == [1, 2]
    assert a.count("w") == -425, "a has not noticed before its commit"
    assert b.count("w") == 3
    assert a.count("w") == 4, "a forgot the world, and takes it again"
    assert kinds(a, "w") == ["request"] * 4, "a move by itself leaves no trace"


def test_a_node_that_was_overtaken_shows_nothing_old(start: Start) -> None:
    a, b = start("a"), start("b")
    create(a, "w")
    b.count("w")
    assert "another node" in a.sim("GET", "/toy/state", world="w", status=425)["error"]
    assert a.sim("GET", "/toy/state", world="w")["count"] == 1


def test_a_request_that_waits_ends_when_its_owner_is_overtaken(start: Start) -> None:
    a, b = start("a"), start("b")
    create(a, "w")
    with a.connect() as line:
        line.sendall(b"GET /~w/wait?seconds=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        a.wait_for_pending(1, world="w")
        assert b.count("w") == 1
        assert a.count("w") == -425
        with pytest.raises(ConnectionResetError):
            drain(line)
    journal = b.sim("GET", "/journal", world="w")["entries"]
    assert [entry["kind"] for entry in journal] == ["request", "restarted", "request"]
    assert journal[1]["result"] == {"gone": [1]}


def test_a_node_finds_out_by_itself_that_it_was_overtaken(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "BEAT", 0.05)
    a, b = start("a"), start("b")
    create(a, "w")
    with a.connect() as line:
        line.sendall(b"GET /~w/wait?seconds=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        a.wait_for_pending(1, world="w")
        assert b.count("w") == 1
        with pytest.raises(ConnectionResetError):
            drain(line)
    assert a.count("w") == 2


def test_the_connection_info_is_of_the_default_world_as_it_is_now(start: Start) -> None:
    a, b = start("a"), start("b")
    assert a.api("GET", "") == b.api("GET", "") == a.ready
    assert b.post("/count").json() == {"count": 1}
    assert a.api("GET", "") == a.ready
    assert b.post("/count").json() == {"count": 2}, "to look is not to take"


def test_every_node_lists_all_worlds_with_their_time(start: Start) -> None:
    a, b = start("a"), start("b")
    create(a, "one")
    create(b, "two", clock={"mode": "x60", "now": "2026-01-05T08:00:00Z"})
    b.post("/~two/count")
    shown = b.api("GET", "/worlds/one")
    del shown["vendors"]
    for node in (a, b):
        listed = {world["name"]: world for world in node.api("GET", "/worlds")["worlds"]}
        assert listed.keys() == {"default", "one", "two"}
        assert listed["one"] == shown
        assert listed["two"]["clock"]["rate"] == 60
        assert listed["two"]["clock"]["now"] != "2026-01-05T08:00:00Z"


def test_addresses_are_the_clusters_and_the_world_may_be_named_in_the_host(start: Start) -> None:
    a = start("a")
    create(a, "w")
    assert a.ready["control"] == f"{PUBLIC}/_sim"
    assert a.ready["vendors"]["toy"]["url"] == "http://locks.localhost:9091"
    assert a.api("GET", "/worlds/w")["vendors"]["toy"]["url"] == "http://locks.localhost:9091/~w"
    named = a.http.post(f"{a.url}/count", headers={"Host": "w.locks.localhost:9091"})
    assert named.json() == {"count": 1}
    assert a.http.post(f"{a.url}/count", headers={"Host": "locks.localhost:9091"}).json() == {"count": 1}
    assert a.http.post(f"{a.url}/count", headers={"Host": "w.locks.elsewhere"}).status_code == 421
    assert a.sim("GET", "/toy/state", world="w")["count"] == 1


def test_names_and_their_number_belong_to_the_cluster(start: Start) -> None:
    a, b = start("a", max_worlds=4), start("b", max_worlds=4)
    create(a, "w")
    own_ports = a.api("POST", "/worlds", {"name": "p", "ports": True}, status=409)
    assert "no world has ports of its own" in own_ports["error"]
    assert "choose another name" in b.api("POST", "/worlds", {"name": "w"}, status=409)["error"]
    names = [node.api("POST", "/worlds", {"clock": "manual"}, status=201)["name"] for node in (a, b)]
    assert len(set(names)) == 2
    assert "the limit" in b.api("POST", "/worlds", {}, status=409)["error"]


def test_forks_snapshots_and_drops_work_on_whichever_node_has_the_world(start: Start) -> None:
    a, b = start("a"), start("b")
    create(a, "w")
    a.count("w")
    a.sim("POST", "/snapshots", {"name": "kept"}, world="w", status=201)
    b.count("w")
    b.sim("POST", "/snapshots/kept/restore", world="w")
    b.sim("POST", "/fork", {"name": "copy"}, world="w", status=201)
    assert a.count("copy") == 2
    b.sim("DELETE", "", world="w")
    assert a.get("/~w/count").status_code == 425
    assert a.get("/~w/count").status_code == 404
    create(a, "w")
    assert a.count("w") == 1


def test_a_due_world_of_a_silent_node_is_taken_and_its_webhook_delivered(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first node's delivery is under way when it falls silent, so the receiver gets it twice."""
    monkeypatch.setattr(cluster, "BEAT", 0.05)

    def slowly(me: Receiver, path: str) -> int:
        me.proceed.wait(20)
        return 200

    with receiver(slowly) as inbox:
        a = start("a")
        create(a, "w")
        a.post(f"/~w/subscribe?url={inbox.url}")
        a.sim("POST", "/toy/hardware/front/ring", world="w")
        until(lambda: len(inbox.got) == 1)
        b = start("b")
        monkeypatch.setattr(a.store, "beat", lambda: None)
        query(fresh_view(a), "UPDATE locksim.nodes SET seen = now() - interval '1 minute' WHERE name = 'a'")
        until(lambda: len(inbox.got) == 2)
        inbox.proceed.set()
        until(lambda: [a["status"] for d in b.deliveries(world="w") for a in d["attempts"]] == [200])
    assert kinds(b, "w") == ["request", "act", "restarted", "outcome"]


def fresh_view(node: ToyNode) -> str:
    """Return the URL of the node's database."""
    return node.store._connection._url


def test_a_database_that_is_away_costs_answers_and_comes_back(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    a = start("a")
    create(a, "here")
    create(a, "away")
    b = start("b")
    b.count("away")
    assert a.count("away") == -425

    def gone(*_: Any, **__: Any) -> None:
        raise WriteFailed("cannot use the database")

    with monkeypatch.context() as patch:
        for name in ("append", "take", "confirm", "summaries"):
            patch.setattr(a.store, name, gone)
        for world in ("here", "away"):
            refused = a.post(f"/~{world}/count")
            assert (refused.status_code, refused.json()) == (500, {"error": "broken"}), "the vendor's own"
        for path in ("/worlds", "/worlds/here", "/worlds/away/clock"):
            assert a.http.get(f"{a.control}{path}").status_code == 503
    assert (a.count("here"), a.count("away")) == (1, 2)


def test_other_code_takes_a_world_only_behind_a_checkpoint(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    a = start("a")
    create(a, "w")
    a.count("w")
    with monkeypatch.context() as patch:
        patch.setattr(recovery, "fingerprint", lambda vendors: "other code")
        b = start("b")
        refused = b.post("/~w/count")
        assert refused.status_code == 425
        assert "another version of locksim" in refused.json()["error"]
    assert a.count("w") == 2, "b left it to a"
    with monkeypatch.context() as patch:
        patch.setattr(cluster, "AWAY", -1.0)
        patch.setattr(cluster, "BEAT", 0.05)
        until(lambda: query(fresh_view(a), "SELECT boot FROM locksim.heads WHERE world = 'w'") == [(None,)])
        patch.setattr(cluster, "AWAY", 600.0)
        patch.setattr(recovery, "fingerprint", lambda vendors: "other code")
        assert b.count("w") == 3
    assert fingerprint.fingerprint([TOY]) != "other code"


def test_the_default_world_must_be_begun_alike_on_all_nodes(start: Start) -> None:
    start("a")
    url = fresh_view(start("b"))

    def lease() -> PostgresStore:
        store = PostgresStore(url, "c", PUBLIC)
        store.lease("a test")
        return store

    config = ServerConfig(public_url=PUBLIC)
    with pytest.raises(Refused, match="begun with seed 0, not 5"), serving([TOY], config=config, store=lease, seed=5):
        pass
    nuki = registry.load("nuki")
    with pytest.raises(Refused, match="name exactly these vendors"), serving([TOY, nuki], config=config, store=lease):
        pass


def test_health_says_whether_requests_are_welcome_without_a_token(start: Start) -> None:
    a = start("a", admin_token="hush")
    assert a.api("GET", "/health") == {"status": "ok", "node": "a"}
    assert a.http.get(f"{a.control}/worlds").status_code == 401


@contextmanager
def announcing(patch: pytest.MonkeyPatch, start: Start, name: str) -> Iterator[ToyNode]:
    """Start a node and stop it, but only so far that HAProxy is to notice it. The end of the block ends the node."""
    go_on = threading.Event()

    async def announce(me: cluster.Cluster, seconds: float) -> None:
        await me.announce(1e9)
        await asyncio.to_thread(go_on.wait)

    patch.setattr(cluster.Cluster, "drain", announce)
    with ExitStack() as ends:
        node = start(name, ends=ends)
        stopping = threading.Thread(target=ends.close)
        stopping.start()
        try:
            yield node
        finally:
            go_on.set()
            stopping.join()


def test_a_node_that_stops_says_404_goes_on_and_lets_nodes_of_any_version_take_its_worlds(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "FOUND", 0.0)
    b = start("b")
    with announcing(monkeypatch, start, "a") as a:
        until(lambda: a.http.get(f"{a.control}/health").status_code == 404)
        assert a.api("GET", "/health", status=404) == {"status": "draining", "node": "a"}
        create(a, "w")
        assert [a.count("w"), a.count("w")] == [1, 2]
        with monkeypatch.context() as patch:
            patch.setattr(recovery, "fingerprint", lambda vendors: "other code")
            assert b.count("w") == 3
        assert a.count("w") == -425


def test_a_node_stops_only_when_another_one_is_there_for_a_while(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "BEAT", 1e9)
    looks: list[bool] = []
    look = cluster.Cluster._look_around

    def noted(me: cluster.Cluster) -> bool:
        looks.append(look(me))
        return looks[-1]

    monkeypatch.setattr(cluster.Cluster, "_look_around", noted)
    monkeypatch.setattr(cluster, "FOUND", 1e9)
    start("b")
    with announcing(monkeypatch, start, "a") as a:
        so_far = len(looks)
        until(lambda: len(looks) > so_far + 2)
        assert a.api("GET", "/health")["status"] == "ok"
        monkeypatch.setattr(cluster, "FOUND", 0.0)
        until(lambda: a.http.get(f"{a.control}/health").status_code == 404)


@pytest.mark.parametrize("url", ["locks:1", "http://locks", "ftp://locks:1", "http://a:b@locks:1", "http://locks:1/x"])
def test_an_invalid_public_url_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="a public URL is written as"):
        ServerConfig(public_url=url)


def test_a_world_that_nobody_used_is_dropped_though_its_node_is_gone(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "BEAT", 0.05)
    a = start("a")
    create(a, "w")
    query(fresh_view(a), "UPDATE locksim.heads SET boot = NULL, wall = wall - 3600000000 WHERE world = 'w'")
    start("b", idle=60)
    until(lambda: query(fresh_view(a), "SELECT world FROM locksim.heads") == [("default",)])
