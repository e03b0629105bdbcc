"""The laws between Lockt SecureAccess and its clients. Where each comes from stands in its `evidence`.

Every law judges clients on a stand-in. Those that need no truth also judge servers, through the reference client.
"""

from lockpact.core.law import laws_of
from lockpact.lockt.laws import batches, events, manners, privileges

__all__ = ["LAWS"]

LAWS = laws_of(batches, privileges, events, manners)
