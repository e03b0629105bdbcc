"""A POST: its records, judged and taken together, after the time that they take.

    begin ──(50 ms a record)──► over: judged, taken, answered
      └─ another POST meanwhile: refused (unless limits are off)

What fails validation fails all, or only itself (`validate_fails_batch`); either way nothing is half done, since a batch
works on a draft. A batch runs on though its caller has gone. PUT is answered at once and stands in nobody's way.
"""

from __future__ import annotations

from typing import Any

from locksim.engine.inputs import Answer
from locksim.engine.turn import Turn
from locksim.lockt import serialization
from locksim.lockt.errors import Failed, InstanceFailed, LocktError, Overlapping, Unexpected
from locksim.lockt.people import TAKES, Draft
from locksim.lockt.records import Invalid, echo_of
from locksim.lockt.state import Running, State

__all__ = ["A_RECORD", "begin", "over", "perform", "render"]

A_RECORD = 50_000
"""Microseconds that each record of a POST takes."""

NODES = {"uservalidate": "users", "reassign": "fobs"}
"""kind → the node its records are under, where it is not called so."""


def begin(turn: Turn, state: State, kind: str, body: bytes) -> None:
    """The caller of this turn waits for its batch. Raises CouldNotParse, TooManyRecords, Overlapping."""
    records, _ = serialization.parse_batch(_node(kind), body)
    if turn.limits and any(running.until > turn.now for running in state.running):
        raise Overlapping("send POSTs one after another: another one is being processed")
    lasts = len(records) * A_RECORD
    pending_id = turn.park("batch")
    state.running.append(Running(pending_id, kind, turn.now + lasts, body))
    turn.set_timer(lasts, "batch_over", pending_id=pending_id)


def over(turn: Turn, state: State, *, pending_id: int) -> None:
    """Timer: a batch has taken its time."""
    running = next((one for one in state.running if one.pending_id == pending_id), None)
    if running is None:  # the state was loaded from elsewhere
        turn.resolve(pending_id, Unexpected("the state was replaced while this batch ran"))
        return
    state.running.remove(running)
    try:
        done: Answer | LocktError = perform(turn, state, running.kind, running.body)
    except LocktError as refused:
        done = refused
    turn.resolve(pending_id, done)


def perform(turn: Turn, state: State, kind: str, body: bytes) -> Answer:
    """Take all records. Raises CouldNotParse, TooManyRecords, InstanceFailed, Failed; then nothing has changed."""
    node = _node(kind)
    records, options = serialization.parse_batch(node, body)
    if state.instance_down:
        raise InstanceFailed("the instance of SecureAccess does not answer; send the batch again", state.instance_down)
    draft, errors = Draft(turn, state), list[dict[str, Any]]()
    done = {"inserted": 0, "updated": 0, "ignored": 0}
    for given in records:
        try:
            done[TAKES[kind](draft, given, options)] += 1
        except Invalid as invalid:
            errors.append({"error": invalid.problems, "input_data": echo_of(node, given)})
    if errors and (options.validate_fails_batch or len(errors) == len(records)):
        raise Failed(
            f"{len(errors)} of {len(records)} records failed validation, and nothing was changed", None, errors
        )
    if errors:
        turn.near_miss(f"{len(errors)} of {len(records)} records failed validation and were left out")
    if done["ignored"]:
        turn.near_miss(f"{done['ignored']} records match existing users and were ignored; send update_existing: true")
    if kind != "uservalidate":
        draft.commit()
    return serialization.render_batch(
        serialization.Counts(len(records), done["inserted"], done["updated"], len(errors)), errors
    )


def render(turn: Turn, _args: dict[str, Any], value: Answer | LocktError) -> Answer:
    """The answer to a POST that waited."""
    if isinstance(value, LocktError):
        turn.near_miss(value.sentence)
        return serialization.refusal("POST", value)
    return value


def _node(kind: str) -> str:
    return NODES.get(kind, kind)
