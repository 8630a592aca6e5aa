"""Every page at phone and desktop width, light and dark: no error, no other origin, nothing found by axe-core."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from runcoach.web.pages.layout import BAR_ITEMS, NAVIGATION

PAGES = ("/", "/activities", "/connection")

Visit = Callable[..., Any]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", ["phone", "desktop"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_accessibility_or_script_errors(
    site: str, visit: Visit, path: str, window: str, scheme: str
) -> None:
    visit(site, path, window=window, scheme=scheme).check()


@pytest.mark.parametrize(("window", "scheme"), [("phone", "dark"), ("desktop", "light")])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_without_activities_says_how_to_start(
    bare_site: str, visit: Visit, path: str, window: str, scheme: str
) -> None:
    page = visit(bare_site, path, window=window, scheme=scheme)
    page.check()
    assert "Strava" in page.text()
    assert "archive" in page.text()


def test_an_unknown_path_has_a_404_page(site: str, visit: Visit) -> None:
    page = visit(site, "/nowhere", is_error_page=True)
    page.check()
    assert "Page not found" in page.text()
    assert page.page.locator("main").get_by_role("link", name="Overview").is_visible()


@pytest.mark.parametrize("path", PAGES)
def test_the_numbers_are_there_without_scripts(site: str, visit: Visit, path: str) -> None:
    page = visit(site, path, script=False)
    assert page.page.locator("h1").count() == 1
    assert page.page.locator("main .figures, main .num, main .stat").count() > 3


def test_a_hostile_title_is_shown_as_text(site: str, visit: Visit, hostile: str) -> None:
    page = visit(site, "/")
    for path in ("/", "/activities"):
        page.go(path)
        assert page.page.get_by_role("link", name=hostile).first.inner_text() == hostile
        assert page.page.locator("img[src=x]").count() == 0


def test_the_theme_is_changed_and_remembered(site: str, visit: Visit) -> None:
    page = visit(site, "/", scheme="light").page
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Use the dark theme").click()
    dark = page.evaluate(paper)
    assert dark != light
    page.goto(f"{site}/activities")
    assert page.evaluate(paper) == dark
    page.get_by_role("button", name="Use the light theme").click()
    assert page.evaluate(paper) == light


def test_the_first_tab_stop_skips_to_the_content(site: str, visit: Visit) -> None:
    page = visit(site, "/").page
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("path", [*PAGES, "/bests", "/activities/1"])
def test_a_question_mark_shows_the_keys_of_every_page(site: str, visit: Visit, path: str) -> None:
    page = visit(site, path).page
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keyboard shortcuts").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    page.wait_for_url("**/activities")


def test_pages_that_do_not_fit_are_behind_more(site: str, visit: Visit) -> None:
    page = visit(site, "/", window="phone")
    more = page.page.locator(".nav-more summary")
    if len(NAVIGATION) > BAR_ITEMS:
        more.click()
        page.check()
        link = page.page.locator(".nav-others a").last
        assert link.is_visible()
        page.page.keyboard.press("Escape")
        assert not link.is_visible()
    shown = [link for link in page.page.locator(".nav > a").all() if link.is_visible()]
    assert len(shown) == min(len(NAVIGATION), BAR_ITEMS)


def test_every_item_of_the_navigation_leads_to_a_page_that_is_marked(site: str, visit: Visit) -> None:
    visited = visit(site, "/")
    for item in NAVIGATION:
        page = visited.go(item.href).page
        assert page.locator(".nav > a[aria-current]").inner_text() == item.title


def test_the_api_documentation_is_readable_on_a_phone_with_a_way_back(site: str, visit: Visit) -> None:
    page = visit(site, "/api/v1/docs", window="phone")
    page.check()
    page.page.keyboard.press("?")
    assert page.page.get_by_role("dialog", name="Keyboard shortcuts").is_visible()
    page.page.keyboard.press("Escape")
    assert page.page.locator(".api code", has_text="nextCursor").count() > 0
    page.page.get_by_role("link", name="Overview", exact=True).click()
    page.page.wait_for_url(f"{site}/")


def test_a_bug_and_an_invalid_address_have_pages_and_programs_get_problems(
    bare_site: str, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret path")

    monkeypatch.setattr("runcoach.web.pages.runs.best_efforts.ranking_table", fail)
    page = visit(bare_site, "/bests", is_error_page=True, window="phone")
    page.check()
    assert "Something went wrong" in page.text()
    assert "secret" not in page.text()
    asked = httpx.get(f"{bare_site}/bests", trust_env=False, verify=False, timeout=30)
    assert (asked.status_code, asked.headers["content-type"]) == (500, "application/problem+json")
    page = visit(bare_site, f"/bests?asOf={'9' * 50}", is_error_page=True)
    page.check()
    assert "not valid" in page.text()


def test_a_run_is_found_zoomed_and_charted_with_the_keyboard_alone(site: str, visit: Visit) -> None:
    page = visit(site, "/activities").page
    page.keyboard.press("/")
    page.keyboard.type("run")
    page.wait_for_url("**q=run*")
    page.keyboard.press("Tab")
    page.keyboard.type("Run (")  # the sport, as it is listed
    page.wait_for_url("**sport=Run*")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/activities/*")
    page.locator("#track[data-drawn]").wait_for()
    first = page.locator(".route-drawing").get_attribute("viewBox")
    page.keyboard.press("+")
    assert page.locator(".route-drawing").get_attribute("viewBox") != first
    page.keyboard.press("0")
    assert page.locator(".route-drawing").get_attribute("viewBox") == first
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(":focus").inner_text() == "Time":
            break
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Time", exact=True).get_attribute("aria-pressed") == "true"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # more smoothing
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    assert (
        page.get_by_role("slider")
        .get_attribute("aria-valuetext")
        .startswith(page.locator("[data-where]").inner_text().split(" ·")[0])
    )
