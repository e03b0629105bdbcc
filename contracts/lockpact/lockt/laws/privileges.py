"""Laws about access: ending it, keeping it, and reassigning fobs."""

from __future__ import annotations

from dataclasses import fields

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Traffic
from lockpact.lockt.laws.exchanges import counts, option, records_of, sent_to
from lockpact.lockt.laws.records import unhindered
from lockpact.lockt.port import NotThere
from lockpact.lockt.truth import LocktStep, same_second

__all__ = ["ending_access_ends_it", "ending_access_keeps_the_rest", "reassigns_fobs", "sends_complete_updates"]


@law(
    "LT-PRIV-1",
    "keeps the privileges and everything else of a user whose access ends",
    on="end_access",
    evidence="Case Process: only access_expires is set; POST /user: replace_privileges deletes what does not come again",
    mutants=(
        "ends_and_wipes",
        "ends_and_forgets_a_level",
        "ends_and_moves",
        "ends_and_disables",
        "ends_and_drops_the_phone",
        "ends_and_renames",
        "update_wipes_levels",
        "ends_what_it_has_listed",
    ),
)
def ending_access_keeps_the_rest(s: LocktStep) -> Judged:
    """A guest who comes back next month must get in again when the end is moved."""
    was, now = s.before.user(s.arguments["user"]), s.after.user(s.arguments["user"])
    if was is None or now is None or (was == now and s.error is not None):
        return UNTRIGGERED
    assert set(now.levels) == set(was.levels), (
        f"user {was.id} had the access levels {was.levels}; after access was ended, they are {now.levels}"
    )
    changed = [one.name for one in fields(was) if getattr(was, one.name) != getattr(now, one.name)]
    more = [name for name in changed if name not in ("expires", "levels")]
    assert not more, f"more than the end of access has changed for user {was.id}: {', '.join(more)}"
    return None


@law(
    "LT-DISABLE-1",
    "sends update_existing to end access, and reads the user to check it",
    on="end_access",
    evidence="Case Process, Disable Access For a User, step 4: a plain POST, which update_existing's default ignores",
    mutants=("ends_by_a_plain_post", "ends_and_never_looks", "looks_and_believes", "ignores_an_unknown_user",
             "expires_is_ignored", "updates_are_ignored"),
)  # fmt: skip
def ending_access_ends_it(s: LocktStep) -> Judged:
    """Someone whose access was believed to have ended could still get in."""
    was, now = s.before.user(s.arguments["user"]), s.after.user(s.arguments["user"])
    if was is None:
        if not unhindered(s):
            return UNTRIGGERED
        assert isinstance(s.error, NotThere), f"there is no user {s.arguments['user']}; expected NotThere"
        return None
    sent = sent_to(s.traffic, "/user", method="POST")
    for x in sent:
        assert option(x, "update_existing") is True, "the client sent a POST that ignores existing users to end access"
    if s.error is not None:
        assert not unhindered(s) or s.given.get("altered"), (
            f"there was no fault, and access did not end: {type(s.error).__name__}: {s.error}"
        )
        return None if sent else UNTRIGGERED
    assert now is not None and same_second(s.arguments["at"], now.expires), (  # noqa: PT018 - one sentence says both
        f"the client says that the access of user {was.id} ends then; it does not"
    )
    done = [x.ended for x in sent if counts(x) is not None]
    looked = [x for x in sent_to(s.traffic, "/user", method="GET") if done and x.began >= done[-1] and x.status == 200]
    assert looked, "a batch answered with 200 may have ignored the user; the client did not read the user afterwards"
    assert s.given.get("altered") != "unchanged", (
        f"the client read user {was.id} afterwards with another end of access, and says all the same that access ends then"
    )
    return None


def _complete_updates(t: Traffic) -> Judged:
    """Judge the traffic alone: an update that replaces privileges has access levels."""
    sent = [x for x in sent_to(t, "/user", method="POST") if option(x, "update_existing") is True and records_of(x)]
    if not sent:
        return UNTRIGGERED
    for x in sent:
        if option(x, "replace_privileges") is not False:
            assert all(isinstance(record.get("accesslevels"), list) for record in records_of(x)), (
                "an update without accesslevels replaces them by none"
            )
    return None


@law(
    "LT-PRIV-2",
    "never replaces privileges by an update that is built from an answer without access levels",
    on=("end_access", "save_users"),
    evidence="GET /user?id: the sample has no accesslevels; POST /user: replace_privileges defaults to true",
    mutants=("echoes_a_single_read", "echoes_and_replaces", "replaces_by_empty"),
    needs="results",
    conduct=_complete_updates,
)
def sends_complete_updates(s: LocktStep) -> Judged:
    """The documented recipe reads one user and sends it back. That removes all access levels."""
    sent = [
        x for x in sent_to(s.traffic, "/user", method="POST") if option(x, "update_existing") is True and records_of(x)
    ]
    if not sent:
        return UNTRIGGERED
    for x in sent:
        if option(x, "replace_privileges") is False:
            continue
        assert all(isinstance(record.get("accesslevels"), list) for record in records_of(x)), (
            "an update without accesslevels replaces them by none"
        )
        if s.call == "end_access" and s.truth_known:
            was = s.before.user(s.arguments["user"])
            if was is None:
                continue
            levels = {level.get("id") for record in records_of(x) for level in record["accesslevels"]}
            assert set(was.levels) <= levels, (
                f"user {s.arguments['user']} has the access levels {was.levels}; the update replaces "
                f"them by {sorted(map(str, levels))}"
            )
    return None


@law(
    "LT-FOB-1",
    "reassigns a fob so that it opens what the new user may open, and nothing else",
    on=("assign_fob", "fobs"),
    evidence="PUT /fob: reassigns a fob to the indicated user, thereby inheriting access rights",
    mutants=("posts_the_fob", "updated_is_not_inserted", "fob_and_user_swapped", "drops_the_fobs_window",
             "ignores_a_refused_assignment", "fobs_stay_where_they_were", "fobs_keep_old_levels"),
)  # fmt: skip
def reassigns_fobs(s: LocktStep) -> Judged:
    """The previous guest's fob must not open the suite of the next guest."""
    if s.call == "fobs":
        if s.error is not None or "altered" in s.given:
            return UNTRIGGERED
        for fob in s.result:
            actual = s.after.fob(fob.id)
            if actual is not None:
                assert set(fob.levels) == set(actual.levels), (
                    f"fob {fob.id} inherits the access levels {actual.levels}; the client says {fob.levels}"
                )
        return None if s.result else UNTRIGGERED
    fob, user = s.before.fob(s.arguments["fob"]), s.before.user(s.arguments["user"])
    if fob is None or user is None:
        assert s.error is not None, (
            f"fob {s.arguments['fob']} or user {s.arguments['user']} does not exist; the client raised no error"
        )
        return None
    now = s.after.fob(fob.id)
    if s.error is not None:
        assert not unhindered(s), f"there was no fault; the client raised {type(s.error).__name__}: {s.error}"
        return UNTRIGGERED
    assert now is not None and now.user == user.id, (  # noqa: PT018 - one sentence says both
        f"fob {fob.id} should belong to user {user.id}; it belongs to {now.user if now else None}"
    )
    assert set(now.levels) == set(user.levels), (
        f"fob {fob.id} has the access levels {now.levels}; its user has {user.levels}"
    )
    assert same_second(s.arguments["effective"], now.effective) and same_second(s.arguments["expires"], now.expires), (  # noqa: PT018 - one window
        f"fob {fob.id} has not the window that was asked for"
    )
    return None
