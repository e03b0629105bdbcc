"""Process a POST: check and apply its records together, after the time that they take.

    begin ──(50 ms a record)──► finish: check, apply, answer
      └─ another POST meanwhile: refused (unless limits are off)

A record that fails validation fails the whole batch, or only itself (`validate_fails_batch`). No batch is half applied,
since it works on a draft. A batch is finished even if its caller has hung up. A PUT takes no time and may overlap.
"""

from __future__ import annotations

from typing import Any

from locksim.engine.inputs import Answer
from locksim.engine.turn import Turn
from locksim.lockt import serialization
from locksim.lockt.changes import APPLY, Draft
from locksim.lockt.errors import BatchFailed, InstanceFailed, LocktError, Overlapping, Unexpected
from locksim.lockt.records import InvalidRecord, echo_of
from locksim.lockt.serialization import Batch, Counts
from locksim.lockt.state import Kind, Running, State

__all__ = ["RECORD_TIME", "begin", "finish", "perform", "render"]

RECORD_TIME = 50_000
"""Microseconds that each record of a POST takes."""

_NODES: dict[Kind, str] = {"uservalidate": "users", "reassign": "fobs"}
"""kind → the JSON key that has its records, where that is not the kind's own name."""


def begin(turn: Turn, state: State, kind: Kind, batch: Batch, body: bytes) -> None:
    """Let the caller of this turn wait for its batch. `body` is the batch as it came. Raises Overlapping."""
    if turn.limits and any(running.until > turn.now for running in state.running):
        raise Overlapping("another POST is being processed; send POSTs one after another")
    duration = len(batch.records) * RECORD_TIME
    pending_id = turn.park("batch")
    state.running.append(Running(pending_id, kind, turn.now + duration, body))
    turn.set_timer(duration, "batch_over", pending_id=pending_id)


def finish(turn: Turn, state: State, *, pending_id: int) -> None:
    """Handle the timer: the batch has taken its time."""
    running = next((one for one in state.running if one.pending_id == pending_id), None)
    if running is None:  # a tester has loaded another state meanwhile
        turn.resolve(pending_id, Unexpected("the state was replaced while this batch ran"))
        return
    state.running.remove(running)
    try:
        result: Answer | LocktError = perform(
            turn, state, running.kind, serialization.parse_batch(_node(running.kind), running.body)
        )
    except LocktError as error:
        result = error
    turn.resolve(pending_id, result)


def perform(turn: Turn, state: State, kind: Kind, batch: Batch) -> Answer:
    """Apply all records. Raises InstanceFailed or BatchFailed; then nothing has changed."""
    if state.instance_down:
        raise InstanceFailed("the instance of SecureAccess does not answer; send the batch again", state.instance_down)
    records, options = batch
    draft, errors = Draft(turn, state), list[dict[str, Any]]()
    outcomes = {"inserted": 0, "updated": 0, "ignored": 0}
    for given in records:
        try:
            outcomes[APPLY[kind](draft, given, options)] += 1
        except InvalidRecord as invalid:
            errors.append({"error": invalid.problems, "input_data": echo_of(_node(kind), given)})
    if errors and (options.validate_fails_batch or len(errors) == len(records)):
        raise BatchFailed(
            f"{len(errors)} of {len(records)} records failed validation, and nothing was changed", None, errors
        )
    if errors:
        turn.near_miss(f"{len(errors)} of {len(records)} records failed validation and were left out")
    if outcomes["ignored"]:
        turn.near_miss(
            f"{outcomes['ignored']} records match existing users and were ignored; send update_existing: true"
        )
    if kind != "uservalidate":
        draft.commit()
    return serialization.render_batch(
        Counts(len(records), outcomes["inserted"], outcomes["updated"], len(errors)), errors
    )


def render(turn: Turn, _args: dict[str, Any], result: Answer | LocktError) -> Answer:
    """Render the answer to a POST that waited."""
    if isinstance(result, LocktError):
        turn.near_miss(result.sentence)
        return serialization.render_refusal("POST", result)
    return result


def _node(kind: Kind) -> str:
    return _NODES.get(kind, kind)
