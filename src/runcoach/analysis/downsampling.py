"""Downsampling for charts: the samples of several channels that preserve their shape.

All channels share the same samples. The run is divided into buckets of equal size, and each bucket keeps two samples:
those at which some channel is furthest above or below its mean in the bucket, relative to the channel's range. With one
channel these are the maximum and minimum of each bucket, so no peak is lost. The first and last sample and the extremes
of each channel are always kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from runcoach.domain.streams import FloatArray

Indices = npt.NDArray[np.intp]


def downsample(channels: Sequence[FloatArray], n: int, limit: int) -> Indices:
    """The indices, in order, of at most ``limit`` (2 or more) of ``n`` samples of ``channels``, each of shape ``(n,)``.

    NaN is a missing sample and never an extreme.
    """
    if limit < 2:
        raise ValueError(f"limit must be at least 2, not {limit}")
    if n <= limit:
        return np.arange(n)
    present = [values for values in channels if not np.isnan(values).all()]
    if not present:
        return np.linspace(0, n - 1, limit).astype(np.intp)
    required = _required(present, n)[:limit]
    room = (limit - len(required)) // 2
    if room < 1:
        return np.unique(required)
    scaled = np.stack([values / _range(values) for values in present])
    return np.unique(np.concatenate((required, _bucket_extremes(scaled, room))))


def _required(channels: Sequence[FloatArray], n: int) -> Indices:
    """The first and last index, then the extremes of each channel, in order of importance."""
    peaks = [int(pick(values)) for values in channels for pick in (np.nanargmin, np.nanargmax)]
    return np.array(list(dict.fromkeys((0, n - 1, *peaks))), dtype=np.intp)


def _range(values: FloatArray) -> float:
    return float(np.nanmax(values) - np.nanmin(values)) or 1.0


def _bucket_extremes(scaled: FloatArray, buckets: int) -> Indices:
    """Two samples of each bucket; ``scaled`` has shape ``(channels, n)``, each channel with a range of one."""
    n = scaled.shape[1]
    edges = np.unique(np.linspace(0, n, buckets + 1).astype(np.intp))
    longest = int(np.diff(edges).max())
    # One row a bucket; a bucket shorter than the longest repeats its last sample.
    indices = np.minimum(edges[:-1, None] + np.arange(longest), edges[1:, None] - 1)
    cut = scaled[:, indices]
    missing = np.isnan(cut)
    counts = np.maximum((~missing).sum(axis=2, keepdims=True), 1)
    means = np.where(missing, 0.0, cut).sum(axis=2, keepdims=True) / counts
    away = np.where(missing, 0.0, cut - means)
    rows = np.arange(len(edges) - 1)
    above, below = away.max(axis=0).argmax(axis=1), away.min(axis=0).argmin(axis=1)
    return np.concatenate((indices[rows, above], indices[rows, below]))
