"""Each rule of today's suggestion applies where it should, and no earlier one hides it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runcoach.domain.training.coaching_rules import RULES, Facts, form_state, suggest
from runcoach.domain.units import Units

#: A runner in the middle of training: nothing special, so an easy run.
USUAL = Facts(
    runs=300,
    runs_4_weeks=16,
    days_since_run=1,
    usual_m=9_000.0,
    limit_m=17_600.0,
    form_share=-0.15,
    week_m=20_000.0,
    typical_week_m=40_000.0,
    days_since_hard=2,
    knows_hard=True,
    days_since_long=3,
)
HALF = {"goal_title": "Half in 1:35:00", "goal_length_m": 21_097.0}


@pytest.mark.parametrize(
    ("rule", "changes", "said"),
    [
        ("no-runs", {"runs": 0, "runs_4_weeks": 0}, "no runs yet"),
        ("done", {"today_m": 8_000.0}, "8.0 km today"),
        ("race-day", {**HALF, "days_to_goal": 0}, "Half in 1:35:00"),
        ("race-eve", {**HALF, "days_to_goal": 2}, "in 2 days"),
        ("after-break", {"days_since_run": 12, "runs_4_weeks": 2}, "for 12 days"),
        ("few-runs", {"runs": 3, "runs_4_weeks": 3, "form_share": None}, "3 runs in four weeks"),
        ("few-runs", {"runs": 1, "runs_4_weeks": 1, "form_share": None, "usual_m": None}, "your usual distance"),
        ("after-race", {"days_since_race": 7, "race_m": 21_097.0}, "21.1 km 7 days ago"),
        ("after-spike", {"days_since_spike": 1, "spike_excess": 0.45}, "45% longer"),
        ("deep-fatigue", {"form_share": -0.34}, "-34%"),
        ("taper", {**HALF, "days_to_goal": 14}, "in 14 days"),
        ("taper", {"goal_title": "5 km", "goal_length_m": 5_000.0, "days_to_goal": 7}, "in 7 days"),
        ("taper", {**HALF, "days_to_goal": 8, "runs_4_weeks": 4}, "in 8 days"),
        ("after-hard", {"days_since_hard": 1}, "Yesterday"),
        ("full-week", {"week_m": 45_000.0}, "45.0 km this week, 40.0 km in a typical one"),
        ("long-run", {"is_weekend": True, "days_since_long": 7}, "up to 17.6 km"),
        ("long-run", {"is_weekend": True, "days_since_long": None}, "No long run in four weeks"),
        ("hard-run", {"form_share": 0.02, "days_since_hard": 5}, "5 days ago"),
        ("easy", {}, "9.0 km"),
    ],
)
def test_rule_applies(rule: str, changes: dict[str, Any], said: str) -> None:
    suggestion = suggest(replace(USUAL, **changes))
    assert suggestion.rule == rule
    assert said in f"{suggestion.text} {suggestion.reason}"


@pytest.mark.parametrize(
    "changes",
    [
        {**HALF, "days_to_goal": 15},
        {"goal_title": "5 km", "goal_length_m": 5_000.0, "days_to_goal": 8},
        {**HALF, "days_to_goal": None},
        {"days_since_race": 8, "race_m": 21_097.0},
        {"days_since_spike": 3, "spike_excess": 0.45},
        {"form_share": -0.3},
        {"week_m": 44_000.0},
        {"typical_week_m": None},
        {"is_weekend": True, "days_since_long": 5},
        {"is_weekend": True, "days_since_long": 9, "limit_m": None},
        {"form_share": 0.02, "days_since_hard": 2},
        {"form_share": None, "days_since_hard": 5},
        {"form_share": 0.02, "days_since_hard": None, "knows_hard": False},
    ],
)
def test_rule_does_not_apply_just_outside_its_bounds(changes: dict[str, Any]) -> None:
    assert suggest(replace(USUAL, **changes)).rule == "easy"


def test_every_rule_has_a_test() -> None:
    (mark,) = test_rule_applies.pytestmark
    assert {case[0] for case in mark.args[1]} == {rule.name for rule in RULES}


@pytest.mark.parametrize(
    ("share", "state"),
    [(-0.31, "deep fatigue"), (-0.3, "training"), (-0.11, "training"), (-0.1, "neutral"), (0.05, "fresh")],
)
def test_form_in_words(share: float, state: str) -> None:
    assert form_state(share) == state


def test_distances_are_in_the_units_of_the_runner() -> None:
    assert "5.6 mi" in suggest(USUAL, Units.IMPERIAL).text
