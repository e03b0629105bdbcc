"""Read a step for the laws: what its records are called, whether the vendor has them, and what hindered the client."""

from __future__ import annotations

from lockpact.lockt.truth import LocktStep, Truth

__all__ = ["KEY", "alike_before", "count_of", "keys_of", "unhindered"]

KEY = {"save_users": "id_num", "create_doors": "name", "create_fobs": "card_num"}
"""Call → the field that identifies its records."""


def keys_of(s: LocktStep) -> list[str]:
    """Return what identifies the records of a call."""
    if s.call == "create_doors":
        return list(s.arguments["names"])
    return [getattr(record, KEY[s.call]) for record in s.arguments["records"]]


def count_of(truth: Truth, call: str, key: str) -> int:
    """Return how many records the vendor has under this key."""
    if call == "create_doors":
        return truth.doors.count(key)
    return len(truth.users.get(key, ())) if call == "save_users" else int(key in truth.fobs)


def alike_before(s: LocktStep) -> set[str]:
    """Return the id_nums of the records that have the e-mail address of one before them in the same call."""
    seen: set[str] = set()
    alike: set[str] = set()
    for record in s.arguments["records"] if s.call == "save_users" else ():
        email = record.email.lower()
        if email and email in seen:
            alike.add(record.id_num)
        seen.add(email)
    return alike


def unhindered(s: LocktStep) -> bool:
    """Return whether there was no fault, the credentials are right and the customer's instance answers."""
    return "fault" not in s.given and s.given.get("credentials") != "wrong" and not s.before.instance_down
