"""Nodes behind HAProxy, all in processes of their own, as `locksim cluster haproxy` configures it."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from locksim import registry
from locksim.server.config import ServerConfig
from locksim.server.run import serving
from tests.cluster.harness import Cluster, cluster, free_base
from tests.needs import HAPROXY, POSTGRES
from tests.postgres import fresh_url, query
from tests.server.served import until
from tests.server.test_command import run

NODES = ("--node=a=10.0.0.1:8700", "--node=b=[::1]:8700")


# ---- the configuration


@pytest.mark.needs(HAPROXY)
@pytest.mark.parametrize("flags", [(), ("--public-url", "http://locks.example:80", "--bind", "*"), ("nuki",)])
def test_haproxy_accepts_the_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, "cluster", "haproxy", *NODES, *flags)
    assert (code, err) == (0, "")
    (tmp_path / "haproxy.cfg").write_text(out)
    checked = subprocess.run(
        ["haproxy", "-c", "-f", tmp_path / "haproxy.cfg"], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, "ARNING" in checked.stdout + checked.stderr) == (0, False), checked.stderr


def test_the_configuration_has_every_port_of_the_vendors(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "cluster", "haproxy", *NODES, "--public-url", "http://locks.example:9000")
    ports = {site.port for name in registry.NAMES for site in registry.load(name).sites}
    for port in (8700, *ports):
        assert f"    bind 127.0.0.1:{port + 300}\n" in out
        assert f" 10.0.0.1:{port} " in out
    for line in ("retry-on 425 conn-failure", "option http-buffer-request", "http-check disable-on-404"):
        assert f"    {line}\n" in out.partition("frontend")[0]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--node=a=h:1", "--node=a=h:2"), "the same name"),
        (("--node=a=h:1", "--public-url", "locks"), "a public URL is written as"),
        (("--node=a=h:1", "--public-url", "https://locks:1"), "--certificate"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(
    capsys: pytest.CaptureFixture[str], flags: tuple[str, ...], says: str
) -> None:
    code, out, err = run(capsys, "cluster", "haproxy", *flags)
    assert (code, out) == (2, "")
    assert says in err


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--store", "mysql://x"), "--store takes the URL of a PostgreSQL database"),
        (("--store", "postgresql://x", "--data", "y"), "give one of them"),
        (("--store", "postgresql://x", "--tls"), "let HAProxy speak https"),
        (("--store", "postgresql://x", "--port", "0"), "give --public-url"),
        (("--store", "postgresql://me:hush@127.0.0.1:1/x"), "cannot use postgresql://127.0.0.1:1/x"),
    ],
)
def test_a_node_that_cannot_start_says_why(
    capsys: pytest.CaptureFixture[str], flags: tuple[str, ...], says: str
) -> None:
    code, out, err = run(capsys, "serve", *flags)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err
    assert "hush" not in err


# ---- a cluster


@pytest.fixture(scope="module")
def shared() -> Iterator[Cluster]:
    """Two nodes behind HAProxy, for tests that leave both running."""
    with cluster(fresh_url(), "--clock", "manual", "--drain", "3", names="ab", vendors=["nuki"]) as made:
        yield made


def create(made: Cluster, http: httpx.Client, name: str, **options: Any) -> dict[str, Any]:
    """Create a world, and return it."""
    answer = http.post(f"{made.control}/worlds", json={"name": name, "clock": "manual", **options})
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


def listing(world: dict[str, Any]) -> str:
    """Return the URL of the bridge's list of locks."""
    nuki = world["vendors"]["nuki"]
    return f"{nuki['url']}/list?token={nuki['credentials']['token']}"


def owner_of(made: Cluster, world: str) -> str:
    sql = "SELECT nodes.name FROM locksim.heads JOIN locksim.nodes USING (boot) WHERE world = %s"
    ((name,),) = query(made.store, sql, world)
    return str(name)


def world_of(made: Cluster, http: httpx.Client, node: str, prefix: str, **options: Any) -> dict[str, Any]:
    """Return a new world that this node owns."""
    for number in range(50):
        world = create(made, http, f"{prefix}-{number}", **options)
        if owner_of(made, world["name"]) == node:
            return world
    raise AssertionError(f"no world came to {node}")


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30, trust_env=False, verify=False) as client:
        yield client


@contextmanager
def calling(requests: list[tuple[str, str, bytes]]) -> Iterator[list[int]]:
    """Send these requests (method, URL, body) in turn from another thread. Yield the list of statuses; 0: there was no answer.

    Head and body leave apart, as httpx sends them, on connections that are kept.
    """
    statuses: list[int] = []
    over = threading.Event()

    def call() -> None:
        with httpx.Client(timeout=30, trust_env=False, verify=False) as client:
            while not over.is_set():
                for method, url, body in requests:
                    over.wait(0.002)  # the nodes start meanwhile, on the same processors
                    try:
                        statuses.append(client.request(method, url, content=body).status_code)
                    except httpx.HTTPError:
                        statuses.append(0)

    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield statuses
    finally:
        over.set()
        thread.join()


@pytest.mark.needs(HAPROXY)
@pytest.mark.needs(POSTGRES)
@pytest.mark.xdist_group("cluster")
class TestCluster:
    def test_a_world_answers_the_same_bytes_as_on_one_machine(self, shared: Cluster, http: httpx.Client) -> None:
        def conversation(control: str, world: dict[str, Any], host: str) -> list[Any]:
            base = f"{control}/worlds/{world['name']}"
            url = listing(world).replace(f"http://127.0.0.1:{shared.base + 5}", host)
            answers = [
                http.get(url),
                http.get(url.replace("/list", "/info")),
                http.get(url.replace("token=", "token=x")),
            ]
            http.post(f"{base}/clock/advance", json={"seconds": 60})
            http.post(f"{base}/snapshots", json={"name": "s"})
            answers += [http.get(url.replace("/list", "/log")), http.get(url)]
            entries = http.get(f"{base}/journal").json()["entries"]
            for entry in entries:
                entry.pop("headers", None)  # HAProxy writes the names of headers in lower case
            return [[(a.status_code, sorted(a.headers.items()), a.content) for a in answers], entries]

        options: dict[str, Any] = {"name": "same1", "seed": 3, "clock": "manual"}
        config = ServerConfig(public_url=shared.url)
        nuki = registry.load("nuki")
        ours = create(shared, http, **options)
        in_cluster = conversation(shared.control, ours, f"http://127.0.0.1:{shared.base + 5}")
        base = free_base()
        with serving([nuki], config=config, port=base, clock="manual"):
            alone = http.post(f"http://127.0.0.1:{base}/_sim/worlds", json=options).json()
            assert alone == ours, "addresses and credentials"
            on_one_machine = conversation(f"http://127.0.0.1:{base}/_sim", alone, f"http://127.0.0.1:{base + 5}")
        assert in_cluster == on_one_machine

    def test_the_vendors_own_503_reaches_its_caller_and_is_never_repeated(
        self, shared: Cluster, http: httpx.Client
    ) -> None:
        world = create(shared, http, "own503")
        fault = {"effect": {"kind": "refuse", "name": "unavailable"}, "vendor": "nuki"}
        base = f"{shared.control}/worlds/own503"
        assert http.post(f"{base}/faults", json=fault).status_code == 201
        assert http.get(listing(world)).status_code == 503
        requests = [e for e in http.get(f"{base}/journal").json()["entries"] if e["kind"] == "request"]
        assert len(requests) == 1

    def test_worlds_are_spread_and_reached_by_path_and_by_the_console(
        self, shared: Cluster, http: httpx.Client
    ) -> None:
        worlds = [create(shared, http, f"spread-{n}") for n in range(8)]

        def owners() -> dict[str, str]:
            return {world["name"]: owner_of(shared, world["name"]) for world in worlds}

        def stay() -> bool:
            before = owners()
            for world in worlds:
                assert http.get(listing(world)).status_code == 200
                assert http.get(f"{shared.control}/worlds/{world['name']}").status_code == 200
            return owners() == before and set(before.values()) == {"a", "b"}

        # Once more if HAProxy has found a node only now, which another test had started again.
        until(stay)
        assert "<title" in http.get(f"{shared.url}/").text
        assert len(http.get(f"{shared.control}/worlds").json()["worlds"]) >= 9

    def test_sigterm_hands_worlds_over_without_a_failed_request(self, shared: Cluster, http: httpx.Client) -> None:
        # Another test may have started a node again, which HAProxy has not found yet: it would have nowhere to send requests.
        numbers = count()

        def both_are_used() -> bool:
            names = [create(shared, http, f"probe-{next(numbers)}")["name"] for _ in range(6)]
            return {owner_of(shared, name) for name in names} == {"a", "b"}

        until(both_are_used)
        worlds = [create(shared, http, f"drained-{n}") for n in range(6)]
        node = shared.nodes["a"]
        requests = [("GET", listing(world), b"") for world in worlds]
        for world in worlds:
            advance = f"{shared.control}/worlds/{world['name']}/clock/advance"
            requests += [("POST", advance, b'{"seconds": 1}' + b" " * more) for more in (0, 100_000)]
        slow = world_of(shared, http, "a", "slow", clock="real")
        slow_url = f"{shared.control}/worlds/{slow['name']}"
        late = {"effect": {"kind": "delay", "seconds": 1.5}, "vendor": "nuki"}
        assert http.post(f"{slow_url}/faults", json=late).status_code == 201
        with calling(requests) as statuses, ThreadPoolExecutor() as pool:
            until(lambda: len(statuses) > 20)
            under_way = pool.submit(httpx.get, listing(slow), timeout=30, trust_env=False)
            until(lambda: http.get(slow_url).json()["waiting"] == 1)
            assert node.process is not None
            node.send(signal.SIGTERM)
            assert under_way.result().status_code == 200
            assert node.process.wait(20) == 0
            so_far = len(statuses)
            until(lambda: len(statuses) > so_far + 20)
            node.start()
            node.wait()
            so_far = len(statuses)
            until(lambda: len(statuses) > so_far + 60)
        assert set(statuses) == {200}
        sent = len(statuses) // len(requests)
        for world in worlds:
            journal = http.get(f"{shared.control}/worlds/{world['name']}/journal?after=100000").json()
            assert sent * 3 <= journal["last"] <= sent * 3 + 3, "each once"

    def test_the_worlds_of_a_killed_node_go_on_at_once(self, shared: Cluster, http: httpx.Client) -> None:
        world = world_of(shared, http, "b", "killed")
        assert [http.get(listing(world)).status_code for _ in range(3)] == [200] * 3
        shared.nodes["b"].end()

        def answered() -> bool:
            with suppress(httpx.RemoteProtocolError):  # it may leave on a connection that ends just then
                return http.get(listing(world)).status_code == 200
            return False

        assert any(answered() for _ in range(3)), "three requests in a row had no answer"
        journal = http.get(f"{shared.control}/worlds/{world['name']}/journal").json()
        assert journal["last"] == 4
        assert owner_of(shared, world["name"]) == "a"
        shared.nodes["b"].start()
        shared.nodes["b"].wait()
