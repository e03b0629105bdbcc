"""Certificates for `--tls`, from an authority that is made on this machine and known to nobody else.

The authority's certificate is what a client must trust: its path is in the ready document. Both its files are kept in one
folder, so that a server that comes back there is still trusted.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from locksim.engine.errors import Refused

if TYPE_CHECKING:
    from trustme import CA

__all__ = ["certificate_of", "context"]

_CERTIFICATE = "locksim-ca.pem"
_KEY = "locksim-ca.key"


def certificate_of(folder: Path) -> Path:
    """Where the authority's certificate is, for clients to trust."""
    return folder.resolve() / _CERTIFICATE


def context(folder: Path, names: Iterable[str]) -> ssl.SSLContext:
    """What a port needs to be called by any of these names and addresses. Raises Refused when the folder cannot be used."""
    try:
        authority = _authority(folder)
    except (OSError, ValueError) as wrong:
        raise Refused(f"the authority in {folder} cannot be used: {wrong}") from None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*dict.fromkeys(names)).configure_cert(made)
    return made


def _authority(folder: Path) -> CA:
    import trustme

    certificate, key = folder / _CERTIFICATE, folder / _KEY
    if certificate.exists() and key.exists():
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    folder.mkdir(parents=True, exist_ok=True)
    made = trustme.CA(organization_name="locksim, for tests on this machine only")
    key.touch(mode=0o600)
    made.private_key_pem.write_to_path(str(key))
    made.cert_pem.write_to_path(str(certificate))
    return made
