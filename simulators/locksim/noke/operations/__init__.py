"""One function per operation of the document: look at the body, ask the domain, render."""

from __future__ import annotations

from locksim.noke.operations import activity, clicks, fobs, keys, locks
from locksim.noke.operations.door import OPERATIONS, api, door, refused

__all__ = ["OPERATIONS", "activity", "api", "clicks", "door", "fobs", "keys", "locks", "refused"]
