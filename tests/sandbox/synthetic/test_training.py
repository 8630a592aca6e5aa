"""The synthetic runner trains as a coach would have it: phases, mostly easy runs, believable paces and heart rates."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.sandbox.synthetic.outline import MAX_BPM, Outline
from runcoach.sandbox.synthetic.plan import HOME, ActivityPlan, RunKind, title_of
from runcoach.sandbox.synthetic.samples import record

TODAY = date(2026, 11, 28)
HARD = {RunKind.TEMPO, RunKind.INTERVALS, RunKind.RACE}


@pytest.fixture(scope="module")
def runs() -> list[ActivityPlan]:
    """The runs of the demo, oldest first."""
    athlete = SyntheticAthlete(1, TODAY, years=1.5, per_week=3.8)
    return [plan for plan in map(athlete.plan, reversed(athlete.activity_ids)) if plan.is_run]


def day_of(plan: ActivityPlan) -> date:
    return datetime.fromtimestamp(plan.start_time, UTC).date()


def weeks_of(runs: list[ActivityPlan]) -> dict[date, list[ActivityPlan]]:
    weeks = defaultdict(list)
    for plan in runs:
        weeks[day_of(plan) - timedelta(days=day_of(plan).weekday())].append(plan)
    return weeks


def test_three_to_five_runs_in_most_weeks_and_none_in_an_injury(runs: list[ActivityPlan]) -> None:
    counts = [len(week) for week in weeks_of(runs).values()]
    assert sum(3 <= count <= 5 for count in counts) > 0.8 * len(counts)
    assert max(counts) <= 5
    gaps = [(later - earlier).days for earlier, later in pairwise(map(day_of, runs))]
    assert sum(gap >= 14 for gap in gaps) == 1


def test_about_four_of_five_runs_are_easy_and_one_hard_session_a_week_is_the_most(runs: list[ActivityPlan]) -> None:
    hard = sum(plan.kind in HARD for plan in runs)
    assert 0.15 < hard / len(runs) < 0.27
    assert all(sum(plan.kind in HARD for plan in week) <= 1 for week in weeks_of(runs).values())


def test_easy_runs_are_at_65_to_75_percent_of_the_maximum(runs: list[ActivityPlan]) -> None:
    easy = [Outline(plan) for plan in runs if plan.kind is RunKind.EASY]
    assert all(0.64 < outline.mean_heart_rate_bpm / MAX_BPM < 0.75 for outline in easy)


def test_races_are_tapered_for_and_recovered_from(runs: list[ActivityPlan]) -> None:
    km = {monday: sum(plan.distance_m for plan in week) / 1000 for monday, week in weeks_of(runs).items()}
    (marathon, *_) = [plan for plan in runs if plan.kind is RunKind.RACE and plan.distance_m > 42_000][-1:]
    monday = day_of(marathon) - timedelta(days=6)
    before = km[monday] - marathon.distance_m / 1000
    assert before < 25 < km[monday - timedelta(weeks=2)]
    assert km[monday + timedelta(weeks=1)] < 25


def test_long_runs_are_at_the_weekend(runs: list[ActivityPlan]) -> None:
    assert {day_of(plan).weekday() for plan in runs if plan.kind is RunKind.LONG} == {6}


def test_titles_fit_their_dates(runs: list[ActivityPlan]) -> None:
    for plan in runs:
        title, hour = title_of(plan), (plan.start_time + plan.utc_offset_s) % 86_400 // 3600
        assert (title == "New Year's Run 🎆") == ((day_of(plan).month, day_of(plan).day) == (1, 1))
        assert title != "Morning Run" or hour < 11
        assert title != "Evening Run" or hour >= 18
        assert title != "Langer Lauf am Fluss" or plan.place is HOME
        assert title != "[6x1k] @ threshold" or (plan.repetitions.count, plan.repetitions.metres) == (6, 1000)


def test_a_run_on_new_years_day_says_so() -> None:
    athlete = SyntheticAthlete(1, TODAY, years=0)
    new_year = int(datetime(2026, 1, 1, 9, tzinfo=UTC).timestamp())
    run = athlete.add_run(start_time=new_year, uploaded_at=new_year)
    assert title_of(athlete.plan(run)) == "New Year's Run 🎆"


def test_heart_rate_follows_a_faster_pace_later(runs: list[ActivityPlan]) -> None:
    plan = next(plan for plan in runs if plan.kind is RunKind.INTERVALS and plan.device.heart_rate)
    outline = Outline(plan)
    samples, part = record(outline), outline.stretches
    pulse = samples.channels["heartrate"]
    fast = int(part.start_s[np.flatnonzero(part.lap == 2)[0]])  # the first repetition
    at = np.searchsorted(samples.time_s, [fast, fast + 10, fast + 75])
    assert pulse[at[1]] < pulse[at[0]] + 20
    assert pulse[at[2]] > pulse[at[1]] + 10


def test_pace_is_no_sum_of_a_few_waves(runs: list[ActivityPlan]) -> None:
    plan = next(plan for plan in reversed(runs) if plan.kind is RunKind.EASY and not plan.device.smart_recording)
    outline = Outline(plan)
    samples, part = record(outline), outline.stretches
    longest = int(np.argmax(part.duration_s))
    begin, end = part.start_s[longest], part.start_s[longest] + part.duration_s[longest]
    inside = (samples.time_s > begin) & (samples.time_s <= end)
    speed = samples.channels["velocity_smooth"][inside]
    power = np.abs(np.fft.rfft(speed - speed.mean())) ** 2
    assert np.sort(power)[-6:].sum() < 0.95 * power.sum()


def test_hills_slow_the_runner_down(runs: list[ActivityPlan]) -> None:
    plan = next(plan for plan in reversed(runs) if plan.kind is RunKind.TRAIL)
    channels = record(Outline(plan)).channels
    grade, speed = channels["grade_smooth"], channels["velocity_smooth"]
    assert speed[grade > 4].mean() < 0.95 * speed[np.abs(grade) < 1].mean()
