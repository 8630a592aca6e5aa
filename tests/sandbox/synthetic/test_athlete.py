"""The synthetic runner: the same for the same seed, of every kind there is, and quick to make."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from runcoach.errors import NotFoundError
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.sandbox.synthetic.plan import GEAR, ActivityPlan, RunKind, title_of


def plans(athlete: SyntheticAthlete) -> list[ActivityPlan]:
    return [athlete.plan(each) for each in athlete.activity_ids]


def day(plan: ActivityPlan) -> date:
    return datetime.fromtimestamp(plan.start_time, UTC).date()


def test_same_seed_same_history(today: date) -> None:
    one, two, other = (SyntheticAthlete(seed, today, runs=30) for seed in (4, 4, 5))
    assert plans(one) == plans(two)
    assert plans(one) != plans(other)
    newest = one.activity_ids[0]
    assert one.detail(newest) == two.detail(newest)


def test_what_was_asked_before_changes_nothing(today: date) -> None:
    one, two = SyntheticAthlete(4, today, runs=12), SyntheticAthlete(4, today, runs=12)
    for activity in one.activity_ids:
        one.detail(activity)
    assert one.detail(one.activity_ids[-1]) == two.detail(two.activity_ids[-1])


@pytest.mark.parametrize("runs", [1, 12, 40, 300])
def test_an_exact_number_of_runs(today: date, runs: int) -> None:
    athlete = SyntheticAthlete(1, today, runs=runs)
    assert sum(plan.is_run for plan in plans(athlete)) == runs


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 100, 5000])
def test_an_exact_number_of_activities(today: date, count: int) -> None:
    athlete = SyntheticAthlete(1, today, n_activities=count)
    assert len(athlete) == count == len(set(athlete.activity_ids))
    assert day(plans(athlete)[-1]) > today - timedelta(days=366 * 16)


def test_years_and_runs_a_week(today: date) -> None:
    athlete = SyntheticAthlete(1, today, years=2, per_week=5)
    everything = plans(athlete)
    assert timedelta(days=650) < today - day(everything[-1]) <= timedelta(days=735)
    runs = sum(plan.is_run for plan in everything)
    assert 4.0 < runs / 104 < 5.6


def test_the_newest_is_of_the_day_before_today_at_the_latest(history: SyntheticAthlete, today: date) -> None:
    assert timedelta(days=1) <= today - day(plans(history)[0]) <= timedelta(days=4)


def test_order_ids_and_starts(history: SyntheticAthlete) -> None:
    everything = plans(history)
    starts = [plan.start_time for plan in everything]
    assert starts == sorted(starts, reverse=True)
    assert len(set(history.activity_ids)) == len(history)
    assert history.activity_ids == sorted(history.activity_ids, reverse=True)


@pytest.mark.slow
def test_no_two_activities_at_once(history: SyntheticAthlete) -> None:
    oldest_first = history.activity_ids[::-1]
    ends = [history.recording(each)[0].stretches.elapsed_s + history.plan(each).start_time for each in oldest_first]
    starts = [history.plan(each).start_time for each in oldest_first]
    assert all(start > end for start, end in zip(starts[1:], ends[:-1], strict=True))


def test_a_history_holds_one_of_everything(history: SyntheticAthlete) -> None:
    everything = plans(history)
    kinds = Counter(plan.kind for plan in everything)
    assert set(kinds) == set(RunKind)
    assert kinds[RunKind.GPS_SPIKE] == 1
    assert {plan.sport for plan in everything} == {"Run", "TrailRun", "Ride", "Walk"}
    assert {5, 10, 21, 42, 50} <= {round(plan.distance_m / 1000) for plan in everything if plan.kind is RunKind.RACE}
    assert {plan.place.name for plan in everything} == {"Freiburg", "Schauinsland", "New York", "Kathmandu"}
    assert {plan.gear_id for plan in everything} == {None, *(gear.gear_id for gear in GEAR)}
    assert 5 <= sum(plan.private for plan in everything) <= len(everything) / 8
    assert {plan.device.smart_recording for plan in everything} == {True, False}


def test_a_short_history_has_the_oddities_too(today: date) -> None:
    for seed in range(10):
        everything = plans(SyntheticAthlete(seed, today, runs=40))
        kinds = {plan.kind for plan in everything}
        assert {
            RunKind.RACE,
            RunKind.TREADMILL,
            RunKind.GPS_SPIKE,
            RunKind.MANUAL,
            RunKind.TRAIL,
            RunKind.INTERVALS,
        } <= kinds
        assert any(plan.private for plan in everything)


def test_who_runs_once_a_week_runs_more_than_long_runs(today: date) -> None:
    kinds = Counter(plan.kind for plan in plans(SyntheticAthlete(1, today, per_week=1.3, years=2)))
    assert {
        RunKind.EASY,
        RunKind.LONG,
        RunKind.TEMPO,
        RunKind.INTERVALS,
        RunKind.RACE,
        RunKind.GPS_SPIKE,
        RunKind.MANUAL,
    } <= set(kinds)
    assert kinds[RunKind.LONG] < sum(kinds.values()) / 2


def test_an_injury_leaves_a_gap(history: SyntheticAthlete) -> None:
    days = sorted({day(plan) for plan in plans(history)})
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    assert sum(gap >= 14 for gap in gaps) >= 1
    assert max(gaps) < 50


def test_fitness_grows(history: SyntheticAthlete) -> None:
    everything = plans(history)
    oldest = [plan.speed_10k_ms for plan in everything[-40:]]
    newest = [plan.speed_10k_ms for plan in everything[:40]]
    assert sum(newest) / 40 > 1.08 * sum(oldest) / 40
    assert all(3.0 < plan.speed_10k_ms < 4.4 for plan in everything)


def test_abroad_the_clock_is_another_and_summer_time_counts(history: SyntheticAthlete) -> None:
    one_of_each = {(plan.place.name, day(plan).month): plan.activity_id for plan in plans(history)}
    details = [history.detail(activity) for activity in one_of_each.values()]
    assert {(detail["timezone"], detail["utc_offset"]) for detail in details} == {
        ("(GMT+01:00) Europe/Berlin", 3600.0),
        ("(GMT+01:00) Europe/Berlin", 7200.0),
        ("(GMT-05:00) America/New_York", -14400.0),
        ("(GMT+05:45) Asia/Kathmandu", 20700.0),
    }


def test_titles_are_of_many_languages(history: SyntheticAthlete) -> None:
    names = {title_of(plan) for plan in plans(history)}
    assert len(names) > 30
    assert any(ord(letter) > 0xFFFF for name in names for letter in name)  # emoji
    assert any("朝" in name for name in names)
    assert any("[bold]" in name for name in names)


def test_unknown_activities_are_not_found(history: SyntheticAthlete) -> None:
    for ask in (history.plan, history.detail, history.laps, history.delete):
        with pytest.raises(NotFoundError, match="no activity 17"):
            ask(17)
    with pytest.raises(NotFoundError):
        history.edit(17, name="x")


def test_runs_can_be_added_to_nothing(today: date) -> None:
    athlete = SyntheticAthlete(1, today, years=0)
    assert len(athlete) == 0
    noon = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
    first = athlete.add_run(start_time=noon, uploaded_at=noon + 3600)
    second = athlete.add_run(start_time=noon - 86_400, uploaded_at=noon + 3600)
    assert athlete.activity_ids == [first, second]
    assert second > first
