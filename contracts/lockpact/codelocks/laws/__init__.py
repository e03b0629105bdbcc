"""The laws between the Codelocks Connect API and its clients. Each law's `evidence` says where it comes from.

Every law judges clients against the simulator. Laws that do not need the truth also judge servers, through the reference
client.
"""

from lockpact.codelocks.laws import audits, calm, codes, keypads, locks, phones, quota, refusals
from lockpact.core.law import laws_of

__all__ = ["LAWS"]

LAWS = laws_of(codes, keypads, quota, refusals, locks, phones, audits, calm)
