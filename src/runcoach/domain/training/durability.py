"""Durability: efforts that begin late in a run, and fresh ones."""

from __future__ import annotations

from dataclasses import dataclass

#: An effort that begins within the first 10 km of a run.
FRESH = 0

#: Metres of a run after which a tired effort begins.
AFTER_M = (10_000, 15_000, 20_000, 30_000)

#: Lengths of the efforts in metres.
LENGTHS_M = (1000, 3000, 5000)


@dataclass(frozen=True, slots=True)
class DurabilityEffort:
    """The fastest ``distance_m`` that begin at or after ``after_m`` metres; :data:`FRESH` for a fresh one.

    ``start_s`` is in seconds from the activity's start.
    """

    after_m: int
    distance_m: int
    exact_s: float
    start_s: float
