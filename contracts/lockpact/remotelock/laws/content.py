"""What is sent, saved and shown, and which operation it is."""

from __future__ import annotations

from itertools import pairwise

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange
from lockpact.remotelock.exchanges import EVENT_TYPES, SECOND, api, exchanges_with, unhindered
from lockpact.remotelock.laws.authorization import API_CALLS, was_used_up
from lockpact.remotelock.port import Bolt, Credential, Invalid, Person, Status
from lockpact.remotelock.truth import PersonTruth, RemoteLockStep, Truth, truths

__all__ = [
    "changes_nothing_else",
    "does_what_was_asked",
    "keeps_leading_zeros",
    "saves_what_was_sent",
    "shows_what_is_there",
    "writes_nothing_that_is_so",
]

CREATES = ("create_user", "create_guest")
AT_ONCE = 20
"""The seconds within which a command may be sent again when its answer is lost. Later, whoever asked for it has gone."""


@law(
    "RL-SAVE-1",
    "has saved what it was asked to save",
    on=(*CREATES, "grant", "set_up", "subscribe"),
    evidence="Create an access user, Grant an access person access, Register a lock, Create a webhook: their attributes",
    mutants=("cuts_long_names", "sends_ascii_names", "drops_the_email", "lowers_the_email", "always_generates_a_pin",
             "guests_are_users", "grants_always_a_lock", "listens_to_locks_only", "webhook_of_another_url",
             "registers_at_the_first_location", "names_a_lock_by_its_serial", "subscribes_inactive", "starts_at_the_end",
             "takes_a_namesake", "sets_up_a_namesake", "grants_on_a_schedule", "doors_are_locks",
             "makes_up_pins", "takes_who_has_the_same_address", "returns_what_was_revoked", "leaves_it_inactive",),
)  # fmt: skip
def saves_what_was_sent(s: RemoteLockStep) -> Judged:
    """Names have letters of all languages. A guest of the wrong type stays for ever."""
    valid = not _has_access(s, s.after) if s.call == "grant" else not (s.given.get("wrong") or s.given.get("limit"))
    if s.call in (*CREATES, "grant") and type(s.error) is Invalid and valid:
        raise AssertionError(f"all arguments are valid, and RemoteLock refused what the client sent: {s.error}")
    if s.call in CREATES and s.arguments["credential"] == Credential():
        posts = exchanges_with(s.traffic, "POST", "/access_persons")
        bodies = [x.sent.get("attributes") for x in posts if isinstance(x.sent, dict)]
        assert not any(isinstance(body, dict) and body.get("pin") for body in bodies), (
            "RemoteLock should generate the PIN, which nobody can guess then, and the client made one up"
        )
    wanted, saved = _wanted_and_saved(s)
    if s.error is not None or (s.call == "grant" and _has_access(s, s.before)):
        # After a lost refusal a client finds the access that was there before, on whatever schedule.
        return UNTRIGGERED
    assert saved is not None, f"{s.call} returned {getattr(s.result, 'id', s.result)}, which does not exist"
    if s.call in (*CREATES, "set_up"):
        made = getattr(s.result, "id", s.result)
        assert made not in {*s.before.persons, *s.before.devices}, (
            f"{s.call} should have created something new, and the client returned what was there before"
        )
    assert saved == wanted, f"{s.call} should have saved {wanted}, and RemoteLock has {saved}"
    return None


def _has_access(s: RemoteLockStep, truth: Truth) -> bool:
    """Return whether the person had an access to this. After the call: had it before, or got it though the answer was lost."""
    who, what = s.arguments["person"], s.arguments["id"]
    return any((access.person, access.id) == (who, what) for access in truth.accesses.values())


def _wanted_and_saved(s: RemoteLockStep) -> tuple[object, object]:
    """Return what the call should have saved, and what RemoteLock has; None if the call has saved nothing."""
    a, after = s.arguments, s.after
    match s.call:
        case "create_user" | "create_guest":
            person = after.persons.get(getattr(s.result, "id", ""))
            credential: Credential = a["credential"]
            kind = "access_user" if s.call == "create_user" else "access_guest"
            wanted = (kind, a["name"], a["email"], "card" if credential.card is not None else "PIN")
            return wanted, person and (
                person.type,
                person.name,
                person.email,
                "PIN" if person.pin is not None else "card",
            )
        case "grant":
            access = after.accesses.get(getattr(s.result, "id", ""))
            asked = (a["person"], a["kind"], a["id"], (None, None, None))
            return asked, access and (access.person, access.kind, access.id, access.limits)
        case "set_up":
            device = after.devices.get(s.result or "")
            wanted = (a["name"], a["serial"], a["model"], a["location"])
            return wanted, device and (device.name, device.serial, device.model, device.location)
    own = [webhook for webhook in after.webhooks.values() if webhook.url == a["url"]]
    found = (own[0].url, own[0].active, own[0].events) if own else "no webhook for this URL"
    return (a["url"], True, frozenset(EVENT_TYPES)), found


@law(
    "RL-PIN-2",
    "treats PINs and card numbers as texts, with their leading zeros",
    on=(*CREATES, "person", "persons"),
    evidence='Create an access user: pin: "4 to 10 digits", and the samples have texts',
    mutants=("pin_is_a_number", "card_is_a_number", "pins_have_six_digits", "shows_pins_as_numbers"),
)
def keeps_leading_zeros(s: RemoteLockStep) -> Judged:
    """0042 and 42 are two PINs, and only one of them opens."""
    if s.call in CREATES and type(s.error) is Invalid and not s.given.get("wrong"):
        assert "pin" not in s.error.errors, "the PIN is valid, and RemoteLock refused the one that the client sent"
    if s.error is not None or s.given.get("grown"):
        return UNTRIGGERED
    judged = False
    for shown in s.result if s.call == "persons" else [s.result]:
        person = s.after.persons.get(shown.id)
        if person is None:
            continue
        judged = True
        assert shown.pin is None or shown.pin == person.pin, "the client shows another PIN than RemoteLock has"
        if s.call in CREATES:
            credential: Credential = s.arguments["credential"]
            assert credential.pin in (None, person.pin), "the person should have this PIN, and RemoteLock has another"
            assert person.card is None or credential.card == person.card, (
                f"the person should have card {credential.card}, and RemoteLock has {person.card}"
            )
    return None if judged else UNTRIGGERED


@law(
    "RL-SHOW-1",
    "shows what RemoteLock has",
    on=("user", "devices", "persons", "person", *CREATES, "extend", "access"),
    evidence="Get the current user, Get all devices, Get access persons, Get an access person: their attributes",
    mutants=("user_by_email", "user_by_account", "names_in_capitals", "no_pin_is_empty", "starts_are_ends",
             "upcoming_is_current", "person_is_cached", "devices_have_one_type", "devices_by_serial", "devices_are_cached",
             "created_is_an_echo",
             "shows_the_first_person", "sends_no_bearer", "passes_a_refusal_on", "the_first_user_stays",
             "a_wrong_code_ends_the_session", "resumes_for_good"),
)  # fmt: skip
def shows_what_is_there(s: RemoteLockStep) -> Judged:
    """What a person sees in the client is what is in the account."""
    if s.call == "user" and s.error is not None and _must_succeed(s):
        raise AssertionError(f"nothing hinders the client, and it raised {type(s.error).__name__}: {s.error}")
    if s.error is not None or s.given.get("grown") or s.given.get("huge") is not None:
        return UNTRIGGERED
    if s.call == "user":
        user = s.given.get("user") or s.after.user
        assert (s.result.id, s.result.name) == user, (
            f"the user is {user}, and the client shows {(s.result.id, s.result.name)}"
        )
        return None
    if s.call == "access":
        shown = (s.result.id, s.result.person)
        assert shown == (s.arguments["access"], s.arguments["person"]), f"the client shows another access: {shown}"
        return None
    wanted = s.arguments.get("id" if s.call == "person" else "guest")
    assert wanted is None or s.result.id == wanted, f"{s.call} was about {wanted}, and the client shows {s.result.id}"
    for item in s.result if s.call in ("devices", "persons") else [s.result]:
        found = [_has(truth, item.id, is_person=s.call != "devices") for truth in truths(s)]
        has = [attributes for attributes in found if attributes is not None]
        shows = (item.name, item.type) if s.call == "devices" else _shown(item)
        wrong = [name for name, one, other in zip(_NAMES, shows, has[-1], strict=False) if one != other] if has else []
        assert not wrong or shows in has, (
            f"the client shows another {', '.join(wrong)} of {item.id} than RemoteLock has"
        )
    return None


_NAMES = ("name", "status or type", "PIN", "start", "end")
"""What `_has` and `_shown` return, in this order. No sentence shows a PIN."""


def _must_succeed(s: RemoteLockStep) -> bool:
    """Return whether the client has a valid grant, and RemoteLock answers."""
    special = ("consent", "wrong_secret", "at_once", "fault")
    signed_in = max((n for n, e in enumerate(s.earlier) if e.call == "signed_in" and e.error is None), default=0)
    used_up = any(was_used_up(e) for e in (*s.earlier[signed_in:], s))
    granted = (s.before.consent and not used_up) or s.given.get("grant") == "client_credentials"
    return granted and unhindered(s.traffic) and not any(s.given.get(name) for name in special)


def _has(truth: Truth, id_: str, *, is_person: bool) -> tuple[object, ...] | None:
    """Return what RemoteLock has of a person or a device; None if it has none with this id."""
    if is_person:
        person = truth.persons.get(id_)
        return None if person is None else (person.name, person.status, person.pin, person.starts, person.ends)
    device = truth.devices.get(id_)
    return None if device is None else (device.name, device.type)


def _shown(person: Person) -> tuple[object, ...]:
    starts, ends = (None if time is None else time.isoformat() for time in (person.starts, person.ends))
    return person.name, person.status, person.pin, starts, ends


@law(
    "RL-DO-1",
    "sends the request that it was asked for",
    on=("order", "revoke"),
    evidence="Lock a lock, Unlock a lock, Revoke an access person access: one path each",
    mutants=(
        "locks_the_other",
        "lock_is_unlock",
        "skips_what_is_so",
        "skips_what_it_believes",
        "commands_twice",
        "revokes_nothing",
        "revokes_the_first",
        "commands_again_later",
    ),
)
def does_what_was_asked(s: RemoteLockStep) -> Judged:
    """The state that the API shows is no reason to leave a command out: it is the expected one."""
    if s.call == "revoke":
        if s.error is not None or s.arguments["access"] not in s.before.accesses:
            return UNTRIGGERED
        assert s.arguments["access"] not in s.after.accesses, (
            "the client says that it revoked the access, which is there"
        )
        return None
    to: Bolt = s.arguments["to"]
    wanted = f"/devices/{s.arguments['lock']}/{'lock' if to is Bolt.LOCKED else 'unlock'}"
    sent = exchanges_with(s.traffic, "PUT", "/devices/[^/]+/(lock|unlock)")
    other = [x for x in sent if not x.path.rstrip("/").endswith(wanted)]
    assert not other, f"the client should have sent PUT {wanted}, and sent PUT {other[0].path}"
    for first, again in pairwise(sent):
        seconds = (again.began - first.ended) // SECOND
        assert seconds < AT_ONCE or first.status == 429, (
            f"PUT {wanted} was perhaps carried out, and the client sent it again {seconds} s later by itself"
        )
    if s.error is not None or s.given.get("fault"):
        return UNTRIGGERED
    assert sent, f"the client should have sent PUT {wanted}, and sent nothing"
    done = [x for x in sent if x.status == 200]
    assert len(done) < 2, f"the client should have sent PUT {wanted} once, and sent it {len(done)} times"
    return None


@law(
    "RL-ONLY-1",
    "changes nothing but what it was asked to change",
    on=API_CALLS,
    evidence="Update an access guest, Update a lock: what is sent replaces what was there; what is left out stays",
    mutants=(
        "extends_with_an_empty_email",
        "extends_from_now",
        "revokes_all_accesses",
        "renames_what_it_sets_up",
        "ends_every_guest",
        "removes_other_subscribers",
        "puts_all_that_it_knew",
        "takes_another_webhook",
        "reactivates_others",
    ),
)
def changes_nothing_else(s: RemoteLockStep) -> Judged:
    """Another person's access is somebody's way home."""
    if s.given.get("changes") or s.events or not api(s.traffic):
        return UNTRIGGERED
    before, after, a = s.before, s.after, s.arguments
    for id_, person in before.persons.items():
        assert id_ in after.persons or id_ == a.get("person"), f"{s.call} has deleted the person {id_}"
        now = after.persons.get(id_, person)
        own = s.call == "extend" and id_ == a["guest"]
        ended = now.status is Status.DEACTIVATED is not person.status
        assert not ended or (s.call, a.get("person")) == ("end", id_), f"{s.call} has deactivated the person {id_}"
        changed = _changes(person, now) - ({"ends"} if own else set())
        assert not changed, f"{s.call} has changed {', '.join(sorted(changed))} of the person {id_}"
    gone = before.accesses.keys() - after.accesses.keys() - {a.get("access")}
    assert not gone or s.call == "end", f"{s.call} has removed {len(gone)} accesses that it was not asked to remove"
    for id_, device in before.devices.items():
        now_ = after.devices.get(id_)
        assert now_ is not None, f"{s.call} has removed the device {id_}"
        assert (now_.name, now_.location) == (device.name, device.location), f"{s.call} has changed the device {id_}"
    _leaves_the_rest(s, before, after)
    lost = before.listeners - after.listeners
    assert not lost, f"{s.call} has removed a subscriber or a subscription"
    return None


def _leaves_the_rest(s: RemoteLockStep, before: Truth, after: Truth) -> None:
    """Check that accesses, other webhooks and local PINs are as before, and that only what should be there is new."""
    for id_, access in before.accesses.items():
        now = after.accesses.get(id_, access)
        assert now._replace(locks=access.locks) == access, f"{s.call} has changed the access {id_}"
    own = (s.arguments.get("url"), s.given.get("subscribed"))
    for id_, webhook in before.webhooks.items():
        assert webhook.url in own or after.webhooks.get(id_, webhook) == webhook, (
            f"{s.call} has changed the webhook of another program, to {webhook.url}"
        )
    for id_, lock in before.locks.items():
        same = id_ not in after.locks or after.locks[id_].local_pins == lock.local_pins or not lock.connected
        assert same or s.call == "remove_local_pin", f"{s.call} has changed the local PINs of the lock {id_}"
    for call, what, old, new in (
        (CREATES, "a person", before.persons, after.persons),
        (("grant",), "an access", before.accesses, after.accesses),
        (("set_up",), "a device", before.devices, after.devices),
        (("subscribe", "refresh"), "a webhook", before.webhooks, after.webhooks),
    ):
        assert s.call in call or not new.keys() - old.keys(), f"{s.call} has created {what}"


def _changes(before: PersonTruth, after: PersonTruth) -> set[str]:
    names = ("name", "pin", "card", "email", "starts", "ends")
    return {name for name in names if getattr(before, name) != getattr(after, name)}


@law(
    "RL-QUIET-1",
    "writes nothing that is already so",
    on=("refresh", "subscribe", "remove_local_pin"),
    evidence="Rate Limiting: 120 requests a minute for all clients of an account; a write wakes locks and their batteries",
    mutants=("writes_always", "sets_up_again_and_again", "removes_again"),
)
def writes_nothing_that_is_so(s: RemoteLockStep) -> Judged:
    """A client that synchronizes every minute must not write every minute."""
    if s.given.get("fault") or not unhindered(s.traffic) or not api(s.traffic):
        return UNTRIGGERED
    writes = [x for x in api(s.traffic) if x.method != "GET" and (x.status or 0) < 300]
    assert not writes or _written(s.before) != _written(s.after), (
        f"everything was as it should be, and the client sent {_words(writes)}"
    )
    return None


def _written(truth: Truth) -> object:
    return truth.webhooks, {id_: (lock.timeout, lock.local_pins) for id_, lock in truth.locks.items()}


def _words(writes: list[Exchange]) -> str:
    return ", ".join(f"{x.method} {x.path}" for x in writes)
