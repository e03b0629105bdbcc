"""Laws on the smart phone clients of K3Connect locks."""

from __future__ import annotations

from collections.abc import Mapping

from lockpact.codelocks.port import OFF, Period
from lockpact.codelocks.truth import CodelocksStep, K3Truth
from lockpact.core.law import UNTRIGGERED, Judged, law

__all__ = ["invited_is_not_admitted", "periods_survive"]


def _all_ten(periods: Mapping[int, Period]) -> tuple[Period, ...]:
    return tuple(periods.get(n, OFF) for n in range(10))


@law(
    "CL-CLIENT-1",
    "keeps active periods unchanged in a round trip",
    on=("set_periods", "periods"),
    evidence="PUT …/client: the JSON of active periods; GET …/clients: activeperiods, a list",
    mutants=("sends_the_list_back", "drops_what_is_disabled", "forgets_the_weekend", "answers_updated_without_updating",
             "forgets_sundays"),
    needs="results",
)  # fmt: skip
def periods_survive(s: CodelocksStep) -> Judged:
    """A client that reads periods and writes them back must not add or remove a day."""
    lock, email = s.arguments["lock"], s.arguments["email"]
    if s.call == "set_periods":
        if s.error is not None:
            refused = any(x.status == 400 for x in s.traffic) and not s.given.get("unknown") and "fault" not in s.given
            assert not refused or s.given.get("access") == "old", (
                "the periods are valid, and the API refused the form in which the client sent them"
            )
            return UNTRIGGERED
        if not s.truth_known or email not in s.after.k3[lock].clients:
            return UNTRIGGERED
        expected, stored = _all_ten(s.arguments["periods"]), s.after.k3[lock].clients[email][1]
        assert stored == expected, f"at the server, {_difference(expected, stored)}"
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
        expected = _all_ten(same[-1].arguments["periods"])
    assert _all_ten(s.result) == expected, f"in the client's result, {_difference(expected, _all_ten(s.result))}"
    return None


def _difference(expected: tuple[Period, ...], found: tuple[Period, ...]) -> str:
    number = next(n for n in range(10) if expected[n] != found[n])
    return f"period {number} is {found[number]} instead of {expected[number]}"


@law(
    "CL-INVITE-1",
    "does not report an invited person as admitted",
    on=("admitted", "invite"),
    evidence="POST …/client: they must accept the invitation to become a Client",
    mutants=("active_at_once", "never_sees_them_accept", "invitations_look_active"),
)
def invited_is_not_admitted(s: CodelocksStep) -> Judged:
    """A person who has not accepted cannot open the lock."""
    lock, email = s.arguments["lock"], s.arguments["email"]
    if s.call == "invite" or s.error is not None or s.before.k3[lock].clients != s.after.k3[lock].clients:
        return UNTRIGGERED
    status = _status(s.after.k3[lock], email)
    assert not s.result or status == "ACTIVE", (
        f"the person's status is {status}, and the client says that the person is admitted"
    )
    assert s.result or status != "ACTIVE", (
        "the person has accepted, and the client says that the person is not admitted"
    )
    return None


def _status(lock: K3Truth, email: str) -> str:
    return lock.clients[email][0] if email in lock.clients else "no client"
