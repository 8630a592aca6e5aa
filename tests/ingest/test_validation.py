"""Validation: implausible values become missing, with a note."""

from __future__ import annotations

import numpy as np
import pytest

from runcoach.domain.streams import Streams
from runcoach.ingest.validation import validate

START = 1_789_913_600.0


def streams_of(times: list[float], **channels: list[float]) -> Streams:
    return Streams(np.array(times), {name: np.array(values) for name, values in channels.items()})


def test_sound_recording_is_unchanged() -> None:
    sound = streams_of([START, START + 1], heart_rate_bpm=[120.0, np.nan], lat_deg=[52.0, 52.1], lng_deg=[4.0, 4.1])
    streams, notes = validate(sound)
    assert notes == ()
    assert streams == sound


@pytest.mark.parametrize(
    ("channel", "bad"),
    [
        ("altitude_m", 12_000.0),
        ("heart_rate_bpm", 255.0),
        ("power_w", 65_535.0),
        ("speed_ms", -1.0),
        ("distance_m", np.inf),
    ],
)
def test_impossible_value_becomes_missing_with_note(channel: str, bad: float) -> None:
    streams, notes = validate(
        streams_of([START, START + 1], **{channel: [100.0 if channel != "speed_ms" else 3.0, bad]})
    )
    values = streams.get(channel)
    assert values is not None
    assert np.isnan(values).tolist() == [False, True]
    assert notes == (f"1 impossible values of {channel}",)


def test_zero_heart_rate_becomes_missing_without_note() -> None:
    streams, notes = validate(streams_of([START, START + 1], heart_rate_bpm=[0.0, 0.0]))
    assert streams.get("heart_rate_bpm") is None
    assert notes == ()


def test_invalid_positions_become_missing() -> None:
    streams, notes = validate(
        streams_of(
            [START, START + 1, START + 2, START + 3], lat_deg=[0.0, 52.0, 91.0, 52.0], lng_deg=[0.0, np.nan, 4.0, 4.0]
        ),
    )
    lat, lng = streams.get("lat_deg"), streams.get("lng_deg")
    assert lat is not None
    assert lng is not None
    assert np.isnan(lat).tolist() == np.isnan(lng).tolist() == [True, True, True, False]
    assert notes == ("1 impossible values of lat_deg", "1 positions at 0/0")


def test_latitude_without_longitude_is_dropped() -> None:
    streams, _ = validate(streams_of([START], lat_deg=[52.0]))
    assert streams.channels == {}


@pytest.mark.parametrize("unset", [-500.0, 0.0])
def test_unset_altitude_becomes_missing(unset: float) -> None:
    streams, notes = validate(streams_of([0.0, 1.0, 2.0, 3.0], altitude_m=[unset, 300.0, unset, 301.0]))
    altitude_m = streams.get("altitude_m")
    assert altitude_m is not None
    assert np.isnan(altitude_m).tolist() == [True, False, True, False]
    assert len(notes) == 1


def test_altitude_of_zero_at_the_sea_is_kept() -> None:
    streams, notes = validate(streams_of([0.0, 1.0, 2.0, 3.0], altitude_m=[0.4, 0.0, -0.2, 300.0]))
    assert streams.get("altitude_m") is not None
    assert notes == ()
    assert validate(streams_of([0.0, 1.0], altitude_m=[0.0, 0.0]))[1] == ()
