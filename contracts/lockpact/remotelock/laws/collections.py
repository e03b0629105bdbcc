"""Reading collections: complete, without repetitions, within the limit, and with unknown keys and types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange, Traffic
from lockpact.remotelock.exchanges import api, items, page_of, unhindered
from lockpact.remotelock.port import Status, TooMany
from lockpact.remotelock.truth import RemoteLockStep, Truth, truths

__all__ = ["default_list_is_not_all", "lists_everything_once", "loses_nothing_between_pages", "survives_what_is_new"]

BOUND = 10_000
"""page × per_page may not exceed it."""
PRESENT = frozenset({Status.UPCOMING, Status.CURRENT})


def _expected(s: RemoteLockStep, truth: Truth) -> set[str]:
    """Return the ids that the list should have."""
    if s.call == "devices":
        return set(truth.devices)
    return {id_ for id_, person in truth.persons.items() if s.arguments["everyone"] or person.status in PRESENT}


def _result_ids(s: RemoteLockStep) -> list[str]:
    return [item.id for item in s.result or ()]


def _repeated(ids: Iterable[str]) -> list[str]:
    return [id_ for id_, times in Counter(ids).items() if times > 1]


@law(
    "RL-PAGE-1",
    "lists everything exactly once, for any count and page size",
    on=("devices", "persons"),
    evidence="Pagination: page (maximum: total_pages), per_page (default 25, maximum 50)",
    mutants=("reads_the_first_page_only", "trusts_its_own_page_size", "counts_pages_from_zero", "stops_before_the_last_page",
             "pages_overlap", "the_last_page_is_empty", "total_is_the_pages_own", "present_by_the_numbers",),
    needs="results",
)  # fmt: skip
def lists_everything_once(s: RemoteLockStep) -> Judged:
    """While nothing changes, a list has one right answer."""
    if s.given.get("fault") or s.given.get("huge") or not unhindered(s.traffic) or not _reached(s):
        return UNTRIGGERED
    wanted: set[str] = set()
    if s.truth_known:
        wanted = _expected(s, s.before)
        if any(_expected(s, truth) != wanted for truth in truths(s)):
            return UNTRIGGERED
        if s.call == "persons" and s.arguments["everyone"] and s.error is None:
            wanted = {id_ for id_ in wanted if s.before.persons[id_].status in PRESENT}  # RL-STATUS-1 judges the others
    assert s.error is None, f"all requests were answered, and the client raised {type(s.error).__name__}: {s.error}"
    ids = _result_ids(s)
    assert not _repeated(ids), f"{len(_repeated(ids))} of {len(set(ids))} items are listed more than once"
    if s.truth_known:
        missing = wanted - set(ids)
        assert not missing, f"{len(missing)} of {len(wanted)} items are missing from the list"
        assert set(ids) <= _expected(s, s.before), "the list has an item that does not exist"
    else:
        total = _total(s.traffic)
        assert total is None or len(ids) == total, (
            f"meta says that there are {total} items, and the client lists {len(ids)}"
        )
    return None


def _reached(s: RemoteLockStep) -> bool:
    """Return whether the client was let in at all, so that this is about the list."""
    return any(x.status == 200 for x in api(s.traffic))


def _total(t: Traffic) -> int | None:
    metas = [x.json.get("meta") for x in api(t) if x.status == 200 and isinstance(x.json, dict)]
    totals = [
        meta["total_count"] for meta in metas if isinstance(meta, dict) and isinstance(meta.get("total_count"), int)
    ]
    return totals[-1] if totals else None


def _never_beyond_the_bound(t: Traffic) -> Judged:
    """Check that page × per_page is at most 10,000."""
    requests = [(x, paged) for x in api(t) if x.method == "GET" and (paged := page_of(x)) is not None]
    if not requests:
        return UNTRIGGERED
    for x, (page, size) in requests:
        assert page * size <= BOUND, (
            f"the client asked {x.path} for page {page} of {size} items; page × per_page may be at most {BOUND:,}"
        )
    return None


@law(
    "RL-PAGE-2",
    "loses nothing when items come or go between pages, and never asks beyond the limit",
    on=("devices", "persons"),
    evidence="Pagination: limited to access up to 10,000 resources: page * per_page should not exceed that number",
    mutants=("walks_once", "asks_beyond_the_bound", "reads_the_last_page_first", "cuts_at_the_bound_in_silence",
             "restarts_only_when_the_total_changes", "doubles_what_moved", "a_new_item_hides_an_old_one",
             "ten_thousand_are_too_many"),
    needs="truth",
    conduct=_never_beyond_the_bound,
)  # fmt: skip
def loses_nothing_between_pages(s: RemoteLockStep) -> Judged:
    """What existed all the time must be in the list. What never existed must not."""
    _never_beyond_the_bound(s.traffic)
    if isinstance(s.error, TooMany):
        total = _total(s.traffic)
        assert total is None or total > BOUND, (
            f"there are {total:,} items, all of which can be read, and the client raised TooMany"
        )
    if s.given.get("fault") or not unhindered(s.traffic) or not _reached(s):
        return UNTRIGGERED
    if (total := s.given.get("huge")) is not None and total > BOUND:
        is_complete = s.error is None and len(set(_result_ids(s))) == total
        assert isinstance(s.error, TooMany) or is_complete, (
            f"there are {total:,} items, of which 10,000 can be read, and the client "
            + (
                f"raised {type(s.error).__name__}"
                if s.error is not None
                else f"returned {len(_result_ids(s))} as if they were all"
            )
        )
        return None
    seen = [_expected(s, truth) for truth in truths(s)]
    always, ever = set.intersection(*seen), set.union(*seen)
    if always == ever or s.given.get("changes") is None:
        return UNTRIGGERED
    assert s.error is None, f"the list changed meanwhile, and the client raised {type(s.error).__name__}: {s.error}"
    ids = _result_ids(s)
    assert not _repeated(ids), "the list changed meanwhile, and an item that moved to another page is listed twice"
    missing = always - set(ids)
    assert not missing, f"the list changed meanwhile, and {len(missing)} items that existed all the time are missing"
    assert set(ids) <= ever, "the list has an item that never existed"
    return None


@law(
    "RL-STATUS-1",
    "does not take the default list for the whole list",
    on="persons",
    evidence="Get access persons: this endpoint returns only current and upcoming by default",
    mutants=("default_list_is_everyone", "asks_for_expired_only", "one_word_for_four", "status_filter_is_ignored",
             "status_filter_takes_one_only", "escapes_the_query"),
    needs="results",
)  # fmt: skip
def default_list_is_not_all(s: RemoteLockStep) -> Judged:
    """The default list has no expired or deactivated persons."""
    if s.given.get("fault") or s.given.get("changes") or s.error is not None or not unhindered(s.traffic):
        return UNTRIGGERED
    listed = {person.id: person for person in s.result or ()}
    if not s.arguments["everyone"]:
        past = [p for p in listed.values() if p.status in (Status.EXPIRED, Status.DEACTIVATED)]
        assert not past, f"asked for current and upcoming persons, the client listed {len(past)} whose stay is over"
        return None
    if not s.truth_known:
        statuses = {value for x in api(s.traffic) for name, value in x.query if name.startswith("attributes[status]")}
        assert {"expired", "deactivated"} <= statuses, (
            "asked for everyone, the client did not ask the server for expired and deactivated persons"
        )
        return None
    past_ids = {id_ for truth in truths(s) for id_, p in truth.persons.items() if p.status not in PRESENT}
    always = set.intersection(*({*truth.persons} for truth in truths(s)))
    if not past_ids & always:
        return UNTRIGGERED
    missing = (past_ids & always) - set(listed)
    assert not missing, f"asked for everyone, the client left out {len(missing)} persons whose stay is over"
    return None


@law(
    "RL-TOL-1",
    "survives new keys and types",
    on=("user", "devices", "persons", "person", "who", "access", "refresh"),
    evidence="API versioning, Changes: if a single field is added to the resource, the version won't change",
    mutants=(
        "decodes_strictly",
        "knows_all_device_types",
        "knows_all_statuses",
        "knows_all_events",
        "one_odd_item_spoils_all",
        "an_unknown_status_is_current",
    ),
    needs="results",
    shown_by=("person",),
)
def survives_what_is_new(s: RemoteLockStep) -> Judged:
    """A server may add keys and types without notice."""
    extended = [x for x in api(s.traffic) if x.altered and x.status == 200]
    if not extended or s.given.get("grown") is None or not unhindered(s.traffic):
        return UNTRIGGERED
    assert s.error is None, (
        f"an answer had keys or types that the document lacks, and the client raised {type(s.error).__name__}: {s.error}"
    )
    if s.call in ("devices", "persons"):
        missing = {item["id"] for x in extended for item in items(x)} - set(_result_ids(s))
        assert not missing, (
            f"{len(missing)} items have keys or types that the document lacks, and are missing from the list"
        )
    if s.call in ("person", "persons"):
        _shows_the_status(extended[-1:] if s.call == "person" else extended, s.result)
    return None


def _shows_the_status(answers: Iterable[Exchange], result: Any) -> None:
    """Check that persons have the status that the answers say, which is UNKNOWN if the document lacks it."""
    said = {item["id"]: item["attributes"].get("status") for x in answers for item in items(x)}
    for person in result if isinstance(result, list | tuple) else [result]:
        word = said.get(person.id)
        if isinstance(word, str):
            assert person.status is Status.of(word), (
                f"the status of a person is {word}, and the client shows {person.status.name}"
            )
