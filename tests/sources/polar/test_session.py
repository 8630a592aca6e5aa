"""Sessions of Polar's export: samples, positions, pauses, laps, sport and time zone in both forms."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

import numpy as np
import polar_export_maker as maker
import pytest

from runcoach.domain.recording import Recording
from runcoach.errors import NotAnActivityError, SourceError
from runcoach.sources.file_formats import read_bytes

START_S = (maker.START.replace(tzinfo=UTC) - timedelta(hours=2)).timestamp()


def read(session: dict[str, Any]) -> Recording:
    (recording,) = read_bytes(maker.encode(session), "training-session.json").recordings
    return recording


@pytest.mark.parametrize("make", [maker.older_session, maker.todays_session])
def test_both_forms_hold_the_same_run(make: Any) -> None:
    recording = read(make())
    streams = recording.streams
    assert (recording.format, recording.start_time_s, recording.utc_offset_s) == ("polar", START_S, 7200)
    assert streams.time_s[0] == START_S
    assert len(streams) == 601
    assert streams.channels["distance_m"][-1] == 1800.0
    assert streams.channels["speed_ms"][5] == pytest.approx(3.0)
    assert np.nanmax(streams.channels["heart_rate_bpm"]) == 140.0
    assert streams.channels["lat_deg"][10] == pytest.approx(46.9 + 30.0 / 111_195.0)
    assert (recording.totals.distance_m, recording.totals.timer_s, recording.totals.elapsed_s) == (1800.0, 600.0, 600.0)
    assert recording.totals.elevation_gain_m == 12.0
    assert not recording.is_zoneless


def test_altitude_is_the_barometers_and_missing_until_it_has_settled() -> None:
    older, today = (read(make()).streams.channels["altitude_m"] for make in (maker.older_session, maker.todays_session))
    assert np.isnan(older[:2]).all()
    assert np.isnan(today[:2]).all()
    assert older[2] == pytest.approx(183.02)
    assert today[2:].tolist() == [183.0] * 599


def test_what_was_not_measured_stays_missing() -> None:
    recording = read(maker.todays_session())
    assert np.isnan(recording.streams.channels["heart_rate_bpm"][0])
    assert np.isnan(recording.streams.channels["lat_deg"][:3]).all()
    assert "power_w" not in recording.streams.channels


def test_sport_title_note_device_and_heart_rate() -> None:
    recording = read(maker.todays_session())
    assert (recording.sport_type, recording.indoor) == ("TrailRun", None)
    assert (recording.name, recording.description) == ("Tempo in the vineyards", "legs fine")
    assert recording.device_name == "Polar Vantage M"
    assert (recording.totals.avg_hr_bpm, recording.totals.max_hr_bpm, recording.totals.calories_kcal) == (141, 161, 151)


@pytest.mark.parametrize(
    ("sport", "name", "expected"),
    [
        ("RUNNING", "x", ("Run", None)),
        ("TREADMILL_RUNNING", "x", ("Run", True)),
        ("TRACK_AND_FIELD_RUNNING", "x", ("Run", None)),
        ({"id": "17"}, "", ("Run", True)),
        ({"id": "9999"}, "Trail running", ("TrailRun", None)),
        ({"id": "9999"}, "x", (None, None)),
        (None, "x", (None, None)),
    ],
)
def test_sports_by_name_by_number_and_by_the_sessions_name(sport: Any, name: str, expected: Any) -> None:
    session = maker.older_session(sport=sport) | {"name": name}
    recording = read(session)
    assert (recording.sport_type, recording.indoor) == expected
    assert bool(recording.notes) == (expected[0] is None and sport is not None)


def test_name_of_a_sport_is_no_title() -> None:
    assert read(maker.older_session()).name is None
    assert read(maker.older_session() | {"name": "TRACK_AND_FIELD_RUNNING"}).name is None


def test_cadence_counts_both_legs() -> None:
    assert read(maker.older_session()).streams.channels["cadence_spm"].tolist() == [170.0] * 601


def test_laps_by_hand_precede_automatic_ones() -> None:
    older, today = read(maker.older_session()), read(maker.todays_session())
    assert [lap.start_time_s for lap in today.laps] == [START_S, START_S + 300.0]
    assert [lap.totals.distance_m for lap in today.laps] == [900.0, 900.0]
    assert today.laps[0].totals.avg_hr_bpm == 139
    assert [lap.totals.timer_s for lap in older.laps] == [300.5, 299.5]
    assert older.laps[1].start_time_s == START_S + 300.5


@pytest.mark.parametrize("counts_pauses", [True, False])
def test_samples_without_times_are_placed_around_a_pause(counts_pauses: bool) -> None:
    pause_s = 120
    pauses = [{"startTime": maker.stamp(200), "endTime": maker.stamp(200 + pause_s)}]
    session = maker.todays_session(
        600 + (pause_s if counts_pauses else 0),
        pauseTimes=pauses,
        stopTime=maker.stamp(600 + pause_s),
        durationMillis=600_000,
    )
    recording = read(session)
    assert recording.pauses == ((START_S + 200, START_S + 320),)
    assert recording.streams.time_s[-1] == START_S + 720
    gap = np.diff(recording.streams.time_s).max()
    assert gap == (1.0 if counts_pauses else pause_s + 1.0)
    assert (recording.totals.timer_s, recording.totals.elapsed_s) == (600.0, 720.0)
    assert recording.laps[1].start_time_s == START_S + 420.0
    assert recording.laps[0].totals.elapsed_s == 420.0


def test_each_exercise_of_a_session_is_a_recording() -> None:
    session = maker.todays_session()
    later = maker.todays_session(startTime=maker.stamp(900), stopTime=maker.stamp(1500), sport={"id": "2"}, routes={})
    session["exercises"] += later["exercises"]
    run, ride = read_bytes(maker.encode(session), "x.json").recordings
    assert (run.sport_type, ride.sport_type) == ("TrailRun", "Ride")
    assert ride.streams.time_s[0] == START_S + 900
    assert run.totals.calories_kcal is None  # the session's are of both


def test_without_an_offset_times_are_marked_as_local() -> None:
    session = maker.older_session(timezoneOffset=None)
    session["timeZoneOffset"] = None
    recording = read(session)
    assert (recording.is_zoneless, recording.start_time_s) == (True, START_S + 7200)


def test_session_without_samples_keeps_its_totals() -> None:
    recording = read(maker.todays_session(samples={}, routes={}))
    assert (len(recording.streams), recording.totals.distance_m) == (0, 1800.0)


@pytest.mark.parametrize(
    "broken",
    [
        {"startTime": "yesterday"},
        {"samples": {"samples": [{"type": "SPEED", "values": "none"}, {"type": None}, 7]}},
        {"samples": {"heartRate": [{"dateTime": 7, "value": 1}, {"value": 140}, None], "recordedRoute": {}}},
        {"samples": {"samples": [{"type": "SPEED", "intervalMillis": 0, "values": [1]}]}},
        {"routes": {"route": {"wayPoints": [{"elapsedMillis": "x"}, {"elapsedMillis": 5}]}}},
        {"laps": 7, "autoLaps": {}, "duration": "P1Y", "durationMillis": "x", "sport": []},
        {"pauseTimes": [{"startTime": maker.stamp(9), "endTime": maker.stamp(3)}, {}, 7]},
        {"timezoneOffsetMinutes": 10**9, "distanceMeters": True, "statistics": {"statistics": [{}]}},
    ],
)
def test_values_of_the_wrong_type_are_left_out(broken: dict[str, Any]) -> None:
    session = maker.todays_session(60, **broken)
    try:
        read(session)
    except NotAnActivityError:
        assert "startTime" in broken


def test_other_json_is_not_a_session() -> None:
    with pytest.raises(NotAnActivityError, match="without an exercise"):
        read_bytes(b'{"exercises": [], "startTime": 1}', "a.json")
    with pytest.raises(SourceError, match="not readable"):
        read_bytes(b'{"exercises": "startTime", "startTime":', "a.json")
    with pytest.raises(NotAnActivityError, match="JSON"):
        read_bytes(b'{"steps": []}', "a.json")
