"""What a call changes on the server, and which lock, person and operation its requests name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange
from lockpact.noke.exchanges import operation
from lockpact.noke.truth import NokeStep, Truth

__all__ = ["changes_what_was_asked", "requests_name_what_was_asked"]

MAC = re.compile("([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
READS = ("lock", "activity", "qc/display", "fobs/display")
CALLS = (
    "locks", "unlock", "unshackle", "lock_up", "set_explicit_lock", "issue_keys", "revoke_keys", "keys", "offline_unlock",
    "issue_codes", "revoke_codes", "codes", "issue_fob", "revoke_fob", "sync_fob", "fob", "recover", "update_firmware",
    "activity", "refresh",
)  # fmt: skip
WRITES: Mapping[str, tuple[str, ...]] = {
    "unlock": ("unlock",),
    "unshackle": ("unshackle",),
    "lock_up": ("engagelock",),
    "set_explicit_lock": ("lock/settings",),
    "issue_keys": ("keys",),
    "revoke_keys": ("keys",),
    "issue_codes": ("qc/issue", "qc"),
    "revoke_codes": ("qc/revoke", "qc"),
    "issue_fob": ("fobs/issue",),
    "revoke_fob": ("fobs/revoke", "unlock"),
    "sync_fob": ("fobs/sync",),
    "recover": ("unlock", "fobs/sync"),
    "update_firmware": ("fwupdate",),
}
"""Call → the operations that it may change something by, apart from uploads."""


def _changes(x: Exchange) -> bool:
    """Return whether a request may change something at a lock, a fob or the server."""
    if operation(x) in ("keys", "qc"):
        return isinstance(x.sent, dict) and bool({"issue", "revoke"} & x.sent.keys())
    return operation(x) not in (*READS, "upload")


def _macs(value: Any) -> Iterator[str]:
    """Yield every MAC in a request."""
    if isinstance(value, str):
        if MAC.fullmatch(value):
            yield value.upper()
    elif isinstance(value, Mapping | Sequence):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _macs(one)


@law(
    "NO-SENT-1",
    "a request that changes something names the operation, the devices and the person that the call names",
    on=CALLS,
    shown_by=("unlock", "unshackle", "issue_fob", "set_explicit_lock", "revoke_keys", "update_firmware"),
    evidence="POST /unlock/: the mac address of the lock, and a string used to associate to lock activity; Revoke Keys: "
    "without macs, all keys of the tracking keys are revoked; POST /unshackle/: used to remove the shackle",
    mutants=("drops_the_tracking_key", "lowers_tracking_keys", "tracks_the_lock", "unlock_unshackles",
             "unlocks_the_first_lock", "setting_for_all_locks", "issues_keys_for_all_locks", "revokes_on_every_lock",
             "unlocks_before_firmware", "tracks_the_first_person"),
    needs="results",
)  # fmt: skip
def requests_name_what_was_asked(s: NokeStep) -> Judged:
    """Judge requests that change something. One for another lock, or for no lock in particular, opens or locks out others."""
    sent = [x for x in s.traffic if _changes(x)]
    named = set(_macs(s.arguments))
    for x in sent:
        assert operation(x) in WRITES.get(s.call, ()), f"{s.call} was called, and /{operation(x)}/ was sent"
        macs = set(_macs(x.sent))
        assert macs, f"/{operation(x)}/ named no lock, so it is for all of them"
        assert macs <= named, f"/{operation(x)}/ named {min(macs - named)}, which {s.call} does not name"
        key = x.sent.get("tracking_key")
        assert s.call not in ("unlock", "unshackle") or key == s.arguments["tracking_key"], (
            f"{s.call} was called for {s.arguments['tracking_key']!r}, but /{operation(x)}/ was sent for {key!r}"
        )
    return None if sent else UNTRIGGERED


def _issued(truth: Truth) -> Iterator[tuple[str, str, str, object]]:
    """Yield (kind, device, name, value) of all that the servers have issued."""
    for mac, lock in truth.locks.items():
        if lock.issued_keys:
            yield from (("offline key", mac, name, True) for name in lock.issued_keys)
        if lock.issued_codes:
            yield from (
                ("quick click", mac, name, code.start_uses)
                for name, code in lock.issued_codes.items()
                if not code.revoked
            )
        if lock.set_explicit:
            yield "setting", mac, "explicit-lock", True
    for fob, truth_of_fob in truth.fobs.items():
        yield from (("credential", fob, f"{lock} for {name!r}", True) for lock, name in truth_of_fob.names)


Issued = dict[tuple[str, str, str], object]


def _wanted(s: NokeStep) -> tuple[Issued, bool]:
    """Return what the call is to issue, with its value, or (False) what it is to take away."""
    a = s.arguments
    match s.call:
        case "issue_keys" | "revoke_keys":
            keys = {("offline key", lock, name): True for lock in a["locks"] for name in a["tracking_keys"]}
            return dict(keys), s.call == "issue_keys"
        case "issue_codes":
            return {("quick click", a["lock"], code): uses for code, uses in a["codes"].items()}, True
        case "revoke_codes":
            return dict.fromkeys((("quick click", a["lock"], code) for code in a["codes"]), True), False
        case "issue_fob":
            return {("credential", a["fob"], f"{lock} for {a['tracking_key']!r}"): True for lock in a["locks"]}, True
        case "set_explicit_lock":
            return {("setting", lock, "explicit-lock"): True for lock in a["locks"]}, a["on"]
        case "revoke_fob":
            had = s.before.fobs[a["fob"]].names if a["fob"] in s.before.fobs else ()
            return {("credential", a["fob"], f"{lock} for {n!r}"): True for lock, n in had if lock in a["locks"]}, False
    return {}, False


def _succeeded(s: NokeStep, kind: str, device: str, name: str) -> bool:
    """Return whether the client reported this item as done."""
    if s.call == "revoke_fob":
        return True
    lock, item = (name[:17], s.arguments["tracking_key"]) if kind == "credential" else (device, name)
    return any(i.ok and i.lock == lock and i.name in (item, "") for i in s.result)


@law(
    "NO-EFFECT-1",
    "a call changes what it was asked to change, as it was asked, and nothing else",
    on=CALLS,
    shown_by=("issue_codes", "issue_keys", "revoke_keys", "issue_fob", "revoke_fob", "set_explicit_lock"),
    evidence="POST /qc/issue/: uses, the number of times the code can be used; Revoke Keys: revoke specific; POST /fobs/issue/: "
    "an array of locks; POST /lock/settings/: if true, lock will stay unlocked",
    mutants=("revokes_all_keys_of_a_lock", "setting_inverted", "setting_only_on", "uses_are_unlimited",
             "one_use_more", "uses_of_the_first", "revokes_the_first_key", "fob_for_the_first_lock",
             "fob_without_tracking_key", "revokes_the_whole_fob", "revokes_in_pairs",
             "subtracts_what_was_used", "same_uses_are_no_change"),
    needs="truth",
)  # fmt: skip
def changes_what_was_asked(s: NokeStep) -> Judged:
    """Judge what is issued on the servers before and after the call."""
    wanted, gives = _wanted(s)
    if not wanted and s.before is s.after:
        return UNTRIGGERED
    before, after = ({one[:3]: one[3] for one in _issued(truth)} for truth in (s.before, s.after))
    for what in before.keys() | after.keys():
        assert what in wanted or before.get(what) == after.get(what), (
            f"{s.call} changed the {what[0]} {what[2]} of {what[1]}, which it was not asked to change"
        )
    if s.error is not None or "fault" in s.given or any(x.altered for x in s.traffic):
        return None
    for what, value in wanted.items():
        if _succeeded(s, *what):
            assert after.get(what) == (value if gives else None), (
                f"{s.call} was reported as done, but the {what[0]} {what[2]} of {what[1]} is "
                f"{'not issued' if what not in after else 'still there' if not gives else f'issued with {after[what]}'}"
            )
    if s.call == "issue_codes" and not s.traffic.to("/upload*"):
        codes = s.after.locks[s.arguments["lock"]].issued_codes if s.arguments["lock"] in s.after.locks else {}
        for item in s.result:
            left, asked = codes[item.name].uses if item.name in codes else None, s.arguments["codes"].get(item.name)
            assert not item.ok or left is None or left == asked, (
                f"{item.name} was issued with {asked} uses, but {left} are left before it is used"
            )
    return None if wanted or before else UNTRIGGERED
