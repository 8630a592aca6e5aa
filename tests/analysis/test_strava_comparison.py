"""Comparison with Strava: equal figures are reported as equal, and a cause only where the figures confirm it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from runcoach.analysis.best_efforts import best_effort, best_efforts
from runcoach.analysis.distance_curve import distance_curve
from runcoach.analysis.effort_quality import assess
from runcoach.analysis.split_comparison import compare_splits
from runcoach.analysis.splits import compute_splits
from runcoach.analysis.strava_comparison import LABELS, Run, compare_efforts
from runcoach.domain.activity import Effort, Split
from runcoach.domain.comparison import DifferenceCause, EffortPair, ReportedEffort, SplitPair
from runcoach.domain.streams import Streams


def streams(steps: list[tuple[int, float]], *, moving: bool = False) -> Streams:
    """A sample a second from stretches of ``(seconds, metres a second)``, with Strava's ``moving`` on request."""
    speed_ms = np.concatenate([np.full(seconds, speed) for seconds, speed in steps])
    distance_m = np.round(np.concatenate([[0.0], np.cumsum(speed_ms)]), 1)
    channels = {"distance_m": distance_m}
    if moving:
        channels["moving"] = np.concatenate([[0.0], (speed_ms > 0).astype(np.float64)])
    return Streams(np.arange(distance_m.size, dtype=np.float64), channels)


#: 6 km, the third of them faster, without a stop.
EVEN = streams([(800, 2.5), (300, 3.33), (1300, 2.3)])

#: The same kilometres with a rest of two minutes in the second one.
RESTED = streams([(600, 2.5), (120, 0.0), (1600, 2.5)], moving=True)


def run(samples: Streams | None, **known: Any) -> Run:
    """A run whose totals are those of its samples."""
    curve = None if samples is None else distance_curve(samples)
    if samples is None or curve is None:
        return Run(samples, **known)
    totals = {"distance_m": float(curve.distance_m[-1]), "elapsed_s": float(np.ptp(samples.time_s))}
    return Run(samples, **{**totals, **known})


def ours(samples: Streams) -> list[Effort]:
    curve = distance_curve(samples)
    assert curve is not None
    return assess(best_efforts(curve), curve)


def seconds(samples: Streams, length_m: float) -> int:
    """What Strava would report."""
    curve = distance_curve(samples)
    assert curve is not None
    effort = best_effort(curve, length_m)
    assert effort is not None
    return int(np.ceil(effort[0] - 1e-6))


def pair(samples: Streams | None, one: ReportedEffort, **known: Any) -> EffortPair:
    """The pair that a reported effort ends in."""
    mine = [] if samples is None else ours(samples)
    (found,) = [each for each in compare_efforts(mine, [one], run(samples, **known)) if each.theirs_s is not None]
    return found


def split_pairs(samples: Streams | None, reported: list[Split], **known: Any) -> list[SplitPair]:
    return compare_splits(reported, run(samples, **known))


@pytest.mark.parametrize(
    ("name", "length_m", "label"),
    [
        ("400m", 400.0, 400),
        ("1/2 mile", 805.0, None),
        ("1 mile", 1609.0, 1609),
        ("2 mile", 3219.0, None),
        ("5K", 5e3, 5000),
    ],
)
def test_finds_efforts_of_ranked_and_other_lengths(name: str, length_m: float, label: int | None) -> None:
    found = pair(EVEN, ReportedEffort(name, length_m, seconds(EVEN, length_m)))
    assert (found.explanation, found.difference_s, found.distance_m) == (DifferenceCause.EQUAL, 0, label)
    assert (found.length_m, found.note) == (length_m, None)


def test_pairs_are_unique_and_shortest_first() -> None:
    reported = [
        ReportedEffort(name, length, seconds(EVEN, length))
        for name, length in (("5K", 5e3), ("1/2 mile", 805.0), ("1K", 1e3))
    ]
    pairs = compare_efforts(ours(EVEN), reported, run(EVEN))
    assert [each.name for each in pairs] == ["400 m", "800 m", "1/2 mile", "1K", "1 mile", "5K"]


def test_one_second_is_rounding_and_two_are_not() -> None:
    equal_s = seconds(EVEN, 5e3)
    assert pair(EVEN, ReportedEffort("5K", 5e3, equal_s - 1)).explanation is DifferenceCause.ROUNDING
    found = pair(EVEN, ReportedEffort("5K", 5e3, equal_s + 2))
    assert (found.explanation, found.difference_s) == (DifferenceCause.UNEXPLAINED, -2)


def test_other_length_explains_only_its_own_difference() -> None:
    long = streams([(9000, 2.5)])
    there = seconds(long, 21_130.0)
    found = pair(long, ReportedEffort("Half-Marathon", 21_130.0, there))
    assert (found.explanation, found.distance_m, found.length_m) == (DifferenceCause.OTHER_LENGTH, 21_100, 21_097.0)
    assert found.note is not None
    assert "21130 m" in found.note
    assert pair(long, ReportedEffort("Half-Marathon", 21_130.0, there + 40)).explanation is DifferenceCause.UNEXPLAINED


def test_rest_excluded_by_strava_is_pause() -> None:
    there = seconds(RESTED, 5e3) - 120
    found = pair(RESTED, ReportedEffort("5K", 5e3, there))
    assert (found.explanation, found.difference_s) == (DifferenceCause.PAUSE, 120)
    assert found.note == "120 s of rest count here, as in a race"
    assert pair(RESTED, ReportedEffort("5K", 5e3, there + 60)).explanation is DifferenceCause.UNEXPLAINED


def test_faulty_recording_is_suspect_with_reason() -> None:
    jump = Streams(EVEN.time_s, {"distance_m": EVEN.channels["distance_m"] + 300.0 * (EVEN.time_s > 1500)})
    found = pair(jump, ReportedEffort("5K", 5e3, seconds(EVEN, 5e3)))
    assert found.explanation is DifferenceCause.SUSPECT
    assert found.note is not None
    assert "GPS jump" in found.note
    equal = pair(jump, ReportedEffort("5K", 5e3, seconds(jump, 5e3)))
    assert equal.explanation is DifferenceCause.EQUAL
    assert "suspect" in str(equal.note)


def test_ignored_and_impossible_efforts_are_suspect() -> None:
    ignored = pair(EVEN, ReportedEffort("5K", 5e3, 1500), ignored={5000: "not my run"})
    assert (ignored.explanation, ignored.note) == (DifferenceCause.SUSPECT, "ignored: not my run")
    impossible = pair(EVEN, ReportedEffort("5K", 5e3, 700))
    assert (impossible.explanation, impossible.note) == (
        DifferenceCause.SUSPECT,
        "Strava's is faster than the world record",
    )


@pytest.mark.parametrize(
    ("known", "words"),
    [({"distance_m": 5300.0}, "total 5.30 km on Strava"), ({"elapsed_s": 2000.0}, "total 33:20 on Strava, 40:00 here")],
)
def test_different_totals_are_edited(known: dict[str, float], words: str) -> None:
    found = pair(EVEN, ReportedEffort("5K", 5e3, 1500), **known)
    assert found.explanation is DifferenceCause.EDITED
    assert found.note is not None
    assert words in found.note


@pytest.mark.parametrize(
    "known", [{"distance_m": 1.006 * float(EVEN.channels["distance_m"][-1])}, {"elapsed_s": 2406.0}]
)
def test_totals_that_differ_slightly_more_than_allowed_are_edited(known: dict[str, float]) -> None:
    assert pair(EVEN, ReportedEffort("5K", 5e3, 1500), **known).explanation is DifferenceCause.EDITED


def test_nearly_equal_totals_are_not_edited() -> None:
    known = {"distance_m": float(EVEN.channels["distance_m"][-1]) * 1.004, "elapsed_s": 2404.0}
    assert pair(EVEN, ReportedEffort("5K", 5e3, 1500), **known).explanation is DifferenceCause.UNEXPLAINED


def test_indoor_run_has_no_strava_efforts() -> None:
    pairs = compare_efforts(ours(EVEN), [], run(EVEN, is_indoor=True))
    assert {each.explanation for each in pairs} == {DifferenceCause.INDOOR}
    assert pair(EVEN, ReportedEffort("5K", 5e3, 1500), is_indoor=True).explanation is DifferenceCause.INDOOR


def test_efforts_missing_on_strava_are_not_reported() -> None:
    notes = {each.distance_m: each.note for each in compare_efforts(ours(EVEN), [], run(EVEN))}
    assert notes.pop(800) == "Strava has none over this distance"
    assert set(notes.values()) == {"Strava reports none for this run"}
    cropped = compare_efforts(ours(EVEN), [], run(EVEN, distance_m=4000.0))
    assert [each.distance_m for each in cropped if each.explanation is DifferenceCause.EDITED] == [5000]


def test_efforts_that_cannot_be_computed_have_a_cause() -> None:
    one = ReportedEffort("10K", 1e4, 3000)
    assert pair(None, one).explanation is DifferenceCause.NO_STREAMS
    assert pair(EVEN, one, distance_m=10_020.0).explanation is DifferenceCause.EDITED
    assert pair(EVEN, one).explanation is DifferenceCause.UNEXPLAINED
    almost = streams([(3999, 2.5)])
    found = pair(almost, one)
    assert (found.explanation, found.ours_s, found.difference_s) == (DifferenceCause.ROUNDING, None, None)


def test_labels_cover_ranked_distances() -> None:
    assert set(LABELS.values()) == {400, 1000, 1609, 5000, 10_000, 21_100, 42_200, 50_000}


def test_identical_splits_are_equal() -> None:
    pairs = split_pairs(EVEN, compute_splits(EVEN))
    assert [each.km for each in pairs] == [1, 2, 3, 4, 5, 6]
    assert {each.explanation for each in pairs} == {DifferenceCause.EQUAL}
    assert {each.note for each in pairs} == {None}
    assert split_pairs(EVEN, []) == []


def changed(at: int, **figures: Any) -> SplitPair:
    """The pair of the kilometre that differs; all others are equal."""
    known = figures.pop("known", {})
    samples = figures.pop("samples", EVEN)
    reported = compute_splits(samples)
    reported[at - 1] = replace(reported[at - 1], **figures)
    pairs = split_pairs(samples, reported, **known)
    assert [each.km for each in pairs if each.explanation is not DifferenceCause.EQUAL] in ([at], [])
    return pairs[at - 1]


def test_moving_time_difference_is_a_note() -> None:
    found = changed(2, moving_s=380)
    assert (found.explanation, found.note) == (DifferenceCause.EQUAL, "moving time 6:20 on Strava, 6:40 here")


@pytest.mark.parametrize(
    ("figures", "explanation"),
    [
        ({"elapsed_s": 401}, DifferenceCause.ROUNDING),
        ({"elapsed_s": 399, "distance_m": 997.5}, DifferenceCause.ROUNDING),
        ({"elapsed_s": 402, "moving_s": 402}, DifferenceCause.UNEXPLAINED),
        ({"elapsed_s": 440, "distance_m": 1100.0}, DifferenceCause.OTHER_LENGTH),
        ({"elapsed_s": 400, "distance_m": 1100.0}, DifferenceCause.UNEXPLAINED),
        ({"elapsed_s": 440, "moving_s": 440, "known": {"distance_m": 5000.0}}, DifferenceCause.EDITED),
        ({"elapsed_s": 440, "moving_s": 440, "known": {"is_indoor": True}}, DifferenceCause.INDOOR),
        ({"elapsed_s": None}, DifferenceCause.NOT_REPORTED),
    ],
)
def test_cause_of_split_difference(figures: dict[str, Any], explanation: DifferenceCause) -> None:
    assert compute_splits(EVEN)[0].elapsed_s == 400
    assert changed(1, **figures).explanation is explanation


def test_rest_that_counts_on_one_side_of_split_is_pause() -> None:
    rested = compute_splits(RESTED)[1]
    assert rested.elapsed_s is not None
    assert (rested.elapsed_s, rested.moving_s) == (520, 400)
    here = changed(2, samples=RESTED, elapsed_s=400, moving_s=400)
    assert (here.explanation, here.note) == (DifferenceCause.PAUSE, "it contains a rest that counts only here")
    there = changed(1, elapsed_s=460, moving_s=400)
    assert (there.explanation, there.note) == (DifferenceCause.PAUSE, "it contains a rest that counts only on Strava")


def test_only_split_with_jump_is_suspect() -> None:
    jump = Streams(EVEN.time_s, {"distance_m": EVEN.channels["distance_m"] + 300.0 * (EVEN.time_s > 500)})
    broken = changed(2, samples=jump, elapsed_s=400, moving_s=300)
    assert broken.explanation is DifferenceCause.SUSPECT
    assert "GPS jump" in str(broken.note)
    assert changed(4, samples=jump, elapsed_s=500, moving_s=450).explanation is DifferenceCause.UNEXPLAINED


def test_splits_on_one_side_have_a_cause() -> None:
    reported = compute_splits(EVEN)
    scrap = Split(7, 3.2, 1, 1)
    assert split_pairs(EVEN, [*reported, scrap])[-1].explanation is DifferenceCause.ROUNDING
    long = Split(7, 400.0, 160, 160)
    assert split_pairs(EVEN, [*reported, long])[-1].explanation is DifferenceCause.UNEXPLAINED
    assert split_pairs(EVEN, [*reported, long], distance_m=6400.0)[-1].explanation is DifferenceCause.EDITED
    missing = split_pairs(EVEN, reported[:-1])[-1]
    assert (missing.explanation, missing.theirs_s) == (DifferenceCause.NOT_REPORTED, None)
    assert {each.explanation for each in split_pairs(None, reported)} == {DifferenceCause.NO_STREAMS}
