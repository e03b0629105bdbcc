"""Hold a vendor's table of operations to its OpenAPI document, which is written by hand from the vendor's document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from locksim.registry import api, load

FIXTURES = Path(__file__).parents[1] / "fixtures"
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})


def differences(vendor: str) -> list[str]:
    """Return what the table and the OpenAPI document say differently: operations, parameters, chapters."""
    document: dict[str, Any] = yaml.load(load(vendor).openapi.read_text("utf-8"), yaml.CSafeLoader)
    declared = {
        f"{method.upper()} {path}": item.get("parameters", []) + operation.get("parameters", [])
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in _METHODS
    }
    rows = {row.id: row for row in api(vendor) if "observed only" not in row.tags}
    chapters = set(json.loads((FIXTURES / vendor / "headings.json").read_text("utf-8"))["headings"])
    found = [f"only in the document: {id_}" for id_ in declared.keys() - rows.keys()]
    found += [f"only in the table: {id_}" for id_ in rows.keys() - declared.keys()]
    for id_, row in rows.items():
        if row.chapter not in chapters:
            found.append(f"{id_}: there is no chapter {row.chapter!r}")
        ours = {(p.name, p.where, p.required) for p in row.parameters if p.where in ("query", "path")}
        theirs = {
            (p["name"], p["in"], p.get("required", False))
            for p in (_resolved(document, one) for one in declared.get(id_, []))
            if p["in"] in ("query", "path")
        }
        found += [f"{id_}: parameter {p} only in the table" for p in ours - theirs]
        found += [f"{id_}: parameter {p} only in the document" for p in theirs - ours]
    return found


def _resolved(document: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    node: Any = parameter
    while "$ref" in node:
        reference, node = node["$ref"], document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
    found: dict[str, Any] = node
    return found
