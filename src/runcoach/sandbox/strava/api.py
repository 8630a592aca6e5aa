"""Strava's API, ``/api/v3/…``, and its rate limits: fixed windows and the four headers."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from runcoach.errors import NotFoundError
from runcoach.sandbox.http_server import (
    HttpError,
    Reply,
    Request,
    bad_request,
    json_reply,
    not_found,
    route,
    unauthorized,
)
from runcoach.sandbox.strava.resources import STREAM_KEYS

if TYPE_CHECKING:
    from runcoach.sandbox.strava.oauth import Grant, OAuthServer
    from runcoach.sandbox.strava.webhooks import Webhooks
    from runcoach.sandbox.synthetic.athlete import SyntheticAthlete

_MAX_PER_PAGE, _DEFAULT_PER_PAGE = 200, 30
_QUARTER_S, _DAY_S = 900, 86_400


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls allowed per quarter hour and per day: reads, and all."""

    read_quarter: int = 100
    read_day: int = 1000
    quarter: int = 200
    day: int = 2000


class Budget:
    """Used and allowed calls. Quarters begin at :00 :15 :30 :45, days at 00:00 UTC, by ``clock`` (epoch seconds).

    As on Strava, refused calls count too: usage may exceed the limit.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._limits = asdict(limits)
        self._clock = clock
        self._used: Counter[tuple[str, int]] = Counter()  # by name and window
        self._lock = threading.Lock()

    def _window(self, name: str) -> tuple[str, int]:
        """The current window of a limit, counted from 1970."""
        return name, int(self._clock()) // (_DAY_S if name.endswith("day") else _QUARTER_S)

    def spend(self, *, reading: bool) -> str | None:
        """Count one call; None if it is allowed, else the name of the exceeded limit as Strava writes it."""
        with self._lock:
            over = {name for name, limit in self._limits.items() if self._used[self._window(name)] >= limit}
            self._used.update(self._window(name) for name in self._limits if reading or not name.startswith("read"))
        if over & {"quarter", "day"}:
            return "overall rate limit"
        return "read rate limit" if reading and over else None

    def headers(self) -> dict[str, str]:
        """Limits and usage as ``quarter,day``."""
        with self._lock:
            limits = self._limits
            used = {name: self._used[self._window(name)] for name in limits}
            return {
                "X-RateLimit-Limit": f"{limits['quarter']},{limits['day']}",
                "X-RateLimit-Usage": f"{used['quarter']},{used['day']}",
                "X-ReadRateLimit-Limit": f"{limits['read_quarter']},{limits['read_day']}",
                "X-ReadRateLimit-Usage": f"{used['read_quarter']},{used['read_day']}",
            }

    def change(self, **values: int) -> None:
        """Set limits by name, and usage by ``used_`` and the name; ValueError for an invalid one."""
        with self._lock:
            for name, value in values.items():
                bare = name.removeprefix("used_")
                if bare not in self._limits or value < 0:
                    raise ValueError(f"unknown limit {name!r}, or negative value {value}")
                if name == bare:
                    self._limits[bare] = value
                else:
                    self._used[self._window(bare)] = value


def is_api_call(request: Request) -> bool:
    """Whether it is a call of the API, not of OAuth or of the sandbox itself."""
    return request.path.startswith("/api/v3/")


def is_limited(request: Request) -> bool:
    """Whether it counts against the rate limits."""
    return is_api_call(request) and "push_subscriptions" not in request.path


class StravaApi:
    """The routes of the API over one athlete."""

    def __init__(self, athlete: SyntheticAthlete, oauth: OAuthServer, webhooks: Webhooks) -> None:
        self._athlete = athlete
        self._oauth = oauth
        self._webhooks = webhooks
        activity = r"GET /api/v3/activities/(\d{1,19})"
        self._routes: dict[str, Callable[..., Reply]] = {
            "GET /api/v3/athlete": self._profile,
            "GET /api/v3/athlete/activities": self._activities,
            activity: self._activity,
            f"{activity}/laps": self._laps,
            f"{activity}/streams": self._streams,
            r"GET /api/v3/gear/([bg]\d{1,12})": self._gear,
        }

    def reply(self, request: Request) -> Reply:
        """The reply to one call of the API."""
        reply = self._webhooks.reply(request)
        if reply is None:
            grant = self._oauth.grant_of(request.headers.get("authorization"))
            reply = route(self._routes, request, grant)
        if reply is None:
            raise not_found("Path", "path")
        return reply

    def _profile(self, grant: Grant, _request: Request) -> Reply:
        return json_reply(self._athlete.profile(in_full=grant.may("profile:read_all")))

    def _activities(self, grant: Grant, request: Request) -> Reply:
        """A page of the list, joined from encoded summaries."""
        _check_reads(grant)
        page = _number(request, "page", 1)
        per_page = _number(request, "per_page", _DEFAULT_PER_PAGE)
        if page is None or per_page is None or page < 1 or not 1 <= per_page <= _MAX_PER_PAGE:
            raise bad_request("Activity", "per_page" if page else "page")
        summaries = self._athlete.page(
            before=_number(request, "before", None),
            after=_number(request, "after", None),
            page=page,
            per_page=per_page,
            with_private=grant.may("activity:read_all"),
        )
        return Reply(200, b"[%b]" % b",".join(summaries))

    def _activity(self, grant: Grant, _request: Request, activity_id: str) -> Reply:
        return json_reply(self._athlete.detail(self._visible(grant, activity_id)))

    def _laps(self, grant: Grant, _request: Request, activity_id: str) -> Reply:
        return json_reply(self._athlete.laps(self._visible(grant, activity_id)))

    def _streams(self, grant: Grant, request: Request, activity_id: str) -> Reply:
        """Streams by type, or as a list without ``key_by_type``."""
        keys = {key for key in request.query.get("keys", ",".join(STREAM_KEYS)).split(",") if key}
        streams = self._athlete.streams(self._visible(grant, activity_id), keys)
        if streams is None:
            raise HttpError(404, "Resource Not Found")  # as Strava answers for a manual activity
        if request.query.get("key_by_type", "").lower() == "true":
            return json_reply(streams)
        return json_reply([{"type": key, **stream} for key, stream in streams.items()])

    def _gear(self, _grant: Grant, _request: Request, gear_id: str) -> Reply:
        shown = self._athlete.gear(gear_id)
        if shown is None:
            raise not_found("Gear")
        return json_reply(shown)

    def _visible(self, grant: Grant, activity_id: str) -> int:
        """The id of an activity that this grant may see; HttpError otherwise."""
        _check_reads(grant)
        try:
            private = self._athlete.plan(int(activity_id)).private
        except NotFoundError:
            raise not_found("Activity") from None
        if private and not grant.may("activity:read_all"):
            raise not_found("Activity")
        return int(activity_id)


def _check_reads(grant: Grant) -> None:
    if not grant.reads_activities:
        raise unauthorized("AccessToken", "activity:read_permission", "missing")


def _number(request: Request, name: str, default: int | None) -> int | None:
    text = request.query.get(name)
    if text is None or text == "":
        return default
    if not re.fullmatch(r"-?\d{1,12}", text, re.ASCII):
        raise bad_request("Activity", name)
    return int(text)
