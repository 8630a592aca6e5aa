"""The pages of training: their figures are those of the commands, before a script runs, and nothing is made up."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import pytest

from runcoach.config import Config
from runcoach.domain.activity import Activity
from runcoach.domain.race_prediction import RacePrediction
from runcoach.domain.windows import local_today
from runcoach.services.training.fitness import Fitness, FitnessDay, weeks_of
from runcoach.store import activities
from runcoach.store.sqlite.database import open_database
from runcoach.store.training import race_predictions
from runcoach.web.pages.coach import trend_charts
from runcoach.web.pages.coach.figures_cache import FiguresCache
from runcoach.web.pages.coach.fitness import shown_days

Visit = Callable[..., Any]

PAGES = ("/fitness", "/races")


def written(seconds: float) -> str:
    """As pages write durations."""
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", ["phone", "desktop"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_accessibility_or_script_errors(
    site: str, visit: Visit, path: str, window: str, scheme: str
) -> None:
    visit(site, path, window=window, scheme=scheme).check()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_without_runs_says_what_it_needs(bare_site: str, visit: Visit, path: str) -> None:
    page = visit(bare_site, path, window="phone")
    page.check()
    assert "runs" in page.text().lower()


def test_the_overview_shows_the_figures_of_the_commands(site: str, visit: Visit, command: Callable[..., Any]) -> None:
    text = visit(site, "/", script=False).text()
    today = command("today")["data"]
    assert today["suggestion"]["text"].replace("`", "") in text
    assert today["suggestion"]["reason"].replace("`", "") in text
    if today["spikeLimit"] is not None:
        assert f"{today['spikeLimit']['distanceM'] / 1000:.1f} km" in text
    for row in command("predict")["data"]:
        assert written(row["durationS"]) in text
        assert f"{written(row['low80S'])} – {written(row['high80S'])}" in text
    year = next(row for row in command("totals", "--by", "year")["data"] if row["period"] == str(local_today().year))
    shown = re.search(r"so far.*?Distance\s+(\d+) km.*?Runs\s+(\d+)", text, re.DOTALL)
    assert shown is not None
    assert (int(shown[1]), int(shown[2])) == (round(year["distanceM"] / 1000), year["activities"])


@pytest.mark.slow
def test_the_overview_shows_the_goals_of_the_command(config: Config, runcoach: Any, serve: Callable[..., Any]) -> None:
    later = local_today() + timedelta(days=100)
    for goal in (f"half 1:45:00 {later}", "5k 20:00", "10k 42:00", "marathon 3:30:00"):
        assert runcoach("goal", "add", goal).code == 0
    with serve(config) as up, open_database(config) as connection:
        activities.insert(connection, asdict(Activity("Run", "Run", 1_700_000_000, 0, distance_m=5000.0)))
        connection.commit()
        page = up.client.get(up.url).text
    goals = runcoach("goals", "--json").json["data"]
    assert len(goals) == 4
    assert "in 100 days" in page
    assert all(f"in {written(goal['timeS'])}</strong>" in page for goal in goals[:3])
    assert "1 more: <code>runcoach goals</code>" in page


def test_the_page_of_fitness_shows_the_figures_of_the_commands(
    site: str, visit: Visit, command: Callable[..., Any]
) -> None:
    page = visit(site, "/fitness?range=all", script=False).page
    days = command("fitness")["data"]
    stats = page.locator("section:has(> * #fitness) .stat dd:not(.note)").all_inner_texts()
    now = days[-1]
    assert [int(stat.replace("−", "-")) for stat in stats] == [
        round(now[name]) for name in ("fitness", "fatigue", "form")
    ]
    assert stats[2][0] in "+−" or stats[2] == "0"
    weeks = command("zones", "--by", "week")["data"]
    table = page.locator("section:has(> * #zones) tbody tr")
    assert table.count() == len(weeks)
    for row, week in zip(table.all(), weeks, strict=True):
        assert [cell.text_content() for cell in row.locator("td").all()] == [written(s) for s in week["timeInZoneS"]]


def test_the_page_of_races_shows_the_figures_of_the_commands(
    site: str, visit: Visit, command: Callable[..., Any]
) -> None:
    page = visit(site, "/races", script=False).page
    races = command("races")["data"]
    rows = page.locator("section:has(> * #races) tbody tr")
    assert rows.count() == len(races)
    for row, race in zip(rows.all(), races, strict=True):
        assert written(race["timeS"]) in row.inner_text()
    ours = [row for row in command("predict", "--backtest")["data"]["rows"] if row["method"] == "runcoach"]
    drawn = page.locator(".backtest svg[role=img]")
    assert drawn.count() == len(ours)
    for mark, row in zip(drawn.all(), ours, strict=True):
        assert written(row["forecastS"]) in (mark.get_attribute("aria-label") or "")


def test_the_forecasts_of_garmin_stand_beside_ours(
    config: Config, keep: Callable[..., int], whole: Callable[..., Any], serve: Callable[..., Any], visit: Visit
) -> None:
    now_s = 86_400 * (local_today() - date(1970, 1, 1)).days
    with open_database(config) as connection:
        for days in range(0, 200, 2):
            is_race = days == 4
            values = {"workout_type": 1, "moving_time_sec": 2620, "elapsed_time_sec": 2620} if is_race else {}
            keep(connection, whole(start_time=now_s - days * 86_400 + 30_000, utc_offset_s=0, **values))
        batch = connection.execute("INSERT INTO import_batch (origin, started_at) VALUES ('x', 1)").lastrowid
        days_ago = [(local_today() - timedelta(days=days)).isoformat() for days in (6, 1)]
        told = [
            RacePrediction("garmin", day, 10_000, seconds) for day, seconds in zip(days_ago, (2700, 2650), strict=True)
        ]
        race_predictions.put(connection, told, batch or 0)
    with serve(config) as up:
        page = visit(up.url, "/races")
        page.check()
        forecast = page.page.locator("section:has(> * #forecasts) tbody tr", has_text="10 km").first
        assert "44:10" in forecast.locator("td").nth(4).inner_text()
        mark = page.page.locator(".backtest svg[role=img]", has=page.page.locator(".other"))
        assert mark.locator(".other title").text_content() == "Garmin: 45:00, +3.1 %"
        assert "Garmin 45:00: +3.1 %" in (mark.get_attribute("aria-label") or "")
        assert float(mark.locator(".other").get_attribute("cx").rstrip("%")) > 50.0
        phone = visit(up.url, "/races", window="phone")
        phone.check()
        assert phone.page.get_by_text("Garmin 44:10").is_visible()


def test_a_run_shows_its_load_and_zones(site: str, visit: Visit, command: Callable[..., Any]) -> None:
    rows = command("activities", "--limit", "0", "--sport", "Run")["data"]
    run = next(row for row in rows if row["hasGps"] and row["avgHr"])
    told = command("show", str(run["id"]))["data"]
    page = visit(site, f"/activities/{run['id']}", script=False).page
    assert told["timeInZoneS"]
    assert page.locator(".zones td:nth-of-type(2)").all_inner_texts() == [written(s) for s in told["timeInZoneS"]]
    assert f"Load\n{told['load']:.0f}" in page.inner_text("section:has(#training)")
    assert f"{written(told['gradeAdjustedPaceSecPerKm'])} /km" in page.inner_text(".totals")


def test_bars_of_weeks_lead_to_their_runs(site: str, visit: Visit) -> None:
    page = visit(site, "/").page
    bar = page.locator("section:has(#volume) svg a").last
    kilometres = re.search(r"([\d.]+) km in (\d+) run", bar.get_attribute("aria-label"))
    assert kilometres is not None
    page.goto(site + bar.get_attribute("href"))
    total = page.locator("#total").inner_text()
    assert total.startswith(f"{kilometres[2]} activit")
    assert f"{float(kilometres[1]):.0f} km" in total


def test_weeks_of_fitness_are_links_in_tables_and_no_tab_stops_in_charts(site: str, visit: Visit) -> None:
    page = visit(site, "/fitness?range=all").page
    assert page.locator("main svg a:not([tabindex='-1'])").count() == 0
    for card in ("load", "zones"):
        bars = page.locator(f"section:has(> * #{card}) svg a")
        weeks = page.locator(f"section:has(> * #{card}) tbody th a")
        of_bars, of_weeks = ([one.get_attribute("href") for one in found.all()] for found in (bars, weeks))
        assert of_weeks == of_bars[::-1]
        assert of_weeks


def test_a_range_is_chosen_in_the_address(site: str, visit: Visit) -> None:
    page = visit(site, "/fitness").page
    page.get_by_role("link", name="90 days").click()
    page.wait_for_url("**/fitness?range=90d*")
    assert page.locator("[aria-label=Range] [aria-current]").inner_text() == "90 days"
    page.goto(f"{site}/fitness?range=nonsense")
    assert page.locator("[aria-label=Range] [aria-current]").inner_text() == "A year"


def test_figures_are_kept_until_the_database_changes(config: Config) -> None:
    config.database.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(config.database)
    connection.execute("CREATE TABLE t (x)")
    connection.commit()
    os.utime(config.database, ns=(1, 1))
    cache, computed = FiguresCache(config.database), []

    def figure() -> int:
        computed.append(1)
        return len(computed)

    assert [cache.get("a", figure), cache.get("a", figure)] == [1, 1]
    assert cache.get("b", figure) == 2
    connection.execute("INSERT INTO t VALUES (1)")
    connection.commit()
    assert cache.get("a", figure) == 3
    # A figure that was computed right after a write is not kept: the next write may have the same time.
    assert cache.get("a", figure) == 4
    connection.close()


def test_a_range_ends_with_the_last_run_where_nothing_was_run_since() -> None:
    first = date(2020, 1, 1)
    days = tuple(FitnessDay(first + timedelta(days=number), 0.0, 1.0, 1.0, 0.0) for number in range(1000))
    running = Fitness(days[-1].date, days, last_run=days[-3].date)
    assert shown_days(running, "90d") == days[-90:]
    paused = Fitness(days[-1].date, days, last_run=days[500].date)
    assert shown_days(paused, "90d") == days[411:501]
    assert shown_days(paused, "all") == days
    assert shown_days(Fitness(first), "1y") == ()


def test_fitness_of_zero_is_not_drawn() -> None:
    day = date(2026, 1, 1)
    assert trend_charts.fitness_chart(()) is None
    assert trend_charts.fitness_chart((FitnessDay(day, 0.0, 1e-9, 0.0, 0.0),) * 3) is None
    chart = trend_charts.fitness_chart(
        [FitnessDay(day + timedelta(days=number), 50.0, float(number), 2.0, -3.0) for number in range(5000)]
    )
    assert chart is not None
    assert chart.fitness.count("L") < 500
    assert len(chart.months) < 12


@pytest.mark.parametrize(
    ("slowest_s", "axis"), [(331, ["5:20", "5:25", "5:30", "5:35"]), (450, ["5:00", "6:00", "7:00", "8:00"])]
)
def test_an_axis_of_paces_has_round_ones(slowest_s: int, axis: list[str]) -> None:
    since, until = date(2026, 1, 1), date(2026, 6, 1)
    points = [(since, 321.0, "first", "/activities/1"), (until, float(slowest_s), "last", "/activities/2")]
    step_of = trend_charts.duration_step
    drawn = trend_charts.dots(points, [], since, until, written, step_of=step_of)
    assert drawn is not None
    assert [mark.text for mark in drawn.grid] == axis


def test_bars_of_a_few_weeks_are_not_as_wide_as_the_chart() -> None:
    days = [FitnessDay(date(2026, 1, 5), 50.0, 1.0, 1.0, 0.0)]
    drawn = trend_charts.load_bars(weeks_of(days), lambda week: f"{week.monday} {week.load}")
    assert len(drawn.bars) == 1
    assert drawn.bars[0].width < 10.0
    assert drawn.bars[0].x + drawn.bars[0].width <= 100.0


def test_a_range_within_a_month_has_its_first_day_as_label() -> None:
    assert trend_charts.months_between(date(2026, 11, 23), date(2026, 11, 28)) == (trend_charts.Mark(0.0, "23 Nov"),)


def test_dots_stay_inside_their_chart() -> None:
    since, until = date(2026, 1, 1), date(2026, 6, 1)
    points = [(since, 5.0, "first", "/activities/1"), (until, -12.5, "last", "/activities/2")]
    drawn = trend_charts.dots(points, [], since, until, str)
    assert drawn is not None
    assert [dot.x for dot in drawn.dots] == [0.0, 100.0]
    assert all(0 <= dot.y <= drawn.height for dot in drawn.dots)
    assert drawn.dots[0].y > drawn.dots[1].y  # low values on top
    assert trend_charts.dots([], [], since, until, str) is None
