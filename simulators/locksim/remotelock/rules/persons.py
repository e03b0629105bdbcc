"""Chapter *Access Persons*: users and guests, their PINs, deactivation, deletion, mails.

A PIN is unique among the upcoming and current persons of the account; expiry, deactivation and deletion free it. Locks
hold PINs of their own (local PINs, the programming code), of which the cloud learns late: a clash there fails the sync,
not the request.
"""

from __future__ import annotations

from typing import Any

from locksim.engine.timestamps import DAY
from locksim.engine.turn import Turn
from locksim.remotelock import events, mails, people, sync
from locksim.remotelock.entities import AccessGuest, AccessPerson, AccessUser
from locksim.remotelock.errors import Invalid
from locksim.remotelock.forms import EMPTY, Form
from locksim.remotelock.rules import grants
from locksim.remotelock.state import Account, Here, State

__all__ = ["TYPES", "create", "deactivate", "delete", "mail_due", "notify", "update"]

TYPES = ("access_user", "access_guest")
PIN_DIGITS = (4, 10)
_TAKEN = "has already been taken"


def create(here: Here, kind: str, attributes: dict[str, Any]) -> AccessPerson:
    """A new user or guest. Raises Invalid."""
    limit = here.account.subuser_limit
    if kind == "access_user" and limit is not None:
        users = [one for one in here.account.persons.values() if one.type == "access_user" and not one.deactivated]
        if len(users) >= limit:
            raise Invalid((None, "Subuser creation limit reached, please upgrade your account."))
    values = _read(here, kind, attributes, None)
    person = (AccessUser if kind == "access_user" else AccessGuest)(**here.born("person"), **values)
    here.shelves.keep_person(person, here.turn.now)
    return person


def update(here: Here, person: AccessPerson, attributes: dict[str, Any]) -> None:
    """Raises Forbidden for who is expired or deactivated, Invalid."""
    grants.restrict(here, person)
    if here.change(person, _read(here, person.type, attributes, person)):
        here.shelves.keep_person(person, here.turn.now)
        sync.grants_changed(here.turn, here.state, here.account, grants.reached(here.account, person))


def deactivate(here: Here, person: AccessPerson) -> None:
    """Off all devices, but kept (chapter *Deactivates an access person*). Twice is once."""
    if here.change(person, {"deactivated": True}):
        here.shelves.keep_person(person, here.turn.now)
        sync.grants_changed(here.turn, here.state, here.account, grants.reached(here.account, person))


def delete(here: Here, person: AccessPerson) -> None:
    """Gone for good, with its accesses and what listens to it; events stay."""
    reached = grants.reached(here.account, person)
    events.name_it(here.account, person)
    for access in here.shelves.accesses.of("access_person_id", person.id):
        here.shelves.accesses.drop(access.id)
    for subscription in here.shelves.subscriptions.of("publisher_id", person.id):
        here.shelves.subscriptions.drop(subscription.id)
    here.shelves.persons(here.turn.now).drop(person.id)
    sync.grants_changed(here.turn, here.state, here.account, reached)


# ---- mails


def notify(here: Here, person: AccessPerson, attributes: dict[str, Any]) -> None:
    """Send the access instructions now, or so many days before a guest's start. Raises Invalid."""
    form = Form(attributes, creating=True)
    days = form.whole("days_before", 0, 365)
    if days is not None and not isinstance(person, AccessGuest):
        form.wrong("days_before", "is only supported for access guests")
    if not person.email:
        form.wrong("email", EMPTY)
    form.done(here.turn.near_miss)
    wait = 0
    if days is not None and isinstance(person, AccessGuest):
        wait = people.life(here.account, person)[0] - days * DAY - here.turn.now
    if wait > 0:
        here.turn.set_timer(wait, "mail_due", account=here.account.id, person=person.id)
    else:
        _post(here.turn, here.state, here.account, person)


def mail_due(turn: Turn, state: State, *, account: str, person: str) -> None:
    """A scheduled mail's time has come. Who is gone or deactivated by then gets none."""
    home = state.accounts.get(account)
    found = None if home is None else home.persons.get(person)
    if home is not None and found is not None and not found.deactivated and found.email:
        _post(turn, state, home, found)


def _post(turn: Turn, state: State, account: Account, person: AccessPerson) -> None:
    sender = state.users[account.primary_owner_id]
    html = mails.access_instructions(account, person, sender)
    mails.post(turn, person.email or "", mails.SUBJECT, html, sender, {"person": person.id})


# ---- what is sent


def _read(here: Here, kind: str, attributes: dict[str, Any], person: AccessPerson | None) -> dict[str, Any]:
    form = Form(attributes, creating=person is None)
    form.text("name", required=True)
    form.email("email")
    form.digits("pin", *PIN_DIGITS)
    form.digits("card_number", 1, 32)
    generate = form.flag("generate_pin")
    if kind == "access_user":
        form.text("department")
    else:
        _times(here, form, person)
    _credentials(here, form, person, generate=bool(generate))
    values = form.done(here.turn.near_miss)
    values.pop("generate_pin", None)
    return values


def _times(here: Here, form: Form, guest: AccessPerson | None) -> None:
    """A guest's times: what comes as a date alone gets the account's default, and a zone is dropped."""
    account = here.account
    for name, by_date, default in (
        ("starts_at", "start_by_date", account.default_guest_start_time),
        ("ends_at", "end_by_date", account.default_guest_end_time),
    ):
        dated = form.stamp(name, default)
        if name in form.values:
            form.values[by_date] = dated
        if form.zoned(name):
            here.turn.near_miss(f"{name} came with a zone, which is dropped: guest times are local to the location")
    start = form.values.get("starts_at", getattr(guest, "starts_at", None))
    end = form.values.get("ends_at", getattr(guest, "ends_at", None))
    if start is not None and end is not None and end <= start:
        form.wrong("ends_at", "must be after starts_at")


def _credentials(here: Here, form: Form, person: AccessPerson | None, *, generate: bool) -> None:
    """pin, card_number or generate_pin; afterwards the person must have a PIN or a card."""
    failed = {attribute for attribute, _ in form.errors}
    if generate and not failed:
        form.values["pin"] = _new_pin(here)
    pin = form.values.get("pin", person.pin if person else None)
    card = form.values.get("card_number", person.card_number if person else None)
    if pin is None and card is None and not failed & {"pin", "card_number"} and not generate:
        form.wrong("pin", EMPTY)
    elif "pin" in form.values and pin is not None and _taken(here, pin, person):
        form.wrong("pin", _TAKEN)


def _taken(here: Here, pin: str, but: AccessPerson | None = None) -> bool:
    return any(
        other is not but and people.status(here.account, other, here.turn.now) in ("upcoming", "current")
        for other in here.shelves.persons(here.turn.now).of("pin", pin)
    )


def _new_pin(here: Here) -> str:
    """Of four digits; longer ones when so many are taken that chance finds none."""
    here.state.serial += 1
    for digits in range(PIN_DIGITS[0], PIN_DIGITS[1] + 1):
        for attempt in range(50):
            pin = here.turn.random("pin", here.state.serial, digits, attempt).text(digits, "0123456789")
            if not _taken(here, pin):
                return pin
    raise Invalid(("generate_pin", "found no free PIN"))
