"""The sandbox's own switches under ``/sandbox``, for a person with curl; nothing here is Strava's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runcoach.errors import NotFoundError
from runcoach.sandbox.messages import Refusal, Reply, Request, answer, json_of
from runcoach.sandbox.state import Consent, State
from runcoach.sandbox.synthetic.plan import RunKind

if TYPE_CHECKING:
    from collections.abc import Callable

#: Shown by ``GET /sandbox``: each switch and a body to try.
SWITCHES: dict[str, str] = {
    "POST /sandbox/activities": '{"add": {"name": "Evening Run", "distance_m": 8000, "days_ago": 0}} | '
    '{"edit": {"id": 123, "name": "…", "sport_type": "Walk", "private": true, "distance_m": 9000, "cropped_s": 600}} | '
    '{"delete": 123}',
    "POST /sandbox/faults": '{"fault": "503", "times": 3, "path": "/streams", "skip": 0, "rate": 1.0, "fields": []} | '
    '{"release": true} | {"clear": true}',
    "POST /sandbox/limits": '{"read_quarter": 10, "read_day": 20, "used_read_quarter": 9}',
    "POST /sandbox/consent": '{"consent": "ask" | "allow" | "deny", "unticked": ["activity:read_all"]}',
    "POST /sandbox/inactive": '{"inactive": true}',
    "POST /sandbox/revoke": "{}",
    "POST /sandbox/expire": "{}",
    "POST /sandbox/latency": '{"seconds": 0.2}',
    "POST /sandbox/events": "an event, sent to the callback exactly as it is",
}


def control_reply(state: State, request: Request) -> Reply:
    """The answer to one request below ``/sandbox``; pages of other origins are turned away."""
    origin = request.headers.get("origin")
    if origin is not None and origin.removeprefix("http://") != request.headers.get("host"):
        raise Refusal(403, "Forbidden", ("Sandbox", "Origin", "foreign"))
    if (request.method, request.path) == ("GET", "/sandbox"):
        return answer(_status(state))
    handle = _ROUTES.get(request.path) if request.method == "POST" else None
    if handle is None:
        raise Refusal(404, "Not Found", ("Sandbox", "path", "see GET /sandbox"))
    try:
        return answer(handle(state, json_of(request)))
    except NotFoundError as missing:
        raise Refusal(404, missing.message) from None
    except (KeyError, TypeError, ValueError) as wrong:
        raise Refusal(400, f"{type(wrong).__name__}: {wrong}", ("Sandbox", "body", "see GET /sandbox")) from None


def _status(state: State) -> dict[str, Any]:
    subscription = state.webhooks.subscription
    return {
        "activities": len(state.athlete),
        "newest": state.athlete.activity_ids[:3],
        "reads": sum(entry.is_read for entry in state.log.entries),
        "limits": state.budget.headers(),
        "faults": state.faults.pending(),
        "consent": state.consent.value,
        "inactive": state.inactive,
        "grants": [{"scopes": grant.scopes, "expires_at": grant.expires_at} for grant in state.tokens.live],
        "subscription": subscription.told() if subscription else None,
        "switches": SWITCHES,
    }


def _activities(state: State, body: dict[str, Any]) -> dict[str, Any]:
    if "add" in body:
        return {"id": _add(state, dict(body["add"]))}
    if "edit" in body:
        wanted = dict(body["edit"])
        activity_id = int(wanted.pop("id"))
        state.athlete.edit(activity_id, **wanted)
        return {"id": activity_id}
    activity_id = int(body["delete"])
    state.athlete.delete(activity_id)
    return {"id": activity_id}


def _add(state: State, wanted: dict[str, Any]) -> int:
    """Upload a run now: one that has just ended, or of so many days ago."""
    now = int(state.clock())
    start = now - 3600 - round(86_400 * float(wanted.pop("days_ago", 0)))
    kind = RunKind(wanted.pop("kind", "easy"))
    return state.athlete.add_run(start_time=int(wanted.pop("start_time", start)), uploaded_at=now, kind=kind, **wanted)


def _faults(state: State, body: dict[str, Any]) -> dict[str, Any]:
    if body.get("clear"):
        state.faults.clear()
    elif body.get("release"):
        state.faults.release()
    else:
        wanted = dict(body)
        trouble = wanted.pop("fault")
        state.faults.add(trouble, **(wanted | {"fields": tuple(wanted.get("fields", ()))}))
    return {"faults": state.faults.pending()}


def _limits(state: State, body: dict[str, Any]) -> dict[str, Any]:
    state.budget.change(**{name: int(value) for name, value in body.items()})
    return {"limits": state.budget.headers()}


def _consent(state: State, body: dict[str, Any]) -> dict[str, Any]:
    state.consent = Consent(body.get("consent", state.consent))
    state.unticked = frozenset(body.get("unticked", state.unticked))
    return {"consent": state.consent.value, "unticked": sorted(state.unticked)}


def _inactive(state: State, body: dict[str, Any]) -> dict[str, Any]:
    state.inactive = bool(body.get("inactive", True))
    return {"inactive": state.inactive}


def _revoke(state: State, _body: dict[str, Any]) -> dict[str, Any]:
    revoked = state.tokens.revoke_all()
    if revoked:
        state.deauthorized()
    return {"revoked": revoked}


def _expire(state: State, _body: dict[str, Any]) -> dict[str, Any]:
    state.tokens.expire()
    return {"expired": len(state.tokens.live)}


def _latency(state: State, body: dict[str, Any]) -> dict[str, Any]:
    state.latency_s = float(body["seconds"])
    return {"seconds": state.latency_s}


def _events(state: State, body: dict[str, Any]) -> dict[str, Any]:
    state.webhooks.send_raw(body)
    return {"sent": True}


_ROUTES: dict[str, Callable[[State, dict[str, Any]], dict[str, Any]]] = {
    "/sandbox/activities": _activities,
    "/sandbox/faults": _faults,
    "/sandbox/limits": _limits,
    "/sandbox/consent": _consent,
    "/sandbox/inactive": _inactive,
    "/sandbox/revoke": _revoke,
    "/sandbox/expire": _expire,
    "/sandbox/latency": _latency,
    "/sandbox/events": _events,
}
