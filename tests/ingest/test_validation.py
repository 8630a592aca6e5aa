"""Validation: implausible values become missing, samples with wrong dates are dropped, both are noted."""

from __future__ import annotations

import numpy as np
import pytest

from runcoach.domain.recording import Recording
from runcoach.domain.streams import Streams
from runcoach.ingest.validation import EARLIEST_S, validate

NOW = 1_790_000_000.0
START = NOW - 86_400.0


def recording(times: list[float], **channels: list[float]) -> Recording:
    return Recording("fit", "Run", START, Streams(np.array(times), {n: np.array(v) for n, v in channels.items()}))


def test_sound_recording_is_unchanged() -> None:
    sound = recording([START, START + 1], heart_rate_bpm=[120.0, np.nan], lat_deg=[52.0, 52.1], lng_deg=[4.0, 4.1])
    streams, notes = validate(sound, NOW)
    assert notes == ()
    assert streams == sound.streams


@pytest.mark.parametrize("wrong", [0.0, EARLIEST_S - 1, NOW + 2 * 86_400, START - 70 * 86_400])
def test_drops_samples_with_wrong_date(wrong: float) -> None:
    streams, notes = validate(recording([START, wrong, START + 2]), NOW)
    np.testing.assert_array_equal(streams.time_s, [START, START + 2])
    assert notes == ("1 samples with an impossible date left out",)


def test_keeps_long_recording_and_small_step_back() -> None:
    times = [START, START - 3, START + 27 * 86_400.0 - 90_000]
    streams, notes = validate(recording(times), NOW + 40 * 86_400)
    assert (len(streams), notes) == (3, ())


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
        recording([START, START + 1], **{channel: [100.0 if channel != "speed_ms" else 3.0, bad]}), NOW
    )
    values = streams.get(channel)
    assert values is not None
    assert np.isnan(values).tolist() == [False, True]
    assert notes == (f"1 impossible values of {channel}",)


def test_zero_heart_rate_becomes_missing_without_note() -> None:
    streams, notes = validate(recording([START, START + 1], heart_rate_bpm=[0.0, 0.0]), NOW)
    assert streams.get("heart_rate_bpm") is None
    assert notes == ()


def test_invalid_positions_become_missing() -> None:
    streams, notes = validate(
        recording(
            [START, START + 1, START + 2, START + 3], lat_deg=[0.0, 52.0, 91.0, 52.0], lng_deg=[0.0, np.nan, 4.0, 4.0]
        ),
        NOW,
    )
    lat, lng = streams.get("lat_deg"), streams.get("lng_deg")
    assert lat is not None
    assert lng is not None
    assert np.isnan(lat).tolist() == np.isnan(lng).tolist() == [True, True, True, False]
    assert notes == ("1 impossible values of lat_deg", "1 positions at 0/0")


def test_latitude_without_longitude_is_dropped() -> None:
    streams, _ = validate(recording([START], lat_deg=[52.0]), NOW)
    assert streams.channels == {}


def test_all_samples_with_wrong_date() -> None:
    streams, notes = validate(recording([0.0, 1.0], heart_rate_bpm=[100.0, 100.0]), NOW)
    assert len(streams) == 0
    assert notes == ("2 samples with an impossible date left out",)
