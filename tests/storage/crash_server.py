"""The toy's server in a process of its own: `python -m tests.storage.crash_server DATA READY`."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from locksim.server.connection_info import write
from locksim.server.run import serving
from locksim.storage.sqlite import SqliteStore
from tests.engine.toy import TOY


def leased_store() -> SqliteStore:
    store = SqliteStore(Path(sys.argv[1]))
    store.lease("the crash test")
    return store


if __name__ == "__main__":
    with serving([TOY], store=leased_store, clock="real") as ready:
        write(Path(sys.argv[2]), ready)
        threading.Event().wait()
