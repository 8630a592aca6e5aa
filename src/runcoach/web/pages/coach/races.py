"""The page of races and forecasts: forecasts, past races beside their forecasts, and how right the methods were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from runcoach.services.reader import open_reader
from runcoach.services.training.forecasts.backtest import COMBINATION, BacktestReport, BacktestRow, backtest
from runcoach.services.training.forecasts.predictions import newest_forecasts, predict
from runcoach.services.training.races import races
from runcoach.web.pages.layout import show

router = APIRouter()

#: Past races in the drawing.
_DRAWN = 40

#: The drawing ends at errors of this many percent at least, and at most; what lies beyond is drawn at its end.
_LEAST_RANGE, _MOST_RANGE = 10.0, 30.0


@dataclass(frozen=True, slots=True)
class ForecastMark:
    """The forecast of a past race as drawn, in percent of the width: the race itself is in the middle.

    ``others`` are the forecasts of other programs, each with its position.
    """

    row: BacktestRow
    at: float
    low_50: float
    high_50: float
    low_80: float
    high_80: float
    others: tuple[tuple[BacktestRow, float], ...]


@dataclass(frozen=True, slots=True)
class BacktestDrawing:
    """The newest races first; the axis reaches ``most`` percent to both sides, with a grid line at ``step``."""

    marks: tuple[ForecastMark, ...]
    most: float
    step: float


@router.get("/races")
def page(request: Request) -> Response:
    """The page of races and forecasts."""
    cache = request.app.state.figures
    with open_reader(request.app.state.config) as connection:
        checked = cache.get("backtest", lambda: backtest(connection))
        return show(
            request,
            connection,
            "races.html",
            "races",
            races=cache.get("races", lambda: races(connection)),
            forecasts=cache.get("forecasts", lambda: predict(connection)),
            others=newest_forecasts(connection),
            checked=checked,
            ours=COMBINATION,
            drawing=drawing_of(checked),
            by_race={(row.activity_id, row.distance_m): row for row in checked.rows if row.method == COMBINATION},
        )


def drawing_of(report: BacktestReport) -> BacktestDrawing | None:
    """The newest back-tested races as drawn; None without forecasts."""
    ours = [row for row in report.rows if row.method == COMBINATION][:_DRAWN]
    if not ours:
        return None
    ends = [_error(end, row.time_s) for row in ours for end in (row.low_80_s, row.high_80_s) if end is not None]
    most = min(_MOST_RANGE, max(_LEAST_RANGE, *(abs(end) for end in ends), 0.0))
    return BacktestDrawing(tuple(_mark(row, report.rows, most) for row in ours), most, 5.0 if most <= 20 else 10.0)


def _mark(row: BacktestRow, rows: Sequence[BacktestRow], most: float) -> ForecastMark:
    def at(seconds: int | None) -> float:
        error = 0.0 if seconds is None else max(-most, min(most, _error(seconds, row.time_s)))
        return round(50.0 + 50.0 * error / most, 2)

    others = tuple(
        (other, at(other.forecast_s))
        for other in rows
        if other.activity_id == row.activity_id and other.distance_m == row.distance_m and other.method == "Garmin"
    )
    bounds = (at(row.low_50_s), at(row.high_50_s), at(row.low_80_s), at(row.high_80_s))
    return ForecastMark(row, at(row.forecast_s), *bounds, others)


def _error(forecast_s: int, run_s: int) -> float:
    """In percent of what was run, positive where the forecast was too slow."""
    return 100.0 * (forecast_s / run_s - 1.0)
