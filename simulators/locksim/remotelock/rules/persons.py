"""Chapter *Access Persons*: users and guests, their PINs, deactivation, deletion, emails.

A PIN or a card is unique among the upcoming and current persons of the account. Expiry, deactivation and deletion free it. Locks
have pins of their own (local pins, the programming code), which the cloud learns late: such a conflict fails the sync,
not the request.
"""

from __future__ import annotations

from typing import Any

from locksim.engine.timestamps import DAY
from locksim.engine.turn import Turn
from locksim.remotelock import events, hardware, mails
from locksim.remotelock.account import Account
from locksim.remotelock.entities import AccessGuest, AccessPerson, AccessUser
from locksim.remotelock.errors import Invalid
from locksim.remotelock.forms import EMPTY, Form
from locksim.remotelock.request_context import RequestContext
from locksim.remotelock.rules import accesses
from locksim.remotelock.state import State

__all__ = ["TYPES", "create", "deactivate", "delete", "notify", "send_scheduled_mail", "update"]

TYPES = ("access_user", "access_guest")
PIN_DIGITS = (4, 10)
_TAKEN = "has already been taken"


def create(context: RequestContext, kind: str, attributes: dict[str, Any]) -> AccessPerson:
    """Create a user or a guest. Raises Invalid."""
    limit = context.account.subuser_limit
    if kind == "access_user" and limit is not None:
        users = [
            person
            for person in context.account.persons.values()
            if person.type == "access_user" and not person.deactivated
        ]
        if len(users) >= limit:
            raise Invalid((None, "Subuser creation limit reached, please upgrade your account."))
    values = _read(context, kind, attributes, None)
    person = (AccessUser if kind == "access_user" else AccessGuest)(**context.new_fields("person"), **values)
    context.collections.save_person(person, context.turn.now)
    return person


def update(context: RequestContext, person: AccessPerson, attributes: dict[str, Any]) -> None:
    """Change a person. Raises Forbidden for an expired or deactivated person, Invalid."""
    accesses.check_updatable(context, person)
    if context.change(person, _read(context, person.type, attributes, person)):
        context.collections.save_person(person, context.turn.now)
        _update_locks(context, accesses.opened_devices(context.account, person))


def deactivate(context: RequestContext, person: AccessPerson) -> None:
    """End a person's access to all devices, and keep the record. Deactivating again changes nothing."""
    if context.change(person, {"deactivated": True}):
        context.collections.save_person(person, context.turn.now)
        _update_locks(context, accesses.opened_devices(context.account, person))


def delete(context: RequestContext, person: AccessPerson) -> None:
    """Delete a person, with accesses and subscriptions. The events stay."""
    devices = accesses.opened_devices(context.account, person)
    events.keep_name(context.account, person)
    for access in context.collections.accesses.find("access_person_id", person.id):
        context.collections.accesses.remove(access.id)
    for subscription in context.collections.subscriptions.find("publisher_id", person.id):
        context.collections.subscriptions.remove(subscription.id)
    context.collections.persons(context.turn.now).remove(person.id)
    _update_locks(context, devices)


def _update_locks(context: RequestContext, device_ids: list[str]) -> None:
    hardware.update_grants(context.turn, context.state, context.account, device_ids)


# ---- mails


def notify(context: RequestContext, person: AccessPerson, attributes: dict[str, Any]) -> None:
    """Send the access instructions now, or some days before a guest's start. Raises Invalid."""
    form = Form(attributes, creating=True)
    days = form.integer("days_before", 0, 365)
    if days is not None and not isinstance(person, AccessGuest):
        form.add_error("days_before", "is only supported for access guests")
    if not person.email:
        form.add_error("email", EMPTY)
    status = context.account.status(person, context.turn.now)
    if status in ("expired", "deactivated"):
        form.add_error(None, f"Access person is {status}")
    wait = 0
    if days is not None and isinstance(person, AccessGuest):
        wait = context.account.stay(person)[0] - days * DAY - context.turn.now
        if wait <= 0 and context.turn.profile == "observed":
            form.add_error("days_before", "is in the past")
    form.values_or_errors(context.turn.near_miss)
    if wait > 0:
        context.turn.set_timer(wait, "mail_due", account=context.account.id, person=person.id)
    else:
        _send(context.turn, context.state, context.account, person)


def send_scheduled_mail(turn: Turn, state: State, *, account: str, person: str) -> None:
    """Send a scheduled email, unless the person was deleted or deactivated meanwhile."""
    owner = state.accounts.get(account)
    receiver = None if owner is None else owner.persons.get(person)
    if owner is not None and receiver is not None and not receiver.deactivated and receiver.email:
        _send(turn, state, owner, receiver)


def _send(turn: Turn, state: State, account: Account, person: AccessPerson) -> None:
    sender = state.users[account.primary_owner_id]
    html = mails.access_instructions(account, person, sender)
    mails.send(turn, person.email or "", mails.SUBJECT, html, sender, {"person": person.id})


# ---- attributes


def _read(
    context: RequestContext, kind: str, attributes: dict[str, Any], person: AccessPerson | None
) -> dict[str, Any]:
    form = Form(attributes, creating=person is None)
    form.text("name", required=True)
    form.email("email")
    form.digits("pin", *PIN_DIGITS)
    form.digits("card_number", 1, 32)
    generate = form.flag("generate_pin")
    if kind == "access_user":
        form.text("department")
    else:
        _read_times(context, form, person)
    _read_credentials(context, form, person, generate=bool(generate))
    values = form.values_or_errors(context.turn.near_miss)
    values.pop("generate_pin", None)
    return values


def _read_times(context: RequestContext, form: Form, guest: AccessPerson | None) -> None:
    """Read a guest's times. A date gets the account's default time of day; a time zone is ignored."""
    account = context.account
    for name, by_date, default in (
        ("starts_at", "start_by_date", account.default_guest_start_time),
        ("ends_at", "end_by_date", account.default_guest_end_time),
    ):
        is_date = form.local_time(name, default)
        if name in form.values:
            form.values[by_date] = is_date
        if form.has_zone(name):
            context.turn.near_miss(f"the time zone of {name} is ignored: guest times are local to the location")
    start = form.values.get("starts_at", getattr(guest, "starts_at", None))
    end = form.values.get("ends_at", getattr(guest, "ends_at", None))
    if start is not None and end is not None and end <= start:
        form.add_error("ends_at", "must be after starts_at")


def _read_credentials(context: RequestContext, form: Form, person: AccessPerson | None, *, generate: bool) -> None:
    """Check the credentials: the person must have a PIN or a card, and the PIN must be unused."""
    failed = {attribute for attribute, _ in form.errors}
    if generate and not failed:
        form.values["pin"] = _new_pin(context)
    pin = form.values.get("pin", person.pin if person else None)
    card = form.values.get("card_number", person.card_number if person else None)
    if pin is None and card is None and not failed & {"pin", "card_number"} and not generate:
        form.add_error("pin", EMPTY)
    for name, credential in (("pin", pin), ("card_number", card)):
        if name in form.values and credential is not None and _is_taken(context, name, credential, person):
            form.add_error(name, _TAKEN)


def _is_taken(context: RequestContext, credential: str, value: str, by_other_than: AccessPerson | None = None) -> bool:
    """Return whether an upcoming or current person has this PIN or card."""
    return any(
        other is not by_other_than and context.account.status(other, context.turn.now) in ("upcoming", "current")
        for other in context.collections.persons(context.turn.now).find(credential, value)
    )


def _new_pin(context: RequestContext) -> str:
    """Return an unused PIN of four digits; a longer one if 50 random ones are taken."""
    context.state.serial += 1
    for digits in range(PIN_DIGITS[0], PIN_DIGITS[1] + 1):
        for attempt in range(50):
            pin = context.turn.random("pin", context.state.serial, digits, attempt).text(digits, "0123456789")
            if not _is_taken(context, "pin", pin):
                return pin
    raise Invalid(("generate_pin", "found no free PIN"))
