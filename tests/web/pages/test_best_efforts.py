"""The page of best efforts: windows side by side, the records of a distance, and the say a person has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from runcoach.config import Config
from runcoach.services.edits import set_ignored
from runcoach.services.imports.import_files import import_files
from runcoach.services.sync.sync import sync
from runcoach.services.sync.sync_types import SyncOptions

Visit = Callable[..., Any]

#: A day within the four months that the filled home holds.
_LATELY = (datetime.now(UTC).date() - timedelta(days=30)).isoformat()


def ask(site: str, path: str) -> Any:
    """What the API of a server says."""
    return httpx.get(f"{site}/api/v1{path}", trust_env=False, verify=False, timeout=30).json()["data"]


def written(seconds: int) -> str:
    """As the page writes it."""
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", ["phone", "desktop"])
def test_the_page_has_no_accessibility_or_script_errors(site: str, visit: Visit, window: str, scheme: str) -> None:
    page = visit(site, "/bests", window=window, scheme=scheme)
    page.page.locator("#progression[data-drawn]").wait_for()
    page.check()


@pytest.mark.parametrize("window", ["phone", "desktop"])
def test_the_page_of_best_efforts_without_runs_says_how_to_start(bare_site: str, visit: Visit, window: str) -> None:
    page = visit(bare_site, "/bests", window=window)
    page.check()
    assert "Strava" in page.text()
    assert "archive" in page.text()


@pytest.mark.parametrize("as_of", ["", _LATELY])
def test_every_window_s_best_is_there_without_a_script(site: str, visit: Visit, as_of: str) -> None:
    page = visit(site, f"/bests?asOf={as_of}", script=False).page
    for window in ("all", "2y", "1y", "3m"):
        told = ask(site, f"/best?window={window}" + (f"&asOf={as_of}" if as_of else ""))
        shown = page.locator(f'.board td[data-window="{window}"] .time').evaluate_all(
            "all => all.map(time => time.firstChild.textContent)"
        )
        assert shown == [written(row["durationS"]) for row in told]


def test_the_records_of_a_distance_are_a_table_and_steps(site: str, visit: Visit) -> None:
    told = ask(site, "/best/progression?distance=1000")
    page = visit(site, "/bests?distance=1000").page
    assert page.locator("#records tbody td:nth-child(2)").all_inner_texts() == [
        written(row["durationS"]) for row in reversed(told)
    ]
    page.locator("#progression[data-drawn]").wait_for()
    assert page.locator("#progression .record").count() == len(told)
    assert page.locator("#progression .line").get_attribute("d").count("V") == len(told) - 1
    assert page.locator('nav[aria-label="Distance"] [aria-current]').inner_text() == "1 km"


def test_a_record_leads_to_its_stretch_of_the_run(site: str, visit: Visit) -> None:
    page = visit(site, "/bests?distance=1000").page
    page.locator("#records tbody a").first.click()
    page.locator("#track[data-drawn]").wait_for()
    assert page.locator("#effort-1000 .stretch").get_attribute("aria-pressed") == "true"


def test_filters_are_those_of_the_command_line(site: str, visit: Visit) -> None:
    page = visit(site, "/bests").page
    page.get_by_label("Races only").check()
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**races=1**")
    told = ask(site, "/best?races=true")
    shown = page.locator('.board td[data-window="all"] .time').evaluate_all(
        "all => all.map(time => time.firstChild.textContent)"
    )
    assert shown == [written(row["durationS"]) for row in told]
    assert shown != [written(row["durationS"]) for row in ask(site, "/best")]
    assert page.get_by_label("Races only").is_checked()
    page.get_by_role("link", name="Clear").click()
    page.wait_for_url("**/bests?distance=*")
    assert page.locator(".board tbody tr").count() == len(ask(site, "/best"))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("asOf=yesterday", "'yesterday' is not a valid date"),
        ("distance=far", "'far' is not a valid distance"),
        ("distance=3000", "not ranked"),
    ],
)
def test_invalid_parameters_are_reported_on_the_page(site: str, visit: Visit, query: str, said: str) -> None:
    page = visit(site, f"/bests?{query}")
    page.check()
    assert said in page.text()
    assert page.page.locator(".board tbody tr").count() > 3


def test_a_date_before_the_first_run_shows_no_efforts(site: str, visit: Visit) -> None:
    page = visit(site, "/bests?asOf=1999-12-31", window="phone")
    page.check()
    assert "No efforts with this filter" in page.text()
    assert page.page.get_by_role("link", name="Show all").is_visible()


def treadmill_run(path: Path) -> Path:
    """A TCX file of half an hour at 3 m/s without positions."""
    points = "".join(
        f"<Trackpoint><Time>2026-10-04T08:{second // 60:02d}:{second % 60:02d}Z</Time>"
        f"<DistanceMeters>{3 * second}</DistanceMeters></Trackpoint>"
        for second in range(1800)
    )
    path.write_text(
        '<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>'
        f'<Activity Sport="Running"><Lap StartTime="2026-10-04T08:00:00Z"><Track>{points}</Track></Lap></Activity>'
        "</Activities></TrainingCenterDatabase>"
    )
    return path


def test_a_runner_with_indoor_runs_only_is_offered_to_include_them(
    config: Config, tmp_path: Path, serve: Callable[..., Any], visit: Visit
) -> None:
    import_files(config, [treadmill_run(tmp_path / "run.tcx")])
    with serve(config) as up:
        page = visit(up.url, "/bests")
        assert "Only indoor efforts" in page.text()
        page.page.get_by_role("link", name="Include indoor efforts").click()
        page.page.locator(".board").wait_for()
        assert "27:47" in page.page.inner_text(".board")


def test_an_ignored_effort_is_listed_with_its_reason_and_restored(
    connected: tuple[Config, Any], serve: Callable[..., Any], visit: Visit
) -> None:
    config, _ = connected
    sync(config, SyncOptions())
    with serve(config) as up:
        best = next(row for row in ask(up.url, "/best") if row["distanceM"] == 400)
        choice = {"activity": str(best["activityId"]), "distance": "400", "reason": "a bus"}
        headers = {"X-Runcoach-Token": up.access.form_token}
        httpx.post(
            f"{up.url}/api/v1/efforts/ignore", json=choice, headers=headers, trust_env=False, verify=False
        ).raise_for_status()
        page = visit(up.url, "/bests?distance=400").page
        listed = page.locator(".doubt tbody tr", has_text="a bus")
        assert listed.count() == 1
        first = page.locator(".board tbody tr").first.locator("td").first
        assert written(best["durationS"]) not in first.inner_text() or "400" not in first.inner_text()
        with page.expect_navigation():
            listed.get_by_role("button", name="Restore the ignored efforts").click()
        assert page.locator(".doubt tbody tr", has_text="a bus").count() == 0
        assert written(best["durationS"]) in first.inner_text()


def test_a_whole_run_is_ignored_from_its_row_and_restored_on_its_page(
    connected: tuple[Config, Any], serve: Callable[..., Any], visit: Visit
) -> None:
    config, _ = connected
    sync(config, SyncOptions())
    with serve(config) as up:
        before = ask(up.url, "/best")
        run = before[0]["activityId"]
        set_ignored(config, str(run), "400", ignore=True, reason="a bus")  # lists the run
        page = visit(up.url, "/bests", window="phone").page
        button = page.locator(".doubt tr", has_text="a bus").get_by_role("button", name="Ignore run")
        box = button.bounding_box()
        assert box["x"] + box["width"] < page.viewport_size["width"]  # not cut off
        with page.expect_navigation():
            button.click()
            page.get_by_role("button", name="Ignore it").click()
        assert all(row["activityId"] != run for row in ask(up.url, "/best"))
        visited = visit(up.url, f"/activities/{run}")
        visited.check()
        assert visited.page.locator(".efforts tbody").get_by_role("button", name="Restore").count() == 0
        with visited.page.expect_navigation():
            visited.page.get_by_role("button", name="Restore run").click()
        assert [row for row in ask(up.url, "/best") if row["distanceM"] != 400] == before[1:]
