"""The laws between the Codelocks Connect API and its clients. Where each comes from stands in its `evidence`.

Every law judges clients on a stand-in. Those that need no truth also judge servers, through the reference client.
"""

from lockpact.codelocks.laws import audits, codes, keypads, manners, money, phones
from lockpact.core.law import laws_of

__all__ = ["LAWS"]

LAWS = laws_of(codes, keypads, money, manners, phones, audits)
