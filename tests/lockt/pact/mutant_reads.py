"""Client mutants of what is only read: credentials, schedules and events, on bad days too."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from lockpact.lockt.port import (
    Credential,
    CredentialError,
    Event,
    News,
    NotThere,
    Receipt,
    Rejected,
    Schedule,
    Status,
    Unavailable,
    User,
    UserRecord,
)
from lockpact.lockt.reference import Reference
from tests.lockt.pact.mutants import client

LOG = logging.getLogger("a.client")


@client("LT-READ-2")
class RemembersTheSchedules(Reference):
    """Reads the schedules once, though the office may change them."""

    _kept: Sequence[Schedule] | None = None

    def schedules(self) -> Sequence[Schedule]:
        if self._kept is None:
            self._kept = super().schedules()
        return self._kept


@client("LT-LIST-1")
class FailedCredentialsAreNone(Reference):
    """Takes a failed list of credentials for an empty one."""

    def credentials(self) -> Sequence[Credential]:
        try:
            return super().credentials()
        except Unavailable:
            return []


@client("LT-LIST-1")
class FailedSchedulesAreOld(Reference):
    """Returns the schedules that it read last when they cannot be read now."""

    _kept: Sequence[Schedule] = ()

    def schedules(self) -> Sequence[Schedule]:
        try:
            self._kept = super().schedules()
        except Unavailable:
            return self._kept
        return self._kept


@client("LT-EVENT-4")
class EventCardIsANumber(Reference):
    """Reads the card of an event as a number, which has no leading zeros."""

    def _event(self, entry: dict[str, Any]) -> Event:
        event = super()._event(entry)
        return replace(event, card_num=str(int(event.card_num))) if event.card_num.isdigit() else event


@client("LT-START-1")
class RefusedForGood(Reference):
    """Asks never again once its credentials were refused."""

    _refusal: CredentialError | None = None

    def _send(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        if self._refusal is not None:
            raise self._refusal
        try:
            return super()._send(method, path, body, params)
        except CredentialError as refused:
            self._refusal = refused
            raise


@client("LT-DISABLE-1")
class LooksAndBelieves(Reference):
    """Reads the user whose access it ended, and does not compare."""

    def end_access(self, user: int, at: datetime) -> None:
        with suppress(Rejected):
            super().end_access(user, at)


class _Seen(Reference):
    """Changes each user: `seen` returns another one."""

    def seen(self, user: User) -> User:
        raise NotImplementedError

    def _user(self, entry: dict[str, Any]) -> User:
        return self.seen(super()._user(entry))


@client("LT-READ-1")
class IdNumIsANumber(_Seen):
    """Reads an id number as a number, which has no leading zeros."""

    def seen(self, user: User) -> User:
        return replace(user, id_num=str(int(user.id_num))) if user.id_num.isdigit() else user


@client("LT-READ-1")
class NoLevelsAreUnknown(_Seen):
    """Does not tell a user without access levels from an answer without them."""

    def seen(self, user: User) -> User:
        return replace(user, levels=user.levels or None)


@client("LT-EVENT-4")
class GrantedUnlessDenied(Reference):
    """Takes every event but a denial for an entry."""

    def _event(self, entry: dict[str, Any]) -> Event:
        return replace(super()._event(entry), granted=entry.get("code") != 49)


@client("LT-SECRET-1")
class LogsRegistrationKeys(Reference):
    """Logs the credentials that it reads."""

    def credentials(self) -> Sequence[Credential]:
        found = super().credentials()
        for one in found:
            LOG.info("credential %s of user %s: %s", one.id, one.user, one.key)
        return found


@client("LT-IGNORED-1")
class RemembersWhoExists(Reference):
    """Looks up the existing users at the first batch only, though others create some, too."""

    _existing: list[dict[str, Any]] | None = None
    _saving = False

    def _read(self, path: str, **params: Any) -> list[dict[str, Any]]:
        if not self._saving or path != "/user":
            return super()._read(path, **params)
        if self._existing is None:
            self._existing = super()._read(path, **params)
        return self._existing

    def save_users(self, records: Sequence[UserRecord], update: bool, replace: bool) -> Sequence[Receipt]:
        self._saving = True
        try:
            return super().save_users(records, update, replace)
        finally:
            self._saving = False


@client("LT-READ-2")
class HidesEmptySchedules(Reference):
    """Leaves out the schedules that are open on no day."""

    def schedules(self) -> Sequence[Schedule]:
        return [one for one in super().schedules() if any(one.days)]


@client("LT-EVENT-1")
class LossAtFirst(Reference):
    """Reports a loss at the first read, as the ids do not begin with 1."""

    def read_events(self, cursor: str | None) -> News:
        news = super().read_events(cursor)
        return replace(news, lost=True) if cursor is None and news.events else news


@client("LT-LIST-1")
class MissingIsEmpty(Reference):
    """Takes HTTP 404 to a list for an empty list."""

    def _read(self, path: str, **params: Any) -> list[dict[str, Any]]:
        if path == "/nextcardnum":
            return super()._read(path, **params)
        with suppress(NotThere):
            return super()._read(path, **params)
        return []


@client("LT-SAVE-1")
class OneDoorWhateverCase(Reference):
    """Takes names that differ by case only for one door, and says that both are saved."""

    def create_doors(self, names: Sequence[str]) -> Sequence[Receipt]:
        one_each = {name.lower(): name for name in reversed(names)}
        receipts = {receipt.key: receipt for receipt in super().create_doors([*one_each.values()])}
        return [receipts.get(name, Receipt(name, Status.SAVED)) for name in names]
