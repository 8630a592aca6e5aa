"""The single-session spike: a run that is much longer than the longest one of the 30 days before.

Frandsen et al. 2025 (Br J Sports Med 59:1203; 5,205 runners, 588,071 sessions) found more overuse injuries after runs
that were more than 10 % longer than the longest of the 30 days before, and no such relation for the acute:chronic
workload ratio or for the change from week to week. It is a relation in a large group, not a diagnosis.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

#: Days before a run whose longest run it is compared with.
WINDOW_DAYS = 30

#: A run up to this many times the longest one is no spike.
LIMIT = 1.1

#: What is known of spikes, in one sentence. Hazard ratios: 1.64 (95 % confidence interval 1.31–2.05) for runs of more
#: than 10 to 30 % longer, 1.52 (1.16–2.00) to 100 %, 2.28 (1.50–3.48) beyond.
EVIDENCE = (
    "In 5,205 runners, overuse injuries were 1.5 to 2.3 times as frequent after runs more than 10 % longer than the "
    "longest of the 30 days before (Frandsen 2025): a finding about a group, not a diagnosis."
)


class Spike(StrEnum):
    """How much longer a run was than the longest of the 30 days before: by more than 10, 30 or 100 %."""

    NONE = "none"
    OVER_10 = "10"
    OVER_30 = "30"
    OVER_100 = "100"


#: Times the longest run beyond which each class begins, the largest first.
_CLASSES = ((2.0, Spike.OVER_100), (1.3, Spike.OVER_30), (LIMIT, Spike.OVER_10))

#: A run is longer only by more than this: distances are stored in centimetres.
_TOLERANCE_M = 0.01


@dataclass(frozen=True, slots=True)
class DatedDistance:
    """A run's local date and its distance in metres."""

    day: date
    distance_m: float


@dataclass(frozen=True, slots=True)
class SpikeLimit:
    """The longest run without a spike: ``distance_m`` on every day up to and including ``until``.

    ``longest`` is the run that it comes from.
    """

    distance_m: float
    until: date
    longest: DatedDistance


def spike_class(distance_m: float, longest_m: float | None) -> Spike:
    """The class of a run after a longest run of ``longest_m``; ``none`` where there is none to compare with."""
    if longest_m is None:
        return Spike.NONE
    return next((kind for times, kind in _CLASSES if distance_m > times * longest_m + _TOLERANCE_M), Spike.NONE)


def longest_before(runs: Iterable[DatedDistance]) -> list[float | None]:
    """For each run, the longest distance among those before it, up to :data:`WINDOW_DAYS` days; None without any.

    ``runs`` are in the order of their start; earlier runs of the same day count. Takes O(n): the window keeps only
    runs that no later one exceeds.
    """
    window: deque[DatedDistance] = deque()
    found: list[float | None] = []
    for run in runs:
        while window and window[0].day < run.day - timedelta(days=WINDOW_DAYS):
            window.popleft()
        found.append(window[0].distance_m if window else None)
        while window and window[-1].distance_m <= run.distance_m:
            window.pop()
        window.append(run)
    return found


def spikes(runs: Sequence[DatedDistance]) -> list[Spike]:
    """The class of each run; ``runs`` are in the order of their start."""
    return [spike_class(run.distance_m, longest) for run, longest in zip(runs, longest_before(runs), strict=True)]


def spike_limit(runs: Iterable[DatedDistance], today: date) -> SpikeLimit | None:
    """How long a run can be today without a spike, and until when that holds; None without a run in the window.

    The limit holds as long as the longest run is within the window; of equally long ones the latest counts.
    """
    recent = [run for run in runs if today - timedelta(days=WINDOW_DAYS) <= run.day <= today]
    longest = max(recent, key=lambda run: (run.distance_m, run.day), default=None)
    if longest is None or longest.distance_m <= 0.0:
        return None
    return SpikeLimit(LIMIT * longest.distance_m, longest.day + timedelta(days=WINDOW_DAYS), longest)
