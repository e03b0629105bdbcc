"""A server in a process of its own: `python -m tests.storage.crash_server DATA READY [VENDOR …]`.

Without vendors it serves the toy, in real time. With vendors it serves them without limits, at thirty times real time.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

from locksim import registry
from locksim.server.connection_info import write
from locksim.server.run import serving
from locksim.storage.sqlite import SqliteStore
from tests.engine.toy import TOY

REAL: dict[str, Any] = {"clock": "real"}
FAST: dict[str, Any] = {"clock": {"mode": "x30", "now": "2026-01-05T08:00:00Z"}, "limits": "off"}


def leased_store() -> SqliteStore:
    store = SqliteStore(Path(sys.argv[1]))
    store.lease("the crash test")
    return store


if __name__ == "__main__":
    vendors = [registry.load(name) for name in sys.argv[3:]]
    with serving(vendors or [TOY], store=leased_store, **FAST if vendors else REAL) as ready:
        write(Path(sys.argv[2]), ready)
        threading.Event().wait()
