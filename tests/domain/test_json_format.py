"""The JSON form of results: names, times, and values that JSON does not know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from runcoach.domain.json_format import EpochSeconds, Timestamp, camel_case, field_values, to_json


@dataclass(frozen=True, slots=True)
class Report:
    done_at: EpochSeconds
    waits_until: EpochSeconds | None
    count: int
    rows: tuple[dict[str, object], ...] = ()


def test_names_are_camel_case_and_the_start_is_the_date() -> None:
    assert [camel_case(name) for name in ("avg_pace_sec_per_km", "start_time", "id")] == [
        "avgPaceSecPerKm",
        "date",
        "id",
    ]


def test_timestamps_are_iso_8601_by_their_type_and_numbers_stay_numbers() -> None:
    assert to_json({"next_run_at": Timestamp(0), "created_at": 5, "n": 1.5}) == {
        "nextRunAt": "1970-01-01T00:00:00Z",
        "createdAt": 5,
        "n": 1.5,
    }


def test_dataclass_fields_annotated_as_times_are_iso_8601() -> None:
    report = Report(1_700_000_000.9, None, 3, ({"start_time": Timestamp(1_700_000_000)},))
    assert to_json([report]) == [
        {
            "doneAt": "2023-11-14T22:13:20Z",
            "waitsUntil": None,
            "count": 3,
            "rows": [{"date": "2023-11-14T22:13:20Z"}],
        }
    ]
    assert field_values(report)["done_at"] == Timestamp(1_700_000_000)


def test_dates_paths_and_flags() -> None:
    assert to_json((date(2026, 1, 2), Path("a/b"), True)) == ["2026-01-02", "a/b", True]
