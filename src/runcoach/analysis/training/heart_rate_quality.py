"""Finds heart rates that are not to be believed: dropouts, spikes, frozen values, and the cadence in its place.

A wrist sensor that loses the pulse shows its last value, the rhythm of the steps, or jumps. What is found is left out
of load, zones, maxima and forecasts.
"""

from __future__ import annotations

import numpy as np

from runcoach.analysis.distance_curve import BoolArray, IntArray, stretches
from runcoach.domain.streams import FloatArray, Streams
from runcoach.domain.training.activity_analytics import FaultReason, HeartRateFault

#: Lower values are no heart rate.
MIN_BPM = 30.0

#: A heart rate that is missing for at least this long is named; in every case it counts nowhere.
DROPOUT_S = 10.0

#: The heart does not change by more than this from one second to the next; in longer steps by RATE_BPM_S more a second.
#: The largest change in 25 recorded runs without faults is 13.
JUMP_BPM, RATE_BPM_S = 19.0, 1.0

#: A stretch between two jumps is wrong where it is shorter than twice this, one at the start or end where it is shorter
#: than this: of a longer one nobody can say whether it or the rest is wrong.
MAX_WRONG_S = 300.0

#: A value further than this from the median of the seconds around it is a spike, however gradually it gets there; with
#: its neighbours that are still SPIKE_EDGE_BPM from it.
SPIKE_BPM, SPIKE_EDGE_BPM, SPIKE_WINDOW_S = 15.0, 5.0, 30.0

#: A heart rate that stays the same for this long is frozen; with a step of STEP_BPM at its end after a shorter time.
#: The longest in 25 recorded runs without faults is 53 s.
FROZEN_S, FROZEN_BEFORE_STEP_S, STEP_BPM = 55.0, 30.0, 5.0

#: So is one that stays within START_RANGE_BPM for the first START_S and leaves by a step of LOCK_STEP_BPM: when a run
#: begins, the heart rate rises.
START_S, START_RANGE_BPM = 60.0, 4.0

#: Heart rate and cadence are the same where they differ by at most this, for at least LOCK_S.
LOCK_SPM, LOCK_S = 3.0, 60.0

#: A runner's heart may beat as fast as the feet step for minutes. It is the cadence where heart rate got there or left
#: by a step of LOCK_STEP_BPM within LOCK_STEP_S, or where it is the very same number in so many of the samples.
LOCK_STEP_BPM, LOCK_STEP_S, LOCK_SAME = 8.0, 5.0, 0.8

#: Half of the time of a measured heart rate is in stretches of the same value shorter than this (in 25 recorded runs 3
#: to 20 s). Else it is a series of averages or made up, in which only dropouts and spikes can be told.
MEASURED_S = 30.0

#: Stretches of one reason that are no further apart than this are one.
_JOIN_S = 10.0


def find_faults(streams: Streams) -> tuple[HeartRateFault, ...]:
    """The stretches whose heart rate is wrong or missing, in order of time; empty without a heart rate.

    Stretches of different reasons may overlap.
    """
    heart_rate = streams.get("heart_rate_bpm")
    if heart_rate is None:
        return ()
    known = np.isfinite(heart_rate) & (heart_rate >= MIN_BPM)
    if np.count_nonzero(known) < 2:
        return ()
    time_s, bpm = streams.time_s[known], heart_rate[known]
    cadence = streams.get("cadence_spm")
    faults = _spans(FaultReason.DROPOUT, streams.time_s, _missing(streams.time_s, known))
    is_measured = _is_measured(time_s, bpm)
    if cadence is not None and is_measured:
        faults += _spans(FaultReason.CADENCE, time_s, _cadence(time_s, bpm, cadence[known]))
    if is_measured:
        faults += _spans(FaultReason.FROZEN, time_s, _frozen(time_s, bpm))
    jumping = _spikes(time_s, bpm) | _jumps(time_s, bpm) if is_measured else _spikes(time_s, bpm)
    faults += _spans(FaultReason.JUMP, time_s, jumping)
    return tuple(sorted(faults, key=lambda fault: (fault.start_s, fault.end_s)))


def trusted(streams: Streams, faults: tuple[HeartRateFault, ...]) -> FloatArray:
    """The heart rate, ``(n,)``, NaN within faults, where it is missing and where it is no heart rate."""
    heart_rate = streams.get("heart_rate_bpm")
    if heart_rate is None:
        return np.full(len(streams), np.nan)
    wrong = ~(heart_rate >= MIN_BPM)
    for fault in faults:
        wrong |= (streams.time_s >= fault.start_s) & (streams.time_s <= fault.end_s)
    return np.where(wrong, np.nan, heart_rate)


def _is_measured(time_s: FloatArray, bpm: FloatArray) -> bool:
    """Whether the heart rate changes as often as one that is measured."""
    start, end = stretches(np.diff(bpm) == 0.0)
    long = time_s[end] - time_s[start] >= MEASURED_S
    return bool((time_s[end] - time_s[start])[long].sum() < (time_s[-1] - time_s[0]) / 2)


def _missing(time_s: FloatArray, known: BoolArray) -> BoolArray:
    """Samples of a series of at least :data:`DROPOUT_S` without a heart rate."""
    return _long(time_s, ~known, DROPOUT_S)


def _frozen(time_s: FloatArray, bpm: FloatArray) -> BoolArray:
    """Samples at which the heart rate has stayed the same for too long."""
    frozen = np.zeros(bpm.size, dtype=bool)
    start, end = stretches(np.diff(bpm) == 0.0)
    duration_s = time_s[end] - time_s[start]
    step = np.abs(np.diff(bpm, prepend=bpm[:1], append=bpm[-1:]))  # before each sample, and after the last
    stepped = np.maximum(step[start], step[end + 1]) >= STEP_BPM
    is_frozen = (duration_s >= FROZEN_S) | (stepped & (duration_s >= FROZEN_BEFORE_STEP_S))
    for first, last in zip(start[is_frozen], end[is_frozen], strict=True):
        frozen[first : last + 1] = True
    frozen[: _flat_start(time_s, bpm)] = True
    return frozen


def _flat_start(time_s: FloatArray, bpm: FloatArray) -> int:
    """The number of samples of a flat start that ends with a step; 0 without one."""
    leaves = np.maximum.accumulate(bpm) - np.minimum.accumulate(bpm) > START_RANGE_BPM
    count = int(leaves.argmax())
    is_long = count > 0 and time_s[count - 1] - time_s[0] >= START_S
    return count if is_long and _steps(time_s, bpm, count) else 0


def _cadence(time_s: FloatArray, bpm: FloatArray, cadence_spm: FloatArray) -> BoolArray:
    """Samples at which the heart rate is the cadence."""
    if np.count_nonzero(np.abs(bpm - cadence_spm) <= LOCK_SPM) < 2:
        return np.zeros(bpm.size, dtype=bool)
    same = _long(time_s, _median_within(time_s, bpm - cadence_spm, 5.0, LOCK_SPM), LOCK_S)
    locked = np.zeros(bpm.size, dtype=bool)
    start, end = stretches(same[1:] & same[:-1])
    for first, last in zip(start, end, strict=True):
        equal = np.abs(bpm[first : last + 1] - cadence_spm[first : last + 1]) < 1.0
        if _steps(time_s, bpm, first) or _steps(time_s, bpm, last) or np.mean(equal) >= LOCK_SAME:
            locked[first : last + 1] = True
    return locked


def _steps(time_s: FloatArray, bpm: FloatArray, at: int) -> bool:
    """Whether the heart rate changes by a step around a sample."""
    first, beyond = np.searchsorted(time_s, (time_s[at] - LOCK_STEP_S, time_s[at] + LOCK_STEP_S))
    near = bpm[min(first, max(at - 1, 0)) : max(beyond, at + 2)]
    return bool(near.max() - near.min() >= LOCK_STEP_BPM)


def _jumps(time_s: FloatArray, bpm: FloatArray) -> BoolArray:
    """Samples of stretches that are reached and left by a jump.

    The samples are cut at jumps. Of the pieces those are kept that together last longest, less :data:`MAX_WRONG_S` for
    each jump that remains between two of them.
    """
    (cut,) = (np.abs(np.diff(bpm)) > _possible_change(np.diff(time_s))).nonzero()
    wrong = np.ones(bpm.size, dtype=bool)
    first = np.concatenate([[0], cut + 1])
    last = np.concatenate([cut, [bpm.size - 1]])
    for piece in _best_chain(time_s, bpm, first, last):
        wrong[first[piece] : last[piece] + 1] = False
    return wrong


def _possible_change(step_s: FloatArray) -> FloatArray:
    """By how much the heart rate may change in this many seconds."""
    return JUMP_BPM + RATE_BPM_S * np.maximum(step_s - 1.0, 0.0)


def _best_chain(time_s: FloatArray, bpm: FloatArray, first: IntArray, last: IntArray) -> list[int]:
    """The pieces to keep, by dynamic programming over pieces; each looks back at most 100 pieces."""
    value = np.empty(first.size)
    before = np.full(first.size, -1)
    length_s = np.minimum(np.append(time_s, time_s[-1])[last + 1], time_s[last] + 5.0) - time_s[first]
    for piece in range(first.size):
        previous = np.arange(max(0, piece - 100), piece)
        gap_s = time_s[first[piece]] - time_s[last[previous]]
        is_jump = np.abs(bpm[first[piece]] - bpm[last[previous]]) > _possible_change(gap_s)
        reached = np.append(value[previous] - MAX_WRONG_S * is_jump, 0.0)
        best = int(reached.argmax())
        value[piece] = reached[best] + length_s[piece]
        before[piece] = previous[best] if best < previous.size else -1
    chain = [int(value.argmax())]
    while before[chain[-1]] >= 0:
        chain.append(int(before[chain[-1]]))
    return chain[::-1]


def _spikes(time_s: FloatArray, bpm: FloatArray) -> BoolArray:
    """Samples far from the median around them, where no gap of the recording is among them."""
    half = _half_window(time_s, SPIKE_WINDOW_S)
    padded = _extended(bpm, half)
    varies = _highest(padded, 2 * half + 1) + _highest(-padded, 2 * half + 1) > SPIKE_BPM
    (at,) = (_highest(np.pad(varies.astype(np.float64), half), 2 * half + 1) > 0.0).nonzero()
    if not at.size:
        return np.zeros(bpm.size, dtype=bool)
    away = np.zeros(bpm.size)
    away[at] = np.abs(bpm[at] - np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)[at], axis=1))
    spikes = np.zeros(bpm.size, dtype=bool)
    if not (away > SPIKE_BPM).any():
        return spikes
    near = np.searchsorted(time_s, time_s + SPIKE_WINDOW_S) - np.searchsorted(time_s, time_s - SPIKE_WINDOW_S)
    far = (away > SPIKE_BPM) & (near >= 0.9 * np.median(near))
    start, end = stretches(away > SPIKE_EDGE_BPM)
    for first, beyond in zip(start, end, strict=True):
        spikes[first:beyond] = far[first:beyond].any()
    return spikes


def _median_within(time_s: FloatArray, values: FloatArray, window_s: float, most: float) -> BoolArray:
    """Samples at which the running median is at most ``most`` from 0; NaN values make none.

    The median is over so many samples as ``window_s`` holds at the usual sampling; the ends are repeated. It is
    computed only where one of these samples is as near, for it is one of them.
    """
    half = _half_window(time_s, window_s)
    padded = _extended(values, half)
    is_near = (np.abs(padded) <= most).astype(np.float64)
    (at,) = (_highest(is_near, 2 * half + 1) > 0.0).nonzero()
    within = np.zeros(values.size, dtype=bool)
    if at.size:
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)[at]
        within[at] = np.abs(np.median(windows, axis=1)) <= most
    return within


def _extended(values: FloatArray, count: int) -> FloatArray:
    """The values, with the first and the last repeated ``count`` times more."""
    return np.concatenate([np.full(count, values[0]), values, np.full(count, values[-1])])


def _half_window(time_s: FloatArray, window_s: float) -> int:
    """Samples on either side of the middle of a window of ``window_s`` at the usual sampling."""
    usual_s = float(np.median(np.diff(time_s))) or 1.0
    return min(max(1, round(window_s / usual_s / 2)), time_s.size // 2)


def _highest(values: FloatArray, size: int) -> FloatArray:
    """The highest of each ``size`` consecutive values, ``(n − size + 1,)``, by windows of doubling length."""
    done = 1
    while done < size:
        step = min(done, size - done)
        values = np.maximum(values[:-step], values[step:])
        done += step
    return values


def _long(time_s: FloatArray, marked: BoolArray, least_s: float) -> BoolArray:
    """The marked samples that belong to a series of at least ``least_s``."""
    start, end = stretches(marked)
    kept = np.zeros(marked.size, dtype=bool)
    for first, beyond in zip(start, end, strict=True):
        if time_s[min(beyond, time_s.size - 1)] - time_s[first] >= least_s:
            kept[first:beyond] = True
    return kept


def _spans(reason: FaultReason, time_s: FloatArray, wrong: BoolArray) -> list[HeartRateFault]:
    """The marked samples as stretches from first to last sample, near ones joined."""
    spans: list[HeartRateFault] = []
    for first, beyond in zip(*stretches(wrong), strict=True):
        start_s, end_s = float(time_s[first]), float(time_s[beyond - 1])
        if spans and start_s - spans[-1].end_s <= _JOIN_S:
            start_s = spans.pop().start_s
        spans.append(HeartRateFault(start_s, end_s, reason))
    return spans
