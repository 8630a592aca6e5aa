"""``runcoach predict``: its JSON, its tables, and what it says where it cannot forecast."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable


@pytest.fixture
def keep_run(connection: sqlite3.Connection, whole: Callable[..., Any], keep: Callable[..., int]) -> Callable[..., int]:
    """Stores a run without samples of a day, so many kilometres long, at so many seconds each."""

    def put(day: str, km: float, pace_s: float, **columns: Any) -> int:
        start = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) + 30_000
        times = dict.fromkeys(("elapsed_time_sec", "moving_time_sec"), round(km * pace_s))
        usual = {"start_time": start, "utc_offset_s": 0, "distance_m": km * 1000, "has_gps": False, **times}
        return keep(connection, whole(**{**usual, **columns}))

    return put


@pytest.fixture
def trained(keep_run: Callable[..., int]) -> None:
    """Four runs a week from April to September 2026, and a race."""
    for month in range(4, 10):
        for day in range(1, 29, 2):
            keep_run(f"2026-{month:02d}-{day:02d}", 11.0 if day % 4 == 1 else 18.0, 335.0 + day)
    keep_run("2026-09-12", 21.2, 285.0, workout_type=1, name="Half")


@pytest.mark.usefixtures("trained")
def test_json_has_the_intervals_the_method_and_the_inputs(runcoach: Callable[..., Any]) -> None:
    answer = runcoach("predict", "marathon", "--as-of", "2026-10-04", "--json").json
    assert (answer["command"], answer["version"], answer["reason"]) == ("predict", 1, None)
    (row,) = answer["data"]
    bounds = [row[name] for name in ("low80S", "low50S", "durationS", "high50S", "high80S")]
    assert bounds == sorted(bounds)
    assert all(isinstance(bound, int) for bound in bounds)
    assert (row["distanceM"], row["lengthM"], row["method"]) == (42200, 42195.0, "efforts and training")
    assert {"knownBefore", "raceDate", "efforts", "runs", "weeklyM", "longestRunM"} <= set(row["inputs"])
    assert row["inputs"]["efforts"][0]["date"] == "2026-09-12"
    assert {"method", "durationS"} == set(row["others"][0])
    assert len(answer["trainingPaces"]) == 5


def test_json_says_why_there_is_no_forecast(runcoach: Callable[..., Any], keep_run: Callable[..., int]) -> None:
    for day in ("2026-09-01", "2026-09-04", "2026-09-08"):
        keep_run(day, 5.1, 400.0)
    ended = runcoach("predict", "half", "--as-of", "2026-10-04", "--json")
    assert ended.code == 0
    assert ended.json["data"] == []
    assert ended.json["reason"].startswith("not enough yet: needs")
    text = runcoach("predict", "--as-of", "2026-10-04")
    assert text.out == ""
    assert "9 more runs" in text.err


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("width", [80, 50])
def test_tables_fit_the_terminal(runcoach: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for arguments in ((), ("marathon",), ("half", "--date", "2026-12-06")):
        out = runcoach("predict", *arguments, *(("--as-of", "2026-10-04"))).out
        assert max(map(len, out.splitlines())) <= width
        assert "4 of 5 races" in out
    assert "Threshold" in runcoach("predict", "--as-of", "2026-10-04").out
    past = runcoach("predict", "--backtest").out
    assert max(map(len, past.splitlines())) <= width
    assert "2026-09-12 Half" in past


@pytest.mark.usefixtures("trained")
def test_backtest_json_has_rows_and_a_summary(runcoach: Callable[..., Any]) -> None:
    data = runcoach("predict", "--backtest", "--json").json["data"]
    race = [row for row in data["rows"] if row["date"] == "2026-09-12"]
    assert [row["method"] for row in race] == ["runcoach", "Riegel", "VDOT", "power law"]
    assert race[0]["timeS"] == pytest.approx(6012, abs=5)
    assert {"forecastS", "errorPercent", "low50S", "high80S", "kind", "activityId"} <= set(race[0])
    assert data["summary"][0].keys() == {
        *("method", "n", "bias", "median", "mape", "p90", "within50", "within80"),
    }


def test_backtest_without_races_says_what_to_do(runcoach: Callable[..., Any]) -> None:
    ended = runcoach("predict", "--backtest")
    assert (ended.code, ended.out) == (0, "")
    assert "runcoach edit ID --race" in ended.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("400m",), "out of range"),
        (("half", "--date", "2026-01-01", "--as-of", "2026-02-01"), "before"),
        (("half", "--backtest"), "takes no distance"),
        (("quarter",), "not a valid distance"),
        (("--as-of", "soon"), "not a valid date"),
    ],
)
def test_wrong_use_is_refused(runcoach: Callable[..., Any], arguments: tuple[str, ...], message: str) -> None:
    ended = runcoach("predict", *arguments)
    assert ended.code == 2
    assert message in ended.err
