"""The routes of Strava's API, ``/api/v3/…``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcoach.errors import NotFoundError
from runcoach.sandbox.messages import HttpError, Reply, Request, bad_request, json_reply, not_found, unauthorized
from runcoach.sandbox.strava.resources import STREAM_KEYS
from runcoach.sandbox.strava.tokens import Grant, check_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.sandbox.state import State

_MAX_PER_PAGE, _DEFAULT_PER_PAGE = 200, 30


@dataclass(frozen=True, slots=True)
class _Call:
    """One authorized call; ``resource_id`` is the id in its path, if any."""

    state: State
    request: Request
    grant: Grant
    resource_id: str


def api_reply(state: State, request: Request) -> Reply:
    """The reply to one call of the API."""
    for method, pattern, handle in _APP_ROUTES:
        match = pattern.fullmatch(request.path)
        if match and method == request.method:
            return handle(state, request, *match.groups())
    grant = state.tokens.grant_of(request.headers.get("authorization"))
    for pattern, read in _ROUTES:
        match = pattern.fullmatch(request.path)
        if match and request.method == "GET":
            return read(_Call(state, request, grant, "".join(match.groups())))
    raise not_found("Path", "path")


def _athlete(call: _Call) -> Reply:
    return json_reply(call.state.athlete.profile(in_full=call.grant.may("profile:read_all")))


def _activities(call: _Call) -> Reply:
    """A page of the list, joined from encoded summaries."""
    request = call.request
    _check_reads(call.grant)
    page = _number(request, "page", 1)
    per_page = _number(request, "per_page", _DEFAULT_PER_PAGE)
    if page is None or per_page is None or page < 1 or not 1 <= per_page <= _MAX_PER_PAGE:
        raise bad_request("Activity", "per_page" if page else "page")
    summaries = call.state.athlete.page(
        before=_number(request, "before", None),
        after=_number(request, "after", None),
        page=page,
        per_page=per_page,
        with_private=call.grant.may("activity:read_all"),
    )
    return Reply(200, b"[%b]" % b",".join(summaries))


def _activity(call: _Call) -> Reply:
    return json_reply(call.state.athlete.detail(_visible(call)))


def _laps(call: _Call) -> Reply:
    return json_reply(call.state.athlete.laps(_visible(call)))


def _streams(call: _Call) -> Reply:
    """Streams by type, or as a list without ``key_by_type``."""
    keys = {key for key in call.request.query.get("keys", ",".join(STREAM_KEYS)).split(",") if key}
    streams = call.state.athlete.streams(_visible(call), keys)
    if streams is None:
        raise HttpError(404, "Resource Not Found")  # as Strava answers for a manual activity
    if call.request.query.get("key_by_type", "").lower() == "true":
        return json_reply(streams)
    return json_reply([{"type": key, **stream} for key, stream in streams.items()])


def _gear(call: _Call) -> Reply:
    shown = call.state.athlete.gear(call.resource_id)
    if shown is None:
        raise not_found("Gear")
    return json_reply(shown)


def _check_reads(grant: Grant) -> None:
    if not grant.reads_activities:
        raise unauthorized("AccessToken", "activity:read_permission", "missing")


def _visible(call: _Call) -> int:
    """The id of an activity that this grant may see; HttpError otherwise."""
    _check_reads(call.grant)
    activity_id = int(call.resource_id)
    try:
        private = call.state.athlete.plan(activity_id).private
    except NotFoundError:
        raise not_found("Activity") from None
    if private and not call.grant.may("activity:read_all"):
        raise not_found("Activity")
    return activity_id


def _number(request: Request, name: str, default: int | None) -> int | None:
    text = request.query.get(name)
    if text is None or text == "":
        return default
    if not re.fullmatch(r"-?\d{1,12}", text, re.ASCII):
        raise bad_request("Activity", name)
    return int(text)


# Subscriptions belong to the app, not to an athlete, and are requested with its id and secret.


def _subscribe(state: State, request: Request) -> Reply:
    form = _app_form(request)
    callback_url = form.get("callback_url", "")
    if not callback_url or "verify_token" not in form:
        raise bad_request("PushSubscription", "verify_token" if callback_url else "callback_url", "missing")
    return json_reply(state.webhooks.subscribe(callback_url, form["verify_token"]).to_json(), 201)


def _subscriptions(state: State, request: Request) -> Reply:
    _app_form(request)
    current = state.webhooks.subscription
    return json_reply([current.to_json()] if current else [])


def _unsubscribe(state: State, request: Request, subscription: str) -> Reply:
    _app_form(request)
    if not state.webhooks.unsubscribe(int(subscription)):
        raise not_found("PushSubscription")
    return Reply(204)


def _app_form(request: Request) -> dict[str, str]:
    form = request.form
    check_app(form.get("client_id"), form.get("client_secret"))
    return form


_APP_ROUTES: tuple[tuple[str, re.Pattern[str], Callable[..., Reply]], ...] = (
    ("POST", re.compile(r"/api/v3/push_subscriptions"), _subscribe),
    ("GET", re.compile(r"/api/v3/push_subscriptions"), _subscriptions),
    ("DELETE", re.compile(r"/api/v3/push_subscriptions/(\d{1,12})", re.ASCII), _unsubscribe),
)

_ACTIVITY = r"/api/v3/activities/(\d{1,19})"
_ROUTES: tuple[tuple[re.Pattern[str], Callable[[_Call], Reply]], ...] = (
    (re.compile(r"/api/v3/athlete"), _athlete),
    (re.compile(r"/api/v3/athlete/activities"), _activities),
    (re.compile(_ACTIVITY, re.ASCII), _activity),
    (re.compile(rf"{_ACTIVITY}/laps", re.ASCII), _laps),
    (re.compile(rf"{_ACTIVITY}/streams", re.ASCII), _streams),
    (re.compile(r"/api/v3/gear/([bg]\d{1,12})", re.ASCII), _gear),
)
