"""Check API keys: the private key is for all calls except /upload/, the mobile key is for /upload/ only."""

from __future__ import annotations

from locksim.noke.errors import BadKey
from locksim.noke.state import Database

__all__ = ["admit"]


def admit(base: Database, header: str | None, *, mobile: bool) -> None:
    """Check the Authorization header.

    Args:
        base: The database of the server that was called.
        header: The header's value; None when there is none.
        mobile: Whether the call takes the mobile API key.

    Raises:
        BadKey: Its sentence says which mistake it was. It contains no key.
    """
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
    raise BadKey("unknown API key; each server has its own keys")
