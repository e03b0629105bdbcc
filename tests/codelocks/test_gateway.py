"""The gateway: the address of the API, its keys and routes, and the order of the checks."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.codelocks.seed import FRONT_GATE
from tests.codelocks.caller import Caller

DURATIONS = "/u/1/durations"


@pytest.mark.rule("CL-R01")
def test_the_api_is_at_its_own_host_and_not_over_plain_http(api: Caller) -> None:
    assert api.site.url == "https://api-connect.codelocks.io"
    headers = {"x-api-key": api.key or ""}
    with api.world.intercept(), httpx.Client(headers=headers) as client:
        assert client.get("https://api-connect.codelocks.io" + DURATIONS).status_code == 200
        with pytest.raises(httpx.ConnectError):
            client.get("http://api-connect.codelocks.io" + DURATIONS)


@pytest.mark.rule("CL-R02")
@pytest.mark.rule("CL-R123")
def test_the_key_is_read_only_from_its_header(api: Caller) -> None:
    assert api.get(DURATIONS).status == 200
    key, api.key = api.key or "", None
    assert api.get(DURATIONS, **{"x-api-key": key}).status == 403
    assert api.send("GET", DURATIONS, ("Authorization", key)).status == 403
    assert api.send("GET", DURATIONS, ("Authorization", f"Bearer {key}")).status == 403
    assert api.send("GET", DURATIONS, ("X-API-KEY", key)).status == 200


@pytest.mark.rule("CL-R03")
@pytest.mark.rule("CL-R04")
@pytest.mark.parametrize("key", [None, "", "x", "a" * 40])
def test_without_a_key_or_with_a_wrong_one_every_call_is_403(api: Caller, key: str | None) -> None:
    api.key = key
    for path in (DURATIONS, "/n/1/netcode/1", "/u/1/k3connect"):
        reply = api.get(path)
        assert (reply.status, reply.body) == (403, b'{"message":"Forbidden"}')
        assert reply.headers["x-amzn-ErrorType"] == "ForbiddenException"
    assert "x-api-key" in api.near_misses[0]


@pytest.mark.rule("CL-R03")
def test_a_key_must_be_exact_and_given_once(api: Caller) -> None:
    for key in ((api.key or "").swapcase(), f"{api.key}x", (api.key or "")[:-1]):
        api.key, right = key, api.key
        assert api.get(DURATIONS).status == 403
        api.key = right
    assert api.send("GET", DURATIONS, ("x-api-key", api.key or "")).status == 403, "a repeated key is refused"


@pytest.mark.rule("CL-R05")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", path) for path in ("/", "/u/1", "/u/1/", "/u/1/duration/", "/u/1/durations/")),
        *(("GET", path) for path in ("/u/1//init", "/u/2/init", "/n/1/init", "/u/1/netcode/1", "/n/1/netcode")),
        *((method, DURATIONS) for method in ("HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")),
        ("GET", f"/u/1/k3connect/{'0' * 32}/client"),
        ("POST", f"/u/1/k3connect/{'0' * 32}/clients"),
    ],
)
def test_an_unknown_route_is_403_and_not_counted(api: Caller, method: str, path: str) -> None:
    reply = api.send(method, path)
    body = b'{"message":"Missing Authentication Token"}' if method != "HEAD" else b""
    assert (reply.status, reply.body) == (403, body)
    assert api.near_misses[0].startswith("there is no ")
    assert api.site.support("plan")["utility"]["used"] == api.site.support("plan")["netcode"]["used"] == 0


def test_a_near_miss_names_the_nearest_operation(api: Caller) -> None:
    for method, path in (
        ("GET", "/u/1/durations/"),
        ("POST", f"/u/1/k3connect/{'0' * 32}/clients"),
        ("GET", "/u/1/netcode/1"),
    ):
        api.send(method, path)
    assert [miss.partition("; ")[2] for miss in api.near_misses] == [
        "did you mean GET /u/1/durations?",
        "did you mean POST /u/1/k3connect/{id}/client?",
        "did you mean GET /n/1/netcode/{id}?",
    ]


@pytest.mark.rule("CL-R146")
def test_version_3_of_the_api_is_an_unknown_route(api: Caller, observed: Caller) -> None:
    target = "/n/3/netcode/202504070915?start=2026-01-05%2008:00&duration=0&lockmodel=KL1060&identifier=407251"
    for caller in (api, observed):
        assert caller.send("GET", target).status == 403
        assert caller.netcode(FRONT_GATE, "2026-01-05 08:00", lockmodel="KL1").status == 400


@pytest.mark.rule("CL-R06")
def test_every_answer_has_its_own_request_id_and_a_via_of_cloudfront(api: Caller) -> None:
    replies = [api.get(DURATIONS), api.get(DURATIONS), api.get("/u/1/k3connect"), api.get("/nowhere")]
    ids = [reply.headers["x-amzn-RequestId"] for reply in replies]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", request_id) for request_id in ids)
    assert all(re.fullmatch(r"1\.1 [0-9a-f]{32}\.cloudfront\.net \(CloudFront\)", r.headers["Via"]) for r in replies)


@pytest.mark.rule("CL-R07")
def test_the_content_type_is_exact_and_nothing_follows_the_json(api: Caller) -> None:
    for reply in (
        api.netcode(FRONT_GATE, "2026-01-05 08:00"),
        api.get(DURATIONS),
        api.get("/u/1/k3connect"),
        api.get("/"),
    ):
        assert reply.headers["Content-Type"] == "application/json"
        assert reply.body == json.dumps(json.loads(reply.body), separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.rule("CL-R08")
def test_checks_come_in_the_order_403_429_404_400(api: Caller) -> None:
    """Each step corrects what the step before was refused for."""
    api.site.support("plan", plan="Business 1")
    key, api.key = api.key, "none"
    path = "/u/1/k3connect"
    while True:
        reply = api.get(path)
        if reply.status == 403:
            api.key = key
            for _ in range(1000):
                api.get("/u/1/k3connect/help/spcconfig")
        elif reply.status == 429:
            api.site.support("bolt_on", netcode=0, utility=10)
        elif reply.status == 404:
            path += "?accesskey=wrong"
        else:
            break
    statuses = [e.answer.status for e in api.site.journal.requests() if e.answer is not None]
    steps = [statuses[0], *(b for a, b in pairwise(statuses) if a != b)]
    assert steps == [403, 200, 429, 404, 400]


@pytest.mark.rule("CL-R19")
@given(st.binary(max_size=60), st.sampled_from(["?", "?start=", "/", "?accesskey="]))
def test_odd_bytes_get_an_error_of_the_api(odd: bytes, before: str) -> None:
    target = f"/n/1/netcode/202504070915{before}" + "".join(f"%{byte:02x}" for byte in odd)
    api = Caller()
    reply = api.send("GET", target)
    assert reply.status in (400, 403, 404)
    assert [e.failed for e in api.site.journal.requests()] == [None]
