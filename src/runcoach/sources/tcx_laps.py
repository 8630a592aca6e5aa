"""The laps of a TCX activity: their totals, and the pauses that follow from them."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from runcoach.domain.recording import Totals
from runcoach.sources.track_points import number, typical_step_s

if TYPE_CHECKING:
    from runcoach.domain.streams import FloatArray

Span = tuple[float, float]

#: Differences of clocks that round to whole seconds.
_TOLERANCE_S = 2.0
#: Total of an activity → how it follows from those of its laps.
_COMBINED_BY: dict[str, Callable[[list[float]], float]] = {
    **dict.fromkeys(("distance_m", "timer_s", "calories_kcal"), sum),
    **dict.fromkeys(("max_hr_bpm", "max_cadence_spm", "max_power_w"), max),
}
#: The shortest gap between laps or tracks that is a pause.
_MIN_PAUSE_S = 1.0


@dataclass(slots=True)
class TcxLap:
    """A ``<Lap>``: its start (NaN: unknown), the texts of its totals, and its points ``begin`` to ``end``."""

    begin: int
    start_s: float
    end: int | None = None
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def timer_s(self) -> float:
        """``TotalTimeSeconds``: timer time."""
        return number(self.texts.get("totaltimeseconds"))

    @property
    def cadence(self) -> float:
        """The average run cadence, or else the cadence, as in the file."""
        return number(self.texts.get("avgruncadence", self.texts.get("cadence")))

    def totals(self, cadence_factor: float) -> Totals:
        """The totals that the lap states; its cadence is multiplied by ``cadence_factor``."""
        total = self._total
        max_cadence = number(self.texts.get("maxruncadence", self.texts.get("maxbikecadence")))
        return Totals(
            distance_m=total("distancemeters"),
            timer_s=total("totaltimeseconds"),
            avg_hr_bpm=total("averageheartratebpm") or None,
            max_hr_bpm=total("maximumheartratebpm") or None,
            avg_cadence_spm=_none_if_nan(self.cadence * cadence_factor),
            max_cadence_spm=_none_if_nan(max_cadence * cadence_factor),
            avg_power_w=total("avgwatts"),
            max_power_w=total("maxwatts"),
            calories_kcal=total("calories") or None,
        )

    def _total(self, name: str) -> float | None:
        return _none_if_nan(number(self.texts.get(name)))


def without_repeats(laps: Iterable[TcxLap]) -> list[TcxLap]:
    """The laps without those that repeat an earlier one: they have its start and all its texts."""
    kept: dict[tuple[float, frozenset[tuple[str, str]]], TcxLap] = {}
    for lap in laps:
        kept.setdefault((lap.start_s, frozenset(lap.texts.items())), lap)
    return list(kept.values())


def activity_totals(laps: Sequence[TcxLap], cadence_factor: float) -> Totals:
    """The sum or maximum of each total that all laps have.

    Averages are taken only from the single lap of an activity: others would be computed, not stated.
    """
    each = [lap.totals(cadence_factor) for lap in laps]
    if len(each) == 1:
        return each[0]
    stated = {name: [getattr(totals, name) for totals in each] for name in _COMBINED_BY}
    return Totals(**{name: _COMBINED_BY[name](values) for name, values in stated.items() if None not in values})


def elapsed_of(laps: Sequence[TcxLap]) -> float | None:
    """Seconds from the start of the first lap to the end of the last one, by its timer time; None if unknown."""
    timed = [(lap.start_s, lap.start_s + lap.timer_s) for lap in laps if not math.isnan(lap.start_s + lap.timer_s)]
    return max(end for _, end in timed) - min(start for start, _ in timed) if timed else None


def pauses(time_s: FloatArray, breaks: Sequence[int], laps: Sequence[TcxLap]) -> list[Span]:
    """Pauses between the tracks of a lap, between laps, and in gaps that the timer time of a lap excludes.

    ``time_s`` are the times of all points (NaN: unknown), ``breaks`` the points that open a new ``<Track>``.
    """
    spans: list[Span] = []
    end_s = math.nan
    for lap in laps:
        end = len(time_s) if lap.end is None else lap.end
        times = time_s[lap.begin : end]
        known = ~np.isnan(times)
        lap_breaks = breaks[bisect_right(breaks, lap.begin) : bisect_left(breaks, end)]
        track_starts = {int(known[: index - lap.begin].sum()) for index in lap_breaks}
        inner = _pauses_inside(times[known], track_starts, lap.timer_s)
        first_s, last_s = (times[known][0], times[known][-1]) if known.any() else (math.nan, math.nan)
        begin_s = float(np.fmin(lap.start_s, first_s))
        if begin_s - end_s > _MIN_PAUSE_S:
            spans.append((end_s, begin_s))
        spans += inner
        timer_end_s = lap.start_s + lap.timer_s + sum(after - before for before, after in inner)
        end_s = float(np.fmax(end_s, np.fmax(timer_end_s, last_s)))
    return spans


def _pauses_inside(times_s: FloatArray, track_starts: set[int], timer_s: float) -> list[Span]:
    """Gaps between tracks, then the longest time steps, until the rest of the lap is as long as its timer time."""
    steps = np.diff(times_s)
    if not steps.size:
        return []
    found = {index - 1 for index in track_starts if 0 < index <= steps.size and steps[index - 1] > _MIN_PAUSE_S}
    typical_s = typical_step_s(np.delete(steps, list(found)))
    paused_s = times_s[-1] - times_s[0] - timer_s - sum(steps[index] - typical_s for index in found)
    for index in np.argsort(-steps, kind="stable").tolist():
        if not paused_s > _TOLERANCE_S or steps[index] <= typical_s + _TOLERANCE_S:
            break
        if index not in found and steps[index] - typical_s <= paused_s + _TOLERANCE_S:
            found.add(index)
            paused_s -= steps[index] - typical_s
    return [(float(times_s[index]), float(times_s[index + 1])) for index in sorted(found)]


def _none_if_nan(value: float) -> float | None:
    return None if math.isnan(value) else value
