"""The parts and switches of one sandbox, and the routes under ``/sandbox`` that turn the switches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from runcoach.errors import NotFoundError
from runcoach.sandbox.faults import Faults
from runcoach.sandbox.garmin import GarminApi, PersonalAccount
from runcoach.sandbox.http_server import HttpError, Reply, Request, RequestLog, json_body, json_reply
from runcoach.sandbox.strava.api import Budget, Limits, StravaApi, is_limited
from runcoach.sandbox.strava.oauth import Consent, OAuthServer
from runcoach.sandbox.strava.webhooks import Webhooks
from runcoach.sandbox.synthetic.athlete import Change, SyntheticAthlete
from runcoach.sandbox.synthetic.plan import RunKind


class State:
    """The parts of one sandbox, and the switches that belong to none of them.

    ``port`` 0 takes a free one. ``clock`` gives epoch seconds for tokens, limits and the ``Date`` header.
    ``latency_s`` delays every reply except those of ``/sandbox``; the functions ``before_reply`` are called with each
    request before it is answered.
    """

    def __init__(
        self,
        *,
        athlete: SyntheticAthlete | None = None,
        port: int = 0,
        auto_consent: bool = False,
        limits: Limits | None = None,
        latency_s: float = 0.0,
        clock: Callable[[], float] = time.time,
        faults: Faults | None = None,
        access_token_lifetime_s: int = 21_600,
        webhook_retry_s: float = 1.0,
    ) -> None:
        self.port = port
        self.clock = clock
        self.stopping = threading.Event()  # set while the server stops
        self.latency_s = latency_s
        self.inactive = False
        self.before_reply: list[Callable[[Request], None]] = []
        self.log = RequestLog()
        self.faults = faults or Faults()
        self.athlete = athlete or SyntheticAthlete(today=datetime.fromtimestamp(clock(), UTC).date())
        self.budget = Budget(limits or Limits(), clock)
        self.webhooks = Webhooks(self.athlete.athlete_id, clock, webhook_retry_s)
        self.oauth = OAuthServer(self.athlete, clock, access_token_lifetime_s, self.webhooks.announce_revocation)
        if auto_consent:
            self.oauth.consent = Consent.ALLOW
        self.strava = StravaApi(self.athlete, self.oauth, self.webhooks)

    @cached_property
    def garmin(self) -> GarminApi:
        """The same runner's account at Garmin, built on first use."""
        return GarminApi(PersonalAccount.of_athlete(self.athlete), self.clock)

    @property
    def requests(self) -> list[Request]:
        """Every request so far."""
        return self.log.entries

    @property
    def reads(self) -> int:
        """The number of reads of Strava's API, failed ones included."""
        return sum(request.method == "GET" and is_limited(request) for request in self.log.entries)

    def add_run(self, *, days_ago: float = 0.0, start_time: int | None = None, **run: Any) -> int:
        """Upload a run that ended now, or ``days_ago``; its id. Keywords as ``SyntheticAthlete.add_run``."""
        now = int(self.clock())
        start = now - 3600 - round(86_400 * days_ago) if start_time is None else start_time
        return self.athlete.add_run(start_time=start, uploaded_at=now, **run)

    def revoke(self) -> None:
        """The athlete revokes all access."""
        if self.oauth.revoke_all():
            self.webhooks.announce_revocation()

    def announce(self, change: Change) -> None:
        """Send the webhook event of a changed activity."""
        self.webhooks.announce(change, self.oauth.live)


_Body = dict[str, Any]


def switch_reply(state: State, request: Request) -> Reply:
    """The reply to a request below ``/sandbox``; 403 for pages of other origins."""
    origin = request.headers.get("origin")
    if origin is not None and origin.removeprefix("http://") != request.headers.get("host"):
        raise HttpError(403, "Forbidden", ("Sandbox", "Origin", "foreign"))
    if (request.method, request.path) == ("GET", "/sandbox"):
        return json_reply(_status(state))
    switch = _SWITCHES.get(f"{request.method} {request.path}")
    if switch is None:
        raise HttpError(404, "Not Found", ("Sandbox", "path", "see GET /sandbox"))
    try:
        return json_reply(switch[1](state, json_body(request)))
    except NotFoundError as missing:
        raise HttpError(404, missing.message) from None
    except (KeyError, TypeError, ValueError) as invalid:
        raise HttpError(400, f"{type(invalid).__name__}: {invalid}", ("Sandbox", "body", "see GET /sandbox")) from None


def examples() -> dict[str, str]:
    """Each switch with an example of its body."""
    return {route: example for route, (example, _) in _SWITCHES.items()}


def _status(state: State) -> _Body:
    subscription = state.webhooks.subscription
    return {
        "activities": len(state.athlete),
        "newest": state.athlete.activity_ids[:3],
        "reads": state.reads,
        "limits": state.budget.headers(),
        "faults": state.faults.pending(),
        "consent": state.oauth.consent.value,
        "inactive": state.inactive,
        "grants": [{"scopes": grant.scopes, "expires_at": grant.expires_at} for grant in state.oauth.live],
        "subscription": subscription.to_json() if subscription else None,
        "switches": examples(),
    }


def _activities(state: State, body: _Body) -> _Body:
    if "add" in body:
        run = dict(body["add"])
        run["kind"] = RunKind(run.get("kind", "easy"))
        run["days_ago"] = float(run.get("days_ago", 0))
        return {"id": state.add_run(**run)}
    if "edit" in body:
        changes = dict(body["edit"])
        activity_id = int(changes.pop("id"))
        state.athlete.edit(activity_id, **changes)
    else:
        activity_id = int(body["delete"])
        state.athlete.delete(activity_id)
    return {"id": activity_id}


def _faults(state: State, body: _Body) -> _Body:
    if body.get("clear"):
        state.faults.clear()
    elif body.get("release"):
        state.faults.release()
    else:
        options = dict(body)
        kind = options.pop("fault")
        state.faults.add(kind, **(options | {"fields": tuple(options.get("fields", ()))}))
    return {"faults": state.faults.pending()}


def _limits(state: State, body: _Body) -> _Body:
    state.budget.change(**{name: int(value) for name, value in body.items()})
    return {"limits": state.budget.headers()}


def _consent(state: State, body: _Body) -> _Body:
    state.oauth.consent = Consent(body.get("consent", state.oauth.consent))
    state.oauth.unticked = frozenset(body.get("unticked", state.oauth.unticked))
    return {"consent": state.oauth.consent.value, "unticked": sorted(state.oauth.unticked)}


def _inactive(state: State, body: _Body) -> _Body:
    state.inactive = bool(body.get("inactive", True))
    return {"inactive": state.inactive}


def _revoke(state: State, _body: _Body) -> _Body:
    had_any = bool(state.oauth.live)
    state.revoke()
    return {"revoked": had_any}


def _expire(state: State, _body: _Body) -> _Body:
    state.oauth.expire()
    return {"expired": len(state.oauth.live)}


def _latency(state: State, body: _Body) -> _Body:
    state.latency_s = float(body["seconds"])
    return {"seconds": state.latency_s}


def _events(state: State, body: _Body) -> _Body:
    state.webhooks.send_raw(body)
    return {"sent": True}


#: Each switch with an example body, as ``GET /sandbox`` lists them.
_SWITCHES: dict[str, tuple[str, Callable[[State, _Body], _Body]]] = {
    "POST /sandbox/activities": (
        (
            '{"add": {"name": "Evening Run", "distance_m": 8000, "days_ago": 0}} | '
            '{"edit": {"id": 123, "name": "…", "sport_type": "Walk", "private": true, "distance_m": 9000, '
            '"cropped_s": 600}} | {"delete": 123}'
        ),
        _activities,
    ),
    "POST /sandbox/faults": (
        (
            '{"fault": "503", "times": 3, "path": "/streams", "skip": 0, "rate": 1.0, "fields": []} | '
            '{"release": true} | {"clear": true}'
        ),
        _faults,
    ),
    "POST /sandbox/limits": ('{"read_quarter": 10, "read_day": 20, "used_read_quarter": 9}', _limits),
    "POST /sandbox/consent": ('{"consent": "ask" | "allow" | "deny", "unticked": ["activity:read_all"]}', _consent),
    "POST /sandbox/inactive": ('{"inactive": true}', _inactive),
    "POST /sandbox/revoke": ("{}", _revoke),
    "POST /sandbox/expire": ("{}", _expire),
    "POST /sandbox/latency": ('{"seconds": 0.2}', _latency),
    "POST /sandbox/events": ("a webhook event, sent unchanged", _events),
}
