"""Splits of an activity as its page draws them, and whether its laps repeat them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runcoach.domain.units import Units
from runcoach.errors import NotFoundError
from runcoach.services.queries import activities as queries

#: A split slower than the fastest by this share has the shortest bar, in percent; never scaled to less than this range.
_MIN_SPAN = 0.25
_MIN_WIDTH = 6.0

#: Climbs below this, in metres, do not fill their half of the column.
_FULL_CLIMB_M = 20.0

#: A split shorter than this share of the others is a part of one.
_WHOLE = 0.95

#: Laps repeat splits where no distance differs by more than this share, and no time by more seconds.
_SAME_DISTANCE, _SAME_TIME_S = 0.02, 3.0


@dataclass(frozen=True, slots=True)
class SplitBar:
    """One split as drawn, in percent of its columns; a climb is drawn from ``climb_x`` to the right.

    The bar of a part of a split is as much shorter as the part is: its pace is not one of a whole split.
    """

    row: dict[str, Any]
    from_m: float
    to_m: float
    width: float
    climb_x: float
    climb_width: float
    is_fastest: bool
    is_partial: bool

    @property
    def sec_per_km(self) -> float | None:
        """Moving time per kilometre; None where unknown."""
        speed = _speed_ms(self.row)
        return 1000.0 / speed if speed else None


def splits_of(connection: sqlite3.Connection, row: dict[str, Any], units: Units) -> tuple[list[SplitBar], Units]:
    """Splits in the units of the settings; kilometres where there are no samples to compute miles from."""
    try:
        found = queries.splits(connection, row, units)
    except NotFoundError:
        found, units = queries.splits(connection, row, Units.METRIC), Units.METRIC
    return split_bars(found.rows), units


def split_bars(rows: Sequence[dict[str, Any]]) -> list[SplitBar]:
    """Splits with the length of their bars: the fastest whole one fills its column, slower ones are shorter."""
    speeds = [_speed_ms(row) for row in rows]
    longest_m = max((row["distance_m"] or 0.0 for row in rows), default=0.0)
    shares = [min(1.0, (row["distance_m"] or 0.0) / longest_m) if longest_m else 0.0 for row in rows]
    whole = [speed for speed, share in zip(speeds, shares, strict=True) if speed is not None and share >= _WHOLE]
    fastest = max(whole, default=0.0)
    span = max(_MIN_SPAN, 1.0 - min(whole, default=0.0) / fastest) if fastest else 1.0
    steepest = max([_FULL_CLIMB_M, *(abs(row["elev_gain_m"]) for row in rows if row["elev_gain_m"] is not None)])
    bars, at_m = [], 0.0
    for row, speed, share in zip(rows, speeds, shares, strict=True):
        is_partial = share < _WHOLE
        width = 0.0
        if speed is not None and fastest:
            width = min(100.0, max(_MIN_WIDTH, 100.0 - (1.0 - speed / fastest) / span * (100.0 - _MIN_WIDTH)))
        if is_partial:
            width *= share
        climb = (row["elev_gain_m"] or 0.0) / steepest * 50.0
        end_m = at_m + (row["distance_m"] or 0.0)
        is_fastest = len(whole) > 1 and speed == fastest and not is_partial
        bars.append(SplitBar(row, at_m, end_m, width, min(50.0, 50.0 + climb), abs(climb), is_fastest, is_partial))
        at_m = end_m
    return bars


def laps_repeat_splits(laps: Sequence[dict[str, Any]], splits: Sequence[dict[str, Any]]) -> bool:
    """Whether the watch's laps are the splits that are shown anyway; a last lap of a few metres does not matter."""
    if not splits or len(laps) - len(splits) not in {-1, 0, 1}:
        return False
    return all(_is_same(lap, split) for lap, split in zip(laps[:-1], splits, strict=False))


def _is_same(lap: dict[str, Any], split: dict[str, Any]) -> bool:
    lap_s, split_s = lap["moving_s"] or lap["elapsed_s"], split["moving_time_sec"] or split["elapsed_time_sec"]
    if not (lap["distance_m"] and split["distance_m"] and lap_s and split_s):
        return False
    is_as_far = abs(lap["distance_m"] / split["distance_m"] - 1.0) <= _SAME_DISTANCE
    return bool(is_as_far and abs(lap_s - split_s) <= _SAME_TIME_S)


def _speed_ms(row: dict[str, Any]) -> float | None:
    """Moving speed of a split in metres per second; None where unknown."""
    return row["distance_m"] / row["moving_time_sec"] if row["distance_m"] and row["moving_time_sec"] else None
