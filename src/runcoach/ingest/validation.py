"""What of a recording can be believed: impossible values become missing, a lying clock loses its samples; all is said.

Nothing is repaired or invented here. A clock that steps back for a moment or a distance that resets stays in the
streams, where the analysis sees it and the efforts across it are not trusted.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from runcoach.domain.recording import Recording
    from runcoach.domain.streams import FloatArray, Streams

#: What each channel can hold; outside of it a value is a fault of the device and counts as missing.
POSSIBLE: dict[str, tuple[float, float]] = {
    "distance_m": (0.0, 5e6),
    "lat_deg": (-90.0, 90.0),
    "lng_deg": (-180.0, 180.0),
    "altitude_m": (-500.0, 9_000.0),
    "speed_ms": (0.0, 100.0),
    "heart_rate_bpm": (20.0, 250.0),
    "cadence_spm": (0.0, 400.0),
    "power_w": (0.0, 3_000.0),
    "temperature_c": (-60.0, 70.0),
    "moving": (0.0, 1.0),
}

#: FIT counts from the end of 1989; no clock of a running watch was right before that.
EARLIEST_S = 631_065_600.0

#: A sample further than this from the middle of its recording belongs to a clock that was not set.
LONGEST_S = 60 * 86_400.0


def validate(recording: Recording, now: float | None = None) -> tuple[Streams, tuple[str, ...]]:
    """The streams with absolute times that can be believed, and one clause on each thing that could not."""
    notes: list[str] = []
    streams = _with_sane_clock(recording.streams, time.time() if now is None else now, notes)
    changed: dict[str, FloatArray | None] = {}
    for name, values in streams.channels.items():
        low, high = POSSIBLE.get(name, (-np.inf, np.inf))
        # Comparisons with NaN are False, so what was missing already is not counted as impossible.
        impossible = (values < low) | (values > high)
        if impossible.any():
            # Nought is how many devices write "no signal"; that is nothing to tell a person about.
            strange = int((impossible & (values != 0.0)).sum())
            notes += [f"{strange} impossible values of {name}"] if strange else []
            changed[name] = np.where(impossible, np.nan, values)
    checked = _without_null_island(streams.with_channels(changed) if changed else streams, notes)
    empty = {name: None for name, values in checked.channels.items() if np.isnan(values).all()}
    return (checked.with_channels(empty) if empty else checked), tuple(notes)


def _with_sane_clock(streams: Streams, now: float, notes: list[str]) -> Streams:
    """Leave out samples dated before watches existed, in the future, or months away from all the others."""
    times = streams.time_s
    sane = (times >= EARLIEST_S) & (times <= now + 86_400.0)
    if sane.any():
        sane &= np.abs(times - np.median(times[sane])) <= LONGEST_S
    lost = len(streams) - int(sane.sum())
    if not lost:
        return streams
    notes.append(f"{lost} samples with an impossible date left out")
    return streams.take(sane)


def _without_null_island(streams: Streams, notes: list[str]) -> Streams:
    """A position of exactly 0/0, or one of which half is missing, is no position."""
    lat, lng = streams.get("lat_deg"), streams.get("lng_deg")
    if lat is None or lng is None:
        return streams.with_channels({"lat_deg": None, "lng_deg": None}) if lat is not lng else streams
    nowhere = (lat == 0.0) & (lng == 0.0)
    bad = nowhere | (np.isnan(lat) ^ np.isnan(lng))
    if not bad.any():
        return streams
    if nowhere.any():
        notes.append(f"{int(nowhere.sum())} positions at 0/0")
    return streams.with_channels({"lat_deg": np.where(bad, np.nan, lat), "lng_deg": np.where(bad, np.nan, lng)})
