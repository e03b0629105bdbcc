"""The vendor's own samples fit the OpenAPI document, and the simulator's answers have their form."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from locksim.lockt import VENDOR
from locksim.lockt.operations import API
from locksim.lockt.seed import MARY, SPARE_FOB
from tests.lockt.customer import Customer
from tests.openapi import OpenApi

OPENAPI = OpenApi(VENDOR)
DOCUMENT, resolved, fits = OPENAPI.document, OPENAPI.resolved, OPENAPI.fits
READS = [row.path for row in API if row.method == "GET"]


def schema_of(operation: str, status: int = 200) -> Any:
    method, path = operation.split()
    answer = resolved(DOCUMENT["paths"][path][method.lower()]["responses"][str(status)])
    return answer["content"]["application/json"]["schema"]


def keys(node: Any) -> Any:
    """Return the keys in their order, with the types of their values."""
    if isinstance(node, dict):
        return [(name, keys(inner)) for name, inner in node.items()]
    return [keys(inner) for inner in node[:1]] if isinstance(node, list) else type(node)


def test_the_document_has_every_operation_of_the_table() -> None:
    described = {(path, method.upper()) for path, item in DOCUMENT["paths"].items() for method in item}
    assert described == {(row.path, row.method) for row in API}


def test_the_vendors_samples_fit(examples: Any) -> None:
    assert {"GET /user", "POST /user", "PUT /fob"} <= set(examples["answers"])
    for operation, sample in examples["answers"].items():
        fits(sample, schema_of(operation))
    fits(examples["refusals"]["POST /door"], schema_of("POST /door", 400))
    fits(examples["refusals"]["POST /user, one of errors"], DOCUMENT["components"]["schemas"]["RecordError"])
    assert {"POST /user", "PUT /fob"} <= set(examples["requests"])
    for operation, sample in examples["requests"].items():
        method, path = operation.split()
        body = resolved(DOCUMENT["paths"][path][method.lower()]["requestBody"])
        fits(sample, body["content"]["application/json"]["schema"])


@pytest.mark.rule("LT-R58")
@pytest.mark.parametrize(
    ("operation", "query"),
    [
        ("GET /user", {"id": MARY}),
        ("GET /credential", {}),
        ("GET /events", {"id": 837}),
        ("GET /door", {}),
        ("GET /doorstate", {}),
        ("GET /fob", {}),
        ("GET /schedule", {}),
        ("GET /accesslevel", {}),
    ],
)
def test_our_answers_have_the_samples_keys_in_their_order(
    customer: Customer, examples: Any, operation: str, query: dict[str, Any]
) -> None:
    ours = customer.get(operation.split()[1], **query).data
    if operation == "GET /events":
        ours = ours[1:]  # the sample's first is a denied one
    if operation == "GET /fob":
        ours = ours[1:]  # the sample's first has no access levels
    assert keys(ours[:1]) == keys(examples["answers"][operation]["data"][:1])


@pytest.mark.parametrize("operation", ["POST /user", "POST /door", "POST /fob", "PUT /fob"])
def test_the_vendors_own_requests_are_accepted(customer: Customer, examples: Any, operation: str) -> None:
    body = examples["requests"][operation]
    if operation == "POST /user":
        for user in body["users"]:
            user["accesslevels"] = [{"id": 508}]
    if operation == "PUT /fob":
        body["fobs"][0] |= {"id": str(SPARE_FOB), "user_id": str(MARY)}
    method, path = operation.split()
    reply = customer.ask(customer.request(method, path, body))
    assert reply.status == 200
    assert keys(reply.data) == keys(examples["answers"][operation]["data"])
    fits(reply.json, schema_of(operation))


def test_a_refusal_is_the_same_as_the_sample(customer: Customer, examples: Any) -> None:
    customer.post("/door", {"doors": [{"name": "Door 1"}]})
    assert customer.post("/door", {"doors": [{"name": "Door 1"}]}).json == examples["refusals"]["POST /door"]


@pytest.mark.parametrize("path", READS)
def test_reads_and_their_refusals_fit(customer: Customer, path: str) -> None:
    operation = f"GET {path}"
    fits(customer.get(path).json, schema_of(operation))
    fits(customer.ask(customer.request("GET", path, Content_Type=None)).json, schema_of(operation, 400))
    fits(customer.ask(customer.request("GET", path, apikey=None)).json, schema_of(operation, 401))
    customer.site.support("instance")
    fits(customer.get(path).json, schema_of(operation, 500))


@pytest.mark.parametrize("path", READS)
def test_an_answer_with_an_additional_key_does_not_fit(customer: Customer, path: str) -> None:
    answer = customer.get(path).json
    answer["data"][0]["more"] = 1
    with pytest.raises(jsonschema.ValidationError):
        fits(answer, schema_of(f"GET {path}"))


@pytest.mark.parametrize("row", [row for row in API if row.tags], ids=lambda row: row.id)
def test_an_operation_that_is_not_released_is_refused_as_the_document_says(customer: Customer, row: Any) -> None:
    customer.site.support("pending_release", on=False)
    reply = customer.ask(customer.request(row.method, row.path, {}))
    assert reply.status in (404, 405)
    fits(reply.json, schema_of(row.id, reply.status))


def test_every_operation_needs_both_credentials() -> None:
    assert DOCUMENT["security"] == [{"apiuser": [], "apikey": []}]
    assert not [item for path in DOCUMENT["paths"].values() for item in path.values() if "security" in item]
