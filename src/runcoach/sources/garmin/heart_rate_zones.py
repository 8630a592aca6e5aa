"""The runner's heart rate zones in Garmin's API: maximum, resting and threshold heart rate, and where zones begin."""

from __future__ import annotations

from typing import Any

from runcoach.sources.remote.json_reader import number_of, objects

#: The request: zones that the runner has configured, not those that Garmin makes up from the age.
PATH = "biometric-service/heartRateZones/v2"
PARAMS: dict[str, str | int] = {"generateDefaults": "false"}

#: Figure → Garmin's name.
_FIGURES = {
    "max_bpm": "maxHeartRateUsed",
    "rest_bpm": "restingHeartRateUsed",
    "threshold_bpm": "lactateThresholdHeartRateUsed",
}

#: The sports whose zones count, the first that is there.
_SPORTS = ("RUNNING", "DEFAULT")

_LOWEST_BPM, _HIGHEST_BPM = 25, 240


def read_heart_rate_zones(answer: Any) -> dict[str, object]:
    """``max_bpm``, ``rest_bpm``, ``threshold_bpm`` and ``zones`` (lower bounds of zones 2 to 5), where stated."""
    by_sport = {each.get("sport"): each for each in reversed(objects(answer))}
    entry: dict[str, object] = next((by_sport[sport] for sport in _SPORTS if sport in by_sport), {})
    found: dict[str, object] = {}
    for figure, name in _FIGURES.items():
        bpm = _bpm(entry.get(name))
        if bpm is not None:
            found[figure] = bpm
    bounds = [_bpm(entry.get(f"zone{number}Floor")) for number in range(2, 6)]
    known = [bound for bound in bounds if bound is not None]
    if len(known) == 4 and known == sorted(set(known)):
        found["zones"] = known
    return found


def _bpm(value: Any) -> int | None:
    number = number_of(value)
    return round(number) if number is not None and _LOWEST_BPM <= number <= _HIGHEST_BPM else None
