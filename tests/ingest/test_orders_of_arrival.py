"""One run is one activity with the same values, whichever way it comes and in whatever order."""

from __future__ import annotations

import gzip
import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runcoach.ingest import remote, strava
from runcoach.ingest.writer import write_activities
from runcoach.sandbox.garmin import PersonalAccount
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.services.imports.discovery import ImportItem, discover
from runcoach.services.imports.parsing import parse
from runcoach.sources.garmin.models import remote_activity as garmin_activity
from runcoach.sources.intervals.client import remote_activity as intervals_activity
from runcoach.sources.remote.protocol import RemoteActivity, RemoteFile
from runcoach.sources.strava.client import STREAM_KEYS
from runcoach.sources.strava.models import activity_of, summary_hash
from runcoach.store.remote import remote_activities
from runcoach.store.sqlite.connection import write_transaction

#: Writes one source of the run; the caller holds the transaction.
Arrival = Callable[[sqlite3.Connection], None]

#: The kinds of source that each arrival brings; the archive has the file too.
KINDS = {
    "strava": {"strava"},
    "garmin": {"garmin"},
    "intervals": {"intervals"},
    "file": {"file"},
    "archive": {"archive", "file"},
}

#: What is stored of a run, apart from ids and when it was written.
TABLES = {
    "effort": "distance_m, length_m, duration_exact_s, start_s, end_s, quality, reason",
    "split": "km, distance_m, moving_time_sec, elapsed_time_sec, elev_gain_m, hr_avg, source",
    "lap": "lap_index, start_s, distance_m, elapsed_s, moving_s, avg_hr_bpm",
    "activity_stream": "channel, n, data",
}
NOT_COMPARED = {"id", "created_at", "updated_at", "fetched_at"}


@pytest.fixture(scope="module")
def athlete() -> SyntheticAthlete:
    return SyntheticAthlete(today=date(2026, 11, 23), n_activities=12)


@pytest.fixture(scope="module")
def run_id(athlete: SyntheticAthlete) -> int:
    return next(
        each
        for each in athlete.activity_ids
        if athlete.plan(each).sport == "Run" and not athlete.plan(each).manual and not athlete.plan(each).indoor
    )


@pytest.fixture(scope="module")
def arrivals(
    athlete: SyntheticAthlete, run_id: int, tmp_path_factory: pytest.TempPathFactory, export_maker: ModuleType
) -> dict[str, Arrival]:
    """Each source of the same run, built once, as a function that writes it."""
    folder = tmp_path_factory.mktemp("arrivals")
    stored = PersonalAccount.of_athlete(athlete).get(run_id)
    assert stored.content is not None
    content = stored.content()
    (folder / "watch.fit").write_bytes(content)
    detail = athlete.detail(run_id)
    archived = export_maker.Run(
        run_id,
        stored.start_time_s,
        name="As in the archive",
        elapsed_s=detail["elapsed_time"],
        moving_s=detail["moving_time"],
        distance_m=detail["distance"],
        data=gzip.compress(content),
    )
    archive = folder / "export_1.zip"
    export_maker.write_export(archive, [archived])
    file = RemoteFile("ACTIVITY.fit", content)
    listed = {
        "garmin": replace(garmin_activity(stored.row), name="As at Garmin"),
        "intervals": intervals_activity(intervals_row(stored.row)),
    }
    return {
        "strava": strava_arrival(athlete, run_id),
        "garmin": remote_arrival("garmin", listed["garmin"], file),
        "intervals": remote_arrival("intervals", listed["intervals"], file),
        "file": import_arrival([ImportItem("watch.fit", folder / "watch.fit")]),
        "archive": import_arrival([each for each in discover([archive], folder) if isinstance(each, ImportItem)]),
    }


def intervals_row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"i{row['activityId']}",
        "start_date": row["startTimeGMT"].replace(" ", "T") + "Z",
        "start_date_local": row["startTimeLocal"].replace(" ", "T"),
        "type": "Run",
        "name": "As at intervals.icu",
        "source": "GARMIN_CONNECT",
        "file_type": "fit",
    }


def strava_arrival(athlete: SyntheticAthlete, run_id: int, *, has_streams: bool = True) -> Arrival:
    detail = athlete.detail(run_id)
    payload = activity_of(detail, athlete.streams(run_id, set(STREAM_KEYS.split(","))) if has_streams else None)
    built, hash_ = strava.build_from_strava(payload), summary_hash(detail)
    summary = replace(payload, is_detailed=False, splits=None, laps=(), best_efforts=(), streams=None)

    def arrive(connection: sqlite3.Connection) -> None:
        strava.put_summary(connection, summary, hash_, is_final=False)
        strava.put_detail(connection, built, payload, json.dumps(detail).encode(), hash_)

    return arrive


def remote_arrival(source: str, listed: RemoteActivity, file: RemoteFile) -> Arrival:
    built = remote.build_from_file(source, listed, file)

    def arrive(connection: sqlite3.Connection) -> None:
        remote_activities.put_listed(
            connection,
            source,
            listed.remote_id,
            fingerprint=listed.fingerprint,
            start_time=listed.start_time_s,
            listed=asdict(listed),
        )
        remote.store(connection, source, listed, built)

    return arrive


def import_arrival(items: list[ImportItem]) -> Arrival:
    groups = [group for item in items for group in parse(item, None).groups]
    assert groups

    def arrive(connection: sqlite3.Connection) -> None:
        for group in groups:
            write_activities(connection, group, None)

    return arrive


def stored_state(connection: sqlite3.Connection) -> dict[str, Any]:
    """The only activity, its parts and the kinds of its sources."""
    (row,) = connection.execute("SELECT * FROM activity").fetchall()
    state: dict[str, Any] = {"row": {name: row[name] for name in row.keys() if name not in NOT_COMPARED}}  # noqa: SIM118
    for table, columns in TABLES.items():
        state[table] = [tuple(each) for each in connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2")]
    sources = connection.execute("SELECT kind, sha256 FROM activity_source WHERE detached_at IS NULL ORDER BY 1, 2")
    state["sources"] = [tuple(each) for each in sources]
    return state


def every_order(
    connection: sqlite3.Connection, arrivals: dict[str, Arrival], done: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every order of every subset, with what is stored after it; the common beginning is written once."""
    for name in sorted(arrivals.keys() - set(done)):
        connection.execute("SAVEPOINT arrival")
        arrivals[name](connection)
        yield (*done, name), stored_state(connection)
        yield from every_order(connection, arrivals, (*done, name))
        connection.execute("ROLLBACK TO arrival")
        connection.execute("RELEASE arrival")


def check(connection: sqlite3.Connection, arrivals: dict[str, Arrival]) -> int:
    """Compare what is stored after every order of the same sources; the number of orders."""
    seen: dict[frozenset[str], tuple[tuple[str, ...], dict[str, Any]]] = {}
    number = 0
    with write_transaction(connection):
        for order, state in every_order(connection, arrivals):
            number += 1
            assert {kind for kind, _ in state["sources"]} == set().union(*(KINDS[name] for name in order)), order
            first_order, first = seen.setdefault(frozenset(order), (order, state))
            different = [name for name in state if state[name] != first[name]]
            row = {key: (first["row"][key], value) for key, value in state["row"].items() if first["row"][key] != value}
            assert not different, (order, first_order, different, row)
    return number


@pytest.mark.slow
def test_every_order_of_arrival_gives_the_same_activity(
    connection: sqlite3.Connection, arrivals: dict[str, Arrival]
) -> None:
    orders = sum(1 for size in range(1, 6) for _ in itertools.permutations(KINDS, size))
    assert check(connection, arrivals) == orders == 325


@pytest.mark.slow
def test_also_where_strava_has_no_samples_yet(
    connection: sqlite3.Connection, arrivals: dict[str, Arrival], athlete: SyntheticAthlete, run_id: int
) -> None:
    check(connection, arrivals | {"strava": strava_arrival(athlete, run_id, has_streams=False)})


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["file", "garmin"])
def test_also_where_another_watch_recorded_one_of_them(
    connection: sqlite3.Connection,
    arrivals: dict[str, Arrival],
    athlete: SyntheticAthlete,
    run_id: int,
    tmp_path: Path,
    kind: str,
) -> None:
    """The samples of the source that takes precedence are kept, whichever comes first.

    The other watch's file comes without the archive, whose file is of the same kind: the first one counts.
    """
    content = other_watch(athlete, run_id)
    (tmp_path / "phone.gpx").write_bytes(content)
    listed = garmin_activity(PersonalAccount.of_athlete(athlete).get(run_id).row)
    others = {
        "file": import_arrival([ImportItem("phone.gpx", tmp_path / "phone.gpx")]),
        "garmin": remote_arrival("garmin", listed, RemoteFile("phone.gpx", content)),
    }
    rest = {name: each for name, each in arrivals.items() if kind != "file" or name != "archive"}
    check(connection, rest | {kind: others[kind]})


@pytest.mark.slow
def test_also_where_the_file_says_it_was_a_ride(
    connection: sqlite3.Connection, athlete: SyntheticAthlete, run_id: int, tmp_path: Path
) -> None:
    """Splits and efforts are for the sport of the source that takes precedence, whichever comes first."""
    content = other_watch(athlete, run_id, sport="cycling")
    (tmp_path / "phone.gpx").write_bytes(content)
    row = PersonalAccount.of_athlete(athlete).get(run_id).row
    sources = {
        "garmin": remote_arrival("garmin", garmin_activity(row), RemoteFile("phone.gpx", content)),
        "intervals": remote_arrival(
            "intervals", intervals_activity(intervals_row(row)), RemoteFile("phone.gpx", content)
        ),
        "file": import_arrival([ImportItem("phone.gpx", tmp_path / "phone.gpx")]),
    }
    check(connection, sources)
    with write_transaction(connection):
        sources["file"](connection)
        as_ride = stored_state(connection)
        sources["garmin"](connection)
        as_run = stored_state(connection)
    assert (as_ride["row"]["sport_type"], as_ride["effort"], as_ride["split"]) == ("Ride", [], [])
    assert as_run["row"]["sport_type"] == "Run"
    assert len(as_run["split"]) >= 3
    assert len(as_run["effort"]) >= 3


def other_watch(athlete: SyntheticAthlete, run_id: int, sport: str = "running") -> bytes:
    """The same run as a phone recorded it: every third second, a little beside the watch's positions."""
    streams = athlete.streams(run_id, {"time", "latlng"})
    assert streams is not None
    start = datetime.fromisoformat(athlete.detail(run_id)["start_date"])
    points = "".join(
        f'<trkpt lat="{lat + 0.00001}" lon="{lng}"><time>{start + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}</time>'
        "</trkpt>"
        for second, (lat, lng) in list(zip(streams["time"]["data"], streams["latlng"]["data"], strict=True))[::3]
    )
    return f'<gpx version="1.1"><trk><type>{sport}</type><trkseg>{points}</trkseg></trk></gpx>'.encode()
