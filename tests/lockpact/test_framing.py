"""Generated headers that frame a request are not sent: the server would refuse them before the vendor's code sees them."""

from __future__ import annotations

import locksim
from lockpact.live.fuzz import fuzz
from lockpact.lockt import PACT
from lockpact.simulators.documents import document


def test_generated_framing_headers_are_not_sent() -> None:
    """Hypothesis makes texts of those that a program has in it, so such a header comes about by chance."""
    world = locksim.World(seed=7, vendors=["lockt"])
    site = world.site("lockt")
    whole = document("lockt")
    post = whole["paths"]["/user"]["post"]
    named = {"Content-Length": "7", "Transfer-Encoding": "chunked", "Upgrade": "h2c"}
    made_up = [{"name": n, "in": "header", "required": True, "schema": {"enum": [v]}} for n, v in named.items()]
    changed = {**post, "parameters": [*post.get("parameters", ()), *made_up]}
    with world.intercept():
        found = fuzz(
            {**whole, "paths": {"/user": {"post": changed}}}, site.url, PACT.live.auth(site.credentials), examples=3, seed=1,
            headers=PACT.live.headers, expected=PACT.live.expected, in_part=PACT.live.in_part,
        )  # fmt: skip
    said = [failure for one in found.values() for failure in one.failures]
    assert [failure for failure in said if "HTTP/1.1" in failure] == []
    assert found["POST /user"].statuses[200]
