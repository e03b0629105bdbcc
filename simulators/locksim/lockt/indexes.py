"""Find users, cards and fobs without searching the tables, and change the tables of a batch together.

1. The tables of the state hold the records. `Indexes` say which record has a value; they are computed when they are needed
   first, follow each change, and are not part of the saved state. `check` compares them with the tables.
2. Tables that have been replaced as a whole, by another state, get new indexes.
3. An `Overlay` is a table or an index as a batch would leave it. The batch changes what it names, so its cost does not grow
   with the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from locksim.lockt.state import Credential, Fob, State

__all__ = ["Indexes", "Overlay", "check", "indexes_of"]

K = TypeVar("K")
V = TypeVar("V")


class Indexes:
    """Value → id of the record that has it. Empty values are left out, since several records may have none."""

    def __init__(self, state: State) -> None:
        self._tables = (state.users, state.credentials, state.fobs, state.doors)
        users, credentials, fobs, doors = self._tables
        self.id_nums = {user.id_num: user.id for user in users.values() if user.id_num}
        self.emails = {user.email.lower(): user.id for user in users.values() if user.email}
        self.cards = {card: fob.id for fob in fobs.values() for card in fob.cards if card}
        self.cards.update((one.card_num, one.id) for one in credentials.values() if one.card_num)
        self.fob_nums = {fob.id_num: fob.id for fob in fobs.values() if fob.id_num}
        self.door_names = {door.name: door.id for door in doors.values()}
        self._highest: int | None = None

    def fit(self, state: State) -> bool:
        """Return whether these are the indexes of the state's tables."""
        tables = (state.users, state.credentials, state.fobs, state.doors)
        return all(mine is its for mine, its in zip(self._tables, tables, strict=True))

    def holder(self, card: str) -> Credential | Fob | None:
        """Return the credential or fob with this card number, or None."""
        _, credentials, fobs, _ = self._tables
        id_ = self.cards.get(card, 0)
        if not card:  # several fobs may have no number
            return next((fob for fob in fobs.values() if card in fob.cards), None)
        return credentials.get(id_) or fobs.get(id_)

    @property
    def highest_card(self) -> int:
        """The highest card number; 0 without cards."""
        if self._highest is None:
            self._highest = max(map(int, self.cards), default=0)
        return self._highest

    def note_cards(self, added: Iterable[str], removed: Iterable[str]) -> None:
        """Keep `highest_card` right. Only without the highest of all cards must all be compared again."""
        if self._highest is not None:
            gone = any(int(card) == self._highest for card in removed)
            self._highest = None if gone else max((self._highest, *map(int, added)))


def indexes_of(state: State) -> Indexes:
    """Return the indexes of the state's tables."""
    found: Indexes | None = vars(state).get("indexes")
    if found is None or not found.fit(state):
        found = vars(state)["indexes"] = Indexes(state)
    return found


def check(state: State) -> None:
    """Raise AssertionError if the indexes do not say what the tables say."""
    found: Indexes | None = vars(state).get("indexes")
    if found is None or not found.fit(state):
        return
    fresh = Indexes(state)
    for name in ("id_nums", "emails", "cards", "fob_nums", "door_names"):
        assert getattr(found, name) == getattr(fresh, name), f"the index {name} is out of date"
    assert found._highest in (None, fresh.highest_card), "the highest card number is out of date"


class Overlay(Generic[K, V]):
    """A dict with changes, which reach it with `commit`. Its order is that of a dict to which they are made at once."""

    def __init__(self, base: dict[K, V]) -> None:
        self._base = base
        self.changed: dict[K, V] = {}
        self.removed: set[K] = set()

    def get(self, key: K) -> V | None:
        """Return the value of this key, or None."""
        if key in self.changed:
            return self.changed[key]
        return None if key in self.removed else self._base.get(key)

    def __getitem__(self, key: K) -> V:
        if key not in self:
            raise KeyError(key)
        return self.changed[key] if key in self.changed else self._base[key]

    def __setitem__(self, key: K, value: V) -> None:
        self.changed[key] = value

    def __contains__(self, key: object) -> bool:
        return key in self.changed or (key in self._base and key not in self.removed)

    def __len__(self) -> int:
        new = sum(key not in self._base for key in self.changed)
        gone = sum(key not in self.changed for key in self.removed)
        return len(self._base) + new - gone

    def discard(self, key: K) -> None:
        """Remove this key, if there is such a key."""
        self.changed.pop(key, None)
        if key in self._base:
            self.removed.add(key)

    def commit(self) -> None:
        """Make the changes in the dict itself."""
        for key in self.removed:
            del self._base[key]
        self._base.update(self.changed)
