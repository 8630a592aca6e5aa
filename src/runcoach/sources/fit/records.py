"""Decoded record messages of a FIT file as columns over time.

Runs over every sample and must cost little compared with the decoding: one pass over the messages while each is in the
processor's cache, without creating an object for any of them.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from runcoach.domain.streams import FloatArray, recorded
from runcoach.sources.fit.decoder import MESSAGE_TYPES, Message, label
from runcoach.sources.fit.definitions import RECORD

_NAN = math.nan
_DEGREES_PER_SEMICIRCLE = 180.0 / 2**31

#: The fields of a packed row and their channels, in its order; the cadence is of one leg and without its fraction.
_FIELDS = (
    "distance", "position_lat", "position_long", "altitude", "speed",
    "heart_rate", "cadence", "fractional_cadence", "power", "temperature",
)  # fmt: skip
_CHANNELS = (
    "distance_m", "lat_deg", "lng_deg", "altitude_m", "speed_ms",
    "heart_rate_bpm", "cadence_spm", "fraction", "power_w", "temperature_c",
)  # fmt: skip
_ROW = struct.Struct(f"{len(_CHANNELS)}d")

#: Native field number of a developer field → channel and the units that are accepted.
_DEVELOPER_CHANNELS: dict[int, tuple[str, frozenset[str]]] = {
    3: ("heart_rate_bpm", frozenset({"bpm"})),
    4: ("cadence_spm", frozenset({"rpm"})),
    5: ("distance_m", frozenset({"m", "meter", "meters", "metres"})),
    6: ("speed_ms", frozenset({"m/s", "mps"})),
    7: ("power_w", frozenset({"w", "watt", "watts"})),
}
_POWER_FIELD = 7
#: Names of developer fields that hold running power without a native field number.
_POWER_NAMES = frozenset({"power", "rp_power", "running power", "run power"})


@dataclass(frozen=True, slots=True)
class Samples:
    """All records of a file with a time: seconds since 1970 and the channels with a value; ``untimed`` others."""

    time_s: FloatArray
    channels: dict[str, FloatArray]
    untimed: int = 0


def read_samples(messages: list[Message]) -> tuple[Samples, dict[str, list[Message]]]:
    """The samples of a file, and its other messages by type; empties the list.

    A record is released as soon as it is packed: returning to it when it has left the cache takes as long again.
    Records that may hold more than the columns are kept: all after a developer field is described, and those before the
    first with a plain distance or speed.
    """
    others: dict[str, list[Message]] = {}
    stamps: list[str] = []
    kept: list[Message] = []
    keep, described = True, False
    rows = bytearray(_ROW.size * len(messages))
    pack_into, nan, at, untimed = _ROW.pack_into, _NAN, 0, 0
    messages.reverse()
    take = messages.pop
    while messages:
        message = take()
        kind = message["message_type"]
        if kind == "record":
            try:
                stamps.append(message["timestamp"])
            except KeyError:
                untimed += 1
                continue
            get = message.get
            try:
                # Not the enhanced fields: the fast decoder fills both, and computes the enhanced ones less exactly.
                pack_into(
                    rows, at,
                    get("distance", nan), get("position_lat", nan), get("position_long", nan),
                    get("altitude", nan), get("speed", nan), get("heart_rate", nan), get("cadence", nan),
                    get("fractional_cadence", nan), get("power", nan), get("temperature", nan),
                )  # fmt: skip
            except struct.error:  # a field that is not a single number
                pack_into(rows, at, *(number(get(name)) for name in _FIELDS))
            at += _ROW.size
            if keep:
                kept.append(message)
                if not described and ("distance" in message or "speed" in message):
                    keep = False
                    kept.clear()
        elif kind in MESSAGE_TYPES:
            others.setdefault(kind, []).append(message)
            if kind == "field_description":
                keep = described = True
    table = np.frombuffer(rows, count=at // 8).reshape(-1, len(_CHANNELS))
    blank: list[bool] = np.asarray(np.isnan(table).all(axis=0)).tolist()
    channels = {name: table[:, index].copy() for index, name in enumerate(_CHANNELS) if not blank[index]}
    _complete(channels, kept, len(stamps), others.get("field_description", []))
    time_s = np.array(stamps, dtype="datetime64[s]").astype(np.int64).astype(np.float64)
    return Samples(time_s, channels, untimed), others


def number(value: object) -> float:
    """The value as a float; NaN if it is not a number."""
    return float(value) if isinstance(value, (int, float)) else _NAN


def _complete(channels: dict[str, FloatArray], kept: list[Message], size: int, descriptions: list[Message]) -> None:
    """Add compressed and developer fields from the ``kept`` last of the ``size`` records, and convert units."""
    if "distance_m" not in channels and "speed_ms" not in channels:
        channels |= recorded(_compressed_speed_distance(kept))
    for field in developer_fields(descriptions):
        if field.channel not in channels:
            values = np.full(size, _NAN)
            values[size - len(kept) :] = _column([record.get(f"developer_field_{field.number}") for record in kept])
            channels |= recorded({field.channel: values / field.scale - field.offset})
    convert_units(channels)


def convert_units(channels: dict[str, FloatArray]) -> None:
    """Add the fraction to cadence, convert positions to degrees, and drop heart rates of zero."""
    fraction = channels.pop("fraction", None)
    if fraction is not None and "cadence_spm" in channels:
        channels["cadence_spm"] += np.where(np.isnan(fraction), 0.0, fraction)
    for name in channels.keys() & {"lat_deg", "lng_deg"}:
        channels[name] *= _DEGREES_PER_SEMICIRCLE
    if "heart_rate_bpm" in channels:
        heart_rate = channels.pop("heart_rate_bpm")
        heart_rate[heart_rate == 0.0] = _NAN  # what a sensor without contact sends
        channels |= recorded({"heart_rate_bpm": heart_rate})


def _column(values: list[object]) -> FloatArray:
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError):  # a field of several values, or of none that are numbers
        return np.array([number(value) for value in values], dtype=np.float64)


def _compressed_speed_distance(records: list[Message]) -> dict[str, FloatArray]:
    """Speed and distance from the ``compressed_speed_distance`` field of old watches.

    Three bytes: twelve bits of speed in cm/s, then twelve of distance in 1/16 m, which wrap around after 256 m.
    """
    packed = [record.get("compressed_speed_distance") for record in records]
    triples = np.array([value if _is_triple(value) else (_NAN,) * 3 for value in packed], dtype=np.float64)
    first, second, third = triples.reshape(-1, 3).T
    speed = (first + second % 16.0 * 256.0) / 100.0
    sixteenths = np.floor(second / 16.0) + third * 16.0
    known = np.flatnonzero(~np.isnan(sixteenths))
    distance = np.full(len(packed), _NAN)
    distance[known] = np.cumsum(np.diff(sixteenths[known], prepend=0.0) % 4096.0) / 16.0
    return {"speed_ms": speed, "distance_m": distance}


def _is_triple(value: object) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(isinstance(byte, int) for byte in value)


class DeveloperField(NamedTuple):
    """A developer field with a known channel; ``base`` is the number of its base type."""

    channel: str
    number: int
    base: object
    scale: float
    offset: float


def developer_fields(descriptions: list[Message]) -> list[DeveloperField]:
    """The developer fields with a known channel.

    A number that two developers use is ignored: decoded messages do not distinguish them.
    """
    numbers = [description.get("field_definition_number") for description in descriptions]
    found = []
    for description, field_number in zip(descriptions, numbers, strict=True):
        channel = _developer_channel(description)
        if channel is not None and isinstance(field_number, int) and numbers.count(field_number) == 1:
            scale, offset = number(description.get("scale", 1)), number(description.get("offset", 0))
            base = description.get("fit_base_type_id")
            found.append(DeveloperField(channel, field_number, base, scale or 1.0, offset))
    return found


def _developer_channel(description: Message) -> str | None:
    units, name = label(description.get("units")), label(description.get("field_name"))
    native = description.get("native_field_num")
    if description.get("native_mesg_num", RECORD) != RECORD:
        return None
    if native is None and name is not None and name.casefold() in _POWER_NAMES:
        native = _POWER_FIELD
    if not isinstance(native, int) or native not in _DEVELOPER_CHANNELS or units is None:
        return None
    channel, accepted_units = _DEVELOPER_CHANNELS[native]
    return channel if units.casefold() in accepted_units else None
