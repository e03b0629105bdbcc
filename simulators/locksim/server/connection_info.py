"""The connection info: the one source of addresses and credentials.

It is written to the ready file when all ports accept, and served at `/_sim`; there the credentials are as they are now.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkstemp
from typing import Any

import msgspec

from locksim.engine.world import WorldCore
from locksim.version import __version__

__all__ = ["document", "vendors_of", "write"]


def vendors_of(world: WorldCore) -> dict[str, Any]:
    """Return the `vendors` of a world's connection info: url, credentials, and what else each vendor adds."""
    shown = {}
    for name, vendor in world.vendors.items():
        urls = {site.name: world.url(name, site.name) for site in vendor.sites}
        credentials = vendor.credentials(world.look_at_state(name))
        shown[name] = {"url": urls[vendor.sites[0].name], "credentials": credentials, **vendor.connection_info(urls)}
    return shown


def document(world: WorldCore, url: str) -> dict[str, Any]:
    """Return the connection info of a world.

    Args:
        world: the world.
        url: the base URL of the control port.
    """
    return {
        "version": __version__,
        "control": f"{url}/_sim",
        "console": f"{url}/",
        "world": world.name,
        "vendors": vendors_of(world),
    }


def write(path: Path, info: Mapping[str, Any]) -> None:
    """Write it so that only this user can read it, and a reader finds all of it or nothing. Raises OSError."""
    # mkstemp creates a new file with mode 0600, so a file or a symlink that somebody planted is not written to.
    descriptor, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(info), indent=2) + b"\n")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
