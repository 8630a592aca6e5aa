"""Garmin's daily values of the runner's body: summaries, sleep, HRV and weight, in the ranges that Garmin accepts."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from runcoach.sandbox.http_server import HttpError, Reply, Request, json_reply

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


#: By method and path: the most days of a request, the status for more, and the JSON of these days.
_ANSWERS: dict[str, tuple[int, int, Callable[[list[date]], Any]]] = {
    "GET /usersummary-service/v2/dailysummaries": (
        90,
        500,
        lambda days: {"data": [_summary(day) for day in days if _is_worn(day)]},
    ),
    "GET /sleep-service/sleep/dailySleepSummariesByDate": (31, 400, lambda days: [_night(day) for day in days]),
    "GET /hrv-service/hrv/daily/": (
        365,
        400,
        lambda days: {"hrvSummaries": [_hrv(day) for day in days if _is_worn(day)]},
    ),
    "GET /weight-service/weight/range/": (
        365,
        400,
        lambda days: {"dailyWeightSummaries": [_weight(day) for day in days if day.weekday() == 0]},
    ),
}


def wellness_reply(request: Request, today: date) -> Reply | None:
    """The answer to a request for daily values, by its path at Garmin; None for any other request."""
    call = f"{request.method} {request.path}"
    if call == "GET /biometric-service/heartRateZones/v2":
        return json_reply([_ZONES])
    for path, (most, too_many, json_of) in _ANSWERS.items():
        if call.startswith(path):
            return json_reply(json_of(_days(request, today, most, too_many)))
    return None


def _days(request: Request, today: date, most: int, too_many: int) -> list[date]:
    """The days up to today of the range in the query or at the end of the path; HttpError for what is no range."""
    first, last = request.path.split("/")[-2:]
    try:
        begin = date.fromisoformat(request.query.get("startDate", first))
        end = date.fromisoformat(request.query.get("endDate", last))
    except ValueError:
        raise refusal(400) from None
    if end < begin:
        raise refusal(400)
    if (end - begin).days >= most:
        raise refusal(too_many)
    return [begin + timedelta(days=later) for later in range((min(end, today) - begin).days + 1)]


def refusal(status: int) -> HttpError:
    """An error as Garmin's clients see it."""
    return HttpError(status, "Request refused")
