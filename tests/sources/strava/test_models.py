"""Strava's JSON as values: what is read, what is null, what is refused with the name of its field."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runcoach.domain.activity import Split
from runcoach.domain.comparison import ReportedEffort
from runcoach.domain.recording import RecordedLap, Totals
from runcoach.errors import InvalidResponseError, RuncoachError
from runcoach.sources.strava.models import (
    Gear,
    StravaActivity,
    activity_of,
    recording_of,
    summary_hash,
)

#: 24 May 2026, 07:00:00 UTC.
START = 1_779_606_000

DETAIL: dict[str, Any] = {
    "resource_state": 3,
    "id": 123456789012,
    "athlete": {"id": 42, "resource_state": 1},
    "name": "Tiber, easy 🏃",
    "type": "Run",
    "sport_type": "TrailRun",
    "workout_type": 1,
    "start_date": "2026-05-24T07:00:00Z",
    "start_date_local": "2026-05-24T09:00:00Z",
    "timezone": "(GMT+01:00) Europe/Rome",
    "utc_offset": 7200.0,
    "distance": 5164.9,
    "moving_time": 1984,
    "elapsed_time": 2336,
    "total_elevation_gain": 21.8,
    "elev_high": 27.6,
    "elev_low": -1.5,
    "average_cadence": 84.5,
    "average_heartrate": 128.4,
    "max_heartrate": 149.0,
    "average_watts": 170.3,
    "max_watts": 344,
    "device_watts": True,
    "average_temp": 21,
    "calories": 293.5,
    "achievement_count": 2,
    "photo_count": 0,
    "total_photo_count": 3,
    "kudos_count": 11,
    "trainer": False,
    "manual": False,
    "private": False,
    "visibility": "followers_only",
    "gear_id": "g23247059",
    "gear": {"id": "g23247059", "name": "Fast ones", "nickname": "", "distance": 336_329, "retired": False},
    "description": "Gorgeous sunny day",
    "private_note": "knee held",
    "device_name": "COROS PACE 3",
    "splits_metric": [
        {
            "split": 1,
            "distance": 1000.4,
            "elapsed_time": 471,
            "moving_time": 418,
            "elevation_difference": -12.1,
            "average_speed": 2.39,
            "average_heartrate": 108.45673076923077,
            "pace_zone": 1,
        },
        {"split": 2, "distance": 164.9, "elapsed_time": 60, "moving_time": 60, "elevation_difference": None},
    ],
    "laps": [
        {
            "name": "Lap 1",
            "start_date": "2026-05-24T07:00:00Z",
            "distance": 1000.0,
            "elapsed_time": 470,
            "moving_time": 417,
            "total_elevation_gain": 2.0,
            "average_cadence": 80.0,
            "average_watts": 157.3,
            "device_watts": True,
            "average_heartrate": 108.5,
            "max_heartrate": 124.0,
        }
    ],
    "best_efforts": [
        {
            "name": "400m",
            "distance": 400,
            "elapsed_time": 137,
            "moving_time": 136,
            "start_index": 806,
            "end_index": 943,
        }
    ],
}

MINIMAL = {"id": 1, "start_date": "2026-05-24T07:00:00Z"}


def test_everything_an_activity_says() -> None:
    assert activity_of(DETAIL) == StravaActivity(
        strava_id=123456789012,
        start_time_s=START,
        athlete_id=42,
        name="Tiber, easy 🏃",
        sport_type="TrailRun",
        utc_offset_s=7200,
        timezone="Europe/Rome",
        totals=Totals(
            distance_m=5164.9,
            elapsed_s=2336,
            moving_s=1984,
            elevation_gain_m=21.8,
            elevation_low_m=-1.5,
            elevation_high_m=27.6,
            avg_hr_bpm=128.4,
            max_hr_bpm=149,
            avg_cadence_spm=169,
            avg_power_w=170.3,
            max_power_w=344,
            temperature_c=21,
            calories_kcal=293.5,
        ),
        workout_type=1,
        achievement_count=2,
        photo_count=3,
        gear_id="g23247059",
        is_detailed=True,
        description="Gorgeous sunny day",
        private_note="knee held",
        device_name="COROS PACE 3",
        gear=Gear("g23247059", "Fast ones", 336_329, is_retired=False),
        splits=(Split(1, 1000.4, 471, 418, -12.1, 108, 2.39), Split(2, 164.9, 60, 60)),
        laps=(
            RecordedLap(
                START,
                Totals(
                    distance_m=1000,
                    elapsed_s=470,
                    moving_s=417,
                    elevation_gain_m=2,
                    avg_hr_bpm=108.5,
                    max_hr_bpm=124,
                    avg_cadence_spm=160,
                    avg_power_w=157.3,
                ),
                "Lap 1",
            ),
        ),
        best_efforts=(ReportedEffort("400m", 400.0, 137),),
    )


def test_of_an_activity_only_its_id_and_start_have_to_be_there() -> None:
    activity = activity_of(MINIMAL)
    assert activity == StravaActivity(strava_id=1, start_time_s=START)
    assert activity.splits is None


@pytest.mark.parametrize("name", [name for name in DETAIL if name not in MINIMAL])
def test_null_is_as_good_as_missing_wherever_it_stands(name: str) -> None:
    without = {key: value for key, value in DETAIL.items() if key != name}
    assert activity_of({**DETAIL, name: None}) == activity_of(without)


@pytest.mark.parametrize("group", ["splits_metric", "laps", "best_efforts"])
def test_null_and_missing_inside_a_list(group: str) -> None:
    for name in DETAIL[group][0]:
        entry = DETAIL[group][0]
        null = activity_of({**DETAIL, group: [{**entry, name: None}]})
        assert null == activity_of({**DETAIL, group: [{key: value for key, value in entry.items() if key != name}]})


def test_a_split_without_a_number_has_that_of_its_place() -> None:
    splits = activity_of({**MINIMAL, "splits_metric": [{"distance": 1000.0}, {"distance": 83.0}]}).splits
    assert splits == (Split(1, 1000.0, None, None), Split(2, 83.0, None, None))


@pytest.mark.parametrize("name", ["distance", "elapsed_time"])
def test_an_effort_that_says_nothing_is_left_out(name: str) -> None:
    effort = DETAIL["best_efforts"][0]
    activity = activity_of({**DETAIL, "best_efforts": [{**effort, name: None}, effort]})
    assert [left.length_m for left in activity.best_efforts] == [400]


@pytest.mark.parametrize("gear", [{}, {"id": None, "name": "Shoes"}, {"id": ""}])
def test_gear_that_nobody_can_tell_apart_is_none(gear: dict[str, Any]) -> None:
    assert activity_of({**DETAIL, "gear": gear}).gear is None


def test_no_splits_and_an_empty_list_of_them_differ() -> None:
    assert activity_of({**MINIMAL, "splits_metric": []}).splits == ()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("id", None, "an activity has no id"),
        ("id", "123", "id of an activity is text where a number belongs"),
        ("id", True, "id of an activity is true or false where a number belongs"),
        ("id", 194641753419464175341946417534, "id of an activity is out of range"),
        ("start_date", None, "has no start_date"),
        ("start_date", "yesterday", "start_date of activity 123456789012 is not a time"),
        ("start_date", 1779606000, "start_date of activity 123456789012 is a number where text belongs"),
        ("name", ["x"], "name of activity 123456789012 is a list where text belongs"),
        ("moving_time", "33:04", "moving_time of activity 123456789012 is text where a number belongs"),
        ("distance", float("inf"), "distance of activity 123456789012 is out of range"),
        ("distance", 10**400, "distance of activity 123456789012 is out of range"),
        ("trainer", 1, "trainer of activity 123456789012 is a number where true or false belongs"),
        ("utc_offset", 7_200_000, "utc_offset of activity 123456789012 is not an offset"),
        ("athlete", 42, "athlete of activity 123456789012 is a number where an object belongs"),
        ("gear", {"id": 5}, "id of gear of activity 123456789012 is a number where text belongs"),
        ("laps", {"1": {}}, "laps of activity 123456789012 is an object where a list belongs"),
        ("splits_metric", [{}, 5], "splits_metric[1] of activity 123456789012 is a number where an object belongs"),
        ("splits_metric", [{"split": 1}, {"split": 1}], "splits of activity 123456789012 repeat a number"),
        ("splits_metric", [{"distance": "1 km"}], "distance of splits_metric[0] of activity 123456789012 is text"),
        ("best_efforts", [{"distance": "400m"}], "distance of best_efforts[0] of activity 123456789012 is text"),
    ],
)
def test_what_is_wrong_is_named(field: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        activity_of({**DETAIL, field: value})
    assert said in caught.value.message


@pytest.mark.parametrize("payload", [None, [], "activity", 5])
def test_an_activity_that_is_no_object(payload: Any) -> None:
    with pytest.raises(InvalidResponseError, match="where an object belongs"):
        activity_of(payload)


@pytest.mark.parametrize(
    ("private", "visibility", "expected"),
    [
        (True, None, True),
        (True, "everyone", True),
        (False, "only_me", True),
        (None, "only_me", True),
        (False, "followers_only", False),
        (False, "everyone", False),
        (None, None, False),
    ],
)
def test_what_is_private(private: bool | None, visibility: str | None, expected: bool) -> None:
    assert activity_of({**MINIMAL, "private": private, "visibility": visibility}).is_private is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(GMT+01:00) Europe/Rome", "Europe/Rome"),
        ("(GMT-03:00) America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("(GMT-05:00) EST5EDT", "EST5EDT"),
        ("(GMT-04:00) Etc/GMT+4", "Etc/GMT+4"),
        ("(GMT-05:00) Eastern Time (US & Canada)", None),
        ("Europe/Rome", None),
        ("", None),
        (None, None),
    ],
)
def test_the_time_zone_is_what_stands_behind_the_bracket(text: str | None, expected: str | None) -> None:
    assert activity_of({**MINIMAL, "timezone": text}).timezone == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"utc_offset": -14400.0, "timezone": "(GMT-05:00) America/New_York"}, -14400),
        ({"start_date_local": "2026-05-24T12:30:00Z"}, 19800),
        ({"start_date_local": "2026-05-23T21:00:00Z"}, -36000),
        ({"start_date_local": "1970-01-01T00:00:00Z"}, None),
        ({"utc_offset": 0, "start_date_local": "2026-05-24T12:30:00Z"}, 0),
        ({}, None),
    ],
)
def test_the_offset_of_that_day(fields: dict[str, Any], expected: int | None) -> None:
    assert activity_of({**MINIMAL, **fields}).utc_offset_s == expected


@pytest.mark.parametrize("device_watts", [False, None])
def test_power_that_no_meter_measured_is_no_power(device_watts: bool | None) -> None:
    streams = {"time": {"data": [0]}, "watts": {"data": [180]}}
    lap = {**DETAIL["laps"][0], "device_watts": device_watts}
    activity = activity_of({**DETAIL, "device_watts": device_watts, "laps": [lap]}, streams)
    assert (activity.totals.avg_power_w, activity.totals.max_power_w) == (None, None)
    assert activity.laps[0].totals.avg_power_w is None
    assert activity.streams is not None
    assert dict(activity.streams.channels) == {}


def test_turns_of_the_pedals_are_not_doubled() -> None:
    activity = activity_of({**DETAIL, "sport_type": "Ride", "type": "Ride"})
    assert activity.totals.avg_cadence_spm == 84.5
    assert activity.laps[0].totals.avg_cadence_spm == 80


def test_an_old_answer_has_a_type_only() -> None:
    assert activity_of({**MINIMAL, "type": "Hike"}).sport_type == "Hike"


def test_a_moment_keeps_its_zone_and_loses_its_fraction() -> None:
    for text in ("2026-05-24T09:00:00.9+02:00", "2026-05-24T07:00:00.123456Z", "2026-05-24T07:00:00"):
        assert activity_of({"id": 1, "start_date": text}).start_time_s == START


def test_half_a_character_does_not_travel_on() -> None:
    assert activity_of({**MINIMAL, "name": "half \ud83c of one"}).name == "half ? of one"


def test_a_recording_is_what_every_source_comes_down_to() -> None:
    streams = {"time": {"data": [0, 1]}, "distance": {"data": [0.0, 3.1]}}
    recording = recording_of(activity_of(DETAIL, streams))
    assert recording.format == "strava"
    assert recording.start_time_s == START
    assert recording.streams.time_s.tolist() == [START, START + 1]
    assert recording.totals.distance_m == 5164.9
    assert len(recording.laps) == 1
    assert (recording.sport_type, recording.utc_offset_s, recording.indoor) == ("TrailRun", 7200, False)
    assert (recording.name, recording.device_name) == ("Tiber, easy 🏃", "COROS PACE 3")


def test_a_manual_activity_is_a_recording_without_samples() -> None:
    activity = activity_of({**MINIMAL, "manual": True, "trainer": True})
    assert activity.is_manual
    recording = recording_of(activity)
    assert len(recording.streams) == 0
    assert recording.indoor is True


def test_gear_of_an_activity() -> None:
    gear = {"id": "b1", "name": "Trek", "retired": True, "weight": 9.0}
    assert activity_of({**MINIMAL, "gear": gear}).gear == Gear("b1", "Trek", is_retired=True)
    assert activity_of({**MINIMAL, "gear": {}}).gear is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Renamed"),
        ("sport_type", "Run"),
        ("distance", 5165.0),
        ("moving_time", 1985),
        ("elapsed_time", 2337),
        ("start_date", "2026-05-24T07:00:01Z"),
        ("timezone", "(GMT+00:00) Europe/London"),
        ("private", True),
        ("visibility", "only_me"),
        ("trainer", True),
        ("manual", True),
        ("workout_type", None),
        ("gear_id", "g1"),
        ("gear_id", None),
        ("total_elevation_gain", 22.0),
    ],
)
def test_an_edit_changes_the_fingerprint(field: str, value: Any) -> None:
    assert summary_hash({**DETAIL, field: value}) != summary_hash(DETAIL)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kudos_count", 12),
        ("achievement_count", 3),
        ("total_photo_count", 4),
        ("visibility", "everyone"),
        ("utc_offset", 7200),
        ("moving_time", 1984.0),
        ("something_new", {"a": 1}),
        ("resource_state", 2),
        ("description", "shows in no list"),
    ],
)
def test_what_others_do_to_a_run_does_not(field: str, value: Any) -> None:
    assert summary_hash({**DETAIL, field: value}) == summary_hash(DETAIL)


def test_missing_and_null_have_one_fingerprint() -> None:
    assert summary_hash({**MINIMAL, "workout_type": None, "manual": False}) == summary_hash(MINIMAL)


def test_a_list_in_which_nothing_is_new_needs_no_numpy() -> None:
    code = (
        "import sys; from runcoach.sources.strava import models, client, oauth, rate_limit, limiter;"
        "models.activity_of({'id': 1, 'start_date': '2026-05-24T07:00:00Z'});"
        "print([name for name in ('numpy', 'httpx', 'pydantic', 'sqlmodel') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def outcome_of(payload: Any, streams: Any = None) -> StravaActivity | RuncoachError:
    """The activity, or the error that it is refused with; any other error fails the test."""
    try:
        return activity_of(payload, streams)
    except RuncoachError as error:
        return error


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(
        ["", "Run", "2026-05-24T07:00:00Z", "9999-12-31T23:59:59-23:59", "only_me", "\ud800", "(GMT+01:00) X"]
    )
    | st.integers(2**62, 2**70),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*DETAIL, "data"]), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(list(DETAIL)), json_values, max_size=4), st.booleans())
@settings(max_examples=300)
def test_whatever_json_comes_the_answer_is_an_activity_or_one_clear_error(changes: dict[str, Any], whole: bool) -> None:
    payload = {**(copy.deepcopy(DETAIL) if whole else MINIMAL), **changes}
    outcome = outcome_of(payload)
    if isinstance(outcome, RuncoachError):
        assert type(outcome) is InvalidResponseError
        assert "\n" not in outcome.message
    else:
        assert abs(outcome.strava_id) < 2**63
    assert len(summary_hash(payload)) == 32


stream_keys = st.sampled_from(
    [
        "time",
        "distance",
        "latlng",
        "altitude",
        "heartrate",
        "cadence",
        "watts",
        "temp",
        "moving",
        "velocity_smooth",
        "x",
    ]
)
samples = st.lists(
    st.none() | st.integers(-5, 5) | st.floats() | st.booleans() | st.lists(st.floats(), max_size=3), max_size=3
)


@pytest.mark.slow
@given(
    st.dictionaries(stream_keys, samples | st.builds(lambda data: {"data": data}, samples) | json_values, max_size=5)
)
@settings(max_examples=300)
def test_whatever_streams_come_they_are_arrays_of_one_length_or_one_clear_error(streams: dict[str, Any]) -> None:
    outcome = outcome_of(DETAIL, streams)
    if isinstance(outcome, RuncoachError):
        assert type(outcome) is InvalidResponseError
    elif outcome.streams is not None:
        assert all(values.shape == outcome.streams.time_s.shape for values in outcome.streams.channels.values())
