"""The console, used in a browser as a person uses it."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.console.conftest import Console
from tests.needs import BROWSER

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.needs(BROWSER), pytest.mark.xdist_group("browser")]

FRONT_DOOR = "407225611"


def device(page: Page, id_: str = FRONT_DOOR) -> Locator:
    """Return a device's card, with its actions open."""
    card = page.locator(f'[data-device="{id_}"]')
    card.locator("details.more").evaluate("one => { one.open = true }")
    return card


def say(page: Page, text: str) -> None:
    """Wait for a text."""
    page.get_by_text(text).first.wait_for()


def test_a_bolt_that_is_turned_is_seen_at_once_and_is_a_turn_on_the_film(console: Console) -> None:
    page = console.page()
    card = device(page)
    card.get_by_text("locked", exact=True).first.wait_for()
    card.get_by_role("button", name="turn", exact=True).click()
    card.locator(".state b.free").wait_for()
    assert card.locator("svg").get_attribute("aria-label") == "lock Front door: unlocked"
    page.locator(".turn").filter(has_text=f"turn on {FRONT_DOOR}").wait_for()


def test_the_building_is_there_at_once(console: Console) -> None:
    from playwright.sync_api import TimeoutError as NothingThere

    page = console.browser.new_page()
    page.clock.install(time=0)
    page.clock.pause_at(1)
    page.goto(f"{console.ready['console']}?world={console.world}")
    for _ in range(10):
        page.clock.run_for(50)  # the page's time stands; what it fetches takes real time
        with suppress(NothingThere):
            page.locator(".device").first.wait_for(timeout=500)
            return
    pytest.fail("half a second has passed in the page, and it shows no device")


def test_an_action_that_is_impossible_says_why(console: Console) -> None:
    console.may_be_refused = True
    page = console.page()
    bridge = console.sim("GET", "/nuki/hardware")["devices"][0]["id"]
    card = device(page, bridge)
    power = card.locator("form.action").filter(has=page.get_by_role("button", name="power", exact=True))
    power.locator("select").select_option("false")
    power.get_by_role("button").click()
    card.locator("output", has_text='"powered":false').wait_for()
    card.get_by_role("button", name="press button").click()
    card.locator("output.wrong", has_text="no power").wait_for()


def test_a_server_that_is_away_for_a_while_costs_a_viewer_neither_the_world_nor_the_page(console: Console) -> None:
    console.may_be_refused = True
    page = console.page()
    turn = device(page).get_by_role("button", name="turn", exact=True)
    page.route("**/_sim/worlds/**", lambda route: route.fulfill(status=502, body="<html>a proxy's own page</html>"))
    turn.click()
    device(page).locator("output.wrong", has_text="turn: 502").wait_for()
    page.unroute_all()
    page.route("**/_sim/worlds/**", lambda route: route.abort())
    turn.click()
    device(page).locator("output.wrong", has_text="look whether this was done").wait_for()
    with page.expect_event("requestfailed", lambda request: request.url.endswith(f"/worlds/{console.world}")):
        console.sim("POST", f"/nuki/hardware/{FRONT_DOOR}/turn", {})
    page.unroute_all()
    assert page.locator(".world b").inner_text() == console.world
    turn.click()
    device(page).locator("output:not(.wrong)", has_text="{").wait_for()
    device(page).locator(".state b.shut").wait_for()


def test_an_earlier_moment_shows_the_building_as_it_was_and_escape_returns(console: Console) -> None:
    for _ in range(2):
        console.sim("POST", f"/nuki/hardware/{FRONT_DOOR}/turn", {})
    page = console.page()
    first = page.locator(".turn").filter(has_text="turn on").first
    first.click()
    say(page, "The building as it was after turn 1")
    page.locator(f'[data-device="{FRONT_DOOR}"] .state b.free').wait_for()
    assert (
        page.get_by_role("tabpanel").get_by_role("cell", name=re.compile(r"^nuki: .*locks\[0\]\.state$")).count() == 1
    )
    page.get_by_role("listbox").press("Escape")
    page.locator(f'[data-device="{FRONT_DOOR}"] .state b.shut').wait_for()


def test_a_refused_request_shows_its_near_miss_and_curl(console: Console) -> None:
    console.nuki("/list", token="wrong!")
    page = console.page()
    page.locator(".turn").filter(has_text="GET /list").click()
    panel = page.get_by_role("tabpanel")
    panel.get_by_text("near miss").wait_for()
    panel.get_by_text("as curl").click()
    assert "curl -i -X GET 'http://127.0.0.1:" in panel.locator("pre").filter(has_text="curl").inner_text()


def test_the_arrow_keys_move_through_the_turns(console: Console) -> None:
    for _ in range(3):
        console.nuki("/list")
    page = console.page()
    turns = page.get_by_role("listbox")
    turns.locator(".turn").nth(2).wait_for()
    turns.focus()
    turns.press("ArrowUp")
    page.locator('#turn-3[aria-selected="true"]').wait_for()
    turns.press("ArrowUp")
    page.locator('#turn-2[aria-selected="true"]').wait_for()
    turns.press("Home")
    page.locator('#turn-1[aria-selected="true"]').wait_for()


def test_the_arrow_keys_move_through_the_panels(console: Console) -> None:
    page = console.page()
    page.get_by_role("tab", name="Moment").focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("tab", name="Access", selected=True).wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.get_by_role("tab", name="Send", selected=True).wait_for()
    assert page.evaluate("document.activeElement.id") == "tab-send"


def test_what_if_copies_the_moment_and_marks_the_first_difference(console: Console) -> None:
    for _ in range(2):
        console.sim("POST", f"/nuki/hardware/{FRONT_DOOR}/turn", {})
    page = console.page()
    page.locator(".turn").filter(has_text="turn on").first.click()
    page.get_by_role("button", name="what if …").click()
    say(page, f"Two futures after turn 1 of {console.world}")
    page.locator(".device").first.wait_for()
    page.get_by_role("button", name="+ 1 min", exact=True).click()
    differs = page.locator("tr.differs")
    differs.wait_for()
    assert "turn on" in differs.locator("td").first.inner_text()
    assert console.sim("GET", "/nuki/hardware")["devices"][1]["state"]["stateName"] == "locked"


def test_time_moves_to_what_is_due_next(console: Console) -> None:
    console.sim("POST", f"/nuki/hardware/{FRONT_DOOR}/turn", {"after": 3600})
    page = console.page()
    page.get_by_role("button", name="to what is due next").click()
    page.locator(".turn").nth(1).wait_for()  # the first is the tester's command
    due = console.sim("GET", "/clock")["now"]
    assert due > "2026-01-05T08:00:00Z"
    page.locator("time", has_text=due[11:19]).wait_for()


def test_a_fault_is_injected_and_removed(console: Console) -> None:
    page = console.page()
    page.get_by_role("tab", name="Faults").click()
    page.get_by_label("vendor").last.select_option("nuki")
    page.get_by_role("button", name="inject").click()
    page.get_by_role("button", name="remove").wait_for()
    assert console.nuki("/list").status_code == 503
    page.get_by_role("button", name="remove").click()
    say(page, "No fault is injected.")


def test_worlds_are_made_chosen_and_dropped(console: Console) -> None:
    console.may_be_refused = True  # the page may ask once more for the world that was dropped
    page = console.page()
    page.get_by_role("tab", name="Worlds").click()
    page.get_by_role("button", name="new world").click()
    chosen = page.locator('[aria-pressed="true"]').filter(has_not_text=console.world)
    chosen.wait_for()
    assert f"world={chosen.inner_text()}" in page.url
    page.locator("li", has=chosen).get_by_role("button", name="drop").click()
    page.locator(".world b", has_text="default").wait_for()


def test_credentials_are_shown_only_when_asked_for(console: Console) -> None:
    token = console.vendors["nuki"]["credentials"]["token"]
    page = console.page()
    page.get_by_role("tab", name="Access").click()
    say(page, console.vendors["nuki"]["url"])
    assert token not in page.content()
    page.get_by_label("show credentials").check()
    say(page, token)


def test_markup_in_a_name_is_text(console: Console) -> None:
    state = console.sim("GET", "/nuki/state")
    state["bridges"][0]["locks"][0]["name"] = "<b>Front</b><img src=x onerror=alert(1)>"
    console.sim("PUT", "/nuki/state", state)
    console.nuki("/<script>alert(1)</script>")
    page = console.page()
    page.get_by_role("heading", name="<b>Front</b>").wait_for()
    page.locator(".turn").filter(has_text="script").click()
    page.get_by_role("tabpanel").get_by_role("heading", name="script").wait_for()
    assert page.locator("h3 b, img, .text script").count() == 0


def test_thousands_of_turns_leave_the_page_small(console: Console) -> None:
    turn = f"{console.ready['control']}/worlds/{console.world}/nuki/hardware/{FRONT_DOOR}/turn"
    for n in range(1200):
        console.http.post(turn, json={"after": 0.001 * n})
    console.sim("POST", "/clock/advance", {"seconds": 10})
    page = console.page()
    page.get_by_text(re.compile(r"^(\d{4,}) of \1 turns$")).wait_for()
    assert page.locator(".turn").count() < 60
    page.get_by_role("listbox").focus()
    page.get_by_role("listbox").press("Home")
    page.locator('#turn-1[aria-selected="true"]').wait_for()


LATE_SCROLL_EVENTS = """() => {
  window.late = true;
  window.addEventListener("scroll", (event) => {
    if (!event.isTrusted || !window.late) return;
    event.stopImmediatePropagation();
    const late = new MutationObserver(() => { late.disconnect(); event.target.dispatchEvent(new Event("scroll")); });
    late.observe(event.target, { subtree: true, childList: true });
  }, true);
}"""
"""A busy browser reports where the list was scrolled to when more turns are there already."""


def test_the_list_follows_the_turns_until_somebody_scrolls_up(console: Console) -> None:
    page = console.page()
    page.evaluate(LATE_SCROLL_EVENTS)
    turns = page.get_by_role("listbox", name="Turns")
    for last in (60, 120, 180):
        for _ in range(60):
            console.nuki("/list")
        page.get_by_text(f"{last} of {last} turns").wait_for()
    turns.evaluate('list => { window.late = false; list.dispatchEvent(new Event("scroll")) }')
    page.locator("#turn-180").wait_for()
    turns.evaluate("list => { list.scrollTop = 0 }")
    page.locator("#turn-1").wait_for()
    console.nuki("/list")
    page.get_by_text("181 of 181 turns").wait_for()
    page.locator("#turn-1").wait_for()


def violations(page: Page, part: str | None = None) -> list[str]:
    """Return what axe objects to in this part of the page, or in all of it."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, part, {"resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_names_and_contrast_for_everybody(console: Console, scheme: str) -> None:
    page = console.page(color_scheme=scheme)
    assert violations(page, ".turns") == [], "before the first turn"
    console.nuki("/list", token="wrong!")
    device(page).locator("form").first.wait_for()
    for tab in ("Moment", "Send", "Due", "Webhooks", "Faults", "Worlds", "Access"):
        page.get_by_role("tab", name=tab).click()
        if tab == "Moment":
            page.locator(".turn").first.click()
            page.locator(".miss").wait_for()
        if tab == "Send":
            page.get_by_role("button", name="send", exact=True).wait_for()
        assert violations(page, None if tab == "Moment" else "[role=tabpanel]") == []  # a tab changes only its panel


def test_the_check_for_everybody_can_fail(console: Console) -> None:
    page = console.page()
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert violations(page) == ["button-name: <button></button>"]


def test_at_twice_the_size_nothing_is_cut_off(console: Console) -> None:
    page = console.page(viewport={"width": 700, "height": 500})
    assert page.evaluate("document.documentElement.scrollWidth") <= 700


# ---- requests, recipes, and what they show


def do_all(page: Page, vendor: str, recipe: str) -> None:
    """Choose a recipe and do all of its steps, with the mouse alone."""
    page.get_by_role("tab", name="Send").click()
    page.get_by_label("vendor").last.select_option(vendor)
    page.get_by_role("button", name=recipe).click()
    steps = page.locator(".recipe > li")
    steps.first.wait_for()
    for n in range(steps.count()):
        page.get_by_role("button", name="do it").click()
        page.locator(".recipe > li.done").nth(n).wait_for()
    say(page, "Done.")


def test_a_guest_is_locked_out_by_summer_time_and_the_page_says_why_with_the_mouse_alone(console: Console) -> None:
    page = console.page()
    do_all(page, "remotelock", "Lock a guest out by summer time")
    page.get_by_role("button", name="why?").last.click()
    panel = page.get_by_role("tabpanel")
    panel.get_by_text("RL-R88").wait_for()
    assert "A local time that the clocks skip" in panel.locator(".rules").first.inner_text()
    assert "Its clock showed 2026-03-08 07:20:00" in panel.locator(".clock").inner_text()
    page.locator(".turn.warn").filter(has_text="expired").wait_for()


def test_a_request_that_waits_says_which_turn_answered_it_and_the_led_runs_down(console: Console) -> None:
    page = console.page()
    page.get_by_role("tab", name="Send").click()
    page.get_by_label("vendor").last.select_option("nuki")
    page.get_by_role("button", name="send", exact=True).click()
    say(page, "it waits for its answer")
    bridge = device(page, "730158264")
    bridge.locator('[aria-label="the LED is on: 30 s"]').wait_for()
    page.get_by_role("button", name="+ 30 s").click()
    say(page, "it waited, and turn")
    page.locator(".turn").filter(has_text="window over: request 1").wait_for()
    bridge.get_by_text("the LED is on").wait_for(state="detached")


def test_any_request_is_sent_with_the_worlds_credentials_and_without_them(console: Console) -> None:
    page = console.page()
    page.get_by_role("tab", name="Send").click()
    page.get_by_label("vendor").last.select_option("nuki")
    page.get_by_label("operation").select_option("GET /lockState")
    page.get_by_role("button", name="send", exact=True).click()
    page.locator(".result .good", has_text="200").wait_for()
    page.get_by_label("credentials").fill("token=mine")
    page.get_by_role("button", name="send", exact=True).click()
    page.locator(".result .bad", has_text="401").wait_for()
    page.get_by_role("button", name="why?").click()
    page.get_by_role("tabpanel").get_by_text("A wrong token is 401.").wait_for()
