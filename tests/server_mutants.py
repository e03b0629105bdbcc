"""Simulators with one error in their source, for `lockpact conform`.

A `SourceMutant` replaces one piece of text in one module of a vendor. `altered` imports the vendor's package once more under
another name, with that change. The package itself stays unchanged: `conform` compares the server with it. The mutants were
written from the vendors' documents and the rules of FIDELITY.md, before anybody looked at what finds them. `FIRST` is the set
that `conform` was strengthened with, and `SECOND` the one that it was measured with afterwards. `THIRD` was written before
there were probes at the end of each example, and `FOURTH` before drift sent changed requests.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from locksim.engine.vendor import Vendor

__all__ = ["FIRST", "FOURTH", "SECOND", "THIRD", "SourceMutant", "altered"]


@dataclass(frozen=True)
class SourceMutant:
    """One change of one module of a vendor."""

    name: str
    vendor: str
    module: str
    """Within the vendor's package: `bridge`, `rules.accesses`."""
    old: str
    """A text that occurs once in the module."""
    new: str
    sentence: str


class _Loader(importlib.abc.SourceLoader):
    """Loads a module from its source, under the package's other name and perhaps with the change."""

    def __init__(self, path: str, package: str, name: str, mutant: SourceMutant | None) -> None:
        self._path, self._package, self._name, self._mutant = path, package, name, mutant

    def get_filename(self, fullname: str) -> str:
        return self._path

    def get_data(self, path: str | bytes) -> bytes:
        source = Path(self._path).read_text(encoding="utf-8")
        if self._mutant is not None:
            found = source.count(self._mutant.old)
            assert found == 1, (
                f"{self._mutant.name}: its text is {found} times in {self._path}; bring the mutant up to date"
            )
            source = source.replace(self._mutant.old, self._mutant.new)
        return source.replace(self._package, self._name).encode()

    def path_stats(self, path: str) -> dict[str, int]:
        raise OSError("there is no bytecode of a changed source")


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of a vendor's package under another name."""

    def __init__(self, name: str, mutant: SourceMutant) -> None:
        self._name, self._mutant = name, mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not f"{fullname}.".startswith(f"{self._name}."):
            return None
        package = f"locksim.{self._mutant.vendor}"
        within = fullname.removeprefix(self._name).removeprefix(".")
        real = importlib.util.find_spec(f"{package}.{within}".removesuffix("."))
        assert real is not None, f"there is no module {within} in {package}"
        assert real.origin is not None
        mutant = self._mutant if within == self._mutant.module else None
        return importlib.util.spec_from_file_location(
            fullname,
            real.origin,
            loader=_Loader(real.origin, package, self._name, mutant),
            submodule_search_locations=real.submodule_search_locations,
        )


def altered(mutant: SourceMutant) -> Vendor:
    """Return the vendor with this change. The package itself stays as it is."""
    name = f"locksim.{mutant.name}_altered"
    sys.meta_path.insert(0, _Finder(name, mutant))
    importlib.import_module(f"{name}.{mutant.module}")
    vendor: Vendor = importlib.import_module(name).VENDOR
    return vendor


FIRST: tuple[SourceMutant, ...] = (
    # ---- Nuki
    SourceMutant(
        "nuki_short_window", "nuki", "bridge", "WINDOW = 30 * SECOND", "WINDOW = 20 * SECOND",
        "Closes the window of /auth after 20 seconds.",
    ),
    SourceMutant(
        "nuki_highest_slot", "nuki", "operations", "callbacks.insert(free[0], Callback(free[0], url))",
        "callbacks.append(Callback(free[-1], url))", "Puts a callback into the highest free slot.",
    ),
    SourceMutant(
        "nuki_silent_latch", "nuki", "bluetooth", "if before is None or before.state is known.state:",
        'if before is None or before.state is known.state or known.state.name == "UNLATCHED":',
        "Sends no callback when the door is unlatched.",
    ),
    SourceMutant(
        "nuki_unlatch_locks", "nuki", "motor_sequences", "LockAction.UNLATCH: (*_UNLATCH, Phase(LockState.UNLOCKED)),",
        "LockAction.UNLATCH: (*_UNLATCH, Phase(LockState.LOCKED)),", "Ends an unlatch in locked.",
    ),
    SourceMutant(
        "nuki_jam_is_fine", "nuki", "motor",
        "answer_caller(turn, lock, serialization.render_action(success=False, critical=lock.critical(turn.now)))\n        stop",
        "answer_caller(turn, lock, serialization.render_action(success=True, critical=lock.critical(turn.now)))\n        stop",
        "Answers success when the motor is blocked.",
    ),
    SourceMutant(
        "nuki_slots_move_up", "nuki", "operations",
        'callbacks[:] = [callback for callback in callbacks if callback.id != arguments["id"]]',
        'callbacks[:] = [Callback(n, c.url) for n, c in enumerate(c for c in callbacks if c.id != arguments["id"])]',
        "Numbers the remaining callbacks anew when one is removed.",
    ),
    # ---- Nokē
    SourceMutant(
        "noke_fewer_places", "noke", "state", "PLACES_MAX = 100\n", "PLACES_MAX = 50\n",
        "Has 50 places for offline keys and quick clicks.",
    ),
    SourceMutant(
        "noke_activity_newest_first", "noke", "operations.activity", "lines = filter(fits, context.database.activity)",
        "lines = filter(fits, context.database.activity[::-1])", "Lists activity newest first.",
    ),
    SourceMutant(
        "noke_after_is_exclusive", "noke", "operations.activity", "line.recorded >= after", "line.start > after",
        "Filters activity by when it happened.",
    ),
    SourceMutant(
        "noke_revoked_at_once", "noke", "offline_keys", '        if place.valid:\n            place.apply("revoke")\n\n\n# ---- fobs',
        '        if place.valid:\n            place.apply("revoke")\n            place.apply("confirm")\n\n\n# ---- fobs',
        "Frees the place of a revoked key at once, before any lock knows it.",
    ),
    SourceMutant(
        "noke_uses_stay", "noke", "sync", "        click.uses = event.left\n", "        pass\n",
        "Does not count the uses of quick clicks.",
    ),
    SourceMutant(
        "noke_keys_stay_after_reset", "noke", "offline_keys", '            place.generation += 1\n            place.apply("reset")',
        '            place.apply("reset")', "Keeps the offline keys of a lock that was reset.",
    ),
    # ---- Lockt
    SourceMutant(
        "lockt_events_oldest_first", "lockt", "events", "return state.events[first:count][::-1]",
        "return state.events[first:count]", "Lists events oldest first.",
    ),
    SourceMutant(
        "lockt_event_again", "lockt", "events", "first = max(first, bisect_right(state.events, after, key=lambda event: event.id))",
        "first = max(first, bisect_right(state.events, after - 1, key=lambda event: event.id))",
        "Lists the event of the given id once more.",
    ),
    SourceMutant(
        "lockt_adds_levels", "lockt", "serialization", "replace_privileges: bool = True", "replace_privileges: bool = False",
        "Adds access levels by default, instead of replacing them.",
    ),
    SourceMutant(
        "lockt_expires_a_second_late", "lockt", "access", "now >= record.expires", "now > record.expires + 3_600_000_000",
        "Lets a card in for an hour after its end.",
    ),
    SourceMutant(
        "lockt_reissued_stays_claimed", "lockt", "changes", "replace(named, key=draft.new_key(), phone=None)",
        "replace(named, key=draft.new_key())", "Keeps a credential claimed when its key is issued again.",
    ),
    SourceMutant(
        "lockt_half_a_batch", "lockt", "batches", "if errors and (options.validate_fails_batch or len(errors) == len(records)):",
        "if errors and len(errors) == len(records):", "Applies the valid part of a batch by default.",
    ),
    # ---- Codelocks
    SourceMutant(
        "codelocks_days_are_one_longer", "codelocks", "durations", "Duration(n, *STANDARD, n - 11, 0, MODELS)",
        "Duration(n, *STANDARD, n - 10, 0, MODELS)", "Makes codes of days one day longer.",
    ),
    SourceMutant(
        "codelocks_month_of_local_time", "codelocks", "state", "return self if self.month == month else Usage(month)",
        "return self", "Never begins a new month's quota.",
    ),
    SourceMutant(
        "codelocks_suspended_opens", "codelocks", "clients", 'if client.status != "ACTIVE":', 'if client.status not in ("ACTIVE", "SUSPENDED"):',
        "Lets a suspended client open.",
    ),
    SourceMutant(
        "codelocks_once_and_again", "codelocks", "clients", 'change_status(lock, client, "open_once")', "pass",
        "Lets a one-time client open again.",
    ),
    SourceMutant(
        "codelocks_audit_unreported", "codelocks", "clients", "    lock.reported, lock.synced_at, lock.synced_charge = len(lock.events), now, lock.charge.left(now)",
        "    lock.reported, lock.synced_at, lock.synced_charge = max(lock.reported, len(lock.events) - 1), now, lock.charge.left(now)",
        "Does not report the latest event of a lock.",
    ),
    SourceMutant(
        "codelocks_random_id_is_fixed", "codelocks", "operations", 'turn.random("identifier", state.identifiers_made).text(6, "0123456789")',
        "keypad.DEFAULT_IDENTIFIER", "Makes no random identifier.",
    ),
    # ---- RemoteLock
    SourceMutant(
        "remotelock_refresh_again", "remotelock", "oauth", "    del table.refreshes[token]\n", "", "Takes a refresh token more than once.",
    ),
    SourceMutant(
        "remotelock_short_tokens", "remotelock", "oauth", "return self.created_at + TOKEN_LIFETIME",
        "return self.created_at + TOKEN_LIFETIME // 24", "Lets a token expire after five minutes, and says 7200 s.",
    ),
    SourceMutant(
        "remotelock_page_overlaps", "remotelock", "page_request", "return (self.number - 1) * self.size",
        "return max(0, (self.number - 1) * self.size - 1)", "Repeats the last item of a page on the next one.",
    ),
    SourceMutant(
        "remotelock_pin_twice", "remotelock", "rules.persons", 'in ("upcoming", "current")\n', 'in ("current",)\n',
        "Gives a PIN that an upcoming guest has.",
    ),
    SourceMutant(
        "remotelock_webhook_once", "remotelock", "notifications", "    if hours < RETRIES:\n", "    if hours < 1:\n",
        "Retries a webhook once, then deactivates it.",
    ),
    SourceMutant(
        "remotelock_revoked_stays", "remotelock", "rules.accesses",
        "    context.collections.accesses.remove(access.id)\n    _update_after(context, context.account.persons[access.person_id], access)",
        "    context.collections.accesses.remove(access.id)\n    context.collections.save_person(context.account.persons[access.person_id], context.turn.now)",
        "Does not tell the locks of a revoked access.",
    ),
)  # fmt: skip

SECOND: tuple[SourceMutant, ...] = (
    # ---- Nuki
    SourceMutant(
        "nuki_auth_stays_on", "nuki", "operations", 'bridge.set_auth(context.turn, context.bridge, on=arguments["enable"])',
        "bridge.set_auth(context.turn, context.bridge, on=True)", "Never disables /auth.",
    ),
    SourceMutant(
        "nuki_always_waits", "nuki", "operations", "    if not wait:\n", "    if not wait and action is LockAction.LOCK:\n",
        "Ignores noWait, but for lock.",
    ),
    SourceMutant(
        "nuki_new_token", "nuki", "bridge", "    if bridge.token is None:\n", "    if True:\n", "Makes a new token at each press of the button.",
    ),
    SourceMutant(
        "nuki_reads_through", "nuki", "operations", "if not lock.reachable(context.turn.now):", "if False:",
        "Answers for a lock that is offline.",
    ),
    SourceMutant(
        "nuki_log_oldest_first", "nuki", "operations", "newest_first = context.bridge.log[::-1]", "newest_first = context.bridge.log[:]",
        "Lists the log oldest first.",
    ),
    SourceMutant(
        "nuki_reboots_forever", "nuki", "bridge", "BOOT = 30 * SECOND", "BOOT = 300 * SECOND", "Takes five minutes to restart.",
    ),
    # ---- Nokē
    SourceMutant(
        "noke_other_case", "noke", "operations.activity", "{mac.upper() for mac in", "{mac.lower() for mac in",
        "Finds no activity by MAC.",
    ),
    SourceMutant(
        "noke_quiet_shown", "noke", "operations.activity", "line.action not in QUIET if actions is None", "True if actions is None",
        "Lists the quiet actions unasked.",
    ),
    SourceMutant(
        "noke_fob_keeps_place", "noke", "offline_keys", '            base.lock(held.lock).place(held.place).apply("revoke")',
        "            pass", "Keeps the place of a credential that was taken from a fob.",
    ),
    SourceMutant(
        "noke_click_uses_add_up", "noke", "offline_keys", "click.version, click.uses, click.start_uses, click.pending = lock.versions, uses, uses, True",
        "click.version, click.uses, click.start_uses, click.pending = lock.versions, max(uses, click.uses), uses, True",
        "Gives an existing code no fewer uses than it had.",
    ),
    SourceMutant(
        "noke_battery_stays", "noke", "sync", "    lock.internal_battery = battery_of(session)\n", "", "Does not read the battery from the session.",
    ),
    SourceMutant(
        "noke_tracking_key_lost", "noke", "sync", "        return sent.tracking_key\n", '        return ""\n',
        "Loses the tracking key of online unlocks.",
    ),
    # ---- Lockt
    SourceMutant(
        "lockt_ignores_email", "lockt", "changes", "draft.by_email.get(email.lower()) if isinstance(email, str) else None", "None",
        "Matches no user by e-mail.",
    ),
    SourceMutant(
        "lockt_updates_unasked", "lockt", "changes", "if matches and not options.update_existing:", "if False:",
        "Updates existing users unasked.",
    ),
    SourceMutant(
        "lockt_fob_keeps_levels", "lockt", "changes", "user=user, levels=(), **changes", 'user=user, **changes | {"enabled": True}',
        "Enables a fob that is reassigned.",
    ),
    SourceMutant(
        "lockt_new_key_each_time", "lockt", "changes", "    if card is not UNSET and (shown is None or shown.card_num != card):\n        target = _with_card",
        "    if card is not UNSET:\n        target = _with_card", "Makes a new credential key at each update.",
    ),
    SourceMutant(
        "lockt_cache_is_short", "lockt", "events", "first = max(0, count - state.event_cache)", "first = max(0, count - 10)",
        "Keeps ten events.",
    ),
    SourceMutant(
        "lockt_validates_for_good", "lockt", "batches", 'if kind != "uservalidate":', "if True:", "Commits what should only be validated.",
    ),
    # ---- Codelocks
    SourceMutant(
        "codelocks_hour_later", "codelocks", "netcode", "if period is None or not period[1] <= now <", "if period is None or not period[1] + HOUR <= now <",
        "Opens for a code from an hour after its start.",
    ),
    SourceMutant(
        "codelocks_restores_all", "codelocks", "state", '"SUSPENDED": {"RESTORE": "ACTIVE", "delete": None},',
        '"SUSPENDED": {"RESTORE": "INVITED", "delete": None},', "Invites a suspended client again, instead of restoring it.",
    ),
    SourceMutant(
        "codelocks_put_adds", "codelocks", "operations", 'arguments["client"].periods = arguments["periods"]',
        'arguments["client"].periods = [n if n.enabled else o for o, n in zip(arguments["client"].periods, arguments["periods"])]',
        "Keeps the enabled periods that a PUT disables.",
    ),
    SourceMutant(
        "codelocks_invites_twice", "codelocks", "clients", "if any(client.email.lower() == email.lower() for client in lock.clients):", "if False:",
        "Invites a person twice.",
    ),
    SourceMutant(
        "codelocks_delete_suspends", "codelocks", "operations", 'clients.change_status(arguments["lock"], arguments["client"], "delete")',
        'arguments["client"].status = "SUSPENDED"', "Suspends a client instead of deleting it.",
    ),
    SourceMutant(
        "codelocks_utility_is_netcode", "codelocks", "state", '        if quota == "netcode":\n            self.usage.netcode += 1',
        "        if True:\n            self.usage.netcode += 1", "Counts every call as a NetCode call.",
    ),
    # ---- RemoteLock
    SourceMutant(
        "remotelock_rate_of_100", "remotelock", "rate_limit", "    if rate.used >= LIMIT:", "    if rate.used >= LIMIT - 20:",
        "Refuses after 100 requests of a minute.",
    ),
    SourceMutant(
        "remotelock_one_page_of_25", "remotelock", "page_request", 'min(50, max(1, numbers["per_page"]))', 'min(25, max(1, numbers["per_page"]))',
        "Lists at most 25 items on a page.",
    ),
    SourceMutant(
        "remotelock_expired_current", "remotelock", "account", 'return "expired" if now >= end else', 'return "expired" if now >= end + 86_400_000_000 else',
        "Lets a guest be current for a day after the end.",
    ),
    SourceMutant(
        "remotelock_code_again", "remotelock", "oauth", "    found.used = True\n", "", "Exchanges a code more than once.",
    ),
    SourceMutant(
        "remotelock_inactive_told", "remotelock", "notifications", "if subscriber.active]", "]", "Notifies subscribers that are not active.",
    ),
    SourceMutant(
        "remotelock_grants_stay", "remotelock", "hardware.grants", "if person.deactivated or (end is not None and end <= now):",
        "if end is not None and end <= now:", "Lets a deactivated person in.",
    ),
)  # fmt: skip

THIRD: tuple[SourceMutant, ...] = (
    # ---- Nuki
    SourceMutant(
        "nuki_first_receiver_only", "nuki", "bluetooth",
        "receivers = bridge.callbacks[:1] if turn.profile == serialization.OBSERVED else bridge.callbacks", "receivers = bridge.callbacks[:1]",
        "Sends a callback to the first registered URL only.",
    ),
    SourceMutant(
        "nuki_never_relocks", "nuki", "motor_sequences", "_GO = (Phase(LockState.LOCK_N_GO, 20 * SECOND), *_LOCK)",
        "_GO = (Phase(LockState.LOCK_N_GO),)", "Does not lock again after lock 'n' go.",
    ),
    SourceMutant(
        "nuki_reset_keeps_callbacks", "nuki", "bridge", "    bridge.callbacks, bridge.log = [], []\n", "    bridge.log = []\n",
        "Keeps the callbacks at a factory reset.",
    ),
    SourceMutant(
        "nuki_does_not_wait", "nuki", "operations", '_flag("noWait", default=False)', '_flag("noWait", default=True)',
        "Takes noWait for set when it is missing.",
    ),
    SourceMutant(
        "nuki_log_is_kept", "nuki", "operations", "    context.bridge.log.clear()\n", "", "Deletes nothing from the log at /clearlog.",
    ),
    SourceMutant(
        "nuki_state_from_memory", "nuki", "operations", "    bluetooth.read_state(context.turn, context.bridge, lock)\n", "",
        "Answers /lockState from memory, without reading the lock.",
    ),
    # ---- Nokē
    SourceMutant(
        "noke_event_twice", "noke", "sync", "new = [event for event in report.events if event.n > lock.last_event]",
        "new = list(report.events)", "Writes an event into the activity again when its report comes again.",
    ),
    SourceMutant(
        "noke_fob_never_synced", "noke", "sync", '            held.status = "synced"\n', "            pass\n",
        "Shows a fob's credential as pending after its sync.",
    ),
    SourceMutant(
        "noke_unshackles_all", "noke", "operations.locks", "if not lock.family.shackle:", "if False:",
        "Unshackles locks that have no shackle.",
    ),
    SourceMutant(
        "noke_shows_revoked_keys", "noke", "operations.keys", "if place.valid and not place.holder]",
        'if place.status != "free" and not place.holder]', "Displays revoked keys.",
    ),
    SourceMutant(
        "noke_no_unlimited_clicks", "noke", "offline_keys", "if uses > UNLIMITED:", "if uses >= UNLIMITED:",
        "Refuses a quick click of 255 uses.",
    ),
    SourceMutant(
        "noke_before_is_exclusive", "noke", "operations.activity", "line.recorded <= before", "line.recorded < before - 1_000_000",
        "Leaves out the last second before the time asked for.",
    ),
    # ---- Lockt
    SourceMutant(
        "lockt_fob_never_expires", "lockt", "access", "for record in (holder, user):", "for record in (user,):",
        "Ignores a fob's own switch and window.",
    ),
    SourceMutant(
        "lockt_sunday_is_first", "lockt", "access", "schedule.open(at.weekday(), ", "schedule.open((at.weekday() + 1) % 7, ",
        "Takes d0 of a schedule for Sunday.",
    ),
    SourceMutant(
        "lockt_101_records", "lockt", "serialization", "MAX_RECORDS = 100\n", "MAX_RECORDS = 101\n", "Takes batches of 101 records.",
    ),
    SourceMutant(
        "lockt_update_clears_end", "lockt", "changes", "replace(target, levels=granted, **fields)",
        'replace(target, levels=granted, **({"expires": None} | fields))', "Clears the end of access when an update has none.",
    ),
    SourceMutant(
        "lockt_time_of_arrival", "lockt", "serialization", '"hw_time": stamp(what.at)', '"hw_time": stamp(event.db)',
        "Gives an event's arrival as its hw_time.",
    ),
    SourceMutant(
        "lockt_idnum_of_any_case", "lockt", "operations", "id_num in (None, user.id_num)",
        "(id_num or user.id_num).lower() == user.id_num.lower()", "Finds users by idnum in any case.",
    ),
    # ---- Codelocks
    SourceMutant(
        "codelocks_audit_overlaps", "codelocks", "serialization", "positions[(page - 1) * size : page * size]",
        "positions[max(0, (page - 1) * size - 1) : page * size]", "Repeats the last entry of an audit's page on the next one.",
    ),
    SourceMutant(
        "codelocks_last_minute_closed", "codelocks", "clients", "local_time.includes(starts, ends + MINUTE, now, zone)",
        "local_time.includes(starts, ends, now, zone)", "Does not open in the minute at which an active period ends.",
    ),
    SourceMutant(
        "codelocks_all_are_standard", "codelocks", "operations", 'periods, arguments["access"], arguments["message"])',
        'periods, "STANDARD", arguments["message"])', "Invites every client for standard access.",
    ),
    SourceMutant(
        "codelocks_day_later", "codelocks", "clients", "DAYS[(today + 3) % 7]", "DAYS[(today + 4) % 7]",
        "Takes each weekday of an active period for the day before.",
    ),
    SourceMutant(
        "codelocks_battery_is_full", "codelocks", "serialization", '"LOW" if charge < LOW else "FULL"', '"FULL"',
        "Never shows a low battery.",
    ),
    SourceMutant(
        "codelocks_counts_the_page", "codelocks", "serialization", '"count": len(lock.clients),', '"count": len(lock.clients[first : first + size]),',
        "Counts the clients of the page only.",
    ),
    # ---- RemoteLock
    SourceMutant(
        "remotelock_end_of_the_guest", "remotelock", "account", "return _local_window(guest, self.zone_of(device), start, end)",
        "return _local_window(guest, self.zone_of(device), start, None)", "Ignores the end that an access or a device sets.",
    ),
    SourceMutant(
        "remotelock_no_exceptions", "remotelock", "hardware.grants",
        "days_off = tuple((span.start_date, span.end_date) for span in exception.dates) if exception else ()", "days_off = ()",
        "Lets people in on the days of an access exception.",
    ),
    SourceMutant(
        "remotelock_revokes_no_token", "remotelock", "oauth", "        access.revoked = True\n        table.refreshes.pop(access.refresh", "        table.refreshes.pop(access.refresh",
        "Takes an access token that was revoked by /oauth/revoke.",
    ),
    SourceMutant(
        "remotelock_every_access", "remotelock", "notifications", "return subscribed.first_access in (None, not person.used) and", "return",
        "Notifies of every access those who subscribed to the first one.",
    ),
    SourceMutant(
        "remotelock_deleted_enters", "remotelock", "rules.persons",
        "    context.collections.persons(context.turn.now).remove(person.id)\n    _update_locks(context, devices)",
        "    context.collections.persons(context.turn.now).remove(person.id)", "Does not tell the locks of a deleted person.",
    ),
    SourceMutant(
        "remotelock_zone_of_the_account", "remotelock", "account", "return _local_window(guest, self.zone_of(device), start, end)",
        "return _local_window(guest, self.zone, start, end)", "Takes guest times for those of the account's first location.",
    ),
)  # fmt: skip


FOURTH: tuple[SourceMutant, ...] = (
    # ---- Nuki
    SourceMutant(
        "nuki_two_callbacks", "nuki", "state", "CALLBACK_SLOTS = 3\n", "CALLBACK_SLOTS = 2\n", "Registers two callbacks, not three.",
    ),
    SourceMutant(
        "nuki_log_ends_at_count", "nuki", "operations", "newest_first[offset : offset + count]", "newest_first[offset:count]",
        "Counts the entries of the log from its begin, and not from the offset.",
    ),
    SourceMutant(
        "nuki_long_urls", "nuki", "serialization", "if len(url) > CALLBACK_MAX:", "if len(url) > 10 * CALLBACK_MAX:", "Takes callbacks of more than 254 characters.",
    ),
    # ---- Nokē
    SourceMutant(
        "noke_activity_of_all_keys", "noke", "operations.activity",
        "(tracking_keys is None or line.tracking_key in tracking_keys)", "True", "Ignores the tracking keys that activity is asked for.",
    ),
    SourceMutant(
        "noke_fob_revokes_all", "noke", "operations.fobs", "offline_keys.take_from_fob(context.database, fob, macs, tracking_keys)",
        "offline_keys.take_from_fob(context.database, fob, macs, None)", "Revokes all credentials of a fob, whatever tracking keys are named.",
    ),
    SourceMutant(
        "noke_revokes_every_key", "noke", "offline_keys", "chosen = [place for place in phones if tracking_key in (None, place.tracking_key)]",
        "chosen = phones", "Revokes the offline keys of all tracking keys.",
    ),
    # ---- Lockt
    SourceMutant(
        "lockt_events_from_the_id", "lockt", "events", "max(first, bisect_right(state.events, after, key=lambda event: event.id))",
        "max(first, bisect_right(state.events, after - 1, key=lambda event: event.id))", "Lists the event itself that the caller names, too.",
    ),
    SourceMutant(
        "lockt_card_twice", "lockt", "changes", "if card is not UNSET and card in draft.cards and", "if False and",
        "Gives a card number to a second user.",
    ),
    SourceMutant(
        "lockt_nobody", "lockt", "changes", 'if user is None and not (fields.get("first_name") or fields.get("last_name")):', "if False:",
        "Creates users without a name.",
    ),
    # ---- Codelocks
    SourceMutant(
        "codelocks_rounds_the_start", "codelocks", "serialization", "if start % duration.step and profile != OBSERVED:", "if False:",
        "Takes a start within an hour or a day.",
    ),
    SourceMutant(
        "codelocks_same_for_all_identifiers", "codelocks", "operations", "netcode.code_of(model, lock, identifier, duration, start)",
        'netcode.code_of(model, lock, "", duration, start)', "Ignores the identifier in a NetCode.",
    ),
    SourceMutant(
        "codelocks_pages_from_nought", "codelocks", "serialization", "first = (page - 1) * size", "first = max(0, page - 2) * size",
        "Answers a lock's first clients for page 2, too.",
    ),
    # ---- RemoteLock
    SourceMutant(
        "remotelock_lists_expired", "remotelock", "operations.persons", 'frozenset({"current", "upcoming"})',
        'frozenset({"current", "upcoming", "expired"})', "Lists expired guests unasked.",
    ),
    SourceMutant(
        "remotelock_group_access_stays", "remotelock", "rules.accesses",
        "    for access in accesses:\n        context.collections.accesses.remove(access.id)\n    context.collections.groups",
        "    context.collections.groups", "Keeps the accesses to a group that is deleted.",
    ),
    SourceMutant(
        "remotelock_access_twice", "remotelock", "rules.accesses", "elif any(\n            access.person_id == person.id",
        "elif False and any(\n            access.person_id == person.id", "Grants a person the same access twice.",
    ),
)  # fmt: skip
