"""Certificates for `--tls` and for the proxy, from a certificate authority that is made on this machine.

Clients must trust the authority's certificate; the connection info has its path. Its files stay in one folder, so that a server
that starts there again is still trusted. The proxy's authority lives in memory unless a folder is given: its key would let
whoever finds it pose as any host to those that trust it.
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

__all__ = ["Authority", "certificate_of", "system_certificates"]

_CERTIFICATE = "locksim-ca.pem"
_KEY = "locksim-ca.key"
_PUBLIC = 0o644
"""The mode of the certificate, which clients read. The key has 0600."""
_NAME = "locksim, for tests on this machine only"
_SYSTEM = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)
"""Where systems keep the certificates that they trust, as one file."""


def certificate_of(folder: Path) -> Path:
    """Return the path of the authority's certificate, for clients to trust."""
    return folder.resolve() / _CERTIFICATE


class Authority:
    """A certificate authority.

    Args:
        folder: keeps it, and continues the one that is there; None: a new one, whose key no file has.
        option: what needs it, for the sentence when its library is not installed.

    Raises:
        Refused: the folder cannot be used, or the extra `tls` is not installed.
    """

    def __init__(self, folder: Path | None, option: str) -> None:
        trustme = require("trustme", "tls", option)
        try:
            self._authority: CA = trustme.CA(organization_name=_NAME) if folder is None else _kept(folder)
        except (OSError, ValueError) as wrong:
            raise Refused(f"cannot use the certificate authority in {folder}: {wrong}") from None

    @property
    def certificate(self) -> bytes:
        """Its certificate, as PEM."""
        pem: bytes = self._authority.cert_pem.bytes()
        return pem

    def context(self, names: Iterable[str]) -> ssl.SSLContext:
        """Return a server's TLS context for these names and addresses."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.set_alpn_protocols(["http/1.1"])
        self._authority.issue_cert(*dict.fromkeys(names)).configure_cert(made)
        return made


def system_certificates() -> bytes:
    """Return the certificates that this machine trusts, as PEM."""
    preferred = ssl.get_default_verify_paths().cafile
    for file in map(Path, (*([preferred] if preferred else []), *_SYSTEM)):
        if file.is_file():
            return file.read_bytes()
    found = ssl.create_default_context().get_ca_certs(binary_form=True)  # Windows has no such file
    return "".join(map(ssl.DER_cert_to_PEM_cert, found)).encode()


def _kept(folder: Path) -> CA:
    trustme = require("trustme", "tls", "--tls")
    certificate, key = folder / _CERTIFICATE, folder / _KEY
    if certificate.exists() and key.exists():
        kept: CA = trustme.CA.from_pem(_read(certificate, _PUBLIC), _read(key))
        return kept
    make_folder(folder, (_CERTIFICATE, _KEY))
    made: CA = trustme.CA(organization_name=_NAME)
    _write(key, made.private_key_pem.bytes())
    _write(certificate, made.cert_pem.bytes(), _PUBLIC)
    return made


def _read(path: Path, mode: int = 0o600) -> bytes:
    with os.fdopen(open_file(path, os.O_RDONLY, mode), "rb") as file:
        return file.read()


def _write(path: Path, data: bytes, mode: int = 0o600) -> None:
    with os.fdopen(open_file(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(data)
