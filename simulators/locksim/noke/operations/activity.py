"""/upload/, which the mobile library calls, and /activity/, which shows what came by it."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from locksim.engine.wsgi import this_turn
from locksim.noke import serialization, server
from locksim.noke.errors import BadInput, NokeError
from locksim.noke.operations.door import api, base, respond_with, succeed
from locksim.noke.server import Log
from locksim.noke.state import QUIET, Activity

__all__: list[str] = []


@api.post("/upload/")
def upload() -> Response:
    """Each log by itself: what can be read is learnt, also when another cannot; then the first refusal is answered."""
    logs = [_parse_log(item) for item in serialization.parse_objects(g.body, "logs", needed=True)]
    refused: list[NokeError] = []
    for log in logs:
        try:
            server.receive(this_turn(), base(), log)
        except NokeError as error:
            refused.append(error)
    if refused:
        raise refused[0]
    return respond_with(serialization.success(g.operation.name, g.version, g.default))


def _parse_log(item: dict[str, Any]) -> Log:
    responses = item.get("responses")
    if not isinstance(responses, list) or not all(isinstance(one, str) for one in responses):
        raise BadInput("responses must be an array of texts")
    received = serialization.parse_received(item)
    return Log(
        serialization.parse_text(item, "mac"),
        serialization.parse_session(item),
        received,
        [one.lower() for one in responses],
    )


@api.post("/activity/")
def activity() -> Response:
    """Oldest first; filters that are given must all fit, times included."""
    macs, actions = serialization.parse_texts(g.body, "lock_macs"), serialization.parse_texts(g.body, "actions")
    tracking_keys = serialization.parse_texts(g.body, "tracking_keys")
    before, after = serialization.parse_time(g.body, "before"), serialization.parse_time(g.body, "after")
    wanted = None if macs is None else {mac.upper() for mac in macs}

    def fits(line: Activity) -> bool:
        return (
            (line.action not in QUIET if actions is None else line.action in actions)
            and (wanted is None or line.lock in wanted)
            and (tracking_keys is None or line.tracking_key in tracking_keys)
            and (before is None or line.recorded <= before)
            and (after is None or line.recorded >= after)
        )

    return succeed({"activity": serialization.render_activity(filter(fits, base().activity))})
