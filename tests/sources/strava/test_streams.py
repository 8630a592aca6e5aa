"""Strava's streams as arrays: units, nulls, lengths, and what is left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from runcoach.errors import InvalidResponseError
from runcoach.sources.strava.streams import streams_of

START = 1_795_442_400


def of(payload: Any, sport_type: str | None = "Run", *, measured_power: bool = True) -> Any:
    return streams_of(payload, START, sport_type=sport_type, measured_power=measured_power)[0]


def stream(*data: Any) -> dict[str, Any]:
    return {"data": list(data), "series_type": "distance", "original_size": len(data), "resolution": "high"}


def test_every_channel_in_its_unit() -> None:
    streams = of(
        {
            "time": stream(0, 1, 5),
            "distance": stream(0.0, 2.8, 14.1),
            "latlng": stream([41.888223, 12.47345], [41.8883, 12.4735], [41.8884, 12.4736]),
            "altitude": stream(20.1, 20.2, 20),
            "velocity_smooth": stream(0.0, 2.8, 2.83),
            "heartrate": stream(98, 99, 120),
            "cadence": stream(0, 81, 84),
            "watts": stream(0, 210, 230),
            "temp": stream(12, 12, -1),
            "moving": stream(*[False, True, True]),
            "grade_smooth": stream(0.1, 0.2, 0.3),
            "something_new": {"data": "unknown"},
        }
    )
    assert streams.time_s.tolist() == [START, START + 1, START + 5]
    assert {name: values.tolist() for name, values in streams.channels.items()} == {
        "distance_m": [0.0, 2.8, 14.1],
        "lat_deg": [41.888223, 41.8883, 41.8884],
        "lng_deg": [12.47345, 12.4735, 12.4736],
        "altitude_m": [20.1, 20.2, 20.0],
        "speed_ms": [0.0, 2.8, 2.83],
        "heart_rate_bpm": [98, 99, 120],
        "cadence_spm": [0, 162, 168],
        "power_w": [0, 210, 230],
        "temperature_c": [12, 12, -1],
        "moving": [0, 1, 1],
    }


@pytest.mark.parametrize(("sport_type", "expected"), [("TrailRun", 160), ("Hike", 160), ("Ride", 80), (None, 80)])
def test_cadence_counts_both_legs_on_foot_only(sport_type: str | None, expected: float) -> None:
    streams = of({"time": stream(0), "cadence": stream(80)}, sport_type)
    assert streams.channels["cadence_spm"].tolist() == [expected]


def test_a_missing_sample_stays_missing() -> None:
    streams = of(
        {
            "time": stream(0, 1, 2),
            "heartrate": stream(None, 99, None),
            "latlng": stream([1.5, 2.5], None, []),
            "moving": stream(*[True, None, False]),
        }
    )
    assert np.isnan(streams.channels["heart_rate_bpm"]).tolist() == [True, False, True]
    assert np.isnan(streams.channels["lat_deg"]).tolist() == [False, True, True]
    assert np.isnan(streams.channels["lng_deg"]).tolist() == [False, True, True]
    assert np.isnan(streams.channels["moving"]).tolist() == [False, True, False]


def test_a_channel_that_nobody_recorded_is_absent() -> None:
    streams = of({"time": stream(0, 1), "watts": stream(None, None), "temp": None, "cadence": {"data": None}})
    assert dict(streams.channels) == {}


def test_watts_that_strava_made_up_are_left_out() -> None:
    payload = {"time": stream(0), "watts": stream(200)}
    assert "power_w" in of(payload, "Ride").channels
    assert "power_w" not in of(payload, "Ride", measured_power=False).channels


def test_a_sample_without_a_time_is_left_out_and_noted() -> None:
    payload = {"time": stream(0, None, 2), "distance": stream(0.0, 3.0, 6.0)}
    streams, notes = streams_of(payload, START, sport_type="Run", measured_power=False)
    assert streams is not None
    assert streams.time_s.tolist() == [START, START + 2]
    assert streams.channels["distance_m"].tolist() == [0.0, 6.0]
    assert notes == ("1 samples without a time left out",)


@pytest.mark.parametrize("payload", [{}, {"time": None}, {"time": stream()}, {"distance": stream(1.0)}])
def test_without_times_there_are_no_samples(payload: Any) -> None:
    assert of(payload) is None


@pytest.mark.parametrize(
    ("key", "data", "said"),
    [
        ("heartrate", stream(98, 99), "heart_rate_bpm has 2 samples where time has 3"),
        ("heartrate", stream(), "heart_rate_bpm has 0 samples where time has 3"),
        ("latlng", stream([1.0, 2.0]), "lat_deg has 1 samples where time has 3"),
        ("heartrate", stream(98, "99", 100), "stream heartrate holds something that is not a number"),
        ("heartrate", stream(*[98, True, 100]), "stream heartrate holds something that is not a number"),
        ("heartrate", stream(98, [99], 100), "stream heartrate holds something that is not a number"),
        ("heartrate", stream(98, {}, 100), "stream heartrate holds something that is not a number"),
        ("moving", stream(1, 0, 1), "stream moving holds something that is not a number"),
        ("distance", stream(0, 1, float("inf")), "stream distance holds a number that is out of range"),
        ("distance", stream(0, 1, 10**400), "stream distance holds a number that is out of range"),
        ("latlng", stream([1.0], [1.0], [1.0]), "stream latlng holds something that is not a pair"),
        ("latlng", stream([1.0, 2.0, 3.0], [1.0], [1.0, 2.0]), "stream latlng holds something that is not a pair"),
        ("latlng", stream("ab", "cd", "ef"), "stream latlng holds something that is not a pair"),
        ("latlng", stream(1.0, 2.0, 3.0), "stream latlng holds something that is not a pair"),
        ("latlng", stream(["1", "2"], [1, 2], [1, 2]), "stream latlng holds something that is not a number"),
        ("altitude", {"data": "abc"}, "stream altitude is not a list"),
        ("altitude", "abc", "stream altitude is not a list"),
        ("altitude", 5, "stream altitude is not a list"),
    ],
)
def test_a_stream_that_is_none_is_named(key: str, data: Any, said: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        of({"time": stream(0, 1, 2), key: data})
    assert said in caught.value.message


def test_a_time_that_is_none() -> None:
    with pytest.raises(InvalidResponseError, match="stream time holds something that is not a number"):
        of({"time": stream(0, "1")})


@pytest.mark.parametrize("payload", [[], "streams", 5])
def test_streams_that_are_no_object(payload: Any) -> None:
    with pytest.raises(InvalidResponseError, match="no object"):
        of(payload)


def test_streams_without_their_wrapping_are_read_too() -> None:
    assert of({"time": [0, 1], "distance": [0.0, 2.5]}).channels["distance_m"].tolist() == [0.0, 2.5]
