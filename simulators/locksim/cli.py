"""`locksim`: the only place that reads arguments.

Exit codes: 0 ended as asked, 1 a replay came out otherwise, 2 could not run (and one sentence on standard error says why).
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locksim import __version__, registry

if TYPE_CHECKING:
    from locksim.engine.vendor import Vendor
    from locksim.engine.world import WorldCore
    from locksim.server.config import Network, ServerConfig
    from locksim.storage.store import Store

__all__ = ["main"]

_SHORT = 30
"""Characters up to which credentials are printed at the start; longer ones are in the ready document."""
_WIDTH = 96
"""Columns that the first table takes, also where the terminal has fewer: an address is no use cut."""


class _Sorry(Exception):
    """The command cannot run; the text says why, and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `locksim` with these arguments (the process's own, without). → its exit code."""
    given = _parser().parse_args(arguments)
    try:
        code: int = given.run(given)
    except _Sorry as sorry:
        print(f"locksim: {sorry}", file=sys.stderr)
        return 2
    return code


# ---- locksim serve


def _serve(given: argparse.Namespace) -> int:
    """Run the stand-ins until SIGTERM or SIGINT."""
    from locksim.engine.errors import Refused
    from locksim.storage import recovery

    world = _described(given)
    store = None if given.data is None else _held(given.data)
    try:
        kept = [] if store is None else recovery.vendors_of(store)
        chosen = [_load(name) for name in dict.fromkeys(given.vendors or kept or registry.NAMES)]
    except Refused as refused:
        raise _Sorry(str(refused)) from None

    return _run(given, chosen, world, store=store)


def _run(given: argparse.Namespace, chosen: Sequence[Vendor], world: Mapping[str, Any], **kept: Any) -> int:
    """Serve until SIGTERM or SIGINT."""
    from locksim.engine.errors import Refused
    from locksim.server import connection_info
    from locksim.server.listener import PortTaken
    from locksim.server.run import serve, world_options

    def started(document: dict[str, Any]) -> None:
        if given.ready_file is not None:
            try:
                connection_info.write(given.ready_file, document)
            except OSError as error:
                raise _Sorry(f"cannot write {given.ready_file}: {error.strerror or error}") from None
        # What is loaded stays: the collector need not walk it again and again while journals grow.
        gc.collect()
        gc.freeze()
        if not given.quiet:
            _announce(document, {v.name: v.title for v in chosen}, world)

    async def serving() -> None:
        stop = asyncio.Event()
        _until_told(stop)
        terms, fresh = _terms(given, folder), world_options(**world)
        await serve(chosen, stop, started, terms=terms, port=given.port, world=fresh, asked=world, **kept)

    try:
        with tempfile.TemporaryDirectory(prefix="locksim-") as made:
            folder = Path(made)
            asyncio.run(serving())
    except PortTaken as taken:
        raise _Sorry(f"{taken}; take another with --port, or --port 0 for free ones") from None
    except Refused as refused:
        raise _Sorry(str(refused)) from None
    return 0


def _held(folder: Path) -> Store:
    """The data folder, held by this process."""
    from locksim.engine.errors import Refused
    from locksim.engine.timestamps import iso
    from locksim.storage.sqlite import SqliteStore

    store = SqliteStore(folder)
    try:
        store.lease(f"locksim {__version__} since {iso(_now())}")
    except Refused as refused:
        raise _Sorry(str(refused)) from None
    return store


def _now() -> int:
    """The machine's time, in microseconds since the epoch."""
    from locksim.server.wall_clock import WallClock

    return WallClock().now()


def _terms(given: argparse.Namespace, folder: Path) -> ServerConfig:
    """What the flags say of who may come in and what may go out. Raises Refused."""
    from locksim.server.config import ServerConfig

    return ServerConfig(
        host=given.host,
        names=tuple(given.allow_host),
        admin_token=given.admin_token,
        deliver_to=tuple(given.allow_delivery),
        max_worlds=given.max_worlds,
        mask=given.mask,
        idle=given.idle,
        tls=(folder if getattr(given, "data", None) is None else given.data / "tls") if given.tls else None,
    )


def _until_told(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT end the server in good order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # on Windows the loop has no signals
            with suppress(ValueError):
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))


def _described(given: argparse.Namespace) -> dict[str, Any]:
    """The default world's keys: those of the `--world` file, and over them those of the flags."""
    world: dict[str, Any] = {}
    if given.world is not None:
        try:
            world = json.loads(given.world.read_text("utf-8"))
        except OSError as error:
            raise _Sorry(f"cannot read {given.world}: {error.strerror or error}") from None
        except (ValueError, RecursionError) as wrong:
            raise _Sorry(f"{given.world} is no JSON: {wrong}") from None
        if not isinstance(world, dict):
            raise _Sorry(f"{given.world} holds no JSON object; it has the keys of POST /_sim/worlds")
        if world.pop("name", "default") != "default" or world.pop("ports", False):
            raise _Sorry(f"{given.world}: the world that is served from the start is `default`, on the fixed ports")
    flags = {"seed": given.seed, "profile": given.profile, "limits": given.limits}
    world |= {key: value for key, value in flags.items() if value is not None}
    if given.variant:
        world["variants"] = given.variant
    if given.clock is not None or given.start is not None:
        stands = world.get("clock", "real")
        clock = dict(stands) if isinstance(stands, dict) else {"mode": stands}
        clock |= {} if given.clock is None else {"mode": given.clock}
        clock |= {} if given.start is None else {"now": given.start}
        if given.clock is not None:
            clock.pop("rate", None)
        world["clock"] = clock
    return world


def _announce(document: Mapping[str, Any], titles: Mapping[str, str], world: Mapping[str, Any]) -> None:
    """Say what is there, and how to stop it."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("vendor", "url", "credentials (fake)"):
        table.add_column(column, no_wrap=True)
    for name, shown in document["vendors"].items():
        known = "  ".join(_flat(shown["credentials"]))
        table.add_row(titles[name], shown["url"], known if len(known) <= _SHORT else "in the ready document")
        for other, url in _doors(shown):
            table.add_row(f"  {other}", url, "")
    console = Console(highlight=False, soft_wrap=True)
    console.width = max(console.width, _WIDTH)
    console.print(f"locksim {document['version']}: stand-ins, no real lock is behind them\n", markup=False)
    console.print(table)
    console.print(f"\nready document, control door  {document['control']}", markup=False)
    console.print(f"console                       {document['console']}", markup=False)
    console.print("Ctrl-C stops it.", markup=False)


def _doors(shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A vendor's further doors, as its part of the ready document names them."""
    doors: list[tuple[str, str]] = []
    for key, value in shown.items():
        if isinstance(value, dict) and key != "credentials":
            doors += [(name, url) for name, url in value.items() if url != shown["url"]]
        elif isinstance(value, str) and key != "url":
            doors.append((key, value))
    return doors


def _flat(credentials: Mapping[str, Any], prefix: str = "") -> list[str]:
    """`name value` lines, those of nested objects with their path before them."""
    lines: list[str] = []
    for name, value in credentials.items():
        lines += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [f"{prefix}{name} {value}"]
    return lines


# ---- locksim replay


def _replay(given: argparse.Namespace) -> int:
    """Run a journal again, and compare; or serve the world as it stood at one of its entries."""
    from locksim.engine import replay
    from locksim.engine.errors import Refused

    try:
        recorded = replay.read(_text(given.file))
        chosen = {name: registry.load(name) for name in recorded.header.vendors}
        if not recorded.lines and given.until is None:
            raise _Sorry(f"{given.file}: there is no entry in this journal, so nothing was compared")
        if given.until is not None and not recorded.header.after <= given.until <= recorded.last:
            raise _Sorry(
                f"{given.file} goes from entry {recorded.header.after} to {recorded.last}; --until names one of them"
            )
        strange = recorded.warning(chosen.values())
        if strange:
            print(f"{strange}; its answers may differ for that reason", file=sys.stderr)
        world = replay.begin(recorded, chosen)
        difference = replay.run(recorded, world, given.until)
    except Refused as refused:
        raise _Sorry(f"{given.file}: {refused}") from None
    if difference is not None:
        print(difference.text())
        return 1
    if given.until is None:
        print(f"every answer is what it was ({len(recorded.lines)} entries)")
        return 0
    return _stand(given, world)


def _text(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise _Sorry(f"cannot read {file}: {error.strerror or error}") from None


def _stand(given: argparse.Namespace, world: WorldCore) -> int:
    """Serve a world as it stands. Its time stands too, unless told otherwise."""
    from locksim.engine.inputs import Command
    from locksim.storage import recovery

    world.apply(Command(world.now, "clock", {"mode": given.clock or "manual"}))
    kept = recovery.RecoveredWorld(world, recovery.describe(world.vendors), 0)
    kept.wall = _now()
    return _run(given, list(world.vendors.values()), {}, recovered=[kept])


# ---- locksim variants


def _variants(given: argparse.Namespace) -> int:
    """List the changes that vendors might make."""
    from locksim.engine.vendor import variants_of

    chosen = [_load(name) for name in ([given.vendor] if given.vendor else registry.NAMES)]
    shown = [
        {"id": id_, "vendor": vendor.name, "sentence": v.sentence, "class": v.change, "weight": v.weight}
        for vendor in chosen
        for id_, v in variants_of(vendor).items()
    ]
    if given.format == "json":
        print(json.dumps(shown, indent=2, ensure_ascii=False))
        return 0
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("id", "class", "weight", "what is different"):
        table.add_column(column, overflow="fold")
    for row in shown:
        table.add_row(row["id"], row["class"], row["weight"], row["sentence"])
    Console(highlight=False, soft_wrap=True).print(table)
    return 0


# ---- locksim openapi


def _openapi(given: argparse.Namespace) -> int:
    """Print a vendor's OpenAPI document."""
    text = _load(given.vendor).openapi.read_text("utf-8")
    if given.format == "json":
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        text = json.dumps(yaml.load(text, Loader=loader), indent=2, ensure_ascii=False) + "\n"  # noqa: S506 - both are safe loaders
    sys.stdout.write(text)
    return 0


def _load(name: str) -> Vendor:
    from locksim.engine.errors import Unknown

    try:
        return registry.load(name)
    except Unknown as unknown:
        raise _Sorry(str(unknown)) from None


# ---- arguments


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="locksim", description="Stand-ins for smart-lock vendors' APIs.")
    parser.add_argument("--version", action="version", version=f"locksim {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    serve = commands.add_parser("serve", help="run the stand-ins", description="Run the stand-ins until told to stop.")
    serve.set_defaults(run=_serve)
    add = serve.add_argument
    _where(add)
    add("vendors", metavar="VENDOR", nargs="*", help=f"which ones (all, without): {', '.join(registry.NAMES)}")
    add("--seed", type=int, help="what all chance comes from (0)")
    add("--clock", type=_clock, metavar="MODE", help="real, manual, auto, or x60: sixty times as fast (real)")
    add("--start", metavar="TIME", help="when the world begins, as 2026-01-05T08:00:00Z (real and scaled: now)")
    add("--profile", choices=("documented", "observed"), help="whose word counts where they differ (documented)")
    add("--limits", choices=("on", "off"), help="rate limits and quotas (on)")
    add("--world", type=Path, metavar="FILE", help="JSON with the keys of POST /_sim/worlds; flags go over it")
    add("--variant", metavar="ID", action="append", default=[], help="plant a change; `locksim variants` lists them")
    add(
        "--data",
        type=Path,
        metavar="DIR",
        help="keep the worlds in this folder; a start goes on where the last one ended",
    )

    replay = commands.add_parser(
        "replay", help="run a journal again", description="Run an exported journal again, and compare."
    )
    replay.set_defaults(run=_replay)
    replay.add_argument(
        "file", metavar="FILE", type=Path, help="JSON lines, as exported (GET …/journal.jsonl); -: standard input"
    )
    replay.add_argument("--until", metavar="N", type=int, help="serve the world as it stood after entry N")
    replay.add_argument("--clock", type=_clock, metavar="MODE", help="how its time passes then (manual)")
    _where(replay.add_argument)

    variants = commands.add_parser("variants", help="list the changes of vendors that can be planted, for practice")
    variants.set_defaults(run=_variants)
    variants.add_argument("vendor", metavar="VENDOR", nargs="?", help=f"{', '.join(registry.NAMES)} (all, without)")
    variants.add_argument("--format", choices=("table", "json"), default="table")

    openapi = commands.add_parser("openapi", help="print a vendor's OpenAPI document")
    openapi.set_defaults(run=_openapi)
    openapi.add_argument("vendor", metavar="VENDOR", help=", ".join(registry.NAMES))
    openapi.add_argument("--format", choices=("yaml", "json"), default="yaml")
    return parser


def _where(add: Callable[..., Any]) -> None:
    """The flags of whatever serves."""
    add("--port", type=_port, default=8700, help="the hub's; vendors' keep their distance; 0: free ones (8700)")
    add(
        "--host",
        default="127.0.0.1",
        help="the address to listen on (127.0.0.1); one beyond loopback needs --admin-token",
    )
    add("--ready-file", type=Path, metavar="PATH", help="write addresses and credentials here when all ports accept")
    add("--quiet", action="store_true", help="print nothing")
    add(
        "--admin-token",
        metavar="TOKEN",
        default=os.environ.get("LOCKSIM_ADMIN_TOKEN"),  # noqa: TID251 - a secret stays out of the list of processes
        help="what control door and console ask of their callers (LOCKSIM_ADMIN_TOKEN in the environment will do)",
    )
    add(
        "--allow-host",
        metavar="NAME",
        action="append",
        default=[],
        help="one more name to be called by; again for more",
    )
    add(
        "--allow-delivery",
        metavar="NETWORK",
        type=_network,
        action="append",
        default=[],
        help="deliveries may go to this network too, as 192.168.1.0/24; again for more",
    )
    add("--max-worlds", metavar="N", type=_count, default=1000, help="how many worlds there may be (1000)")
    add("--idle", metavar="SECONDS", type=_count, help="drop a world that nobody used for so long (never, without)")
    add("--mask", action="store_true", help="exported journals show no secrets (and cannot be replayed)")
    add(
        "--tls",
        action="store_true",
        help="https on every port; the ready document says where the authority's certificate is",
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"a port is a whole number up to 65535, not {text!r}")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10**9):
        raise argparse.ArgumentTypeError(f"a whole number above 0, not {text!r}")
    return int(text)


def _network(text: str) -> Network:
    from locksim.server.config import network

    try:
        return network(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from None


def _clock(text: str) -> str:
    if not re.fullmatch(r"manual|auto|real|x[1-9][0-9]{0,5}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"a clock is real, manual, auto, or x and a whole number, not {text!r}")
    return text


if __name__ == "__main__":
    sys.exit(main())
