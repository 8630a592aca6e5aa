"""Repair the order and the dates of samples: wrong dates, stale records, blocks out of order, repeated points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from runcoach.analysis.track_distance import geodesic_steps_m
from runcoach.domain.streams import Streams
from runcoach.sources.fit.definitions import CLOCK_SET_S, FIT_EPOCH_S

if TYPE_CHECKING:
    import numpy.typing as npt

    from runcoach.domain.recording import Recording

    BoolArray = npt.NDArray[np.bool_]

Pauses = tuple[tuple[float, float], ...]

#: No earlier date of a recording is right.
EARLIEST_S = float(FIT_EPOCH_S)

#: A sample further than this from the median time of its recording has a wrong date.
LONGEST_S = 60 * 86_400.0

#: Formats whose start is stated by a service or by the runner, and believed.
STATED = frozenset({"strava", "row"})

#: A few samples this far from all others are stale records, unless the stated elapsed time covers the gap.
STALE_GAP_S, STALE_SAMPLES, STALE_SHARE = 6 * 3_600.0, 3, 0.01

#: The stated start is the time of a stale first sample where the next one follows within this.
STALE_START_S = 60.0

#: Sorting samples by time must not make the track longer than this share and these metres: else the clock was wrong.
SORTED_SHARE, SORTED_M = 0.02, 20.0

#: Two samples of one time closer than this are the same point.
SAME_POINT_M = 1.0


def drop_wrong_dates(streams: Streams, stated_start_s: float | None, now: float, notes: list[str]) -> Streams:
    """Drop samples dated before 1990, in the future, or more than :data:`LONGEST_S` from the median.

    Where no date is plausible all samples are kept, moved to the stated start if that is plausible, else to
    :data:`EARLIEST_S`: their date is unknown.
    """
    times = streams.time_s
    sane = (times >= EARLIEST_S) & (times <= now + 86_400.0)
    if not sane.any() and len(streams):
        if stated_start_s is not None and CLOCK_SET_S <= stated_start_s <= now + 86_400.0:
            notes.append(f"implausible dates: {len(streams)} samples moved to the stated start")
            return streams.shifted(-times.min()).shifted(stated_start_s)
        notes.append(f"implausible dates: {len(streams)} samples kept without a date")
        return streams.shifted(-times.min()).shifted(EARLIEST_S)
    if sane.any():
        sane &= np.abs(times - np.median(times[sane])) <= LONGEST_S
    lost = len(streams) - int(sane.sum())
    if not lost:
        return streams
    notes.append(f"{lost} samples with an impossible date left out")
    return streams.take(sane)


def drop_stale_records(streams: Streams, recording: Recording, notes: list[str]) -> Streams:
    """Drop a few samples that are hours from all others, as a watch writes them from an earlier activity.

    A stale first sample takes the stated start as its time where that is just before the second one.
    """
    if len(streams) <= STALE_SAMPLES or np.ptp(streams.time_s) <= STALE_GAP_S:
        return streams
    order = np.argsort(streams.time_s, kind="stable")
    time_s = streams.time_s[order]
    cluster = np.concatenate([[0], np.cumsum(np.diff(time_s) > STALE_GAP_S)])
    size = np.bincount(cluster)
    main = time_s[cluster == size.argmax()]
    far_s = np.maximum(main[0] - time_s, time_s - main[-1])
    stale = (size[cluster] <= max(STALE_SAMPLES, STALE_SHARE * len(streams))) & (far_s > STALE_GAP_S)
    stale &= far_s > (recording.totals.elapsed_s or 0.0)
    if not stale.any():
        return streams
    days, (at,) = float(far_s[stale].max()) / 86_400.0, stale.nonzero()
    start_s = recording.start_time_s
    if order[at].tolist() == [0] and start_s is not None and 0.0 <= main[0] - start_s <= STALE_START_S:
        notes.append(f"stale time of the first sample, {days:.1f} days from the others, set to the start")
        return type(streams)(np.concatenate([[start_s], streams.time_s[1:]]), streams.channels)
    notes.append(f"{at.size} stale samples dropped, {days:.1f} days from the others")
    return streams.take(np.sort(order[~stale]))


def sort_by_time(streams: Streams, pauses: Pauses, notes: list[str]) -> tuple[Streams, Pauses]:
    """Samples sorted by time without repeated points, and the pauses that are left.

    Samples stay as they are where sorting would make the track longer: then the order is right and the clock was
    wrong, which the distance curve handles. A pause with samples inside it is dropped from reordered recordings.
    """
    time_s = streams.time_s
    if bool((np.diff(time_s) >= 0.0).all()):
        return streams, pauses
    ordered = streams.take(np.argsort(time_s, kind="stable"))
    unique = ordered.take(~_repeated(ordered))
    if _path_m(unique) > _path_m(streams) * (1.0 + SORTED_SHARE) + SORTED_M:
        return streams, pauses
    repeated = len(ordered) - len(unique)
    notes.append("samples out of order sorted by time" + (f", {repeated} repeated ones dropped" if repeated else ""))
    inside = [bool(((unique.time_s > begin) & (unique.time_s < end)).any()) for begin, end in pauses]
    return unique, tuple(pause for pause, is_filled in zip(pauses, inside, strict=True) if not is_filled)


def has_times(streams: Streams) -> bool:
    """Whether the samples have more than one time."""
    return len(streams) > 1 and bool(np.ptp(streams.time_s) > 0.0)


def is_undated(recording: Recording, start_s: float) -> bool:
    """Whether the start of a file's recording is not a date: the clock was never set or is in the future."""
    return recording.format not in STATED and start_s < CLOCK_SET_S


def _repeated(ordered: Streams) -> BoolArray:
    """Which samples repeat the one before them; ``ordered`` is sorted by time."""
    repeated = np.zeros(len(ordered), dtype=np.bool_)
    lat, lng, distance_m = (ordered.get(name) for name in ("lat_deg", "lng_deg", "distance_m"))
    same = np.diff(ordered.time_s) == 0.0
    if lat is not None and lng is not None:
        same &= ~(geodesic_steps_m(lat, lng) > SAME_POINT_M)
    elif distance_m is not None:
        same &= ~(np.abs(np.diff(distance_m)) > SAME_POINT_M)
    repeated[1:] = same
    return repeated


def _path_m(streams: Streams) -> float:
    """Metres along the samples in their order, forth and back, by position or else by distance."""
    lat, lng, distance_m = (streams.get(name) for name in ("lat_deg", "lng_deg", "distance_m"))
    if lat is not None and lng is not None:
        known = np.isfinite(lat) & np.isfinite(lng)
        return float(geodesic_steps_m(lat[known], lng[known]).sum())
    if distance_m is not None:
        return float(np.abs(np.diff(distance_m[np.isfinite(distance_m)])).sum())
    return 0.0
