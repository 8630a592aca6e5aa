"""Leaves samples out so that a picture of several channels keeps its shape; arrays in, indices out.

Every channel is looked at on the same samples. The run is cut into stretches of equal length; of each stretch two
samples stay: where some channel stands furthest above its mean there, and where some stands furthest below, measured
in shares of the channel's whole range. With one channel that is the greatest and the least value of each stretch, so no
peak is lost, however few samples stay. The first and the last sample and each channel's extremes stay in any case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcoach.domain.streams import FloatArray

Indices = npt.NDArray[np.intp]


def downsample(channels: Sequence[FloatArray], n: int, most: int) -> Indices:
    """The indices, in order, of at most ``most`` (2 or more) of ``n`` samples of ``channels``, each of shape ``(n,)``.

    NaN is a sample that is missing: it is never an extreme, and never needed.
    """
    if most < 2:
        raise ValueError("a picture needs two samples at least")
    if n <= most:
        return np.arange(n)
    present = [values for values in channels if not np.isnan(values).all()]
    if not present:
        return np.linspace(0, n - 1, most).astype(np.intp)
    always = _always(present, n)[:most]
    room = (most - len(always)) // 2
    if room < 1:
        return np.unique(always)
    scaled = np.stack([values / _range(values) for values in present])
    return np.unique(np.concatenate((always, _extremes_of_stretches(scaled, room))))


def _always(channels: Sequence[FloatArray], n: int) -> Indices:
    """The two ends, then the extremes of each channel; the ends come first, for they matter most."""
    peaks = [int(pick(values)) for values in channels for pick in (np.nanargmin, np.nanargmax)]
    return np.array(list(dict.fromkeys((0, n - 1, *peaks))), dtype=np.intp)


def _range(values: FloatArray) -> float:
    return float(np.nanmax(values) - np.nanmin(values)) or 1.0


def _extremes_of_stretches(scaled: FloatArray, stretches: int) -> Indices:
    """Two samples of each stretch; ``scaled`` has shape ``(channels, n)``, each channel with a range of one."""
    n = scaled.shape[1]
    edges = np.linspace(0, n, stretches + 1).astype(np.intp)
    edges = np.unique(edges)
    longest = int(np.diff(edges).max())
    # One row a stretch; a stretch that is shorter than the longest repeats its last sample.
    places = np.minimum(edges[:-1, None] + np.arange(longest), edges[1:, None] - 1)
    cut = scaled[:, places]
    missing = np.isnan(cut)
    counts = np.maximum((~missing).sum(axis=2, keepdims=True), 1)
    means = np.where(missing, 0.0, cut).sum(axis=2, keepdims=True) / counts
    away = np.where(missing, 0.0, cut - means)
    rows = np.arange(len(edges) - 1)
    above, below = away.max(axis=0).argmax(axis=1), away.min(axis=0).argmin(axis=1)
    return np.concatenate((places[rows, above], places[rows, below]))
