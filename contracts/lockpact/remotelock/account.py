"""What conform does on a RemoteLock account that is not ours, and that other people use at the same time.

Everything that is created is called Lockpact Account, lies far in the future, opens only locks named by `--lock`, and is deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lockpact.drift.account import Account, AccountSequence, Undecided, has_fields, ordered, unique
from lockpact.drift.operations import Cred

__all__ = ["SEQUENCES"]

LOCKPACT = "Lockpact Account"
NOBODY = "00000000-0000-4000-8000-000000000000"
_AUTH = {"Authorization": Cred("token", "Bearer {}")}
_APPLICATION = {"client_id": Cred("client_id"), "client_secret": Cred("client_secret")}
_OOB = "urn:ietf:wg:oauth:2.0:oob"
_PERSONS, _PERSON = "/access_persons", "/access_persons/{access_person_id}"
_STAY = {"starts_at": "2031-03-09T15:00:00", "ends_at": "2031-03-12T11:00:00"}
_GUEST = {"name": LOCKPACT, "generate_pin": True, **_STAY}
_SMALL, _LARGE, _PAGES = 3, 50, 4
"""Items of a page, and how many small pages are read."""


def _path(template: str, *ids: str) -> str:
    for one in ids:
        head, _, rest = template.partition("{")
        template = f"{head}{one}{rest.partition('}')[2]}"
    return template


def _request(row: str, *ids: str, **more: Any) -> dict[str, Any]:
    method, _, template = row.partition(" ")
    assert method
    return {"path": _path(template, *ids), "headers": _AUTH, **more}


def _done(account: Account, row: str, *ids: str, **more: Any) -> Any:
    return account.done(row, **_request(row, *ids, **more))


def _gone(account: Account, row: str, *ids: str) -> None:
    account.refusal(row, 404, what="an id of what was deleted, or never was", **_request(row, *ids))


def _created(account: Account, row: str, kind: str, *ids: str, type: str = "", **attributes: Any) -> dict[str, Any]:
    body = {"attributes": attributes} | ({"type": type} if type else {})
    answer = _done(account, row, *ids, body=body, creates=kind, finds={kind: "data.id"})
    found: dict[str, Any] = answer["data"]
    return found


def _shows(resource: Mapping[str, Any], attributes: Mapping[str, Any], where: str) -> None:
    for name, value in attributes.items():
        shown = resource["attributes"].get(name)
        assert shown == value, f"{where} shows {name} as {shown!r}, although {value!r} was sent"


def _pages(account: Account, row: str, size: int, pages: int, **query: Any) -> tuple[list[dict[str, Any]], int]:
    """Return the items of the first pages, and how many there are in all."""
    items: list[dict[str, Any]] = []
    total = 0
    for number in range(1, pages + 1):
        answer = _done(account, row, query={**query, "page": number, "per_page": size})
        meta = answer["meta"]
        has_fields(meta, {"page": int, "per_page": int, "total_count": int, "total_pages": int}, f"meta of {row}")
        assert (meta["page"], meta["per_page"]) == (number, size), f"{row} answers another page than was asked for"
        assert meta["total_pages"] == -(-meta["total_count"] // size), f"total_pages of {row} does not fit total_count"
        assert len(answer["data"]) <= size, f"a page of {row} has more than per_page items"
        items += answer["data"]
        total = meta["total_count"]
        if number >= meta["total_pages"]:
            break
    return items, total


def _all_ids(account: Account, row: str, **query: Any) -> list[str]:
    items, total = _pages(account, row, _LARGE, 40, **query)
    if total > 40 * _LARGE:
        raise Undecided(f"{row} has more than {40 * _LARGE} items")
    return [item["id"] for item in items]


def _is_listed_once(account: Account, row: str, id: str, **query: Any) -> None:
    # What others add or delete may move an item from one page to another while they are read, hardly twice.
    times = [_all_ids(account, row, **query).count(id)]
    if times != [1]:
        times.append(_all_ids(account, row, **query).count(id))
    assert times[-1] == 1, f"what was created is {times[-1]} times in {row}"


def _is_not_listed(account: Account, row: str, id: str, **query: Any) -> None:
    assert id not in _all_ids(account, row, **query), f"what was deleted is still in {row}"


# ---- what is created, changed and deleted


def _persons(account: Account) -> None:
    row, one = f"GET {_PERSONS}", f"GET {_PERSON}"
    sent = {"name": LOCKPACT, "email": "lockpact@example.com", **_STAY}
    guest = _created(account, f"POST {_PERSONS}", "guest", type="access_guest", generate_pin=True, **sent)
    made = guest["id"]
    _shows(guest, {**sent, "status": "upcoming"}, "the answer to the POST")
    _shows(_done(account, one, made)["data"], {**sent, "status": "upcoming"}, "GET")
    _is_listed_once(account, row, made)
    changed = {**sent, "name": f"{LOCKPACT} é", "ends_at": "2031-03-14T11:00:00"}
    _done(
        account, f"PUT {_PERSON}", made, body={"attributes": {"name": changed["name"], "ends_at": changed["ends_at"]}}
    )
    _shows(_done(account, one, made)["data"], changed, "after a PUT, GET")
    if account.allows(f"PUT {_PERSON}/deactivate"):
        _done(account, f"PUT {_PERSON}/deactivate", made)
        _shows(_done(account, one, made)["data"], {"status": "deactivated"}, "after it was deactivated, GET")
        _is_not_listed(account, row, made)
        _is_listed_once(account, row, made, **{"attributes[status]": "deactivated"})
        account.refusal(
            f"PUT {_PERSON}", 403, 422, what="a change of somebody deactivated",
            **_request(f"PUT {_PERSON}", made, body={"attributes": {"name": LOCKPACT}}),
        )  # fmt: skip
    _done(account, f"DELETE {_PERSON}", made)
    _gone(account, one, made)
    _is_not_listed(account, row, made, **{"attributes[status]": "deactivated"})


def _pins(account: Account) -> None:
    """A PIN belongs to one person of the account, until that one is deleted."""
    pin = "40718264"
    first = _created(account, f"POST {_PERSONS}", "guest", type="access_guest", name=LOCKPACT, pin=pin, **_STAY)
    _shows(first, {"pin": pin}, "the answer to the POST")
    body = {"type": "access_guest", "attributes": {"name": LOCKPACT, "pin": pin, **_STAY}}
    account.refusal(
        f"POST {_PERSONS}", 422, what="a PIN that another guest has", creates="guest", finds={"guest": "data.id"},
        **_request(f"POST {_PERSONS}", body=body),
    )  # fmt: skip
    _done(account, f"DELETE {_PERSON}", first["id"])


def _accesses(account: Account) -> None:
    rows = f"{_PERSON}/accesses"
    one = f"{rows}/{{access_id}}"
    locks = [lock for lock in _all_ids(account, "GET /devices", type="lock") if lock in account.locks]
    if not locks:
        raise Undecided("name a lock of the account with --lock")
    guest = _created(account, f"POST {_PERSONS}", "guest", type="access_guest", **_GUEST)["id"]
    access = {"accessible_id": locks[0], "accessible_type": "lock"}
    granted = _done(account, f"POST {rows}", guest, body={"attributes": access})["data"]
    _shows(granted, {**access, "access_person_id": guest}, "the answer to the POST")
    _shows(_done(account, f"GET {one}", guest, granted["id"])["data"], access, "GET")
    account.refusal(
        f"POST {rows}",
        422,
        what="an access that the guest has",
        **_request(f"POST {rows}", guest, body={"attributes": access}),
    )
    listed = [item["id"] for item in _done(account, f"GET {rows}", guest)["data"]]
    assert listed == [granted["id"]], "the accesses of a new guest are not the one that was granted"
    account.refusal(
        f"POST {rows}", 422, what="an access to nothing",
        **_request(f"POST {rows}", guest, body={"attributes": {**access, "accessible_id": NOBODY}}),
    )  # fmt: skip
    _done(account, f"DELETE {one}", guest, granted["id"])
    _gone(account, f"GET {one}", guest, granted["id"])
    if account.allows("DELETE /groups/{group_id}") and account.allows("POST /groups"):
        team = _created(account, "POST /groups", "team", type="door_group", name=LOCKPACT)["id"]
        group = {"accessible_id": team, "accessible_type": "door_group"}
        _done(account, f"POST {rows}", guest, body={"attributes": group})
        _done(account, "DELETE /groups/{group_id}", team)
        left = _done(account, f"GET {rows}", guest)["data"]
        assert not left, "an access to a group is left after the group was deleted"
    _done(account, f"DELETE {_PERSON}", guest)


def _others(account: Account) -> None:
    """What can be created, shown, listed, changed and deleted alike."""
    tried = 0
    for path, kind, more, change in (
        ("/groups", "team", {"type": "door_group"}, {"name": f"{LOCKPACT} 2"}),
        ("/notification_subscribers", "hook", {
            "type": "webhook_notification_subscriber", "url": "https://lockpact.invalid/hook", "content_type": "json",
            "active": True,
        }, {"active": False}),
        ("/locations", "place", {"time_zone": "Australia/Lord_Howe"}, {"time_zone": "America/Denver"}),
        ("/schedules", "latch", {"type": "auto_lock_schedule"}, {"name": f"{LOCKPACT} 2"}),
        ("/access_exceptions", "holiday", {"dates": [{"start_date": "2031-12-24", "end_date": "2031-12-26"}]}, {
            "dates": [{"start_date": "2031-12-23", "end_date": "2031-12-26"}],
        }),
    ):  # fmt: skip
        one = next(
            (
                row
                for row in account.rows
                if row.startswith(f"DELETE {path}/{{") and row.count("/") == path.count("/") + 1
            ),
            None,
        )
        needed = [f"GET {path}", f"POST {path}"]
        if one is None or not all(map(account.allows, [one, *needed])):
            continue
        tried += 1
        place = one.removeprefix("DELETE ")
        sent: dict[str, Any] = {"name": LOCKPACT, **more}
        shown = {name: value for name, value in sent.items() if name != "type"}
        made = _created(account, f"POST {path}", kind, **sent)["id"]
        _shows(_done(account, f"GET {place}", made)["data"], shown, f"GET {place}")
        _is_listed_once(account, f"GET {path}", made)
        if account.allows(f"PUT {place}"):
            _done(account, f"PUT {place}", made, body={"attributes": change})
            _shows(_done(account, f"GET {place}", made)["data"], {**shown, **change}, f"after a PUT, GET {place}")
        _done(account, one, made)
        _gone(account, f"GET {place}", made)
        _is_not_listed(account, f"GET {path}", made)
    if not tried:
        account.ask("POST /groups", **_request("POST /groups", body={"attributes": {}}))


# ---- lists


def _times(items: Sequence[Mapping[str, Any]]) -> list[str]:
    return [item["attributes"]["created_at"] for item in items if "created_at" in item["attributes"]]


def _lists(account: Account) -> None:
    for row, fields in (
        ("GET /devices", {"name": str}),
        (f"GET {_PERSONS}", {"name": str, "created_at": str, "status": str}),
        ("GET /locations", {"name": str, "created_at": str}),
        ("GET /groups", {"name": str, "created_at": str}),
    ):
        small, total = account.stable(lambda row=row: _pages(account, row, _SMALL, _PAGES))  # type: ignore[misc]
        large, count = account.stable(lambda row=row: _pages(account, row, _LARGE, 1))  # type: ignore[misc]
        for item in large:
            has_fields(item, {"type": str, "id": str, "attributes": dict}, f"an item of {row}")
            has_fields(item["attributes"], fields, f"an item of {row}")
        unique([item["id"] for item in small], f"the pages of {row}")
        if total != count:
            raise Undecided("somebody else changes it at the same time")
        whole = [item["id"] for item in large][: _SMALL * _PAGES]
        assert [item["id"] for item in small] == whole[: len(small)], (
            f"small pages of {row} have other items than a large one"
        )
        assert len(small) >= min(total, _SMALL * _PAGES), f"the pages of {row} have {len(small)} items of {total}"
        if row != "GET /locations":  # they come in the order of their names, whose collation is not documented
            ordered(_times(large), f"the created_at of {row}")
        if row == "GET /devices" and len(_times(large)) < len(large):
            continue  # some kinds of devices do not show when they were created
        latest = _done(account, row, query={"sort": "-created_at", "per_page": 10})["data"]
        ordered(
            [item["attributes"]["created_at"] for item in latest],
            f"the created_at of {row}?sort=-created_at",
            descending=True,
        )
        if row.endswith("persons"):
            odd = [
                one["attributes"]["status"]
                for one in large
                if one["attributes"]["status"] not in ("current", "upcoming")
            ]
            assert not odd, f"{row} has somebody {odd[0]} unasked"


def _events(account: Account) -> None:
    events = _done(account, "GET /events", query={"per_page": 20})["data"]
    ordered([event["attributes"]["occurred_at"] for event in events], "the events of GET /events", descending=True)
    unique([event["id"] for event in events], "GET /events")
    for event in events[:3]:
        shown = _done(account, "GET /events/{event_id}", event["id"])["data"]
        assert shown["type"] == event["type"], "an event has another type alone than in the list"
        assert shown["attributes"] == event["attributes"], "an event has other attributes alone than in the list"
    later = _done(account, "GET /events", query={"per_page": 50})["data"]
    if len(later) >= 50:
        return  # more than 50 may have come
    lost = [event["id"] for event in events if event["id"] not in [one["id"] for one in later]]
    assert not lost, "an event of GET /events is gone when the list is read again"


# ---- tokens and refusals


def _tokens(account: Account) -> None:
    """The first refresh token gives new tokens once; a revoked token opens nothing."""
    if not account.has_credential("client_id", "client_secret", "email", "password"):
        raise Undecided("the credentials file has no client_id, client_secret, email and password to authorize with")
    fields = {
        "client_id": Cred("client_id"), "redirect_uri": _OOB, "response_type": "code", "email": Cred("email"),
        "password": Cred("password"),
    }  # fmt: skip
    code = account.done("POST /oauth/authorize", fields=fields).get("code")
    if code is None:
        raise Undecided("POST /oauth/authorize gives no code by itself")

    def token(grant: str, **more: Any) -> dict[str, Any]:
        return {"fields": {"grant_type": grant, **_APPLICATION, **more}}

    first = account.done("POST /oauth/token", **token("authorization_code", code=code, redirect_uri=_OOB))
    has_fields(first, {"access_token": str, "refresh_token": str, "token_type": str, "expires_in": int}, "a token")
    assert first["expires_in"] == 7200, f"a token expires in {first['expires_in']} s, and not in 7200"
    account.refusal(
        "POST /oauth/token", 400, 401, what="a code twice", **token("authorization_code", code=code, redirect_uri=_OOB)
    )
    second = account.done("POST /oauth/token", **token("refresh_token", refresh_token=first["refresh_token"]))
    assert second["refresh_token"] != first["refresh_token"], "a refresh gives no new refresh token"
    assert second["access_token"] != first["access_token"], "a refresh gives no new access token"
    account.refusal(
        "POST /oauth/token", 400, 401, what="a refresh token that was used",
        **token("refresh_token", refresh_token=first["refresh_token"]),
    )  # fmt: skip
    given = {"headers": {"Authorization": f"Bearer {second['access_token']}"}}
    account.done("GET /user", **given)
    if account.allows("POST /oauth/revoke"):
        account.done("POST /oauth/revoke", fields={**_APPLICATION, "token": second["access_token"]})
        account.refusal("GET /user", 401, what="a token that was revoked", **given)


def _refusals(account: Account) -> None:
    account.refusal("GET /user", 401, what="a wrong token", headers={"Authorization": "Bearer none"})
    for row in (f"GET {_PERSON}", "GET /devices/{device_id}", "GET /events/{event_id}", "GET /groups/{group_id}"):
        _gone(account, row, NOBODY)
    if not account.allows(f"POST {_PERSONS}"):
        return
    for name, attributes, wrong in (
        ("name", {"name": ""}, "no name"),
        ("starts_at", {"starts_at": "soon"}, "a start that is no time"),
        ("ends_at", {"ends_at": "2031-01-01T00:00:00"}, "an end before the start"),
        ("pin", {"pin": "12", "generate_pin": False}, "a PIN of two digits"),
        ("email", {"email": "nowhere"}, "an e-mail address without a host"),
    ):
        body = {"type": "access_guest", "attributes": {**_GUEST, **attributes}}
        seen = account.refusal(
            f"POST {_PERSONS}", 422, what=f"a guest with {wrong}", creates="guest", finds={"guest": "data.id"},
            **_request(f"POST {_PERSONS}", body=body),
        )  # fmt: skip
        has_fields(seen.body, {"errors": list}, f"the refusal of a guest with {wrong}")
        named = [error["attribute"] for error in seen.body["errors"]]
        assert name in named, f"the refusal of a guest with {wrong} does not name {name}"


SEQUENCES = (
    AccountSequence("lists", "pages have each item once, in the documented order", _lists),
    AccountSequence("events", "events come newest first, and show the same alone", _events),
    AccountSequence("refusals", "wrong tokens, ids and attributes are refused as documented", _refusals),
    AccountSequence("persons", "a guest is shown as sent, listed once, changed, and gone when deleted", _persons),
    AccountSequence("pins", "a PIN belongs to one person", _pins),
    AccountSequence("accesses", "an access is granted once, shown, listed, and gone when revoked", _accesses),
    AccountSequence("other objects", "groups, webhooks and more are shown as sent, listed once, and gone when deleted", _others),
    AccountSequence("tokens", "a refresh token is used once, and a revoked token opens nothing", _tokens),
)  # fmt: skip
