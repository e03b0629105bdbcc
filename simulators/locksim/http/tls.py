"""Certificates for `--tls`, from an authority that is made on this machine and known to nobody else.

The authority's certificate is what a client must trust: its path is in the ready document. Both its files are kept in one
folder, so that a server that comes back there is still trusted.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from locksim.engine.errors import Refused
from locksim.private_files import make_folder, open_file

if TYPE_CHECKING:
    from trustme import CA

__all__ = ["certificate_of", "context"]

_CERTIFICATE = "locksim-ca.pem"
_KEY = "locksim-ca.key"
_PUBLIC = 0o644
"""The mode of the certificate, which clients read. The key has 0600."""


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
        return trustme.CA.from_pem(_read(certificate, _PUBLIC), _read(key))
    make_folder(folder, (_CERTIFICATE, _KEY))
    made = trustme.CA(organization_name="locksim, for tests on this machine only")
    _write(key, made.private_key_pem.bytes())
    _write(certificate, made.cert_pem.bytes(), _PUBLIC)
    return made


def _read(path: Path, mode: int = 0o600) -> bytes:
    with os.fdopen(open_file(path, os.O_RDONLY, mode), "rb") as file:
        return file.read()


def _write(path: Path, data: bytes, mode: int = 0o600) -> None:
    with os.fdopen(open_file(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(data)
