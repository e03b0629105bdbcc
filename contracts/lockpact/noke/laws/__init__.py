"""The laws between a Nokē server and the products on it. Where each comes from stands in its `evidence`.

Every law judges clients on a stand-in. Those that need no truth also judge servers, through the reference client.
"""

from lockpact.core.law import laws_of
from lockpact.noke.laws import answers, codes, commands, parties, showing, standing

__all__ = ["LAWS"]

LAWS = laws_of(answers, codes, commands, parties, standing, showing)
"""What was answered, quick clicks, commands, keys and uploads, what opens, what is shown."""
