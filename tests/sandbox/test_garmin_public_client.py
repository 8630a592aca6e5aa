"""The stand-in for Garmin, read by a client that nobody here wrote."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import httpx
import pytest

from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

if TYPE_CHECKING:
    from gcpapi_sync import GarminClient  # takes 0.7 s to import


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(athlete=SyntheticAthlete(today=date(2026, 11, 23), n_activities=50)) as running:
        yield running


def client(sandbox: Sandbox, key: str) -> GarminClient:
    from gcpapi_sync import GarminClient, RetryConfig

    return GarminClient(api_key=key, base_url=sandbox.garmin_url, retry=RetryConfig(max_retries=0))


def test_it_lists_and_downloads_every_activity(sandbox: Sandbox) -> None:
    account = sandbox.garmin.account
    with client(sandbox, account.key) as garmin:
        listed = list(garmin.iter_activities())
        assert [each.activity_id for each in listed] == [each.activity_id for each in account.newest_first()]
        assert listed[0].activity_name == account.newest_first()[0].name
        recorded = next(each for each in account.newest_first() if each.content is not None)
        file = garmin.download_activity(recorded.activity_id)
        assert recorded.content is not None
        assert file.content == recorded.content()


def test_a_wrong_key_is_refused(sandbox: Sandbox) -> None:
    from gcpapi_sync import AuthenticationError

    with client(sandbox, "wrong") as garmin, pytest.raises(AuthenticationError):
        garmin.search_activities(limit=1)


def test_it_has_the_daily_values_of_the_body(sandbox: Sandbox) -> None:
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    with client(sandbox, sandbox.garmin.account.key) as garmin:
        summaries = garmin.get_daily_summaries(first, last)
        nights = garmin.get_daily_sleep_summaries(first, last)
        hrv = garmin.get_daily_hrv_summaries(first, last)
        weights = garmin.get_weight_range(first, last).daily_weight_summaries
    assert {day.calendar_date for day in summaries} == {day.calendar_date for day in hrv}
    assert len(nights) == 31
    assert all(day.heart_rate is not None and day.heart_rate.resting_value for day in summaries)
    assert weights is not None
    assert len(weights) == 4


def test_nothing_is_told_without_a_token(sandbox: Sandbox) -> None:
    path = "/usersummary-service/v2/dailysummaries?startDate=2026-10-01&endDate=2026-10-31"
    with httpx.Client(base_url=sandbox.garmin_url, trust_env=False, verify=False) as stranger:
        assert stranger.get(path).status_code == 401
        assert stranger.post(path).status_code == 404
