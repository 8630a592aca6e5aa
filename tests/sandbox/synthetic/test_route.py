"""Routes and polylines."""

from __future__ import annotations

import numpy as np
import polyline
import pytest

from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.sandbox.synthetic.plan import RunKind


def test_the_maps_of_an_activity_start_and_end_where_the_run_did(history: SyntheticAthlete) -> None:
    activity = next(each for each in history.activity_ids if history.plan(each).kind is RunKind.LONG)
    detail = history.detail(activity)
    for line in (detail["map"]["polyline"], detail["map"]["summary_polyline"]):
        points = np.array(polyline.decode(line))
        assert points[0] == pytest.approx(detail["start_latlng"], abs=2e-5)
        assert points[-1] == pytest.approx(detail["end_latlng"], abs=2e-5)
    assert len(polyline.decode(detail["map"]["summary_polyline"])) == 60
    assert len(detail["map"]["summary_polyline"]) < len(detail["map"]["polyline"])


@pytest.mark.slow
def test_the_same_place_is_as_high_in_every_run(history: SyntheticAthlete) -> None:
    heights: dict[tuple[float, float], set[float]] = {}
    for activity in history.activity_ids:
        outline, samples = history.recording(activity)
        if samples is not None and outline.route is not None and outline.plan.place.name == "Freiburg":
            spot = round(samples.channels["lat"][0], 4), round(samples.channels["lng"][0], 4)
            heights.setdefault(spot, set()).add(float(samples.channels["altitude"][0]))
    often = [found for found in heights.values() if len(found) > 1]
    assert often
    assert all(max(found) - min(found) < 1.0 for found in often)
