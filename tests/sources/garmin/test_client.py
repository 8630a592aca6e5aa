"""The client against the stand-in, which both public clients read too."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from runcoach.errors import DegradedError, InvalidResponseError, RateLimitError, RemoteUnavailableError
from runcoach.sandbox.faults import FaultKind
from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.sources.file_formats import read_bytes
from runcoach.sources.garmin.client import GARMIN, GarminClient
from runcoach.sources.remote.bearer_token import BearerToken
from runcoach.sources.remote.transport import PacedTransport

TODAY = date(2026, 11, 23)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(athlete=SyntheticAthlete(today=TODAY, n_activities=83), clock=clock) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox, clock: Clock) -> Iterator[GarminClient]:
    with PacedTransport(GARMIN, sandbox.garmin_url, clock=clock, sleep=lambda _: None) as transport:
        yield GarminClient(transport, sandbox.garmin_url, sandbox.garmin.account.key, clock)


def asked(sandbox: Sandbox, path: str) -> int:
    return sum(path in entry.path for entry in sandbox.requests)


def test_the_whole_list_takes_a_request_for_each_page_of_forty(client: GarminClient, sandbox: Sandbox) -> None:
    pages = list(client.list_activities())
    assert [len(page) for page in pages] == [41, 41, 1]
    assert asked(sandbox, "activitylist-service") == 3
    starts = [activity.start_time_s for page in pages for activity in page]
    assert starts == sorted(starts, reverse=True)


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 1), (39, 1), (40, 1), (41, 2), (80, 2), (81, 2), (82, 3)])
def test_the_whole_list_takes_no_more_requests_than_pages_of_forty(
    client: GarminClient, sandbox: Sandbox, count: int, requests: int
) -> None:
    account = sandbox.garmin.account
    for activity in account.newest_first()[count:]:
        account.delete(activity.activity_id)
    assert sum(len(page) for page in client.list_activities()) == count
    assert asked(sandbox, "activitylist-service") == requests <= max(1, math.ceil(count / 40))


def test_where_a_page_of_more_than_forty_is_refused_pages_of_forty_are_read(
    client: GarminClient, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runcoach.sandbox.garmin.MOST_PER_PAGE", 40)
    assert [len(page) for page in client.list_activities()] == [40, 40, 3]
    assert asked(sandbox, "activitylist-service") == 4


def test_a_list_that_cannot_be_read_is_an_error(client: GarminClient, sandbox: Sandbox) -> None:
    sandbox.faults.add(FaultKind.UNAVAILABLE, times=3, path="activitylist-service")
    with pytest.raises(RemoteUnavailableError):
        list(client.list_activities())


def test_a_row_carries_title_sport_race_and_totals(client: GarminClient, sandbox: Sandbox) -> None:
    account = sandbox.garmin.account
    newest = account.newest_first()[0]
    account.edit(newest.activity_id, name="Räuberlauf 🏃", is_race=True, type_key="trail_running", utc_offset_s=3600)
    (first, *_), *_ = client.list_activities()
    assert first.remote_id == str(newest.activity_id)
    assert (first.name, first.is_race, first.sport_type) == ("Räuberlauf 🏃", True, "TrailRun")
    assert (first.start_time_s, first.utc_offset_s) == (newest.start_time_s, 3600)
    assert first.totals.distance_m == newest.distance_m


def test_a_changed_title_changes_the_fingerprint_and_nothing_else_does(client: GarminClient, sandbox: Sandbox) -> None:
    account = sandbox.garmin.account
    newest = account.newest_first()[0].activity_id
    before = next(client.list_activities())[0].fingerprint
    account.edit(newest, extra={"averageHR": 151, "likes": 4})
    assert next(client.list_activities())[0].fingerprint == before
    account.edit(newest, name="another")
    assert next(client.list_activities())[0].fingerprint != before


def test_a_child_of_a_multisport_activity_is_skipped_with_a_reason(client: GarminClient, sandbox: Sandbox) -> None:
    account = sandbox.garmin.account
    newest = account.newest_first()[0].activity_id
    account.edit(newest, extra={"parentId": 12})
    assert next(client.list_activities())[0].skipped == "part of a multisport activity"


def test_a_download_is_read_from_the_zip(client: GarminClient, sandbox: Sandbox) -> None:
    activity = next(each for each in sandbox.garmin.account.newest_first() if each.content is not None)
    file = client.download(str(activity.activity_id))
    assert file is not None
    assert file.name == f"{activity.activity_id}_ACTIVITY.fit"
    (recording,) = read_bytes(file.content, file.name).recordings
    assert recording.start_time_s == activity.start_time_s
    assert recording.streams.get("distance_m") is not None


def test_an_activity_typed_in_by_hand_has_no_file(client: GarminClient, sandbox: Sandbox) -> None:
    activity = sandbox.garmin.account.newest_first()[0]
    sandbox.garmin.account.edit(activity.activity_id, content=None)
    assert client.download(str(activity.activity_id)) is None


def test_the_key_is_exchanged_once_for_all_requests(client: GarminClient, sandbox: Sandbox) -> None:
    list(client.list_activities())
    client.athlete()
    assert asked(sandbox, "personal-api-key/token") == 1


def test_a_token_is_exchanged_early(client: GarminClient, sandbox: Sandbox, clock: Clock) -> None:
    client.athlete()
    clock.now += 24 * 3600 - 299
    client.athlete()
    assert asked(sandbox, "personal-api-key/token") == 2


def test_a_revoked_token_is_exchanged_once_more(client: GarminClient, sandbox: Sandbox) -> None:
    client.athlete()
    sandbox.garmin.revoke_tokens()
    client.athlete()
    assert asked(sandbox, "personal-api-key/token") == 2


@pytest.mark.parametrize("valid", [True, False])
def test_a_key_that_is_refused_degrades(client: GarminClient, sandbox: Sandbox, valid: bool) -> None:
    sandbox.garmin.key_is_valid = valid
    sandbox.garmin.token_life_s = -1  # every token is refused at once
    with pytest.raises(DegradedError) as refused:
        client.athlete()
    assert "runcoach connect garmin" in (refused.value.hint or "")
    assert sandbox.garmin.account.key not in f"{refused.value} {refused.value.hint}"


def test_a_list_that_repeats_itself_ends(
    client: GarminClient, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = client._rows(0, 41)
    monkeypatch.setattr(client, "_rows", lambda *_, **__: rows)
    assert [len(page) for page in client.list_activities()] == [41]


@pytest.mark.parametrize(
    ("trouble", "error"), [(FaultKind.HTML, InvalidResponseError), (FaultKind.CUT, RemoteUnavailableError)]
)
def test_a_broken_download_is_an_error(
    client: GarminClient, sandbox: Sandbox, trouble: FaultKind, error: type[Exception]
) -> None:
    activity = next(each for each in sandbox.garmin.account.newest_first() if each.content is not None)
    client.athlete()
    sandbox.faults.add(trouble, path="download-service", times=3)
    with pytest.raises(error):
        client.download(str(activity.activity_id))


def test_a_429_closes_garmin_until_retry_after(client: GarminClient, sandbox: Sandbox, clock: Clock) -> None:
    client.athlete()
    sandbox.faults.add(FaultKind.LIMITED, path="activitylist-service", times=1)
    with pytest.raises(RateLimitError) as limited:
        list(client.list_activities())
    assert limited.value.until == clock.now + 900
    asked_before = len(sandbox.requests)
    with pytest.raises(RateLimitError):
        client.athlete()
    assert len(sandbox.requests) == asked_before
    clock.now += 901
    assert len(list(client.list_activities())) == 3


@pytest.mark.parametrize("token", ["a.b.c", "plain", "x.eyJleHAiOiJzb29uIn0.y", "x.eyJleHAiOiAxZTk5fQ.y", "x.W10.y"])
def test_a_token_without_a_readable_expiry_lives_a_day(token: str) -> None:
    assert BearerToken.from_jwt(token, 1000.0).expires_at == 1000.0 + 86_400
