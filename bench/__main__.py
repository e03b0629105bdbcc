"""`python -m bench [GROUP …] [--vendors …] [--json FILE] [--compare OLD]`: measure, and print it next to the aims.

Without a group it measures those of `USUAL`, some minutes in all. A long group (growth, journal, variants) can be run in pieces:
name vendors and sizes, and give each piece the same `--json FILE`.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from rich.console import Console
from rich.table import Table

from bench import cluster, drifting, durable, growth, inprocess, paging, peers, watched, worlds
from bench.load import Load
from bench.results import Results
from bench.serving import Served, load, serving
from bench.waiters import CALLERS, Crowd, crowd
from lockpact.core.pact import PACTS

ROUNDS = 4
RESULTS = Results()
"""The figures of this run."""
AIMS = {1: "≥ 0.65 ×", 2: "≥ 0.65 ×", 16: "≥ 0.95 ×"}
"""Connections → the aim for a data folder's rate, compared with memory."""
LOCKS = 1_000
"""How many things a world holds that is reset (the peers of the anchors held as many)."""


def ready(path: Path) -> dict[str, Any] | None:
    """Return the connection info, once it is there."""
    return msgspec.json.decode(path.read_bytes()) if path.exists() else None


def listing(path: Path) -> str | None:
    """The URL of the bridge's `/list`, once the simulator is ready."""
    document = ready(path)
    if document is None:
        return None
    nuki = document["vendors"]["nuki"]
    return f"{nuki['url']}/list?token={nuki['credentials']['token']}"


class Options(NamedTuple):
    """What the command line asks for."""

    seconds: float
    crowd: float
    vendors: tuple[str, ...]
    sizes: tuple[int, ...]


def compared(
    title: str = "locksim, journal on, compared with a bare Flask app on the same server",
    mine: str = "locksim",
    yardstick: str = "bare Flask",
) -> Table:
    """An empty table of figures next to a yardstick's."""
    table = Table(title=title)
    for column in ("", mine, yardstick, "ratio", "aim"):
        table.add_column(column, justify="left" if not column else "right")
    return table


@contextmanager
def ours(*arguments: str) -> Iterator[tuple[Served, Path]]:
    """`locksim serve` on free ports, with its connection info."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ready.json")
        serve = [sys.executable, "-m", "locksim", "serve", "--port", "0", *arguments]
        command = [*serve, "--ready-file", str(path)]
        with serving(command, lambda: listing(path)) as served:
            yield served, path


@contextmanager
def flask() -> Iterator[Served]:
    """The bare Flask app on the same server."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log.txt")

        def find() -> str | None:
            said = log.read_text().split() if log.exists() else []
            return f"{said[0]}/list" if said else None

        with serving([sys.executable, "-m", "bench.bare"], find, log=log) as served:
            yield served


def with_callers(path: Path, seconds: float) -> Crowd:
    """200 callers in `/auth`, and what the others notice."""
    document = ready(path)
    assert document is not None
    url = document["vendors"]["nuki"]["url"]
    (bridge,) = bridges(document)
    return asyncio.run(crowd(url, str(listing(path)), document["control"], document["world"], bridge, seconds))


def bridges(document: dict[str, Any]) -> list[str]:
    """The ids of the world's bridges, as the control API lists them."""
    import httpx

    listed = httpx.get(f"{document['control']}/worlds/{document['world']}/nuki/hardware", trust_env=False)
    return [device["id"] for device in listed.raise_for_status().json()["devices"] if device["kind"] == "bridge"]


def in_process(console: Console, given: Options) -> None:
    """Requests, resets, fixtures."""
    seconds, table = given.seconds, compared()
    compare(table, "/list in process, called directly", *inprocess.requests(seconds), "{:.0f} µs")
    compare(table, "/list in process, through httpx.Client", *inprocess.through_httpx(seconds), "{:.0f} µs", "≤ 1.15 ×")
    for locks in (0, LOCKS):
        took, there = inprocess.resets(locks, seconds)
        add_row(table, f"reset of a world with {there:,} locks", f"{took / 1e3:.3f} ms", "< 1 ms")
    add_row(table, "fixture `nuki`, set up and torn down", f"{inprocess.fixtures('nuki') / 1e3:.2f} ms", "< 5 ms")
    console.print(table)


def over_sockets(console: Console, given: Options) -> None:
    """Starts, loads, memory, waiting callers."""
    seconds, table = given.seconds, compared()
    with ours() as (mine, path), flask() as bare:
        compare(table, "start to first answer", mine.first_answer, bare.first_answer, "{:.0f} ms", "≤ 1.3 ×")
        for connections in (1, 2):
            m, b = in_turns(mine.url, bare.url, seconds, connections)
            c = f"/list over {connections} connection{'s' * (connections > 1)}"
            compare(table, f"{c}: answers a second", m.rate, b.rate, "{:,.0f}", "≥ 0.85 ×")
            compare(table, f"{c}: median", m.p50, b.p50, "{:.0f} µs")
            compare(table, f"{c}: 99th percentile", m.p99, b.p99, "{:.0f} µs")
        compare(table, "memory after these loads", mine.memory, bare.memory, "{:.0f} MB", "≤ 60 MB")
        found = with_callers(path, seconds)
        add_row(table, "/list, 99th percentile, nobody waits", f"{found.alone:.2f} ms")
        add_row(table, f"/list, 99th percentile, {CALLERS} wait in /auth", f"{found.waiting:.2f} ms", "tens of ms")
        add_row(table, f"the button, {CALLERS} wait in /auth", f"{found.button:.1f} ms", "tens of ms")
        add_row(table, f"… until all {CALLERS} have their token", f"{found.answered:.1f} ms")
    console.print(table)


def with_a_page_open(console: Console, given: Options) -> None:
    """What the console costs, where there is a browser."""
    browser = shutil.which("chromium") or shutil.which("chromium-headless-shell") or shutil.which("google-chrome")
    if browser is None:
        console.print("/list with the console open: there is no browser here")
        return
    with ours() as (mine, path):
        document = ready(path)
        assert document is not None
        found = watched.measure(mine, document["console"], browser, given.seconds, 2 * ROUNDS)
    table = compared()
    RESULTS.add("/list with the console open: processor time of the server", found.cost, found.cost_closed)
    cost, closed = f"{found.cost:.0f} µs", f"{found.cost_closed:.0f} µs closed"
    table.add_row(
        "/list with the console open: server's processor time",
        cost,
        closed,
        f"{found.cost_ratio:.2f} ×",
        "≤ 1.05 ×",
    )
    rate, was = f"{found.rate:,.0f}", f"{found.rate_closed:,.0f} closed"
    table.add_row(
        "… answers a second, browser on the same machine",
        rate,
        was,
        f"{found.rate_ratio:.2f} ×",
        "≥ 0.95 ×",
    )
    console.print(table)


def on_disk(console: Console, given: Options) -> None:
    """The price of a data folder."""
    table = compared("locksim with --data, compared with memory", "--data", "in memory")
    alone = 0.0
    with tempfile.TemporaryDirectory() as folder, ours("--data", folder) as (kept, _), ours() as (memory, _):
        for connections in (1, 2, 16):
            k, m = in_turns(kept.url, memory.url, given.seconds, connections)
            c = f"/list over {connections} connection{'s' * (connections > 1)}"
            compare(table, f"{c}: answers a second", k.rate, m.rate, "{:,.0f}", AIMS[connections])
            compare(table, f"{c}: median", k.p50, m.p50, "{:.0f} µs")
            if connections == 1:
                alone = m.p50
    found = durable.commits(given.seconds)
    for what, took in (("a commit", found.ours), ("SQLite alone", found.sqlite)):
        RESULTS.add(f"{what}, compared with a bare fdatasync", took, found.bare)
        table.add_row(
            f"{what}; a bare fdatasync", f"{took:.0f} µs", f"{found.bare:.0f} µs", f"{took / found.bare:.2f} ×", ""
        )
    # With one connection no answer leaves before its own fdatasync, whatever else is saved.
    add_row(table, "the most that one connection can reach on this disk", f"{alone / (alone + found.bare):.2f} ×")
    console.print(table)


def after_a_kill(console: Console, given: Options) -> None:
    """Starts behind journals of several lengths; snapshots, restores and forks."""
    table = compared("locksim after a kill, compared with a new world", "killed", "new")
    with ours() as (memory, _):
        baseline = memory.first_answer
    for entries in durable.LENGTHS:
        with durable.folder_behind(entries) as path:
            took, again, there = durable.recovering(path)
            with ours("--data", str(path)) as (kept, _):
                compare(
                    table,
                    f"start behind {entries:,} entries, killed",
                    kept.first_answer,
                    baseline,
                    "{:.0f} ms",
                    "< 2,000 ms",
                )
            add_row(table, f"… of which the world ({again:,} of {there:,} kept run again)", f"{took:.0f} ms")
    for locks in (0, LOCKS):
        for name, took in durable.keeping(locks, given.seconds):
            add_row(table, f"{name}, {locks:,} more locks", f"{took / 1e3:.2f} ms", "ms")
    console.print(table)


def over_pages(console: Console, given: Options) -> None:
    """What a page costs as the collection grows."""
    table = Table(title=f"RemoteLock's devices in process, {paging.SIZE} a page; the bare app has the page ready")
    for column in ("", *(f"of {count:,}" for count in paging.COUNTS), "growth", "bare Flask", "aim"):
        table.add_column(column, justify="left" if not column else "right")
    for page in paging.pages(given.seconds):
        took = [f"{us:.0f} µs" for us in page.took.values()]
        RESULTS.add(f"a page of {paging.SIZE}: {page.what}", page.took[paging.COUNTS[0]], page.bare)
        table.add_row(page.what, *took, f"{page.growth:.2f} ×", f"{page.bare:.0f} µs", f"≤ {paging.BOUND} ×")
    console.print(table)


def as_worlds_grow(console: Console, given: Options) -> None:
    """What operations cost as a world grows."""
    _grow(console, given, "entities", given.sizes or growth.ENTITIES, growth.measure)


def as_journals_grow(console: Console, given: Options) -> None:
    """What operations cost as a world's journal grows."""
    _grow(console, given, "journal entries", given.sizes or growth.ENTRIES, growth.measure_journal)


def _grow(
    console: Console,
    given: Options,
    title: str,
    sizes: tuple[int, ...],
    measure: Callable[[str, tuple[int, ...]], list[growth.Growth]],
) -> None:
    table = Table(title=f"µs of processor time by the number of {title}; exponent 0: constant, 1: as the number")
    for column in ("", *(f"{size:,}" for size in sizes), "exponent"):
        table.add_column(column, justify="left" if not column else "right")
    for vendor in given.vendors:
        for found in measure(vendor, sizes):
            took = [f"{us:.0f}" for us in found.took.values()]
            table.add_row(f"{vendor} {found.name}", *took, f"{found.exponent:.2f}" if len(took) > 1 else "")
            for size, us in found.took.items():
                RESULTS.add(f"{vendor} {found.name}, {size:,} {title}", us, found.took[sizes[0]])
    console.print(table)


def in_a_cluster(console: Console, given: Options) -> None:
    """What PostgreSQL and several nodes cost."""
    seconds = given.seconds
    table = Table(title="a list, by where its world is kept")
    for column in ("", "connections", "answers/s", "median", "processor, node", "… and PostgreSQL"):
        table.add_column(column, justify="left" if not column else "right")
    for found in (*cluster.compare_stores(seconds), *cluster.compare_nodes(seconds)):
        RESULTS.add(f"{found.what}, {found.connections} connections: processor of a node", found.node, found.database)
        table.add_row(
            found.what, f"{found.connections}", f"{found.rate:,.0f}", f"{found.p50:,.0f} µs", f"{found.node:.0f} µs",
            f"{found.database:.0f} µs",
        )  # fmt: skip
    moved = cluster.moves()
    console.print(
        table,
        f"worlds a second: {moved.made:.0f} made, {moved.taken:.0f} taken by another node, {moved.dropped:.0f} dropped",
        f"from a kill to the first answer of another node, {cluster.ENTRIES} entries: {moved.takeover:.0f} ms (median of "
        f"{cluster.KILLS}), {moved.slowest:.0f} ms (slowest)",
        sep="\n",
    )


def between_servers(console: Console, given: Options) -> None:
    """What a drift run costs between two servers that do not differ."""
    table = Table(title="lockpact drift, defaults, between two simulators that do not differ")
    for column in ("", "calls a server", "s", "live, min"):
        table.add_column(column, justify="left" if not column else "right")
    for vendor in given.vendors:
        cost = drifting.costs(vendor)
        table.add_row(vendor, f"{cost.calls:,}", f"{cost.seconds:.1f}", f"{cost.live_minutes:.0f}")
        RESULTS.add(f"drift, {vendor}: calls a server", cost.calls)
        RESULTS.add(f"drift, {vendor}: seconds", cost.seconds)
    console.print(table)


def with_each_variant(console: Console, given: Options) -> None:
    """Which variants a drift run finds. It takes some minutes for each vendor."""
    table = Table(title="lockpact drift, defaults, with each variant injected")
    for column in ("", "found", "most steps", "longest, s"):
        table.add_column(column, justify="left" if not column else "right")
    for vendor in given.vendors:
        seen, there, steps, longest = drifting.found(vendor)
        table.add_row(vendor, f"{seen} of {there}", f"{steps}", f"{longest:.0f}")
        RESULTS.add(f"drift, {vendor}: variants found", seen, there)
    console.print(table)


def many_worlds(console: Console, given: Options) -> None:
    """What a world weighs, and callers of many at once."""
    seconds, table = given.crowd, compared()
    with ours() as (mine, path):
        found = worlds.weigh(mine, path)
        add_row(table, "an idle world with every vendor, made over HTTP", f"{found.made:.2f} ms")
        add_row(table, "… its memory", f"{found.memory:.0f} KiB", "≤ 120 KiB")
        calls, same = worlds.crowd(path, seconds)
        add_row(table, f"{worlds.CALLERS} callers over {worlds.WORLDS} worlds, {seconds:g} s", f"{calls:,} calls")
        add_row(table, "… worlds whose answers are their own journal's, replayed", f"{same} of {worlds.WORLDS}", "all")
    console.print(table)


def in_turns(mine: str, bare: str, seconds: float, connections: int) -> tuple[Load, Load]:
    """For each, the best of ROUNDS in turns: whatever else the machine does only ever makes one slower."""
    found = [(load(mine, seconds, connections), load(bare, seconds, connections)) for _ in range(ROUNDS)]
    ours, theirs = (max(loads, key=lambda one: one.rate) for loads in zip(*found, strict=True))
    return ours, theirs


def compare(table: Table, what: str, mine: float, bare: float, form: str, aim: str = "") -> None:
    """A line with both systems."""
    RESULTS.add(what, mine, bare)
    table.add_row(what, form.format(mine), form.format(bare), f"{mine / bare:.2f} ×", aim)


def add_row(table: Table, what: str, mine: str, aim: str = "") -> None:
    """A line of which the bare app knows nothing."""
    table.add_row(what, mine, "", "", aim)


def beside_peers(console: Console, given: Options) -> None:
    """The second table: a list over two connections, ours and theirs."""
    seconds, table = given.seconds, Table(title="Peers: a list over 2 connections")
    for column in ("system", "keeps", "first answer", "list/s", "median", "memory"):
        table.add_column(column, justify="left" if column in ("system", "keeps") else "right")

    def line(name: str, keeps: str, found: peers.Measured) -> None:
        got = found.load
        table.add_row(
            name, keeps, f"{found.first_answer:.0f} ms", f"{got.rate:,.0f}", f"{got.p50:.0f} µs", f"{found.memory:.0f} MB"
        )  # fmt: skip

    with ours() as (served, _):
        load(served.url, seconds)
        mine = peers.Measured(served.first_answer, load(served.url, seconds), served.memory)
    line("locksim, journal on", "state", mine)
    skipped = []
    for name, peer in peers.peers():
        try:
            if isinstance(peer, peers.Skipped):
                raise peer
            found = peers.measure(peer, seconds)
            line(peer.name, peer.keeps, found)
            RESULTS.add(f"list/s, compared with {name}", mine.load.rate, found.load.rate)
        except peers.Skipped as why:
            skipped.append(f"{name} is skipped: {why}")
    console.print(table, *skipped, sep="\n")


GROUPS: dict[str, Callable[[Console, Options], None]] = {
    "inprocess": in_process,
    "sockets": over_sockets,
    "console": with_a_page_open,
    "worlds": many_worlds,
    "pages": over_pages,
    "data": on_disk,
    "starts": after_a_kill,
    "drift": between_servers,
    "variants": with_each_variant,
    "growth": as_worlds_grow,
    "journal": as_journals_grow,
    "cluster": in_a_cluster,
    "peers": beside_peers,
}
USUAL = ("inprocess", "sockets", "console", "worlds", "pages", "data", "starts", "drift")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    args = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    args.add_argument("groups", nargs="*", metavar="GROUP", help=f"what to measure, of {', '.join(GROUPS)}")
    args.add_argument("--seconds", type=float, default=1.5, help="how long each load lasts (1.5)")
    args.add_argument("--crowd", type=float, default=5.0, help="seconds of 64 callers over 32 worlds (5)")
    args.add_argument("--vendors", nargs="+", choices=tuple(PACTS), help="in drift, variants, growth and journal (all)")
    args.add_argument(
        "--sizes", nargs="+", type=int, default=[], help="in growth and journal (as ARCHITECTURE.md has them)"
    )
    args.add_argument(
        "--json", type=Path, metavar="FILE", help="keep the figures there, next to those it has from other groups"
    )
    args.add_argument("--compare", type=Path, metavar="OLD", help="compare with what --json wrote in an older run")
    given = args.parse_args(arguments)
    unknown = [group for group in given.groups if group not in GROUPS]
    if unknown:
        args.error(f"there is no group {unknown[0]!r}; there are {', '.join(GROUPS)}")
    try:
        old = Results.read(given.compare) if given.compare else None
        RESULTS.results = Results.read(given.json).results if given.json and given.json.exists() else []
    except (OSError, msgspec.MsgspecError) as error:
        args.error(f"cannot read older figures: {error}")
    console = Console(width=110) if not sys.stdout.isatty() else Console()
    options = Options(given.seconds, given.crowd, tuple(given.vendors or PACTS), tuple(given.sizes))
    for group in given.groups or USUAL:
        GROUPS[group](console, options)
        if given.json:  # after each group, so that an interrupted run leaves what it has measured
            RESULTS.write(given.json)
    if old is not None:
        console.print(RESULTS.compared_with(old))


if __name__ == "__main__":
    main()
