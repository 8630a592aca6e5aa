"""intervals.icu's API as methods: list by dates, original file. Safe to use from several threads."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from runcoach.domain.recording import Totals
from runcoach.errors import DegradedError, NotFoundError
from runcoach.sources.remote.api import Params, RemoteApi
from runcoach.sources.remote.exchange import JSON, ApiResponse, Service
from runcoach.sources.remote.json_reader import JsonReader
from runcoach.sources.remote.protocol import RemoteActivity, RemoteAthlete, RemoteFile, fingerprint
from runcoach.sources.sport_names import sport_from_words

if TYPE_CHECKING:
    from runcoach.sources.remote.transport import Transport

INTERVALS = Service("intervals.icu", "intervals", "try again later", "intervals_api_url")

KEY_PAGE = "https://intervals.icu/settings"

_KEY_HINT = f"make a key at {KEY_PAGE} (Developer) and run `runcoach connect intervals`"
_ID = re.compile(r"[A-Za-z]?\d{1,20}", re.ASCII)

_STORED_FIELDS = ("name", "start_date", "type", "distance", "moving_time", "elapsed_time", "description", "race")


class IntervalsClient:
    """The API at ``base_url`` (up to and with ``/api/v1``) with the athlete's key."""

    def __init__(self, transport: Transport, base_url: str, key: str) -> None:
        self._api = RemoteApi(transport, base_url, {401: _key_refused, 403: _key_refused})
        self._authorization = "Basic " + base64.b64encode(f"API_KEY:{key}".encode()).decode()

    def athlete(self) -> RemoteAthlete:
        """The owner of the key."""
        response = self._api.get("athlete/0", "the athlete", self._authorization)
        reader = JsonReader(response.data, "the athlete", "intervals.icu")
        return RemoteAthlete(reader.text("id"), reader.text("name"))

    def list_activities(self, oldest: date | None = None) -> Iterator[list[RemoteActivity]]:
        """The whole list from ``oldest`` on as one page, newest first."""
        params: Params = {
            "oldest": oldest.isoformat() if oldest else "1970-01-01",
            "newest": (datetime.now(UTC).date() + timedelta(days=1)).isoformat(),
        }
        rows = self._api.objects(self._api.get("athlete/0/activities", "the activities", self._authorization, params))
        page = {activity.remote_id: activity for activity in map(remote_activity, rows)}
        if page:
            yield sorted(page.values(), key=lambda activity: activity.start_time_s, reverse=True)

    def exists(self, remote_id: str) -> bool:
        """Whether intervals.icu still has an activity."""
        return self._find(f"activity/{remote_id}", f"activity {remote_id}") is not None

    def download(self, remote_id: str) -> RemoteFile | None:
        """The original file; None where the activity has none."""
        response = self._find(f"activity/{remote_id}/file", f"the file of activity {remote_id}", accept="*/*")
        return RemoteFile(f"{remote_id}.fit", response.raw) if response and response.raw.strip() else None

    def _find(self, path: str, what: str, *, accept: str = JSON) -> ApiResponse | None:
        """The answer to a GET; None where there is none."""
        try:
            return self._api.get(path, what, self._authorization, accept=accept)
        except NotFoundError:
            return None


def remote_activity(row: Mapping[str, Any]) -> RemoteActivity:
    """One row of the list. InvalidResponseError without an id or a start, or for a field of the wrong type."""
    reader = JsonReader(dict(row), "an activity of the list", "intervals.icu")
    remote_id = str(row.get("id"))
    if not _ID.fullmatch(remote_id):
        raise reader.missing("id")
    # Rows whose data stays at Strava by its terms are empty stubs.
    skipped = "came from Strava" if (reader.text("source") or "").upper() == "STRAVA" else None
    local_s = reader.moment("start_date_local")
    start_time_s = reader.needed("start_date", reader.moment("start_date") or local_s)
    sport_type, indoor = sport_from_words(reader.text("type"))
    return RemoteActivity(
        remote_id=remote_id,
        fingerprint=fingerprint([row.get(name) for name in _STORED_FIELDS]),
        start_time_s=start_time_s,
        utc_offset_s=None if local_s is None else round((local_s - start_time_s) / 900) * 900,
        name=reader.text("name") or None,
        description=reader.text("description") or None,
        sport_type=sport_type,
        indoor=reader.flag("trainer") or indoor,
        is_race=reader.flag("race"),
        totals=Totals(
            distance_m=reader.number("distance"),
            elapsed_s=reader.number("elapsed_time"),
            moving_s=reader.number("moving_time"),
            elevation_gain_m=reader.number("total_elevation_gain"),
        ),
        has_file=bool(reader.text("file_type")) or "file_type" not in row,
        skipped=skipped,
    )


def _key_refused() -> DegradedError:
    return DegradedError("intervals.icu does not accept this key", hint=_KEY_HINT)
