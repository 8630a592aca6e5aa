"""Routes and polylines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.sandbox.synthetic.plan import RunKind
from runcoach.sandbox.synthetic.route import encode_polyline, thinned


def decoded(text: str) -> list[tuple[int, int]]:
    """Points in hundred-thousandths of a degree."""
    numbers, shift, value = [], 0, 0
    for letter in text:
        chunk = ord(letter) - 63
        value |= (chunk & 31) << shift
        shift += 5
        if chunk < 32:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            shift = value = 0
    lat, lng = np.cumsum(numbers[::2]), np.cumsum(numbers[1::2])
    return list(zip(lat.tolist(), lng.tolist(), strict=True))


def test_the_example_of_the_format() -> None:
    lat, lng = np.array([38.5, 40.7, 43.252]), np.array([-120.2, -120.95, -126.453])
    assert encode_polyline(lat, lng) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"


@given(st.lists(st.tuples(st.integers(-9_000_000, 9_000_000), st.integers(-18_000_000, 18_000_000)), min_size=1))
def test_decoding_gives_the_points_back(points: list[tuple[int, int]]) -> None:
    lat, lng = np.array(points, dtype=np.float64).T / 1e5
    assert decoded(encode_polyline(lat, lng)) == points


@given(st.integers(1, 500), st.integers(2, 60))
def test_thinning_keeps_both_ends(count: int, at_most: int) -> None:
    kept = thinned(count, at_most).tolist()
    assert len(kept) == min(count, at_most) == len(set(kept))
    assert kept[0] == 0
    assert kept[-1] == count - 1


def test_the_maps_of_an_answer_start_and_end_where_the_run_did(history: SyntheticAthlete) -> None:
    activity = next(each for each in history.activity_ids if history.plan(each).kind is RunKind.LONG)
    detail = history.detail(activity)
    for line in (detail["map"]["polyline"], detail["map"]["summary_polyline"]):
        points = np.array(decoded(line)) / 1e5
        assert points[0] == pytest.approx(detail["start_latlng"], abs=2e-5)
        assert points[-1] == pytest.approx(detail["end_latlng"], abs=2e-5)
    assert len(detail["map"]["summary_polyline"]) < len(detail["map"]["polyline"])


def test_the_same_place_is_as_high_in_every_run(history: SyntheticAthlete) -> None:
    heights: dict[tuple[float, float], set[float]] = {}
    for activity in history.activity_ids:
        outline, samples = history.recording(activity)
        if samples is not None and outline.route is not None and outline.plan.place.name == "Freiburg":
            spot = round(samples.channels["lat"][0], 4), round(samples.channels["lng"][0], 4)
            heights.setdefault(spot, set()).add(float(samples.channels["altitude"][0]))
    often = [found for found in heights.values() if len(found) > 1]
    assert often
    assert all(max(found) - min(found) < 1.0 for found in often)
