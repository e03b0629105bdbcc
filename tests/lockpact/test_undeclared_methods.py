"""Methods that an OpenAPI document does not have are sent only where that is allowed."""

from __future__ import annotations

from typing import Any

import pytest

import locksim
from lockpact.live.conform import _allowed_paths, _undeclared
from lockpact.live.fuzz import _expecting, fuzz
from lockpact.live.stage import Limits
from lockpact.lockt import PACT
from lockpact.simulators.documents import document
from locksim.engine.inputs import Request

ITEM: dict[str, Any] = {"get": {}, "post": {}}


def limited(*allowed: str) -> Limits:
    def may(path: str, method: str = "GET", /) -> bool:
        return PACT.live.allowed(path, frozenset(allowed), method)

    return Limits(may)


@pytest.mark.parametrize(
    ("limits", "path", "item", "methods"),
    [
        (Limits(lambda _path, _method="GET", /: True), "/door", ITEM, {"PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}),
        (limited(), "/schedule", {"get": {}}, set()),
        (limited("/schedule"), "/schedule", {"get": {}}, {"PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE"}),
        (limited(), "/door", ITEM, set()),
        (limited("*"), "/door", ITEM, set()),
    ],
    ids=["ours", "elsewhere", "named", "cut", "cut though all is allowed"],
)
def test_undeclared_methods_are_sent_if_allowed_and_no_operation_is_left_out(
    limits: Limits, path: str, item: dict[str, Any], methods: set[str]
) -> None:
    paths, _ = _allowed_paths({path: item}, limits, frozenset())
    assert set(_undeclared(path, item, paths[path], limits)) == methods


@pytest.mark.parametrize(
    "undeclared",
    [
        {"/door": []},
        {"/door": ["DELETE"]},
        {"/door": [], "/fob": ["DELETE"], "/nextcardnum": ["DELETE"]},
        {"/door": ["PUT"], "/fob": [], "/nextcardnum": []},
    ],
)
def test_only_allowed_undeclared_methods_are_sent(undeclared: dict[str, list[str]]) -> None:
    world = locksim.World(seed=7, vendors=["lockt"])
    site = world.site("lockt")
    whole = document("lockt")
    paths = {path: {"get": whole["paths"][path]["get"]} for path in ("/door", "/fob", "/nextcardnum")}
    with world.intercept():
        fuzz(
            {**whole, "paths": paths}, site.url, PACT.live.auth(site.credentials), examples=2, seed=1,
            headers=PACT.live.headers, undeclared=undeclared,
        )  # fmt: skip
    asked = [entry.input for entry in world.core.journal if isinstance(entry.input, Request)]
    for path in paths:
        sent = {request.method for request in asked if request.target.split("?")[0] == f"/api/v1{path}"}
        assert sent == {"GET", *undeclared.get(path, ())}


def test_an_operation_that_accepts_parts_may_accept_partly_invalid_requests() -> None:
    whole = {"positive_data_acceptance": {"expected-statuses": ["2xx"]}}
    in_part = {"negative_data_rejection": {"expected-statuses": ["2xx", "4xx"]}}
    document: dict[str, Any] = {"paths": {"/x": {"post": {}, "put": {}, "parameters": []}, "/y": {"post": {}}}}
    assert _expecting(document, {"POST /x": ["2xx"], "PUT /x": ["2xx"]}, ["POST /y"]) == (
        {},
        [{"include-name": ["POST /x", "PUT /x"], "checks": whole}, {"include-name": ["POST /y"], "checks": in_part}],
    )
    both = whole | in_part
    assert _expecting(document, {"POST /x": ["2xx"]}, ["POST /x"]) == (
        {},
        [{"include-name": ["POST /x"], "checks": both}],
    )
    everywhere = {name: ["2xx"] for name in ("POST /x", "PUT /x", "POST /y")}
    assert _expecting(document, everywhere, everywhere) == (both, []), "what all operations share needs no entry"
