"""Efforts that rank, and their ranks, as columns of whole numbers: one place in each column an effort."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


class Entrants(NamedTuple):
    """Every effort that may rank, columns of equal length.

    ``place`` is where its run stands in time, ``day`` the run's local day as Python numbers them.
    """

    distance_m: IntArray
    duration_s: IntArray
    activity_id: IntArray
    place: IntArray
    day: IntArray


class Standings(NamedTuple):
    """Ranked efforts, columns of equal length, an entry an effort and window; ``window`` is the window's number."""

    window: IntArray
    distance_m: IntArray
    activity_id: IntArray
    duration_s: IntArray
    rank: IntArray

    def only(self, which: npt.NDArray[np.bool_] | IntArray) -> Standings:
        """Some of the entries."""
        return Standings(*(column[which] for column in self))

    @property
    def key(self) -> IntArray:
        """One number for window, distance and activity together."""
        return (self.window << 60) | (self.distance_m << 40) | self.activity_id


class Changes(NamedTuple):
    """From one standing to another: entries of the old one that are ``gone`` or have ``moved`` (to ``rank``), new ones.

    ``gone`` and ``moved`` are places in the old columns.
    """

    gone: IntArray
    moved: IntArray
    rank: IntArray
    added: Standings
