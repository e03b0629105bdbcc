"""Webhooks: whom to believe, what to count once, how fast to answer, and how to recover."""

from __future__ import annotations

from collections import Counter

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.remotelock.exchanges import api, unhindered
from lockpact.remotelock.moves import newest_moves
from lockpact.remotelock.port import Invalid
from lockpact.remotelock.truth import RemoteLockStep

__all__ = [
    "acknowledges_in_time",
    "nothing_twice",
    "notices_its_deactivation",
    "recovers_from_events",
    "refuses_a_wrong_secret",
]

DEADLINE = 3.0
"""The seconds that an endpoint may take to answer."""


@law(
    "RL-HOOK-1",
    "refuses webhooks with a wrong secret",
    on=("on_webhook", "seen", "subscribe"),
    evidence="Webhook endpoint requirements 2: validate request from us using the X-Secret header",
    mutants=("ignores_the_secret", "checks_the_secret_if_it_is_there", "compares_the_beginning", "acts_before_it_checks",
             "subscribes_without_a_secret", "compares_in_any_case", "compares_the_secrets_length", "sends_no_secret",
             "checks_no_secret_before_it_has_one"),
    needs="results",
)  # fmt: skip
def refuses_a_wrong_secret(s: RemoteLockStep) -> Judged:
    """Anybody can send a forged event to the endpoint."""
    if s.call == "subscribe":
        if not s.truth_known or s.error is not None:
            return UNTRIGGERED
        own = [webhook for webhook in s.after.webhooks.values() if webhook.url == s.arguments["url"]]
        assert all(webhook.secret for webhook in own), (
            "the webhook has no secret, so its endpoint cannot tell genuine events from forged ones"
        )
        return None
    if s.call == "seen":
        forged = {e.given["forged"] for e in s.earlier if e.call == "on_webhook" and e.given.get("forged")}
        genuine = {e.given["event"] for e in s.earlier if e.call == "on_webhook" and e.given.get("event")}
        if not forged - genuine or s.error is not None:
            return UNTRIGGERED
        believed = (forged - genuine) & set(s.result or ())
        assert not believed or not _never_true(s, believed), (
            "the endpoint refused an event with a wrong secret, and acted on it all the same"
        )
        return None
    if s.given.get("forged"):
        refused = s.error is None and isinstance(s.result, int) and not 200 <= s.result < 300
        assert refused, f"an event had {s.given['secret']}, and the endpoint " + (
            f"failed with {type(s.error).__name__}" if s.error is not None else f"answered {s.result}"
        )
        return None
    if s.given.get("event") is None:
        return UNTRIGGERED
    assert s.result not in (401, 403), "the endpoint refused a genuine event for its secret"
    return None


def _never_true(s: RemoteLockStep, ids: set[str]) -> bool:
    return not s.truth_known or any(id_ not in s.after.events for id_ in ids)


@law(
    "RL-HOOK-2",
    "acts once on repeated and reordered webhooks",
    on=("seen", "bolt"),
    evidence="Retry logic: whatever was not acknowledged is sent again; so a message may come twice, and late",
    mutants=(
        "acts_on_every_message",
        "forgets_what_it_has_seen",
        "the_last_message_is_the_newest",
        "an_event_has_two_ids",
        "reported_last_is_newest",
    ),
    needs="results",
)
def nothing_twice(s: RemoteLockStep) -> Judged:
    """A webhook may come twice, and late."""
    if s.error is not None:
        return UNTRIGGERED
    if s.call == "bolt":
        newest = newest_moves(s, s.arguments["lock"])
        if len(newest) != 1 or s.result is None or s.given.get("order") is None:
            return UNTRIGGERED
        assert s.result in newest, (
            f"events came {s.given['order']}; by the newest the bolt is not {s.result.value}, as the client says"
        )
        return None
    received = [e.given["event"] for e in s.earlier if e.call == "on_webhook" and e.given.get("event")]
    if not any(times > 1 for times in Counter(received).values()):
        return UNTRIGGERED
    twice = [id_ for id_, times in Counter(s.result or ()).items() if times > 1]
    assert not twice, f"the client acted on {len(twice)} events more than once"
    if s.truth_known:
        of_unknown_types = {e.given["event"] for e in s.earlier if e.given.get("unknown_type")}
        assert set(s.result or ()) <= {*s.after.events, *of_unknown_types}, (
            "the client acted on an event that does not exist"
        )
    return None


@law(
    "RL-HOOK-3",
    "answers webhooks within 3 s",
    on="on_webhook",
    evidence="Webhook endpoint requirements 3, 4: process the request within 3 seconds, always respond with 200 range",
    mutants=(
        "reads_before_it_answers",
        "refuses_what_it_knows",
        "refuses_what_does_not_matter",
        "knows_its_event_types",
        "reads_one_spelling_of_a_header",
        "asks_for_forms",
        "refuses_what_is_late",
    ),
    needs="results",
    timed=True,
)
def acknowledges_in_time(s: RemoteLockStep) -> Judged:
    """The work can be done after the answer."""
    if s.given.get("event") is None:
        return UNTRIGGERED
    assert s.seconds < DEADLINE, f"the endpoint took {s.seconds:.1f} s to answer; 3 s are allowed"
    assert s.error is None, f"the endpoint failed on a genuine event with {type(s.error).__name__}: {s.error}"
    assert isinstance(s.result, int), f"the endpoint answered {s.result!r}, which is not an HTTP status"
    assert 200 <= s.result < 300, (
        f"the endpoint answered {s.result} to a genuine event, which RemoteLock will retry for 72 hours"
    )
    return None


@law(
    "RL-HOOK-4",
    "recovers from /events after an outage, without loss or repetition, by created_at",
    on="seen",
    evidence="Recover missed data: fetch from /events; a sort by created_at is available to find the stop point",
    mutants=("trusts_its_webhook", "recovers_by_occurred_at", "recovers_one_page", "recovers_from_the_last_message",
             "recovers_everything_again", "events_come_late_to_the_list", "created_sort_is_ignored",
             "marks_before_it_has_read", "recovers_two_pages", "starts_anew_when_it_subscribes", "one_event_a_second",),
    needs="truth",
)  # fmt: skip
def recovers_from_events(s: RemoteLockStep) -> Judged:
    """Judged after the client has refreshed."""
    since: int | None = s.given.get("since")
    if not s.given.get("settled") or since is None or s.error is not None:
        return UNTRIGGERED
    refreshed = next((e for e in reversed(s.earlier) if e.call == "refresh"), None)
    if refreshed is None or not unhindered(refreshed.traffic):
        return UNTRIGGERED
    if refreshed.error is not None and not (refreshed.given.get("refused") and isinstance(refreshed.error, Invalid)):
        return UNTRIGGERED
    wanted = refreshed.before.events[since:]
    twice = [id_ for id_, times in Counter(s.result or ()).items() if times > 1]
    assert not twice, f"the client acted on {len(twice)} events more than once"
    missing = set(wanted) - set(s.result or ())
    assert not missing, f"there were {len(wanted)} events since the client subscribed, and it has missed {len(missing)}"
    return None if wanted else UNTRIGGERED


@law(
    "RL-HOOK-5",
    "notices that its webhook was deactivated, and reactivates it",
    on="refresh",
    evidence="Webhook deactivation: after 72 hours our server will automatically deactivate the webhook",
    mutants=(
        "waits_for_ever",
        "looks_at_its_webhook_once",
        "makes_another_webhook",
        "reactivation_does_nothing",
        "one_refusal_stops_the_rest",
        "one_refusal_stops_the_rest_in_silence",
        "loses_its_webhook_in_a_failure",
    ),
    needs="truth",
)
def notices_its_deactivation(s: RemoteLockStep) -> Judged:
    """A deactivated webhook looks like one without events."""
    url = s.given.get("subscribed")
    own = {id_ for id_, w in s.before.webhooks.items() if w.url == url and not w.active}
    refused = s.given.get("refused") and isinstance(s.error, Invalid)
    failed = s.error is not None and not refused
    if url is None or not own or failed or not unhindered(s.traffic) or not api(s.traffic):
        return UNTRIGGERED
    active = [w for w in s.after.webhooks.values() if w.url == url and w.active]
    assert active, "RemoteLock had deactivated the webhook, the client has refreshed, and the webhook is still inactive"
    assert len(s.after.webhooks) == len(s.before.webhooks), (
        "one webhook should be reactivated, and the client created another"
    )
    return None
