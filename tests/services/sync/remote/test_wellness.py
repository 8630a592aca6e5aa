"""Daily values of the body from Garmin's API, against its stand-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runcoach.config import Config, load
from runcoach.domain.wellness import WellnessValue, plausible
from runcoach.sandbox import garmin, wellness
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.services.auth.api_key import connect
from runcoach.services.sync.remote.sync import sync_remote
from runcoach.services.sync.remote.wellness import AGAIN_DAYS, EVERY_S, FIRST_DAYS
from runcoach.services.sync.sync_types import SyncOptions, SyncReport
from runcoach.services.training.wellness import daily_values
from runcoach.sources.garmin.wellness import range_requests
from runcoach.store.sqlite.database import open_reader

TODAY = date(2026, 11, 23)
PARTS = ("usersummary-service", "sleep-service", "hrv-service", "weight-service")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(athlete=SyntheticAthlete(today=TODAY, n_activities=1), clock=clock) as running:
        monkeypatch.setenv("GARMIN_PERSONAL_API_BASE_URL", running.garmin_url)
        yield running


@pytest.fixture
def config(home: Path, sandbox: Sandbox) -> Config:
    connect(load(), "garmin", sandbox.garmin.account.key, token_store="file")
    return load()


@pytest.fixture
def sync(config: Config, clock: Clock) -> Callable[[], SyncReport]:
    return lambda: sync_remote(config, "garmin", SyncOptions(), clock=clock, sleep=lambda _: None)


def requests(sandbox: Sandbox) -> list[str]:
    return [entry.path for entry in sandbox.requests if any(part in entry.path for part in PARTS)]


def values(config: Config, metric: str) -> dict[str, float]:
    with open_reader(config) as connection:
        return {one.date: one.value for one in daily_values(connection, metrics=[metric])}


@pytest.mark.slow
def test_the_first_sync_fetches_a_year_and_later_ones_the_last_days(
    sync: Callable[[], SyncReport], sandbox: Sandbox, config: Config, clock: Clock
) -> None:
    report = sync()
    assert len(requests(sandbox)) == 12 + 12 + 1 + 1
    nights = values(config, "sleep")
    worn = [day for ago in range(FIRST_DAYS) if (day := TODAY - timedelta(days=ago)).toordinal() % 17 != 0]
    assert nights == {day.isoformat(): float(wellness.sleep_s(day)) for day in worn}
    assert values(config, "hrv-rmssd") == {day.isoformat(): float(wellness.hrv_ms(day)) for day in worn}
    assert values(config, "resting-hr") == {day.isoformat(): float(wellness.resting_hr(day)) for day in worn}
    assert values(config, "weight")["2026-11-23"] == pytest.approx(61.0 + (TODAY.toordinal() % 13) / 10)
    assert values(config, "hrv-sdnn") == {}
    assert report.wellness_days >= len(worn)
    sandbox.log.clear()
    assert sync().wellness_days == 0
    assert requests(sandbox) == []
    clock.now += EVERY_S + 86_400
    assert sync().wellness_days == 1
    assert len(requests(sandbox)) == 4
    since = (TODAY - timedelta(days=AGAIN_DAYS)).isoformat()
    assert all(since in path for path in requests(sandbox) if "hrv" in path)


@pytest.mark.slow
@pytest.mark.parametrize(("status", "asked"), [(403, 1), (404, 4)])
def test_a_refused_request_does_not_fail_the_sync_of_activities_and_is_not_repeated_at_once(
    sync: Callable[[], SyncReport],
    sandbox: Sandbox,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    asked: int,
) -> None:
    from runcoach.sandbox.http_server import HttpError, Request

    def refuse(request: Request, *_: Any) -> None:
        if any(part in request.path for part in PARTS):
            raise HttpError(status, "Request refused")

    with monkeypatch.context() as refusing:
        refusing.setattr(garmin, "wellness_reply", refuse)
        report = sync()
        assert report.new == 1
        assert ("403" in str(report.wellness_problem)) is (status == 403)
        assert len(requests(sandbox)) == asked
        assert sync().reads == 1
    clock.now += EVERY_S + 60
    assert sync().wellness_days > 300 or status == 404


def test_requests_cover_each_day_once_within_the_limits() -> None:
    since, until = date(2024, 1, 1), date(2026, 2, 3)
    spans: dict[str, list[tuple[date, date]]] = {}
    for request, path, params in range_requests(since, until):
        first, last = (params["startDate"], params["endDate"]) if "startDate" in params else path.split("/")[-2:]
        span = date.fromisoformat(str(first)), date.fromisoformat(str(last))
        assert 1 <= (span[1] - span[0]).days + 1 <= request.most_days
        spans.setdefault(request.what, []).append(span)
    for found in spans.values():
        days = [first + timedelta(days=n) for first, last in found for n in range((last - first).days + 1)]
        assert sorted(days) == [since + timedelta(days=n) for n in range((until - since).days + 1)]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"data": None},
        {"data": [None, 7, {}, {"calendarDate": None, "heartRate": {"restingValue": 50}}]},
        {"data": [{"calendarDate": "soon", "heartRate": {"restingValue": 50}}]},
        {"data": [{"calendarDate": "2026-01-01", "heartRate": None, "movement": {"steps": None}}]},
        {"data": [{"calendarDate": "2026-01-01", "heartRate": {"restingValue": 0}}]},
        {"data": [{"calendarDate": "2026-01-01", "heartRate": {"restingValue": "50"}}]},
    ],
)
def test_what_an_answer_lacks_is_missing(answer: Any) -> None:
    request = next(range_requests(TODAY, TODAY))[0]
    assert plausible(request.read(answer)) == []


def test_an_answer_is_read() -> None:
    request = next(range_requests(TODAY, TODAY))[0]
    day = {"calendarDate": "2026-01-01", "heartRate": {"restingValue": 47}, "movement": {"steps": {"value": 9000}}}
    assert plausible(request.read({"data": [day]})) == [
        WellnessValue("resting-hr", "2026-01-01", "garmin", "", 47.0),
        WellnessValue("steps", "2026-01-01", "garmin", "", 9000.0),
    ]
