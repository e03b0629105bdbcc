"""Errors: general ones, resource ones, and in which order they are found."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from tests.remotelock.caller import Caller, Reply


def send(
    caller: Caller, body: bytes, mime: str | None = "application/json", method: str = "POST", path: str = "/groups"
) -> Reply:
    headers = {"Authorization": f"Bearer {caller.token}"} | ({} if mime is None else {"Content-Type": mime})
    return caller.ask(method, path, headers=headers, body=body)


BODY = b'{"type":"door_group","attributes":{"name":"W"}}'


@pytest.mark.rule("RL-R31")
@pytest.mark.parametrize("mime", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_is_taken(caller: Caller, mime: str) -> None:
    assert send(caller, BODY, mime).status == 201


@pytest.mark.rule("RL-R31")
@pytest.mark.parametrize("mime", [None, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_nothing_else_is(caller: Caller, mime: str | None) -> None:
    for body in (BODY, b""):
        reply = send(caller, body, mime)
        assert (reply.status, reply.json["type"]) == (415, "unsupported_media_type")


@pytest.mark.rule("RL-R32")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'"x"',
        b"{}",
        b'{"name":"W"}',
        b'{"attributes":[]}',
        b'{"attributes":null}',
        b"\xff",
        b'{"attributes":{"name":"\\ud800"}}',
        b"[" * 100_000,
    ],
)
def test_a_body_is_an_object_with_attributes(caller: Caller, body: bytes) -> None:
    reply = send(caller, body)
    assert (reply.status, list(reply.json)) == (400, ["message", "type"])


@pytest.mark.rule("RL-R33")
def test_bodies_of_get_and_delete_are_ignored(caller: Caller) -> None:
    assert send(caller, b"{nonsense", "text/plain", "GET").status == 200
    assert send(caller, b"{nonsense", None, "DELETE", f"/groups/{seed.OUTDOORS}").status == 204


@pytest.mark.rule("RL-R40")
def test_a_resource_error_repeats_the_sent_attributes(caller: Caller) -> None:
    reply = caller.post("/groups", "door_group", name="", colour="red")
    assert reply.json == {
        "attributes": {"name": "", "colour": "red"},
        "errors": [{"attribute": "name", "messages": ["is empty"], "full_messages": ["name is empty"]}],
    }


@pytest.mark.rule("RL-R30")
def test_the_resource_is_checked_before_the_body(caller: Caller) -> None:
    assert send(caller, b"{", None, "PUT", "/groups/nothing").status == 404
    assert send(caller, b"{", None, "PUT", f"/groups/{seed.OUTDOORS}").status == 415
    assert send(caller, b"{", method="PUT", path=f"/access_persons/{seed.FORMER}").status == 400
    assert (
        send(caller, b'{"attributes":{"name":""}}', method="PUT", path=f"/access_persons/{seed.FORMER}").status == 403
    )


@pytest.mark.rule("RL-R38")
@pytest.mark.parametrize(
    "path", ["/nowhere", "/", "/common_doors", "/acs", "/devices/x/y/z", "/roles/1", "/notifications/1", "/billing"]
)
def test_there_is_nothing_at_other_paths(caller: Caller, path: str) -> None:
    reply = caller.get(path)
    assert (reply.status, reply.json["type"]) == (404, "not_found")


@pytest.mark.rule("RL-R38")
@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PATCH", "/user", "GET, HEAD"),
        ("POST", "/account", "GET, HEAD, PUT"),
        ("OPTIONS", "/devices", "GET, HEAD, POST"),
        ("GET", f"/devices/{seed.PLUG}/power_on", "PUT"),
        ("PATCH", f"/devices/{seed.PLUG}", "DELETE, GET, HEAD, PUT"),
    ],
)
def test_a_path_says_which_methods_it_has(caller: Caller, method: str, path: str, allow: str) -> None:
    reply = caller.call(method, path)
    assert (reply.status, reply.headers["Allow"]) == (405, allow)


@pytest.mark.rule("RL-R45")
def test_unknown_attributes_are_ignored_and_the_journal_suggests_known_ones(caller: Caller) -> None:
    reply = caller.put(f"/groups/{seed.OUTDOORS}", nmae="X")
    assert (reply.status, reply.attributes["name"]) == (200, "Outdoors")
    assert "the attribute 'nmae' is ignored; did you mean name?" in caller.misses


def test_the_journals_sentences_have_no_secret(caller: Caller) -> None:
    caller.ask("GET", "/user", headers={"Authorization": "Bearer s3cr3t-t0k3n"})
    caller.grant(grant_type="client_credentials", client_secret="s3cr3t-t0k3n")
    caller.grant(grant_type="refresh_token", refresh_token="s3cr3t-t0k3n")
    caller.authorize(password="s3cr3t-t0k3n")
    assert len(caller.misses) >= 4
    assert not any("s3cr3t" in miss for miss in caller.misses)


@pytest.mark.rule("RL-R565")
def test_an_error_page_is_no_json(caller: Caller) -> None:
    assert caller.token
    caller.site.faults.inject({"kind": "refuse", "name": "error_page"}, times=1)
    reply = caller.ask("GET", "/nowhere", headers={"Authorization": f"Bearer {caller.token}"})
    assert (reply.status, reply.headers["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert reply.body.startswith(b"<!DOCTYPE html>")


@pytest.mark.parametrize(
    "name",
    [
        "unavailable",
        "error_page",
        "rate_limited",
        "unauthorized",
        "forbidden",
        "not_found",
        "bad_request",
        "billing_subscription_required",
        "invalid",
    ],
)
def test_faults_speak_the_vendors_language(caller: Caller, name: str) -> None:
    assert caller.token
    caller.site.faults.inject({"kind": "refuse", "name": name}, times=1)
    expected = {
        "unavailable": 503,
        "error_page": 500,
        "rate_limited": 429,
        "unauthorized": 401,
        "not_found": 404,
        "bad_request": 400,
        "invalid": 422,
    }
    reply = caller.ask("GET", "/nowhere", headers={"Authorization": f"Bearer {caller.token}"})
    assert reply.status == expected.get(name, 403)
