"""Daily values and heart rate zones in Garmin's API: which requests give them, and what their answers say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from runcoach.domain.wellness import WellnessValue
from runcoach.sources.remote.json_reader import date_of, inner, number_of, objects

SOURCE = "garmin"

_GRAMS = 1000.0

#: Parameters of requests with the days in the query.
_DAYS = {"startDate": "{first}", "endDate": "{last}"}


class RangeRequest(NamedTuple):
    """A request for the days from ``{first}`` to ``{last}``: path and parameters, and how to read the answer.

    What an answer lacks or leaves null is missing in what ``read`` returns.
    """

    what: str
    path: str
    params: dict[str, str]
    most_days: int
    read: Callable[[Any], Iterator[WellnessValue]]


def range_requests(since: date, until: date) -> Iterator[tuple[RangeRequest, str, dict[str, str | int]]]:
    """``(request, path, parameters)`` of all that cover the days, both included, the newest days of each first."""
    for request in _REQUESTS:
        last = until
        while last >= since:
            first = max(since, last - timedelta(days=request.most_days - 1))
            days = {"first": first.isoformat(), "last": last.isoformat()}
            params: dict[str, str | int] = {name: text.format(**days) for name, text in request.params.items()}
            yield request, request.path.format(**days), params
            last = first - timedelta(days=1)


def _hrv(answer: Any) -> Iterator[WellnessValue]:
    for summary in objects(inner(answer, "hrvSummaries")):
        yield from _value("hrv-rmssd", summary.get("calendarDate"), summary.get("lastNightAvg"))


def _sleep(answer: Any) -> Iterator[WellnessValue]:
    for night in objects(answer):
        if is_measured(night):
            yield from _value("sleep", night.get("calendarDate"), night.get("sleepTimeSeconds"))


def is_measured(night: Mapping[str, object]) -> bool:
    """Whether the watch has measured a night of sleep."""
    return str(night.get("sleepWindowConfirmationType") or "").upper() not in {"OFF_WRIST", "UNCONFIRMED"}


def _summaries(answer: Any) -> Iterator[WellnessValue]:
    for day in objects(inner(answer, "data")):
        yield from _value("resting-hr", day.get("calendarDate"), inner(day, "heartRate", "restingValue"))
        yield from _value("steps", day.get("calendarDate"), inner(day, "movement", "steps", "value"))


def _weights(answer: Any) -> Iterator[WellnessValue]:
    for day in objects(inner(answer, "dailyWeightSummaries")):
        grams = number_of(inner(day, "latestWeight", "weight"))
        if grams is not None:
            yield from _value("weight", day.get("summaryDate"), round(grams / _GRAMS, 1))


_REQUESTS = (
    RangeRequest("resting heart rate and steps", "usersummary-service/v2/dailysummaries", _DAYS, 31, _summaries),
    RangeRequest("sleep", "sleep-service/sleep/dailySleepSummariesByDate", _DAYS, 31, _sleep),
    RangeRequest("HRV", "hrv-service/hrv/daily/{first}/{last}", {}, 365, _hrv),
    RangeRequest("weight", "weight-service/weight/range/{first}/{last}", {"includeAll": "true"}, 365, _weights),
)


def _value(metric: str, day: Any, number: Any) -> Iterator[WellnessValue]:
    """A value; nothing where the day or the number is missing or of the wrong type."""
    on, value = date_of(day), number_of(number)
    if on is not None and value is not None:
        yield WellnessValue(metric, on, SOURCE, "", value)


#: The request: zones that the runner has configured, not those that Garmin makes up from the age.
ZONES_PATH = "biometric-service/heartRateZones/v2"
ZONES_PARAMS: dict[str, str | int] = {"generateDefaults": "false"}

#: Figure → Garmin's name.
_HEART_RATES = {
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
    found: dict[str, object] = {
        figure: bpm for figure, name in _HEART_RATES.items() if (bpm := _bpm(entry.get(name))) is not None
    }
    bounds = [bpm for number in range(2, 6) if (bpm := _bpm(entry.get(f"zone{number}Floor"))) is not None]
    if len(bounds) == 4 and bounds == sorted(set(bounds)):
        found["zones"] = bounds
    return found


def _bpm(value: Any) -> int | None:
    number = number_of(value)
    return round(number) if number is not None and _LOWEST_BPM <= number <= _HIGHEST_BPM else None
