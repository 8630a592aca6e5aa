"""Routes: independent of the order of import, right after deleting and editing, computed once, as by comparing all."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable

import numpy as np
import pytest
import route_maker as maker

from runcoach.domain.activity import BuiltActivity
from runcoach.domain.streams import FloatArray, Streams
from runcoach.services.analytics.jobs import update_analytics
from runcoach.services.analytics.routes import update_routes
from runcoach.store import activities
from runcoach.store.remote import known_activities
from runcoach.store.sqlite.connection import write_transaction
from runcoach.store.training import route_tracks

Keep = Callable[[sqlite3.Connection, BuiltActivity], int]
Whole = Callable[..., BuiltActivity]

DAY_S = 86_400
START = 1_760_000_000


def streams_of(recording: maker.Recording) -> Streams:
    time_s = recording.time_s
    channels = {"lat_deg": recording.lat_deg, "lng_deg": recording.lng_deg, "distance_m": 3.0 * time_s}
    return Streams(time_s, channels).quantized()


@pytest.fixture(scope="module")
def history() -> list[Streams]:
    """Nine runs, a day apart: routes a and b by turns, one of each to the side so far that it matches only some."""
    random = np.random.default_rng(8)
    first, second = maker.loop(random, 3000.0), maker.through_streets(random, 4000.0)
    paths: list[FloatArray] = [first, second, first, first + 15.0, second, first - 15.0, second, first, second[::-1]]
    return [streams_of(maker.record(random, path, noise_m=4.0)) for path in paths]


def store(
    connection: sqlite3.Connection, keep: Keep, whole: Whole, history: list[Streams], days: list[int]
) -> dict[int, int]:
    """Write the runs of some days in this order; day → id."""
    with write_transaction(connection):
        return {day: keep(connection, whole(streams=history[day], start_time=START + day * DAY_S)) for day in days}


def routes(connection: sqlite3.Connection) -> dict[int, int | None]:
    """Day of each run → day of the run its route is named after."""
    rows = connection.execute(
        "SELECT r.start_time AS run, o.start_time AS oldest FROM route_run AS r"
        " LEFT JOIN route_run AS o ON o.activity_id = r.route_id"
    ).fetchall()
    day = {None: None} | {row["run"]: (row["run"] - START) // DAY_S for row in rows}
    return {day[row["run"]]: day[row["oldest"]] for row in sorted(rows, key=lambda row: row["run"])}


EXPECTED = {0: 0, 1: 1, 2: 0, 3: 0, 4: 1, 5: 0, 6: 1, 7: 0, 8: 8}


def test_runs_over_the_same_way_are_on_one_route(
    connection: sqlite3.Connection, keep: Keep, whole: Whole, history: list[Streams]
) -> None:
    store(connection, keep, whole, history, list(range(9)))
    update_analytics(connection)
    assert routes(connection) == EXPECTED
    assert route_tracks.is_current(connection)


@pytest.mark.parametrize("seed", range(4))
def test_routes_do_not_depend_on_the_order_of_import(
    connection: sqlite3.Connection, keep: Keep, whole: Whole, history: list[Streams], seed: int
) -> None:
    order = [int(day) for day in np.random.default_rng(seed).permutation(9)] if seed else list(range(8, -1, -1))
    for first in range(0, 9, 2):
        store(connection, keep, whole, history, order[first : first + 2])
        update_analytics(connection)
    assert routes(connection) == EXPECTED


def test_two_copies_of_a_run_are_on_one_route(
    connection: sqlite3.Connection, keep: Keep, whole: Whole, history: list[Streams]
) -> None:
    store(connection, keep, whole, history, [0, 0, 2])
    update_analytics(connection)
    rows = connection.execute("SELECT route_id FROM route_run").fetchall()
    assert [row["route_id"] for row in rows] == [rows[0]["route_id"]] * 3


@pytest.mark.slow
def test_a_random_history_is_grouped_as_by_comparing_all_runs_in_order_of_time(
    connection: sqlite3.Connection, keep: Keep, whole: Whole
) -> None:
    """Matches that are not transitive, which a shift of the tracks on a line stands for, in any order of import."""
    random = np.random.default_rng(1)
    path = maker.loop(random, 1500.0)
    shifts = random.permutation(24) * 8.0
    history = [streams_of(maker.record(random, path + shift, noise_m=0.0)) for shift in shifts]
    ids: dict[int, int] = {}
    for day in map(int, random.permutation(len(shifts))):
        ids |= store(connection, keep, whole, history, [day])
        if day % 3 == 0:
            update_analytics(connection)
    update_analytics(connection)

    def matches(one: int, other: int) -> bool:
        from runcoach.analysis.route_matching import is_same_route, resample

        first, second = (
            resample(history[day].channels["lat_deg"], history[day].channels["lng_deg"], history[day].time_s)
            for day in (one, other)
        )
        assert first is not None
        assert second is not None
        return is_same_route(first, second)

    def grouped(days: list[int]) -> dict[int, int]:
        expected: dict[int, int] = {}
        for day in days:
            oldest = [other for other in dict.fromkeys(expected.values()) if matches(day, other)]
            expected[day] = min(oldest, default=day)
        return expected

    every = list(range(len(shifts)))
    found = routes(connection)
    assert found == grouped(every)
    assert 3 <= len(set(found.values())) < len(shifts)
    with write_transaction(connection):  # the name of a route goes, and others have to find their place again
        connection.execute("DELETE FROM activity WHERE id = ?", (ids[0],))
    update_routes(connection)
    assert routes(connection) == grouped(every[1:])


def test_deleting_the_oldest_run_names_the_route_after_the_next_and_undeleting_restores_it(
    connection: sqlite3.Connection, keep: Keep, whole: Whole, history: list[Streams]
) -> None:
    ids = store(connection, keep, whole, history, list(range(9)))
    update_analytics(connection)
    with write_transaction(connection):
        known_activities.mark_deleted(connection, ids[0])
    update_analytics(connection)
    assert routes(connection) == {day: 2 if oldest == 0 else oldest for day, oldest in EXPECTED.items() if day}
    with write_transaction(connection):
        known_activities.revive(connection, ids[0])
    update_analytics(connection)
    assert routes(connection) == EXPECTED


def test_new_samples_another_sport_and_another_date_move_a_run(
    connection: sqlite3.Connection, keep: Keep, whole: Whole, history: list[Streams]
) -> None:
    ids = store(connection, keep, whole, history, list(range(9)))
    update_analytics(connection)
    with write_transaction(connection):
        activities.put_parts(connection, ids[7], whole(streams=history[1]))
        activities.update(connection, ids[4], {"sport_type": "Ride"})
        activities.update(connection, ids[0], {"start_time": START + 9 * DAY_S})
    assert not route_tracks.is_current(connection)
    update_analytics(connection)
    assert routes(connection) == {1: 1, 2: 2, 3: 2, 5: 2, 6: 1, 7: 1, 8: 8, 9: 2}


def test_a_stopped_update_continues_where_it_was(
    connection: sqlite3.Connection, keep: Keep, whole: Whole, history: list[Streams], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runcoach.services.analytics.routes._IN_ONE_TRANSACTION", 2)
    store(connection, keep, whole, history, list(range(9)))
    rounds = iter([False] * 10 + [True])
    update_analytics(connection, stop=lambda: next(rounds))  # all analyzed, none compared
    assert set(routes(connection).values()) <= {None}
    rounds = iter([False, False, True])
    update_routes(connection, stop=lambda: next(rounds))
    assert [route for route in routes(connection).values() if route is not None] == [0, 1, 0, 0]
    assert not route_tracks.is_current(connection)
    update_routes(connection)
    assert routes(connection) == EXPECTED


def test_an_update_with_nothing_new_writes_nothing(
    connection: sqlite3.Connection, keep: Keep, whole: Whole, history: list[Streams]
) -> None:
    store(connection, keep, whole, history, list(range(3)))
    update_analytics(connection)
    before = connection.total_changes
    update_routes(connection)
    assert connection.total_changes == before


def test_the_map_counts_each_run_once_in_a_cell_and_goes_with_a_run(
    connection: sqlite3.Connection, keep: Keep, whole: Whole, history: list[Streams]
) -> None:
    ids = store(connection, keep, whole, history, [0, 1, 2])
    update_analytics(connection, with_map=True)
    (row,) = connection.execute("SELECT areas, data FROM route_heat").fetchall()
    (area,) = json.loads(row["areas"])
    assert (area["runs"], area["mostOften"]) == (3, 3)
    (whole_area,) = json.loads(zlib.decompress(row["data"]))["areas"]
    assert max(whole_area["count"]) == 3
    assert max(whole_area["x"]) == area["width"] - 1
    with write_transaction(connection):
        connection.execute("DELETE FROM activity WHERE id = ?", (ids[1],))
    assert connection.execute("SELECT 1 FROM route_heat").fetchall() == []
    update_routes(connection)
    assert connection.execute("SELECT 1 FROM route_heat").fetchall() == []
    update_routes(connection, with_map=True)
    assert json.loads(connection.execute("SELECT areas FROM route_heat").fetchone()[0])[0]["runs"] == 2


def test_a_stored_track_is_read_back_to_a_hundred_thousandth_of_a_degree(history: list[Streams]) -> None:
    from runcoach.analysis.route_matching import resample

    track = resample(history[0].channels["lat_deg"], history[0].channels["lng_deg"] + 170.0, history[0].time_s)
    assert track is not None
    again = route_tracks.decode(route_tracks.encode(track))
    assert again.lat_deg == pytest.approx(track.lat_deg, abs=5.1e-6)
    assert again.lng_deg == pytest.approx(track.lng_deg, abs=5.1e-6)
