"""Users, their credentials, fobs and doors: what a batch makes of each of its records.

A batch works on a `Draft`: copies of the tables, whose records are values. Records are taken one after another, each
judged by what those before it have done, so that the second of two with one card number fails. `commit` puts the
tables in place; a draft that is dropped has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec import UNSET
from msgspec.structs import replace

from locksim.engine.turn import Turn
from locksim.lockt.records import Invalid, Record
from locksim.lockt.serialization import Options
from locksim.lockt.state import FULL, Battery, Credential, Door, Fob, State, User

__all__ = ["TAKES", "Done", "Draft"]

Done = Literal["inserted", "updated", "ignored"]

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Draft:
    """The tables as a batch would leave them. See the module."""

    def __init__(self, turn: Turn, state: State) -> None:
        self._turn, self.state = turn, state
        self.users, self.credentials = dict(state.users), dict(state.credentials)
        self.fobs, self.doors = dict(state.fobs), dict(state.doors)
        self.last_id, self.keys_made = state.last_id, state.keys_made
        self.by_id_num = {user.id_num: user.id for user in self.users.values() if user.id_num}
        self.by_email = {user.email.lower(): user.id for user in self.users.values() if user.email}
        self.cards = {c.card_num for c in self.credentials.values()} | {f.card_num for f in self.fobs.values()}
        self.door_names = {door.name for door in self.doors.values()}
        self.fob_nums = {fob.id_num for fob in self.fobs.values() if fob.id_num}

    def commit(self) -> None:
        """Put everything in place."""
        state = self.state
        state.users, state.credentials, state.fobs, state.doors = self.users, self.credentials, self.fobs, self.doors
        state.last_id, state.keys_made = self.last_id, self.keys_made

    def new_id(self) -> int:
        """The next id; there are gaps, since other things of the instance take ids too."""
        self.last_id += 1 + self._turn.random("id", self.last_id).pick((0, 0, 1, 3))
        return self.last_id

    def new_key(self) -> str:
        """The next registration key, in the form of the samples."""
        self.keys_made += 1
        letters = self._turn.random("key", self.keys_made).text(16, _LETTERS)
        return "-".join(letters[i : i + 4] for i in range(0, 16, 4))

    def put(self, user: User) -> None:
        """A user, new or changed. What led to the one before no longer does."""
        was = self.users.get(user.id)
        if was is not None:
            self.by_id_num.pop(was.id_num, None)
            self.by_email.pop(was.email.lower(), None)
        self.users[user.id] = user
        if user.id_num:
            self.by_id_num[user.id_num] = user.id
        if user.email:
            self.by_email[user.email.lower()] = user.id

    def new_door(self, name: str) -> None:
        """A door with a new core in it."""
        self.door_names.add(name)
        key = self.new_id()
        self.doors[key] = Door(
            key, name, f"Core {len(self.doors) + 1}", self.state.bridges[0].id, battery=Battery(FULL, self._turn.now)
        )


# ---- users


def take_user(draft: Draft, given: dict[str, Any], options: Options) -> Done:
    """Insert a user, or update the one whom the record matches. Raises Invalid."""
    record = Record(given)
    user = _match(draft, record)
    if user is not None and not options.update_existing:
        return "ignored"
    card = record.card()
    found = _fields(record)
    levels = record.ids("accesslevels")
    held = draft.credentials[user.credentials[0]] if user is not None and user.credentials else None
    if card is not UNSET and card in draft.cards and (held is None or held.card_num != card):
        record.object(f"Card Number Already Exists: {card}")
    for level in levels or ():
        if level not in draft.state.levels:
            record.object(f"Access Level Not Found: {level}")
    if user is None and not (found.get("first_name") or found.get("last_name")):
        record.object("Name is required: first_name, last_name")
    record.judge()
    target = user or User(draft.new_id())
    granted = tuple(levels or ())
    if not options.replace_privileges:
        granted = tuple(dict.fromkeys((*target.levels, *granted)))
    target = replace(target, levels=granted, **found)
    if card is not UNSET and (held is None or held.card_num != card):
        target = _with_card(draft, target, held, card)
    draft.put(target)
    return "inserted" if user is None else "updated"


def _fields(record: Record) -> dict[str, Any]:
    """The fields of a user that came; what is wrong is noted in the record."""
    email = record.email()
    found: dict[str, Any] = {
        "email": email,
        "effective": record.date("access_effective"),
        "expires": record.date("access_expires"),
        "enabled": record.flag("enabled"),
        **{name: record.text(name) for name in ("id_num", "first_name", "last_name", "phone", "pin")},
    }
    return {name: value for name, value in found.items() if value is not UNSET}


def _match(draft: Draft, record: Record) -> User | None:
    """The user whom a record means: by id_num, then by e-mail; by id only when it has neither. Raises Invalid."""
    id_num, email, number = (record.given.get(name) for name in ("id_num", "email", "id"))
    by_id_num = draft.by_id_num.get(str(id_num)) if id_num else None
    by_email = draft.by_email.get(email.lower()) if isinstance(email, str) and email else None
    if by_id_num is not None and by_email is not None and by_id_num != by_email:
        raise Invalid([f"id_num and email belong to different users: {id_num}, {email}"])
    found = by_id_num if by_id_num is not None else by_email
    if found is None and not id_num and not email and number is not None:
        found = Record(record.given).number("id") or None
        if found is not None and found not in draft.users:
            raise Invalid([f"User Not Found: {found}"])
    user = None if found is None else draft.users[found]
    if user is not None and user.admin:
        raise Invalid([f"Administrative users cannot be updated: {id_num or email or number}"])
    return user


def _with_card(draft: Draft, user: User, held: Credential | None, card: str) -> User:
    """The user with a new credential, in the place of the one that the record showed."""
    credential = Credential(draft.new_id(), card, draft.new_key(), user.id)
    draft.cards.add(card)
    draft.credentials[credential.id] = credential
    if held is None:
        return replace(user, credentials=(credential.id,))
    draft.cards.discard(held.card_num)
    del draft.credentials[held.id]
    return replace(user, credentials=(credential.id, *user.credentials[1:]))


# ---- credentials


def take_credential(draft: Draft, given: dict[str, Any], options: Options) -> Done:
    """Reissue: a new registration key, to be claimed anew. The credential is named by id, or by card_num."""
    record = Record(given)
    number, card = record.number("id"), record.card()
    named = [c for c in draft.credentials.values() if c.id == number or (number is UNSET and c.card_num == card)]
    if not named:
        record.object(f"Credential Not Found: {number if number is not UNSET else card or ''}")
    record.judge()
    draft.credentials[named[0].id] = replace(named[0], key=draft.new_key(), phone=None)
    return "updated"


# ---- doors


def take_door(draft: Draft, given: dict[str, Any], options: Options) -> Done:
    """Insert a door: its name must be its own."""
    record = Record(given)
    name = record.text("name")
    if not isinstance(name, str) or not name.strip():
        record.object("Door Name is required")
    elif name in draft.door_names:
        record.object(f"Door Name Already Exists: {name}")
    record.judge()
    draft.new_door(str(name))
    return "inserted"


# ---- fobs


def take_fob(draft: Draft, given: dict[str, Any], options: Options) -> Done:
    """Insert a fob, assigned to nobody yet."""
    record = Record(given)
    card, name, id_num = record.card(), record.text("name"), record.text("id_num") or ""
    effective, expires = record.date("access_effective"), record.date("access_expires")
    if card is UNSET and not record.problems:
        record.object("card_num is required")
    elif card in draft.cards:
        record.object(f"Card Number Already Exists: {card}")
    if not isinstance(name, str) or not name.strip():
        record.object("Fob Name is required")
    if id_num in draft.fob_nums:
        record.object(f"id_num Already Exists: {id_num}")
    record.judge()
    fob = Fob(draft.new_id(), id_num, str(name), str(card), effective=effective or None, expires=expires or None)
    draft.fobs[fob.id] = fob
    draft.cards.add(fob.card_num)
    if id_num:
        draft.fob_nums.add(id_num)
    return "inserted"


def reassign_fob(draft: Draft, given: dict[str, Any], options: Options) -> Done:
    """Give a fob to another user; dates that come replace its own."""
    record = Record(given)
    fob, user = record.number("id"), record.number("user_id")
    dates = {"effective": record.date("access_effective"), "expires": record.date("access_expires")}
    if not record.problems:
        if fob is UNSET or fob not in draft.fobs:
            record.object(f"Fob Not Found: {given.get('id', '')}")
        if user is UNSET or user not in draft.users or draft.users[user].admin:
            record.object(f"User Not Found: {given.get('user_id', '')}")
    record.judge()
    came = {name: date for name, date in dates.items() if date is not UNSET}
    draft.fobs[int(fob)] = replace(draft.fobs[int(fob)], user=user, **came)  # type: ignore[arg-type]  # judged above
    return "updated"


TAKES: Mapping[str, Callable[[Draft, dict[str, Any], Options], Done]] = {
    "users": take_user,
    "uservalidate": take_user,
    "doors": take_door,
    "fobs": take_fob,
    "reassign": reassign_fob,
    "credentials": take_credential,
}
"""kind of batch → what takes one of its records."""
