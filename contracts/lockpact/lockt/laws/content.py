"""Laws about content: what is saved is what was given, and what is returned is what the vendor has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.lockt.laws.exchanges import sent_to
from lockpact.lockt.port import News, Status
from lockpact.lockt.truth import FobTruth, LocktStep, UserTruth, same_second

__all__ = ["returns_credentials_and_schedules", "returns_what_is_there", "saves_what_was_given", "says_what_happened"]

USER = ("id", "id_num", "first_name", "last_name", "email", "card_num", "enabled")
FOB = ("id", "name", "card_num")
DOORS = (48, 49)
"""The event codes of granted and denied access."""
SENT = ("id_num", "first_name", "last_name", "email", "phone", "pin", "enabled")


@law(
    "LT-READ-1",
    "returns every user, fob and card number, with every field as the vendor has it",
    on=("users", "user", "fobs", "next_card_num"),
    shown_by=("users", "user", "fobs", "next_card_num", "save_users"),
    evidence="GET /user: all card holders; the object definitions of users and fobs: card numbers are strings",
    mutants=("reads_card_as_number", "reads_card_as_float", "reads_names_swapped", "reads_latin_1", "everyone_is_enabled",
             "hides_disabled",
             "one_page_of_users", "user_is_the_first", "no_levels_is_no_access", "remembers_users", "remembers_the_card",
             "remembers_a_user", "fobs_without_names", "counts_users_cards", "makes_up_a_card",
             "hides_users_without_levels", "shows_another_name", "id_num_is_a_number", "no_levels_are_unknown",
             "levels_of_the_last_list", "hides_disabled_fobs", "hides_users_without_a_number"),
)  # fmt: skip
def returns_what_is_there(s: LocktStep) -> Judged:
    """Whoever is missing from a list is deleted by the next sync; a number that lost its zeros opens no door."""
    if s.error is not None or s.given.get("altered") not in (None, "dates"):
        return UNTRIGGERED
    if s.call == "next_card_num":
        assert s.before.pending_release, (
            f"the operation does not exist; the client made up {s.result!r}: expected NotThere"
        )
        assert s.result == s.after.next_card, (
            f"the next card number is {s.after.next_card}; the client says {s.result!r}"
        )
        return None
    if s.call == "user":
        user = s.after.user(s.arguments["id"])
        assert s.result is not None or user is None, f"user {s.arguments['id']} exists; the client says otherwise"
        expected: dict[int, Any] = {} if user is None else {user.id: user}
        returned = {} if s.result is None else {s.result.id: s.result}
    else:
        expected = {one.id: one for one in (_users(s) if s.call == "users" else s.after.fobs.values())}
        returned = {one.id: one for one in s.result or ()}
        assert len(returned) == len(s.result or ()), "the client returned something twice"
    missing = sorted(expected.keys() - returned.keys())
    assert not missing, f"the vendor has {missing[0]}; the client left it out"
    answered = _answered_levels(s)
    for id_, one in returned.items():
        assert id_ in expected, f"the vendor has no {id_}; the client returned it"
        assert one.levels is not None or id_ not in answered, (
            f"{s.call} {id_}: the vendor's answer has access levels; the client says that it has none"
        )
        wrong = list(_differences(one, expected[id_]))
        assert not wrong, f"{s.call} {id_}: the client returned another {wrong[0]}"
    return None


def _answered_levels(s: LocktStep) -> set[int]:
    """Return the ids of those whose access levels are in the last answer."""
    document = s.traffic[-1].json if s.traffic else None
    data = document.get("data") if isinstance(document, dict) else None
    return {entry["id"] for entry in data if "accesslevels" in entry} if isinstance(data, list) else set()


def _users(s: LocktStep) -> Iterator[UserTruth]:
    for users in s.after.users.values():
        yield from users


def _differences(returned: Any, true: UserTruth | FobTruth) -> Iterator[str]:
    """Yield the fields in which a returned user or fob differs from the true one. Dates count to the second."""
    for name in USER if isinstance(true, UserTruth) else FOB:
        if getattr(returned, name) != getattr(true, name):
            yield name
    if returned.levels is not None and set(returned.levels) != set(true.levels):
        yield "levels"
    for name in ("effective", "expires"):
        if not same_second(getattr(returned, name), getattr(true, name)):
            yield name


@law(
    "LT-READ-2",
    "returns every credential and schedule as the vendor has it",
    on=("credentials", "schedules"),
    evidence="GET /credential: claim_status, user; GET /schedule: d0 is typically Monday, start and stop are HH:MM:SS",
    mutants=("claimed_if_it_has_a_key", "hides_unclaimed_credentials", "credential_card_is_a_number", "holder_is_the_credential",
             "remembers_the_keys", "days_begin_on_sunday", "open_every_day", "stops_a_minute_early", "reads_one_schedule",
             "remembers_the_schedules", "hides_empty_schedules"),
)  # fmt: skip
def returns_credentials_and_schedules(s: LocktStep) -> Judged:
    """Whoever takes a claimed credential for a free one hands it out twice; one day off, and the cleaner stands outside."""
    if s.error is not None or s.given.get("altered"):
        return UNTRIGGERED
    true: dict[int, Any] = {
        one.id: one for one in (s.after.credentials if s.call == "credentials" else s.after.schedules)
    }
    returned = {one.id: one for one in s.result}
    assert len(returned) == len(s.result), f"the client returned one of the {s.call} twice"
    assert returned.keys() == true.keys(), (
        f"the vendor has {len(true)} {s.call}; the client left out {len(true.keys() - returned.keys())}, and returned "
        f"{len(returned.keys() - true.keys())} that do not exist"
    )
    for id_, one in returned.items():
        wrong = [name for name in true[id_]._fields if getattr(one, name) != getattr(true[id_], name)]
        assert not wrong, f"{s.call} {id_}: the client returned another {wrong[0]}"
    return None


@law(
    "LT-SAVE-1",
    "saves every field of every record as it was given",
    on=("save_users", "create_fobs", "create_doors"),
    evidence="POST /user, POST /fob and POST /door: the object definitions",
    mutants=("pin_is_a_number", "card_is_a_number", "drops_the_phone", "drops_the_pin", "ascii_only", "saves_enabled",
             "swaps_the_names", "saves_one_level", "short_names", "lowers_emails", "forgets_effective", "drops_the_seconds",
             "phone_and_pin_swapped", "fob_is_named_by_its_card", "fob_card_is_a_number", "one_door_whatever_case",
             "loses_phones", "offset_of_today", "second_two_o_clock_is_the_first",
             "midnight_is_the_end_of_the_day"),
)  # fmt: skip
def saves_what_was_given(s: LocktStep) -> Judged:
    """A PIN 0042 that became 42 opens nothing, and a window that was dropped opens for ever."""
    receipts = s.result if s.error is None else ()
    saved = {one.key for one in receipts if one.status is Status.SAVED}
    if not saved:
        return UNTRIGGERED
    if s.call == "create_doors":
        missing = [name for name in s.arguments["names"] if name in saved and name not in s.after.doors]
        assert not missing, f"the client says that the door {missing[0]!r} is saved; there is none of this name"
        return None
    for record in s.arguments["records"]:
        key = record.card_num if s.call == "create_fobs" else record.id_num
        found: Any = s.after.fobs.get(key) if s.call == "create_fobs" else s.after.users.get(key, (None,))[0]
        if key not in saved:
            continue
        assert found is not None, f"the client says that {key} is saved; the vendor does not have it"
        wrong = list(_changed(s, record, found))
        assert not wrong, f"{key} was saved with another {wrong[0]} than was given"
    return None


def _changed(s: LocktStep, record: Any, saved: UserTruth | FobTruth) -> Iterator[str]:
    names = SENT if isinstance(saved, UserTruth) else ("name", "card_num")
    yield from (name for name in names if getattr(record, name) != getattr(saved, name))
    if isinstance(saved, UserTruth):
        if record.card_num not in ("", saved.card_num):
            yield "card_num"
        was = s.before.user(saved.id)
        kept = set() if was is None or s.arguments["replace"] else set(was.levels)
        if {*kept, *record.levels} != set(saved.levels):
            yield "levels"
    for name in ("effective", "expires"):
        if not same_second(getattr(record, name), getattr(saved, name)):
            yield name


@law(
    "LT-EVENT-4",
    "says of each event whether it was granted, which card and user it was, and both of its times",
    on="read_events",
    evidence="GET /events: 48 is Access Granted, 49 Access Denied; card_num, user, hw_time, db_time",
    mutants=("every_event_is_granted", "granted_is_swapped", "event_without_card", "event_with_first_names",
             "event_times_swapped", "denied_is_granted", "event_card_is_a_number",
             "granted_unless_denied"),
)  # fmt: skip
def says_what_happened(s: LocktStep) -> Judged:
    """A door log that calls a refused card an entry proves what never happened."""
    if s.error is not None or not isinstance(s.result, News):
        return UNTRIGGERED
    if s.given.get("altered") == "odd":
        return _others_are_no_entries(s)
    if s.given.get("altered") not in (None, "dates"):
        return UNTRIGGERED
    true = {event.id: event for event in s.after.events}
    judged = [event for event in s.result.events if event.id in true]
    for event in judged:
        expected = true[event.id]
        assert event.granted is expected.granted, (
            f"event {event.id} was {'granted' if expected.granted else 'denied'}; the client says the opposite"
        )
        assert (event.card_num, event.user) == (expected.card_num, expected.user), (
            f"event {event.id} was card {expected.card_num!r} of {expected.user!r}; the client says another card or user"
        )
        right = same_second(event.happened, expected.happened) and same_second(event.recorded, expected.recorded)
        assert right, (
            f"event {event.id}: the client mixed up when it happened and when it was recorded, or changed them"
        )
    return None if judged else UNTRIGGERED


def _others_are_no_entries(s: LocktStep) -> Judged:
    """Judge events with another code than granted and denied: nobody entered."""
    answers = [x.json["data"] for x in sent_to(s.traffic, "/events") if x.status == 200 and isinstance(x.json, dict)]
    entries = [entry for data in answers for entry in data]
    odd = {entry["id"]: entry.get("code_text") for entry in entries if entry.get("code") not in DOORS}
    judged = [event for event in s.result.events if event.id in odd]
    for event in judged:
        assert not event.granted, (
            f"event {event.id} is {odd[event.id]!r}, not 48; the client says that access was granted"
        )
    return None if judged else UNTRIGGERED
