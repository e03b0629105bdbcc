"""/upload/, which the mobile library calls, and /activity/, which shows what came by it."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from locksim.kernel.wsgi import this_turn
from locksim.noke import server, wire
from locksim.noke.errors import BadInput, NokeError
from locksim.noke.routes.door import api, base, respond_with, succeed
from locksim.noke.server import Log
from locksim.noke.world import QUIET, Activity

__all__: list[str] = []


@api.post("/upload/")
def upload() -> Response:
    """Each log by itself: what can be read is learnt, also when another cannot; then the first refusal is answered."""
    logs = [_parse_log(item) for item in wire.parse_objects(g.body, "logs", needed=True)]
    refused: list[NokeError] = []
    for log in logs:
        try:
            server.receive(this_turn(), base(), log)
        except NokeError as error:
            refused.append(error)
    if refused:
        raise refused[0]
    document = wire.success(g.operation.name, None, g.version, g.default)
    del document["data"]
    return respond_with(document)


def _parse_log(item: dict[str, Any]) -> Log:
    responses = item.get("responses")
    if not isinstance(responses, list) or not all(isinstance(one, str) for one in responses):
        raise BadInput("responses must be an array of texts")
    received = wire.parse_received(item)
    return Log(wire.parse_text(item, "mac"), wire.parse_session(item), received, [one.lower() for one in responses])


@api.post("/activity/")
def activity() -> Response:
    """Oldest first; filters that are given must all fit, times included."""
    macs, actions = wire.parse_texts(g.body, "lock_macs"), wire.parse_texts(g.body, "actions")
    tracking_keys = wire.parse_texts(g.body, "tracking_keys")
    before, after = wire.parse_time(g.body, "before"), wire.parse_time(g.body, "after")
    wanted = None if macs is None else {mac.upper() for mac in macs}

    def fits(line: Activity) -> bool:
        return (
            (line.action not in QUIET if actions is None else line.action in actions)
            and (wanted is None or line.lock in wanted)
            and (tracking_keys is None or line.tracking_key in tracking_keys)
            and (before is None or line.recorded <= before)
            and (after is None or line.recorded >= after)
        )

    return succeed({"activity": wire.render_activity(filter(fits, base().activity))})
