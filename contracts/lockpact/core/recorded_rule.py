"""One line of an example's script: a rule and what the machine drew for it. A script can run again without drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["RecordedRule"]


@dataclass(frozen=True)
class RecordedRule:
    """The rule's name, and the arguments that were drawn for it."""

    rule: str
    arguments: Mapping[str, Any]
