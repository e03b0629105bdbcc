"""The pytest plugin: `lock_world`, a fresh world with all vendors, and one site per vendor (`nuki` …), each in it.

    def test_my_client(nuki):
        client = MyClient(nuki.url, token=nuki.credentials["token"])
        ...

One test, one world: `lock_world.site("nuki")` is `nuki`. A failing test's report gets what entered its world, and the command
that runs that again: the whole journal is written to a file of that test's own,

    in `--lockpact-journals DIR`, where that is given
    beside the JUnit report, where there is one (`report.xml`: `report.journals/`)
    in pytest's cache (`.pytest_cache/d/lockpact-journals/`) else; without a cache, nowhere

Nothing but pytest is imported until a test asks for a fixture.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Generator, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lockpact.core.pact import PACTS

if TYPE_CHECKING:
    from locksim.inprocess.world import VendorHandle, World

__all__ = ["lock_world"]

_LAWS = [f"lockpact.{vendor}.laws" for vendor in PACTS]
pytest.register_assert_rewrite(*(module for module in _LAWS if module not in sys.modules))

_WORLD = pytest.StashKey["World"]()
_LINES = 200
"""Lines of the journal that a failing test's report shows: the last ones."""


@pytest.fixture
def lock_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A fresh world with every vendor's stand-in: time, chance and failure in the test's hand."""
    from lockpact.simulators.fixtures import lock_world as fresh

    with fresh() as world:
        request.node.stash[_WORLD] = world
        yield world


def _site_of(vendor: str) -> Any:
    def of_the_vendor(lock_world: World) -> VendorHandle:
        return lock_world.site(vendor)

    of_the_vendor.__name__ = vendor
    of_the_vendor.__doc__ = (
        f"The {vendor} stand-in in `lock_world`: url, transport, credentials, hardware, clock, faults …"
    )
    return pytest.fixture(of_the_vendor)


for _vendor in PACTS:
    globals()[_vendor] = _site_of(_vendor)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where journals go."""
    group = parser.getgroup("lockpact")
    group.addoption(
        "--lockpact-journals",
        metavar="DIR",
        help="write the journals of failing tests' worlds here (else: beside the JUnit report)",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the journal of a failing test's world."""
    report = yield
    world = item.stash.get(_WORLD, None)
    if world is not None and report.when == "call" and report.failed:
        journal = world.journal.jsonl()
        _, *lines = journal.splitlines()
        left = [f"… {len(lines) - _LINES} entries before"] if len(lines) > _LINES else []
        again = _written(item, journal)
        report.sections.append(("lockpact journal", "\n".join([*left, *lines[-_LINES:], *again])))
    return report


def _written(item: pytest.Item, journal: str) -> list[str]:
    """Put the journal into a file named after the test. → how to run it again; what is wrong, when that cannot be."""
    folder = _folder(item.config)
    if folder is None:
        return []
    name = re.sub(r"[^\w.\[\]-]+", "_", item.nodeid)
    # Names that differ in what a file name cannot hold, or behind its end, are still of two tests.
    file = folder / f"{name[-120:]}-{sha256(item.nodeid.encode()).hexdigest()[:8]}.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(journal, "utf-8")
    except OSError as error:
        return [f"the journal could not be written to {file}: {error.strerror or error}"]
    shown = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    return [f"again: locksim replay {shlex.quote(str(shown))}"]


def _folder(config: pytest.Config) -> Path | None:
    """Where journals go, see the module."""
    asked, report = config.getoption("--lockpact-journals"), config.getoption("xmlpath", None)
    if asked:
        return Path(config.invocation_params.dir, asked)
    if report:
        return Path(config.invocation_params.dir, report).with_suffix(".journals")
    cache = getattr(config, "cache", None)
    return None if cache is None else Path(cache.mkdir("lockpact-journals"))
