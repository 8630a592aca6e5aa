"""Strava's API as methods, over a real socket: what is asked, what comes back, and what each refusal becomes."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from runcoach.errors import (
    AccessTokenError,
    ApiInactiveError,
    DegradedError,
    InvalidResponseError,
    LoginError,
    NotFoundError,
    RateLimitError,
    RemoteRefusedError,
    ScopeError,
)
from runcoach.sources.strava.client import PushSubscriptions, StravaClient
from runcoach.sources.strava.oauth import Application
from runcoach.sources.strava.transport import StravaTransport

DEAD_TOKEN = {
    "message": "Authorization Error",
    "errors": [{"resource": "Athlete", "field": "access_token", "code": "invalid"}],
}
NO_SCOPE = {"errors": [{"resource": "AccessToken", "field": "activity:read_permission", "code": "missing"}]}
INACTIVE = {"message": "Forbidden", "errors": [{"resource": "Application", "field": "Status", "code": "Inactive"}]}


def test_the_token_travels_in_the_header_and_nowhere_else(strava: Any, client: StravaClient) -> None:
    strava.answers(200, {"id": 9, "firstname": "Ada"})
    assert client.athlete()["id"] == 9
    request = strava.requests[0]
    assert (request.method, request.path, request.query) == ("GET", "/api/v3/athlete", {})
    assert request.headers["authorization"].startswith("Bearer a1b2")


def test_an_activity_comes_with_the_bytes_it_was_read_from(strava: Any, client: StravaClient) -> None:
    strava.answers(200, {"id": 5, "name": "Run"})
    document = client.activity(5)
    assert strava.requests[0].path == "/api/v3/activities/5"
    assert json.loads(document.raw) == document.data == {"id": 5, "name": "Run"}


def test_streams_are_asked_for_by_type(strava: Any, client: StravaClient) -> None:
    strava.answers(200, {"time": {"data": [0]}})
    assert client.streams(5) == {"time": {"data": [0]}}
    assert strava.requests[0].path == "/api/v3/activities/5/streams"
    assert strava.requests[0].query["key_by_type"] == "true"
    assert set(strava.requests[0].query["keys"].split(",")) >= {"time", "distance", "latlng", "heartrate", "moving"}


def test_an_activity_without_streams_has_none(strava: Any, client: StravaClient) -> None:
    strava.answers(404, {"message": "Record Not Found"}).answers(200, {})
    assert client.streams(5) is None
    assert client.streams(5) is None


def test_gear(strava: Any, client: StravaClient) -> None:
    strava.answers(200, {"id": "g3"})
    assert client.gear("g3") == {"id": "g3"}
    with pytest.raises(NotFoundError):
        client.gear("../athlete")
    assert len(strava.requests) == 1


def test_pages_come_one_by_one_until_an_empty_one(strava: Any, client: StravaClient) -> None:
    strava.answers(200, [{"id": 3}, {"id": 2}]).answers(200, [{"id": 1}]).answers(200, [])
    assert list(client.list_activities(per_page=2)) == [[{"id": 3}, {"id": 2}], [{"id": 1}]]
    assert [request.query for request in strava.requests] == [
        {"page": str(page), "per_page": "2"} for page in (1, 2, 3)
    ]


def test_whoever_has_seen_enough_saves_the_next_read(strava: Any, client: StravaClient) -> None:
    strava.answers(200, [{"id": 3}])
    assert next(client.list_activities()) == [{"id": 3}]
    assert len(strava.requests) == 1
    assert strava.requests[0].query["per_page"] == "200"


def test_a_list_can_be_bounded_by_start_times(strava: Any, client: StravaClient) -> None:
    strava.answers(200, [])
    assert list(client.list_activities(before=20, after=0)) == []
    assert strava.requests[0].query == {"before": "20", "after": "0", "page": "1", "per_page": "200"}


@pytest.mark.parametrize("data", [{"id": 1}, "text", 5, [1, 2], [{"id": 1}, None], [[]]])
def test_a_list_that_is_none(strava: Any, client: StravaClient, data: Any) -> None:
    strava.answers(200, data)
    with pytest.raises(InvalidResponseError, match="page 1 of the activities is not a list"):
        next(client.list_activities())


@pytest.mark.parametrize("data", [[], "text", 5, True])
def test_an_object_that_is_none(strava: Any, client: StravaClient, data: Any) -> None:
    strava.answers(200, data)
    with pytest.raises(InvalidResponseError, match="activity 5 is not an object"):
        client.activity(5)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, DEAD_TOKEN, AccessTokenError),
        (401, NO_SCOPE, ScopeError),
        (403, NO_SCOPE, ScopeError),
        (403, INACTIVE, ApiInactiveError),
        (403, {"message": "Forbidden", "errors": []}, RemoteRefusedError),
        (404, {"message": "Record Not Found"}, NotFoundError),
    ],
)
def test_refusals(strava: Any, client: StravaClient, status: int, body: Any, kind: type[Exception]) -> None:
    strava.answers(status, body)
    with pytest.raises(kind) as caught:
        client.activity(5)
    assert type(caught.value) is kind
    assert len(strava.requests) == 1


def test_a_dead_token_is_renewed_once(strava: Any, transport: StravaTransport) -> None:
    refused: list[str] = []

    def renew(token: str) -> str:
        refused.append(token)
        return "new-token"

    client = StravaClient(transport, strava.url, lambda: "old-token", renew)
    strava.answers(401, DEAD_TOKEN).answers(200, {"id": 1})
    assert client.athlete() == {"id": 1}
    assert refused == ["old-token"]
    assert [request.headers["authorization"] for request in strava.requests] == ["Bearer old-token", "Bearer new-token"]


def test_a_renewed_token_that_is_refused_too_is_the_end(strava: Any, transport: StravaTransport) -> None:
    client = StravaClient(transport, strava.url, lambda: "old", lambda _: "new")
    strava.answers(401, DEAD_TOKEN).answers(401, DEAD_TOKEN)
    with pytest.raises(AccessTokenError):
        client.athlete()
    assert len(strava.requests) == 2


def test_a_missing_permission_renews_nothing(strava: Any, transport: StravaTransport) -> None:
    def renew(_: str) -> str:
        raise AssertionError("a token that works was thrown away")

    strava.answers(401, NO_SCOPE)
    with pytest.raises(ScopeError):
        StravaClient(transport, strava.url, lambda: "token", renew).athlete()


def test_what_renewing_raises_is_what_the_caller_gets(strava: Any, transport: StravaTransport) -> None:
    def renew(_: str) -> str:
        raise DegradedError("no more")

    strava.answers(401, DEAD_TOKEN)
    with pytest.raises(DegradedError, match="no more"):
        StravaClient(transport, strava.url, lambda: "token", renew).athlete()


def test_four_at_once_and_no_more(strava: Any, client: StravaClient) -> None:
    together = threading.Barrier(4)
    lock = threading.Lock()
    under_way = most = 0

    def then(request: Any) -> bytes:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        together.wait(10)  # four have to be here, or nobody goes on
        with lock:
            under_way -= 1
        body = json.dumps({"id": int(request.path.rsplit("/", 1)[1])}).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    strava.then = then
    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(lambda number: client.activity(number).data["id"], range(24)))
    assert ids == list(range(24))
    assert most == 4


def test_threads_together_stay_within_the_limit(strava: Any, client: StravaClient) -> None:
    used, lock = 0, threading.Lock()

    def then(_: Any) -> bytes:
        nonlocal used
        with lock:
            used += 1
            head = f"HTTP/1.1 200 OK\r\nX-ReadRateLimit-Limit: 100,1000\r\nX-ReadRateLimit-Usage: {used},{used}\r\n"
        return f"{head}Content-Length: 2\r\n\r\n{{}}".encode()

    strava.then = then

    def read(number: int) -> bool:
        try:
            client.activity(number)
        except RateLimitError:
            return False
        return True

    client.athlete()
    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(read, range(150))) == 99
    assert used == 100
    assert client.limiter.budget is not None
    assert client.limiter.budget.read_quarter_used == 100


@pytest.fixture
def subscriptions(strava: Any, transport: StravaTransport) -> PushSubscriptions:
    return PushSubscriptions(transport, f"{strava.url}/api/v3", Application("24523", "5ec7e7"))


def test_subscribing(strava: Any, subscriptions: PushSubscriptions) -> None:
    strava.answers(201, {"id": 131300})
    assert subscriptions.create("https://example.org/hook", "check") == 131300
    request = strava.requests[0]
    assert (request.method, request.path, request.query) == ("POST", "/api/v3/push_subscriptions", {})
    assert request.form == {
        "client_id": "24523",
        "client_secret": "5ec7e7",
        "callback_url": "https://example.org/hook",
        "verify_token": "check",
    }


def test_subscribing_is_tried_once(strava: Any, subscriptions: PushSubscriptions) -> None:
    strava.answers(503)
    with pytest.raises(Exception, match="503"):
        subscriptions.create("https://example.org/hook", "check")
    assert len(strava.requests) == 1


def test_a_callback_that_does_not_answer(strava: Any, subscriptions: PushSubscriptions) -> None:
    error = {"resource": "PushSubscription", "field": "callback url", "code": "GET to callback URL does not return 200"}
    strava.answers(400, {"message": "Bad Request", "errors": [error]})
    with pytest.raises(RemoteRefusedError, match="GET to callback URL does not return 200"):
        subscriptions.create("https://example.org/hook", "check")


def test_listing_and_ending_subscriptions(strava: Any, subscriptions: PushSubscriptions) -> None:
    strava.answers(200, [{"id": 131300}]).sends(b"HTTP/1.1 204 No Content\r\n\r\n", keep=True)
    assert subscriptions.existing() == [{"id": 131300}]
    subscriptions.delete(131300)
    assert [(request.method, request.path) for request in strava.requests] == [
        ("GET", "/api/v3/push_subscriptions"),
        ("DELETE", "/api/v3/push_subscriptions/131300"),
    ]
    assert all(request.query == {"client_id": "24523", "client_secret": "5ec7e7"} for request in strava.requests)


def test_subscriptions_with_a_wrong_secret(strava: Any, subscriptions: PushSubscriptions) -> None:
    strava.answers(401, {"errors": [{"resource": "Application", "field": "", "code": "invalid"}]})
    with pytest.raises(LoginError, match="client id"):
        subscriptions.existing()
