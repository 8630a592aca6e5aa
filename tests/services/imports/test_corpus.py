"""Real files of many devices: every one is imported or refused with its reason, and known figures come out right."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from reading import read

from runcoach.config import Config, load
from runcoach.domain.filters import EffortFilter
from runcoach.services.imports.import_files import ImportReport, import_files
from runcoach.services.maintenance.recompute import recompute
from runcoach.services.queries.best_efforts import fastest_efforts
from runcoach.store import totals
from runcoach.store.sqlite.database import open_reader

pytestmark = pytest.mark.corpus

REFUSED = {
    "fitparse_Activity.fit": "imported",
    "fitparse_MonitoringFile.fit": "all-day monitoring",
    "fitparse_Settings.fit": "device settings",
    "fitparse_WeightScaleSingleUser.fit": "weight-scale readings",
    "fittrackee_example.fit": "a course",
    "fittrackee_gpx_test_incorrect.zip: test_4.gpx": "a GPX file without a track",
    "fittrackee_gpx_test_no_gpx.zip": "holds neither activities.csv nor a FIT, GPX or TCX file",
    "sportslib_empty-sessions.fit": "empty",
    "gpxo_ExampleTrack_NoTime.gpx": "without times",
    "gpxpy_gpx1.0_with_all_fields.gpx": "neither a distance nor a duration",
    "gpxpy_gpx1.1_with_extensions_without_namespaces.gpx": "waypoint",
    "gpxpy_route.gpx": "route",
    "gpxpy_track_with_dilution_errors.gpx": "without times",
    "gpxpy_unicode_with_bom.gpx": "waypoint",
    "stravapy_empty-trkseg.gpx": "without a single point",
}

#: Where the authors of sports-lib count otherwise: distance (share), elapsed and timer time (seconds).
DISTANCE_WITHIN, ELAPSED_WITHIN_S, TIMER_WITHIN_S = 0.0025, 6, 3


@pytest.fixture(scope="module")
def imported(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, ImportReport]:
    """The whole corpus in one file."""
    config = load(home=tmp_path_factory.mktemp("corpus"))
    return config, import_files(config, [corpus / "activities"])


def test_every_file_is_imported_or_refused_with_its_reason(imported: tuple[Config, ImportReport]) -> None:
    _, report = imported
    assert len(report.files) >= 73
    for file in report.files:
        name = Path(file.path).name
        if file.status == "imported":
            assert file.activity_ids, name
        elif file.status in {"skipped", "failed"}:
            assert file.reason is not None
            assert REFUSED[name] in file.reason, name


def test_problems_of_a_file_are_reported(imported: tuple[Config, ImportReport]) -> None:
    notes = {Path(file.path).name: "; ".join(file.notes) for file in imported[1].files}
    assert "bad checksum" in notes["fitparse_activity-filecrc.fit"]
    assert re.search(r"damaged, [\d,]+ bytes unreadable: 14,\d+ samples kept", notes["fitparse_nick.fit"])
    assert "does not say its sport" in notes["gpxpy_korita-zbevnica.gpx"]


def seconds(clock: str) -> int:
    return sum(int(part) * 60**place for place, part in enumerate(reversed(clock.split(":"))))


def test_the_figures_that_sports_lib_asserts(imported: tuple[Config, ImportReport], corpus: Path) -> None:
    checked = 0
    with closing(sqlite3.connect(imported[0].database)) as connection:
        for entry in json.loads((corpus / "activities" / "sportslib_expected.json").read_text()):
            rows = connection.execute(
                "SELECT a.distance_m, a.elapsed_time_sec, json_extract(s.totals, '$.timer_s') FROM activity AS a"
                " JOIN activity_source AS s ON s.activity_id = a.id WHERE s.name = ?"
                " AND (SELECT count(*) FROM activity_source AS o WHERE o.activity_id = a.id) = 1",
                ("sportslib_" + Path(entry["path"]).name,),
            ).fetchall()
            if len(rows) != 1 or not entry["elapsedTime"]:
                continue
            ((distance_m, elapsed_s, timer_s),) = rows
            stated = re.findall(r"to(?:Equal|BeCloseTo)\(([\d.]+)", " ".join(entry["distance"]))
            exact = entry["path"].endswith((".fit", ".tcx"))
            for metres in map(float, stated):
                assert abs(distance_m - metres) <= (0.06 if exact else metres * DISTANCE_WITHIN), entry["path"]
            assert abs(elapsed_s - seconds(entry["elapsedTime"][0])) <= ELAPSED_WITHIN_S, entry["path"]
            if timer_s is not None:
                assert abs(timer_s - seconds(entry["timerTime"][0])) <= TIMER_WITHIN_S, entry["path"]
            checked += 1
    assert checked >= 7


def test_moving_time_is_close_to_what_sports_lib_asserts(imported: tuple[Config, ImportReport], corpus: Path) -> None:
    """The median of 12 runs is 1.3 %. No swim, hike or game of the corpus has samples and a moving time of Strava."""
    asserted_s = {
        "sportslib_" + Path(entry["path"]).name: seconds(entry["movingTime"][0])
        for entry in json.loads((corpus / "activities" / "sportslib_expected.json").read_text())
        if entry["movingTime"]
    }
    with closing(sqlite3.connect(imported[0].database)) as connection:
        rows = connection.execute(
            "SELECT s.name, a.moving_time_sec FROM activity AS a JOIN activity_source AS s ON s.activity_id = a.id"
            " WHERE a.sport_type LIKE '%Run'"
        ).fetchall()
    differences = sorted(abs(moving_s / asserted_s[name] - 1.0) for name, moving_s in rows if name in asserted_s)
    assert len(differences) >= 12
    assert differences[len(differences) // 2] <= 0.015
    assert differences[-2] <= 0.065  # the last one is a track with gaps of hours


def test_multisport_files_become_one_activity_a_session(imported: tuple[Config, ImportReport]) -> None:
    with closing(sqlite3.connect(imported[0].database)) as connection:
        sports = connection.execute(
            "SELECT a.sport_type FROM activity AS a JOIN activity_source AS s ON s.activity_id = a.id"
            " WHERE s.name = 'fitparse_activity-large-fenxi2-multisport.fit' ORDER BY a.start_time"
        ).fetchall()
    assert len(sports) == 7
    assert ("Transition",) in sports


def test_invariants_hold_for_every_file(imported: tuple[Config, ImportReport]) -> None:
    with closing(sqlite3.connect(imported[0].database)) as connection:
        shorter_is_faster = connection.execute(
            "SELECT count(*) FROM effort AS a JOIN effort AS b USING (activity_id)"
            " WHERE a.distance_m < b.distance_m AND a.duration_exact_s > b.duration_exact_s"
            " AND a.quality != 'suspect' AND b.quality != 'suspect'"
        ).fetchone()
        assert shorter_is_faster == (0,)
        least_is_first = connection.execute(
            "SELECT count(*) FROM best_effort AS a JOIN best_effort AS b USING (distance_m, window)"
            " WHERE a.rank < b.rank AND a.duration_s > b.duration_s"
        ).fetchone()
        assert least_is_first == (0,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.slow
def test_streams_stay_small_and_computing_again_changes_nothing(imported: tuple[Config, ImportReport]) -> None:
    config, _ = imported
    with closing(sqlite3.connect(config.database)) as connection:
        eight = (
            "time_s",
            "distance_m",
            "lat_deg",
            "lng_deg",
            "altitude_m",
            "heart_rate_bpm",
            "cadence_spm",
            "temperature_c",
        )
        rows = connection.execute(
            f"SELECT a.name, sum(length(s.data)) * 3600.0 / a.elapsed_time_sec / 1024 FROM activity_stream AS s"
            f" JOIN activity AS a ON a.id = s.activity_id WHERE a.sport_type IN ('Run', 'TrailRun')"
            f" AND a.elapsed_time_sec > 1200 AND s.channel IN {eight} GROUP BY a.id HAVING count(*) = 8"
        ).fetchall()
    assert len(rows) >= 4
    assert max(size for _, size in rows) <= 12.0
    assert recompute(config).changed == ()


def test_runs_without_a_date_are_outside_of_ranks_and_dates(imported: tuple[Config, ImportReport]) -> None:
    config, _ = imported
    with closing(sqlite3.connect(config.database)) as connection:
        undated = dict(
            connection.execute(
                "SELECT s.name, a.id FROM activity AS a JOIN activity_source AS s ON s.activity_id = a.id"
                " WHERE a.is_undated = 1"
            ).fetchall()
        )
        ranked = {row[0] for row in connection.execute("SELECT DISTINCT activity_id FROM best_effort").fetchall()}
    names = {"fitparse_antfs-dump.63.fit", "fitparse_compressed-speed-distance.fit", "gpxpy_Mojstrovka.gpx"}
    assert set(undated) == names
    assert not ranked & set(undated.values())
    with open_reader(config) as connection:
        assert totals.overview(connection)["first_date"] > "2000"


def test_rankings_match_real_runs(imported: tuple[Config, ImportReport]) -> None:
    rows = {row.distance_m: row for row in read(fastest_efforts, imported[0], EffortFilter()).rows}
    assert (rows[400].duration_s, rows[1000].duration_s, rows[5000].duration_s) == (89, 238, 1274)
    assert rows[42200].quality == "ok"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "columns"),
    [("en", 10), ("en", 77), ("en", 87), ("de", 92), ("en", 94), ("en", 99), ("en", 103), ("fr", 103)],
)
def test_real_files_under_real_headers(
    corpus: Path, config: Config, export_maker: ModuleType, tmp_path: Path, language: str, columns: int
) -> None:
    real = ("sportslib_6782987395.fit", "sportslib_6916663933.fit", "fitparse_developer-types-sample.fit")
    runs = [
        export_maker.Run(
            number,
            1_600_000_000,
            f"Lauf {number}\nzu zweit",
            gear="Blau",
            data=(corpus / "activities/fit" / name).read_bytes(),
        )
        for number, name in enumerate(real, start=1)
    ]
    path = export_maker.write_export(
        tmp_path / "export.zip", runs, language=language, columns=columns, headers=corpus / "headers", newline="\r\n"
    )
    report = import_files(config, [path])
    assert [file.status for file in report.files] == ["imported"] * 3
    with closing(sqlite3.connect(config.database)) as connection:
        rows = connection.execute(
            "SELECT strava_id, name, gear_name, elapsed_time_sec, start_time,"
            " (SELECT count(*) FROM effort WHERE activity_id = activity.id) > 2 FROM activity ORDER BY strava_id"
        ).fetchall()
    assert [row[:4] for row in rows] == [(n, f"Lauf {n}\nzu zweit", "Blau", 1860) for n in (1, 2, 3)]
    assert all(abs(row[4] - 1_600_000_000) > 10**6 for row in rows)  # the files' own starts are the better source
    assert all(row[5] for row in rows)
