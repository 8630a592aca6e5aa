"""Pictures that pages draw themselves: axes end on round figures, months keep apart, every day has its step."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest

from runcoach.domain.units import Units
from runcoach.domain.windows import local_today
from runcoach.services.training.week import Day, Sums, Week
from runcoach.web.pages.coach import charts
from runcoach.web.pages.formatting import Formatter

KM, MI = Formatter(Units.METRIC), Formatter(Units.IMPERIAL)

MONDAY = date(2025, 11, 17)


def weeks(*kilometres: float) -> list[Week]:
    return [
        Week(MONDAY + timedelta(weeks=number), Sums(1, km * 1000, 300 * km)) for number, km in enumerate(kilometres)
    ]


@pytest.mark.parametrize(
    ("most", "lines"),
    [
        (50.0, ["20", "40", "60"]),
        (60.0, ["20", "40", "60"]),
        (61.0, ["25", "50", "75"]),
        (3.0, ["1", "2", "3"]),
        (0.4, ["0.2", "0.4"]),
        (0.0, ["5", "10", "15"]),
        (180.0, ["100", "200"]),
    ],
)
def test_an_axis_ends_on_a_round_number(most: float, lines: list[str]) -> None:
    drawn = charts.volume(weeks(most, most / 2), None, KM)
    assert [line.text for line in drawn.grid] == lines
    assert all(0 <= bar.y <= drawn.base for bar in drawn.bars)
    assert all(bar.y + bar.height == pytest.approx(drawn.base, abs=0.11) for bar in drawn.bars)


def test_the_axis_is_in_the_units_of_the_setting() -> None:
    drawn = charts.volume(weeks(50.0), None, MI)
    assert [line.text for line in drawn.grid] == ["20", "40"]
    assert "31.1 mi" in drawn.bars[0].tooltip


def test_the_line_of_the_typical_week_is_at_the_height_of_its_bar() -> None:
    drawn = charts.volume(weeks(10.0, 40.0, 25.0), Sums(1, 25_000.0), KM)
    assert drawn.typical == drawn.bars[2].y
    assert [bar.is_now for bar in drawn.bars] == [False, False, True]


def test_bars_do_not_overlap_or_leave_the_chart() -> None:
    bars = charts.volume(weeks(*range(26)), None, KM).bars
    edges = [(bar.x, bar.x + bar.width) for bar in bars]
    assert all(before[1] < after[0] for before, after in pairwise(edges))
    assert edges[-1][1] <= 100


def test_calendar_levels_are_quartiles_of_running_days() -> None:
    lengths = [0.0, 4.0, 6.0, 8.0, 30.0]
    days = [Day(MONDAY + timedelta(days=n), Sums(1 if km else 0, km * 1000)) for n, km in enumerate(lengths)]
    drawn = charts.calendar(days, Sums(4, 48_000.0), KM)
    assert [cell.level for cell in drawn.cells] == [0, 1, 2, 3, 4]
    assert drawn.cells[0].tooltip == "Mon 17 Nov 2025: no run"
    assert "4 days, 48 km" in drawn.description


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_calendar_of_hardly_any_days(count: int) -> None:
    days = [Day(MONDAY + timedelta(days=n), Sums(n < count, 5000.0 * (n < count))) for n in range(370)]
    drawn = charts.calendar(days, Sums(), KM)
    assert sum(cell.level > 0 for cell in drawn.cells) == count
    assert {cell.level for cell in drawn.cells} <= set(range(5))


@pytest.mark.parametrize("offset", range(0, 364, 7))
def test_month_labels_do_not_overlap(offset: int) -> None:
    first = MONDAY + timedelta(days=offset)
    days = [Day(first + timedelta(days=n), Sums()) for n in range(53 * 7)]
    months = charts.calendar(days, Sums(), KM).months
    places = [month.at for month in months]
    assert all(after - before >= 45 for before, after in pairwise(places))
    assert 11 <= len(months) <= 13


@pytest.mark.parametrize(
    ("sport", "said"),
    [("TrailRun", "Trail run"), ("EMountainBikeRide", "E mountain bike ride"), ("Run", "Run"), ("Workout", "Workout")],
)
def test_sport_types_are_formatted_as_words(sport: str, said: str) -> None:
    assert KM.sport(sport) == said


def test_numbers_are_formatted_for_runners() -> None:
    assert KM.hours(3599.0) == "1 h 00 min"
    assert KM.hours(40.0) == "1 min"
    assert KM.hours(741_580.0) == "206 h"
    assert [KM.signed(value, 1) for value in (1.24, -8.0, -0.04, 0.0)] == ["+1.2", "−8.0", "0.0", "0.0"]
    assert KM.recent_day("2019-03-01") == "1 Mar 2019"
    assert KM.recent_day(local_today()) == KM.short_day(local_today())
    assert KM.day("2026-11-23") == "Mon 23 Nov 2026"
    assert KM.short_day(date(2026, 3, 1)) == "1 Mar"
    assert KM.clock(1_700_000_000, 3600) == "23:13"
    assert re.fullmatch(r"\d{1,2} [A-Z][a-z]{2}( \d{4})?, \d\d:\d\d", KM.moment(1_700_000_000))
    assert {KM.distance(None), KM.pace(None), KM.hours(None), KM.climb(None), KM.moment(None)} == {"–"}


def test_distances_have_the_names_that_the_command_line_gives_them() -> None:
    names = [KM.effort(metres) for metres in (400, 1609, 5000, 8047, 15_000, 21_100, 42_200)]
    assert names == ["400 m", "1 mile", "5 km", "5 miles", "15 km", "Half marathon", "Marathon"]
