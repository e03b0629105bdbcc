"""The documentation's site: it builds without a warning, every link leads somewhere, and each page is Markdown too."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from docs.site.build import broken_links
from docs.site.pages import REPO, places, rewritten
from docs.site.reference import world_schema
from locksim import World, registry
from locksim.server.control_document import openapi

pytestmark = pytest.mark.xdist_group("site")
SCHEMA = world_schema()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make docs` builds."""
    output = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "docs.site.build", str(output)]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return output / "html"


def test_each_page_is_there_as_html_and_as_markdown_and_llms_txt_lists_it(site: Path) -> None:
    pages = {str(page.relative_to(site)) for page in site.rglob("*.md")}
    assert {
        "tutorial.md",
        "comparison.md",
        "guides/webhooks.md",
        "reference/world.md",
        "reference/rules/nuki.md",
    } <= pages
    assert [page for page in pages if not (site / page).with_suffix(".html").exists()] == []
    assert set(re.findall(r"\]\((.+?)\)", (site / "llms.txt").read_text())) == pages
    whole = (site / "llms-full.txt").read_text()
    assert [page for page in pages if f"<!-- {page} -->" not in whole] == []
    assert json.loads((site / "world.schema.json").read_text()) == SCHEMA


def test_the_reference_has_every_operation_device_and_law(site: Path) -> None:
    text = (site / "reference/control-api.md").read_text()
    assert [path for path in openapi()["paths"] if path not in text] == []
    world = (site / "reference/world.md").read_text()
    for name in registry.NAMES:
        assert [one.id for one in World([name]).site(name).hardware.devices() if f"`{one.id}`" not in world] == []


def test_a_warning_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    shutil.copy(REPO / "docs/site/conf.py", tmp_path / "sources")
    (tmp_path / "sources/index.md").write_text("# The first page\n")
    (tmp_path / "sources/stray.md").write_text("# A page that no table of contents has\n")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "-b",
        "dummy",
        "-D",
        "extensions=myst_parser",
        "sources",
        "out",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "stray.md" in done.stderr


@pytest.mark.parametrize(("link", "broken"), [
    ("other.html", False), ("other.html#here", False), ("folder/", False), ("#top", False), ("https://nowhere.example", False),
    ("other.html#there", True), ("none.html", True), ("#none", True), ("folder/none.md", True),
])  # fmt: skip
def test_a_broken_link_is_found(tmp_path: Path, link: str, *, broken: bool) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/index.html").write_text("")
    (tmp_path / "other.html").write_text("<p id=here>")
    (tmp_path / "page.html").write_text(f"<p id=top><a href='{link}'>")
    assert broken_links(tmp_path) == ([f"page.html: {link}"] if broken else [])


def test_links_between_pages_are_rewritten_and_others_become_names() -> None:
    known = places(["reference/world.md"])
    text = "[a](docs/nuki.md#x) [b](fixtures/names.json) [c](https://x.example/y.md) [d](docs/reference/world.md)\n"
    assert rewritten(text, "README.md", known) == (
        "[a](nuki.md#x) b (`fixtures/names.json`) [c](https://x.example/y.md) [d](reference/world.md)\n"
    )
    assert rewritten("```\n[a](docs/nuki.md)\n```", "README.md", known) == "```\n[a](docs/nuki.md)\n```"


def valid(world: Any) -> bool:
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(world)


@pytest.mark.parametrize("vendor", registry.NAMES)
def test_the_schema_of_a_world_accepts_each_vendors_own_state(vendor: str) -> None:
    import msgspec

    state = json.loads(msgspec.json.encode(World([vendor]).site(vendor).state))
    assert valid({"$schema": "world.schema.json", "seed": 7, "clock": "manual", "state": {vendor: state}})


@pytest.mark.parametrize("world", [
    {"seeed": 7}, {"seed": "7"}, {"clock": "fast"}, {"state": {"yale": {}}}, {"state": {"nuki": {"bridges": [{"locks": 3}]}}},
])  # fmt: skip
def test_the_schema_of_a_world_refuses_what_the_server_refuses(world: Any) -> None:
    assert not valid(world)
