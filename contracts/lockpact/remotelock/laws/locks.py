"""Locks: where the bolt is, what a lock takes before it has connected, and what was programmed at its keypad."""

from __future__ import annotations

import json

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Traffic
from lockpact.remotelock.exchanges import about, api, attributes, items, resource, sent, unhindered
from lockpact.remotelock.port import Bolt
from lockpact.remotelock.truth import RemoteLockStep, truths

__all__ = ["an_event_is_the_bolt", "keeps_other_local_pins", "waits_until_it_connects"]


def _bolts(s: RemoteLockStep, lock: str) -> set[Bolt]:
    return {truth.locks[lock].bolt for truth in truths(s) if lock in truth.locks}


@law(
    "RL-STATE-1",
    "a 200 to lock or unlock is not the bolt, an event is",
    on=("order", "bolt"),
    evidence="Lock a lock: the sample's lock has never connected, and its state is locked",
    mutants=(
        "believes_the_answer",
        "ordered_is_done",
        "believes_the_device",
        "events_before_the_fact",
        "knows_no_bolt",
    ),
    needs="truth",
)
def an_event_is_the_bolt(s: RemoteLockStep) -> Judged:
    """The answer is what RemoteLock hopes for."""
    lock: str = s.arguments["lock"]
    if s.error is not None or lock not in s.before.locks:
        return UNTRIGGERED
    if s.call == "order":
        to: Bolt = s.arguments["to"]
        if not api(s.traffic):
            return UNTRIGGERED
        assert not s.result or to in _bolts(s, lock), (
            f"RemoteLock took the order, the bolt has not moved, and the client says that it is {to.value}"
        )
        return None
    if s.result is None:
        heard = s.given.get("heard")
        assert heard is None, f"the client has been told of the bolt's move ({heard.value}), and shows nothing"
        return UNTRIGGERED
    orders = [e for e in s.earlier if e.call == "order" and e.arguments["lock"] == lock and e.error is None]
    ordered = bool(orders) and orders[-1].arguments["to"] is s.result and not _told(s, lock, s.result)
    since = orders[-1].began if ordered else 0
    shown = _bolts(s, lock).union(*(_bolts(e, lock) for e in s.earlier if e.ended >= since))
    assert s.result in shown, (
        f"the client shows {s.result.value}, and the bolt has been {'/'.join(sorted(b.value for b in shown))} "
        + ("all the while" if not since else "ever since it was ordered")
    )
    return None


def _told(s: RemoteLockStep, lock: str, bolt: Bolt) -> bool:
    """Whether any message or list has told the client that the bolt moved there."""
    told = [json.loads(e.arguments["body"])["data"] for e in s.earlier if e.given.get("event") is not None]
    told += [one for e in (*s.earlier, s) for x in about(e.traffic, "GET", "/events") for one in items(x)]
    return any(one["type"] == f"{bolt.value}_event" and one["attributes"]["publisher_id"] == lock for one in told)


SETTINGS = frozenset({"programming_code", "heartbeat_interval", "wake_wifi", "muted", "auto_lock", "auto_lock_timeout",
                      "auto_lock_schedule_id", "lock_action_schedule_id", "power_source", "local_pins"})  # fmt: skip
"""What the lock itself keeps, and overwrites when it first connects."""


def _sets_after_connecting(t: Traffic) -> Judged:
    """Of conduct: a lock that was last seen without connected_at is sent no settings."""
    unconnected: set[str] = set()
    judged = False
    for x in api(t):
        for one in items(x):
            if one.get("type") == "lock" and isinstance(one.get("attributes"), dict):
                never = one["attributes"].get("connected_at", "") is None
                if x.method == "GET" or (x.method == "POST" and resource(x) == "/devices"):
                    (unconnected.add if never else unconnected.discard)(str(one.get("id")))
        judged = judged or bool(unconnected)
        if x.method != "PUT" or not x.path.count("/devices/"):
            continue
        lock = resource(x).removeprefix("/devices/")
        put = sent(x).get("attributes")
        if lock in unconnected and isinstance(put, dict) and SETTINGS.intersection(put):
            raise AssertionError("a lock that has never connected was sent settings; they may be lost when it does")
    return None if judged else UNTRIGGERED


@law(
    "RL-SETUP-1",
    "waits for connected_at before settings",
    on=("set_up", "refresh"),
    evidence="Update a lock: you should wait until connected_at has a timestamp before making this request",
    mutants=("sets_right_away", "waits_a_minute_only", "never_finishes_a_set_up", "connected_before_it_is"),
    needs="truth",
    conduct=_sets_after_connecting,
)
def waits_until_it_connects(s: RemoteLockStep) -> Judged:
    """What the lock tells when it first connects replaces what it was told before."""
    earlier = Traffic(x for e in s.earlier for x in e.traffic)
    judged = _sets_after_connecting(Traffic([*earlier, *s.traffic]))
    for x in about(s.traffic, "PUT", "/devices/[^/]+"):
        lock = s.after.locks.get(resource(x).removeprefix("/devices/"))
        put = sent(x).get("attributes")
        if lock is not None and isinstance(put, dict) and SETTINGS.intersection(put):
            assert lock.connected, "a lock that has never connected was sent settings; they may be lost when it does"
    if s.call != "refresh" or s.error is not None or not unhindered(s.traffic):
        return judged
    wanted: dict[str, int] = s.given.get("wanted", {})
    for id_, timeout in wanted.items():
        lock = s.after.locks.get(id_)
        if lock is not None and s.before.locks[id_].connected:
            judged = None
            assert lock.timeout == timeout, (
                f"the lock has connected, its timeout was to be {timeout} s, and it is {lock.timeout} s still"
            )
    return judged


@law(
    "RL-PINS-1",
    "removes one local PIN, keeps the rest",
    on="remove_local_pin",
    evidence='Update a lock: local_pins: this is a "set" operation; only PIN removal is supported',
    mutants=("sends_no_pins", "sends_the_one_to_remove", "removes_the_last_pin", "all_local_pins_go"),
    needs="truth",
)
def keeps_other_local_pins(s: RemoteLockStep) -> Judged:
    """The others were programmed by people who stand at the door."""
    lock: str = s.arguments["lock"]
    before, after = s.before.locks.get(lock), s.after.locks.get(lock)
    if before is None or after is None or s.given.get("fault") or not unhindered(s.traffic):
        return UNTRIGGERED
    pin: str = s.arguments["pin"]
    kept = [one for one in before.local_pins if one != pin]
    lost = [one for one in kept if one not in after.local_pins]
    assert not lost, f"one local PIN was to be removed, and {len(lost)} others are gone with it"
    if s.error is not None:
        return UNTRIGGERED
    assert pin not in after.local_pins, "a local PIN was to be removed, the client says so, and it is there still"
    put = [attributes(x).get("local_pins") for x in about(s.traffic, "PUT", "/devices/[^/]+") if x.status == 200]
    assert not put or put[-1] is None or set(put[-1]) == set(after.local_pins), (
        "the answer tells other local PINs than there are"
    )
    return None
