"""What `lockpact …` may be told: its commands and their arguments."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from lockpact.core.pact import PACTS

__all__ = ["parser"]


def parser() -> argparse.ArgumentParser:
    """For all commands; which one it is comes as `name`."""
    whole = argparse.ArgumentParser(
        prog="lockpact",
        description="The pact that a smart-lock vendor and its clients owe each other.",
        epilog="Exit codes: 0 kept, 1 broken, 2 could not run or proved nothing.",
    )
    commands = whole.add_subparsers(metavar="COMMAND", required=True)
    _check(commands.add_parser("check", help="drive your client through the pact"))
    _watch(commands.add_parser("watch", help="run any command with the vendors' addresses, then judge its conduct"))
    _conform(commands.add_parser("conform", help="drive a server through the pact"))
    _grade(commands.add_parser("grade", help="see which changes of the vendor your test suite notices"))
    _drift(commands.add_parser("drift", help="tell what changed between two servers"))
    _record(commands.add_parser("record", help="write down, redacted, what a server answers"))
    _cleanup(commands.add_parser("cleanup", help="remove what drift runs have left on a server"))
    return whole


def _check(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="check")
    _vendor(parser)
    parser.add_argument("--adapter", required=True, metavar="MODULE:CLASS", help="your client, behind the pact's port")
    _runs(parser, examples=300)
    parser.add_argument("--law", action="append", metavar="ID", help="judge this law only (again for more)")
    _reports(parser)


def _watch(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="watch")
    parser.add_argument("vendors", nargs="+", metavar="VENDOR", help=f"of: {', '.join(sorted(PACTS))}")
    parser.add_argument(
        "--clock", default="real", metavar="MODE", help="the world's clock: real (the default), auto, x60 …"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the world's seed (default: 0)")
    _reports(parser)
    parser.usage = "lockpact watch VENDOR [VENDOR …] [options] -- CMD [ARGUMENT …]"
    parser.epilog = "CMD finds the world in LOCKPACT_CONTROL and, per vendor, in variables like LOCKPACT_NUKI_URL."


def _conform(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="conform")
    _vendor(parser)
    parser.add_argument("--url", metavar="URL", help="the server to judge")
    parser.add_argument(
        "--recordings", type=Path, metavar="DIR", help="say which rules of our stand-in these confirm, and contradict"
    )
    parser.add_argument(
        "--control", metavar="URL", help="our stand-in's control door: tells credentials, restores state"
    )
    _permission(parser, calls=2_000, elsewhere="elsewhere than on loopback")
    _runs(parser, examples=50)
    _reports(parser)


def _grade(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="grade")
    _vendor(parser)
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="this variant only (again for more)")
    parser.add_argument("--jobs", type=_positive, default=0, metavar="N", help="runs at a time (one a core)")
    parser.add_argument(
        "--timeout", type=float, default=600.0, metavar="SECONDS", help="one that takes longer has noticed (600)"
    )
    parser.add_argument("--clock", default="auto", metavar="MODE", help="the world's clock (auto)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the world's seed (default: 0)")
    _reports(parser)
    parser.usage = "lockpact grade VENDOR [options] -- CMD [ARGUMENT …]"
    parser.epilog = (
        "CMD finds the stand-in as under `lockpact watch`; lockpact's pytest fixtures plant the variant too."
    )


def _drift(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="drift")
    _vendor(parser)
    for side in ("baseline", "candidate"):
        parser.add_argument(f"--{side}", required=True, metavar="URL", help=f"the {side}")
        parser.add_argument(
            f"--{side}-control",
            metavar="URL",
            help="its control door, where it is a stand-in of ours (found, with the usual ports)",
        )
        parser.add_argument(
            f"--{side}-credentials", type=Path, metavar="FILE", help="a JSON object; else from --credentials"
        )
    _permission(parser, calls=20_000, elsewhere="without a control door")
    parser.add_argument("--lock", action="append", default=[], metavar="ID", help="keep to this lock (again for more)")
    parser.add_argument(
        "--accept", type=Path, metavar="FILE", help="differences that are known, each with reason and date"
    )
    parser.add_argument("--sequences", type=_positive, default=60, metavar="N", help="default: 60")
    parser.add_argument("--length", type=_positive, default=12, metavar="N", help="steps of a sequence (12)")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="the same seed gives the same run (default: 0)"
    )
    parser.add_argument("--json", metavar="FILE", help="write the differences as JSON; - for standard output")
    _reports(parser)


def _record(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="record")
    _vendor(parser)
    parser.add_argument("--url", required=True, metavar="URL", help="the server")
    parser.add_argument(
        "--control", metavar="URL", help="its control door, where it is a stand-in of ours (for practice)"
    )
    parser.add_argument(
        "--into", type=Path, default=Path("recordings"), metavar="DIR", help="where to write (recordings)"
    )
    parser.add_argument(
        "--version", default="", metavar="TEXT", help="the version that the server runs, where it is known"
    )
    parser.add_argument(
        "--as", dest="called", type=_name, metavar="NAME",
        help="what the file calls the server (its host where that is the vendor's own, else lan or elsewhere)",
    )  # fmt: skip
    _permission(parser, calls=1_000, elsewhere="with and without a control door")
    parser.add_argument("--lock", action="append", default=[], metavar="ID", help="keep to this lock (again for more)")
    _reports(parser)


def _cleanup(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(name="cleanup")
    _vendor(parser)
    parser.add_argument("--url", required=True, metavar="URL", help="the server")
    _live(parser)
    _reports(parser)


def _live(parser: argparse.ArgumentParser) -> None:
    """For commands that may reach a server that is not ours."""
    parser.add_argument(
        "--credentials", type=Path, metavar="FILE",
        help="a JSON object of credentials; else they come from variables like LOCKPACT_NUKI_TOKEN",
    )  # fmt: skip
    parser.add_argument(
        "--production-account", metavar="NAME", help="whose account on a vendor's own production host it is"
    )
    parser.add_argument(
        "--share", type=_part, default=0.5, metavar="N", help="of the vendor's rate limit and quota at most (0.5)"
    )


def _permission(parser: argparse.ArgumentParser, calls: int, elsewhere: str) -> None:
    _live(parser)
    parser.add_argument(
        "--allow", action="append", default=[], metavar="PATH",
        help=f'send to this operation too, as "POST /devices" (again for more; * for all that destroy nothing); {elsewhere} '
        "only what reads is sent, and what opens or destroys must be named",
    )  # fmt: skip
    parser.add_argument(
        "--calls",
        type=_positive,
        default=calls,
        metavar="N",
        help=f"requests to a server at most, {elsewhere} ({calls})",
    )


def _vendor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("vendor", choices=sorted(PACTS), metavar="VENDOR", help=f"one of: {', '.join(sorted(PACTS))}")


def _runs(parser: argparse.ArgumentParser, examples: int) -> None:
    parser.add_argument("--examples", type=_positive, default=examples, metavar="N", help=f"default: {examples}")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="the same seed gives the same run (default: 0)"
    )


def _reports(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one HTML page")
    parser.add_argument(
        "--stories", type=Path, metavar="DIR", help="write each broken law's story and its world's journal"
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of examples; give 1 or more")
    return number


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,62}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name for a file; use a to z, 0 to 9, dots and hyphens")
    return text


def _part(text: str) -> float:
    number = float(text)
    if not 0 < number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no part of a limit; give a number above 0, up to 1")
    return number
