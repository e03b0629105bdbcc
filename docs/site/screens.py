"""Screenshots of the console for the guides, made where a browser is: `make docs`. They are in no repository.

A guide says where one stands: `<!-- screen: NAME What it shows. -->`. Without a browser the guide is whole without them.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["FOLDER", "take", "with_screens"]

FOLDER = "_screens"
"""Below the site's sources."""
_MARK = re.compile(r"<!-- screen: ([a-z0-9-]+) (.+?) -->")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_MANY = 1_000


def with_screens(text: str, place: str, made: set[str]) -> str:
    """Return a page with an image at each mark whose screenshot was made. `place` is the page's path in the sources."""
    up = "../" * place.count("/")

    def image(found: re.Match[str]) -> str:
        return f"![{found[2]}]({up}{FOLDER}/{found[1]}.png)" if found[1] in made else found[0]

    return _MARK.sub(image, text)


def take(folder: Path) -> set[str]:
    """Take all screenshots, and return their names; none without a browser."""
    browser = shutil.which("chromium") or shutil.which("chromium-headless-shell") or shutil.which("google-chrome")
    if browser is None:
        print("docs: no screenshots, since there is no browser here (apt-get install chromium)")
        return set()
    folder.mkdir(parents=True, exist_ok=True)
    with _browser(browser) as chromium:
        camera = _Camera(chromium, folder)
        _five_vendors(camera)
        _other_worlds(camera)
        _report(camera)
    return camera.made


@contextmanager
def _browser(path: str) -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=path, args=_FLAGS)
        yield chromium
        chromium.close()


class _Camera:
    """Opens pages and takes screenshots."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser, self._folder = browser, folder
        self.made: set[str] = set()

    def open(self, address: str, first: str, **options: Any) -> Page:
        """Open a page, and wait until an element is there."""
        page = self._browser.new_page(**{"viewport": {"width": 1400, "height": 900}, **options})
        page.goto(address)
        page.locator(first).first.wait_for()
        return page

    def shoot(self, page: Page, name: str) -> None:
        """Take a screenshot when the page has settled."""
        page.wait_for_timeout(500)
        page.screenshot(path=self._folder / f"{name}.png")
        self.made.add(name)


@contextmanager
def _world(*vendors: str, more: Callable[[Callable[..., Any]], None] = lambda call: None) -> Iterator[str]:
    """Serve a manual world, and return the address of its console."""
    import httpx

    from locksim.registry import select
    from locksim.server.run import serving

    with serving(select(vendors), clock="manual") as ready, httpx.Client(trust_env=False, timeout=60) as http:

        def call(method: str, path: str, body: Any = None) -> Any:
            answer = http.request(method, f"{ready['control']}/worlds/default{path}", json=body)
            return answer.raise_for_status().json()

        more(call)
        yield ready["console"]


def _five_vendors(camera: _Camera) -> None:
    with _world("codelocks", "nuki", "remotelock", "noke", "lockt") as address:
        page = camera.open(address, ".device")
        camera.shoot(page, "building")
        _do_recipe(camera, page, "codelocks", "Lock a guest out by summer time", "summer-time")
        page.get_by_role("button", name="why?").last.click()
        page.locator(".rules").first.wait_for()
        camera.shoot(page, "why")
        page.get_by_role("button", name="what if").click()
        page.get_by_role("heading", name="Two futures").wait_for()
        page.get_by_role("button", name="+ 1 h").click()
        camera.shoot(page, "what-if")
        page.close()
        page = camera.open(address, ".device")
        for tab in ("Send", "Due", "Webhooks", "Faults", "Variants", "Worlds", "Access"):
            page.get_by_role("tab", name=tab).click()
            camera.shoot(page, f"tab-{tab.lower()}")
        page.close()
        page = camera.open(address, ".device", color_scheme="dark")
        camera.shoot(page, "dark")
        page.close()
        page = camera.open(address, ".device", viewport={"width": 700, "height": 900})
        camera.shoot(page, "twice-the-size")
        page.close()


def _do_recipe(camera: _Camera, page: Page, vendor: str, recipe: str, name: str) -> None:
    page.get_by_role("tab", name="Send").click()
    page.get_by_label("vendor").last.select_option(vendor)
    page.get_by_role("button", name=recipe).click()
    steps = page.locator(".recipe > li")
    steps.first.wait_for()
    for number in range(steps.count()):
        camera.shoot(page, f"{name}-{number + 1}")
        page.get_by_role("button", name="do it").click()
        page.locator(".recipe > li.done").nth(number).wait_for()
    camera.shoot(page, f"{name}-done")


def _other_worlds(camera: _Camera) -> None:
    def thousand(call: Callable[..., Any]) -> None:
        for _ in range(_MANY):
            call("POST", "/nuki/support/add_lock", {})

    def empty(call: Callable[..., Any]) -> None:
        state = call("GET", "/lockt/state")
        call(
            "PUT",
            "/lockt/state",
            state | {key: type(state[key])() for key in _EMPTY},
        )

    with _world("nuki") as address:
        page = camera.open(address, ".device")
        page.get_by_role("tab", name="Send").click()
        page.get_by_role("button", name="Get a token by the button").click()
        page.get_by_role("button", name="do it").click()
        page.locator(".recipe > li.done").first.wait_for()
        page.get_by_role("button", name="+ 1 s", exact=True).click()
        page.get_by_text("the LED is on").wait_for()
        camera.shoot(page, "one-vendor")
        page.close()
    with _world("nuki", more=thousand) as address:
        page = camera.open(address, ".device")
        camera.shoot(page, "a-thousand-devices")
        page.close()
    with _world("lockt", more=empty) as address:
        page = camera.open(address, ".building")
        camera.shoot(page, "empty")
        page.close()


_EMPTY = ("doors", "levels", "users", "credentials", "fobs", "schedules", "bridges", "phones", "events")


def _report(camera: _Camera) -> None:
    from lockpact.report.model import ReportModel, Row, ShownExchange
    from lockpact.simulators.report_page import report_page

    def pair(was: str, now: str) -> list[ShownExchange]:
        waits = ShownExchange("press_button, after 25 s", "{}", status="200", other="{}", other_status="200")
        return [waits, ShownExchange("GET /auth", was, status="200", other=now, other_status="200", differs=True)]

    sides = pair('{"token": "•••", "success": true}', '{"success": false}')
    heading = "GET /auth: one answer differs in 2 places"
    rows = [
        Row(
            "D1", "breaking", "bad", "GET /auth: timing success", 2, "True … False", "…", group=heading, exchanges=sides
        ),
        Row("D2", "breaking", "bad", "GET /auth: timing token", 2, "•••", "…", group=heading, exchanges=sides),
        Row("D3", "harmless", "mild", "GET /list: key new *.deviceType", 1, "not there … 0"),
        Row("D4", "accepted", "good", "GET /log: paging", 1, "2026-01-05: announced"),
    ]
    file = camera._folder / "report.html"
    model = ReportModel(
        "Nuki Bridge: today's → the pre-release", "nuki", "difference", "steps", rows, "3 new differences", 1
    )
    file.write_bytes(report_page(model))
    page = camera.open(file.absolute().as_uri(), ".verdict")
    camera.shoot(page, "report")
    page.close()
    file.unlink()
