"""Visible track pieces: home stays hidden, gaps are not drawn, simplifying loses little."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcoach.domain.distances import METRES_PER_DEGREE
from runcoach.domain.streams import FloatArray
from runcoach.images.track_geometry import simplify, visible_pieces

Degrees = Callable[..., tuple[FloatArray, FloatArray]]
Straight = Callable[..., FloatArray]


def length_m(pieces: list[FloatArray]) -> float:
    return float(sum(np.hypot(*np.diff(piece, axis=0).T).sum() for piece in pieces))


def nearest_m(pieces: list[FloatArray], point: FloatArray) -> float:
    """Minimum distance of the lines from a point, sampled every quarter of a step."""
    shares = np.linspace(0.0, 1.0, 5)[:, None]
    return min(
        float(np.hypot(*(begin + shares * (end - begin) - point).T).min())
        for piece in pieces
        for begin, end in pairwise(piece)
    )


def test_hides_both_ends(degrees: Degrees, straight: Straight) -> None:
    (piece,) = visible_pieces(*degrees(straight(3000.0)), 200.0)
    assert piece[0] == pytest.approx((201.0, 0.0), abs=1.0)
    assert piece[-1] == pytest.approx((2799.0, 0.0), abs=1.0)


def test_zero_hidden_metres_hides_nothing(degrees: Degrees, straight: Straight) -> None:
    (piece,) = visible_pieces(*degrees(straight(3000.0)), 0.0)
    assert length_m([piece]) == pytest.approx(3000.0, rel=1e-3)


def test_jump_at_start_does_not_use_up_hidden_metres(degrees: Degrees, straight: Straight) -> None:
    """The second point is the real start; the jump before it does not count as distance."""
    points = np.concatenate([[[0.0, 9000.0]], straight(3000.0)])
    pieces = visible_pieces(*degrees(points), 200.0)
    assert nearest_m(pieces, points[1] - points[0]) >= 200.0


def test_loop_past_home_stays_hidden(degrees: Degrees, straight: Straight) -> None:
    out = straight(2000.0)
    there_and_back = np.concatenate([out, out[::-1], out, out[::-1]])
    pieces = visible_pieces(*degrees(there_and_back), 300.0)
    assert len(pieces) == 2
    assert nearest_m(pieces, np.zeros(2)) >= 300.0


def test_long_step_past_home_is_not_drawn(degrees: Degrees) -> None:
    """None of the sparse points is near home, but the line between two of them is."""
    away = np.column_stack([np.arange(0.0, 2001.0, 100.0), np.zeros(21)])
    past = np.array([[2000.0, 2000.0], [-400.0, 60.0], [-200.0, 2000.0]])
    dense = np.concatenate([np.linspace(a, b, 30) for a, b in pairwise(past)])
    points = np.concatenate(
        [away, dense[::4], [[-250.0, 30.0], [250.0, 10.0]], away[::-1][:-3] + np.array([0.0, 500.0])]
    )
    pieces = visible_pieces(*degrees(points), 200.0)
    assert nearest_m(pieces, points[0]) >= 199.0


@pytest.mark.slow
@settings(deadline=None)
@given(
    seed=st.integers(0, 10_000),
    step=st.floats(1.0, 60.0),
    hidden=st.floats(20.0, 400.0),
    lat=st.floats(-70.0, 70.0),
)
def test_no_line_is_within_hidden_metres_of_an_end(seed: int, step: float, hidden: float, lat: float) -> None:
    random = np.random.default_rng(seed)
    heading = np.cumsum(random.normal(0.0, 0.4, 300))
    points = np.cumsum(np.column_stack([np.cos(heading), np.sin(heading)]) * step, axis=0)
    lat_deg = lat + points[:, 1] / METRES_PER_DEGREE
    lng_deg = 7.0 + points[:, 0] / METRES_PER_DEGREE / np.cos(np.radians(lat))
    everything = visible_pieces(lat_deg, lng_deg, 0.0)
    pieces = visible_pieces(lat_deg, lng_deg, hidden)
    for end in (everything[0][0], everything[-1][-1]) if pieces else ():
        assert nearest_m(pieces, end) >= hidden * 0.99


@pytest.mark.parametrize("length", [0.0, 300.0, 399.0])
def test_short_run_is_hidden(degrees: Degrees, straight: Straight, length: float) -> None:
    assert visible_pieces(*degrees(straight(length)), 200.0) == []


def test_laps_around_home_are_hidden(degrees: Degrees) -> None:
    turn = np.linspace(0.0, 25 * 2 * np.pi, 4000)
    assert visible_pieces(*degrees(60.0 * np.column_stack([np.cos(turn), np.sin(turn)])), 200.0) == []


def test_standing_still_has_no_pieces(degrees: Degrees) -> None:
    noise = np.random.default_rng(3).normal(0.0, 5.0, (500, 2))
    assert visible_pieces(*degrees(noise), 0.0) == []


def test_missing_points_are_bridged_over_short_gaps_only(degrees: Degrees, straight: Straight) -> None:
    lat, lng = degrees(straight(3000.0))
    lat[300:320] = np.nan  # 60 m
    assert len(visible_pieces(lat, lng, 0.0)) == 1
    lat[500:700] = np.nan  # 600 m
    first, second = visible_pieces(lat, lng, 0.0)
    assert second[0][0] - first[-1][0] == pytest.approx(603.0, abs=1.0)


def test_sparse_points_are_not_gaps(degrees: Degrees, straight: Straight) -> None:
    assert len(visible_pieces(*degrees(straight(9000.0, step=300.0)), 0.0)) == 1


def test_stray_point_is_dropped_and_does_not_shrink_the_rest(degrees: Degrees, straight: Straight) -> None:
    points = straight(3000.0)
    points[400:402] = (80_000.0, 80_000.0)
    pieces = visible_pieces(*degrees(points), 0.0)
    assert max(float(np.abs(piece).max()) for piece in pieces) < 3100.0


def test_antimeridian_does_not_split_a_track(degrees: Degrees, straight: Straight) -> None:
    lat, lng = degrees(straight(3000.0), lat=-16.8, lng=179.99)
    assert lng.min() < -179 < 179 < lng.max()
    (piece,) = visible_pieces(lat, lng, 200.0)
    assert length_m([piece]) == pytest.approx(2600.0, rel=0.01)


def test_track_of_nan_has_no_pieces() -> None:
    assert visible_pieces(np.full(5, np.nan), np.full(5, np.nan), 200.0) == []
    assert visible_pieces(np.empty(0), np.empty(0), 0.0) == []


@pytest.mark.slow
@settings(deadline=None)
@given(seed=st.integers(0, 10_000), spread=st.floats(0.2, 5.0))
def test_simplify_stays_within_tolerance(seed: int, spread: float) -> None:
    random = np.random.default_rng(seed)
    points = np.cumsum(random.normal(0.0, spread, (400, 2)), axis=0)
    fewer = simplify(points, spacing=0.75, tolerance=0.2)
    assert len(fewer) <= len(points)
    assert (fewer[0] == points[0]).all()
    assert (fewer[-1] == points[-1]).all()
    for point in points:
        assert nearest_m_of(fewer, point) < 2.5  # at most a spacing, and a tolerance a round


def nearest_m_of(line: FloatArray, point: FloatArray) -> float:
    along = np.diff(line, axis=0)
    share = ((point - line[:-1]) * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-12)
    return float(np.hypot(*(line[:-1] + share.clip(0, 1)[:, None] * along - point).T).min())


def test_simplify_keeps_turning_point(straight: Straight) -> None:
    out = straight(100.0, step=1.0)
    fewer = simplify(np.concatenate([out, out[-2::-1]]), spacing=0.75, tolerance=0.2)
    assert len(fewer) < 8
    assert fewer[:, 0].max() > 99.0
