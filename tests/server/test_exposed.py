"""A server that other machines can reach has credentials of its own, and does not call this machine's services for them."""

from __future__ import annotations

from typing import Any

import pytest

from locksim import registry
from locksim.server.config import ServerConfig, network
from locksim.server.run import serving
from tests.server.receiver import receiver
from tests.server.served import serve_toy

TOKEN = "abc123"
NUKI = registry.load("nuki")
HEAD = {"Authorization": f"Bearer {TOKEN}"}


def exposed(*allowed: str) -> ServerConfig:
    return ServerConfig("0.0.0.0", admin_token=TOKEN, deliver_to=tuple(map(network, allowed)))


def token(config: ServerConfig, **world: Any) -> str:
    with serving([NUKI], config=config, clock="manual", **world) as info:
        return str(info["vendors"]["nuki"]["credentials"]["token"])


def test_credentials_differ_in_each_installation() -> None:
    assert len({token(exposed()), token(exposed()), token(ServerConfig())}) == 3


def test_a_seed_that_was_given_is_used() -> None:
    assert token(exposed(), seed=0) == token(ServerConfig()) == token(ServerConfig())


def test_other_worlds_have_credentials_of_their_own_too() -> None:
    with serve_toy(config=exposed(), clock="manual") as toy:
        toy.http.headers.update(HEAD)
        seeds = {
            toy.api("POST", "/worlds", body, status=201)["seed"] for body in (None, {}, {"name": "x"}, {"seed": 7})
        }
        assert len(seeds) == 4
        assert 7 in seeds
        assert 0 not in seeds
    with serve_toy(clock="manual") as toy:
        assert toy.api("POST", "/worlds", {}, status=201)["seed"] == 0


@pytest.mark.parametrize(("allowed", "outcome"), [((), "blocked"), (("127.0.0.0/8",), 200)])
def test_loopback_is_called_only_if_it_is_allowed(allowed: tuple[str, ...], outcome: int | str) -> None:
    with serve_toy(config=exposed(*allowed), clock="manual") as toy, receiver() as there:
        toy.http.headers.update(HEAD)
        toy.post(f"/subscribe?url={there.url}")
        toy.act("ring")
        (attempt,) = toy.wait_for_deliveries()[0]["attempts"][:1]
        assert (attempt["status"] or attempt["error"]) == outcome
        assert len(there.got) == len(allowed)
