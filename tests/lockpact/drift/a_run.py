"""A drift run in a process of its own, which a test can kill: BASELINE CANDIDATE FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

from lockpact.drift import Server, drift
from lockpact.live.permission import Permission
from tests.lockpact.drift.shop import keys, sold_by, the_pact


def main() -> None:
    """All that is allowed."""
    baseline, candidate, folder = sys.argv[1:]
    permission = Permission(frozenset({"*"}), credentials=keys(Path(folder)))
    with sold_by():
        drift(
            the_pact(), Server(baseline), Server(candidate), permission=permission,
            created_file=Path(folder) / "made.jsonl", sequences=20,
        )  # fmt: skip


if __name__ == "__main__":
    main()
