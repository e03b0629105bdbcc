"""A client with a RemoteLock world of its own, for the tests of the simulator.

Every answer is checked against the OpenAPI document, and the state against its invariants after every turn.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import msgspec

from locksim.engine.inputs import Answer
from locksim.inprocess.world import World
from locksim.remotelock import VENDOR, seed
from locksim.remotelock.account import Account
from locksim.remotelock.state import State
from tests.remotelock.document import assert_documented

Query = Mapping[str, Any] | Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Reply:
    """An answer as a client library would show it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        assert self.status in (200, 201), f"{self.status}: {self.body!r}"
        return self.json["data"]

    @property
    def attributes(self) -> dict[str, Any]:
        found: dict[str, Any] = self.data["attributes"]
        return found

    @property
    def errors(self) -> dict[str | None, list[str]]:
        """attribute → messages, of a resource error."""
        assert self.status == 422, f"{self.status}: {self.body!r}"
        return {error["attribute"]: error["messages"] for error in self.json["errors"]}

    @property
    def ids(self) -> list[str]:
        return [item["id"] for item in self.data]

    @property
    def names(self) -> list[str]:
        return [item["attributes"]["name"] for item in self.data]


class Caller:
    """One world, and an application with a token for its own account."""

    def __init__(
        self,
        profile: str = "documented",
        *,
        seed: int = 7,
        state: dict[str, Any] | None = None,
        limits: bool = False,
        start: str = "2026-01-05T08:00:00Z",
        **physics: Any,
    ) -> None:
        given = None if state is None else {"remotelock": state}
        self.world = World([VENDOR], seed=seed, profile=profile, state=given, limits=limits, start=start, **physics)
        self.world.core.strict = True
        self.site = self.world.site("remotelock")
        self.credentials: dict[str, str] = self.site.credentials
        self.profile = profile
        self._token: str | None = None

    @property
    def token(self) -> str:
        """For the application's account, taken when it is first needed."""
        if self._token is None:
            self.renew()
        assert self._token is not None
        return self._token

    @token.setter
    def token(self, token: str) -> None:
        self._token = token

    def renew(self) -> None:
        """Take another token for the application's account."""
        self.token = self.grant(grant_type="client_credentials").json["access_token"]

    @property
    def state(self) -> State:
        state: State = self.site.state
        return state

    @property
    def account(self) -> Account:
        """The application's."""
        return self.state.accounts[seed.HARBOUR_STAYS]

    @property
    def misses(self) -> list[str]:
        return self.site.journal.misses()

    @property
    def now(self) -> int:
        return self.world.core.now

    def pass_time(self, seconds: float) -> None:
        self.site.clock.advance(seconds)

    def until(self, moment: str) -> None:
        self.site.clock.advance(until=moment)

    # ---- calls

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Query | str = (),
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        site: str = "api",
    ) -> Reply:
        text = query if isinstance(query, str) else urlencode(query, doseq=True, quote_via=quote)
        target = path + (f"?{text}" if text else "")
        answer = self.world.ask("remotelock", site, method, target, tuple((headers or {}).items()), body)
        if self.profile == "documented" and (site == "api" or path.startswith("/oauth")):
            assert_documented(method, path, answer)
        return _reply(answer)

    def call(self, method: str, path: str, document: Any = None, *, query: Query | str = (), **headers: str) -> Reply:
        """With the token, and with a JSON body unless there is none."""
        sent = {"Authorization": f"Bearer {self.token}"} | {n.replace("_", "-"): v for n, v in headers.items()}
        body = b""
        if document is not None:
            sent = {"Content-Type": "application/json"} | sent
            body = msgspec.json.encode(document)
        return self.ask(method, path, query=query, headers=sent, body=body)

    def get(self, path: str, query: Query | str = (), **headers: str) -> Reply:
        return self.call("GET", path, query=query, **headers)

    def post(self, path: str, type: str | None = None, /, **attributes: Any) -> Reply:
        document: dict[str, Any] = {"attributes": attributes}
        return self.call("POST", path, document if type is None else {"type": type} | document)

    def put(self, path: str, /, **attributes: Any) -> Reply:
        return self.call("PUT", path, {"attributes": attributes} if attributes else None)

    def delete(self, path: str) -> Reply:
        return self.call("DELETE", path)

    # ---- OAuth

    @property
    def application(self) -> dict[str, str]:
        return {name: self.credentials[name] for name in ("client_id", "client_secret")}

    def grant(self, **given: str) -> Reply:
        """POST /oauth/token with the application's credentials, as a form."""
        return self.form("/oauth/token", **{**self.application, **given})

    def form(self, path: str, /, **given: str) -> Reply:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, headers=headers, body=urlencode(given).encode(), site="oauth")

    def basic(self) -> str:
        pair = f"{self.credentials['client_id']}:{self.credentials['client_secret']}"
        return "Basic " + b64encode(pair.encode()).decode()

    def authorize(self, **given: str) -> Reply:
        """The sign-in page, sent by HOST."""
        asked = {"client_id": self.credentials["client_id"], "response_type": "code"}
        asked |= {name: self.credentials[name] for name in ("redirect_uri", "email", "password")}
        return self.form("/oauth/authorize", **{**asked, **given})

    def code(self, **given: str) -> str:
        return redirected(self.authorize(**given))["code"]

    def sign_in(self) -> dict[str, Any]:
        """A token pair for HOST's account."""
        redirect_uri = self.credentials["redirect_uri"]
        reply = self.grant(grant_type="authorization_code", code=self.code(), redirect_uri=redirect_uri)
        found: dict[str, Any] = reply.json
        return found

    # ---- shorthands

    def person(self, **attributes: Any) -> Reply:
        """Create an access user with some PIN."""
        return self.post("/access_persons", "access_user", **({"name": "Nobody", "generate_pin": True} | attributes))

    def guest(self, starts_at: str, ends_at: str, **attributes: Any) -> Reply:
        given = {"name": "Somebody", "generate_pin": True, "starts_at": starts_at, "ends_at": ends_at}
        return self.post("/access_persons", "access_guest", **(given | attributes))

    def status(self, person: str) -> str:
        return str(self.get(f"/access_persons/{person}").attributes["status"])

    def grant_access(self, person: str, type: str, id: str, **attributes: Any) -> Reply:
        """Grant an access."""
        return self.post(f"/access_persons/{person}/accesses", accessible_type=type, accessible_id=id, **attributes)


def redirected(reply: Reply) -> dict[str, str]:
    """What the redirect's query says."""
    assert reply.status == 302, f"{reply.status}: {reply.body!r}"
    return {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["Location"]).query).items()}


def _reply(answer: Answer) -> Reply:
    return Reply(answer.status, dict(answer.headers), answer.body)
