"""Routes are listed with their trends, a run is compared with those before it, and deleted runs are left out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import route_maker as maker

from runcoach.analysis.training.linear_trend import TrendSums, linear_trend
from runcoach.domain.activity import BuiltActivity
from runcoach.domain.streams import Streams
from runcoach.domain.training.trend import Trend
from runcoach.domain.units import Units
from runcoach.errors import NotFoundError
from runcoach.services.analytics.jobs import update_analytics
from runcoach.services.analytics.missing import not_compared
from runcoach.services.analytics.routes import update_some_routes
from runcoach.services.training.matched import routes
from runcoach.services.training.matched.descriptions import (
    describe_both_trends,
    describe_comparison,
    describe_heart_rate_trend,
    describe_pace_trend,
    describe_rank,
)
from runcoach.store import activities
from runcoach.store.remote import known_activities
from runcoach.store.sqlite.connection import write_transaction

Keep = Callable[[sqlite3.Connection, BuiltActivity], int]
Whole = Callable[..., BuiltActivity]

DAY_S = 86_400
START = 1_760_000_000


@pytest.fixture
def runs(connection: sqlite3.Connection, keep: Keep, whole: Whole) -> list[int]:
    """Eight runs a week apart, each 3 s/km faster and at 1 bpm less than the one before, and one on another route."""
    random = np.random.default_rng(8)
    path = maker.loop(random, 2000.0)

    def streams(of: Any) -> Streams:
        recorded = maker.record(random, of, noise_m=2.0)
        channels = {"lat_deg": recorded.lat_deg, "lng_deg": recorded.lng_deg, "distance_m": 3.0 * recorded.time_s}
        return Streams(recorded.time_s, channels).quantized()

    with write_transaction(connection):
        ids = []
        for week in range(8):
            pace = 360 - 3 * week
            values = {
                "distance_m": 2000.0,
                "moving_time_sec": 2 * pace,
                "avg_pace_sec_per_km": pace,
                "avg_hr": 150 - week,
            }
            start_time = START + 7 * week * DAY_S
            ids.append(keep(connection, whole(streams=streams(path), start_time=start_time, **values)))
        ids.append(keep(connection, whole(streams=streams(path[::-1]), start_time=START)))
    update_analytics(connection, with_map=True)
    return ids


def test_a_route_has_its_best_and_last_run_and_its_trends(connection: sqlite3.Connection, runs: list[int]) -> None:
    (route,) = routes.routes(connection)
    assert (route.id, route.runs, route.distance_m) == (runs[0], 8, 2000.0)
    assert route.best is not None
    assert (route.best.activity_id, route.last.activity_id) == (runs[7], runs[7])
    assert route.pace_trend.change == pytest.approx(-21.0)
    assert route.pace_trend.is_clear
    assert describe_pace_trend(route.pace_trend, Units.METRIC) == "21 s/km faster over 7 weeks"
    assert describe_pace_trend(route.pace_trend, Units.IMPERIAL) == "34 s/mi faster over 7 weeks"
    assert describe_heart_rate_trend(route.heart_rate_trend) == "7 bpm lower over 7 weeks"
    assert describe_both_trends(route) == "Faster at a lower heart rate."


def test_a_route_is_found_by_any_run_on_it(connection: sqlite3.Connection, runs: list[int]) -> None:
    for activity_id in (runs[0], runs[5]):
        found = routes.route(connection, str(activity_id))
        assert found.route == routes.routes(connection)[0]
        assert [run.activity_id for run in found.runs] == runs[7::-1]
    assert routes.route(connection, str(runs[8])).route.runs == 1
    with write_transaction(connection):
        activities.update(connection, runs[8], {"sport_type": "Ride"})
        update_some_routes(connection)
    with pytest.raises(NotFoundError, match="has no route"):
        routes.route(connection, str(runs[8]))


def test_a_run_is_compared_with_the_five_before_it(connection: sqlite3.Connection, runs: list[int]) -> None:
    found = routes.compare_with_last(connection, runs[6])
    assert found is not None
    assert [run.activity_id for run in found.before] == runs[5:0:-1]
    assert (found.pace_difference_sec_per_km, found.heart_rate_difference_bpm) == (-9.0, -3.0)
    words = describe_comparison(found, Units.METRIC)
    assert words == "9 s/km faster than the last 5 times here, heart rate 3 bpm lower"
    assert describe_rank(found) == "Run 7 of 8 here, the 2nd fastest"
    second = routes.compare_with_last(connection, runs[1])
    assert second is not None
    assert describe_comparison(second, Units.METRIC).startswith("3 s/km faster than the last time here")
    assert routes.compare_with_last(connection, runs[0]) is None
    assert routes.compare_with_last(connection, runs[8]) is None


def test_deleted_runs_are_left_out_before_routes_are_updated(connection: sqlite3.Connection, runs: list[int]) -> None:
    with write_transaction(connection):
        for activity_id in runs[1:7]:
            known_activities.mark_deleted(connection, activity_id)
    assert routes.routes(connection)[0].runs == 2
    with write_transaction(connection):
        known_activities.mark_deleted(connection, runs[7])
    assert routes.routes(connection) == ()


def test_stretches_of_a_wrong_heart_rate_are_left_out(connection: sqlite3.Connection, runs: list[int]) -> None:
    with write_transaction(connection):
        connection.execute(
            "UPDATE activity_analytics SET heart_rate_ms = ?, heart_rate_faults = ? WHERE activity_id = ?",
            ('{"140": 60000, "143": 120000}', '[{"start_s": 0, "end_s": 60, "reason": "frozen"}]', runs[6]),
        )
        connection.execute("DELETE FROM route_run WHERE activity_id = ?", (runs[6],))
        update_some_routes(connection)
    found = routes.compare_with_last(connection, runs[6])
    assert found is not None
    assert found.own.avg_hr_bpm == 142  # the source says 144
    assert found.heart_rate_difference_bpm == -5.0


def test_runs_that_are_not_compared_yet_are_said(connection: sqlite3.Connection, runs: list[int]) -> None:
    assert not_compared(connection) is None
    connection.execute("DELETE FROM activity WHERE id = ?", (runs[0],))
    told = not_compared(connection)
    assert told is not None
    assert told.startswith("7 runs are not compared with others yet")


def test_the_map_is_the_same_stored_or_computed(connection: sqlite3.Connection, runs: list[int]) -> None:
    stored = routes.run_map(connection)
    areas = routes.map_areas(connection)
    assert areas is not None
    assert (len(areas), areas[0].runs) == (1, 9)
    connection.execute("DELETE FROM route_heat")
    assert routes.map_areas(connection) is None
    assert routes.run_map(connection) == stored


def trend_of(days: list[float], values: list[float]) -> Trend:
    pairs = list(zip(days, values, strict=True))
    return linear_trend(
        TrendSums(
            count=len(days),
            first=min(days, default=None),
            last=max(days, default=None),
            day=sum(days),
            day_day=sum(day * day for day in days),
            value=sum(values),
            value_value=sum(value * value for value in values),
            day_value=sum(day * value for day, value in pairs),
        )
    )


def test_a_trend_is_the_line_of_least_squares() -> None:
    """Against numpy's polyfit."""
    random = np.random.default_rng(4)
    days, values = np.sort(random.uniform(0.0, 300.0, 12)), random.normal(300.0, 5.0, 12)
    trend = trend_of(days.tolist(), (values - 0.2 * days).tolist())
    slope = np.polyfit(days, values - 0.2 * days, 1)[0]
    assert trend.change == pytest.approx(slope * (days[-1] - days[0]))
    assert trend.is_clear


def test_few_runs_or_days_have_no_trend() -> None:
    assert trend_of([0.0, 10.0, 20.0, 30.0], [1.0, 2.0, 3.0, 4.0]) == Trend(4, 30.0, None, is_clear=False)
    assert trend_of([0.0, 1.0, 2.0, 3.0, 4.0], [1.0] * 5).change is None
    assert trend_of([], []) == Trend(0, 0.0, None, is_clear=False)
    assert not trend_of([0.0, 10.0, 20.0, 30.0, 40.0], [3.0] * 5).is_clear


def test_the_share_of_clear_trends_in_noise_is_5_percent() -> None:
    random = np.random.default_rng(3)
    for count in (5, 8, 40):
        days = sorted(random.uniform(0.0, 400.0, count).tolist())
        clear = sum(trend_of(days, random.normal(300.0, 9.0, count).tolist()).is_clear for _ in range(2000))
        assert 0.035 < clear / 2000 < 0.065


def test_the_commands_print_routes_and_the_comparison(
    runcoach: Callable[..., Any], connection: sqlite3.Connection, runs: list[int]
) -> None:
    listed = runcoach("routes")
    assert listed.code == 0
    assert "21 s/km faster over 7 weeks" in listed.out
    rows = runcoach("routes", "--json").json["data"]
    assert [(row["id"], row["runs"], row["paceTrend"]["isClear"]) for row in rows] == [(runs[0], 8, True)]
    shown = runcoach("routes", "show", str(runs[3]), "--limit", "2")
    assert "Faster at a lower heart rate." in shown.out
    assert "6 more" in shown.err
    detail = runcoach("routes", "show", str(runs[3]), "--json").json["data"]
    assert [run["activityId"] for run in detail["runs"]] == runs[7::-1]
    assert "9 s/km faster than the last 5 times here" in runcoach("show", str(runs[6])).out
    route = runcoach("show", str(runs[6]), "--json").json["data"]["route"]
    assert (route["routeId"], route["number"], route["paceRank"]) == (runs[0], 7, 2)
    assert runcoach("show", str(runs[8]), "--json").json["data"]["route"] is None
    assert "1 run since" in runcoach("routes", "show", str(runs[8])).out


def test_routes_of_an_empty_profile_say_what_is_missing(runcoach: Callable[..., Any]) -> None:
    ended = runcoach("routes")
    assert (ended.code, ended.out) == (0, "")
    assert "No route was run twice yet" in ended.err
    assert runcoach("routes", "--json").json["data"] == []
