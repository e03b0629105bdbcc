"""The emails that the service sends. The texts are ours; the form is that of the document's preview.

An email is a delivery of the kind `email`. Its body is the HTML, its subject a header.
"""

from __future__ import annotations

from html import escape

from locksim.engine.turn import Turn
from locksim.remotelock import entities as e
from locksim.remotelock.account import Account
from locksim.remotelock.state import User

__all__ = ["SUBJECT", "access_instructions", "resort_instructions", "send"]

SUBJECT = "Access instructions"


def send(turn: Turn, to: str, subject: str, html: str, sender: User, about: dict[str, str | int]) -> int:
    """Send an email. Return the delivery's id."""
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Subject", subject),
        ("From", sender.name),
        ("Reply-To", sender.email),
    )
    return turn.send("email", to, html.encode(), headers, about=about)


def access_instructions(account: Account, person: e.AccessPerson, sender: User) -> str:
    """Return the email to an access person: the code, the places, and a guest's times."""
    places = [
        _place_name(account, access.accessible_type, access.accessible_id)
        for access in account.collections.accesses.find("access_person_id", person.id)
    ]
    when = ""
    if isinstance(person, e.AccessGuest):
        when = f"<p>Your time: {_in_words(person.starts_at)} to {_in_words(person.ends_at)}</p>\n\n"
    card = f"<p>Card: {escape(person.card_number)}</p>\n\n" if person.card_number else ""
    code = f"<p>Access Code: {escape(person.pin)}</p>\n\n" if person.pin else card
    where = "".join(f"  <tr><td><b>{escape(place)}</b></td></tr>\n" for place in places)
    table = f'<table id="access-instructions" width="100%">\n{where}</table>\n\n'
    return f"<p>Dear {escape(person.name)},</p>\n\n{code}{when}{table}{_closing(account, sender, None)}"


def resort_instructions(account: Account, guest: e.ResortGuest, sender: User) -> str:
    """Return the email to a resort guest: the code as 123-456-7890, the lock, the times, and how to type it."""
    lock = account.devices[guest.resort_lock_id]
    location = account.locations[lock.location_id]
    grouped = f"{guest.pin[:3]}-{guest.pin[3:6]}-{guest.pin[6:]}"
    address = f" ({escape(location.address)})" if location.address else ""
    return (
        f"<p>Dear {escape(guest.name)},</p>\n\n"
        "<p>Below is the code that opens your door while you stay with us.</p>\n\n"
        f"<p>Access Code: {grouped}</p>\n\n"
        '<table id="access-instructions" width="100%">\n'
        f"  <tr><td>{escape(location.name)}{address}</td></tr>\n"
        f"  <tr><td><b>{escape(lock.name)}</b></td></tr>\n"
        f"  <tr><td>Access times: {_in_words(guest.starts_at)} to {_in_words(guest.ends_at)}</td></tr>\n"
        "  <tr><td>Type the Access Code on the keypad, then #. Or make a shorter code of your own, of 3 to 5 digits: "
        "hold * until the light stays green, type the Access Code, #, your own code, #; from then on your own code and "
        "# open the door.</td></tr>\n"
        "</table>\n\n"
        f"{_closing(account, sender, location.phone)}"
    )


def _closing(account: Account, sender: User, phone: str | None) -> str:
    call = escape(phone) if phone else "(Phone not provided)"
    mail = escape(sender.email)
    return (
        f'<p>Questions? Call {call} or write to <a href="mailto:{mail}">{mail}</a>.</p>\n\n'
        f"<p>{escape(sender.name)}, {escape(account.name)}</p>\n"
    )


def _place_name(account: Account, type: str, id: str) -> str:
    if type == "location":
        return account.locations[id].name
    return (account.groups[id] if type == "door_group" else account.devices[id]).name


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def _in_words(local: str) -> str:
    """Return a time as `January 2, 2020  4:00 PM`."""
    year, month, day = local[:10].split("-")
    hour, minute = int(local[11:13]), local[14:16]
    half = "AM" if hour < 12 else "PM"
    return f"{_MONTHS[int(month) - 1]} {int(day)}, {year} {(hour + 11) % 12 + 1:2}:{minute} {half}"
