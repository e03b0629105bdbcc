"""Considerate clients: one request at a time, no leaked token, nothing that the bridge cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, pairwise

from lockpact.core.law import UNTRIGGERED, Judged, law, return_to_work
from lockpact.core.secrets import leak
from lockpact.core.traffic import Exchange, Traffic
from lockpact.nuki.port import Maintenance, NotSupported, Unavailable
from lockpact.nuki.truth import NukiStep

__all__ = [
    "a_poll_reads_each_lock_once",
    "asks_one_at_a_time",
    "does_not_restart_again",
    "does_what_it_reports",
    "finds_every_bridge",
    "keeps_the_token_to_itself",
    "leaves_software_bridges_alone",
    "nowhere_is_not_an_address",
    "pauses_before_it_repeats",
    "returns_to_work",
    "sends_what_was_asked_for",
    "succeeds_if_nothing_prevents_it",
    "unreachable_is_unavailable",
]  # fmt: skip

DISCOVERY = "/discover/bridges"
HARDWARE_ONLY = ("/unpair", "/log", "/clearlog", "/fwupdate", "/reboot", "/factoryReset")
PAUSE = 0.5
"""Seconds before the same request may be sent again."""
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
    hidden = {b["bridgeId"] for b in asked[-1].json.get("bridges", ()) if b["ip"] == NOWHERE or b["port"] == 0}
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
    "NK-DISC-2",
    "finds every bridge at the address that it publishes",
    on="discover",
    evidence="Bridge discovery: all bridges connected through the same public IP address; bridgeId, ip, port",
    mutants=("finds_the_first_bridge_only", "drops_bridges_without_address", "assumes_the_port", "assumes_the_default_port",
             "discovers_once", "nothing_found_after_an_error", "discovers_at_the_bridge"),
    needs="truth",
)  # fmt: skip
def finds_every_bridge(s: NukiStep) -> Judged:
    """Check that no bridge of the network is missing: a user with two bridges could never set up the second one."""
    wrong = [x for x in s.traffic.to(DISCOVERY) if x.site != "server"]
    assert not wrong, f"discovery is the Nuki server's, and the client asked the bridge for {DISCOVERY}"
    if s.error is not None:
        return UNTRIGGERED
    bridges, found = dict(s.after.bridges), {bridge.id: bridge.address for bridge in s.result}
    if s.traffic and s.traffic[-1].altered:
        bridges |= {b["bridgeId"]: (b["ip"], b["port"]) for b in s.traffic[-1].json["bridges"] if b["port"]}
    assert set(found) == set(bridges), f"the bridges are {sorted(bridges)}, and the client found {sorted(found)}"
    for bridge, address in bridges.items():
        assert address is None or tuple(found[bridge] or ()) == address, (
            f"bridge {bridge} is at {address}, and the client has {found[bridge]}"
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
    "NK-SERIAL-2",
    "pauses before it repeats a request that the bridge could not answer",
    on=EVERY_CALL,
    evidence="vendor-facts: two requests less than 0.5 s apart can hang an old bridge; a busy one answers 503",
    mutants=("repeats_without_a_pause",),
    needs="results",
    shown_by=("list_locks", "lock_state"),
    timed=True,
)
def pauses_before_it_repeats(s: NukiStep) -> Judged:
    """Check that a client gives a busy bridge half a second before it sends the same request again in one call."""
    repeated = [
        (first, then)
        for first, then in pairwise(x for x in s.traffic if x.path != DISCOVERY)
        if first.path == then.path and first.param("nukiId") == then.param("nukiId")
        if first.status == 503 or first.broken in ("reset", "timeout")
    ]
    for first, then in repeated:
        paused = (then.began - first.ended) / 1_000_000
        assert paused >= PAUSE, (
            f"{first.path} was {first.broken or first.status}, and was sent again after {paused:g} s"
        )
    return None if repeated else UNTRIGGERED


@law(
    "NK-CAP-1",
    "no unpair and no maintenance on bridgeType 2",
    on=("unpair", "maintain"),
    evidence="/unpair: not available on software bridge; Maintenance endpoints: not available on the software bridge",
    mutants=("unpairs_on_a_software_bridge", "maintains_a_software_bridge", "no_answer_is_a_hardware_bridge"),
    needs="truth",
    conduct=_heeds_the_bridge_type,
)
def leaves_software_bridges_alone(s: NukiStep) -> Judged:
    """Check that a client reads bridgeType first: the 404 of a software bridge looks like an unknown lock."""
    if s.before.bridge_type != 2 or not s.before.up:
        return UNTRIGGERED
    asked = s.traffic.to(*HARDWARE_ONLY)
    assert not asked, f"the bridge is a software bridge, and the client called {asked[0].path}"
    if "fault" in s.given or any(x.status == 401 for x in s.traffic):
        return UNTRIGGERED
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


CHANGING = frozenset(
    {"/auth", "/configAuth", "/lockAction", "/lock", "/unlock", "/unpair", "/callback/add", "/callback/remove", "/clearlog",
     "/fwupdate", "/reboot", "/factoryReset"}
)  # fmt: skip
"""The paths of operations that change something."""
ASKED_FOR: Mapping[str, frozenset[str]] = {
    "authorize": frozenset({"/auth"}),
    "act": frozenset({"/lockAction", "/lock", "/unlock"}),
    "unpair": frozenset({"/unpair"}),
    "register_callback": frozenset({"/callback/add", "/callback/remove"}),
    "unregister_callback": frozenset({"/callback/remove"}),
}
"""Call → the changing operations that it may send. `maintain` may send its task; all others read only."""


def _asked_for(s: NukiStep) -> frozenset[str]:
    return frozenset({s.arguments["task"].value}) if s.call == "maintain" else ASKED_FOR.get(s.call, frozenset())


def _was_carried_out(x: Exchange) -> bool:
    return x.answered and x.status == 200 and x.success is not False


@law(
    "NK-OP-1",
    "sends the operation that was asked for, once, and no other that changes anything",
    on=EVERY_CALL,
    evidence="the chapters of the operations: each says what it changes",
    mutants=("unpairs_by_reset", "reboots_by_reset", "updates_by_reboot", "acts_twice",
             "acts_on_all_locks", "maintains_twice", "unpairs_twice"),
    needs="results",
    shown_by=("act", "unpair", "maintain"),
)  # fmt: skip
def sends_what_was_asked_for(s: NukiStep) -> Judged:
    """Check that a reboot is not a factory reset, that reading changes nothing, and that what was done is not done again."""
    changing = [x for x in s.traffic if x.path in CHANGING]
    allowed = _asked_for(s)
    for x in changing:
        assert x.path in allowed, f"{s.call} was called, and the client sent {x.path}"
    for first, then in combinations(changing, 2):
        again = first.path == then.path != "/callback/remove" and _was_carried_out(first)
        assert not again, f"{first.path} was carried out, and the client sent it again"
    return None if changing else UNTRIGGERED


@law(
    "NK-OP-2",
    "what it reports as done was done",
    on=("act", "unpair", "maintain"),
    evidence="/lockAction, /unpair: success, flag indicating if it has been executed successful",
    mutants=("unpairs_nothing", "maintains_nothing", "unpairs_the_first_lock", "skips_what_it_believes_done",
             "unpairs_without_success", "maintains_in_vain", "hopes_that_it_has_unpaired", "no_answer_is_a_reboot"),
    needs="results",
)  # fmt: skip
def does_what_it_reports(s: NukiStep) -> Judged:
    """Check that a call without an error has sent its operation, for its lock, and the bridge has carried it out."""
    # After a lost answer the client may see that it was done: a look at the lock shows that, a bridge that goes away, or a
    # lock that is unknown now. A bridge that goes away shows nothing unless the task was sent to it.
    lost = any(x.broken for x in s.traffic if s.call != "maintain" or x.path in _asked_for(s))
    if s.error is not None or (lost and s.call == "maintain") or (s.call == "act" and (lost or "fault" in s.given)):
        return UNTRIGGERED
    if s.call == "unpair" and lost and s.traffic[-1].status == 404:
        return UNTRIGGERED
    lock = s.arguments.get("lock")
    done = [x for x in s.traffic if x.path in _asked_for(s) and _was_carried_out(x)]
    assert any(lock is None or x.param("nukiId") == str(lock) for x in done), (
        f"the client reports that {s.call} is done, and the bridge has done nothing of the kind"
    )
    return None


@law(
    "NK-OP-4",
    "a restart, an update or a reset whose answer was lost is not sent again",
    on="maintain",
    evidence="/fwupdate, /reboot, /factoryReset: each begins at once, so a bridge that has begun cannot answer",
    mutants=("reboots_again_when_unanswered",),
    needs="results",
)
def does_not_restart_again(s: NukiStep) -> Judged:
    """Check that a client does not repeat what may have begun: the bridge would restart again when it is back."""
    sent = s.traffic.to(s.arguments["task"].value)
    if s.arguments["task"] is Maintenance.CLEAR_LOG or not any(x.broken in ("reset", "timeout") for x in sent):
        return UNTRIGGERED
    first = next(n for n, x in enumerate(sent) if x.broken in ("reset", "timeout"))
    assert len(sent) == first + 1, f"the answer to {sent[first].path} was lost, and the client sent it again"
    return None


@law(
    "NK-AWAY-1",
    "what cannot be reached now is unavailable, and nothing else",
    on=(
        "list_locks",
        "lock_state",
        "act",
        "register_callback",
        "unregister_callback",
        "unpair",
        "maintain",
        "discover",
    ),
    evidence="/lockState, /lockAction: HTTP 503 is returned if the given Smart Lock is offline",
    mutants=("offline_is_a_failure", "offline_is_a_wrong_token", "a_reset_is_a_failure"),
    needs="results",
)
def unreachable_is_unavailable(s: NukiStep) -> Judged:
    """Check that a client says that trying later may help: not that the lock, the token or the request is wrong."""
    if s.error is None or not s.traffic or not (s.traffic[-1].broken or s.traffic[-1].status == 503):
        return UNTRIGGERED
    last = s.traffic[-1]
    assert isinstance(s.error, Unavailable), (
        f"{last.path} was {last.broken or last.status}, and the client said {type(s.error).__name__} instead of Unavailable"
    )
    return None


@law(
    "NK-OP-3",
    "a call that nothing prevents succeeds",
    on=("list_locks", "lock_state", "act", "unpair", "maintain", "discover"),
    evidence="the chapters of the operations: their parameters, answers and errors",
    mutants=(
        "no_wait_as_a_word",
        "uses_the_simple_calls",
        "maintenance_needs_an_answer",
        "actions_by_name",
        "reboots_after_an_update",
    ),
    needs="truth",
)  # fmt: skip
def succeeds_if_nothing_prevents_it(s: NukiStep) -> Judged:
    """Check that a client sends what the bridge accepts, waits for the motor and understands the answer."""
    if {"fault", "odd"} & s.given.keys() or s.given.get("token") == "wrong" or not (s.before.up and s.traffic):
        return UNTRIGGERED
    if s.call in ("unpair", "maintain") and s.before.bridge_type != 1:
        return UNTRIGGERED
    lock = s.before.locks.get(s.arguments.get("lock", 0))
    if "lock" in s.arguments and (lock is None or not lock.reachable):
        return UNTRIGGERED
    done = [x for x in s.traffic if x.path in _asked_for(s) and _was_carried_out(x)]
    if not done and any(x.success is False or x.status == 503 or x.broken for x in s.traffic):
        return UNTRIGGERED
    assert s.error is None, f"nothing prevented {s.call}, and the client said {type(s.error).__name__}: {s.error}"
    return None


returns_to_work = return_to_work(
    "NK-START-1",
    on=("made", "refresh", "list_locks"),
    evidence="/reboot, /fwupdate: a bridge is away at times; the document says nothing about a client's start",
    mutants=("gives_up_at_birth", "gives_up_after_ten_failures"),
)


@law(
    "NK-QUIET-1",
    "a poll reads each lock once",
    on="refresh",
    evidence="vendor-facts: the bridge serves one request at a time; each read costs the lock's batteries",
    mutants=("polls_twice",),
    needs="results",
)
def a_poll_reads_each_lock_once(s: NukiStep) -> Judged:
    """Check that a client does not read again what it has just read: a lock is woken up by each read."""
    read = [x.param("nukiId") for x in s.traffic.to("/lockState") if x.answered and x.status == 200]
    if not read:
        return UNTRIGGERED
    for lock in set(read):
        assert read.count(lock) == 1, f"one poll read lock {lock} {read.count(lock)} times"
    return None
