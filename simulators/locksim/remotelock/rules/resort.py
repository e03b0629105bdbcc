"""Chapter *Resort Lock Guests*.

A resort lock has no radio: it takes a code by arithmetic. So a guest's times and lock cannot be changed afterwards, and
deleting a guest recalls nothing; the code opens the door until its end.
"""

from __future__ import annotations

from typing import Any

from locksim.remotelock import mails
from locksim.remotelock.bodies import ResortCode
from locksim.remotelock.entities import ResortGuest, ResortLock
from locksim.remotelock.errors import Invalid
from locksim.remotelock.forms import EMPTY, Form
from locksim.remotelock.state import Here

__all__ = ["create", "delete", "notify", "preview", "update"]


def create(here: Here, attributes: dict[str, Any]) -> ResortGuest:
    """Times are floored to the hour; the PIN has 10 digits, 12 for a single entry. Raises Invalid."""
    form = Form(attributes, creating=True)
    devices = here.account.devices
    form.relation("resort_lock_id", lambda key: isinstance(devices.get(key), ResortLock), required=True)
    form.text("name", required=True)
    form.email("email")
    form.flag("one_time_access")
    _times(here, form)
    values = form.done(here.turn.near_miss)
    lock = devices[values["resort_lock_id"]]
    assert isinstance(lock, ResortLock), "it was asked for"
    one_time = values.get("one_time_access", False)
    guest = ResortGuest(**here.born("resort guest"), pin=_new_pin(here, lock, 12 if one_time else 10), **values)
    lock.body.codes.append(ResortCode(guest.pin, guest.starts_at, guest.ends_at, one_time))
    return here.shelves.resort_guests.keep(guest)


def update(here: Here, guest: ResortGuest, attributes: dict[str, Any]) -> None:
    """Name and e-mail only. Raises Invalid."""
    form = Form(attributes, creating=False)
    form.text("name", required=True)
    form.email("email")
    if here.change(guest, form.done(here.turn.near_miss)):
        here.shelves.resort_guests.keep(guest)


def delete(here: Here, guest: ResortGuest) -> None:
    """The lock does not hear of it."""
    here.shelves.resort_guests.drop(guest.id)


def preview(here: Here, guest: ResortGuest) -> str:
    """The mail's body."""
    return mails.resort_instructions(here.account, guest, here.state.users[here.account.primary_owner_id])


def notify(here: Here, guest: ResortGuest) -> None:
    """Send the mail now. Raises Invalid for a guest without an address."""
    if not guest.email:
        raise Invalid(("email", EMPTY))
    sender = here.state.users[here.account.primary_owner_id]
    mails.post(here.turn, guest.email, mails.SUBJECT, preview(here, guest), sender, {"resort_guest": guest.id})


def _times(here: Here, form: Form) -> None:
    account, lock = here.account, here.account.devices.get(form.values.get("resort_lock_id", ""))
    for name, default, own in (
        ("starts_at", account.default_guest_start_time, getattr(lock, "default_guest_start_time", None)),
        ("ends_at", account.default_guest_end_time, getattr(lock, "default_guest_end_time", None)),
    ):
        form.stamp(name, own or default)
        if form.zoned(name):
            here.turn.near_miss(f"{name} came with a zone, which is dropped: guest times are local to the location")
        if name in form.values:
            form.values[name] = form.values[name][:13] + ":00:00"
    start, end = form.values.get("starts_at"), form.values.get("ends_at")
    if start is not None and end is not None and end <= start:
        form.wrong("ends_at", "must be after starts_at")


def _new_pin(here: Here, lock: ResortLock, digits: int) -> str:
    """One that this lock has never had, and no guest has."""
    here.state.serial += 1
    had = {code.pin for code in lock.body.codes}
    attempt = 0
    while True:
        pin = here.turn.random("resort pin", here.state.serial, attempt).text(digits, "0123456789")
        if pin not in had and not here.shelves.resort_guests.any("pin", pin):
            return pin
        attempt += 1
