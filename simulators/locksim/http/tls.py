"""Certificates for `--tls`, from a certificate authority that is made on this machine.

Clients must trust the authority's certificate; the connection info has its path. Its files stay in one folder, so that a server
that starts there again is still trusted.
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
    """Return the path of the authority's certificate, for clients to trust."""
    return folder.resolve() / _CERTIFICATE


def context(folder: Path, names: Iterable[str]) -> ssl.SSLContext:
    """Return a server's TLS context for these names and addresses. Raises Refused when the folder cannot be used."""
    try:
        authority = _authority(folder)
    except (OSError, ValueError) as wrong:
        raise Refused(f"cannot use the certificate authority in {folder}: {wrong}") from None
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
