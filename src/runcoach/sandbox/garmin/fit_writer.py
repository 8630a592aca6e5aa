"""Writes a recording as a FIT activity file, as a watch would have uploaded it."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

from runcoach.sources.fit.chained_files import checksum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcoach.sandbox.synthetic.samples import Outline, Samples

#: Seconds from 1970 to 1989-12-31, where FIT's clock begins.
FIT_EPOCH_S = 631_065_600

_SEMICIRCLES = 2**31 / 180.0

#: Base types: number in a definition, struct code, value for "nothing".
_ENUM, _UINT8, _UINT16, _UINT32, _SINT32 = (
    (0x00, "B", 0xFF),
    (0x02, "B", 0xFF),
    (0x84, "H", 0xFFFF),
    (
        0x86,
        "I",
        0xFFFFFFFF,
    ),
    (0x85, "i", 0x7FFFFFFF),
)

_FILE_ID = (0, ((0, _ENUM), (1, _UINT16), (2, _UINT16), (4, _UINT32)))
_EVENT = (21, ((253, _UINT32), (0, _ENUM), (1, _ENUM)))
_RECORD = (
    20,
    ((253, _UINT32), (5, _UINT32), (0, _SINT32), (1, _SINT32), (78, _UINT32), (73, _UINT32), (3, _UINT8), (4, _UINT8)),
)
_SESSION = (18, ((253, _UINT32), (2, _UINT32), (7, _UINT32), (8, _UINT32), (9, _UINT32), (5, _ENUM), (6, _ENUM)))

_ACTIVITY_FILE, _GARMIN, _FORERUNNER = 4, 1, 3113
_TIMER, _START, _STOP_ALL = 0, 0, 4
_SPORTS = {"Run": (1, 0), "TrailRun": (1, 3), "VirtualRun": (1, 58), "Ride": (2, 0), "Walk": (11, 0)}
_TREADMILL = 1


class _FitFile:
    """Definition and data messages, one local type for each kind of message."""

    def __init__(self) -> None:
        self._body = bytearray()
        self._local_types: dict[int, int] = {}

    def add(
        self, message: tuple[int, tuple[tuple[int, tuple[int, str, int]], ...]], values: Sequence[int | None]
    ) -> None:
        number, fields = message
        if number not in self._local_types:
            self._local_types[number] = len(self._local_types)
            self._body += struct.pack("<BBBHB", 0x40 | self._local_types[number], 0, 0, number, len(fields))
            for field_number, (base_type, code, _) in fields:
                self._body += struct.pack("<BBB", field_number, struct.calcsize(code), base_type)
        codes = "".join(code for _, (_, code, _) in fields)
        written = [
            nothing if value is None else value for value, (_, (_, _, nothing)) in zip(values, fields, strict=True)
        ]
        self._body += struct.pack(f"<B{codes}", self._local_types[number], *written)

    def content(self) -> bytes:
        header = struct.pack("<BBHI4s", 14, 0x20, 2132, len(self._body), b".FIT")
        header += struct.pack("<H", checksum(header))
        file = header + bytes(self._body)
        return file + struct.pack("<H", checksum(file))


def fit_activity(outline: Outline, samples: Samples) -> bytes:
    """The FIT file of a recorded activity: file_id, timer events, records and one session."""
    plan, file = outline.plan, _FitFile()
    start = plan.start_time - FIT_EPOCH_S
    end = start + int(samples.time_s[-1])
    file.add(_FILE_ID, (_ACTIVITY_FILE, _GARMIN, _FORERUNNER, start))
    file.add(_EVENT, (start, _TIMER, _START))
    channels = {name: values.tolist() for name, values in samples.channels.items()}
    for index, (time_s, distance_m) in enumerate(
        zip(samples.time_s.tolist(), samples.distance_m.tolist(), strict=True)
    ):
        sample = {name: values[index] for name, values in channels.items()}
        file.add(
            _RECORD,
            (
                start + time_s,
                round(distance_m * 100),
                _scaled(sample.get("lat"), _SEMICIRCLES),
                _scaled(sample.get("lng"), _SEMICIRCLES),
                _scaled(sample.get("altitude"), 5.0, 500.0),
                _scaled(sample.get("velocity_smooth"), 1000.0),
                _scaled(sample.get("heartrate"), 1.0),
                _scaled(sample.get("cadence"), 1.0),
            ),
        )
    file.add(_EVENT, (end, _TIMER, _STOP_ALL))
    sport, sub_sport = _SPORTS.get(plan.sport, (0, 0))
    elapsed_ms = int(samples.time_s[-1]) * 1000
    distance_cm = round(float(samples.distance_m[-1]) * 100)
    sub_sport = _TREADMILL if plan.indoor else sub_sport
    file.add(_SESSION, (end, start, elapsed_ms, elapsed_ms, distance_cm, sport, sub_sport))
    return file.content()


def _scaled(value: float | None, scale: float, offset: float = 0.0) -> int | None:
    return None if value is None or math.isnan(value) else round((value + offset) * scale)
