"""Devices by the names that people have for them."""

from __future__ import annotations

from typing import Any

import pytest

from runcoach.sources.fit.devices import device_name


@pytest.mark.parametrize(
    ("file_id", "devices", "name"),
    [
        ({"manufacturer": "garmin", "product": 2697}, [], "Garmin fenix 5"),
        ({"manufacturer": "garmin", "product": 3113}, [], "Garmin Forerunner 945"),
        ({"manufacturer": "garmin", "product": 64999}, [], "Garmin"),
        ({"manufacturer": "suunto", "product": 34, "product_name": "Suunto 9 Baro"}, [], "Suunto 9 Baro"),
        ({"manufacturer": "coros", "product_name": ["COROS APEX Pro"]}, [], "COROS APEX Pro"),
        ({"manufacturer": "wahoo_fitness", "product_name": "ELEMNT RIVAL"}, [], "Wahoo ELEMNT RIVAL"),
        ({"manufacturer": "development", "product_name": "Watch6,1"}, [], "Watch6,1"),
        ({"manufacturer": "stryd"}, [], "Stryd"),
        ({"manufacturer": "polar_electro"}, [], "Polar"),
        ({}, [{"device_index": "creator", "manufacturer": "garmin", "product": 2691}], "Garmin Forerunner 935"),
        ({}, [{"device_index": 0, "manufacturer": "garmin", "product": 2691}], "Garmin Forerunner 935"),
        # A sensor is not the device.
        (
            {"manufacturer": "garmin", "product": 2691},
            [{"device_index": 2, "product_name": "HRM"}],
            "Garmin Forerunner 935",
        ),
        ({"manufacturer": "dynastream", "product": 1}, [], None),
        ({"manufacturer": 1052}, [], None),
        ({"manufacturer": "garmin", "product": [1, 2]}, [{"device_index": [0]}], "Garmin"),
        ({}, [], None),
    ],
)
def test_device_name(file_id: dict[str, Any], devices: list[dict[str, Any]], name: str | None) -> None:
    assert device_name(file_id, devices) == name
