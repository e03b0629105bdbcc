"""Owners of worlds in a database that nodes share, and what becomes of a commit whose connection is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from locksim.engine.errors import Refused, Unknown
from locksim.storage import postgres_connection
from locksim.storage.postgres import PostgresStore
from locksim.storage.store import (
    Append,
    Begin,
    Drop,
    NotTaken,
    Overtaken,
    Status,
    StoredWorld,
    Unresolved,
    WorldExists,
    WriteFailed,
)
from tests.needs import POSTGRES
from tests.postgres import fresh_url, query
from tests.server.served import until
from tests.tcp_proxy import TcpProxy, tcp_proxy

pytestmark = [pytest.mark.needs(POSTGRES), pytest.mark.xdist_group("postgres")]

BEGIN = Begin("w", b"about", 0, 1, b"base")


def entry(n: int, world: str = "w") -> Append:
    return Append(world, n, n, b"entry %d" % n)


def any_world(world: StoredWorld) -> None:
    """Accept it."""


@pytest.fixture
def url() -> str:
    return fresh_url()


@pytest.fixture
def nodes(url: str) -> Iterator[tuple[PostgresStore, PostgresStore]]:
    """Yield the stores of two nodes. The first owns the world `w`, which has one entry."""
    with ExitStack() as stack:
        a, b = PostgresStore(url, "a"), PostgresStore(url, "b")
        for store in (a, b):
            store.lease("a test")
            stack.callback(store.close)
        a.append([BEGIN, entry(1)])
        yield a, b


def stored(url: str, world: str = "w") -> list[int]:
    return [n for (n,) in query(url, "SELECT n FROM locksim.entries WHERE world = %s ORDER BY n", world)]


# ---- epochs


def test_a_node_that_was_overtaken_writes_nothing(url: str, nodes: tuple[PostgresStore, PostgresStore]) -> None:
    a, b = nodes
    a.append([Begin("other", b"about", 0, 1, b"base")])
    assert [row.n for row in b.take("w", any_world).rows] == [1]
    with pytest.raises(Overtaken) as overtaken:
        a.append([entry(1, "other"), entry(2)])
    assert overtaken.value.worlds == ("w",)
    assert (stored(url), stored(url, "other")) == ([1], [])
    b.append([entry(2)])
    a.append([entry(1, "other")])
    with pytest.raises(Overtaken):
        a.append([entry(3)])
    assert (stored(url), stored(url, "other")) == ([1, 2], [1])


def test_only_the_owner_confirms(nodes: tuple[PostgresStore, PostgresStore]) -> None:
    a, b = nodes
    a.confirm("w")
    b.take("w", any_world)
    b.confirm("w")
    with pytest.raises(Overtaken):
        a.confirm("w")


def test_a_world_that_was_dropped_and_began_again_is_not_the_one_that_a_node_knew(
    url: str, nodes: tuple[PostgresStore, PostgresStore]
) -> None:
    a, b = nodes
    b.take("w", any_world)
    b.append([Drop("w")])
    with pytest.raises(Overtaken):
        a.append([entry(2)])
    b.append([BEGIN, entry(1)])
    with pytest.raises(Overtaken):
        a.append([entry(2)])
    assert stored(url) == [1]


def test_a_world_of_a_restored_backup_is_not_the_one_that_a_node_knew(
    url: str, nodes: tuple[PostgresStore, PostgresStore]
) -> None:
    a, _ = nodes
    query(url, "CREATE TABLE locksim.backup AS SELECT * FROM locksim.heads")
    a.append([entry(2)])
    query(url, "UPDATE locksim.heads SET last = backup.last, digest = backup.digest FROM locksim.backup")
    query(url, "DELETE FROM locksim.entries WHERE n = 2")
    with pytest.raises(Overtaken):
        a.append([entry(3)])


def test_a_name_is_given_once(url: str, nodes: tuple[PostgresStore, PostgresStore]) -> None:
    _, b = nodes
    with pytest.raises(WorldExists):
        b.append([BEGIN, entry(1)])
    assert stored(url) == [1]
    assert b.new_number() != b.new_number()
    with pytest.raises(Unknown):
        b.take("nobody", any_world)


def test_a_world_that_a_node_does_not_accept_stays_with_its_owner(nodes: tuple[PostgresStore, PostgresStore]) -> None:
    a, b = nodes

    def never(world: StoredWorld) -> None:
        assert (world.last, world.latest.n) == (1, 0)
        raise NotTaken("other code")

    with pytest.raises(NotTaken, match="other code"):
        b.take("w", never)
    a.append([entry(2)])


def test_orphans_are_due_worlds_of_silent_nodes_and_only_one_gets_each(
    url: str, nodes: tuple[PostgresStore, PostgresStore]
) -> None:
    a, b = nodes
    a.append([Status("w", 100, b"summary")])
    assert b.orphans(100, 5, 10) == []
    query(url, "UPDATE locksim.nodes SET seen = now() - interval '6 s' WHERE name = 'a'")
    assert b.orphans(99, 5, 10) == []
    ((name, epoch),) = b.orphans(100, 5, 10)
    assert (name, b.others(5), b.summaries()) == ("w", [], [b"summary"])
    a.beat()
    assert b.orphans(100, 5, 10) == []
    a.release(["w"])
    assert b.orphans(100, 5, 10) == [("w", epoch)]
    b.take("w", any_world, epoch=epoch)
    with pytest.raises(NotTaken):
        a.take("w", any_world, epoch=epoch)


def test_nodes_with_another_public_url_are_refused(url: str, nodes: tuple[PostgresStore, PostgresStore]) -> None:
    other = PostgresStore(url, "c", "http://elsewhere:1")
    with pytest.raises(Refused, match="give all nodes the same"):
        other.lease("a test")
    other.close()


# ---- lost connections


@pytest.fixture
def lossy(url: str) -> Iterator[tuple[PostgresStore, TcpProxy]]:
    """Yield a store behind a proxy. It owns the world `w`, which has one entry."""
    port = urlsplit(url).port or 5432
    with tcp_proxy(port) as proxy:
        store = PostgresStore(url.replace(str(port), str(proxy.port)), "a")
        store.lease("a test")
        store.append([BEGIN, entry(1)])
        yield store, proxy
        store.close()


def test_a_commit_whose_answer_is_lost_counts_as_made(url: str, lossy: tuple[PostgresStore, TcpProxy]) -> None:
    store, proxy = lossy
    proxy.lose_next_answer = True
    store.append([entry(2)])
    assert stored(url) == [1, 2]
    store.append([entry(3)])
    assert stored(url) == [1, 2, 3]


def test_a_commit_that_did_not_arrive_counts_as_not_made(url: str, lossy: tuple[PostgresStore, TcpProxy]) -> None:
    store, proxy = lossy
    proxy.lose_next_request = True
    with pytest.raises(WriteFailed) as failed:
        store.append([entry(2)])
    assert not isinstance(failed.value, Unresolved | Overtaken)
    assert stored(url) == [1]
    store.append([entry(2)])
    assert stored(url) == [1, 2]


def test_a_commit_that_is_still_running_cannot_be_made_later(url: str, lossy: tuple[PostgresStore, TcpProxy]) -> None:
    """The new epoch, under which the commit is looked for, makes the old one fail."""
    store, proxy = lossy
    (epoch,) = query(url, "SELECT epoch FROM locksim.heads")[0]
    proxy.lose_next_request = True
    with pytest.raises(WriteFailed):
        store.append([entry(2)])
    assert query(url, "SELECT epoch FROM locksim.heads")[0] != (epoch,)


def test_a_commit_that_nobody_can_look_for_is_unresolved(url: str, lossy: tuple[PostgresStore, TcpProxy]) -> None:
    store, proxy = lossy
    proxy.refuse = proxy.lose_next_answer = True
    with pytest.raises(Unresolved):
        store.append([entry(2)])
    with pytest.raises(WriteFailed):
        store.append([entry(2)])
    proxy.refuse = False

    def taken() -> bool:
        try:
            return [row.n for row in store.take("w", any_world).rows] == [1, 2]
        except WriteFailed:
            return False

    until(taken)
    store.append([entry(3)])
    assert stored(url) == [1, 2, 3]


def test_a_server_that_does_not_answer_is_given_up(
    url: str, lossy: tuple[PostgresStore, TcpProxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = lossy
    monkeypatch.setattr(postgres_connection, "PATIENCE", 0.1)
    query(url, "ALTER TABLE locksim.entries ADD CHECK (n <> 2 OR pg_sleep(1) IS NOT NULL)")
    with pytest.raises(WriteFailed):
        store.append([entry(2)])


@pytest.mark.parametrize(
    ("trouble", "over"),
    [
        ("TABLE locksim.entries ADD CONSTRAINT none CHECK (n < 2)", "TABLE locksim.entries DROP CONSTRAINT none"),
        ("TABLE locksim.entries RENAME TO gone", "TABLE locksim.gone RENAME TO entries"),
    ],
)
def test_a_statement_that_fails_costs_the_commit_only(url: str, trouble: str, over: str) -> None:
    store = PostgresStore(url, "a")
    store.lease("a test")
    store.append([BEGIN, entry(1)])
    try:
        query(url, f"ALTER {trouble}")
        with pytest.raises(WriteFailed, match="cannot use"):
            store.append([entry(2)])
    finally:
        query(url, f"ALTER {over}")
    store.append([entry(2)])
    assert stored(url) == [1, 2]
    store.close()


# ---- secrets, and invalid URLs


def test_no_error_has_the_password(url: str) -> None:
    wrong = url.replace("secret-word", "other-word")
    store = PostgresStore(wrong, "a")
    with pytest.raises(WriteFailed) as refused:
        store.lease("a test")
    assert "other-word" not in str(refused.value) + store.place
    store.close()
    with pytest.raises(Refused) as invalid:
        PostgresStore("postgresql://me:hush@host:port/x?y", "a")
    assert "hush" not in str(invalid.value)
    assert invalid.value.__cause__ is None
