"""Load, fitness and zones of a profile: from heart rate or pace, whatever the order of import, for current settings."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from runcoach.config import Config
from runcoach.domain.activity import BuiltActivity
from runcoach.domain.streams import Streams
from runcoach.domain.training.physiology import Figure, Origin
from runcoach.domain.wellness import WellnessValue
from runcoach.domain.windows import local_today
from runcoach.errors import UsageError
from runcoach.ingest.writer import write_activities
from runcoach.services.analytics.estimates import determine
from runcoach.services.analytics.jobs import update_analytics
from runcoach.services.training.fitness import fitness
from runcoach.services.training.zones import change, values_of_run, zones
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.training import loads as store
from runcoach.store.training import wellness

Keep = Callable[[sqlite3.Connection, BuiltActivity], int]
Whole = Callable[..., BuiltActivity]

DAY_S = 86_400
START = 1_760_000_000  # 2025-10-09


def samples(bpm: float | None, minutes: int = 40, speed_ms: float = 3.0) -> Streams:
    """A run whose heart rate wanders around ``bpm``."""
    time_s = np.arange(minutes * 60 + 1.0)
    channels = {"distance_m": speed_ms * time_s}
    if bpm is not None:
        channels["heart_rate_bpm"] = bpm + 4.0 * np.sin(time_s / 40.0)
    return Streams(time_s, channels).quantized()


@pytest.fixture
def history(whole: Whole) -> list[BuiltActivity]:
    """Runs of six weeks: easy and hard ones, one without heart rate, one without samples."""
    runs = []
    for number in range(18):
        bpm = (138.0, 150.0, 172.0)[number % 3]
        streams = samples(None if number == 7 else bpm, minutes=30 + number)
        columns = {"distance_m": 3.0 * streams.time_s[-1], "moving_time_sec": int(streams.time_s[-1])}
        run = whole(streams=streams, start_time=START + number * 2 * DAY_S, **columns)
        runs.append(replace(run, source=replace(run.source, sha256=f"{number:064d}")))
    runs[4] = replace(runs[4], streams=None)
    return runs


def bring(connection: sqlite3.Connection, runs: Sequence[BuiltActivity], *, at_once: int) -> None:
    """Import some runs at a time."""
    for first in range(0, len(runs), at_once):
        with write_transaction(connection):
            for run in runs[first : first + at_once]:
                write_activities(connection, [run], None)
        update_analytics(connection)


def loads(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    rows = connection.execute(
        "SELECT a.start_time, l.load, l.method, l.zone1_s, l.zone5_s FROM training_load AS l"
        " JOIN activity AS a ON a.id = l.activity_id ORDER BY a.start_time"
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(("backwards", "at_once"), [(False, 1), (True, 1), (True, 7)])
def test_load_does_not_depend_on_the_order_of_import(
    config: Config, connection: sqlite3.Connection, history: list[BuiltActivity], *, backwards: bool, at_once: int
) -> None:
    bring(connection, history, at_once=len(history))
    expected = loads(connection)
    for table in ("activity", "job", "runner_setting", "sync_state"):
        connection.execute(f"DELETE FROM {table}")
    bring(connection, history[::-1] if backwards else history, at_once=at_once)
    assert loads(connection) == expected
    assert {method for _, _, method, *_ in expected} == {"trimp", "rtss"}


def test_runs_without_heart_rate_have_a_load_from_pace(
    connection: sqlite3.Connection, history: list[BuiltActivity]
) -> None:
    bring(connection, history, at_once=18)
    found = fitness(connection, date(2025, 11, 30))
    assert (found.runs.by_heart_rate, found.runs.by_pace, found.runs.without_load) == (16, 2, 0)
    assert found.days[0].date == date(2025, 10, 9)
    assert found.days[-1].date == date(2025, 11, 30)
    assert all(
        day.load is not None and (day.load > 0.0) == (number % 2 == 0) for number, day in enumerate(found.days[:35])
    )
    assert found.last_run == date(2025, 11, 12)
    assert found.settled_from == date(2025, 11, 20)
    assert found.ramp is not None
    assert found.ramp < 0.0
    assert fitness(connection, date(2025, 10, 20)).days == found.days[:12]


def test_a_day_whose_run_has_no_load_is_none(connection: sqlite3.Connection, keep: Keep, whole: Whole) -> None:
    with write_transaction(connection):
        keep(connection, replace(whole(distance_m=None, moving_time_sec=None, elapsed_time_sec=3600), streams=None))
    update_analytics(connection)
    found = fitness(connection, date(2025, 10, 9))
    assert [day.load for day in found.days] == [None]
    assert found.runs.without_load == 1


def test_zones_of_a_run_sum_to_its_moving_time(
    runcoach: Callable[..., Any], connection: sqlite3.Connection, keep: Keep, whole: Whole
) -> None:
    with write_transaction(connection):
        streams = samples(160.0)
        keep(connection, whole(streams=streams, distance_m=7200.0, moving_time_sec=2400))
    update_analytics(connection)
    run = runcoach("show", "1", "--json").json["data"]
    assert sum(run["timeInZoneS"]) == 2400
    assert run["loadMethod"] == "trimp"
    assert run["heartRateFaults"] == []
    report = zones(connection, "run")
    assert [row.time_in_zone_s for row in report.rows] == [tuple(run["timeInZoneS"])]
    weeks = runcoach("zones", "--since", "2025-10", "--json").json
    assert weeks["data"][0]["timeInZoneS"] == run["timeInZoneS"]
    assert weeks["data"][0]["period"] == "2025-10-06"
    assert weeks["inputs"]["maxBpm"]["origin"] == "estimate"


def test_left_out_heart_rates_are_named(
    runcoach: Callable[..., Any], connection: sqlite3.Connection, keep: Keep, whole: Whole
) -> None:
    streams = samples(150.0)
    bpm = streams.channels["heart_rate_bpm"].copy()
    bpm[600:780] = 159.0
    bpm[1200:1206] += 45.0
    with write_transaction(connection):
        keep(connection, whole(streams=streams.with_channels({"heart_rate_bpm": bpm}), moving_time_sec=2400))
    update_analytics(connection)
    run = runcoach("show", "1", "--json").json["data"]
    assert [(fault["startS"], fault["endS"], fault["reason"]) for fault in run["heartRateFaults"]] == [
        (600.0, 779.0, "frozen"),
        (1200.0, 1205.0, "jump"),
    ]
    assert sum(run["timeInZoneS"]) == 2400 - 186
    text = runcoach("show", "1").out
    assert "10:00–12:59  it stays the same" in text
    assert "20:00–20:05  it jumps" in text


def test_what_the_runner_sets_counts_and_can_be_unset(
    config: Config, connection: sqlite3.Connection, history: list[BuiltActivity]
) -> None:
    bring(connection, history, at_once=18)
    before = loads(connection)
    changed = change(config, {"max_bpm": 200.0, "rest_bpm": 45.0, "zones": [120, 140, 160, 180]})
    assert changed.max_bpm is not None
    assert (changed.max_bpm.value, changed.max_bpm.origin) == (200.0, "set")
    assert loads(connection) != before
    report = zones(connection)
    assert report.zones is not None
    assert report.zones.lower_bpm == (120, 140, 160, 180)
    change(config, {"max_bpm": None, "rest_bpm": None, "zones": None})
    assert loads(connection) == before


@pytest.mark.parametrize(
    "changes",
    [{"max_bpm": 300.0}, {"max_bpm": 60.0, "rest_bpm": 70.0}, {"zones": [120, 110, 150, 160]}, {"zones": [1]}],
)
def test_impossible_settings_are_refused(config: Config, changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        change(config, changes)


@pytest.mark.slow
def test_commands_read_well_in_any_width(
    runcoach: Callable[..., Any], connection: sqlite3.Connection, history: list[BuiltActivity], monkeypatch: Any
) -> None:
    bring(connection, history, at_once=18)
    for width in ("50", "80"):
        monkeypatch.setenv("COLUMNS", width)
        for words in (("fitness", "--as-of", "2025-11-20"), ("zones", "--since", "2025"), ("zones", "--by", "run")):
            ended = runcoach(*words)
            assert ended.code == 0, ended
            assert max(map(len, ended.out.splitlines())) <= int(width)
    assert "No runs since 2025-11-12" in runcoach("fitness").out
    text = runcoach("fitness", "--as-of", "2025-11-20").out
    assert sum(line.count("•") for line in text.splitlines()[2:10]) == 43  # one for each day
    for part in ("Fitness", "fatigue", "form", "18 runs: 16 by heart rate, 2 by pace", "Maximum 176 bpm (estimate)"):
        assert part in text


def test_nothing_is_made_up_without_runs(runcoach: Callable[..., Any]) -> None:
    for command in ("fitness", "zones"):
        ended = runcoach(command, "--json")
        assert ended.json["data"] == []
        assert ended.json["inputs"] is None
        assert "No runs yet" in runcoach(command).err


def test_commands_set_and_unset(runcoach: Callable[..., Any]) -> None:
    assert "188 bpm" in runcoach("zones", "set", "--max", "188", "--threshold-pace", "4:15").out
    assert "188" not in runcoach("zones", "unset", "max").out
    assert runcoach("zones", "set").code == 2
    assert runcoach("zones", "unset", "pulse").code == 2
    assert runcoach("zones", "set", "--zones", "a,b").code == 2


def test_runs_that_are_not_analyzed_are_said(
    runcoach: Callable[..., Any], connection: sqlite3.Connection, keep: Keep, whole: Whole
) -> None:
    with write_transaction(connection):
        keep(connection, whole(streams=samples(150.0)))
    assert "1 run is not analyzed yet: `runcoach recompute --missing`" in runcoach("fitness").err
    assert "1 activity analyzed" in runcoach("recompute", "--missing").out
    assert "not analyzed" not in runcoach("fitness").err


def test_values_of_an_activity_without_figures_are_none(
    connection: sqlite3.Connection, keep: Keep, whole: Whole
) -> None:
    with write_transaction(connection):
        activity_id = keep(connection, whole(sport_type="Ride"))
    assert values_of_run(connection, activity_id) == {
        "load": None,
        "load_method": None,
        "time_in_zone_s": None,
        "heart_rate_faults": (),
    }


def test_days_to_come_have_no_fitness(connection: sqlite3.Connection, history: list[BuiltActivity]) -> None:
    bring(connection, history, at_once=18)
    assert fitness(connection, date(7372, 1, 1)).days[-1].date == local_today()


def test_garmin_counts_before_estimates_and_the_runner_before_garmin(
    config: Config, connection: sqlite3.Connection, history: list[BuiltActivity]
) -> None:
    bring(connection, history, at_once=18)
    stated = {"max_bpm": 190, "rest_bpm": 51, "zones": [114, 133, 152, 171]}
    with write_transaction(connection):
        for name, value in stated.items():
            store.put_setting(connection, "garmin", name, value)
    found = determine(connection)
    assert found.max_bpm == Figure(190, Origin.GARMIN)
    assert found.rest_bpm == Figure(51, Origin.GARMIN)
    assert found.zones is not None
    assert found.zones.origin is Origin.GARMIN
    assert change(config, {"max_bpm": 195.0}).max_bpm == Figure(195.0, Origin.SET)
    change(config, {"max_bpm": None})
    with write_transaction(connection):
        store.put_setting(connection, "garmin", "max_bpm", 170)  # the runner has been at 176
    found = determine(connection)
    assert found.max_bpm is not None
    assert (found.max_bpm.value, found.max_bpm.origin) == (176.0, Origin.ESTIMATE)


def test_resting_heart_rate_is_the_median_of_a_year_of_daily_values(connection: sqlite3.Connection) -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(9)]
    values = [WellnessValue("resting-hr", str(day), "garmin", "", 48.0 + number % 3) for number, day in enumerate(days)]
    old = WellnessValue("resting-hr", "2024-01-01", "garmin", "", 80.0)
    with write_transaction(connection):
        wellness.put(connection, [*values[:6], old], None)
    assert determine(connection).rest_bpm.origin is Origin.ASSUMED
    with write_transaction(connection):
        wellness.put(connection, values, None)
    rest = determine(connection).rest_bpm
    assert (rest.value, rest.origin) == (49.0, Origin.ESTIMATE)
