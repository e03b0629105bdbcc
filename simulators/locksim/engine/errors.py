"""Refuse what a tester asks for. Every error carries the status that the control API answers with."""

from __future__ import annotations

__all__ = ["Impossible", "Refused", "Unknown", "WrongArguments"]


class Refused(Exception):
    """Something the tester asked of the world cannot be done; the text says what, and what to do. Nothing changed."""

    status = 400


class WrongArguments(Refused):
    """The arguments are not what the action takes."""


class Unknown(Refused):
    """There is no such world, vendor, device, action, fault, snapshot or delivery."""

    status = 404


class Impossible(Refused):
    """It exists, but cannot be done now (a button on a bridge without power)."""

    status = 409
