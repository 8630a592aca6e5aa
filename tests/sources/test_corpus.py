"""Real files of real devices, pinned: what each of them holds, or why it is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runcoach.domain.recording import Recording
from runcoach.errors import NotAnActivityError, SourceError
from runcoach.sources.archive.folder_files import folder_files
from runcoach.sources.file_formats import read_bytes

pytestmark = pytest.mark.corpus

#: (sport, samples, laps, pauses) of each recording.
Facts = list[tuple[str | None, int, int, int]]

READ: dict[str, Facts] = {
    "fit/fitparse_2013-02-06-12-11-14.fit": [("Run", 590, 5, 0)],
    "fit/fitparse_Activity.fit": [("Run", 14, 1, 0)],
    "fit/fitparse_activity-activity-filecrc.fit": [("Run", 14, 1, 0), ("Run", 14, 1, 0)],
    "fit/fitparse_activity-filecrc.fit": [("Run", 14, 1, 0)],
    "fit/fitparse_activity-large-fenxi2-multisport.fit": [
        (None, 11683, 1, 0),
        ("Transition", 284, 1, 0),
        ("Run", 2199, 1, 0),
        ("Transition", 6, 1, 0),
        ("Run", 6695, 1, 0),
        ("Transition", 241, 1, 0),
        ("Ride", 3131, 1, 0),
    ],
    "fit/fitparse_activity-settings-corruptheader.fit": [("Run", 14, 1, 0)],
    "fit/fitparse_activity-settings-nodata.fit": [("Run", 14, 1, 0)],
    "fit/fitparse_activity-settings.fit": [("Run", 14, 1, 0)],
    "fit/fitparse_activity-small-fenix2-run.fit": [("Run", 2809, 4, 0)],
    "fit/fitparse_activity-unexpected-eof.fit": [("Run", 14, 1, 0)],
    "fit/fitparse_antfs-dump.63.fit": [("Run", 686, 1, 0)],
    "fit/fitparse_compressed-speed-distance.fit": [("Run", 755, 11, 1)],
    "fit/fitparse_developer-types-sample.fit": [("Run", 3424, 1, 0)],
    "fit/fitparse_event_timestamp.fit": [("Swim", 4376, 99, 1)],
    "fit/fitparse_garmin-edge-820-bike.fit": [("Ride", 15, 1, 0)],
    "fit/fitparse_garmin-fenix-5-run.fit": [("Run", 21, 1, 0)],
    "fit/fitparse_garmin-fenix-5-walk.fit": [("Walk", 17, 1, 0)],
    "fit/fitparse_nick.fit": [("Ride", 14391, 1, 8)],
    "fit/fitparse_null_compressed_speed_dist.fit": [("VirtualRide", 1808, 1, 0)],
    "fit/fitparse_sample_mulitple_header.fit": [
        ("Swim", 349, 1, 0),
        ("Transition", 38, 1, 0),
        ("Ride", 854, 1, 0),
        ("Transition", 14, 1, 0),
        ("Run", 518, 1, 0),
    ],
    "fit/fitparse_strava-android-app-201.10-b1218918.fit": [("Run", 5318, 1, 0)],
    "fit/fittrackee_apple_watch.fit": [("Ride", 338, 1, 4)],
    "fit/sportslib_2067489619.fit": [("Run", 503, 3, 1)],
    "fit/sportslib_27-days-activity.fit": [("Ride", 3699, 1, 20)],
    "fit/sportslib_6782987395.fit": [("Run", 4988, 2, 0)],
    "fit/sportslib_6860622783.fit": [("Run", 3101, 1, 3)],
    "fit/sportslib_6909950168-no-pause-records.fit": [("TrailRun", 2163, 7, 2)],
    "fit/sportslib_6909950168.fit": [("TrailRun", 2197, 7, 2)],
    "fit/sportslib_6914448270.fit": [("Run", 20408, 0, 0)],
    "fit/sportslib_6916663933.fit": [("Run", 2921, 1, 0)],
    "fit/sportslib_broken-dates.fit": [("Ride", 3279, 0, 0)],
    "fit/sportslib_empty-activities.fit": [(None, 2319, 0, 0)],
    "fit/sportslib_sample_garmin.fit": [("Run", 20342, 5, 0)],
    "fit/sweat_2020-06-01-16-52-40.fit": [("Ride", 96, 5, 1)],
    "fit/sweat_6449921903.fit": [("Ride", 199, 2, 2)],
    "fit/sweat_6471559601.fit": [("Run", 24, 1, 0), ("Transition", 12, 1, 0), ("Rowing", 24, 1, 0)],
    "gpx/fittrackee_test.gpx": [(None, 25, 0, 0)],
    "gpx/gpxo_ExampleTrack.gpx": [(None, 5120, 0, 0)],
    "gpx/gpxpy_Mojstrovka.gpx": [(None, 184, 0, 0)],
    "gpx/gpxpy_cerknicko-jezero.gpx": [(None, samples, 0, 0) for samples in (173, 52, 2, 44, 2, 2, 21)],
    "gpx/gpxpy_cerknicko-without-times.gpx": [(None, 5, 0, 0)],
    "gpx/gpxpy_gpx1.0_with_all_fields.gpx": [(None, 1, 0, 0)],
    "gpx/gpxpy_korita-zbevnica.gpx": [(None, 176, 0, 0), (None, 337, 0, 0)],
    "gpx/gpxpy_track-with-empty-segment.gpx": [(None, 9, 0, 0)],
    "gpx/gpxpy_track-with-less-sec-time.gpx": [("Run", 2, 0, 0)],
    "gpx/gpxpy_track_with_speed.gpx": [(None, 3, 0, 0)],
    "gpx/sportslib_1681613317.gpx": [("Run", 1038, 0, 0)],
    "gpx/sportslib_2067489619.gpx": [("Run", 502, 0, 0)],
    "gpx/sportslib_6037744996.gpx": [("Run", 4040, 0, 0)],
    "gpx/sportslib_6909258631.gpx": [(None, 2665, 0, 0)],
    "gpx/sportslib_sample_amazfit.gpx": [("Run", 1216, 0, 0)],
    "gpx/sportslib_sample_garmin.gpx": [("Run", 217, 0, 0)],
    "gpx/stravapy_invalid-lon-lat-missing.gpx": [(None, 4, 0, 0)],
    "gpx/sweat_activity_5039744860.gpx": [("Ride", 96, 0, 0)],
    "tcx/dblock_17611540601.tcx": [("Run", 200, 1, 0)],
    "tcx/sportslib_1604524853.tcx": [("Run", 1495, 1, 0)],
    "tcx/sportslib_6281425038.tcx": [("Run", 1545, 5, 1)],
    "tcx/sportslib_6860622783.tcx": [("Run", 3101, 1, 3)],
    "tcx/sportslib_sample_polar.tcx": [("Run", 6313, 2, 41)],
    "tcx/sportslib_sample_unknown_example.tcx": [("Run", 752, 32, 0)],
    "tcx/stravalib_sample.tcx": [("Ride", 827, 2, 4)],
    "tcx/sweat_3173437224.tcx": [("Run", 3507, 2, 1)],
    "tcx/sweat_activity_5039744860.tcx": [("Ride", 100, 5, 0)],
}

REFUSED: dict[str, tuple[type[SourceError], str]] = {
    "fit/fitparse_MonitoringFile.fit": (NotAnActivityError, "holds all-day monitoring, not an activity"),
    "fit/fitparse_Settings.fit": (NotAnActivityError, "holds device settings, not an activity"),
    "fit/fitparse_WeightScaleSingleUser.fit": (NotAnActivityError, "holds weight-scale readings, not an activity"),
    "fit/fittrackee_example.fit": (NotAnActivityError, "holds a course to follow, not an activity"),
    "fit/sportslib_empty-sessions.fit": (SourceError, "the file is empty"),
    "gpx/gpxo_ExampleTrack_NoTime.gpx": (NotAnActivityError, "a track without times, as of a planned route"),
    "gpx/gpxpy_gpx1.1_with_extensions_without_namespaces.gpx": (NotAnActivityError, "no track, only 1 waypoint"),
    "gpx/gpxpy_route.gpx": (NotAnActivityError, "no track, only 1 route"),
    "gpx/gpxpy_track_with_dilution_errors.gpx": (NotAnActivityError, "a track without times, as of a planned route"),
    "gpx/gpxpy_unicode_with_bom.gpx": (NotAnActivityError, "no track, only 1 waypoint"),
    "gpx/stravapy_empty-trkseg.gpx": (NotAnActivityError, "a track without a single point"),
}

NOTES: dict[str, tuple[str, ...]] = {
    "fit/fitparse_activity-activity-filecrc.fit": ("part 2 of 2: bad checksum: 14 samples kept",),
    "fit/fitparse_activity-filecrc.fit": ("bad checksum: 14 samples kept",),
    "fit/fitparse_activity-settings-corruptheader.fit": ("83 bytes that are not FIT left out",),
    "fit/fitparse_activity-settings-nodata.fit": (
        "part 2 of 2: cut off, 67 bytes missing, 3 bytes unreadable: 0 samples kept",
    ),
    "fit/fitparse_activity-unexpected-eof.fit": ("cut off, 3 bytes missing, 17 bytes unreadable: 14 samples kept",),
    "fit/fitparse_nick.fit": ("damaged, 17 bytes unreadable: 14,391 samples kept",),
    "fit/fitparse_strava-android-app-201.10-b1218918.fit": (
        "cut off, 19 bytes missing, 443 bytes unreadable: 5,318 samples kept",
    ),
    "fit/sportslib_empty-activities.fit": ("never finished by the device, 8 bytes unreadable: 2,319 samples kept",),
    "gpx/gpxpy_cerknicko-without-times.gpx": ("6 tracks without times left out",),
    "gpx/gpxpy_korita-zbevnica.gpx": ("1 track without times left out",),
}


def one(corpus: Path, name: str) -> Recording:
    path = corpus / "activities" / name
    (recording,) = read_bytes(path.read_bytes(), path.name).recordings
    return recording


def test_every_file_is_pinned_here(corpus: Path) -> None:
    folder = corpus / "activities"
    files = [path for path in folder_files(folder) if isinstance(path, Path) and path.suffix != ".zip"]
    assert {path.relative_to(folder).as_posix() for path in files} == READ.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", READ)
def test_read(corpus: Path, name: str) -> None:
    path = corpus / "activities" / name
    reading = read_bytes(path.read_bytes(), path.name)
    facts = [
        (run.sport_type, len(run.streams), len(run.laps), len(run.pauses)) for run in reading.recordings
    ]  # fmt: skip
    assert facts == READ[name]
    assert reading.notes == NOTES.get(name, ())
    for run in reading.recordings:
        assert not np.isnan(run.streams.time_s).any()
        assert all(begin < end for begin, end in run.pauses)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(corpus: Path, name: str) -> None:
    path = corpus / "activities" / name
    with pytest.raises(SourceError) as refused:
        read_bytes(path.read_bytes(), path.name)
    assert (type(refused.value), refused.value.message) == REFUSED[name]


def test_packed_files_read_alike(corpus: Path) -> None:
    for name in ("fit/fitparse_garmin-fenix-5-run.fit", "gpx/gpxpy_track_with_speed.gpx", "tcx/dblock_17611540601.tcx"):
        data = (corpus / "activities" / name).read_bytes()
        (packed,) = read_bytes(gzip.compress(data), name + ".gz").recordings
        assert len(packed.streams) == len(one(corpus, name).streams)


def seconds(clock: str) -> float:
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + float(part)
    return total


def expected(corpus: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((corpus / "activities" / "sportslib_expected.json").read_text())
    return [entry for entry in entries if entry["timerTime"]]


def test_totals_asserted_by_sports_lib(corpus: Path) -> None:
    """Timer and elapsed time within 1 s, distance to the centimetre, where the file itself states them."""
    checked = 0
    for entry in expected(corpus):
        kind, name = entry["path"].split("/")[-2:]
        if kind == "gpx":
            continue  # it states nothing; what is computed from it is checked there
        run = one(corpus, f"{kind}/sportslib_{name}")
        assert run.totals.timer_s is not None
        if name != "1604524853.tcx":  # 4070 s in the file, 4067 s asserted
            assert abs(run.totals.timer_s - seconds(entry["timerTime"][0])) <= 1.0, name
        span_s = run.streams.time_s[-1] - run.streams.time_s[0]
        elapsed_s = run.totals.elapsed_s if run.totals.elapsed_s is not None else span_s
        assert abs(elapsed_s - seconds(entry["elapsedTime"][0])) <= (3.0 if name == "1604524853.tcx" else 1.0), name
        for assertion in entry["distance"]:
            assert run.totals.distance_m == pytest.approx(float(assertion.split("toEqual(")[1].rstrip(");")), abs=0.01)
        checked += 1
    assert checked == 9


def test_pauses_make_up_the_difference_between_elapsed_and_timer_time(corpus: Path) -> None:
    for name in (
        "fit/sportslib_27-days-activity.fit",
        "fit/sportslib_6860622783.fit",
        "fit/sportslib_6909950168.fit",
        "fit/sportslib_2067489619.fit",
        "fit/fitparse_compressed-speed-distance.fit",
        "fit/sweat_6449921903.fit",
        "tcx/sportslib_6860622783.tcx",
        "tcx/sportslib_6281425038.tcx",
        "tcx/sweat_3173437224.tcx",
    ):
        run = one(corpus, name)
        span_s = run.streams.time_s[-1] - run.streams.time_s[0]
        elapsed_s = span_s if run.totals.elapsed_s is None else run.totals.elapsed_s
        stood_s = sum(end - begin for begin, end in run.pauses)
        assert run.totals.timer_s is not None
        assert abs(elapsed_s - stood_s - run.totals.timer_s) <= 6.0, name  # stops are written in whole seconds


def test_each_leg_of_a_triathlon_begins_at_zero_distance(corpus: Path) -> None:
    path = corpus / "activities" / "fit" / "fitparse_sample_mulitple_header.fit"
    legs = read_bytes(path.read_bytes(), path.name).recordings
    for leg in legs:
        distance = leg.streams.channels["distance_m"]
        assert 0.0 <= distance[0] <= 3.0
        assert leg.totals.distance_m == pytest.approx(np.nanmax(distance), abs=6.0)


def test_the_same_run_from_fit_and_from_tcx(corpus: Path) -> None:
    fit, tcx = one(corpus, "fit/sportslib_6860622783.fit"), one(corpus, "tcx/sportslib_6860622783.tcx")
    np.testing.assert_array_equal(fit.streams.time_s, tcx.streams.time_s)
    np.testing.assert_allclose(fit.streams.channels["distance_m"], tcx.streams.channels["distance_m"], atol=0.01)
    np.testing.assert_array_equal(fit.streams.channels["heart_rate_bpm"], tcx.streams.channels["heart_rate_bpm"])
    assert fit.pauses == tcx.pauses
    assert (fit.device_name, tcx.device_name) == ("Garmin Forerunner 945", "Forerunner 945")
    assert fit.indoor is True


def test_power_of_a_stryd_pod(corpus: Path) -> None:
    power = one(corpus, "fit/sportslib_6782987395.fit").streams.channels["power_w"]
    assert 200 < np.nanmedian(power) < 300


def test_devices_by_name(corpus: Path) -> None:
    names = {
        "fit/fitparse_garmin-fenix-5-run.fit": "Garmin fenix 5",
        "fit/sportslib_6914448270.fit": "Suunto 9",
        "fit/sportslib_6916663933.fit": "COROS APEX Pro",
        "fit/fitparse_developer-types-sample.fit": "Stryd",
        "fit/sweat_6449921903.fit": "Garmin Forerunner 935",
        "tcx/sportslib_sample_polar.tcx": "Polar V800",
        "tcx/dblock_17611540601.tcx": "Fitbit Ionic",
    }
    assert {name: one(corpus, name).device_name for name in names} == names
