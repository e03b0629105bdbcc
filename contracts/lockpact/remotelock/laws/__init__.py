"""The laws between RemoteLock and its clients. Where each comes from stands in its `evidence`.

Every law judges clients on a stand-in. Those that need no truth also judge servers, through the reference client.
"""

from lockpact.core.law import laws_of
from lockpact.remotelock.laws import authorization, collections, entering, locks, manners, people, webhooks

__all__ = ["LAWS"]

LAWS = laws_of(authorization, collections, manners, people, entering, locks, webhooks)
