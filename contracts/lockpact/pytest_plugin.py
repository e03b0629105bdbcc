"""The pytest plugin: `lock_world`, a fresh world with all vendors, and one fixture for each vendor in it (`nuki` …).

    def test_my_client(nuki):
        client = MyClient(nuki.url, token=nuki.credentials["token"])
        ...

Each test has one world: `lock_world.site("nuki")` is `nuki`. The report of a failing test shows near misses, faults that
never took effect, the story of its world, and the command that replays it. The journal is written to a file for each test:

    in `--lockpact-journals DIR`, if it is given
    next to the JUnit report, if there is one (`report.xml`: `report.journals/`)
    otherwise in pytest's cache (`.pytest_cache/d/lockpact-journals/`); without a cache, nowhere

A test that dials a vendor's real host fails, unless it is marked `@pytest.mark.vendor_hosts`.

Only pytest is imported until a test uses a fixture.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Generator, Iterator
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lockpact.core import vendor_hosts
from lockpact.core.pact import PACTS

if TYPE_CHECKING:
    from lockpact.simulators.fixtures import ClockHandle, VendorHandle, World

__all__ = ["lock_time", "lock_world"]

_LAWS = [f"lockpact.{vendor}.laws" for vendor in PACTS]
pytest.register_assert_rewrite(*(module for module in _LAWS if module not in sys.modules))

_WORLD = pytest.StashKey["World"]()


@pytest.fixture
def lock_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Return a fresh world with every vendor's simulator. The test controls its time, seed and faults."""
    from lockpact.simulators.fixtures import lock_world as fresh

    with fresh() as world:
        request.node.stash[_WORLD] = world
        yield world


@pytest.fixture
def lock_time(lock_world: World) -> Iterator[ClockHandle]:
    """Put the test on `lock_world`'s time: its sleeps, clocks, threads and `asyncio.run` take no real time."""
    with lock_world.time() as clock:
        yield clock


def _vendor_fixture(vendor: str) -> Any:
    def handle_of_vendor(lock_world: World) -> VendorHandle:
        return lock_world.site(vendor)

    handle_of_vendor.__name__ = vendor
    handle_of_vendor.__doc__ = (
        f"Return the {vendor} simulator in `lock_world`: url, transport, credentials, hardware, clock, faults …"
    )
    return pytest.fixture(handle_of_vendor)


for _vendor in PACTS:
    globals()[_vendor] = _vendor_fixture(_vendor)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for the journals' folder."""
    group = parser.getgroup("lockpact")
    group.addoption(
        "--lockpact-journals",
        metavar="DIR",
        help="the folder for the journals of failing tests (default: next to the JUnit report)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", "vendor_hosts: let this test reach the vendors' real hosts")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Refuse the vendors' real hosts while a test and its fixtures run."""
    with nullcontext() if item.get_closest_marker("vendor_hosts") else vendor_hosts.block():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the story of the world to the report of a failing test."""
    report = yield
    world = item.stash.get(_WORLD, None)
    if world is not None and report.when == "call" and report.failed:
        from lockpact.simulators.journal_story import failure_report

        written = _write_journal(item, world.journal.jsonl())
        report.sections.append(("lockpact", "\n".join(filter(None, [failure_report(world), *written]))))
    return report


def _write_journal(item: pytest.Item, journal: str) -> list[str]:
    """Write the journal to a file named after the test. Returns a line with the command that replays it, or the error."""
    folder = _folder(item.config)
    if folder is None:
        return []
    name = re.sub(r"[^\w.\[\]-]+", "_", item.nodeid)
    # The digest separates tests whose names differ only in characters that were replaced or cut off.
    file = folder / f"{name[-120:]}-{sha256(item.nodeid.encode()).hexdigest()[:8]}.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(journal, "utf-8")
    except OSError as error:
        return [f"the journal could not be written to {file}: {error.strerror or error}"]
    return [f"reproduce: locksim replay {_shown(file)}", *_write_page(item, journal, file.with_suffix(".html"))]


def _write_page(item: pytest.Item, journal: str, file: Path) -> list[str]:
    """Write the journal as a page to look at. Returns a line that names it, or the command that makes it."""
    from lockpact.simulators.story_page import story_page

    page = story_page(journal, item.nodeid)
    if page is None:
        return [f"look at it: locksim show {_shown(file.with_suffix('.jsonl'))}"]
    file.write_bytes(page)
    return [f"look at it: {_shown(file)}"]


def _shown(file: Path) -> str:
    return shlex.quote(str(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file))


def _folder(config: pytest.Config) -> Path | None:
    """Return the journals' folder; None if there is none."""
    given, report = config.getoption("--lockpact-journals"), config.getoption("xmlpath", None)
    if given:
        return Path(config.invocation_params.dir, given)
    if report:
        return Path(config.invocation_params.dir, report).with_suffix(".journals")
    cache = getattr(config, "cache", None)
    return None if cache is None else Path(cache.mkdir("lockpact-journals"))
