"""One short function per operation, a module for each chapter of the document: read what was sent, ask the rules, render.

Before each of them `desk.door` has judged, in this order: the site (404), the token (401), the rate (429), the version
(406), the path (404) and its method (405). The operations then check that the resource exists (404), that the body can
be read (415, 400), that the action is not restricted (403), and the attributes (422).
"""

from __future__ import annotations

from locksim.remotelock.operations import accounts, devices, listeners, oauth, persons, resort, weeks

__all__ = ["blueprints"]

blueprints = (accounts.api, devices.api, listeners.api, oauth.api, persons.api, resort.api, weeks.api)
