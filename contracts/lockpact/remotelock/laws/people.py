"""Access persons: created once, with local times and a PIN of their own; ended, extended and invited."""

from __future__ import annotations

from datetime import datetime

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange, Traffic
from lockpact.remotelock.exchanges import api, exchanges_with, items, lost, unhindered
from lockpact.remotelock.port import Credential, Invalid, PinTaken, Status, StayOver
from lockpact.remotelock.truth import RemoteLockStep, local_time

__all__ = [
    "creates_once",
    "ends_without_forgetting",
    "extends_before_expiry",
    "guest_times_are_local",
    "mails_once_itself",
    "tells_a_taken_pin",
]

CREATES = ("create_user", "create_guest", "grant", "set_up", "subscribe")
OVER = frozenset({Status.EXPIRED, Status.DEACTIVATED})
PRESENT = frozenset({Status.UPCOMING, Status.CURRENT})
HOLDS = frozenset({"4", "5", "6", "7", "8", "9", "10"})


def _created(s: RemoteLockStep) -> set[str]:
    """Return the ids of what this call has created."""
    match s.call:
        case "create_user" | "create_guest":
            return {
                i for i, p in s.after.persons.items() if p.name == s.arguments["name"] and i not in s.before.persons
            }
        case "grant":
            return {i for i, a in s.after.accesses.items() if a.id == s.arguments["id"] and i not in s.before.accesses}
        case "subscribe":
            return {
                i for i, w in s.after.webhooks.items() if w.url == s.arguments["url"] and i not in s.before.webhooks
            }
    return {i for i in s.after.devices if i not in s.before.devices}


@law(
    "RL-ONCE-1",
    "does not create twice when an answer is lost",
    on=CREATES,
    evidence="Create an access user, Register a lock: nothing in a POST tells that it is the same as one before",
    mutants=("creates_again_blindly", "grants_again_blindly", "subscribes_every_time", "lost_is_made",
             "creates_two_for_one", "subscribes_after_each_start"),
    needs="truth",
)  # fmt: skip
def creates_once(s: RemoteLockStep) -> Judged:
    """A second guest for one booking keeps a valid PIN when the first is deactivated."""
    posts = exchanges_with(
        s.traffic, "POST", r"/(access_persons|access_persons/[^/]+/accesses|devices|notification_subscribers)"
    )
    if not posts or not (any(lost(x) for x in posts) or s.given.get("twice") or s.error is None):
        return UNTRIGGERED
    created = _created(s)
    assert len(created) <= 1, f"{s.call} was called once, and has created {len(created)}"
    if s.call == "subscribe":
        for_url = [sum(w.url == s.arguments["url"] for w in t.webhooks.values()) for t in (s.before, s.after)]
        assert for_url[1] <= max(1, for_url[0]), "there was a webhook for this URL, and the client created another one"
    if s.error is not None:
        assert not created or not isinstance(s.error, Invalid), (
            "the answer was lost, the resource exists, and the client reports an attribute error about its own first attempt"
        )
        return None
    if s.call == "subscribe":
        return None
    returned = getattr(s.result, "id", s.result)
    known = {"grant": s.after.accesses, "set_up": s.after.devices}.get(s.call, s.after.persons)
    assert returned in known, f"{s.call} returned {returned}, which does not exist"
    return None


def _local(s: RemoteLockStep, name: str) -> str | None:
    lock = s.before.locks.get(s.arguments["lock"])
    instant = s.arguments[name]
    return local_time(instant, lock.zone) if lock is not None and isinstance(instant, datetime) else None


@law(
    "RL-TIME-1",
    "sends guest times local to the location, also across daylight saving time",
    on=("create_guest", "extend"),
    evidence="Create an access guest: starts_at, ends_at: ISO 8601 timestamp without time zone",
    mutants=("sends_utc", "uses_todays_offset", "uses_its_own_zone", "zone_of_the_first_location",
             "shifts_what_it_is_told", "reads_the_day_by_its_first_hour", "answers_in_utc", "remembers_a_locks_zone",
             "remembers_a_locations_zone", "a_lost_extension_is_one", "takes_any_time_for_utc"),
    needs="truth",
)  # fmt: skip
def guest_times_are_local(s: RemoteLockStep) -> Judged:
    """With a wrong hour, a guest stands before a closed door, or enters too long."""
    if s.error is not None or s.result is None:
        return UNTRIGGERED
    person = s.after.persons.get(s.result.id)
    if person is None:
        return UNTRIGGERED
    for name, argument, stored, returned in (
        ("starts_at", "starts", person.starts, s.result.starts),
        ("ends_at", "ends" if s.call == "create_guest" else "until", person.ends, s.result.ends),
    ):
        if argument not in s.arguments:
            continue
        local = _local(s, argument)
        if local is None:
            return UNTRIGGERED
        assert stored == local, f"{name} should be {local}, local to the lock, and RemoteLock has {stored}"
        if returned is not None:
            assert returned.isoformat() == local, f"{name} is {local}, and the client returns {returned.isoformat()}"
    return None


def _credential(s: RemoteLockStep) -> str | None:
    credential: Credential = s.arguments["credential"]
    return credential.pin


@law(
    "RL-PIN-1",
    "reports a taken PIN, and lets another be tried",
    on=("create_user", "create_guest"),
    evidence="Create an access user: pin; vendor-facts: a duplicate PIN answers 422 (resource errors)",
    mutants=("taken_is_only_invalid", "takes_another_pin_in_silence", "gives_up_after_a_taken_pin",
             "anything_about_the_pin_is_taken", "a_taken_pin_stops_the_others", "remembers_pins", "two_may_have_one_pin",
             "pins_are_never_free_again"),
    needs="truth",
)  # fmt: skip
def tells_a_taken_pin(s: RemoteLockStep) -> Judged:
    """The guest chose the PIN, so the guest must choose another."""
    pin, posts = _credential(s), exchanges_with(s.traffic, "POST", "/access_persons")
    if s.given.get("fault") or not unhindered(s.traffic):
        return UNTRIGGERED
    if s.given.get("another") and s.error is not None and not len(s.traffic):
        raise AssertionError(
            f"another PIN should be tried, and the client raised {type(s.error).__name__} without a request"
        )
    assert posts or not isinstance(s.error, PinTaken), "the client raised PinTaken without asking RemoteLock"
    if pin is None or not posts:
        return UNTRIGGERED
    valid = 4 <= len(pin) <= 10 and pin.isdecimal()
    taken = any(p.pin == pin and p.status in PRESENT for p in s.before.persons.values())
    if not valid or s.given.get("wrong"):
        assert not isinstance(s.error, PinTaken) or taken, (
            "the PIN is invalid, not taken, and the client raised PinTaken"
        )
        return None
    if taken:
        assert isinstance(s.error, PinTaken), "another person has this PIN, and the client " + (
            f"raised {type(s.error).__name__}" if s.error is not None else "returned a person with it"
        )
        return None
    assert not isinstance(s.error, PinTaken), "nobody has this PIN, and the client raised PinTaken"
    if s.given.get("another") is None or s.error is not None:
        assert s.given.get("another") is None, f"another PIN was tried, and the client raised {type(s.error).__name__}"
        return UNTRIGGERED
    person = s.after.persons.get(getattr(s.result, "id", ""))
    assert person is not None, "another PIN was tried, and the returned person does not exist"
    assert person.pin == pin, "another PIN was tried, and the person does not have it"
    return None


@law(
    "RL-DEACT-1",
    "ends a stay with deactivate, not DELETE",
    on="end",
    evidence="Deactivates an access person: we recommend using this endpoint rather than DELETE",
    mutants=(
        "deletes_at_the_end",
        "only_revokes_at_the_end",
        "deletes_when_deactivated",
        "deactivates_in_words_only",
        "a_lost_end_is_one",
    ),
    needs="results",
)
def ends_without_forgetting(s: RemoteLockStep) -> Judged:
    """The record of a former guest is needed later."""
    person: str = s.arguments["person"]
    deleted = exchanges_with(s.traffic, "DELETE", f"/access_persons/{person}")
    assert not deleted, "the stay ended, and the client deleted the person with its history"
    if s.error is not None or not (s.truth_known or unhindered(s.traffic)):
        return UNTRIGGERED
    if s.truth_known and person in s.before.persons:
        assert person in s.after.persons, "the stay ended, and the person's record is gone"
        status = s.after.persons[person].status
        assert status in OVER, f"the stay ended, and the person's status is {status.value}"
    return None


def _leaves_past_persons_alone(t: Traffic) -> Judged:
    """Check that no person is changed who is known to be expired or deactivated."""
    over: set[str] = set()
    judged = False
    for x in api(t):
        for item in items(x):
            if str(item.get("type", "")).startswith("access_") and isinstance(item.get("attributes"), dict):
                status = item["attributes"].get("status")
                (over.add if status in ("expired", "deactivated") else over.discard)(str(item.get("id")))
        judged = judged or bool(over)
        if x.method == "PUT" and (id_ := _changed_person(x)) is not None and x.status not in (200, None):
            assert id_ not in over, "the client sent a PUT for a person whose restricted_actions have update"
    return None if judged else UNTRIGGERED


def _changed_person(x: Exchange) -> str | None:
    parts = x.path.strip("/").split("/")
    parts = parts[1:] if parts and parts[0].startswith("v") and parts[0][1:].isdecimal() else parts
    return parts[1] if len(parts) == 2 and parts[0] == "access_persons" else None


@law(
    "RL-EXTEND-1",
    "extends a stay before its end, and reports when it is too late",
    on="extend",
    evidence="Get access persons filtered by status: meta.restricted_actions: update, of those expired or deactivated",
    mutants=(
        "puts_what_is_expired",
        "too_late_is_fine",
        "extends_by_a_day_in_utc",
        "extension_is_not_kept",
        "only_the_expired_are_over",
        "over_by_what_it_knew",
    ),
    needs="truth",
    conduct=_leaves_past_persons_alone,
)
def extends_before_expiry(s: RemoteLockStep) -> Judged:
    """An expired guest cannot be changed; the caller must create another."""
    guest = s.before.persons.get(s.arguments["guest"])
    if guest is None or s.given.get("fault") or not unhindered(s.traffic) or not api(s.traffic):
        return UNTRIGGERED
    later = s.after.persons.get(s.arguments["guest"])
    if guest.status in OVER:
        puts = exchanges_with(s.traffic, "PUT", f"/access_persons/{s.arguments['guest']}")
        assert not puts, f"the guest is {guest.status.value}, and the client sent a PUT for it"
        assert isinstance(s.error, StayOver), f"the guest is {guest.status.value}, and the client " + (
            f"raised {type(s.error).__name__} instead of StayOver"
            if s.error is not None
            else "says that it extended the stay"
        )
        return None
    if later is None or later.status in OVER or s.error is not None:
        return UNTRIGGERED
    local = _local(s, "until")
    assert local is None or later.ends == local, f"the stay should end at {local}, and ends at {later.ends}"
    assert getattr(s.result, "id", None) == s.arguments["guest"], (
        "the stay should be extended, and the client returned another guest"
    )
    return None


@law(
    "RL-MAIL-1",
    "sends the invitation itself, once",
    on="invite",
    evidence="Changelog 2016-11-15: guest emails are no longer automatically sent; POST /access_persons/:id/email/notify",
    mutants=(
        "assumes_that_mails_are_automatic",
        "mails_again_blindly",
        "mails_days_before",
        "mails_everybody",
        "mail_is_never_sent",
        "invites_once",
    ),
    needs="truth",
)
def mails_once_itself(s: RemoteLockStep) -> Judged:
    """Without the email, the guest has no code; a second email looks like another code."""
    guest = s.before.persons.get(s.arguments["guest"])
    if guest is None or guest.email is None:
        return UNTRIGGERED
    sent = s.after.mails.count(guest.email) - s.before.mails.count(guest.email)
    assert sent <= 1, f"one invitation should be sent, and {sent} were sent"
    others = len(s.after.mails) - len(s.before.mails) - sent
    assert not others, f"one guest should be invited, and {others} other emails were sent"
    if s.error is not None or guest.status in OVER:
        return UNTRIGGERED
    assert sent == 1, "the client says that it sent the invitation, and no email was sent"
    return None
