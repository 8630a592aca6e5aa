"""What Garmin says of the runner's heart rate zones."""

from __future__ import annotations

from typing import Any

import pytest

from runcoach.sources.garmin.wellness import read_heart_rate_zones

DEFAULT = {
    "sport": "DEFAULT",
    "maxHeartRateUsed": 190,
    "restingHeartRateUsed": 52,
    "lactateThresholdHeartRateUsed": None,
    "zone2Floor": 114,
    "zone3Floor": 133,
    "zone4Floor": 152,
    "zone5Floor": 171,
}


def test_the_zones_of_running_come_before_those_of_all_sports() -> None:
    assert read_heart_rate_zones([DEFAULT]) == {"max_bpm": 190, "rest_bpm": 52, "zones": [114, 133, 152, 171]}
    running = {"sport": "RUNNING", "maxHeartRateUsed": 193, "lactateThresholdHeartRateUsed": 172}
    assert read_heart_rate_zones([DEFAULT, running]) == {"max_bpm": 193, "threshold_bpm": 172}


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        "x",
        [None],
        [{"sport": "CYCLING", "maxHeartRateUsed": 190}],
        [{"sport": "RUNNING", "maxHeartRateUsed": 0, "restingHeartRateUsed": "52", "zone2Floor": True}],
        [{**DEFAULT, "maxHeartRateUsed": None, "restingHeartRateUsed": None, "zone3Floor": 100}],
    ],
)
def test_what_is_missing_or_impossible_is_left_out(answer: Any) -> None:
    assert read_heart_rate_zones(answer) == {}
