"""What the commands that serve have in common: their flags, and running the server."""

from __future__ import annotations

import argparse
import gc
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locksim.cli import table
from locksim.cli.errors import CommandError

if TYPE_CHECKING:
    import asyncio

    from locksim.engine.vendor import Vendor
    from locksim.server.access_log import WriteRecord
    from locksim.server.config import Network, ProxyConfig, ServerConfig
    from locksim.server.tracing import WriteSpan

__all__ = ["add_flags", "clock", "count", "port", "real_time", "run"]

_MAX_SHOWN = 30
"""Characters up to which credentials are printed at the start; longer ones are only in the connection info."""


def run(
    given: argparse.Namespace,
    vendors: Sequence[Vendor],
    world: Mapping[str, Any],
    *,
    command: Sequence[str] = (),
    **stored: Any,
) -> int:
    """Serve until SIGTERM or SIGINT, or until a command ends, and return the exit code. Raises CommandError.

    Args:
        given: the flags of `add_flags`, among others.
        vendors: the vendors to serve.
        world: the default world's keys, as of POST /_sim/worlds.
        command: a program and its arguments, which runs behind the proxy. Empty: none.
        stored: `store` and `recovered`, as `locksim.server.run.serve` takes them.
    """
    import asyncio

    from locksim.engine.errors import Refused
    from locksim.server import connection_info, tracing
    from locksim.server.listener import PortTaken
    from locksim.server.run import serve, world_options

    def started(document: dict[str, Any]) -> None:
        if given.ready_file is not None:
            try:
                connection_info.write(given.ready_file, document)
            except OSError as error:
                raise CommandError(f"cannot write {given.ready_file}: {error.strerror or error}") from None
        # What is loaded stays: the collector need not walk it again and again while journals grow.
        gc.collect()
        gc.freeze()
        if command:
            running.append(
                asyncio.get_running_loop().create_task(_run_behind_proxy(command, document, ending, signals))
            )
            running[0].add_done_callback(lambda _: stop.set())
        if not given.quiet and command:
            names = ", ".join(document["vendors"])
            print(f"locksim: simulating the hosts of {names}; {document['control']}", file=sys.stderr, flush=True)
        elif not given.quiet:
            _print_addresses(document, {vendor.name: vendor.title for vendor in vendors})

    running: list[asyncio.Task[int]] = []
    stop = asyncio.Event()
    ending = asyncio.Event() if command else stop  # a command may need the simulators until it has ended
    signals: list[int] = []
    provider = None

    async def serving() -> int:
        nonlocal provider
        _set_on_signals(ending, signals)
        provider = tracing.exporter() if given.otel else None
        config = _server_config(given, folder, None if provider is None else tracing.span_writer(provider))
        options = world_options(**world)
        try:
            await serve(vendors, stop, started, config=config, port=given.port, world=options, asked=world, **stored)
        finally:
            if provider is not None:
                provider.shutdown()  # spans that are not exported yet leave now
        return await running[0] if running else 0

    from tempfile import TemporaryDirectory

    try:
        with TemporaryDirectory(prefix="locksim-") as made:
            folder = Path(made)
            code = asyncio.run(serving())
    except PortTaken as taken:
        raise CommandError(f"{taken}; choose another with --port, or --port 0 for free ones") from None
    except Refused as refused:
        raise CommandError(str(refused)) from None
    return 128 + signals[0] if command and signals else code


async def _run_behind_proxy(
    command: Sequence[str], document: Mapping[str, Any], ending: asyncio.Event, signals: Sequence[int]
) -> int:
    """Run a command with the proxy in its environment, and return its exit code. Raises CommandError."""
    from locksim.cli.command import run_command
    from locksim.server.proxy_environment import merged

    variables = merged(document["proxy"]["environment"], os.environ)  # noqa: TID251 - the command's own
    return await run_command(command, {**variables, "LOCKSIM_CONTROL": document["control"]}, ending, signals)


def real_time() -> int:
    """Return the machine's time, in microseconds since the epoch."""
    from locksim.server.wall_clock import WallClock

    return WallClock().now()


def _server_config(given: argparse.Namespace, folder: Path, trace: WriteSpan | None) -> ServerConfig:
    """Return the server's configuration from the flags. Raises Refused."""
    from locksim.server.config import ServerConfig

    return ServerConfig(
        host=given.host,
        names=tuple(given.allow_host),
        admin_token=given.admin_token,
        deliver_to=tuple(given.allow_delivery),
        max_worlds=given.max_worlds,
        mask=given.mask,
        idle=given.idle,
        log=_log_writer(given),
        trace=trace,
        public_url=getattr(given, "public_url", None),
        node=getattr(given, "node", None),
        tls=(folder if getattr(given, "data", None) is None else given.data / "tls") if given.tls else None,
        proxy=_proxy_config(given, folder / "proxy"),
    )


def _log_writer(given: argparse.Namespace) -> WriteRecord | None:
    """Return what writes the log of requests. A command's own output is left alone, unless the log was asked for."""
    from locksim.cli import request_log

    beside_command = hasattr(given, "cmd")
    style = "off" if beside_command and given.log is None else given.log
    output = sys.stderr if beside_command else sys.stdout
    return request_log.writer(style, given.quiet, os.environ, output)  # noqa: TID251 - NO_COLOR


def _proxy_config(given: argparse.Namespace, folder: Path) -> ProxyConfig | None:
    from locksim.server.config import ProxyConfig

    if given.proxy_port is None:
        if given.proxy_pass or given.proxy_host or given.proxy_authority is not None:
            raise CommandError("there is no proxy; give --proxy-port PORT, or --proxy-port 0 for a free one")
        return None
    return ProxyConfig(
        folder,
        given.proxy_port,
        given.proxy_authority,
        tuple(host.lower() for host in given.proxy_pass),
        dict(given.proxy_host),
    )


def _set_on_signals(stop: asyncio.Event, signals: list[int]) -> None:
    """Set the event at SIGTERM and SIGINT, and note which came."""
    import asyncio

    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        signals.append(number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, on_signal, number)
        except NotImplementedError:  # on Windows the loop has no signals
            with suppress(ValueError):
                signal.signal(number, lambda number, _: loop.call_soon_threadsafe(on_signal, number))


def _print_addresses(document: Mapping[str, Any], titles: Mapping[str, str]) -> None:
    """Print where everything is, and how to stop it."""
    rows: list[tuple[str, str, str]] = []
    for name, shown in document["vendors"].items():
        credentials = "  ".join(_flat(shown["credentials"]))
        hidden = len(credentials) > _MAX_SHOWN
        rows.append((titles[name], shown["url"], "in the connection info" if hidden else credentials))
        rows += [(f"  {other}", url, "") for other, url in _other_addresses(shown)]
    print(f"locksim {document['version']}: simulators, without any real lock\n")
    print(*table.lines(("vendor", "url", "credentials (fake)"), rows), sep="\n")
    print(f"\nconnection info, control API  {document['control']}")
    print(f"console                       {document['console']}")
    if "proxy" in document:
        print(f"proxy for the vendors' hosts  {document['proxy']['url']}  (trust {document['proxy']['ca']})")
    print("Ctrl-C stops it.", flush=True)


def _other_addresses(shown: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the names and URLs of a vendor's other addresses in the connection info."""
    found: list[tuple[str, str]] = []
    for key, value in shown.items():
        if isinstance(value, dict) and key != "credentials":
            found += [(name, url) for name, url in value.items() if url != shown["url"]]
        elif isinstance(value, str) and key != "url":
            found.append((key, value))
    return found


def _flat(credentials: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Return `name value` lines; the names in nested objects have their path before them."""
    lines: list[str] = []
    for name, value in credentials.items():
        lines += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [f"{prefix}{name} {value}"]
    return lines


# ---- flags


def add_flags(add: Callable[..., Any]) -> None:
    """Add the flags of every command that serves."""
    add(
        "--port",
        type=port,
        default=8700,
        help="the port of the control API and the console; vendors' ports keep their distance; 0: free ones (8700)",
    )
    add(
        "--host",
        default="127.0.0.1",
        help="the address to listen on (127.0.0.1); one that other machines can reach needs --admin-token",
    )
    add("--ready-file", type=Path, metavar="PATH", help="write the connection info here when all ports accept")
    add("--quiet", action="store_true", help="print nothing, unless --log asks for it")
    add(
        "--log",
        choices=("text", "json", "off"),
        help="print each request to a vendor: as text, or as JSON lines (text on a terminal, otherwise off)",
    )
    add(
        "--otel",
        action="store_true",
        help="export each turn as an OpenTelemetry span, to where the variables OTEL_EXPORTER_OTLP_… say",
    )
    add(
        "--admin-token",
        metavar="TOKEN",
        default=os.environ.get("LOCKSIM_ADMIN_TOKEN"),  # noqa: TID251 - a secret stays out of the list of processes
        help="what callers of the control API and the console must show (or LOCKSIM_ADMIN_TOKEN in the environment)",
    )
    add(
        "--allow-host",
        metavar="NAME",
        action="append",
        default=[],
        help="another host name of this server; repeatable",
    )
    add(
        "--allow-delivery",
        metavar="NETWORK",
        type=_network,
        action="append",
        default=[],
        help="deliveries may go to this network too, as 192.168.1.0/24; with a --host that others can reach, also 127.0.0.0/8 "
        "must be named; repeatable",
    )
    add("--max-worlds", metavar="N", type=count, default=1000, help="how many worlds there may be (1000)")
    add("--idle", metavar="SECONDS", type=count, help="drop a world that nobody used for so long (default: never)")
    add("--mask", action="store_true", help="journals show no secrets (and cannot be replayed)")
    add(
        "--tls",
        action="store_true",
        help="serve https on every port; the connection info names the certificate that clients must trust",
    )
    add(
        "--proxy-port",
        metavar="PORT",
        type=port,
        help="serve a forward proxy too, which hands the vendors' real hosts to the simulators and refuses all others; 0: a "
        "free port",
    )
    add(
        "--proxy-pass",
        metavar="HOST",
        action="append",
        default=[],
        help="let the proxy reach this host on the network: name, name:port or *.domain; repeatable",
    )
    add(
        "--proxy-host",
        metavar="HOST=VENDOR/SITE",
        type=_simulated_host,
        action="append",
        default=[],
        help="let the proxy answer for this host too, as 192.168.7.20:8080=nuki/bridge; repeatable",
    )
    add(
        "--proxy-authority",
        metavar="DIR",
        type=Path,
        help="keep the proxy's certificate authority in this folder (default: a new one, which ends with the server)",
    )


def clock(text: str) -> str:
    """Check a clock mode. Raises argparse.ArgumentTypeError."""
    if not re.fullmatch(r"manual|auto|real|x[1-9][0-9]{0,5}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"a clock is real, manual, auto, or x and a whole number, not {text!r}")
    return text


def port(text: str) -> int:
    """Read a port. Raises argparse.ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"a port is a whole number up to 65535, not {text!r}")
    return int(text)


def _simulated_host(text: str) -> tuple[str, str]:
    host, _, site = text.partition("=")
    if not host or not site:
        raise argparse.ArgumentTypeError(f"write a host as 192.168.7.20:8080=nuki/bridge, not {text!r}")
    return host.lower(), site


def count(text: str) -> int:
    """Read a whole number above 0. Raises argparse.ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10**9):
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, not {text!r}")
    return int(text)


def _network(text: str) -> Network:
    from locksim.server.config import network

    try:
        return network(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from None
