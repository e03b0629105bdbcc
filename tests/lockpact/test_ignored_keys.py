"""For a vendor that refuses with a success status, we ourselves send each operation without a key."""

from __future__ import annotations

import json

import locksim
from lockpact.live.fuzz import fuzz
from lockpact.noke import PACT
from lockpact.simulators.documents import document
from locksim.engine.inputs import Request

PATH = "/fwupdate/"
"""It refuses an empty body, whatever the key is."""


def test_what_is_sent_without_a_key_was_accepted_with_it() -> None:
    world = locksim.World(seed=7, vendors=["noke"])
    site = world.site("noke")
    whole = document("noke")
    with world.intercept():
        results = fuzz(
            {**whole, "paths": {PATH: whole["paths"][PATH]}}, site.url, PACT.live.auth(site.credentials), examples=1,
            seed=1, undeclared={PATH: []}, refused=PACT.live.refused,
        )  # fmt: skip
    assert not results[f"POST {PATH}"].failures
    answered = [(entry.input, entry.answer) for entry in world.core.journal if isinstance(entry.input, Request)]
    *others, (without, _), (wrong, _) = answered
    assert "authorization" not in _headers(without)
    assert _headers(wrong)["authorization"] == "Bearer none-of-yours"
    accepted = [sent.body for sent, answer in others if answer and json.loads(answer.body)["result"] == "success"]
    assert without.body == wrong.body == accepted[0]


def _headers(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers}
