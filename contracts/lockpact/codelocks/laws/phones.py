"""Smart phone clients of K3Connect locks."""

from __future__ import annotations

from collections.abc import Mapping

from lockpact.codelocks.port import OFF, Period
from lockpact.codelocks.truth import CodelocksStep, K3Truth
from lockpact.core.law import UNTRIGGERED, Judged, law

__all__ = ["invited_is_not_admitted", "periods_survive"]


def _ten(periods: Mapping[int, Period]) -> tuple[Period, ...]:
    return tuple(periods.get(n, OFF) for n in range(10))


@law(
    "CL-CLIENT-1",
    "active periods survive a round trip",
    on=("set_periods", "periods"),
    evidence="PUT …/client: the JSON of active periods; GET …/clients: activeperiods, a list",
    mutants=("sends_the_list_back", "drops_what_is_disabled", "forgets_the_weekend", "says_updated_and_keeps_the_old",
             "forgets_sundays"),
    needs="results",
)  # fmt: skip
def periods_survive(s: CodelocksStep) -> Judged:
    """Read, change and write must not open a door on a Sunday."""
    lock, email = s.arguments["lock"], s.arguments["email"]
    if s.call == "set_periods":
        if s.error is not None:
            unasked = any(x.status == 400 for x in s.traffic) and not s.given.get("unknown") and "fault" not in s.given
            assert not unasked or s.given.get("access") == "old", (
                "the periods are whole, and the API refused how they were sent"
            )
            return UNTRIGGERED
        if not s.truth_known or email not in s.after.k3[lock].clients:
            return UNTRIGGERED
        kept = s.after.k3[lock].clients[email][1]
        assert kept == _ten(s.arguments["periods"]), f"{_wrong(_ten(s.arguments['periods']), kept)}, at the server"
        return None
    if s.error is not None:
        return UNTRIGGERED
    if s.truth_known and email in s.before.k3[lock].clients:
        expected = s.before.k3[lock].clients[email][1]
    else:
        same = [
            e
            for e in s.earlier
            if e.call == "set_periods" and (e.arguments["lock"], e.arguments["email"]) == (lock, email)
        ]
        if not same or same[-1].error is not None:
            return UNTRIGGERED
        expected = _ten(same[-1].arguments["periods"])
    assert _ten(s.result) == expected, f"{_wrong(expected, _ten(s.result))}, as the client reads it"
    return None


def _wrong(expected: tuple[Period, ...], found: tuple[Period, ...]) -> str:
    number = next(n for n in range(10) if expected[n] != found[n])
    return f"period {number} is {found[number]} instead of {expected[number]}"


@law(
    "CL-INVITE-1",
    "invited is not admitted",
    on=("admitted", "invite"),
    evidence="POST …/client: they must accept the invitation to become a Client",
    mutants=("active_at_once", "never_sees_them_accept", "invitations_look_active"),
)
def invited_is_not_admitted(s: CodelocksStep) -> Judged:
    """Who has not accepted stands before a closed door."""
    lock, email = s.arguments["lock"], s.arguments["email"]
    if s.call == "invite" or s.error is not None or s.before.k3[lock].clients != s.after.k3[lock].clients:
        return UNTRIGGERED
    status = _status(s.after.k3[lock], email)
    assert not s.result or status == "ACTIVE", (
        f"this person is {status.lower()}, and the client says that they are let in"
    )
    assert s.result or status != "ACTIVE", "this person has accepted, and the client says that they are not let in"
    return None


def _status(lock: K3Truth, email: str) -> str:
    return lock.clients[email][0] if email in lock.clients else "NO CLIENT"
