"""A real browser, and a served world with Nuki and RemoteLock."""

from __future__ import annotations

from collections.abc import Iterator
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[dict[str, Any], httpx.Client]]:
    """A server, and a client for it."""
    with (
        serving(select(["nuki", "remotelock"]), clock="manual") as ready,
        httpx.Client(trust_env=False, timeout=20) as http,
    ):
        yield ready, http


@pytest.fixture
def console(browser: Browser, served: tuple[dict[str, Any], httpx.Client]) -> Iterator[Console]:
    """A world of the test's own, and its page. Fails if the page complained about anything."""
    ready, http = served
    console = Console(ready, browser, http)
    yield console
    for context in browser.contexts:
        context.close()
    assert console.problems == []
