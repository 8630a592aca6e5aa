"""Splits and best efforts as Strava reckons them: against brute force, and against Strava's own on real runs."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcoach.sandbox.strava.strava_metrics import METRES_PER_MILE, BestEffort, best_efforts, split_borders
from runcoach.sandbox.synthetic.athlete import SyntheticAthlete
from runcoach.sandbox.synthetic.plan import RunKind

STEPS = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 900)), min_size=10, max_size=60)


def track(steps: list[tuple[int, int]]) -> tuple[Any, Any]:
    """A run from steps of whole seconds and tenths of a metre, flats and gaps included."""
    time_s = np.cumsum([0, *(seconds for seconds, _ in steps)]).astype(np.float64)
    distance_m = np.rint(np.cumsum([0, *(tenths for _, tenths in steps)])) / 10
    return time_s, distance_m


def slowly(time_s: Any, distance_m: Any, metres: float) -> float:
    """The least e − s with d(e) − d(s) ≥ metres, over every start and every end at a sample, one by one."""
    best = math.inf
    n = len(time_s)
    for i in range(n):
        wanted = distance_m[i] + metres
        for j in range(i, n - 1):  # forwards: the first moment at which enough is covered
            if distance_m[j + 1] >= wanted:
                share = (wanted - distance_m[j]) / (distance_m[j + 1] - distance_m[j])
                best = min(best, time_s[j] + share * (time_s[j + 1] - time_s[j]) - time_s[i])
                break
        wanted = distance_m[i] - metres
        for j in range(i, 0, -1):  # backwards: the last moment at which that much was still to come
            if distance_m[j - 1] <= wanted < distance_m[j]:
                share = (wanted - distance_m[j - 1]) / (distance_m[j] - distance_m[j - 1])
                best = min(best, time_s[i] - (time_s[j - 1] + share * (time_s[j] - time_s[j - 1])))
                break
    return best


@pytest.mark.slow
@given(STEPS)
def test_best_efforts_equal_brute_force(steps: list[tuple[int, int]]) -> None:
    time_s, distance_m = track(steps)
    efforts = best_efforts(time_s, distance_m)
    assert [effort.distance_m for effort in efforts] == [
        metres for metres in (400, 805, 1000, 1609, 3219, 5000) if metres <= distance_m[-1]
    ]
    for effort in efforts:
        assert effort.exact_s == pytest.approx(slowly(time_s, distance_m, effort.distance_m), abs=1e-6)
        assert time_s[effort.end_index] - time_s[effort.start_index] >= effort.exact_s - 1e-6
        assert distance_m[effort.end_index] - distance_m[effort.start_index] >= effort.distance_m - 1e-6


def test_a_pause_at_either_end_is_not_counted() -> None:
    time_s = np.array([0.0, 100.0, 200.0, 260.0, 360.0])
    distance_m = np.array([0.0, 0.0, 400.0, 400.0, 500.0])
    (effort,) = best_efforts(time_s, distance_m)
    assert (effort.exact_s, effort.elapsed_s) == (100.0, 100)


@pytest.mark.parametrize(("exact_s", "seconds"), [(100.2, 101), (100.0, 100), (100.0000001, 100), (100.99, 101)])
def test_times_are_rounded_up_as_in_a_road_race(exact_s: float, seconds: int) -> None:
    assert BestEffort("400m", 400, exact_s, 0, 1).elapsed_s == seconds


def test_no_effort_in_a_single_sample() -> None:
    assert best_efforts(np.zeros(1), np.zeros(1)) == []


def test_a_split_ends_at_the_first_sample_at_or_past_the_kilometre() -> None:
    borders = split_borders(np.array([0.0, 999.9, 1000.0, 1500.0, 2003.0, 2004.0]), 1000.0)
    assert borders.tolist() == [0, 2, 4, 5]
    assert split_borders(np.array([0.0, 500.0, 1000.0]), 1000.0).tolist() == [0, 2]
    assert split_borders(np.array([0.0, 300.0]), 1000.0).tolist() == [0, 1]


@pytest.mark.slow
def test_splits_add_up(history: SyntheticAthlete, details: dict[int, dict[str, Any]]) -> None:
    for activity, detail in details.items():
        for name, unit in (("splits_metric", 1000.0), ("splits_standard", METRES_PER_MILE)):
            splits = detail.get(name)
            if splits is None:
                assert detail["sport_type"] in {"Ride", "Walk"} or detail["manual"]
                continue
            assert sum(split["distance"] for split in splits) == pytest.approx(detail["distance"], abs=0.2)
            assert sum(split["elapsed_time"] for split in splits) == detail["elapsed_time"]
            assert sum(split["moving_time"] for split in splits) == detail["moving_time"]
            assert [split["split"] for split in splits] == list(range(1, len(splits) + 1))
            if history.plan(activity).kind is not RunKind.GPS_SPIKE:
                assert all(unit - 60 < split["distance"] < unit + 60 for split in splits[:-1])


@pytest.mark.slow
def test_laps_add_up(details: dict[int, dict[str, Any]]) -> None:
    for detail in details.values():
        if detail["laps"]:
            assert sum(lap["elapsed_time"] for lap in detail["laps"]) == detail["elapsed_time"]
            assert sum(lap["distance"] for lap in detail["laps"]) == pytest.approx(detail["distance"], abs=0.5)


@pytest.mark.slow
def test_longer_efforts_take_longer_and_races_are_run_out(details: dict[int, dict[str, Any]]) -> None:
    seen = set()
    for detail in details.values():
        times = [effort["elapsed_time"] for effort in detail.get("best_efforts", [])]
        assert times == sorted(times)
        seen |= {effort["name"] for effort in detail.get("best_efforts", [])}
        if detail.get("workout_type") == 1 and 9_900 < detail["distance"] < 10_200:
            assert 35 * 60 < detail["best_efforts"][6]["elapsed_time"] < 54 * 60
    assert len(seen) == 14


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["training_easy", "training_tempo"])
class TestRealRuns:
    def loaded(self, corpus: Path, name: str) -> tuple[dict[str, Any], Any, Any]:
        activity = json.loads((corpus / f"api/stravabook/{name}.json").read_text())
        streams = activity["comprehensiveData"]["streams"]
        columns = (np.array(streams[key]["data"], dtype=np.float64) for key in ("time", "distance"))
        return activity, *columns

    def test_best_efforts_are_stravas(self, corpus: Path, name: str) -> None:
        activity, time_s, distance_m = self.loaded(corpus, name)
        ours = {effort.name: effort for effort in best_efforts(time_s, distance_m)}
        assert set(ours) == {effort["name"] for effort in activity["best_efforts"]}
        same = 0
        for theirs in activity["best_efforts"]:
            mine = ours[theirs["name"]]
            assert (mine.elapsed_s, mine.distance_m) == (theirs["elapsed_time"], theirs["distance"])
            same += (mine.start_index, mine.end_index) == (theirs["start_index"], theirs["end_index"])
            assert time_s[mine.end_index] - time_s[mine.start_index] == theirs["elapsed_time"]
        assert same >= len(ours) - 1  # of two stretches as fast, Strava once points at the second

    def test_splits_are_stravas(self, corpus: Path, name: str) -> None:
        activity, time_s, distance_m = self.loaded(corpus, name)
        borders = split_borders(distance_m, 1000.0)
        ours = list(zip(np.diff(time_s[borders]), np.diff(distance_m[borders]), strict=True))
        theirs = [(split["elapsed_time"], split["distance"]) for split in activity["splits_metric"]]
        assert len(ours) == len(theirs)
        for (seconds, metres), (their_seconds, their_metres) in zip(ours, theirs, strict=True):
            assert seconds == their_seconds
            assert metres == pytest.approx(their_metres, abs=0.051)
