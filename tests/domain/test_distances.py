"""How people write distances, and what is measured for each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcoach.domain.distances import LENGTH_M, distance_title, parse_distance
from runcoach.errors import UsageError


@pytest.mark.parametrize(
    ("text", "label", "length_m"),
    [
        ("5k", 5000, 5000.0),
        ("5 km", 5000, 5000.0),
        ("5000", 5000, 5000.0),
        ("half", 21100, 21097.0),
        ("Half Marathon", 21100, 21097.0),
        ("marathon", 42200, 42195.0),
        ("42200", 42200, 42195.0),
        ("mile", 1609, 1609.0),
        ("1mi", 1609, 1609.0),
        ("3000", 3000, 3000.0),
        ("2 mi", 3219, 3218.688),
        ("1,5 km", 1500, 1500.0),
        ("400m", 400, 400.0),
    ],
)
def test_distances_as_people_write_them(text: str, label: int, length_m: float) -> None:
    parsed_label, parsed_length_m = parse_distance(text)
    assert (parsed_label, round(parsed_length_m, 6)) == (label, length_m)


@pytest.mark.parametrize("text", ["", "far", "-5k", "5 kilo", "0", "10", "2000km", "1e3", "5k5", "٥", "NaN", "9" * 50])
def test_what_is_no_distance_says_how_to_write_one(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_distance(text)
    assert refused.value.hint


@pytest.mark.slow
@given(st.text(max_size=20))
def test_any_text_is_a_distance_or_a_usage_error(text: str) -> None:
    try:
        label, length_m = parse_distance(text)
    except UsageError:
        return
    assert label > 0
    assert abs(LENGTH_M.get(label, length_m) - length_m) < 1e-9


@pytest.mark.parametrize(
    ("label", "title"),
    [(400, "400 m"), (1000, "1 km"), (1609, "1 mile"), (3219, "2 miles"), (1500, "1.5 km"), (21100, "Half")],
)
def test_titles_are_what_runners_say(label: int, title: str) -> None:
    assert distance_title(label) == title
