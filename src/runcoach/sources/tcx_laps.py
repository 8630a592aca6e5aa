"""The laps of a TCX activity: the figures they state, and where the timer must have stood between their points."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from runcoach.domain.recording import RecordedLap, Totals
from runcoach.sources.track_points import number, usual_step_s

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runcoach.domain.streams import FloatArray

Span = tuple[float, float]

#: What clocks that round to whole seconds may disagree by.
_SLACK_S = 2.0
#: A gap between laps, or between the tracks of one, is a pause from here on.
_SHORTEST_PAUSE_S = 1.0


@dataclass(slots=True)
class TcxLap:
    """A ``<Lap>``: its start (NaN: unknown), its figures as texts, and its points from ``begin`` up to ``end``."""

    begin: int
    start_s: float
    end: int | None = None
    figures: dict[str, str] = field(default_factory=dict)

    @property
    def timer_s(self) -> float:
        """``TotalTimeSeconds``: the time that the timer ran."""
        return number(self.figures.get("totaltimeseconds"))

    @property
    def cadence(self) -> float:
        """The average of a runner, or else of anyone, in the file's own count."""
        return number(self.figures.get("avgruncadence", self.figures.get("cadence")))

    def recorded(self, steps: float) -> RecordedLap:
        """The lap in our terms; ``steps`` is what its cadence is multiplied by."""
        return RecordedLap(None if math.isnan(self.start_s) else self.start_s, self.totals(steps))

    def totals(self, steps: float) -> Totals:
        """The figures that the lap states."""
        figure = self._figure
        fastest = number(self.figures.get("maxruncadence", self.figures.get("maxbikecadence")))
        return Totals(
            distance_m=figure("distancemeters"),
            timer_s=figure("totaltimeseconds"),
            avg_hr_bpm=figure("averageheartratebpm") or None,
            max_hr_bpm=figure("maximumheartratebpm") or None,
            avg_cadence_spm=_known(self.cadence * steps),
            max_cadence_spm=_known(fastest * steps),
            avg_power_w=figure("avgwatts"),
            max_power_w=figure("maxwatts"),
            calories_kcal=figure("calories") or None,
        )

    def _figure(self, name: str) -> float | None:
        return _known(number(self.figures.get(name)))


def activity_totals(laps: Sequence[TcxLap], steps: float) -> Totals:
    """What the laps together state: the sum or the greatest of a figure that every one of them has.

    An average of averages would be computed, not stated: it is taken from a lap only where that is the whole activity.
    """
    each = [lap.totals(steps) for lap in laps]
    if len(each) == 1:
        return each[0]
    return Totals(
        distance_m=_sum(totals.distance_m for totals in each),
        timer_s=_sum(totals.timer_s for totals in each),
        max_hr_bpm=_greatest(totals.max_hr_bpm for totals in each),
        max_cadence_spm=_greatest(totals.max_cadence_spm for totals in each),
        max_power_w=_greatest(totals.max_power_w for totals in each),
        calories_kcal=_sum(totals.calories_kcal for totals in each),
    )


def pauses(time_s: FloatArray, breaks: Sequence[int], laps: Sequence[TcxLap]) -> list[Span]:
    """Where the timer stood: between the tracks of a lap, between laps, and in holes that a lap's own time leaves out.

    ``time_s`` are the times of all points (NaN: unknown), ``breaks`` the points that open a new ``<Track>``.
    """
    spans: list[Span] = []
    covered_s = math.nan
    for lap in laps:
        end = len(time_s) if lap.end is None else lap.end
        times = time_s[lap.begin : end]
        known = ~np.isnan(times)
        inside = breaks[bisect_right(breaks, lap.begin) : bisect_left(breaks, end)]
        opens = {int(known[: index - lap.begin].sum()) for index in inside}
        inner = _pauses_inside(times[known], opens, lap.timer_s)
        first_s, last_s = (times[known][0], times[known][-1]) if known.any() else (math.nan, math.nan)
        begin_s = float(np.fmin(lap.start_s, first_s))
        if begin_s - covered_s > _SHORTEST_PAUSE_S:
            spans.append((covered_s, begin_s))
        spans += inner
        run_out_s = lap.start_s + lap.timer_s + sum(after - before for before, after in inner)
        covered_s = float(np.fmax(covered_s, np.fmax(run_out_s, last_s)))
    return spans


def _pauses_inside(times_s: FloatArray, opens: set[int], timer_s: float) -> list[Span]:
    """Gaps between tracks, then the longest steps within one, as long as the lap lasted longer than its timer ran."""
    steps = np.diff(times_s)
    if not steps.size:
        return []
    found = {index - 1 for index in opens if 0 < index <= steps.size and steps[index - 1] > _SHORTEST_PAUSE_S}
    usual_s = usual_step_s(np.delete(steps, list(found)))
    stood_s = times_s[-1] - times_s[0] - timer_s - sum(steps[index] - usual_s for index in found)
    for index in np.argsort(-steps, kind="stable").tolist():
        if not stood_s > _SLACK_S or steps[index] <= usual_s + _SLACK_S:
            break
        if index not in found and steps[index] - usual_s <= stood_s + _SLACK_S:
            found.add(index)
            stood_s -= steps[index] - usual_s
    return [(float(times_s[index]), float(times_s[index + 1])) for index in sorted(found)]


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _sum(values: Iterable[float | None]) -> float | None:
    stated = list(values)
    return sum(value for value in stated if value is not None) if stated and None not in stated else None


def _greatest(values: Iterable[float | None]) -> float | None:
    stated = list(values)
    return max((value for value in stated if value is not None), default=None) if None not in stated else None
