"""Which server a run may use, and with which credentials."""

from __future__ import annotations

import ipaddress
import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.pact import Pact

__all__ = ["credentials_of", "is_loopback", "raise_if_unreachable", "refuse_production"]

_PORTS = {"http": 80, "https": 443}


def is_loopback(url: str) -> bool:
    """Return whether this URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_production(pact: Pact, url: str, account: str | None = None) -> None:
    """Raise CouldNotRun if the URL is invalid, or is one of the vendor's production hosts and no account is named."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CouldNotRun(f"invalid server URL {url!r}; write it as http://127.0.0.1:8705")
    production = any(parts.hostname == host or parts.hostname.endswith(f".{host}") for host in pact.live.production)
    if production and not account:
        raise CouldNotRun(
            f"{parts.hostname} is a production host of the vendor. If you may send requests to it, say whose account it is "
            "with --production-account NAME"
        )


def credentials_of(pact: Pact, file: Path | None) -> Mapping[str, Any]:
    """Read credentials from a JSON file, or from the environment if `file` is None. Raises CouldNotRun, OSError."""
    if file is not None:
        try:
            credentials = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            credentials = None
        if not isinstance(credentials, dict):
            raise CouldNotRun(f'{file} is not a JSON object of credentials, for example {{"token": "…"}}')
        return credentials
    prefix = f"LOCKPACT_{pact.vendor.upper()}_"
    credentials = {name[len(prefix) :].lower(): value for name, value in os.environ.items() if name.startswith(prefix)}
    if not pact.secrets(credentials):
        variables = ", ".join(name for name in pact.environment if not name.endswith("_URL"))
        raise CouldNotRun(
            f"there are no credentials: set {variables}, or give --credentials FILE. A simulator's credentials come from "
            "its control API; if its ports are not the usual ones, give the control API's URL"
        )
    return credentials


def raise_if_unreachable(url: str) -> None:
    """Raise CouldNotRun if nothing listens at this URL. Nothing is sent."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or _PORTS[parts.scheme]), timeout=10).close()
    except (OSError, ValueError, LookupError) as wrong:
        raise CouldNotRun(f"{url} does not answer ({type(wrong).__name__}: {wrong}); is the server running?") from None
