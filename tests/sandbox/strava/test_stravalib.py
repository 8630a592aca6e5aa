"""A client that nobody here wrote logs in and reads athlete, list, detail and streams from the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import requests
from requests.adapters import HTTPAdapter

from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.strava.oauth import Consent
from runcoach.sandbox.synthetic.plan import RunKind

STRAVA = "https://www.strava.com"


class ToTheSandbox(HTTPAdapter):
    """Sends what is meant for Strava to the sandbox."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        assert request.url is not None
        request.url = request.url.replace(STRAVA, self.url)
        return super().send(request, *args, **kwargs)


@pytest.fixture
def session(sandbox: Sandbox) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.mount(STRAVA, ToTheSandbox(sandbox.url))
        yield session


@pytest.fixture
def client(sandbox: Sandbox, browser: httpx.Client, session: requests.Session, monkeypatch: Any) -> Any:
    """Logged in: consent, redirect, code, tokens."""
    from stravalib import Client

    monkeypatch.setenv("SILENCE_TOKEN_WARNINGS", "true")
    client = Client(requests_session=session, rate_limit_requests=False)  # it would sleep until the next window
    url = client.authorization_url(
        client_id=sandbox.client_id,
        redirect_uri="http://127.0.0.1:5000/authorized",
        scope=["read", "activity:read_all"],
        state="its own",
    )
    assert url.startswith(f"{STRAVA}/oauth/authorize?")
    sandbox.oauth.consent = Consent.ALLOW
    back = httpx.URL(browser.get(url.replace(STRAVA, sandbox.url)).headers["location"])
    assert back.params["state"] == "its own"
    tokens: Any = client.exchange_code_for_token(
        client_id=sandbox.client_id, client_secret=sandbox.client_secret, code=back.params["code"]
    )
    assert tokens["expires_at"] > sandbox.clock()
    client.refresh_token = tokens["refresh_token"]
    return client


@pytest.mark.slow
def test_reads_the_athlete(client: Any, sandbox: Sandbox) -> None:
    athlete = client.get_athlete()
    assert athlete.id == sandbox.athlete.athlete_id
    assert athlete.firstname == "Sandra"


@pytest.mark.slow
def test_reads_the_whole_list(client: Any, sandbox: Sandbox) -> None:
    listed = list(client.get_activities())
    assert [each.id for each in listed] == sandbox.athlete.activity_ids
    first = listed[0]
    assert first.start_date.timestamp() == sandbox.athlete.plan(first.id).start_time
    assert {each.sport_type.root for each in listed} >= {"Run", "TrailRun"}


@pytest.mark.slow
def test_reads_details(client: Any, sandbox: Sandbox) -> None:
    activity = next(each for each in sandbox.athlete.activity_ids if sandbox.athlete.plan(each).kind is RunKind.RACE)
    detail = client.get_activity(activity)
    ours = sandbox.athlete.detail(activity)
    assert float(detail.distance) == ours["distance"]
    assert timedelta(seconds=detail.moving_time) == timedelta(seconds=ours["moving_time"])
    assert len(detail.splits_metric) == len(ours["splits_metric"])
    assert [effort.name for effort in detail.best_efforts] == [effort["name"] for effort in ours["best_efforts"]]
    assert detail.gear.name == ours["gear"]["name"]
    assert len(list(detail.laps)) == len(ours["laps"])


def test_reads_streams(client: Any, sandbox: Sandbox) -> None:
    activity = next(each for each in sandbox.athlete.activity_ids if sandbox.athlete.plan(each).kind is RunKind.TEMPO)
    streams = client.get_activity_streams(activity, types=["time", "latlng", "distance", "altitude", "heartrate"])
    assert len(streams["time"].data) == streams["time"].original_size
    assert streams["distance"].data[-1] == sandbox.athlete.detail(activity)["distance"]
    assert len(streams["latlng"].data[0]) == 2


def test_refreshes_tokens(client: Any, sandbox: Sandbox, clock: Any) -> None:
    old = client.refresh_token
    clock.turn(21_000)
    client.refresh_access_token(client_id=sandbox.client_id, client_secret=sandbox.client_secret, refresh_token=old)
    assert client.refresh_token != old
    assert client.get_athlete().id == sandbox.athlete.athlete_id


def test_understands_refusals(client: Any, sandbox: Sandbox) -> None:
    from stravalib import exc

    with pytest.raises(exc.ObjectNotFound):
        client.get_activity(1)
    sandbox.budget.change(read_quarter=0)
    with pytest.raises(exc.Fault, match="Rate Limit Exceeded"):
        client.get_athlete()
    sandbox.budget.change(read_quarter=100)
    sandbox.inactive = True
    with pytest.raises(exc.Fault, match="inactive"):
        client.get_athlete()
    sandbox.inactive = False
    sandbox.revoke()
    with pytest.raises(exc.AccessUnauthorized):
        client.get_athlete()
