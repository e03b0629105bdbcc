"""Connections on which nothing happens end; callers who wait are left alone."""

from __future__ import annotations

import pytest

from locksim.server import listener
from tests.server.served import Background, drain, serve_toy


def test_an_idle_connection_is_closed_and_one_with_a_pending_request_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "_SWEEP", 0.02)
    monkeypatch.setattr(listener, "KEEP_ALIVE", 0.04)
    with serve_toy(clock="manual") as toy:
        waiting = Background(lambda: toy.get("/wait").json())
        toy.wait_for_pending(1)
        for begun in (b"", b"GET /count HT", b"GET /count HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            with toy.connect() as connection:
                connection.sendall(begun)
                assert drain(connection).startswith(b"HTTP/1.1 200" if begun.endswith(b"\n") else b"")
        assert toy.sim("GET", "")["waiting"] == 1
        toy.act("ring")
        assert waiting.result() == {"rang": True}
