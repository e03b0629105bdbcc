"""Reading collections: whole, once, not beyond the bound, and whatever else a later server puts into them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Traffic
from lockpact.remotelock.exchanges import api, items, page_of, unhindered
from lockpact.remotelock.port import Status, TooMany
from lockpact.remotelock.truth import RemoteLockStep, Truth, truths

__all__ = ["default_list_is_not_all", "lists_everything_once", "loses_nothing_between_pages", "survives_what_is_new"]

BOUND = 10_000
"""page × per_page may not exceed it."""
PRESENT = frozenset({Status.UPCOMING, Status.CURRENT})


def _listed(s: RemoteLockStep, truth: Truth) -> set[str]:
    """What the call's collection holds."""
    if s.call == "devices":
        return set(truth.devices)
    return {id_ for id_, person in truth.persons.items() if s.arguments["everyone"] or person.status in PRESENT}


def _told(s: RemoteLockStep) -> list[str]:
    return [one.id for one in s.result or ()]


def _twice(ids: Iterable[str]) -> list[str]:
    return [id_ for id_, times in Counter(ids).items() if times > 1]


@law(
    "RL-PAGE-1",
    "lists everything exactly once, for any count and page size",
    on=("devices", "persons"),
    evidence="Pagination: page (maximum: total_pages), per_page (default 25, maximum 50)",
    mutants=("reads_the_first_page_only", "trusts_its_own_page_size", "counts_pages_from_zero", "stops_before_the_last_page",
             "pages_overlap", "the_last_page_is_empty", "total_is_the_pages_own"),
    needs="results",
)  # fmt: skip
def lists_everything_once(s: RemoteLockStep) -> Judged:
    """While nothing changes, a list has one right answer."""
    if s.given.get("fault") or s.given.get("huge") or not unhindered(s.traffic) or not _reached(s):
        return UNTRIGGERED
    wanted: set[str] = set()
    if s.truth_known:
        wanted = _listed(s, s.before)
        if any(_listed(s, truth) != wanted for truth in truths(s)):
            return UNTRIGGERED
        if s.call == "persons" and s.arguments["everyone"] and s.error is None:
            wanted = {id_ for id_ in wanted if s.before.persons[id_].status in PRESENT}  # the others are RL-STATUS-1's
    assert s.error is None, f"nothing stood in the way, and the list ended with {type(s.error).__name__}: {s.error}"
    told = _told(s)
    assert not _twice(told), f"{len(_twice(told))} of {len(set(told))} are listed more than once"
    if s.truth_known:
        missing = wanted - set(told)
        assert not missing, f"{len(missing)} of {len(wanted)} are missing from the list"
        assert set(told) <= _listed(s, s.before), "the list has what is not there"
    else:
        total = _total(s.traffic)
        assert total is None or len(told) == total, (
            f"meta says that there are {total}, and the client lists {len(told)}"
        )
    return None


def _reached(s: RemoteLockStep) -> bool:
    """Whether it is about the list at all: the client got past the door."""
    return any(x.status == 200 for x in api(s.traffic))


def _total(t: Traffic) -> int | None:
    said = [x.json.get("meta") for x in api(t) if x.status == 200 and isinstance(x.json, dict)]
    totals = [
        meta["total_count"] for meta in said if isinstance(meta, dict) and isinstance(meta.get("total_count"), int)
    ]
    return totals[-1] if totals else None


def _never_beyond_the_bound(t: Traffic) -> Judged:
    """Of conduct: page × per_page is at most 10,000."""
    asked = [(x, paged) for x in api(t) if x.method == "GET" and (paged := page_of(x)) is not None]
    if not asked:
        return UNTRIGGERED
    for x, (page, size) in asked:
        assert page * size <= BOUND, (
            f"page {page} of {size} each was asked of {x.path}: page × per_page is bounded by {BOUND:,}"
        )
    return None


@law(
    "RL-PAGE-2",
    "loses nothing when items come or go between pages, and never asks beyond the bound",
    on=("devices", "persons"),
    evidence="Pagination: limited to access up to 10,000 resources: page * per_page should not exceed that number",
    mutants=("walks_once", "asks_beyond_the_bound", "reads_the_last_page_first", "cuts_at_the_bound_in_silence",
             "restarts_only_when_the_total_changes", "doubles_what_moved", "a_new_item_hides_an_old_one"),
    needs="truth",
    conduct=_never_beyond_the_bound,
)  # fmt: skip
def loses_nothing_between_pages(s: RemoteLockStep) -> Judged:
    """What was there all the while must be in the list; what was never there must not."""
    _never_beyond_the_bound(s.traffic)
    if s.given.get("fault") or not unhindered(s.traffic) or not _reached(s):
        return UNTRIGGERED
    if (total := s.given.get("huge")) is not None:
        whole = s.error is None and len(set(_told(s))) == total
        assert isinstance(s.error, TooMany) or whole, (
            f"there are {total:,}, of which 10,000 can be read, and the client "
            + (
                f"said {type(s.error).__name__}"
                if s.error is not None
                else f"answered {len(_told(s))} as if they were all"
            )
        )
        return None
    seen = [_listed(s, truth) for truth in truths(s)]
    always, ever = set.intersection(*seen), set.union(*seen)
    if always == ever or s.given.get("changes") is None:
        return UNTRIGGERED
    assert s.error is None, f"the list changed meanwhile, and the client said {type(s.error).__name__}: {s.error}"
    told = _told(s)
    assert not _twice(told), "the list changed meanwhile, and what moved from page to page is listed twice"
    missing = always - set(told)
    assert not missing, f"the list changed meanwhile, and {len(missing)} that were there all the while are missing"
    assert set(told) <= ever, "the list has what was never there"
    return None


@law(
    "RL-STATUS-1",
    "does not take a default list for all",
    on="persons",
    evidence="Get access persons: this endpoint returns only current and upcoming by default",
    mutants=("default_list_is_everyone", "asks_for_expired_only", "one_word_for_four", "status_filter_is_ignored",
             "status_filter_takes_one_only"),
    needs="results",
)  # fmt: skip
def default_list_is_not_all(s: RemoteLockStep) -> Judged:
    """Whoever looks for a former guest must not be told that there was none."""
    if s.given.get("fault") or s.given.get("changes") or s.error is not None or not unhindered(s.traffic):
        return UNTRIGGERED
    told = {person.id: person for person in s.result or ()}
    if not s.arguments["everyone"]:
        past = [p for p in told.values() if p.status in (Status.EXPIRED, Status.DEACTIVATED)]
        assert not past, f"asked for whoever is or will be let in, the client listed {len(past)} whose stay is over"
        return None
    if not s.truth_known:
        asked = {value for x in api(s.traffic) for name, value in x.query if name.startswith("attributes[status]")}
        assert {"expired", "deactivated"} <= asked, (
            "asked for everyone, the client asked for no expired or deactivated ones"
        )
        return None
    past_ids = {id_ for truth in truths(s) for id_, p in truth.persons.items() if p.status not in PRESENT}
    always = set.intersection(*({*truth.persons} for truth in truths(s)))
    if not past_ids & always:
        return UNTRIGGERED
    missing = (past_ids & always) - set(told)
    assert not missing, f"asked for everyone, the client left out {len(missing)} whose stay is over"
    return None


@law(
    "RL-TOL-1",
    "survives new keys and types",
    on=("user", "devices", "persons", "person", "who", "access", "refresh"),
    evidence="API versioning, Changes: if a single field is added to the resource, the version won't change",
    mutants=("decodes_strictly", "knows_all_device_types", "knows_all_statuses", "knows_all_events"),
    needs="results",
    shown_by=("person",),
)
def survives_what_is_new(s: RemoteLockStep) -> Judged:
    """A server may grow without telling anybody."""
    grown = [x for x in api(s.traffic) if x.altered and x.status == 200]
    if not grown or s.given.get("grown") is None or not unhindered(s.traffic):
        return UNTRIGGERED
    assert s.error is None, (
        f"an answer had keys or types that the document lacks, and the client said {type(s.error).__name__}: {s.error}"
    )
    if s.call in ("devices", "persons"):
        told = set(_told(s))
        missing = {one["id"] for x in grown for one in items(x)} - told
        assert not missing, f"{len(missing)} items had what the document lacks, and are missing from the list"
    return None
