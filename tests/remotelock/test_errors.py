"""Errors: general ones, resource ones, and in which order they are found."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from tests.remotelock.caller import Caller, Reply


def send(
    desk: Caller, body: bytes, mime: str | None = "application/json", method: str = "POST", path: str = "/groups"
) -> Reply:
    headers = {"Authorization": f"Bearer {desk.token}"} | ({} if mime is None else {"Content-Type": mime})
    return desk.ask(method, path, headers=headers, body=body)


BODY = b'{"type":"door_group","attributes":{"name":"W"}}'


@pytest.mark.rule("RL-R31")
@pytest.mark.parametrize("mime", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_is_taken(desk: Caller, mime: str) -> None:
    assert send(desk, BODY, mime).status == 201


@pytest.mark.rule("RL-R31")
@pytest.mark.parametrize("mime", [None, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_nothing_else_is(desk: Caller, mime: str | None) -> None:
    for body in (BODY, b""):
        reply = send(desk, body, mime)
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
def test_a_body_is_an_object_with_attributes(desk: Caller, body: bytes) -> None:
    reply = send(desk, body)
    assert (reply.status, list(reply.json)) == (400, ["message", "type"])


@pytest.mark.rule("RL-R33")
def test_bodies_of_get_and_delete_are_ignored(desk: Caller) -> None:
    assert send(desk, b"{nonsense", "text/plain", "GET").status == 200
    assert send(desk, b"{nonsense", None, "DELETE", f"/groups/{seed.OUTDOORS}").status == 204


@pytest.mark.rule("RL-R40")
def test_a_resource_error_repeats_what_was_sent(desk: Caller) -> None:
    reply = desk.post("/groups", "door_group", name="", colour="red")
    assert reply.json == {
        "attributes": {"name": "", "colour": "red"},
        "errors": [{"attribute": "name", "messages": ["is empty"], "full_messages": ["name is empty"]}],
    }


@pytest.mark.rule("RL-R30")
def test_what_is_there_comes_before_what_is_sent(desk: Caller) -> None:
    assert send(desk, b"{", None, "PUT", "/groups/nothing").status == 404
    assert send(desk, b"{", None, "PUT", f"/groups/{seed.OUTDOORS}").status == 415
    assert send(desk, b"{", method="PUT", path=f"/access_persons/{seed.FORMER}").status == 400
    assert send(desk, b'{"attributes":{"name":""}}', method="PUT", path=f"/access_persons/{seed.FORMER}").status == 403


@pytest.mark.rule("RL-R38")
@pytest.mark.parametrize(
    "path", ["/nowhere", "/", "/common_doors", "/acs", "/devices/x/y/z", "/roles/1", "/notifications/1", "/billing"]
)
def test_there_is_nothing_at_other_paths(desk: Caller, path: str) -> None:
    reply = desk.get(path)
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
def test_a_path_says_which_methods_it_has(desk: Caller, method: str, path: str, allow: str) -> None:
    reply = desk.call(method, path)
    assert (reply.status, reply.headers["Allow"]) == (405, allow)


@pytest.mark.rule("RL-R45")
def test_unknown_attributes_are_ignored_and_the_journal_says_what_is_near(desk: Caller) -> None:
    reply = desk.put(f"/groups/{seed.OUTDOORS}", nmae="X")
    assert (reply.status, reply.attributes["name"]) == (200, "Outdoors")
    assert "the attribute 'nmae' is ignored; did you mean name?" in desk.misses


def test_no_secret_stands_in_the_journals_sentences(desk: Caller) -> None:
    desk.ask("GET", "/user", headers={"Authorization": "Bearer s3cr3t-t0k3n"})
    desk.grant(grant_type="client_credentials", client_secret="s3cr3t-t0k3n")
    desk.grant(grant_type="refresh_token", refresh_token="s3cr3t-t0k3n")
    desk.authorize(password="s3cr3t-t0k3n")
    assert len(desk.misses) >= 4
    assert not any("s3cr3t" in miss for miss in desk.misses)


@pytest.mark.parametrize(
    "name",
    [
        "unavailable",
        "rate_limited",
        "unauthorized",
        "forbidden",
        "not_found",
        "bad_request",
        "billing_subscription_required",
        "invalid",
    ],
)
def test_faults_speak_the_vendors_language(desk: Caller, name: str) -> None:
    assert desk.token
    desk.site.faults.inject({"kind": "refuse", "name": name}, times=1)
    expected = {
        "unavailable": 503,
        "rate_limited": 429,
        "unauthorized": 401,
        "not_found": 404,
        "bad_request": 400,
        "invalid": 422,
    }
    reply = desk.ask("GET", "/nowhere", headers={"Authorization": f"Bearer {desk.token}"})
    assert reply.status == expected.get(name, 403)
