"""A vendor's OpenAPI document, for tests that compare it with the vendor's samples and with our answers."""

from __future__ import annotations

from typing import Any

import jsonschema
import yaml

from locksim.engine.vendor import Vendor

__all__ = ["OpenApi"]


class OpenApi:
    """The `openapi.yaml` of a vendor."""

    def __init__(self, vendor: Vendor) -> None:
        self.document: dict[str, Any] = yaml.load(vendor.openapi.read_text("utf-8"), yaml.CSafeLoader)

    def resolved(self, node: Any) -> Any:
        """Return a part of the document with its references resolved."""
        if isinstance(node, dict):
            if "$ref" in node:
                found: Any = self.document
                for step in node["$ref"].removeprefix("#/").split("/"):
                    found = found[step]
                return self.resolved(found)
            return {name: self.resolved(inner) for name, inner in node.items()}
        return [self.resolved(inner) for inner in node] if isinstance(node, list) else node

    def fits(self, instance: Any, schema: Any) -> None:
        """Raise jsonschema.ValidationError if an instance does not fit a schema of the document, formats included."""
        jsonschema.Draft202012Validator(
            self.resolved(schema), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
        ).validate(instance)
