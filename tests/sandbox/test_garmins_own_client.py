"""The stand-in for Garmin, read by Garmin's own client (Python 3.12 or later)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

garmin = pytest.importorskip("garmin_personal_api", reason="Garmin's client needs Python 3.12")


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(athlete=SyntheticAthlete(today=date(2026, 11, 23), n_activities=50)) as running:
        monkeypatch.setenv("GARMIN_PERSONAL_API_BASE_URL", running.garmin_url)
        yield running


@pytest.fixture
def client(sandbox: Sandbox, tmp_path: Path) -> Iterator[Any]:
    with garmin.PersonalApiAuthenticator(bearer_token_cache_file=tmp_path / "token.json") as keys:
        token = keys.obtain_token(sandbox.garmin.account.key)
    with garmin.GarminPersonalApiClient(token.access_token) as opened:
        yield opened


def test_it_lists_and_downloads_activities(sandbox: Sandbox, client: Any) -> None:
    expected = sandbox.garmin.account.newest_first()
    listed = [row for start in (0, 20, 40) for row in client.search_activities(start=start, limit=20)]
    assert [row["activityId"] for row in listed] == [each.activity_id for each in expected]
    recorded = next(each for each in expected if each.content is not None)
    assert recorded.content is not None
    assert client.get_activity(recorded.activity_id)["activityId"] == recorded.activity_id
    with zipfile.ZipFile(io.BytesIO(client.download_activity(recorded.activity_id))) as archive:
        (name,) = archive.namelist()
        assert archive.read(name) == recorded.content()


def test_it_has_the_daily_values_of_the_body(client: Any) -> None:
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    assert client.get_daily_summaries(first, last)["data"]
    assert len(client.get_daily_sleep_summaries(first, last)) == 31
    assert client.get_daily_hrv_summaries(first, last)["hrvSummaries"]
    assert client.get_heart_rate_zones()


def test_a_wrong_key_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    with (
        garmin.PersonalApiAuthenticator(bearer_token_cache_file=tmp_path / "token.json") as keys,
        pytest.raises(garmin.HttpError, match="401"),
    ):
        keys.obtain_token("wrong")
