"""Drop implausible samples and values of a recording, with a note for each kind.

Nothing is repaired. A clock that steps back for a moment or a distance that resets stays in the streams, where the
analysis recognises it.
"""

from __future__ import annotations

import numpy as np

from runcoach.domain.streams import FloatArray, Streams

#: The plausible range of each channel; values outside become missing.
POSSIBLE: dict[str, tuple[float, float]] = {
    "distance_m": (0.0, 5e6),
    "lat_deg": (-90.0, 90.0),
    "lng_deg": (-180.0, 180.0),
    "altitude_m": (-450.0, 9_000.0),
    "speed_ms": (0.0, 100.0),
    "heart_rate_bpm": (20.0, 250.0),
    "cadence_spm": (0.0, 400.0),
    "power_w": (0.0, 3_000.0),
    "temperature_c": (-60.0, 70.0),
    "moving": (0.0, 1.0),
}

#: Altitude is unset at exactly 0 where the samples beside it differ by more than this, or by more than nobody climbs or
#: falls in the seconds between: metres, and metres a second.
UNSET_ALTITUDE_M, STEP_M, STEP_MS = 20.0, 2.0, 1.5


def validate(streams: Streams) -> tuple[Streams, tuple[str, ...]]:
    """The plausible part of the streams, and a note for each kind of value dropped."""
    notes: list[str] = []
    changed: dict[str, FloatArray | None] = {}
    for name, values in streams.channels.items():
        low, high = POSSIBLE.get(name, (-np.inf, np.inf))
        # Comparisons with NaN are False, so missing values are not counted.
        impossible = (values < low) | (values > high)
        if impossible.any():
            # Many devices write 0 for "no signal": not worth a note.
            count = int((impossible & (values != 0.0)).sum())
            notes += [f"{count} impossible values of {name}"] if count else []
            changed[name] = np.where(impossible, np.nan, values)
    checked = _drop_unset_altitude(streams.with_channels(changed) if changed else streams, notes)
    checked = _drop_invalid_positions(checked, notes)
    empty = {name: None for name, values in checked.channels.items() if np.isnan(values).all()}
    return (checked.with_channels(empty) if empty else checked), tuple(notes)


def _drop_unset_altitude(streams: Streams, notes: list[str]) -> Streams:
    """Altitudes of exactly 0 that are a step away from those around them become missing: the sensor was not ready."""
    altitude_m = streams.get("altitude_m")
    if altitude_m is None or not (altitude_m == 0.0).any():
        return streams
    (known,) = np.isfinite(altitude_m).nonzero()
    height_m, time_s = altitude_m[known], streams.time_s[known]
    (zero,), (other,) = (height_m == 0.0).nonzero(), height_m.nonzero()
    if not other.size:
        return streams
    following = other.searchsorted(zero)
    is_step = np.ones(zero.size, dtype=np.bool_)
    for nearest in (other[np.maximum(following - 1, 0)], other[np.minimum(following, other.size - 1)]):
        step_s = np.abs(time_s[nearest] - time_s[nearest + np.sign(zero - nearest)])
        is_step &= np.abs(height_m[nearest]) > np.minimum(UNSET_ALTITUDE_M, STEP_M + STEP_MS * step_s)
    unset = known[zero[is_step]]
    if not unset.size:
        return streams
    notes.append(f"{unset.size} samples without altitude (0 m)")
    altitude_m = altitude_m.copy()
    altitude_m[unset] = np.nan
    return streams.with_channels({"altitude_m": altitude_m})


def _drop_invalid_positions(streams: Streams, notes: list[str]) -> Streams:
    """Positions of exactly 0/0, and those with one coordinate missing, become missing."""
    lat, lng = streams.get("lat_deg"), streams.get("lng_deg")
    if lat is None or lng is None:
        return streams.with_channels({"lat_deg": None, "lng_deg": None}) if lat is not lng else streams
    at_zero = (lat == 0.0) & (lng == 0.0)
    bad = at_zero | (np.isnan(lat) ^ np.isnan(lng))
    if not bad.any():
        return streams
    if at_zero.any():
        notes.append(f"{int(at_zero.sum())} positions at 0/0")
    return streams.with_channels({"lat_deg": np.where(bad, np.nan, lat), "lng_deg": np.where(bad, np.nan, lng)})
