"""Garmin's Personal API as its clients describe it, over an account of original files."""

from __future__ import annotations

import base64
import io
import json
import secrets
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from runcoach.errors import NotFoundError
from runcoach.sandbox.http_server import Reply, Request, json_reply, route
from runcoach.sandbox.synthetic.outline import Outline
from runcoach.sandbox.synthetic.plan import title_of
from runcoach.sandbox.synthetic.samples import fit_file
from runcoach.sandbox.wellness import refusal, wellness_reply

if TYPE_CHECKING:
    from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

#: Where the API is mounted in the sandbox: ``GARMIN_PERSONAL_API_BASE_URL`` is the sandbox's address with this path.
PREFIX = "/garmin"

OWNER_ID = 90_000_001
NAME = "Sandra Sand"

#: Pages of more rows than this are answered with a 500, as by Garmin.
MOST_PER_PAGE = 45

_TYPE_KEYS = {"Run": "running", "TrailRun": "trail_running", "Ride": "cycling", "Walk": "walking"}

#: Types with which Garmin sends a download; ``application/octet-stream`` alone is refused.
_ZIP_TYPES = frozenset({"application/x-zip-compressed", "application/zip", "*/*"})


@dataclass(frozen=True, slots=True)
class StoredActivity:
    """One activity of the account. ``content`` makes its file; None for one typed in by hand."""

    activity_id: int
    start_time_s: int
    name: str
    type_key: str = "running"
    utc_offset_s: int = 0
    is_race: bool = False
    distance_m: float | None = None
    duration_s: float | None = None
    source: str = "GARMIN_CONNECT"
    file_name: str = "ACTIVITY.fit"
    content: Callable[[], bytes] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def row(self) -> dict[str, Any]:
        """The activity as Garmin's list shows it."""
        start = datetime.fromtimestamp(self.start_time_s, UTC)
        return {
            "activityId": self.activity_id,
            "activityName": self.name,
            "description": None,
            "startTimeLocal": f"{start + timedelta(seconds=self.utc_offset_s):%Y-%m-%d %H:%M:%S}",
            "startTimeGMT": f"{start:%Y-%m-%d %H:%M:%S}",
            "beginTimestamp": self.start_time_s * 1000,
            "activityType": {"typeId": 1, "typeKey": self.type_key},
            "eventType": {"typeId": 9, "typeKey": "race" if self.is_race else "uncategorized"},
            "isParent": False,
            "parentId": None,
            "distance": self.distance_m,
            "duration": self.duration_s,
            "elapsedDuration": self.duration_s,
            "ownerId": OWNER_ID,
            "privacy": {"typeId": 2, "typeKey": "public"},
            **self.extra,
        }


class PersonalAccount:
    """The activities behind one key."""

    def __init__(self, key: str = "sandbox-garmin-key") -> None:
        self.key = key
        self._activities: dict[int, StoredActivity] = {}

    @classmethod
    def of_athlete(cls, athlete: SyntheticAthlete) -> PersonalAccount:
        """An account with every activity of a synthetic runner."""
        account = cls()
        for activity_id in athlete.activity_ids:
            account.add(_stored(athlete, activity_id))
        return account

    def add(self, activity: StoredActivity) -> None:
        """Upload an activity."""
        self._activities[activity.activity_id] = activity

    def edit(self, activity_id: int, **changes: Any) -> None:
        """Change fields of an activity, as its owner does on the website."""
        self._activities[activity_id] = replace(self._activities[activity_id], **changes)

    def delete(self, activity_id: int) -> None:
        """Delete an activity."""
        del self._activities[activity_id]

    def newest_first(self) -> list[StoredActivity]:
        """Every activity by start, newest first."""
        return sorted(self._activities.values(), key=lambda each: (each.start_time_s, each.activity_id), reverse=True)

    def get(self, activity_id: int) -> StoredActivity:
        """One activity; NotFoundError where there is none."""
        if activity_id not in self._activities:
            raise NotFoundError(f"the account has no activity {activity_id}")
        return self._activities[activity_id]


def _stored(athlete: SyntheticAthlete, activity_id: int) -> StoredActivity:
    plan = athlete.plan(activity_id)
    stretches = Outline(plan).stretches
    return StoredActivity(
        activity_id,
        plan.start_time,
        title_of(plan),
        type_key="treadmill_running" if plan.indoor else _TYPE_KEYS.get(plan.sport, "other"),
        utc_offset_s=plan.utc_offset_s,
        is_race=plan.race_name is not None,
        distance_m=round(stretches.distance_m, 2),
        duration_s=float(stretches.elapsed_s),
        content=None if plan.manual else lambda: fit_file(athlete.plan(activity_id)),
    )


class GarminApi:
    """The API over one account. ``clock`` gives seconds since 1970; ``tokens`` are those that are still accepted."""

    def __init__(self, account: PersonalAccount, clock: Callable[[], float]) -> None:
        self.account = account
        self.clock = clock
        self.token_life_s = 86_400
        self.key_is_valid = True
        self.tokens: dict[str, float] = {}
        self._routes: dict[str, Callable[..., Reply]] = {
            "POST /personalapitoken-service/personal-api/personal-api-key/token": self._exchange,
            "GET /userprofile-service/userprofile/settings": self._settings,
            "GET /activitylist-service/activities/search/activities": self._activities,
            "GET /activity-service/activity/(.*)": self._activity,
            "GET /download-service/files/activity/(.*)": self._download,
        }

    def reply(self, request: Request) -> Reply:
        """The answer to a request whose path begins with :data:`PREFIX`."""
        if request.method == "GET":
            self._check_token(request)
        call = replace(request, path=request.path.removeprefix(PREFIX))
        reply = route(self._routes, call) or wellness_reply(call, datetime.fromtimestamp(self.clock(), UTC).date())
        if reply is None:
            raise refusal(404)
        return reply

    def revoke_tokens(self) -> None:
        """Refuse every token issued so far; the key stays valid."""
        self.tokens.clear()

    def _check_token(self, request: Request) -> None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0.0) <= self.clock():
            raise refusal(401)

    def _exchange(self, request: Request) -> Reply:
        if not self.key_is_valid or request.headers.get("authorization") != f"ApiKey {self.account.key}":
            raise refusal(401)
        expires_at = self.clock() + self.token_life_s
        token = _jwt({"exp": int(expires_at), "jti": secrets.token_hex(8)})
        self.tokens[token] = expires_at
        return Reply(200, token.encode(), "text/plain")

    def _settings(self, _request: Request) -> Reply:
        return json_reply({"displayName": NAME, "measurementSystem": "metric", "timeZone": "Europe/Berlin"})

    def _activities(self, request: Request) -> Reply:
        start, limit = _number(request, "start", 0), _number(request, "limit", 99)
        if limit > MOST_PER_PAGE:
            raise refusal(500)
        since, until = request.query.get("startDate", ""), request.query.get("endDate", "9999-12-31")
        rows = [activity.row for activity in self.account.newest_first()]
        rows = [row for row in rows if since <= row["startTimeLocal"][:10] <= until]
        return json_reply(rows[start : start + limit])

    def _activity(self, _request: Request, activity_id: str) -> Reply:
        return json_reply(self._find(activity_id).row)

    def _download(self, request: Request, activity_id: str) -> Reply:
        if not _ZIP_TYPES & {each.split(";")[0].strip() for each in request.headers.get("accept", "*/*").split(",")}:
            raise refusal(406)
        activity = self._find(activity_id)
        if activity.content is None:
            raise refusal(404)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(f"{activity_id}_{activity.file_name}", activity.content())
        return Reply(200, packed.getvalue(), "application/x-zip-compressed")

    def _find(self, activity_id: str) -> StoredActivity:
        if not activity_id.isdecimal():
            raise refusal(400)
        try:
            return self.account.get(int(activity_id))
        except NotFoundError:
            raise refusal(404) from None


def _number(request: Request, name: str, otherwise: int) -> int:
    value = request.query.get(name, str(otherwise))
    if not value.isdecimal():
        raise refusal(400)
    return int(value)


def _jwt(claims: dict[str, object]) -> str:
    """An unsigned JWT in form: clients read its ``exp`` and cannot check the signature."""
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, secrets.token_urlsafe(32)])
