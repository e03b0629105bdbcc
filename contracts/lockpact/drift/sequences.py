"""The stateful part of `conform`: a simulated server answers sequences of requests as our own simulator does.

Callbacks, the rotation of tokens, pages, orders, expiry and activity need several steps, device actions and time. The
vendor's OpenAPI document does not describe them; our simulator does, by its rules. So the sequences of `drift` run on a fork
of the server's world, reset to its default state, and on a fresh world of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx

from lockpact.core.exit_codes import BROKEN, CouldNotRun
from lockpact.core.http_client import to_control
from lockpact.core.pact import Pact
from lockpact.drift.run import drift
from lockpact.drift.servers import Server
from lockpact.report.model import ReportModel, Row
from lockpact.simulators.documents import find_control, server_key
from lockpact.simulators.served import served_in_process

__all__ = ["add_sequences"]

_GROUP = "sequences, compared with our simulator"


def add_sequences(
    report: ReportModel,
    pact: Pact,
    url: str,
    control: str | None,
    *,
    sequences: int,
    seed: int,
    progress: Callable[[str], None] = lambda what: None,
) -> ReportModel:
    """Return the report with the differences as a group of its own; unchanged if the server has no control API.

    Args:
        report: The report of `conform` about this server.
        pact: The vendor's pact.
        url: The server.
        control: Its control API. None: it is looked for on the usual ports.
        sequences: How many sequences to run.
        seed: The same seed gives the same sequences.
        progress: Called with a text about what is being done.

    Raises:
        CouldNotRun: The server or its control API cannot be used.
    """
    url = url.rstrip("/")
    control = control or find_control(pact.vendor, url)
    if control is None:
        return report
    profile, key = _profile_and_key(pact, url, control)
    with served_in_process(pact.vendor, profile=profile, clock="auto") as info:
        own = info["control"]
        ours = Server(_at(_info(own)["vendors"][pact.vendor], key), own)
        theirs = Server(url, control, reset=True)
        result = drift(pact, ours, theirs, sequences=sequences, seed=seed, progress=progress)
    found = [replace(row, group=_GROUP) for row in result.model().rows]
    kept = Row("sequences", "kept", "good", "answers like our simulator", result.sequences, group=_GROUP)
    return replace(
        report,
        rows=[*report.rows, *(found or [kept])],
        code=BROKEN if found else report.code,
        summary=f"{report.summary}; {len(found)} differences in {result.sequences} sequences",
    )


def _info(control: str) -> dict[str, Any]:
    with to_control(control) as client:
        found: dict[str, Any] = client.get("/").raise_for_status().json()
        return found


def _profile_and_key(pact: Pact, url: str, control: str) -> tuple[str, str]:
    """Return the profile of the server's world, and where its URL is in the vendor's part of the connection info."""
    try:
        info = _info(control)
        key = server_key(info["vendors"][pact.vendor], url)
        with to_control(control) as client:
            profile = client.get(f"/worlds/{info['world']}").raise_for_status().json()["profile"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError) as wrong:
        raise CouldNotRun(f"there is no control API at {control}: {type(wrong).__name__}: {wrong}") from None
    if key is None:
        raise CouldNotRun(f"the simulator of {control} does not serve {pact.vendor} at {url}")
    return str(profile), key


def _at(info: dict[str, Any], key: str) -> str:
    found: Any = info
    for part in key.split("."):
        found = found[part]
    return str(found)
