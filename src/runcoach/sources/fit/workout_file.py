"""Encodes a structured workout as a FIT workout file, as watches read it.

Messages, fields and numbers are those of Garmin's FIT profile; which messages there must be is in its page "Workout
File" (developer.garmin.com/fit/file-types/workout).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from runcoach.domain.training.workout import REST, Repeat, Step
from runcoach.sources.fit.definitions import FIT_EPOCH_S
from runcoach.sources.fit.writer import ENUM, LONGEST_TEXT, UINT16, UINT32, UINT32Z, FitFile, MessageType, text_of

#: type, manufacturer, product, time_created, serial_number
_FILE_ID = MessageType(0, ((0, ENUM), (1, UINT16), (2, UINT16), (4, UINT32), (3, UINT32Z)))
#: message_index, intensity, duration_type, duration_value, target_type, target_value, custom_target_value_low and _high
_STEP = MessageType(
    27, ((254, UINT16), (7, ENUM), (1, ENUM), (2, UINT32), (3, ENUM), (4, UINT32), (5, UINT32), (6, UINT32))
)

_WORKOUT_FILE, _DEVELOPMENT, _RUNNING = 5, 255, 1
_ACTIVE, _REST = 0, 1
_TIME, _DISTANCE, _REPEAT = 0, 1, 6
_SPEED, _OPEN, _CUSTOM = 0, 2, 0


def workout_file(name: str, items: Sequence[Step | Repeat], created: int) -> bytes:
    """The FIT file of a running workout with this name of up to :data:`LONGEST_TEXT` bytes.

    ``created`` is in seconds since 1970. Watches tell workouts apart by their serial number; it is the checksum of name
    and steps, so that the same workout has the same one.
    """
    rows = _rows(items)
    label = name.encode()[:LONGEST_TEXT].decode(errors="ignore").encode()
    serial_number = zlib.crc32(repr((name, rows)).encode()) or 1
    #: sport, num_valid_steps, wkt_name
    workout = MessageType(26, ((4, ENUM), (6, UINT16), (8, text_of(len(label)))))
    file = FitFile()
    file.add(_FILE_ID, (_WORKOUT_FILE, _DEVELOPMENT, 0, created - FIT_EPOCH_S, serial_number))
    file.add(workout, (_RUNNING, len(rows), label))
    for index, row in enumerate(rows):
        file.add(_STEP, (index, *row))
    return file.content()


def _rows(items: Sequence[Step | Repeat]) -> list[tuple[int | None, ...]]:
    """The fields of the steps without their index; a repeat follows its steps and names the first of them."""
    rows: list[tuple[int | None, ...]] = []
    for item in items:
        if isinstance(item, Repeat):
            first = len(rows)
            rows += map(_row, item.steps)
            rows.append((None, _REPEAT, first, _OPEN, item.times, None, None))
        else:
            rows.append(_row(item))
    return rows


def _row(step: Step) -> tuple[int | None, ...]:
    intensity = _REST if step.intensity == REST else _ACTIVE
    if step.duration_s is not None:
        length = (_TIME, round(step.duration_s * 1000))
    else:
        length = (_DISTANCE, round((step.distance_m or 0.0) * 100))
    if step.slow_sec_per_km is None or step.fast_sec_per_km is None:
        return (intensity, *length, _OPEN, 0, None, None)
    return (intensity, *length, _SPEED, _CUSTOM, _mm_per_s(step.slow_sec_per_km), _mm_per_s(step.fast_sec_per_km))


def _mm_per_s(pace_sec_per_km: float) -> int:
    return round(1_000_000.0 / pace_sec_per_km)
