"""A journal for readers: no secret in it, and not to be replayed."""

from __future__ import annotations

import json

import pytest

from locksim.engine import replay
from locksim.engine.errors import Refused
from locksim.server.config import ServerConfig
from tests.server.door import Stand, stand


def exported(toy: Stand, query: str = "") -> bytes:
    toy.http.get(f"{toy.url}/echo?token=toy!", headers={"X-Token": "toy!"})
    return toy.http.get(f"{toy.control}/worlds/default/journal.jsonl{query}").content


@pytest.mark.parametrize(("terms", "query", "masked"), [
    (ServerConfig(), "?mask=true", True), (ServerConfig(mask=True), "", True),
    (ServerConfig(mask=True), "?mask=false", True), (ServerConfig(), "", False),
])  # fmt: skip
def test_secrets_are_taken_out_where_it_is_asked_for(terms: ServerConfig, query: str, *, masked: bool) -> None:
    with stand(terms=terms, clock="manual") as toy:
        toy.sim("PUT", "/toy/state", toy.sim("GET", "/toy/state") | {"count": 3})
        text = exported(toy, query)
        header = json.loads(text.splitlines()[0])
        assert header["masked"] is masked
        assert (b"toy!" in text) is not masked
        if masked:
            with pytest.raises(Refused, match="masked"):
                replay.read(text)


def test_what_mask_takes_is_told(toy: Stand) -> None:
    answer = toy.http.get(f"{toy.control}/worlds/default/journal.jsonl?mask=maybe")
    assert answer.status_code == 400
    assert "true or false" in answer.json()["error"]
