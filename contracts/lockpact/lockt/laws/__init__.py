"""The laws between Lockt SecureAccess and its clients. Each law's `evidence` says where it comes from.

Every law judges clients on a simulator. Those that do not need the truth also judge servers, by the reference client.
"""

from lockpact.core.law import laws_of
from lockpact.lockt.laws import batches, content, events, general, outages, privileges

__all__ = ["LAWS"]

LAWS = laws_of(batches, content, privileges, events, general, outages)
