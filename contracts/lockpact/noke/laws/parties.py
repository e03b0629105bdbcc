"""A client's two parties, each with its API key: who sends what to which server, and what stays secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.secrets import leak
from lockpact.core.traffic import Exchange, Traffic
from lockpact.noke.exchanges import COMMANDS, commands_of, error_code, key_of, operation, party
from lockpact.noke.port import CommandResult, CredentialError, NotLive, PhoneNotReady
from lockpact.noke.truth import NokeStep

__all__ = ["keeps_secrets", "keys_stay_where_they_belong", "phone_first", "phone_uploads", "stays_on_one_server"]

EVERY_CALL = (
    "made", "locks", "unlock", "unshackle", "lock_up", "set_explicit_lock", "issue_keys", "revoke_keys", "keys",
    "offline_unlock", "issue_codes", "revoke_codes", "codes", "issue_fob", "revoke_fob", "sync_fob", "fob", "recover",
    "update_firmware", "activity", "refresh",
)  # fmt: skip
COMMANDING = ("unlock", "unshackle", "sync_fob", "recover", "update_firmware")
PHONE = ("unlock", "unshackle", "offline_unlock", "sync_fob", "refresh")


def _keys_by_operation(t: Traffic) -> Judged:
    """Judge conduct: each operation is called with the key of its party."""
    seen = False
    for x in t:
        whose = party(key_of(x))
        seen = seen or bool(whose)
        assert whose != "mobile" or operation(x) == "upload", f"/{operation(x)}/ was called with the phone's mobile key"
        assert whose != "private" or operation(x) != "upload", "/upload/ was called with the private key"
    return None if seen else UNTRIGGERED


@law(
    "NO-KEY-1",
    "the private key never goes to the phone; the mobile key calls only /upload/",
    on=EVERY_CALL,
    shown_by=("unlock",),
    evidence="Overview: the mobile API key must be set in the mobile library; the private key is for all requests made "
    "directly by the client; POST /upload/: Bearer mobile_api_key",
    mutants=("one_key_for_everything", "phone_asks_for_commands", "displays_with_the_mobile_key"),
    needs="results",
    conduct=_keys_by_operation,
)
def keys_stay_where_they_belong(s: NokeStep) -> Judged:
    """Judge API keys: the mobile key can be read out of a phone, and the private key opens every lock."""
    return _keys_by_operation(s.traffic)


def _server_side_never_uploads(t: Traffic) -> Judged:
    """Judge conduct: the party with the private key does not call /upload/."""
    uploads = [x for x in t if operation(x) == "upload"]
    if not uploads:
        return UNTRIGGERED
    for x in uploads:
        assert party(key_of(x)) != "private", "/upload/ was called by the server side"
    return None


@law(
    "NO-UPLOAD-1",
    "the phone uploads all responses, also after network failures; the server side never calls /upload/",
    on=PHONE,
    shown_by=("unlock", "offline_unlock", "sync_fob"),
    evidence="Overview: lock responses are critical to maintaining lock state, but failures in this phase are easier to "
    "miss; POST /upload/: the mobile library calls this automatically",
    mutants=("never_uploads", "uploads_once_only", "uploads_for_locks_only", "keeps_offline_answers",
             "answers_cut_short", "refuses_repeated_uploads", "loses_uploads", "fails_on_an_empty_queue",
             "refresh_drops_what_failed", "a_synced_fob_is_acknowledged"),
    needs="truth",
    conduct=_server_side_never_uploads,
)  # fmt: skip
def phone_uploads(s: NokeStep) -> Judged:
    """Judge uploads: the server learns from them only, new lock keys above all."""
    uploaded = _uploaded(s)
    acted = [h for h in s.events if h.action in ("deliver", "offline_unlock") and h.result.get("responses")]
    if isinstance(s.result, CommandResult) and s.result.acknowledged and acted:
        for h in acted:
            assert set(h.result["responses"]) <= uploaded, (
                f"the client reports the responses of {h.device} as acknowledged, but they were not uploaded"
            )
    if not s.given.get("settled") or s.given.get("phone") is not None:
        return UNTRIGGERED if not acted else None
    judged = False
    for one in (*s.since_made, s):
        for h in one.events:
            if h.action in ("deliver", "offline_unlock") and h.result.get("responses"):
                judged = True
                assert set(h.result["responses"]) <= uploaded, (
                    f"the network has worked for long, but the responses of {h.device} were not uploaded"
                )
    for mac in s.after.locks:
        waits = _still_waits(s, mac)
        assert not waits, f"all responses of {mac} were uploaded, but the server still waits for {waits}"
    return None if judged else UNTRIGGERED


def _still_waits(s: NokeStep, mac: str) -> str:
    """Return what is not synced on a lock that has taken all changes; "" for nothing."""
    lock = s.after.locks[mac]
    if lock.stuck or not _has_all_changes(s, mac):
        return ""
    late = {code for code, issued in lock.issued_codes.items() if issued.pending and code in lock.codes}
    return ", ".join(sorted(late)) if lock.ready else "its set-up"


def _has_all_changes(s: NokeStep, mac: str) -> bool:
    """Return whether the lock took an order of this client after the last change on the server."""
    last: str | None = None
    for one in (*s.since_made, s):
        if one.call in ("issue_codes", "revoke_codes", "issue_keys", "revoke_keys", "issue_fob", "revoke_fob"):
            last = None
        for h in (*one.events_before, *one.events):
            if h.action in ("reset_keys", "reset_lock", "changed_elsewhere"):
                last = None
            if h.device == mac and h.action == "deliver" and h.result.get("responses"):
                last = mac
    return last == mac


def _uploaded(s: NokeStep) -> set[str]:
    """Return all responses that the server has accepted, up to the end of this step."""
    return {
        response
        for one in (*s.earlier, s)
        for x in one.traffic
        if operation(x) == "upload" and error_code(x) == 0 and isinstance(x.sent, dict)
        for log in x.sent.get("logs", [])
        for response in log.get("responses", [])
    }


def _no_unlock_after_a_refused_phone(t: Traffic) -> Judged:
    """Judge conduct: after the server refused the phone's key, no more commands are requested."""
    refused: Exchange | None = None
    seen = False
    for x in t:
        if operation(x) == "upload" and x.answered:
            refused = x if error_code(x) == 2 else None
            seen = seen or refused is not None
        assert refused is None or operation(x) not in COMMANDS or x.began < refused.ended, (
            f"the server refused the phone's key, but /{operation(x)}/ was called after that"
        )
    return None if seen else UNTRIGGERED


@law(
    "NO-ORDER-1",
    "no lock is unlocked before the phone has its mode and mobile key",
    on=COMMANDING,
    shown_by=("unlock", "sync_fob"),
    evidence="API: before testing any code against actual locks, make sure that your mobile api key is set; if not done in "
    "the order specified there is the potential for losing lock keys",
    mutants=("unlocks_without_a_phone", "syncs_fobs_without_a_phone", "goes_on_with_a_refused_phone"),
    needs="results",
    conduct=_no_unlock_after_a_refused_phone,
)
def phone_first(s: NokeStep) -> Judged:
    """Judge clients whose phone is not ready: lock keys that are not uploaded are lost, and so is the lock."""
    if s.given.get("phone") != "none":
        if not any(error_code(x) == 2 for x in s.all_traffic if operation(x) == "upload"):
            return UNTRIGGERED
        return _no_unlock_after_a_refused_phone(s.all_traffic)
    calls = [x for x in s.traffic if operation(x) in COMMANDS]
    assert not calls, f"the phone has no mobile key yet, but the client called /{operation(calls[0])}/"
    assert isinstance(s.error, PhoneNotReady | CredentialError), (
        f"the phone has no mobile key yet, but the client raised {type(s.error).__name__ if s.error else 'nothing'}"
    )
    return None


def _one_database(t: Traffic) -> Judged:
    """Judge conduct: each key goes to the servers of one database."""
    homes: dict[str, str] = {}
    for x in t:
        if key_of(x) and x.site:
            home = x.site.removesuffix("-pre-release")
            assert homes.setdefault(key_of(x), home) == home, f"one key was sent to {homes[key_of(x)]} and to {home}"
    return None if homes else UNTRIGGERED


@law(
    "NO-ENV-1",
    "clients never mix servers and keys",
    on=EVERY_CALL[1:],
    shown_by=("unlock", "locks"),
    evidence="Overview: each one has a unique URL and set of API keys; it is the client's responsibility that app and "
    "server both connect to the same server and use the respective API keys",
    mutants=("phone_stays_on_sandbox", "tries_the_other_server", "pre_release_only_half", "any_servers_key_will_do",
             "shows_the_other_servers_locks"),
    needs="results",
    conduct=_one_database,
)  # fmt: skip
def stays_on_one_server(s: NokeStep) -> Judged:
    """Judge servers: every request goes to the client's server, with that server's keys."""
    if not s.traffic:
        return UNTRIGGERED
    site = s.given.get("site")
    for x in s.traffic:
        assert not x.site or site is None or x.site == site, (
            f"the client is set up for {site}, but called /{operation(x)}/ of {x.site}"
        )
    private = [x for x in s.traffic if operation(x) != "upload" and x.answered]
    if s.given.get("key") is not None and private and "fault" not in s.given:
        assert isinstance(s.error, CredentialError | NotLive), (
            f"the key belongs to another server, but the client gave {type(s.error).__name__ if s.error else repr(s.result)}"
        )
    if s.given.get("phone") == "other" and isinstance(s.result, CommandResult):
        assert not (s.result.done and s.result.acknowledged), (
            "the phone's key belongs to another server, but its upload was reported as acknowledged"
        )
    if s.call == "locks" and s.error is None and s.truth_known and site is not None:
        here = {mac for mac, lock in s.before.locks.items() if lock.database == site.removesuffix("-pre-release")}
        others = [lock.mac for lock in s.result if lock.mac not in here]
        assert not others, f"{others[0]} belongs to another server, but {site} listed it"
    return None


@law(
    "NO-SECRET-1",
    "keys, offline keys and commands are in no log line and no exception text",
    on=EVERY_CALL,
    shown_by=("unlock", "issue_keys"),
    evidence="Overview: keys and commands open locks; logs and error reports are read by many",
    mutants=("logs_commands", "logs_offline_keys", "raises_with_the_key", "leaves_commands_in_the_cause"),
    needs="results",
)
def keeps_secrets(s: NokeStep) -> Judged:
    """Judge log lines and exceptions: many people read them."""
    if not s.logs and s.error is None:
        return UNTRIGGERED
    secrets = {secret: "an API key" for secret in s.secrets if secret}
    for x in s.traffic if len(s.traffic) else s.all_traffic:
        if b"offline_key" in x.answer:
            secrets |= dict.fromkeys(_offline(x.json), "an offline key")
        if operation(x) in COMMANDS and commands_of(x):
            secrets |= dict.fromkeys(commands_of(x).split("+"), "a command")
    for secret, what in secrets.items():
        place = leak(s.logs, s.error, [secret])
        assert place is None, f"{what} is in {place}"
    return None if secrets else UNTRIGGERED


def _offline(answer: Any) -> Iterator[str]:
    """Yield every offline key and unlock command in an answer."""
    if isinstance(answer, dict):
        for name, value in answer.items():
            if name in ("offline_key", "unlock_command") and isinstance(value, str) and value:
                yield value
            else:
                yield from _offline(value)
    elif isinstance(answer, list):
        for one in answer:
            yield from _offline(one)
