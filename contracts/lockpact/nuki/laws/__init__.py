"""The laws between a Nuki bridge and its clients. The `evidence` of a law names its source.

Every law judges clients on a simulator. Laws that do not need the truth also judge servers, through the reference client.
"""

from lockpact.core.law import laws_of
from lockpact.nuki.laws import actions, authorization, callbacks, manners, states

__all__ = ["LAWS"]

LAWS = laws_of(authorization, states, actions, callbacks, manners)
