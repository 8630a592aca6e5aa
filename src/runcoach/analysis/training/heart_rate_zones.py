"""Heart rate zones, time in them, and whether training is polarized."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runcoach.domain.training.physiology import Origin, Zones

#: Lower bounds of zones 2 to 5 as shares of the maximum heart rate: the usual five zones, also Garmin's.
SHARES_OF_MAXIMUM = (0.6, 0.7, 0.8, 0.9)

#: Zones 1 and 2 are easy, 4 and 5 hard.
EASY, HARD = (1, 2), (4, 5)

#: A run with at least this much time in the hard zones is a hard session.
HARD_SESSION_S = 600


@dataclass(frozen=True, slots=True)
class Polarization:
    """How much of the training is easy: by sessions and by time, as shares; None without any.

    Seiler's 80/20 is by sessions; by time it is about 90/10. ``sessions`` counts runs with time in zones, ``hard``
    those with at least :data:`HARD_SESSION_S` in zones 4 and 5.
    """

    sessions: int
    hard: int
    easy_share_of_sessions: float | None
    easy_share_of_time: float | None
    hard_share_of_time: float | None


def zones_of_maximum(max_bpm: float) -> Zones:
    """The five zones as shares of the maximum heart rate."""
    second, third, fourth, fifth = (round(share * max_bpm) for share in SHARES_OF_MAXIMUM)
    return Zones((second, third, fourth, fifth), Origin.ESTIMATE, "60, 70, 80 and 90 % of the maximum")


def time_in_zones(heart_rate_ms: Mapping[int, int], zones: Zones) -> tuple[int, int, int, int, int]:
    """Whole seconds in each zone; they sum to the rounded total of ``heart_rate_ms`` (bpm → milliseconds)."""
    milliseconds = [0] * 5
    for bpm, duration_ms in heart_rate_ms.items():
        milliseconds[zones.number(bpm) - 1] += duration_ms
    ends, total = [0], 0
    for duration_ms in milliseconds:
        total += duration_ms
        ends.append((total + 500) // 1000)
    first, second, third, fourth, fifth = (ends[number + 1] - ends[number] for number in range(5))
    return first, second, third, fourth, fifth


def polarization(runs: Iterable[Sequence[int]]) -> Polarization:
    """How polarized some runs are, given the seconds in zones 1 to 5 of each."""
    rows = [run for run in runs if sum(run)]
    hard = sum(_seconds(run, HARD) >= HARD_SESSION_S for run in rows)
    total_s = sum(map(sum, rows))
    return Polarization(
        sessions=len(rows),
        hard=hard,
        easy_share_of_sessions=1.0 - hard / len(rows) if rows else None,
        easy_share_of_time=sum(_seconds(run, EASY) for run in rows) / total_s if rows else None,
        hard_share_of_time=sum(_seconds(run, HARD) for run in rows) / total_s if rows else None,
    )


def _seconds(run: Sequence[int], zones: tuple[int, int]) -> int:
    return sum(run[zone - 1] for zone in zones)
