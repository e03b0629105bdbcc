"""The laws between a Nokē server and its clients. Each law's `evidence` says where it comes from.

Every law judges clients against the simulator. Laws that need no truth also judge servers, through the reference client.
"""

from lockpact.core.law import laws_of
from lockpact.noke.laws import answers, codes, commands, credentials, display, effects, outages, parties, phones

__all__ = ["LAWS"]

LAWS = laws_of(answers, effects, codes, commands, phones, outages, parties, credentials, display)
"""All laws of the pact."""
