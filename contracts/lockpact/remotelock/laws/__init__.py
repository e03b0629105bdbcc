"""The laws between RemoteLock and its clients. Each law's `evidence` says where it comes from.

Every law judges clients against a simulator. The laws that need no truth also judge servers, through the reference client.
"""

from lockpact.core.law import laws_of
from lockpact.remotelock.laws import (
    authorization,
    collections,
    content,
    entering,
    failures,
    locks,
    manners,
    people,
    webhooks,
)

__all__ = ["LAWS"]

LAWS = laws_of(authorization, collections, manners, failures, people, content, entering, locks, webhooks)
