"""Which files of the repository are pages of the site, and where. Links between them are rewritten to the new places."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from locksim.registry import NAMES

__all__ = ["REPO", "pages", "places", "rewritten"]

REPO = Path(__file__).parents[2]
_PROJECT = ("ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)#:\s]+)(#[^)\s]*)?\)")
_FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def pages() -> dict[str, str]:
    """Return the file's path in the repository → the page's path in the site's sources."""
    found = {"README.md": "readme.md", "docs/index.md": "index.md"}
    found |= {name: f"project/{name.lower()}" for name in _PROJECT}
    for file in sorted([*REPO.glob("docs/*.md"), *REPO.glob("docs/guides/*.md")]):
        found.setdefault(str(file.relative_to(REPO)), str(file.relative_to(REPO / "docs")))
    found |= {f"simulators/locksim/{name}/FIDELITY.md": f"reference/rules/{name}.md" for name in NAMES}
    return found


def places(generated: Iterable[str]) -> dict[str, str]:
    """Return the same as `pages`, with the generated pages where links expect them: below docs."""
    return pages() | {f"docs/{place}": place for place in generated}


def rewritten(text: str, file: str, places: Mapping[str, str]) -> str:
    """Return a page with its links rewritten. A link to a file that is no page becomes the file's name.

    Args:
        text: the page.
        file: its path in the repository.
        places: those of `places`.
    """

    def link(found: re.Match[str]) -> str:
        label, target, anchor = found[1], found[2], found[3] or ""
        path = os.path.normpath((Path(file).parent / target).as_posix())
        if path not in places:
            return f"{label} (`{path}`)"
        return f"[{label}]({os.path.relpath(places[path], Path(places[file]).parent)}{anchor})"

    parts = _FENCE.split(text)  # code is left as it is
    return "".join(part if index % 2 else _LINK.sub(link, part) for index, part in enumerate(parts))
