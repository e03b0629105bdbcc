"""`locksim har`: write a journal's requests and answers as an HTTP archive, which a browser's network panel opens."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import parse_qsl, urlsplit

from locksim.cli.errors import CommandError

__all__ = ["add_command", "write"]


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "har", help="convert a journal to HAR", description="Convert an exported journal to an HTTP archive (HAR 1.2)."
    )
    parser.set_defaults(run=_run)
    parser.add_argument("file", metavar="FILE", type=Path, help="JSON lines, as exported (GET …/journal.jsonl)")
    parser.add_argument("--output", metavar="FILE", type=Path, help="where to write (default: standard output)")


def _run(given: argparse.Namespace) -> int:
    from locksim.engine.errors import Refused

    try:
        header, *entries = map(json.loads, given.file.read_text("utf-8").splitlines())
        _ = header["journal"]  # another file of JSON lines has no such key
        if given.output is None:
            write(sys.stdout, header, entries)
        else:
            with given.output.open("w", encoding="utf-8") as output:
                write(output, header, entries)
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError):
        raise CommandError(f"{given.file} is no journal; export one with GET …/journal.jsonl") from None
    except Refused as refused:
        raise CommandError(str(refused)) from None
    return 0


def write(output: TextIO, header: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> None:
    """Write an archive of the requests among a journal's entries. Raises Refused if harfile is not installed."""
    from locksim.extras import require
    from locksim.version import __version__

    harfile = require("harfile", "har", "locksim har")
    with harfile.HarFile(output, creator=harfile.Creator(name="locksim", version=__version__)) as archive:
        for request, answer, ended in _exchanges(entries):
            milliseconds = (
                datetime.fromisoformat(ended) - datetime.fromisoformat(request["at"])
            ).total_seconds() * 1000
            archive.add_entry(
                startedDateTime=request["at"],
                time=milliseconds,
                request=_request(harfile, header["addresses"], request),
                response=_response(harfile, answer),
                timings=harfile.Timings(send=0, wait=milliseconds, receive=0),
                comment="; ".join(request.get("misses", ())) or None,
            )


def _exchanges(
    entries: Iterable[Mapping[str, Any]],
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any] | None, str]]:
    """Yield (request, answer, time of the answer), in the order of the requests. None: there was no answer."""
    entries = list(entries)
    later = {one["ticket"]: (one["answer"], entry["at"]) for entry in entries for one in entry.get("resolved", ())}
    later |= {entry["ticket"]: (None, entry["at"]) for entry in entries if entry["kind"] == "gone"}
    for entry in entries:
        if entry["kind"] == "request":
            answer, ended = (
                (entry["answer"], entry["at"]) if "answer" in entry else later.get(entry["ticket"], (None, ""))
            )
            yield entry, answer, ended or entry["at"]


def _request(harfile: Any, addresses: Mapping[str, str], entry: Mapping[str, Any]) -> Any:
    base = urlsplit(addresses[f"{entry['vendor']}/{entry['site']}"])
    body = entry.get("body", "")
    kind = next((value for name, value in entry["headers"] if name.lower() == "content-type"), "")
    return harfile.Request(
        method=entry["method"],
        url=f"{base.scheme}://{base.netloc}{entry['target']}",
        httpVersion="HTTP/1.1",
        headers=[harfile.Record(name=name, value=value) for name, value in entry["headers"]],
        queryString=[
            harfile.Record(name=name, value=value)
            for name, value in parse_qsl(urlsplit(entry["target"]).query, keep_blank_values=True)
        ],
        postData=harfile.PostData(mimeType=kind, text=body) if body else None,
        bodySize=len(body.encode()),
    )


def _response(harfile: Any, answer: Mapping[str, Any] | None) -> Any:
    if answer is None or answer["status"] == 0:  # browsers show such a response as failed
        return harfile.Response(status=0, statusText="", httpVersion="HTTP/1.1")
    headers = answer["headers"]
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    encoded = "body_base64" in answer
    body = answer["body_base64"] if encoded else answer["body"]
    return harfile.Response(
        status=answer["status"],
        statusText=HTTPStatus(answer["status"]).phrase if answer["status"] in HTTPStatus._value2member_map_ else "",
        httpVersion="HTTP/1.1",
        headers=[harfile.Record(name=name, value=value) for name, value in headers],
        content=harfile.Content(size=len(body), mimeType=kind, text=body, encoding="base64" if encoded else None),
        bodySize=len(body),
    )
