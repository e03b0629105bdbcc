"""Lock states: what the client reports compared with what the bridge answered and what is true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange
from lockpact.nuki.port import Failed, LockState, State, Unavailable, UnknownLock
from lockpact.nuki.truth import NukiStep, list_time, shown_during, shown_since

__all__ = [
    "a_failed_list_is_not_empty",
    "a_failed_list_is_not_the_present_one",
    "a_failed_read_is_no_state",
    "an_odd_lock_hides_no_other",
    "an_unpaired_lock_has_no_state",
    "battery_reaches_the_caller",
    "distinguishes_states",
    "lists_every_lock",
    "moving_is_not_final",
    "never_locked_that_was_not",
    "shows_the_state_that_is",
    "unknown_lock_is_reported",
    "unread_is_not_present",
]

NAMES: Mapping[int, str] = {
    0: "uncalibrated",
    1: "locked",
    2: "unlocking",
    3: "unlocked",
    4: "locking",
    5: "unlatched",
    6: "unlocked (lock 'n' go)",
    7: "unlatching",
    254: "motor blocked",
    255: "undefined",
}
"""Chapter *Lock states*."""


A_SECOND = 1_000_000
"""Microseconds: how exact the timestamps of /list are."""


def _last_answer(s: NukiStep) -> Exchange | None:
    """Return the last answer to /lockState in this step, if it was successful."""
    asked = s.traffic.to("/lockState")
    return asked[-1] if asked and asked[-1].answered and asked[-1].success else None


@law(
    "NK-STATE-1",
    "distinguishes all ten states; an unknown number is unknown, and never locked",
    on=("lock_state", "list_locks"),
    evidence="Lock states: the table of IDs and names",
    mutants=("lock_n_go_is_unlocked", "unknown_number_is_locked", "unknown_number_is_undefined",
             "blocked_is_undefined", "trusts_the_name", "undefined_is_blocked", "names_are_shifted"),
    needs="results",
)  # fmt: skip
def distinguishes_states(s: NukiStep) -> Judged:
    """Check that the client reports the state that the bridge's number means."""
    if s.error is not None:
        return UNTRIGGERED
    if s.call == "lock_state":
        answer = _last_answer(s)
        if answer is None or not isinstance(s.result, LockState):
            return UNTRIGGERED
        pairs = [(answer.json, s.result.state, answer.altered)]
    else:
        listed = s.traffic.to("/list")
        if not listed or not listed[-1].answered or not isinstance(listed[-1].json, list):
            return UNTRIGGERED
        reported = {lock.id: lock.state for lock in s.result}
        pairs = [
            (entry["lastKnownState"], reported[entry["nukiId"]], listed[-1].altered)
            for entry in listed[-1].json
            if isinstance(entry.get("lastKnownState"), dict) and entry.get("nukiId") in reported
        ]
    for entry, state, altered in pairs:
        number = entry.get("state")
        assert state is State.of(number), f"the bridge answered state {number}, and the client said {state.name}"
        name = entry.get("stateName")
        assert altered or name == NAMES.get(number, name), f"the bridge gives state {number} the name {name!r}"
    return None if pairs else UNTRIGGERED


@law(
    "NK-STATE-2",
    "never reports a lock as locked that was not, when asked for the present state",
    on="lock_state",
    evidence="/lockState: retrieves and returns the current lock state; /list gives only the last known one",
    mutants=("present_state_from_the_list", "offline_is_as_before", "reads_by_list_when_offline",
             "failure_is_as_before", "offline_tells_last_known", "reads_lag_behind"),
    needs="truth",
)  # fmt: skip
def never_locked_that_was_not(s: NukiStep) -> Judged:
    """Check that a lock that was never locked during the call is not reported as locked: people rely on it."""
    shown = shown_during(s, s.arguments["lock"])
    if s.given.get("shows") is not None or not shown or State.LOCKED in shown:
        return UNTRIGGERED
    assert not (s.error is None and isinstance(s.result, LockState) and s.result.state is State.LOCKED), (
        f"the lock was {_names(shown)} all the time, and the client said locked"
    )
    return None


@law(
    "NK-STATE-3",
    "unlocking, locking and unlatching are not final",
    on="lock_state",
    evidence="Lock states: 2 unlocking, 4 locking, 7 unlatching; only the motor's end makes them 3, 1, 5",
    mutants=("locking_is_locked", "unlocking_is_unlocked", "moving_reads_done"),
    needs="results",
)
def moving_is_not_final(s: NukiStep) -> Judged:
    """Check that a moving state is reported as moving: the motor may still meet a jam."""
    answer = _last_answer(s)
    if answer is None or s.error is not None:
        return UNTRIGGERED
    true_states: set[State] = set()
    if s.truth_known and s.given.get("shows") is None:
        true_states = shown_during(s, s.arguments["lock"])
    moving = State.of(answer.json.get("state")).moving or (len(true_states) == 1 and next(iter(true_states)).moving)
    if not moving:
        return UNTRIGGERED
    assert s.result.state.moving, f"the motor was still running, and the client said {s.result.state.name}"
    return None


@law(
    "NK-STATE-4",
    "reports a state that the lock had during the call",
    on="lock_state",
    evidence="/lockState: retrieves and returns the current lock state of a given Smart Lock",
    mutants=("reads_the_first_lock", "caches_a_minute", "failed_read_is_undefined"),
    needs="truth",
)
def shows_the_state_that_is(s: NukiStep) -> Judged:
    """Check that the state is the present one of the lock that was asked for, not of another lock or time."""
    lock: int = s.arguments["lock"]
    if s.given.get("shows") is not None or s.error is not None or not isinstance(s.result, LockState):
        return UNTRIGGERED
    shown = shown_during(s, lock)
    if not shown or s.result.state is State.UNKNOWN:
        return UNTRIGGERED
    assert s.result.state in shown, (
        f"lock {lock} was {_names(shown)} during the call, and the client said {s.result.state.name.lower()}"
    )
    return None


@law(
    "NK-STATE-5",
    "shows no state that it has not read, and that is not true",
    on="believed_state",
    evidence="/lockState: success, flag indicating if the lock state retrieval has been successful; HTTP 503 if offline",
    mutants=("keeps_showing_what_it_cannot_read", "believes_locked_until_it_knows", "believes_after_an_action",
             "believes_as_before_a_lost_action", "moving_is_as_good_as_done", "unlatched_for_good", "an_odd_state_is_no_news",
             "believes_what_the_bridge_knew", "believes_what_it_has_listed", "believes_as_before_until_it_reads"),
    needs="truth",
    shown_by=("lock_state", "act", "believed_state"),
)  # fmt: skip
def unread_is_not_present(s: NukiStep) -> Judged:
    """Check that a client shows nothing, or what is true, after a failed read and after an action: people rely on it.

    /list has the *last known* state, with the time of its retrieval. So after a failed read it may be an old one.
    """
    lock: int = s.arguments["lock"]
    failed = [x for x in s.all_traffic.to("/lockState").where(nukiId=lock) if not x.success]
    asked = [
        x
        for x in s.all_traffic
        if x.param("nukiId") == str(lock) or (x.path == "/list" and not _is_older(x, failed, lock))
    ]
    since = s.began if not asked else asked[-1].ended if asked[-1].path == "/lockAction" else asked[-1].began
    called_back = any(e.call == "on_callback" and e.began >= since for e in s.earlier)
    read = asked[-1] if asked and not _says_nothing(asked[-1]) else None
    if called_back or (read is not None and read.path != "/lockState"):
        return UNTRIGGERED
    if s.error is not None or s.result in (None, State.UNKNOWN):
        return None
    # Nobody has touched the lock since the action, so what a client concludes from it must hold when the motor rests, too.
    shown = shown_during(s, lock) if s.given.get("rested") and read is None else shown_since(s, lock, since)
    if read is not None:
        answered = State.of(read.json.get("state"))
        assert s.result is answered or (s.result in shown and not read.altered), (
            f"the client has read that lock {lock} is {answered.name.lower()}, and shows it as {s.result.name.lower()}"
        )
        return None
    why = "has not read" if asked else "has never read"
    assert s.result in shown, (
        f"the client {why} lock {lock}, which is {_names(shown)}, and shows it as {s.result.name.lower()}"
    )
    return None


def _is_older(listed: Exchange, failed: Sequence[Exchange], lock: int) -> bool:
    """Return whether the bridge had retrieved a listed state before one of these reads failed: so the lock has not been read
    since."""
    before = [x.began for x in failed if x.began < listed.began]
    at = list_time(listed, lock) if before and listed.answered and isinstance(listed.json, list) else None
    return at is not None and at + A_SECOND <= before[-1]


def _says_nothing(x: Exchange) -> bool:
    """Return whether an exchange says nothing about the lock's state: a failed read, or an action that may have begun."""
    if x.path == "/lockState":
        return not x.success
    return x.path == "/lockAction" and (x.success is True or x.broken != "")


@law(
    "NK-STATE-6",
    "a lock that the bridge could not read is unavailable, and not of an unknown state",
    on="lock_state",
    evidence="/lockState: success, flag indicating if the lock state retrieval has been successful",
    mutants=("a_failed_read_is_unknown",),
    needs="results",
)
def a_failed_read_is_no_state(s: NukiStep) -> Judged:
    """Check that HTTP 200 is not taken for a state: without success the answer has none, and no battery level."""
    asked = s.traffic.to("/lockState")
    if not asked or not asked[-1].answered or asked[-1].status != 200 or asked[-1].success is not False:
        return UNTRIGGERED
    assert isinstance(s.error, Unavailable | Failed), (
        f"the bridge could not read the lock, and the client answered {s.result!r} instead of Unavailable"
        if s.error is None
        else f"the bridge could not read the lock, and the client said {type(s.error).__name__} instead of Unavailable"
    )
    return None


@law(
    "NK-LIST-1",
    "a list that failed or was cut takes no lock away",
    on="list_locks",
    evidence="/list: a list of all paired Smart Locks; vendor-facts: a busy bridge answers 503 anywhere",
    mutants=("unavailable_is_empty", "cut_is_empty"),
    needs="truth",
)
def a_failed_list_is_not_empty(s: NukiStep) -> Judged:
    """Check that a client does not take a failure for an empty list: it would delete locks, with what users made of them."""
    listed = s.traffic.to("/list")
    if not listed or (listed[-1].status == 200 and isinstance(listed[-1].json, list)):
        return UNTRIGGERED
    missing = set(s.before.locks) - ({lock.id for lock in s.result} if s.error is None else set(s.before.locks))
    assert not missing, f"the list could not be read, and the client no longer has the locks {sorted(missing)}"
    return None


@law(
    "NK-LIST-3",
    "a list that could not be read shows no state that is not true",
    on="list_locks",
    evidence="/list: lastKnownState, the last known lock state; vendor-facts: a busy bridge answers 503 anywhere",
    mutants=("answers_the_last_list",),
    needs="truth",
)
def a_failed_list_is_not_the_present_one(s: NukiStep) -> Judged:
    """Check that a client does not go on showing "locked" while it cannot reach the bridge, without saying so."""
    listed = s.traffic.to("/list")
    if not listed or (listed[-1].status == 200 and isinstance(listed[-1].json, list)):
        return UNTRIGGERED
    for lock in s.result if s.error is None else ():
        shown = shown_during(s, lock.id)
        assert lock.state is State.UNKNOWN or not shown or lock.state in shown, (
            f"the list could not be read, lock {lock.id} is {_names(shown)}, and the client shows {lock.state.name.lower()}"
        )
    return None


@law(
    "NK-LIST-2",
    "lists each lock of the bridge once, by its id and its name",
    on="list_locks",
    evidence="/list: nukiId, ID of the Smart Lock; name, name of the Smart Lock; one item per Smart Lock",
    mutants=("names_in_ascii", "names_are_numbers", "gives_each_lock_anothers_name", "lists_once",
             "drops_the_last_lock", "ids_are_texts", "drops_odd_locks", "one_lock_a_name", "cuts_long_names"),
    needs="truth",
)  # fmt: skip
def lists_every_lock(s: NukiStep) -> Judged:
    """Check that the list has each paired lock, with its name in whatever script, and no other lock."""
    if s.error is not None:
        return UNTRIGGERED
    listed = s.traffic.to("/list")
    if listed and (listed[-1].status != 200 or not isinstance(listed[-1].json, list)):
        return UNTRIGGERED
    reported = sorted(((lock.id, lock.name) for lock in s.result), key=str)
    if not listed:
        there = sorted(s.given.get("lists", reported), key=str)
        assert reported == there, f"the client did not ask the bridge; it lists {reported}, and the bridge has {there}"
        return None
    answered = sorted(((entry.get("nukiId"), entry.get("name") or "") for entry in listed[-1].json), key=str)
    assert reported == answered, f"the bridge listed {answered}, and the client {reported}"
    return None


@law(
    "NK-TOL-1",
    "one odd lock hides no other, and is not shown as locked",
    on="list_locks",
    evidence="/list: one item per Smart Lock; vendor-facts: a lock that was never read has no lastKnownState",
    mutants=("one_bad_lock_spoils_all", "unread_is_locked"),
    needs="results",
)
def an_odd_lock_hides_no_other(s: NukiStep) -> Judged:
    """Check that a lock with a flat battery, or of a kind that is not known, does not make all locks disappear."""
    odd = s.given.get("odd")
    listed = s.traffic.to("/list")
    if odd is None or not listed or not isinstance(listed[-1].json, list):
        return UNTRIGGERED
    assert s.error is None, f"lock {odd} has no state, and the client lists no lock at all: {type(s.error).__name__}"
    reported = {lock.id: lock.state for lock in s.result}
    missing = {entry["nukiId"] for entry in listed[-1].json} - {odd} - set(reported)
    assert not missing, f"lock {odd} has no state, and the client hides the locks {sorted(missing)}"
    shown = reported.get(odd, State.UNKNOWN)
    assert shown is State.UNKNOWN, f"lock {odd} has no state, and the client shows {shown.name.lower()}"
    return None


def _names(states: set[State]) -> str:
    return "/".join(sorted(state.name.lower() for state in states))


@law(
    "NK-ID-1",
    "an unknown lock is reported as unknown",
    on=("lock_state", "act", "unpair"),
    evidence="/lockState, /lockAction, /unpair: HTTP 404 is returned if the given Smart Lock is unknown",
    mutants=("unknown_lock_is_unavailable", "unknown_lock_is_undefined", "unknown_lock_looks_offline",
             "unpairs_the_unknown"),
    needs="results",
)  # fmt: skip
def unknown_lock_is_reported(s: NukiStep) -> Judged:
    """Check that an unknown lock is not reported as unavailable: waiting does not help."""
    if not s.given.get("unknown") or not s.traffic or "fault" in s.given:
        return UNTRIGGERED
    if any(x.status == 401 for x in s.traffic) or (s.truth_known and not s.before.up):
        return UNTRIGGERED
    if s.call == "unpair" and (not s.truth_known or s.before.bridge_type != 1):
        return UNTRIGGERED
    reported = f"said {type(s.error).__name__}" if s.error is not None else f"answered {s.result!r}"
    assert isinstance(s.error, UnknownLock), (
        f"no paired lock has the id {s.arguments['lock']}, and the client {reported} instead of UnknownLock"
    )
    return None


@law(
    "NK-ID-2",
    "a lock that it has unpaired has no state any more",
    on="believed_state",
    evidence="/unpair: removes the pairing with a given Smart Lock",
    mutants=("shows_what_it_has_unpaired",),
    shown_by=("unpair", "believed_state"),
)
def an_unpaired_lock_has_no_state(s: NukiStep) -> Judged:
    """Check that a client does not show a state that nobody can read any more: it would stay for ever."""
    lock: int = s.arguments["lock"]
    unpaired = any(e.call == "unpair" and e.error is None and e.arguments["lock"] == lock for e in s.earlier)
    if not unpaired or lock in s.after.locks:
        return UNTRIGGERED
    assert s.error is not None or s.result in (None, State.UNKNOWN), (
        f"the client has unpaired lock {lock}, and still shows it as {s.result.name.lower()}"
    )
    return None


@law(
    "NK-BATT-1",
    "batteryCritical reaches the caller",
    on=("lock_state", "list_locks", "act"),
    evidence="/list, /lockState, /lockAction: batteryCritical, the batteries are at critical level",
    mutants=("drops_the_battery", "battery_only_from_the_list", "battery_is_always_fine",
             "battery_is_always_critical", "drops_the_battery_of_an_action", "drops_the_battery_of_a_look"),
    needs="results",
)  # fmt: skip
def battery_reaches_the_caller(s: NukiStep) -> Judged:
    """Check that a critical battery is reported: nothing else announces it before the lock stops working."""
    if s.error is not None:
        return UNTRIGGERED
    pairs = _batteries(s)
    if s.call != "list_locks" and s.truth_known and pairs:
        lock = s.arguments["lock"]
        truth = {m.truth.locks[lock].battery_critical for m in s.truth_history if lock in m.truth.locks}
        if len(truth) == 1:
            pairs = [(truth.pop(), pairs[-1][1])]
    if not pairs:
        return UNTRIGGERED
    for answered, reported in pairs:
        assert reported == answered, f"batteryCritical was {answered}, and the client said {reported}"
    return None


def _batteries(s: NukiStep) -> list[tuple[Any, Any]]:
    """Return pairs of batteryCritical for each lock: what the bridge answered and what the client reported."""
    if s.call == "list_locks":
        listed = s.traffic.to("/list")
        entries = listed[-1].json if listed and isinstance(listed[-1].json, list) else []
        reported = {lock.id: lock.battery_critical for lock in s.result}
        return [
            (entry["lastKnownState"].get("batteryCritical"), reported[entry["nukiId"]])
            for entry in entries
            if isinstance(entry.get("lastKnownState"), dict) and entry.get("nukiId") in reported
            if isinstance(entry["lastKnownState"].get("batteryCritical"), bool)
        ]
    # After a lost answer a client reads the lock, and that answer has the battery level, too.
    asked = [x for x in s.traffic.to("/lockState", *(["/lockAction"] if s.call == "act" else [])) if x.success]
    if not asked:
        return []
    return [(asked[-1].json.get("batteryCritical"), s.result.battery_critical)]
