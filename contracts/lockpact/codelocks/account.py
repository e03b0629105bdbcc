"""What conform does on a Codelocks account that is not ours, with K3Connect locks that `--lock` names.

Nobody is invited or deleted. A client gets the active periods that it has already, and is suspended for a moment only if
`PATCH /u/1/k3connect/{id}/client` is named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lockpact.drift.account import Account, AccountSequence, Undecided, has_fields, ordered, unique
from lockpact.drift.operations import Cred

__all__ = ["SEQUENCES"]

_KEY = {"x-api-key": Cred("api_key")}
_ACCOUNT = {"accesskey": Cred("access_key")}
_K3 = "/u/1/k3connect"
_CLIENT = f"{_K3}/{{id}}/client"
_NETCODE = "/n/1/netcode/{id}"
_LOCK = {"LockId": str, "LockName": str, "BatteryStatus": str, "Timezone": str}
_CALLS = 6
"""Pages of two that are read: each call counts against the quota."""


def _get(account: Account, template: str, lock: str = "", **query: Any) -> Any:
    path = template.replace("{id}", lock)
    return account.done(f"GET {template}", path=path, headers=_KEY, query={**_ACCOUNT, **query})


def _own_locks(account: Account) -> Sequence[str]:
    locks = [lock["LockId"] for lock in _get(account, _K3)]
    named = [lock for lock in locks if not account.locks or lock in account.locks]
    if not named:
        raise Undecided("the account has none of the locks that are named")
    return named


def _locks(account: Account) -> None:
    locks = _get(account, _K3)
    unique([lock["LockId"] for lock in locks], _K3)
    for lock in locks[:3]:
        has_fields(lock, _LOCK, "a lock")
        alone = _get(account, f"{_K3}/{{id}}", lock["LockId"])
        for name in ("LockId", "LockName", "ModelName", "Timezone", "PairingDate"):
            assert alone.get(name) == lock.get(name), f"a lock shows another {name} alone than in the list"


def _audit(account: Account) -> None:
    compared = False
    for lock in _own_locks(account)[:2]:

        def read(page: int, size: int, order: str, lock: str = lock) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = _get(
                account, f"{_K3}/{{id}}/audit", lock, page=page, perpage=size, pageorder=order
            )
            assert len(found) <= size, f"a page of {size} audit entries has {len(found)}"
            return found

        for order in ("ascending", "descending"):
            whole = account.stable(lambda order=order, read=read: read(1, 50, order))  # type: ignore[misc]
            dates = [entry["DateEntered"] for entry in whole]
            for entry in whole[:10]:
                has_fields(
                    entry, {"AuditEntryID": int, "LockID": str, "DateEntered": str, "EntryType": str}, "an audit entry"
                )
            unique([entry["AuditEntryID"] for entry in whole], "an audit")
            ordered(dates, f"the entries of an audit in {order} order", descending=order == "descending")
            pages = [read(page, 2, order) for page in range(1, min(_CALLS, -(-len(whole) // 2)) + 1)]
            small = [entry["AuditEntryID"] for page in pages for entry in page]
            if account.stable(lambda order=order, read=read: read(1, 50, order)) != whole:  # type: ignore[misc]
                raise Undecided("somebody uses the lock at the same time")
            ids = [entry["AuditEntryID"] for entry in whole]
            assert small == ids[: len(small)], "small pages of an audit have other entries than a large one"
            compared = compared or len(whole) > 2
    if not compared:
        raise Undecided("no lock has more than two audit entries")


def _clients_of(account: Account, lock: str, page: int = 1, size: int = 50) -> tuple[int, list[dict[str, Any]]]:
    answer = _get(account, f"{_K3}/{{id}}/clients", lock, page=page, perpage=size)
    has_fields(answer, {"count": int, "clients": list}, "a page of clients")
    return answer["count"], answer["clients"]


def _clients(account: Account) -> None:
    for lock in _own_locks(account)[:2]:
        count, clients = account.stable(lambda lock=lock: _clients_of(account, lock))  # type: ignore[misc]
        for client in clients[:5]:
            has_fields(
                client,
                {"email": str, "lockid": str, "status": str, "accesstype": str, "activeperiods": list},
                "a client",
            )
        emails = [client["email"] for client in clients]
        unique(emails, "the clients of a lock")
        pages = [_clients_of(account, lock, page, 1) for page in range(1, min(_CALLS, count + 1) + 1)]
        if account.stable(lambda lock=lock: _clients_of(account, lock)) != (count, clients):  # type: ignore[misc]
            raise Undecided("somebody else changes the clients at the same time")
        assert count == len(clients) or len(clients) == 50, f"count is {count}, and there are {len(clients)} clients"
        assert {one for one, _ in pages} <= {count}, "count differs from page to page"
        small = [client["email"] for _, page in pages for client in page]
        assert small == emails[: len(small)], "pages of one have other clients than a large one"
        assert len(small) >= min(_CALLS, count), f"pages of one have {len(small)} clients of {count}"


def _changes(account: Account) -> None:
    """Give a client the periods that it has; suspend and restore one if that is named."""
    for lock in _own_locks(account):
        row, path = f"PUT {_CLIENT}", _CLIENT.replace("{id}", lock)

        def change(method: str, path: str = path, **fields: Any) -> Any:
            return account.ask(f"{method} {_CLIENT}", path=path, headers=_KEY, fields={**_ACCOUNT, **fields})

        if not account.allows(row):
            account.ask(row, path=path, headers=_KEY, fields=_ACCOUNT)
        _, clients = account.stable(lambda lock=lock: _clients_of(account, lock))  # type: ignore[misc]
        client = next((one for one in clients if one["status"] == "ACTIVE"), None)
        if client is None:
            continue
        periods, email = client["activeperiods"][0], client["email"]

        def shown(lock: str = lock, email: str = email) -> Mapping[str, Any]:
            return next((one for one in _clients_of(account, lock)[1] if one["email"] == email), {})

        answer = change("PUT", clientemail=email, activeperiods=json.dumps(periods))
        assert not account.refused(answer), "PUT refuses the active periods that the client has"
        now = shown()
        assert now.get("activeperiods") == client["activeperiods"], "PUT of the same active periods has changed them"
        assert now.get("status") == "ACTIVE", f"PUT of active periods makes a client {now.get('status')}"
        assert account.refused(
            change("PUT", clientemail="nobody@lockpact.invalid", activeperiods=json.dumps(periods))
        ), "PUT takes a client that there is not"
        if account.allows(f"PATCH {_CLIENT}"):
            try:
                suspended = change("PATCH", clientemail=email, action="SUSPEND")
                assert not account.refused(suspended), "PATCH refuses to suspend an active client"
                assert shown().get("status") == "SUSPENDED", "a client that was suspended is not shown as SUSPENDED"
                assert account.refused(change("PATCH", clientemail=email, action="SUSPEND")), (
                    "PATCH suspends a client twice"
                )
            finally:
                restored = change("PATCH", clientemail=email, action="RESTORE")
            assert not account.refused(restored), "PATCH refuses to restore a suspended client: restore it in the app"
            assert shown().get("status") == "ACTIVE", "a client that was restored is not shown as ACTIVE"
        return
    raise Undecided("no lock that may be used has an active client")


def _netcodes(account: Account) -> None:
    def code(lock: str = "202504070915", **more: Any) -> str:
        asked = {"start": "2031-07-01 15:00", "duration": 3, "lockmodel": "KL1060", "identifier": "407251", **more}
        answer = account.done(f"GET {_NETCODE}", path=_NETCODE.replace("{id}", lock), headers=_KEY, query=asked)
        body = answer[0] if isinstance(answer, list) else answer
        return str(
            next(value for name, value in body.items() if name.lower().replace("_", "") in ("actualnetcode", "netcode"))
        )

    first = code()
    assert first.isdigit(), "a NetCode is not made of digits"
    assert code() == first, "the same request gives two different NetCodes"
    others: Sequence[tuple[str, Mapping[str, Any]]] = (
        ("another identifier", {"identifier": "930486"}), ("another hour", {"start": "2031-07-01 16:00"}),
        ("another timecode", {"lock": "202504070931"}),
    )  # fmt: skip
    for what, more in others:
        assert code(**more) != first, f"{what} gives the same NetCode"
    wrong: Sequence[tuple[str, Mapping[str, Any]]] = (
        ("a start within an hour", {"start": "2031-07-01 15:30"}), ("a duration that there is not", {"duration": 99}),
        ("a start that is no time", {"start": "tomorrow"}),
    )  # fmt: skip
    for what, more in wrong:
        asked = {"start": "2031-07-01 15:00", "duration": 3, "lockmodel": "KL1060", "identifier": "407251", **more}
        path = _NETCODE.replace("{id}", "202504070915")
        account.refusal(f"GET {_NETCODE}", 400, what=what, path=path, headers=_KEY, query=asked)


def _refusals(account: Account) -> None:
    account.refusal(f"GET {_K3}", 403, what="a wrong API key", headers={"x-api-key": "0" * 40}, query=_ACCOUNT)
    account.refusal(f"GET {_K3}", what="a wrong access key", headers=_KEY, query={"accesskey": "0000000000"})
    account.refusal(f"GET {_K3}", 404, what="no access key", headers=_KEY)
    one, nothing = f"GET {_K3}/{{id}}", f"{_K3}/{'0' * 32}"
    account.refusal(one, what="a lock that there is not", path=nothing, headers=_KEY, query=_ACCOUNT)
    for lock in _own_locks(account)[:1]:
        path = f"{_K3}/{lock}/clients"
        for page, size in ((0, 1), (1, 0), ("x", 1)):
            account.refusal(
                f"GET {_K3}/{{id}}/clients", 400, what=f"page {page} of {size}", path=path, headers=_KEY,
                query={**_ACCOUNT, "page": page, "perpage": size},
            )  # fmt: skip


SEQUENCES = (
    AccountSequence("locks", "a lock is listed once, and is the same alone", _locks),
    AccountSequence("audit", "pages have each entry once, in the order asked for", _audit),
    AccountSequence("clients", "pages have each client once, and count them all", _clients),
    AccountSequence("refusals", "wrong keys, ids and pages are refused as documented", _refusals),
    AccountSequence("NetCodes", "the same request gives the same code, and another one another", _netcodes),
    AccountSequence("changed clients", "a client keeps its periods, and is suspended until it is restored", _changes),
)  # fmt: skip
