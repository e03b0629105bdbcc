"""Chapter *Resort Lock Guests*.

A resort lock has no radio: it accepts a code by computation. So a guest's times and lock cannot be changed, and deleting a
guest revokes nothing: the code opens the door until its end.
"""

from __future__ import annotations

from typing import Any

from locksim.remotelock import mails
from locksim.remotelock.entities import ResortGuest, ResortLock
from locksim.remotelock.errors import Invalid
from locksim.remotelock.forms import EMPTY, Form
from locksim.remotelock.physical import ResortCode
from locksim.remotelock.request_context import RequestContext

__all__ = ["create", "delete", "notify", "preview", "update"]


def create(context: RequestContext, attributes: dict[str, Any]) -> ResortGuest:
    """Create a guest. Times are rounded down to the hour; the PIN has 10 digits, or 12 for one entry. Raises Invalid."""
    form = Form(attributes, creating=True)
    devices = context.account.devices
    form.relation("resort_lock_id", lambda key: isinstance(devices.get(key), ResortLock), required=True)
    form.text("name", required=True)
    form.email("email")
    form.flag("one_time_access")
    _read_times(context, form)
    values = form.values_or_errors(context.turn.near_miss)
    lock = devices[values["resort_lock_id"]]
    assert isinstance(lock, ResortLock), "the form has checked it"
    one_time = values.get("one_time_access", False)
    guest = ResortGuest(
        **context.new_fields("resort guest"), pin=_new_pin(context, lock, 12 if one_time else 10), **values
    )
    lock.physical.codes.append(ResortCode(guest.pin, guest.starts_at, guest.ends_at, one_time))
    return context.collections.resort_guests.save(guest)


def update(context: RequestContext, guest: ResortGuest, attributes: dict[str, Any]) -> None:
    """Change the name or the email address; nothing else can be changed. Raises Invalid."""
    form = Form(attributes, creating=False)
    form.text("name", required=True)
    form.email("email")
    if context.change(guest, form.values_or_errors(context.turn.near_miss)):
        context.collections.resort_guests.save(guest)


def delete(context: RequestContext, guest: ResortGuest) -> None:
    """Delete a guest. The lock does not learn of it."""
    context.collections.resort_guests.remove(guest.id)


def preview(context: RequestContext, guest: ResortGuest) -> str:
    """Return the body of the email."""
    return mails.resort_instructions(context.account, guest, context.state.users[context.account.primary_owner_id])


def notify(context: RequestContext, guest: ResortGuest) -> None:
    """Send the email now. Raises Invalid for a guest without an address."""
    if not guest.email:
        raise Invalid(("email", EMPTY))
    sender = context.state.users[context.account.primary_owner_id]
    mails.send(context.turn, guest.email, mails.SUBJECT, preview(context, guest), sender, {"resort_guest": guest.id})


def _read_times(context: RequestContext, form: Form) -> None:
    account, lock = context.account, context.account.devices.get(form.values.get("resort_lock_id", ""))
    for name, default, own_default in (
        ("starts_at", account.default_guest_start_time, getattr(lock, "default_guest_start_time", None)),
        ("ends_at", account.default_guest_end_time, getattr(lock, "default_guest_end_time", None)),
    ):
        form.local_time(name, own_default or default)
        if form.has_zone(name):
            context.turn.near_miss(f"the time zone of {name} is ignored: guest times are local to the location")
        if name in form.values:
            form.values[name] = form.values[name][:13] + ":00:00"
    start, end = form.values.get("starts_at"), form.values.get("ends_at")
    if start is not None and end is not None and end <= start:
        form.add_error("ends_at", "must be after starts_at")


def _new_pin(context: RequestContext, lock: ResortLock, digits: int) -> str:
    """Return a PIN that this lock never had, and that no guest has."""
    context.state.serial += 1
    used = {code.pin for code in lock.physical.codes}
    attempt = 0
    while True:
        pin = context.turn.random("resort pin", context.state.serial, attempt).text(digits, "0123456789")
        if pin not in used and not context.collections.resort_guests.exists("pin", pin):
            return pin
        attempt += 1
