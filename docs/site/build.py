"""Build the site: `make docs`. Warnings are errors, every link inside is checked, and each page is also there as Markdown.

python -m docs.site.build build/docs [--screens]
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.cmd.build import main as sphinx

from docs.site import reference, screens
from docs.site.pages import REPO, pages, places, rewritten

__all__ = ["broken_links", "build", "write_sources"]

_HEAD = """# Lockpact

> Simulators of five smart-lock vendors' APIs (locksim), and property-based contract tests for their clients (lockpact).

Each page is here as Markdown; `llms-full.txt` has all of them.

"""


def write_sources(folder: Path, *, with_screens: bool = False) -> list[str]:
    """Write the site's sources into a folder, with screenshots if they are wanted. Returns the pages' paths."""
    shots = screens.take(folder / screens.FOLDER) if with_screens else set()
    made = reference.pages()
    known = places(made)
    made |= {place: rewritten((REPO / file).read_text("utf-8"), file, known) for file, place in pages().items()}
    for place, text in made.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(screens.with_screens(text, place, shots), "utf-8")
    shutil.copy(Path(__file__).with_name("conf.py"), folder / "conf.py")
    return sorted(made)


def build(output: Path, *, with_screens: bool = False) -> int:
    """Build the site. Returns the exit code."""
    sources, site = output / "sources", output / "html"
    shutil.rmtree(output, ignore_errors=True)
    made = write_sources(sources, with_screens=with_screens)
    code = int(
        sphinx(["-q", "-W", "--keep-going", "-b", "html", "-d", str(output / "doctrees"), str(sources), str(site)])
    )
    if code:
        return code
    for page in made:
        (site / page).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sources / page, site / page)
    titles = {page: (sources / page).read_text("utf-8").partition("\n")[0].lstrip("# ") for page in made}
    (site / "llms.txt").write_text(_HEAD + "".join(f"- [{title}]({page})\n" for page, title in titles.items()), "utf-8")
    whole = [f"<!-- {page} -->\n\n{(sources / page).read_text('utf-8')}" for page in made]
    (site / "llms-full.txt").write_text("\n\n".join(whole), "utf-8")
    (site / "world.schema.json").write_text(json.dumps(reference.world_schema(), indent=2) + "\n", "utf-8")
    broken = broken_links(site)
    for one in broken:
        print(f"docs: broken link {one}", file=sys.stderr)
    return 1 if broken else 0


class _Page(HTMLParser):
    """The links and anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a link, an anchor, or neither."""
        for name, value in attrs:
            if value and name == "id":
                self.anchors.add(value)
            elif value and ((tag == "a" and name == "href") or name == "src"):
                self.links.append(value)


def broken_links(site: Path) -> list[str]:
    """Return `page: link` of each link that leads to no file or anchor of the site. Links to other sites are not followed."""
    found = {file: _Page(file.read_text("utf-8")) for file in site.rglob("*.html")}
    broken = []
    for file, page in found.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            target = target / "index.html" if target.is_dir() else target
            anchors = found[target].anchors if target in found else None
            if not target.exists() or (
                parts.fragment and anchors is not None and unquote(parts.fragment) not in anchors
            ):
                broken.append(f"{file.relative_to(site)}: {link}")
    return broken


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m docs.site.build", description="Build the documentation's site.")
    parser.add_argument("folder", type=Path, help="where to; what is there is replaced")
    parser.add_argument("--screens", action="store_true", help="take screenshots of the console, in a browser")
    arguments = parser.parse_args()
    gc.disable()  # a build keeps nearly all that it makes until its end: looking for garbage took a quarter of its time
    sys.exit(build(arguments.folder.resolve(), with_screens=arguments.screens))
