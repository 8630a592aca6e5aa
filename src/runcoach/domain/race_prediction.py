"""A race time that another program forecast."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RacePrediction:
    """The time for a ranked distance (``distance_m`` is its label) that ``source`` forecast on ``date`` (ISO 8601)."""

    source: str
    date: str
    distance_m: int
    duration_s: int
