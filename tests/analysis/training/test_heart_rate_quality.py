"""Wrong heart rates: found where they were put in, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from runcoach.analysis.distance_curve import BoolArray
from runcoach.analysis.training.heart_rate_quality import _median_within, find_faults, trusted
from runcoach.domain.activity import SourceRecord
from runcoach.domain.recording import Totals
from runcoach.domain.streams import FloatArray, Streams
from runcoach.domain.training.activity_analytics import FaultReason
from runcoach.ingest.builder import build
from runcoach.sources.file_formats import read_bytes
from runcoach.store.stream_codec import unpack

SEED = 16

#: Recordings of the corpus without a wrong heart rate that one could see by eye.
CLEAN = (
    "fitparse_2013-02-06-12-11-14.fit",
    "fitparse_activity-small-fenix2-run.fit",
    "fitparse_developer-types-sample.fit",
    "sportslib_6782987395.fit",
    "sportslib_6916663933.fit",
    "sportslib_1681613317.gpx",
    "sportslib_1604524853.tcx",
    "sportslib_6281425038.tcx",
)


def run(seconds: int = 3000, seed: int = 1) -> Streams:
    """A run with intervals: the heart follows the effort slowly, and steps are never as fast as it beats."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(float(seconds))
    effort = 145.0 + 15.0 * (time_s % 600.0 > 300.0)
    bpm = np.empty(seconds)
    level = 90.0
    for second in range(seconds):
        level += (effort[second] - level) / 30.0
        bpm[second] = level + rng.normal(0.0, 0.7)
    cadence = 176.0 + rng.integers(-2, 3, seconds)
    channels = {"heart_rate_bpm": bpm, "cadence_spm": cadence.astype(np.float64), "distance_m": 3.0 * time_s}
    return Streams(time_s, channels).quantized()


@dataclass(frozen=True)
class Artefact:
    """A kind of wrong heart rate: how long it lasts, and what it makes of samples."""

    name: str
    least_s: float
    most_s: float
    change: Callable[[FloatArray, FloatArray, np.random.Generator], FloatArray]
    at_start: bool = False


def noise(rng: np.random.Generator, size: int, most: int) -> FloatArray:
    return rng.integers(-most, most + 1, size).astype(np.float64)


ARTEFACTS = (
    Artefact("spike", 2, 10, lambda bpm, _, rng: bpm + rng.uniform(25, 60)),
    Artefact("jump", 15, 120, lambda bpm, _, rng: bpm + rng.choice([-1, 1]) * rng.uniform(28, 45)),
    Artefact("frozen", 60, 300, lambda bpm, *_: np.full(bpm.size, bpm[0])),
    Artefact("cadence", 120, 400, lambda bpm, cadence, rng: cadence + noise(rng, bpm.size, 1)),
    Artefact("dropout", 20, 200, lambda bpm, _, rng: np.full(bpm.size, rng.choice([np.nan, 0.0]))),
    Artefact("first minutes", 120, 300, lambda bpm, _, rng: 92.0 + noise(rng, bpm.size, 1), at_start=True),
)


def seeded(streams: Streams, artefact: Artefact, rng: np.random.Generator) -> tuple[Streams, BoolArray]:
    """The samples with one artefact, and a mask of where it is."""
    time_s, bpm = streams.time_s, streams.channels["heart_rate_bpm"].copy()
    length_s = rng.uniform(artefact.least_s, artefact.most_s)
    starts = time_s[(time_s > 60.0) & (time_s < time_s[-1] - length_s - 60.0)]
    begin_s = 0.0 if artefact.at_start else rng.choice(starts)
    at = (time_s >= begin_s) & (time_s <= begin_s + length_s)
    cadence = streams.channels.get("cadence_spm", bpm)
    bpm[at] = np.round(artefact.change(bpm[at], cadence[at], rng))
    return streams.with_channels({"heart_rate_bpm": bpm}), at


def measure(runs: list[Streams], rounds: int) -> tuple[dict[str, float], float]:
    """The share of the seconds of each artefact that is found, and of clean seconds that is flagged."""
    rng = np.random.default_rng(SEED)
    shares, clean_s, flagged_s = {}, 0.0, 0.0
    for artefact in ARTEFACTS:
        there_s = found_s = 0.0
        for streams in runs * rounds:
            if artefact.name == "cadence" and "cadence_spm" not in streams.channels:
                continue
            changed, at = seeded(streams, artefact, rng)
            found = np.isnan(trusted(changed, find_faults(changed)))
            step_s = np.minimum(np.diff(streams.time_s, prepend=0.0), 30.0)
            there_s += step_s[at].sum()
            found_s += step_s[at & found].sum()
            clean = ~at & np.isfinite(streams.channels["heart_rate_bpm"])
            clean_s += step_s[clean].sum()
            flagged_s += step_s[clean & found].sum()
        shares[artefact.name] = found_s / there_s
    return shares, flagged_s / clean_s


def test_a_clean_run_has_no_fault() -> None:
    assert find_faults(run()) == ()


def test_artefacts_in_a_synthetic_run_are_found() -> None:
    shares, flagged = measure([run(seed=seed) for seed in range(4)], 2)
    assert min(shares.values()) >= 0.95, shares
    assert flagged <= 0.01


@pytest.fixture(scope="module")
def recorded(corpus: Path) -> list[Streams]:
    return list(clean_runs(corpus))


def clean_runs(corpus: Path) -> Iterator[Streams]:
    for path in sorted((corpus / "activities").rglob("*")):
        if path.name not in CLEAN:
            continue
        for recording in read_bytes(path.read_bytes(), path.name).recordings:
            built = build(recording, SourceRecord("file", recording.format, path.name, Totals()))
            assert built.streams is not None
            streams = unpack(built.streams.channels)
            assert streams is not None
            yield streams


@pytest.mark.corpus
def test_recorded_runs_are_flagged_in_less_than_a_hundredth(recorded: list[Streams]) -> None:
    assert len(recorded) == len(CLEAN)
    flagged = [
        np.isnan(trusted(one, find_faults(one))) & np.isfinite(one.channels["heart_rate_bpm"]) for one in recorded
    ]
    assert sum(np.count_nonzero(one) for one in flagged) <= 0.002 * sum(len(one) for one in recorded)


@pytest.mark.slow
@pytest.mark.corpus
def test_artefacts_in_recorded_runs_are_found(recorded: list[Streams]) -> None:
    shares, flagged = measure(recorded, 3)
    assert np.mean(list(shares.values())) >= 0.95, shares
    assert flagged <= 0.01


def test_every_reason_is_named_with_its_stretch() -> None:
    streams = run()
    bpm = streams.channels["heart_rate_bpm"].copy()
    cadence = streams.channels["cadence_spm"]
    bpm[400:520] = cadence[400:520]
    bpm[900:905] += 50.0
    bpm[1500:1620] = bpm[1500]
    bpm[2000:2040] = np.nan
    faults = find_faults(streams.with_channels({"heart_rate_bpm": bpm}))
    assert {FaultReason.CADENCE, FaultReason.FROZEN, FaultReason.DROPOUT, FaultReason.JUMP} == {
        fault.reason for fault in faults
    }
    jump = next(fault for fault in faults if fault.start_s == 900.0)
    assert (jump.end_s, jump.reason) == (904.0, FaultReason.JUMP)
    dropout = next(fault for fault in faults if fault.reason is FaultReason.DROPOUT)
    assert (dropout.start_s, dropout.end_s) == (2000.0, 2039.0)


def test_a_heart_that_beats_as_fast_as_the_feet_step_is_believed() -> None:
    time_s = np.arange(2400.0)
    rng = np.random.default_rng(3)
    bpm = 100.0 + 74.0 * (1.0 - np.exp(-time_s / 90.0)) + rng.normal(0.0, 0.7, time_s.size)
    cadence = 174.0 + rng.integers(-2, 3, time_s.size)
    streams = Streams(time_s, {"heart_rate_bpm": bpm, "cadence_spm": cadence.astype(np.float64)}).quantized()
    assert find_faults(streams) == ()


def test_samples_without_a_heart_rate_have_no_fault() -> None:
    assert find_faults(Streams(np.arange(100.0), {"distance_m": np.arange(100.0)})) == ()
    nothing = np.full(100, np.nan)
    assert find_faults(Streams(np.arange(100.0), {"heart_rate_bpm": nothing})) == ()


def test_averages_are_not_frozen_heart_rates() -> None:
    time_s = np.arange(1800.0)
    levels = 120.0 + 20.0 * np.floor(time_s / 300.0) % 100.0
    assert find_faults(Streams(time_s, {"heart_rate_bpm": levels})) == ()
    assert find_faults(Streams(time_s, {"heart_rate_bpm": np.full(1800, 150.0)})) == ()


@pytest.mark.parametrize("window_s", [5.0, 9.0])
def test_the_median_is_near_zero_where_that_of_every_window_is(window_s: float) -> None:
    rng = np.random.default_rng(4)
    values: FloatArray = np.round(np.cumsum(rng.normal(0.0, 2.0, 500))).astype(np.float64)
    values[rng.random(500) < 0.02] = np.nan
    half = round(window_s / 2)
    found = _median_within(np.arange(500.0), values, window_s, 3.0)
    for at in range(500):
        window = [values[min(max(near, 0), 499)] for near in range(at - half, at + half + 1)]
        assert found[at] == (abs(sorted(window)[half]) <= 3.0 and not np.isnan(window).any())
    assert 0 < found.sum() < 500
