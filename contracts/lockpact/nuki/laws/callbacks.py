"""Being called back: registering, and what a push may be trusted for."""

from __future__ import annotations

from datetime import datetime

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange, Traffic
from lockpact.nuki.port import NukiError, State
from lockpact.nuki.truth import NukiStep, shown_since

__all__ = ["heals_what_was_lost", "never_goes_back", "registers_once", "removes_only_its_own"]

SLOTS = 3
LONGEST = 254
"""Characters of a callback URL."""
ADD_TAKES = frozenset({"url", "token", "ts", "rnr", "hash", "ctoken", "nonce"})
"""What a call of /callback/add may have; a further parameter is a piece of a URL that was not encoded."""


def _unhindered(s: NukiStep) -> bool:
    """Whether nothing but the client itself decides how this ends."""
    return "fault" not in s.given and s.before.up and all(x.answered and x.status in (200, 400) for x in s.traffic)


def _urls(callbacks: tuple[tuple[int, str], ...]) -> list[str]:
    return sorted(url for _, url in callbacks)


def _adds_encoded_and_once(t: Traffic) -> Judged:
    """Of conduct: each URL is added whole, and not again while it is registered."""
    added = t.to("/callback/add")
    if not added:
        return UNTRIGGERED
    registered: set[str] = set()
    for x in t.to("/callback/*"):
        if x.path == "/callback/remove":
            registered.clear()  # the id alone does not tell which
        if x.path != "/callback/add":
            continue
        torn = [name for name, _ in x.query if name not in ADD_TAKES]
        assert not torn, f"the URL was not encoded: its {', '.join(torn)} arrived as a parameter of the bridge's"
        url = x.param("url") or ""
        assert url not in registered, f"{url} was registered already, and was added again"
        if x.success:
            registered.add(url)
    return None


@law(
    "NK-CB-1",
    "registers once, within the limits, encoded, and frees its slot",
    on=("register_callback", "unregister_callback"),
    evidence="/callback/add: no https, url encoded, max. 254 chars; /callback: up to 3",
    mutants=("registers_unencoded", "registers_every_time", "ignores_a_full_house", "ignores_a_bad_url",
             "never_frees_its_slot", "callbacks_stay", "forgets_the_callbacks_query"),
    needs="truth",
    conduct=_adds_encoded_and_once,
)  # fmt: skip
def registers_once(s: NukiStep) -> Judged:
    """Three slots are all there are, for everybody in the house."""
    url: str = s.arguments["url"]
    if not _unhindered(s):
        return UNTRIGGERED
    before, after = _urls(s.before.callbacks), _urls(s.after.callbacks)
    others = [other for other in before if other != url]
    if s.call == "unregister_callback":
        assert url not in after, f"{url} was unregistered, and the bridge still calls it"
        return None
    assert len(after) <= SLOTS, f"the bridge has {len(after)} callbacks; {SLOTS} is the most"
    if not url.startswith("http://") or len(url) > LONGEST:
        assert isinstance(s.error, NukiError), "this URL cannot be a callback, and the client did not tell"
        return None
    if url not in before and len(before) >= SLOTS:
        assert isinstance(s.error, NukiError), "no slot was free, and the client did not tell"
        assert after == before, "no slot was free, and the client took one from somebody else"
        return None
    again = s.traffic.to("/callback/add")
    assert not (url in before and again), f"{url} was registered already, and the client added it again"
    assert s.error is None, f"a slot was free, and the client said {s.error!r}"
    assert after == sorted([*others, url]), f"{url} was to be registered, and the bridge has {after}"
    return None


def _removes_what_it_added(t: Traffic) -> Judged:
    """Of conduct: an id that the bridge's list has given to a URL of somebody else's stays."""
    added: set[str | None] = set()
    listed: dict[str, str] = {}
    judged = False
    for x in t.to("/callback/*"):
        said = x.json if isinstance(x.json, dict) else {}
        if x.path == "/callback/list" and "callbacks" in said:
            listed = {str(entry["id"]): entry["url"] for entry in said["callbacks"]}
        if x.path == "/callback/add" and x.success:
            added.add(x.param("url"))
        if x.path == "/callback/remove" and (url := listed.get(x.param("id") or "")) is not None:
            judged = True
            assert url in added, f"id {x.param('id')} was {url}, which the client had not added, and it removed it"
    return None if judged else UNTRIGGERED


@law(
    "NK-CB-4",
    "removes only its own URL's id",
    on=("unregister_callback", "register_callback"),
    evidence="/callback/remove: the id of the callback to be removed; /callback/list tells which",
    mutants=("removes_id_0", "removes_them_all", "removal_renumbers"),
    needs="truth",
    conduct=_removes_what_it_added,
)
def removes_only_its_own(s: NukiStep) -> Judged:
    """The other slots are other people's."""
    url: str = s.arguments["url"]
    others = [(id_, other) for id_, other in s.before.callbacks if other != url]
    if not others or (s.call == "register_callback" and not s.traffic.to("/callback/remove")):
        return UNTRIGGERED
    left = [(id_, other) for id_, other in s.after.callbacks if other != url]
    assert left == others, f"the others' callbacks were {others}, and are {left} now"
    return None


@law(
    "NK-CB-2",
    "late, doubled or reordered callbacks never leave it with an older state",
    on="believed_state",
    evidence="/callback: the body has no time and no number, so only reading again tells what is new",
    mutants=("trusts_what_is_pushed", "trusts_the_first_push", "reads_lag_after_a_push"),
    needs="truth",
)
def never_goes_back(s: NukiStep) -> Judged:
    """Belief may be missing; it must not be older than what the client has been told."""
    lock: int = s.arguments["lock"]
    if s.error is not None or s.result in (None, State.UNKNOWN) or s.given.get("pushed") is None:
        return UNTRIGGERED
    told = max([*_reads(s, lock), *_pushes(s, lock)], default=None)
    if told is None or any(x.altered for x in s.all_traffic):
        return UNTRIGGERED
    shown = shown_since(s, lock, told)
    assert not shown or s.result in shown, (
        f"the client shows {s.result.name.lower()}; since it was last told, the lock was only "
        f"{', '.join(sorted(state.name.lower() for state in shown))}"
    )
    return None


def _reads(s: NukiStep, lock: int) -> list[int]:
    """When what the client has read of this lock was true."""
    read = [x.decided for x in s.all_traffic.to("/lockState").where(nukiId=lock) if x.answered and x.success]
    listed = [_listed(x, lock) for x in s.all_traffic.to("/list") if x.answered and isinstance(x.json, list)]
    return read + [at for at in listed if at is not None]


def _listed(x: Exchange, lock: int) -> int | None:
    """/list tells since when it knows."""
    for entry in x.json:
        if entry.get("nukiId") == lock and isinstance(entry.get("lastKnownState"), dict):
            at = entry["lastKnownState"].get("timestamp")
            return round(datetime.fromisoformat(at).timestamp() * 1_000_000) if isinstance(at, str) else None
    return None


def _pushes(s: NukiStep, lock: int) -> list[int]:
    """When what the client was pushed of this lock was true; not where it could not read again."""
    return [
        e.given["born"]
        for e in s.earlier
        if e.call == "on_callback" and e.given.get("lock") == lock and all(x.answered for x in e.traffic)
        if all(x.status == 200 for x in e.traffic)
    ]


@law(
    "NK-CB-3",
    "lost callbacks are healed by reading",
    on=("believed_state", "refresh"),
    evidence="/callback: sent once; nothing tells a client what it has missed",
    mutants=("trusts_only_what_is_pushed", "refreshes_only_once", "refreshes_the_first_lock_only"),
    needs="truth",
)
def heals_what_was_lost(s: NukiStep) -> Judged:
    """Judged after all has settled: the client has had its time, and every lock is in reach."""
    if s.call == "refresh" or not s.given.get("settled"):
        return UNTRIGGERED
    lock: int = s.arguments["lock"]
    if not s.after.up or not s.after.locks[lock].reachable:
        return UNTRIGGERED
    recent = [*s.traffic, *(x for e in s.earlier[-len(s.after.locks) - 1 :] for x in e.traffic)]
    if any(x.status in (401, 403) for x in recent):
        return UNTRIGGERED
    truth = s.after.locks[lock].state
    said = "nothing" if s.error is not None or s.result is None else s.result.name.lower()
    assert s.error is None and s.result is truth, (  # noqa: PT018 - one thing to tell
        f"all has settled, the lock is {truth.name.lower()}, and the client shows {said}"
    )
    return None
