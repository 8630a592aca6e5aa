"""Garmin's Personal API as methods: key to bearer token, list, download. Safe to use from several threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

from runcoach.domain.wellness import WellnessValue, plausible
from runcoach.errors import AccessTokenError, DegradedError, InvalidResponseError, NotFoundError, RemoteUnavailableError
from runcoach.sources.garmin.models import owner_id, remote_activity
from runcoach.sources.garmin.wellness import ZONES_PARAMS, ZONES_PATH, range_requests, read_heart_rate_zones
from runcoach.sources.remote.api import Params, RemoteApi
from runcoach.sources.remote.bearer_token import BearerToken
from runcoach.sources.remote.exchange import JSON, TRIES, ApiRequest, ApiResponse, Service
from runcoach.sources.remote.protocol import RemoteActivity, RemoteAthlete, RemoteFile

if TYPE_CHECKING:
    from runcoach.sources.remote.transport import Transport

#: Rows a page, and one more that shows whether the list goes on; Garmin answers more than about 45 with a 500.
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
        self._api = RemoteApi(
            transport, base_url, {401: lambda: AccessTokenError("Garmin no longer takes this token", hint=_KEY_HINT)}
        )
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
        """Pages of up to :data:`PER_PAGE` rows and one; a shorter one ends the list, and so does one without a new id.

        The row more saves a request where the number of activities is a multiple of :data:`PER_PAGE`.
        """
        seen: set[str] = set()
        start, limit, tries = 0, PER_PAGE + 1, 1
        while True:
            try:
                rows = self._rows(start, limit, oldest, tries=tries)
            except RemoteUnavailableError:
                if limit == PER_PAGE:
                    raise
                limit, tries = PER_PAGE, TRIES - 1  # in case one row more is too many
                continue
            page = [remote_activity(row) for row in rows]
            new = [activity for activity in page if activity.remote_id not in seen]
            if new:
                yield new
            if len(rows) < limit or not new:
                return
            seen.update(activity.remote_id for activity in new)
            start += len(rows)

    def exists(self, remote_id: str) -> bool:
        """Whether Garmin still has an activity."""
        return self._find(f"{_ACTIVITY_PATH}/{remote_id}", f"activity {remote_id}") is not None

    def download(self, remote_id: str) -> RemoteFile | None:
        """The ZIP with the file as it was uploaded; None for an activity typed in by hand (404 or an empty body)."""
        what = f"the file of activity {remote_id}"
        response = self._find(f"{_DOWNLOAD_PATH}/{remote_id}", what, accept="application/x-zip-compressed")
        if response is None:
            return None
        if response.raw.lstrip()[:1] in (b"<", b"{") and not response.raw.lstrip().startswith(b"<?xml"):
            raise InvalidResponseError(f"Garmin sent a page instead of {what}")
        return RemoteFile(f"{remote_id}_ACTIVITY.fit", response.raw) if response.raw.strip() else None

    def wellness(self, since: date, until: date) -> Iterator[list[WellnessValue]]:
        """Daily values of the body from one day to another, both included; one request each, newest first.

        Where Garmin finds none of a kind in the newest days, older ones are not asked for.
        """
        missing: set[str] = set()
        for request, path, params in range_requests(since, until):
            if request.what in missing:
                continue
            response = self._find(path, request.what, params)
            if response is None:
                missing.add(request.what)
            else:
                yield plausible(request.read(response.data)) if response.raw.strip() else []

    def heart_rate_zones(self) -> dict[str, object]:
        """Maximum, resting and threshold heart rate and zones that the runner has configured; empty without any."""
        response = self._find(ZONES_PATH, "heart rate zones", ZONES_PARAMS)
        return read_heart_rate_zones(response.data) if response and response.raw.strip() else {}

    def _rows(
        self, start: int, limit: int, oldest: date | None = None, *, tries: int = TRIES
    ) -> list[dict[str, object]]:
        params: Params = {"start": start, "limit": limit}
        if oldest is not None:
            params["startDate"] = oldest.isoformat()
        what = f"activities {start + 1} to {start + limit}"
        return self._api.objects(self._get(_LIST_PATH, what, params, tries=tries))

    def _find(self, path: str, what: str, params: Params | None = None, *, accept: str = JSON) -> ApiResponse | None:
        """As :meth:`_get`; None where Garmin has none."""
        try:
            return self._get(path, what, params, accept=accept)
        except NotFoundError:
            return None

    def _get(
        self, path: str, what: str, params: Params | None = None, *, accept: str = JSON, tries: int = TRIES
    ) -> ApiResponse:
        """The answer to a GET; a refused token is exchanged once more, then the connection is degraded."""
        token: str | None = None
        for _ in range(2):
            token = self._bearer(refused=token)
            with suppress(AccessTokenError):
                return self._api.get(path, what, f"Bearer {token}", params, accept=accept, tries=tries)
        raise DegradedError("Garmin refuses tokens of this key", hint=_KEY_HINT)

    def _bearer(self, refused: str | None) -> str:
        """The token of the moment; one exchange at a time, and none where another thread has just made it."""
        with self._exchanging:
            token = self._token
            if token is None or token.value == refused or token.is_due(self._clock()):
                token = self._token = self._exchange_key()
                self._save_token(token)
            return token.value

    def _exchange_key(self) -> BearerToken:
        url, authorization = f"{self._api.base_url.rstrip('/')}/{_TOKEN_PATH}", f"ApiKey {self._key}"
        request = ApiRequest("POST", url, "a token", authorization=authorization, accept="*/*")
        response = self._api.transport.send(request)
        if response.status in (401, 403):
            raise DegradedError("Garmin does not accept this key: mistyped, ended or revoked", hint=_KEY_HINT)
        if response.status >= 400:
            raise self._api.error(response.status, "a token")
        value = response.raw.decode("ascii", errors="replace").strip().strip('"')
        if not value or any(character.isspace() or not character.isprintable() for character in value):
            raise InvalidResponseError("Garmin's answer is not what its API describes: no token for the key")
        return BearerToken.from_jwt(value, self._clock())
