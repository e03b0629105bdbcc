"""The OpenAPI document agrees with the vendor's document, and the answers fit it in both profiles."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from locksim.codelocks import VENDOR
from locksim.codelocks.seed import ANNEXE, DENNIS, FRONT_GATE, KARL, MAIN_DOOR, MARY
from tests.codelocks.caller import ALWAYS, Caller
from tests.openapi import OpenApi

OPENAPI = OpenApi(VENDOR)
DOCUMENT, resolved, fits = OPENAPI.document, OPENAPI.resolved, OPENAPI.fits
STATUSES = {"200", "400", "403", "404", "429", "500", "502"}


def schema_of(path: str, method: str = "get") -> Any:
    return resolved(DOCUMENT["paths"][path][method]["responses"]["200"])["content"]["application/json"]["schema"]


def observed_schema(name: str) -> Any:
    return DOCUMENT["components"]["schemas"][name]


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    methods = ("get", "post", "put", "patch", "delete")
    return [(path, m, item[m]) for path, item in DOCUMENT["paths"].items() for m in methods if m in item]


def shape(node: Any) -> Any:
    """Return the schema's keys and types in the form of the vendor's samples."""
    node = resolved(node)
    match node.get("type"):
        case "object":
            return {name: shape(inner) for name, inner in node["properties"].items()}
        case "array":
            return [shape(node["items"])]
        case kind:
            return kind


def test_every_operation_exists_with_its_documented_statuses() -> None:
    assert len(operations()) == 14
    for path, _, operation in operations():
        without = {"400", "404"} if path.endswith("spcconfig") else set()
        assert set(operation["responses"]) == STATUSES - without


def test_answers_have_the_keys_of_the_vendors_samples(examples: Any) -> None:
    for path, sample in examples["answers"].items():
        if path.startswith("/"):
            schema = schema_of(path)
            assert shape(schema.get("oneOf", [schema])[0]) == sample
    assert shape(schema_of("/u/1/durations")["oneOf"][1]) == examples["answers"]["modes"]
    client = shape(schema_of("/u/1/k3connect/{id}/clients"))["clients"][0]
    assert list(client) == list(examples["answers"]["client"])
    assert client["activeperiods"][0]["9"] == examples["answers"]["period"]
    for method in ("put", "patch", "delete"):
        assert shape(schema_of("/u/1/k3connect/{id}/client", method)) == examples["answers"]["changed"]


def test_every_object_of_an_answer_is_closed_and_all_its_keys_required() -> None:
    schemas = {name: s for name, s in DOCUMENT["components"]["schemas"].items() if s.get("type") == "object"}
    assert "NetCode" in schemas
    for name, schema in schemas.items():
        assert schema["additionalProperties"] is False, name
        assert schema["required"] == list(schema["properties"]), name


def test_answers_fit(api: Caller) -> None:
    for lock, duration in ((FRONT_GATE, 0), (MAIN_DOOR, 12), (FRONT_GATE, 37)):
        fits(api.netcode(lock, "2026-01-05 00:00", duration).json, schema_of("/n/1/netcode/{id}"))
    for query in ({}, {"lockmodel": "KL1060C2", "randomid": "true"}):
        fits(api.get("/u/1/init", **query).json, schema_of("/u/1/init"))
    for operation in ("durations", "modes"):
        fits(api.get("/u/1/durations", operation=operation).json, schema_of("/u/1/durations"))
    fits(api.get("/u/1/duration/37").json, schema_of("/u/1/duration/{id}"))
    api.device(MAIN_DOOR).battery(level=0.1)
    api.device(MAIN_DOOR).sync()
    fits(api.get("/u/1/k3connect", accesskey=api.access).json, schema_of("/u/1/k3connect"))
    fits(api.get("/u/1/k3connect/account", accesskey=api.access).json, schema_of("/u/1/k3connect/account"))
    fits(api.get("/u/1/k3connect/help/spcconfig").json, schema_of("/u/1/k3connect/help/spcconfig"))
    for lock in (MAIN_DOOR, ANNEXE):
        fits(api.k3connect(lock).json, schema_of("/u/1/k3connect/{id}"))
    path = "/u/1/k3connect/{id}/client"
    fits(api.invite(MAIN_DOOR, KARL).json, schema_of(path, "post"))
    fits(api.client("PUT", MAIN_DOOR, MARY, activeperiods=json.dumps(ALWAYS)).json, schema_of(path, "put"))
    fits(api.client("PATCH", MAIN_DOOR, MARY, action="SUSPEND").json, schema_of(path, "patch"))
    fits(api.client("DELETE", MAIN_DOOR, DENNIS).json, schema_of(path, "delete"))
    for phone in (MARY, KARL):
        api.device(MAIN_DOOR).unlock_by_phone(phone=phone)
    fits(api.audit(MAIN_DOOR), schema_of("/u/1/k3connect/{id}/audit"))
    fits(api.k3connect(MAIN_DOOR, "/clients", page=1, perpage=9).json, schema_of("/u/1/k3connect/{id}/clients"))


def test_observed_answers_fit_the_observed_schemas_and_not_the_documented(observed: Caller) -> None:
    shown: list[tuple[Any, str, Any]] = [
        (observed.netcode(FRONT_GATE, "2026-01-05 08:22").json, "ObservedNetCode", schema_of("/n/1/netcode/{id}")),
        (observed.netcode(MAIN_DOOR, "2026-01-05 08:22").json, "ObservedNetCode", schema_of("/n/1/netcode/{id}")),
        (observed.get("/u/1/durations").json[3], "ObservedListedDuration", observed_schema("ListedDuration")),
        (observed.get("/u/1/duration/3").json, "ObservedDuration", schema_of("/u/1/duration/{id}")),
        (observed.k3connect(MAIN_DOOR).json, "ObservedK3Lock", schema_of("/u/1/k3connect/{id}")),
        (
            observed.get("/u/1/k3connect/account", accesskey=observed.access).json,
            "Account",
            schema_of("/u/1/k3connect/account"),
        ),
    ]
    for instance, name, documented in shown:
        fits(instance, observed_schema(name))
        with pytest.raises(jsonschema.ValidationError):
            fits(instance, documented)
