"""Builds small FIT files byte by byte, damage included, without leaning on a decoder to write what it later reads."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runcoach.sources.activity_summary import InvalidRow
from runcoach.sources.fit import decoder as fit_decode
from runcoach.sources.strava_export.export import open_export
from runcoach.sources.strava_export.row_parser import ExportRow

FIT_EPOCH_S = 631_065_600

#: Where the runs of the tests begin: 2026-03-01 08:00:00 UTC.
T0 = 1_772_352_000

#: Base type → its number in a definition, its struct code, and the value that means "nothing".
BASE: dict[str, tuple[int, str, Any]] = {
    "enum": (0x00, "B", 0xFF),
    "uint8": (0x02, "B", 0xFF),
    "sint8": (0x01, "b", 0x7F),
    "uint16": (0x84, "H", 0xFFFF),
    "uint32": (0x86, "I", 0xFFFFFFFF),
    "sint32": (0x85, "i", 0x7FFFFFFF),
    "float32": (0x88, "f", float("nan")),
    "byte": (0x0D, "B", 0xFF),
    "string": (0x07, "s", b""),
}

#: Message → its number and fields: number, base type, scale, offset.
PROFILE: dict[str, tuple[int, dict[str, tuple[int, str, float, float]]]] = {
    "file_id": (
        0,
        {
            "type": (0, "enum", 1, 0),
            "manufacturer": (1, "uint16", 1, 0),
            "product": (2, "uint16", 1, 0),
            "time_created": (4, "uint32", 1, 0),
            "product_name": (8, "string", 1, 0),
        },
    ),
    "session": (
        18,
        {
            "timestamp": (253, "uint32", 1, 0),
            "start_time": (2, "uint32", 1, 0),
            "sport": (5, "enum", 1, 0),
            "sub_sport": (6, "enum", 1, 0),
            "total_elapsed_time": (7, "uint32", 1000, 0),
            "total_timer_time": (8, "uint32", 1000, 0),
            "total_distance": (9, "uint32", 100, 0),
            "total_calories": (11, "uint16", 1, 0),
            "avg_heart_rate": (16, "uint8", 1, 0),
            "max_heart_rate": (17, "uint8", 1, 0),
            "avg_cadence": (18, "uint8", 1, 0),
            "max_cadence": (19, "uint8", 1, 0),
            "avg_power": (20, "uint16", 1, 0),
            "max_power": (21, "uint16", 1, 0),
            "total_ascent": (22, "uint16", 1, 0),
            "avg_temperature": (57, "sint8", 1, 0),
            "min_altitude": (71, "uint16", 5, 500),
            "max_altitude": (50, "uint16", 5, 500),
            "avg_fractional_cadence": (92, "uint8", 128, 0),
            "max_fractional_cadence": (93, "uint8", 128, 0),
        },
    ),
    "lap": (
        19,
        {
            "timestamp": (253, "uint32", 1, 0),
            "start_time": (2, "uint32", 1, 0),
            "total_elapsed_time": (7, "uint32", 1000, 0),
            "total_timer_time": (8, "uint32", 1000, 0),
            "total_distance": (9, "uint32", 100, 0),
            "avg_heart_rate": (15, "uint8", 1, 0),
            "avg_cadence": (17, "uint8", 1, 0),
            "sport": (25, "enum", 1, 0),
        },
    ),
    "record": (
        20,
        {
            "timestamp": (253, "uint32", 1, 0),
            "position_lat": (0, "sint32", 2**31 / 180, 0),
            "position_long": (1, "sint32", 2**31 / 180, 0),
            "altitude": (2, "uint16", 5, 500),
            "heart_rate": (3, "uint8", 1, 0),
            "cadence": (4, "uint8", 1, 0),
            "distance": (5, "uint32", 100, 0),
            "speed": (6, "uint16", 1000, 0),
            "power": (7, "uint16", 1, 0),
            "compressed_speed_distance": (8, "byte", 1, 0),
            "temperature": (13, "sint8", 1, 0),
            "fractional_cadence": (53, "uint8", 128, 0),
            "enhanced_speed": (73, "uint32", 1000, 0),
            "enhanced_altitude": (78, "uint32", 5, 500),
        },
    ),
    "event": (
        21,
        {
            "timestamp": (253, "uint32", 1, 0),
            "event": (0, "enum", 1, 0),
            "event_type": (1, "enum", 1, 0),
        },
    ),
    "device_info": (
        23,
        {
            "device_index": (0, "uint8", 1, 0),
            "manufacturer": (2, "uint16", 1, 0),
            "product": (4, "uint16", 1, 0),
            "product_name": (27, "string", 1, 0),
        },
    ),
    "activity": (
        34,
        {
            "timestamp": (253, "uint32", 1, 0),
            "local_timestamp": (5, "uint32", 1, 0),
        },
    ),
    "sport": (12, {"sport": (0, "enum", 1, 0), "sub_sport": (1, "enum", 1, 0)}),
    "weight_scale": (30, {"timestamp": (253, "uint32", 1, 0), "weight": (0, "uint16", 100, 0)}),
    "field_description": (
        206,
        {
            "developer_data_index": (0, "uint8", 1, 0),
            "field_definition_number": (1, "uint8", 1, 0),
            "fit_base_type_id": (2, "uint8", 1, 0),
            "field_name": (3, "string", 1, 0),
            "scale": (6, "uint8", 1, 0),
            "offset": (7, "sint8", 1, 0),
            "units": (8, "string", 1, 0),
            "native_mesg_num": (14, "uint16", 1, 0),
            "native_field_num": (15, "uint8", 1, 0),
        },
    ),
    "developer_data_id": (207, {"developer_data_index": (3, "uint8", 1, 0)}),
}

_TIMES = {"timestamp", "start_time", "time_created", "local_timestamp"}

RUNNING, CYCLING, TRANSITION, SWIMMING = 1, 2, 3, 5


@dataclass
class FitBytes:
    """A FIT file in the making; ``big_endian`` as some old watches wrote it."""

    big_endian: bool = False
    body: bytearray = field(default_factory=bytearray)
    layouts: dict[int, bytes] = field(default_factory=dict)

    def add(
        self,
        kind: str,
        *,
        local: int = 0,
        offset_s: int | None = None,
        developer: dict[tuple[int, int], tuple[str, Any]] | None = None,
        **values: Any,
    ) -> FitBytes:
        """A message; ``offset_s`` gives it a header that carries the low five bits of its time instead.

        ``developer`` maps (index of the developer, number of the field) to (base type, value). None is written as the
        value that means "nothing".
        """
        number, profile = PROFILE[kind]
        order = ">" if self.big_endian else "<"
        definition = bytearray(struct.pack(f"{order}BBHB", 0, self.big_endian, number, len(values)))
        data = bytearray()
        for name, value in values.items():
            field_number, base, scale, offset = profile[name]
            raw = self._raw(base, name, value, scale, offset)
            definition += bytes([field_number, len(raw), BASE[base][0]])
            data += raw
        if developer:
            definition.append(len(developer))
            for (index, field_number), (base, value) in developer.items():
                raw = struct.pack(order + BASE[base][1], value)
                definition += bytes([field_number, len(raw), index])
                data += raw
        if self.layouts.get(local) != bytes(definition):
            self.layouts[local] = bytes(definition)
            self.body += bytes([0x40 | (0x20 if developer else 0) | local]) + definition
        self.body.append(local if offset_s is None else 0x80 | local << 5 | offset_s & 0x1F)
        self.body += data
        return self

    def _raw(self, base: str, name: str, value: Any, scale: float, offset: float) -> bytes:
        order, code = (">" if self.big_endian else "<"), BASE[base][1]
        if base == "string":
            return str(value).encode() + b"\x00"
        if base == "byte":
            return bytes(value)
        if value is None:
            return struct.pack(order + code, BASE[base][2])
        if name in _TIMES:
            value -= FIT_EPOCH_S
        if base != "float32":
            value = round((value + offset) * scale)
        return struct.pack(order + code, value)

    def bytes(self, *, size: int | None = None, header_bytes: int = 14) -> bytes:
        """The whole file; ``size`` is what the header claims if not the truth."""
        claimed = len(self.body) if size is None else size
        header = struct.pack("<BBHI4s", header_bytes, 0x20, 2100, claimed, b".FIT")
        header += bytes(header_bytes - 12)  # a header checksum of nought is valid
        whole = header + bytes(self.body)
        return whole + struct.pack("<H", crc16(whole))


def crc16(data: bytes) -> int:
    """FIT's checksum as its specification defines it, a bit at a time."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    return crc


class Fit:
    """What the tests build FIT files with."""

    T0 = T0
    RUNNING, CYCLING, TRANSITION, SWIMMING = RUNNING, CYCLING, TRANSITION, SWIMMING
    crc16 = staticmethod(crc16)

    @staticmethod
    def new(file_type: int | None = 4, *, big_endian: bool = False, **file_id: Any) -> FitBytes:
        """A file that says what it is: 4 is an activity, None says nothing."""
        builder = FitBytes(big_endian)
        if file_type is not None:
            builder.add("file_id", type=file_type, **{"manufacturer": 1, "product": 2691, **file_id})
        return builder

    @staticmethod
    def timer(builder: FitBytes, kind: str, at_s: float) -> FitBytes:
        """An event of the timer, ``at_s`` seconds into the run."""
        kinds = {"start": 0, "stop": 1, "stop_all": 4}
        return builder.add("event", local=3, timestamp=T0 + at_s, event=0, event_type=kinds[kind])

    @staticmethod
    def records(builder: FitBytes, seconds: range, speed_ms: float = 3.0, **values: Any) -> FitBytes:
        """A record a second at an even speed; other fields as given."""
        for second in seconds:
            builder.add("record", timestamp=T0 + second, distance=second * speed_ms, **values)
        return builder

    @classmethod
    def run(cls, seconds: int = 60, **session: Any) -> FitBytes:
        """A run at 3 m/s with a start, a stop and a session."""
        builder = cls.timer(cls.new(), "start", 0)
        cls.records(builder, range(seconds), heart_rate=150, cadence=85)
        cls.timer(builder, "stop_all", seconds - 1)
        figures = {"sport": RUNNING, "total_distance": 3.0 * (seconds - 1), "total_timer_time": seconds - 1, **session}
        return builder.add("session", local=1, timestamp=T0 + seconds - 1, start_time=T0, **figures)


@pytest.fixture
def fit() -> type[Fit]:
    return Fit


@pytest.fixture(params=["fast decoder", "fitdecode"])
def decoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs a test twice: as installed, and as where the fast decoder does not install."""
    if request.param == "fitdecode":
        monkeypatch.setattr(fit_decode, "fast_decoder", lambda: None)
    return str(request.param)


@pytest.fixture
def read_rows() -> Callable[[Path], tuple[list[ExportRow], list[InvalidRow]]]:
    """Opens an archive and reads all of its rows: the good ones and the bad ones."""

    def read(path: Path) -> tuple[list[ExportRow], list[InvalidRow]]:
        good: list[ExportRow] = []
        bad: list[InvalidRow] = []
        with open_export(path) as archive:
            for row in archive.rows():
                if isinstance(row, InvalidRow):
                    bad.append(row)
                else:
                    good.append(row)
        return good, bad

    return read


@pytest.fixture
def run_of(export_maker: ModuleType) -> Callable[..., Any]:
    """Makes a run; every one has its own id and day."""
    made = 0

    def make(**told: Any) -> Any:
        nonlocal made
        made += 1
        return export_maker.Run(**{"activity_id": 8_228_026_758 + made, "start": 1_750_000_000 + 86_400 * made, **told})

    return make
