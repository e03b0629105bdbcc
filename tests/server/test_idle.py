"""Connections on which nothing happens end; callers who wait are left alone."""

from __future__ import annotations

import pytest

from locksim.server import listener
from tests.server.door import Background, drain, stand


def test_an_idle_connection_is_closed_and_a_waiting_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "_SWEEP", 0.02)
    monkeypatch.setattr(listener, "KEEP_ALIVE", 0.04)
    with stand(clock="manual") as toy:
        waiting = Background(lambda: toy.get("/wait").json())
        toy.waiting(1)
        for begun in (b"", b"GET /count HT", b"GET /count HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            with toy.call() as line:
                line.sendall(begun)
                assert drain(line).startswith(b"HTTP/1.1 200" if begun.endswith(b"\n") else b"")
        assert toy.sim("GET", "")["waiting"] == 1
        toy.act("ring")
        assert waiting.result() == {"rang": True}
