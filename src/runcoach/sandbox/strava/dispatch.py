"""From a request to what happens to it: latency, limits, faults, then the route; sockets are not touched here."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from runcoach.sandbox.control import control_reply
from runcoach.sandbox.faults import Fault, Trouble, distorted, replaced
from runcoach.sandbox.garmin import api as garmin
from runcoach.sandbox.intervals import PREFIX as INTERVALS_PREFIX
from runcoach.sandbox.intervals import intervals_reply
from runcoach.sandbox.messages import HTML, Refusal, Reply, Request, inactive, not_found, over_limit
from runcoach.sandbox.pages import front_page
from runcoach.sandbox.strava.api import api_reply
from runcoach.sandbox.strava.login import login_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcoach.sandbox.state import State


@dataclass(frozen=True, slots=True)
class DispatchResult:
    """An answer and how the connection is to break it, if at all; ``released`` ends a time-out."""

    reply: Reply
    trouble: Trouble | None = None
    released: threading.Event = field(default_factory=threading.Event)


def outcome_of(state: State, request: Request, stopping: threading.Event) -> DispatchResult:
    """What is to happen to one request; waits as long as the sandbox's latency says."""
    if request.path == "/sandbox" or request.path.startswith("/sandbox/"):
        return DispatchResult(_routed(state, request))
    for hook in state.before_answer:
        hook(request)
    if state.latency_s > 0:
        stopping.wait(state.latency_s)
    if not request.is_api:
        return _with_fault(state, request, state.faults.next_for(request.path))
    counted = "push_subscriptions" not in request.path
    over = state.budget.spend(reading=request.method == "GET") if counted else None
    if over is not None:
        outcome = DispatchResult(over_limit(over))
    elif state.inactive:
        outcome = DispatchResult(inactive())
    else:
        outcome = _with_fault(state, request, state.faults.next_for(request.path))
    headers = state.budget.headers() | outcome.reply.headers
    return replace(outcome, reply=replace(outcome.reply, headers=headers))


def _with_fault(state: State, request: Request, fault: Fault | None) -> DispatchResult:
    """The route's answer, or what a fault makes of it; a request that gets no answer changes nothing."""
    if fault is None:
        return DispatchResult(_routed(state, request))
    instead = replaced(fault.trouble)
    if instead is not None:
        return DispatchResult(instead)
    if fault.trouble in {Trouble.TIMEOUT, Trouble.RESET}:
        return DispatchResult(Reply(503), fault.trouble, state.faults.released)
    reply = distorted(fault, _routed(state, request))
    return DispatchResult(reply, fault.trouble if fault.trouble is Trouble.CUT else None)


def _routed(state: State, request: Request) -> Reply:
    try:
        for prefix, route in _ROUTES:
            if request.path.startswith(prefix):
                return route(state, request)
        if request.path == "/" and request.method == "GET":
            return Reply(200, front_page(len(state.athlete)), HTML)
        raise not_found("Path")
    except Refusal as refusal:
        return refusal.reply


_ROUTES: tuple[tuple[str, Callable[[State, Request], Reply]], ...] = (
    ("/api/v3/", api_reply),
    ("/oauth/", login_reply),
    ("/sandbox", control_reply),
    (f"{garmin.PREFIX}/", lambda state, request: state.garmin.reply(request)),
    (f"{INTERVALS_PREFIX}/", lambda state, request: intervals_reply(state.garmin.account, request)),
)
