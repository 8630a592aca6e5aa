"""Files that show publicly reported faults: the figures of the run, whatever the file's totals say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runcoach.domain.activity import BuiltActivity, Quality, SourceRecord
from runcoach.domain.recording import Totals
from runcoach.ingest.builder import build
from runcoach.sources.file_formats import read_bytes

pytestmark = pytest.mark.corpus


@pytest.fixture
def reported(corpus: Path) -> Path:
    return corpus / "reported"


def built(path: Path) -> BuiltActivity:
    (recording,) = read_bytes(path.read_bytes(), path.name).recordings
    return build(recording, SourceRecord("file", recording.format, path.name, Totals()))


def efforts(activity: BuiltActivity) -> dict[int, int]:
    return {one.distance_m: one.duration_s for one in activity.efforts if one.quality is not Quality.SUSPECT}


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("g11_outrun_repeat.gpx", "sorted by time, 300 repeated"),
        ("g51_interleaved.gpx", "sorted by time"),
        ("t07a_lap_zero_dist_pts.tcx", "stated distance of 0.00 km not used"),
        ("t07c_lap_zero_dist_only.tcx", "stated distance of 0.00 km not used"),
        ("f19b_session_dist_zero.fit", "stated distance of 0.00 km not used"),
        ("f11_sparse.fit", "samples cover 8:15 of 25:00"),
        ("t03_offset.tcx", "distance begins at 40.33 km"),
        ("f50_stale_first.fit", "48.7 days"),
        ("g03b_opentracks_sensor.gpx", "distance per point not used: 5.00 km from positions"),
        ("t02_dist_km.tcx", "distance in kilometers not used: 5.00 km from positions"),
        ("t06_speed_only.tcx", "5.00 km from speed"),
        ("f18_calibrated.fit", "scaled"),
        ("f22_alt_raw0.fit", "altitude"),
        ("f40b_suunto_alt0_noasc.fit", "altitude"),
    ],
)
def test_is_five_kilometres_in_25_minutes(reported: Path, name: str, note: str) -> None:
    found = built(reported / name)
    activity = found.activity
    assert activity.distance_m == pytest.approx(5_000.0, abs=5.0)
    assert (activity.elapsed_time_sec, activity.moving_time_sec) == (1_500, 1_500)
    assert activity.avg_pace_sec_per_km == 300
    assert datetime.fromtimestamp(activity.start_time, UTC) == datetime(2026, 5, 10, 7, tzinfo=UTC)
    assert any(note in each for each in found.source.notes), found.source.notes


@pytest.mark.parametrize(
    "name", ["g11_outrun_repeat.gpx", "f19b_session_dist_zero.fit", "t03_offset.tcx", "f50_stale_first.fit"]
)
def test_five_kilometres_rank(reported: Path, name: str) -> None:
    found = built(reported / name)
    assert efforts(found)[5000] in {1_499, 1_500}
    assert [round(split.distance_m or 0.0, -2) for split in found.splits if (split.distance_m or 0.0) > 50] == [
        1000
    ] * 5


def test_stray_point_is_out_of_the_distance_and_efforts_rank(reported: Path) -> None:
    found = built(reported / "b05_spike120m.gpx")
    assert found.activity.distance_m == pytest.approx(10_200.0, abs=10.0)
    assert set(efforts(found)) == {400, 800, 1000, 1609, 5000, 10000}
    assert found.source.notes == ("1 stray GPS point removed, 234 m",)


def test_corrected_treadmill_run_has_efforts_of_its_total(reported: Path) -> None:
    assert efforts(built(reported / "f18_calibrated.fit")) == {400: 120, 800: 240, 1000: 300, 1609: 483, 5000: 1_500}


@pytest.mark.parametrize("name", ["f22_alt_raw0.fit", "f40b_suunto_alt0_noasc.fit"])
def test_unset_altitude_is_no_climb(reported: Path, name: str) -> None:
    assert built(reported / name).activity.elevation_gain_m == pytest.approx(0.0, abs=15.0)


def test_virtual_run_has_the_local_time_of_the_device(reported: Path) -> None:
    activity = built(reported / "f21_zwift_run.fit").activity
    local = datetime.fromtimestamp(activity.start_time, UTC) + timedelta(seconds=activity.utc_offset_s)
    assert (local.strftime("%d %B %H:%M"), activity.timezone) == ("15 January 19:30", None)


def test_points_of_one_time_have_no_pace(reported: Path) -> None:
    found = built(reported / "g31_same_time.gpx")
    assert found.activity.distance_m == pytest.approx(5_000.0, abs=5.0)
    assert (found.activity.elapsed_time_sec, found.activity.avg_pace_sec_per_km, found.efforts) == (None, None, ())
    assert found.source.notes == ("all samples have the same time: no times, no pace and no efforts",)


def test_times_without_a_zone_are_local_times_of_the_place(reported: Path) -> None:
    found = built(reported / "g21_naive.gpx")
    assert found.source.notes == ("times have no zone: taken as local time, Europe/Berlin",)
    assert (found.activity.utc_offset_s, found.activity.timezone) == (7200, "Europe/Berlin")
    assert datetime.fromtimestamp(found.activity.start_time, UTC) == datetime(2026, 5, 10, 21, tzinfo=UTC)


@pytest.mark.parametrize("name", ["g16_type_Laufen.gpx", "g16_type_Corsa.gpx"])
def test_sport_in_the_language_of_the_phone(reported: Path, name: str) -> None:
    assert built(reported / name).activity.sport_type == "Run"
