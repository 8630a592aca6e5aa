"""Compares efforts and splits with Strava's: one activity in full, or a summary of all."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runcoach.domain.activity import Effort, Quality
from runcoach.domain.comparison import DifferenceCause, EffortPair, SplitPair
from runcoach.domain.sports import is_indoor
from runcoach.errors import NotFoundError
from runcoach.store import activities, activity_queries

if TYPE_CHECKING:
    from runcoach.domain.filters import ActivityFilter

#: The channels that efforts, splits and moving time are computed from.
_CHANNELS = frozenset({"time_s", "distance_m", "timer_s", "moving"})

#: How many activities with the largest differences are listed.
WORST = 10


@dataclass(frozen=True, slots=True)
class Comparison:
    """One activity: its efforts, shortest first, and kilometres, each as computed and as reported by Strava."""

    id: int
    strava_id: int | None
    name: str
    local_date: str
    efforts: tuple[EffortPair, ...]
    splits: tuple[SplitPair, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """How many efforts and splits have one cause."""

    explanation: DifferenceCause
    efforts: int
    splits: int


@dataclass(frozen=True, slots=True)
class Worst:
    """The largest difference in one activity: ``what`` is Strava's name of an effort, or ``km 5``."""

    id: int
    strava_id: int | None
    name: str
    local_date: str
    what: str
    ours_s: int
    theirs_s: int
    difference_s: int
    explanation: DifferenceCause
    note: str | None


@dataclass(frozen=True, slots=True)
class ComparisonSummary:
    """All activities: ``activities`` have figures from Strava, ``without_answer`` have not.

    Efforts and splits are compared where both sides have them, and equal if they agree to the second;
    ``splits_equal_in_motion`` also agree in moving time. ``differ`` counts the other compared ones by cause,
    ``only_here`` and ``only_there`` those that one side has. ``worst`` holds the largest differences, one per activity,
    unexplained ones first.
    """

    activities: int
    without_answer: int
    efforts_compared: int
    efforts_equal: int
    splits_compared: int
    splits_equal: int
    splits_equal_in_motion: int
    differ: tuple[Share, ...]
    only_here: tuple[Share, ...]
    only_there: tuple[Share, ...]
    worst: tuple[Worst, ...]


def compare(connection: sqlite3.Connection, activity: dict[str, Any]) -> Comparison:
    """One activity, given its columns, and Strava's figures; NotFoundError where Strava's are not stored."""
    raw = activities.read_raw(connection, activity["id"])
    if raw is None:
        raise NotFoundError(
            f"activity {activity['id']} has nothing from Strava to compare with", hint="`runcoach sync` fetches it"
        )
    return _comparison(connection, activity, raw)


def comparison_summary(
    connection: sqlite3.Connection, where: ActivityFilter, *, progress: Callable[[int, int], None] | None = None
) -> ComparisonSummary:
    """Compare every activity that passes a filter and has Strava's figures, one at a time."""
    ids = activity_queries.with_raw(connection, where)
    efforts, splits = Counter[tuple[str, DifferenceCause]](), Counter[tuple[str, DifferenceCause]]()
    in_motion, worst = 0, list[Worst]()
    for done, activity_id in enumerate(ids):
        if progress is not None:
            progress(done, len(ids))
        raw = activities.read_raw(connection, activity_id)
        if raw is None:
            continue
        one = _comparison(connection, dict(activity_queries.activity(connection, activity_id)), raw)
        efforts.update((_side(pair), pair.explanation) for pair in one.efforts)
        splits.update((_side(pair), pair.explanation) for pair in one.splits)
        in_motion += sum(
            pair.explanation is DifferenceCause.EQUAL and pair.ours_moving_s == pair.theirs_moving_s
            for pair in one.splits
        )
        if apart := _differences(one):
            worst = sorted([*worst, max(apart, key=_weight)], key=_weight, reverse=True)[:WORST]

    def shares(side: str) -> tuple[Share, ...]:
        found = (Share(each, efforts[side, each], splits[side, each]) for each in DifferenceCause)
        return tuple(one for one in found if one.explanation is not DifferenceCause.EQUAL and one.efforts + one.splits)

    return ComparisonSummary(
        activities=len(ids),
        without_answer=activity_queries.count(connection, where) - len(ids),
        efforts_compared=sum(number for (side, _), number in efforts.items() if side == "both"),
        efforts_equal=efforts["both", DifferenceCause.EQUAL],
        splits_compared=sum(number for (side, _), number in splits.items() if side == "both"),
        splits_equal=splits["both", DifferenceCause.EQUAL],
        splits_equal_in_motion=in_motion,
        differ=shares("both"),
        only_here=shares("here"),
        only_there=shares("there"),
        worst=tuple(worst),
    )


def _comparison(connection: sqlite3.Connection, row: dict[str, Any], raw: bytes) -> Comparison:
    from runcoach.analysis.split_comparison import compare_splits
    from runcoach.analysis.strava_comparison import Run, compare_efforts
    from runcoach.sources.strava.models import activity_of

    payload = json.loads(raw)
    payload.pop("laps", None)  # most of the payload, and not compared
    reported_activity = activity_of(payload)
    efforts = activity_queries.efforts(connection, row["id"])
    run = Run(
        streams=activities.read_streams(connection, row["id"], only=_CHANNELS),
        is_indoor=is_indoor(row),
        distance_m=reported_activity.totals.distance_m,
        elapsed_s=reported_activity.totals.elapsed_s,
        ignored={one["distance_m"]: one["ignored_reason"] or "" for one in efforts if one["ignored_at"] is not None},
    )
    return Comparison(
        id=row["id"],
        strava_id=row["strava_id"],
        name=row["name"],
        local_date=row["local_date"],
        efforts=tuple(compare_efforts(_fastest(efforts), reported_activity.best_efforts, run)),
        splits=tuple(compare_splits(reported_activity.splits or (), run)),
    )


def _fastest(rows: Sequence[sqlite3.Row]) -> list[Effort]:
    """The fastest effort of each distance, also a suspect or ignored one: Strava counts those."""
    fastest: dict[int, Effort] = {}
    for row in sorted(rows, key=lambda row: row["duration_exact_s"]):
        spans = (row["length_m"], row["duration_exact_s"], row["start_s"], row["end_s"])
        effort = Effort(row["distance_m"], *spans, quality=Quality(row["quality"]), reason=row["reason"])
        fastest.setdefault(effort.distance_m, effort)
    return list(fastest.values())


def _side(pair: EffortPair | SplitPair) -> str:
    return "both" if pair.difference_s is not None else "here" if pair.theirs_s is None else "there"


def _differences(one: Comparison) -> list[Worst]:
    """The differences in an activity that are larger than rounding."""
    named = [(pair.name, pair) for pair in one.efforts] + [(f"km {pair.km}", pair) for pair in one.splits]
    who = (one.id, one.strava_id, one.name, one.local_date)
    return [
        Worst(*who, what, pair.ours_s, pair.theirs_s, pair.difference_s, pair.explanation, pair.note)
        for what, pair in named
        if pair.explanation not in {DifferenceCause.EQUAL, DifferenceCause.ROUNDING}
        and pair.ours_s is not None
        and pair.theirs_s is not None
        and pair.difference_s is not None
    ]


def _weight(one: Worst) -> tuple[bool, int]:
    return one.explanation is DifferenceCause.UNEXPLAINED, abs(one.difference_s)
