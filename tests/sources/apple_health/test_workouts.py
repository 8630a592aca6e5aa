"""One workout of Apple Health's export: totals in any unit, pauses, zone, and what is joined with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import apple_health_maker as maker
import numpy as np
import pytest

from runcoach.errors import SourceError
from runcoach.sources.apple_health.export import ExportedWorkout, fingerprint, read_route, recording_of
from runcoach.sources.apple_health.records import RecordReader
from runcoach.sources.apple_health.sensors import SensorIndex
from runcoach.sources.apple_health.workouts import Workout, read_workout, workout_elements

START = datetime(2024, 3, 1, 6, 30, tzinfo=UTC)
T0 = START.timestamp()
STATISTICS = '  <WorkoutStatistics type="HKQuantityTypeIdentifier{}" {}="{}" unit="{}"/>\n'


def parsed(text: str) -> Workout:
    (element,) = workout_elements(text.encode())
    return read_workout(element)


def exported(workout: Workout, *records: str) -> ExportedWorkout:
    reader = RecordReader(4e9)
    reader.read("".join(records).encode())
    return ExportedWorkout(workout, SensorIndex(reader.series).of_workout(workout), (), fingerprint(workout))


@pytest.mark.parametrize(
    ("value", "unit", "metres"),
    [("5.25", "km", 5250.0), ("3.262199", "mi", 5250.0), ("5250", "m", 5250.0), ("17224.4", "ft", 5250.0)],
)
def test_distance_from_statistics_or_attributes_in_any_unit(value: str, unit: str, metres: float) -> None:
    since = parsed(maker.workout(START, 1800, inside=STATISTICS.format("DistanceWalkingRunning", "sum", value, unit)))
    before = parsed(maker.workout(START, 1800, attributes=f' totalDistance="{value}" totalDistanceUnit="{unit}"'))
    assert since.totals.distance_m == pytest.approx(metres, abs=0.1)
    assert before.totals.distance_m == pytest.approx(metres, abs=0.1)


def test_an_unknown_unit_is_noted_and_not_used() -> None:
    workout = parsed(maker.workout(START, 1800, attributes=' totalDistance="5" totalDistanceUnit="league"'))
    assert workout.totals.distance_m is None
    assert workout.notes == ("a total in 'league' is not used: the unit is not known",)


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [('duration="25" durationUnit="min"', 1500.0), ('duration="1500" durationUnit="s"', 1500.0), (" ", None)],
)
def test_duration_is_timer_time(duration: str, seconds: float | None) -> None:
    totals = parsed(maker.workout(START, 1800, duration=duration)).totals
    assert (totals.timer_s, totals.elapsed_s) == (seconds, 1800.0)


def test_metadata_and_statistics_become_totals() -> None:
    inside = (
        '  <MetadataEntry key="HKIndoorWorkout" value="1"/>\n'
        '  <MetadataEntry key="HKTimeZone" value="America/New_York"/>\n'
        '  <MetadataEntry key="HKElevationAscended" value="4519 cm"/>\n'
        '  <MetadataEntry key="HKWeatherTemperature" value="64.4 degF"/>\n'
        + STATISTICS.format("HeartRate", 'average="151" maximum', "171", "count/min")
        + STATISTICS.format("ActiveEnergyBurned", "sum", "1255.2", "kJ")
    )
    workout = parsed(maker.workout(START, 1800, inside=inside))
    totals = workout.totals
    assert (workout.is_indoor, workout.utc_offset_s, workout.device) == (True, -5 * 3600, "Apple Watch")
    assert (totals.elevation_gain_m, totals.avg_hr_bpm, totals.max_hr_bpm) == (45.19, 151.0, 171.0)
    assert totals.temperature_c == pytest.approx(18.0)
    assert totals.calories_kcal == pytest.approx(300.0)


INTERVAL = (
    '<WorkoutActivity uuid="a" startDate="{}" endDate="{}" duration="{}" durationUnit="min">{}</WorkoutActivity>\n'
)


def test_what_only_intervals_state_is_added_up_and_intervals_are_laps() -> None:
    zone = maker.ExportPlan().zone
    moments = [maker.when(START + timedelta(seconds=at), zone) for at in (0, 600, 1500)]
    intervals = []
    for number, (km, cm, minutes) in enumerate((("2", 300, "10"), ("3", 450, "15"))):
        statistics = STATISTICS.format("DistanceWalkingRunning", "sum", km, "km")
        statistics += STATISTICS.format("HeartRate", f'average="{140 + number}" maximum', "160", "count/min")
        metadata = f'<MetadataEntry key="HKElevationAscended" value="{cm} cm"/>'
        metadata += '<MetadataEntry key="HKIndoorWorkout" value="1"/>'
        intervals.append(INTERVAL.format(moments[number], moments[number + 1], minutes, statistics + metadata))
    workout = parsed(maker.workout(START, 1500, inside="".join([*intervals, intervals[1]])))  # one is written twice
    assert (workout.totals.distance_m, workout.totals.elevation_gain_m, workout.is_indoor) == (5000.0, 7.5, True)
    laps = [
        (lap.start_time_s, lap.totals.distance_m, lap.totals.elapsed_s, lap.totals.avg_hr_bpm) for lap in workout.laps
    ]
    assert laps == [(T0, 2000.0, 600.0, 140.0), (T0 + 600, 3000.0, 900.0, 141.0)]
    whole = STATISTICS.format("DistanceWalkingRunning", "sum", "4.9", "km")
    assert parsed(maker.workout(START, 1500, inside="".join([*intervals, whole]))).totals.distance_m == 4900.0


def test_marked_laps_are_laps_and_segments_are_not() -> None:
    zone = maker.ExportPlan().zone
    event = '  <WorkoutEvent type="HKWorkoutEventType{}" date="{}" duration="{}" durationUnit="{}"/>\n'
    inside = event.format("Lap", maker.when(START, zone), "300.0", "sec")
    inside += event.format("Segment", maker.when(START, zone), "5.5", "min")
    assert [
        (lap.start_time_s, lap.totals.elapsed_s) for lap in parsed(maker.workout(START, 600, inside=inside)).laps
    ] == [(T0, 300.0)]


def test_a_pause_by_the_watch_without_end_is_none() -> None:
    zone = maker.ExportPlan().zone
    inside = f'  <WorkoutEvent type="HKWorkoutEventTypeMotionPaused" date="{maker.when(START, zone)}"/>\n'
    assert parsed(maker.workout(START, 600, inside=inside)).pauses == ()


def test_an_element_with_an_attribute_a_line_is_found() -> None:
    text = maker.workout(START, 60).replace("<Workout ", "<Workout\n  ")
    assert parsed(text).start_s == T0


def test_a_duration_without_unit_is_not_used() -> None:
    workout = parsed(maker.workout(START, 1800, duration='duration="30"'))
    assert (workout.totals.timer_s, workout.notes) == (None, ())


def test_an_unknown_zone_leaves_the_phones() -> None:
    inside = '  <MetadataEntry key="HKTimeZone" value="Mars/Olympus"/>\n'
    assert parsed(maker.workout(START, 60, inside=inside)).utc_offset_s == 7200


def test_pauses_by_hand_and_by_the_watch_are_spans() -> None:
    moments = ((60, "Pause"), (90, "Resume"), (200, "MotionPaused"), (230, "MotionResumed"), (1700, "Pause"))
    event = '  <WorkoutEvent type="HKWorkoutEventType{}" date="{}"/>\n'
    zone = maker.ExportPlan().zone
    inside = "".join(event.format(kind, maker.when(START + timedelta(seconds=at), zone)) for at, kind in moments)
    nested = f"  <WorkoutActivity>\n{inside}  </WorkoutActivity>\n"  # since iOS 16 the same events stand there too
    workout = parsed(maker.workout(START, 1800, inside=inside + nested))
    assert workout.pauses == ((T0 + 60, T0 + 90), (T0 + 200, T0 + 230), (T0 + 1700, T0 + 1800))


def test_a_workout_without_dates_or_malformed_is_an_error() -> None:
    with pytest.raises(SourceError):
        parsed(maker.workout(START, 60).replace("startDate", "begin"))
    with pytest.raises(SourceError):
        parsed(maker.workout(START, 60, inside="<MetadataEntry & />"))
    with pytest.raises(SourceError):
        parsed(maker.workout(START, 60, inside="<WorkoutEvent>&lol;</WorkoutEvent>"))


def test_elements_of_a_piece_are_found_whole() -> None:
    one = maker.workout(START, 60, inside='  <WorkoutEvent type="x"/>\n')
    empty = ' <Workout workoutActivityType="HKWorkoutActivityTypeYoga"/>\n'
    found = list(workout_elements((one + empty + one + one[:-20]).encode()))
    assert [each.decode().strip() for each in found] == [one.strip(), empty.strip(), one.strip()]


def test_heart_rate_is_joined_by_time_and_source() -> None:
    workout = parsed(maker.workout(START, 60))
    own = [maker.record("HeartRate", START + timedelta(seconds=s), 100 + s, "count/min") for s in (-5, 0, 30, 60, 65)]
    other = [maker.record("HeartRate", START + timedelta(seconds=s), 50, "count/min", source="Ring") for s in range(60)]
    streams = recording_of(exported(workout, *own, *other), {}).streams
    assert (streams.time_s - T0).tolist() == [0.0, 30.0, 60.0]
    assert streams.channels["heart_rate_bpm"].tolist() == [100.0, 130.0, 160.0]


def test_heart_rate_of_another_source_is_used_where_the_own_has_none_and_noted() -> None:
    workout = parsed(maker.workout(START, 60, source="Running App"))
    records = [maker.record("HeartRate", START + timedelta(seconds=s), 140, "count/min") for s in (1, 9)]
    recording = recording_of(exported(workout, *records), {})
    assert recording.streams.channels["heart_rate_bpm"].tolist() == [140.0, 140.0]
    assert recording.notes == (f"heart rate from {maker.WATCH}",)


def test_a_reading_holds_for_ten_seconds_on_the_times_of_the_route() -> None:
    plan = maker.ExportPlan(run_s=60)
    workout = parsed(maker.workout(START, 60))
    records = [maker.record("HeartRate", START + timedelta(seconds=s), 140 + s, "count/min") for s in (10, 15)]
    streams = recording_of(exported(workout, *records), {"route.gpx": maker.route(plan, 0)}).streams
    heart_rate = streams.channels["heart_rate_bpm"]
    assert streams.time_s.size == 61
    assert np.isnan(heart_rate[:10]).all()
    assert heart_rate[10:26].tolist() == [150.0] * 5 + [155.0] * 11
    assert np.isnan(heart_rate[26:]).all()


def test_an_indoor_run_takes_distance_and_cadence_from_the_watch() -> None:
    workout = parsed(maker.workout(START, 180))
    spans = [(0, 60, 0.2, 170), (60, 120, 0.1, 160), (120, 180, 0.2, 180)]
    records = [
        maker.record(kind, START + timedelta(seconds=a), value, unit, end=START + timedelta(seconds=b), source=source)
        for a, b, km, steps in spans
        for kind, value, unit, source in (
            ("DistanceWalkingRunning", km, "km", maker.WATCH),
            ("DistanceWalkingRunning", 9.9, "km", maker.PHONE),
            ("StepCount", steps, "count", maker.WATCH),
        )
    ]
    streams = recording_of(exported(workout, *records), {}).streams
    assert (streams.time_s - T0).tolist() == [0.0, 60.0, 120.0, 180.0]
    assert streams.channels["distance_m"] == pytest.approx([0.0, 200.0, 300.0, 500.0], abs=1e-3)
    assert np.isnan(streams.channels["cadence_spm"][0])
    assert streams.channels["cadence_spm"][1:].tolist() == [170.0, 160.0, 180.0]


@pytest.mark.parametrize("content", [None, b"", b"<gpx><trk><trkseg></trkseg></trk></gpx>", b"not XML"])
def test_a_missing_or_empty_route_is_noted_and_the_rest_is_kept(content: bytes | None) -> None:
    workout = parsed(maker.workout(START, 60, attributes=' totalDistance="0.2" totalDistanceUnit="km"'))
    recording = recording_of(exported(workout), {"workout-routes/route_1.gpx": content})
    assert recording.totals.distance_m == 200.0
    assert recording.notes[0].startswith("route route_1.gpx ")


def test_the_fast_route_reader_agrees_with_the_general_one() -> None:
    plan = maker.ExportPlan(run_s=300)
    content = maker.route(plan, 0)
    fast, general = read_route(content), read_route(content.replace(b"<ele>", b" <ele>"))
    assert fast.time_s.tolist() == general.time_s.tolist()
    for name, values in fast.channels.items():
        assert values.tolist() == general.channels[name].tolist()


def test_the_fingerprint_survives_another_zone_and_name_of_the_export() -> None:
    one, other = (parsed(maker.workout(START, 60, zone=maker.ExportPlan(zone_hours=hours).zone)) for hours in (2, -8))
    assert fingerprint(one) == fingerprint(other)
    assert fingerprint(one) != fingerprint(replace(one, end_s=one.end_s + 1))
