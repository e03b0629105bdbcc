"""What a world sends out arrives over real HTTP, and no receiver holds up anything but its own line."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from locksim.server import webhook_sender
from tests.server.receiver import Receiver, receiver
from tests.server.served import Background, ServedToy, serve_toy, until


def subscribe(toy: ServedToy, url: str) -> None:
    assert toy.post(f"/subscribe?url={quote(url, safe='')}").status_code == 200


def attempts(toy: ServedToy) -> list[tuple[str, int | None, str | None]]:
    """State, status and error of each attempt at the first delivery."""
    return [(a["state"], a["status"], a["error"]) for a in toy.wait_for_deliveries()[0]["attempts"]]


def test_a_delivery_arrives_as_the_vendor_wrote_it_and_is_acknowledged(toy: ServedToy) -> None:
    with receiver() as there:
        subscribe(toy, there.url + "/a b?c=%20&d=é")
        toy.act("ring")
        (delivery,) = toy.wait_for_deliveries()
    (got,) = there.got
    path, headers, body = got
    assert path == "/callback/a%20b?c=%20&d=%C3%A9"
    host = there.url.split("/")[2]
    assert headers == [
        ("Host", host),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
    ]
    assert body == b'{"rings":1}'
    assert delivery["body"] == '{"rings":1}'
    assert delivery["kind"] == "ring"
    ((attempt),) = delivery["attempts"]
    assert (attempt["state"], attempt["status"], attempt["error"]) == ("done", 200, None)
    assert toy.sim("GET", "/toy/state")["acknowledged"] == 1


@pytest.mark.parametrize(("to", "error"), [
    ("http://192.0.2.1:80/x", "blocked"), ("https://10.0.0.1/", "blocked"), ("http://[2001:db8::1]/", "blocked"),
    ("http://0.0.0.0:9/", "blocked"), ("http://169.254.169.254/latest", "blocked"), ("http://[::ffff:10.0.0.1]/", "blocked"),
    ("http://127.0.0.1:9/", "refused"), ("http://localhost:9/", "refused"), ("http://x.localhost:9/", "refused"),
    ("http://[::ffff:127.0.0.1]:9/", "refused"), ("http://127.0.0.1:99999/", "unresolved"), ("http://[x/", "unresolved"),
    ("http:///x", "unresolved"), ("http://a..b/", "unresolved"),
])  # fmt: skip
def test_only_this_machine_is_called(toy: ServedToy, to: str, error: str) -> None:
    subscribe(toy, to)
    toy.act("ring")
    assert attempts(toy)[0] == ("done", None, error)


@pytest.mark.parametrize("addresses", [["192.0.2.1"], ["127.0.0.1", "192.0.2.1"]])
def test_a_host_is_blocked_if_any_of_its_addresses_is_not_allowed(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    async def resolve(host: str) -> list[str]:
        return addresses

    monkeypatch.setattr(webhook_sender, "_resolve", resolve)
    with serve_toy(clock="manual") as toy:
        subscribe(toy, "http://inside.example/")
        toy.act("ring")
        assert attempts(toy)[0][2] == "blocked"


def test_a_mail_needs_no_receiver(toy: ServedToy) -> None:
    subscribe(toy, "someone@example.org")
    toy.act("ring")
    assert attempts(toy) == [("done", 200, None)]


def test_a_redirect_is_an_outcome_and_is_not_followed(toy: ServedToy) -> None:
    with receiver(lambda me, path: 302) as there:
        subscribe(toy, there.url)
        toy.act("ring")
        assert attempts(toy)[0] == ("done", 302, None)
    assert [path for path, _, _ in there.got] == ["/callback"]


def test_an_answer_that_is_not_http_is_broken(toy: ServedToy) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as there:

        def mumble() -> None:
            line, _ = there.accept()
            with line:
                line.recv(65536)
                line.sendall(b"hm\r\n\r\n")

        talk = Background(mumble)
        subscribe(toy, f"http://127.0.0.1:{there.getsockname()[1]}/")
        toy.act("ring")
        assert attempts(toy)[0] == ("done", None, "broken")
        talk.result()


def test_a_silent_receiver_blocks_nobody_and_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_sender, "TIMEOUT", 0.3)

    def never(me: Receiver, path: str) -> int:
        me.proceed.wait(20)
        return 200

    with serve_toy(clock="manual") as toy, receiver(never) as there:
        subscribe(toy, there.url)
        toy.act("ring")
        assert toy.post("/count").json() == {"count": 1}
        assert attempts(toy)[0] == ("done", None, "timeout")


def test_a_receiver_may_call_the_world_and_the_control_api(toy: ServedToy) -> None:
    """It does so before it answers its delivery, on the same event loop."""

    def curious(me: Receiver, path: str) -> int:
        httpx.post(f"{toy.url}/count", trust_env=False, verify=False)
        return 200 + int(httpx.get(f"{toy.url}/count", trust_env=False, verify=False).json()["count"])

    with receiver(curious) as there:
        subscribe(toy, there.url)
        toy.act("ring")
        assert attempts(toy) == [("done", 201, None)]


def test_each_receiver_gets_its_deliveries_one_at_a_time_and_in_order(toy: ServedToy) -> None:
    inside: list[int] = []
    crowded: list[int] = []

    def slow(me: Receiver, path: str) -> int:
        inside.append(1)
        crowded.append(len(inside))
        me.proceed.wait(0.02)
        inside.pop()
        return 200

    with receiver(slow) as there:
        subscribe(toy, there.url)
        for _ in range(5):
            toy.act("ring")
        toy.wait_for_deliveries()
        assert [body for _, _, body in there.got] == [b'{"rings":%d}' % n for n in range(1, 6)]
    assert set(crowded) == {1}


def test_a_receiver_that_hangs_does_not_block_another(toy: ServedToy) -> None:
    def hang(me: Receiver, path: str) -> int:
        me.proceed.wait(20)
        return 200

    with receiver(hang) as stuck, receiver() as quick:
        subscribe(toy, stuck.url)
        toy.act("ring")
        until(lambda: bool(stuck.got))
        subscribe(toy, quick.url)
        toy.act("ring")
        until(lambda: toy.deliveries()[1]["attempts"][0]["state"] == "done")
        assert toy.deliveries()[0]["attempts"][0]["state"] == "due"


# ---- release, double, drop


def held(toy: ServedToy, there: Receiver) -> dict[str, Any]:
    """One delivery that is held."""
    assert toy.sim("PUT", "/deliveries", {"mode": "held"}) == {"mode": "held"}
    subscribe(toy, there.url)
    toy.act("ring")
    (delivery,) = toy.deliveries()
    assert [a["state"] for a in delivery["attempts"]] == ["held"]
    assert there.got == []
    return delivery


def test_a_held_delivery_leaves_when_it_is_released(toy: ServedToy) -> None:
    with receiver() as there:
        id_ = held(toy, there)["id"]
        assert toy.sim("POST", f"/deliveries/{id_}/release") == {"id": id_, "released": 1}
        assert attempts(toy) == [("done", 200, None)]
        assert len(there.got) == 1
        assert "not held" in toy.sim("POST", f"/deliveries/{id_}/release", status=409)["error"]


def test_a_doubled_delivery_arrives_twice(toy: ServedToy) -> None:
    with receiver() as there:
        id_ = held(toy, there)["id"]
        toy.sim("POST", f"/deliveries/{id_}/double")
        toy.sim("POST", f"/deliveries/{id_}/release")
        assert attempts(toy) == [("done", 200, None)] * 2
        assert len(there.got) == 2


def test_a_dropped_delivery_never_arrives_and_its_vendor_sees_dropped(toy: ServedToy) -> None:
    with receiver() as there:
        id_ = held(toy, there)["id"]
        assert toy.sim("POST", f"/deliveries/{id_}/drop") == {"id": id_, "dropped": 1}
        assert attempts(toy)[0][2] == "dropped"
        assert there.got == []


def test_held_deliveries_can_be_released_in_another_order(toy: ServedToy) -> None:
    with receiver() as there:
        first = held(toy, there)["id"]
        toy.act("ring")
        second = toy.deliveries()[1]["id"]
        for id_ in (second, first):
            toy.sim("POST", f"/deliveries/{id_}/release")
            toy.wait_for_deliveries()
        assert [body for _, _, body in there.got] == [b'{"rings":2}', b'{"rings":1}']


@pytest.mark.parametrize("action", ["release", "double", "drop"])
@pytest.mark.parametrize("id_", ["7", "seven", "-1", "99999999999999999999"])
def test_an_unknown_delivery_id_is_refused(toy: ServedToy, action: str, id_: str) -> None:
    assert id_ in toy.sim("POST", f"/deliveries/{id_}/{action}", status=404)["error"]
