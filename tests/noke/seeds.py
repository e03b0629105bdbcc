"""A busy day of a company, for tests that need a state with everything in it."""

from __future__ import annotations

from locksim.noke.seed import ALICES_FOB, TRAILER, UNIT_12, YARD
from tests.noke.caller import Caller


def stir(company: Caller) -> None:
    """Issue keys, codes and a fob credential, reset a lock, set up a new one, and lose an upload."""
    key = company.issue_key(YARD, "alice")
    company.issue_click(YARD, "0010", 3)
    company.issue_to_fob(ALICES_FOB, YARD, "fob")
    company.sync(ALICES_FOB)
    assert company.unlock(YARD, tracking_key="bob")
    company.upload(company.unlock_offline(YARD, key))
    assert company.touch(ALICES_FOB, YARD)
    assert company.click(YARD, "0010")
    company.pass_time(100)
    assert company.unlock(TRAILER)
    company.revoke_key(YARD, "alice")
    company.approach(YARD)
    company.device(UNIT_12).reset_keys()
    assert company.unlock(UNIT_12, tracking_key="tech")
    company.activity()
