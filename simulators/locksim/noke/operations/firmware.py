"""Chapter *Firmware Update*: /fwupdate/."""

from __future__ import annotations

from locksim.api.context import Arguments
from locksim.engine.inputs import Answer
from locksim.noke.operations.locks import MAC, SESSION, answer_commands
from locksim.noke.operations.request import NO_API_VERSION, NokeOperation, Request

__all__ = ["OPERATIONS"]


def update_firmware(context: Request, arguments: Arguments) -> Answer:
    """Answer commands that put a lock into firmware update mode."""
    return answer_commands(context, context.database.lock(arguments["mac"]), "firmware", arguments)


OPERATIONS = (
    NokeOperation(
        "POST",
        "/fwupdate/",
        update_firmware,
        "destructive",
        "POST /fwupdate/",
        parameters=(MAC, SESSION),
        tags=NO_API_VERSION,
        request="unlock",
    ),
)
