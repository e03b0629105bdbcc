"""Chapter *Activity*: /upload/, which the mobile library calls, and /activity/."""

from __future__ import annotations

from typing import Any

from locksim.api.context import Arguments
from locksim.engine.inputs import Answer
from locksim.noke import serialization, sync
from locksim.noke.errors import BadInput, NokeError
from locksim.noke.operations.request import MOBILE_KEY, NokeOperation, Request, field, succeed
from locksim.noke.serialization import parse_objects, parse_text, parse_texts, parse_time
from locksim.noke.state import QUIET, Activity
from locksim.noke.sync import Log

__all__ = ["OPERATIONS"]


def upload(context: Request, arguments: Arguments) -> Answer:
    """Read each log by itself. Logs that can be read count, also when another one fails; then the first error is answered."""
    errors: list[NokeError] = []
    for log in arguments["logs"]:
        try:
            sync.receive(context.turn, context.database, log)
        except NokeError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return succeed(context)


def activity(context: Request, arguments: Arguments) -> Answer:
    """List activity, oldest first. All filters that are given must fit."""
    actions, tracking_keys = arguments["actions"], arguments["tracking_keys"]
    before, after = arguments["before"], arguments["after"]
    macs = None if arguments["lock_macs"] is None else {mac.upper() for mac in arguments["lock_macs"]}

    def fits(line: Activity) -> bool:
        return (
            (line.action not in QUIET if actions is None else line.action in actions)
            and (macs is None or line.lock in macs)
            and (tracking_keys is None or line.tracking_key in tracking_keys)
            and (before is None or line.recorded <= before)
            and (after is None or line.recorded >= after)
        )

    lines = filter(fits, context.database.activity)
    return succeed(context, data={"activity": serialization.render_activity(lines)})


def _parse_logs(fields: dict[str, Any], name: str) -> list[Log]:
    return [_parse_log(item) for item in parse_objects(fields, name, needed=True)]


def _parse_log(item: dict[str, Any]) -> Log:
    responses = item.get("responses")
    if not isinstance(responses, list) or not all(isinstance(one, str) for one in responses):
        raise BadInput("responses must be an array of texts")
    received = serialization.parse_received(item)
    mac, session = parse_text(item, "mac"), serialization.parse_session(item, "session")
    return Log(mac, session, received, [one.lower() for one in responses])


OPERATIONS = (
    NokeOperation(
        "POST",
        "/upload/",
        upload,
        "destructive",
        "POST /upload/",
        access=MOBILE_KEY,
        parameters=(field("logs", _parse_logs, required=True),),
    ),
    NokeOperation(
        "POST",
        "/activity/",
        activity,
        "read",
        "POST /activity/",
        parameters=(
            field("lock_macs", parse_texts),
            field("actions", parse_texts),
            field("tracking_keys", parse_texts),
            field("before", parse_time),
            field("after", parse_time),
        ),
    ),
)
