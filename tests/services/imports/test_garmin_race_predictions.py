"""Garmin's own race forecasts, from its account export."""

from __future__ import annotations

import json
from pathlib import Path

import garmin_export_maker as maker
import pytest

from runcoach.config import Config, load
from runcoach.domain.race_prediction import RacePrediction
from runcoach.errors import SourceError, UsageError
from runcoach.services.imports.batches import undo
from runcoach.services.imports.import_files import import_files
from runcoach.services.imports.parsing import ImportStatus
from runcoach.services.maintenance.forget import forget
from runcoach.sources.garmin_export.daily_files import read_race_predictions
from runcoach.store.sqlite.database import open_reader
from runcoach.store.training import race_predictions

ROWS = [
    {"calendarDate": "2025-03-01", "timestamp": "2025-03-01T05:00:00", "raceTime5K": 1500, "raceTimeMarathon": 15_000},
    {"calendarDate": "2025-03-02", "timestamp": "2025-03-02T19:00:00", "raceTime5K": 1480, "raceTime10K": 3100},
    {"calendarDate": "2025-03-02", "timestamp": "2025-03-02T05:00:00", "raceTime5K": 1490, "raceTimeHalf": 7000},
]


@pytest.fixture
def config(home: Path) -> Config:
    return load()


def export(tmp_path: Path, rows: list[dict[str, object]]) -> Path:
    path = tmp_path / "garmin.zip"
    return maker.write_garmin_export(path, [{"me_1.fit": maker.monitoring_file(1_700_000_000)}], [], predictions=rows)


def stored(config: Config) -> list[RacePrediction]:
    with open_reader(config) as connection:
        return race_predictions.all_of(connection)


def test_the_last_forecast_of_a_day_counts() -> None:
    predictions = read_race_predictions(json.dumps(ROWS).encode())
    assert [(each.date, each.distance_m, each.duration_s) for each in predictions] == [
        ("2025-03-01", 5000, 1500),
        ("2025-03-01", 42_200, 15_000),
        ("2025-03-02", 5000, 1480),
        ("2025-03-02", 10_000, 3100),
        ("2025-03-02", 21_100, 7000),
    ]


def test_what_is_no_forecast_is_left_out() -> None:
    rows = [
        {"calendarDate": 1_740_787_200_000, "raceTime5K": 1500.4, "raceTime10K": None, "raceTimeHalf": -1},
        {"calendarDate": "yesterday", "raceTime5K": 1500},
        {"raceTime5K": 1500},
        {"calendarDate": "2025-03-02", "raceTime5K": "1500", "raceTime10K": True, "raceTimeHalf": 10**30},
        "row",
    ]
    assert read_race_predictions(json.dumps(rows).encode()) == [RacePrediction("garmin", "2025-03-01", 5000, 1500)]
    with pytest.raises(SourceError):
        read_race_predictions(b"[{")


def test_an_export_with_forecasts_alone_is_imported(config: Config, tmp_path: Path) -> None:
    path = maker.write_garmin_export(tmp_path / "garmin.zip", [], [], predictions=ROWS)
    (outcome,) = import_files(config, [path]).files
    assert outcome.notes == ("race predictions of 2 days",)


def test_forecasts_are_imported_once_and_undone(config: Config, tmp_path: Path) -> None:
    path = export(tmp_path, ROWS)
    assert import_files(config, [path], dry_run=True).count(ImportStatus.IMPORTED) == 1
    assert stored(config) == []
    (outcome,) = import_files(config, [path]).files
    assert (outcome.status, outcome.created, outcome.notes) == ("imported", 0, ("race predictions of 2 days",))
    assert len(stored(config)) == 5
    again = import_files(config, [path])
    assert (again.batch_id, again.files[0].status) == (None, ImportStatus.UNCHANGED)
    undo(config, 1)
    assert stored(config) == []
    with pytest.raises(UsageError):
        undo(config, 1)


def test_a_later_export_adds_its_days_only(config: Config, tmp_path: Path) -> None:
    import_files(config, [export(tmp_path, ROWS)])
    import_files(config, [export(tmp_path, [*ROWS, {"calendarDate": "2025-03-03", "raceTime5K": 1470}])])
    undo(config, 2)
    assert len(stored(config)) == 5


def test_forecasts_of_one_distance_are_in_the_order_of_their_days(config: Config, tmp_path: Path) -> None:
    import_files(config, [export(tmp_path, ROWS)])
    with open_reader(config) as connection:
        forecasts = [each for each in race_predictions.all_of(connection) if each.distance_m == 5000]
    assert [forecast.date for forecast in forecasts] == ["2025-03-01", "2025-03-02"]
    assert forecasts[0] == RacePrediction("garmin", "2025-03-01", 5000, 1500)


def test_forget_keeps_forecasts_as_they_are_not_of_strava(config: Config, tmp_path: Path) -> None:
    import_files(config, [export(tmp_path, ROWS)])
    forget(config, back_up=False)
    assert len(stored(config)) == 5
