"""HTTP as lockpact's own commands speak it: straight to the server, and trusting whom `SSL_CERT_FILE` says.

A stand-in that was started with an admin token is asked with the same one, from the same variable.
"""

from __future__ import annotations

import os
import ssl
from functools import cache

import httpx

from lockpact.report.findings import CouldNotRun

__all__ = ["ADMIN_TOKEN", "to_control", "to_vendor", "trust"]

ADMIN_TOKEN = "LOCKSIM_ADMIN_TOKEN"  # noqa: S105 - the variable's name
"""Where `locksim serve` looks for it, too."""


def to_vendor(*, timeout: float = 30.0) -> httpx.Client:
    """To a vendor's servers, or to what stands in for them."""
    return httpx.Client(timeout=timeout, trust_env=False, verify=trust())


def to_control(control: str, *, timeout: float = 30.0) -> httpx.Client:
    """To the control door at this URL. What is sent on it raises CouldNotRun where the admin token is not the right one."""
    token = os.environ.get(ADMIN_TOKEN)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(
        base_url=control.rstrip("/"), timeout=timeout, trust_env=False, verify=trust(), headers=headers,
        event_hooks={"response": [_let_in]},
    )  # fmt: skip


def _let_in(answer: httpx.Response) -> None:
    if answer.status_code == 401:
        raise CouldNotRun(f"the control door at {answer.url} wants its admin token; put it into {ADMIN_TOKEN}")


def trust() -> ssl.SSLContext:
    """Whose certificates count, as OpenSSL's own variables say."""
    return _trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _trust(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Made once for what the variables say: it takes longer than a request."""
    return ssl.create_default_context()
