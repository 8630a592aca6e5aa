"""The body of the stand-in's runner: daily summaries, sleep, HRV and weight, in the ranges that Garmin accepts."""

from __future__ import annotations

import math
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from runcoach.sandbox.http_server import HttpError, Reply, Request, json_reply

if TYPE_CHECKING:
    from collections.abc import Iterator

SUMMARIES_PATH = "/usersummary-service/v2/dailysummaries"
SLEEP_PATH = "/sleep-service/sleep/dailySleepSummariesByDate"
HRV_PATH = "/hrv-service/hrv/daily/"
WEIGHT_PATH = "/weight-service/weight/range/"

ZONES_PATH = "/biometric-service/heartRateZones/v2"

#: What the runner has configured for all sports.
_ZONES = {
    "trainingMethod": "HR_RESERVE",
    "restingHeartRateUsed": 50,
    "lactateThresholdHeartRateUsed": None,
    "zone1Floor": 121,
    "zone2Floor": 135,
    "zone3Floor": 149,
    "zone4Floor": 163,
    "zone5Floor": 177,
    "maxHeartRateUsed": 191,
    "restingHrAutoUpdateUsed": False,
    "sport": "DEFAULT",
}

#: Days that a request may ask for; longer ranges are refused, of summaries with a 500.
_MOST_DAYS, _MOST_SUMMARIES, _MOST_HRV = 31, 90, 365


def reply(path: str, request: Request, today: date) -> Reply | None:
    """The answer to a request for daily values; None for any other path."""
    if path == SUMMARIES_PATH:
        days = _days(request.query.get("startDate"), request.query.get("endDate"), today, _MOST_SUMMARIES, 500)
        return json_reply({"data": [_summary(day) for day in days if _is_worn(day)]})
    if path == SLEEP_PATH:
        days = _days(request.query.get("startDate"), request.query.get("endDate"), today, _MOST_DAYS, 400)
        return json_reply([_night(day) for day in days])
    if path == ZONES_PATH:
        return json_reply([_ZONES])
    if path.startswith(HRV_PATH):
        days = _days(*_in_path(path, HRV_PATH), today, _MOST_HRV, 400)
        return json_reply({"hrvSummaries": [_hrv(day) for day in days if _is_worn(day)]})
    if path.startswith(WEIGHT_PATH):
        days = _days(*_in_path(path, WEIGHT_PATH), today, _MOST_HRV, 400)
        return json_reply({"dailyWeightSummaries": [_weight(day) for day in days if day.weekday() == 0]})
    return None


def resting_hr(day: date) -> int:
    """The runner's resting heart rate: lower in summer."""
    return round(49 - 2 * math.sin(day.timetuple().tm_yday / 58) + Random(day.toordinal()).random() * 3)  # noqa: S311


def hrv_ms(day: date) -> int:
    """The nightly rMSSD."""
    return 45 + Random(day.toordinal() * 7).randrange(25)  # noqa: S311


def sleep_s(day: date) -> int:
    """Seconds asleep in the night that ends on a day."""
    return 24_000 + 60 * Random(day.toordinal() * 11).randrange(100)  # noqa: S311


def _is_worn(day: date) -> bool:
    """Whether the watch was worn; some nights it lay on its charger."""
    return day.toordinal() % 17 != 0


def _summary(day: date) -> dict[str, Any]:
    steps = 6_000 + Random(day.toordinal() * 3).randrange(9_000)  # noqa: S311
    return {
        "calendarDate": day.isoformat(),
        "source": "garmin",
        "heartRate": {"minValue": resting_hr(day) - 3, "maxValue": 160, "restingValue": resting_hr(day)},
        "movement": {"steps": {"value": steps, "goal": 9_000}, "pushes": None},
        "stress": None,
    }


def _night(day: date) -> dict[str, Any]:
    worn = _is_worn(day)
    return {
        "calendarDate": day.isoformat(),
        "sleepTimeSeconds": sleep_s(day) if worn else None,
        "sleepWindowConfirmationType": "enhanced_confirmed_final" if worn else "off_wrist",
        "deepSleepSeconds": 4_800 if worn else None,
    }


def _hrv(day: date) -> dict[str, Any]:
    return {"calendarDate": day.isoformat(), "lastNightAvg": hrv_ms(day), "weeklyAvg": 57, "status": "BALANCED"}


def _weight(day: date) -> dict[str, Any]:
    grams = 61_000.0 + 100 * (day.toordinal() % 13)
    return {
        "summaryDate": day.isoformat(),
        "numOfWeightEntries": 1,
        "latestWeight": {"calendarDate": day.isoformat(), "weight": grams, "sourceType": "MANUAL"},
    }


def _in_path(path: str, prefix: str) -> tuple[str | None, str | None]:
    first, _, last = path.removeprefix(prefix).partition("/")
    return first, last


def _days(first: str | None, last: str | None, today: date, most: int, refused: int) -> Iterator[date]:
    """The days of a range up to today; HttpError for what is no range, and past ``most`` days."""
    try:
        begin, end = date.fromisoformat(first or ""), date.fromisoformat(last or "")
    except ValueError:
        raise HttpError(400, "Request refused") from None
    if end < begin or (end - begin).days >= most:
        raise HttpError(refused if end >= begin else 400, "Request refused")
    return (begin + timedelta(days=ago) for ago in range((min(end, today) - begin).days + 1))
