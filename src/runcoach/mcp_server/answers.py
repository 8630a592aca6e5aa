"""Answers of the tools: JSON of bounded size, every figure with its unit in its name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runcoach.domain.json_format import to_json

#: The largest answer, in bytes of UTF-8: assistants cut or refuse longer ones.
MAX_BYTES = 8_000

#: Longer texts (titles, descriptions) are cut to this many characters.
MAX_TEXT = 500

#: Columns whose names do not hold their unit → names that do.
_WITH_UNIT = {
    "avg_cadence": "avg_cadence_steps_per_min",
    "avg_hr": "avg_heart_rate_bpm",
    "avg_power": "avg_power_w",
    "calories": "energy_kcal",
    "elapsed_time_sec": "elapsed_time_s",
    "hr_avg": "avg_heart_rate_bpm",
    "max_cadence": "max_cadence_steps_per_min",
    "max_hr": "max_heart_rate_bpm",
    "max_power": "max_power_w",
    "moving_time_sec": "moving_time_s",
    "pace_sec": "pace_sec_per_km",
    "temperature": "temperature_c",
}


def described(values: Mapping[str, Any]) -> dict[str, object]:
    """A row as JSON values: units in the names, long texts cut, without fields that have no value."""
    named = {_WITH_UNIT.get(name, name): value for name, value in values.items()}
    return {name: _cut(value) for name, value in to_json(named).items() if value not in (None, "", [], {})}


def render(
    head: Mapping[str, Any], rows: Iterable[Mapping[str, Any]], *, offset: int = 0, total: int | None = None
) -> str:
    """``head`` and as many ``rows`` as fit, as compact JSON; ``more`` says how to ask for the rest.

    ``rows`` begin at ``offset`` of ``total`` (by default: they are the last).
    """
    head = {name: value for name, value in head.items() if value is not None}
    described_rows = [described(row) for row in rows]
    last = offset + len(described_rows) if total is None else total
    count = _fitting(head, described_rows)
    answer = {**head, "data": described_rows[:count]}
    if offset + count < last:
        answer["more"] = {"remaining": last - offset - count, "askWith": {"offset": offset + count}}
    return _dump(answer)


def _fitting(head: Mapping[str, Any], rows: Sequence[dict[str, object]]) -> int:
    """How many rows fit, at least one, with room for ``more``."""
    size = len(_dump(head).encode()) + 120
    for count, row in enumerate(rows):
        size += len(_dump(row).encode()) + 1
        if size > MAX_BYTES and count:
            return count
    return len(rows)


def _cut(value: Any) -> Any:
    return value[: MAX_TEXT - 1] + "…" if isinstance(value, str) and len(value) > MAX_TEXT else value


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
