"""A real browser, and a served world with Nuki and RemoteLock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from locksim.registry import select
from locksim.server.run import serving
from tests.needs import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
"""A browser that calls nobody by itself."""


class Console:
    """A world of a server, and its page."""

    def __init__(self, ready: dict[str, Any], browser: Browser, http: httpx.Client) -> None:
        self.ready = ready
        self.browser = browser
        self.http = http
        self.problems: list[str] = []
        self.may_be_refused = False
        """Whether the test makes the server refuse calls of the page: the browser itself reports each."""
        made = http.post(f"{ready['control']}/worlds", json={"seed": 7, "clock": "manual"}).json()
        self.world: str = made["name"]
        self.vendors: dict[str, Any] = made["vendors"]

    def sim(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API about the world."""
        answer = self.http.request(method, f"{self.ready['control']}/worlds/{self.world}{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def nuki(self, path: str, **query: Any) -> httpx.Response:
        """Call the bridge, with the token unless another is given."""
        nuki = self.vendors["nuki"]
        return self.http.get(nuki["url"] + path, params={"token": nuki["credentials"]["token"], **query})

    def _note(self, message: ConsoleMessage) -> None:
        refused = message.text.startswith("Failed to load resource")
        if message.type in ("error", "warning") and not (refused and self.may_be_refused):
            self.problems.append(message.text)

    def page(self, **options: Any) -> Page:
        """Open the page. What it complains about is among the `problems`."""
        page = self.browser.new_page(**{"viewport": {"width": 1400, "height": 1000}, **options})
        page.set_default_timeout(20_000)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.goto(f"{self.ready['console']}?world={self.world}")
        page.locator(".device").first.wait_for()
        return page


_OPEN = ExitStack()
"""The browser and the server of this folder's tests, while one of them runs."""
_SHARED: list[tuple[Browser, dict[str, Any], httpx.Client]] = []


def _shared() -> tuple[Browser, dict[str, Any], httpx.Client]:
    """Return Debian's Chromium, what a server says of itself, and a client for it. They start once."""
    from playwright.sync_api import sync_playwright

    if not _SHARED:
        ready = _OPEN.enter_context(serving(select(["nuki", "remotelock"]), clock="manual"))
        http = _OPEN.enter_context(httpx.Client(trust_env=False, timeout=20))
        chromium = _OPEN.enter_context(sync_playwright()).chromium
        browser = chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        _OPEN.callback(browser.close)
        _SHARED.append((browser, ready, http))
    return _SHARED[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    """End them before a test of another folder: Playwright's event loop would be in its way."""
    yield
    if nextitem is None or nextitem.path.parent != Path(__file__).parent:
        _SHARED.clear()
        _OPEN.close()


@pytest.fixture
def browser() -> Browser:
    """Return the browser that all tests of this folder share."""
    return _shared()[0]


@pytest.fixture
def console() -> Iterator[Console]:
    """A world of the test's own, and its page. Fails if the page complained about anything."""
    browser, ready, http = _shared()
    console = Console(ready, browser, http)
    yield console
    for context in browser.contexts:
        context.close()
    assert console.problems == []
