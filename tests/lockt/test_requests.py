"""Checks before every operation: credentials, endpoint, method, Content-Type; and the form of refusals."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from locksim.engine.inputs import Request
from locksim.lockt import VENDOR
from locksim.server.run import serving
from tests.lockt.customer import Customer

PENDING = [("POST", "/uservalidate"), ("POST", "/credential"), ("GET", "/fobcheck"), ("GET", "/nextcardnum")]


@pytest.mark.rule("LT-R01")
def test_the_api_is_below_its_version(customer: Customer) -> None:
    assert customer.site.url == "https://cloudapi.lockt.com/api/v1"
    assert customer.get("/door").status == 200


@pytest.mark.rule("LT-R02")
@pytest.mark.parametrize(
    "target", ["/api/v1/users", "/v1/user/", "/v1/user", "/api/v2/user", "/api/v1", "/api/v1/USER"]
)
def test_the_misspelt_urls_of_the_document_are_not_found(customer: Customer, target: str) -> None:
    asked = Request(customer.world.core.now, "lockt", "api", "GET", target, tuple(customer.headers.items()))
    assert customer.ask(asked).status == 404


@pytest.mark.rule("LT-R03")
def test_a_trailing_slash_makes_no_difference(customer: Customer) -> None:
    assert customer.get("/user/").body == customer.get("/user").body
    assert customer.post("/user/", {"users": [{"first_name": "A"}]}).data["inserted"] == 1


@pytest.mark.rule("LT-R04")
@pytest.mark.parametrize("header", ["apiuser", "apikey"])
@pytest.mark.parametrize("value", [None, "", "wrong"])
def test_every_request_needs_both_credentials(customer: Customer, header: str, value: str | None) -> None:
    for method, path in (("GET", "/user"), ("POST", "/door"), ("PUT", "/fob")):
        reply = customer.ask(customer.request(method, path, **{header: value}))
        assert reply.status == 401
        assert "apiuser and apikey" in reply.body.decode()


@pytest.mark.rule("LT-R170")
@pytest.mark.parametrize("value", ["application/json; charset=utf-8", "Application/JSON"])
def test_the_content_type_may_have_a_parameter_and_upper_case(customer: Customer, value: str) -> None:
    assert customer.ask(customer.request("GET", "/user", Content_Type=value)).status == 200


@pytest.mark.rule("LT-R05")
@pytest.mark.rule("LT-R10")
@pytest.mark.parametrize("value", [None, "", "text/plain", "application/x-www-form-urlencoded"])
def test_every_request_must_say_that_it_is_json_or_is_400(customer: Customer, value: str | None) -> None:
    for method, path in (("GET", "/user"), ("POST", "/user"), ("PUT", "/fob")):
        reply = customer.ask(customer.request(method, path, {"users": [{}]}, Content_Type=value))
        assert reply.status == 400
        assert "Content-Type" in reply.body.decode()


@pytest.mark.rule("LT-R06")
@pytest.mark.rule("LT-R07")
@pytest.mark.rule("LT-R08")
@pytest.mark.rule("LT-R171")
def test_plain_http_is_refused_first_after_the_tester_switches_that_on(customer: Customer) -> None:
    refused = {"data": [{"error": "Requests must be made over HTTPS."}]}
    with serving([VENDOR], seed=7, clock="auto") as ready:
        url, switch = ready["vendors"]["lockt"]["url"], f"{ready['control']}/worlds/default/lockt/support/https_only"
        assert url.startswith("http:")
        with httpx.Client(base_url=url, headers=customer.headers, trust_env=False, verify=False) as http:
            assert http.get("/user").status_code == 200
            http.post(switch).raise_for_status()
            for answer in (http.get("/user"), http.get("/nowhere", headers={"apikey": "wrong"})):
                assert (answer.status_code, answer.json()) == (400, refused)
            http.post(switch, json={"on": False}).raise_for_status()
            assert http.get("/user").status_code == 200


def test_https_is_never_refused(customer: Customer) -> None:
    customer.site.support("https_only")
    assert customer.get("/user").status == 200


@pytest.mark.rule("LT-R08")
def test_checks_come_in_the_order_credentials_endpoint_method_type(customer: Customer) -> None:
    wrong = {"apikey": "wrong", "Content_Type": None}
    assert customer.ask(customer.request("DELETE", "/nowhere", **wrong)).status == 401
    assert customer.ask(customer.request("DELETE", "/nowhere", Content_Type=None)).status == 404
    assert customer.ask(customer.request("DELETE", "/user", Content_Type=None)).status == 405
    reply = customer.ask(customer.request("POST", "/user", b"{", Content_Type=None))
    assert (reply.status, "Content-Type" in reply.body.decode()) == (400, True)


@pytest.mark.rule("LT-R09")
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_an_unknown_resource_is_404(customer: Customer, method: str) -> None:
    reply = customer.ask(customer.request(method, "/acesslevel"))
    assert reply.status == 404
    assert "/api/v1/accesslevel" in customer.misses[-1]


@pytest.mark.rule("LT-R11")
@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("DELETE", "/user", "GET, POST"), ("GET", "/uservalidate", "POST"), ("PATCH", "/fob", "GET, POST, PUT"),
     ("HEAD", "/door", "GET, POST"), ("OPTIONS", "/events", "GET")],
)  # fmt: skip
def test_another_method_is_405_with_the_allowed_methods(customer: Customer, method: str, path: str, allow: str) -> None:
    reply = customer.ask(customer.request(method, path))
    assert (reply.status, reply.headers["Allow"]) == (405, allow)


@pytest.mark.rule("LT-R12")
def test_a_refused_read_has_an_array_of_error_objects_as_data(customer: Customer) -> None:
    assert customer.get("/user", id="x").json == {"data": [{"error": "Invalid id supplied."}]}


@pytest.mark.rule("LT-R13")
def test_a_refused_write_has_result_and_errors_and_no_data(customer: Customer) -> None:
    reply = customer.post("/door", {"doors": [{"name": "Laundry"}]})
    assert list(reply.json) == ["result", "errors"]
    assert customer.post("/nowhere", {}).json == {"result": ["The resource was not found."], "errors": []}


@pytest.mark.rule("LT-R14")
@pytest.mark.parametrize(
    "path",
    [
        "/user",
        "/credential",
        "/credentialsummary",
        "/events",
        "/door",
        "/doorstate",
        "/fob",
        "/schedule",
        "/accesslevel",
    ],
)
def test_a_read_answers_an_array_as_data(customer: Customer, path: str) -> None:
    assert list(customer.get(path).json) == ["data"]
    assert isinstance(customer.get(path).data, list)


@pytest.mark.rule("LT-R15")
def test_reads_are_500_while_the_instance_does_not_answer(customer: Customer) -> None:
    customer.site.support("instance")
    reply = customer.get("/user")
    assert (reply.status, reply.json) == (500, {"data": [{"error": "An unexpected error has occurred."}]})
    customer.site.support("instance", on=False)
    assert customer.get("/user").status == 200


@pytest.mark.rule("LT-R16")
@pytest.mark.parametrize("path", ["/user?page=2", "/door?id=1", "/events?after=3&%ff=%00", "/user?id=1601&x=1&x=2"])
def test_unknown_parameters_are_ignored(customer: Customer, path: str) -> None:
    assert customer.get(path).status == 200


@pytest.mark.rule("LT-R17")
@pytest.mark.parametrize(
    "path", ["/user?id=1&id=1", "/user?idnum=a&idnum=b", "/events?id=1&id=2", "/user?id=", "/events?id=1.5"]
)
def test_a_parameter_that_comes_twice_or_is_not_a_number_is_400(customer: Customer, path: str) -> None:
    assert customer.get(path).status == 400


@pytest.mark.rule("LT-R172")
@pytest.mark.parametrize("path", ["/user?idnum=", "/user?id=1601&idnum="])
def test_an_empty_idnum_is_400(customer: Customer, path: str) -> None:
    customer.add()
    reply = customer.get(path)
    assert (reply.status, reply.json) == (400, {"data": [{"error": "Invalid idnum supplied."}]})


@pytest.mark.rule("LT-R18")
@pytest.mark.parametrize(("method", "path"), PENDING)
def test_operations_pending_release_exist_until_the_tester_switches_them_off(
    customer: Customer, method: str, path: str
) -> None:
    bodies: dict[str, Any] = {
        "/uservalidate": {"users": [{"first_name": "A"}]},
        "/credential": {"credentials": [{"id": 1631}]},
    }
    ask = customer.request(method, path, bodies.get(path))
    assert customer.ask(ask).status == 200
    customer.site.support("pending_release", on=False)
    assert customer.ask(ask).status == (405 if path == "/credential" else 404)
    customer.site.support("pending_release")
    assert customer.ask(ask).status == 200


@pytest.mark.rule("LT-R19")
@pytest.mark.parametrize("path", ["/user", "/events", "/fob"])
def test_json_is_compact_utf_8(customer: Customer, path: str) -> None:
    reply = customer.get(path)
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.body.decode() == json.dumps(reply.json, separators=(",", ":"), ensure_ascii=False)
