"""Daily values of the body from an export's records, each from one source (an app or a device) alone.

The day is the local date as the export writes it, of a night's sleep the day of waking: sleep that ends after 18:00
belongs to the next day. Stages that overlap count once, and only time asleep counts.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from runcoach.domain.wellness import METRICS, WellnessValue, plausible
from runcoach.sources.apple_health import quantities
from runcoach.sources.parsed_file import counted

if TYPE_CHECKING:
    from runcoach.sources.apple_health.records import RecordReader

SOURCE = "apple_health"

_EPOCH = date(1970, 1, 1)
_DAY_S = 86_400

#: Seconds from 18:00 to midnight.
_EVENING_S = 6 * 3600

_ASLEEP = "HKCategoryValueSleepAnalysisAsleep"

#: Type of a record → metric and units.
_READINGS = {
    "RestingHeartRate": ("resting-hr", quantities.PER_MINUTE),
    "HeartRateVariabilitySDNN": ("hrv-sdnn", quantities.MILLISECONDS),
    "VO2Max": ("vo2max", quantities.OXYGEN),
    "BodyMass": ("weight", quantities.KILOGRAMS),
}

_Key = tuple[str, str, str]


def daily_values(records: RecordReader) -> tuple[tuple[WellnessValue, ...], tuple[str, ...]]:
    """The plausible values by metric, day and source, and notes on what was not used."""
    read: dict[_Key, list[tuple[float, float]]] = defaultdict(list)
    asleep: dict[_Key, list[tuple[float, float]]] = defaultdict(list)
    unknown_units: dict[str, int] = defaultdict(int)
    for reading in records.readings:
        if reading.type == "SleepAnalysis":
            if reading.value.startswith(_ASLEEP):
                key = ("sleep", _day(reading.end_s + reading.offset_s + _EVENING_S), reading.source)
                asleep[key].append((reading.start_s, reading.end_s))
            continue
        metric, units = _READINGS[reading.type]
        value = quantities.quantity(reading.value, reading.unit, units)
        if value is None:
            unknown_units[f"of {reading.type} in {reading.unit!r} not used"] += 1
            continue
        read[metric, _day(reading.end_s + reading.offset_s), reading.source].append((reading.end_s, value))
    values = [_value(key, _union_s(spans), 1) for key, spans in asleep.items()]
    values += [
        _value(("steps", _day(day * _DAY_S), source), steps, 1) for (day, source), steps in records.steps.items()
    ]
    for key, readings in read.items():
        is_mean = METRICS[key[0]].rule == "mean"
        of_day = sum(value for _, value in readings) / len(readings) if is_mean else max(readings)[1]
        values.append(_value(key, of_day, len(readings)))
    notes = [f"{counted(number, 'record')} {reason}" for reason, number in unknown_units.items()]
    kept = plausible(values)
    if len(kept) < len(values):
        notes.append(f"{counted(len(values) - len(kept), 'daily value')} out of range not used")
    return tuple(sorted(kept, key=lambda each: (each.metric, each.date, each.device))), tuple(notes)


def _value(key: _Key, value: float, readings: int) -> WellnessValue:
    metric, day, device = key
    return WellnessValue(metric, day, SOURCE, device, round(value, METRICS[metric].digits), readings)


def _union_s(spans: list[tuple[float, float]]) -> float:
    """Seconds in any of the spans."""
    total_s, until_s = 0.0, float("-inf")
    for begin, end in sorted(spans):
        total_s += max(0.0, end - max(begin, until_s))
        until_s = max(until_s, end)
    return total_s


def _day(local_s: float) -> str:
    return (_EPOCH + timedelta(days=int(local_s // _DAY_S))).isoformat()
