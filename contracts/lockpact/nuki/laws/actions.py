"""Moving the bolt: what was sent, what came back, and what is sent again."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange, Traffic
from lockpact.nuki.port import Action, Done, Failed, NukiError, State
from lockpact.nuki.truth import NukiStep, shown_during

__all__ = ["failure_is_a_failure", "looks_before_it_opens_again", "no_wait_is_not_done", "sends_the_documented_code"]

REQUESTS = 10
"""Requests that one call may take, retries and looks included."""
AGAIN = 60_000_000
"""Microseconds within which the same action on the same lock counts as sent again (for laws of conduct)."""
AT_ONCE = 1_000_000
"""Microseconds that an answer with noWait may take: less than any motor."""

SHOWS: Mapping[Action, frozenset[State]] = {
    Action.UNLOCK: frozenset({State.UNLOCKED}),
    Action.LOCK: frozenset({State.LOCKED}),
    Action.UNLATCH: frozenset({State.UNLATCHED}),
    Action.LOCK_N_GO: frozenset({State.UNLOCKED_LOCK_N_GO}),
    Action.LOCK_N_GO_UNLATCH: frozenset({State.UNLATCHED, State.UNLOCKED_LOCK_N_GO}),
}
"""What a lock has shown when the action is done."""

CODES = frozenset(str(action.value) for action in Action)
OPENING = frozenset(str(action.value) for action in Action if action.opens)


def _sent(s: NukiStep) -> Traffic:
    return s.traffic.to("/lockAction")


def _is_gone(x: Exchange) -> bool:
    """503, reset or timeout: what nobody knows whether it was done."""
    return x.broken in ("reset", "timeout") or x.status == 503


@law(
    "NK-ACT-1",
    "success: false is a failure",
    on="act",
    evidence="/lockAction: success, flag indicating if the lock action has been executed successful",
    mutants=("ignores_success", "failure_is_unavailable", "a_jam_is_a_success"),
    needs="results",
)
def failure_is_a_failure(s: NukiStep) -> Judged:
    """An HTTP 200 says that the bridge was reached, not that the bolt moved."""
    sent = _sent(s)
    if sent and all(x.answered and x.status == 200 and x.success is False for x in sent):
        said = f"said {type(s.error).__name__}" if s.error is not None else f"answered {s.result!r}"
        assert isinstance(s.error, Failed), f"the bridge answered success: false, and the client {said}"
        return None
    action: Action = s.arguments["action"]
    if not s.truth_known or s.error is not None or not sent or not s.result.completed:
        return UNTRIGGERED
    shown = shown_during(s, s.arguments["lock"])
    if s.arguments["lock"] not in s.before.locks or State.MOTOR_BLOCKED not in shown:
        return UNTRIGGERED
    assert shown >= SHOWS[action], f"the motor was blocked, and the client said that it had completed {action.name}"
    return None


def _opens_once(t: Traffic) -> Judged:
    """Of conduct: an opening action after a lost one, without a look in between."""
    opening = [x for x in t.to("/lockAction") if x.param("action") in OPENING]
    lost = [x for x in opening if _is_gone(x)]
    if not lost:
        return UNTRIGGERED
    for first in lost:
        for x in opening:
            same = x.param("nukiId") == first.param("nukiId") and x.param("action") == first.param("action")
            if same and first.began < x.began < first.ended + AGAIN:
                assert _looked(t, first, x), (
                    f"/lockAction with action={x.param('action')} was lost and was sent again without a look at the lock"
                )
    return None


def _looked(t: Traffic, first: Exchange, then: Exchange) -> bool:
    """Whether the lock was read, successfully, between two requests."""
    return any(
        look.answered and look.status == 200 and first.ended <= look.began and look.ended <= then.began
        for look in t.to("/lockState").where(nukiId=first.param("nukiId"))
    )


@law(
    "NK-ACT-2",
    "unavailable is retried boundedly, and an opening action is not sent again without looking first",
    on=("act", "lock_state", "list_locks"),
    evidence="/lockState, /lockAction: HTTP 503 is returned if the Smart Lock is offline; vendor-facts: a busy bridge "
    "answers 503 anywhere",
    mutants=("never_retries", "retries_for_ever", "opens_again_blindly", "opens_again_after_a_failed_look",
             "once_busy_always_busy"),
    needs="results",
    conduct=_opens_once,
)  # fmt: skip
def looks_before_it_opens_again(s: NukiStep) -> Judged:
    """One passing 503 must not lock anybody out; one lost answer must not open a door twice."""
    lost = [x for x in s.traffic if _is_gone(x)]
    if not lost:
        return UNTRIGGERED
    assert len(s.traffic) <= REQUESTS, f"the client sent {len(s.traffic)} requests in one call"
    opening = [x for x in _sent(s) if x.param("action") in OPENING]
    for first, then in pairwise(opening):
        assert _looked(s.traffic, first, then), (
            f"/lockAction with action={then.param('action')} was sent again without a look at the lock in between"
        )
    if s.call == "act" and s.arguments["action"].opens:
        return None
    assert len(s.traffic) > 1, "the bridge was unavailable once, and the client gave up at once"
    passing = s.given.get("fault") in ("unavailable", "reset before") and s.given.get("times") == 1
    if passing and (not s.truth_known or _in_reach(s)):
        assert not (isinstance(s.error, NukiError) and all(x.status == 503 or x.broken for x in s.traffic)), (
            "the bridge was unavailable for one request, and the client's further tries did not reach it"
        )
    return None


def _in_reach(s: NukiStep) -> bool:
    """Whether nothing but the fault stood between client and lock."""
    lock = s.before.locks.get(s.arguments.get("lock", 0))
    return s.before.up and (lock is None or lock.reachable)


def _knows_the_codes(t: Traffic) -> Judged:
    """Of conduct: no action that the document does not list."""
    sent = t.to("/lockAction")
    if not sent:
        return UNTRIGGERED
    for x in sent:
        code = x.param("action")
        assert code in CODES, f"action={code} was sent, which is none of the document's {len(CODES)} actions"
    return None


@law(
    "NK-ACT-3",
    "each action sends its documented code",
    on="act",
    evidence="Lock actions: the table of IDs and names",
    mutants=("unlatch_unlocks", "go_without_unlatch", "acts_on_another_lock", "lock_unlocks", "unlatch_only_unlocks"),
    needs="results",
    conduct=_knows_the_codes,
)
def sends_the_documented_code(s: NukiStep) -> Judged:
    """The wrong code opens a door that was to be locked."""
    action: Action = s.arguments["action"]
    lock: int = s.arguments["lock"]
    sent = _sent(s)
    if not sent:
        return UNTRIGGERED
    for x in sent:
        assert x.param("action") == str(action.value), (
            f"{action.name} is action {action.value}, and the client sent action={x.param('action')}"
        )
        assert x.param("nukiId") == str(lock), f"lock {lock} was meant, and the client sent nukiId={x.param('nukiId')}"
    if not s.truth_known or s.error is not None or not s.arguments["wait"] or lock not in s.before.locks:
        return None
    if len(sent) == 1 and sent[0].success and "fault" not in s.given:
        shown = shown_during(s, lock)
        assert shown >= SHOWS[action] or State.MOTOR_BLOCKED in shown, (
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
    """The bridge has passed the order on; the motor has only begun."""
    if s.call == "act":
        sent = _sent(s)
        if s.arguments["wait"] or not sent or not sent[-1].success or sent[-1].param("noWait") != "1":
            return UNTRIGGERED
        took = sent[-1].ended - sent[-1].began
        assert took < AT_ONCE or "fault" in s.given, f"noWait=1 was asked, and the answer took {took / 1e6:g} s"
        early = s.error is None and isinstance(s.result, Done) and s.result.completed
        if early and len(s.traffic) == 1:
            raise AssertionError("noWait's success says that the motor has begun, and the client said completed")
        return None
    order = next(
        (e for e in reversed(s.earlier) if e.call == "act" and e.arguments["lock"] == s.arguments["lock"]), None
    )
    if order is None or order.error is not None or order.arguments["wait"] or not s.truth_known:
        return UNTRIGGERED
    shown = shown_during(s, s.arguments["lock"])
    if not shown or not all(state.moving for state in shown):
        return UNTRIGGERED
    assert s.error is not None or s.result not in SHOWS[order.arguments["action"]], (
        f"the motor is still at work, and the client shows {s.result.name} already"
    )
    return None
