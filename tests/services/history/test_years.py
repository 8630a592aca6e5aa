"""A year in review: its figures are those of the other commands, and its picture shows no names and no places."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from runcoach.config import Config
from runcoach.domain.activity import BuiltActivity, Effort
from runcoach.domain.units import Units
from runcoach.errors import NotFoundError
from runcoach.images.year_card import YearCard
from runcoach.services.history import years
from runcoach.store.sqlite.database import open_database, open_reader

TODAY = date(2026, 11, 28)


def at(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T08:00:00").replace(tzinfo=UTC).timestamp())


@pytest.fixture
def history(config: Config, whole: Callable[..., BuiltActivity], keep: Callable[..., int]) -> Config:
    """Runs of three years; 2025 is complete, of 2026 there are some at both ends of the year."""

    def run(day: str, km: float, seconds: int = 1500, **columns: Any) -> BuiltActivity:
        effort = Effort(5000, 5000.0, float(seconds), 0.0, float(seconds))
        return whole(
            start_time=at(day), utc_offset_s=0, distance_m=km * 1000, moving_time_sec=3600, efforts=[effort], **columns
        )

    with open_database(config) as connection:
        for built in (
            run("2025-01-02", 10.0, 1400),
            run("2025-11-28", 10.0),
            run("2025-11-29", 40.0),
            run("2026-01-01", 5.0, elevation_gain_m=700.0),
            run("2026-06-06", 8.0, 1390, workout_type=1),
            run("2026-06-07", 21.0, elevation_gain_m=50.0),
            run("2026-06-08", 8.0, 1450),
            run("2026-06-09", 9.0),
            run("2026-07-01", 80.0, sport_type="Ride"),
        ):
            keep(connection, built)
    return config


def test_a_year_sums_its_runs_and_finds_the_highlights(history: Config, runcoach: Callable[..., Any]) -> None:
    with open_reader(history) as connection:
        found = years.review(connection, 2026, TODAY)
    (expected,) = (row for row in runcoach("totals", "--by", "year", "--json").json["data"] if row["period"] == "2026")
    assert (found.sums.runs, found.sums.distance_m) == (expected["activities"], expected["distanceM"]) == (5, 51_000.0)
    assert [month.distance_m for month in found.months][:7] == [5_000.0, 0, 0, 0, 0, 46_000.0, 0]
    assert (found.days, found.streak_days, found.races) == (5, 4, 1)
    assert found.longest is not None
    assert found.longest.distance_m == 21_000.0
    assert found.highest is not None
    assert found.highest.local_date == "2026-01-01"
    assert found.week is not None
    assert (found.week.monday, found.week.sums.distance_m) == (date(2026, 6, 1), 29_000.0)
    assert (found.until, found.is_over, found.years) == (TODAY, False, (2026, 2025))


def test_a_year_is_compared_up_to_the_same_day_with_a_whole_year(history: Config) -> None:
    with open_reader(history) as connection:
        this, last = (years.review(connection, year, TODAY) for year in (2026, 2025))
        leap = years.review(connection, 2026, date(2028, 2, 29))
    assert this.before is not None
    assert this.before.distance_m == 20_000.0
    assert last.before is None
    assert last.is_over
    assert leap.before is not None
    assert leap.before.distance_m == 60_000.0


def test_bests_of_a_year_say_whether_they_were_records(history: Config) -> None:
    with open_reader(history) as connection:
        found = [years.review(connection, year, TODAY).bests for year in (2025, 2026)]
    assert [[(best.duration_s, best.is_record) for best in bests] for bests in found] == [
        [(1400, False)],
        [(1390, True)],
    ]


def test_the_first_year_begins_with_the_month_of_the_first_run(history: Config) -> None:
    with open_database(history) as connection:
        assert years.review(connection, 2026, TODAY).first_month == 1
        connection.execute("DELETE FROM activity WHERE local_date < '2026-02-01'")
        assert years.review(connection, 2026, TODAY).first_month == 6


def test_routes_run_often_are_favourites(history: Config) -> None:
    with open_database(history) as connection:
        ids = [row["id"] for row in connection.execute("SELECT id FROM activity ORDER BY start_time")]
        for activity_id in ids[2:8]:
            connection.execute("INSERT INTO route_track VALUES (?, 8000.0, 0, 0, x'')", (activity_id,))
            route_id = ids[3] if activity_id in ids[3:6] else activity_id
            values = (activity_id, activity_id)
            connection.execute("INSERT INTO route_run (activity_id, start_time) VALUES (?, ?)", values)
            connection.execute("UPDATE route_run SET route_id = ? WHERE activity_id = ?", (route_id, activity_id))
        (route,) = years.review(connection, 2026, TODAY).routes
    assert (route.runs, route.activity_id, route.distance_m) == (3, ids[5], 21_000.0)


def test_the_picture_leaves_out_what_is_not_known(history: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    cards: list[YearCard] = []
    monkeypatch.setattr("runcoach.images.year_card.draw", cards.append)
    with open_database(history) as connection:
        for change in ("elevation_gain_m = 10", "elevation_gain_m = NULL", "distance_m = NULL"):
            connection.execute(f"UPDATE activity SET {change}")
            years.picture(years.review(connection, 2026, TODAY), Units.METRIC)
    assert [[label for _, label in card.figures] for card in cards] == [
        ["runs", "moving", "climb", "longest run (km)"],
        ["runs", "moving", "longest run (km)"],
        ["runs", "moving"],
    ]


@pytest.mark.slow
@pytest.mark.parametrize("units", list(Units))
def test_the_picture_is_the_same_whatever_the_runs_are_called(history: Config, units: Units) -> None:
    with open_database(history) as connection:
        found = years.review(connection, 2026, TODAY)
        png = years.picture(found, units)
        connection.execute("UPDATE activity SET name = 'From my home at 1 Secret Street'")
        assert years.picture(years.review(connection, 2026, TODAY), units) == png
        connection.execute("UPDATE activity SET distance_m = 1 WHERE distance_m = 9000")
        assert years.picture(years.review(connection, 2026, TODAY), units) != png
    with Image.open(BytesIO(png)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1080, 1350))
    assert len(png) < 60_000


@pytest.mark.slow
def test_command_prints_the_year_and_writes_the_picture(
    history: Config, tmp_path: Path, runcoach: Callable[..., Any]
) -> None:
    out = runcoach("year", "2026").out
    assert "51 km in 5 runs" in " ".join(out.split())
    assert runcoach("year", "2026", "--json").json["data"]["sums"]["distanceM"] == 51_000.0
    assert runcoach("year", "2026", "--output", str(tmp_path / "year.png")).code == 0
    assert (tmp_path / "year.png").read_bytes().startswith(b"\x89PNG")
    missing = runcoach("year", "1999")
    assert missing.code == 1
    assert "years with runs: 2026, 2025" in missing.err


def test_a_year_without_runs_says_so(config: Config) -> None:
    with open_reader(config) as connection, pytest.raises(NotFoundError, match="no runs yet"):
        years.review(connection)
