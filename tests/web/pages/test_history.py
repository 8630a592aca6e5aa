"""Calendar, year in review and gear in a browser: no error, nothing grave by axe-core, right figures and links."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runcoach.config import Config
from runcoach.domain.units import format_duration, format_pace
from runcoach.domain.windows import local_today
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


def test_the_calendars_show_the_sums_of_the_command(site: str, visit: Visit, command: Callable[..., Any]) -> None:
    months, years = (command("totals", "--by", period, "--limit", "0")["data"] for period in ("month", "year"))
    page = visit(site, "/calendar?show=all", script=False).page
    shown = [cell.inner_text() for cell in page.locator(".all-years td:nth-child(n + 4)").all() if cell.inner_text()]
    oldest_year_last = sorted(months, key=lambda row: (-int(row["period"][:4]), row["period"]))
    assert shown == [f"{row['distanceM'] / 1000:.0f}" for row in oldest_year_last]
    for row in (months[0], months[-1], years[0]):
        page.goto(f"{site}/calendar?show={row['period']}")
        figures = page.locator(".stats dd").all_inner_texts()
        assert figures[:2] == [f"{row['distanceM'] / 1000:.1f} km", str(row["activities"])]
        assert figures[2].split() == time_of(row["movingTimeSec"])
        assert figures[3] == (f"{row['elevationGainM']:.0f} m" if row["elevationGainM"] else "–")


def time_of(seconds: int) -> list[str]:
    """As pages write the time of many runs."""
    hours, minutes = divmod(round(seconds / 60), 60)
    return [str(hours), "h", f"{minutes:02d}", "min"] if hours < 100 else [f"{seconds / 3600:.0f}", "h"]


def test_gear_shows_the_figures_of_the_command(site: str, visit: Visit, command: Callable[..., Any]) -> None:
    page = visit(site, "/gear", script=False).page
    shown = {
        one.locator(".run-name").inner_text(): one.locator(".gear-figures dd").all_inner_texts()
        for one in page.locator(".gear").all()
    }
    gear = command("gear")["data"]
    assert len(gear) > 1
    assert shown.keys() == {row["name"] for row in gear}
    for row in gear:
        distance, pace, _ = shown[row["name"]]
        assert distance == f"{row['distanceM'] / 1000:.0f} km"
        assert pace == f"{format_pace(row['paceSecPerKm'])} /km"


def test_the_year_in_review_shows_the_figures_of_the_command_and_its_picture(
    site: str, visit: Visit, command: Callable[..., Any]
) -> None:
    found = command("year")["data"]
    page = visit(site, "/years").page
    assert page.locator("h1").inner_text() == f"{found['year']} in review"
    assert page.locator(".stat.hero dd").first.inner_text() == f"{found['sums']['distanceM'] / 1000:.0f} km"
    runs, time, climb, days, races = page.locator(".stats.four dd:not(.note)").all_inner_texts()
    assert [runs, days, races] == [str(found["sums"]["runs"]), str(found["days"]), str(found["races"])]
    assert time.split() == time_of(found["sums"]["movingTimeSec"])
    assert climb == f"{found['sums']['elevationGainM']:.0f} m"
    months = [row.locator(".num").all_inner_texts() for row in page.locator(".year-months tbody tr").all()]
    expected = [[f"{month['distanceM'] / 1000:.1f}", str(month["runs"])] for month in found["months"]]
    assert [row for row in months if row[1] != "0"] == [row for row in expected if row[1] != "0"]
    assert page.locator(".best dd strong").all_inner_texts() == [
        format_duration(best["durationS"]) for best in found["bests"]
    ]
    assert f"{found['longest']['distanceM'] / 1000:.1f} km" in page.locator(".highlights").inner_text()
    picture = page.locator("img.year-picture")
    picture.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('img.year-picture').naturalWidth === 1080")
    page = visit(site, "/years/1999", is_error_page=True).page
    assert "no runs in 1999" in page.locator("main").inner_text()


def test_days_with_runs_can_be_read_on_paper(site: str, visit: Visit) -> None:
    page = visit(site, f"/calendar?show={local_today().year}").page
    page.emulate_media(media="print")
    adjusted = "all => all.map(one => getComputedStyle(one).printColorAdjust)"
    assert set(page.locator(".mini a").evaluate_all(adjusted)) == {"exact"}


@pytest.mark.parametrize("window", ["phone", "desktop"])
def test_the_head_of_a_table_does_not_cover_its_first_row(site: str, visit: Visit, window: str) -> None:
    page = visit(site, "/calendar?show=all", window=window).page
    head, first = (page.locator(f".all-years {part} tr").first.bounding_box() for part in ("thead", "tbody"))
    assert head["y"] + head["height"] <= first["y"] + 1
    page.locator(".all-years tbody a").first.click()
    page.wait_for_url("**/calendar?show=20*")


@pytest.mark.parametrize("shown", ["", "0000", "2026-13", "9999-12", "x", "2026-02-31", "-1"])
def test_an_unknown_month_shows_the_usual_one(site: str, visit: Visit, shown: str) -> None:
    assert visit(site, f"/calendar?show={shown}", script=False).page.locator("table.month").count() == 1
