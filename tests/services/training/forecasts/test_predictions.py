"""Forecasts of race times from a profile's database."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from runcoach.analysis.forecasts.evidence import BESTS_DAYS, RECENT_DAYS, gather
from runcoach.domain.activity import Effort
from runcoach.domain.distances import parse_distance
from runcoach.errors import UsageError
from runcoach.services.training.forecasts.history import read_history
from runcoach.services.training.forecasts.predictions import predict
from runcoach.store import activities

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from runcoach.services.training.forecasts.predictions import PredictionReport

RACE_DAY = date(2026, 10, 4)
MARATHON, HALF, TEN_K = (parse_distance(name) for name in ("marathon", "half", "10k"))


@pytest.fixture
def run(connection: sqlite3.Connection, whole: Callable[..., Any], keep: Callable[..., int]) -> Callable[..., int]:
    """Stores a run without samples: so many days before the race, so many kilometres, at so many seconds each."""

    def put(days_before: int, km: float, pace_s: float, **columns: Any) -> int:
        start = datetime.combine(RACE_DAY - timedelta(days=days_before), datetime.min.time(), UTC)
        usual = {
            "start_time": int(start.timestamp()) + 8 * 3600,
            "utc_offset_s": 0,
            "distance_m": km * 1000.0,
            "elapsed_time_sec": round(km * pace_s),
            "moving_time_sec": round(km * pace_s),
            "has_gps": False,
        }
        return keep(connection, whole(**{**usual, **columns}))

    return put


@pytest.fixture
def trained(run: Callable[..., int]) -> None:
    """Half a year of five runs a week, with a long run, and a half marathon five weeks before the race."""
    rng = random.Random(4)
    for week in range(1, 27):
        for day, km in ((1, 8.0), (2, 12.3), (3, 8.0), (5, 10.4), (6, 22.0)):
            run(week * 7 - day, km, rng.uniform(325, 345))
    run(36, 21.1, 285)


def forecast(connection: sqlite3.Connection, distance: tuple[int, float], **options: Any) -> PredictionReport:
    return predict(connection, [distance], **{"as_of": RACE_DAY, **options})


@pytest.mark.usefixtures("trained")
def test_marathon_stands_on_efforts_and_training(connection: sqlite3.Connection) -> None:
    report = forecast(connection, MARATHON)
    (row,) = report.rows
    assert row.method == "efforts and training"
    assert row.distance_m == 42200
    assert 3.35 * 3600 < row.duration_s < 3.65 * 3600
    assert row.low_80_s < row.low_50_s < row.duration_s < row.high_50_s < row.high_80_s
    assert [(one.distance_m, one.date) for one in row.inputs.efforts] == [(21100.0, RACE_DAY - timedelta(days=36))]
    assert row.inputs.weekly_m == pytest.approx(63_000, rel=0.1)
    assert {one.method for one in row.others} >= {"Riegel", "VDOT", "Vickers 1", "Tanda", "power law"}
    assert report.reason is None


@pytest.mark.usefixtures("trained")
def test_nothing_of_the_day_or_later_is_known(connection: sqlite3.Connection, run: Callable[..., int]) -> None:
    before = forecast(connection, MARATHON)
    run(0, 42.2, 250, workout_type=1)
    run(-3, 10.0, 210, workout_type=1)
    assert forecast(connection, MARATHON) == before
    assert forecast(connection, MARATHON, as_of=None, race_date=RACE_DAY) == before
    later = forecast(connection, MARATHON, as_of=RACE_DAY + timedelta(days=1))
    assert later.rows[0].duration_s < before.rows[0].duration_s


@pytest.mark.usefixtures("trained")
def test_fewer_kilometres_a_week_are_slower_and_less_sure(
    connection: sqlite3.Connection, whole: Callable[..., Any]
) -> None:
    (before,) = forecast(connection, MARATHON).rows
    connection.execute(
        "UPDATE activity SET deleted_at = 1 WHERE distance_m < 13000 AND local_date > ?",
        ((RACE_DAY - timedelta(days=70)).isoformat(),),
    )
    (after,) = forecast(connection, MARATHON).rows
    assert after.inputs.weekly_m < 30_000
    assert after.duration_s > before.duration_s * 1.03
    assert after.high_80_s / after.duration_s > before.high_80_s / before.duration_s


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(
    "columns",
    [{"trainer": True}, {"sport_type": "VirtualRun"}, {"sport_type": "Ride"}, {"elevation_gain_m": 1500.0}],
)
def test_these_are_no_efforts(connection: sqlite3.Connection, run: Callable[..., int], columns: dict[str, Any]) -> None:
    (before,) = forecast(connection, HALF).rows
    run(20, 21.1, 230, **columns)
    (after,) = forecast(connection, HALF).rows
    assert after.inputs.efforts == before.inputs.efforts


@pytest.mark.usefixtures("trained")
def test_a_run_at_an_impossible_pace_is_left_out(connection: sqlite3.Connection, run: Callable[..., int]) -> None:
    (before,) = forecast(connection, TEN_K).rows
    run(20, 11.0, 190)
    (after,) = forecast(connection, TEN_K).rows
    assert after.inputs.efforts == before.inputs.efforts
    run(20, 10.0, 190, workout_type=1)
    assert forecast(connection, TEN_K).rows[0].duration_s < before.duration_s


@pytest.mark.usefixtures("trained")
def test_efforts_inside_runs_and_official_results_count(
    connection: sqlite3.Connection, run: Callable[..., int]
) -> None:
    (before,) = forecast(connection, TEN_K).rows
    activity_id = run(15, 15.0, 300, has_gps=True)
    activities.put_efforts(connection, activity_id, [Effort(10_000, 10_000.0, 2600.0, 60.0, 2660.0)])
    (after,) = forecast(connection, TEN_K).rows
    assert after.duration_s < before.duration_s
    assert after.inputs.efforts[0].activity_id == activity_id
    assert after.inputs.efforts[0].duration_s == 2600.0
    connection.execute("UPDATE effort SET quality = 'suspect'")
    (whole_run,) = forecast(connection, TEN_K).rows
    connection.execute("UPDATE effort SET quality = 'ok', ignored_at = 1")
    assert forecast(connection, TEN_K).rows == (whole_run,)
    assert all(one.duration_s != 2600.0 for one in whole_run.inputs.efforts)
    activities.put_efforts(connection, activity_id, [])
    assert forecast(connection, TEN_K).rows == (whole_run,)


def test_two_personal_bests_are_enough(connection: sqlite3.Connection, run: Callable[..., int]) -> None:
    run(300, 21.0975, 5700 / 21.0975)
    run(90, 10.0, 252.0)
    report = forecast(connection, MARATHON)
    (row,) = report.rows
    assert row.method == "power law of races"
    assert row.duration_s == pytest.approx(3 * 3600 + 28 * 60, abs=120)
    assert row.high_80_s - row.low_80_s > 0.15 * row.duration_s
    assert [one.distance_m for one in row.inputs.efforts] == [10_000.0, 21_097.5]
    assert [one.name for one in report.paces] == ["easy", "marathon", "threshold", "interval", "repetition"]


def test_a_recorded_run_over_a_raced_distance_is_no_personal_best(
    connection: sqlite3.Connection, run: Callable[..., int]
) -> None:
    activity_id = run(30, 10.0, 300.0)
    assert len(forecast(connection, HALF).rows) == 1
    connection.execute(
        "INSERT INTO activity_stream (activity_id, channel, dtype, n, codec, data)"
        " VALUES (?, 'distance_m', 'f', 0, 0, x'')",
        (activity_id,),
    )
    assert forecast(connection, HALF).rows == ()


def test_beginner_is_told_what_is_missing(connection: sqlite3.Connection, run: Callable[..., int]) -> None:
    for days in (3, 6, 9):
        run(days, 5.0, 400)
    for distance, race in ((TEN_K, "3 km"), (HALF, "3.6 km"), (MARATHON, "7.1 km")):
        report = forecast(connection, distance)
        assert report.rows == ()
        assert report.reason == (
            f"not enough yet: needs a race of at least {race}, or 9 more runs of 3 km or more within 26 weeks"
        )
    assert report.paces == ()


def test_a_race_is_enough_where_it_is_long_enough(connection: sqlite3.Connection, run: Callable[..., int]) -> None:
    run(10, 5.0, 300, workout_type=1)
    assert len(forecast(connection, HALF).rows) == 1
    report = forecast(connection, MARATHON)
    assert report.rows == ()
    assert report.reason is not None
    assert "7.1 km" in report.reason


def test_an_empty_profile_has_no_forecast(connection: sqlite3.Connection) -> None:
    report = predict(connection)
    assert report.rows == ()
    assert report.reason is not None
    assert report.vdot is None


def test_distances_and_days_out_of_range_are_refused(connection: sqlite3.Connection) -> None:
    with pytest.raises(UsageError, match="out of range"):
        forecast(connection, parse_distance("400m"))
    with pytest.raises(UsageError, match="before"):
        forecast(connection, HALF, race_date=RACE_DAY - timedelta(days=1))
    assert forecast(connection, HALF, as_of=date.min).rows == ()
    assert forecast(connection, HALF, as_of=None, race_date=date.max).rows == ()


def test_reading_less_of_an_old_history_loses_no_evidence(
    connection: sqlite3.Connection, run: Callable[..., int]
) -> None:
    rng = random.Random(6)
    for days in range(3, 2500, 9):
        run(
            days,
            rng.choice([5.0, 10.0, 10.02, 12.3, 21.1]),
            rng.uniform(250, 340),
            has_gps=True,
            workout_type=rng.choice([None, None, None, 1]),
            efforts=[Effort(5000, 5000.0, rng.uniform(1200, 1600), 0.0, 1600.0)] if rng.random() < 0.5 else [],
        )
    whole = read_history(connection, RACE_DAY)
    for back in (0, 200, 900):
        day = RACE_DAY - timedelta(days=back)
        recent, first = (day - timedelta(days=days) for days in (RECENT_DAYS, BESTS_DAYS))
        read = read_history(connection, day, first, all_since=recent)
        assert len(read.runs) < 0.7 * len(whole.runs)
        found, expected = (gather(one, day.toordinal(), day.toordinal() + 9) for one in (read, whole))
        assert found.training == expected.training
        assert len(found.bests) > 10
        for name in ("recent", "short", "bests"):
            assert sorted(map(repr, getattr(found, name))) == sorted(map(repr, getattr(expected, name))), name
