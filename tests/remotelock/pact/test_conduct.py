"""What the laws find in the traffic alone, of any client in any language."""

from __future__ import annotations

from typing import Any

from lockpact.core.traffic import Exchange
from lockpact.remotelock import PACT
from tests.conduct import LOST, Conduct
from tests.vendor_suites import ConductSuite

SERVICE = Conduct(PACT, "api")
VERSION = ("Accept", "application/vnd.lockstate+json; version=1")
MINUTE = 60


def api(target: str, at: float = 0, token: str = "A", **more: Any) -> Exchange:
    return SERVICE.x(target, at, **{"headers": (VERSION, ("Authorization", f"Bearer {token}"))} | more)


def token(at: float = 0, *, refresh: str | None = None, gives: str = "", access: str = "B", **more: Any) -> Exchange:
    grant = (
        {"grant_type": "refresh_token", "refresh_token": refresh} if refresh else {"grant_type": "client_credentials"}
    )
    said = {"access_token": access, "expires_in": 7200} | ({"refresh_token": gives} if gives else {})
    return SERVICE.x("/oauth/token", at, asks=grant, **{"said": said} | more)


def limits(remaining: int, reset: int) -> dict[str, Any]:
    return {"answer_headers": (("X-RateLimit-Remaining", str(remaining)), ("X-RateLimit-Reset", str(reset)))}


def over(at: float, reset: int) -> Exchange:
    return api("/user", at, status=429, decided=round(at * 1_000_000), **limits(0, reset))


REFUSED: dict[str, Any] = {"status": 400, "said": {"error": "invalid_grant"}}
NEVER = {"data": {"type": "lock", "id": "7", "attributes": {"connected_at": None}}}
HEARD = {"data": {"type": "lock", "id": "7", "attributes": {"connected_at": "2026-03-06T20:00:00Z"}}}
PAST = {"data": {"type": "access_guest", "id": "g", "attributes": {"status": "expired"}}}
HERE = {"data": {"type": "access_guest", "id": "g", "attributes": {"status": "current"}}}
TIMEOUT = {"attributes": {"auto_lock_timeout": 9}}


class TestConduct(ConductSuite):
    conduct = SERVICE
    good = (
        ("RL-AUTH-1", [api("/user", status=401), token(1), api("/user", 2, token="B")]),
        ("RL-AUTH-2", [token(refresh="r1", gives="r2"), token(1, refresh="r2", gives="r3")]),
        ("RL-AUTH-2", [token(refresh="r1", **LOST), token(1, refresh="r1", gives="r2")]),
        ("RL-AUTH-2", [token(refresh="r1", broken="cut"), token(1, refresh="r1", gives="r2")]),
        ("RL-AUTH-3", [token(refresh="r1", **REFUSED), token(9, refresh="r2", gives="r3")]),
        ("RL-PAGE-2", [api("/devices?page=200&per_page=50"), api("/devices?page=10000&per_page=1")]),
        ("RL-RATE-1", [over(10, 60), api("/user", 60)]),
        ("RL-RATE-2", [api("/user", 10, **limits(0, 60)), api("/user", 60, **limits(119, 120))]),
        ("RL-RATE-2", [api("/user", 10, **limits(0, 60)), token(11)]),
        ("RL-RATE-1", [over(10, 60), api("/user", 11, token="of another account")]),
        ("RL-VERS-1", [api("/user"), api("/v1/user", headers=()), token()]),
        ("RL-VERS-1", [api("/user", headers=(("accept", "application/vnd.lockstate.v1+json"),))]),
        ("RL-SETUP-1", [api("/devices", asks={}, said=NEVER), api("/devices/7", 1, said=HEARD),
                        api("/devices/7", 2, asks=TIMEOUT, method="PUT", said=HEARD)]),
        ("RL-SETUP-1", [api("/devices", asks={}, said=NEVER),
                        api("/devices/7", 1, asks={"attributes": {"name": "Door"}}, method="PUT", said=NEVER)]),
        ("RL-EXTEND-1", [api("/access_persons/g", said=PAST), api("/access_persons/h", 1, asks={}, method="PUT", said=HERE)]),
        ("RL-SECRET-2", [token(), api("/user", 1)]),
    )  # fmt: skip
    bad = (
        ("RL-AUTH-1", [api("/user", status=401), token(1), api("/devices", 2, token="B")], "and did not send the request again"),
        ("RL-AUTH-2", [token(refresh="r1", gives="r2"), token(1, refresh="r1", **REFUSED)], "used a refresh token a second time"),
        ("RL-AUTH-2", [token(refresh="r1", gives="r2"), token(1, refresh="r0", **REFUSED)], "that is not the newest"),
        ("RL-AUTH-2", [token(refresh="r1")], "has no new refresh token"),
        ("RL-AUTH-3", [token(n, refresh="r1", **REFUSED) for n in range(7)], "was sent 7 times; only the user's consent helps"),
        ("RL-PAGE-2", [api("/devices?page=201&per_page=50")], "asked /devices for page 201 of 50 items"),
        ("RL-PAGE-2", [api("/events?page=401")], "asked /events for page 401 of 25 items"),
        ("RL-RATE-1", [over(10, 60), api("/user", 15)], "resets in 50 s, and GET /user was sent after 5.0 s"),
        ("RL-RATE-1", [over(10, 60), api("/user", 10)], "was sent after 0.0 s"),
        ("RL-RATE-1", [over(10, 0)], "not within the next minute"),
        ("RL-RATE-1", [api("/user", status=429)], "a 429 has no X-RateLimit-Reset"),
        ("RL-RATE-2", [api("/user", 10, **limits(0, 60)), api("/user", 20)], "was sent 40 s before it"),
        ("RL-VERS-1", [api("/user", headers=(("Accept", "application/json"),))], "GET /user named no version"),
        ("RL-SETUP-1", [api("/devices", asks={}, said=NEVER), api("/v1/devices/7", 1, asks=TIMEOUT, method="PUT")],
         "sent settings to a lock that has never connected"),
        ("RL-EXTEND-1", [api("/access_persons/g", said=PAST), api("/access_persons/g", 1, asks={}, method="PUT", status=403)],
         "whose restricted_actions have update"),
        ("RL-SECRET-2", [SERVICE.x("/oauth/token?client_secret=c")], "has client_secret in its URL"),
        ("RL-SECRET-2", [api("/user?access_token=A")], "has access_token in its URL"),
    )  # fmt: skip
