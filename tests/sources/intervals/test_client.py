"""The client against the stand-in for intervals.icu."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from runcoach.errors import DegradedError
from runcoach.sandbox.intervals import KEY
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.sources.file_formats import read_bytes
from runcoach.sources.intervals.client import INTERVALS, IntervalsClient
from runcoach.sources.remote.transport import PacedTransport


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(athlete=SyntheticAthlete(today=date(2026, 11, 23), n_activities=20)) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[IntervalsClient]:
    with PacedTransport(INTERVALS, sandbox.intervals_url, sleep=lambda _: None) as transport:
        yield IntervalsClient(transport, sandbox.intervals_url, KEY)


def test_the_list_is_one_request_newest_first(client: IntervalsClient, sandbox: Sandbox) -> None:
    (page,) = client.list_activities()
    account = sandbox.garmin.account
    assert [each.remote_id for each in page] == [f"i{each.activity_id}" for each in account.newest_first()]
    assert page[0].name == account.newest_first()[0].name


def test_rows_that_came_from_strava_are_skipped_with_the_reason(client: IntervalsClient, sandbox: Sandbox) -> None:
    account = sandbox.garmin.account
    newest = account.newest_first()[0]
    account.edit(newest.activity_id, source="STRAVA")
    (page,) = client.list_activities()
    assert page[0].skipped == "came from Strava"
    assert all(each.skipped is None for each in page[1:])


def test_a_gzipped_original_is_read(client: IntervalsClient, sandbox: Sandbox) -> None:
    activity = next(each for each in sandbox.garmin.account.newest_first() if each.content is not None)
    file = client.download(f"i{activity.activity_id}")
    assert file is not None
    (recording,) = read_bytes(file.content, file.name).recordings
    assert recording.start_time_s == activity.start_time_s


def test_since_a_day_lists_only_later_ones(client: IntervalsClient) -> None:
    (everything,) = client.list_activities()
    middle = everything[len(everything) // 2]
    (recent,) = client.list_activities(datetime.fromtimestamp(middle.start_time_s, UTC).date())
    assert 0 < len(recent) < len(everything)


def test_a_wrong_key_degrades(sandbox: Sandbox) -> None:
    with (
        PacedTransport(INTERVALS, sandbox.intervals_url) as transport,
        pytest.raises(DegradedError, match="does not accept"),
    ):
        IntervalsClient(transport, sandbox.intervals_url, "wrong").athlete()
