"""Forecasts of past races and the errors of methods."""

from __future__ import annotations

import pytest

from runcoach.analysis.forecasts.backtest import PastRace, compare, errors
from runcoach.analysis.forecasts.history import Effort, History, Run

DAY = 738_000


def test_errors_are_in_percent_of_what_was_run() -> None:
    found = errors([(110.0, 100.0), (90.0, 100.0), (102.0, 100.0), (100.0, 100.0), (50.0, 40.0)])
    assert found.n == 5
    assert found.bias == pytest.approx((10 - 10 + 2 + 0 + 25) / 5)
    assert found.mape == pytest.approx((10 + 10 + 2 + 0 + 25) / 5)
    assert found.median == pytest.approx(10.0)
    assert found.p90 == pytest.approx(25.0)


def test_a_race_is_forecast_from_what_was_known_two_days_before() -> None:
    rows = [(DAY - days, 12_000.0, 4000.0) for days in range(1, 180, 3)]
    late = (DAY - 1, 10_000.0, 2350.0)
    in_time = (DAY - 2, 10_000.0, 2400.0)
    races = [PastRace(DAY, 10_000.0, 2500.0)]

    def compared(*extra: tuple[int, float, float]) -> float:
        known = [*rows, *extra]
        (found,) = compare(History.of([Run(*row) for row in known], [Effort(*row) for row in known]), races)
        assert found.forecast is not None
        return found.forecast.duration_s

    assert compared(late) == compared()
    assert compared(in_time) < compared()


def test_a_race_without_a_history_has_no_forecast() -> None:
    (found,) = compare(History.of([], []), [PastRace(DAY, 10_000.0, 2500.0)])
    assert found.forecast is None
    assert found.methods == {}
