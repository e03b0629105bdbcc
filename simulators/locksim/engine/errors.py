"""Why a tester's request is refused. Each class has the status that the control API answers with."""

from __future__ import annotations

__all__ = ["Impossible", "Refused", "Unknown", "WrongArguments"]


class Refused(Exception):
    """What the tester asked for cannot be done. The text says why, and what to do. Nothing changed."""

    status = 400


class WrongArguments(Refused):
    """An argument is missing, unknown, or of another type than the action takes."""


class Unknown(Refused):
    """There is no such world, vendor, device, action, fault, snapshot or delivery."""

    status = 404


class Impossible(Refused):
    """It exists, but cannot be done now: a button on a bridge without power, say."""

    status = 409
