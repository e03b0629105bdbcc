"""What conform does on an instance of SecureAccess that is not ours.

Nothing can be deleted there. So only what reads, and what validates without saving, is sent. Saving a user is tried only if
`POST /user` is named: one user called LOCKPACT-ACCOUNT, who stays, disabled; the report says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lockpact.drift.account import Account, AccountSequence, Undecided, has_fields, ordered, unique
from lockpact.drift.operations import Cred

__all__ = ["SEQUENCES"]

_HEADERS = {"apiuser": Cred("apiuser"), "apikey": Cred("apikey"), "Content-Type": "application/json"}
_UNKNOWN = 4_000_000
_NOBODY = "LOCKPACT-NOBODY"
_OURS = "LOCKPACT-ACCOUNT"
_EVENT = {"id": int, "code": int, "code_text": str, "card_num": str, "hw_time": str, "db_time": str}


def _get(account: Account, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = account.done(f"GET {path}", headers=_HEADERS, query=query)
    has_fields(answer, {"data": list}, f"the answer to GET {path}")
    found: list[dict[str, Any]] = answer["data"]
    return found


def _post(account: Account, path: str, users: list[Mapping[str, Any]], **options: Any) -> Any:
    more = {"creates": "user", "called": "users.*.id_num"} if path == "/user" else {}
    return account.ask(f"POST {path}", headers=_HEADERS, body={"users": users, "options": options}, **more)


def _events(account: Account) -> None:
    whole = _get(account, "/events")
    for event in whole[:50]:
        has_fields(event, _EVENT, "an event")
    if not whole:
        raise Undecided("there is no event yet")
    ids = [event["id"] for event in whole]
    unique(ids, "GET /events")
    ordered(ids, "the ids of GET /events", descending=True)
    ordered([event["db_time"] for event in whole], "the db_times of GET /events", descending=True)
    assert len(whole) <= 5000, f"GET /events has {len(whole)} events; 5000 are the most"
    for at in sorted({0, min(1, len(ids) - 1), len(ids) // 2, len(ids) - 1}):
        since = [event["id"] for event in _get(account, "/events", id=ids[at])]
        early = [one for one in since if one <= ids[at]]
        assert not early, f"GET /events after the event {ids[at]} has the event {early[0]}"
        # What came meanwhile is newer than all; nothing of what was there may be missing.
        assert since[len(since) - at :] == ids[:at], (
            f"GET /events after the event {ids[at]} has not all of its {at} followers"
        )


def _users(account: Account) -> None:
    users = account.stable(lambda: _get(account, "/user"))
    unique([user["id"] for user in users], "GET /user")
    unique([user["card_num"] for user in users if user["card_num"]], "the cards of GET /user")
    for user in users[:3]:
        for name, value in (("id", user["id"]), ("idnum", user["id_num"])):
            alone = _get(account, "/user", **{name: value}) if value else []
            assert [one["id"] for one in alone] == [user["id"]] * bool(value), (
                f"GET /user by {name} has not the user alone"
            )
            for key in ("first_name", "last_name", "email", "card_num", "enabled") if alone else ():
                assert alone[0][key] == user[key], f"GET /user by {name} shows another {key} than the list"
    named = [user["id_num"] for user in users if user["id_num"].swapcase() != user["id_num"]]
    for id_num in named[:1]:
        odd = _get(account, "/user", idnum=id_num.swapcase())
        assert [one for one in odd if one["id_num"] == id_num] == [], "GET /user finds an idnum in another case"
    assert _get(account, "/user", idnum=_NOBODY) == [], "GET /user finds an idnum that nobody has"


def _summaries(account: Account) -> None:
    credentials = account.stable(lambda: _get(account, "/credential"))
    counts = {one["claim_status"]: one["count"] for one in _get(account, "/credentialsummary")}
    if account.stable(lambda: _get(account, "/credential")) != credentials:
        raise Undecided("somebody else changes credentials at the same time")
    for status in {one["claim_status"] for one in credentials} | set(counts):
        there = sum(one["claim_status"] == status for one in credentials)
        assert counts.get(status, 0) == there, (
            f"/credentialsummary has {counts.get(status, 0)} {status} credentials of {there}"
        )
    fobs, checks = _get(account, "/fob"), _get(account, "/fobcheck")
    assert {fob["id"] for fob in fobs} <= {one["id"] for one in checks}, "/fobcheck lacks a fob of /fob"
    doors, states = _get(account, "/door"), _get(account, "/doorstate")
    assert {door["id"] for door in doors} <= {one["id"] for one in states}, "/doorstate lacks a door of /door"
    taken = {one["card_num"] for one in credentials} | {fob["card_num"] for fob in fobs}
    (free,) = _get(account, "/nextcardnum")
    assert free["card_num"] not in taken, "/nextcardnum answers a number that a card has"


def _wrong_keys(account: Account) -> None:
    for path in ("/user", "/events", "/door"):
        account.refusal(f"GET {path}", 401, what="a wrong key", headers={**_HEADERS, "apikey": "wrong"})


def _validation(account: Account) -> None:
    """POST /uservalidate judges as POST /user does, and saves nothing."""
    good = {"id_num": _NOBODY, "first_name": "Lockpact", "last_name": "Trial"}
    seen = _post(account, "/uservalidate", [good])
    assert not account.refused(seen), "POST /uservalidate refuses a user with a number and a name"
    assert (seen.body["data"]["inserted"], seen.body["data"]["errors"]) == (1, 0), (
        "POST /uservalidate does not count the user"
    )
    assert _get(account, "/user", idnum=_NOBODY) == [], "POST /uservalidate has saved the user"
    users = [user for user in _get(account, "/user") if user["card_num"]]
    taken = [({**good, "card_num": users[0]["card_num"]}, "a card that another user has")] if users else []
    for wrong, what in (
        *taken,
        ({"id_num": _NOBODY}, "no name"),
        ({**good, "email": "lockpact@@example.com"}, "an e-mail address with two @"),
        ({**good, "card_num": "A8914"}, "a card number with a letter"),
        ({**good, "accesslevels": [{"id": _UNKNOWN}]}, "an access level that there is not"),
    ):
        answer = _post(account, "/uservalidate", [wrong])
        data = answer.body.get("data") or {} if isinstance(answer.body, dict) else {}
        assert account.refused(answer) or data.get("errors"), f"POST /uservalidate takes a user with {what}"
    for number, what in ((0, "none"), (101, "101")):
        many = [{**good, "id_num": f"{_NOBODY}-{n}"} for n in range(number)]
        account.refusal("POST /uservalidate", what=f"{what} of 1 to 100 users", headers=_HEADERS, body={"users": many})
    assert _get(account, "/user", idnum=_NOBODY) == [], "POST /uservalidate has saved a user"


def _saving(account: Account) -> None:
    """Save a user, change one member, and disable the user. Who was made cannot be deleted."""
    sent = {
        "id_num": _OURS, "first_name": "Lockpact", "last_name": "Trial é", "phone": "0046 8 123",
        "access_expires": "2031-05-05 09:00:00", "enabled": True,
    }  # fmt: skip

    def shown() -> Mapping[str, Any]:
        found = _get(account, "/user", idnum=_OURS)
        assert len(found) == 1, f"a user that was saved once is found {len(found)} times"
        return found[0]

    def save(**record: Any) -> None:
        answer = _post(account, "/user", [{"id_num": _OURS, **record}], update_existing=True)
        assert not account.refused(answer), "POST /user refuses to update the user that it has saved"
        assert answer.body["data"]["errors"] == 0, "POST /user has an error for an update in which nothing is wrong"

    save(**sent)
    first = shown()
    for name, value in sent.items():
        there = first[name][:19].replace("T", " ") if name == "access_expires" else first[name]
        assert there == value, f"GET /user shows {name} as {first[name]!r}, although {value!r} was saved"
    ignored = _post(account, "/user", [{**sent, "first_name": "Other"}])
    assert shown()["first_name"] == "Lockpact", f"POST /user changes a user without update_existing: {ignored.status}"
    save(phone="0046 8 999")
    for name, value in {**first, "phone": "0046 8 999"}.items():
        assert shown().get(name) == value, f"after an update of phone alone, {name} is {shown().get(name)!r}"
    save(enabled=False)
    assert shown()["enabled"] is False, "a user that was disabled is shown as enabled"


SEQUENCES = (
    AccountSequence("events", "events come newest first, and a cursor loses and repeats none", _events),
    AccountSequence("users", "a user is the same alone as in the list", _users),
    AccountSequence("summaries", "counts, fobs and doors are the same in both lists", _summaries),
    AccountSequence("wrong keys", "a wrong key is refused", _wrong_keys),
    AccountSequence("validation", "what is wrong is found, and nothing is saved", _validation),
    AccountSequence("saving", "a user is shown as saved, and an update changes what it names", _saving),
)  # fmt: skip
