"""The switches under /sandbox, as a person with curl turns them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from runcoach.sandbox.server import Sandbox


def switch(browser: httpx.Client, name: str, body: Any) -> Any:
    answer = browser.post(f"/sandbox/{name}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_state_and_the_switches_are_shown(browser: httpx.Client, app: httpx.Client) -> None:
    app.get("/athlete")
    shown = browser.get("/sandbox").json()
    assert shown["reads"] == 1
    assert shown["activities"] > 40
    assert shown["limits"]["X-ReadRateLimit-Usage"] == "1,1"
    assert shown["grants"][0]["scopes"] == ["read", "activity:read_all"]
    assert "POST /sandbox/faults" in shown["switches"]


def test_every_switch_shown_exists(browser: httpx.Client) -> None:
    for route in browser.get("/sandbox").json()["switches"]:
        method, path = route.split()
        assert browser.request(method, path, content=b"[").status_code == 400


def test_a_new_run_appears_first(sandbox: Sandbox, browser: httpx.Client, app: httpx.Client, clock: Any) -> None:
    added = switch(browser, "activities", {"add": {"name": "Fresh 🥾", "distance_m": 5000, "private": True}})["id"]
    newest = app.get("/athlete/activities", params={"per_page": 1}).json()[0]
    assert newest["id"] == added == max(sandbox.athlete.activity_ids)
    assert (newest["name"], newest["distance"], newest["private"]) == ("Fresh 🥾", 5000.0, True)


def test_a_late_upload_is_listed_where_it_was_run(sandbox: Sandbox, browser: httpx.Client) -> None:
    added = switch(browser, "activities", {"add": {"days_ago": 30, "kind": "intervals"}})["id"]
    assert added == max(sandbox.athlete.activity_ids)
    assert sandbox.athlete.activity_ids[0] != added
    starts = [sandbox.athlete.plan(each).start_time for each in sandbox.athlete.activity_ids]
    assert starts == sorted(starts, reverse=True)


def test_edits_show_in_list_detail_and_streams(sandbox: Sandbox, browser: httpx.Client, app: httpx.Client) -> None:
    activity = sandbox.athlete.activity_ids[2]
    before = app.get(f"/activities/{activity}").json()
    app.get("/athlete/activities")
    change = {"id": activity, "name": "New", "sport_type": "TrailRun", "private": True, "distance_m": 4321.0}
    switch(browser, "activities", {"edit": change})
    detail = app.get(f"/activities/{activity}").json()
    listed = next(each for each in app.get("/athlete/activities").json() if each["id"] == activity)
    for shown in (detail, listed):
        assert (shown["name"], shown["sport_type"], shown["private"]) == ("New", "TrailRun", True)
        assert shown["distance"] == 4321.0
        assert shown["moving_time"] == before["moving_time"]
    streams = app.get(f"/activities/{activity}/streams", params={"keys": "distance", "key_by_type": "true"}).json()
    assert streams["distance"]["data"][-1] == 4321.0


def test_cropping_shortens_time_and_distance(sandbox: Sandbox, browser: httpx.Client, app: httpx.Client) -> None:
    activity = sandbox.athlete.activity_ids[2]
    before = app.get(f"/activities/{activity}").json()
    switch(browser, "activities", {"edit": {"id": activity, "cropped_s": 900}})
    after = app.get(f"/activities/{activity}").json()
    assert after["elapsed_time"] == 900
    assert 0 < after["distance"] < before["distance"]
    assert after["start_date"] == before["start_date"]


def test_deleting(sandbox: Sandbox, browser: httpx.Client, app: httpx.Client) -> None:
    activity = sandbox.athlete.activity_ids[0]
    switch(browser, "activities", {"delete": activity})
    assert app.get(f"/activities/{activity}").status_code == 404
    assert activity not in [each["id"] for each in app.get("/athlete/activities").json()]


def test_faults_limits_latency_and_inactive(sandbox: Sandbox, browser: httpx.Client, app: httpx.Client) -> None:
    assert switch(browser, "faults", {"fault": "500", "times": 2, "fields": []})["faults"][0]["times"] == 2
    assert app.get("/athlete").status_code == 500
    switch(browser, "faults", {"release": True})
    assert switch(browser, "faults", {"clear": True}) == {"faults": []}
    switch(browser, "limits", {"read_quarter": 2, "used_read_quarter": 1})
    assert [app.get("/athlete").status_code for _ in range(2)] == [200, 429]
    switch(browser, "limits", {"read_quarter": 100})
    switch(browser, "inactive", {"inactive": True})
    assert app.get("/athlete").status_code == 403
    switch(browser, "inactive", {"inactive": False})
    switch(browser, "latency", {"seconds": 0.001})
    assert sandbox.latency_s == 0.001


def test_consent_expiry_and_revoking(sandbox: Sandbox, browser: httpx.Client, app: httpx.Client) -> None:
    said = switch(browser, "consent", {"consent": "allow", "unticked": ["activity:read_all"]})
    assert said == {"consent": "allow", "unticked": ["activity:read_all"]}
    ask = {"client_id": str(sandbox.client_id), "redirect_uri": "http://localhost/", "response_type": "code"}
    back = browser.get("/oauth/authorize", params=ask | {"scope": "read,activity:read_all"})
    assert httpx.URL(back.headers["location"]).params["scope"] == "read"
    switch(browser, "expire", {})
    assert app.get("/athlete").status_code == 401
    assert switch(browser, "revoke", {}) == {"revoked": True}
    assert switch(browser, "revoke", {}) == {"revoked": False}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("faults", {"fault": "earthquake"}),
        ("faults", {}),
        ("faults", {"fault": "500", "often": 3}),
        ("limits", {"weekly": 1}),
        ("activities", {"edit": {"id": 1, "colour": "red"}}),
        ("activities", {"add": {"kind": "marathon"}}),
        ("consent", {"consent": "perhaps"}),
        ("latency", {"seconds": "long"}),
        ("latency", []),
    ],
)
def test_wrong_bodies_are_refused_with_a_reason(browser: httpx.Client, name: str, body: Any) -> None:
    answer = browser.post(f"/sandbox/{name}", json=body)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_what_is_not_there(browser: httpx.Client) -> None:
    assert browser.post("/sandbox/activities", json={"delete": 1}).status_code == 404
    assert browser.post("/sandbox/weather", json={}).status_code == 404
    assert browser.get("/sandbox/faults").status_code == 404


def test_pages_of_other_origins_may_not_switch(browser: httpx.Client) -> None:
    assert browser.post("/sandbox/revoke", headers={"Origin": "http://evil.example"}).status_code == 403
    own = str(browser.base_url).rstrip("/")
    assert browser.post("/sandbox/revoke", headers={"Origin": own}).status_code == 200


def test_switches_are_never_hit_by_faults(sandbox: Sandbox, browser: httpx.Client) -> None:
    sandbox.faults.add("500", path=".*", times=None)
    assert browser.get("/sandbox").status_code == 200
    assert browser.get("/").status_code == 500
