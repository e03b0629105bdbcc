"""Lock actions: the code that is sent, the result that is reported, and retries."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange, Traffic
from lockpact.nuki.port import Action, Done, Failed, NukiError, State
from lockpact.nuki.truth import NukiStep, shown_during

__all__ = ["failure_is_a_failure", "no_wait_is_not_done", "reads_before_it_opens_again", "sends_the_documented_code",
           "waits_as_it_was_asked"]  # fmt: skip

REQUESTS = 10
"""Requests that one call may take, including retries and reads."""
RETRY_WITHIN = 60_000_000
"""Microseconds within which the same action on the same lock counts as a retry (in checks of the traffic)."""
NO_WAIT_LIMIT = 1_000_000
"""Microseconds that an answer with noWait may take. Every motor sequence takes longer."""

DONE_STATES: Mapping[Action, frozenset[State]] = {
    Action.UNLOCK: frozenset({State.UNLOCKED}),
    Action.LOCK: frozenset({State.LOCKED}),
    Action.UNLATCH: frozenset({State.UNLATCHED}),
    Action.LOCK_N_GO: frozenset({State.UNLOCKED_LOCK_N_GO}),
    Action.LOCK_N_GO_UNLATCH: frozenset({State.UNLATCHED, State.UNLOCKED_LOCK_N_GO}),
}
"""The states that a lock has shown when the action is done."""

CODES = frozenset(str(action.value) for action in Action)
OPENING = frozenset(str(action.value) for action in Action if action.opens)


def _sent(s: NukiStep) -> Traffic:
    return s.traffic.to("/lockAction")


def _is_uncertain(x: Exchange) -> bool:
    """Return whether the client cannot know if the bridge did it: after a 503, a reset or a timeout."""
    return x.broken in ("reset", "timeout") or x.status == 503


@law(
    "NK-ACT-1",
    "success: false is a failure",
    on="act",
    evidence="/lockAction: success, flag indicating if the lock action has been executed successful",
    mutants=(
        "ignores_success",
        "failure_is_unavailable",
        "a_jam_is_a_success",
        "lost_is_completed",
    ),
    needs="results",
)
def failure_is_a_failure(s: NukiStep) -> Judged:
    """Check that a client does not take HTTP 200 for success: it means that the bridge was reached, not that the bolt moved."""
    sent = _sent(s)
    if sent and all(x.answered and x.status == 200 and x.success is False for x in sent):
        reported = f"said {type(s.error).__name__}" if s.error is not None else f"answered {s.result!r}"
        assert isinstance(s.error, Failed), f"the bridge answered success: false, and the client {reported}"
        return None
    action: Action = s.arguments["action"]
    if not s.truth_known or s.error is not None or not sent or not s.result.completed:
        return UNTRIGGERED
    shown = shown_during(s, s.arguments["lock"])
    if s.arguments["lock"] in s.before.locks:
        assert shown & DONE_STATES[action], f"the lock has not completed {action.name}, and the client said that it had"
    if s.arguments["lock"] not in s.before.locks or State.MOTOR_BLOCKED not in shown:
        return UNTRIGGERED
    assert shown >= DONE_STATES[action], (
        f"the motor was blocked, and the client said that it had completed {action.name}"
    )
    return None


def _opens_once(t: Traffic) -> Judged:
    """Check the traffic: an opening action is not repeated after a lost answer without a read in between."""
    opening = [x for x in t.to("/lockAction") if x.param("action") in OPENING]
    lost = [x for x in opening if _is_uncertain(x)]
    if not lost:
        return UNTRIGGERED
    for first in lost:
        for x in opening:
            same = x.param("nukiId") == first.param("nukiId") and x.param("action") == first.param("action")
            if same and first.began < x.began < first.ended + RETRY_WITHIN:
                assert _was_read(t, first, x), (
                    f"the answer to /lockAction with action={x.param('action')} was lost, and it was sent again without reading "
                    "the lock first"
                )
    return None


def _was_read(t: Traffic, first: Exchange, then: Exchange) -> bool:
    """Return whether the lock was read successfully between two requests."""
    return any(
        read.answered and read.status == 200 and first.ended <= read.began and read.ended <= then.began
        for read in t.to("/lockState").where(nukiId=first.param("nukiId"))
    )


@law(
    "NK-ACT-2",
    "unavailable is retried a few times, and an opening action is not sent again without reading the lock first",
    on=("act", "lock_state", "list_locks"),
    evidence="/lockState, /lockAction: HTTP 503 is returned if the Smart Lock is offline; vendor-facts: a busy bridge "
    "answers 503 anywhere",
    mutants=("never_retries", "busy_is_offline", "retries_for_ever", "opens_again_blindly",
             "opens_again_after_a_failed_look", "once_busy_always_busy", "opens_never_after_a_busy_bridge"),
    needs="results",
    conduct=_opens_once,
)  # fmt: skip
def reads_before_it_opens_again(s: NukiStep) -> Judged:
    """Check that one passing 503 does not lock anyone out, and one lost answer does not open a door twice."""
    lost = [x for x in s.traffic if _is_uncertain(x)]
    if not lost:
        return UNTRIGGERED
    assert len(s.traffic) <= REQUESTS, f"the client sent {len(s.traffic)} requests in one call"
    opening = [x for x in _sent(s) if x.param("action") in OPENING]
    for first, then in pairwise(opening):
        assert _was_read(s.traffic, first, then), (
            f"/lockAction with action={then.param('action')} was sent again without reading the lock in between"
        )
    gave_up = "the bridge was unavailable once, and the client gave up at once"
    if s.call == "act" and s.arguments["action"].opens:
        assert len(s.traffic) > 1 or lost[0].broken, gave_up
        return None
    assert len(s.traffic) > 1, gave_up
    passing = s.given.get("fault") in ("unavailable", "reset before") and s.given.get("times") == 1
    if passing and (not s.truth_known or _was_reachable(s)):
        assert not (isinstance(s.error, NukiError) and all(x.status == 503 or x.broken for x in s.traffic)), (
            "the bridge was unavailable for one request, and the client's retries did not reach it"
        )
    return None


def _was_reachable(s: NukiStep) -> bool:
    """Return whether only the fault kept the client from the lock."""
    lock = s.before.locks.get(s.arguments.get("lock", 0))
    return s.before.up and (lock is None or lock.reachable)


def _sends_listed_codes(t: Traffic) -> Judged:
    """Check the traffic: the document lists every action that is sent."""
    sent = t.to("/lockAction")
    if not sent:
        return UNTRIGGERED
    for x in sent:
        code = x.param("action")
        assert code in CODES, f"action={code} was sent, which is not one of the document's {len(CODES)} actions"
    return None


@law(
    "NK-ACT-3",
    "each action sends its documented code",
    on="act",
    evidence="Lock actions: the table of IDs and names",
    mutants=("unlatch_unlocks", "go_without_unlatch", "acts_on_another_lock", "lock_unlocks", "unlatch_only_unlocks"),
    needs="results",
    conduct=_sends_listed_codes,
)
def sends_the_documented_code(s: NukiStep) -> Judged:
    """Check that each action sends its own code: a wrong one can open a door that should be locked."""
    action: Action = s.arguments["action"]
    lock: int = s.arguments["lock"]
    sent = _sent(s)
    if not sent:
        return UNTRIGGERED
    for x in sent:
        assert x.param("action") == str(action.value), (
            f"{action.name} is action {action.value}, and the client sent action={x.param('action')}"
        )
        assert x.param("nukiId") == str(lock), (
            f"the call was for lock {lock}, and the client sent nukiId={x.param('nukiId')}"
        )
    if not s.truth_known or s.error is not None or not s.arguments["wait"] or lock not in s.before.locks:
        return None
    if len(sent) == 1 and sent[0].success and "fault" not in s.given:
        shown = shown_during(s, lock)
        assert shown >= DONE_STATES[action] or State.MOTOR_BLOCKED in shown, (
            f"{action.name} was answered with success, and the lock showed "
            f"{', '.join(sorted(state.name.lower() for state in shown))} only"
        )
    return None


@law(
    "NK-ACT-4",
    "noWait's success is not completion",
    on=("act", "believed_state"),
    evidence="/lockAction: noWait, whether or not to wait for the lock action to complete and return its result",
    mutants=("no_wait_is_done", "believes_in_its_orders", "no_wait_is_ignored"),
    needs="results",
)
def no_wait_is_not_done(s: NukiStep) -> Judged:
    """Check that a client does not take an action that has only started for one that is done."""
    if s.call == "act":
        sent = _sent(s)
        if s.arguments["wait"] or not sent or not sent[-1].success or sent[-1].param("noWait") != "1":
            return UNTRIGGERED
        took = sent[-1].ended - sent[-1].began
        assert took < NO_WAIT_LIMIT or "fault" in s.given, f"noWait=1 was sent, and the answer took {took / 1e6:g} s"
        early = s.error is None and isinstance(s.result, Done) and s.result.completed
        if early and len(s.traffic) == 1:
            raise AssertionError("success with noWait means that the motor has started, and the client said completed")
        return None
    action = next(
        (e for e in reversed(s.earlier) if e.call == "act" and e.arguments["lock"] == s.arguments["lock"]), None
    )
    if action is None or action.error is not None or action.arguments["wait"] or not s.truth_known:
        return UNTRIGGERED
    if s.given.get("shows") is not None:  # what the bridge answers now is not what the motor does
        return UNTRIGGERED
    shown = shown_during(s, s.arguments["lock"])
    if not shown or not all(state.moving for state in shown):
        return UNTRIGGERED
    assert s.error is not None or s.result not in DONE_STATES[action.arguments["action"]], (
        f"the motor is still running, and the client already shows {s.result.name}"
    )
    return None


@law(
    "NK-ACT-5",
    "waits for the motor if it was asked to, and only then",
    on="act",
    evidence="/lockAction: noWait, flag (0 or 1) indicating whether or not to wait for the lock action to complete",
    mutants=(
        "five_seconds_for_a_motor",
        "no_wait_inverted",
        "never_waits",
        "always_waits",
        "never_says_completed",
        "retries_a_failed_action",
    ),
    needs="truth",
    timed=True,
)
def waits_as_it_was_asked(s: NukiStep) -> Judged:
    """Check that the call takes as long as the motor if it waits, and answers at once if it does not."""
    lock: int = s.arguments["lock"]
    sent = _sent(s)
    if "fault" in s.given or lock not in s.before.locks or not sent or not s.before.up:
        return UNTRIGGERED
    for x in sent:
        assert x.broken != "timeout", (
            f"the motor was running, and the client hung up after {(x.ended - x.began) / 1e6:g} s"
        )
    if s.error is not None:
        return UNTRIGGERED
    if not s.arguments["wait"]:
        assert s.seconds < NO_WAIT_LIMIT / 1_000_000, f"nobody asked the client to wait, and it waited {s.seconds:g} s"
        return None
    shown = shown_during(s, lock)
    if State.MOTOR_BLOCKED in shown:
        return UNTRIGGERED
    assert shown >= DONE_STATES[s.arguments["action"]], (
        "the client was asked to wait, and came back before the motor was done"
    )
    assert s.result.completed, "the client waited for the motor, which has finished, and said that it had not completed"
    return None
