"""The list of activities: what the address says, with and without scripts; keys; a long list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import httpx
import pytest

from runcoach.config import Config, load
from runcoach.domain.activity import Activity
from runcoach.store import activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.sqlite.database import open_database

Visit = Callable[..., Any]
Serve = Callable[..., Any]

MANY = 800


@pytest.fixture(scope="module")
def long_site(tmp_path_factory: pytest.TempPathFactory, serve: Serve) -> Iterator[str]:
    """A server in front of very many runs, the last one first."""
    config: Config = load(home=tmp_path_factory.mktemp("long") / "home")
    with open_database(config) as connection, write_transaction(connection):
        for number in range(MANY):
            row = Activity(
                f"Run {number}",
                "Ride" if number % 10 == 0 else "Run",
                1_500_000_000 + number * 40_000,
                0,
                distance_m=1000.0 + number * 3 % 20_000,
                moving_time_sec=1800,
            )
            activities.insert(connection, asdict(row))
    with serve(config) as up:
        yield up.url


def names(page: Any) -> list[str]:
    shown: list[str] = page.locator("tbody .run-name").all_inner_texts()
    return shown


def test_without_scripts_the_form_filters_and_links_page(long_site: str, visit: Visit) -> None:
    page = visit(long_site, "/activities", script=False).page
    assert names(page)[0] == f"Run {MANY - 1}"
    page.get_by_role("link", name="Next 100").click()
    assert names(page)[0] == f"Run {MANY - 101}"
    page.get_by_role("link", name="Back to the first page").click()
    page.get_by_label("Search").fill("Run 23")
    page.get_by_label("Sport").select_option("running")
    page.get_by_role("button", name="Show").click()
    assert "q=Run+23" in page.url
    assert names(page) == [*(f"Run {number}" for number in range(239, 230, -1)), "Run 23"]


def test_months_have_headings_with_their_sums_across_pages(long_site: str, visit: Visit) -> None:
    told: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = httpx.get(f"{long_site}/api/v1/activities?limit=500{cursor}", trust_env=False, verify=False).json()
        told += answer["data"]
        cursor = f"&cursor={answer['nextCursor']}" if answer["nextCursor"] else None
    months = Counter(row["localDate"][:7] for row in told)
    page = visit(long_site, "/activities", script=False).page
    shown: list[str] = []
    while True:
        shown += page.locator(".month").all_inner_texts()
        if not page.get_by_role("link", name="Next 100").count():
            break
        page.get_by_role("link", name="Next 100").click()
    assert len(shown) == len(months)
    for heading, (month, number) in zip(shown, sorted(months.items(), reverse=True), strict=True):
        metres = sum(row["distanceM"] for row in told if row["localDate"].startswith(month))
        assert heading.startswith(date.fromisoformat(f"{month}-01").strftime("%B %Y"))
        assert f"{number} activit" in heading
        assert f"{metres / 1000:.0f} km" in heading


def test_the_fastest_mile_is_listed_and_sorted_for_those_who_run_in_miles(
    filled_home: Config, serve: Serve, visit: Visit
) -> None:
    with serve(replace(filled_home, settings=replace(filled_home.settings, units="imperial"))) as up:
        page = visit(up.url, "/activities").page
        page.get_by_role("link", name="Fastest mile").click()
        page.wait_for_url("**sort=fastest_mile*")
        page.locator("th[aria-sort=ascending]", has_text="Fastest mile").wait_for()
        cells = page.locator("tbody td:nth-child(6)").all_inner_texts()
        shown = [int(text.split(":")[0]) * 60 + int(text.split(":")[1]) for text in cells if text != "–"]
        top = httpx.get(
            f"{up.url}/api/v1/best?distance=mile&indoor=true&top=1", trust_env=False, verify=False, timeout=30
        ).json()
        assert shown[0] == top["data"][0]["durationS"]
        assert shown == sorted(shown)
        assert "–" not in cells[: len(shown)]


def test_the_sums_of_the_filter_are_above_the_list(long_site: str, visit: Visit) -> None:
    page = visit(long_site, "/activities?sport=cycling", script=False).page
    rides = httpx.get(f"{long_site}/api/v1/activities?sport=cycling&limit=500", trust_env=False, verify=False).json()[
        "data"
    ]
    total = page.locator("#total").inner_text()
    assert total.startswith(f"{len(rides)} activities found")
    assert f"{sum(row['distanceM'] for row in rides) / 1000:.0f} km" in total
    assert page.locator("tbody tr:not(.month) td:nth-child(5)").first.inner_text().endswith("km/h")


def test_races_gear_and_indoor_runs_are_filtered(site: str, visit: Visit) -> None:
    page = visit(site, "/activities").page
    page.get_by_label("Races").check()
    page.wait_for_url("**race=1**")
    races = httpx.get(f"{site}/api/v1/activities?races=true&limit=500", trust_env=False, verify=False).json()["data"]
    page.get_by_text(f"{len(races)} activit").wait_for()
    assert names(page) == [row["name"] for row in races]
    page.get_by_label("Races").uncheck()
    page.get_by_label("Where").select_option("indoor")
    page.wait_for_url("**place=indoor**")
    indoor = httpx.get(f"{site}/api/v1/activities?indoor=true&limit=500", trust_env=False, verify=False).json()["data"]
    page.get_by_text(f"{len(indoor)} activit").first.wait_for()
    assert names(page) == [row["name"] for row in indoor]
    assert all(row["trainer"] or not row["hasGps"] for row in indoor)
    page.get_by_label("Where").select_option("")
    page.get_by_label("Gear").select_option(index=1)
    page.wait_for_url("**gear=**")
    gear = page.get_by_label("Gear").input_value()
    worn = httpx.get(f"{site}/api/v1/activities", params={"gear": gear}, trust_env=False, verify=False).json()["data"]
    assert {row["gearName"] for row in worn} == {gear}
    page.get_by_text(f"{len(worn)} activit").first.wait_for()


def test_typing_filters_the_list_and_updates_the_url(long_site: str, visit: Visit) -> None:
    page = visit(long_site, "/activities").page
    page.get_by_label("Search").fill("Run 799")
    page.get_by_text("1 activity found").wait_for()
    assert names(page) == ["Run 799"]
    page.reload()
    assert page.get_by_label("Search").input_value() == "Run 799"
    assert names(page) == ["Run 799"]
    page.get_by_label("Search").fill("no such run")
    page.get_by_text("No activities match").wait_for()


def test_headings_sort_and_reverse(long_site: str, visit: Visit) -> None:
    page = visit(long_site, "/activities").page
    page.get_by_role("link", name="Distance").click()
    page.locator("th[aria-sort=descending]", has_text="Distance").wait_for()
    assert "sort=distance" in page.url
    longest = page.locator("tbody tr").first.locator("td.num").first.inner_text()
    page.get_by_role("link", name="Distance").click()
    page.locator("th[aria-sort=ascending]", has_text="Distance").wait_for()
    assert float(page.locator("tbody tr").first.locator("td.num").first.inner_text()) < float(longest)


def test_keyboard_shortcuts_move_through_the_list(long_site: str, visit: Visit) -> None:
    page = visit(long_site, "/activities").page
    focused = "document.activeElement.textContent"
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate(focused) == f"Run {MANY - 2}"
    page.keyboard.press("k")
    assert page.evaluate(focused) == f"Run {MANY - 1}"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("j?")
    assert page.get_by_label("Search").input_value() == "j?"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()


def test_enter_opens_the_focused_activity(site: str, visit: Visit) -> None:
    page = visit(site, "/activities").page
    page.keyboard.press("j")
    page.keyboard.press("j")
    target = page.evaluate("document.activeElement.href")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == target


def test_a_long_list_loads_while_scrolling_and_removes_far_rows(long_site: str, visit: Visit) -> None:
    page = visit(long_site, "/activities").page
    bodies = "document.querySelectorAll('tbody').length"
    for _ in range(MANY // 100 - 1):
        before = page.evaluate(bodies)
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_function(f"(before) => {bodies} > Math.min(before, {MANY // 100 - 1})", arg=before)
    assert page.locator("tbody").count() == MANY // 100
    page.wait_for_function("() => document.querySelectorAll('tbody tr').length < 500")
    assert names(page)[-1] == "Run 0"
    page.evaluate("scrollTo(0, 0)")
    page.get_by_text(f"Run {MANY - 1}", exact=True).wait_for()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("since=yesterday", "not a valid date"),
        ("min=far", "not a valid distance"),
        ("cursor=nonsense", ""),
        ("sort=colour", ""),
    ],
)
def test_invalid_filters_are_reported_above_the_list(long_site: str, visit: Visit, asked: str, said: str) -> None:
    visited = visit(long_site, f"/activities?{asked}")
    assert names(visited.page)[0] == f"Run {MANY - 1}"
    assert said in visited.text()
