"""Laws on the smart phone clients of K3Connect locks."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from lockpact.codelocks.port import OFF, Period
from lockpact.codelocks.truth import ClientTruth, CodelocksStep, Truth
from lockpact.core.law import UNTRIGGERED, Judged, law

__all__ = [
    "changes_what_it_is_asked_to",
    "does_not_invite_again_blindly",
    "invited_is_not_admitted",
    "invites_whom_it_is_asked_to",
    "periods_survive",
    "removes_whom_it_is_asked_to",
    "suspends_whom_it_is_asked_to",
]


def _all_ten(periods: Mapping[int, Period]) -> tuple[Period, ...]:
    return tuple(periods.get(n, OFF) for n in range(10))


@law(
    "CL-CLIENT-1",
    "keeps active periods unchanged in a round trip",
    on=("set_periods", "periods"),
    evidence="PUT …/client: the JSON of active periods; GET …/clients: activeperiods, a list",
    mutants=("sends_the_list_back", "drops_what_is_disabled", "forgets_the_weekend", "answers_updated_without_updating",
             "forgets_sundays", "merges_periods", "periods_count_from_one", "periods_of_nobody",
             "sets_the_periods_of_nobody", "periods_of_the_person", "sets_the_periods_of_all",
             "no_periods_are_no_change"),
    needs="results",
)  # fmt: skip
def periods_survive(s: CodelocksStep) -> Judged:
    """A client that reads periods and writes them back must not add or remove a day."""
    lock, email = s.arguments["lock"], s.arguments["email"]
    if s.call == "set_periods":
        if s.error is not None:
            refused = any(x.status == 400 for x in s.traffic) and "fault" not in s.given
            unknown = s.truth_known and s.before.k3[lock].client(email) is None
            assert not refused or unknown or s.given.get("access") == "old", (
                "the periods are valid, and the API refused the form in which the client sent them"
            )
            return UNTRIGGERED
        if not s.truth_known:
            return UNTRIGGERED
        assert s.after.k3[lock].client(email) is not None, (
            "the person is no client, and the client returned as if it had set the person's periods"
        )
        if email not in s.after.k3[lock].clients:
            return UNTRIGGERED
        expected, stored = _all_ten(s.arguments["periods"]), s.after.k3[lock].clients[email].periods
        assert stored == expected, f"at the server, {_difference(expected, stored)}"
        assert not _changed_others(s), f"{_changed_others(s)[0]} was changed, too"
        return None
    if s.error is not None:
        return UNTRIGGERED
    if s.truth_known:
        assert s.before.k3[lock].client(email) is not None, "the person is no client, and the client returned periods"
    if s.truth_known and email in s.before.k3[lock].clients:
        expected = s.before.k3[lock].clients[email].periods
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
    mutants=("active_at_once", "never_sees_them_accept", "suspended_is_admitted", "used_is_admitted",
             "first_page_of_clients", "matches_emails_by_part", "matches_names_before_the_at",
             "looks_at_the_first_lock_only", "refused_when_down", "invitations_look_active",
             "missing_once_missing_always", "drops_what_follows_a_plus", "suspended_everywhere", "admitted_once"),
)  # fmt: skip
def invited_is_not_admitted(s: CodelocksStep) -> Judged:
    """A person who has not accepted cannot open the lock."""
    lock, email = s.arguments["lock"], s.arguments["email"]
    if s.call == "invite" or s.error is not None or s.before.k3[lock].clients != s.after.k3[lock].clients:
        return UNTRIGGERED
    if any(x.altered for x in s.traffic):
        return UNTRIGGERED
    status = _status(s.after, lock, email)
    assert not s.result or status == "ACTIVE", (
        f"the person's status is {status}, and the client says that the person is admitted"
    )
    assert s.result or status != "ACTIVE", (
        "the person has accepted, and the client says that the person is not admitted"
    )
    return None


def _status(truth: Truth, lock: str, email: str) -> str:
    client = truth.k3[lock].client(email)
    return client.status if client else "no client"


def _others(truth: Truth, lock: str, email: str) -> dict[tuple[str, str], ClientTruth]:
    """Return all clients of all locks, except this one."""
    return {
        (k3_id, person): client
        for k3_id, k3 in truth.k3.items()
        for person, client in k3.clients.items()
        if (k3_id, person.lower()) != (lock, email.lower())
    }


def _changed_others(s: CodelocksStep) -> list[str]:
    """Return the e-mails of those whom a step has changed though it was about another person."""
    lock, email = s.arguments["lock"], s.arguments["email"]
    before, after = _others(s.before, lock, email), _others(s.after, lock, email)
    return [key[1] for key in before.keys() | after.keys() if before.get(key) != after.get(key)]


@law(
    "CL-SUSPEND-1",
    "suspends and restores whom it is asked to, and nobody else",
    on="suspend",
    evidence="PATCH …/client: action, SUSPEND or RESTORE; id; clientemail",
    mutants=("suspend_and_restore_swapped", "restore_sends_suspend", "suspend_deletes", "suspend_does_nothing",
             "suspends_the_first", "answers_suspended_without_suspending", "suspends_once"),
)  # fmt: skip
def suspends_whom_it_is_asked_to(s: CodelocksStep) -> Judged:
    """A suspended person must not open the lock, and a restored one must."""
    if s.error is not None:
        return UNTRIGGERED
    expected = "SUSPENDED" if s.arguments["on"] else "ACTIVE"
    status = _status(s.after, s.arguments["lock"], s.arguments["email"])
    assert status == expected, f"the client was asked to make the person {expected}, who is {status} at the server"
    assert not _changed_others(s), f"{_changed_others(s)[0]} was changed, too"
    return None


@law(
    "CL-INVITE-2",
    "invites whom it is asked to, to this lock, with these periods, and for more than one opening",
    on="invite",
    evidence="POST …/client: id, clientemail, activeperiods, accesstype",
    mutants=("invites_for_one_opening", "invites_for_always", "invites_to_the_first_lock", "invites_nobody",
             "hides_a_failed_invitation", "invites_for_one_opening_only"),
)  # fmt: skip
def invites_whom_it_is_asked_to(s: CodelocksStep) -> Judged:
    """Who is invited wrongly stands before a locked door, or enters at the wrong hour."""
    if s.error is not None:
        return UNTRIGGERED
    lock, email = s.arguments["lock"], s.arguments["email"]
    client, expected = s.after.k3[lock].client(email), _all_ten(s.arguments["periods"])
    assert client is not None, "the client returned as if it had invited the person, who is no client of the lock"
    assert client.access == "STANDARD", f"the person was invited with access {client.access}, which is for one opening"
    assert client.periods == expected, f"at the server, {_difference(expected, client.periods)}"
    assert not _changed_others(s), f"{_changed_others(s)[0]} was changed, too"
    return None


@law(
    "CL-INVITE-3",
    "does not send an invitation again before it has looked who is a client",
    on="invite",
    evidence="POST …/client: an invitation message will be sent; a person who is a client already is refused",
    mutants=("invites_twice",),
    needs="results",
)
def does_not_invite_again_blindly(s: CodelocksStep) -> Judged:
    """An answer that was lost says nothing about the invitation, which may have been sent."""
    unknown = False
    for x in s.traffic.to("/u/1/k3connect/*/client*"):
        if x.method == "POST":
            assert not unknown, "the outcome of the invitation was unknown, and the client sent it again at once"
            unknown = x.broken != "" or x.status is None or x.status >= 500
        elif x.method == "GET":
            unknown = False
    return None if len(s.traffic) else UNTRIGGERED


METHODS: Mapping[str, frozenset[str]] = {
    "invite": frozenset({"POST", "PUT"}),
    "set_periods": frozenset({"PUT"}),
    "suspend": frozenset({"PATCH"}),
    "remove": frozenset({"DELETE"}),
}
"""Call → the methods of the requests by which it may change something. All other calls only read."""


@law(
    "CL-OP-1",
    "sends the change that was asked for, once, and no other",
    on=(
        "invite",
        "set_periods",
        "suspend",
        "remove",
        "admitted",
        "periods",
        "list_locks",
        "battery_low",
        "audit",
        "entered",
        "show",
        "cancel",
        "initialise",
        "initialise_with",
        "use_access_key",
    ),
    evidence="POST, PUT, PATCH and DELETE …/client: each says what it changes",
    mutants=(
        "restores_by_an_invitation",
        "sets_periods_by_a_new_invitation",
        "mends_what_is_missing",
        "suspends_twice",
    ),
    needs="results",
    shown_by=("set_periods", "suspend", "admitted"),
)
def changes_what_it_is_asked_to(s: CodelocksStep) -> Judged:
    """Who is deleted and invited again must accept again. One wrong answer of the API is no reason to change anything."""
    changes = [x for x in s.traffic if x.method != "GET"]
    for x in changes:
        assert x.method in METHODS.get(s.call, ()), f"{s.call} was called, and the client sent {x.method} {x.path}"
    for first, then in combinations(changes, 2):
        again = first.method == then.method and first.status == 200
        assert not again, f"{first.method} {first.path} was carried out, and the client sent it again"
    return None if s.traffic else UNTRIGGERED


@law(
    "CL-REMOVE-1",
    "deletes whom it is asked to, and nobody else",
    on="remove",
    evidence="DELETE …/client: id; clientemail",
    mutants=("remove_suspends", "removes_the_first", "answers_deleted_without_deleting", "removes_from_the_first_page"),
)
def removes_whom_it_is_asked_to(s: CodelocksStep) -> Judged:
    """A person who was only suspended can be restored by anybody who has the account."""
    if s.error is not None:
        return UNTRIGGERED
    status = _status(s.after, s.arguments["lock"], s.arguments["email"])
    assert status == "no client", f"the client was asked to delete the person, who is {status} at the server"
    assert not _changed_others(s), f"{_changed_others(s)[0]} was changed, too"
    return None
