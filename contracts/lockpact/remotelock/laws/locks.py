"""Locks: where the bolt is, settings before the first contact, and local PINs."""

from __future__ import annotations

from lockpact.core.law import UNTRIGGERED, Judged, convergence, law
from lockpact.core.traffic import Traffic
from lockpact.remotelock.exchanges import (
    api,
    attributes,
    exchanges_with,
    is_invalid_grant,
    items,
    resource,
    sent,
    unhindered,
)
from lockpact.remotelock.moves import newest_moves, was_reported
from lockpact.remotelock.port import Bolt, ConsentNeeded, Invalid
from lockpact.remotelock.truth import RemoteLockStep, truths

__all__ = ["an_event_is_the_bolt", "converges", "keeps_other_local_pins", "waits_until_it_connects"]


def _bolts(s: RemoteLockStep, lock: str) -> set[Bolt]:
    return {truth.locks[lock].bolt for truth in truths(s) if lock in truth.locks}


@law(
    "RL-STATE-1",
    "takes an event, not the 200 to lock or unlock, for the bolt's position",
    on=("order", "bolt"),
    evidence="Lock a lock: the sample's lock has never connected, and its state is locked",
    mutants=(
        "believes_the_answer",
        "ordered_is_done",
        "believes_the_device",
        "events_before_the_fact",
        "knows_no_bolt",
        "state_of_the_first_event",
        "another_locks_bolt",
        "failed_events_move_the_bolt",
        "a_failed_move_moves_the_bolt",
        "a_connected_lock_obeys",
    ),
    needs="truth",
)
def an_event_is_the_bolt(s: RemoteLockStep) -> Judged:
    """The answer to a command shows the expected result, not the real one."""
    lock: str = s.arguments["lock"]
    if s.error is not None or lock not in s.before.locks:
        return UNTRIGGERED
    if s.call == "order":
        to: Bolt = s.arguments["to"]
        if not api(s.traffic):
            return UNTRIGGERED
        assert not s.result or to in _bolts(s, lock), (
            f"RemoteLock accepted the command, the bolt has not moved, and the client says that it is {to.value}"
        )
        return None
    newest = newest_moves(s, lock)
    if s.result is None:
        assert len(newest) != 1, f"by the newest event the bolt is {_words(newest)}, and the client shows nothing"
        return UNTRIGGERED
    commands = [e for e in s.earlier if e.call == "order" and e.arguments["lock"] == lock and e.error is None]
    only_commanded = bool(commands) and commands[-1].arguments["to"] is s.result and not was_reported(s, lock, s.result)
    since = commands[-1].began if only_commanded else 0
    positions = _bolts(s, lock).union(*(_bolts(e, lock) for e in s.earlier if e.ended >= since))
    if len(newest) > 1:
        positions |= newest  # the events of one second have no order
    assert s.result in positions, f"the client shows {s.result.value}, and the bolt has been {_words(positions)} " + (
        "all the time" if not since else "since the command"
    )
    return None


def _bolt_to_learn(s: RemoteLockStep) -> Bolt | None:
    """Return where the bolt is; None if the client could not learn it, since the user must sign in again.

    A renewal whose answer is lost uses the refresh token up, and the new one is lost with the answer.
    """
    lock = s.before.locks.get(s.arguments["lock"])
    signed_in = max((n for n, e in enumerate(s.earlier) if e.call == "signed_in" and e.error is None), default=0)
    for e in s.earlier[signed_in:]:
        if isinstance(e.error, ConsentNeeded) and any(is_invalid_grant(x) for x in e.traffic):
            return None
    return None if lock is None else lock.bolt


converges = convergence(
    "RL-CONV-1",
    on="bolt",
    evidence="Events: each move is an event with occurred_at, which the lock reports at its next contact and /events keeps",
    belief=lambda s: s.result,
    truth=_bolt_to_learn,
    mutants=("skips_what_it_could_not_read", "leaves_late_events_out", "trusts_webhooks_alone"),
)
"""The class behind most complaints about integrations: the app shows a door locked that stands open."""


def _words(bolts: set[Bolt]) -> str:
    return "/".join(sorted(bolt.value for bolt in bolts))


SETTINGS = frozenset({"programming_code", "heartbeat_interval", "wake_wifi", "muted", "auto_lock", "auto_lock_timeout",
                      "auto_lock_schedule_id", "lock_action_schedule_id", "power_source", "local_pins"})  # fmt: skip
"""The settings that a lock overwrites at its first contact."""
_TOO_EARLY = "the client sent settings to a lock that has never connected; they are lost at its first contact"


def _sets_after_connecting(t: Traffic) -> Judged:
    """Check that no settings are sent to a lock whose connected_at was last null."""
    unconnected: set[str] = set()
    judged = False
    for x in api(t):
        for item in items(x):
            if isinstance(item.get("attributes"), dict) and "connected_at" in item["attributes"]:
                never = item["attributes"]["connected_at"] is None
                if x.method == "GET" or (x.method == "POST" and resource(x) == "/devices"):
                    (unconnected.add if never else unconnected.discard)(str(item.get("id")))
        judged = judged or bool(unconnected)
        if x.method != "PUT" or not x.path.count("/devices/"):
            continue
        lock = resource(x).removeprefix("/devices/")
        put = sent(x).get("attributes")
        if lock in unconnected and isinstance(put, dict) and SETTINGS.intersection(put):
            raise AssertionError(_TOO_EARLY)
    return None if judged else UNTRIGGERED


@law(
    "RL-SETUP-1",
    "waits for connected_at before it sends settings",
    on=("set_up", "refresh"),
    evidence="Update a lock: you should wait until connected_at has a timestamp before making this request",
    mutants=(
        "sets_right_away",
        "waits_a_minute_only",
        "never_finishes_a_set_up",
        "timeout_is_a_text",
        "timeout_in_minutes",
        "connected_before_it_is",
        "forgets_a_set_up_that_failed",
        "sets_up_the_last_one",
        "sets_it_back",
        "waits_for_a_lock_that_is_connected",
        "gives_up_a_set_up",
    ),
    needs="truth",
    conduct=_sets_after_connecting,
)
def waits_until_it_connects(s: RemoteLockStep) -> Judged:
    """At its first contact, the lock's own settings replace those that the API has set."""
    earlier = Traffic(x for e in s.earlier for x in e.traffic)
    judged = _sets_after_connecting(Traffic([*earlier, *s.traffic]))
    for x in exchanges_with(s.traffic, "PUT", "/devices/[^/]+"):
        lock = s.after.locks.get(resource(x).removeprefix("/devices/"))
        put = sent(x).get("attributes")
        if lock is not None and isinstance(put, dict) and SETTINGS.intersection(put):
            assert lock.connected, _TOO_EARLY
    assert s.call != "refresh" or s.given.get("refused") or not isinstance(s.error, Invalid), (
        "RemoteLock refused the settings that the client sent"
    )
    changed = s.given.get("changed")
    if changed is not None and changed in s.before.locks and changed in s.after.locks:
        assert s.after.locks[changed].timeout == s.before.locks[changed].timeout, (
            "the set-up was finished, the owner has changed the timeout since, and the client changed it again"
        )
    if s.call != "refresh" or s.error is not None or not unhindered(s.traffic):
        return judged
    wanted: dict[str, int] = s.given.get("wanted", {})
    for id_, timeout in wanted.items():
        lock = s.after.locks.get(id_)
        if lock is not None and s.before.locks[id_].connected:
            judged = None
            assert lock.timeout == timeout, (
                f"the lock has connected, its timeout should be {timeout} s, and it is still {lock.timeout} s"
            )
    return judged


@law(
    "RL-PINS-1",
    "removes one local PIN and keeps the rest",
    on="remove_local_pin",
    evidence='Update a lock: local_pins: this is a "set" operation; only PIN removal is supported',
    mutants=(
        "sends_no_pins",
        "sends_the_one_to_remove",
        "removes_the_last_pin",
        "all_local_pins_go",
        "removes_what_begins_the_same",
        "removes_the_same_number",
        "a_lost_removal_is_one",
        "keeps_the_last_pin",
        "removes_from_what_it_knew",
    ),
    needs="truth",
)
def keeps_other_local_pins(s: RemoteLockStep) -> Judged:
    """Local PINs are programmed at the keypad; the API cannot restore them."""
    lock: str = s.arguments["lock"]
    before, after = s.before.locks.get(lock), s.after.locks.get(lock)
    if before is None or after is None:
        return UNTRIGGERED
    pin: str = s.arguments["pin"]
    kept = [other for other in before.local_pins if other != pin]
    lost = [other for other in kept if other not in after.local_pins]
    assert not lost, f"one local PIN should be removed, and {len(lost)} others are gone, too"
    if s.error is not None or pin not in before.local_pins:
        return UNTRIGGERED
    assert pin not in after.local_pins, "the client says that it removed a local PIN, and the lock still has it"
    put = [
        attributes(x).get("local_pins") for x in exchanges_with(s.traffic, "PUT", "/devices/[^/]+") if x.status == 200
    ]
    assert not put or put[-1] is None or set(put[-1]) == set(after.local_pins), (
        "the answer has other local PINs than the lock"
    )
    return None
