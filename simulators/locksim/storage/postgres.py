"""A store that the nodes of a cluster share: journals in PostgreSQL, in the schema `locksim` of a database.

    worlds        what changes rarely: description, and which checkpoints there are
    heads         what each commit changes: the owner's epoch, the last entry and its digest, when something is due, a summary
    checkpoints, entries
    nodes         who is alive; for the sweep only

1. A world belongs to whoever has its epoch. `append` locks the heads of its worlds and compares epoch and digest in the
   transaction that writes. Epochs come from a sequence, so none is used twice, not even after a world was dropped and began
   again. The digest is compared as well, so a database that was restored from an older backup is noticed.
2. A commit of entries is one statement and one round trip: a function in the database (`locksim.commit_entries`).
3. Rows are chained by digests, as in SQLite (`locksim.storage.chain`). There is no tip and no seal: PostgreSQL checks its
   log's pages itself, and has its own ways of not losing commits.
4. A commit whose connection was lost is looked for. First its worlds get new epochs, which waits for the old transaction if
   it is still running, and makes it fail if it has not begun. Then the digest in the head says whether it was committed:

       the digest after the changes     committed: `append` returns
       the digest before them           not committed: `WriteFailed`, and nothing is stored
       no connection, or other owners   `Unresolved`: the worlds are forgotten, and read again when somebody needs them

5. Whether a node is silent says only who tries to take its worlds (`orphans`), and never who is right.

Loose end: a node that is overtaken learns of it at its next commit or check, so it may make a delivery twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from locksim.engine.errors import Unknown
from locksim.storage.chain import checked_checkpoint, checked_entries, link_of, opened, sealed
from locksim.storage.postgres_connection import PostgresConnection
from locksim.storage.store import (
    Append,
    Begin,
    Change,
    Checkpoint,
    Damaged,
    Drop,
    NotTaken,
    Overtaken,
    Row,
    Status,
    StoredWorld,
    TakenWorld,
    Unresolved,
    WorldExists,
    WriteFailed,
)

__all__ = ["FORMAT", "PostgresStore"]

FORMAT = 1
"""The version of the tables. A schema of another version is refused."""
_EPOCHS = 100
"""Epochs that are fetched at a time, for worlds that begin."""
_LOCK = 0x4C50414A
"""The advisory lock under which the schema is made."""
_OVERTAKEN = "LK001"
"""The SQLSTATE with which a commit is refused in the database."""
_TABLES = """
CREATE SCHEMA locksim;
CREATE TABLE locksim.format (version integer NOT NULL);
CREATE SEQUENCE locksim.epochs;
CREATE SEQUENCE locksim.names;
CREATE SEQUENCE locksim.began;
CREATE TABLE locksim.nodes (name text PRIMARY KEY, boot bigint NOT NULL, about text NOT NULL, seen timestamptz NOT NULL);
CREATE TABLE locksim.worlds (name text COLLATE "C" PRIMARY KEY, began bigint NOT NULL DEFAULT nextval('locksim.began'),
    description bytea NOT NULL, base bigint NOT NULL, latest bigint NOT NULL);
CREATE TABLE locksim.heads (world text COLLATE "C" PRIMARY KEY, epoch bigint NOT NULL, boot bigint, last bigint NOT NULL,
    digest bytea NOT NULL, wall bigint NOT NULL, due bigint, summary bytea NOT NULL) WITH (fillfactor = 50);
CREATE TABLE locksim.checkpoints (world text COLLATE "C" NOT NULL, n bigint NOT NULL, wall bigint NOT NULL,
    link bytea NOT NULL, digest bytea NOT NULL, data bytea NOT NULL, PRIMARY KEY (world, n));
CREATE TABLE locksim.entries (world text COLLATE "C" NOT NULL, n bigint NOT NULL, wall bigint NOT NULL,
    digest bytea NOT NULL, data bytea NOT NULL, PRIMARY KEY (world, n));

CREATE FUNCTION locksim.check_owner(names text[], epochs bigint[], digests bytea[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE lost text;
BEGIN
    -- Always in the same order, so that two nodes never wait for each other.
    PERFORM FROM locksim.heads WHERE world = ANY (names) ORDER BY world FOR NO KEY UPDATE;
    SELECT json_agg(mine.name) INTO lost FROM unnest(names, epochs, digests) AS mine (name, epoch, digest)
        LEFT JOIN locksim.heads ON world = mine.name
        WHERE heads.epoch IS DISTINCT FROM mine.epoch OR heads.digest IS DISTINCT FROM mine.digest;
    IF lost IS NOT NULL THEN
        RAISE EXCEPTION 'overtaken' USING ERRCODE = 'LK001', DETAIL = lost;
    END IF;
END $$;

CREATE FUNCTION locksim.add_entries(names text[], lasts bigint[], ends bytea[], walls bigint[], dues bigint[],
    summaries bytea[], worlds text[], ns bigint[], times bigint[], digests bytea[], data bytea[])
    RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO locksim.entries SELECT * FROM unnest(worlds, ns, times, digests, data);
    UPDATE locksim.heads SET last = new.last, digest = new.digest, wall = new.wall, due = new.due, summary = new.summary
        FROM unnest(names, lasts, ends, walls, dues, summaries) AS new (name, last, digest, wall, due, summary)
        WHERE heads.world = new.name;
END $$;

CREATE FUNCTION locksim.commit_entries(names text[], epochs bigint[], before bytea[], lasts bigint[], ends bytea[],
    walls bigint[], dues bigint[], summaries bytea[], worlds text[], ns bigint[], times bigint[], digests bytea[],
    data bytea[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM locksim.check_owner(names, epochs, before);
    PERFORM locksim.add_entries(names, lasts, ends, walls, dues, summaries, worlds, ns, times, digests, data);
END $$;
"""
_CHECK_OWNER = "SELECT locksim.check_owner(%b::text[], %b::bigint[], %b::bytea[])"
_ADD_ENTRIES = (
    "SELECT locksim.add_entries(%b::text[], %b::bigint[], %b::bytea[], %b::bigint[], %b::bigint[], %b::bytea[],"
    " %b::text[], %b::bigint[], %b::bigint[], %b::bytea[], %b::bytea[])"
)
_COMMIT_ENTRIES = (
    "SELECT locksim.commit_entries(%b::text[], %b::bigint[], %b::bytea[], %b::bigint[], %b::bytea[], %b::bigint[],"
    " %b::bigint[], %b::bytea[], %b::text[], %b::bigint[], %b::bigint[], %b::bytea[], %b::bytea[])"
)
_READ_HEAD = "SELECT last, digest, epoch FROM locksim.heads WHERE world = %s"
_LOCK_HEAD = "SELECT last, digest, epoch FROM locksim.heads WHERE world = %s FOR NO KEY UPDATE"
_OWNERLESS = (
    "NOT EXISTS (SELECT FROM locksim.nodes WHERE nodes.boot = heads.boot AND seen > now() - make_interval(secs => %s))"
)
_log = logging.getLogger("locksim")
_Statement = tuple[str, Sequence[Any]]
_Result = TypeVar("_Result")


class _Head(msgspec.Struct, gc=False):
    """A world that this node owns, as it left it."""

    epoch: int
    last: int
    digest: bytes


class _Commit:
    """The statements that write some changes, and what the heads are then."""

    def __init__(self, heads: dict[str, _Head], new_epoch: Callable[[], int], boot: int) -> None:
        self.before = heads
        self.after: dict[str, _Head | None] = {}
        """The worlds in the commit; None: dropped."""
        self.statements: list[_Statement] = []
        self._new_epoch, self._boot = new_epoch, boot
        self._entries: dict[str, list[tuple[int, int, bytes, bytes]]] = {}
        self._walls: dict[str, int] = {}
        self._statuses: dict[str, Status] = {}

    def add(self, change: Change) -> None:
        """Add a change."""
        match change:
            case Append(world=world, n=n, wall=wall, data=data):
                head = self._head(world)
                head.last, head.digest = n, link_of(head.digest, n, wall, data)
                self._entries.setdefault(world, []).append((n, wall, head.digest, data))
                self._walls[world] = wall
            case Checkpoint(world=world, n=n, base=base, wall=wall, data=data):
                self._checkpoint(world, n, wall, self._head(world).digest, data)
                self._do("UPDATE locksim.worlds SET base = %s, latest = %s WHERE name = %s", base, n, world)
                self._do("DELETE FROM locksim.entries WHERE world = %s AND n <= %s", world, base)
                self._do("DELETE FROM locksim.checkpoints WHERE world = %s AND n NOT IN (%s, %s)", world, base, n)
            case Begin():
                self._begin(change)
            case Drop(world=world):
                self._delete(world)
                self._do("DELETE FROM locksim.worlds WHERE name = %s", world)
                self._do("DELETE FROM locksim.heads WHERE world = %s", world)
                self.after[world] = None
            case Status(world=world):
                self._head(world)
                self._statuses[world] = change

    def _begin(self, change: Begin) -> None:
        world, n, wall = change.world, change.n, change.wall
        link = link_of(b"", n, wall, change.description)
        described = sealed(change.description)
        self._delete(world)
        if self.after.get(world) or (world in self.before and world not in self.after):
            head = self._head(world)
            head.last, head.digest = n, link
            sql = "UPDATE locksim.worlds SET description = %b, base = %s, latest = %s WHERE name = %s"
            self._do(sql, described, n, n, world)
        else:
            self.after[world] = _Head(self._new_epoch(), n, link)
            sql = "INSERT INTO locksim.worlds (name, description, base, latest) VALUES (%s, %b, %s, %s)"
            self._do(sql, world, described, n, n)
            sql = "INSERT INTO locksim.heads VALUES (%s, %s, %s, %s, %b, %s, NULL, '')"
            self._do(sql, world, self.after[world].epoch, self._boot, n, link, wall)  # type: ignore[union-attr]
        self._walls[world] = wall
        self._checkpoint(world, n, wall, link, change.data)

    def _head(self, world: str) -> _Head:
        head = self.after.get(world)
        if head is None:
            # A world that this node does not own fails in the database, which knows no epoch 0.
            known = self.before.get(world) or _Head(0, 0, b"")
            head = self.after[world] = msgspec.structs.replace(known)
        return head

    def _do(self, sql: str, *values: Any) -> None:
        self.statements.append((sql, values))

    def _delete(self, world: str) -> None:
        self._entries.pop(world, None)
        self._do("DELETE FROM locksim.entries WHERE world = %s", world)
        self._do("DELETE FROM locksim.checkpoints WHERE world = %s", world)

    def _checkpoint(self, world: str, n: int, wall: int, link: bytes, data: bytes) -> None:
        sql = (
            "INSERT INTO locksim.checkpoints VALUES (%s, %s, %s, %b, %b, %b) ON CONFLICT (world, n) DO UPDATE SET"
            " wall = excluded.wall, link = excluded.link, digest = excluded.digest, data = excluded.data"
        )
        self._do(sql, world, n, wall, link, link_of(link, n, wall, data), data)

    def all_statements(self) -> list[_Statement]:
        """Return the statements: one for entries only, otherwise a transaction."""
        owned = [name for name in self.after if name in self.before or self._is_foreign(name)]
        known = [self.before.get(name) or _Head(0, 0, b"") for name in owned]
        check = (owned, [head.epoch for head in known], [head.digest for head in known])
        kept = {name: head for name, head in self.after.items() if head is not None}
        none = Status("", None, b"")
        statuses = [self._statuses.get(name, none) for name in kept]
        heads = (
            list(kept),
            [head.last for head in kept.values()],
            [head.digest for head in kept.values()],
            [self._walls.get(name, 0) for name in kept],
            [status.due for status in statuses],
            [status.summary for status in statuses],
        )
        rows = [(name, *row) for name, entries in self._entries.items() for row in entries]
        entries = tuple([row[column] for row in rows] for column in range(5))
        if not self.statements:
            return [(_COMMIT_ENTRIES, (*check, *heads[1:], *entries))]
        first, last = (_CHECK_OWNER, check), (_ADD_ENTRIES, (*heads, *entries))
        return [("BEGIN", ()), first, *self.statements, last, ("COMMIT", ())]

    def _is_foreign(self, name: str) -> bool:
        head = self.after[name]
        return head is not None and head.epoch == 0


class PostgresStore:
    """The journals in one database.

    Args:
        url: `postgresql://…`, as libpq takes it.
        node: The name of this node.
        about: What all nodes must have in common, such as the public URL. A node that has another one is refused.

    Raises:
        Refused: The URL is invalid, or the extra is not installed.
    """

    shared = True

    def __init__(self, url: str, node: str, about: str = "") -> None:
        self._connection = PostgresConnection(url, node)
        self.place = self._connection.place
        self._node, self._about = node, about
        self._boot = 0
        """Which start of which node this is; 0 before the lease."""
        self._heads: dict[str, _Head] = {}
        """The worlds that this node owns."""
        self._epochs: list[int] = []
        """Epochs for worlds that begin."""
        self._replaced = False

    # ---- using the connection

    def _run(self, work: Callable[[Any], _Result]) -> _Result:
        """Run a function with the connection in a transaction. Raises WriteFailed; other errors of the function pass."""
        connection = self._connection.get()
        try:
            with connection.transaction():
                return work(connection)
        except self._connection.error as error:
            self._connection.recover()
            raise self._connection.failed(error) from None
        except BaseException:
            self._connection.recover()
            raise

    def _ask(self, sql: str, *values: Any) -> Any:
        """Execute one statement, which is a transaction of its own, and return its cursor. Raises WriteFailed."""
        connection = self._connection.get()
        try:
            return connection.execute(sql, values, binary=True)
        except self._connection.error as error:
            self._connection.recover()
            raise self._connection.failed(error) from None

    def lease(self, holder: str) -> None:
        """Create the schema if there is none, and register this node. Raises Damaged, NotTaken, WriteFailed."""
        self._connection.open()
        self._run(self._make_schema)
        self._run(lambda db: self._register(db, holder))

    def _make_schema(self, db: Any) -> None:
        db.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        if not db.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'locksim'").fetchone():
            db.execute(_TABLES)
            db.execute("INSERT INTO locksim.format VALUES (%s)", (FORMAT,))
            return
        version = None
        if db.execute("SELECT to_regclass('locksim.format')").fetchone()[0] is not None:
            version = (db.execute("SELECT version FROM locksim.format").fetchone() or (None,))[0]
        if version != FORMAT:
            raise Damaged(
                f"{self.place}: the schema locksim has format {version}; this locksim reads format {FORMAT}. It was not "
                "changed; take another database"
            )

    def _register(self, db: Any, holder: str) -> None:
        if db.execute("SELECT current_setting('fsync')").fetchone()[0] != "on":
            _log.warning(
                "%s runs with fsync off: a crash of its machine may lose what callers were answered", self.place
            )
        sql = (
            "SELECT name, about FROM locksim.nodes WHERE about <> %s AND name <> %s AND seen > now() - interval '10 s'"
        )
        other = db.execute(sql, (self._about, self._node)).fetchone()
        if other is not None:
            raise NotTaken(
                f"{self.place}: node {other[0]} has {other[1]}, this one has {self._about}; give all nodes the same, since "
                "worlds name their addresses in answers"
            )
        (self._boot,) = db.execute("SELECT nextval('locksim.epochs')").fetchone()
        self._insert_node(db)
        _log.info("%s: node %s registered (%s)", self.place, self._node, holder)

    def _insert_node(self, db: Any) -> None:
        db.execute(
            "INSERT INTO locksim.nodes VALUES (%s, %s, %s, now()) ON CONFLICT (name) DO UPDATE SET boot = excluded.boot,"
            " about = excluded.about, seen = now()",
            (self._node, self._boot, self._about),
        )

    def close(self) -> None:
        """Release the worlds, and unregister this node."""
        if self._boot:
            with suppress(WriteFailed):
                self.release(list(self._heads))
                self._ask("DELETE FROM locksim.nodes WHERE boot = %s", self._boot)
        self._boot = 0
        self._connection.close()

    # ---- reading

    def worlds(self) -> list[StoredWorld]:
        """Return the stored worlds, in the order in which they began. Raises Damaged."""
        names = self._ask("SELECT name FROM locksim.worlds ORDER BY began").fetchall()
        return [self.peek(name).stored for (name,) in names]

    def read(self, world: str) -> Iterator[Row]:
        """Yield the entries after the base, each compared with its digest. Raises Damaged."""
        yield from self.peek(world).rows

    def peek(self, world: str) -> TakenWorld:
        """Return a world as it is now, without taking it. Raises Unknown, Damaged."""

        def load(db: Any) -> TakenWorld:
            db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            found, end, _ = self._read_head(db, world, lock=False)
            return self._read_rows(db, found, end)

        return self._run(load)

    def _read_head(self, db: Any, world: str, *, lock: bool) -> tuple[StoredWorld, bytes, int]:
        """Return a world without the data of its checkpoints, its last digest and its epoch. Raises Unknown, Damaged."""
        head = db.execute(_LOCK_HEAD if lock else _READ_HEAD, (world,), binary=True).fetchone()
        row = db.execute(
            "SELECT description, base, latest FROM locksim.worlds WHERE name = %s", (world,), binary=True
        ).fetchone()
        if head is None and row is None:
            raise Unknown(f"there is no world {world!r} in this cluster; GET /_sim/worlds lists those that there are")
        if head is None or row is None:
            raise self._damaged(f"a part of world {world} is missing")
        (last, digest, epoch), (description, base, latest) = head, row
        described = opened(world, description, self._damaged)
        return StoredWorld(world, described, Row(base, 0, b""), Row(latest, 0, b""), last), digest, epoch

    def _read_rows(self, db: Any, found: StoredWorld, end: bytes) -> TakenWorld:
        world, base, latest = found.name, found.base.n, found.latest.n
        rows = db.execute(
            "SELECT n, wall, link, digest, data FROM locksim.checkpoints WHERE world = %s", (world,), binary=True
        ).fetchall()
        checkpoints = {n: (wall, link, digest, data) for n, wall, link, digest, data in rows}
        entries = db.execute(
            "SELECT n, wall, digest, data FROM locksim.entries WHERE world = %s AND n > %s ORDER BY n",
            (world, base),
            binary=True,
        ).fetchall()
        complete = msgspec.structs.replace(
            found,
            base=checked_checkpoint(world, base, checkpoints.get(base), self._damaged),
            latest=checked_checkpoint(world, latest, checkpoints.get(latest), self._damaged),
        )
        links = {n: link for n, (_, link, _, _) in checkpoints.items()}
        last = (found.last, end)
        return TakenWorld(complete, list(checked_entries(world, entries, links, base, latest, last, self._damaged)))

    def summaries(self) -> list[bytes]:
        """Return the summaries of all worlds, in the order in which they began."""
        sql = "SELECT summary FROM locksim.worlds JOIN locksim.heads ON world = name ORDER BY began"
        return [summary for (summary,) in self._ask(sql).fetchall()]

    def count(self) -> int:
        """Return the number of worlds."""
        return int(self._ask("SELECT count(*) FROM locksim.worlds").fetchone()[0])

    def new_number(self) -> int:
        """Return a number for a world's name that no node got before."""
        return int(self._ask("SELECT nextval('locksim.names')").fetchone()[0])

    # ---- owning worlds

    def take(self, world: str, accept: Callable[[StoredWorld], None], *, epoch: int | None = None) -> TakenWorld:
        """Become the owner of a world, and return it. Raises Unknown, NotTaken, Damaged, and what `accept` raises."""

        def take(db: Any) -> tuple[TakenWorld, _Head]:
            found, end, owned = self._read_head(db, world, lock=True)
            if epoch not in (None, owned):
                raise NotTaken(f"another node has taken world {world} meanwhile")
            accept(found)
            taken = self._read_rows(db, found, end)
            (new,) = db.execute(
                "UPDATE locksim.heads SET epoch = nextval('locksim.epochs'), boot = %s WHERE world = %s RETURNING epoch",
                (self._boot, world),
            ).fetchone()
            return taken, _Head(new, found.last, end)

        taken, self._heads[world] = self._run(take)
        return taken

    def confirm(self, world: str) -> None:
        """Check that this node still owns a world. Raises Overtaken, WriteFailed."""
        head = self._heads.get(world)
        sql = "SELECT 1 FROM locksim.heads WHERE world = %s AND epoch = %s"
        if not self._ask(sql, world, 0 if head is None else head.epoch).fetchone():
            raise self._overtaken([world])

    def lost(self) -> list[str]:
        """Return the worlds that this node owned, as far as it knew, and that another one has now."""
        sql = (
            "SELECT name FROM unnest(%b::text[], %b::bigint[]) AS mine (name, epoch) WHERE NOT EXISTS"
            " (SELECT FROM locksim.heads WHERE world = mine.name AND heads.epoch = mine.epoch)"
        )
        epochs = [head.epoch for head in self._heads.values()]
        names = [name for (name,) in self._ask(sql, list(self._heads), epochs).fetchall()]
        for name in names:
            self._heads.pop(name, None)
        return names

    def release(self, worlds: Sequence[str]) -> None:
        """Stop owning these worlds, so that nobody waits before taking them."""
        heads = {world: self._heads.pop(world) for world in worlds if world in self._heads}
        if heads:
            sql = (
                "UPDATE locksim.heads SET boot = NULL FROM unnest(%b::text[], %b::bigint[]) AS mine (name, epoch)"
                " WHERE world = mine.name AND heads.epoch = mine.epoch"
            )
            self._ask(sql, list(heads), [head.epoch for head in heads.values()])

    def beat(self) -> None:
        """Note that this node is alive."""
        sql = "UPDATE locksim.nodes SET seen = now() WHERE boot = %s"
        if not self._ask(sql, self._boot).rowcount and not self._replaced:
            self._replaced = True
            _log.warning("another process uses the node name %s; each node needs a name of its own", self._node)

    def others(self, silent: float) -> list[int]:
        """Return the other nodes that are alive, as the numbers of their starts."""
        sql = "SELECT boot FROM locksim.nodes WHERE boot <> %s AND seen > now() - make_interval(secs => %s)"
        return [boot for (boot,) in self._ask(sql, self._boot, silent).fetchall()]

    def orphans(self, now: int, silent: float, limit: int) -> list[tuple[str, int]]:
        """Return worlds where something is due and whose owner is silent or gone, the longest due first."""
        sql = f"SELECT world, epoch FROM locksim.heads WHERE due <= %s AND {_OWNERLESS} ORDER BY due LIMIT %s"  # noqa: S608 - our own text
        return self._pairs(sql, now, silent, limit)

    def unused(self, since: int, silent: float, limit: int) -> list[tuple[str, int]]:
        """Return worlds that had no commit since then, and whose owner is silent or gone."""
        sql = f"SELECT world, epoch FROM locksim.heads WHERE wall <= %s AND {_OWNERLESS} ORDER BY wall LIMIT %s"  # noqa: S608 - our own text
        return self._pairs(sql, since, silent, limit)

    def _pairs(self, sql: str, *values: Any) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = self._ask(sql, *values).fetchall()
        return found

    # ---- writing

    def append(self, changes: Sequence[Change]) -> None:
        """Write all of these changes, or none. Raises WriteFailed, Overtaken, Unresolved, WorldExists."""
        connection = self._connection.get()
        commit = _Commit(self._heads, self._new_epoch, self._boot)
        for change in changes:
            commit.add(change)
        if not commit.after:
            return
        try:
            self._execute(connection, commit.all_statements())
        except self._connection.error as error:
            if not self._connection.recover():
                self._look_for(commit, error)
            elif getattr(error, "sqlstate", None) == _OVERTAKEN:
                raise self._overtaken(msgspec.json.decode(error.diag.message_detail or "[]")) from None  # type: ignore[attr-defined]
            elif _constraint(error) in ("worlds_pkey", "heads_pkey"):
                raise WorldExists("a world of this name began on another node meanwhile; choose another name") from None
            else:
                raise self._connection.failed(error) from None
        for world, head in commit.after.items():
            if head is None:
                self._heads.pop(world, None)
            else:
                self._heads[world] = head

    @staticmethod
    def _execute(connection: Any, statements: list[_Statement]) -> None:
        if len(statements) == 1:
            connection.execute(*statements[0])
            return
        with connection.pipeline():
            for statement in statements:
                connection.execute(*statement)

    def _new_epoch(self) -> int:
        if not self._epochs:
            sql = "SELECT nextval('locksim.epochs') FROM generate_series(1, %s)"
            self._epochs = [epoch for (epoch,) in self._ask(sql, _EPOCHS).fetchall()]
        return self._epochs.pop()

    def _look_for(self, commit: _Commit, error: Exception) -> None:
        """Find out whether a commit whose connection was lost is there. Raises WriteFailed, Unresolved if it is not known."""
        names = [name for name, head in commit.after.items() if head is not None and name in self._heads]
        epochs = [self._heads[name].epoch for name in names]
        sql = (
            "UPDATE locksim.heads SET epoch = nextval('locksim.epochs') FROM unnest(%b::text[], %b::bigint[])"
            " AS mine (name, epoch) WHERE world = mine.name AND heads.epoch = mine.epoch RETURNING world, heads.epoch, digest"
        )
        try:
            self._connection.open()
            rows = self._ask(sql, names, epochs).fetchall()
        except WriteFailed:
            rows = []
        committed: bool | None = None
        for name, epoch, digest in rows:
            before, after = self._heads[name], commit.after[name]
            assert after is not None, "a dropped world is not asked for"
            before.epoch = after.epoch = epoch
            if before.digest != after.digest:
                committed = digest == after.digest
        reason = self._connection.reason(error)
        if committed is None:
            for name in commit.after:
                self._heads.pop(name, None)
            raise Unresolved(
                f"{self.place}: the connection was lost during a commit ({reason}); whether it was made is not known"
            )
        outcome = "made" if committed else "not made"
        _log.warning("%s: the connection was lost during a commit (%s); it was %s", self.place, reason, outcome)
        if not committed:
            raise self._connection.failed(error)

    # ---- errors

    def _overtaken(self, worlds: Sequence[str]) -> Overtaken:
        for world in worlds:
            self._heads.pop(world, None)
        overtaken = Overtaken(f"another node has taken world {', '.join(worlds)}")
        overtaken.worlds = tuple(worlds)
        return overtaken

    def _damaged(self, what: str) -> Damaged:
        return Damaged(
            f"{self.place} is damaged, and was not changed: {what}. Begin in another database, or restore a copy of this one"
        )


def _constraint(error: Exception) -> str | None:
    """Return the name of the constraint that an error is about."""
    name: str | None = getattr(getattr(error, "diag", None), "constraint_name", None)
    return name
