"""Apply the records of a batch: users, their credentials, doors and fobs.

A batch works on a `Draft`: the tables with changes laid over them. Records are immutable values. They are applied one after
another. Each is checked against what the records before it have done, so the second of two records with one card number
fails. `Draft.commit` makes the changes. A draft that is dropped has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from msgspec import UNSET
from msgspec.structs import replace

from locksim.engine.physics import DeviceClock
from locksim.engine.turn import Turn
from locksim.lockt import cores
from locksim.lockt.indexes import Overlay, indexes_of
from locksim.lockt.records import InvalidRecord, RecordReader
from locksim.lockt.serialization import Options
from locksim.lockt.state import Credential, Door, Fob, Kind, State, User

__all__ = ["APPLY", "Draft", "Outcome"]

Outcome = Literal["inserted", "updated", "ignored"]

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Draft:
    """The tables as a batch would leave them."""

    def __init__(self, turn: Turn, state: State) -> None:
        self._turn, self.state, self._indexes = turn, state, indexes_of(state)
        self.users, self.credentials = Overlay(state.users), Overlay(state.credentials)
        self.fobs, self.doors = Overlay(state.fobs), Overlay(state.doors)
        self.last_id, self.keys_made = state.last_id, state.keys_made
        self.by_id_num, self.by_email = Overlay(self._indexes.id_nums), Overlay(self._indexes.emails)
        self.cards, self.fob_nums = Overlay(self._indexes.cards), Overlay(self._indexes.fob_nums)
        self.door_names = Overlay(self._indexes.door_names)

    def commit(self) -> None:
        """Make the changes in the tables and their indexes."""
        for table in (self.users, self.credentials, self.fobs, self.doors):
            table.commit()
        for index in (self.by_id_num, self.by_email, self.cards, self.fob_nums, self.door_names):
            index.commit()
        self._indexes.note_cards(self.cards.changed, self.cards.removed)
        self.state.last_id, self.state.keys_made = self.last_id, self.keys_made

    def new_id(self) -> int:
        """Return the next id. There are gaps, since other things of the instance take ids, too."""
        self.last_id += 1 + self._turn.random("id", self.last_id).pick((0, 0, 1, 3))
        return self.last_id

    def new_key(self) -> str:
        """Return the next registration key, in the form of the document's samples."""
        self.keys_made += 1
        letters = self._turn.random("key", self.keys_made).text(16, _LETTERS)
        return "-".join(letters[i : i + 4] for i in range(0, 16, 4))

    def put_user(self, user: User) -> None:
        """Insert or replace a user, and keep the indexes by id_num and by e-mail right."""
        previous = self.users.get(user.id)
        if previous is not None:
            self.by_id_num.discard(previous.id_num)
            self.by_email.discard(previous.email.lower())
        self.users[user.id] = user
        if user.id_num:
            self.by_id_num[user.id_num] = user.id
        if user.email:
            self.by_email[user.email.lower()] = user.id

    def add_door(self, name: str) -> None:
        """Insert a door with a new core in it."""
        id_ = self.door_names[name] = self.new_id()
        self.doors[id_] = Door(
            id_,
            name,
            f"Core {len(self.doors) + 1}",
            self.state.bridges[0].id,
            clock=DeviceClock(since=self._turn.now, drift=self._turn.drift_of(str(id_))),
            battery=cores.battery(self._turn),
        )


# ---- users


def save_user(draft: Draft, given: dict[str, Any], options: Options) -> Outcome:
    """Insert a user, or update the user that the record matches. Raises InvalidRecord."""
    record = RecordReader(given)
    matches = _matches(draft, record)
    if matches and not options.update_existing:
        return "ignored"
    user = _target(record, matches)
    card = record.card()
    fields = _fields(record)
    levels = record.ids("accesslevels")
    shown = draft.credentials[user.credentials[0]] if user is not None and user.credentials else None
    if card is not UNSET and card in draft.cards and (shown is None or shown.card_num != card):
        record.add_problem(f"Card Number Already Exists: {card}")
    for level in levels or ():
        if level not in draft.state.levels:
            record.add_problem(f"Access Level Not Found: {level}")
    if user is None and not (fields.get("first_name") or fields.get("last_name")):
        record.add_problem("Name is required: first_name, last_name")
    record.raise_if_invalid()
    target = user or User(draft.new_id())
    granted = tuple(levels or ())
    if not options.replace_privileges:
        granted = tuple(dict.fromkeys((*target.levels, *granted)))
    target = replace(target, levels=granted, **fields)
    if card is not UNSET and (shown is None or shown.card_num != card):
        target = _with_card(draft, target, shown, card)
    draft.put_user(target)
    return "inserted" if user is None else "updated"


def _fields(record: RecordReader) -> dict[str, Any]:
    """Read a user's fields, as far as the record has them."""
    email = record.email()
    fields: dict[str, Any] = {
        "email": email,
        "effective": record.date("access_effective"),
        "expires": record.date("access_expires"),
        "enabled": record.flag("enabled"),
        **{name: record.text(name) for name in ("id_num", "first_name", "last_name", "phone", "pin")},
    }
    return {name: value for name, value in fields.items() if value is not UNSET}


def _matches(draft: Draft, record: RecordReader) -> list[User]:
    """Find the users that a record matches: by id_num and by e-mail, or by id if it has neither.

    Raises InvalidRecord for an unknown or invalid id.
    """
    id_num, email = record.given.get("id_num"), record.given.get("email")
    if not id_num and not email:
        number = record.number("id")
        record.raise_if_invalid()
        if number is not UNSET and number not in draft.users:
            raise InvalidRecord([f"User Not Found: {number}"])
        return [] if number is UNSET else [draft.users[number]]
    by_id_num = draft.by_id_num.get(str(id_num)) if id_num else None
    by_email = draft.by_email.get(email.lower()) if isinstance(email, str) else None
    return [draft.users[found] for found in dict.fromkeys((by_id_num, by_email)) if found is not None]


def _target(record: RecordReader, matches: Sequence[User]) -> User | None:
    """Return the user to update; None if the record is a new one. Raises InvalidRecord."""
    id_num, email, number = (record.given.get(name) for name in ("id_num", "email", "id"))
    if len(matches) > 1:
        raise InvalidRecord([f"id_num and email belong to different users: {id_num}, {email}"])
    if matches and matches[0].admin:
        raise InvalidRecord([f"Administrative users cannot be updated: {id_num or email or number}"])
    return matches[0] if matches else None


def _with_card(draft: Draft, user: User, shown: Credential | None, card: str) -> User:
    """Return the user with a new credential, which replaces the one that the user's record showed."""
    credential = Credential(draft.new_id(), card, draft.new_key(), user.id)
    draft.cards[card] = credential.id
    draft.credentials[credential.id] = credential
    if shown is None:
        return replace(user, credentials=(credential.id,))
    draft.cards.discard(shown.card_num)
    draft.credentials.discard(shown.id)
    return replace(user, credentials=(credential.id, *user.credentials[1:]))


# ---- credentials


def reissue_credential(draft: Draft, given: dict[str, Any], options: Options) -> Outcome:
    """Give a credential a new registration key, which must be claimed again. It is named by id or by card_num."""
    record = RecordReader(given)
    number, card = record.number("id"), record.card()
    id_ = number if number is not UNSET else None if card is UNSET else draft.cards.get(card)
    named = None if id_ is None else draft.credentials.get(id_)  # None if it is the card of a fob
    if named is None or draft.users[named.user].admin:
        record.add_problem(f"Credential Not Found: {number if number is not UNSET else card or ''}")
    record.raise_if_invalid()
    assert named is not None, "a credential that is not found is a problem"
    draft.credentials[named.id] = replace(named, key=draft.new_key(), phone=None)
    return "updated"


# ---- doors


def create_door(draft: Draft, given: dict[str, Any], options: Options) -> Outcome:
    """Insert a door. No other door may have its name."""
    record = RecordReader(given)
    name = record.text("name")
    if not isinstance(name, str) or not name.strip():
        record.add_problem("Door Name is required")
    elif name in draft.door_names:
        record.add_problem(f"Door Name Already Exists: {name}")
    record.raise_if_invalid()
    draft.add_door(str(name))
    return "inserted"


# ---- fobs


def create_fob(draft: Draft, given: dict[str, Any], options: Options) -> Outcome:
    """Insert a fob that is assigned to no user."""
    record = RecordReader(given)
    card, name, id_num = record.card(), record.text("name"), record.text("id_num") or ""
    effective, expires = record.date("access_effective"), record.date("access_expires")
    if card is UNSET and not record.problems:
        record.add_problem("card_num is required")
    elif card in draft.cards:
        record.add_problem(f"Card Number Already Exists: {card}")
    if not isinstance(name, str) or not name.strip():
        record.add_problem("Fob Name is required")
    if id_num in draft.fob_nums:
        record.add_problem(f"id_num Already Exists: {id_num}")
    record.raise_if_invalid()
    fob = Fob(draft.new_id(), id_num, str(name), str(card), effective=effective or None, expires=expires or None)
    draft.fobs[fob.id] = fob
    draft.cards[fob.card_num] = fob.id
    if id_num:
        draft.fob_nums[id_num] = fob.id
    return "inserted"


def reassign_fob(draft: Draft, given: dict[str, Any], options: Options) -> Outcome:
    """Assign a fob to another user. Dates in the record replace the fob's own; its own access levels end."""
    record = RecordReader(given)
    fob, user = record.number("id"), record.number("user_id")
    dates = {"effective": record.date("access_effective"), "expires": record.date("access_expires")}
    if not record.problems:
        if given.get("id") is None:
            record.add_problem("id is required")
        elif fob is UNSET or fob not in draft.fobs:
            record.add_problem(f"Fob Not Found: {given['id']}")
        if given.get("user_id") is None:
            record.add_problem("user_id is required")
        elif user is UNSET or user not in draft.users or draft.users[user].admin:
            record.add_problem(f"User Not Found: {given['user_id']}")
    record.raise_if_invalid()
    changes = {name: date for name, date in dates.items() if date is not UNSET}
    draft.fobs[int(fob)] = replace(draft.fobs[int(fob)], user=user, levels=(), **changes)  # type: ignore[arg-type]  # checked above
    return "updated"


APPLY: Mapping[Kind, Callable[[Draft, dict[str, Any], Options], Outcome]] = {
    "users": save_user,
    "uservalidate": save_user,
    "doors": create_door,
    "fobs": create_fob,
    "reassign": reassign_fob,
    "credentials": reissue_credential,
}
"""kind of batch → the function that applies one of its records."""
