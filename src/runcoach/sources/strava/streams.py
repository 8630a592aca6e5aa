"""Strava's streams as arrays; null becomes NaN."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np

from runcoach.domain.sports import ON_FOOT
from runcoach.domain.streams import FloatArray, Streams, recorded
from runcoach.errors import InvalidResponseError

#: Strava's key → channel. ``latlng`` becomes two.
_CHANNELS = {
    "distance": "distance_m",
    "altitude": "altitude_m",
    "velocity_smooth": "speed_ms",
    "heartrate": "heart_rate_bpm",
    "cadence": "cadence_spm",
    "watts": "power_w",
    "temp": "temperature_c",
    "moving": "moving",
}

_NUMBERS = frozenset({int, float, type(None)})
_FLAGS = frozenset({bool, type(None)})
_NO_POSITION = [None, None]

_DIFFERS = "unexpected response from Strava"


def streams_of(
    payload: dict[str, Any], start_time_s: float, *, sport_type: str | None, measured_power: bool
) -> tuple[Streams | None, tuple[str, ...]]:
    """``(streams, notes)`` of a response keyed by type; None if it has no times, and so no samples.

    ``time_s`` is in seconds since 1970. Cadence is doubled on foot, where Strava counts one leg. ``watts`` not
    measured are left out: for rides Strava estimates them. A channel without a number is absent; a sample without a
    time is left out and noted. Raises InvalidResponseError, naming the stream, if one is not a list of numbers or
    differs in length.
    """
    if not isinstance(payload, dict):
        raise InvalidResponseError(f"{_DIFFERS}: the streams are no object")
    if payload.get("time") is None:
        return None, ()
    time_s = _numbers("time", _data(payload, "time"))
    channels = {
        name: _numbers(key, data)
        for key, name in _CHANNELS.items()
        if (data := _data(payload, key)) is not None and (measured_power or key != "watts")
    }
    if (positions := _data(payload, "latlng")) is not None:
        channels["lat_deg"], channels["lng_deg"] = _positions(positions)
    for name, values in channels.items():
        if values.shape != time_s.shape:
            raise InvalidResponseError(f"{_DIFFERS}: {name} has {len(values)} samples where time has {len(time_s)}")
    if "cadence_spm" in channels and sport_type in ON_FOOT:
        channels["cadence_spm"] = channels["cadence_spm"] * 2.0
    streams = Streams(time_s + start_time_s, recorded(channels))
    untimed = np.isnan(time_s)
    count = int(untimed.sum())
    if count:
        streams = streams.take(~untimed)
    notes = (f"{count} samples without a time left out",) if count else ()
    return (streams if len(streams) else None), notes


def _data(payload: dict[str, Any], key: str) -> list[Any] | None:
    """The samples of one stream, with or without the wrapping object."""
    stream = payload.get(key)
    data = stream.get("data") if isinstance(stream, dict) else stream
    if data is None or isinstance(data, list):
        return data
    raise InvalidResponseError(f"{_DIFFERS}: stream {key} is not a list")


def _numbers(key: str, data: list[Any] | None) -> FloatArray:
    """The samples of one stream, shape (n,), NaN where null."""
    data = data or []
    if not set(map(type, data)) <= (_FLAGS if key == "moving" else _NUMBERS):
        raise InvalidResponseError(f"{_DIFFERS}: stream {key} holds something that is not a number")
    try:
        values = np.array(data, dtype=np.float64)
    except OverflowError:  # an integer of hundreds of digits
        values = np.full(len(data), np.inf)
    if np.isinf(values).any():
        raise InvalidResponseError(f"{_DIFFERS}: stream {key} holds a number that is out of range")
    return values


def _positions(data: list[Any]) -> tuple[FloatArray, FloatArray]:
    """Latitude and longitude in degrees, each of shape (n,); NaN without a position."""
    if not set(map(type, data)) <= {list, type(None)}:
        raise InvalidResponseError(f"{_DIFFERS}: stream latlng holds something that is not a pair")
    pairs = data if all(data) else [pair or _NO_POSITION for pair in data]
    if not set(map(len, pairs)) <= {2}:
        raise InvalidResponseError(f"{_DIFFERS}: stream latlng holds something that is not a pair")
    flat = _numbers("latlng", list(chain.from_iterable(pairs)))
    return flat[0::2].copy(), flat[1::2].copy()
