"""How a live Nuki bridge is tried: what the reference client does there, in an order that harms nothing."""

from __future__ import annotations

import httpx

from lockpact.live import LiveStage
from lockpact.nuki.port import Action
from lockpact.nuki.reference import PATIENCE, Reference
from lockpact.sites import Site

__all__ = ["LiveReference", "drive"]

NOBODY = 1
"""A nukiId that no lock has."""


class LiveReference(Reference):
    """The reference client over the stage's own wire."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._http.close()
        self._http = httpx.Client(timeout=PATIENCE, transport=site.transport, trust_env=False)


def drive(stage: LiveStage, callback_url: str) -> dict[str, str]:
    """Every call that may be sent. → the parameters that name an inhabitant.

    /auth waits for a person and /discover/bridges is another server's: neither is called.
    """
    locks = stage.do("list_locks", "/list") or []
    for lock in locks:
        stage.do("lock_state", "/lockState", lock=lock.id)
        stage.do("believed_state", "/lockState", lock=lock.id)
    stage.do("refresh", "/list")
    stage.do("lock_state", "/lockState", lock=NOBODY)
    for action in (Action.UNLOCK, Action.LOCK):
        for lock in locks:
            stage.do("act", "/lockAction", lock=lock.id, action=action, wait=True)
            stage.do("lock_state", "/lockState", lock=lock.id)
    stage.do("register_callback", "/callback/add", url=callback_url)
    stage.do("register_callback", "/callback/add", url=callback_url)
    stage.do("unregister_callback", "/callback/remove", url=callback_url)
    return {"nukiId": str(locks[0].id)} if locks else {}
