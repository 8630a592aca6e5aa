"""Forecasts of histories that were imported as rows of an archive, without samples, through the command."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from runcoach.analysis.forecasts.combination import Forecast, forecast
from runcoach.analysis.forecasts.evidence import gather
from runcoach.analysis.forecasts.history import Effort, History, Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

RACE_DAY = date(2026, 10, 4)
DISTANCES = {"5k": 5000.0, "10k": 10_000.0, "half": 21_097.5, "30k": 30_000.0, "marathon": 42_195.0}

#: Days before the race, metres, elapsed seconds, climb.
Row = tuple[int, float, int, float]


@pytest.fixture
def forecasts(runcoach: Callable[..., Any], export_maker: ModuleType, tmp_path: Path) -> Callable[[list[Row]], Any]:
    """Imports rows and forecasts every distance as of the day of the race; name → row or None."""

    def run(number: int, row: Row) -> Any:
        days, metres, elapsed_s, climb_m = row
        start = datetime.combine(RACE_DAY - timedelta(days=days), datetime.min.time(), UTC) + timedelta(hours=9)
        moving_s = elapsed_s - number % 3 * elapsed_s // 20
        return export_maker.Run(
            number, int(start.timestamp()), elapsed_s=elapsed_s, moving_s=moving_s, distance_m=metres,
            elevation_gain_m=climb_m, ending=None, max_cadence=None, avg_cadence=None,
        )  # fmt: skip

    def answer(rows: list[Row]) -> dict[str, Any]:
        archive = export_maker.write_export(tmp_path / "export.zip", [run(1000 + n, row) for n, row in enumerate(rows)])
        assert runcoach("import", str(archive)).code == 0
        answers = {
            name: runcoach("predict", name, "--as-of", RACE_DAY.isoformat(), "--json").json for name in DISTANCES
        }
        return {name: one["data"][0] if one["data"] else None for name, one in answers.items()}

    return answer


def test_command_forecasts_what_the_rows_say_in_memory(forecasts: Callable[[list[Row]], Any]) -> None:
    rng = random.Random(8)
    rows = [(days, km * 1000.0, round(km * rng.uniform(310, 380)), km * rng.uniform(0, 12)) for days, km in _days(rng)]
    rows += [(40, 21_210.0, 5700, 60.0), (33, 10_040.0, 2560, 20.0), (12, 5020.0, 1225, 0.0), (0, 42_400.0, 9000, 0.0)]
    ridden = (20, 31_000.0, 1500, 0.0)  # no run: its distance is not believed
    found = forecasts([*rows, ridden])
    day = RACE_DAY.toordinal()
    runs = [Run(day - days, metres, float(seconds), climb_m=climb_m) for days, metres, seconds, climb_m in rows]
    efforts = [Effort(run.day, run.distance_m, run.duration_s, run.climb_m) for run in runs]
    evidence = gather(History.of(runs, efforts), day, day)
    for name, metres in DISTANCES.items():
        expected = forecast(evidence, metres)
        assert isinstance(expected, Forecast)
        assert found[name]["method"] == expected.method
        for key, bound in (
            ("durationS", expected.duration_s),
            ("low50S", expected.low_50_s),
            ("high50S", expected.high_50_s),
            ("low80S", expected.low_80_s),
            ("high80S", expected.high_80_s),
        ):
            assert found[name][key] == pytest.approx(bound, abs=1.0, rel=1e-4), (name, key)


def _days(rng: random.Random) -> list[tuple[int, float]]:
    return [(days, rng.uniform(4.0, 19.0)) for days in range(2, 230, 3)]


@pytest.mark.parametrize(
    ("rows", "has"),
    [
        ([(9, 10_000.0, 2600, 0.0)], set(DISTANCES)),
        ([(400, 21_097.5, 5400, 0.0)], set(DISTANCES)),
        ([(9, 42_195.0, 12_000, 0.0)], set(DISTANCES)),
        ([(9, 21_097.5, 5400, 0.0), (20, 6437.4, 1480, 0.0), (30, 1609.3, 330, 0.0)], set(DISTANCES)),  # bests
        ([(0, 42_195.0, 12_000, 0.0)], set()),  # the race itself
        ([(9, 100_000.0, 36_000, 0.0)], set()),  # an ultra says nothing about these
        ([(9, 5000.0, 1700, 0.0), (6, 5400.0, 1900, 0.0), (3, 4100.0, 1500, 0.0)], set()),  # a beginner
        ([(9, 10_000.0, 4000, 0.0), (6, 5400.0, 2100, 0.0), (3, 4100.0, 1500, 0.0)], set()),  # 10 km as slow as others
        ([(9, 10_000.0, 12_000, 0.0)], set()),  # a walk
        ([(9, 10_000.0, 1500, 0.0)], set()),  # faster than the record
        ([(9, 10_000.0, 3600, 900.0)], set()),  # up a mountain
    ],
)
def test_thin_histories(forecasts: Callable[[list[Row]], Any], rows: list[Row], has: set[str]) -> None:
    assert {name for name, row in forecasts(rows).items() if row is not None} == has


def test_the_same_race_twice_counts_once(forecasts: Callable[[list[Row]], Any]) -> None:
    race = (9, 21_097.5, 5400, 0.0)
    once, twice = forecasts([race]), forecasts([race, race])
    for name, row in once.items():
        assert [twice[name][key] for key in ("durationS", "low80S")] == [row["durationS"], row["low80S"]]
