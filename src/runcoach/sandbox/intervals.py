"""intervals.icu's API as its documentation describes it: list by dates, original files, stubs for Strava's rows."""

from __future__ import annotations

import base64
import gzip
from datetime import UTC, datetime
from typing import Any

from runcoach.errors import NotFoundError
from runcoach.sandbox.garmin import NAME, OWNER_ID, PersonalAccount, StoredActivity
from runcoach.sandbox.http_server import HttpError, Reply, Request, json_reply

#: Where the API is mounted in the sandbox; ``RUNCOACH_INTERVALS_API_URL`` is the sandbox's address with this path.
PREFIX = "/intervals/api/v1"

KEY = "sandbox-intervals-key"

_TYPES = {"running": "Run", "trail_running": "TrailRun", "treadmill_running": "Run", "cycling": "Ride"}


def intervals_reply(account: PersonalAccount, request: Request) -> Reply:
    """The answer to a request whose path begins with :data:`PREFIX`; 401 without the athlete's key."""
    expected = "Basic " + base64.b64encode(f"API_KEY:{KEY}".encode()).decode()
    if request.headers.get("authorization") != expected:
        raise HttpError(401, "Unauthorized")
    path = request.path.removeprefix(PREFIX)
    if request.method == "GET" and path == "/athlete/0":
        return json_reply({"id": f"i{OWNER_ID}", "name": NAME})
    if request.method == "GET" and path == "/athlete/0/activities":
        oldest, newest = request.query.get("oldest", ""), request.query.get("newest", "9999-12-31")
        rows = [_row(activity) for activity in account.newest_first()]
        return json_reply([row for row in rows if oldest <= row["start_date_local"][:10] <= newest])
    if request.method == "GET" and path.startswith("/activity/i"):
        activity = _find(account, path.removeprefix("/activity/i").removesuffix("/file"))
        return _file(activity) if path.endswith("/file") else json_reply(_row(activity))
    raise HttpError(404, "Not Found")


def _row(activity: StoredActivity) -> dict[str, Any]:
    local_s = activity.start_time_s + activity.utc_offset_s
    identity = {
        "id": f"i{activity.activity_id}",
        "start_date": f"{datetime.fromtimestamp(activity.start_time_s, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "start_date_local": f"{datetime.fromtimestamp(local_s, UTC):%Y-%m-%dT%H:%M:%S}",
        "source": activity.source,
    }
    if activity.source == "STRAVA":
        return identity
    return identity | {
        "name": activity.name,
        "type": _TYPES.get(activity.type_key, "Workout"),
        "distance": activity.distance_m,
        "moving_time": activity.duration_s,
        "elapsed_time": activity.duration_s,
        "race": activity.is_race,
        "file_type": None if activity.content is None else "fit",
        "external_id": str(activity.activity_id),
    }


def _find(account: PersonalAccount, activity_id: str) -> StoredActivity:
    try:
        return account.get(int(activity_id) if activity_id.isdecimal() else -1)
    except NotFoundError:
        raise HttpError(404, "Not Found") from None


def _file(activity: StoredActivity) -> Reply:
    if activity.content is None or activity.source == "STRAVA":
        raise HttpError(404, "Not Found")
    return Reply(200, gzip.compress(activity.content(), 1), "application/octet-stream")
