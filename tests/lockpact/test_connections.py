"""How lockpact's own commands reach a simulator with an admin token and TLS."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.http_client import ADMIN_TOKEN
from lockpact.core.pact import load
from lockpact.drift import Server, drift
from lockpact.live.watch import watch
from locksim.registry import load as simulator
from locksim.server.config import ServerConfig
from locksim.server.run import serving

TOKEN = "only-with-me"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[dict[str, Any]]:
    with serving([simulator("nuki")], config=ServerConfig(admin_token=TOKEN, tls=tmp_path)) as ready:
        yield ready


def beside_itself(ready: dict[str, Any]) -> int:
    server = Server(ready["vendors"]["nuki"]["url"], ready["control"])
    return drift(load("nuki"), server, server, sequences=1, created_file=Path("no such folder/none")).code


def test_the_admin_token_and_the_certificates_come_from_the_environment(
    guarded: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", guarded["ca"])
    monkeypatch.setenv(ADMIN_TOKEN, TOKEN)
    assert beside_itself(guarded) == 0


@pytest.mark.parametrize(("trusted", "token", "says"), [(False, TOKEN, "CERTIFICATE"), (True, "", ADMIN_TOKEN)])
def test_a_missing_token_or_certificate_is_an_error(
    guarded: dict[str, Any], monkeypatch: pytest.MonkeyPatch, trusted: bool, token: str, says: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", guarded["ca"] if trusted else "")
    if token:
        monkeypatch.setenv(ADMIN_TOKEN, token)
    with pytest.raises(CouldNotRun, match=says):
        beside_itself(guarded)


def test_a_simulator_that_lockpact_starts_works_with_an_admin_token_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(ADMIN_TOKEN, TOKEN)
    program = "import os, urllib.request; urllib.request.urlopen(os.environ['LOCKPACT_NUKI_URL'] + '/log?token=x')"
    report = watch([load("nuki")], [sys.executable, "-c", program])
    assert "sent nothing" not in " ".join(report.notes)
