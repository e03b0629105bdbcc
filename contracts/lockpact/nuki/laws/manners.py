"""Considerate clients: one request at a time, no leaked token, nothing that the bridge cannot do."""

from __future__ import annotations

from itertools import pairwise

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.secrets import leak
from lockpact.core.traffic import Traffic
from lockpact.nuki.port import NotSupported
from lockpact.nuki.truth import NukiStep

__all__ = ["asks_one_at_a_time", "keeps_the_token_to_itself", "leaves_software_bridges_alone",
           "nowhere_is_not_an_address"]  # fmt: skip

DISCOVERY = "/discover/bridges"
HARDWARE_ONLY = ("/unpair", "/log", "/clearlog", "/fwupdate", "/reboot", "/factoryReset")
NOWHERE = "0.0.0.0"  # noqa: S104 - the document's sign for an address that is not published

EVERY_CALL = (
    "made", "authorize", "list_locks", "lock_state", "act", "believed_state", "on_callback", "refresh",
    "register_callback", "unregister_callback", "discover", "unpair", "maintain",
)  # fmt: skip


@law(
    "NK-DISC-1",
    "0.0.0.0 is not reachable",
    on="discover",
    evidence="Bridge discovery: if discovery is disabled, the IP is 0.0.0.0 and the port 0",
    mutants=("dials_nowhere", "discovery_stays_published"),
    needs="results",
)
def nowhere_is_not_an_address(s: NukiStep) -> Judged:
    """Check that a client does not take 0.0.0.0 for an address: many systems connect to themselves then."""
    asked = s.traffic.to(DISCOVERY)
    if s.error is not None or not asked or not isinstance(asked[-1].json, dict):
        return UNTRIGGERED
    hidden = {b["bridgeId"] for b in asked[-1].json["bridges"] if b["ip"] == NOWHERE or b["port"] == 0}
    if s.truth_known and not s.before.auth_enabled:
        hidden.add(s.before.bridge_id)
    if not hidden:
        return UNTRIGGERED
    for found in s.result:
        assert found.id not in hidden or found.address is None, (
            f"bridge {found.id} does not publish its address, and the client has {found.address} for it"
        )
    return None


@law(
    "NK-SERIAL-1",
    "sends a bridge one request at a time",
    evidence="vendor-facts: the bridge serves one request at a time and answers 503 when it is busy",
    mutants=("polls_in_parallel", "races_its_own_retry"),
    needs="traffic",
)
def asks_one_at_a_time(t: Traffic) -> Judged:
    """Check that a client waits for each answer: a busy bridge answers 503 to a second request."""
    bridges: dict[str, list[tuple[int, int, str]]] = {}
    for x in t:
        if x.path != DISCOVERY:
            bridges.setdefault(f"{x.vendor}/{x.site}", []).append((x.began, x.ended, x.path))
    if not any(len(calls) > 1 for calls in bridges.values()):
        return UNTRIGGERED
    for calls in bridges.values():
        for (_, ended, path), (began, _, other) in pairwise(calls):
            assert began >= ended, f"{other} was sent while {path} had not been answered yet"
    return None


def _heeds_the_bridge_type(t: Traffic) -> Judged:
    """Check the traffic: after /info has shown bridgeType 2, the client calls nothing that only type 1 has."""
    shown = [x for x in t.to("/info") if isinstance(x.json, dict) and x.json.get("bridgeType") == 2]
    if not shown:
        return UNTRIGGERED
    for x in t.to(*HARDWARE_ONLY):
        assert x.began < shown[0].ended, f"the bridge is a software bridge, and the client called {x.path}"
    return None


@law(
    "NK-CAP-1",
    "no unpair and no maintenance on bridgeType 2",
    on=("unpair", "maintain"),
    evidence="/unpair: not available on software bridge; Maintenance endpoints: not available on the software bridge",
    mutants=("unpairs_on_a_software_bridge", "maintains_a_software_bridge"),
    needs="truth",
    conduct=_heeds_the_bridge_type,
)
def leaves_software_bridges_alone(s: NukiStep) -> Judged:
    """Check that a client reads bridgeType first: the 404 of a software bridge looks like an unknown lock."""
    if s.before.bridge_type != 2 or not s.before.up or "fault" in s.given:
        return UNTRIGGERED
    if any(x.status == 401 for x in s.traffic):
        return UNTRIGGERED
    asked = s.traffic.to(*HARDWARE_ONLY)
    assert not asked, f"the bridge is a software bridge, and the client called {asked[0].path}"
    assert isinstance(s.error, NotSupported), "the bridge is a software bridge, and the client did not say NotSupported"
    return None


@law(
    "NK-SECRET-1",
    "the token is in no log line and no exception text",
    on=EVERY_CALL,
    evidence="the token opens the door; logs and error reports are read by many",
    mutants=("logs_what_it_asks", "raises_with_the_url", "leaves_the_url_in_the_cause"),
    needs="results",
)
def keeps_the_token_to_itself(s: NukiStep) -> Judged:
    """Check that the token does not leak: every URL contains it, and libraries log URLs and put them into exceptions."""
    if not s.secrets or (not s.logs and s.error is None):
        return UNTRIGGERED
    place = leak(s.logs, s.error, s.secrets)
    assert place is None, f"the token is in {place}"
    return None
