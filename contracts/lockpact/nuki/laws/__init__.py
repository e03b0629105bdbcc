"""The laws between a Nuki bridge and its clients. Where each comes from stands in its `evidence`.

Every law judges clients on a stand-in. Those that need no truth also judge servers, through the reference client.
"""

from lockpact.core.law import laws_of
from lockpact.nuki.laws import actions, authorization, callbacks, manners, states

__all__ = ["LAWS"]

LAWS = laws_of(authorization, states, actions, callbacks, manners)
