"""Streams: recorded channels as numpy columns over time; a missing sample is NaN."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: The step in which each channel is kept, in its own unit. What a run is computed from is always rounded to these
#: steps first, so that computing again from the stored streams gives the same numbers to the last digit.
RESOLUTION: dict[str, float] = {
    "time_s": 1e-3,
    "distance_m": 0.1,
    "lat_deg": 1e-6,
    "lng_deg": 1e-6,
    "altitude_m": 0.1,
    "speed_ms": 0.01,
    "heart_rate_bpm": 1.0,
    "cadence_spm": 1.0,  # steps a minute, both legs
    "power_w": 1.0,
    "temperature_c": 0.1,
    "timer_s": 1e-3,  # the device's timer, which stops in pauses
    "moving": 1.0,  # as computed by Strava: 1 while moving, 0 at rest
}


@dataclass(frozen=True, slots=True, eq=False)
class Streams:
    """Columns of one length ``n``; ``time_s`` is complete, every other channel may hold NaN.

    ``time_s`` counts seconds from the activity's start (in a :class:`~runcoach.domain.recording.Recording`: since
    1970, UTC), in the order in which the device wrote the samples: it may repeat or step back where the clock did.
    Two are the same only if they are one: what is worked out from one may be remembered for it.
    ``channels`` maps names of :data:`RESOLUTION` to float arrays of shape ``(n,)``, without unrecorded ones.
    """

    time_s: FloatArray
    channels: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, values in self.channels.items():
            if name not in RESOLUTION or name == "time_s":
                raise ValueError(f"no channel is called {name!r}")
            if values.shape != self.time_s.shape:
                raise ValueError(f"channel {name} has {values.shape[0]} samples where time has {self.time_s.shape[0]}")

    def __len__(self) -> int:
        return int(self.time_s.shape[0])

    def get(self, name: str) -> FloatArray | None:
        """The channel of this name, or None where it was not recorded."""
        return self.channels.get(name)

    def take(self, keep: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Streams:
        """The same channels at the samples that a mask or an index array selects."""
        return Streams(self.time_s[keep], {name: values[keep] for name, values in self.channels.items()})

    def with_channels(self, changed: Mapping[str, FloatArray | None]) -> Streams:
        """A copy with channels added or replaced (array) or left out (None)."""
        merged = {**self.channels, **changed}
        return Streams(self.time_s, {name: values for name, values in merged.items() if values is not None})

    def shifted(self, seconds: float) -> Streams:
        """The same samples, ``seconds`` later."""
        return Streams(self.time_s + seconds, self.channels)

    def quantized(self) -> Streams:
        """A copy in which every value is a whole number of its channel's steps (see :data:`RESOLUTION`)."""
        return Streams(
            quantize("time_s", self.time_s), {name: quantize(name, values) for name, values in self.channels.items()}
        )


@dataclass(frozen=True, slots=True)
class EncodedStream:
    """A stored channel: ``n`` samples including gaps, encoded in ``data`` by ``codec``."""

    channel: str
    dtype: str
    n: int
    codec: int
    data: bytes


@dataclass(frozen=True, slots=True)
class PackedStreams:
    """Stored streams, time included; :mod:`runcoach.store.stream_codec` encodes and decodes them."""

    channels: tuple[EncodedStream, ...]

    def __len__(self) -> int:
        return self.channels[0].n

    def __contains__(self, name: str) -> bool:
        return any(channel.channel == name for channel in self.channels)


def recorded(channels: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """The channels that have a value in any sample."""
    return {name: values for name, values in channels.items() if not np.isnan(values).all()}


def quantize(name: str, values: FloatArray) -> FloatArray:
    """``values`` of channel ``name`` rounded to its :data:`RESOLUTION`; NaN stays NaN."""
    per_unit = steps_per_unit(name)
    rounded: FloatArray = np.rint(values * per_unit) / per_unit
    return rounded


def steps_per_unit(name: str) -> float:
    """How many steps of :data:`RESOLUTION` make one unit: a whole number, so that dividing by it is exact."""
    return float(round(1.0 / RESOLUTION[name]))


def concatenate(parts: Iterable[Streams]) -> Streams:
    """Streams one after the other; a channel that a part lacks is NaN there."""
    pieces = list(parts)
    names = dict.fromkeys(name for part in pieces for name in part.channels)
    if not pieces:
        return Streams(np.empty(0))
    return Streams(
        np.concatenate([part.time_s for part in pieces]),
        {
            name: np.concatenate([part.channels.get(name, np.full(len(part), np.nan)) for part in pieces])
            for name in names
        },
    )
