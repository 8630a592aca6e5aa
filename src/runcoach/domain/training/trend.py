"""The change of a value over time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through the values of ``runs`` runs within ``span_days``.

    ``change`` is how much the line changes from the first run to the last, in the unit of the value; None where there
    are too few runs for a line. ``is_clear``: chance alone would make such a change less often than 1 time in 20.
    """

    runs: int
    span_days: float
    change: float | None
    is_clear: bool
