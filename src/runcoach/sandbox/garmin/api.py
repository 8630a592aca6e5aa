"""Garmin's Personal API as its clients describe it: key exchange, list, download; ZIPs as Garmin packs them."""

from __future__ import annotations

import base64
import io
import json
import secrets
import threading
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runcoach.errors import NotFoundError
from runcoach.sandbox.garmin import body
from runcoach.sandbox.garmin.account import NAME, PersonalAccount, StoredActivity
from runcoach.sandbox.http_server import HttpError, Reply, Request, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

#: Where the API is mounted in the sandbox: ``GARMIN_PERSONAL_API_BASE_URL`` is the sandbox's address with this path.
PREFIX = "/garmin"

#: Pages of more rows than this are answered with a 500, as by Garmin.
MOST_PER_PAGE = 45

TOKEN_LIFE_S = 86_400

_TOKEN_PATH = "/personalapitoken-service/personal-api/personal-api-key/token"  # noqa: S105
_LIST_PATH = "/activitylist-service/activities/search/activities"
_ACTIVITY_PATH = "/activity-service/activity/"
_DOWNLOAD_PATH = "/download-service/files/activity/"
_SETTINGS_PATH = "/userprofile-service/userprofile/settings"


#: Types with which Garmin sends a download; ``application/octet-stream`` alone is refused.
_ZIP_TYPES = frozenset({"application/x-zip-compressed", "application/zip", "*/*"})


@dataclass
class GarminApi:
    """The API over one account. ``clock`` gives seconds since 1970; ``tokens`` are those that are still accepted."""

    account: PersonalAccount
    clock: Callable[[], float]
    token_life_s: int = TOKEN_LIFE_S
    key_is_valid: bool = True
    tokens: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def reply(self, request: Request) -> Reply:
        """The answer to a request whose path begins with :data:`PREFIX`."""
        path = request.path.removeprefix(PREFIX)
        if (request.method, path) == ("POST", _TOKEN_PATH):
            return self._exchange(request)
        if request.method != "GET":
            raise _refusal(404)
        self._check_token(request)
        if path == _LIST_PATH:
            return self._list(request)
        if path == _SETTINGS_PATH:
            return json_reply({"displayName": NAME, "measurementSystem": "metric", "timeZone": "Europe/Berlin"})
        if path.startswith(_ACTIVITY_PATH):
            return json_reply(self._find(path.removeprefix(_ACTIVITY_PATH)).row)
        if path.startswith(_DOWNLOAD_PATH):
            return self._download(request, path.removeprefix(_DOWNLOAD_PATH))
        daily = body.reply(path, request, datetime.fromtimestamp(self.clock(), UTC).date())
        if daily is not None:
            return daily
        raise _refusal(404)

    def revoke_tokens(self) -> None:
        """Refuse every token issued so far; the key stays valid."""
        with self._lock:
            self.tokens.clear()

    def _exchange(self, request: Request) -> Reply:
        if not self.key_is_valid or request.headers.get("authorization") != f"ApiKey {self.account.key}":
            raise _refusal(401)
        expires_at = self.clock() + self.token_life_s
        token = _jwt({"exp": int(expires_at), "jti": secrets.token_hex(8)})
        with self._lock:
            self.tokens[token] = expires_at
        return Reply(200, token.encode(), "text/plain")

    def _check_token(self, request: Request) -> None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        with self._lock:
            expires_at = self.tokens.get(token)
        if expires_at is None or expires_at <= self.clock():
            raise _refusal(401)

    def _list(self, request: Request) -> Reply:
        start, limit = _number(request, "start", 0), _number(request, "limit", 99)
        if limit > MOST_PER_PAGE:
            raise _refusal(500)
        rows = [activity.row for activity in self.account.newest_first()]
        since, until = request.query.get("startDate"), request.query.get("endDate")
        rows = [row for row in rows if since is None or row["startTimeLocal"][:10] >= since]
        rows = [row for row in rows if until is None or row["startTimeLocal"][:10] <= until]
        return json_reply(rows[start : start + limit])

    def _download(self, request: Request, activity_id: str) -> Reply:
        if not _ZIP_TYPES & {each.split(";")[0].strip() for each in request.headers.get("accept", "*/*").split(",")}:
            raise _refusal(406)
        activity = self._find(activity_id)
        if activity.content is None:
            raise _refusal(404)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(f"{activity_id}_{activity.file_name}", activity.content())
        return Reply(200, packed.getvalue(), "application/x-zip-compressed")

    def _find(self, activity_id: str) -> StoredActivity:
        if not activity_id.isdecimal():
            raise _refusal(400)
        try:
            return self.account.get(int(activity_id))
        except NotFoundError:
            raise _refusal(404) from None


def _number(request: Request, name: str, otherwise: int) -> int:
    value = request.query.get(name, str(otherwise))
    if not value.isdecimal():
        raise _refusal(400)
    return int(value)


def _jwt(claims: dict[str, object]) -> str:
    """An unsigned JWT in form: clients read its ``exp`` and cannot check the signature."""
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, secrets.token_urlsafe(32)])


def _refusal(status: int) -> HttpError:
    return HttpError(status, "Request refused")
