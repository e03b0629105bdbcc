"""What a phone reports of its commands and uploads, and what it does without a network."""

from __future__ import annotations

from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.step import EnvironmentEvent
from lockpact.noke.exchanges import error_code, operation
from lockpact.noke.port import NokeError, OutOfReach
from lockpact.noke.truth import NokeStep, resets

__all__ = ["opens_without_a_network", "reports_what_the_lock_did", "says_when_it_got_them", "uploads_once"]

SECOND = 1_000_000


def _taken(s: NokeStep) -> list[EnvironmentEvent]:
    """Return the deliveries of this step that the lock or fob took."""
    return [h for h in s.events if h.action in ("deliver", "offline_unlock") and h.result.get("responses")]


def _logs(s: NokeStep) -> list[dict[str, Any]]:
    """Return the logs in this step's uploads that the server has accepted, as far as the client knows."""
    uploads = [x for x in s.traffic if operation(x) == "upload" and error_code(x) == 0]
    return [log for x in uploads if isinstance(x.sent, dict) for log in x.sent.get("logs", ())]


@law(
    "NO-DONE-1",
    "a command's result says what the lock or fob did, and whether the server knows",
    on=("unlock", "unshackle", "offline_unlock", "sync_fob"),
    shown_by=("unlock", "offline_unlock", "sync_fob"),
    evidence="Overview: the response will include information for the client app to consume as well as information that the "
    "library will pass to the server",
    mutants=(
        "never_acknowledged",
        "offline_is_always_done",
        "sync_is_not_done",
        "too_late_is_done",
        "skips_a_synced_fob",
    ),
    needs="truth",
)
def reports_what_the_lock_did(s: NokeStep) -> Judged:
    """Judge results of commands, in both directions."""
    tried = [h for h in s.events if h.action in ("deliver", "offline_unlock")]
    if not tried:
        assert s.error is not None or not s.result.done, (
            f"nothing was delivered, but the client reported {s.call} as done"
        )
        return UNTRIGGERED
    took = bool(tried[-1].result.get("responses"))
    if s.error is not None:
        assert not took or not isinstance(s.error, NokeError), (
            f"{tried[-1].device} took the commands, but the client raised {type(s.error).__name__}"
        )
        return None
    assert s.result.done == took, (
        f"{tried[-1].device} {'took' if took else 'refused'} the commands, but the client reported "
        f"{'done' if s.result.done else 'not done'}"
    )
    known = {response for log in _logs(s) for response in log.get("responses", ())}
    if took and set(tried[-1].result["responses"]) <= known:
        assert s.result.acknowledged, (
            f"the server has taken the responses of {tried[-1].device}, but they are not reported"
        )
    return None


@law(
    "NO-TIME-1",
    "an upload says when the phone got the responses, not when it uploads them",
    on=("unlock", "unshackle", "offline_unlock", "sync_fob", "refresh"),
    shown_by=("unlock", "offline_unlock", "refresh"),
    evidence="POST /upload/: received_time; POST /activity/: recorded_time, date that the log was received by the mobile device",
    mutants=("received_at_midnight", "received_when_uploaded"),
    needs="truth",
)
def says_when_it_got_them(s: NokeStep) -> Judged:
    """Judge the times in uploads: they bound the times of events that nobody else saw."""
    logs = _logs(s)
    if not logs:
        return UNTRIGGERED
    got = {
        response: h.at // SECOND for one in (*s.earlier, s) for h in _taken(one) for response in h.result["responses"]
    }
    for log in logs:
        for at in {got[response] for response in log["responses"] if response in got}:
            assert abs(log["received_time"] - at) <= 1, (
                f"the phone got responses of {log['mac']} at {at}, but the upload says {log['received_time']}"
            )
    return None


@law(
    "NO-ONCE-1",
    "what the server has accepted is not uploaded again",
    on=("unlock", "unshackle", "offline_unlock", "sync_fob", "refresh"),
    shown_by=("unlock", "refresh"),
    evidence="POST /upload/: used to upload logs when a response comes back to the app",
    mutants=("uploads_everything_again",),
    needs="results",
)
def uploads_once(s: NokeStep) -> Judged:
    """Judge repeated uploads. Only a lost answer is a reason for one."""
    again = {response for log in _logs(s) for response in log.get("responses", ())}
    if not again:
        return UNTRIGGERED
    for one in s.earlier:
        for log in _logs(one):
            repeated = again.intersection(log.get("responses", ()))
            assert not repeated, f"the server had accepted responses of {log.get('mac')}, and they were uploaded again"
    return None


@law(
    "NO-OFFLINE-1",
    "a phone with a key that the lock has opens it without a network, and with the named person's key only",
    on="offline_unlock",
    evidence="POST /keys/: used by the mobile libraries to unlock the lock without an active network connection",
    mutants=("one_key_a_person", "offline_needs_the_server", "opens_with_anybodys_key", "forgets_a_key_that_was_early"),
    needs="truth",
)
def opens_without_a_network(s: NokeStep) -> Judged:
    """Judge offline unlocks with a key that this client has issued, and that is still the lock's; and whose key was used."""
    lock, name = s.arguments["lock"], s.arguments["tracking_key"]
    truth = s.before.locks.get(lock)
    used = [str(h.args.get("offline_key")) for h in s.events if h.action == "offline_unlock" and h.device == lock]
    if used:
        others = _keys_of_others(s, lock, name)
        assert used[-1] not in others, f"{lock} was to be opened for {name}, but with the key of {others[used[-1]]}"
    if (
        truth is None
        or "phone" in s.given
        or name not in (truth.keys - truth.stale) & truth.issued_keys
        or not _has_stored(s, lock, name)
    ):
        return UNTRIGGERED
    assert not isinstance(s.error, OutOfReach), f"{lock} is near, but the client raised OutOfReach"
    opened = [h for h in s.events if h.action == "offline_unlock" and h.device == lock]
    assert opened, f"the phone has the key of {lock} for {name}, but did not use it"
    assert opened[-1].result.get("unlocked"), f"the phone has the key of {lock} for {name}, but used another one"
    return None


def _keys_of_others(s: NokeStep, lock: str, name: str) -> dict[str, str]:
    """Return the offline keys of a lock that were answered for others → their tracking keys."""
    given: dict[str, str] = {}
    for x in s.all_traffic:
        if operation(x) == "keys" and error_code(x) == 0:
            locks = [entry["keys"] for entry in x.json["data"]["locks"] if entry["mac"] == lock]
            given |= {key["offline_key"]: key["tracking_key"] for keys in locks for key in keys}
    return {key: whose for key, whose in given.items() if whose != name}


def _has_stored(s: NokeStep, lock: str, name: str) -> bool:
    """Return whether this client was given the key since the lock's last reset and the key's last revocation."""
    given = False
    for e in (*s.since_made, s):
        # By the order of what happened, because much of it happens at one instant.
        if any(resets(event, lock) for event in (*e.events_before, *e.events)):
            given = False
        if lock not in e.arguments.get("locks", ()) or name not in e.arguments.get("tracking_keys", ()):
            continue
        if e.call == "issue_keys":
            given = e.error is None and any(i.ok and (i.lock, i.name) == (lock, name) for i in e.result)
        elif e.call == "revoke_keys":
            given = False
    return given
