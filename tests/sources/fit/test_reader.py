"""What runners find in a FIT file: sessions, laps, pauses, power, cadence; and what is said of a damaged one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from runcoach.errors import HostileFileError, NotAnActivityError, SourceError
from runcoach.sources.fit import reader as fit_source
from runcoach.sources.fit.reader import read_fit

pytestmark = pytest.mark.usefixtures("decoder")


def test_run_is_one_recording_with_totals(fit: Any) -> None:
    data = fit.run(
        60,
        total_elapsed_time=59.5,
        avg_heart_rate=150,
        max_heart_rate=161,
        avg_cadence=85,
        avg_fractional_cadence=0.5,
        max_cadence=91,
        total_calories=12,
        total_ascent=7,
        avg_power=241,
        max_power=300,
        avg_temperature=-3,
        min_altitude=401.2,
        max_altitude=409.4,
    ).bytes()

    (run,) = read_fit(data).recordings

    assert (run.format, run.sport_type, run.indoor) == ("fit", "Run", None)
    assert run.start_time_s == fit.T0
    assert run.device_name == "Garmin Forerunner 935"
    assert run.streams.time_s.tolist() == [fit.T0 + second for second in range(60)]
    assert run.streams.channels["distance_m"].tolist() == [3.0 * second for second in range(60)]
    totals = run.totals
    assert (totals.distance_m, totals.timer_s, totals.elapsed_s, totals.moving_s) == (177.0, 59.0, 59.5, None)
    assert (totals.avg_hr_bpm, totals.max_hr_bpm, totals.calories_kcal) == (150.0, 161.0, 12.0)
    assert (totals.avg_power_w, totals.max_power_w, totals.temperature_c) == (241.0, 300.0, -3.0)
    assert totals.elevation_gain_m == 7.0
    assert totals.elevation_low_m == pytest.approx(401.2)
    assert totals.elevation_high_m == pytest.approx(409.4)


def test_cadence_of_a_run_counts_both_legs_in_samples_totals_and_laps(fit: Any) -> None:
    builder = fit.new()
    fit.records(builder, range(3), cadence=85, fractional_cadence=0.5)
    builder.add("lap", local=2, timestamp=fit.T0 + 2, start_time=fit.T0, avg_cadence=84)
    builder.add("session", start_time=fit.T0, sport=fit.RUNNING, avg_cadence=85, max_cadence=128)

    (run,) = read_fit(builder.bytes()).recordings

    assert run.streams.channels["cadence_spm"].tolist() == [171.0] * 3
    assert (run.totals.avg_cadence_spm, run.totals.max_cadence_spm) == (170.0, 256.0)
    assert run.laps[0].totals.avg_cadence_spm == 168.0


def test_cadence_of_rides_and_unknown_sports_is_not_doubled(fit: Any) -> None:
    for sport in (fit.CYCLING, 0):
        builder = fit.records(fit.new(), range(3), cadence=85)
        builder.add("session", start_time=fit.T0, sport=sport, avg_cadence=85)

        (ride,) = read_fit(builder.bytes()).recordings

        assert ride.streams.channels["cadence_spm"].tolist() == [85.0] * 3
        assert ride.totals.avg_cadence_spm == 85.0


def test_unknown_values_are_missing_not_zero(fit: Any) -> None:
    builder = fit.new()
    builder.add("record", timestamp=fit.T0, heart_rate=140, position_lat=52.0, position_long=4.0, temperature=20)
    builder.add(
        "record", timestamp=fit.T0 + 1, heart_rate=None, position_lat=None, position_long=None, temperature=None
    )
    builder.add("record", timestamp=fit.T0 + 2, heart_rate=0, position_lat=52.1, position_long=4.0, temperature=21)
    builder.add("session", start_time=fit.T0, sport=fit.RUNNING, avg_heart_rate=0, total_calories=0)

    (run,) = read_fit(builder.bytes()).recordings

    channels = run.streams.channels
    np.testing.assert_allclose(channels["lat_deg"], [52.0, np.nan, 52.1], atol=1e-6)
    np.testing.assert_array_equal(channels["heart_rate_bpm"], [140.0, np.nan, np.nan])
    np.testing.assert_array_equal(channels["temperature_c"], [20.0, np.nan, 21.0])
    assert set(channels) == {"lat_deg", "lng_deg", "heart_rate_bpm", "temperature_c"}
    assert (run.totals.avg_hr_bpm, run.totals.calories_kcal) == (None, None)


def test_enhanced_fields(fit: Any) -> None:
    old = fit.new().add("record", timestamp=fit.T0, speed=3.455, altitude=12.4)
    new = fit.new().add("record", timestamp=fit.T0, enhanced_speed=3.455, enhanced_altitude=12.4)

    for builder in (old, new):
        (run,) = read_fit(builder.bytes()).recordings
        assert run.streams.channels["speed_ms"] == pytest.approx([3.455])
        assert run.streams.channels["altitude_m"] == pytest.approx([12.4])


def test_big_endian_files_are_read(fit: Any) -> None:
    builder = fit.records(fit.new(big_endian=True), range(3), heart_rate=133)
    builder.add("session", local=1, start_time=fit.T0, sport=fit.RUNNING)

    (run,) = read_fit(builder.bytes()).recordings

    assert run.streams.time_s.tolist() == [fit.T0, fit.T0 + 1, fit.T0 + 2]
    assert run.streams.channels["heart_rate_bpm"].tolist() == [133.0] * 3


def test_compressed_timestamps_wrap_around(fit: Any) -> None:
    base = fit.T0 - 631_065_600
    builder = fit.new().add("record", timestamp=fit.T0, heart_rate=120)
    for second in (10, 40, 70):
        builder.add("record", local=1, offset_s=base + second, heart_rate=120 + second)

    (run,) = read_fit(builder.bytes()).recordings

    # Each is the next time whose low five bits are those: a step of 30 s at most can be told.
    assert np.diff(run.streams.time_s).tolist() == [10.0, 30.0, 30.0]


def test_samples_without_a_time_are_left_out_and_counted(fit: Any) -> None:
    builder = fit.records(fit.new(), range(3))
    builder.add("record", timestamp=None, distance=9.0).add("record", distance=9.0)

    reading = read_fit(builder.bytes())

    assert len(reading.recordings[0].streams) == 3
    assert reading.notes == ("2 samples without a time left out",)


@pytest.mark.parametrize(("two", "bpm"), [(b"\x8c\x8d", 140.0), (b"\xff\x8d", np.nan)])
def test_first_of_several_values_is_used(fit: Any, two: bytes, bpm: float) -> None:
    builder = fit.new()
    # Global message 20 with a timestamp, a distance and a heart rate of two bytes.
    builder.body += bytes.fromhex("40 00 00 1400 03 fd0486 050486 030202")
    builder.body += b"\x00" + (fit.T0 - 631_065_600).to_bytes(4, "little") + (1250).to_bytes(4, "little") + two
    fit.records(builder, range(1, 3), heart_rate=150)

    (run,) = read_fit(builder.bytes()).recordings

    assert run.streams.channels["distance_m"].tolist() == [12.5, 3.0, 6.0]
    np.testing.assert_array_equal(run.streams.channels["heart_rate_bpm"], [bpm, 150.0, 150.0])


def test_text_instead_of_number_is_missing(fit: Any) -> None:
    builder = fit.new()
    # Global message 20 with a timestamp, a distance and a heart rate declared as a text.
    builder.body += bytes.fromhex("40 00 00 1400 03 fd0486 050486 030307")
    builder.body += b"\x00" + (fit.T0 - 631_065_600).to_bytes(4, "little") + (1250).to_bytes(4, "little") + b"ab\x00"

    (run,) = read_fit(builder.bytes()).recordings

    assert run.streams.channels["distance_m"].tolist() == [12.5]


class TestPauses:
    """Spans between a stop of the timer and the next start."""

    def read(self, fit: Any, *events: tuple[str, int]) -> tuple[tuple[float, float], ...]:
        builder = fit.new()
        for kind, at_s in events:
            fit.timer(builder, kind, at_s)
        fit.records(builder, range(30))
        builder.add("session", local=1, start_time=fit.T0, sport=fit.RUNNING)
        (run,) = read_fit(builder.bytes()).recordings
        assert len(run.streams) == 30  # what was recorded in a pause is kept
        return tuple((begin - fit.T0, end - fit.T0) for begin, end in run.pauses)

    def test_pause_from_stop_to_next_start(self, fit: Any) -> None:
        events = [("start", 0), ("stop", 5), ("start", 9), ("stop_all", 12), ("start", 20), ("stop_all", 29)]
        assert self.read(fit, *events) == ((5, 9), (12, 20))

    def test_final_stop_is_no_pause(self, fit: Any) -> None:
        assert self.read(fit, ("start", 0), ("stop_all", 29)) == ()

    def test_events_written_after_the_run_are_sorted(self, fit: Any) -> None:
        assert self.read(fit, ("stop", 5), ("start", 9), ("start", 0), ("stop_all", 29)) == ((5, 9),)

    def test_repeated_stop_or_start_is_ignored(self, fit: Any) -> None:
        events = [("start", 0), ("stop", 5), ("stop_all", 6), ("start", 9), ("start", 10)]
        assert self.read(fit, *events) == ((5, 9),)

    def test_a_stop_and_start_in_one_second_is_no_pause(self, fit: Any) -> None:
        assert self.read(fit, ("start", 0), ("stop", 5), ("start", 5), ("stop", 9), ("start", 11)) == ((9, 11),)

    def test_no_pauses_without_events(self, fit: Any) -> None:
        assert self.read(fit) == ()


class TestSeveralSessions:
    """A race of several sports is one activity a session."""

    def triathlon(self, fit: Any, *, counts_on: bool) -> Any:
        builder = fit.new()
        legs = [(fit.SWIMMING, 0, 10, 1.0), (fit.TRANSITION, 10, 14, 0.5), (fit.RUNNING, 14, 24, 3.0)]
        before = 0.0
        for _, begin, end, speed in legs:
            for second in range(begin, end):
                distance = (second - begin) * speed + (before if counts_on else 0.0)
                builder.add("record", timestamp=fit.T0 + second, distance=distance, cadence=80)
            before += (end - begin) * speed
        fit.timer(builder, "stop", 16)
        fit.timer(builder, "start", 18)
        for sport, begin, end, speed in legs:
            times = {"timestamp": fit.T0 + end, "start_time": fit.T0 + begin}
            builder.add("lap", local=2, **times)
            builder.add("session", local=1, sport=sport, total_distance=(end - begin) * speed, **times)
        return builder

    @pytest.mark.parametrize("counts_on", [False, True])
    def test_each_session_has_its_samples_laps_pauses_and_distance_from_zero(self, fit: Any, counts_on: bool) -> None:
        swim, change, run = read_fit(self.triathlon(fit, counts_on=counts_on).bytes()).recordings

        assert [leg.sport_type for leg in (swim, change, run)] == ["Swim", "Transition", "Run"]
        assert [len(leg.streams) for leg in (swim, change, run)] == [10, 4, 10]
        assert [len(leg.laps) for leg in (swim, change, run)] == [1, 1, 1]
        assert [leg.start_time_s for leg in (swim, change, run)] == [fit.T0, fit.T0 + 10, fit.T0 + 14]
        assert (swim.pauses, change.pauses, run.pauses) == ((), (), ((fit.T0 + 16, fit.T0 + 18),))
        assert run.streams.channels["distance_m"].tolist() == [3.0 * second for second in range(10)]
        assert run.streams.channels["cadence_spm"][0] == 160.0
        assert change.streams.channels["cadence_spm"][0] == 80.0

    def test_samples_before_the_first_session_belong_to_it_and_move_its_start(self, fit: Any) -> None:
        builder = fit.records(fit.new(), range(10))
        for begin, end in ((3, 6), (6, 10)):
            builder.add("session", local=1, timestamp=fit.T0 + end, start_time=fit.T0 + begin, sport=fit.RUNNING)

        first, second = read_fit(builder.bytes()).recordings

        assert (len(first.streams), len(second.streams)) == (6, 4)
        assert first.start_time_s == fit.T0

    def test_session_start_from_end_and_elapsed_time(self, fit: Any) -> None:
        builder = fit.records(fit.new(), range(10))
        builder.add("session", local=1, timestamp=fit.T0 + 10, total_elapsed_time=4, sport=fit.CYCLING)
        builder.add("session", local=2, timestamp=fit.T0 + 6, start_time=fit.T0, sport=fit.RUNNING)

        run, ride = read_fit(builder.bytes()).recordings

        assert (run.sport_type, len(run.streams)) == ("Run", 6)
        assert (ride.sport_type, len(ride.streams)) == ("Ride", 4)


def test_files_chained_in_one_are_read_one_by_one(fit: Any) -> None:
    settings = fit.new(2).bytes()

    reading = read_fit(fit.run(20).bytes() + settings + fit.run(30).bytes())

    assert [len(run.streams) for run in reading.recordings] == [20, 30]
    assert reading.notes == ()


def test_a_session_without_samples_is_still_an_activity(fit: Any) -> None:
    builder = fit.new().add("session", start_time=fit.T0, sport=fit.RUNNING, total_distance=5000, total_timer_time=1500)

    (run,) = read_fit(builder.bytes()).recordings

    assert len(run.streams) == 0
    assert (run.start_time_s, run.totals.distance_m) == (fit.T0, 5000.0)


def test_file_without_session_message(fit: Any) -> None:
    builder = fit.new().add("sport", local=1, sport=fit.RUNNING, sub_sport=1)
    builder.add("lap", local=2, timestamp=fit.T0 + 3, start_time=fit.T0, total_distance=9)
    fit.records(builder, range(5))

    (run,) = read_fit(builder.bytes()).recordings

    assert (run.sport_type, run.indoor, run.start_time_s) == ("Run", True, fit.T0)
    assert (len(run.streams), len(run.laps)) == (5, 1)
    assert run.totals.distance_m is None


def test_laps_keep_start_and_totals(fit: Any) -> None:
    builder = fit.records(fit.new(), range(10))
    builder.add(
        "lap", local=2, timestamp=fit.T0 + 9, start_time=fit.T0 + 4, total_elapsed_time=5.5, total_timer_time=5.0,
        total_distance=15.3, avg_heart_rate=151,
    )  # fmt: skip
    builder.add("lap", local=3, total_distance=1.0)

    first, second = read_fit(builder.bytes()).recordings[0].laps

    assert first.start_time_s == fit.T0 + 4
    totals = first.totals
    assert (totals.elapsed_s, totals.timer_s, totals.distance_m, totals.avg_hr_bpm) == (5.5, 5.0, 15.3, 151.0)
    assert (second.start_time_s, second.totals.distance_m) == (None, 1.0)


class TestDeveloperFields:
    """Power and the like that a foot pod or an app adds to the record."""

    def run(self, fit: Any, *fields: dict[str, Any], **native: Any) -> dict[str, list[float]]:
        builder = fit.new()
        for index in sorted({description.get("developer_data_index", 0) for description in fields}):
            builder.add("developer_data_id", local=1, developer_data_index=index)
        for description in fields:
            values = {"developer_data_index": 0, "fit_base_type_id": 0x84, **description}
            values.pop("value", None)
            builder.add("field_description", local=2, **values)
        extra = {
            (field.get("developer_data_index", 0), field["field_definition_number"]): ("uint16", field["value"])
            for field in fields
        }
        builder.add("record", timestamp=fit.T0, heart_rate=150, developer=extra, **native)
        (run,) = read_fit(builder.bytes()).recordings
        return {name: values.tolist() for name, values in run.streams.channels.items()}

    def test_developer_power_is_used_without_native_power(self, fit: Any) -> None:
        stryd = {"field_definition_number": 0, "field_name": "Power", "units": "Watts", "value": 287}
        form = {"field_definition_number": 8, "field_name": "Form Power", "units": "Watts", "value": 70}

        assert self.run(fit, stryd, form)["power_w"] == [287.0]
        assert self.run(fit, stryd, form, power=300)["power_w"] == [300.0]

    def test_developer_power_by_name(self, fit: Any) -> None:
        field = {"field_definition_number": 3, "field_name": "RP_Power", "units": "watts", "value": 250}
        assert self.run(fit, field)["power_w"] == [250.0]

    def test_developer_field_with_native_field_number(self, fit: Any) -> None:
        field = {
            "field_definition_number": 2, "field_name": "Foot cadence", "units": "RPM", "value": 88,
            "native_mesg_num": 20, "native_field_num": 4,
        }  # fmt: skip
        assert self.run(fit, field)["cadence_spm"] == [88.0]

    def test_developer_scale_and_offset(self, fit: Any) -> None:
        field = {
            "field_definition_number": 1, "field_name": "Power", "units": "W", "value": 2600, "scale": 10, "offset": 5
        }  # fmt: skip
        assert self.run(fit, field)["power_w"] == [255.0]

    def test_developer_array_is_missing(self, fit: Any) -> None:
        builder = fit.new().add("developer_data_id", local=1, developer_data_index=0)
        builder.add(
            "field_description", local=2, developer_data_index=0, field_definition_number=0, fit_base_type_id=0x84,
            field_name="Power", units="Watts",
        )  # fmt: skip
        definition = "60 00 00 1400 01 fd0486 01 000400"  # the developer's field is four bytes long: two values
        time = (fit.T0 - 631_065_600).to_bytes(4, "little")
        builder.body += bytes.fromhex(definition) + b"\x00" + time + b"\xfa\x00\xfb\x00"
        fit.records(builder, range(1, 3))
        assert set(read_fit(builder.bytes()).recordings[0].streams.channels) == {"distance_m"}

    @pytest.mark.parametrize(
        "uncertain",
        [
            {"field_name": "Power", "units": "kJ"},
            {"field_name": "Form Power", "units": "Watts"},
            {"field_name": "Lap Power", "units": "Watts", "native_mesg_num": 19, "native_field_num": 7},
            {"field_name": "Oxygen", "units": "%", "native_mesg_num": 20, "native_field_num": 54},
        ],
    )
    def test_developer_fields_with_uncertain_meaning_are_ignored(self, fit: Any, uncertain: dict[str, Any]) -> None:
        assert set(self.run(fit, {"field_definition_number": 0, "value": 5, **uncertain})) == {"heart_rate_bpm"}

    def test_developer_field_number_used_twice_is_ignored(self, fit: Any) -> None:
        power = {"field_definition_number": 0, "field_name": "Power", "units": "Watts", "value": 287}
        other = {
            "developer_data_index": 1, "field_definition_number": 0, "field_name": "Mood", "units": "smiles", "value": 3
        }  # fmt: skip
        assert set(self.run(fit, power, other)) == {"heart_rate_bpm"}


def test_compressed_speed_distance(fit: Any) -> None:
    builder = fit.new()
    for second, sixteenths in enumerate((0, 48, 4090, 40)):  # the counter starts again after 4095
        speed = 300 + second
        packed = [speed & 0xFF, speed >> 8 | (sixteenths & 0xF) << 4, sixteenths >> 4]
        builder.add("record", timestamp=fit.T0 + second, compressed_speed_distance=packed)

    (run,) = read_fit(builder.bytes()).recordings

    assert run.streams.channels["distance_m"].tolist() == [0.0, 3.0, 4090 / 16, (4096 + 40) / 16]
    assert run.streams.channels["speed_ms"] == pytest.approx([3.0, 3.01, 3.02, 3.03])


class TestClock:
    """What the device believed of its time zone."""

    @pytest.mark.parametrize(
        ("ahead_s", "offset_s"),
        [(7200, 7200), (-14400, -14400), (20700 + 3, 20700), (14 * 3600, 50400), (15 * 3600, None), (-13 * 3600, None)],
    )
    def test_utc_offset_is_rounded_and_checked(self, fit: Any, ahead_s: int, offset_s: int | None) -> None:
        data = fit.run(5).add("activity", timestamp=fit.T0, local_timestamp=fit.T0 + ahead_s).bytes()
        assert read_fit(data).recordings[0].utc_offset_s == offset_s

    def test_unknown_device_has_no_name(self, fit: Any) -> None:
        assert read_fit(fit.run(5).bytes()).recordings[0].utc_offset_s is None

    def test_unset_clock_is_noted(self, fit: Any) -> None:
        builder = fit.new()
        for second in range(3):
            builder.add("record", timestamp=631_065_600 + 5000 + second, distance=second)

        (run,) = read_fit(builder.bytes()).recordings

        assert run.streams.time_s[0] == 631_070_600.0
        assert run.notes == ("the watch's clock was wrong",)


class TestDamage:
    """What can be read of a damaged file is kept, and the loss is said."""

    def test_bad_checksum(self, fit: Any) -> None:
        data = fit.run(60).bytes()

        reading = read_fit(data[:-2] + bytes([data[-2] ^ 1, data[-1]]))

        assert reading.notes == ("bad checksum: 60 samples kept",)
        assert reading.recordings[0].totals == read_fit(data).recordings[0].totals
        assert len(reading.recordings[0].streams) == 60

    def test_cut_off_in_the_middle(self, fit: Any) -> None:
        data = fit.run(200).bytes()

        reading = read_fit(data[: len(data) // 2])

        (run,) = reading.recordings
        assert 90 < len(run.streams) < 110
        assert run.streams.channels["distance_m"].tolist() == [3.0 * second for second in range(len(run.streams))]
        missing = len(data) - len(data) // 2
        assert reading.notes[0].startswith(f"cut off, {missing:,} bytes missing")
        assert reading.notes[0].endswith(f"{len(run.streams)} samples kept")

    def test_unfinished_header(self, fit: Any) -> None:
        builder = fit.run(50)

        reading = read_fit(builder.bytes(size=0)[:-2])

        assert len(reading.recordings[0].streams) == 50
        assert reading.notes == ("never finished by the device: 50 samples kept",)

    def test_lost_byte_costs_neighbouring_samples(self, fit: Any) -> None:
        data = fit.run(200).bytes()
        middle = len(data) // 2

        reading = read_fit(data[:middle] + data[middle + 1 :])

        (run,) = reading.recordings
        assert 195 <= len(run.streams) <= 199
        np.testing.assert_array_equal(run.streams.channels["distance_m"], 3.0 * (run.streams.time_s - fit.T0))
        assert run.totals.distance_m == 597.0
        assert "1 byte missing" in reading.notes[0]

    def test_a_damaged_part_of_a_chain_is_named(self, fit: Any) -> None:
        first, second = fit.run(20).bytes(), fit.run(30).bytes()

        reading = read_fit(first + second[:-2] + b"\x00\x00")

        assert [len(run.streams) for run in reading.recordings] == [20, 30]
        assert reading.notes == ("part 2 of 2: bad checksum: 30 samples kept",)

    def test_bytes_that_belong_to_no_file_are_counted_and_padding_is_not(self, fit: Any) -> None:
        data = fit.run(20).bytes()

        assert read_fit(data + b"\x00" * 500).notes == ()
        assert read_fit(data + b"junk!").notes == ("5 bytes that are not FIT left out",)

    def test_file_after_junk_is_found(self, fit: Any) -> None:
        reading = read_fit(fit.run(20).bytes() + b"junk" + fit.run(30).bytes())
        assert [len(run.streams) for run in reading.recordings] == [20, 30]

    def test_nothing_left_to_read(self, fit: Any) -> None:
        data = fit.run(20).bytes()
        with pytest.raises(SourceError, match=r"^nothing readable in this FIT file \(cut off, .*: 0 samples kept\)$"):
            read_fit(data[:20])


class TestNotAnActivity:
    """Sound files of another kind are refused by name."""

    @pytest.mark.parametrize(
        ("file_type", "said"),
        [
            (1, "holds a description of a device, not an activity"),
            (2, "holds device settings, not an activity"),
            (5, "holds a workout plan, not an activity"),
            (9, "holds weight-scale readings, not an activity"),
            (32, "holds all-day monitoring, not an activity"),
            (44, "a FIT file of type 44, not an activity"),
            (4, "an activity without samples or totals"),
            (None, "a FIT file without a type, samples or totals"),
        ],
    )
    def test_other_file_types_are_named(self, fit: Any, file_type: int | None, said: str) -> None:
        data = fit.new(file_type).add("weight_scale", local=1, timestamp=fit.T0, weight=70).bytes()
        with pytest.raises(NotAnActivityError) as refused:
            read_fit(data)
        assert refused.value.message == said

    def test_course_is_not_an_activity(self, fit: Any) -> None:
        with pytest.raises(NotAnActivityError, match="a course to follow"):
            read_fit(fit.records(fit.new(6), range(20)).bytes())

    @pytest.mark.parametrize("file_type", [None, 44])
    def test_samples_of_unknown_file_type_are_an_activity(self, fit: Any, file_type: int | None) -> None:
        (run,) = read_fit(fit.records(fit.new(file_type), range(20)).bytes()).recordings
        assert len(run.streams) == 20

    def test_session_of_wrong_file_type_is_an_activity(self, fit: Any) -> None:
        builder = fit.records(fit.new(6), range(20)).add("session", local=1, start_time=fit.T0, sport=fit.RUNNING)
        assert len(read_fit(builder.bytes()).recordings) == 1

    def test_not_a_fit_file(self) -> None:
        with pytest.raises(SourceError, match="not a FIT file"):
            read_fit(b"hello, runner")

    def test_samples_without_times(self, fit: Any) -> None:
        with pytest.raises(NotAnActivityError, match="an activity whose samples have no times"):
            read_fit(fit.new().add("record", distance=9.0).bytes())

    def test_too_many_chained_files(self, fit: Any) -> None:
        with pytest.raises(HostileFileError, match="more than 100 FIT files chained in one"):
            read_fit(fit.new().bytes() * 101)

    def test_too_many_messages(self, fit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fit_source, "MAX_MESSAGES", 50)
        assert len(read_fit(fit.run(40).bytes()).recordings) == 1
        with pytest.raises(HostileFileError, match="more than 50 messages in a FIT file"):
            read_fit(fit.run(60).bytes())

    def test_too_large_file(self, fit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fit_source, "MAX_BYTES", 1000)
        with pytest.raises(HostileFileError, match="more than any device writes"):
            read_fit(fit.run(1000).bytes())
