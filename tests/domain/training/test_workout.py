"""Workouts as runners write them: steps, repeats, what is refused, and how long they are."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcoach.analysis.forecasts.vdot import INTENSITIES
from runcoach.domain.training.workout import (
    TRAINING_PACES,
    Extent,
    Repeat,
    Step,
    extent,
    parse_workout,
    steps_of,
    total,
    training_paces_of,
    with_paces,
)
from runcoach.errors import UsageError


def test_letters_are_the_training_paces_of_the_forecasts() -> None:
    assert tuple(TRAINING_PACES.values()) == tuple(INTENSITIES)
    assert all(name.startswith(letter) for letter, name in TRAINING_PACES.items())


def test_steps_and_repeats_are_read_in_order() -> None:
    assert parse_workout("15min E, 5x(1km T, 90s E), 10min E") == (
        Step("15min E", 900.0, None, "easy"),
        Repeat(5, (Step("1km T", None, 1000.0, "threshold"), Step("90s E", 90.0, None, "easy"))),
        Step("10min E", 600.0, None, "easy"),
    )


@pytest.mark.parametrize(
    ("text", "duration_s", "distance_m"),
    [
        ("90s", 90, None),
        ("90 sec", 90, None),
        ("15min", 900, None),
        ("1.5 min", 90, None),
        ("2h", 7200, None),
        ("4:30", 270, None),
        ("1:02:03", 3723, None),
        ("400m", None, 400),
        ("1.2km", None, 1200),
        ("10k", None, 10_000),
        ("2mi", None, 3218.688),
        ("2 MI", None, 3218.688),
    ],
)
@pytest.mark.parametrize("intensity", ["", " open", " E"])
def test_a_step_is_a_time_or_a_distance(
    text: str, duration_s: float | None, distance_m: float | None, intensity: str
) -> None:
    (step,) = parse_workout(text + intensity)
    assert isinstance(step, Step)
    assert (step.duration_s, step.distance_m) == (duration_s, distance_m)
    assert step.intensity == ("easy" if intensity == " E" else None)


@pytest.mark.parametrize(
    ("text", "slow", "fast"),
    [
        ("4:30/km", 270, 270),
        ("4:20-4:40/km", 280, 260),
        ("4:40 – 4:20 / km", 280, 260),
        ("7:00-6:00/mi", 420 / 1.609344, 360 / 1.609344),
    ],
)
def test_a_pace_of_ones_own_is_a_target(text: str, slow: float, fast: float) -> None:
    (step,) = parse_workout(f"1km {text}")
    assert isinstance(step, Step)
    assert (step.slow_sec_per_km, step.fast_sec_per_km) == pytest.approx((slow, fast))
    assert training_paces_of([step]) == ()


@pytest.mark.parametrize(
    ("text", "part", "remedy"),
    [
        (" ", "no steps", "15min E"),
        ("10min E,", "part 2", "comma"),
        ("10min E, 5x(1km T, 90s E", "'5x(1km T'", "5x(1km T, 90s E)"),
        ("10min E, 3x(2x(1km T), 1km E)", "'3x(2x(1km T), 1km E)'", "repeats"),
        ("10min E, 5x1km T", "'5x1km T'", "5x(1km T)"),
        ("10min E, 1x(1km T)", "'1x(1km T)'", "number"),
        ("10min E, 100x(1km T)", "'100x(1km T)'", "number"),
        ("10min E, 5x(1km T, 10min Z)", "'10min Z'", "E, M, T, I or R"),
        ("10min E, 15 E", "'15 E'", "15min"),
        ("10min E, 2m E", "'2m E'", "2min"),
        ("10min E, 0s E", "'0s E'", "1 second"),
        ("10min E, 30h E", "'30h E'", "24 hours"),
        ("10min E, half E", "'half E'", "begins with"),
        ("10min E, 1:75 E", "'1:75 E'", "1:30:00"),
        ("10min E, 1km 4:70/km", "'1km 4:70/km'", "4:30/km"),
        ("10min E, 1km 4:30", "'1km 4:30'", "4:30/km"),
        ("10min E, 1km 0:30/km", "'1km 0:30/km'", "between"),
        (",".join(["1km"] * 201), "200", "repeat"),
    ],
)
def test_an_error_names_the_part_and_a_remedy(text: str, part: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_workout(text)
    assert part in caught.value.message
    assert remedy in (caught.value.hint or "")


_WORDS = (
    "15min",
    "1:30",
    "1km",
    "2m",
    "x",
    "5x(",
    "(",
    ")",
    ",",
    "E",
    "t",
    "rest",
    "4:30/km",
    "4:20-4:40/mi",
    " ",
    ".",
)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(_WORDS), max_size=12).map("".join))
def test_any_text_is_a_workout_or_a_usage_error(text: str) -> None:
    with suppress(UsageError):
        for step in (step for item in parse_workout(text) for step in steps_of(item)):
            assert (step.duration_s is None) != (step.distance_m is None)
            assert (step.duration_s or step.distance_m or 0) > 0


def test_letters_get_their_paces_and_nothing_else_changes() -> None:
    items = parse_workout("10min E, 2x(1km T, 1min rest), 1km 4:00/km, 1km R")
    assert training_paces_of(items) == ("easy", "threshold", "repetition")
    easy, repeat, own, unknown = with_paces(items, {"easy": (360.0, 300.0), "threshold": (270.0, 260.0)})
    assert isinstance(easy, Step)
    assert (easy.slow_sec_per_km, easy.fast_sec_per_km) == (360.0, 300.0)
    assert isinstance(repeat, Repeat)
    assert [step.fast_sec_per_km for step in repeat.steps] == [260.0, None]
    assert own == items[2]
    assert unknown == items[3]


def test_time_and_distance_are_those_at_the_mean_of_the_paces() -> None:
    items = parse_workout("11min 5:00-6:00/km, 3x(1km 4:00/km, 1min 10:00/km)")
    assert extent(items[0]) == Extent(660.0, 2000.0)
    assert (extent(items[1]).duration_s, extent(items[1]).distance_m) == pytest.approx((900.0, 3300.0))
    assert (total(items).duration_s, total(items).distance_m) == pytest.approx((1560.0, 5300.0))


def test_steps_without_a_pace_make_a_sum_a_minimum() -> None:
    assert total(parse_workout("1km 4:00/km, 2x(1min rest)")) == Extent(360.0, 1000.0, is_distance_minimum=True)
    assert total(parse_workout("1km 4:00/km, 500m open")) == Extent(240.0, 1500.0, is_duration_minimum=True)
