"""`locksim openapi`: print an OpenAPI document."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from locksim import registry
from locksim.cli.vendors import load

__all__ = ["add_command"]


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("openapi", help="print the OpenAPI document of a vendor, or of the control API")
    parser.set_defaults(run=_run)
    names = ", ".join(registry.NAMES)
    parser.add_argument("vendor", metavar="VENDOR", nargs="?", help=f"{names} (without it: the control API)")
    parser.add_argument("--format", choices=("yaml", "json"), default="yaml")


def _run(given: argparse.Namespace) -> int:
    sys.stdout.write(_control_api(given.format) if given.vendor is None else _vendor(given.vendor, given.format))
    return 0


def _control_api(format_: str) -> str:
    from locksim.server.control_document import openapi

    if format_ == "json":
        return _json(openapi())
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(json.loads(_json(openapi())), Dumper=dumper, sort_keys=False, allow_unicode=True, width=120)
    return text


def _vendor(name: str, format_: str) -> str:
    text = load(name).openapi.read_text("utf-8")
    if format_ == "yaml":
        return text
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return _json(yaml.load(text, Loader=loader))  # noqa: S506 - both are safe loaders


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
