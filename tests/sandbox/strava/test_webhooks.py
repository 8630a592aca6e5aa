"""Webhooks: the callback is asked first, events follow what the athlete does, and nothing leaves loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

LogIn = Callable[..., str]


@pytest.fixture
def callback(httpserver: HTTPServer) -> str:
    """An app's callback that verifies well and takes every event."""

    def verify(request: Request) -> Response:
        asked = parse_qs(request.query_string.decode())
        good = asked["hub.mode"] == ["subscribe"] and asked["hub.verify_token"] == ["hush"]
        return Response(json.dumps({"hub.challenge": asked["hub.challenge"][0]}), 200 if good else 403)

    httpserver.expect_request("/hook", method="GET").respond_with_handler(verify)
    httpserver.expect_request("/hook", method="POST").respond_with_data("")
    return httpserver.url_for("/hook")


@pytest.fixture
def form(sandbox: Sandbox, callback: str) -> dict[str, str]:
    app = {"client_id": str(sandbox.client_id), "client_secret": sandbox.client_secret}
    return app | {"callback_url": callback, "verify_token": "hush"}


def events(sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    sandbox.webhooks.flush()
    return (delivery.event for delivery in sandbox.webhooks.deliveries)


def test_subscribing_listing_and_deleting(app: httpx.Client, form: dict[str, str]) -> None:
    made = app.post("/push_subscriptions", data=form)
    assert made.status_code == 201
    subscription = made.json()["id"]
    listed = app.get("/push_subscriptions", params=form).json()
    assert [each["id"] for each in listed] == [subscription]
    assert listed[0]["callback_url"] == form["callback_url"]
    deleted = app.delete(f"/push_subscriptions/{subscription}", params=form)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert app.get("/push_subscriptions", params=form).json() == []
    assert app.delete(f"/push_subscriptions/{subscription}", params=form).status_code == 404


def test_an_app_has_one_subscription(app: httpx.Client, form: dict[str, str]) -> None:
    app.post("/push_subscriptions", data=form)
    again = app.post("/push_subscriptions", data=form)
    assert again.status_code == 400
    assert again.json()["errors"] == [{"resource": "PushSubscription", "field": "", "code": "already exists"}]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"verify_token": "wrong"}, "GET to callback URL does not return 200"),
        ({"callback_url": "http://127.0.0.1:1/hook"}, "GET to callback URL does not return 200"),
        ({"callback_url": "http://example.org/hook"}, "not verifiable"),
        ({"callback_url": "file:///etc/passwd"}, "not verifiable"),
        ({"callback_url": ""}, "missing"),
        ({"client_secret": "guess"}, "invalid"),
    ],
)
def test_callbacks_that_do_not_answer_are_refused(
    app: httpx.Client, form: dict[str, str], change: dict[str, str], code: str
) -> None:
    refused = app.post("/push_subscriptions", data=form | change)
    assert refused.status_code in {400, 401}
    assert refused.json()["errors"][0]["code"] == code


@pytest.mark.parametrize("said", ["{}", "[]", "oops", '{"hub.challenge": "other"}'])
def test_the_challenge_must_be_echoed(
    app: httpx.Client, form: dict[str, str], httpserver: HTTPServer, said: str
) -> None:
    httpserver.expect_request("/odd").respond_with_data(said)
    refused = app.post("/push_subscriptions", data=form | {"callback_url": httpserver.url_for("/odd?x=1")})
    assert refused.json()["errors"][0]["code"] == "not verifiable"


def test_events_follow_what_the_athlete_does(sandbox: Sandbox, app: httpx.Client, form: dict[str, str]) -> None:
    subscription = app.post("/push_subscriptions", data=form).json()["id"]
    added = sandbox.add_run()
    sandbox.athlete.edit(added, name="Messy", sport_type="TrailRun", private=True)
    sandbox.athlete.edit(added, distance_m=1234.0)  # Strava says nothing of this
    sandbox.athlete.delete(added)
    sandbox.revoke()
    sandbox.revoke()
    told = list(events(sandbox))
    assert [(event["object_type"], event["aspect_type"], event["updates"]) for event in told] == [
        ("activity", "create", {}),
        ("activity", "update", {"title": "Messy", "type": "TrailRun", "private": "true"}),
        ("activity", "delete", {}),
        ("athlete", "update", {"authorized": "false"}),
    ]
    assert {event["object_id"] for event in told[:3]} == {added}
    assert {event["owner_id"] for event in told} == {sandbox.athlete.athlete_id}
    assert {event["subscription_id"] for event in told} == {subscription}
    assert {event["event_time"] for event in told} == {int(sandbox.clock())}
    assert [(delivery.status, delivery.attempt) for delivery in sandbox.webhooks.deliveries] == [(200, 1)] * 4


@pytest.mark.corpus
def test_events_have_the_fields_of_the_documented_one(
    sandbox: Sandbox, app: httpx.Client, form: dict[str, str], corpus: Any
) -> None:
    documented = json.loads((corpus / "api/webhook_events/events.json").read_text())[0]
    app.post("/push_subscriptions", data=form)
    sandbox.athlete.edit(sandbox.athlete.activity_ids[0], name="Messy")
    (event,) = events(sandbox)
    assert set(event) == set(documented) - {"_source"}
    assert {key: type(value) for key, value in event.items()} == {key: type(documented[key]) for key in event}


def test_without_read_all_privacy_looks_like_deletion(
    sandbox: Sandbox, app: httpx.Client, log_in: LogIn, form: dict[str, str]
) -> None:
    sandbox.revoke()
    log_in("read,activity:read")
    app.post("/push_subscriptions", data=form)
    activity = next(each for each in sandbox.athlete.activity_ids if not sandbox.athlete.plan(each).private)
    sandbox.athlete.edit(activity, private=True)
    sandbox.athlete.edit(activity, name="Nobody is told")
    sandbox.athlete.edit(activity, private=False)
    assert [(event["aspect_type"], event["updates"]) for event in events(sandbox)] == [("delete", {}), ("create", {})]


def test_nobody_is_told_without_a_grant_or_a_subscription(
    sandbox: Sandbox, app: httpx.Client, log_in: LogIn, form: dict[str, str]
) -> None:
    sandbox.add_run()
    app.post("/push_subscriptions", data=form)
    sandbox.oauth.revoke_all()
    sandbox.add_run()
    log_in("read")
    sandbox.add_run()
    assert list(events(sandbox)) == []


def test_three_tries_then_it_is_given_up(callback: str, httpserver: HTTPServer) -> None:
    with Sandbox(athlete=SyntheticAthlete(1, runs=3), webhook_retry_s=0.0) as impatient:
        impatient.webhooks.subscribe(callback, "hush")
        httpserver.clear_all_handlers()
        httpserver.expect_oneshot_request("/hook").respond_with_data("", 503)
        httpserver.expect_oneshot_request("/hook").respond_with_data("", 500)
        httpserver.expect_oneshot_request("/hook").respond_with_data("", 418)
        impatient.webhooks.send_raw({"strange": True})
        impatient.webhooks.flush()
        tries = [(each.status, each.attempt) for each in impatient.webhooks.deliveries]
        assert tries == [(503, 1), (500, 2), (418, 3)]


def test_events_can_be_forged_over_http(
    sandbox: Sandbox, app: httpx.Client, browser: httpx.Client, form: dict[str, str]
) -> None:
    app.post("/push_subscriptions", data=form)
    browser.post("/sandbox/events", json={"subscription_id": 1, "object_id": "x"})
    assert list(events(sandbox)) == [{"subscription_id": 1, "object_id": "x"}]


def test_stopping_gives_up_what_is_waiting(callback: str, httpserver: HTTPServer) -> None:
    patient = Sandbox(athlete=SyntheticAthlete(1, runs=3), webhook_retry_s=3600).start()
    patient.webhooks.subscribe(callback, "hush")
    httpserver.clear_all_handlers()
    httpserver.expect_request("/hook").respond_with_data("", 500)
    patient.webhooks.send_raw({"strange": True})
    patient.stop()
    assert len(patient.webhooks.deliveries) <= 1
