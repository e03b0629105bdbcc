"""The pytest plugin: `lock_world`, a fresh world with all vendors, and one site per vendor (`nuki` …), each in it.

    def test_my_client(nuki):
        client = MyClient(nuki.url, token=nuki.credentials["token"])
        ...

One test, one world: `lock_world.site("nuki")` is `nuki`. A failing test's report gets what entered its world. Nothing but
pytest is imported until a test asks for a fixture.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from lockpact.pact import PACTS

if TYPE_CHECKING:
    from locksim.kernel.local import LocalWorld
    from locksim.kernel.sites import Site

__all__ = ["lock_world"]

_LAWS = [f"lockpact.{vendor}.laws" for vendor in PACTS]
pytest.register_assert_rewrite(*(module for module in _LAWS if module not in sys.modules))

_WORLD = pytest.StashKey["LocalWorld"]()
_LINES = 200
"""Lines of the journal that a failing test's report shows: the last ones."""


@pytest.fixture
def lock_world(request: pytest.FixtureRequest) -> Iterator[LocalWorld]:
    """A fresh world with every vendor's stand-in: time, chance and failure in the test's hand."""
    from lockpact.harness.fixtures import lock_world as fresh

    with fresh() as world:
        request.node.stash[_WORLD] = world
        yield world


def _site_of(vendor: str) -> Any:
    def of_the_vendor(lock_world: LocalWorld) -> Site:
        return lock_world.site(vendor)

    of_the_vendor.__name__ = vendor
    of_the_vendor.__doc__ = (
        f"The {vendor} stand-in in `lock_world`: url, transport, credentials, hardware, clock, faults …"
    )
    return pytest.fixture(of_the_vendor)


for _vendor in PACTS:
    globals()[_vendor] = _site_of(_vendor)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the journal of a failing test's world."""
    report = yield
    world = item.stash.get(_WORLD, None)
    if world is not None and report.when == "call" and report.failed:
        lines = world.journal.jsonl().splitlines()
        left = [f"… {len(lines) - _LINES} entries before"] if len(lines) > _LINES else []
        report.sections.append(("lockpact journal", "\n".join([*left, *lines[-_LINES:]])))
    return report
