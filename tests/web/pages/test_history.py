"""Calendar, year in review and gear in a browser: no error, nothing grave by axe-core, right figures and links."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runcoach.config import Config
from runcoach.domain.windows import local_today
from runcoach.services.history import years
from runcoach.services.reader import open_reader

PAGES = ("/calendar", "/calendar?show=all", f"/calendar?show={local_today().year}", "/years", "/gear")

Visit = Callable[..., Any]


@pytest.mark.parametrize(("window", "scheme"), [("phone", "dark"), ("desktop", "light")])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_accessibility_or_script_errors(
    site: str, visit: Visit, path: str, window: str, scheme: str
) -> None:
    visit(site, path, window=window, scheme=scheme).check()


@pytest.mark.parametrize("path", ["/calendar", "/calendar?show=all", "/gear"])
def test_a_page_without_activities_says_so(bare_site: str, visit: Visit, path: str) -> None:
    page = visit(bare_site, path, window="phone")
    page.check()
    assert "No runs yet" in page.text() or "No activity has gear yet" in page.text()


def test_the_calendar_leads_to_every_run_of_the_month(site: str, visit: Visit, filled_home: Config) -> None:
    with open_reader(filled_home) as connection:
        newest = connection.execute("SELECT max(local_date) FROM activity WHERE sport_type = 'Run'").fetchone()[0]
        expected = {
            f"/activities/{row['id']}"
            for row in connection.execute(
                "SELECT id FROM activity WHERE substr(local_date, 1, 7) = ? AND sport_type IN ('Run', 'TrailRun')",
                (newest[:7],),
            )
        }
    page = visit(site, f"/calendar?show={newest[:7]}", script=False).page
    links = page.locator("a.day-run").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert set(links) == expected
    page.locator("a.date").first.click()
    assert page.locator("main .activities tbody tr").count() >= 1


def test_the_year_in_review_shows_the_figures_of_the_command_and_its_picture(
    site: str, visit: Visit, filled_home: Config
) -> None:
    with open_reader(filled_home) as connection:
        found = years.review(connection)
    page = visit(site, "/years").page
    assert page.locator("h1").inner_text() == f"{found.year} in review"
    assert page.locator(".stat.hero dd").first.inner_text() == f"{found.sums.distance_m / 1000:.0f} km"
    picture = page.locator("img.year-picture")
    picture.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('img.year-picture').naturalWidth === 1080")
    page = visit(site, "/years/1999", is_error_page=True).page
    assert "no runs in 1999" in page.locator("main").inner_text()


@pytest.mark.parametrize("shown", ["", "0000", "2026-13", "9999-12", "x", "2026-02-31", "-1"])
def test_an_unknown_month_shows_the_usual_one(site: str, visit: Visit, shown: str) -> None:
    assert visit(site, f"/calendar?show={shown}", script=False).page.locator("table.month").count() == 1
