"""The toy's server in a process of its own: `python -m tests.kernel.durable.crash_server DATA READY`."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from locksim.kernel.ready import write
from locksim.kernel.served import serving
from locksim.kernel.sqlite import SqliteStore
from tests.kernel.toy import TOY


def held() -> SqliteStore:
    store = SqliteStore(Path(sys.argv[1]))
    store.lease("the crash test")
    return store


if __name__ == "__main__":
    with serving([TOY], store=held, clock="real") as ready:
        write(Path(sys.argv[2]), ready)
        threading.Event().wait()
