"""Records of Apple Health's export: the fast reader agrees with the general one, and odd values are dropped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import apple_health_maker as maker
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcoach.sources.apple_health.columns import ROW_BYTES, read_columns
from runcoach.sources.apple_health.quantities import moment
from runcoach.sources.apple_health.records import RecordReader

START = datetime(2024, 3, 1, 7, 0, tzinfo=UTC)
HEART = ("HeartRate", maker.WATCH)

dates = st.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
offsets = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))


def read(*records: str, now: float = 4e9) -> RecordReader:
    reader = RecordReader(now)
    reader.read("".join(records).encode())
    return reader


def values_of(reader: RecordReader, key: tuple[str, str] = HEART) -> list[float]:
    return [round(float(value), 3) for value in reader.series[key].arrays()[2]] if key in reader.series else []


@pytest.mark.slow
@given(dates, offsets, st.integers(0, 100_000), st.decimals(0, 10_000, places=4))
def test_fast_dates_and_values_equal_those_of_the_standard_library(
    start: datetime, zone: timezone, seconds: int, value: object
) -> None:
    start = start.replace(microsecond=0)
    tag = maker.record("HeartRate", start, value, "count/min", end=start + timedelta(seconds=seconds), zone=zone)
    row = tag.encode().partition(b' creationDate="')[2]
    columns, others = read_columns([row[:ROW_BYTES]])
    assert others == []
    assert moment(maker.when(start, zone)) == (columns.start_s[0], columns.offset_s[0])
    assert columns.end_s[0] - columns.start_s[0] == seconds
    assert columns.values[0] == float(str(value))


_DATE = "2024-03-01 09:00:00 +0200"
_HEART_RATE = 'type="HKQuantityTypeIdentifierHeartRate"'
_DATES = f'creationDate="{_DATE}" startDate="{_DATE}" endDate="{_DATE}"'
_WAYS = (
    # another order, no date of creation
    f'<Record {_HEART_RATE} value="61" sourceName="%s" unit="count/min" endDate="{_DATE}" startDate="{_DATE}"/>',
    # other quotes, two blanks
    f"<Record  {_HEART_RATE} sourceName='%s' unit='count/min' startDate='{_DATE}' endDate='{_DATE}' value='61'/>",
    # an attribute a line
    f'<Record\n {_HEART_RATE}\n sourceName="%s"\n unit="count/min"\n {_DATES}\n value="61"></Record>',
    # another unit, more digits than Apple writes
    f'<Record {_HEART_RATE} sourceName="%s" unit="count/s" {_DATES} value="1.01666666666666666666666666"/>',
    f'<Record {_HEART_RATE} sourceName="%s" unit="count/min" {_DATES} value="6.1e1"/>',
)


@pytest.mark.parametrize("tag", _WAYS)
def test_a_tag_written_in_any_way_is_read(tag: str) -> None:
    usual = maker.record("HeartRate", START + timedelta(seconds=5), 62, "count/min")
    reader = read(tag % maker.WATCH, usual)
    start, _, values = reader.series[HEART].arrays()
    assert values.round(2).tolist() == [61.0, 62.0]
    assert start.tolist() == [int(START.timestamp()), int(START.timestamp()) + 5]


def test_impossible_dates_values_and_units_are_dropped_with_a_note() -> None:
    reader = read(
        maker.record("HeartRate", datetime(1904, 1, 1, tzinfo=UTC), 60, "count/min"),
        maker.record("HeartRate", datetime(2031, 1, 1, tzinfo=UTC), 60, "count/min"),
        maker.record("HeartRate", START, 60, "furlongs"),
        maker.record("HeartRate", START, "sixty", "count/min"),
        maker.record("HeartRate", START, 0, "count/min"),
        maker.record("HeartRate", START, 61, "count/min").replace("2024-03-01", "2024-13-01"),
        maker.record("HeartRate", START, 63, "count/min"),
        now=1_800_000_000,
    )
    assert values_of(reader) == [63.0]
    assert sorted(reader.notes()) == [
        "1 record of HeartRate in 'furlongs' not used",
        "1 record without a number not used",
        "1 record without a readable date or value not used",
        "2 records dated before 1990 or in the future not used",
    ]


def test_a_record_that_is_cut_off_is_not_read() -> None:
    whole = maker.record("HeartRate", START, 60, "count/min")
    cut = maker.record("HeartRate", START + timedelta(seconds=5), 161, "count/min").rstrip()
    for length in range(0, len(cut.encode()) - 3, 3):
        reader = RecordReader(4e9)
        reader.read(whole.encode() + cut.encode()[:length])
        assert values_of(reader) == [60.0]


def test_elements_between_records_do_not_disturb_them() -> None:
    correlation = ' <Correlation type="x" creationDate="2024-03-01 09:00:00 +0200">\n'
    meta = '<MetadataEntry key="HKMetadataKeyHeartRateMotionContext" value="1"/>\n </Record>\n'
    first = maker.record("HeartRate", START, 60, "count/min").replace("/>\n", f">\n  {meta}")
    second = maker.record("HeartRate", START + timedelta(seconds=5), 61, "count/min")
    assert values_of(read(first, correlation, second, maker.workout(START, 60))) == [60.0, 61.0]


def test_readings_are_sorted_by_time_and_kept_apart_by_source() -> None:
    later, earlier = (maker.record("HeartRate", START + timedelta(seconds=s), 60 + s, "count/min") for s in (9, 3))
    strap = maker.record("HeartRate", START, 70, "count/min", source="Strap &#38; Co")
    reader = read(later, strap, earlier)
    assert values_of(reader) == [63.0, 69.0]
    assert values_of(reader, ("HeartRate", "Strap & Co")) == [70.0]


def test_steps_are_summed_by_local_day_and_source() -> None:
    evening = datetime(2024, 3, 1, 21, 30, tzinfo=UTC)
    records = [
        maker.record("StepCount", evening + timedelta(hours=hours), 100, "count", source=source)
        for hours, source in ((0, maker.WATCH), (1, maker.WATCH), (0, maker.PHONE))
    ]
    day = int(evening.timestamp()) // 86_400
    assert read(*records).steps == {(day, maker.WATCH): 100, (day + 1, maker.WATCH): 100, (day, maker.PHONE): 100}


def test_many_addresses_of_devices_do_not_fill_the_memory() -> None:
    tag = maker.record("HeartRate", START, 60, "count/min")
    reader = read(*(tag.replace("0x30281c0a0", f"0x{number:x}") for number in range(9000)))
    assert np.all(np.array(values_of(reader)) == 60.0)
    assert len(reader._groups) <= 4097
