"""Gives a structured workout the runner's own training paces, and writes it as a FIT workout file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from runcoach.domain.training.workout import (
    Extent,
    Repeat,
    Step,
    extent,
    parse_workout,
    total,
    training_paces_of,
    with_paces,
)
from runcoach.errors import RuncoachError, UsageError
from runcoach.filesystem import write_output

__all__ = ["Extent", "Repeat", "Step", "Workout", "extent", "read_workout", "write_workout"]


@dataclass(frozen=True, slots=True)
class Workout:
    """A workout with its targets.

    ``vdot`` is the index that its training paces are of; None where it has none, and where they are not known: then
    ``reason`` says what is missing, and these steps have no target. ``total`` is estimated at the mean of each step's
    paces.
    """

    name: str
    steps: tuple[Step | Repeat, ...]
    total: Extent
    vdot: float | None
    reason: str | None


def read_workout(
    connection: sqlite3.Connection, text: str, *, name: str | None = None, as_of: date | None = None
) -> Workout:
    """The workout that ``text`` describes, with the training paces of ``runcoach predict``.

    They are from what was known before the day ``as_of``, or all up to today. Without a name, the text is the name.
    UsageError for a text or a name that is not valid.
    """
    items = parse_workout(text)
    if name and (not name.isprintable() or len(name.encode()) > 254):
        raise UsageError("that name does not fit into a FIT file", hint="use a shorter one, without control characters")
    label = name or " ".join(text.split())
    if not training_paces_of(items):
        return Workout(label, items, _total(items), None, None)
    from runcoach.services.training.forecasts.predictions import predict

    report = predict(connection, as_of=as_of)
    paces = {one.name: (one.slow_sec_per_km, one.fast_sec_per_km) for one in report.paces}
    items = with_paces(items, paces)
    return Workout(label, items, _total(items), report.vdot, None if paces else report.reason)


def write_workout(workout: Workout, path: Path, *, force: bool = False) -> None:
    """Write the FIT file of a workout.

    RuncoachError where training paces are not known; UsageError where the file exists, unless with ``force``, where its
    folder does not, and where it cannot be written.
    """
    from runcoach.sources.fit.workout_file import workout_file

    if workout.reason is not None:
        raise RuncoachError(
            f"no training paces: {workout.reason}", hint="or give paces instead of letters: 1km 4:20-4:30/km"
        )
    if path.suffix.lower() != ".fit":
        raise UsageError(f"{path} is not the name of a FIT file", hint="watches read names that end with .fit")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", hint="create it first, or connect the watch")
    if path.exists() and (not force or not path.is_file()):
        raise UsageError(f"{path} exists", hint="name another file, or --force" if path.is_file() else "name another")
    write_output(path, workout_file(workout.name, workout.steps, int(time.time())))


def _total(items: Iterable[Step | Repeat]) -> Extent:
    sums = total(items)
    return replace(sums, duration_s=round(sums.duration_s), distance_m=round(sums.distance_m, 1))
