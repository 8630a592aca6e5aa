"""Reads single-session spikes: the class of one run, and how long a run can be today without one."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from runcoach.analysis.training import spikes
from runcoach.analysis.training.spikes import EVIDENCE, LIMIT, DatedDistance, Spike, SpikeLimit
from runcoach.domain.sports import is_running
from runcoach.store.training import run_history

__all__ = ["EVIDENCE", "LIMIT", "RunSpike", "Spike", "SpikeLimit", "limit", "run_spike", "spike_values"]

_WINDOW = timedelta(days=spikes.WINDOW_DAYS)


@dataclass(frozen=True, slots=True)
class RunSpike:
    """The class of a run and the longest distance of the 30 days before it; None where there was no run."""

    spike: Spike
    longest_before_m: float | None

    def excess(self, distance_m: float) -> float:
        """By which share a run of ``distance_m`` is longer than the longest before; 0 without any."""
        return distance_m / self.longest_before_m - 1.0 if self.longest_before_m else 0.0


def run_spike(connection: sqlite3.Connection, activity: Mapping[str, Any]) -> RunSpike | None:
    """The spike of an activity, given its columns; None where it is no run, or has no date or distance."""
    if not (is_running(activity["sport_type"]) and activity["distance_m"]) or activity["is_undated"]:
        return None
    day = date.fromisoformat(activity["local_date"])
    rows = run_history.distances(connection, day - _WINDOW, day)
    before = [row for row in rows if row["id"] != activity["id"] and row["start_time"] <= activity["start_time"]]
    longest_m = max((row["distance_m"] for row in before), default=None)
    return RunSpike(spikes.spike_class(activity["distance_m"], longest_m), longest_m)


def spike_values(spike: RunSpike | None) -> dict[str, Any]:
    """The columns ``spike`` and ``longest_before_m`` of a run's detail; None for other activities."""
    return {"spike": spike and spike.spike.value, "longest_before_m": spike and spike.longest_before_m}


def limit(connection: sqlite3.Connection, today: date) -> SpikeLimit | None:
    """How long a run can be on ``today`` without a spike; None without a run in the 30 days before."""
    rows = run_history.distances(connection, today - _WINDOW, today)
    return spikes.spike_limit(
        (DatedDistance(date.fromisoformat(row["local_date"]), row["distance_m"]) for row in rows), today
    )
