"""What a program's environment needs so that it uses the proxy, and trusts it.

Programs differ in what they read. Proxies: `HTTPS_PROXY` and `HTTP_PROXY`, of which some know only the lower-case names; Java
has properties, PHP's streams a default context, Node before version 24 nothing. Certificates: some *add* to the system's
(`NODE_EXTRA_CA_CERTS`); most *replace* them, so they get a bundle of the system's certificates and the proxy's authority.

`NO_PROXY` is set anew: an entry of the user's own might send a vendor's host past the proxy, to a real lock.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from warnings import catch_warnings

from locksim.extras import require
from locksim.http.tls import system_certificates
from locksim.private_files import make_folder

__all__ = ["environment", "merged"]

_LOCAL = "localhost,127.0.0.1,::1"
_PASSWORD = "changeit"  # noqa: S105 - Java's own default; what it protects is public
_APPENDED = ("JAVA_TOOL_OPTIONS", "NODE_OPTIONS")
"""Variables whose value is a list of options, to which ours are added."""
_PRELOAD = Path(__file__).with_name("proxy_preload.cjs")
_PREPEND = Path(__file__).with_name("proxy_prepend.php")


def environment(folder: Path, url: str, authority: bytes) -> tuple[Path, dict[str, str]]:
    """Write the files by which clients trust the proxy. Returns the authority's certificate, and variable → value.

    Args:
        folder: where to write. It is created, for this user alone.
        url: the proxy's URL.
        authority: the certificate of the proxy's authority, as PEM.
    """
    make_folder(folder, ())
    folder = folder.resolve()
    certificate, bundle, store, php = (folder / name for name in ("ca.pem", "bundle.pem", "truststore.p12", "php"))
    system = system_certificates()
    certificate.write_bytes(authority)
    bundle.write_bytes(system.rstrip() + b"\n" + authority)
    store.write_bytes(_java_store(bundle.read_bytes()))
    php.mkdir(exist_ok=True)
    (php / "locksim.ini").write_text(
        f'curl.cainfo = "{bundle}"\nopenssl.cafile = "{bundle}"\nauto_prepend_file = "{_PREPEND}"\n', "utf-8"
    )
    variables = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), url)
    variables |= {"NO_PROXY": _LOCAL}
    variables |= {name.lower(): value for name, value in variables.items()}
    variables |= {name: str(bundle) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")}
    return certificate, {
        **variables,
        "NODE_EXTRA_CA_CERTS": str(certificate),
        "NODE_USE_ENV_PROXY": "1",
        "NODE_OPTIONS": f'--require "{_PRELOAD}"',
        "JAVA_TOOL_OPTIONS": _java_options(url, store),
        "PHP_INI_SCAN_DIR": f"{os.pathsep}{php}",
    }


def merged(variables: Mapping[str, str], present: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program: the one that is present, with these variables."""
    added = {
        name: f"{present[name]} {value}" for name, value in variables.items() if name in _APPENDED and present.get(name)
    }
    return {**present, **variables, **added}


def _java_options(url: str, store: Path) -> str:
    proxy = urlsplit(url)
    options = {f"{scheme}.proxy{key}": value for scheme in ("http", "https") for key, value in (
        ("Host", proxy.hostname), ("Port", proxy.port))}  # fmt: skip
    options |= {
        "javax.net.ssl.trustStore": f'"{store}"',
        "javax.net.ssl.trustStoreType": "PKCS12",
        "javax.net.ssl.trustStorePassword": _PASSWORD,
    }
    return " ".join(f"-D{name}={value}" for name, value in options.items())


def _java_store(pem: bytes) -> bytes:
    """Return a trust store of Java with these certificates."""
    x509 = require("cryptography.x509", "tls", "the proxy")
    pkcs12 = require("cryptography.hazmat.primitives.serialization.pkcs12", "tls", "the proxy")
    serialization = require("cryptography.hazmat.primitives.serialization", "tls", "the proxy")
    entries = []
    for number, block in enumerate(pem.split(b"-----BEGIN CERTIFICATE-----")[1:]):
        with suppress(ValueError), catch_warnings(action="ignore"):  # systems have certificates that break the rules
            found = x509.load_pem_x509_certificate(b"-----BEGIN CERTIFICATE-----" + block)
            entries.append(pkcs12.PKCS12Certificate(found, f"ca-{number}".encode()))
    encryption = serialization.BestAvailableEncryption(_PASSWORD.encode())
    made: bytes = pkcs12.serialize_java_truststore(entries, encryption)
    return made
