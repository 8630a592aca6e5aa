"""The sandbox's answers beside recorded ones of the real API: the same fields, of the same types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from runcoach.sandbox.server import Sandbox
from runcoach.sandbox.strava.oauth import Consent
from runcoach.sandbox.synthetic.plan import RunKind

pytestmark = pytest.mark.corpus

#: What recorded details have and the sandbox does without.
NOT_IN_THE_SANDBOX = frozenset({"similar_activities", "comprehensiveData"})
#: Fields that come and go with the device, the sport, or the years.
OPTIONAL = frozenset(
    {"average_cadence", "average_temp", "average_heartrate", "max_heartrate", "elev_high", "elev_low", "device_name"}
) | {"suffer_score", "upload_id_str", "workout_type", "average_watts", "max_watts", "weighted_average_watts"}
OPTIONAL |= {"device_watts", "kilojoules", "gear"}


def recorded(corpus: Path, name: str) -> Any:
    return json.loads((corpus / "api/derived_json" / f"{name}.json").read_text())


def real_summaries(corpus: Path) -> list[dict[str, Any]]:
    def activities(value: Any) -> Iterator[dict[str, Any]]:
        if isinstance(value, dict) and "sport_type" in value:
            yield value
        elif isinstance(value, dict | list):
            for each in value.values() if isinstance(value, dict) else value:
                yield from activities(each)

    found = list(activities(recorded(corpus, "client_all_athlete_activities_by_72")))
    assert len(found) > 1000
    return found


def types_of(rows: list[dict[str, Any]]) -> dict[str, set[type]]:
    """The types each field has in some rows; whole numbers count as numbers, as in JSON."""
    seen: dict[str, set[type]] = {}
    for row in rows:
        for name, value in row.items():
            seen.setdefault(name, set()).add(float if type(value) is int else type(value))
    return seen


@pytest.mark.slow
def test_summaries_have_the_fields_and_types_of_real_ones(corpus: Path, app: httpx.Client) -> None:
    ours = app.get("/athlete/activities", params={"per_page": 200}).json()
    real = real_summaries(corpus)
    real_types = types_of(real)
    for row in ours:
        always = {name for name in real_types if all(name in each for each in real)}
        assert always - set(row) == set()
        assert set(row) - set(real_types) <= OPTIONAL
    for name, kinds in types_of(ours).items():
        assert kinds <= real_types.get(name, kinds), name


def test_manual_and_indoor_summaries_are_made_like_real_ones(corpus: Path, app: httpx.Client, sandbox: Sandbox) -> None:
    real = real_summaries(corpus)
    ours = {each["id"]: each for each in app.get("/athlete/activities", params={"per_page": 200}).json()}
    for kind, field in ((RunKind.MANUAL, "manual"), (RunKind.TREADMILL, "trainer")):
        mine = next(ours[each] for each in ours if sandbox.athlete.plan(each).kind is kind)
        like = [each for each in real if each[field] and each["manual"] is (field == "manual")]
        assert like
        for name in ("start_latlng", "end_latlng", "upload_id", "external_id"):
            assert {type(each[name]) for each in like} >= {type(mine[name])}
        assert mine["map"]["summary_polyline"] == like[0]["map"]["summary_polyline"] == ""
        assert ("elev_high" in mine) == ("elev_high" in like[0])


@pytest.mark.parametrize("name", ["derived_json/client_activity", "stravabook/training_tempo"])
def test_details_have_the_fields_of_real_ones(corpus: Path, app: httpx.Client, sandbox: Sandbox, name: str) -> None:
    real = json.loads((corpus / f"api/{name}.json").read_text())
    activity = next(each for each in sandbox.athlete.activity_ids if sandbox.athlete.plan(each).kind is RunKind.TEMPO)
    ours = app.get(f"/activities/{activity}").json()
    assert set(real) - set(ours) - OPTIONAL <= NOT_IN_THE_SANDBOX
    assert set(ours) - set(real) <= OPTIONAL
    for part in ("splits_metric", "splits_standard", "best_efforts"):
        assert set(ours[part][0]) == set(real[part][0])
    assert set(real["laps"][0]) - set(ours["laps"][0]) <= OPTIONAL
    assert set(ours["laps"][0]) - set(real["laps"][0]) <= OPTIONAL
    assert set(ours["map"]) == set(real["map"])
    assert set(ours["gear"]) == set(real["gear"])
    assert set(real["athlete"]) == set(ours["athlete"])


def test_streams_have_the_form_of_real_ones(corpus: Path, app: httpx.Client, sandbox: Sandbox) -> None:
    real = recorded(corpus, "client_activity_streams")
    activity = next(each for each in sandbox.athlete.activity_ids if sandbox.athlete.plan(each).kind is RunKind.TEMPO)
    ours = app.get(f"/activities/{activity}/streams", params={"keys": "", "key_by_type": "true"}).json()
    assert set(ours) == set(real) == {"distance"}
    assert set(ours["distance"]) == set(real["distance"])
    assert ours["distance"]["series_type"] == real["distance"]["series_type"]


def test_tokens_and_athlete_have_the_fields_of_real_ones(
    corpus: Path, browser: httpx.Client, sandbox: Sandbox, app: httpx.Client
) -> None:
    sandbox.oauth.consent = Consent.ALLOW
    ask = {"client_id": str(sandbox.client_id), "redirect_uri": "http://localhost/", "response_type": "code"}
    code = httpx.URL(browser.get("/oauth/authorize", params=ask | {"scope": "read"}).headers["location"]).params["code"]
    secret = {"client_id": str(sandbox.client_id), "client_secret": sandbox.client_secret}
    first = browser.post("/oauth/token", data=secret | {"code": code, "grant_type": "authorization_code"}).json()
    real = recorded(corpus, "oauth_token_authorization_code")
    assert set(first) == set(real)
    assert set(real["athlete"]) <= set(first["athlete"])
    again = {"refresh_token": first["refresh_token"], "grant_type": "refresh_token"}
    second = browser.post("/oauth/token", data=secret | again).json()
    assert set(second) == set(recorded(corpus, "oauth_token_refresh_token"))


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("oauth_token_invalid_client", {"client_id": "client-id"}),
        ("oauth_token_invalid_code", {"code": "code"}),
        ("client_authorization_error", {"client_secret": "client-secret"}),
    ],
)
def test_token_errors_are_word_for_word(
    corpus: Path, browser: httpx.Client, sandbox: Sandbox, name: str, changed: dict[str, str]
) -> None:
    form = {"client_id": str(sandbox.client_id), "client_secret": sandbox.client_secret}
    form |= {"code": "code", "grant_type": "authorization_code"} | changed
    answer = browser.post("/oauth/token", data=form)
    assert answer.status_code == (401 if "client_secret" in changed else 400)
    assert answer.json() == recorded(corpus, name)


def test_gear_has_the_fields_of_real_gear(corpus: Path, app: httpx.Client) -> None:
    shoe, bike = recorded(corpus, "client_gear")
    assert set(app.get("/gear/g11000002").json()) == set(shoe)
    assert set(app.get("/gear/b11000005").json()) == set(bike)


def test_rate_limit_headers_are_the_real_ones(corpus: Path, app: httpx.Client) -> None:
    headers = recorded(corpus, "_response_headers")
    latest = next(each for each in headers if "x-readratelimit-usage" in each["headers"])["headers"]
    real = {name for name in latest if "ratelimit" in name}
    answer = app.get("/athlete")
    assert {name for name in answer.headers if "ratelimit" in name} == real
    assert answer.headers["content-type"] == latest["content-type"]
    for name in real - {"x-ratelimit-usage", "x-readratelimit-usage"}:
        assert answer.headers[name] == latest[name]
