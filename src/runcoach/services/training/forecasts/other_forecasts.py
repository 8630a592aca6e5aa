"""Reads the newest race times that others forecast: Garmin, by its account export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcoach.store.training import race_predictions

if TYPE_CHECKING:
    import sqlite3

    from runcoach.domain.race_prediction import RacePrediction


def newest_forecasts(connection: sqlite3.Connection) -> dict[str, dict[int, RacePrediction]]:
    """Source → ranked distance → its newest forecast."""
    found: dict[str, dict[int, RacePrediction]] = {}
    for each in race_predictions.all_of(connection):  # by date, so that later ones replace earlier ones
        found.setdefault(each.source, {})[each.distance_m] = each
    return found
