"""Writes training sessions as Polar's account export holds them, in its older and in today's form."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2025, 6, 1, 7, 30)  # noqa: DTZ001  (the local clock)


def stamp(second: float, start: datetime = START) -> str:
    return (start + timedelta(seconds=second)).isoformat(timespec="milliseconds")


def older_session(seconds: int = 600, *, speed_ms: float = 3.0, **exercise: Any) -> dict[str, Any]:
    """A session of export version 1: each sample with its local time."""
    times = range(seconds + 1)

    def channel(values: list[float]) -> list[dict[str, Any]]:
        return [{"dateTime": stamp(second), "value": value} for second, value in zip(times, values, strict=True)]

    samples = {
        "heartRate": channel([140.0] * len(times)),
        "speed": channel([speed_ms * 3.6] * len(times)),
        "distance": channel([speed_ms * second for second in times]),
        "cadence": channel([85.0] * len(times)),
        "altitude": channel([0.0, 0.0, *[183.0 + second / 100.0 for second in times[2:]]]),
        "recordedRoute": [
            {
                "dateTime": stamp(second),
                "latitude": 46.9 + second * speed_ms / 111_195.0,
                "longitude": 4.7,
                "altitude": 999.0,
            }
            for second in times
        ],
    }
    single = {
        "startTime": stamp(0),
        "stopTime": stamp(seconds),
        "timezoneOffset": 120,
        "duration": f"PT{seconds}S",
        "distance": speed_ms * seconds,
        "sport": "RUNNING",
        "ascent": 12.0,
        "kiloCalories": 150,
        "heartRate": {"min": 90, "avg": 140, "max": 160},
        "autoLaps": [
            {
                "lapNumber": 0,
                "splitTime": "PT5M0.5S",
                "duration": "PT5M0.5S",
                "distance": 901.5,
                "heartRate": {"avg": 139, "max": 150},
            },
            {"lapNumber": 1, "splitTime": "PT10M", "duration": "PT4M59.5S", "distance": 898.5},
        ],
        "samples": samples,
        **exercise,
    }
    return {
        "exportVersion": "1.6",
        "name": "Running",
        "startTime": stamp(0),
        "stopTime": stamp(seconds),
        "timeZoneOffset": 120,
        "duration": f"PT{seconds}S",
        "exercises": [single],
    }


def todays_session(seconds: int = 600, *, speed_ms: float = 3.0, **exercise: Any) -> dict[str, Any]:
    """A session of export version 2: arrays of values, NaN where nothing was measured."""
    count = seconds + 1
    nan = float("nan")
    samples = [
        {"type": "HEART_RATE", "intervalMillis": 1000, "values": [nan, *[140.0] * (count - 1)]},
        {"type": "SPEED", "intervalMillis": 1000, "values": [speed_ms * 3.6] * count},
        {"type": "DISTANCE", "intervalMillis": 1000, "values": [speed_ms * second for second in range(count)]},
        {"type": "ALTITUDE", "intervalMillis": 1000, "values": [0.0, 0.0, *[183.0] * (count - 2)]},
        {"type": "LEFT_PEDAL", "intervalMillis": 1000, "values": [1.0] * count},
    ]
    waypoints = [
        {
            "latitude": 46.9 + second * speed_ms / 111_195.0,
            "longitude": 4.7,
            "altitude": 183.0,
            "elapsedMillis": second * 1000 - 2998,
        }
        for second in range(3, count)
    ]
    single = {
        "identifier": {"id": "77"},
        "startTime": stamp(0),
        "stopTime": stamp(seconds),
        "durationMillis": seconds * 1000,
        "distanceMeters": speed_ms * seconds,
        "ascentMeters": 12.0,
        "timezoneOffsetMinutes": 120,
        "sport": {"id": "27"},
        "samples": {"samples": samples},
        "routes": {"route": {"startTime": stamp(3), "wayPoints": waypoints}, "transitionRoute": {}},
        "laps": {
            "laps": [
                {
                    "splitTimeMillis": 0,
                    "durationMillis": 300_000,
                    "distanceMeters": 900.0,
                    "statistics": {"statistics": [{"type": "STATISTICS_TYPE_HEART_RATE", "avg": 139, "max": 150}]},
                },
                {"splitTimeMillis": 300_000, "durationMillis": 300_000, "distanceMeters": 900.0},
            ],
            "autoLaps": [{"durationMillis": 100_000}],
        },
        "statistics": {"statistics": [{"type": "STATISTICS_TYPE_HEART_RATE", "min": 79, "avg": 141, "max": 161}]},
        **exercise,
    }
    return {
        "identifier": {"id": "5022701696"},
        "name": "Tempo in the vineyards",
        "note": "legs fine",
        "startTime": stamp(0),
        "stopTime": stamp(seconds),
        "timezoneOffsetMinutes": 120,
        "durationMillis": seconds * 1000,
        "calories": 151,
        "hrAvg": 123,
        "sport": {"id": "27"},
        "product": {"modelName": "Polar Vantage M"},
        "exercises": [single],
    }


def encode(session: Mapping[str, Any]) -> bytes:
    """The bytes of the file: bare NaN, as Polar writes them."""
    return json.dumps(session).encode()


def write_polar_export(path: Path, sessions: Mapping[str, Mapping[str, Any]], *, folder: str = "") -> Path:
    """An export with these sessions by name, beside files of other kinds."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{folder}activity-2025-06-01-1.json", '{"samples": {"steps": []}}')
        archive.writestr(f"{folder}sleep_result_1.json", "[]")
        archive.writestr(f"{folder}account-profile-1.json", "{}")
        for name, session in sessions.items():
            archive.writestr(f"{folder}{name}", encode(session))
    return path
