"""Certificates for `--tls`, from a certificate authority that is made on this machine.

Clients must trust the authority's certificate; the connection info has its path. Its files stay in one folder, so that a server
that starts there again is still trusted.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from locksim.engine.errors import Refused
from locksim.extras import require
from locksim.private_files import make_folder, open_file

if TYPE_CHECKING:
    from trustme import CA

__all__ = ["certificate_of", "context"]

_CERTIFICATE = "locksim-ca.pem"
_KEY = "locksim-ca.key"
_PUBLIC = 0o644
"""The mode of the certificate, which clients read. The key has 0600."""


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
    trustme = require("trustme", "tls", "--tls")
    certificate, key = folder / _CERTIFICATE, folder / _KEY
    if certificate.exists() and key.exists():
        kept: CA = trustme.CA.from_pem(_read(certificate, _PUBLIC), _read(key))
        return kept
    make_folder(folder, (_CERTIFICATE, _KEY))
    made: CA = trustme.CA(organization_name="locksim, for tests on this machine only")
    _write(key, made.private_key_pem.bytes())
    _write(certificate, made.cert_pem.bytes(), _PUBLIC)
    return made


def _read(path: Path, mode: int = 0o600) -> bytes:
    with os.fdopen(open_file(path, os.O_RDONLY, mode), "rb") as file:
        return file.read()


def _write(path: Path, data: bytes, mode: int = 0o600) -> None:
    with os.fdopen(open_file(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(data)
