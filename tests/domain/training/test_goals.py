"""Goals as a runner writes them."""

from __future__ import annotations

from datetime import date

import pytest

from runcoach.domain.training.goals import GoalText, example_goal, parse_goal
from runcoach.errors import UsageError


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("half 1:35:00 2027-04-18", GoalText(21100, 21097.0, 5700, date(2027, 4, 18))),
        ("2027-4-18  half marathon 1:35:00", GoalText(21100, 21097.0, 5700, date(2027, 4, 18))),
        ("5k 20:00", GoalText(5000, 5000.0, 1200, None)),
        ("Marathon 2027-10-10", GoalText(42200, 42195.0, None, date(2027, 10, 10))),
        ("15 km 1:10:00", GoalText(15000, 15000.0, 4200, None)),
    ],
)
def test_distance_time_and_day_in_any_order(text: str, goal: GoalText) -> None:
    assert parse_goal(text) == goal


@pytest.mark.parametrize(
    "text",
    [
        *("", "half", "1:35:00", "1:35:00 2027-04-18", "half 1:35:00 1:40:00", "half 1:35:00 2027-02-30"),
        *("half 0:00", "far 1:35:00", "half 1:75:00", "half 95 2027-04-18", "half 1:35:00 2027-04-18 2027-05-18"),
    ],
)
def test_anything_else_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_goal(text)
    assert error.value.hint


@pytest.mark.parametrize("today", ["2026-11-29", "2027-04-18", "2028-02-29"])
def test_example_of_a_goal_is_a_goal_on_a_day_in_the_future(today: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runcoach.domain.training.goals.local_today", lambda: date.fromisoformat(today))
    goal = parse_goal(example_goal())
    assert goal.race_date is not None
    assert goal.race_date > date.fromisoformat(today)
    assert goal.race_date.weekday() == 6
