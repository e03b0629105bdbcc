"""Serve fresh worlds: by `locksim serve` on free ports, or by a server in this process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.http_client import to_control
from lockpact.core.interruption import child
from locksim.engine import variants
from locksim.engine import vendor as engine_vendor
from locksim.engine.errors import Refused
from locksim.registry import load
from locksim.server.listener import PortTaken
from locksim.server.proxy_environment import merged
from locksim.server.run import serving

__all__ = [
    "behind_proxy",
    "connection_info",
    "exported",
    "inject",
    "injected",
    "journal",
    "on_all_servers",
    "served",
    "served_in_process",
    "variants_of",
]

_SERVE = "import sys; from locksim.cli import main; sys.exit(main())"
_START = 30.0
"""Seconds that the simulators have to start."""
_PAGE = 1000


@contextmanager
def served(
    vendors: Sequence[str],
    *,
    seed: int = 0,
    clock: str = "real",
    variants: Sequence[str] = (),
    proxy: Sequence[str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Serve these vendors in a process of their own. Yields the connection info. Raises CouldNotRun if they do not start.

    With `proxy` there is a proxy for the vendors' real hosts, which lets these other hosts through.
    """
    with TemporaryDirectory(prefix="lockpact-") as folder:
        ready = Path(folder, "ready.json")
        command = [sys.executable, "-c", _SERVE, "serve", *vendors, "--port", "0", "--seed", str(seed)]
        command += [part for id_ in variants for part in ("--variant", id_)]
        if proxy is not None:
            command += ["--proxy-port", "0", *(part for host in proxy for part in ("--proxy-pass", host))]
        command += ["--clock", clock, "--ready-file", str(ready), "--quiet"]
        with child(command, stderr=subprocess.PIPE) as process:
            yield _wait_until_ready(process, ready)


@contextmanager
def served_in_process(vendor: str, **world: Any) -> Iterator[dict[str, Any]]:
    """Serve one vendor from a thread of this process. Yields the connection info. Raises CouldNotRun if it does not start.

    Args:
        vendor: The vendor.
        **world: `seed`, `profile`, `clock`, `variants` and the other options of a world.
    """
    try:
        with serving([load(vendor)], **world) as info:
            yield info
    except (PortTaken, Refused) as wrong:
        raise CouldNotRun(f"the simulators did not start: {wrong}") from None


def _wait_until_ready(process: subprocess.Popen[str], file: Path) -> dict[str, Any]:
    # The ready file appears complete, once the ports are open.
    until = time.monotonic() + _START
    while time.monotonic() < until:
        if process.poll() is not None:
            output = process.stderr.read().strip() if process.stderr is not None else ""
            raise CouldNotRun(f"the simulators did not start: {output or f'exit code {process.returncode}'}")
        if file.exists():
            info: dict[str, Any] = json.loads(file.read_text("utf-8"))
            return info
        time.sleep(0.02)
    raise CouldNotRun(f"the simulators did not start within {_START:g} s")


def variants_of(vendor: str) -> dict[str, dict[str, str]]:
    """Return the variants of a vendor's simulator: id → sentence, class, weight."""
    return {
        id_: {"sentence": v.sentence, "class": v.change, "weight": v.weight}
        for id_, v in engine_vendor.variants_of(load(vendor)).items()
    }


def on_all_servers(ids: Sequence[str]) -> list[str]:
    """Return ids that activate these variants on all of a vendor's servers, also on those that get a change last."""
    return [f"{id_}{variants.LIVE}" for id_ in ids]


def behind_proxy(info: Mapping[str, Any], present: Mapping[str, str]) -> dict[str, str]:
    """Return a program's environment: the present one, with what leads through the proxy if there is one."""
    return merged(info["proxy"]["environment"], present) if "proxy" in info else dict(present)


def connection_info(control: str) -> dict[str, Any]:
    """Return the connection info as it is now, from the control API."""
    with to_control(control) as client:
        found: dict[str, Any] = client.get("/").raise_for_status().json()
        return found


def inject(control: str, world: str, faults: Sequence[Mapping[str, Any]]) -> None:
    """Inject these faults, each in the control API's form."""
    with to_control(control) as client:
        for fault in faults:
            client.post(f"/worlds/{world}/faults", json=fault).raise_for_status()


def injected(control: str, world: str) -> list[dict[str, Any]]:
    """Return the faults that were injected, and how often each has struck."""
    with to_control(control) as client:
        found: list[dict[str, Any]] = client.get(f"/worlds/{world}/faults").raise_for_status().json()["faults"]
        return found


def exported(control: str, world: str, until: int) -> str:
    """Return the world's journal up to this entry, as JSON lines that can be replayed."""
    with to_control(control) as client:
        lines = client.get(f"/worlds/{world}/journal.jsonl").raise_for_status().text.splitlines(keepends=True)
    return "".join(line for line in lines if json.loads(line).get("n", 0) <= until)


def journal(control: str, world: str) -> list[dict[str, Any]]:
    """Return all entries of a served world's journal, from the control API."""
    entries: list[dict[str, Any]] = []
    with to_control(control) as client:
        while True:
            after = entries[-1]["n"] if entries else 0
            page = client.get(f"/worlds/{world}/journal", params={"after": after, "limit": _PAGE})
            page.raise_for_status()
            entries += page.json()["entries"]
            if not page.json()["entries"] or entries[-1]["n"] >= page.json()["last"]:
                return entries
