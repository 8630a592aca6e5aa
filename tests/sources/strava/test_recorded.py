"""Every recorded answer of the real API is read; what was edited by hand is refused where it has to be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runcoach.errors import InvalidResponseError, RateLimitError
from runcoach.sources.strava.models import activity_of, recording_of, summary_hash
from runcoach.sources.strava.streams import streams_of

pytestmark = pytest.mark.corpus


@pytest.fixture
def api(corpus: Path) -> Path:
    return corpus / "api"


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("client_athlete_activities", 30),
        ("client_all_athlete_activities_by_72", 1132),
        ("client_all_athlete_activities_latest", 1),
        ("client_athlete_activities_december_2018", 7),
    ],
)
def test_recorded_lists(api: Path, name: str, count: int) -> None:
    summaries = load(api / f"derived_json/{name}.json")
    activities = [activity_of(summary) for summary in summaries]
    assert len(activities) == count
    assert len({summary_hash(summary) for summary in summaries}) == count
    for summary, activity in zip(summaries, activities, strict=True):
        assert activity.timezone == summary["timezone"].partition(") ")[2]
        assert activity.totals.moving_s == summary["moving_time"]
        assert not activity.is_detailed
        assert activity.splits is None


def test_recorded_private_activities(api: Path) -> None:
    summaries = load(api / "derived_json/client_all_athlete_activities_by_72.json")
    assert sum(activity_of(summary).is_private for summary in summaries) == 7


def test_the_same_activity_in_a_list_and_in_detail_has_one_fingerprint(api: Path) -> None:
    detail = load(api / "derived_json/client_activity.json")
    listed = {entry["id"]: entry for entry in load(api / "derived_json/client_all_athlete_activities_by_72.json")}
    assert summary_hash(listed[detail["id"]]) == summary_hash(detail)


DETAILS = [
    "derived_json/client_activity",
    "derived_json/client_create_activity",
    "derived_json/client_update_activity",
    "stravalib/activity.3",
    "stravalib/activity-manual.3",
    "stravabook/edge_no_gps",
    "stravabook/edge_very_short",
    "stravabook/other_swim",
    "stravabook/other_workout",
    "stravabook/race_half_marathon",
    "stravabook/training_easy",
    "stravabook/training_tempo",
]


@pytest.mark.parametrize("name", DETAILS)
def test_recorded_details(api: Path, name: str) -> None:
    detail = load(api / f"{name}.json")
    streams = detail.get("comprehensiveData", {}).get("streams")
    activity = activity_of(detail, streams)
    assert activity.strava_id == detail["id"]
    assert activity.totals.distance_m == detail["distance"]
    assert activity.is_detailed is (detail["resource_state"] == 3)
    assert len(activity.laps) == len(detail.get("laps", []))
    assert len(activity.best_efforts) == len(detail.get("best_efforts", []))
    reported = detail.get("splits_metric")
    assert (activity.splits is None) == (reported is None)
    for split, said in zip(activity.splits or (), reported or (), strict=True):
        assert (split.km, split.distance_m) == (said["split"], said["distance"])
        assert (split.elapsed_s, split.moving_s) == (said["elapsed_time"], said["moving_time"])
        assert split.elevation_gain_m == said["elevation_difference"]
        assert split.avg_speed_ms == said.get("average_speed")
    recording = recording_of(activity)
    assert recording.start_time_s == activity.start_time_s
    assert len(recording.streams) == len((streams or {}).get("time", {}).get("data", []))


def test_an_id_made_up_by_hand_that_no_database_holds_is_refused(api: Path) -> None:
    detail = load(api / "derived_json/client_activity_with_fake_id.json")
    with pytest.raises(InvalidResponseError, match="id of an activity is out of range"):
        activity_of(detail)
    assert activity_of({**detail, "id": 1946417534}).totals.distance_m == 42268.1


def test_a_marathon_as_it_was_recorded(api: Path) -> None:
    activity = activity_of(load(api / "derived_json/client_activity.json"))
    assert activity.name == "TCS NYC Marathon 2018"
    assert (activity.timezone, activity.utc_offset_s, activity.workout_type) == ("America/New_York", -18000, 1)
    assert activity.gear is not None
    assert activity.gear.gear_id == activity.gear_id
    assert activity.splits is not None
    assert len(activity.splits) == 43
    marathon = next(effort for effort in activity.best_efforts if effort.name == "Marathon")
    assert (marathon.length_m, marathon.elapsed_s) == (42195, 13322)


@pytest.mark.parametrize("name", ["2451375851", "3156040843", "3182900697", "3183465494"])
def test_recorded_streams(api: Path, name: str) -> None:
    payload = load(api / f"strava_streams/{name}.json")
    streams, notes = streams_of(payload, 0.0, sport_type="Run", measured_power=True)
    assert streams is not None
    assert notes == ()
    assert len(streams) == len(payload["time"])
    for key, channel in (("distance", "distance_m"), ("heartrate", "heart_rate_bpm"), ("altitude", "altitude_m")):
        said = payload.get(key)
        values = streams.get(channel)
        if values is None:
            assert said is None or all(value is None for value in said)
        else:
            assert [None if np.isnan(value) else value for value in values] == said
    if payload.get("cadence"):
        doubled = [None if value is None else 2 * value for value in payload["cadence"]]
        assert [None if np.isnan(value) else value for value in streams.channels["cadence_spm"]] == doubled


def test_recorded_streams_that_were_asked_for_without_their_times(api: Path) -> None:
    payload = load(api / "derived_json/client_activity_streams.json")
    assert streams_of(payload, 0.0, sport_type="Run", measured_power=False) == (None, ())


def test_recorded_gear(api: Path) -> None:
    shoes, bicycle = (
        activity_of({"id": 1, "start_date": "2026-05-24T07:00:00Z", "gear": gear}).gear
        for gear in load(api / "derived_json/client_gear.json")
    )
    assert shoes is not None
    assert bicycle is not None
    assert (shoes.gear_id, shoes.name, shoes.distance_m) == ("g3423618", "Adidas Supernova ST", 966309)


def test_recorded_answers_over_a_socket(api: Path, strava: Any, client: Any) -> None:
    listed = load(api / "derived_json/client_all_athlete_activities_by_72.json")
    for start in range(0, len(listed), 200):
        strava.answers(200, listed[start : start + 200])
    strava.answers(200, [])
    assert sum(len(page) for page in client.list_activities()) == 1132
    assert len(strava.requests) == 7  # six pages and an empty one
    for name in ("client_athlete", "client_activity"):
        strava.answers(200, raw=(api / f"derived_json/{name}.json").read_bytes())
    assert client.athlete()["id"] == 26462176
    document = client.activity(1946417534)
    assert document.raw == (api / "derived_json/client_activity.json").read_bytes()


def test_the_recorded_limit(api: Path, strava: Any, client: Any) -> None:
    recorded = load(api / "derived_json/_response_headers.json")
    told = next(answer["headers"] for answer in recorded if answer["status"] == 429)
    headers = {name: value for name, value in told.items() if name.startswith("x-")}
    strava.answers(429, load(api / "derived_json/client_activity_with_ratelimit_exceeded.json"), headers=headers)
    with pytest.raises(RateLimitError) as caught:
        client.activity(1946417534)
    assert caught.value.window == "day"
    assert len(strava.requests) == 1
