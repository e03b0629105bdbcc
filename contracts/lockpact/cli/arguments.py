"""The arguments of the `lockpact` commands."""

from __future__ import annotations

import argparse
import re
from importlib.metadata import version
from pathlib import Path

from lockpact.core.kits import kits
from lockpact.core.pact import PACTS

__all__ = ["parser"]


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands. Its result has the command's name as `name`."""
    root = argparse.ArgumentParser(
        prog="lockpact",
        description="Contract tests for smart-lock vendors' APIs and their clients.",
        epilog="Exit codes: 0 kept, 1 broken, 2 could not run or proved nothing, 130 interrupted, 143 ended by SIGTERM.",
    )
    root.add_argument("--version", action="version", version=f"lockpact {version('lockpact')}")
    commands = root.add_subparsers(metavar="COMMAND", required=True)
    _check(commands.add_parser("check", help="check which laws your client breaks"))
    _merge(commands.add_parser("merge", help="merge the reports of the shards of a check"))
    _port(commands.add_parser("port", help="print what an adapter must translate, or copy a kit for one"))
    _watch(
        commands.add_parser("watch", help="run any command with simulators, then judge its traffic and what it prints")
    )
    _conform(commands.add_parser("conform", help="check a server by its OpenAPI document and the laws"))
    _grade(commands.add_parser("grade", help="see which changes of the vendor your test suite detects"))
    _drift(commands.add_parser("drift", help="report what differs between two servers"))
    _record(commands.add_parser("record", help="record the answers of a server, redacted"))
    _cleanup(commands.add_parser("cleanup", help="remove what earlier runs left on a server"))
    return root


def _check(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="check")
    _vendor(parser)
    adapter = parser.add_mutually_exclusive_group(required=True)
    adapter.add_argument(
        "--adapter", metavar="MODULE:CLASS", help="the class that adapts your client to the pact's port"
    )
    adapter.add_argument(
        "--adapter-command",
        metavar="CMD",
        help="the program that adapts your client, in any language, for example 'node adapter.mjs'",
    )
    parser.add_argument(
        "--adapter-clock",
        choices=("world", "machine", "faketime"),
        help="the clock of that program (default: the world's if its kit offers it)",
    )
    parser.add_argument(
        "--adapter-timeout",
        type=_seconds,
        metavar="SECONDS",
        help="how long that program may be silent (default: 10 s, on the machine's clock 60 s)",
    )
    _runs(parser, examples=300)
    parser.add_argument(
        "--seeds", type=_positive, default=1, metavar="N", help="how many seeds, from --seed on (default: 1)"
    )
    parser.add_argument(
        "--example", type=_number, metavar="N", help="run only the example of this number, as in the whole run"
    )
    parser.add_argument(
        "--shard", type=_shard, metavar="K/N", help="run only every Nth example, from the Kth on; see `lockpact merge`"
    )
    parser.add_argument(
        "--jobs", type=_number, default=1, metavar="N", help="how many processes (default: 1; 0: one for each core)"
    )
    parser.add_argument(
        "--no-shorten", action="store_true", help="show each broken law's story as it was found, which takes less time"
    )
    parser.add_argument("--law", action="append", metavar="ID", help="judge only this law (repeatable)")
    parser.add_argument(
        "--library-logs",
        choices=("DEBUG", "INFO", "WARNING", "ERROR"),
        default="WARNING",
        help="the level from which log lines of HTTP libraries are judged (default: WARNING, as users' logging shows them)",
    )
    _reports(parser)


def _port(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="port")
    _vendor(parser)
    parser.add_argument(
        "--format",
        choices=("text", "json-schema", "typescript"),
        default="text",
        help="how to print the port (default: text)",
    )
    parser.add_argument(
        "--kit",
        nargs=2,
        metavar=("LANGUAGE", "DIR"),
        help=f"copy what makes an adapter short into this folder instead: {', '.join(kits())}",
    )


def _merge(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="merge")
    parser.add_argument(
        "reports",
        nargs="+",
        type=Path,
        metavar="REPORT",
        help="a file that `lockpact check --json` wrote, one of each shard",
    )
    _reports(parser)


def _watch(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="watch")
    parser.add_argument(
        "vendors",
        nargs="*",
        metavar="VENDOR",
        help=f"the vendors to simulate (default: all): {', '.join(sorted(PACTS))}",
    )
    parser.add_argument(
        "--clock", default="real", metavar="MODE", help="the world's clock: real (default), auto, x60 …"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the world's seed (default: 0)")
    parser.add_argument(
        "--repeat",
        type=_positive,
        metavar="N",
        help="run it N times, each with the next seed (default: 1; with --storm 5)",
    )
    parser.add_argument(
        "--storm",
        action="store_true",
        help="after a calm run, begin each run with another subset of faults, and judge how it ends",
    )
    parser.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", help="end CMD after so many seconds (default: never)"
    )
    parser.add_argument(
        "--proxy",
        action="store_true",
        help="put a proxy into CMD's environment that hands the vendors' real hosts to the simulators and refuses all others",
    )
    parser.add_argument(
        "--proxy-pass",
        action="append",
        default=[],
        metavar="HOST",
        help="let the proxy reach this host on the network: name, name:port or *.domain (repeatable)",
    )
    _reports(parser)
    parser.usage = "lockpact watch [VENDOR …] [options] -- CMD [ARGUMENT …]"
    parser.epilog = "CMD gets the addresses in LOCKPACT_CONTROL and in variables like LOCKPACT_NUKI_URL."


def _conform(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="conform")
    _vendor(parser)
    parser.add_argument("--url", metavar="URL", help="the server to judge")
    parser.add_argument(
        "--recordings",
        type=Path,
        metavar="DIR",
        help="report which rules of our simulator these recordings confirm or contradict",
    )
    parser.add_argument(
        "--control",
        metavar="URL",
        help="the control API if the server is a simulator; found by itself on the usual ports",
    )
    _permission(parser, calls=2_000, where="to a server that is not on loopback")
    parser.add_argument(
        "--lock", action="append", default=[], metavar="ID",
        help="the sequences on an account of a live server may use this lock (repeatable)",
    )  # fmt: skip
    _runs(parser, examples=50)
    _reports(parser)


def _grade(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="grade")
    _vendor(parser)
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="use only this variant (repeatable)")
    parser.add_argument(
        "--jobs", type=_positive, default=0, metavar="N", help="how many runs at a time (default: one for each core)"
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=600.0,
        metavar="SECONDS",
        help="a run that takes longer has failed (default: 600)",
    )
    parser.add_argument("--clock", default="auto", metavar="MODE", help="the world's clock (default: auto)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the world's seed (default: 0)")
    parser.add_argument(
        "--fail-on",
        choices=("breaking", "risky", "harmless"),
        default="risky",
        help="the least weight of a change that the suite must detect (default: risky)",
    )
    parser.add_argument(
        "--threshold",
        type=_percentage,
        default=100.0,
        metavar="PERCENT",
        help="how many of these changes it must detect (default: 100)",
    )
    parser.add_argument(
        "--accept", type=Path, metavar="FILE", help="variants that it need not detect, each with a reason and a date"
    )
    _reports(parser)
    parser.usage = "lockpact grade VENDOR [options] -- CMD [ARGUMENT …]"
    parser.epilog = (
        "CMD gets the simulator's address as with `lockpact watch`. lockpact's pytest fixtures use the variant, too."
    )


def _drift(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="drift")
    _vendor(parser)
    for server in ("baseline", "candidate"):
        parser.add_argument(f"--{server}", required=True, metavar="URL", help=f"the {server} server")
        parser.add_argument(
            f"--{server}-control",
            metavar="URL",
            help="its control API if it is a simulator; found by itself on the usual ports",
        )
        parser.add_argument(
            f"--{server}-credentials", type=Path, metavar="FILE", help="its credentials (default: --credentials)"
        )
    _permission(parser, calls=20_000, where="to a server without a control API")
    parser.add_argument("--lock", action="append", default=[], metavar="ID", help="use only this lock (repeatable)")
    parser.add_argument(
        "--accept", type=Path, metavar="FILE", help="accepted differences, each with a reason and a date"
    )
    parser.add_argument(
        "--sequences", type=_positive, default=60, metavar="N", help="how many sequences to run (default: 60)"
    )
    parser.add_argument(
        "--length", type=_positive, default=12, metavar="N", help="how many steps a sequence has (default: 12)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="the same seed gives the same run (default: 0)"
    )
    parser.add_argument("--json", metavar="FILE", help="write the differences as JSON; - for standard output")
    _reports(parser)


def _record(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="record")
    _vendor(parser)
    parser.add_argument("--url", required=True, metavar="URL", help="the server")
    parser.add_argument("--control", metavar="URL", help="its control API if it is a simulator (for practice)")
    parser.add_argument(
        "--into",
        type=Path,
        default=Path("recordings"),
        metavar="DIR",
        help="the folder to write to (default: recordings)",
    )
    parser.add_argument("--version", default="", metavar="TEXT", help="the version that the server runs")
    parser.add_argument(
        "--as", dest="called", type=_file_name, metavar="NAME",
        help="what the file calls the server (default: the host if it is the vendor's own, else lan or elsewhere)",
    )  # fmt: skip
    _permission(parser, calls=1_000, where="to any server")
    parser.add_argument("--lock", action="append", default=[], metavar="ID", help="use only this lock (repeatable)")
    _reports(parser)


def _cleanup(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="cleanup")
    _vendor(parser)
    parser.add_argument("--url", required=True, metavar="URL", help="the server")
    _live_server(parser)
    _reports(parser)


def _live_server(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of commands that may use a live server."""
    parser.add_argument(
        "--credentials", type=Path, metavar="FILE",
        help="a JSON object of credentials (default: from variables like LOCKPACT_NUKI_TOKEN)",
    )  # fmt: skip
    parser.add_argument(
        "--production-account",
        metavar="NAME",
        help="allow a production host of the vendor, on which this is your account",
    )
    parser.add_argument(
        "--share",
        type=_share,
        default=0.5,
        metavar="N",
        help="the part of the vendor's rate limit and quota to use at most (default: 0.5)",
    )


def _permission(parser: argparse.ArgumentParser, calls: int, where: str) -> None:
    _live_server(parser)
    parser.add_argument(
        "--allow", action="append", default=[], metavar="PATH",
        help=f'send this operation {where}, for example "POST /devices" (repeatable). Operations that read are always sent. '
        "* allows all that open or destroy nothing; those must be named.",
    )  # fmt: skip
    parser.add_argument(
        "--calls",
        type=_positive,
        default=calls,
        metavar="N",
        help=f"the most requests {where} (default: {calls})",
    )


def _vendor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("vendor", choices=sorted(PACTS), metavar="VENDOR", help=f"one of: {', '.join(sorted(PACTS))}")


def _runs(parser: argparse.ArgumentParser, examples: int) -> None:
    parser.add_argument(
        "--examples", type=_positive, default=examples, metavar="N", help=f"how many examples (default: {examples})"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="the same seed gives the same run (default: 0)"
    )


def _reports(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one HTML page")
    if parser.get_default("name") != "drift":  # its JSON has the differences
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON")
    parser.add_argument(
        "--github",
        action="store_true",
        help="print annotations for GitHub Actions, and append to the job's summary (GITHUB_STEP_SUMMARY)",
    )
    parser.add_argument(
        "--stories", type=Path, metavar="DIR", help="write each broken law's story and its world's journal"
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"invalid number {text}: must be 1 or more")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number <= 3600:
        raise argparse.ArgumentTypeError(f"invalid time {text}: must be above 0 and at most 3600 seconds")
    return number


def _number(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"invalid number {text}: must be 0 or more")
    return number


def _shard(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise argparse.ArgumentTypeError(f"invalid shard {text!r}: write K/N with K from 1 to N, for example 2/4")
    return int(found[1]), int(found[2])


def _file_name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,62}", text):
        raise argparse.ArgumentTypeError(f"invalid name {text!r}: use a to z, 0 to 9, dots and hyphens")
    return text


def _percentage(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError(f"invalid percentage {text}: must be from 0 to 100")
    return number


def _share(text: str) -> float:
    number = float(text)
    if not 0 < number <= 1:
        raise argparse.ArgumentTypeError(f"invalid share {text}: must be above 0 and at most 1")
    return number
