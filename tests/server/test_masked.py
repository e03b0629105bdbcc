"""A journal for readers: no secret in it, and not to be replayed."""

from __future__ import annotations

import json

import pytest

from locksim.engine import replay
from locksim.engine.errors import Refused
from locksim.server.config import ServerConfig
from tests.server.served import ServedToy, serve_toy


def exported(toy: ServedToy, query: str = "") -> bytes:
    toy.http.get(f"{toy.url}/echo?token=toy!", headers={"X-Token": "toy!"})
    return toy.http.get(f"{toy.control}/worlds/default/journal.jsonl{query}").content


@pytest.mark.parametrize(("config", "query", "masked"), [
    (ServerConfig(), "?mask=true", True), (ServerConfig(mask=True), "", True),
    (ServerConfig(mask=True), "?mask=false", True), (ServerConfig(), "", False),
])  # fmt: skip
def test_secrets_are_removed_if_asked_for(config: ServerConfig, query: str, *, masked: bool) -> None:
    with serve_toy(config=config, clock="manual") as toy:
        toy.sim("PUT", "/toy/state", toy.sim("GET", "/toy/state") | {"count": 3})
        text = exported(toy, query)
        header = json.loads(text.splitlines()[0])
        assert header["masked"] is masked
        assert (b"toy!" in text) is not masked
        if masked:
            with pytest.raises(Refused, match="masked"):
                replay.read(text)


def test_an_invalid_mask_is_refused(toy: ServedToy) -> None:
    answer = toy.http.get(f"{toy.control}/worlds/default/journal.jsonl?mask=maybe")
    assert answer.status_code == 400
    assert "false or true" in answer.json()["error"]
