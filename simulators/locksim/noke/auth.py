"""Who may in: the Bearer key of this server's database, the private one for all but /upload/, the mobile one for that alone."""

from __future__ import annotations

from locksim.noke.errors import BadKey
from locksim.noke.state import Database

__all__ = ["admit"]


def admit(base: Database, header: str | None, *, mobile: bool) -> None:
    """Raises BadKey, with a sentence that tells which mistake it was, and no key."""
    if not header:
        raise BadKey("there is no API key: send the header Authorization: Bearer …")
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise BadKey("Authorization must be Bearer and the API key")
    mine, other = (base.mobile_api_key, base.api_key) if mobile else (base.api_key, base.mobile_api_key)
    if key.strip() == mine:
        return
    if key.strip() == other:
        wanted, given = ("mobile", "private") if mobile else ("private", "mobile")
        raise BadKey(f"this call takes the {wanted} API key, and this is the {given} one")
    raise BadKey("this is no API key of this server; each server has keys of its own")
