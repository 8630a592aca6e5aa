"""Garmin's Personal API as methods: key to bearer token, list, download. Safe to use from several threads."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from runcoach.errors import (
    AccessTokenError,
    DegradedError,
    InvalidResponseError,
    NotFoundError,
    RemoteRefusedError,
    RuncoachError,
)
from runcoach.sources.garmin.models import owner_id, remote_activity
from runcoach.sources.garmin.wellness import range_requests, read_values
from runcoach.sources.remote.bearer_token import BearerToken
from runcoach.sources.remote.exchange import ApiRequest, Service
from runcoach.sources.remote.protocol import RemoteAthlete, RemoteFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from runcoach.domain.wellness import WellnessValue
    from runcoach.sources.remote.exchange import ApiResponse
    from runcoach.sources.remote.protocol import RemoteActivity
    from runcoach.sources.remote.transport import Transport

#: Rows a page; Garmin answers pages of more than about 45 with a 500.
PER_PAGE = 40

GARMIN = Service(
    "Garmin",
    "garmin",
    "try again later; https://connect.garmin.com/status tells whether others have the same trouble",
    "garmin_api_url",
)

KEY_PAGE = "https://connect.garmin.com/app/settings/personalApiToken"

_TOKEN_PATH = "personalapitoken-service/personal-api/personal-api-key/token"  # noqa: S105
_LIST_PATH = "activitylist-service/activities/search/activities"
_ACTIVITY_PATH = "activity-service/activity"
_DOWNLOAD_PATH = "download-service/files/activity"
_SETTINGS_PATH = "userprofile-service/userprofile/settings"

_KEY_HINT = f"make a new key at {KEY_PAGE} and run `runcoach connect garmin`"


class GarminClient:
    """The API at ``base_url`` with a Personal API key.

    ``token`` is one that was issued before, ``save_token`` is called with each that is issued now.
    """

    def __init__(
        self,
        transport: Transport,
        base_url: str,
        key: str,
        clock: Callable[[], float] = time.time,
        *,
        token: BearerToken | None = None,
        save_token: Callable[[BearerToken], None] = lambda _: None,
    ) -> None:
        self._transport = transport
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._clock = clock
        self._token = token
        self._save_token = save_token
        self._exchanging = threading.Lock()

    def athlete(self) -> RemoteAthlete:
        """The owner of the key: a name from the settings, an id from the newest activity (None without any)."""
        settings = self._get(_SETTINGS_PATH, "the athlete's settings").data
        name = settings.get("displayName") if isinstance(settings, dict) else None
        rows = self._rows(0, 1)
        return RemoteAthlete(owner_id(rows[0]) if rows else None, name if isinstance(name, str) else None)

    def list_activities(self, oldest: date | None = None) -> Iterator[list[RemoteActivity]]:
        """Pages of :data:`PER_PAGE`; a short page ends the list, and so does one without a new id."""
        seen: set[str] = set()
        start = 0
        while True:
            rows = self._rows(start, PER_PAGE, oldest)
            page = [remote_activity(row) for row in rows]
            new = [activity for activity in page if activity.remote_id not in seen]
            if new:
                yield new
            if len(rows) < PER_PAGE or not new:
                return
            seen.update(activity.remote_id for activity in new)
            start += len(rows)

    def exists(self, remote_id: str) -> bool:
        """Whether Garmin still has an activity."""
        try:
            self._get(f"{_ACTIVITY_PATH}/{remote_id}", f"activity {remote_id}")
        except NotFoundError:
            return False
        return True

    def download(self, remote_id: str) -> RemoteFile | None:
        """The ZIP with the file as it was uploaded; None for an activity typed in by hand (404 or an empty body)."""
        what = f"the file of activity {remote_id}"
        try:
            response = self._get(f"{_DOWNLOAD_PATH}/{remote_id}", what, accept="application/x-zip-compressed")
        except NotFoundError:
            return None
        if response.raw.lstrip()[:1] in (b"<", b"{") and not response.raw.lstrip().startswith(b"<?xml"):
            raise InvalidResponseError(f"Garmin sent a page instead of {what}", service="garmin")
        return RemoteFile(f"{remote_id}_ACTIVITY.fit", response.raw) if response.raw.strip() else None

    def wellness(self, since: date, until: date) -> Iterator[list[WellnessValue]]:
        """Daily values of the body from one day to another, both included; one request each, newest first."""
        for request, path, params in range_requests(since, until):
            try:
                response = self._get(path, request.what, params)
            except NotFoundError:
                continue  # nothing was measured in these days
            yield read_values(request, response.data) if response.raw.strip() else []

    def _rows(self, start: int, limit: int, oldest: date | None = None) -> list[dict[str, Any]]:
        params: dict[str, str | int] = {"start": start, "limit": limit}
        if oldest is not None:
            params["startDate"] = oldest.isoformat()
        rows = self._get(_LIST_PATH, f"activities {start + 1} to {start + limit}", params).data
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise InvalidResponseError(
                "Garmin's answer is not what its API describes: the list is not a list of objects", service="garmin"
            )
        return rows

    def _get(
        self, path: str, what: str, params: dict[str, str | int] | None = None, *, accept: str = "application/json"
    ) -> ApiResponse:
        """The answer to a GET; a refused token is exchanged once more, then the connection is degraded."""
        token = self._bearer()
        try:
            return self._send(path, what, params or {}, token, accept)
        except AccessTokenError:
            token = self._bearer(refused=token)
        try:
            return self._send(path, what, params or {}, token, accept)
        except AccessTokenError:
            raise DegradedError("Garmin refuses tokens of this key", hint=_KEY_HINT) from None

    def _send(self, path: str, what: str, params: dict[str, str | int], token: str, accept: str) -> ApiResponse:
        request = ApiRequest(
            "GET",
            f"{self._base_url}/{path}",
            what,
            params=params,
            authorization=f"Bearer {token}",
            accept=accept,
        )
        response = self._transport.send(request)
        if response.status >= 400:
            raise _error_from_response(response.status, what)
        return response

    def _bearer(self, refused: str | None = None) -> str:
        """The token of the moment; one exchange at a time, and none where another thread has just made it."""
        with self._exchanging:
            token = self._token
            if token is None or token.value == refused or token.is_due(self._clock()):
                token = self._token = self._exchange_key()
                self._save_token(token)
            return token.value

    def _exchange_key(self) -> BearerToken:
        request = ApiRequest(
            "POST",
            f"{self._base_url}/{_TOKEN_PATH}",
            "a token",
            authorization=f"ApiKey {self._key}",
            accept="*/*",
        )
        response = self._transport.send(request)
        if response.status in (401, 403):
            raise DegradedError("Garmin does not accept this key: mistyped, ended or revoked", hint=_KEY_HINT)
        if response.status >= 400:
            raise _error_from_response(response.status, "a token")
        value = response.raw.decode("ascii", errors="replace").strip().strip('"')
        if not value or any(character.isspace() or not character.isprintable() for character in value):
            raise InvalidResponseError(
                "Garmin's answer is not what its API describes: no token for the key", service="garmin"
            )
        return BearerToken.from_jwt(value, self._clock())


def _error_from_response(status: int, what: str) -> RuncoachError:
    """The error for a status of 400 to 499 (429 apart); bodies are never repeated, they may quote what was sent."""
    if status == 401:
        return AccessTokenError("Garmin no longer takes this token", hint=_KEY_HINT)
    if status == 404:
        return NotFoundError(f"Garmin has no {what}", hint="it was deleted, or belongs to someone else")
    return RemoteRefusedError(f"Garmin refuses {what} ({status})", service="garmin")
