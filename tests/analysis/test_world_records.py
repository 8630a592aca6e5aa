"""World records between their distances, and the limit above which efforts are to be checked."""

from __future__ import annotations

import numpy as np
import pytest

from runcoach.analysis.forecasts.riegel import equivalent_s
from runcoach.analysis.world_records import WORLD_RECORDS, check_limit_s, world_record_s


def test_records_are_met_and_rise_between_distances() -> None:
    assert [world_record_s(metres) for metres in WORLD_RECORDS] == pytest.approx(list(WORLD_RECORDS.values()))
    lengths = np.geomspace(50, 1_000_000, 400)
    seconds = np.array([world_record_s(length_m) for length_m in lengths.tolist()])
    assert (np.diff(seconds) > 0).all()
    speed = lengths / seconds
    assert speed.max() < 10.6
    assert (np.diff(speed)[lengths[1:] > 250] < 0).all()


def test_check_limit_needs_both_neighbours() -> None:
    bests = {1609.0: 380.0, 5000.0: 1300.0, 10000.0: 2700.0, 21097.0: 6000.0}
    of_shorter, of_longer = (equivalent_s(metres, bests[metres], 5000.0) for metres in (1609.0, 10000.0))
    limit = min(of_shorter, of_longer) / 1.15
    assert check_limit_s(5000.0, bests) == pytest.approx(limit)


def test_check_limit_with_one_neighbour() -> None:
    limit = equivalent_s(10000.0, 2700.0, 21097.0) / 1.15
    bests = {5000.0: 1300.0, 10000.0: 2700.0, 21097.0: 4000.0}
    assert check_limit_s(21097.0, bests) == pytest.approx(limit)


def test_no_check_limit_without_neighbours() -> None:
    assert check_limit_s(5000.0, {5000.0: 1300.0}) is None
    assert check_limit_s(5000.0, {}) is None
