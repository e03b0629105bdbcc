"""The ready document: the one source of addresses and credentials.

It is written to a file when all ports accept, and served at `/_sim`; there the credentials are those of this moment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from html import escape
from pathlib import Path
from tempfile import mkstemp
from typing import Any

import msgspec

from locksim.engine.world import WorldCore
from locksim.version import __version__

__all__ = ["console", "document", "vendors_of", "write"]

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>locksim</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:46rem;padding:0 1rem}}td,th{{text-align:left;
padding:.2rem 1.5rem .2rem 0;vertical-align:top}}</style>
<h1>locksim {version}</h1>
<p>Stand-ins for smart-lock vendors, for tests. No real lock is behind them.</p>
<table><tr><th>vendor<th>where</tr>
{rows}</table>
<p>Addresses and credentials: <a href="/_sim">/_sim</a>. Time, hardware, faults, worlds, journal: the control door, described in
<a href="/_sim/openapi.json">/_sim/openapi.json</a>. This world's journal: <a
href="/_sim/worlds/default/journal">/_sim/worlds/default/journal</a>.</p>
</html>
"""


def vendors_of(world: WorldCore) -> dict[str, Any]:
    """The `vendors` of a world's ready document: url, credentials, and what else each vendor adds."""
    shown = {}
    for name, vendor in world.vendors.items():
        urls = {site.name: world.url(name, site.name) for site in vendor.sites}
        credentials = vendor.credentials(world.state(name))
        shown[name] = {"url": urls[vendor.sites[0].name], "credentials": credentials, **vendor.connection_info(urls)}
    return shown


def document(world: WorldCore, hub: str) -> dict[str, Any]:
    """The ready document of a world; `hub` is the hub's base URL."""
    return {
        "version": __version__,
        "control": f"{hub}/_sim",
        "console": f"{hub}/",
        "world": world.name,
        "vendors": vendors_of(world),
    }


def write(path: Path, ready: Mapping[str, Any]) -> None:
    """Write it so that only this user can read it, and a reader finds all of it or nothing. Raises OSError."""
    # mkstemp creates a new file with mode 0600, so a file or a symlink that somebody planted is not written to.
    descriptor, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(ready), indent=2) + b"\n")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def console(ready: Mapping[str, Any], titles: Mapping[str, str]) -> bytes:
    """A small page for whoever opens the hub in a browser. It shows no credentials."""
    rows = "".join(
        f"<tr><td>{escape(titles[name])}<td><code>{escape(shown['url'])}</code></tr>\n"
        for name, shown in ready["vendors"].items()
    )
    return _PAGE.format(version=escape(ready["version"]), rows=rows).encode()
