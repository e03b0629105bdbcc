"""Who may go where: ending access, keeping access, and fobs that change hands."""

from __future__ import annotations

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Traffic
from lockpact.lockt.laws.wire import counts, option, records_of, to
from lockpact.lockt.port import NotThere
from lockpact.lockt.truth import LocktStep, micros

__all__ = ["a_fob_changes_hands", "ending_access_ends_it", "ending_access_keeps_the_rest", "never_updates_by_half"]

MS = 1_000


def _at(s: LocktStep) -> int:
    """When access is to end, as the vendor keeps it: to the millisecond."""
    at = micros(s.arguments["at"]) or 0
    return at - at % MS


@law(
    "LT-PRIV-1",
    "ending a user's access keeps the privileges and everything else of the user",
    on="end_access",
    evidence="Case Process: only access_expires is set; POST /user: replace_privileges deletes what does not come again",
    mutants=(
        "ends_and_wipes",
        "ends_and_forgets_a_level",
        "ends_and_moves",
        "ends_and_disables",
        "update_wipes_levels",
    ),
)
def ending_access_keeps_the_rest(s: LocktStep) -> Judged:
    """A guest who comes back next month would find every door shut."""
    was, now = s.before.user(s.arguments["user"]), s.after.user(s.arguments["user"])
    if was is None or now is None or (was == now and s.error is not None):
        return UNTRIGGERED
    assert set(now.levels) == set(was.levels), (
        f"user {was.id} had the access levels {was.levels}, and has {now.levels} now that access was ended"
    )
    kept = (now.email, now.card_num, now.effective, now.enabled) == (
        was.email,
        was.card_num,
        was.effective,
        was.enabled,
    )
    assert kept, f"more than the end of access has changed for user {was.id}: {was} is now {now}"
    return None


@law(
    "LT-DISABLE-1",
    "ending access says update_existing, and looks whether it has ended",
    on="end_access",
    evidence="Case Process, Disable Access For a User, step 4: a plain POST, which update_existing's default ignores",
    mutants=("ends_by_a_plain_post", "ends_and_never_looks", "unknown_user_is_fine", "expires_is_ignored",
             "updates_are_ignored"),
)  # fmt: skip
def ending_access_ends_it(s: LocktStep) -> Judged:
    """Who is believed to be shut out and is not, walks in."""
    was, now = s.before.user(s.arguments["user"]), s.after.user(s.arguments["user"])
    if was is None:
        if "fault" in s.given or s.given.get("credentials") == "wrong" or s.before.instance_down:
            return UNTRIGGERED
        assert isinstance(s.error, NotThere), f"there is no user {s.arguments['user']}, and the client does not say so"
        return None
    sent = to(s.traffic, "/user", method="POST")
    for x in sent:
        assert option(x, "update_existing") is True, "access was to be ended by a POST that ignores existing users"
    if s.error is not None:
        hindered = "fault" in s.given or s.given.get("credentials") == "wrong" or s.before.instance_down
        assert hindered, f"nothing stood in the way, and access did not end: {type(s.error).__name__}: {s.error}"
        return None if sent else UNTRIGGERED
    assert now is not None and now.expires == _at(s), (  # noqa: PT018 - one sentence says both
        f"the client says that access of user {was.id} ends then, and it does not"
    )
    done = [x.ended for x in sent if counts(x) is not None]
    looked = [x for x in to(s.traffic, "/user", method="GET") if done and x.began >= done[-1] and x.status == 200]
    assert looked, "a batch answered 200 may have ignored the user, and the client did not look again"
    return None


def _no_update_by_half(t: Traffic) -> Judged:
    """Of conduct: an update that replaces privileges has them."""
    sent = [x for x in to(t, "/user", method="POST") if option(x, "update_existing") is True and records_of(x)]
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
    "never sends an update built from an answer without access levels where privileges are replaced",
    on=("end_access", "save_users"),
    evidence="GET /user?id: the sample has no accesslevels; POST /user: replace_privileges is true unless said",
    mutants=("echoes_a_single_read", "echoes_and_replaces", "replaces_by_empty"),
    needs="results",
    conduct=_no_update_by_half,
)
def never_updates_by_half(s: LocktStep) -> Judged:
    """The documented recipe reads one user and sends it back: that takes all access away."""
    sent = [x for x in to(s.traffic, "/user", method="POST") if option(x, "update_existing") is True and records_of(x)]
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
                f"user {s.arguments['user']} has the access levels {was.levels}, and the update replaces "
                f"them by {sorted(map(str, levels))}"
            )
    return None


@law(
    "LT-FOB-1",
    "a reassigned fob opens what the new user opens, and nothing of the old",
    on=("assign_fob", "fobs"),
    evidence="PUT /fob: reassigns a fob to the indicated user, thereby inheriting access rights",
    mutants=("posts_the_fob", "updated_is_not_inserted", "fob_and_user_swapped", "drops_the_fobs_window",
             "refused_assignment_is_fine", "fobs_stay_where_they_were", "fobs_keep_old_levels"),
)  # fmt: skip
def a_fob_changes_hands(s: LocktStep) -> Judged:
    """The last guest's fob must not open this guest's suite, nor the other way round."""
    if s.call == "fobs":
        if s.error is not None or "altered" in s.given:
            return UNTRIGGERED
        for fob in s.result:
            truly = s.after.fob(fob.id)
            if truly is not None:
                assert set(fob.levels) == set(truly.levels), (
                    f"fob {fob.id} inherits the access levels {truly.levels}, and the client says {fob.levels}"
                )
        return None if s.result else UNTRIGGERED
    fob, user = s.before.fob(s.arguments["fob"]), s.before.user(s.arguments["user"])
    unhindered = "fault" not in s.given and s.given.get("credentials") != "wrong" and not s.before.instance_down
    if fob is None or user is None:
        assert s.error is not None, (
            f"fob {s.arguments['fob']} or user {s.arguments['user']} is none, and the client says done"
        )
        return None
    now = s.after.fob(fob.id)
    if s.error is not None:
        assert not unhindered, f"nothing stood in the way, and the client said {type(s.error).__name__}: {s.error}"
        return UNTRIGGERED
    assert now is not None and now.user == user.id, (  # noqa: PT018 - one sentence says both
        f"fob {fob.id} was to be user {user.id}'s, and is {now.user if now else None}'s"
    )
    assert set(now.levels) == set(user.levels), f"fob {fob.id} opens what {now.levels} open, not what its user may open"
    window = tuple(at and at - at % MS for at in (micros(s.arguments["effective"]), micros(s.arguments["expires"])))
    assert (now.effective, now.expires) == window, f"fob {fob.id} has another window than was asked"
    return None
