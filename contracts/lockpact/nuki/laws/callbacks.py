"""Callbacks: registering them, and how far a client may trust what they report."""

from __future__ import annotations

from lockpact.core.law import UNTRIGGERED, Judged, convergence, law
from lockpact.core.traffic import Traffic
from lockpact.nuki.port import BadCallback, Failed, NoFreeSlot, State
from lockpact.nuki.truth import NukiStep, list_time, shown_since

__all__ = [
    "an_odd_callback_does_no_harm",
    "converges",
    "looks_when_it_is_called",
    "never_goes_back",
    "recovers_from_lost_callbacks",
    "registers_once",
    "registers_what_it_reports",
    "removes_only_its_own",
]

SLOTS = 3
LONGEST = 254
"""Characters of a callback URL."""
ADD_PARAMETERS = frozenset({"url", "token", "ts", "rnr", "hash", "ctoken", "nonce"})
"""The parameters of /callback/add. Any other parameter is a part of a URL that was not encoded."""


def _depends_on_client(s: NukiStep) -> bool:
    """Return whether the outcome depends on the client only."""
    return "fault" not in s.given and s.before.up and all(x.answered and x.status in (200, 400) for x in s.traffic)


def _outcome(s: NukiStep) -> str:
    return "raised no error" if s.error is None else f"said {type(s.error).__name__}"


def _urls(callbacks: tuple[tuple[int, str], ...]) -> list[str]:
    return sorted(url for _, url in callbacks)


def _adds_encoded_and_once(t: Traffic) -> Judged:
    """Check the traffic: each URL is added completely, and not again while it is registered."""
    added = t.to("/callback/add")
    if not added:
        return UNTRIGGERED
    registered: set[str] = set()
    for x in t.to("/callback/*"):
        if x.path == "/callback/remove":
            registered.clear()  # the id does not show which URL it was
        if x.path != "/callback/add":
            continue
        lost = [name for name, _ in x.query if name not in ADD_PARAMETERS]
        assert not lost, f"the URL was not encoded: its {', '.join(lost)} arrived as a parameter of the bridge"
        url = x.param("url") or ""
        assert url not in registered, f"{url} was registered already, and the client added it again"
        if x.success:
            registered.add(url)
    return None


@law(
    "NK-CB-1",
    "registers once, within the limits, encoded, and frees its slot",
    on=("register_callback", "unregister_callback"),
    evidence="/callback/add: no https, url encoded, max. 254 chars; /callback: up to 3",
    mutants=("registers_unencoded", "registers_every_time", "ignores_a_full_house", "ignores_a_bad_url",
             "never_frees_its_slot", "callbacks_stay", "forgets_the_callbacks_query",
             "refuses_the_longest_url", "cuts_the_url", "lowers_the_url", "registers_localhost",
             "cannot_unregister_twice", "full_is_a_bad_url", "drops_the_last_slash", "registered_once_for_all"),
    needs="truth",
    conduct=_adds_encoded_and_once,
)  # fmt: skip
def registers_once(s: NukiStep) -> Judged:
    """Check that a client uses one of the bridge's three slots, correctly encoded, and frees it."""
    url: str = s.arguments["url"]
    if not _depends_on_client(s):
        return UNTRIGGERED
    before, after = _urls(s.before.callbacks), _urls(s.after.callbacks)
    others = [other for other in before if other != url]
    if s.call == "unregister_callback":
        assert url not in after, f"{url} was unregistered, and the bridge still calls it"
        assert s.error is None, f"nothing prevented the client from unregistering {url}, and it said {s.error!r}"
        return None
    assert len(after) <= SLOTS, f"the bridge has {len(after)} callbacks; it may have at most {SLOTS}"
    if not url.startswith("http://") or len(url) > LONGEST:
        assert isinstance(s.error, BadCallback | Failed), f"this URL cannot be a callback, and the client {_outcome(s)}"
        return None
    if url not in before and len(before) >= SLOTS:
        assert isinstance(s.error, NoFreeSlot | Failed), f"no slot was free, and the client {_outcome(s)}"
        assert after == before, "no slot was free, and the client removed another client's callback"
        return None
    again = s.traffic.to("/callback/add")
    assert not (url in before and again), f"{url} was registered already, and the client added it again"
    assert s.error is None, f"a slot was free, and the client said {s.error!r}"
    assert after == sorted([*others, url]), f"{url} should be registered, and the bridge has {after}"
    return None


@law(
    "NK-CB-7",
    "what it reports as registered or removed is so",
    on=("register_callback", "unregister_callback"),
    evidence="/callback/add, /callback/remove: success, flag; message contains the reason for the failure",
    mutants=("registers_in_vain", "unregisters_in_vain", "a_reason_is_no_failure"),
)
def registers_what_it_reports(s: NukiStep) -> Judged:
    """Check that a client does not take a busy bridge for a registered URL: it would wait for callbacks in vain."""
    if s.error is not None or not s.before.up:
        return UNTRIGGERED
    url: str = s.arguments["url"]
    there = url in _urls(s.after.callbacks)
    wanted = s.call == "register_callback"
    assert there is wanted, (
        f"the client reports that {url} is {'registered' if wanted else 'removed'}, and the bridge has "
        f"{_urls(s.after.callbacks)}"
    )
    return None


def _removes_what_it_added(t: Traffic) -> Judged:
    """Check the traffic: the client removes no id that belongs to another client's URL."""
    added: set[str | None] = set()
    listed: dict[str, str] = {}
    judged = False
    for x in t.to("/callback/*"):
        answer = x.json if isinstance(x.json, dict) else {}
        if x.path == "/callback/list" and "callbacks" in answer:
            listed = {str(entry["id"]): entry["url"] for entry in answer["callbacks"]}
        if x.path == "/callback/add" and x.success:
            added.add(x.param("url"))
        if x.path == "/callback/remove" and (url := listed.get(x.param("id") or "")) is not None:
            judged = True
            assert url in added, f"the client removed id {x.param('id')}, {url}, which it had not added"
    return None if judged else UNTRIGGERED


@law(
    "NK-CB-4",
    "removes only its own URL's id",
    on=("unregister_callback", "register_callback"),
    evidence="/callback/remove: the id of the callback to be removed; /callback/list shows the ids",
    mutants=(
        "removes_id_0",
        "removes_them_all",
        "removal_renumbers",
        "removes_what_begins_alike",
        "removes_by_place",
        "removes_the_slot_it_had",
    ),
    needs="truth",
    conduct=_removes_what_it_added,
)
def removes_only_its_own(s: NukiStep) -> Judged:
    """Check that a client leaves the callbacks of other clients alone."""
    url: str = s.arguments["url"]
    others = [(id_, other) for id_, other in s.before.callbacks if other != url]
    if not others or (s.call == "register_callback" and not s.traffic.to("/callback/remove")):
        return UNTRIGGERED
    left = [(id_, other) for id_, other in s.after.callbacks if other != url]
    assert left == others, f"the callbacks of other clients were {others}, and now they are {left}"
    return None


@law(
    "NK-CB-2",
    "late, doubled or reordered callbacks never take it back to an older state",
    on="believed_state",
    evidence="/callback: the body has no time and no number, so only a read shows what is new",
    mutants=("trusts_what_is_pushed", "trusts_the_first_push", "reads_lag_after_a_push",
             "rereads_the_first_lock", "ignores_callbacks", "trusts_a_push_while_busy"),
    needs="truth",
)  # fmt: skip
def never_goes_back(s: NukiStep) -> Judged:
    """Check that a client does not show a state that is older than what it has read or received."""
    lock: int = s.arguments["lock"]
    if s.error is not None or s.result in (None, State.UNKNOWN) or s.given.get("pushed") is None:
        return UNTRIGGERED
    newest = max([*_read_times(s, lock), *_callback_times(s, lock)], default=None)
    if newest is None or any(x.altered for x in s.all_traffic):
        return UNTRIGGERED
    shown = shown_since(s, lock, newest)
    assert not shown or s.result in shown, (
        f"the client shows {s.result.name.lower()}; since its newest information the lock was only "
        f"{', '.join(sorted(state.name.lower() for state in shown))}"
    )
    return None


def _read_times(s: NukiStep, lock: int) -> list[int]:
    """Return the times of the states that the client has read of this lock."""
    read = [x.decided for x in s.all_traffic.to("/lockState").where(nukiId=lock) if x.answered and x.success]
    listed = [list_time(x, lock) for x in s.all_traffic.to("/list") if x.answered and isinstance(x.json, list)]
    return read + [at for at in listed if at is not None]


def _callback_times(s: NukiStep, lock: int) -> list[int]:
    """Return the times of the states in this lock's callbacks."""
    return [e.given["sent_at"] for e in s.earlier if e.call == "on_callback" and e.given.get("lock") == lock]


@law(
    "NK-CB-6",
    "a callback about a lock lets it show that lock's state",
    on="believed_state",
    evidence="/callback: triggered once the lock state of one of the known Smart Locks changes",
    mutants=("called_back_about_known_locks_only", "called_back_about_two_states_only", "the_same_state_is_no_news"),
    needs="truth",
)
def looks_when_it_is_called(s: NukiStep) -> Judged:
    """Check that a client that was called back, and could read the lock, knows its state: also of a lock that is new to it."""
    lock: int = s.arguments["lock"]
    called = s.earlier[-1] if s.earlier else None
    if called is None or called.call != "on_callback" or called.given.get("lock") != lock or called.error is not None:
        return UNTRIGGERED
    readable = s.after.up and lock in s.after.locks and s.after.locks[lock].reachable
    if (
        not readable
        or s.given.get("token") == "wrong"
        or any(x.broken or x.status != 200 or x.success is False for x in called.traffic)
    ):
        return UNTRIGGERED
    assert s.error is None and s.result not in (None, State.UNKNOWN), (  # noqa: PT018 - one message for both
        f"the bridge has called back about lock {lock}, which can be read, and the client shows nothing for it"
    )
    shown = shown_since(s, lock, called.began)
    assert s.result in shown, (
        f"the bridge has called back about lock {lock}; since then it was only "
        f"{', '.join(sorted(state.name.lower() for state in shown))}, and the client shows {s.result.name.lower()}"
    )
    return None


@law(
    "NK-CB-3",
    "a client recovers from lost callbacks by reading",
    on=("believed_state", "refresh"),
    evidence="/callback: nothing says that a lost one is sent again; a client cannot know what it has missed",
    mutants=("trusts_only_what_is_pushed", "refreshes_only_once", "refreshes_the_first_lock_only",
             "one_offline_lock_stops_the_poll", "unknown_once_unknown_always", "missing_once_missing_always",
             "polls_the_first_list"),
    needs="truth",
)  # fmt: skip
def recovers_from_lost_callbacks(s: NukiStep) -> Judged:
    """Check, after everything has settled and the client had time to poll, that it shows the lock's state."""
    if s.call == "refresh" or not s.given.get("settled"):
        return UNTRIGGERED
    lock: int = s.arguments["lock"]
    if not s.after.up or not s.after.locks[lock].reachable:
        return UNTRIGGERED
    recent = [*s.traffic, *(x for e in s.earlier[-len(s.after.locks) - 1 :] for x in e.traffic)]
    if any(x.status in (401, 403) for x in recent):
        return UNTRIGGERED
    truth = s.after.locks[lock].state
    shown = "nothing" if s.error is not None or s.result is None else s.result.name.lower()
    assert s.error is None and s.result is truth, (  # noqa: PT018 - one message for both
        f"everything has settled, the lock is {truth.name.lower()}, and the client shows {shown}"
    )
    return None


def _truth_that_can_be_learnt(s: NukiStep) -> State | None:
    """Return the lock's state; None if the client cannot read it now."""
    lock = s.after.locks.get(s.arguments["lock"])
    readable = lock is not None and lock.reachable and s.after.up and s.given.get("token") != "wrong"
    return lock.state if lock is not None and readable else None


converges = convergence(
    "NK-CONV-1",
    on="believed_state",
    evidence="/callback: nothing says that a lost one is sent again; vendor-facts: a busy bridge answers 503 anywhere",
    belief=lambda s: s.result,
    truth=_truth_that_can_be_learnt,
    mutants=("stops_polling_after_an_error", "backs_off_for_ever"),
)


@law(
    "NK-CB-5",
    "an odd callback does no harm",
    on="on_callback",
    evidence="/callback: anybody in the network can POST to the client; later firmware may send more",
    mutants=("trips_over_a_callback",),
    needs="results",
)
def an_odd_callback_does_no_harm(s: NukiStep) -> Judged:
    """Check that a client ignores a body that it does not understand, or that names a lock that it does not know."""
    if not s.given.get("odd"):
        return UNTRIGGERED
    assert s.error is None, f"the body {s.arguments['body']!r} made the client raise {type(s.error).__name__}"
    return None
