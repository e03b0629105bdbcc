"""A line of an example's script: what the machine drew. With its lines an example can be run again without drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["RecordedRule"]


@dataclass(frozen=True)
class RecordedRule:
    """A rule by its name, and what was drawn for it."""

    rule: str
    arguments: Mapping[str, Any]
