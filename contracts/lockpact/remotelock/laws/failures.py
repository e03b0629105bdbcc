"""What a client does when RemoteLock does not answer, does not know an id, or comes back; and how it signs in."""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qsl, urlsplit

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Traffic
from lockpact.remotelock.exchanges import api, is_oauth, lost, remaining, sent, token_of, unhindered
from lockpact.remotelock.laws.authorization import API_CALLS, was_used_up
from lockpact.remotelock.port import (
    ConsentNeeded,
    CredentialError,
    NotFound,
    RemoteLockError,
    Status,
    StayOver,
    Unavailable,
)
from lockpact.remotelock.truth import RemoteLockStep, Truth, truths

__all__ = [
    "a_failed_list_takes_nothing_away",
    "goes_on_when_something_is_gone",
    "invents_no_error",
    "keeps_secrets_out_of_urls",
    "knows_that_the_application_is_refused",
    "reports_a_lost_answer",
    "reports_an_unknown_id",
    "signs_in",
    "works_again_by_itself",
]

PRESENT = (Status.CURRENT, Status.UPCOMING)
TRIES = 10
"""How often a request may be sent in one call while RemoteLock does not answer."""


@law(
    "RL-LIST-1",
    "takes nothing away from a list that failed or was cut",
    on=("devices", "persons", "who"),
    evidence="Pagination: a collection has all its pages; an answer that did not come is not an empty one",
    mutants=("a_failed_list_is_empty", "a_cut_list_is_all"),
)
def a_failed_list_takes_nothing_away(s: RemoteLockStep) -> Judged:
    """A client that takes a failed list for an empty one deletes what it has."""
    broken = any(x.altered for x in s.traffic) if s.given.get("broken_page") else not unhindered(s.traffic)
    if s.given.get("fault") is None or not broken or s.error is not None:
        return None if s.given.get("fault") and isinstance(s.error, Unavailable) else UNTRIGGERED
    missing = set.intersection(*(_listed(s, truth) for truth in truths(s))) - {getattr(i, "id", i) for i in s.result}
    assert not missing, (
        f"a page of the list could not be read, and the client returned a list without {len(missing)} items"
    )
    return None


def _listed(s: RemoteLockStep, truth: Truth) -> set[str]:
    if s.call == "devices":
        return set(truth.devices)
    if s.call == "persons":
        return {i for i, person in truth.persons.items() if s.arguments["everyone"] or person.status in PRESENT}
    return {access.person for access in truth.accesses.values() if s.arguments["lock"] in access.locks}


@law(
    "RL-ERR-3",
    "reports a lost answer as one",
    on=("signed_in", *(call for call in API_CALLS if call != "refresh")),
    evidence="HTTP: without an answer nobody knows whether a request was carried out; a captive portal answers any request",
    mutants=(
        "a_lost_command_is_done",
        "lost_is_refused",
        "unanswered_is_deleted",
        "any_page_is_an_answer",
        "an_error_page_is_final",
    ),
    needs="results",
)
def reports_a_lost_answer(s: RemoteLockStep) -> Judged:
    """Only Unavailable says that a later try may succeed."""
    if not len(s.traffic) or not lost(s.traffic[-1]):
        return UNTRIGGERED
    x = s.traffic[-1]
    got = "a page that is not RemoteLock's" if x.status == 200 and x.answered else "no answer or a server error"
    assert isinstance(s.error, Unavailable), f"{x.method} {x.path} got {got}, and the client " + (
        f"raised {type(s.error).__name__} instead of Unavailable" if s.error is not None else f"returned {s.result!r}"
    )
    return None


@law(
    "RL-ERR-4",
    "reports an unknown id",
    on=API_CALLS,
    evidence="Errors: 404 Not Found: the resource does not exist",
    mutants=("unknown_is_unavailable", "unknown_is_nobody", "commands_by_post", "what_others_revoked_is_over"),
    needs="results",
    shown_by=("person", "access", "order"),
)
def reports_an_unknown_id(s: RemoteLockStep) -> Judged:
    """Another try does not help: somebody has deleted it."""
    for x in api(s.traffic):
        assert x.status not in (405, 406, 415), f"RemoteLock has no such request: {x.method} {x.path} got {x.status}"
    if s.call == "refresh":
        return UNTRIGGERED  # nobody named an id: RL-GONE-1 judges it
    if isinstance(s.error, NotFound) and s.truth_known and not s.given.get("unknown"):
        assert not _all_exist(s), (
            f"all that {s.call} names exists, and the client raised NotFound: its request was wrong"
        )
    if not api(s.traffic) or api(s.traffic)[-1].status != 404 or not unhindered(s.traffic):
        return UNTRIGGERED
    assert isinstance(s.error, NotFound), "the last answer was a 404, and the client " + (
        f"raised {type(s.error).__name__} instead of NotFound" if s.error is not None else f"returned {s.result!r}"
    )
    return None


@law(
    "RL-ERR-5",
    "raises no error of its own making",
    on=("order", "person", "who", "access", "may_enter", "entries", "create_user", "create_guest", "extend", "end", "invite",
        "grant", "revoke", "remove_local_pin", "set_up"),
    evidence="Errors: RemoteLock refuses with a resource error or a general error; what it would accept, nobody else may refuse",
    mutants=("offline_is_unavailable", "extends_the_current_only"),
    needs="results",
    shown_by=("order", "extend"),
)  # fmt: skip
def invents_no_error(s: RemoteLockStep) -> Judged:
    """A lock that is offline gets its command later. A guest who has not arrived may stay longer."""
    if s.error is None:
        return None if _accepted_all(s.traffic) else UNTRIGGERED
    if not isinstance(s.error, RemoteLockError) or isinstance(s.error, ConsentNeeded | CredentialError):
        return UNTRIGGERED
    if any(s.given.get(name) for name in ("fault", "wrong", "changes", "grown")) or not _accepted_all(s.traffic):
        return UNTRIGGERED
    if s.call == "extend" and isinstance(s.error, StayOver) and _may_be_over(s):
        return UNTRIGGERED
    if s.call == "remove_local_pin" and not (s.truth_known and _has_local_pin(s)):
        return UNTRIGGERED
    raise AssertionError(
        f"RemoteLock answered each request and refused none, and {s.call} raised {type(s.error).__name__}: {s.error}"
    )


def _accepted_all(t: Traffic) -> bool:
    """Return whether there were requests, each was answered and accepted, and the client may send more."""
    requests = api(t)
    accepted = all(not lost(x) and (x.status or 500) < 400 and not x.altered for x in t)
    return bool(requests) and accepted and all(remaining(x) != 0 for x in requests)


def _may_be_over(s: RemoteLockStep) -> bool:
    guests = [truth.persons.get(s.arguments["guest"]) for truth in truths(s)] if s.truth_known else [None]
    return any(guest is None or guest.status not in PRESENT for guest in guests)


def _has_local_pin(s: RemoteLockStep) -> bool:
    lock = s.before.locks.get(s.arguments["lock"])
    return lock is not None and s.arguments["pin"] in lock.local_pins


@law(
    "RL-GONE-1",
    "goes on when somebody has deleted what it looks after",
    on="refresh",
    evidence="Delete a device, Delete a notification subscriber: the owner can, and a GET of it answers 404 from then on",
    mutants=("waits_for_a_deleted_lock", "misses_its_deleted_webhook"),
    needs="results",
)
def goes_on_when_something_is_gone(s: RemoteLockStep) -> Judged:
    """One lock that is gone must not stop the set-up of the others, nor the recovery of events."""
    gone = s.given.get("deleted")
    if gone is None or s.given.get("fault") or not unhindered(s.traffic):
        return UNTRIGGERED
    assert s.error is None, (
        f"the owner has deleted the {gone}, the client has refreshed since, and it still raises {type(s.error).__name__}"
    )
    return None


def _all_exist(s: RemoteLockStep) -> bool:
    """Return whether each id among the arguments has been there all the time."""
    named = [s.arguments[name] for name in ("id", "person", "guest", "lock", "access") if name in s.arguments]
    return all(i in {*t.persons, *t.devices, *t.accesses, *_places(t)} for t in (s.before, s.after) for i in named)


def _places(truth: Truth) -> set[str]:
    return {access.id for access in truth.accesses.values()} | {device.location for device in truth.devices.values()}


@law(
    "RL-START-1",
    "works by itself when RemoteLock is back, and does not besiege it before",
    on=API_CALLS,
    evidence="Rate Limiting: 120 requests a minute; a client that must be restarted by hand is restarted the next morning",
    mutants=("gives_up_at_birth", "breaks_its_circuit", "tries_without_end"),
    needs="results",
    shown_by=("user",),
    timed=True,
)
def works_again_by_itself(s: RemoteLockStep) -> Judged:
    """The client was perhaps started while RemoteLock was away."""
    failed = Counter((x.method, x.target) for x in s.traffic if lost(x))
    for (method, target), times in failed.items():
        assert times <= TRIES, f"{method} {target} got no answer, and the client sent it {times} times in one call"
    if not s.given.get("back") or was_used_up(s):
        return None if failed else UNTRIGGERED
    assert s.error is None, f"RemoteLock is back, and the client raised {type(s.error).__name__}: {s.error}"
    return None


@law(
    "RL-AUTH-4",
    "distinguishes a refused application from a missing consent",
    on="user",
    evidence="1.2: invalid_client: the application's id and secret; only a developer can mend them",
    mutants=("application_error_is_consent", "application_error_is_unavailable", "a_wrong_secret_signs_out"),
    needs="results",
)
def knows_that_the_application_is_refused(s: RemoteLockStep) -> Judged:
    """A user who signs in again and again does not help."""
    if not s.given.get("wrong_secret") or not unhindered(s.traffic):
        return UNTRIGGERED
    assert isinstance(s.error, CredentialError), "the application's secret is refused, and the client " + (
        f"raised {type(s.error).__name__} instead of CredentialError" if s.error is not None else "returned a user"
    )
    return None


@law(
    "RL-AUTH-5",
    "sends the user to sign in with all that RemoteLock needs, and uses the new token from then on",
    on=("authorize_url", "signed_in", *API_CALLS),
    evidence="1.1: client_id, response_type code, redirect_uri; the code is exchanged for a token at /oauth/token",
    mutants=(
        "asks_for_a_token_in_the_browser",
        "leaves_the_redirect_out",
        "drops_the_code",
        "a_wrong_code_is_unavailable",
    ),
    needs="results",
    shown_by=("authorize_url", "signed_in", "user"),
)
def signs_in(s: RemoteLockStep) -> Judged:
    """The user has signed in, perhaps as somebody else than before."""
    if s.call == "authorize_url":
        if s.error is not None:
            return UNTRIGGERED
        query = dict(parse_qsl(urlsplit(s.result).query))
        wanted = {"response_type": "code", **s.given.get("application", {})}
        wrong = {name for name, value in wanted.items() if query.get(name) != value}
        assert not wrong, f"the sign-in URL has a wrong {', '.join(sorted(wrong))}, or none"
        return None
    if s.call == "signed_in":
        if not unhindered(s.traffic):
            return UNTRIGGERED
        exchanged = [x for x in s.traffic if is_oauth(x) and sent(x).get("code") == s.arguments["code"]]
        assert exchanged, "the browser brought a code, and the client has not exchanged it"
        if (code := s.given.get("wrong_code")) is not None:
            assert isinstance(s.error, ConsentNeeded), f"the browser brought {code}, and the client " + (
                f"raised {type(s.error).__name__} instead of ConsentNeeded"
                if s.error is not None
                else "took it for a sign-in"
            )
            return None
        assert s.error is None, f"the browser brought a code, and the client raised {type(s.error).__name__}"
        return None
    before = s.earlier[-1] if s.earlier else None
    if before is None or before.call != "signed_in" or before.error is not None:
        return UNTRIGGERED
    new = {x.json.get("access_token") for x in (*before.traffic, *s.traffic) if is_oauth(x) and x.status == 200}
    assert all(token_of(x) in new for x in api(s.traffic)), (
        "the user has signed in again, and the client sent an older token"
    )
    return None


_SECRET = frozenset({"client_secret", "access_token", "refresh_token", "password", "token"})


@law(
    "RL-SECRET-2",
    "keeps secrets out of URLs",
    evidence="1.2 Get an access token: a POST with a body; proxies and servers log URLs. RFC 6749, 2.3.1",
    mutants=("secret_in_the_query", "token_in_the_query"),
    needs="traffic",
)
def keeps_secrets_out_of_urls(t: Traffic) -> Judged:
    """Every proxy on the way logs URLs."""
    if not len(t):
        return UNTRIGGERED
    for x in t:
        names = _SECRET.intersection(name for name, _ in x.query)
        assert not names, f"{x.method} {x.path} has {', '.join(sorted(names))} in its URL"
    return None
