"""A goal as the runner writes it: ``half 1:35:00 2027-04-18``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from runcoach.domain.distances import parse_distance
from runcoach.domain.units import parse_duration
from runcoach.domain.windows import local_today
from runcoach.errors import UsageError


@dataclass(frozen=True, slots=True)
class GoalText:
    """``distance_m`` is the label of the distance, ``length_m`` its length; ``time_s`` or ``race_date`` may be None."""

    distance_m: int
    length_m: float
    time_s: int | None
    race_date: date | None


def example_goal() -> str:
    """A goal for hints, with a day in the future: a Sunday in 20 weeks."""
    today = local_today()
    return f"half 1:35:00 {today + timedelta(weeks=20, days=6 - today.weekday())}"


def parse_goal(text: str) -> GoalText:
    """A goal from a distance and a time, a day, or both, in any order; UsageError for anything else."""
    words = text.split()
    days = [word for word in words if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", word, re.ASCII)]
    times = [word for word in words if ":" in word]
    distance = " ".join(word for word in words if word not in days and word not in times)
    if not distance or len(days) > 1 or len(times) > 1 or not (days or times):
        raise UsageError(f"{text!r} is not a goal", hint=_hint())
    label, length_m = parse_distance(distance)
    time_s = parse_duration(times[0]) if times else None
    if time_s == 0:
        raise UsageError("a goal of 0:00 cannot be reached", hint=_hint())
    return GoalText(label, length_m, time_s, _day(days[0]) if days else None)


def _hint() -> str:
    return f'write it as "{example_goal()}": distance, time, day; one of time and day can be left out'


def _day(text: str) -> date:
    year, month, day = map(int, text.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        raise UsageError(f"{text!r} is not a valid date", hint=_hint()) from None
